//! Every rule's page: it parses, it has examples of both kinds, and the examples do what they say.
//!
//! A block ```` ```yaml fires ```` must produce findings of the page's rule on exactly the lines that end in
//! `#~`, and ```` ```yaml passes ```` none. `#~ info` also demands the severity. A line `# file: path` starts
//! a new file inside a block. ```` ```yaml config ```` holds the configuration for the blocks below it.

use std::collections::BTreeSet;

use crate::support::{Example, Role};
use wplint::finding::Applicability;
use wplint::fix::{Wanted, once};
use wplint::rules;

#[test]
fn folder_and_list_name_the_same_rules() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
    let pages: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the folder of pages")
        .map(|entry| entry.expect("a page").file_name().into_string().expect("UTF-8"))
        .map(|name| name.strip_suffix(".md").expect("pages end in .md").to_owned())
        .collect();
    let list: Vec<String> = rules::all().map(|rule| rule.name.to_owned()).collect();
    let unique: BTreeSet<String> = list.iter().cloned().collect();
    assert_eq!(unique.len(), list.len(), "a rule is listed twice");
    assert_eq!(pages, unique);
}

#[test]
fn every_page_parses_and_its_examples_hold() {
    let mut wrong = Vec::new();
    for rule in rules::all() {
        if let Err(error) = rules::page::Page::parse(rule.text()) {
            wrong.push(format!("{}: {error}", rule.name));
            continue;
        }
        let examples = match crate::support::examples(rule.text()) {
            Ok(examples) => examples,
            Err(error) => {
                wrong.push(format!("{}: {error}", rule.name));
                continue;
            }
        };
        // What goes wrong inside of us cannot be shown with a manifest.
        let internal = rule.page().group == "internal";
        for role in [Role::Fires, Role::Passes] {
            if !internal && !examples.iter().any(|example| example.role == role) {
                wrong.push(format!("{}: no example that {role:?}", rule.name));
            }
        }
        for example in &examples {
            check(rule.name, example, &mut wrong);
        }
        let fix =
            examples.iter().map(|example| fixes(rule.name, example, &mut wrong)).max().unwrap_or("none");
        if fix != rule.page().fix {
            wrong.push(format!("{}: its examples have a fix that is `{fix}`", rule.name));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

fn check(rule: &str, example: &Example, wrong: &mut Vec<String>) {
    let found = crate::support::run(rule, example);
    let expected = example.marks();
    let lines: Vec<(String, u32)> = found.iter().map(|f| (f.path.clone(), f.line)).collect();
    let wanted: Vec<(String, u32)> = expected.iter().map(|m| (m.path.clone(), m.line)).collect();
    let mut unique = lines.clone();
    unique.dedup();
    let severities = expected.iter().all(|mark| {
        mark.severity.is_none()
            || found
                .iter()
                .any(|f| (&f.path, f.line) == (&mark.path, mark.line) && Some(f.severity) == mark.severity)
    });
    if unique != wanted || !severities || (example.role == Role::Fires && wanted.is_empty()) {
        wrong.push(format!(
            "{rule}, line {} of its page ({:?}): expected {wanted:?}, found {found:#?}",
            example.line, example.role
        ));
    }
}

/// Compares what the fixes of an example make of it with what the page shows; says which sort of fix there is.
fn fixes(rule: &str, example: &Example, wrong: &mut Vec<String>) -> &'static str {
    let run = crate::support::lint(rule, example);
    let own = run.findings.iter().filter(|one| one.finding.rule.name() == rule);
    let sort = own.filter_map(|one| one.finding.fix.as_ref()).map(|fix| match fix.applicability {
        Applicability::Safe => "safe",
        Applicability::Unsafe => "unsafe",
    });
    // A page says `safe` if all of its fixes are, in the order of the words.
    let sort = sort.max().unwrap_or("none");
    let Some(fixed) = &example.fixed else {
        return sort;
    };
    let edited = once(&run, Wanted::Unsafe, |one| one.finding.rule.name() == rule);
    for (path, wanted) in fixed {
        let text = edited.get(path).map_or("", String::as_str);
        if text != wanted {
            wrong.push(format!("{rule}, line {}: {path} is fixed to\n{text}", example.line));
        }
    }
    sort
}
