//! `wplint explain`: a rule's page, made for reading in a terminal.

use std::fmt::Write;

use crate::report::paint::Paint;
use crate::rules::{self, naming};

/// The page of a rule, or what to say when there is none.
pub(super) fn page(name: &str, color: bool) -> Result<String, String> {
    let Some(rule) = rules::find(name) else {
        let of_group: Vec<&str> =
            rules::all().filter(|rule| rule.page().group == name).map(|rule| rule.name).collect();
        if !of_group.is_empty() {
            return Err(format!("`{name}` is a group; its rules are {}", of_group.join(", ")));
        }
        let near = naming::nearest_rule(name).map(|near| format!("; did you mean `{near}`?"));
        let list = "; `wplint rules` lists them all".to_owned();
        return Err(format!("there is no rule `{name}`{}", near.unwrap_or(list)));
    };
    let paint = Paint { on: color };
    let page = rule.page();
    let mut text = String::new();
    let default = if page.on_by_default { "on by default" } else { "opt-in" };
    let _ = writeln!(text, "{}", paint.bold(page.title));
    let severity = paint.severity(page.severity, page.severity.name());
    let _ = writeln!(text, "{} ({}, {severity}, {default})", rule.name, page.group);
    let mut inside = false;
    for line in page.body.lines().skip(1) {
        match line.strip_prefix("```") {
            Some(_) if inside => inside = false,
            Some(words) => {
                inside = true;
                let head = match words.split_whitespace().nth(1) {
                    Some("fires") => "Reported:",
                    Some("passes") => "Not reported:",
                    Some("config") => "With this configuration:",
                    _ => continue,
                };
                let _ = writeln!(text, "{}\n", paint.help(head));
            }
            None if inside => {
                let (line, mark) = match line.rsplit_once("#~") {
                    Some((line, _)) => (line.trim_end(), true),
                    None => (line, false),
                };
                let mark = if mark { paint.severity(page.severity, "  # <-- here") } else { String::new() };
                let _ = writeln!(text, "{}", format!("    {line}{mark}").trim_end());
            }
            None => {
                let _ =
                    writeln!(text, "{}", line.strip_prefix("## ").map_or(line.to_owned(), |l| paint.bold(l)));
            }
        }
    }
    Ok(text)
}
