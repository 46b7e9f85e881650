//! The objects of a document, as an outline.

use serde_json::{Value, json};

use super::root::Root;
use super::state::State;
use crate::document::{Object, classify};
use crate::files::{FileId, SourceFile, Span};
use crate::kube::workload::Workload;

/// The symbol kinds of the protocol that fit best.
const CLASS: u8 = 5;
const MODULE: u8 = 2;
const KEY: u8 = 20;

/// Every object of a file, with its containers or keys below it.
pub fn outline(state: &State, root: &Root, file: FileId) -> Value {
    let documents = root.workspace.documents();
    let from = documents.partition_point(|document| document.source.id < file);
    let own = documents[from..].iter().take_while(|document| document.source.id == file);
    let Some(source) = root.run.files.get(file.0 as usize) else {
        return json!([]);
    };
    let symbol = |name: String, detail: &str, kind: u8, span: Span, at: Span, children: Vec<Value>| {
        let range = state.client.encoding.range(source, span);
        let selection = state.client.encoding.range(source, at);
        json!({
            "name": name,
            "detail": detail,
            "kind": kind,
            "range": range,
            "selectionRange": selection,
            "children": children,
        })
    };
    let mut found = Vec::new();
    for document in own {
        for object in classify(document).objects() {
            let mut children = Vec::new();
            for (name, span, at) in parts(&object, root) {
                let kind = if object.kind == "ConfigMap" || object.kind == "Secret" { KEY } else { MODULE };
                children.push(symbol(name, "", kind, span, at, Vec::new()));
            }
            let span = trimmed(source, object.node.span());
            let name = if object.name.is_empty() {
                object.title()
            } else {
                format!("{} {}", object.kind, object.name)
            };
            found.push(symbol(name, object.api_version, CLASS, span, object.anchor().span(), children));
        }
    }
    json!(found)
}

/// The containers of a workload, the keys of a ConfigMap or Secret: name, extent, place of the name.
fn parts(object: &Object<'_>, root: &Root) -> Vec<(String, Span, Span)> {
    let custom = &root.workspace.settings().surroundings.workloads;
    if let Some(workload) = Workload::read(*object, custom) {
        let spec = workload.pod.spec;
        let all = spec.init_containers().chain(spec.containers());
        let named = all.filter(|container| !container.name().is_empty());
        return named.map(|one| (one.name().to_owned(), one.node.span(), one.anchor().span())).collect();
    }
    if !matches!(object.kind, "ConfigMap" | "Secret") {
        return Vec::new();
    }
    let fields = ["data", "stringData", "binaryData"].into_iter().filter_map(|field| object.node.get(field));
    let entries = fields.flat_map(|data| data.entries());
    entries
        .filter(|entry| !entry.key.key_text().is_empty())
        .map(|entry| {
            let key = entry.key.span();
            (entry.key.key_text().to_owned(), Span { end: entry.value.span().end.max(key.end), ..key }, key)
        })
        .collect()
}

/// A span without the blank lines at its end.
fn trimmed(source: &SourceFile, span: Span) -> Span {
    let text = source.text.get(span.range()).unwrap_or("");
    Span { end: span.start + text.trim_end().len() as u32, ..span }
}
