//! `wplint migrate`: the configurations of other tools, written as one of this one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::MigrateArgs;
use super::{CLEAN, Failure, notice, print};
use crate::config::FILE_NAME;
use crate::document::{self, classify};
use crate::files::scan::{self, scan};
use crate::files::write::whole;
use crate::files::{FileId, SourceFile};
use crate::migrate::{FILES, Migration};
use crate::report::text::{counted, harmless};
use crate::yaml;

/// Reads what is there and writes the file.
pub(super) fn run(args: &MigrateArgs) -> Result<u8, Failure> {
    let folder = args.path.clone().unwrap_or_else(|| PathBuf::from("."));
    let target = folder.join(FILE_NAME);
    if !args.stdout && target.exists() && !args.force {
        let message = format!("{} is there already; --force replaces it, --stdout prints", target.display());
        return Err(Failure::Message(message));
    }
    let mut migration = Migration::default();
    for (name, reader) in FILES {
        if let Ok(text) = std::fs::read_to_string(folder.join(name)) {
            let source = Arc::new(SourceFile::new(FileId(0), *name, text));
            for piece in yaml::split(&source.text) {
                let tree = yaml::parse(&source, &piece)
                    .map_err(|fault| Failure::Message(format!("cannot read {name}: {}", fault.message)))?;
                migration.read(name, *reader, tree.root());
            }
        }
    }
    annotations(&folder, &mut migration);
    if migration.is_empty() {
        let names: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        let message = format!("nothing to migrate: there is no {}, and no annotation", names.join(", "));
        return Err(Failure::Message(message));
    }
    if args.stdout {
        return print(&migration.text());
    }
    whole(&target, |out| out.write_all(migration.text().as_bytes()))
        .map_err(|error| Failure::Message(format!("cannot write {}: {error}", target.display())))?;
    let remarks = counted(migration.remarks(), "remark");
    notice(&harmless(&format!("wrote {} with {remarks}; read them, then run wplint\n", target.display())));
    Ok(CLEAN)
}

/// What the annotations of the manifests in a folder say.
fn annotations(folder: &Path, migration: &mut Migration) {
    let found =
        scan(&[folder.to_owned()], &scan::Options { root: super::folder(), ..scan::Options::default() });
    for document in &document::load(&found.files) {
        classify(document).objects().iter().for_each(|object| migration.annotated(object));
    }
}
