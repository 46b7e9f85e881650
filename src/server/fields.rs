//! What a field of a manifest takes, in words: for built-in kinds by the tables of the API, for others by their
//! definition in the workspace.

use super::asked::Asked;
use super::complete::Cursor;
use super::navigate::node_at;
use super::root::Root;
use crate::document::{Object, classify, document_at};
use crate::files::Span;
use crate::schema::{Customs, Described, describe};
use crate::yaml::{Node, Step};

/// So much of what a definition says of a field is shown.
const LONGEST: usize = 1200;

/// What the field at a place takes, and the place of its key.
pub fn field(asked: Asked<'_>) -> Option<(Span, String)> {
    let (span, keys, found) = match node_at(asked.root, asked.file, asked.offset) {
        Some(node) => of_tree(asked.root, node)?,
        None => of_lines(asked)?,
    };
    Some((span, words(&keys, &found)))
}

/// The field of a document that is YAML.
fn of_tree(root: &Root, node: Node<'_>) -> Option<(Span, Vec<String>, Described)> {
    let documents = root.workspace.documents();
    let objects = classify(document_at(documents, node.span())?).objects();
    let own = objects.iter().filter(|one| one.node.span().contains(node.span()));
    let object = own.max_by_key(|one| one.node.depth())?;
    let value = node.as_key().map_or(node, |(_, entry)| entry.value);
    let way = value.way().split_off(object.node.way().len());
    let key = |(step, _): &(Step<'_>, Node<'_>)| match step {
        Step::Key(key) => Some((*key).to_owned()),
        Step::Item(_) => None,
    };
    // Behind the dash of an item nothing is a field.
    key(way.last()?)?;
    let keys: Vec<String> = way.iter().filter_map(key).collect();
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    let found = describe(object.api_version, object.kind, &names).or_else(|| {
        let all: Vec<Object<'_>> = documents.iter().flat_map(|one| classify(one).objects()).collect();
        let path = node.tree().source().path.as_str();
        Customs::of(all.iter()).describe(object, path, &names)
    })?;
    let span = key_of(value).map_or(node.span(), Node::span);
    Some((span, keys, found))
}

/// The key of a value.
fn key_of(value: Node<'_>) -> Option<Node<'_>> {
    let way = value.way();
    let around = way.len().checked_sub(2).map_or_else(|| value.tree().root(), |at| way[at].1);
    let Step::Key(key) = way.last()?.0 else { return None };
    around.entry(key).map(|entry| entry.key)
}

/// The field of a template, as far as lines and their indentation tell.
fn of_lines(asked: Asked<'_>) -> Option<(Span, Vec<String>, Described)> {
    let source = asked.root.run.files.get(asked.file.0 as usize)?;
    let number = source.line_index(asked.offset);
    let range = source.line_range(number);
    let line = source.text.get(range.clone())?;
    let colon = line.find(':')?;
    let key = line[..colon].trim_start_matches([' ', '-']);
    let start = range.start + colon - key.len();
    let place = start..=range.start + colon;
    if key.is_empty() || key.contains(['{', '}', ' ', '#']) || !place.contains(&(asked.offset as usize)) {
        return None;
    }
    let lines: Vec<&str> = source.text.lines().collect();
    let cursor = Cursor::read(&lines, number, &line[..colon])?;
    let mut keys = cursor.way;
    keys.push(key.to_owned());
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    let found = describe(&cursor.api_version, &cursor.kind, &names)?;
    Some((source.span(start..range.start + colon), keys, found))
}

fn words(keys: &[String], found: &Described) -> String {
    let mut text = format!("**{}**: {}", keys.join("."), found.ty);
    let mut line = |words: String| text.push_str(&format!("\n- {words}"));
    if found.is_required {
        line("required".to_owned());
    }
    if !found.words.is_empty() {
        let words: Vec<String> = found.words.iter().map(|word| format!("`{word}`")).collect();
        line(format!("one of {}", words.join(", ")));
    }
    found.asks.iter().for_each(|asks| line(asks.clone()));
    if let Some(default) = &found.default {
        line(format!("default: `{default}`"));
    }
    if let Some(since) = found.since {
        line(format!("since Kubernetes 1.{since}"));
    }
    if let Some(says) = &found.text {
        let end = says.char_indices().nth(LONGEST).map_or(says.len(), |(at, _)| at);
        let more = if end < says.len() { "…" } else { "" };
        text.push_str(&format!("\n\n{}{more}", &says[..end]));
    }
    text
}
