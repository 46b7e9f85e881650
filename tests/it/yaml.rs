//! The tree: spans that slice to what was written, and the meaning kubectl gives it.

use std::sync::Arc;

use wplint::files::{FileId, SourceFile};
use wplint::yaml::{self, Kind, Node, Tree};

fn parse(text: &str) -> Tree {
    let source = Arc::new(SourceFile::new(FileId(0), "t.yaml", text));
    let pieces = yaml::split(text);
    let piece = pieces.iter().find(|piece| !text[piece.range()].trim().is_empty());
    yaml::parse(&source, piece.expect("a document")).expect("valid YAML")
}

/// Every node as `path = source text`, one a line.
fn outline(tree: &Tree) -> String {
    fn walk(node: Node<'_>, path: &str, out: &mut String) {
        out.push_str(&format!("{path} = {:?}\n", node.source_text()));
        match node.resolved().kind() {
            _ if node.resolved() != node => {}
            Kind::Mapping => {
                for entry in node.entries() {
                    let path = format!("{path}.{}", entry.key.key_text());
                    walk(entry.value, &path, out);
                }
            }
            Kind::Sequence => {
                for (at, item) in node.items().enumerate() {
                    walk(item, &format!("{path}[{at}]"), out);
                }
            }
            Kind::Scalar => {}
        }
    }
    let mut out = String::new();
    walk(tree.root(), "", &mut out);
    out
}

#[test]
fn spans_slice_to_what_was_written() {
    let text = "\
# head
a:   # nothing here
b:
- x   # first
-
- - deep
  - y: 1
    z: 'q''s'
  # after
c: |2-   # header
    text
     more

# not part of it
d: &anchor {k: [1, \"t\\n\"], l: }
e: *anchor
f: !!str
  12
g: >
  folded
  text
";
    insta::assert_snapshot!(outline(&parse(text)));
    let crlf = text.replace('\n', "\r\n");
    assert_eq!(outline(&parse(&crlf)).replace("\\r", ""), outline(&parse(text)));
    let bom = format!("\u{feff}{text}");
    assert_eq!(outline(&parse(&bom)), outline(&parse(text)));
}

#[test]
fn a_later_merge_key_overrides_as_kubectl_reads_it() {
    let tree = parse("a: &a {k: 1, l: 2}\nb: {k: 3, <<: *a}\nc: {<<: *a, k: 3}\nd: {<<: [{k: 5}, *a]}\n");
    let get = |name: &str| tree.root().get(name).and_then(|map| map.get("k")).and_then(|k| k.int());
    assert_eq!((get("b"), get("c"), get("d")), (Some(1), Some(3), Some(5)));
}

#[test]
fn what_follows_the_end_of_a_document_is_seen() {
    let text = "a: 1\n...\nb: 2\n";
    let tree = parse(text);
    let ignored = tree.ignored().expect("the rest is ignored");
    assert!(text[ignored.range()].starts_with("b: 2"));
    assert!(parse("a: 1\n...\n# only a comment\n").ignored().is_none());
}

#[test]
fn duplicate_keys_keep_the_last_value() {
    let tree = parse("a: {on: 1, \"true\": 2}\nb: 1\nb: 2\n");
    assert_eq!(tree.root().get("b").and_then(|b| b.int()), Some(2));
    assert_eq!(tree.duplicates().len(), 2);
}

#[test]
fn paths_lead_to_nodes() {
    let tree = parse("a:\n  - b: 1\n    c: [x, y]\n");
    let y = tree.root().get("a").and_then(|a| a.items().next()).and_then(|i| i.get("c"));
    let y = y.and_then(|c| c.items().nth(1)).expect("it is there");
    assert_eq!(format!("{:?}", y.path()), "[Key(\"a\"), Item(0), Key(\"c\"), Item(1)]");
    assert_eq!(Node::at_offset(&tree, y.span().start), Some(y));
}

#[test]
fn a_colon_before_a_bracket_is_text() {
    let tree = parse("{a: [fd00::, 2001:db8::], b: [c: d], e: [f: ]}\n");
    let list = |key: &str| tree.root().get(key).expect("a list").items().collect::<Vec<_>>();
    let texts: Vec<&str> = list("a").iter().map(|item| item.str().expect("text")).collect();
    assert_eq!(texts, ["fd00::", "2001:db8::"]);
    assert_eq!(list("a")[0].source_text(), "fd00::");
    assert!(list("b")[0].is_mapping());
    assert!(list("e")[0].is_mapping());
}
