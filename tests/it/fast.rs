//! The short way through common YAML builds the tree that the full parser builds, or leaves it to it.
//!
//! Set `WPLINT_TREES` to folders with manifests, separated by colons, to compare on those, too.

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use wplint::files::{FileId, SourceFile};
use wplint::yaml::{is_common, parse, parse_slowly, split};

/// Compares both ways on a text; how many of its bytes went the short way.
fn compare(text: &str, name: &str) -> usize {
    let source = Arc::new(SourceFile::new(FileId(0), name, text));
    let mut short = 0;
    for piece in split(text) {
        if !is_common(&source, &piece) {
            continue;
        }
        short += piece.range.len();
        let (fast, slow) = (parse(&source, &piece), parse_slowly(&source, &piece));
        match (&fast, &slow) {
            (Ok(one), Ok(other)) => assert!(one == other, "{name}: {one:#?}\n{other:#?}"),
            (Err(one), Err(other)) => assert_eq!(one, other, "{name}"),
            _ => panic!("{name}: {:?}\n{:?} and {:?}", &text[piece.range.clone()], fast.err(), slow.err()),
        }
    }
    short
}

fn walk(folder: &Path, done: &mut (usize, usize)) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.is_symlink() {
            walk(&path, done);
        } else if path.extension().is_some_and(|ext| ext == "yaml" || ext == "yml")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            done.0 += compare(&text, &path.display().to_string());
            done.1 += text.len();
        }
    }
}

#[test]
fn on_the_fixtures() {
    let mut done = (0, 0);
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), &mut done);
    assert!(done.0 * 10 > done.1 * 7, "{} of {} bytes went the short way", done.0, done.1);
}

#[test]
fn on_trees_at_hand() {
    for folder in std::env::var("WPLINT_TREES").unwrap_or_default().split(':').filter(|one| !one.is_empty()) {
        let mut done = (0, 0);
        walk(Path::new(folder), &mut done);
        println!("{folder}: {} of {} bytes went the short way", done.0, done.1);
    }
}

#[test]
fn on_the_pages() {
    for page in wplint::rules::all() {
        for block in page.text().split("```").skip(1).step_by(2) {
            let text = block.split_once('\n').map_or("", |(_, text)| text);
            compare(text, page.name);
        }
    }
}

/// Lines that look like manifests, with slips.
fn line() -> impl Strategy<Value = String> {
    let indent = (0usize..5).prop_map(|n| "  ".repeat(n));
    let odd_indent = (0usize..7).prop_map(|n| " ".repeat(n));
    let start =
        prop_oneof![4 => Just(""), 2 => Just("- "), 1 => Just("- - "), 1 => Just("-"), 1 => Just("-  ")];
    let key = prop_oneof![
        6 => prop::sample::select(vec!["a: ", "b: ", "key:", "c:  ", "\"q\": ", "'s': ", "x.y/z: ", "on: "]),
        1 => prop::sample::select(vec!["a : ", "? k", "<<: ", "k:v", "a b: ", "1.10: ", "é: ", ": ", "#k: ", "k#: "]),
        2 => Just("")
    ];
    let value = prop_oneof![
        6 => prop::sample::select(vec![
            "", "1", "text", "two words", "\"quoted\"", "'single'", "nginx:1.29", "true", "~", "-1", "1e3",
            "[a, b]", "{a: 1, b: c}", "[]", "{}", "|", "|-", "|+", "[{a: b}, c]", "{\"a\":1}", "中文",
        ]),
        2 => prop::sample::select(vec![
            ">", "&a x", "*a", "!!str 1", "\"a\\n\"", "'it''s'", "a: b", "a:", "- x", "@x", "`x", "%x", "[a,",
            "{a}", "[a: b]", "|2", "a\tb", "\tx", "\"open", "?x", ":x", "-", "--- ", "...", "{a: , b}", "[a, ]",
            "{{ x }}", "x#y", ".inf", "=", "[a ,b]", "{a: b:c}", "\"a\" b", "[a]b", "x  ",
        ])
    ];
    let comment =
        prop_oneof![5 => Just(""), 1 => Just(" # c"), 1 => Just("# d"), 1 => Just("  #"), 1 => Just("   ")];
    let indent = prop_oneof![5 => indent, 1 => odd_indent];
    (indent, start, key, value, comment).prop_map(|(i, s, k, v, c)| format!("{i}{s}{k}{v}{c}\n"))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("WPLINT_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(3000),
        ..ProptestConfig::default()
    })]

    #[test]
    fn on_soup(lines in prop::collection::vec(line(), 1..12), cut in 0usize..3) {
        let mut text = lines.concat();
        if cut == 1 {
            text.pop();
        }
        compare(&text, "soup");
    }
}
