//! Completion: names that exist, where the way to the cursor says that one is wanted. The document is read by its
//! lines, since what is being typed is rarely YAML yet.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use lsp_types::Position;
use serde_json::{Value, json};

use super::expressions;
use super::state::State;
use crate::files::path::shown;
use crate::files::{FileId, SourceFile};
use crate::schema;
use crate::symbols::{Symbol, SymbolKind};
use crate::text::placeholder::is_placeholder;

/// The kinds of the protocol that fit best.
const FIELD: u8 = 5;
const REFERENCE: u8 = 18;

/// So many words are offered at most.
const MOST: usize = 500;

/// What may stand at a position of an open document.
pub fn complete(state: &State, path: &Path, position: Position) -> Option<Value> {
    let open = state.open.get(path)?;
    let root = state.owner(path)?;
    let lines: Vec<&str> = open.text.lines().collect();
    let source = SourceFile::new(FileId(0), "", open.text.as_str());
    let offset = state.client.encoding.offset(&source, position) as usize;
    let start = source.line_range(position.line as usize).start;
    let before = open.text.get(start..offset)?;
    let shown = shown(path, &root.folder);
    if let Some(words) = expressions::words(root.symbols.all(), &shown, before) {
        let range = range_of(state, &source, offset - words.typed..offset);
        let item = |(word, detail): (String, String)| {
            let edit = json!({"range": range, "newText": word});
            json!({"label": word, "detail": detail, "kind": REFERENCE, "textEdit": edit})
        };
        let items: Vec<Value> = words.offered.into_iter().take(MOST).map(item).collect();
        return Some(json!({"isIncomplete": false, "items": items}));
    }
    let cursor = Cursor::read(&lines, position.line as usize, before)?;
    let symbols = root.symbols.all();
    let mut words: BTreeSet<(String, String, u8)> = BTreeSet::new();
    let mut offer = |word: &str, detail: &str, kind: u8| {
        if words.len() < MOST && word.starts_with(&cursor.typed) && !is_placeholder(word) {
            words.insert((word.to_owned(), detail.to_owned(), kind));
        }
    };
    for symbol in symbols.iter().filter(|symbol| cursor.wants(symbol)) {
        offer(&symbol.name, &symbol.title, REFERENCE);
    }
    if cursor.key.is_none() {
        if cursor.is_selector() {
            let labels = symbols.iter().filter(|symbol| symbol.kind == SymbolKind::Label);
            labels.for_each(|label| offer(&label.of, "label", FIELD));
        }
        let way: Vec<&str> = cursor.way.iter().map(String::as_str).collect();
        let there = &cursor.siblings;
        let fields = schema::fields(&cursor.api_version, &cursor.kind, &way);
        let fields = fields.iter().filter(|field| there.iter().all(|(name, _)| name != *field));
        fields.for_each(|field| offer(field, "field", FIELD));
    }
    let colon = if cursor.key.is_none() { ": " } else { "" };
    let range = range_of(state, &source, offset - cursor.typed.len()..offset);
    let items = words.into_iter().map(|(word, detail, kind)| {
        let text = if kind == FIELD { format!("{word}{colon}") } else { word.clone() };
        json!({"label": word, "detail": detail, "kind": kind, "textEdit": {"range": range, "newText": text}})
    });
    Some(json!({"isIncomplete": false, "items": items.collect::<Vec<_>>()}))
}

fn range_of(state: &State, source: &SourceFile, place: Range<usize>) -> lsp_types::Range {
    state.client.encoding.range(source, source.span(place))
}

/// Where the cursor is, as far as lines and their indentation tell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The keys from the object to the mapping that holds the cursor.
    pub way: Vec<String>,
    /// The key before the cursor on its line, if a value is being typed.
    key: Option<String>,
    /// What has been typed of the word.
    typed: String,
    /// The other keys of the same mapping with what follows them.
    siblings: Vec<(String, String)>,
    /// `apiVersion` of the object.
    pub api_version: String,
    /// `kind` of the object.
    pub kind: String,
    /// The same of the mapping around that one.
    above: Vec<(String, String)>,
}

impl Cursor {
    /// Reads the way to the cursor; `before` is its line up to it.
    pub fn read(lines: &[&str], line: usize, before: &str) -> Option<Cursor> {
        let from = (0..line).rev().find(|&at| is_separator(lines[at])).map_or(0, |at| at + 1);
        let to = (line + 1..lines.len()).find(|&at| is_separator(lines[at])).unwrap_or(lines.len());
        let document = lines.get(from..to)?;
        let mut cursor = Cursor::default();
        let (column, rest) = indented(before);
        match rest.split_once(':') {
            Some((key, typed)) => {
                cursor.key = Some(key.trim().to_owned());
                cursor.typed = typed.trim_start().trim_start_matches(['"', '\'']).to_owned();
            }
            None => cursor.typed = rest.trim_start_matches(['"', '\'']).to_owned(),
        }
        if rest.contains('#') {
            return None;
        }
        cursor.siblings = siblings(document, line - from, column);
        let mut width = column;
        // Where the dash of the list's item stands that the mapping is in, once it is met.
        let mut item = dash_of(before);
        for at in (0..line - from).rev() {
            let (own, content) = indented(document[at]);
            let dash = dash_of(document[at]);
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            if item.is_none() && own == width && dash.is_some() {
                item = dash;
                continue;
            }
            // A list may stand as far left as the key that it belongs to.
            let outer = item.map_or(own < width, |item| own <= item);
            if let (true, Some((key, value))) = (outer, content.split_once(':'))
                && (value.trim().is_empty() || value.trim_start().starts_with('#'))
            {
                cursor.way.insert(0, unquoted(key));
                if cursor.way.len() == 1 {
                    cursor.above = siblings(document, at, own);
                }
                (width, item) = (own, dash);
            }
        }
        for line in document {
            for (key, field) in [("apiVersion:", &mut cursor.api_version), ("kind:", &mut cursor.kind)] {
                if let Some(value) = line.strip_prefix(key) {
                    *field = unquoted(value);
                }
            }
        }
        Some(cursor)
    }

    fn is_selector(&self) -> bool {
        self.way.last().is_some_and(|key| matches!(key.as_str(), "selector" | "matchLabels"))
            || self.way.ends_with(&["metadata".to_owned(), "labels".to_owned()])
    }

    /// Whether a name may be meant here.
    fn wants(&self, symbol: &Symbol) -> bool {
        let Some(key) = self.key.as_deref() else {
            // An item of a list of names.
            return false;
        };
        let last = self.way.last().map_or("", String::as_str);
        let sibling =
            |name: &str| self.siblings.iter().find(|one| one.0 == name).map_or("", |one| one.1.as_str());
        let object = |kind: &str| symbol.kind == SymbolKind::Object && symbol.of == kind;
        match (last, key) {
            _ if self.is_selector() => symbol.kind == SymbolKind::Label && symbol.of == key,
            ("configMapKeyRef" | "configMapRef" | "configMap", "name") => object("ConfigMap"),
            ("secretKeyRef" | "secretRef" | "imagePullSecrets", "name") | (_, "secretName") => {
                object("Secret")
            }
            ("configMapKeyRef", "key") => self.is_key(symbol, "ConfigMap", sibling("name")),
            ("secretKeyRef", "key") => self.is_key(symbol, "Secret", sibling("name")),
            (_, "claimName") => object("PersistentVolumeClaim"),
            (_, "serviceAccountName") => object("ServiceAccount"),
            (_, "priorityClassName") => object("PriorityClass"),
            (_, "storageClassName") => object("StorageClass"),
            (_, "ingressClassName") => object("IngressClass"),
            ("service" | "backendRefs", "name") | (_, "serviceName") => object("Service"),
            ("scaleTargetRef", "name") => object(sibling("kind")),
            ("roleRef", "name") => object(sibling("kind")),
            ("metadata", "namespace") => object("Namespace"),
            ("ports", "targetPort") | ("httpGet" | "tcpSocket" | "grpc", "port") => {
                symbol.kind == SymbolKind::Port
            }
            ("port", "name" | "number") => {
                let service = self.above.iter().find(|one| one.0 == "name").map_or("", |one| one.1.as_str());
                let number = symbol.name.bytes().all(|byte| byte.is_ascii_digit());
                symbol.kind == SymbolKind::ServicePort
                    && symbol.of.strip_prefix("Service/") == Some(service)
                    && number == (key == "number")
            }
            _ => false,
        }
    }

    fn is_key(&self, symbol: &Symbol, kind: &str, name: &str) -> bool {
        let of = symbol.of.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/'));
        symbol.kind == SymbolKind::Key && of.is_some_and(|of| name.is_empty() || of == name)
    }
}

fn is_separator(line: &str) -> bool {
    line.starts_with("---")
}

/// How far a line's content is indented, dashes of lists counted as blanks, and the content.
fn indented(line: &str) -> (usize, &str) {
    let mut rest = line;
    loop {
        let content = rest.trim_start();
        match content.strip_prefix('-') {
            Some(after) if after.is_empty() || after.starts_with(' ') => rest = after,
            _ => return (line.len() - content.len(), content),
        }
    }
}

/// The column of the dash that a line begins with.
fn dash_of(line: &str) -> Option<usize> {
    let content = line.trim_start();
    (content == "-" || content.starts_with("- ")).then(|| line.len() - content.len())
}

/// The other keys of the mapping that a line is in.
fn siblings(document: &[&str], line: usize, column: usize) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let starts_item = |at: usize| document[at].trim_start().starts_with('-');
    let mut add = |at: usize| -> bool {
        let (own, content) = indented(document[at]);
        if !content.is_empty() && own < column {
            return false;
        }
        if own == column
            && let Some((key, value)) = content.split_once(':')
        {
            found.push((unquoted(key), unquoted(value)));
        }
        true
    };
    if !starts_item(line) {
        for at in (0..line).rev() {
            if !add(at) || indented(document[at]).0 == column && starts_item(at) {
                break;
            }
        }
    }
    for (at, next) in document.iter().enumerate().skip(line + 1) {
        if indented(next).0 == column && starts_item(at) || !add(at) {
            break;
        }
    }
    found
}

fn unquoted(text: &str) -> String {
    text.split(" #").next().unwrap_or("").trim().trim_matches(['"', '\'']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Cursor {
        let lines: Vec<&str> = text.lines().collect();
        let line = lines.iter().position(|line| line.contains('|')).expect("a cursor");
        let before = lines[line].split('|').next().expect("before it");
        let lines: Vec<String> = lines.iter().map(|line| line.replace('|', "")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        Cursor::read(&lines, line, before).expect("a place")
    }

    #[test]
    fn the_way_is_read_from_the_indentation() {
        let text = "kind: ConfigMap\n---\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: web\n    env:\n    - name: A\n      valueFrom:\n        configMapKeyRef:\n          name: settings\n          key: fi|\n    image: x\n";
        let cursor = at(text);
        assert_eq!(cursor.way, ["spec", "containers", "env", "valueFrom", "configMapKeyRef"]);
        assert_eq!((cursor.key.as_deref(), cursor.typed.as_str()), (Some("key"), "fi"));
        assert_eq!(cursor.siblings, [("name".to_owned(), "settings".to_owned())]);
        assert_eq!((cursor.api_version.as_str(), cursor.kind.as_str()), ("v1", "Pod"));
        let backend = "kind: Ingress\nspec:\n  rules:\n  - http:\n      paths:\n      - backend:\n          service:\n            name: web\n            port:\n              name: |\n";
        let cursor = at(backend);
        assert_eq!(cursor.way, ["spec", "rules", "http", "paths", "backend", "service", "port"]);
        assert_eq!(cursor.above, [("name".to_owned(), "web".to_owned())]);
    }

    #[test]
    fn a_key_is_being_typed() {
        let cursor = at("apiVersion: v1\nkind: Service\nspec:\n  ports:\n  - port: 80\n  sel|\n");
        assert_eq!((cursor.way, cursor.key, cursor.typed.as_str()), (vec!["spec".to_owned()], None, "sel"));
    }
}
