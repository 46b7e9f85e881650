//! What is advice because of where it stands: beside what is deployed.

use super::soften::{advise, warns};
use crate::finding::Finding;
use crate::project::{Project, Reach, Unreached};

/// Where nothing deploys a file although its neighbours are deployed, only what stops an object, and credentials, are worth
/// a warning.
pub(super) fn settle(found: &mut [Finding], project: &Project<'_>) {
    let is_idle = |one: &&mut Finding| {
        warns(one) && super::of(one.rule).is_some_and(|rule| rule.page().group != "secrets")
    };
    let mut reach = None;
    for one in found.iter_mut().filter(is_idle) {
        let Some(file) = project.input.files.get(one.span.file.0 as usize) else { continue };
        let reach = reach.get_or_insert_with(|| Reach::new(project.input));
        let note = match reach.of(&file.path) {
            Some(Unreached::Folder(folder)) => {
                format!("nothing in these files deploys `{folder}`, and other folders beside it are deployed")
            }
            Some(Unreached::Unlisted) => {
                "the kustomization beside this file lists others and not this one".to_owned()
            }
            None => continue,
        };
        advise(one, note);
    }
}

/// Rules that say what could be added to a workload.
pub(super) const ADVICE: [&str; 6] = [
    "single-replica",
    "readiness-missing",
    "replicas-not-spread",
    "requests-missing",
    "memory-limit-missing",
    "pdb-missing",
];
