//! What is known of a place: what was found there, and what a name means.

use serde_json::{Value, json};

use super::answers::Asked;
use super::diagnose::page;
use super::navigate::meaning;
use super::state::State;
use crate::rules;
use crate::run::Status;
use crate::symbols::SymbolKind;

/// The text for a place; `None` where nothing is known.
pub fn hover(state: &State, asked: Asked<'_>) -> Option<Value> {
    let Asked { root, file, offset } = asked;
    let source = root.run.files.get(file.0 as usize)?;
    let mut parts = Vec::new();
    let mut span = None;
    let here = |one: &&crate::run::Reported| {
        let place = one.finding.span;
        let line = source.line_range(source.line_index(place.start));
        let end = place.end.min(line.end as u32).max(place.start);
        one.status == Status::Shown && place.file == file && place.start <= offset && offset <= end
    };
    for one in root.run.findings.iter().filter(here) {
        let finding = &one.finding;
        span = span.or(Some(finding.span));
        let mut text = format!("**{}** `{}`: {}", one.severity.name(), finding.rule, finding.message);
        if let Some(help) = &finding.help {
            text.push_str(&format!("\n\nhelp: {help}"));
        }
        if let Some(rule) = rules::of(finding.rule) {
            let summary = &rule.page().summary;
            text.push_str(&format!("\n\n{summary}\n\n[{}]({})", rule.page().title, page(finding.rule)));
        }
        parts.push(text);
    }
    for (place, symbol) in meaning(root, file, offset) {
        span = Some(place);
        let mut text = format!("**{}**", symbol.title);
        if place != symbol.home {
            let home = root.run.files.get(symbol.home.file.0 as usize)?;
            let line = home.place(symbol.home.start).line;
            text.push_str(&format!(", defined in `{}:{line}`", home.path));
        }
        for note in &symbol.notes {
            text.push_str(&format!("\n- {note}"));
        }
        if symbol.kind != SymbolKind::Selection {
            let uses = match symbol.uses.len() {
                0 => "not used in the linted files".to_owned(),
                1 => "used once".to_owned(),
                many => format!("used {many} times"),
            };
            text.push_str(&format!("\n- {uses}"));
        }
        parts.push(text);
    }
    if parts.is_empty() {
        return None;
    }
    let range = span.map(|span| super::diagnose::first_line(source, span, state.client.encoding));
    Some(json!({"contents": {"kind": "markdown", "value": parts.join("\n\n---\n\n")}, "range": range}))
}
