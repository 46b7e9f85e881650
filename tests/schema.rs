//! What is wrong with the shape of an object, and where exactly.

use std::sync::Arc;

use wplint::kube::schema::{self, Problem};
use wplint::source::{FileId, SourceFile};
use wplint::yaml::{self, Tree};

fn parse(text: &str) -> Tree {
    let source = Arc::new(SourceFile::new(FileId(0), "t.yaml", text));
    let pieces = yaml::split(text);
    let piece = pieces.iter().find(|piece| !text[piece.range.clone()].trim().is_empty());
    yaml::parse(&source, piece.expect("a document")).expect("valid YAML")
}

/// The byte range of the only occurrence of a text.
fn range(text: &str, part: &str) -> std::ops::Range<usize> {
    assert_eq!(text.matches(part).count(), 1, "{part:?} must occur once in\n{text}");
    let start = text.find(part).expect("it was just counted");
    start..start + part.len()
}

#[test]
fn every_kind_decodes_and_reports_planted_fields() {
    for (api_version, kind) in schema::kinds() {
        let clean = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x}}\n");
        let tree = parse(&clean);
        let problems = schema::check(tree.root(), api_version, kind).expect("a known kind");
        assert!(problems.is_empty(), "{api_version} {kind}: {problems:?}");

        let planted = format!(
            "apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x, plantedA: 1}}\nplantedB: {{c: 1}}\n"
        );
        let tree = parse(&planted);
        let problems = schema::check(tree.root(), api_version, kind).expect("a known kind");
        assert_eq!(problems.len(), 2, "{api_version} {kind}: {problems:?}");
        for (problem, name) in problems.iter().zip(["plantedA", "plantedB"]) {
            assert!(matches!(problem, Problem::UnknownField { .. }), "{problem:?}");
            assert_eq!(problem.at().span().range(), range(&planted, name));
        }
    }
}
