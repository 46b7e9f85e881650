//! Which pods carry which label, so that selecting is a look-up and not a scan.

use std::borrow::{Borrow, Cow};

use foldhash::HashMap;

use crate::kube::labels::Labels;
use crate::kube::selector::{Operator, Selector};

/// Up to this many templates of a pair are simply all looked at.
const FEW: usize = 64;

/// A label in a namespace, which may be left open.
type Placed<'a> = (&'a str, &'a str, Option<&'a str>);

/// Positions of pod templates by label pair.
#[derive(Debug, Default)]
pub struct LabelIndex<'a> {
    pairs: HashMap<(&'a str, &'a str), Vec<u32>>,
    /// The distinct values of each key, in the order of the input.
    values: HashMap<&'a str, Vec<&'a str>>,
    /// Those of pairs that many have, by namespace.
    placed: HashMap<Placed<'a>, Vec<u32>>,
    /// Templates whose labels are not all known; they may match anything.
    open: Vec<u32>,
    all: Vec<u32>,
}

impl<'a> LabelIndex<'a> {
    /// Indexes templates by their labels, each with the namespace that it ends up in.
    pub fn new<L: Borrow<Labels<'a>>>(templates: impl Iterator<Item = (L, Option<&'a str>)>) -> Self {
        let mut this = LabelIndex::default();
        let mut namespaces = Vec::new();
        for (at, (labels, namespace)) in (0..).zip(templates) {
            this.all.push(at);
            namespaces.push(namespace);
            let labels = labels.borrow();
            if labels.has_placeholder() {
                this.open.push(at);
            }
            for pair in labels.pairs() {
                let carrying = this.pairs.entry((pair.key, pair.value)).or_default();
                if carrying.is_empty() {
                    this.values.entry(pair.key).or_default().push(pair.value);
                }
                carrying.push(at);
            }
        }
        for ((key, value), carrying) in this.pairs.iter().filter(|one| one.1.len() > FEW) {
            for &at in carrying {
                let place = (*key, *value, namespaces[at as usize]);
                this.placed.entry(place).or_default().push(at);
            }
        }
        this
    }

    /// Templates that may match a selector of a namespace: those that meet its rarest `In`, or all of them if it has
    /// none. The caller still has to match each.
    pub fn candidates<'s>(
        &'s self,
        namespace: Option<&'s str>,
        selector: &'s Selector<'_>,
    ) -> Cow<'s, [u32]> {
        let rarest = selector
            .requirements
            .iter()
            .filter(|one| one.operator == Operator::In && !one.values.is_empty())
            .filter(|one| !one.open && !is_set_by_controller(one.key))
            .min_by_key(|one| {
                one.values.iter().map(|value| self.carrying(one.key, value).len()).sum::<usize>()
            });
        let Some(rarest) = rarest else {
            return Cow::Borrowed(&self.all);
        };
        if let ([value], []) = (&rarest.values[..], &self.open[..]) {
            return self.within(namespace, rarest.key, value);
        }
        let lists = rarest.values.iter().map(|value| self.within(namespace, rarest.key, value));
        let mut all = self.open.clone();
        lists.for_each(|list| all.extend_from_slice(&list));
        all.sort_unstable();
        all.dedup();
        Cow::Owned(all)
    }

    /// Templates that carry a pair, those of other namespaces perhaps left out.
    fn within<'s>(&'s self, namespace: Option<&'s str>, key: &'s str, value: &'s str) -> Cow<'s, [u32]> {
        let all = self.carrying(key, value);
        if namespace.is_none() || all.len() <= FEW {
            return Cow::Borrowed(all);
        }
        let of = |namespace| self.placed.get(&(key, value, namespace)).map_or(&[][..], Vec::as_slice);
        match (of(namespace), of(None)) {
            (own, []) => Cow::Borrowed(own),
            ([], open) => Cow::Borrowed(open),
            (own, open) => {
                let mut both = [own, open].concat();
                both.sort_unstable();
                Cow::Owned(both)
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
    use crate::kube::labels::{
        DAEMON_SET_LABELS, DEPLOYMENT_CONFIG_LABELS, JOB_LABELS, REPLICA_SET_LABELS, STATEFUL_SET_LABELS,
    };
    [DAEMON_SET_LABELS, DEPLOYMENT_CONFIG_LABELS, JOB_LABELS, REPLICA_SET_LABELS, STATEFUL_SET_LABELS]
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
        let labels = tree.root().get("labels").expect("labels").items();
        let labels: Vec<Labels<'_>> = labels.map(|one| Labels::read(Some(one))).collect();
        let index = LabelIndex::new(labels.iter().map(|one| (one, None)));
        let candidates = |key: &str| {
            let selector = Selector::label_selector(tree.root().get(key).expect("a selector"));
            index.candidates(None, &selector).into_owned()
        };
        assert_eq!(candidates("several"), [0, 1, 3, 4]);
        assert_eq!(candidates("rarer"), [2, 3]);
        assert_eq!(candidates("without"), [0, 1, 2, 3, 4]);
    }
    #[test]
    fn of_many_those_of_other_namespaces_are_left_out() {
        let text = "labels: {app: a}\nselector: {app: a}\nseveral: {matchExpressions: [{key: app, operator: In, values: [a, b]}]}\n";
        let file = Arc::new(SourceFile::new(FileId(0), "index.yaml".to_owned(), text.to_owned()));
        let tree = yaml::parse(&file, &yaml::split(&file.text)[0]).expect("it is YAML");
        let get = |key: &str| tree.root().get(key).expect("it is there");
        let labels = Labels::read(Some(get("labels")));
        let index = LabelIndex::new((0..90).map(|at| (&labels, [Some("x"), Some("y"), None][at % 3])));
        let (selector, several) = (Selector::map(get("selector")), Selector::label_selector(get("several")));
        let all = |skip: u32| (0..90).filter(|at| at % 3 != skip).collect::<Vec<_>>();
        for selector in [&selector, &several] {
            assert_eq!(index.candidates(Some("x"), selector)[..], all(1));
            assert_eq!(
                index.candidates(Some("z"), selector)[..],
                (0..30).map(|at| at * 3 + 2).collect::<Vec<_>>()
            );
            assert_eq!(index.candidates(None, selector)[..], all(3));
        }
    }
}
