//! What an API server said of updates, and what wplint says.
//!
//! `WPLINT_UPDATES=FOLDER` names a folder with `bases.jsonl` (`id`, `object`) and `updates.jsonl` (`id`, `base`, `changes`,
//! `update.verdict`); without it the test says that it did nothing.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde_json::Value;
use wplint::finding::Severity;
use wplint::lint::{lint_change, lint_texts};
use wplint::run::Run;
use wplint::settings::Settings;

const RULE: &str = "immutable-field-changed";

/// The rows of a file with one JSON value a line.
fn rows(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("the file");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Applies one change: `set`, `add`, `remove` or `duplicate` at a path.
fn change(object: &mut Value, change: &Value) {
    let path = change["path"].as_array().expect("a path");
    let (last, way) = path.split_last().expect("a step");
    let at = way.iter().fold(object, |at, step| match step.as_u64() {
        Some(index) => &mut at[index as usize],
        None => &mut at[step.as_str().expect("a key")],
    });
    let value = change["value"].clone();
    match (at, change["op"].as_str().expect("an operation")) {
        (Value::Object(map), "remove") => drop(map.remove(last.as_str().expect("a key"))),
        (Value::Object(map), _) => drop(map.insert(last.as_str().expect("a key").to_owned(), value)),
        (Value::Array(list), operation) => {
            let index = last.as_u64().expect("an index") as usize;
            match operation {
                "remove" => drop(list.remove(index)),
                "duplicate" => list.insert(index + 1, list[index].clone()),
                _ if index >= list.len() => list.push(value),
                _ => list[index] = value,
            }
        }
        (other, _) => panic!("{other} has no steps"),
    }
}

/// Errors about the object alone.
fn errors(run: &Run) -> usize {
    run.findings.iter().filter(|one| one.severity == Severity::Error && one.finding.rule != RULE).count()
}

#[test]
fn the_server_and_the_rule_agree() {
    let Some(folder) = std::env::var_os("WPLINT_UPDATES") else {
        return eprintln!("skipped: WPLINT_UPDATES names no folder with verdicts of a server");
    };
    let folder = Path::new(&folder);
    let bases: HashMap<String, Value> = rows(&folder.join("bases.jsonl"))
        .into_iter()
        .map(|row| (row["id"].as_str().expect("an id").to_owned(), row["object"].clone()))
        .collect();
    let settings = Settings::default();
    let (mut right, mut wrong): (usize, BTreeMap<String, Vec<String>>) = (0, BTreeMap::new());
    let mut ill = 0;
    for row in rows(&folder.join("updates.jsonl")) {
        let before = &bases[row["base"].as_str().expect("a base")];
        let mut after = before.clone();
        row["changes"].as_array().expect("changes").iter().for_each(|one| change(&mut after, one));
        let file = |object: &Value| vec![("object.json".to_owned(), object.to_string())];
        let run = lint_change(file(before), file(&after), &settings);
        let found = run.findings.iter().any(|one| one.finding.rule == RULE);
        let refused = row["update"]["verdict"] == "refused";
        if found == refused {
            right += 1;
            continue;
        }
        // Some are refused because the object is wrong, whatever it was before; that is for other rules to say.
        if refused && errors(&run) > errors(&lint_texts(file(before), &settings)) {
            ill += 1;
            continue;
        }
        let what = if refused { "missed" } else { "accused" };
        let cause = row["update"]["causes"][0]["field"].as_str().unwrap_or("").to_owned();
        let text = format!("{} {} {} ({cause})", row["id"], row["base"], row["changes"]);
        let key = format!("{what} {}", before["kind"].as_str().expect("a kind"));
        wrong.entry(key).or_default().push(text.chars().take(260).collect());
    }
    for (key, rows) in &wrong {
        println!("{key}: {}", rows.len());
        rows.iter().take(12).for_each(|row| println!("   {row}"));
    }
    let count: usize = wrong.values().map(Vec::len).sum();
    println!("right {right}, wrong {count}, refused for another reason and told so {ill}");
    assert!(count * 500 < right, "{count} of {} verdicts differ", right + count);
}
