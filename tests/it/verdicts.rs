//! The verdicts of an API server, compared with those of the schema rules.
//!
//! `WPLINT_VERDICTS` names files, separated by `:`, with one JSON object a line: `{"id", "object", "server"}`, or
//! `{"id", "base", "changes", "server"}` with objects of `WPLINT_VERDICT_BASES` (`{"id", "object"}`) to change. `server`
//! has a `verdict`, `accepted` or `refused`, and `causes`, each with a `field`. Without files it is skipped.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::troubles::{is_near, is_refusal, troubles};

/// What must be found at least of what is refused, at its field at least of what is found, and accused at most of what is
/// accepted, in thousandths.
const FOUND: usize = 990;
const NEAR: usize = 975;
const ACCUSED: usize = 3;
/// So many are listed that were found at another place.
const AWAY: usize = 1000;

fn lines(path: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("a file of verdicts");
    text.lines()
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// The place of a change, made if it is not there.
fn place<'v>(root: &'v mut Value, way: &[Value]) -> &'v mut Value {
    way.iter().fold(root, |value, step| match step {
        Value::String(key) => &mut value[key.as_str()],
        step => &mut value[step.as_u64().expect("an index") as usize],
    })
}

fn rebuild(mut object: Value, changes: &[Value]) -> Value {
    for change in changes {
        let way = change["path"].as_array().expect("a path");
        let (last, way) = way.split_last().expect("a step");
        let (at, value) = (place(&mut object, way), change["value"].clone());
        match (change["op"].as_str().expect("an operation"), last, at) {
            ("remove", Value::String(key), Value::Object(map)) => drop(map.remove(key)),
            ("remove", index, Value::Array(list)) => {
                drop(list.remove(index.as_u64().expect("an index") as usize))
            }
            ("duplicate", index, Value::Array(list)) => {
                let index = index.as_u64().expect("an index") as usize;
                list.insert(index + 1, list[index].clone());
            }
            (_, Value::String(key), Value::Object(map)) => drop(map.insert(key.clone(), value)),
            (_, index, Value::Array(list)) => {
                let index = index.as_u64().expect("an index") as usize;
                if index < list.len() { list[index] = value } else { list.push(value) }
            }
            (op, last, at) => panic!("{op} {last} {at}"),
        }
    }
    object
}

/// Parts of fields as the server names them and as they are written: it validates types of its own.
const NAMES: &[(&str, &str)] = &[
    ("spec.validation.", "spec.versions.schema."),
    ("spec.conversion.webhookClientConfig", "spec.conversion.webhook.clientConfig"),
    ("spec.conversion.conversionReviewVersions", "spec.conversion.webhook.conversionReviewVersions"),
    ("metadata.taints", "spec.taints"),
    ("persistentDisk.", "gcePersistentDisk."),
    ("downwardAPI.path", "downwardAPI.items.path"),
    ("downwardAPI.fieldRef", "downwardAPI.items.fieldRef"),
    ("downwardAPI.resourceFieldRef", "downwardAPI.items.resourceFieldRef"),
    ("template.labels", "template.metadata.labels"),
    ("template.annotations", "template.metadata.annotations"),
    ("overhead.limits", "overhead.podFixed"),
    ("spec.dataSource.", "spec.dataSourceRef."),
];

/// The field that the server names, as it is written, without indices.
fn plain(field: &str) -> String {
    let mut text = String::new();
    for part in field.split('[') {
        let (key, rest) = part.split_once(']').unwrap_or(("", part));
        if !key.is_empty() && !key.bytes().all(|byte| byte.is_ascii_digit()) {
            text.push('.');
            text.push_str(key);
        }
        text.push_str(rest);
    }
    NAMES.iter().fold(text, |text, name| text.replace(name.0, name.1))
}

/// The ways to what is found wrong with an object, and to the other half of each problem.
fn errors(text: &str) -> Vec<String> {
    let refusals = troubles(text).into_iter().filter(|one| is_refusal(one.0));
    refusals.flat_map(|(_, at, others)| std::iter::once(at).chain(others)).collect()
}

#[test]
fn verdicts_of_an_api_server_are_foreseen() {
    let Ok(files) = std::env::var("WPLINT_VERDICTS") else {
        eprintln!("skipped: verdicts of an API server (set WPLINT_VERDICTS and WPLINT_VERDICT_BASES)");
        return;
    };
    let bases = std::env::var("WPLINT_VERDICT_BASES").map_or_else(|_| Vec::new(), |path| lines(&path));
    let bases: BTreeMap<String, Value> =
        bases.into_iter().map(|base| (base["id"].to_string(), base["object"].clone())).collect();
    let (mut found, mut away, mut missed, mut silent, mut accused) =
        (0, Vec::new(), Vec::new(), 0, Vec::new());
    for row in files.split(':').flat_map(lines) {
        let object = match &row["object"] {
            Value::Null => {
                rebuild(bases[&row["base"].to_string()].clone(), row["changes"].as_array().expect("changes"))
            }
            object => object.clone(),
        };
        let errors = errors(&object.to_string());
        let refused = match row["server"]["verdict"].as_str() {
            Some("refused") => true,
            Some("accepted") => false,
            _ => continue,
        };
        match (refused, errors.is_empty()) {
            (true, true) => missed.push(row["id"].to_string()),
            (true, false) => {
                found += 1;
                let field = row["server"]["causes"][0]["field"].as_str().map(plain);
                if let Some(field) = field.filter(|field| !errors.iter().any(|at| is_near(at, field))) {
                    away.push(format!("{} {field}, not {}", row["id"], errors.join(" ")));
                }
            }
            (false, true) => silent += 1,
            (false, false) => accused.push(row["id"].to_string()),
        }
    }
    let refused = found + missed.len();
    let near = found - away.len();
    println!("refused {refused}, found {found}, of these at the field {near}; accepted and silent {silent}");
    println!("elsewhere {}:\n{}", away.len(), away[..away.len().min(AWAY)].join("\n"));
    println!("missed {}: {}", missed.len(), missed[..missed.len().min(20)].join(" "));
    println!("accused {}: {}", accused.len(), accused.join(" "));
    assert!(found * 1000 >= refused * FOUND, "{found} of {refused}");
    assert!(near * 1000 >= found * NEAR, "{near} of {found} at the field");
    assert!(accused.len() * 1000 <= (silent + accused.len()) * ACCUSED, "{accused:?}");
}
