//! `replacements`: one field's value copied into others.

use std::cell::RefCell;
use std::sync::Arc;

use regex::Regex;

use super::budget::{Budget, DEEPEST, ENDLESS};
use super::resource::{Gvk, Resource, effective};
use super::resources::{Clue, Resources};
use super::select::Selector;
use super::structured::{self, Refusal};
use super::value::{Data, Key, Scalar, Value};
use crate::files::Span;
use crate::text::re2::{self, Broken};

/// A refusal that kustomize shares.
fn fails(message: impl Into<String>) -> Refusal {
    Refusal::Fails(message.into())
}

impl From<String> for Refusal {
    fn from(message: String) -> Self {
        Refusal::Unknown(message)
    }
}

/// Makes one replacement.
pub fn apply(resources: &mut Resources, entry: &Value, budget: &mut Budget) -> Result<(), Refusal> {
    budget.check()?;
    let value = match (entry.get("sourceValue"), entry.get("source")) {
        (Some(value), None) => value.clone(),
        (None, Some(source)) => source_value(resources, source)?,
        _ => return Err(fails("a replacement needs one source")),
    };
    let targets = entry.get("targets").ok_or_else(|| fails("a replacement without targets"))?;
    for target in targets.items() {
        one(resources, target, &value, budget)?;
    }
    Ok(())
}

fn source_value(resources: &mut Resources, source: &Value) -> Result<Value, Refusal> {
    let text = |key: &str| source.text_at(&[key]);
    let wanted = Gvk { group: text("group"), version: text("version"), kind: text("kind") };
    let (name, namespace) = (text("name"), text("namespace"));
    let selected = |one: &Resource| {
        let own = one.gvk();
        let fits = |kind: &str, own_name: &str, own_namespace: &str| {
            Gvk { kind, ..own }.is_selected(wanted)
                && (name.is_empty() || name == own_name)
                && (namespace.is_empty() || effective(namespace) == own_namespace)
        };
        one.former.iter().any(|former| fits(&former.kind, &former.name, &former.namespace))
            || fits(own.kind, one.name(), one.effective_namespace())
    };
    let clue = if name.is_empty() { Clue::Nothing } else { Clue::Name(name) };
    let found = resources.positions(clue, selected);
    let first = match found[..] {
        [] => return Err(fails("nothing is the source of a replacement")),
        [at] => &resources[at],
        _ => return Err(fails("several objects are the source of a replacement")),
    };
    let path = Some(text("fieldPath")).filter(|path| !path.is_empty()).unwrap_or("metadata.name");
    let mut root = first.root.clone();
    let mut values = Vec::new();
    reach(&mut root, &way(path)?, Mode::LOOK, &mut |value| {
        values.push(value.clone());
        Ok(())
    })?;
    let value = values.into_iter().next().filter(|value| !value.is_nil_or_empty());
    let mut value = value.ok_or_else(|| fails(format!("`{path}` is not in the source of a replacement")))?;
    if let Some((delimiter, index)) = delimiter(source.get("options")) {
        let part = usize::try_from(index)
            .ok()
            .and_then(|at| value.text().split(&*delimiter).nth(at).map(str::to_owned));
        let part = part.ok_or_else(|| fails("the source of a replacement has not so many parts"))?;
        if let Data::Scalar(scalar) = &mut value.data {
            scalar.text = part.as_str().into();
        }
        value.exact = false;
    }
    Ok(value)
}

/// The value at the end of a way, if there is one.
pub fn look_up(root: &Value, path: &str) -> Option<Value> {
    let mut found = None;
    let visited = reach(&mut root.clone(), &split(path), Mode::LOOK, &mut |value| {
        found.get_or_insert_with(|| value.clone());
        Ok(())
    });
    visited.ok()?;
    found
}

fn delimiter(options: Option<&Value>) -> Option<(String, i64)> {
    let delimiter = options?.text_at(&["delimiter"]);
    let index = options?.text_at(&["index"]).parse().unwrap_or(0);
    (!delimiter.is_empty()).then(|| (delimiter.to_owned(), index))
}

fn one(resources: &mut Resources, target: &Value, value: &Value, budget: &mut Budget) -> Result<(), Refusal> {
    let select =
        Selector::read(target.get("select").ok_or_else(|| fails("a replacement that selects nothing"))?)?;
    let reject = target.get("reject").map_or(&[][..], Value::items);
    let reject: Vec<Selector> = reject.iter().map(Selector::read).collect::<Result<_, _>>()?;
    let paths: Vec<&str> = match target.get("fieldPaths") {
        Some(paths) if !paths.items().is_empty() => paths.items().iter().map(Value::text).collect(),
        _ => vec!["metadata.name"],
    };
    let options = target.get("options");
    let create = options.is_some_and(|options| options.text_at(&["create"]) == "true");
    let delimiter = delimiter(options);
    let budget = RefCell::new(budget);
    let selected = |resource: &Resource| {
        let rejects = |one: &Selector| {
            (!one.is_empty() && one.selects_any_name(resource))
                || (one.asks_for_metadata() && one.fits_metadata(resource))
        };
        !reject.iter().any(rejects) && select.fits_metadata(resource) && select.selects_any_name(resource)
    };
    let put_in = |resource: &mut Resource| {
        for path in &paths {
            let mut found = false;
            let mode = Mode { make: create.then_some(value), texts: Some(&budget) };
            let way = way(path)?;
            reach(&mut resource.root, &way, mode, &mut |field| {
                found = true;
                put(field, value, delimiter.as_ref(), way.len(), &mut budget.borrow_mut())
            })?;
            if !found {
                return Err(fails(format!("`{path}` is not in the target of a replacement")));
            }
        }
        Ok(())
    };
    for at in resources.positions(select.clue(), selected) {
        resources.change(at, put_in)?;
    }
    Ok(())
}

/// Puts a value in the place of a field that is so many levels deep.
fn put(
    field: &mut Value,
    value: &Value,
    delimiter: Option<&(String, i64)>,
    depth: usize,
    budget: &mut Budget,
) -> Result<(), Refusal> {
    let mut value = value.clone();
    if let Some((delimiter, index)) = delimiter {
        if field.as_scalar().is_none() {
            return Err(fails("a delimiter for something that is not a string"));
        }
        budget.spend_text(field.text().len() + value.text().len() + delimiter.len())?;
        let mut parts: Vec<&str> = field.text().split(delimiter.as_str()).collect();
        let own = value.text().to_owned();
        match usize::try_from(*index) {
            Err(_) => parts.insert(0, &own),
            Ok(at) if at >= parts.len() => parts.push(&own),
            Ok(at) => parts[at] = &own,
        }
        let text = parts.join(delimiter);
        if let Data::Scalar(scalar) = &mut value.data {
            scalar.text = text.into();
        }
        value.exact = false;
    }
    match (&field.data, &mut value.data) {
        // The text changes, the type and the quotes of the field stay.
        (Data::Scalar(old), Data::Scalar(new)) => {
            *new = Scalar { text: new.text.clone(), tag: old.tag, quoted: old.quoted };
        }
        (Data::Scalar(_), _) => {
            return Err(Refusal::Unknown("a mapping or list for a field with one value".to_owned()));
        }
        _ => {}
    }
    budget.spend(&value, depth)?;
    if value.span != field.span {
        value.was = Some(field.was.unwrap_or(field.span));
    }
    *field = value;
    Ok(())
}

/// The parts of a path, which lead no deeper than anything nests.
fn way(path: &str) -> Result<Vec<String>, Refusal> {
    let parts = split(path);
    if parts.len() > DEEPEST { Err(ENDLESS.to_owned().into()) } else { Ok(parts) }
}

/// Splits `spec.containers.[name=web].env.0`; dots in brackets belong to the value, `\.` is a dot.
fn split(path: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut depth = 0;
    let mut letters = path.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'.') => part.extend(letters.next()),
            '[' => {
                depth += 1;
                part.push(letter);
            }
            ']' => {
                depth -= 1;
                part.push(letter);
            }
            '.' if depth == 0 => parts.push(std::mem::take(&mut part)),
            _ => part.push(letter),
        }
    }
    parts.push(part);
    parts.into_iter().filter(|part| !part.is_empty()).map(|part| unbracket(&part)).collect()
}

/// `[a.b]` names a key with dots; `[name=web]` stays a condition.
fn unbracket(part: &str) -> String {
    match part.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) if !inner.contains('=') => inner.to_owned(),
        _ => part.to_owned(),
    }
}

/// How a way is gone.
#[derive(Clone, Copy)]
struct Mode<'m> {
    /// What the fields that are not there are made for.
    make: Option<&'m Value>,
    /// What pays for it, if the way leads into texts that have a structure of their own.
    texts: Option<&'m RefCell<&'m mut Budget>>,
}

impl Mode<'_> {
    /// Only to see what is there.
    const LOOK: Self = Mode { make: None, texts: None };
}

type Visit<'v> = dyn FnMut(&mut Value) -> Result<(), Refusal> + 'v;

fn reach(value: &mut Value, path: &[String], mode: Mode<'_>, visit: &mut Visit<'_>) -> Result<(), Refusal> {
    let make = mode.make;
    let Some((first, rest)) = path.split_first() else {
        return visit(value);
    };
    let span = value.span;
    if value.as_scalar().is_some_and(|scalar| !scalar.is_null()) {
        return match mode.texts {
            Some(budget) => {
                budget.borrow_mut().spend_text(value.text().len())?;
                structured::change(value, |inner| reach(inner, path, mode, visit))
            }
            None => Err(Refusal::Unknown("text with a structure of its own".to_owned())),
        };
    }
    match &mut value.data {
        Data::Map(entries) if first == "*" => {
            let mut values = Arc::make_mut(entries).values_mut();
            values.try_for_each(|(_, value)| reach(value, rest, mode, visit))
        }
        Data::Map(entries) => {
            let entries = Arc::make_mut(entries);
            let at = entries.position(first);
            let at = match (at, make) {
                (Some(at), _) => at,
                (None, None) => return Ok(()),
                (None, Some(model)) => {
                    entries.push(Key::new(first, model.span), fresh(rest, model, span)?);
                    entries.len() - 1
                }
            };
            if entries[at].1.is_null() && make.is_none() && !rest.is_empty() {
                return Ok(());
            }
            reach(entries.value_mut(at), rest, mode, visit)
        }
        Data::Seq(items) if first == "*" => {
            Arc::make_mut(items).iter_mut().try_for_each(|item| reach(item, rest, mode, visit))
        }
        Data::Seq(items) => match first.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(condition) => {
                let condition = Condition::read(condition, mode)?;
                let mut found = false;
                for item in Arc::make_mut(items) {
                    if condition.holds(item) {
                        found = true;
                        reach(item, rest, mode, visit)?;
                    }
                }
                match make {
                    Some(_) if !found => {
                        Err(Refusal::Unknown("a list item would have to be made".to_owned()))
                    }
                    _ => Ok(()),
                }
            }
            None => match first.parse::<usize>() {
                Ok(at) => match Arc::make_mut(items).get_mut(at) {
                    Some(item) => reach(item, rest, mode, visit),
                    None => Err(fails("a replacement in an item that is not there")),
                },
                Err(_) => Err(Refusal::Unknown("a replacement looks for a key in a list".to_owned())),
            },
        },
        Data::Scalar(_) => Ok(()),
    }
}

/// `[name=web]`: what an item of a list must have. In the source of a replacement that is the text itself, in a target
/// a regular expression that matches anywhere in it (fact 13.32).
struct Condition<'c> {
    key: &'c str,
    wanted: Wanted<'c>,
}

enum Wanted<'c> {
    Text(&'c str),
    Part(&'c str),
    Pattern(Regex),
}

impl<'c> Condition<'c> {
    fn read(text: &'c str, mode: Mode<'_>) -> Result<Self, Refusal> {
        let (key, wanted) = text.split_once('=').unwrap_or((text, ""));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/:@ ".contains(&byte);
        let wanted = match mode.texts {
            None => Wanted::Text(wanted),
            Some(_) if wanted.bytes().all(plain) => Wanted::Part(wanted),
            Some(_) => match re2::compile(wanted) {
                Ok(pattern) => Wanted::Pattern(pattern),
                Err(Broken::Refused(message)) => return Err(fails(message)),
                Err(Broken::Unknown) => {
                    return Err(Refusal::Unknown("a regular expression that is not known here".to_owned()));
                }
            },
        };
        Ok(Condition { key, wanted })
    }

    fn holds(&self, item: &Value) -> bool {
        let field = if self.key.is_empty() { Some(item) } else { item.get(self.key) };
        let Some(field) = field.filter(|field| field.as_scalar().is_some()) else { return false };
        let text = field.text();
        match &self.wanted {
            Wanted::Text(wanted) => text == *wanted,
            Wanted::Part(wanted) => text.contains(wanted),
            Wanted::Pattern(pattern) => pattern.is_match(text),
        }
    }
}

/// What is made for the rest of a way.
fn fresh(rest: &[String], model: &Value, span: Span) -> Result<Value, Refusal> {
    match rest.first() {
        Some(next) if next.starts_with('[') || next == "*" || next.parse::<usize>().is_ok() => {
            Err(Refusal::Unknown("a list would have to be made".to_owned()))
        }
        Some(_) => Ok(Value::map(span)),
        // Empty at first: what is put in front of it or behind it comes later.
        None if model.as_scalar().is_some() => {
            let mut value = Value { exact: false, ..model.clone() };
            if let Data::Scalar(scalar) = &mut value.data {
                scalar.text = "".into();
            }
            Ok(value)
        }
        None => Ok(Value::map(span)),
    }
}
