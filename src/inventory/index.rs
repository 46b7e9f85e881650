//! Which pods carry which label, so that selecting is a look-up and not a scan.

use foldhash::HashMap;

use crate::kube::labels::Labels;
use crate::kube::selector::{Operator, Selector};

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

    /// Templates that may match a selector: those that meet its rarest `In`, or all of them if it has none.
    /// The caller still has to match each.
    pub fn candidates(&self, selector: &Selector<'_>) -> Vec<u32> {
        let rarest = selector
            .requirements
            .iter()
            .filter(|one| one.operator == Operator::In && !one.values.is_empty())
            .filter(|one| !one.open && !is_set_by_controller(one.key))
            .min_by_key(|one| {
                one.values.iter().map(|value| self.listed(one.key, value).len()).sum::<usize>()
            });
        let Some(rarest) = rarest else {
            return (0..self.len).collect();
        };
        let lists = rarest.values.iter().flat_map(|value| self.listed(rarest.key, value));
        let mut all: Vec<u32> = lists.chain(&self.open).copied().collect();
        if rarest.values.len() > 1 || !self.open.is_empty() {
            all.sort_unstable();
            all.dedup();
        }
        all
    }

    fn listed<'k>(&'k self, key: &'k str, value: &'k str) -> &'k [u32] {
        self.pairs.get(&(key, value)).map_or(&[], Vec::as_slice)
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::{FileId, SourceFile};
    use crate::yaml;

    #[test]
    fn candidates_meet_the_rarest_requirement_or_are_open() {
        let text = "
labels: [{app: a}, {app: b, tier: x}, {app: c, tier: x}, {app: '${APP}'}, {app: a, tier: x}]
several: {matchExpressions: [{key: app, operator: In, values: [b, a]}]}
rarer: {matchLabels: {tier: x, app: c}}
without: {matchExpressions: [{key: app, operator: Exists}]}
";
        let file = Arc::new(SourceFile::new(FileId(0), "index.yaml".to_owned(), text.to_owned()));
        let tree = yaml::parse(&file, &yaml::split(&file.text)[0]).expect("it is YAML");
        let mut index = LabelIndex::default();
        for labels in tree.root().get("labels").expect("labels").items() {
            index.push(&Labels::read(Some(labels)));
        }
        let candidates = |key: &str| {
            index.candidates(&Selector::label_selector(tree.root().get(key).expect("a selector")))
        };
        assert_eq!(candidates("several"), [0, 1, 3, 4]);
        assert_eq!(candidates("rarer"), [2, 3]);
        assert_eq!(candidates("without"), [0, 1, 2, 3, 4]);
    }
}
