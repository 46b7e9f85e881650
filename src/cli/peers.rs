//! `wplint rules --map`: what the checks of another tool are called here.

use std::fmt::Write;

use serde::Serialize;

use super::args::RulesFormat;
use crate::report::json::write_safe;
use crate::rules::peers::{Row, rows};

#[derive(Serialize)]
struct Check<'r> {
    check: &'r str,
    default: bool,
    rules: &'r [&'r str],
    remark: Option<&'r str>,
}

/// The checks of a tool, in a format.
pub(super) fn map(tool: &str, format: RulesFormat) -> String {
    let rows: Vec<&Row> = rows().iter().filter(|row| row.tool == tool).collect();
    match format {
        RulesFormat::Text => text(&rows),
        RulesFormat::Json => json(&rows),
        RulesFormat::Markdown => markdown(tool, &rows),
    }
}

fn text(rows: &[&Row]) -> String {
    let width = rows.iter().map(|row| row.check.len()).max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        let rules = if row.rules.is_empty() { "-".to_owned() } else { row.rules.join(", ") };
        let remark = row.remark.map(|remark| format!("  ({remark})")).unwrap_or_default();
        let _ = writeln!(text, "{:width$}  {rules}{remark}", row.check);
    }
    text
}

fn json(rows: &[&Row]) -> String {
    let checks: Vec<Check<'_>> = rows
        .iter()
        .map(|row| Check { check: row.check, default: row.default, rules: &row.rules, remark: row.remark })
        .collect();
    let mut text = Vec::new();
    match write_safe(&checks, &mut text) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned() + "\n",
        Err(_) => "[]\n".to_owned(),
    }
}

fn markdown(tool: &str, rows: &[&Row]) -> String {
    let mut text = format!("| {tool} | wplint | remark |\n|---|---|---|\n");
    for row in rows {
        let rules: Vec<String> =
            row.rules.iter().map(|rule| format!("[`{rule}`](rules/{rule}.md)")).collect();
        let remark = row.remark.unwrap_or_default().replace('|', "\\|");
        let _ = writeln!(text, "| {} | {} | {remark} |", row.check, rules.join(", "));
    }
    text
}
