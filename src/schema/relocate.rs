//! The edit that moves a field to the struct that has it.

use super::problem::Frame;
use crate::finding::Fix;
use crate::finding::reshape::own;
use crate::finding::shift::shift;
use crate::yaml::Node;

/// The fix that moves an unknown field to the place at the end of a path, as [`super::hint`] writes it. A field of a struct
/// around it is only indented too far, which is as certain as a slip of letters; any other place is a guess.
pub(super) fn fix(key: Node<'_>, chain: &[Frame<'_>], path: &str) -> Option<Fix> {
    let (root, parent) = (chain.first()?.node, chain.last()?.node);
    let entry = own(parent, key.key_text()).filter(|entry| entry.key == key)?;
    let mut to = root;
    let mut below: Vec<&str> = Vec::new();
    for step in path.split('.').filter(|step| !step.is_empty()) {
        let (name, item) = match step.split_once('[') {
            Some((name, item)) => (name, Some(item.trim_end_matches(']'))),
            None => (step, None),
        };
        let next = if below.is_empty() { to.get(name).filter(|node| !node.is_null()) } else { None };
        match (next, item) {
            (Some(list), Some("")) => {
                // Of several items nobody knows which one is meant.
                let mut items = list.items();
                to = items.next().filter(|_| items.next().is_none())?;
            }
            (Some(list), Some(item)) => to = list.items().nth(item.parse().ok()?)?,
            (Some(inner), None) => to = inner,
            (None, None) if to.entry(name).is_none() => below.push(name),
            (None, _) => return None,
        }
    }
    if below.is_empty() && to.entry(key.key_text()).is_some() || !to.is_mapping() {
        return None;
    }
    let place = if path.is_empty() { "the top level".to_owned() } else { format!("`{path}`") };
    let title = format!("move `{}` to {place}", key.key_text());
    let is_around = below.is_empty() && chain.iter().any(|frame| frame.node == to);
    let fix = if is_around { Fix::safe(title) } else { Fix::needs_decision(title) };
    Some(Fix { edits: shift(parent, entry, to, &below)?, ..fix })
}
