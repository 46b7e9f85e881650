//! Selectors of namespaces, judged by what every namespace carries and by the Namespaces in view (fact 15.2).

use super::Inventory;
use crate::kube::labels::Labels;
use crate::kube::selector::{Match, Operator, Selector};

/// The label that the API server puts on every namespace: its own name.
const OWN_NAME: &str = "kubernetes.io/metadata.name";

impl<'a> Inventory<'a> {
    /// Whether a namespace carries these labels. Its name is always known; other labels only if the Namespace is in
    /// view and no patch changes it.
    pub fn namespace_matches(&self, selector: &Selector<'_>, namespace: Option<&str>) -> Match {
        let name = match namespace {
            Some(name) => name,
            None if selector.is_empty() => return Match::Yes,
            None => return Match::Maybe,
        };
        let object = self.named("Namespace", name).find(|object| object.group().is_empty());
        let object = object.filter(|object| !self.is_patched(object));
        let labels = object.map(Labels::of);
        selector.requirements.iter().fold(Match::Yes, |so_far, one| {
            let matched = match (&labels, one.operator) {
                _ if one.open => Match::Maybe,
                (_, Operator::In) if one.key == OWN_NAME => one.values.contains(&name).into(),
                (_, Operator::NotIn) if one.key == OWN_NAME => (!one.values.contains(&name)).into(),
                (_, Operator::Exists) if one.key == OWN_NAME => Match::Yes,
                (_, Operator::DoesNotExist) if one.key == OWN_NAME => Match::No,
                (Some(labels), _) => one.matches(labels),
                (None, _) => Match::Maybe,
            };
            so_far.and(matched)
        })
    }
}
