//! `values.schema.json`: whether the values of a chart are what its schema asks for (JSON Schema, draft 7).
//!
//! Helm checks the merged values of every chart before it renders anything (fact 16.11). No crate is used: what is
//! needed here is where a value was written and where the schema speaks of it, and silence where a keyword is not known.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use regex::Regex;

use super::failure::{Asked, Failure, FailureKind};
use super::map::{Entries, Map, Slot};
use super::text::Origin;
use super::value::{Data, Value};
use crate::files::{SourceFile, Span};
use crate::text::re2;
use crate::yaml::{self, Kind, Node, Scalar};

/// Schemas are followed so deep.
const DEEPEST: usize = 60;
/// So many schemas are compared with values for one chart.
const MOST: usize = 200_000;
/// Larger patterns are not compiled, in bytes.
const LARGEST: usize = 1 << 20;
/// So many faults of one chart are reported.
const REPORTED: usize = 10;

/// What the schema of a chart finds wrong with its values. `at` is the place for what stands nowhere.
pub fn check(schema: &Arc<SourceFile>, values: &Map, at: Span) -> Vec<Failure> {
    let Some(tree) = yaml::split(&schema.text).first().and_then(|piece| yaml::parse(schema, piece).ok())
    else {
        return Vec::new();
    };
    if tree.is_empty() {
        return Vec::new();
    }
    let mut walk = Walk { root: tree.root(), left: MOST };
    let value = Value::from(Data::Map(Rc::clone(values)));
    let place = Place { path: String::new(), at, empty: false };
    let Verdict::Wrong(mut faults) = walk.compare(tree.root(), &value, &place, 0) else { return Vec::new() };
    // One thing is wrong in several ways.
    let mut seen = HashSet::new();
    faults.retain(|fault| fault.path.is_empty() || seen.insert(fault.path.clone()));
    faults.truncate(REPORTED);
    let failure = |fault: Fault| Failure {
        at: Some(fault.at),
        trail: vec![fault.asked],
        ..Failure::of(FailureKind::Schema(fault.wants), fault.message)
    };
    faults.into_iter().map(failure).collect()
}

/// Where a value is.
struct Place {
    /// The keys that lead to it, as in `service.port`.
    path: String,
    /// Where it was written, or what it lies in.
    at: Span,
    /// It is null, which defaults write for what somebody has to set.
    empty: bool,
}

impl Place {
    fn title(&self) -> String {
        if self.path.is_empty() { "the values".to_owned() } else { format!("`{}`", self.path) }
    }

    fn of(&self, key: &str, slot: &Slot) -> Place {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        let at = slot.value.origin().filter(|_| !slot.value.is_collection()).or(slot.key);
        let at = at.or(slot.value.at).map_or(self.at, |origin: Origin| origin.span);
        Place { path, at, empty: is_open(&slot.value) }
    }

    fn item(&self, index: usize, value: &Value) -> Place {
        let at = value.origin().map_or(self.at, |origin| origin.span);
        Place { path: format!("{}[{index}]", self.path), at, empty: is_open(value) }
    }
}

/// Something that a schema does not accept.
struct Fault {
    message: String,
    /// The path of the value; empty where something else is not there.
    path: String,
    at: Span,
    /// The keyword of the schema.
    asked: Span,
    wants: Asked,
}

enum Verdict {
    Fits,
    Wrong(Vec<Fault>),
    /// The schema has something that is not known here.
    Unknown,
}

impl Verdict {
    fn and(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Wrong(mut one), Verdict::Wrong(two)) => {
                one.extend(two);
                Verdict::Wrong(one)
            }
            (Verdict::Wrong(one), _) | (_, Verdict::Wrong(one)) => Verdict::Wrong(one),
            (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
            (Verdict::Fits, Verdict::Fits) => Verdict::Fits,
        }
    }
}

struct Walk<'s> {
    root: Node<'s>,
    left: usize,
}

impl<'s> Walk<'s> {
    fn compare(&mut self, schema: Node<'s>, value: &Value, place: &Place, depth: usize) -> Verdict {
        if depth > DEEPEST || self.left == 0 {
            return Verdict::Unknown;
        }
        self.left -= 1;
        match schema.scalar() {
            Some(Scalar::Bool(true)) => return Verdict::Fits,
            Some(Scalar::Bool(false)) => return asks(place, schema, "is not allowed", Asked::Nothing),
            _ => {}
        }
        if let Some(reference) = schema.get("$ref") {
            return match reference.str().and_then(|pointer| self.resolve(pointer)) {
                Some(target) => self.compare(target, value, place, depth + 1),
                None => Verdict::Unknown,
            };
        }
        let mut verdict = Verdict::Fits;
        for entry in schema.entries() {
            let found = self.keyword(schema, entry.key.text(), entry.value, value, place, depth + 1);
            verdict = verdict.and(found);
        }
        verdict
    }

    /// A schema of this document.
    fn resolve(&self, pointer: &str) -> Option<Node<'s>> {
        let path = pointer.strip_prefix('#')?;
        path.split('/').skip(1).try_fold(self.root, |node, part| {
            let part = part.replace("~1", "/").replace("~0", "~");
            match node.kind() {
                Kind::Sequence => node.items().nth(part.parse().ok()?),
                _ => node.get(&part),
            }
        })
    }

    fn keyword(
        &mut self,
        schema: Node<'s>,
        keyword: &str,
        asked: Node<'s>,
        value: &Value,
        place: &Place,
        depth: usize,
    ) -> Verdict {
        match keyword {
            "allOf" => {
                let all = asked.items().map(|one| self.compare(one, value, place, depth));
                all.fold(Verdict::Fits, Verdict::and)
            }
            "anyOf" | "oneOf" => self.one_of(keyword, asked, value, place, depth),
            "not" => match self.compare(asked, value, place, depth) {
                Verdict::Fits => wrong(place, asked, "has a form that is not allowed"),
                Verdict::Wrong(_) => Verdict::Fits,
                Verdict::Unknown => Verdict::Unknown,
            },
            "if" => {
                let branch = match self.compare(asked, value, place, depth) {
                    Verdict::Fits => "then",
                    Verdict::Wrong(_) => "else",
                    Verdict::Unknown => return Verdict::Unknown,
                };
                match schema.get(branch) {
                    Some(branch) => self.compare(branch, value, place, depth),
                    None => Verdict::Fits,
                }
            }
            "type" => types(asked, value, place),
            "enum" => {
                let fits = asked.items().any(|one| is_equal(one, value, 0));
                let listed: Vec<String> =
                    asked.items().take(8).map(|one| format!("`{}`", one.text())).collect();
                if fits {
                    Verdict::Fits
                } else {
                    wrong(place, asked, &format!("must be one of {}", listed.join(", ")))
                }
            }
            "const" if is_equal(asked, value, 0) => Verdict::Fits,
            "const" => wrong(place, asked, &format!("must be `{}`", asked.text())),
            _ => match &value.data {
                Data::Map(map) => self.mapping(schema, keyword, asked, map, place, depth),
                Data::List(list) => self.list(keyword, asked, &list.0, place, depth),
                Data::Str(text) => text_fits(keyword, asked, text.as_str(), place),
                Data::Float(number) => number_fits(keyword, asked, *number, place),
                Data::Int(number) | Data::Long(number) => number_fits(keyword, asked, *number as f64, place),
                _ => Verdict::Fits,
            },
        }
    }

    fn one_of(
        &mut self,
        keyword: &str,
        asked: Node<'s>,
        value: &Value,
        place: &Place,
        depth: usize,
    ) -> Verdict {
        let (mut fits, mut unknown, mut all) = (0, false, Vec::new());
        for one in asked.items() {
            match self.compare(one, value, place, depth) {
                Verdict::Fits => fits += 1,
                Verdict::Unknown => unknown = true,
                Verdict::Wrong(faults) => all.extend(faults),
            }
        }
        // Each form may only ask for something that somebody may still set.
        let open = all.iter().all(|fault| fault.wants == Asked::Value);
        let wants = if open { Asked::Value } else { Asked::Other };
        match fits {
            _ if unknown => Verdict::Unknown,
            0 if asked.items().count() == 1 => Verdict::Wrong(all),
            0 => asks(place, asked, "fits none of the forms that are allowed", wants),
            1 => Verdict::Fits,
            _ if keyword == "anyOf" => Verdict::Fits,
            _ => wrong(place, asked, "fits more than one of the forms that are allowed"),
        }
    }

    fn mapping(
        &mut self,
        schema: Node<'s>,
        keyword: &str,
        asked: Node<'s>,
        map: &Entries,
        place: &Place,
        depth: usize,
    ) -> Verdict {
        let mut verdict = Verdict::Fits;
        match keyword {
            "required" => {
                for name in asked.items().filter(|name| map.get(name.text()).is_none()) {
                    let lacks = if place.path.is_empty() { "lack" } else { "lacks" };
                    let message = format!("{} {lacks} `{}`, which is required", place.title(), name.text());
                    let (path, at, asked) = (String::new(), place.at, name.span());
                    let fault = Fault { message, path, at, asked, wants: Asked::Value };
                    verdict = verdict.and(Verdict::Wrong(vec![fault]));
                }
            }
            "properties" => {
                for (key, slot) in map.sorted() {
                    if let Some(inner) = asked.get(&key) {
                        verdict =
                            verdict.and(self.compare(inner, &slot.value, &place.of(&key, &slot), depth));
                    }
                }
            }
            "patternProperties" | "additionalProperties" => {
                let named = schema.get("properties");
                let patterns: Vec<(Option<Regex>, Node<'s>)> = schema
                    .get("patternProperties")
                    .into_iter()
                    .flat_map(Node::entries)
                    .map(|entry| (compile(entry.key.text()), entry.value))
                    .collect();
                for (key, slot) in map.sorted() {
                    let inner = place.of(&key, &slot);
                    let mut known = named.is_some_and(|named| named.get(&key).is_some());
                    for (pattern, own) in &patterns {
                        match pattern.as_ref().map(|pattern| pattern.is_match(&key)) {
                            None => return Verdict::Unknown,
                            Some(true) if keyword == "patternProperties" => {
                                verdict = verdict.and(self.compare(*own, &slot.value, &inner, depth));
                            }
                            Some(matches) => known |= matches,
                        }
                    }
                    // Helm itself puts `global` into the values of every chart.
                    let own = place.path.is_empty() && *key == *"global";
                    if keyword == "additionalProperties" && !known && !own {
                        let at = slot.key.map_or(inner.at, |origin| origin.span);
                        let inner = if asked.bool() == Some(false) { Place { at, ..inner } } else { inner };
                        verdict = verdict.and(self.compare(asked, &slot.value, &inner, depth));
                    }
                }
            }
            "minProperties" | "maxProperties" => {
                verdict = count_fits(keyword, asked, map.len(), "entries", place)
            }
            "dependencies"
            | "dependentRequired"
            | "dependentSchemas"
            | "propertyNames"
            | "unevaluatedProperties" => {
                return Verdict::Unknown;
            }
            _ => {}
        }
        verdict
    }

    fn list(
        &mut self,
        keyword: &str,
        asked: Node<'s>,
        items: &[Value],
        place: &Place,
        depth: usize,
    ) -> Verdict {
        match keyword {
            "items" if asked.is_sequence() => Verdict::Unknown,
            "items" => {
                let compare =
                    |(at, item): (usize, &Value)| self.compare(asked, item, &place.item(at, item), depth);
                items.iter().enumerate().map(compare).fold(Verdict::Fits, Verdict::and)
            }
            "minItems" | "maxItems" => count_fits(keyword, asked, items.len(), "items", place),
            "uniqueItems" | "contains" | "prefixItems" | "unevaluatedItems" => Verdict::Unknown,
            _ => Verdict::Fits,
        }
    }
}

/// Whether a value says nothing, so that whoever deploys the chart has to: null, or an empty text.
fn is_open(value: &Value) -> bool {
    value.is_nil() || matches!(&value.data, Data::Str(text) if text.as_str().is_empty())
}

fn asks(place: &Place, asked: Node<'_>, what: &str, wants: Asked) -> Verdict {
    let message = format!("{} {what}", place.title());
    // Who has to set the value sets a right one.
    let wants = if place.empty { Asked::Value } else { wants };
    Verdict::Wrong(vec![Fault {
        message,
        path: place.path.clone(),
        at: place.at,
        asked: asked.span(),
        wants,
    }])
}

fn wrong(place: &Place, asked: Node<'_>, what: &str) -> Verdict {
    asks(place, asked, what, Asked::Other)
}

fn types(asked: Node<'_>, value: &Value, place: &Place) -> Verdict {
    let own: &[&str] = match &value.data {
        Data::Nothing | Data::Nil => &["null"],
        Data::Bool(_) => &["boolean"],
        Data::Int(_) | Data::Long(_) => &["integer", "number"],
        Data::Float(number) if number.fract() == 0.0 => &["integer", "number"],
        Data::Float(_) => &["number"],
        Data::Str(_) => &["string"],
        Data::List(_) => &["array"],
        Data::Map(_) => &["object"],
        Data::Object(_) => return Verdict::Unknown,
    };
    let wanted: Vec<&str> = match asked.is_sequence() {
        true => asked.items().map(Node::text).collect(),
        false => vec![asked.text()],
    };
    if wanted.iter().any(|one| own.contains(one)) {
        return Verdict::Fits;
    }
    wrong(place, asked, &format!("must be of type {}, not {}", wanted.join(" or "), own[0]))
}

fn count_fits(keyword: &str, asked: Node<'_>, count: usize, what: &str, place: &Place) -> Verdict {
    let Some(limit) = asked.int().and_then(|limit| usize::try_from(limit).ok()) else {
        return Verdict::Unknown;
    };
    match keyword.starts_with("min") {
        true if count < limit => wrong(place, asked, &format!("must have {limit} or more {what}")),
        false if count > limit => wrong(place, asked, &format!("must have at most {limit} {what}")),
        _ => Verdict::Fits,
    }
}

fn text_fits(keyword: &str, asked: Node<'_>, text: &str, place: &Place) -> Verdict {
    match keyword {
        "minLength" | "maxLength" => count_fits(keyword, asked, text.chars().count(), "characters", place),
        "pattern" => match compile(asked.text()).map(|pattern| pattern.is_match(text)) {
            Some(false) => wrong(place, asked, &format!("must match `{}`", asked.text())),
            Some(true) => Verdict::Fits,
            None => Verdict::Unknown,
        },
        _ => Verdict::Fits,
    }
}

/// A pattern, as Go reads it; `None` where it is not sure what it matches.
fn compile(pattern: &str) -> Option<Regex> {
    re2::compile_within(pattern, LARGEST).ok()
}

fn number_fits(keyword: &str, asked: Node<'_>, number: f64, place: &Place) -> Verdict {
    let limit = match asked.scalar() {
        Some(Scalar::Int(limit)) => limit as f64,
        Some(Scalar::Float(limit)) => limit,
        _ => return Verdict::Fits,
    };
    let (fits, what) = match keyword {
        "minimum" => (number >= limit, "at least"),
        "maximum" => (number <= limit, "at most"),
        "exclusiveMinimum" => (number > limit, "more than"),
        "exclusiveMaximum" => (number < limit, "less than"),
        _ => return Verdict::Fits,
    };
    if fits { Verdict::Fits } else { wrong(place, asked, &format!("must be {what} {}", asked.text())) }
}

/// Whether a constant of a schema is a value.
fn is_equal(asked: Node<'_>, value: &Value, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    match (&value.data, asked.kind()) {
        (Data::List(list), Kind::Sequence) => {
            let items: Vec<Node<'_>> = asked.items().collect();
            items.len() == list.0.len()
                && items.iter().zip(&list.0).all(|(one, two)| is_equal(*one, two, depth + 1))
        }
        (Data::Map(map), Kind::Mapping) => {
            asked.entries().count() == map.len()
                && asked.entries().all(|entry| {
                    map.get(entry.key.text()).is_some_and(|value| is_equal(entry.value, &value, depth + 1))
                })
        }
        (data, Kind::Scalar) => match (data, asked.scalar()) {
            (Data::Nothing | Data::Nil, None | Some(Scalar::Null)) => true,
            (Data::Bool(one), Some(Scalar::Bool(two))) => *one == two,
            (Data::Str(one), Some(Scalar::Str(two))) => one.as_str() == two,
            (Data::Float(one), Some(Scalar::Float(two))) => *one == two,
            (Data::Float(one), Some(Scalar::Int(two))) => *one == two as f64,
            (Data::Int(one) | Data::Long(one), Some(Scalar::Int(two))) => *one as f64 == two as f64,
            _ => false,
        },
        _ => false,
    }
}
