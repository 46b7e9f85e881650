//! From a name to its definition, to its uses, and to another name.

use std::collections::BTreeSet;

use lsp_types::{Location, Position, Range};
use serde_json::{Value, json};

use super::actions::{tree_at, workspace_edit};
use super::asked::Asked;
use super::root::Root;
use super::state::State;
use super::uri;
use crate::files::path::{directory, join};
use crate::files::{FileId, Span};
use crate::finding::Edit;
use crate::kustomize::is_kustomization_file;
use crate::symbols::{Symbol, SymbolKind};
use crate::yaml::Node;

/// What the name at a place means; a key stands for its value.
pub fn meaning(root: &Root, file: FileId, offset: u32) -> Vec<(Span, &Symbol)> {
    let found = root.symbols.at(file, offset);
    let Some(node) = node_at(root, file, offset) else {
        return found;
    };
    if found.is_empty() && node.as_key().is_none() {
        return root.symbols.set_at(file, offset);
    }
    // A selector around the place is less than the value of the key that is meant.
    let is_smaller = |span: Span| node.span().contains(span);
    if found.iter().any(|one| is_smaller(one.0)) {
        return found;
    }
    match node.as_key().map(|(_, entry)| entry.value) {
        Some(value) => {
            let whole = root.symbols.at(file, value.span().start);
            let own: Vec<_> = whole.into_iter().filter(|one| value.span().contains(one.0)).collect();
            if own.is_empty() { found } else { own }
        }
        None => found,
    }
}

/// The innermost node at a place.
pub fn node_at(root: &Root, file: FileId, offset: u32) -> Option<Node<'_>> {
    let tree = tree_at(root, Span { file, start: offset, end: offset })?;
    Node::at_offset(tree, offset)
}

/// Where the name at a place is defined.
pub fn definition(state: &State, asked: Asked<'_>) -> Value {
    let Asked { root, file, offset } = asked;
    let found = meaning(root, file, offset);
    let homes: BTreeSet<Span> = found.iter().map(|one| one.1.home).collect();
    if homes.is_empty() {
        return json!(resource(state, asked).into_iter().collect::<Vec<_>>());
    }
    json!(locations(state, root, homes))
}

/// Everything that means what the name at a place means.
pub fn references(state: &State, asked: Asked<'_>, with_definition: bool) -> Value {
    let Asked { root, file, offset } = asked;
    let found = meaning(root, file, offset);
    let mut places: BTreeSet<Span> = found.iter().flat_map(|one| one.1.uses.iter().copied()).collect();
    if with_definition {
        places.extend(found.iter().map(|one| one.1.home));
    }
    json!(locations(state, root, places))
}

fn locations(state: &State, root: &Root, places: BTreeSet<Span>) -> Vec<Location> {
    let location = |span: Span| {
        let file = root.run.files.get(span.file.0 as usize)?;
        let uri = state.uri(&root.path(span.file))?;
        Some(Location { uri, range: super::diagnose::first_line(file, span, state.client.encoding) })
    };
    places.into_iter().filter_map(location).collect()
}

/// The file or the kustomization that an entry of a kustomization names.
fn resource(state: &State, asked: Asked<'_>) -> Option<Location> {
    let Asked { root, file, offset } = asked;
    let source = root.run.files.get(file.0 as usize).filter(|file| is_kustomization_file(&file.path))?;
    let node = node_at(root, file, offset)?;
    let entry = node.text();
    // Generators name files as `key=file`.
    let named = [Some(entry), entry.split_once('=').map(|one| one.1)].into_iter().flatten();
    let paths = named.filter(|path| !path.is_empty()).map(|path| join(directory(&source.path), path));
    let is_there = |path: &String| {
        let inside = |file: &str| is_kustomization_file(file) && directory(file) == path;
        let of_run = root.run.files.iter().find(|file| file.path == *path || inside(&file.path));
        let path = of_run.map_or_else(|| root.folder.join(path), |file| root.folder.join(&file.path));
        path.is_file().then_some(path)
    };
    let path = paths.into_iter().find_map(|path| is_there(&path))?;
    let start = Position { line: 0, character: 0 };
    let uri = state.open.get(&path).map(|open| open.uri.clone()).or_else(|| uri::of_path(&path))?;
    Some(Location { uri, range: Range { start, end: start } })
}

/// The places that have another name afterwards, and what has it; nothing where there is no name.
fn renamed<'r>(asked: Asked<'r>) -> Result<Option<(BTreeSet<Span>, &'r Symbol)>, String> {
    let Asked { root, file, offset } = asked;
    let Some((place, symbol)) = meaning(root, file, offset).into_iter().next() else {
        return Ok(None);
    };
    match root.symbols.renamed(file, place.start) {
        Ok(places) => Ok((!places.is_empty()).then_some((places, symbol))),
        Err(pin) => {
            let why = format!("`{}` {}", symbol.name, pin.why);
            let place = pin.at.and_then(|at| Some((root.run.files.get(at.file.0 as usize)?, at)));
            Err(match place {
                Some((source, at)) => format!("{why}: see {}:{}", source.path, source.place(at.start).line),
                None => why,
            })
        }
    }
}

/// The place of the name that can be changed.
///
/// # Errors
/// What stands in the way.
pub fn prepare(state: &State, asked: Asked<'_>) -> Result<Option<Value>, String> {
    let Some((_, symbol)) = renamed(asked)? else { return Ok(None) };
    let name = &symbol.name;
    let place = meaning(asked.root, asked.file, asked.offset).into_iter().next();
    let source = asked.root.run.files.get(asked.file.0 as usize);
    let found = place.zip(source).and_then(|((place, _), source)| {
        let place = inner(&source.text, place, name)?;
        Some(json!({"range": state.client.encoding.range(source, place), "placeholder": name}))
    });
    Ok(found)
}

/// The name itself, without its quotes; `None` if something else stands there.
fn inner(text: &str, span: Span, name: &str) -> Option<Span> {
    let written = text.get(span.range())?;
    if written == name {
        return Some(span);
    }
    let quoted = ['"', '\'']
        .iter()
        .any(|quote| written.strip_prefix(*quote).and_then(|rest| rest.strip_suffix(*quote)) == Some(name));
    quoted.then_some(Span { start: span.start + 1, end: span.end - 1, ..span })
}

/// Whether templates can name a field so.
fn is_identifier(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The edit that gives the name at a place another one, everywhere.
///
/// # Errors
/// What stands in the way: a place where the name is put together, or a name that is none.
pub fn rename(state: &State, asked: Asked<'_>, new: &str) -> Result<Value, String> {
    let root = asked.root;
    let (places, symbol) = renamed(asked)?.ok_or("nothing here can be renamed")?;
    let name = symbol.name.as_str();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if new.is_empty() || !new.bytes().all(plain) || !new.as_bytes()[0].is_ascii_alphanumeric() {
        return Err(format!("`{new}` cannot be the name of anything"));
    }
    let is_sibling =
        |other: &&Symbol| other.kind == symbol.kind && other.of == symbol.of && other.name == new;
    if symbol.kind == SymbolKind::Value && root.symbols.all().iter().any(|other| is_sibling(&other)) {
        return Err(format!("there is a value `{new}` already"));
    }
    let is_text = |text: &str| matches!(crate::yaml::resolve(text), crate::yaml::Scalar::Str(_));
    let mut edits = Vec::new();
    for span in places {
        let Some(source) = root.run.files.get(span.file.0 as usize) else {
            continue;
        };
        let Some(inner) = inner(&source.text, span, name) else {
            let line = source.place(span.start).line;
            return Err(format!("`{name}` does not stand in {}:{line} as it is", source.path));
        };
        let is_field = source.text.get(..inner.start as usize).is_some_and(|before| before.ends_with('.'));
        if symbol.kind == SymbolKind::Value && is_field && !is_identifier(new) {
            return Err(format!("`.{new}` is not a field to a template: use letters, digits and `_`"));
        }
        // What was a text before must not become a number.
        let quoted = inner != span || !is_text(name) || is_text(new);
        let text = if quoted { new.to_owned() } else { format!("\"{new}\"") };
        edits.push(Edit { span: inner, text });
    }
    Ok(workspace_edit(state, root, edits).unwrap_or_default())
}
