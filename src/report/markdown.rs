//! Markdown for a pull request's comment and the summary of a GitHub job: the counts, then each rule with its places, errors
//! first, short enough to be taken.

use std::io::{self, Write};

use super::excerpt::Mark;
use super::statistics::{Row, rows};
use super::summary::{found, looked, since};
use super::text::{counted, harmless};
use super::{Options, Totals, rendered, shown};
use crate::finding::Severity;
use crate::rules;
use crate::run::{Reported, Run};

/// A comment holds 65,536 characters; there must be room for the last line.
const MOST: usize = 60_000;
/// Places of one rule that are listed.
const MOST_PLACES: usize = 25;

/// Writes the report.
pub fn write(run: &Run, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let totals = Totals::of(run);
    let rows = rows(run);
    let mut text = format!("## wplint: {}\n\n{}\n", found(&totals), looked(run));
    if let Some(changes) = &run.changes {
        text.push_str(&format!("\n{}\n", prose(&since(changes))));
    }
    if !rows.is_empty() {
        text.push_str(&table(run, &rows, options));
    }
    let mut left = 0;
    for row in rows.iter().filter(|_| !options.view.statistics) {
        let part = rule(run, row, options);
        if text.len() + part.len() > MOST {
            left += 1;
            continue;
        }
        text.push_str(&part);
    }
    if left > 0 {
        text.push_str(&format!(
            "\n{} too long for this report are in the table alone.\n",
            counted(left, "rule")
        ));
    }
    out.write_all(text.as_bytes())
}

fn table(run: &Run, rows: &[Row], options: &Options) -> String {
    let mut text =
        "\n| rule | errors | warnings | infos | fixable | first place |\n|---|--:|--:|--:|--:|---|\n"
            .to_owned();
    for row in rows {
        let cell = |count: usize| if count == 0 { "–".to_owned() } else { count.to_string() };
        let [infos, warnings, errors] = row.counts.map(cell);
        let fixable = cell(row.safe + row.undecided);
        let (link, place) = (link(row.rule.name()), place(run, row.first, options).replace('|', "\\|"));
        text.push_str(&format!("| {link} | {errors} | {warnings} | {infos} | {fixable} | {place} |\n"));
    }
    text
}

/// A rule's name with the address of its page.
fn link(rule: &str) -> String {
    match rules::find(rule) {
        Some(_) => format!("[`{rule}`]({})", super::rule_page::address(rule)),
        None => code(rule),
    }
}

fn rule(run: &Run, row: &Row, options: &Options) -> String {
    let all: Vec<&Reported> = shown(run).filter(|one| one.finding.rule == row.rule).collect();
    let sign = match all.iter().map(|one| one.severity).max() {
        Some(Severity::Error) => "🛑",
        Some(Severity::Warning) => "⚠️",
        _ => "💡",
    };
    let title = rules::find(row.rule.name()).map_or(row.rule.name(), |rule| rule.page().title);
    let count = all.len();
    let open = if row.counts[Severity::Error as usize] > 0 && count <= 10 { " open" } else { "" };
    let mut text = format!(
        "\n<details{open}>\n<summary>{sign} {} ({count})</summary>\n\n",
        prose(title).replace('`', "")
    );
    // Errors first: a reader begins at the top.
    let mut sorted = all;
    sorted.sort_by_key(|one| std::cmp::Reverse(one.severity));
    for one in sorted.iter().take(MOST_PLACES) {
        let finding = &one.finding;
        let clean = |text: &str| prose(text);
        text.push_str(&format!("- {}: {}", place(run, one, options), clean(&finding.message)));
        for note in &finding.notes {
            text.push_str(&format!(" ({})", clean(note)));
        }
        if let Some(help) = &finding.help {
            text.push_str(&format!("<br>**help:** {}", clean(help)));
        }
        text.push('\n');
        if count <= 3 {
            text.push_str(&excerpt(run, one));
        }
    }
    if count > MOST_PLACES {
        text.push_str(&format!("- … and {} more\n", count - MOST_PLACES));
    }
    text.push_str(&format!("\n{} · `wplint explain {}`\n\n</details>\n", link(row.rule.name()), row.rule));
    text
}

/// The line that a finding points at, as a block of code.
fn excerpt(run: &Run, one: &Reported) -> String {
    let mark = Mark { span: one.finding.span, label: None, primary: true };
    let Some(excerpt) = super::excerpt::Excerpt::new(run, one.finding.span.file, &[mark]) else {
        return String::new();
    };
    let lines: Vec<(usize, String)> =
        excerpt.ranges().map(|(number, _, line)| (number, line.replace('\t', "    "))).collect();
    // A fence is longer than any in what it holds.
    let longest = lines.iter().map(|(_, line)| line.chars().filter(|c| *c == '`').count()).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let body: String = lines.iter().map(|(number, line)| format!("  {number:>4} │ {line}\n")).collect();
    format!("\n  {fence}text\n{body}  {fence}\n\n")
}

/// Where a finding is, from the root of the repository.
fn place(run: &Run, one: &Reported, options: &Options) -> String {
    if let Some(origin) = rendered(one) {
        let line = origin.line.map(|line| format!(":{line}")).unwrap_or_default();
        return code(&format!("{}{line}", options.rooted(&origin.path)));
    }
    match run.files.get(one.finding.span.file.0 as usize) {
        Some(file) => {
            code(&format!("{}:{}", options.rooted(&file.path), file.place(one.finding.span.start).line))
        }
        None => "–".to_owned(),
    }
}

/// Text as code, whatever is in it.
fn code(text: &str) -> String {
    format!("`{}`", harmless(text).replace('`', "'"))
}

/// A sentence of ours: what stands between backticks is code, and nothing outside of them is markup.
fn prose(text: &str) -> String {
    let text = harmless(text);
    let parts: Vec<&str> = text.split('`').collect();
    let mut written = String::new();
    for (at, part) in parts.iter().enumerate() {
        // Code is as it is; elsewhere nothing is a link, a mention or markup.
        let closed = at + 1 < parts.len();
        if at % 2 == 1 && closed && !part.trim().is_empty() {
            written.push_str(&format!("`{part}`"));
            continue;
        }
        for c in part.chars() {
            match c {
                // Names and numbers that a code host would make links of.
                '@' | '#' => written.push_str(&format!("{c}<!-- -->")),
                '<' => written.push_str("&lt;"),
                '>' => written.push_str("&gt;"),
                '&' => written.push_str("&amp;"),
                // An address is a link where its scheme stands in front of it.
                ':' => written.push_str("&#58;"),
                '\\' | '*' | '_' | '[' | ']' | '~' | '|' | '!' | '$' => written.extend(['\\', c]),
                c => written.push(c),
            }
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::{code, prose};

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(prose("`a|b*` is *not* <b>"), "`a|b*` is \\*not\\* &lt;b&gt;");
        assert_eq!(prose("by @someone in #12"), "by @<!-- -->someone in #<!-- -->12");
        assert_eq!(prose("[x](https://a.example)"), "\\[x\\](https&#58;//a.example)");
        assert_eq!(prose("an `unclosed * one"), "an unclosed \\* one");
        assert_eq!(code("a`b"), "`a'b`");
    }
}
