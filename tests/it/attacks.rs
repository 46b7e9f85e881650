//! What somebody who wants to hurt wplint, or a slip, once did to it: each entry stays a test.

use wplint::lint::lint_texts;
use wplint::run::Run;
use wplint::settings::Settings;

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector: {app: web}\n  ports: [{port: 80}]\n";

fn lint(files: &[(&str, &str)]) -> Run {
    let texts = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    lint_texts(texts, &Settings::default())
}

fn rules(run: &Run) -> Vec<&'static str> {
    run.findings.iter().map(|one| one.finding.rule.name()).collect()
}

/// A mark above the first separator is a document of its own, which has no node.
#[test]
fn a_mark_in_a_document_of_comments() {
    let marks = [
        "# wplint: ignore[single-replica] x",
        "# wplint: ignore-object[single-replica] x",
        "# wplint: ignore-object[all]",
        "#wplint:",
        "# wplint: ignore",
        "\u{feff}# wplint: ignore[nothing]",
    ];
    for mark in marks {
        for text in
            [mark.to_owned(), format!("{mark}\n---\n{SERVICE}"), format!("{SERVICE}---\n{mark}\n---\n")]
        {
            let run = lint(&[("a.yaml", &text)]);
            assert!(!run.internal_error, "{text:?}: {:?}", rules(&run));
            assert_eq!(run.counts.objects, usize::from(text.contains("Service")), "{text:?}");
        }
    }
    let run = lint(&[("a.yaml", &format!("# wplint: ignore[single-replica] x\n---\n{SERVICE}"))]);
    assert!(rules(&run).contains(&"suppression-unused"), "{:?}", rules(&run));
}

/// Files joined on Windows have a byte-order mark where each of them began.
#[test]
fn a_byte_order_mark_at_the_start_of_a_later_document() {
    let run = lint(&[("a.yaml", &format!("{SERVICE}---\n\u{feff}{}", SERVICE.replace("web", "db")))]);
    assert_eq!(run.counts.objects, 2);
    assert!(!rules(&run).contains(&"missing-field"), "{:?}", rules(&run));
    let comment = format!("---\n# c\n\u{feff}{SERVICE}");
    assert_eq!(lint(&[("a.yaml", &comment)]).counts.objects, 1);
}
