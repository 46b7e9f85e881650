//! The edit that writes down what older versions of a kind took as the default.

use crate::finding::Edit;
use crate::finding::amend::Value;
use crate::finding::reshape::{own, put_before};
use crate::yaml::Node;

/// The selector that a workload without one had before `apps/v1`: the labels of its pod template (fact 11.6). `None` where
/// it has none, or where they are not written in lines that can be edited.
pub fn default_selector(spec: Node<'_>) -> Option<Edit> {
    let labels = spec.get("template")?.get("metadata")?.get("labels")?;
    let pairs: Vec<_> = labels.entries().map(|entry| (entry.key.key_text(), entry.value.text())).collect();
    // A key without a value would be there twice.
    if pairs.is_empty() || spec.entry("selector").is_some() {
        return None;
    }
    let value = Value::map([("matchLabels", Value::labels(pairs.into_iter()))]);
    put_before(spec, own(spec, "template")?, "selector", &value)
}
