//! Slips planted in the article's application: each is said once, at the right place, with the right advice.
//! The versions as they are have none.

use crate::support::version;
use wplint::finding::Severity;
use wplint::lint::lint_texts;
use wplint::run::Run;
use wplint::settings::Settings;

/// `file:line severity[rule] help` of every finding of the group.
fn references(run: &Run) -> Vec<String> {
    let own = run.findings.iter().filter(|one| one.group == "references");
    own.map(|one| {
        let file = &run.files[one.finding.span.file.0 as usize];
        let line = file.place(one.finding.span.start).line;
        let text = file.text.lines().nth(line as usize - 1).unwrap_or("").trim();
        let help = one.finding.help.as_deref().unwrap_or("");
        format!(
            "{} `{text}` {}[{}] {help}",
            file.file_name(),
            severity(one.severity),
            one.finding.rule.name()
        )
    })
    .collect()
}

fn severity(severity: Severity) -> &'static str {
    severity.name()
}

#[test]
fn the_versions_as_they_are_have_none() {
    for name in ["v1", "v2", "v3", "v4", "v5", "v6", "v7"] {
        assert_eq!(references(&lint_texts(version(name), &Settings::default())), [""; 0], "{name}");
    }
    let all = ["v1", "v2", "v3", "v4", "v5", "v6", "v7"].into_iter().flat_map(version).collect();
    assert_eq!(references(&lint_texts(all, &Settings::default())), [""; 0]);
}

/// A slip: version, file, the text that is replaced (once), and what by; then the file and line that must be
/// reported, severity and rule, and words of the advice.
struct Slip {
    place: (&'static str, &'static str),
    from: &'static str,
    to: &'static str,
    file: &'static str,
    line: &'static str,
    said: &'static str,
    advice: &'static str,
}

/// Reads `version/file | from | to | file | line | said | advice`; `\n` stands for a line break.
fn slips() -> Vec<Slip> {
    let row = |line: &'static str| {
        let mut parts = line.split(" | ").map(str::trim);
        let mut next = || parts.next().expect("seven columns");
        let place = next().split_once('/').expect("version/file");
        Slip { place, from: next(), to: next(), file: next(), line: next(), said: next(), advice: next() }
    };
    SLIPS.lines().filter(|line| !line.is_empty()).map(row).collect()
}

const SLIPS: &str = include_str!("references/slips.txt");

#[test]
fn every_slip_is_said_once_at_its_place_with_the_right_advice() {
    let slips = slips();
    assert!(slips.len() >= 30, "{} slips", slips.len());
    let mut wrong = Vec::new();
    for slip in &slips {
        let (name, file) = slip.place;
        let mut files = version(name);
        let path = format!("{name}/{file}");
        let text = &mut files.iter_mut().find(|one| one.0 == path).expect("the file").1;
        let (from, to) = (slip.from.replace("\\n", "\n"), slip.to.replace("\\n", "\n"));
        if text.matches(&from).count() != 1 {
            wrong.push(format!("{path}: `{from}` is there {} times", text.matches(&from).count()));
            continue;
        }
        *text = text.replace(&from, &to);
        let found = references(&lint_texts(files, &Settings::default()));
        let start = format!("{} `{}` {}", slip.file, slip.line, slip.said);
        let fits = |one: &String| one.starts_with(&start) && one.contains(slip.advice);
        if found.len() != 1 || !found.iter().all(fits) {
            wrong.push(format!(
                "{path}: `{from}` → `{to}`\n  wanted {start} … {}\n  found {found:#?}",
                slip.advice
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), slips.len(), wrong.join("\n"));
}

#[test]
fn the_value_of_a_secret_is_never_told() {
    let mut files = version("v7");
    for (path, text) in &mut files {
        if path.ends_with("db-secrets.yaml") {
            // wordpress-mysqI:3306, with a capital i.
            *text = text.replace("d29yZHByZXNzLW15c3FsOjMzMDY=", "d29yZHByZXNzLW15c3FJOjMzMDY=");
        }
    }
    let run = lint_texts(files, &Settings::default());
    let own: Vec<_> = run.findings.iter().filter(|one| one.group == "references").collect();
    assert_eq!(own.len(), 1);
    let all = format!("{:?}", own[0].finding);
    assert!(
        !all.contains("wordpress-mysqI") && all.contains("WORDPRESS_DB_HOST") && all.contains("did you mean"),
        "{all}"
    );
}
