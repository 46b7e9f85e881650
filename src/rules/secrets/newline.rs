//! `echo password | base64`: values that end in a newline and are used as they are (fact 6.14).

use std::collections::HashSet;

use crate::finding::Out;
use crate::inventory::{Inventory, Variable};
use crate::kube::credential::{noun, words};
use crate::kube::host_names;
use crate::kube::pod::Container;
use crate::yaml::Style;

pub fn trailing(inventory: &Inventory<'_>, out: &mut Out) {
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
                let Some(use_) = used_as(variable, container) else {
                    continue;
                };
                if !ends_in_newline(variable) || !told.insert(origin.span()) {
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

/// One line, and a newline after it: files of several lines are meant to end in one.
fn ends_in_newline(variable: &Variable<'_>) -> bool {
    let Some(value) = variable.value.as_deref() else {
        return false;
    };
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
        _ => host_names::role(name, container.image_text()).map(|_| "address"),
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
    } else {
        draft
            .label("the newline is part of the value")
            .help("encode without the newline, as `printf %s` or `echo -n` do")
    };
}
