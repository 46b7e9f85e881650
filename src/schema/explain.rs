//! Problems in words.

use super::hint::{self, Hint, hint};
use super::problem::{Frame, Problem};
use super::{Cause, Expected, Trouble, TroubleKind, default_selector, excused, known, relocate};
use crate::finding::reshape::{before, own};
use crate::finding::{Edit, Fix};
use crate::text::placeholder::is_shouted;
use crate::yaml::{Node, Scalar, Style};

/// What to say about a problem, if anything. `may_guess` is asked if that needs a guess.
pub(super) fn explain<'a>(
    problem: &Problem<'a>,
    extra: &[(&'static str, &'static str)],
    may_guess: impl FnOnce() -> bool,
) -> Option<Trouble<'a>> {
    match problem {
        Problem::WrongType { at, key, item, expected, found } => {
            wrong_type(*at, *key, *item, *expected, found)
        }
        Problem::UnknownField { key, value, chain, .. } => {
            let excused = excused::is_excused(key.key_text(), *value, chain, extra);
            if excused || known::is_placeholder(key.text()) {
                return None;
            }
            Some(unknown_field(*key, chain, may_guess))
        }
        Problem::InvalidBase64 { at, key } => {
            if known::is_placeholder(at.text()) {
                return None;
            }
            let name = key.map_or("the value", |key| key.key_text());
            let message = format!("`{name}` must be base64, this is not");
            let root = at.tree().root();
            let help = match root.get("kind").map(|kind| kind.text()) {
                Some("Secret") => "encode it, or put it under `stringData`",
                Some("List") => "encode it; a Secret takes it as it is under `stringData`",
                _ => "encode it",
            };
            Some(Trouble::new(TroubleKind::InvalidBase64, *at, message).label("not base64").help(help))
        }
        Problem::Missing { parent, key, item, field } => Some(missing(*parent, *key, *item, field)),
        Problem::Noted(trouble) => Some(trouble.clone()),
    }
}

/// Whether a list or a mapping is one name in brackets that asks the reader for something: `[YOUR_KEY]`, `{volume-id}`.
fn is_note(at: Node<'_>) -> bool {
    let text = at.source_text();
    let inside = text.strip_prefix(['[', '{']).and_then(|rest| rest.strip_suffix([']', '}']));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let word = |inside: &str| inside.contains(['_', '-']) && inside.chars().all(plain);
    at.scalar().is_none() && inside.is_some_and(word) && known::is_placeholder(text)
}

/// `None` if it is a placeholder.
pub(super) fn wrong_type<'a>(
    at: Node<'a>,
    key: Option<Node<'a>>,
    item: bool,
    expected: Expected,
    found: &str,
) -> Option<Trouble<'a>> {
    // `{{ .Values.x }}` is a mapping to YAML, and a placeholder in a scalar can become anything (fact 13.14).
    let text = at.text();
    let templated = at.is_flow() && (at.source_text().starts_with("{{") || is_note(at));
    // A line of its own that somebody fills in, as `TOLERATIONS_GO_HERE: ""` is.
    let mut entries = at.entries();
    let filled_in =
        entries.next().is_some_and(|one| is_shouted(one.key.key_text()) && one.value.text().is_empty())
            && entries.next().is_none();
    if templated || filled_in || known::is_placeholder(text) {
        return None;
    }
    let name = match (key, item) {
        (Some(key), true) => format!("an item of `{}`", key.key_text()),
        (Some(key), false) => format!("`{}`", key.key_text()),
        (None, _) => "the object".to_owned(),
    };
    let want = expected.name();
    let surprising = matches!(at.scalar(), Some(Scalar::Bool(_))) && !matches!(text, "true" | "false");
    let message = if surprising {
        format!("{name} wants {want}, and `{text}` is a boolean to kubectl")
    } else {
        format!("{name} wants {want}, this is {found}")
    };
    let trouble = Trouble::new(TroubleKind::WrongType, at, message).cause(Cause::Wants(expected));
    // A bad indentation makes whole blocks values of the wrong type: their key says more than their text.
    let trouble = trouble.label(if surprising {
        format!("kubectl sends `{}`", at.bool() == Some(true))
    } else {
        found.to_owned()
    });
    let trouble = Trouble { help: remedy(at, text, expected), ..trouble };
    Some(match requoted(at, text, expected) {
        Some((title, text)) => Trouble { fix: Some(Fix::safe(title).replace(at, text)), ..trouble },
        None => trouble,
    })
}

/// The same value with quotes or without, where that alone gives it the right type: what to do, and the text.
fn requoted(at: Node<'_>, text: &str, expected: Expected) -> Option<(&'static str, String)> {
    let scalar = at.scalar().filter(|_| text.len() <= 40 && !text.contains(['"', '\\', '\n']))?;
    let inner = crate::yaml::resolve(text.trim());
    match (expected, scalar) {
        (Expected::String, scalar)
            if at.style() == Style::Plain && !matches!(scalar, Scalar::Str(_) | Scalar::Null) =>
        {
            Some(("quote the value", format!("\"{text}\"")))
        }
        (Expected::Integer32 | Expected::Integer64, Scalar::Str(_))
            if matches!(at.style(), Style::SingleQuoted | Style::DoubleQuoted)
                && matches!(inner, Scalar::Int(_)) =>
        {
            Some(("remove the quotes", text.trim().to_owned()))
        }
        (Expected::Boolean, Scalar::Str(_))
            if matches!(at.style(), Style::SingleQuoted | Style::DoubleQuoted)
                && matches!(text, "true" | "false") =>
        {
            Some(("remove the quotes", text.to_owned()))
        }
        _ => None,
    }
}

fn remedy(at: Node<'_>, text: &str, expected: Expected) -> Option<String> {
    let quoted = matches!(at.resolved().style(), Style::SingleQuoted | Style::DoubleQuoted);
    let means = |wanted: fn(&Scalar<'_>) -> bool| wanted(&crate::yaml::resolve(text.trim()));
    match (expected, at.scalar()) {
        (Expected::String | Expected::Time, Some(scalar))
            if !matches!(scalar, Scalar::Str(_)) && text.len() <= 40 =>
        {
            Some(format!("quote it: `\"{text}\"`"))
        }
        (Expected::Integer32 | Expected::Integer64 | Expected::Number, Some(Scalar::Str(_)))
            if quoted && means(|scalar| matches!(scalar, Scalar::Int(_) | Scalar::Float(_))) =>
        {
            Some("remove the quotes".to_owned())
        }
        (Expected::Boolean, Some(Scalar::Str(_))) if quoted && means(|s| matches!(s, Scalar::Bool(_))) => {
            Some("remove the quotes".to_owned())
        }
        (Expected::Boolean, Some(_)) => Some("write `true` or `false`".to_owned()),
        (Expected::List, Some(_)) if text.len() <= 40 && !text.contains('\n') => {
            Some(format!("write it as a list: `[{}]`", at.source_text()))
        }
        (Expected::List, None) if at.is_mapping() => Some("put `- ` in front of each item".to_owned()),
        (Expected::Mapping, None) if at.items().all(|item| item.is_mapping()) => {
            Some("remove the `- ` in front of the keys".to_owned())
        }
        _ => None,
    }
}

/// The fields of a mapping that has few.
fn fields(parent: &Frame<'_>) -> Option<String> {
    let names: Vec<String> = parent.shape.names.iter().map(|name| format!("`{name}`")).collect();
    // Who misplaces a field of a workload does not look for another one.
    let key = parent.key.filter(|key| key.key_text() != "spec" && (1..=FEW).contains(&names.len()))?;
    let [some @ .., last] = &names[..] else { return None };
    let and = if some.is_empty() { "" } else { " and " };
    Some(format!(
        "`{}` has {}{and}{last}: use one of these, or remove the field",
        key.key_text(),
        some.join(", ")
    ))
}

/// So many fields are listed.
const FEW: usize = 8;

fn unknown_field<'a>(key: Node<'a>, chain: &[Frame<'a>], may_guess: impl FnOnce() -> bool) -> Trouble<'a> {
    let name = key.key_text();
    let parent = chain.last();
    let inside = match parent.and_then(|parent| parent.key) {
        Some(parent) => format!(" in `{}`", parent.key_text()),
        None => " at the top level".to_owned(),
    };
    let gone = parent.and_then(|parent| parent.shape.until(name));
    let mut message = match gone {
        Some(until) => format!("`{name}`{inside} was removed in Kubernetes 1.{until}"),
        None => format!("unknown field `{name}`{inside}"),
    };
    if parent.is_some_and(is_bare_volume) {
        // Defaulting gives a volume without a source an emptyDir (fact 10.7).
        message.push_str(", so the volume becomes an emptyDir");
    }
    let renamed = parent.and_then(|parent| known::renamed(name, parent.name()));
    let (mut spelt, mut fix) = (None, None);
    // Each of many unknown fields would look through all of them.
    let small = parent.filter(|parent| parent.node.entries().nth(MANY).is_none());
    let wrapped = small.filter(|_| renamed.is_none()).and_then(|parent| wrapped(parent, name));
    let (help, meant) = match (renamed, wrapped) {
        (Some((field, text)), _) => (Some(text.to_owned()), vec![field.to_owned()]),
        (None, Some(fields)) => {
            let whole = chain.first().and_then(|root| root.node.get("kind")).map_or("it", |kind| kind.text());
            let of = parent.and_then(|parent| parent.key).map_or(whole, |key| key.key_text());
            (Some(format!("move its contents one level up: `{of}` has no `{name}`")), fields)
        }
        (None, None) => match hint(name, chain, may_guess) {
            Some(Hint::Spelling(field)) => {
                spelt = Some(field);
                (Some(format!("did you mean `{field}`?")), vec![field.to_owned()])
            }
            Some(Hint::Place(paths)) => {
                if let [path] = paths.as_slice() {
                    fix = relocate::fix(key, chain, path);
                }
                let around = around(chain, &paths);
                if let (Some(around), None) = (&around, gone)
                    && around.alike
                {
                    message = format!("unknown field `{name}` in `{}`", hint::path(chain));
                }
                (Some(around.map_or_else(|| belongs(&paths), |around| around.help)), steps(&paths))
            }
            Some(Hint::Taken(path)) => {
                let paths = [path];
                (Some(format!("{}, which has one already", belongs(&paths))), steps(&paths))
            }
            Some(Hint::OfContainers(field)) => {
                let help = format!("write `{field}` in the `securityContext` of each container");
                (Some(help), vec![field.to_owned()])
            }
            None if parent.is_some_and(|parent| parent.name() == "LabelSelector") => {
                (Some(format!("put `{name}` under `matchLabels`")), Vec::new())
            }
            None => (parent.and_then(fields), Vec::new()),
        },
    };
    let trouble = Trouble::new(TroubleKind::UnknownField, key, message).cause(Cause::Meant(meant));
    let label = match parent {
        Some(_) if chain.len() > 1 => "the API server does not know this field",
        _ => "not a field of this kind",
    };
    // There is nothing to put elsewhere.
    let nothing = small.and_then(|parent| parent.node.entry(name)).is_some_and(|entry| entry.value.is_null());
    let (help, fix) = match renamed.is_none() && spelt.is_none() && nothing {
        true => match beside_its_items(chain) {
            Some(list) => {
                (Some(format!("indent `{name}` like `{list}`: the items below it are its own")), None)
            }
            None => (Some("remove it: it has no value".to_owned()), None),
        },
        false => (help, fix),
    };
    let trouble = Trouble { help, fix, ..trouble.label(label) };
    match spelt {
        Some(field) => trouble.meant(field),
        None => trouble,
    }
}

/// The list of mappings whose last key took a level too much, so that its own items, texts, became items of the list.
fn beside_its_items<'a>(chain: &[Frame<'a>]) -> Option<&'a str> {
    let [.., around, item] = chain else { return None };
    let (key, at) = (item.key?, item.item?);
    let next = around.node.get(key.key_text())?.items().nth(at as usize + 1)?;
    next.str().map(|_| key.key_text())
}

/// What is missing has no place of its own: it is shown at the name of what lacks it, else at its key.
pub(super) fn missing<'a>(
    parent: Node<'a>,
    key: Option<Node<'a>>,
    item: Option<u32>,
    field: &str,
) -> Trouble<'a> {
    let named = parent.get("name").filter(|name| name.scalar().is_some());
    let (at, place) = match (key, item) {
        (Some(key), Some(item)) => {
            let first = parent.entries().next().map(|entry| entry.key);
            let at = named.or(first).unwrap_or(parent);
            let which = named.map_or_else(|| format!("[{item}]"), |name| format!(" `{}`", name.text()));
            (at, format!(" in {}{which}", key.key_text()))
        }
        (Some(key), None) => (key, format!(" in `{}`", key.key_text())),
        (None, _) => {
            let name = parent.get("metadata").and_then(|metadata| metadata.get("name"));
            (name.or_else(|| parent.get("kind")).unwrap_or(parent), String::new())
        }
    };
    // An unquoted value that begins with `#` is a comment.
    let commented = parent.entry(field).filter(|entry| is_commented_out(entry.key));
    let own = parent.get(field).or(commented.map(|entry| entry.key));
    let null = parent.entry(field).is_some();
    let state = if null { "empty" } else { "missing" };
    let at = own.filter(|value| value.scalar().is_some()).unwrap_or(at);
    let fix = match field {
        "selector" => {
            default_selector(parent).map(|edit| (Fix::safe("select the labels of the pod template"), edit))
        }
        "pathType" => path_type(parent),
        _ => None,
    };
    let fix = fix.map(|(fix, edit)| Fix { edits: vec![edit], ..fix });
    let trouble =
        Trouble::new(TroubleKind::MissingField, at, format!("required field `{field}` is {state}{place}"))
            .label("the API server refuses an object without it")
            .help(match field {
                "selector" => "add `selector` with `matchLabels`: the labels of the pod template".to_owned(),
                "metadata" => "add `metadata` with a `name`".to_owned(),
                "pathType" => {
                    "add `pathType: Prefix`, or `ImplementationSpecific` to let the controller decide"
                        .to_owned()
                }
                "template" | "spec" => {
                    format!("add `{field}`, or look whether its contents are indented too little")
                }
                _ if commented.is_some() => "quote the value: an unquoted `#` begins a comment".to_owned(),
                _ if null => format!("set `{field}`"),
                _ => format!("add `{field}`"),
            });
    Trouble { fix, ..trouble }
}

/// The path type that a path of an Ingress was probably written for: what looks like an expression is the controller's.
fn path_type(path: Node<'_>) -> Option<(Fix, Edit)> {
    let plain = path.get("path").is_none_or(|path| !path.text().contains(['(', '*', '[', '$', '|', '\\']));
    let word = if plain { "Prefix" } else { "ImplementationSpecific" };
    let edit = before(path, own(path, "backend")?, "pathType", word)?;
    Some((Fix::needs_decision(format!("write `pathType: {word}`")), edit))
}

/// Whether only a comment follows a key on its line, which `#{NAME}` was hardly meant to be.
fn is_commented_out(key: Node<'_>) -> bool {
    let span = key.span();
    let text = key.tree().text_of(span.file);
    let rest = text.get(span.end as usize..).and_then(|rest| rest.lines().next()).unwrap_or("");
    let rest = rest.trim_start().strip_prefix(':').unwrap_or("").trim_start();
    rest.starts_with('#') && !rest.starts_with("# ")
}

/// A field that the oldest server of the target does not have yet.
pub(super) fn not_yet<'a>(key: Node<'a>, since: u8, target: (u32, u32)) -> Trouble<'a> {
    let message = format!("`{}` does not exist before Kubernetes 1.{since}", key.key_text());
    let label = match target {
        (low, high) if low == high => format!("the target is 1.{low}"),
        (low, _) => format!("the target begins at 1.{low}"),
    };
    let help = "remove it: an older server does not know it";
    Trouble::new(TroubleKind::UnknownField, key, message).label(label).help(help)
}

/// No struct that somebody writes by hand has so many fields.
const MANY: usize = 100;

/// The fields under a field that its parent does not have, if all of them are the parent's own and missing there: a
/// level too much.
fn wrapped(parent: &Frame<'_>, name: &str) -> Option<Vec<String>> {
    let inner = parent.node.get(name).filter(|inner| inner.is_mapping())?;
    let fields: Vec<&str> = inner.entries().take(MANY).map(|entry| entry.key.key_text()).collect();
    let own = |field: &&str| parent.fields().contains(field) && parent.node.entry(field).is_none();
    let all = !fields.is_empty() && fields.iter().all(own);
    all.then(|| fields.into_iter().map(str::to_owned).collect())
}

/// A place in a struct around that of a field.
struct Around {
    /// Both are called the same.
    alike: bool,
    help: String,
}

/// The place where a field belongs, told apart from others of its name on the way: the `spec` of a Deployment, not that
/// of its pods.
fn around(chain: &[Frame<'_>], paths: &[String]) -> Option<Around> {
    let [path] = paths else { return None };
    let own = hint::path(chain);
    let last = path.rsplit('.').next()?;
    let mut below = own.strip_prefix(path.as_str())?.strip_prefix('.')?.split(['.', '[']);
    let beside = below.clone().next()?;
    below.find(|step| *step == last)?;
    let whole = match chain.first()?.node.get("kind") {
        Some(kind) if last == path => format!("`{path}` of the {}", kind.text()),
        _ => format!("`{path}`"),
    };
    let alike = chain.last()?.key.is_some_and(|key| key.key_text() == last);
    Some(Around { alike, help: format!("this belongs under {whole}, beside `{beside}`") })
}

/// The names of the fields on these ways.
fn steps(paths: &[String]) -> Vec<String> {
    paths.iter().flat_map(|path| path.split(['.', '['])).map(str::to_owned).collect()
}

fn belongs(paths: &[String]) -> String {
    let place = |path: &String| match path.as_str() {
        "" => "at the top level".to_owned(),
        path => format!("under `{path}`"),
    };
    let places: Vec<String> = paths.iter().map(place).collect();
    format!("this belongs {}", places.join(" or "))
}

/// Whether it is a volume of a pod without any source.
fn is_bare_volume(frame: &Frame<'_>) -> bool {
    let sources = || frame.fields().iter().filter(|field| **field != "name");
    let small = frame.node.entries().nth(100).is_none();
    frame.name() == "Volume" && small && sources().all(|source| frame.node.get(source).is_none())
}
