//! Rules of definitions, against what a real API server said. The verdicts are not part of the project:
//! `WPLINT_ORACLE` names their folder.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use wplint::document::{Document, classify, load};
use wplint::files::{FileId, SourceFile};
use wplint::schema::{Customs, NEWEST, examine};

/// The lines of a file of verdicts, or nothing, which is said.
fn verdicts(name: &str) -> Vec<Value> {
    let Some(folder) = std::env::var_os("WPLINT_ORACLE").map(PathBuf::from) else {
        eprintln!("skipped: WPLINT_ORACLE names no folder with {name}");
        return Vec::new();
    };
    let text = std::fs::read_to_string(folder.join(name)).expect("the verdicts are readable");
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

fn documents(objects: &[&Value]) -> Vec<Document> {
    let text = json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string();
    load(&[Arc::new(SourceFile::new(FileId(0), "a.json", text))])
}

/// What is said of the last of some objects, the first of which may define its kind.
fn said(objects: &[&Value]) -> Vec<String> {
    let documents = documents(objects);
    let classes: Vec<_> = documents.iter().map(classify).collect();
    let objects: Vec<_> = classes.iter().flat_map(|class| class.objects()).collect();
    let last = objects.last().expect("an object");
    let found = match objects.len() {
        1 => examine(last.node, last.api_version, last.kind, (NEWEST, NEWEST)),
        _ => Customs::new(objects.iter().take(1).map(|one| (*one, "a.json", false))).examine(last, "a.json"),
    };
    let text = |trouble: wplint::schema::Trouble<'_>| {
        let parts = [Some(trouble.message), trouble.label, trouble.help];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" | ")
    };
    found.into_iter().flatten().map(text).collect()
}

#[test]
fn definitions_and_their_objects() {
    let (mut seen, mut equal, mut different) = (0, 0, Vec::new());
    for line in verdicts("expressions.jsonl") {
        let definition = &line["definition"];
        let own = line.get("server").map(|server| (vec![definition], server));
        let cases = line["cases"].as_array().into_iter().flatten();
        let cases = cases.map(|case| (vec![definition, &case["object"]], &case["server"]));
        for (objects, server) in own.into_iter().chain(cases) {
            // A version that is not served is told by another rule.
            if server["verdict"] == "no-such-kind" {
                continue;
            }
            let found = said(&objects);
            seen += 1;
            if found.is_empty() == (server["verdict"] == "accepted") {
                equal += 1;
            } else {
                different.push(format!("{} {}: {server} but {found:?}", line["id"], line["what"]));
            }
        }
    }
    println!("{equal} of {seen} verdicts equal\n{}", different.join("\n"));
    assert!(equal * 100 >= seen * 98, "{equal} of {seen}");
}
