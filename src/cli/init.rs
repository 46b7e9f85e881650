//! `wplint init`: a first configuration, written from what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::{CLEAN, Failure, folder, notice};
use crate::config::FILE_NAME;
use crate::config::schema::ADDRESS;
use crate::document::Object;
use crate::files::path::absolute;
use crate::files::write::whole;
use crate::finding::Severity;
use crate::inventory::external::list_of;
use crate::inventory::{Found, Inventory, Via, sources};
use crate::lint::lint;
use crate::report::text::{counted, harmless};
use crate::run::{Run, Status};
use crate::settings::{Flags, Settings};
use crate::yaml::{Node, quoted};

/// What was seen that a configuration may speak of.
#[derive(Debug, Default)]
struct Seen {
    /// Names that pods ask for and nothing defines, by the list that they belong in.
    missing: BTreeMap<&'static str, BTreeSet<String>>,
    /// Kinds with a pod template that are not known: apiVersion, kind, and whether they have replicas and a selector.
    kinds: BTreeSet<(String, String, bool, bool)>,
}

/// Writes the file, unless there is one.
pub(super) fn run(path: Option<&Path>, quiet: bool) -> Result<u8, Failure> {
    let root = absolute(path.unwrap_or(Path::new(".")), &folder());
    let file = root.join(FILE_NAME);
    if !root.is_dir() {
        return Err(Failure::Message(format!("{} is not a directory", root.display())));
    }
    if file.exists() {
        return Err(Failure::Message(format!("{} is there already", file.display())));
    }
    let flags = Flags { paths: vec![PathBuf::from(".")], folder: root, no_config: true, ..Flags::default() };
    let mut settings = Settings::load(&flags)?;
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let watch = Arc::clone(&seen);
    settings.surroundings.observer = Some(Arc::new(move |inventory, _| {
        let mut own = Seen::default();
        own.look(inventory);
        watch.lock().unwrap_or_else(|broken| broken.into_inner()).add(own);
    }));
    let run = lint(&flags.paths, &settings);
    let seen = seen.lock().unwrap_or_else(|broken| broken.into_inner());
    let text = text(&run, &seen);
    let failed = |error| Failure::Message(format!("cannot write {}: {error}", file.display()));
    whole(&file, |out| out.write_all(text.as_bytes())).map_err(failed)?;
    if !quiet {
        notice(&format!("wrote {}\n", harmless(&file.display().to_string())));
    }
    Ok(CLEAN)
}

impl Seen {
    fn look(&mut self, inventory: &Inventory<'_>) {
        for workload in &inventory.workloads {
            let object = &workload.object;
            let namespace = inventory.namespace(object);
            for via in [Via::Environment, Via::Volume, Via::ImagePull] {
                for source in sources(workload, via) {
                    let list = list_of(source.kind);
                    let name = source.name.text();
                    let found = inventory.look_up(object, namespace, source.kind, list, name);
                    if matches!(found, Found::Nothing) && !list.is_empty() {
                        self.missing.entry(list).or_default().insert(name.to_owned());
                    }
                }
            }
        }
        let known: BTreeSet<&str> = inventory.workloads.iter().map(|workload| workload.object.kind).collect();
        let own = inventory.objects.iter().filter(|object| !known.contains(object.kind));
        self.kinds.extend(own.filter_map(custom));
    }

    fn add(&mut self, other: Seen) {
        self.kinds.extend(other.kinds);
        for (list, names) in other.missing {
            self.missing.entry(list).or_default().extend(names);
        }
    }
}

/// A kind with a pod template where most of them have it.
fn custom(object: &Object<'_>) -> Option<(String, String, bool, bool)> {
    let spec = object.spec().filter(|_| object.group().contains('.'))?;
    let containers =
        spec.get("template")?.get("spec")?.get("containers").filter(|list| list.is_sequence())?;
    containers.items().next().filter(|container: &Node<'_>| container.get("image").is_some())?;
    let has = |field: &str| spec.get(field).is_some();
    Some((object.api_version.to_owned(), object.kind.to_owned(), has("replicas"), has("selector")))
}

fn text(run: &Run, seen: &Seen) -> String {
    let mut text = format!(
        "# Settings of wplint. Everything is optional; `wplint --show-config` prints what applies.\n\
         # yaml-language-server: $schema={ADDRESS}\n",
    );
    let shown = |severity| {
        let own = |one: &&crate::run::Reported| one.status == Status::Shown && one.severity == severity;
        run.findings.iter().filter(own).count()
    };
    let [errors, warnings] = [Severity::Error, Severity::Warning].map(shown);
    if errors + warnings > 0 {
        let (errors, warnings) = (counted(errors, "error"), counted(warnings, "warning"));
        let _ = write!(
            text,
            "\n# There are {errors} and {warnings}. To begin with what is new, record them with\n\
             # `wplint --write-baseline .wplint-baseline.json`, then take the sign away here:\n\
             # baseline: .wplint-baseline.json\n"
        );
    }
    text.push_str(
        "\n# The version of the cluster, or a range: \"1.29-1.33\".\n# kubernetesVersion: \"1.33\"\n\
         \n# The cluster, if its size is known: advice about spreading goes by it.\n# cluster: {nodes: 3, zones: 3}\n",
    );
    if !seen.missing.is_empty() {
        text.push_str(
            "\n# What pods ask for and these files do not define. Take out what should be here.\nexternal:\n",
        );
        for (list, names) in &seen.missing {
            let _ = writeln!(text, "  {list}:");
            for name in names {
                let _ = writeln!(text, "    - {}", quoted(name));
            }
        }
    }
    if !seen.kinds.is_empty() {
        text.push_str("\n# Kinds of other groups that own pods.\nworkloads:\n");
        for (api_version, kind, replicas, selector) in &seen.kinds {
            let _ = writeln!(text, "  - apiVersion: {}\n    kind: {}", quoted(api_version), quoted(kind));
            if *replicas {
                text.push_str("    replicas: .spec.replicas\n");
            }
            if *selector {
                text.push_str("    selector: .spec.selector\n");
            }
            text.push_str("    template: .spec.template\n");
        }
    }
    text
}
