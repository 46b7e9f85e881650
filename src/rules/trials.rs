//! What is advice because it is not for production: by its path, by what its file begins with, by its images and
//! variables. And what somebody else releases, who does not read the advice.

use std::collections::HashMap;

use super::aside::ADVICE;
use super::soften::{advise, warns};
use crate::document::Object;
use crate::files::SourceFile;
use crate::finding::Finding;
use crate::kube::image;
use crate::kube::workload::Workload;
use crate::project::Project;
use crate::text::comments_at_top;
use crate::yaml::Node;

/// Words at the end of a folder's or a file's name for what is not production.
const TRIALS: &[&str] = &[
    "ci",
    "dev",
    "devel",
    "develop",
    "development",
    "k3d",
    "kind",
    "local",
    "local-cluster",
    "local-dev",
    "local-k8s",
    "minikube",
    "poc",
    "preview",
    "previews",
    "qa",
    "sandbox",
    "smoke",
    "stage",
    "staging",
    "stg",
    "test",
    "testing",
];

/// Those of them that mean a cluster on one's own machine, where credentials are no secrets.
const LOCAL: &[&str] = &["k3d", "kind", "local", "local-cluster", "local-dev", "local-k8s", "minikube"];

/// Whether a rule is about credentials that are none on one's own machine.
fn is_about_secrets(rule: &str) -> bool {
    matches!(rule, "plaintext-secret" | "secret-in-config-map")
}

/// Whether a pod that is gone disturbs nobody but those who try something.
fn matters_in_production(rule: &str) -> bool {
    ADVICE.contains(&rule) || matches!(rule, "database-on-ephemeral-storage" | "hpa-single-replica")
}

/// Makes advice of what matters in production only, if every one of these places is for something else. A place is the
/// folder of a kustomization, a file of values, or the path of a manifest.
pub fn settle_trial<'p>(finding: &mut Finding, places: impl Iterator<Item = &'p str>) {
    let is_secret = is_about_secrets(finding.rule.name());
    if !(matters_in_production(finding.rule.name()) || is_secret) || !warns(finding) {
        return;
    }
    let mut first = None;
    for place in places {
        let Some(word) = trial(place).filter(|word| !is_secret || is_local(word)) else { return };
        first.get_or_insert(word);
    }
    if let Some(word) = first {
        advise(finding, format!("this is for `{word}`; in production it is a warning"));
    }
}

fn is_local(word: &str) -> bool {
    let last = word.rsplit(['-', '_', '.']).next().unwrap_or(word);
    [word, last].iter().any(|one| LOCAL.contains(&one.to_ascii_lowercase().as_str()))
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

/// What the comments at the top of a file say where it is not for production.
#[rustfmt::skip]
const SAID: &[&str] = &[
    "not for production", "not production", "dev only", "dev-only", "development only", "for development",
    "local development", "for testing", "testing only", "test only", "smoke test", "throwaway", "throw-away",
    "disposable", "proof of concept", "demo", "playground", "derived from", "copied from", "adapted from", "taken from",
];

/// Variables that name the environment, and values of them that are not production.
#[rustfmt::skip]
const VARIABLES: &[&str] = &[
    "APP_ENV", "ASPNETCORE_ENVIRONMENT", "DJANGO_ENV", "DOTNET_ENVIRONMENT", "ENVIRONMENT", "FLASK_ENV", "GO_ENV",
    "NODE_ENV", "RACK_ENV", "RAILS_ENV", "SPRING_PROFILES_ACTIVE",
];
const TRIED: &[&str] = &["dev", "develop", "development", "local", "test", "testing"];

/// Registries on the machine of whoever tries something.
const OWN_REGISTRIES: &[&str] =
    &["localhost", "127.0.0.1", "kind-registry", "registry.localhost", "host.docker.internal"];

/// Makes advice of what nobody needs to mend, because it is for trying something, or a release of others.
pub(super) fn settle(found: &mut [Finding], project: &Project<'_>) {
    let mut files: HashMap<u32, Option<String>> = HashMap::new();
    for one in found.iter_mut().filter(|one| warns(one)) {
        let rule = one.rule.name();
        let is_secret = is_about_secrets(rule);
        if !(matters_in_production(rule) || is_secret) {
            continue;
        }
        let object = project.input.object(one.span);
        let of_others = |object: &Object<'_>| released(*object).filter(|_| !is_secret);
        if let Some(why) = object.and_then(|object| tried(*object).or_else(|| of_others(object))) {
            advise(one, why);
            continue;
        }
        let Some(file) = project.input.files.get(one.span.file.0 as usize).filter(|_| !is_secret) else {
            continue;
        };
        let alone = project.input.files.len() == 1;
        let why =
            files.entry(file.id.0).or_insert_with(|| said(file).or_else(|| release(file).filter(|_| !alone)));
        if let Some(why) = why {
            advise(one, why.clone());
        }
    }
}

/// What an object says of itself: its images are on one machine, or its variables name a trial.
fn tried(object: Object<'_>) -> Option<String> {
    let workload = Workload::read(object, &[])?;
    workload.pod.spec.containers().find_map(|container| {
        let policy = container.node.get("imagePullPolicy").map_or("", Node::text);
        if policy == "Never" {
            return Some("`imagePullPolicy: Never` is for a cluster on one's own machine".to_owned());
        }
        let registry = image::parse(container.image_text()).and_then(|image| image.registry);
        let host = registry.map_or("", |one| one.split(':').next().unwrap_or(one));
        if OWN_REGISTRIES.contains(&host) {
            return Some(format!("images of `{host}` are for a cluster on one's own machine"));
        }
        container.list("env").find_map(|entry| {
            let (name, value) = (entry.get("name")?.text(), entry.get("value")?.text());
            let is_trial = TRIED.contains(&value.to_ascii_lowercase().as_str());
            (VARIABLES.contains(&name) && is_trial).then(|| format!("`{name}` is `{value}` here"))
        })
    })
}

/// What an object says of a release that it is part of: the version among its labels is that of its image, or it is an
/// addon of the cluster's own.
fn released(object: Object<'_>) -> Option<String> {
    let label = |key: &str| Some(object.metadata()?.get("labels")?.get(key)?.text());
    if label("addonmanager.kubernetes.io/mode").is_some() {
        return Some("it is an addon, which its manager replaces as a whole".to_owned());
    }
    let version = label("app.kubernetes.io/version").filter(|version| !version.is_empty())?;
    let bare = |text: &str| text.trim_start_matches('v').to_owned();
    let workload = Workload::read(object, &[])?;
    let own = |text: &str| {
        image::parse(text).is_some_and(|image| image.tag.is_some_and(|tag| bare(tag) == bare(version)))
    };
    let is_own = workload.pod.spec.containers().any(|container| own(container.image_text()));
    is_own.then(|| format!("its label has the version of its image, `{version}`: it is a release, which is replaced as a whole"))
}

/// What the comments at the top of a file say.
fn said(file: &SourceFile) -> Option<String> {
    comments_at_top(&file.text).find_map(|line| {
        let line = line.to_ascii_lowercase();
        let said = SAID.iter().find(|said| has_words(&line, said))?;
        Some(format!("the file begins with a comment that says `{said}`"))
    })
}

fn has_words(line: &str, words: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    line.match_indices(words).any(|(at, _)| {
        !is_part(line[..at].chars().next_back()) && !is_part(line[at + words.len()..].chars().next())
    })
}

/// A workload in one file with definitions of custom resources is a release of its project: nobody edits it.
fn release(file: &SourceFile) -> Option<String> {
    let text = &*file.text;
    let defines = text.contains("\nkind: CustomResourceDefinition");
    let rendered =
        || comments_at_top(text).any(|line| line.starts_with("# Source: ") && line.contains("/templates/"));
    if defines {
        return Some(
            "the file defines custom resources, too: it is a release, which is replaced as a whole"
                .to_owned(),
        );
    }
    rendered().then(|| "Helm printed this file, so it would be overwritten".to_owned())
}
