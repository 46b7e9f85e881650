//! Verdicts that were wrong once, each as a small case: `faults.md`, one section a kind, headed by the rule it is about.
//! The blocks are those of the rules' pages; a section holds what must be said and its look-alikes that must not.

use crate::support::{Role, examples, run};

#[test]
fn what_was_judged_wrongly_once_is_judged_rightly() {
    let page = include_str!("faults.md");
    let mut wrong = Vec::new();
    for section in page.split("\n## ").skip(1) {
        let rule = section.split([':', '\n']).next().unwrap_or_default();
        let title = section.lines().next().unwrap_or_default();
        let examples = examples(section).unwrap_or_else(|error| panic!("{title}: {error}"));
        assert!(!examples.is_empty(), "{title}: no case");
        for example in examples {
            let found = run(rule, &example);
            let marks = example.marks();
            let mut lines: Vec<(&str, u32)> = found.iter().map(|one| (one.path.as_str(), one.line)).collect();
            lines.dedup();
            let wanted: Vec<(&str, u32)> = marks.iter().map(|mark| (mark.path.as_str(), mark.line)).collect();
            let severity = |mark: &crate::support::Mark| {
                let own = |one: &&crate::support::Found| (&one.path, one.line) == (&mark.path, mark.line);
                mark.severity.is_none()
                    || found.iter().any(|one| own(&one) && Some(one.severity) == mark.severity)
            };
            if lines != wanted
                || !marks.iter().all(severity)
                || (example.role == Role::Fires) == wanted.is_empty()
            {
                wrong.push(format!("{title}, line {}: wanted {wanted:?}, found {found:#?}", example.line));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
}
