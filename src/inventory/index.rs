//! Which pods carry which label, so that selecting is a look-up and not a scan.

use std::collections::HashMap;

use crate::kube::labels::Labels;
use crate::kube::placeholder::is_placeholder;
use crate::kube::selector::Selector;

/// Positions of pod templates by label pair.
#[derive(Debug, Default)]
pub struct LabelIndex<'a> {
    pairs: HashMap<(&'a str, &'a str), Vec<u32>>,
    /// The distinct values of each key, in the order of the input.
    values: HashMap<&'a str, Vec<&'a str>>,
    /// Templates whose labels are not all known; they may match anything.
    open: Vec<u32>,
    len: u32,
}

impl<'a> LabelIndex<'a> {
    /// Adds the next template.
    pub fn push(&mut self, labels: &Labels<'a>) {
        let at = self.len;
        self.len += 1;
        if labels.has_placeholder() {
            self.open.push(at);
        }
        for pair in labels.pairs() {
            let carrying = self.pairs.entry((pair.key, pair.value)).or_default();
            if carrying.is_empty() {
                self.values.entry(pair.key).or_default().push(pair.value);
            }
            carrying.push(at);
        }
    }

    /// Templates that may match a selector: those that carry its rarest pair, or all of them if it has none.
    /// The caller still has to match each.
    pub fn candidates(&self, selector: &Selector<'_>) -> Vec<u32> {
        let rarest = selector
            .required_pairs()
            .filter(|(key, value)| {
                !is_placeholder(key) && !is_placeholder(value) && !is_set_by_controller(key)
            })
            .map(|pair| self.pairs.get(&pair).map_or(&[][..], Vec::as_slice))
            .min_by_key(|list| list.len());
        match rarest {
            None => (0..self.len).collect(),
            Some(list) if self.open.is_empty() => list.to_vec(),
            Some(list) => {
                let mut all: Vec<u32> = list.iter().chain(&self.open).copied().collect();
                all.sort_unstable();
                all.dedup();
                all
            }
        }
    }

    /// The values that templates have for a key.
    pub fn values(&self, key: &str) -> &[&'a str] {
        self.values.get(key).map_or(&[], Vec::as_slice)
    }

    /// Templates that carry a pair.
    pub fn carrying<'s>(&'s self, key: &'s str, value: &'s str) -> &'s [u32] {
        self.pairs.get(&(key, value)).map_or(&[], Vec::as_slice)
    }

    /// Templates that share at least one pair with a selector, for suggestions; at most `most` of each pair.
    pub fn sharing(&self, selector: &Selector<'_>, most: usize) -> Vec<u32> {
        let lists = selector.required_pairs().filter_map(|pair| self.pairs.get(&pair));
        let mut found: Vec<u32> = lists.flat_map(|list| list.iter().take(most)).copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn is_set_by_controller(key: &str) -> bool {
    use crate::kube::labels::{DAEMON_SET_LABELS, JOB_LABELS, REPLICA_SET_LABELS, STATEFUL_SET_LABELS};
    [DAEMON_SET_LABELS, JOB_LABELS, REPLICA_SET_LABELS, STATEFUL_SET_LABELS]
        .iter()
        .any(|keys| keys.contains(&key))
}
