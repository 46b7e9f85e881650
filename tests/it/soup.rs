//! Whatever the text is: no panic, and a tree whose spans can be trusted.

use std::sync::Arc;

use proptest::prelude::*;
use wplint::document::{Content, classify, load};
use wplint::files::{FileId, SourceFile};
use wplint::yaml::{Kind, Node, Step, Style, Tree};

fn walk<'a>(node: Node<'a>, each: &mut impl FnMut(Node<'a>, &[Node<'a>])) {
    let mut children = Vec::new();
    if node.resolved() == node {
        match node.kind() {
            Kind::Mapping => children = node.entries().flat_map(|entry| [entry.key, entry.value]).collect(),
            Kind::Sequence => children = node.items().collect(),
            Kind::Scalar => {}
        }
    }
    each(node, &children);
    for child in children {
        walk(child, each);
    }
}

/// The node that steps lead to, and the key it belongs to, by the entries as written.
fn follow<'a>(tree: &'a Tree, steps: &[Step<'_>]) -> Option<(Node<'a>, Option<Node<'a>>)> {
    let mut at = (tree.root(), None);
    for step in steps {
        at = match step {
            Step::Item(index) => (at.0.items().nth(*index)?, None),
            Step::Key(name) => at.0.entry(name).map(|entry| (entry.value, Some(entry.key)))?,
        };
    }
    Some(at)
}

fn check(text: &str) {
    let source = Arc::new(SourceFile::new(FileId(0), "t.yaml", text));
    for document in load(&[Arc::clone(&source)]) {
        let _ = classify(&document);
        let tree = match &document.content {
            Content::Parsed(_) => document.tree().expect("a tree"),
            Content::Comments(_) => continue,
            Content::Template(range) => {
                assert!(text.get(range.start as usize..range.end as usize).is_some(), "{range:?}");
                continue;
            }
            Content::Failed(fault) => {
                assert!(text.get(fault.range.clone()).is_some(), "{fault:?}");
                assert!(!fault.message.is_empty());
                continue;
            }
        };
        for comment in tree.comments() {
            let range = comment.start as usize..comment.end as usize;
            assert!(text.get(range).is_some_and(|text| text.starts_with('#')), "{comment:?}");
        }
        if text.contains("<<") {
            continue;
        }
        let ambiguous = !tree.duplicates().is_empty();
        walk(tree.root(), &mut |node, children| {
            let range = node.span().range();
            let slice = text.get(range.clone());
            assert!(slice.is_some(), "{range:?} is no slice");
            assert!(document.piece().start <= range.start && range.end <= document.piece().end);
            let slice = slice.unwrap_or("");
            let mut from = range.start;
            for child in children {
                let child = child.span().range();
                assert!(from <= child.start && child.end <= range.end, "{child:?} from {from} in {range:?}");
                from = child.end;
            }
            match node.style() {
                Style::Plain => {
                    let joined = slice.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
                    let cooked = node.text().split_ascii_whitespace().collect::<Vec<_>>().join(" ");
                    assert_eq!(joined, cooked);
                }
                Style::SingleQuoted => {
                    assert!(slice.len() > 1 && slice.starts_with('\'') && slice.ends_with('\''), "{slice:?}");
                }
                Style::DoubleQuoted => {
                    assert!(slice.len() > 1 && slice.starts_with('"') && slice.ends_with('"'), "{slice:?}");
                    let inner = &slice[1..slice.len() - 1];
                    assert!(inner.contains(['\\', '\n', '\r']) || inner == node.text());
                }
                Style::Block => assert!(slice.starts_with(['|', '>']), "{slice:?}"),
                Style::Alias => assert!(slice.starts_with('*'), "{slice:?}"),
                Style::Sequence => {
                    let flow = node.is_flow() && slice.starts_with('[') && slice.ends_with(']');
                    assert!(flow || (!node.is_flow() && slice.starts_with('-')), "{slice:?}");
                }
                Style::Mapping => {
                    assert!(!node.is_flow() || !slice.starts_with('{') || slice.ends_with('}'), "{slice:?}")
                }
            }
            if !matches!(node.style(), Style::Mapping | Style::Sequence) {
                assert!(node.style() == Style::Block || slice == slice.trim_ascii(), "{slice:?}");
            }
            let path = node.path();
            if !ambiguous {
                let found = follow(tree, &path);
                let leads = found.is_some_and(|(value, key)| value == node || key == Some(node));
                assert!(leads, "{path:?} does not lead to {node:?}");
            }
        });
    }
}

fn token() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec![
            "- ", ": ", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", "a: ", "b: ", "k", "v", "1", "x y", "key:\n  ", "key: ",
        ]),
        3 => prop::sample::select(vec![
            "-", ":", "#", " # c\n", "# c\n", "[", "]", "{", "}", ",", ", ", "\"", "'", "\"q\"", "'s'", "|\n", ">\n",
            "|2-\n", ">+ # c\n", "&a ", "*a", "!", "!!str ", "!t ", "? ", "\t", "\r\n", "---\n", "...\n", "<<: ", "~", " ",
            "|", "\\", "%", "@", "`", "\"\\u00e9\"", "\"a\n b\"", "'a\n\n  b'",
        ]),
        1 => prop::sample::select(vec![
            "\u{526f}\u{672c}", "\u{1f600}", "\u{feff}", "\u{2028}", "\u{85}", "\0", "\r", "{{", "{{ x }}", "--- x\n", "%YAML 1.2\n", "\"\\'\"",
            "\"\\/\"", "null", ".inf", "0x", "1_0", "\u{7}",
        ]),
    ]
    .prop_map(str::to_owned)
}

/// Texts on which it failed once.
#[test]
fn found_earlier() {
    for text in [
        "? k # c\n:a: ",
        "? k\n:a: b",
        "{? k # c\n :a: b}",
        "{? \"k\" # c\n :a : b}",
        "? \"k\" # c\n:a: ",
        "? &a k # c\n:a: ",
        "- ? k # c\n  :a: \n",
        "# c\n",
        "# wplint:",
        "---\n\u{feff}a: 1",
        // Breaks of lines that YAML 1.1 knew: the parser reads a text where they are shorter.
        "%%|2+a:\u{85} [.]\n",
        ": a\n-\u{85}",
        ": a\n: :\n-\u{2028}",
    ] {
        check(text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: std::env::var("WPLINT_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(2000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn soup_never_panics_and_spans_hold(tokens in prop::collection::vec(token(), 0..24)) {
        check(&tokens.concat());
    }
}
