//! A structural schema, read once from the nodes of its definition.

use std::sync::OnceLock;

use foldhash::{HashMap, HashMapExt};

use super::pattern::Pattern;
use crate::cel::Program;
use crate::schema::{Described, Expected};
use crate::text::placeholder;
use crate::yaml::Node;

/// A definition with more schemas than this is hardly meant for an API server, which takes at most 1.5 MB.
const MOST: u32 = 200_000;
/// More fields than this get an index.
const FEW: usize = 16;

/// One schema and those inside it.
#[derive(Debug)]
pub(super) struct Schema<'a> {
    /// Its mapping in the definition.
    pub at: Node<'a>,
    /// The type, if it is written and known.
    pub ty: Option<Expected>,
    /// `nullable`.
    pub nullable: bool,
    /// Whether it has a default, which the server fills in before it validates.
    pub default: bool,
    /// `x-kubernetes-preserve-unknown-fields`.
    pub preserves: bool,
    /// `x-kubernetes-embedded-resource`: apiVersion, kind and metadata are there without being declared.
    pub embedded: bool,
    /// `properties`, in their order.
    pub fields: Vec<(&'a str, Schema<'a>)>,
    /// Where a field is, if there are many.
    index: HashMap<&'a str, usize>,
    /// Whether other fields are allowed.
    pub others: Others<'a>,
    /// `items`.
    pub items: Option<Box<Schema<'a>>>,
    /// `required`: the items.
    pub required: Vec<Node<'a>>,
    /// Limits on values, if there are any.
    pub limits: Option<Box<Limits<'a>>>,
    /// `allOf`, `anyOf`, `oneOf`, `not`, if there are any.
    pub logic: Option<Box<Logic<'a>>>,
    /// `x-kubernetes-list-type`.
    pub list: List<'a>,
    /// Something is there that only the server understands.
    pub foreign: bool,
    /// `x-kubernetes-validations`, if there are any.
    pub rules: Option<Box<Rules<'a>>>,
    /// Whether there are any here or below.
    pub has_rules: bool,
}

/// `additionalProperties`.
#[derive(Debug)]
pub(super) enum Others<'a> {
    None,
    Any,
    Of(Box<Schema<'a>>),
}

/// `x-kubernetes-list-type`.
#[derive(Debug, Default)]
pub(super) enum List<'a> {
    #[default]
    Atomic,
    Set,
    Map(Vec<&'a str>),
}

/// Limits on values; each with the node that sets it.
#[derive(Debug, Default)]
pub(super) struct Limits<'a> {
    pub choice: Option<Node<'a>>,
    pub pattern: Option<Pattern<'a>>,
    pub format: Option<Node<'a>>,
    pub minimum: Option<Node<'a>>,
    pub maximum: Option<Node<'a>>,
    pub above: bool,
    pub below: bool,
    pub multiple: Option<Node<'a>>,
    pub min_length: Option<Node<'a>>,
    pub max_length: Option<Node<'a>>,
    pub min_items: Option<Node<'a>>,
    pub max_items: Option<Node<'a>>,
    pub min_properties: Option<Node<'a>>,
    pub max_properties: Option<Node<'a>>,
}

/// Schemas that a value is compared with as well.
#[derive(Debug, Default)]
pub(super) struct Logic<'a> {
    pub all: Vec<Schema<'a>>,
    pub any: Vec<Schema<'a>>,
    pub one: Vec<Schema<'a>>,
    pub not: Option<Schema<'a>>,
}

/// The rules of one schema.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    pub nodes: Vec<Node<'a>>,
    pub compiled: OnceLock<Vec<Rule<'a>>>,
}

/// A rule that compiles.
#[derive(Debug)]
pub(super) struct Rule<'a> {
    pub at: Node<'a>,
    pub program: Program,
    pub message: Option<Program>,
    /// Whether it runs on creation, with an old value that is absent, if it speaks of one.
    pub old: Option<bool>,
}

impl<'a> Rules<'a> {
    pub(super) fn read(list: Node<'a>) -> Self {
        Rules { nodes: list.items().collect(), compiled: OnceLock::new() }
    }
}

impl Limits<'_> {
    /// Whether a value may be one of several words in capitals.
    pub(super) fn is_loud(&self) -> bool {
        let mut words = self.choice.into_iter().flat_map(Node::items);
        words.any(|word| placeholder::is_shouted(word.text()))
    }
}

impl<'a> Schema<'a> {
    /// Reads a whole schema; `None` if it is too large.
    pub(super) fn read(root: Node<'a>) -> Option<Self> {
        let mut left = MOST;
        read(root, &mut left)
    }

    /// The schema of a declared field.
    pub(super) fn field(&self, name: &str) -> Option<&Schema<'a>> {
        if self.index.is_empty() {
            // Of two with one name the last one counts.
            return self.fields.iter().rev().find(|field| field.0 == name).map(|field| &field.1);
        }
        self.index.get(name).map(|&at| &self.fields[at].1)
    }

    /// The schema of the items, if it is one of lists.
    pub(super) fn within(&self) -> &Schema<'a> {
        self.items.as_deref().map_or(self, Schema::within)
    }

    /// The schema behind a key, the author's own or a declared one.
    pub(super) fn below(&self, key: &str) -> Option<&Schema<'a>> {
        let own = self.within();
        own.field(key).or(match &own.others {
            Others::Of(others) => Some(others),
            _ => None,
        })
    }

    /// What it says in words.
    pub(super) fn described(&self) -> Described {
        let mut found = Described { ty: self.type_name(), ..Described::default() };
        let text = |name: &str| self.at.get(name).map(|node| node.source_text().to_owned());
        found.text = self.at.get("description").map(|node| node.text().trim().to_owned());
        found.default = text("default");
        let Some(limits) = &self.limits else { return found };
        found.words =
            limits.choice.into_iter().flat_map(Node::items).map(|one| one.text().to_owned()).collect();
        let mut ask = |limit: Option<Node<'a>>, words: &str| {
            found.asks.extend(limit.map(|node| format!("{words} {}", node.text())));
        };
        ask(limits.minimum, if limits.above { "must be more than" } else { "must be at least" });
        ask(limits.maximum, if limits.below { "must be less than" } else { "must be at most" });
        ask(limits.multiple, "must be a multiple of");
        ask(limits.min_length, "fewest characters:");
        ask(limits.max_length, "most characters:");
        ask(limits.min_items, "fewest items:");
        ask(limits.max_items, "most items:");
        ask(limits.min_properties, "fewest keys:");
        ask(limits.max_properties, "most keys:");
        ask(limits.format, "format:");
        found.asks.extend(self.at.get("pattern").map(|node| format!("must match `{}`", node.text())));
        found
    }

    fn type_name(&self) -> String {
        match (self.ty, self.items.as_deref(), &self.others) {
            (Some(Expected::List), Some(items), _) => match items.ty {
                Some(of) => format!("a list, each item {}", of.name()),
                None => Expected::List.name().to_owned(),
            },
            (Some(ty), ..) => ty.name().to_owned(),
            (None, ..) => "any value".to_owned(),
        }
    }

    /// The key of the definition that says something, to point at.
    pub(super) fn key(&self, name: &str) -> Node<'a> {
        self.at.entry(name).map_or(self.at, |entry| entry.key)
    }
}

fn read<'a>(at: Node<'a>, left: &mut u32) -> Option<Schema<'a>> {
    *left = left.checked_sub(1)?;
    let mut schema = Schema {
        at,
        ty: None,
        nullable: false,
        default: false,
        preserves: false,
        embedded: false,
        fields: Vec::new(),
        index: HashMap::new(),
        others: Others::None,
        items: None,
        required: Vec::new(),
        limits: None,
        logic: None,
        list: List::Atomic,
        foreign: false,
        rules: None,
        has_rules: false,
    };
    let (mut limits, mut limited) = (Limits::default(), false);
    let (mut logic, mut logical) = (Logic::default(), false);
    let (mut format, mut int_or_string, mut keys) = (None, false, Vec::new());
    for entry in at.entries().filter(|entry| !entry.value.is_null()) {
        let (name, value) = (entry.key.key_text(), entry.value);
        let truth = value.bool() == Some(true);
        let mut limit = |place: &mut Option<Node<'a>>| {
            *place = Some(value);
            limited = true;
        };
        match name {
            "type" => schema.ty = value.str().and_then(expected),
            "nullable" => schema.nullable = truth,
            "default" => schema.default = true,
            "properties" => {
                schema.fields.reserve_exact(value.entries().count());
                for field in value.entries() {
                    schema.fields.push((field.key.key_text(), read(field.value, left)?));
                }
                if schema.fields.len() > FEW {
                    let places = schema.fields.iter().enumerate();
                    schema.index = places.map(|(at, field)| (field.0, at)).collect();
                }
            }
            "additionalProperties" if value.is_mapping() => {
                schema.others = Others::Of(Box::new(read(value, left)?));
            }
            "additionalProperties" => schema.others = Others::Any,
            "items" if value.is_mapping() => schema.items = Some(Box::new(read(value, left)?)),
            "required" => schema.required = value.items().filter(|item| item.str().is_some()).collect(),
            "enum" => limit(&mut limits.choice),
            "pattern" => {
                limits.pattern = Some(Pattern::new(value));
                limited = true;
            }
            "format" => {
                format = value.str();
                limit(&mut limits.format);
            }
            "minimum" => limit(&mut limits.minimum),
            "maximum" => limit(&mut limits.maximum),
            "exclusiveMinimum" => limits.above = truth,
            "exclusiveMaximum" => limits.below = truth,
            "multipleOf" => limit(&mut limits.multiple),
            "minLength" => limit(&mut limits.min_length),
            "maxLength" => limit(&mut limits.max_length),
            "minItems" => limit(&mut limits.min_items),
            "maxItems" => limit(&mut limits.max_items),
            "minProperties" => limit(&mut limits.min_properties),
            "maxProperties" => limit(&mut limits.max_properties),
            "allOf" | "anyOf" | "oneOf" => {
                let list = value.items().map(|item| read(item, left)).collect::<Option<Vec<_>>>()?;
                logical = true;
                match name {
                    "allOf" => logic.all = list,
                    "anyOf" => logic.any = list,
                    _ => logic.one = list,
                }
            }
            "not" => {
                logic.not = Some(read(value, left)?);
                logical = true;
            }
            "x-kubernetes-int-or-string" => int_or_string = truth,
            "x-kubernetes-preserve-unknown-fields" => schema.preserves = truth,
            "x-kubernetes-embedded-resource" => schema.embedded = truth,
            "x-kubernetes-list-type" if value.str() == Some("set") => schema.list = List::Set,
            "x-kubernetes-list-map-keys" => keys = value.items().filter_map(Node::str).collect(),
            "description" | "title" | "example" | "externalDocs" => {}
            "x-kubernetes-validations" => schema.rules = Some(Box::new(Rules::read(value))),
            name if name.starts_with("x-kubernetes-") => {}
            _ => schema.foreign = true,
        }
    }
    if int_or_string {
        schema.ty = Some(Expected::IntegerOrString);
        // The types that may be listed there beside it say the same (`pkg/apiserver/schema/validation.go`).
        let plain = |one: &Schema<'a>| one.at.entries().all(|entry| entry.key.key_text() == "type");
        if logic.any.iter().all(plain) {
            logic.any.clear();
        }
    }
    if let (Some(Expected::Integer64), Some("int32")) = (schema.ty, format) {
        schema.ty = Some(Expected::Integer32);
    }
    if !keys.is_empty() {
        schema.list = List::Map(keys);
    }
    let others = match &schema.others {
        Others::Of(others) => Some(others.as_ref()),
        _ => None,
    };
    let mut below = schema.fields.iter().map(|field| &field.1).chain(schema.items.as_deref()).chain(others);
    schema.has_rules = schema.rules.is_some() || below.any(|inner| inner.has_rules);
    schema.limits = limited.then(|| Box::new(limits));
    schema.logic = logical.then(|| Box::new(logic));
    Some(schema)
}

fn expected(ty: &str) -> Option<Expected> {
    Some(match ty {
        "boolean" => Expected::Boolean,
        "integer" => Expected::Integer64,
        "number" => Expected::Number,
        "string" => Expected::String,
        "array" => Expected::List,
        "object" => Expected::Mapping,
        _ => return None,
    })
}
