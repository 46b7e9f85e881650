//! What people read is written in the words of the sheet in CONTRIBUTING.md, and headlines fit on a line.

use std::path::{Path, PathBuf};

use textwrap::core::display_width;
use wplint::lint::lint_texts;
use wplint::rules;
use wplint::settings::Settings;

use crate::support::{examples, fixture};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Columns of a headline with the names of fixtures and examples in it.
const HEADLINE: usize = 90;

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).expect("text")
}

fn below(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut folders = vec![Path::new(ROOT).join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|own| own == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The sheet: what is not written, and what is written instead.
fn sheet() -> Vec<(String, String)> {
    let text = read(Path::new(ROOT).join("CONTRIBUTING.md"));
    let table = text.split("| not | but |\n|---|---|\n").nth(1).expect("the sheet");
    let rows = table.lines().map_while(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
    rows.map(|(not, but)| (not.to_owned(), but.to_owned())).collect()
}

/// Texts between quotes in code, without comments and tests.
fn literals(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let code = code.split("#[cfg(test)]").next().unwrap_or("");
    for (number, line) in code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
        let mut rest = line;
        while let Some((_, after)) = rest.split_once('"') {
            let bytes = after.as_bytes();
            let close = (0..bytes.len()).find(|&at| bytes[at] == b'"' && (at == 0 || bytes[at - 1] != b'\\'));
            let end = close.unwrap_or(after.len());
            found.push((number + 1, after[..end].to_owned()));
            rest = after.get(end + 1..).unwrap_or("");
        }
    }
    // Comments of the command line are its help.
    if code.contains("derive(Parser") {
        let help = code.lines().enumerate();
        found.extend(
            help.filter_map(|(at, line)| Some((at + 1, line.trim().strip_prefix("/// ")?.to_owned()))),
        );
    }
    found
}

/// A page without its blocks of code.
fn prose(page: &str) -> Vec<(usize, String)> {
    let mut inside = false;
    let lines = page.lines().enumerate().filter(|(_, line)| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    });
    lines.map(|(at, line)| (at + 1, line.to_owned())).collect()
}

fn holds(text: &str, phrase: &str) -> bool {
    let text = text.to_lowercase();
    text.match_indices(phrase).any(|(at, _)| {
        let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !letter(text[..at].chars().next_back()) && !letter(text[at + phrase.len()..].chars().next())
    })
}

#[test]
fn texts_use_the_words_of_the_sheet() {
    let sheet = sheet();
    assert!(sheet.len() >= 12, "{sheet:?}");
    let mut texts = Vec::new();
    for path in below("src", "rs") {
        texts.extend(literals(&read(&path)).into_iter().map(|(line, text)| (path.clone(), line, text)));
    }
    let mut pages = below("rules", "md");
    pages.extend(below("docs", "md").into_iter().filter(|path| !path.ends_with("facts.md")));
    pages.push(Path::new(ROOT).join("README.md"));
    for path in pages {
        texts.extend(prose(&read(&path)).into_iter().map(|(line, text)| (path.clone(), line, text)));
    }
    let mut wrong = Vec::new();
    for (path, line, text) in &texts {
        for (not, but) in sheet.iter().filter(|(not, _)| holds(text, not)) {
            let path = path.strip_prefix(ROOT).unwrap_or(path).display();
            wrong.push(format!("{path}:{line}: not \"{not}\" but \"{but}\": {}", text.trim()));
        }
    }
    assert!(wrong.is_empty(), "{} texts in words of our own:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn headlines_fit_on_a_line() {
    let mut wrong = std::collections::BTreeSet::new();
    let mut check = |name: &str, files: Vec<(String, String)>| {
        for one in lint_texts(files, &Settings::default()).findings {
            let message = &one.finding.message;
            if display_width(message) > HEADLINE {
                wrong.insert(format!("{name}: {}: {message}", one.finding.rule));
            }
        }
    };
    for version in 1..=7 {
        check("wordpress", fixture(&format!("wordpress/v{version}")));
    }
    for rule in rules::all() {
        for example in examples(rule.text()).expect("examples") {
            check(rule.name, example.files);
        }
    }
    assert!(
        wrong.is_empty(),
        "{} headlines:\n{}",
        wrong.len(),
        wrong.into_iter().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn pages_follow_one_template() {
    let order = ["How to fix", "Options", "When it stays quiet", "Examples"];
    let mut wrong = Vec::new();
    for rule in rules::all() {
        let lines = prose(rule.page().body);
        let heads: Vec<&str> = lines.iter().filter_map(|(_, line)| line.strip_prefix("## ")).collect();
        let known: Vec<usize> =
            heads.iter().filter_map(|head| order.iter().position(|one| one == head)).collect();
        let sorted = known.windows(2).all(|pair| pair[0] < pair[1]);
        if !sorted || !heads.contains(&"How to fix") || known.len() != heads.len() {
            wrong.push(format!("{}: {heads:?}", rule.name));
        }
    }
    assert!(wrong.is_empty(), "sections of a page are {order:?}:\n{}", wrong.join("\n"));
}
