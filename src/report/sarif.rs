//! SARIF 2.1.0, as code scanning takes it: one run, unique rules, paths from the repository's root, columns
//! in UTF-16 units, our own fingerprints, and suppressed results marked instead of dropped.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::json::write_safe;
use super::paint::Paint;
use super::rule_page::{Terminal, address, markdown};
use super::{Options, rendered};
use crate::files::Span;
use crate::finding::Severity;
use crate::rules::{self, peers};
use crate::run::{Reported, Run, Status};

/// Writes the report.
pub fn write(run: &Run, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let listed = || run.findings.iter().filter(|one| one.status != Status::Hidden);
    let names: BTreeSet<&str> = listed().map(|one| one.finding.rule.name()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let results: Vec<Value> = listed().map(|one| result(run, one, &names, options)).collect();
    let successful = run.unreadable.is_empty() && !run.internal_error;
    let report = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "wplint",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": names.iter().map(|name| rule(name)).collect::<Vec<_>>(),
            }},
            "columnKind": "utf16CodeUnits",
            "invocations": [{"executionSuccessful": successful}],
            "results": results,
        }],
    });
    write_safe(&report, &mut *out)?;
    writeln!(out)
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn rule(name: &str) -> Value {
    let Some(rule) = rules::find(name) else {
        return json!({"id": name});
    };
    let page = rule.page();
    let plain = Terminal { paint: Paint { on: false }, width: 100, examples: true };
    let mut tags = vec![page.group.to_owned()];
    // Rules that run by themselves go by their own names.
    if !page.on_by_default {
        tags.extend(peers::names_of(name));
    }
    json!({
        "id": name,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.summary()},
        "helpUri": address(name),
        "help": {"text": plain.page(rule), "markdown": markdown(page)},
        "defaultConfiguration": {"level": level(page.severity)},
        "properties": {"tags": tags},
    })
}

fn result(run: &Run, one: &Reported, names: &[&str], options: &Options) -> Value {
    let finding = &one.finding;
    let mut message = finding.message.clone();
    for note in &finding.notes {
        message.push_str(&format!("\n\nnote: {}", note));
    }
    if let Some(help) = &finding.help {
        message.push_str(&format!("\n\nhelp: {}", help));
    }
    let place = match rendered(one) {
        Some(origin) => Some(json!({"physicalLocation": {
            "artifactLocation": {"uri": uri(&options.rooted(&origin.path))},
            "region": {"startLine": origin.line.unwrap_or(1)},
        }})),
        None => location(run, finding.span, options),
    };
    let mut result = json!({
        "ruleId": finding.rule.name(),
        "ruleIndex": names.iter().position(|name| finding.rule == *name),
        "level": level(one.severity),
        "message": {"text": message},
        "locations": place.into_iter().collect::<Vec<_>>(),
        "partialFingerprints": {"wplint/v1": one.fingerprint},
    });
    let related = finding.also.iter().enumerate().filter_map(|(at, label)| {
        let mut location = location(run, label.span, options)?;
        location["id"] = json!(at);
        location["message"] = json!({"text": label.message});
        Some(location)
    });
    let related: Vec<Value> = related.collect();
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    match &one.status {
        Status::Suppressed { reason, by } => {
            let kind = if *by == "override" { "external" } else { "inSource" };
            let mut suppression = json!({"kind": kind});
            if let Some(reason) = reason {
                suppression["justification"] = json!(reason);
            }
            result["suppressions"] = json!([suppression]);
        }
        Status::Baselined => {
            result["baselineState"] = json!("unchanged");
            result["suppressions"] = json!([{"kind": "external", "justification": "in the baseline"}]);
        }
        Status::Unchanged => result["baselineState"] = json!("unchanged"),
        Status::Shown if run.changes.is_some() => result["baselineState"] = json!("new"),
        Status::Shown | Status::Hidden => {}
    }
    result
}

fn location(run: &Run, span: Span, options: &Options) -> Option<Value> {
    let file = run.files.get(span.file.0 as usize)?;
    let (start, end) = (file.place(span.start), file.place(span.end));
    Some(json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(&options.rooted(&file.path))},
        "region": {
            "startLine": start.line,
            "startColumn": start.utf16_column,
            "endLine": end.line,
            "endColumn": end.utf16_column,
            "byteOffset": start.offset,
            "byteLength": end.offset.saturating_sub(start.offset),
        },
    }}))
}

/// A path as a URI reference: relative ones stay relative.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    if path.starts_with('/') {
        uri.push_str("file://");
    } else if path.get(1..3) == Some(":/") {
        uri.push_str("file:///");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                uri.push(byte as char)
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
