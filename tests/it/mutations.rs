//! Every field of the fixtures set to null, to a value of the wrong type, and removed; every file cut at every
//! byte: rules read manifests that make no sense without failing.

use std::sync::Arc;

use crate::support::fixture;
use wplint::files::{FileId, SourceFile};
use wplint::lint::lint_texts;
use wplint::settings::Settings;
use wplint::yaml::{self, Node};

/// The byte ranges of all values, and of all entries with their keys.
fn ranges(text: &str) -> (Vec<std::ops::Range<usize>>, Vec<std::ops::Range<usize>>) {
    fn walk(
        node: Node<'_>,
        values: &mut Vec<std::ops::Range<usize>>,
        entries: &mut Vec<std::ops::Range<usize>>,
    ) {
        values.push(node.span().range());
        for entry in node.entries() {
            entries.push(entry.key.span().range().start..entry.value.span().range().end);
            walk(entry.value, values, entries);
        }
        node.items().for_each(|item| walk(item, values, entries));
    }
    let (mut values, mut entries) = (Vec::new(), Vec::new());
    let source = Arc::new(SourceFile::new(FileId(0), "f.yaml", text));
    for piece in yaml::split(text) {
        if let Ok(tree) = yaml::parse(&source, &piece)
            && !tree.is_empty()
        {
            walk(tree.root(), &mut values, &mut entries);
        }
    }
    (values, entries)
}

fn check(files: &[(String, String)], at: usize, text: String, what: &str) {
    let mut files = files.to_vec();
    files[at].1 = text;
    let run = lint_texts(files, &Settings::default());
    assert!(!run.internal_error, "{what}: {:#?}", run.findings.last().map(|one| &one.finding));
}

fn mutate(folder: &str) {
    let files = fixture(folder);
    for (at, (name, text)) in files.iter().enumerate() {
        let (values, entries) = ranges(text);
        for range in values {
            for to in
                ["null", "\"x\"", "7", "-1", "true", "[a, 1]", "{a: {b: c}}", "99999999999999999999", "\"\""]
            {
                let edited = format!("{}{to}{}", &text[..range.start], &text[range.end..]);
                check(&files, at, edited, &format!("{name} at {range:?} set to {to}"));
            }
        }
        for range in entries {
            let edited = format!("{}{}", &text[..range.start], &text[range.end..]);
            check(&files, at, edited, &format!("{name} without {range:?}"));
        }
    }
}

#[test]
fn every_field_of_version_2() {
    mutate("wordpress/v2");
}

#[test]
fn every_field_of_version_7() {
    mutate("wordpress/v7");
}

#[test]
fn every_field_of_the_edge_cases() {
    mutate("yaml");
}

#[test]
fn every_file_cut_at_every_byte() {
    let files = fixture("wordpress/v2");
    for (at, (name, text)) in files.iter().enumerate() {
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            check(&files, at, text[..end].to_owned(), &format!("{name} cut at {end}"));
        }
    }
}
