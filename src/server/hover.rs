//! What is known of a place: what was found there, and what a name means.

use serde_json::{Value, json};

use super::asked::Asked;
use super::diagnose::page;
use super::fields;
use super::navigate::meaning;
use super::root::Root;
use super::state::State;
use crate::files::Span;
use crate::lint;
use crate::rules;
use crate::run::Status;
use crate::symbols::{Setting, Symbol, SymbolKind};

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
            let summary = rule.page().summary();
            text.push_str(&format!("\n\n{summary}\n\n[{}]({})", rule.page().title, page(finding.rule)));
        }
        parts.push(text);
    }
    for (place, symbol) in meaning(root, file, offset) {
        span = Some(place);
        parts.push(name(root, place, symbol));
    }
    if let Some((place, text)) = fields::field(asked) {
        span = span.or(Some(place));
        parts.push(text);
    }
    if parts.is_empty() {
        return None;
    }
    let range = span.map(|span| super::diagnose::first_line(source, span, state.client.encoding));
    Some(json!({"contents": {"kind": "markdown", "value": parts.join("\n\n---\n\n")}, "range": range}))
}

/// What a name means and who uses it.
fn name(root: &Root, place: Span, symbol: &Symbol) -> String {
    let mut text = format!("**{}**", symbol.title);
    let shown = |at: Span| {
        let source = root.run.files.get(at.file.0 as usize)?;
        Some(format!("`{}:{}`", source.path, source.place(at.start).line))
    };
    let is_value = symbol.kind == SymbolKind::Value;
    if place != symbol.home
        && !is_value
        && let Some(home) = shown(symbol.home)
    {
        text.push_str(&format!(", defined in {home}"));
    }
    let mut line = |words: String| text.push_str(&format!("\n- {words}"));
    symbol.notes.iter().for_each(|note| line(note.clone()));
    for setting in &symbol.settings {
        let Some(home) = shown(setting.key) else { continue };
        let what = value(root, setting);
        line(if setting.is_default {
            format!("default: {what} in {home}")
        } else {
            format!("{what} in {home}")
        });
    }
    if is_value && symbol.settings.is_empty() {
        line("not set in the linted files".to_owned());
    }
    if symbol.kind != SymbolKind::Selection {
        let sets = |place: &Span| symbol.settings.iter().any(|setting| setting.key == *place);
        // What nobody sets is at home where it is used first.
        let uses = symbol.uses.iter().chain(Some(&symbol.home).filter(|_| is_value));
        line(match uses.filter(|place| !sets(place)).count() {
            0 => "not used in the linted files".to_owned(),
            1 => "used once".to_owned(),
            many => format!("used {many} times"),
        });
    }
    text
}

/// A value of a chart as it is written, if it is no secret.
fn value(root: &Root, setting: &Setting) -> String {
    let Some(source) = root.run.files.get(setting.value.file.0 as usize) else {
        return "a value".to_owned();
    };
    let span = setting.value;
    let is_secret =
        lint::secrets_of(source).iter().any(|mask| mask.start < span.end && span.start < mask.end);
    let written = source.text.get(span.range()).unwrap_or("").trim_end();
    match written.split_once('\n') {
        _ if is_secret => "a secret value".to_owned(),
        None if written.is_empty() => "empty".to_owned(),
        None => format!("`{written}`"),
        Some((first, _)) => format!("`{} …`", first.trim_end()),
    }
}
