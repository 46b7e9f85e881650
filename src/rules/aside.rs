//! What is advice because of where it stands: beside what is deployed, or in what is not for production.

use super::uniform::{advise, warns};
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

/// Words at the end of a folder's or a file's name for what is not production.
const TRIALS: &[&str] = &[
    "ci",
    "dev",
    "devel",
    "develop",
    "development",
    "k3d",
    "local",
    "local-cluster",
    "local-dev",
    "local-k8s",
    "minikube",
    "preview",
    "previews",
    "qa",
    "sandbox",
    "stage",
    "staging",
    "stg",
    "test",
    "testing",
];

/// Rules that say what could be added to a workload.
pub(super) const ADVICE: [&str; 6] = [
    "single-replica",
    "readiness-missing",
    "replicas-not-spread",
    "requests-missing",
    "memory-limit-missing",
    "pdb-missing",
];

/// Whether a pod that is gone disturbs nobody but those who try something.
fn matters_in_production(rule: &str) -> bool {
    ADVICE.contains(&rule) || matches!(rule, "database-on-ephemeral-storage" | "hpa-single-replica")
}

/// Makes advice of what matters in production only, if every one of these places is for something else. A place is the
/// folder of a kustomization, a file of values, or the path of a manifest.
pub fn settle_trial<'p>(finding: &mut Finding, places: impl Iterator<Item = &'p str>) {
    if !matters_in_production(finding.rule.name()) || !warns(finding) {
        return;
    }
    let mut first = None;
    for place in places {
        let Some(word) = trial(place) else { return };
        first.get_or_insert(word);
    }
    if let Some(word) = first {
        advise(finding, format!("this is for `{word}`; in production it is a warning"));
    }
}

/// The word of a path that says that it is not for production: `overlays/dev`, `k8s/local-k8s/web.yaml`, `shop-staging`.
fn trial(path: &str) -> Option<&str> {
    let stem = path.strip_suffix(".yaml").or_else(|| path.strip_suffix(".yml")).unwrap_or(path);
    stem.rsplit('/')
        .find_map(|part| {
            let last = part.rsplit(['-', '_', '.']).next().unwrap_or(part);
            let is_trial = |word: &str| TRIALS.contains(&word.to_ascii_lowercase().as_str());
            // `web-local` may be what is reached in the local network.
            let whole = !last.eq_ignore_ascii_case("local") || part == last || part.starts_with("values");
            if is_trial(part) { Some(part) } else { Some(last).filter(|last| whole && is_trial(last)) }
        })
        .or_else(|| {
            // `aks-dev-web.yaml`; `dev-tools.yaml` is a name.
            let name = stem.rsplit('/').next().unwrap_or(stem);
            name.split(['-', '_', '.']).skip(1).find(|word| matches!(*word, "dev" | "staging" | "stg" | "qa"))
        })
}
