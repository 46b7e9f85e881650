//! Field specifications: ways through an object, and what to do at their ends (kustomize's `fieldspec` filter).

use std::sync::Arc;

use super::budget::DEEPEST;
use super::resource::Gvk;
use super::value::{Data, Key, Scalar, Value};
use crate::files::Span;

/// A field of some types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// The way, split; a trailing `[]` marks a list.
    pub path: Vec<String>,
    /// Group, empty for any.
    pub group: String,
    /// Version, empty for any.
    pub version: String,
    /// Kind, empty for any.
    pub kind: String,
    /// Whether what is missing on the way is made.
    pub create: bool,
}

/// What is made at the end of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Make {
    /// Nothing: only what is there is visited.
    Nothing,
    /// A scalar.
    Scalar,
    /// A mapping.
    Map,
}

/// Why a way cannot be gone.
pub type Refusal = String;

impl FieldSpec {
    /// `path`, or `path group/kind`, or `path group/version/kind` with empty parts for "any".
    pub fn new(path: &str, group: &str, version: &str, kind: &str, create: bool) -> Self {
        FieldSpec {
            path: split(path),
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            create,
        }
    }

    /// Reads a field as kustomizations and their configurations write it.
    pub fn read(entry: &Value) -> Self {
        let text = |key: &str| entry.text_at(&[key]);
        FieldSpec::new(text("path"), text("group"), text("version"), text("kind"), text("create") == "true")
    }

    /// Whether it is the same field of the same types.
    pub fn is_same(&self, other: &FieldSpec) -> bool {
        self.path == other.path
            && (&self.group, &self.version, &self.kind) == (&other.group, &other.version, &other.kind)
    }

    /// Whether the field is one of this type.
    pub fn is_of(&self, gvk: Gvk<'_>) -> bool {
        gvk.is_selected(Gvk { group: &self.group, version: &self.version, kind: &self.kind })
    }

    /// Whether the way leads anywhere, be it to where it cannot be gone any further.
    pub fn is_there(&self, root: &Value) -> bool {
        let mut found = false;
        look(root, &self.path, &mut |_| found = true);
        found
    }

    /// Looks at what is at the end of the way; `None` where something bars it.
    pub fn look(&self, root: &Value, visit: &mut dyn FnMut(Option<&Value>)) {
        look(root, &self.path, visit);
    }

    /// Visits what is at the end of the way in an object of this type.
    pub fn visit(
        &self,
        root: &mut Value,
        make: Make,
        at: Span,
        set: &mut dyn FnMut(&mut Value) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let make = if self.create { make } else { Make::Nothing };
        // What is not there is not looked for in a copy.
        if make == Make::Nothing && !self.is_there(root) {
            return Ok(());
        }
        if self.path.len() > DEEPEST {
            return Err(format!("a path of more than {DEEPEST} parts"));
        }
        go(root, &self.path, make, at, set)
    }
}

/// Splits a way at its slashes; `\/` is a slash in a name.
fn split(path: &str) -> Vec<String> {
    let marked = path.replace("\\/", "\u{1}");
    marked.split('/').map(|part| part.replace('\u{1}', "/")).collect()
}

fn look(value: &Value, path: &[String], visit: &mut dyn FnMut(Option<&Value>)) {
    let Some((first, rest)) = path.split_first() else {
        return visit(Some(value));
    };
    match &value.data {
        Data::Seq(items) => items.iter().for_each(|item| look(item, path, visit)),
        Data::Scalar(scalar) if scalar.is_null() => {}
        Data::Scalar(_) => visit(None),
        Data::Map(_) => {
            if let Some(value) = value.get(first.strip_suffix("[]").unwrap_or(first)) {
                look(value, rest, visit);
            }
        }
    }
}

fn go(
    value: &mut Value,
    path: &[String],
    make: Make,
    at: Span,
    set: &mut dyn FnMut(&mut Value) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let Some((first, rest)) = path.split_first() else {
        return set(value);
    };
    if value.is_null() {
        return Ok(());
    }
    match &mut value.data {
        Data::Seq(items) => {
            Arc::make_mut(items).iter_mut().try_for_each(|item| go(item, path, make, at, set))
        }
        Data::Scalar(_) => Err(format!("`{first}` is looked up in something that is not a mapping")),
        Data::Map(entries) => {
            let name = first.strip_suffix("[]").unwrap_or(first);
            // A list is never made, but what its items lack may be.
            let here = if name.len() == first.len() { make } else { Make::Nothing };
            let entries = Arc::make_mut(entries);
            let found = entries.position(name);
            let new = || match (rest.is_empty(), here) {
                (true, Make::Scalar) => Value::scalar(
                    Scalar { text: "".into(), tag: super::value::Tag::Unset, quoted: false },
                    at,
                ),
                _ => Value::map(at),
            };
            let place = match (found, here) {
                (Some(place), Make::Nothing) => place,
                (Some(place), _) => {
                    if entries[place].1.is_null() {
                        *entries.value_mut(place) = new();
                    }
                    place
                }
                (None, Make::Nothing) => return Ok(()),
                (None, _) => {
                    entries.push(Key::new(name, at), new());
                    entries.len() - 1
                }
            };
            go(entries.value_mut(place), rest, make, at, set)
        }
    }
}
