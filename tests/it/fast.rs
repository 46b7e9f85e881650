//! The short way through common YAML builds the tree that the full parser builds, or leaves it to it.
//!
//! Set `WPLINT_TREES` to folders with manifests, separated by colons, to compare on those, too.

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use wplint::files::{FileId, SourceFile};
use wplint::yaml::{is_common, parse, parse_slowly, split};

/// What both ways made of some files.
#[derive(Default)]
struct Seen {
    bytes: usize,
    /// Bytes of pieces that went the short way.
    short: usize,
    /// Bytes of pieces that hold `{{`, which are hardly ever manifests.
    templates: usize,
    differences: Vec<String>,
}

impl Seen {
    /// Compares both ways on a text.
    fn compare(&mut self, text: &str, name: &str) {
        let source = Arc::new(SourceFile::new(FileId(0), name, text));
        for piece in split(text) {
            let part = &text[piece.range()];
            self.bytes += part.len();
            if !is_common(&source, &piece) {
                self.templates += if part.contains("{{") { part.len() } else { 0 };
                continue;
            }
            self.short += part.len();
            let equal = match (parse(&source, &piece), parse_slowly(&source, &piece)) {
                (Ok(one), Ok(other)) if one == other => continue,
                (Err(one), Err(other)) if one == other => continue,
                (one, other) => format!("{name}\n{part:?}\n{one:#?}\n{other:#?}"),
            };
            self.differences.push(equal);
        }
    }

    /// The same with the line ends of Windows.
    fn compare_both(&mut self, text: &str, name: &str) {
        self.compare(text, name);
        if !text.contains('\r') {
            self.compare(&text.replace('\n', "\r\n"), name);
        }
    }

    fn walk(&mut self, folder: &Path) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_symlink() {
                continue;
            } else if path.is_dir() {
                self.walk(&path);
            } else if path.extension().is_some_and(|ext| ext == "yaml" || ext == "yml" || ext == "json")
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                self.compare_both(&text, &path.display().to_string());
            }
        }
    }

    #[track_caller]
    fn is_equal(&self) {
        let shown: String =
            self.differences.iter().take(3).map(|one| one.chars().take(6000).collect::<String>()).collect();
        assert!(self.differences.is_empty(), "{} differences\n{shown}", self.differences.len());
    }
}

#[test]
fn on_the_fixtures() {
    let mut seen = Seen::default();
    seen.walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"));
    seen.is_equal();
    let Seen { bytes, short, .. } = seen;
    assert!(short * 10 > bytes * 9, "{short} of {bytes} bytes went the short way");
}

/// Finds of the fuzzer.
#[test]
fn on_what_once_differed() {
    let mut seen = Seen::default();
    // A key without quotes that ends in one: the colon behind it is text.
    for text in ["{a \":1\"}\n", "{a':b: c}\n", "{a':b', c: d}\n", "{'a':b', \"c\":d\"}\n"] {
        seen.compare_both(text, text);
    }
    seen.is_equal();
}

#[test]
fn on_trees_at_hand() {
    for folder in std::env::var("WPLINT_TREES").unwrap_or_default().split(':').filter(|one| !one.is_empty()) {
        let mut seen = Seen::default();
        seen.walk(Path::new(folder));
        let Seen { bytes, short, templates, .. } = seen;
        println!("{folder}: {short} of {bytes} bytes went the short way, and {templates} are of templates");
        seen.is_equal();
    }
}

#[test]
fn on_the_pages() {
    let mut seen = Seen::default();
    for page in wplint::rules::all() {
        for block in page.text().split("```").skip(1).step_by(2) {
            let text = block.split_once('\n').map_or("", |(_, text)| text);
            seen.compare_both(text, page.name);
        }
    }
    seen.is_equal();
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
            "[a, b]", "{a: 1, b: c}", "&a", "&b x", "*a", "!!str", "!!str 1", ">", ">-", "|2", ">+1", "\"a\\n\\u00e9\"",
            "'it''s'", "\"open", "'open", "close\"", "close'", "\"two\\", "{", "[", "}", "],", "a: b,", "c,", "<<: *a", "[]", "{}", "|", "|-", "|+", "[{a: b}, c]", "{\"a\":1}", "中文",
        ]),
        2 => prop::sample::select(vec![
            ">", "&a x", "*a", "!!str 1", "\"a\\n\"", "'it''s'", "a: b", "a:", "- x", "@x", "`x", "%x", "[a,",
            "{a}", "[a: b]", "|2", "a\tb", "\tx", "\"open", "?x", ":x", "-", "--- ", "...", "{a: , b}", "[a, ]",
            "{{ x }}", "x#y", ".inf", "=", "[a ,b]", "{a: b:c}", "\"a\" b", "[a]b", "x  ", "\"\\x4\"", "\"\\/\"", "\"\\'\"", "!x 1", "!!binary |", "&a *b",
            "&a !!map", "!!str &b", "*b : c", "&a k: v", ">-3", ">2-", "\"a  \\", "\\  b\"", "[*a, &b c]", "{<<: *a}", "[<<]",
            "{a: b, }", "[a # c", "{\"a\" : 1}", "*a,",
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
        let mut seen = Seen::default();
        seen.compare_both(&text, "soup");
        seen.is_equal();
    }
}
