//! `echo password | base64`: values that end in a newline and are used as they are (fact 6.14).

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::document::Object;
use crate::files::Span;
use crate::finding::{Edit, Out, amend};
use crate::hosts::names;
use crate::inventory::{Inventory, Variable, decode};
use crate::kube::pod::Container;
use crate::secrets::credential::{noun, words};
use crate::yaml::{Node, Style};

pub fn trailing(inventory: &Inventory<'_>, out: &mut Out) {
    let sources = ["ConfigMap", "Secret"].into_iter().flat_map(|kind| inventory.of_kind(kind));
    if !sources.into_iter().any(has_newline) {
        return;
    }
    let mut told = HashSet::new();
    for workload in &inventory.workloads {
        let spec = workload.pod.spec;
        for container in spec.containers().chain(spec.init_containers()) {
            if !refers(container) {
                continue;
            }
            for variable in inventory.environment(workload, container).variables() {
                let Some(origin) = variable.origin else {
                    continue;
                };
                if !variable.value.as_deref().is_some_and(ends_in_newline) {
                    continue;
                }
                let Some(use_) = used_as(variable, container) else {
                    continue;
                };
                if !told.insert(origin.span()) {
                    continue;
                }
                report(variable, container, use_, out);
            }
        }
    }
}

/// Whether anything of its environment comes from elsewhere.
fn refers(container: Container<'_>) -> bool {
    container.list("envFrom").next().is_some() || container.env().any(|one| one.value_from().is_some())
}

/// Whether any value of an object may be one line and a newline.
fn has_newline(object: &Object<'_>) -> bool {
    let values = |field: &str| object.node.get(field).into_iter().flat_map(|data| data.entries());
    let plain = if object.kind == "Secret" { "stringData" } else { "data" };
    let base64 = values("data").filter(|_| object.kind == "Secret").map(|entry| entry.value.text());
    // The last four characters are at most three bytes of the value, of which the newline is the last.
    let coded = |text: &str| {
        let text = text.trim_end_matches(['\n', '\r']);
        let last = text.get(text.len().saturating_sub(4)..).unwrap_or(text);
        decode(last).is_none_or(|end| end.ends_with('\n'))
    };
    values(plain).any(|entry| ends_in_newline(entry.value.text())) || base64.into_iter().any(coded)
}

/// One line, and a newline after it: files of several lines are meant to end in one.
fn ends_in_newline(value: &str) -> bool {
    let line = value.trim_end_matches(['\n', '\r']);
    value.ends_with('\n') && !line.trim().is_empty() && !line.contains('\n')
}

/// What the variable is used as, if a newline spoils that.
fn used_as(variable: &Variable<'_>, container: Container<'_>) -> Option<&'static str> {
    let name = &*variable.name;
    if noun(name).is_some() {
        return Some("credential");
    }
    let words = words(name);
    let last = words.last()?.as_str();
    match last {
        "user" | "username" | "login" => Some("user name"),
        "port" => Some("port"),
        "database" | "db" | "dbname" => Some("database name"),
        _ if ["user", "username"].iter().any(|end| last.ends_with(end)) => Some("user name"),
        "host" | "hostname" | "url" | "uri" | "endpoint" => Some("address"),
        _ => names::role(name, container.image_text()).map(|_| "address"),
    }
}

fn report(variable: &Variable<'_>, container: Container<'_>, use_: &str, out: &mut Out) {
    let Some(origin) = variable.origin else {
        return;
    };
    let (name, owner) = (&variable.name, container.name());
    let block = origin.style() == Style::Block;
    let message =
        format!("`{name}` of container `{owner}` ends in a newline, which becomes part of the {use_}");
    let draft =
        out.report(origin, message).also(variable.at, format!("container `{owner}` gets it from here"));
    let _ = if block {
        draft
            .label("a block keeps its last newline")
            .help("write `|-` instead of `|`, or the value on the line of its key")
            .repaired("write `|-`", stripped_block(origin))
    } else {
        draft
            .label("the newline is part of the value")
            .help("encode without the newline, as `printf %s` or `echo -n` do")
            .repaired("encode it without the newline", stripped(origin))
    };
}

/// A block that does not keep its last newline.
fn stripped_block(block: Node<'_>) -> Option<Edit> {
    let head = block.source_text().lines().next()?;
    let span = block.span();
    let sign = head.starts_with(['|', '>']) && head.len() == 1;
    let end = span.start + 1;
    // With base64 inside it is the value that ends in a newline, and not the block.
    let plain = !block.text().is_empty() && block.text().ends_with('\n') && decode(block.text()).is_none();
    (sign && plain).then(|| Edit { span: Span { start: end, end, ..span }, text: "-".to_owned() })
}

/// Base64 of a value without the newline at its end.
fn stripped(value: Node<'_>) -> Option<Edit> {
    let text = decode(value.text()).filter(|text| text.ends_with('\n'))?;
    amend::value(value, &STANDARD.encode(text.trim_end_matches(['\n', '\r'])))
}
