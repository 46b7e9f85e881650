//! Where secret values stand, so that no report prints them.
//!
//! Erring on the side of masking: what is hidden without need costs a glance at the file, what is shown
//! without need ends up in a build log.

mod broken;
mod free;
mod names;

pub use broken::{in_part, in_text, makes_secret};
pub use free::credentials;
pub use names::{is_credential_name, is_secret_kind};

use names::{is_name, is_open_key, is_password_key, is_secret_field, is_value};

use super::credential::is_reference;
use crate::document::Object;
use crate::files::Span;
use crate::yaml::{Comment, Kind, Node, Style, Tree};

/// The places of an object's secret values: data of Secrets, literal credentials in environments,
/// arguments and ConfigMaps, and passwords inside URLs.
pub fn spans(object: Object<'_>) -> Vec<Span> {
    let mut found = Vec::new();
    below(object.node, &|_| true, &mut found);
    found.sort();
    found.dedup();
    found
}

/// The same for everything below a node that `near` takes: whole objects, lists of them, kustomizations, patches.
pub fn below(root: Node<'_>, near: &dyn Fn(Node<'_>) -> bool, found: &mut Vec<Span>) {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        match node.style() {
            Style::Mapping => {
                mapping(node, found);
                open.extend(node.children().filter(|child| near(*child)));
            }
            Style::Sequence => open.extend(node.children().filter(|child| near(*child))),
            Style::Alias => {}
            _ => text(node, found),
        }
    }
}

/// What is secret outside the nodes of a document: comments beside credentials and all of those beside a Secret,
/// and what nobody reads because the document ends before it.
pub fn around(tree: &Tree, found: &mut Vec<Span>) {
    let source = tree.source();
    let secret = is_secret(tree.root());
    for comment in tree.comments().iter().filter(|comment| !is_mark(&source.text, comment)) {
        let (start, end) = (comment.start as usize + 1, comment.end as usize);
        match secret {
            true => found.push(source.span(start..end.max(start))),
            false => ranges(source.text.get(start..end).unwrap_or(""), comment.start + 1, found, tree.root()),
        }
    }
    if let Some(ignored) = tree.ignored() {
        match secret {
            true => found.push(ignored),
            false => found.extend(in_text(source, ignored.range())),
        }
    }
}

/// A mark that silences is read by everybody.
fn is_mark(text: &str, comment: &Comment) -> bool {
    let body = text.get(comment.start as usize..comment.end as usize).unwrap_or("");
    body.trim_start_matches(['#', ' ', '\t']).starts_with("wplint:")
}

/// Whether a mapping is a Secret, or a list in which one is.
fn is_secret(node: Node<'_>) -> bool {
    let direct = |node: Node<'_>| {
        let mut key: Option<&str> = None;
        node.style() == Style::Mapping
            && node.children().any(|child| match key.take() {
                None => {
                    key = Some(child.text());
                    child.text() == "stringData"
                }
                Some(key) => key.eq_ignore_ascii_case("kind") && is_secret_kind(child.text()),
            })
    };
    direct(node) || node.get("items").is_some_and(|items| items.items().any(direct))
}

/// What one mapping says of its values.
fn mapping(node: Node<'_>, found: &mut Vec<Span>) {
    let (mut secret, mut config_map) = (false, false);
    let (mut name, mut program) = (None, None);
    let mut entries: Vec<(Node<'_>, Node<'_>)> = Vec::new();
    let mut key = None;
    for child in node.children() {
        let Some(key) = key.take() else {
            key = Some(child);
            continue;
        };
        match key.text() {
            "kind" | "Kind" => {
                secret |= is_secret_kind(child.text());
                config_map |= child.text() == "ConfigMap";
            }
            "stringData" => secret = true,
            "command" => program = Some(child),
            text if is_name(text) => name = Some(child),
            _ => {}
        }
        entries.push((key, child));
    }
    if secret {
        entries.iter().for_each(|(key, value)| of_secret(*key, *value, found));
        return;
    }
    let named = name.is_some_and(|name| is_credential_name(name.text()));
    let shouted = name.is_some_and(|name| !name.text().bytes().any(|byte| byte.is_ascii_lowercase()));
    for (key, value) in entries {
        let text = key.text();
        match text {
            "args" | "command" => arguments(value, program, found),
            "binaryData" | "caBundle" => all_scalars(value, found),
            "secretGenerator" => generator(value, found),
            "data" if config_map => value.entries().for_each(|entry| {
                if is_credential_name(entry.key.text()) {
                    all_scalars(entry.value, found);
                }
            }),
            "secretRef" | "secretKeyRef" if value.kind() == Kind::Scalar => {
                found.extend(inside(value));
            }
            "valueFrom" if named => reference(value, found),
            _ if is_password_key(text) || (named && is_value(text)) => all_scalars(value, found),
            // A variable in capitals is one, whatever its other fields are called.
            _ if named && shouted && !is_name(text) => all_scalars(value, found),
            _ if is_secret_field(text) && !value.is_mapping() => all_scalars(value, found),
            _ => {}
        }
    }
}

/// Fields of a Secret that everybody may see, and those of its metadata.
const METADATA: &[&str] = &[
    "name",
    "namespace",
    "generateName",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "finalizers",
    "ownerReferences",
    "managedFields",
    "labels",
];

/// One field of a Secret. Whatever it is called: where `data` is misspelt its values are no less secret.
fn of_secret(key: Node<'_>, value: Node<'_>, found: &mut Vec<Span>) {
    let scalar = value.kind() == Kind::Scalar;
    let plain = || value.text().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    match key.text() {
        "apiVersion" | "kind" if scalar && plain() => {}
        "type" if scalar && plain() && (value.text() == "Opaque" || value.text().contains(['/', '.'])) => {}
        "immutable" if value.bool().is_some() => {}
        "sops" if value.is_mapping() => {}
        // A List of Secrets.
        "items" if value.is_sequence() => {}
        "metadata" if value.is_mapping() => {
            for entry in value.entries() {
                match entry.key.text() {
                    "annotations" => annotations(entry.value, found),
                    "labels" if entry.value.is_mapping() => {
                        let mut labels = entry.value.entries();
                        labels.by_ref().filter(|one| is_secret_field(one.key.text())).for_each(|one| {
                            all_scalars(one.value, found);
                        });
                    }
                    field if METADATA.contains(&field) => closed(entry.value, found),
                    _ => all_scalars(entry.value, found),
                }
            }
        }
        _ => {
            let keys = value.entries().map(|entry| entry.key);
            found.extend(keys.filter(|key| !is_open_key(key.text())).filter_map(inside));
            all_scalars(value, found);
        }
    }
}

/// Scalars that are no name: a value folded into one.
fn closed(node: Node<'_>, found: &mut Vec<Span>) {
    if node.kind() == Kind::Scalar && node.text().contains(char::is_whitespace) {
        found.extend(inside(node));
    }
}

/// In annotations of a Secret other programs keep copies of it.
fn annotations(node: Node<'_>, found: &mut Vec<Span>) {
    if !node.is_mapping() {
        return all_scalars(node, found);
    }
    for entry in node.entries().filter(|entry| !entry.key.text().starts_with("wplint.dev/")) {
        all_scalars(entry.value, found);
    }
}

/// A `valueFrom` of a credential: names of objects and keys are open, what stands in their place is not.
fn reference(node: Node<'_>, found: &mut Vec<Span>) {
    if !node.is_mapping() {
        return all_scalars(node, found);
    }
    for source in node.entries() {
        if !source.value.is_mapping() {
            all_scalars(source.value, found);
        }
    }
}

/// Literals of a kustomization's Secrets: `name=value`, whatever the name is.
fn generator(list: Node<'_>, found: &mut Vec<Span>) {
    // One generator in the place of a list of them is a slip that shows nothing either.
    let generators = list.items().chain([list]);
    for entry in generators.flat_map(Node::entries).filter(|entry| entry.key.text() == "literals") {
        let literals =
            if entry.value.is_sequence() { entry.value.items().collect() } else { vec![entry.value] };
        for literal in literals {
            match literal.text().find('=').filter(|_| literal.stands_as_written()) {
                Some(at) => found.push(literal.part(at + 1..literal.text().len())),
                None => all_scalars(literal, found),
            }
        }
    }
}

fn all_scalars(node: Node<'_>, found: &mut Vec<Span>) {
    let mut open = vec![node.resolved()];
    while let Some(node) = open.pop() {
        found.extend(inside(node));
        open.extend(node.entries().map(|entry| entry.value).chain(node.items()));
    }
}

/// The options of a command, as items or in one text.
fn arguments(list: Node<'_>, program: Option<Node<'_>>, found: &mut Vec<Span>) {
    let says = |node: Node<'_>, name: &str| node.source_text().contains(name);
    let mysql =
        [Some(list), program].into_iter().flatten().any(|node| says(node, "mysql") || says(node, "mariadb"));
    let mut credential_follows = false;
    for item in list.children() {
        let text = item.text();
        if credential_follows && !text.starts_with('-') {
            all_scalars(item, found);
        } else if mysql && text.starts_with("-p") && text.len() > 2 && item.stands_as_written() {
            found.push(item.part(2..text.len()));
        }
        credential_follows = text.starts_with('-') && !text.contains('=') && is_credential_name(text);
    }
}

/// Credentials inside the text of a scalar, which may be a whole Secret itself, as inline patches are.
fn text(node: Node<'_>, found: &mut Vec<Span>) {
    let text = node.source_text();
    if text.contains("kind") && broken::looks_like_secret(text) == Some(true) {
        let start = node.span().start;
        let span = |range: std::ops::Range<usize>| Span {
            start: start + range.start as u32,
            end: start + range.end as u32,
            ..node.span()
        };
        // A quote around the whole would be one word.
        let inner = text.trim_start_matches(['"', '\'', '|', '>', '-', '+']);
        let skipped = text.len() - inner.len();
        let ranges = broken::values(inner).into_iter();
        found.extend(ranges.map(|range| span(range.start + skipped..range.end + skipped)));
        return;
    }
    ranges(text, node.span().start, found, node);
}

fn ranges(text: &str, start: u32, found: &mut Vec<Span>, at: Node<'_>) {
    let file = at.span().file;
    let span = |range: std::ops::Range<usize>| Span {
        file,
        start: start + range.start as u32,
        end: start + range.end as u32,
    };
    found.extend(credentials(text).into_iter().map(span));
}

/// The place of a scalar's text: quotes and the header of a block stay visible.
fn inside(node: Node<'_>) -> Option<Span> {
    let node = node.resolved();
    let span = node.span();
    let text = node.source_text();
    let (before, after) = match node.style() {
        Style::Mapping | Style::Sequence | Style::Alias => return None,
        Style::Plain => (0, 0),
        Style::SingleQuoted | Style::DoubleQuoted => (1, 1),
        Style::Block => (text.find(['\n', '\r']).map_or(text.len(), |at| at + 1), 0),
    };
    // What the cluster fills in is nobody's secret.
    if is_reference(node.text()) || node.bool().is_some() || node.is_null() {
        return None;
    }
    let (start, end) = (span.start + before as u32, span.end.saturating_sub(after));
    (start < end).then_some(Span { start, end, ..span })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::{FileId, SourceFile};
    use crate::yaml;

    fn masked(text: &str) -> Vec<String> {
        let source = Arc::new(SourceFile::new(FileId(0), "a.yaml", text));
        let tree = yaml::parse(&source, &yaml::split(text)[0]).expect("YAML");
        let mut found = Vec::new();
        below(tree.root(), &|_| true, &mut found);
        around(&tree, &mut found);
        found.sort();
        found.dedup();
        found.into_iter().map(|span| text[span.range()].to_owned()).collect()
    }

    #[test]
    fn data_of_a_secret() {
        let text =
            "apiVersion: v1\nkind: Secret\nstringData:\n  a: 'x1'\n  b: |\n    line\ndata: {c: eHg=}\n";
        assert_eq!(masked(text), ["x1", "    line", "eHg="]);
    }

    #[test]
    fn what_else_stands_in_a_secret() {
        let text = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\n  labels: {a: b}\n  annotations: {a: x1}\n  data: {a: x2}\ntype: [x3]\nimmutable: x4 # x5\n";
        assert_eq!(masked(text), ["x1", "x2", "x3", "x4", " x5"]);
    }

    #[test]
    fn environment_arguments_and_urls() {
        let text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - args: [--password=p1, --token, p2, -v]\n      env:\n        - {name: API_KEY, value: p3}\n        - {name: PLAIN, value: 'redis://u:p4@cache:6379/0'}\n        - {name: URL, value: 'http://web:8080/a@b'}\n        - {name: DB_PASSWORD, value: $(OTHER)}\n";
        assert_eq!(masked(text), ["p1", "p2", "p3", "p4"]);
    }

    #[test]
    fn wrong_types() {
        let text = "env: 'DB_PASSWORD=p1'\nargs: 'run --password p2'\nx: {API_KEY: p3}\npassword: {a: [p4]}\ny: {name: API_KEY, valueFrom: p5}\n";
        assert_eq!(masked(text), ["p1", "p2", "p3", "p4", "p5"]);
    }

    #[test]
    fn lines_of_a_config_map() {
        let text = "apiVersion: v1\nkind: ConfigMap\ndata:\n  db-password: p1\n  app.ini: |\n    host = db\n    password = p2\n    \u{526f}token: p3 4\n";
        assert_eq!(masked(text), ["p1", "p2", "p3 4"]);
    }

    #[test]
    fn literals_of_a_kustomization() {
        let text = "secretGenerator:\n- name: s\n  literals: [a=x1, x2]\n  envs: [a.env]\nhelmCharts:\n- valuesInline: {auth: {password: x3}, token: x4}\n";
        assert_eq!(masked(text), ["x1", "x2", "x3", "x4"]);
    }
}
