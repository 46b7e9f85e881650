//! Label selectors with the API server's semantics (facts 1.1–1.6).

use super::labels::Labels;
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// An answer that may have to wait for what is not in view (a placeholder, a namespace left open).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// Certainly not.
    No,
    /// Cannot be told from the input.
    Maybe,
    /// Certainly.
    Yes,
}

impl Match {
    /// Both must hold.
    pub fn and(self, other: Match) -> Match {
        self.min(other)
    }

    /// Whether it is certain.
    pub fn is_yes(self) -> bool {
        self == Match::Yes
    }
}

impl From<bool> for Match {
    fn from(yes: bool) -> Self {
        if yes { Match::Yes } else { Match::No }
    }
}

/// The operators of `matchExpressions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// The value is one of the listed; the key must be there.
    In,
    /// The value is none of the listed, or the key is missing.
    NotIn,
    /// The key is there.
    Exists,
    /// The key is missing.
    DoesNotExist,
    /// Anything else, which the API server refuses (fact 1.3).
    Invalid,
}

/// One requirement; all of a selector's requirements must hold.
#[derive(Clone, Debug)]
pub struct Requirement<'a> {
    /// The label key.
    pub key: &'a str,
    /// How the label is compared.
    pub operator: Operator,
    /// The listed values.
    pub values: Vec<&'a str>,
    /// Where it is written: the value of a `matchLabels` pair, or the whole expression.
    pub node: Node<'a>,
    /// It stands in `matchLabels` or a plain map.
    pub pair: bool,
    /// The key or a value is still to be filled in.
    pub open: bool,
}

impl<'a> Requirement<'a> {
    fn new(key: &'a str, operator: Operator, values: Vec<&'a str>, node: Node<'a>) -> Self {
        let open = is_placeholder(key) || values.iter().any(|value| is_placeholder(value));
        Requirement { key, operator, values, node, pair: false, open }
    }

    /// One of `matchLabels` or of a plain map.
    fn of_pair(key: &'a str, value: &'a str, node: Node<'a>) -> Self {
        Requirement { pair: true, ..Requirement::new(key, Operator::In, vec![value], node) }
    }
}

/// A selector that is present, possibly empty. Absence is the caller's to judge: it differs per field (1.6).
#[derive(Clone, Debug)]
pub struct Selector<'a> {
    /// Where it is written.
    pub node: Node<'a>,
    /// Everything it demands.
    pub requirements: Vec<Requirement<'a>>,
}

impl<'a> Selector<'a> {
    /// A `LabelSelector` with `matchLabels` and `matchExpressions`.
    pub fn label_selector(node: Node<'a>) -> Self {
        let mut selector = Selector { node, requirements: Vec::new() };
        if let Some(labels) = node.get("matchLabels") {
            selector.add_pairs(labels);
        }
        for node in node.get("matchExpressions").into_iter().flat_map(|list| list.items()) {
            let operator = match node.get("operator").map_or("", |operator| operator.text()) {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                _ => Operator::Invalid,
            };
            let values = node.get("values").into_iter().flat_map(|values| values.items());
            // The server reads null as an empty text, as it does in `matchLabels`.
            let values = values.map(|value| if value.is_null() { "" } else { value.text() }).collect();
            let key = node.get("key").map_or("", |key| key.text());
            selector.requirements.push(Requirement::new(key, operator, values, node));
        }
        selector
    }

    /// A plain map of labels, as Services and ReplicationControllers have it.
    pub fn map(node: Node<'a>) -> Self {
        let mut selector = Selector { node, requirements: Vec::new() };
        selector.add_pairs(node);
        selector
    }

    fn add_pairs(&mut self, labels: Node<'a>) {
        for pair in Labels::read(Some(labels)).pairs() {
            self.requirements.push(Requirement::of_pair(pair.key, pair.value, pair.node));
        }
    }

    /// The same selector with pairs that another tool adds; they have no place of their own.
    pub fn with_added(mut self, pairs: &'a [(String, String)]) -> Self {
        for (key, value) in pairs {
            self.requirements.retain(|one| !(one.pair && one.key == key));
            self.requirements.push(Requirement::of_pair(key, value, self.node));
        }
        self
    }

    /// Whether it demands nothing.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether a placeholder makes it unreadable for now.
    pub fn has_placeholder(&self) -> bool {
        self.requirements.iter().any(|one| one.open)
    }

    /// Whether the API server refuses it, so that nothing can be said of what it selects.
    pub fn is_invalid(&self) -> bool {
        // `In` and `NotIn` without values are refused as well (fact 1.4).
        let empty = |one: &Requirement<'_>| {
            matches!(one.operator, Operator::In | Operator::NotIn) && one.values.is_empty() && !one.pair
        };
        self.requirements.iter().any(|one| one.operator == Operator::Invalid || empty(one))
    }

    /// Pairs that must be there with exactly this value; good for an index.
    pub fn required_pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> + '_ {
        self.requirements
            .iter()
            .filter(|one| one.operator == Operator::In && one.values.len() == 1)
            .map(|one| (one.key, one.values[0]))
    }

    /// Whether pods with these labels are selected. An empty selector matches everything here.
    pub fn matches(&self, labels: &Labels<'_>) -> Match {
        self.requirements.iter().fold(Match::Yes, |so_far, one| so_far.and(one.matches(labels)))
    }

    /// The requirements that these labels do not meet.
    pub fn unmet<'s>(&'s self, labels: &'s Labels<'_>) -> impl Iterator<Item = &'s Requirement<'a>> + 's {
        self.requirements.iter().filter(|one| one.matches(labels) == Match::No)
    }

    /// Labels with the values that the pairs of this selector demand.
    pub fn corrected(&self, mut labels: Labels<'a>) -> Labels<'a> {
        for one in self.requirements.iter().filter(|one| one.pair) {
            labels.set(one.key, one.values[0], one.node);
        }
        labels
    }

    /// Two requirements on one key that no label can meet together (fact 1.5).
    pub fn contradiction(&self) -> Option<(&Requirement<'a>, &Requirement<'a>)> {
        // Requirements of one key stand together then, in their order.
        let mut by_key: Vec<&Requirement<'a>> = self.requirements.iter().collect();
        by_key.sort_by_key(|one| one.key);
        for one in self.requirements.iter().filter(|one| one.operator == Operator::In) {
            let first = by_key.partition_point(|other| other.key < one.key);
            for other in by_key[first..].iter().take_while(|other| other.key == one.key) {
                let possible = match other.operator {
                    Operator::In => one.values.iter().any(|value| other.values.contains(value)),
                    Operator::NotIn => one.values.iter().any(|value| !other.values.contains(value)),
                    Operator::DoesNotExist => false,
                    Operator::Exists | Operator::Invalid => true,
                };
                if !possible {
                    return Some((one, other));
                }
            }
        }
        None
    }
}

impl Requirement<'_> {
    /// Whether labels meet this requirement (the truth table of fact 1.2).
    pub fn matches(&self, labels: &Labels<'_>) -> Match {
        if self.open {
            return Match::Maybe;
        }
        let Some(label) = labels.get(self.key) else {
            return match self.operator {
                Operator::Invalid => Match::Maybe,
                _ if labels.is_added(self.key) => match self.operator {
                    Operator::Exists => Match::Yes,
                    Operator::DoesNotExist => Match::No,
                    // A value that only the controller knows: taken to be one the author looked up.
                    _ => Match::Maybe,
                },
                Operator::In | Operator::Exists => Match::No,
                Operator::NotIn | Operator::DoesNotExist => Match::Yes,
            };
        };
        let listed = self.values.contains(&label.value);
        match self.operator {
            Operator::Exists => Match::Yes,
            Operator::DoesNotExist => Match::No,
            Operator::Invalid => Match::Maybe,
            _ if label.open => Match::Maybe,
            Operator::In => listed.into(),
            Operator::NotIn => (!listed).into(),
        }
    }
}
