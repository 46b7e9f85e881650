//! The table for a terminal or for Markdown, and below it the chains and the lines that decide.

use std::fmt::Write;

use super::{COLUMNS, Line, chains, decided, harmless, heading, lines, place, with_events};
use crate::run::Run;
use crate::survival::survey::Judged;

/// How the table is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// For a terminal.
    Text,
    /// For a pull request.
    Markdown,
}

/// The table of every unit, and below it what decides. `all`: with everything that entry points need.
pub fn table(run: &Run, judged: &[Judged], style: Style, all: bool) -> String {
    let mut text = String::new();
    for unit in judged {
        if !text.is_empty() {
            text.push('\n');
        }
        let (head, lines) = (heading(run, unit), lines(unit));
        match style {
            Style::Text => draw(&mut text, &head, &lines),
            Style::Markdown => draw_markdown(&mut text, &head, &lines),
        }
        why(&mut text, run, unit, style, all);
        if all {
            draw_needs(&mut text, run, unit);
        }
    }
    text
}

fn draw(text: &mut String, heading: &str, lines: &[Line]) {
    let chars = |text: &str| text.chars().count();
    let titles: Vec<String> =
        lines.iter().map(|line| format!("{}{}", if line.below { "  " } else { "" }, line.title)).collect();
    let first = titles.iter().map(|title| chars(title)).max().unwrap_or(0).min(60);
    let width = |at: usize| {
        let cells = lines.iter().map(|line| chars(&line.cells[at].text));
        cells.chain([chars(COLUMNS[at])]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..COLUMNS.len()).map(width).collect();
    let mut row = |title: &str, cells: &mut dyn Iterator<Item = &str>| {
        let mut line = format!("{title}{}", " ".repeat(first.saturating_sub(chars(title))));
        for (cell, width) in cells.zip(&widths) {
            let _ = write!(line, "   {cell}{}", " ".repeat(width.saturating_sub(chars(cell))));
        }
        let _ = writeln!(text, "{}", line.trim_end());
    };
    row(heading, &mut std::iter::empty());
    row("", &mut COLUMNS.into_iter());
    for (line, title) in lines.iter().zip(&titles) {
        row(title, &mut line.cells.iter().map(|cell| cell.text.as_str()));
    }
}

fn draw_markdown(text: &mut String, heading: &str, lines: &[Line]) {
    let cell = |text: &str| text.replace('|', "\\|");
    let _ = writeln!(text, "| {} | {} |", cell(heading), COLUMNS.join(" | "));
    let _ = writeln!(text, "|---|{}", "---|".repeat(COLUMNS.len()));
    for line in lines {
        let indent = if line.below { "&nbsp;&nbsp;" } else { "" };
        let cells: Vec<&str> = line.cells.iter().map(|cell| cell.text.as_str()).collect();
        let _ = writeln!(text, "| {indent}{} | {} |", cell(&line.title), cells.join(" | "));
    }
}

/// Places that are listed for one text.
const PLACES: usize = 4;

fn why(text: &mut String, run: &Run, unit: &Judged, style: Style, all: bool) {
    let (indent, mark, end) = if style == Style::Text { ("  ", "", "") } else { ("", "- ", "\n") };
    for (at, one) in chains(unit).into_iter().enumerate() {
        let gap = if at == 0 { "\n" } else { "" };
        let _ = writeln!(text, "{gap}{indent}{mark}{}", with_events(&one.text, &one.events));
    }
    for one in decided(unit) {
        let _ = writeln!(text, "\n{indent}{}{end}", with_events(&one.text, &one.events));
        let shown = if all { one.about.len() } else { PLACES };
        for (span, title) in one.about.iter().take(shown) {
            let line = harmless(&format!("{}  {title}", place(run, *span))).into_owned();
            let _ = writeln!(text, "{indent}{indent}{mark}{line}");
        }
        if one.about.len() > shown {
            let _ = writeln!(text, "{indent}{indent}{mark}and {} more", one.about.len() - shown);
        }
    }
}

fn draw_needs(text: &mut String, run: &Run, unit: &Judged) {
    for entry in &unit.entries {
        let _ = writeln!(text, "\n{}", harmless(&format!("{} ({})", entry.title, place(run, entry.span))));
        for step in &entry.steps {
            let names: Vec<&str> = step.rows.iter().map(|row| unit.rows[*row].title.as_str()).collect();
            let line = format!("  {} ({}) → {}", step.name, place(run, step.span), names.join(", "));
            let _ = writeln!(text, "{}", harmless(&line));
        }
    }
}
