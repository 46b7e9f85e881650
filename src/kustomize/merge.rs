//! Strategic merge patches as kustomize's `merge2` applies them (fact 13.5): mappings are merged, lists of
//! built-in types by their keys and with what is new in front, every other list is replaced, null removes.

use std::sync::OnceLock;

use foldhash::{HashMap, HashMapExt};

use super::lists;
use super::value::{Data, Key, Text, Value};

/// What is known about the fields of a type.
type Fields = HashMap<&'static str, Field>;

/// A field that has something to merge in it.
#[derive(Debug)]
pub(super) struct Field {
    /// The keys by which a list is merged; empty for a list of plain values. `None`: no list, or one that is replaced.
    keys: Option<Vec<&'static str>>,
    /// The type of the value, or of the list's items.
    inner: Option<&'static str>,
}

struct Table {
    types: HashMap<&'static str, Fields>,
    objects: HashMap<&'static str, &'static str>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Table { types: HashMap::new(), objects: HashMap::new() };
        for line in include_str!("merge_keys.txt").lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            match words.next() {
                Some("=") => {
                    if let (Some(object), Some(kind)) = (words.next(), words.next()) {
                        table.objects.insert(object, kind);
                    }
                }
                Some(name) => drop(table.types.insert(name, words.map(field).collect())),
                None => {}
            }
        }
        table
    })
}

/// `name[keys]>type`.
fn field(word: &'static str) -> (&'static str, Field) {
    let (word, inner) = match word.split_once('>') {
        Some((word, inner)) => (word, Some(inner)),
        None => (word, None),
    };
    match word.trim_end_matches(']').split_once('[') {
        Some((name, keys)) => {
            let keys = keys.split(',').filter(|key| !key.is_empty()).collect();
            (name, Field { keys: Some(keys), inner })
        }
        None => (word, Field { keys: None, inner }),
    }
}

/// What cannot be merged, in a few words.
pub type Refusal = String;

/// Merges a patch into an object; `None` is what is left of a deleted one.
pub fn merge(object: Value, patch: Value) -> Result<Option<Value>, Refusal> {
    let kind = format!("{}/{}", object.text_at(&["apiVersion"]), object.text_at(&["kind"]));
    let schema = table().objects.get(kind.as_str()).copied();
    walk(Some(object), Some(patch), schema, None)
}

fn present(value: &Option<Value>) -> Option<&Value> {
    value.as_ref().filter(|value| !value.is_null())
}

pub(super) fn walk(
    dest: Option<Value>,
    patch: Option<Value>,
    schema: Option<&'static str>,
    list: Option<&Field>,
) -> Result<Option<Value>, Refusal> {
    let Some(leader) = present(&dest).or(present(&patch)) else {
        // An explicit null of the object stays; a patch's null has nothing to remove.
        return Ok(dest.filter(|dest| patch.is_none() && !dest.text().is_empty()));
    };
    let same = |value: Option<&Value>| {
        value.is_none_or(|value| std::mem::discriminant(&value.data) == std::mem::discriminant(&leader.data))
    };
    if !same(present(&patch)) {
        return Err("the patch has another type here than the object".to_owned());
    }
    match &leader.data {
        Data::Map(_) => map(dest, patch, schema),
        Data::Seq(_) => match list.and_then(|field| field.keys.as_ref()) {
            Some(keys) => lists::associative(dest, patch, keys, list.and_then(|field| field.inner)),
            None => Ok(patch.or(dest)),
        },
        // What a patch only says again, such as the name by which it finds an item, stays where it was written.
        Data::Scalar(_) => Ok(match (dest, patch) {
            (Some(dest), Some(patch)) if says_the_same(&dest, &patch) => Some(dest),
            (dest, patch) => patch.or(dest),
        }),
    }
}

fn says_the_same(one: &Value, other: &Value) -> bool {
    match (one.as_scalar(), other.as_scalar()) {
        (Some(one), Some(other)) => one.text == other.text && one.final_tag() == other.final_tag(),
        _ => false,
    }
}

/// What a `$patch` directive asks for.
#[derive(PartialEq)]
pub(super) enum Directive {
    Merge,
    Replace,
    Delete,
}

pub(super) fn directive(value: &str) -> Result<Directive, Refusal> {
    match value {
        "merge" => Ok(Directive::Merge),
        "replace" => Ok(Directive::Replace),
        "delete" => Ok(Directive::Delete),
        other => Err(format!("there is no `$patch: {other}`")),
    }
}

/// Takes the directive out of a mapping.
fn take_directive(patch: &mut Value) -> Result<Directive, Refusal> {
    match patch.remove("$patch") {
        Some(value) => directive(value.text()),
        None => Ok(Directive::Merge),
    }
}

fn map(
    dest: Option<Value>,
    patch: Option<Value>,
    schema: Option<&'static str>,
) -> Result<Option<Value>, Refusal> {
    let Some(mut patch) = patch else {
        return match present(&dest) {
            // Nulls written without a word for it do not survive a merge.
            Some(_) => merge_fields(dest.expect("present"), Vec::new(), schema).map(Some),
            None => Ok(None),
        };
    };
    if patch.is_null() {
        return Ok(None);
    }
    let directive = take_directive(&mut patch)?;
    match (directive, present(&dest).is_some()) {
        (Directive::Delete, _) => Ok(None),
        (Directive::Replace, true) | (_, false) => clean(patch, schema).map(|mut value| {
            if let Some(old) = dest.filter(|dest| dest.span != value.span) {
                value.was = Some(old.was.unwrap_or(old.span));
            }
            Some(value)
        }),
        (Directive::Merge, true) => {
            merge_fields(dest.expect("present"), patch.into_entries(), schema).map(Some)
        }
    }
}

fn merge_fields(
    mut dest: Value,
    patch: Vec<(Key, Value)>,
    schema: Option<&'static str>,
) -> Result<Value, Refusal> {
    let fields = schema.and_then(|schema| table().types.get(schema));
    let field = |key: &str| fields.and_then(|fields| fields.get(key));
    let Some(entries) = dest.entries_mut() else {
        return Ok(dest);
    };
    let mut patches = Patches::new(patch);
    let all = std::mem::take(entries);
    entries.reserve(all.len());
    for (key, old) in all {
        let patch = patches.take(&key.text);
        let own = field(&key.text);
        if patch.is_none() && is_settled(&old, own.and_then(|field| field.inner), own) {
            entries.push((key, old));
            continue;
        }
        let (span, was, quoted) = (old.span, old.was, old.as_scalar().map(|scalar| scalar.quoted));
        if let Some(mut new) = walk(Some(old), patch, own.and_then(|field| field.inner), own)? {
            if let (Some(quoted), Data::Scalar(scalar)) = (quoted, &mut new.data) {
                scalar.quoted = quoted;
            }
            if new.span != span && new.was.is_none() {
                new.was = Some(was.unwrap_or(span));
            }
            entries.push((key, new));
        }
    }
    for (key, value) in patches.rest() {
        let own = field(&key.text);
        let new = walk(None, Some(value), own.and_then(|field| field.inner), own)?;
        if let Some(new) = new.filter(|new| !new.is_null()) {
            entries.push((key, new));
        }
    }
    Ok(dest)
}

/// What a patch says about the fields of a mapping.
struct Patches {
    left: HashMap<Text, (Key, Value)>,
}

impl Patches {
    /// The entries of a patch; of two with one key the later one counts.
    fn new(entries: Vec<(Key, Value)>) -> Self {
        Patches { left: entries.into_iter().map(|entry| (entry.0.text.clone(), entry)).collect() }
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        self.left.remove(key).map(|entry| entry.1)
    }

    /// What is left, in the order of the keys.
    fn rest(self) -> Vec<(Key, Value)> {
        let mut rest: Vec<(Key, Value)> = self.left.into_values().collect();
        rest.sort_unstable_by(|one, other| one.0.text.cmp(&other.0.text));
        rest
    }
}

/// Whether a value stays as it is when no patch touches it: a merge removes nulls without a word for it, and puts
/// lists with keys together anew unless all is plain in them.
fn is_settled(value: &Value, schema: Option<&'static str>, list: Option<&Field>) -> bool {
    match &value.data {
        Data::Scalar(scalar) => !(scalar.is_null() && scalar.text.is_empty()),
        Data::Map(entries) => {
            let fields = schema.and_then(|schema| table().types.get(schema));
            entries.iter().all(|(key, value)| {
                let own = fields.and_then(|fields| fields.get(&*key.text));
                is_settled(value, own.and_then(|field| field.inner), own)
            })
        }
        Data::Seq(items) => match list.and_then(|field| field.keys.as_ref()) {
            None => true,
            Some(keys) if keys.is_empty() => false,
            Some(keys) => lists::is_plain(items, keys, list.and_then(|field| field.inner)),
        },
    }
}

/// Whether an item of a list with keys stays as it is.
pub(super) fn is_settled_item(item: &Value, inner: Option<&'static str>) -> bool {
    is_settled(item, inner, None)
}

/// A patch that has nothing to be merged into: directives are carried out, nulls removed.
fn clean(patch: Value, schema: Option<&'static str>) -> Result<Value, Refusal> {
    if !matches!(patch.data, Data::Map(_)) {
        return Ok(patch);
    }
    merge_fields(Value::map(patch.span), patch.into_entries(), schema)
}
