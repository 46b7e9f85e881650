//! `$(NAME)` in environment variables and arguments, and whether anything stands for it (facts 6.7, 6.8).

use std::collections::HashMap;

use super::{Check, Eligible, Rule, rule};
use crate::finding::Out;
use crate::inventory::{Environment, Inventory, Variable};
use crate::kube::pod::{Container, EnvVar};
use crate::kube::workload::Workload;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("env-expansion-unresolved", Check::Workload(Eligible::FINAL, unresolved)),
    rule!("env-too-long", Check::Unit(too_long)),
];

/// The first variable of a container with which no process starts (fact 6.16).
fn too_long(inventory: &Inventory<'_>, out: &mut Out) {
    for workload in &inventory.workloads {
        let spec = workload.pod.spec;
        for container in spec.containers().chain(spec.init_containers()) {
            let grows = |one: EnvVar<'_>| {
                one.value().is_some_and(|value| {
                    value.text().len() >= Environment::LONGEST || value.text().contains("$(")
                })
            };
            let taken = || container.list("envFrom").next().is_some();
            if !taken() && !container.env().any(|one| one.value_from().is_some() || grows(one)) {
                continue;
            }
            let environment = inventory.environment(workload, container);
            let is_long = |one: &&Variable<'_>| {
                one.endless
                    || one
                        .value
                        .as_ref()
                        .is_some_and(|value| one.name.len() + value.len() + 2 > Environment::LONGEST)
            };
            if let Some(first) = environment.variables().iter().find(is_long) {
                let message =
                    format!("`{}` is longer than 128 KiB, more than any process can be given", first.name);
                out.report(first.at, message)
                    .label("the container never starts")
                    .help("mount a value of this size as a file");
            }
        }
    }
}

fn unresolved(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    let spec = workload.pod.spec;
    for container in spec.containers().chain(spec.init_containers()) {
        container_references(inventory, workload, container, out);
    }
}

fn container_references<'a>(
    inventory: &Inventory<'a>,
    workload: &Workload<'a>,
    container: Container<'a>,
    out: &mut Out,
) {
    let entries: Vec<EnvVar<'a>> = container.env().collect();
    let values = entries.iter().filter_map(|entry| entry.value());
    let arguments = || container.list("command").chain(container.list("args"));
    if !values.chain(arguments()).any(|node| node.text().contains("$(")) {
        return;
    }
    let from = inventory.environment_from(workload, container);
    // Where each variable is set first.
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        first.entry(entry.name()).or_insert(at);
    }
    let known = |name: &str, before: usize| {
        from.get(name).is_some() || first.get(name).is_some_and(|at| *at < before)
    };
    let indexed = is_indexed(workload);
    // Without any variables it may be another tool's text, such as kustomize's `vars`.
    let foreign = entries.is_empty() && inventory.is_incomplete(&workload.object);
    for (at, entry) in entries.iter().enumerate() {
        let Some(value) = entry.value() else {
            continue;
        };
        for (range, name) in references(value.text()) {
            if known(name, at) {
                continue;
            }
            let later = first.get(name).map(|later| &entries[*later]);
            let span = value.part(range);
            match later {
                Some(later) if from.get(name).is_none() && !from.open => {
                    let itself = later.0.index() == entry.0.index();
                    let label = if itself {
                        "a variable does not see its own earlier value"
                    } else {
                        "not set yet at this place"
                    };
                    let draft = out
                        .report(
                            span,
                            format!("`$({name})` is passed literally: `{name}` is set {}", when(itself)),
                        )
                        .label(label);
                    if itself {
                        draft.help("write the value in full; what the image sets is not visible here");
                    } else {
                        draft
                            .also(later.0.get("name").unwrap_or(later.0), "set here, after its use")
                            .help(format!("move `{name}` before `{}`", entry.name()));
                    }
                }
                None if indexed && name == INDEX => {
                    out.report(
                        span,
                        format!("`$({name})` is passed literally: the Job controller sets `{name}` last"),
                    )
                    .label("not set yet at this place")
                    .help("use it in `command` or `args`, where all variables are known");
                }
                None if looks_meant(name) && !from.open => nowhere(foreign, &entries, &from, span, name, out),
                _ => {}
            }
        }
    }
    let shell = arguments().any(|node| is_shell(node.text()));
    if shell || from.open {
        return;
    }
    for node in arguments() {
        for (range, name) in references(node.text()) {
            if looks_meant(name) && !(indexed && name == INDEX) && !known(name, entries.len()) {
                nowhere(foreign, &entries, &from, node.part(range), name, out);
            }
        }
    }
}

/// What the Job controller adds behind the variables of every container of an indexed Job (fact 6.31).
const INDEX: &str = "JOB_COMPLETION_INDEX";

fn is_indexed(workload: &Workload<'_>) -> bool {
    let spec = workload.object.spec();
    let job = match workload.object.kind {
        "CronJob" => spec.and_then(|spec| spec.get("jobTemplate")).and_then(|job| job.get("spec")),
        "Job" => spec,
        _ => None,
    };
    job.and_then(|job| job.get("completionMode")).is_some_and(|mode| mode.text() == "Indexed")
}

fn when(itself: bool) -> &'static str {
    if itself { "only by this very entry" } else { "only further down" }
}

fn nowhere(
    foreign: bool,
    entries: &[EnvVar<'_>],
    from: &Environment<'_>,
    span: crate::files::Span,
    name: &str,
    out: &mut Out,
) {
    // Variables that the kubelet makes of Services, and text that another tool fills in.
    if is_link(name) || foreign {
        return;
    }
    let names = entries.iter().map(|entry| entry.name()).chain(from.variables().iter().map(|one| &*one.name));
    let near = crate::text::suggest::nearest(name, names);
    let draft = out
        .report(span, format!("`$({name})` is passed literally: the container has no variable `{name}`"))
        .label("never replaced");
    match near {
        Some(near) => draft.help(format!("did you mean `$({near})`?")),
        None => draft.help(format!(
            "set `{name}` in `env` before its use, or write `$$({name})` for the literal text"
        )),
    };
}

/// Names of variables as people write them; the rest is more likely a shell's command.
fn looks_meant(name: &str) -> bool {
    name.len() > 1
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
}

fn is_link(name: &str) -> bool {
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.contains("_PORT_")
        || name.ends_with("_PORT")
}

fn is_shell(text: &str) -> bool {
    let last = text.rsplit('/').next().unwrap_or(text);
    ["sh", "bash", "ash", "dash", "zsh", "pwsh", "-c", "-ec", "-ce", "-lc", "-exc", "-euc", "-xec", "-ex"]
        .contains(&last)
        || text.contains('\n')
}

/// Every name in `$(NAME)` of a text that is not escaped, with the first place.
fn references(text: &str) -> Vec<(std::ops::Range<usize>, &str)> {
    let mut found: Vec<(std::ops::Range<usize>, &str)> = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find('$').map(|offset| at + offset) {
        let rest = &text[next + 1..];
        if rest.starts_with('$') {
            at = next + 2;
        } else if let Some(body) = rest.strip_prefix('(') {
            let Some(end) = body.find(')') else {
                break;
            };
            let name = &body[..end];
            let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
            let end = next + 2 + end + 1;
            if plain && !name.is_empty() && !found.iter().any(|one| one.1 == name) {
                found.push((next..end, name));
            }
            at = end;
        } else {
            at = next + 1;
        }
    }
    found
}

/// The variables that a container's arguments and values take from the environment, in whatever syntax.
pub fn mentions<'a>(container: Container<'a>, name: &str) -> Option<Node<'a>> {
    let nodes = container.list("command").chain(container.list("args"));
    let nodes = nodes.chain(container.env().filter_map(|entry| entry.value()));
    nodes.into_iter().find(|node| {
        let text = node.text();
        text.match_indices(name).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + name.len()..]);
            let ends = !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            (before.ends_with('$') || before.ends_with("${") || before.ends_with("$(")) && ends
        })
    })
}
