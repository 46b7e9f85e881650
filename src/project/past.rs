//! What was deployed at an earlier revision, to be compared with what is deployed now.

use std::sync::Arc;

use super::Unit;
use crate::document::Object;
use crate::files::{SourceFile, Span};
use crate::schema::update::State;

/// The objects of an earlier run.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// The revision as it was asked for.
    pub revision: String,
    /// The objects.
    pub objects: Vec<Deployed>,
    /// The files of that run; its spans count them.
    pub files: Vec<Arc<SourceFile>>,
    /// Secret values in them, sorted.
    pub masks: Vec<Span>,
}

/// An object as it is deployed.
#[derive(Clone, Debug)]
pub struct Deployed {
    /// The directory of the kustomization that deploys it, if one does.
    pub unit: Option<String>,
    /// Kind, namespace and name; the group may change with the version.
    pub identity: (String, Option<String>, String),
    /// Kind and name for a message.
    pub title: String,
    /// Where it begins.
    pub at: Span,
    /// What applies it deletes the one before it: an annotation says so.
    pub is_replaced: bool,
    /// It goes away by itself some time after it is done.
    pub expires: bool,
    /// Its fields.
    pub state: State,
}

/// The objects of units.
pub fn deployed(units: &[Unit], pool: &[Object<'_>]) -> Vec<Deployed> {
    let mut found = Vec::new();
    for unit in units {
        for member in &unit.objects {
            let Some(object) =
                pool.get(member.object).filter(|object| !object.name.is_empty() && !object.encrypted)
            else {
                continue;
            };
            let namespace = object.namespace.map(str::to_owned);
            found.push(Deployed {
                unit: unit.kustomization.clone(),
                identity: (object.kind.to_owned(), namespace, object.name.to_owned()),
                title: object.title(),
                at: object.anchor().span(),
                is_replaced: is_replaced(object),
                expires: object.spec().is_some_and(|spec| spec.get("ttlSecondsAfterFinished").is_some()),
                state: State::of(object),
            });
        }
    }
    found
}

/// Hooks of Helm and Argo CD are made anew each time, and both Argo CD and Flux can be told to do so with any object
/// (fact 20.13).
fn is_replaced(object: &Object<'_>) -> bool {
    let says = |key: &str, words: &[&str]| {
        object.annotation(key).is_some_and(|value| words.iter().any(|word| value.text().contains(word)))
    };
    object.annotation("helm.sh/hook").is_some()
        || object.annotation("argocd.argoproj.io/hook").is_some()
        || says("argocd.argoproj.io/sync-options", &["Force=true", "Replace=true"])
        || says("kustomize.toolkit.fluxcd.io/force", &["enabled", "Enabled", "true"])
}
