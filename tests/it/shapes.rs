//! Objects of every kind with one slip of shape each, judged by kubernetes-validate and by the schema rules.
//!
//! `support/shapes.py` makes them of the schemas that kubernetes-validate brings along. `WPLINT_SHAPES` is their number. Where
//! Python or the package is not to be had it is skipped.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use wplint::schema::TroubleKind;

use crate::support::python;
use crate::support::troubles::{is_near, is_refusal, troubles};

/// How many without another word.
const COUNT: &str = "1000";
/// What must be found at least of what is refused, in thousandths.
const FOUND: usize = 998;

#[test]
fn shapes_are_judged_as_kubernetes_validate_does() {
    let works = ["-c", "import kubernetes_validate, jsonschema, referencing"];
    let programs = match python::environment("shapes-venv", &["kubernetes-validate"], &works) {
        Ok(programs) => programs,
        Err(why) => {
            eprintln!("skipped: kubernetes-validate: {}", why.lines().next_back().unwrap_or_default());
            return;
        }
    };
    let count = std::env::var("WPLINT_SHAPES").unwrap_or_else(|_| COUNT.to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/shapes.py");
    let mut command = Command::new(programs.join("python"));
    let text = python::succeed(command.arg(script).arg(&count)).unwrap_or_else(|why| panic!("{why}"));
    let (mut found, mut missed, mut extra, mut accused) = (0, Vec::new(), Vec::new(), Vec::new());
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).expect("JSON");
        let field = row["field"].as_str().expect("a field");
        let all = troubles(&row["object"].to_string());
        let shape = |kind: TroubleKind| matches!(kind, TroubleKind::WrongType | TroubleKind::UnknownField);
        if row["refused"] == true {
            match all.iter().any(|one| is_refusal(one.0)) {
                true => found += 1,
                false => missed.push(line),
            }
            if let Some(one) = all.iter().find(|one| shape(one.0) && !is_near(&one.1, field)) {
                extra.push(format!("{one:?} {line}"));
            }
        } else if let Some(one) = all.iter().find(|one| shape(one.0)) {
            accused.push(format!("{one:?} {line}"));
        }
    }
    println!("refused {}, found {found}", found + missed.len());
    missed.iter().take(20).for_each(|line| println!("missed: {line}"));
    assert!(found * 1000 >= (found + missed.len()) * FOUND, "{} are missed", missed.len());
    assert!(extra.is_empty(), "beside the slip: {}", extra[..extra.len().min(5)].join("\n"));
    assert!(accused.is_empty(), "of what is accepted: {}", accused[..accused.len().min(5)].join("\n"));
}
