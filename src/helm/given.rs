//! Values that somebody gives to a chart: files, parts of manifests, single ones of the command line.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::coalesce;
use super::failure::{Failure, FailureKind};
use super::map::{Map, Slot, Table};
use super::read;
use super::text::{Origin, Str};
use super::value::{Data, Value};
use crate::files::{SourceFile, Span};
use crate::yaml::{self, Node, Text, Tree};

/// Values that somebody gives to a chart.
#[derive(Clone, Debug)]
pub enum Given<'g> {
    /// A values file.
    File(Arc<SourceFile>),
    /// A mapping inside of a manifest.
    Node(Node<'g>),
    /// The same, where something else stands in the place of its texts.
    Filled(Node<'g>, Filled),
    /// A text inside of a manifest that is itself YAML.
    Text(String, Span),
    /// `key.path=value` of the command line or the configuration.
    Set(String),
}

/// What stands in the place of texts of a manifest that is a template itself. Copies share it.
#[derive(Clone, Debug, Default)]
pub struct Filled(Arc<BTreeMap<String, String>>);

impl Filled {
    /// What stands in the place of which text.
    pub fn new(texts: BTreeMap<String, String>) -> Self {
        Filled(Arc::new(texts))
    }

    /// Whether all texts stay as they are.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What stands in the place of a text.
    pub fn text(&self, written: &str) -> String {
        self.0.get(written).map_or(written, String::as_str).to_owned()
    }

    /// The same for all texts of a value.
    fn value(&self, value: &Value) -> Value {
        let data = match &value.data {
            Data::Str(text) => match self.0.get(text.as_str()) {
                Some(filled) => Data::Str(Str::new(filled, value.origin().map(Origin::changed))),
                None => return value.clone(),
            },
            Data::List(list) => {
                return Value::from(list.0.iter().map(|item| self.value(item)).collect::<Vec<_>>());
            }
            Data::Map(map) => {
                let filled =
                    |(key, slot): (Text, Slot)| (key, Slot { value: self.value(&slot.value), ..slot });
                let table: Table = map.sorted().into_iter().map(filled).collect();
                return Value::from(table).placed(value.at);
            }
            _ => return value.clone(),
        };
        Value { data, at: value.at }
    }
}

/// The values of one source.
pub fn given_values(given: &Given<'_>) -> Result<Option<Map>, Failure> {
    let (value, at) = match given {
        Given::File(file) => return values_of(file),
        Given::Node(node) => (read::document(*node), node.span()),
        Given::Filled(node, filled) => (filled.value(&read::document(*node)), node.span()),
        Given::Text(text, at) => {
            let origin = Origin::value(*at, false);
            let value = read::text(&Str::new(text, Some(origin)));
            (value.map_err(|message| failure_at(message, *at))?, *at)
        }
        Given::Set(text) => return set(text).map(Some),
    };
    match value.data {
        Data::Map(map) => Ok(Some(map)),
        Data::Nil | Data::Nothing => Ok(None),
        _ => Err(failure_at("the values are no mapping", at)),
    }
}

fn failure_at(message: impl Into<String>, at: Span) -> Failure {
    Failure { at: Some(at), ..Failure::of(FailureKind::Values, message) }
}

/// The values of a file: its first document.
fn values_of(file: &Arc<SourceFile>) -> Result<Option<Map>, Failure> {
    Ok(values_tree(file)?.map(|tree| values_in(tree.root(), &|_| true)))
}

/// Those of the values in a mapping whose keys are wanted, at any depth.
pub fn values_in(mapping: Node<'_>, wanted: &dyn Fn(&str) -> bool) -> Map {
    match read::document_of(mapping, wanted).data {
        Data::Map(map) => map,
        _ => coalesce::empty(),
    }
}

/// The first document of a file of values, if there is anything in it.
pub fn values_tree(file: &Arc<SourceFile>) -> Result<Option<Tree>, Failure> {
    for piece in yaml::split(&file.text) {
        let tree = yaml::parse(file, &piece).map_err(|fault| {
            failure_at(format!("the values are not YAML: {}", fault.message), file.span(fault.range))
        })?;
        if tree.is_empty() {
            continue;
        }
        return match tree.root() {
            root if root.is_mapping() => Ok(Some(tree)),
            root if root.is_null() => Ok(None),
            root => Err(failure_at("the values are no mapping", root.span())),
        };
    }
    Ok(None)
}

/// `a.b[0].c=value`, as the command line takes it, without lists in braces.
fn set(text: &str) -> Result<Map, Failure> {
    let (path, value) =
        text.split_once('=').ok_or_else(|| Failure::error(format!("`{text}` is no `key=value`")))?;
    let data = match value {
        "true" | "false" => Data::Bool(value == "true"),
        "null" => Data::Nil,
        "" => Data::Str(Str::from("")),
        _ => match value.parse::<i64>() {
            Ok(number) if value == "0" || !value.starts_with('0') => Data::Long(number),
            _ => Data::Str(Str::from(value)),
        },
    };
    let mut value = Value::from(data);
    for part in parts(path).iter().rev() {
        let (name, index) = match part.split_once('[') {
            Some((name, rest)) => (name, rest.trim_end_matches(']').parse::<usize>().ok()),
            None => (part.as_str(), None),
        };
        if let Some(index) = index.filter(|index| *index < 1000) {
            let mut items = vec![Value::from(Data::Nil); index];
            items.push(value);
            value = Value::from(items);
        }
        value = Value::map_of(vec![(name, value)]);
    }
    match value.data {
        Data::Map(map) => Ok(map),
        _ => Ok(coalesce::empty()),
    }
}

/// The keys of a path; `\.` is a dot of the key itself.
fn parts(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = path.chars();
    while let Some(letter) = letters.next() {
        let last = parts.last_mut();
        match (letter, last) {
            ('\\', Some(last)) => last.extend(letters.next()),
            ('.', _) => parts.push(String::new()),
            (letter, Some(last)) => last.push(letter),
            _ => {}
        }
    }
    parts
}
