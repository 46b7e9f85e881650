//! The labels pods will carry: those of the template and those that controllers add (fact 1.13).

use foldhash::HashMap;

use crate::document::Object;
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// One label with its places.
#[derive(Clone, Copy, Debug)]
pub struct LabelPair<'a> {
    /// The key.
    pub key: &'a str,
    /// The value; empty for a value that is null.
    pub value: &'a str,
    /// Where the value stands.
    pub node: Node<'a>,
    /// The value is still to be filled in.
    pub open: bool,
}

impl<'a> LabelPair<'a> {
    fn new(key: &'a str, value: &'a str, node: Node<'a>) -> Self {
        LabelPair { key, value, node, open: is_placeholder(value) }
    }
}

/// A set of labels.
#[derive(Clone, Debug, Default)]
pub struct Labels<'a> {
    pairs: Vec<LabelPair<'a>>,
    added: &'static [&'static str],
    /// The first pair of each key, if there are many.
    by_key: Option<Box<HashMap<&'a str, usize>>>,
}

/// Up to this many pairs are simply all compared.
const FEW: usize = 32;

/// What the controllers of each kind add to their pods.
pub const REPLICA_SET_LABELS: &[&str] = &["pod-template-hash", "rollouts-pod-template-hash"];
/// Labels of StatefulSet pods.
pub const STATEFUL_SET_LABELS: &[&str] =
    &["controller-revision-hash", "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"];
/// Labels of DaemonSet pods.
pub const DAEMON_SET_LABELS: &[&str] = &["controller-revision-hash", "pod-template-generation"];
/// Labels of the pods of OpenShift's DeploymentConfigs (openshift/library-go, `MakeDeployment`).
pub const DEPLOYMENT_CONFIG_LABELS: &[&str] = &["deployment", "deploymentconfig"];
/// Labels of Job pods.
pub const JOB_LABELS: &[&str] = &[
    "batch.kubernetes.io/job-name",
    "job-name",
    "batch.kubernetes.io/controller-uid",
    "controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "jobset.sigs.k8s.io/jobset-name",
];

/// Labels that carry the version of a chart or an application by convention.
const VERSIONED: &[&str] =
    &["helm.sh/chart", "chart", "app.kubernetes.io/version", "chart-version", "chartVersion"];

/// Whether a label changes with every release, by its key.
pub fn is_versioned(key: &str) -> bool {
    VERSIONED.contains(&key) || REPLICA_SET_LABELS.contains(&key)
}

impl<'a> Labels<'a> {
    fn new(pairs: Vec<LabelPair<'a>>, added: &'static [&'static str]) -> Self {
        let mut labels = Labels { pairs, added, by_key: None };
        labels.index();
        labels
    }

    fn index(&mut self) {
        if self.pairs.len() > FEW {
            // Of pairs with one key the first counts, so it is entered last.
            let pairs = self.pairs.iter().enumerate().rev();
            self.by_key = Some(Box::new(pairs.map(|(at, pair)| (pair.key, at)).collect()));
        }
    }

    /// Reads a `labels` mapping; absent means none.
    pub fn read(node: Option<Node<'a>>) -> Self {
        let entries = node.into_iter().flat_map(|node| node.entries());
        let pairs = entries
            .filter(|entry| entry.value.scalar().is_some())
            .map(|entry| {
                let value = if entry.value.is_null() { "" } else { entry.value.text() };
                LabelPair::new(entry.key.key_text(), value, entry.value)
            })
            .collect();
        Labels::new(pairs, &[])
    }

    /// The labels of an object, those that kustomizations add included.
    pub fn of(object: &Object<'a>) -> Self {
        let mut labels = Labels::read(object.metadata().and_then(|metadata| metadata.get("labels")));
        labels.extend(&object.added.objects, object.anchor());
        labels
    }

    /// The same labels plus keys whose values a controller sets.
    pub fn with_added(mut self, keys: &'static [&'static str]) -> Self {
        self.added = keys;
        self
    }

    /// Sets a label; `node` is the place that demands it.
    pub fn set(&mut self, key: &'a str, value: &'a str, node: Node<'a>) {
        match self.position(key) {
            Some(at) => self.pairs[at] = LabelPair::new(key, value, node),
            None => self.push(LabelPair::new(key, value, node)),
        }
    }

    fn push(&mut self, pair: LabelPair<'a>) {
        self.pairs.push(pair);
        match &mut self.by_key {
            Some(by_key) => drop(by_key.insert(pair.key, self.pairs.len() - 1)),
            None => self.index(),
        }
    }

    fn position(&self, key: &str) -> Option<usize> {
        match &self.by_key {
            Some(by_key) => by_key.get(key).copied(),
            None => self.pairs.iter().position(|pair| pair.key == key),
        }
    }

    /// Adds pairs that another tool writes; they have no place of their own, so `node` stands for them.
    pub fn extend(&mut self, pairs: &'a [(String, String)], node: Node<'a>) {
        for (key, value) in pairs {
            match self.position(key) {
                Some(at) => self.pairs[at] = LabelPair::new(key, value, self.pairs[at].node),
                None => self.push(LabelPair::new(key, value, node)),
            }
        }
    }

    /// The same labels with other values; a pair without one is left out.
    pub fn rewritten(&self, value: impl Fn(&LabelPair<'a>) -> Option<&'a str>) -> Self {
        let pairs = self.pairs.iter().filter_map(|pair| Some(LabelPair { value: value(pair)?, ..*pair }));
        Labels::new(pairs.collect(), self.added)
    }

    /// The written pairs, in the order of the file.
    pub fn pairs(&self) -> &[LabelPair<'a>] {
        &self.pairs
    }

    /// The written value of a key.
    pub fn get(&self, key: &str) -> Option<LabelPair<'a>> {
        self.position(key).map(|at| self.pairs[at])
    }

    /// Whether a controller sets this key to a value that is not in the manifest.
    pub fn is_added(&self, key: &str) -> bool {
        self.added.contains(&key)
    }

    /// Whether any key or value is still to be filled in.
    pub fn has_placeholder(&self) -> bool {
        self.pairs.iter().any(|pair| pair.open || is_placeholder(pair.key))
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::{FileId, SourceFile};
    use crate::yaml;

    #[test]
    fn many_labels_are_found_as_few_are() {
        let more: Vec<(String, String)> = vec![("k1".into(), "new".into()), ("last".into(), "x".into())];
        for count in [3, FEW, FEW + 1, 200] {
            let text: String = (0..count).map(|at| format!("k{at}: v{at}\n")).collect();
            let file = Arc::new(SourceFile::new(FileId(0), "labels.yaml".to_owned(), text));
            let tree = yaml::parse(&file, &yaml::split(&file.text)[0]).expect("it is YAML");
            let mut labels = Labels::read(Some(tree.root()));
            let value = |labels: &Labels<'_>, key: &str| labels.get(key).map(|pair| pair.value.to_owned());
            assert_eq!(value(&labels, "k2").as_deref(), Some("v2"));
            assert_eq!(value(&labels, "last"), None);
            labels.extend(&more, tree.root());
            labels.set("k2", "set", tree.root());
            for (key, wanted) in [("k1", "new"), ("last", "x"), ("k2", "set"), ("k0", "v0")] {
                assert_eq!(value(&labels, key).as_deref(), Some(wanted), "{count}");
            }
            let rest = labels.rewritten(|pair| (pair.key != "k1").then_some("r"));
            assert_eq!((value(&rest, "k1"), value(&rest, "last")), (None, Some("r".to_owned())));
            assert_eq!(labels.pairs().len(), count + 1);
        }
    }
}
