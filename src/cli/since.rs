//! `--since`: the same command at another revision, and what changed since then.
//!
//! The tree of the revision is laid out in a directory of its own and linted there with the configuration that it
//! had, so that "new" and "fixed" are the difference of two whole runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::changes::{self, Earlier};
use crate::files::path::normal;
use crate::history::{Revision, Snapshot};
use crate::lint::lint;
use crate::project::past::Past;
use crate::run::Run;
use crate::settings::{Flags, Root, Settings};

/// The run at a revision, for comparison.
pub(super) struct Since {
    revision: Revision,
    run: Run,
    root: Root,
}

impl Since {
    /// Notes in a run what changed.
    pub(super) fn compare(&self, run: &mut Run, settings: &Settings) {
        let earlier =
            Earlier { revision: &self.revision.name, commit: &self.revision.commit, root: &self.root };
        changes::compare(run, &self.run, &settings.root, &earlier);
    }
}

/// The same run at a revision. The settings get what its objects were, since some may not change.
///
/// A baseline hides what it lists in both.
pub(super) fn run(
    settings: &mut Settings,
    flags: &Flags,
    baseline: Option<&Path>,
    name: &str,
) -> Result<Since, String> {
    let wrong = |why: String| format!("cannot compare with a revision: {why}");
    if flags.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(wrong("standard input has no history".to_owned()));
    }
    if settings.root.path.is_empty() {
        return Err(wrong("there is no Git repository around the current directory".to_owned()));
    }
    let root = Path::new(&settings.root.path);
    let revision = Revision::find(root, name).map_err(wrong)?;
    let snapshot = Snapshot::of(&revision).map_err(wrong)?;
    let (mut past, past_settings) = past(&snapshot, settings, flags).map_err(wrong)?;
    if let Some(path) = baseline {
        crate::baseline::apply(&mut past, path, &flags.paths, &past_settings)?;
    }
    let objects = std::mem::take(&mut past.deployed);
    settings.past = Some(Arc::new(Past {
        revision: revision.name.clone(),
        objects,
        files: past.files.clone(),
        masks: past.masks.clone(),
    }));
    Ok(Since { revision, run: past, root: past_settings.root })
}

/// The run at the revision, and its settings.
fn past(snapshot: &Snapshot, settings: &Settings, flags: &Flags) -> Result<(Run, Settings), String> {
    let root = normal(Path::new(&settings.root.path));
    let there = snapshot.root().join(&settings.root.inside);
    std::fs::create_dir_all(&there).map_err(|error| error.to_string())?;
    // A path inside of the repository is the same path of the snapshot; whatever is outside stays.
    let moved = |path: &PathBuf| match settings.absolute(path).strip_prefix(&root) {
        Ok(inside) => snapshot.root().join(inside),
        Err(_) => settings.absolute(path),
    };
    let paths: Vec<PathBuf> = flags.paths.iter().map(moved).filter(|path| path.exists()).collect();
    let nothing = paths.is_empty();
    let flags = Flags {
        paths,
        only: flags.only.as_ref().map(|only| only.iter().map(moved).collect()),
        config: flags.config.as_ref().map(|path| settings.absolute(path)),
        outputs: flags.outputs.iter().map(moved).collect(),
        folder: there,
        ..flags.clone()
    };
    // A configuration that this version does not understand is no reason to refuse today's.
    let without = Flags { no_config: true, config: None, ..flags.clone() };
    let mut past =
        Settings::load(&flags).or_else(|_| Settings::load(&without)).map_err(|error| error.to_string())?;
    past.keeps_objects = true;
    let run = if nothing { Run::default() } else { lint(&flags.paths, &past) };
    Ok((run, past))
}
