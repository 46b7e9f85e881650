//! `--show-config`: the effective settings as YAML, each with a comment that says where it comes from.

use std::fmt::Write;

use super::quote::{list, quoted};
use super::{FailOn, Flags, Settings};
use crate::config::{Config, ObjectPattern};
use crate::files::scan;

/// What is shown as it was written, since it compiles to something that cannot be printed.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    exclude: Vec<String>,
    contexts: Vec<(String, Vec<String>)>,
    external: Vec<(String, Vec<String>)>,
    overrides: Vec<String>,
    rules: Vec<(String, yaml_serde::Value)>,
    require: Vec<String>,
}

pub(super) fn written(configs: &[Config], flags: &Flags) -> Written {
    let mut written = Written::default();
    for config in configs.iter().map(|config| &config.written) {
        let texts = |names: &[crate::config::Name]| -> Vec<String> {
            names.iter().map(|name| name.text.clone()).collect()
        };
        written.exclude.extend(texts(&config.exclude));
        for (list, names) in &config.external.0 {
            match written.external.iter_mut().find(|(own, _)| own == list) {
                Some((_, all)) => all.extend(texts(names)),
                None => written.external.push(((*list).to_owned(), texts(names))),
            }
        }
        for (name, options) in &config.rules.options {
            written.rules.retain(|(own, _)| *own != name.text);
            written.rules.push((name.text.clone(), options.value.clone()));
        }
        written
            .contexts
            .extend(config.contexts.0.iter().map(|(word, globs)| ((*word).to_owned(), texts(globs))));
        for entry in &config.overrides {
            let mut parts = Vec::new();
            if !entry.paths.is_empty() {
                parts.push(format!("paths: {}", list(&texts(&entry.paths))));
            }
            parts.extend(entry.object.as_ref().map(|object| format!("object: {}", pattern(object))));
            parts.push(format!("ignore: {}", list(&texts(&entry.ignore))));
            parts.extend(entry.reason.as_ref().map(|reason| format!("reason: {}", quoted(reason))));
            written.overrides.push(format!("{{{}}}", parts.join(", ")));
        }
        for entry in &config.require {
            let events: Vec<String> = entry.survives.iter().map(|event| event.0.name().to_owned()).collect();
            let (object, survives) = (pattern(&entry.object), list(&events));
            written.require.push(format!("{{match: {object}, survives: {survives}}}"));
        }
    }
    written.exclude.extend(flags.exclude.iter().cloned());
    written
}

/// A pattern of objects on one line.
fn pattern(object: &ObjectPattern) -> String {
    let fields = [
        ("apiVersion", &object.api_version),
        ("kind", &object.kind),
        ("namespace", &object.namespace),
        ("name", &object.name),
    ];
    let fields = fields
        .iter()
        .filter_map(|(key, value)| value.as_ref().map(|value| format!("{key}: {}", quoted(&value.text))));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
}

/// Keys of which only the nearest file counts; what several files say of the others is added up.
const REPLACED: &[&str] = &[
    "kubernetesVersion",
    "select",
    "complete",
    "failOn",
    "baseline",
    "format",
    "since",
    "maxFileSize",
    "security",
];

pub(super) fn origins(configs: &[Config], flags: &Flags) -> Vec<(&'static str, String)> {
    let mut origins = Vec::new();
    let mut add = |setting: &'static str, keys: &[&str], options: &[(&str, bool)]| {
        let mut parts = Vec::new();
        for key in keys {
            let mut said = configs
                .iter()
                .filter_map(|config| config.line(key).map(|line| format!("{}:{line}", config.source.path)));
            let replaces = REPLACED.contains(key);
            if replaces { parts.extend(said.next_back()) } else { parts.extend(said) }
        }
        parts.extend(options.iter().filter(|(_, given)| *given).map(|(option, _)| (*option).to_owned()));
        if parts.is_empty() {
            parts.push("default".to_owned());
        }
        origins.push((setting, parts.join(", ")));
    };
    let version = flags.kubernetes_version.is_some();
    if version {
        add("kubernetesVersion", &[], &[("--kubernetes-version", true)]);
    } else {
        add("kubernetesVersion", &["kubernetesVersion"], &[]);
    }
    let rules = [
        ("--select", flags.select.is_some()),
        ("--extend-select", !flags.extend_select.is_empty()),
        ("--ignore", !flags.ignore.is_empty()),
    ];
    add("select", &["preset", "select", "ignore"], &rules);
    for key in [
        "severity",
        "contexts",
        "overrides",
        "cluster",
        "complete",
        "external",
        "security",
        "rules",
        "policies",
        "workloads",
        "charts",
        "require",
    ] {
        add(key, &[key], &[]);
    }
    add("exclude", &["exclude"], &[("--exclude", !flags.exclude.is_empty())]);
    match flags.fail_on {
        Some(_) => add("failOn", &[], &[("--fail-on", true)]),
        None => add("failOn", &["failOn"], &[]),
    }
    for key in ["baseline", "format", "since", "maxFileSize"] {
        add(key, &[key], &[]);
    }
    add("minSeverity", &[], &[("--min-severity", flags.min_severity.is_some())]);
    origins
}

/// The effective settings as YAML.
pub fn show(settings: &Settings) -> String {
    let mut out = String::new();
    let mut line = |key: &str, value: String| {
        let origin = settings.origins.iter().find(|(setting, _)| *setting == key);
        let origin = origin.map_or("default", |(_, origin)| origin.as_str());
        let _ = if value.starts_with('\n') {
            writeln!(out, "{key}: # {origin}{value}")
        } else {
            writeln!(out, "{key}: {value} # {origin}")
        };
    };
    let world = &settings.surroundings;
    let versions = match world.versions {
        None => "newest".to_owned(),
        Some((low, high)) if low == high => format!("\"1.{low}\""),
        Some((low, high)) => format!("\"1.{low}-1.{high}\""),
    };
    line("kubernetesVersion", versions);
    let team = settings.team();
    let names = crate::rules::all().chain(team).map(|rule| rule.name);
    let names = names.filter(|name| settings.is_enabled(name));
    line("select", block(names.map(str::to_owned)));
    let mut severity: Vec<_> = settings.severity.iter().map(|(rule, one)| format!("{rule}: {one}")).collect();
    severity.sort();
    line("severity", format!("{{{}}}", severity.join(", ")));
    let written = &settings.shown;
    line("exclude", list(&written.exclude));
    let contexts = written.contexts.iter().map(|(key, globs)| format!("{key}: {}", list(globs)));
    line("contexts", format!("{{{}}}", contexts.collect::<Vec<_>>().join(", ")));
    line("overrides", block(written.overrides.iter().cloned()));
    let numbers = [("nodes", world.nodes), ("zones", world.zones)];
    let mut cluster: Vec<String> =
        numbers.iter().filter_map(|(key, number)| number.map(|n| format!("{key}: {n}"))).collect();
    cluster.push(format!("domain: {}", quoted(world.domain.as_deref().unwrap_or("cluster.local"))));
    if let Some(sender) = &world.sender {
        let text =
            |key: &str, text: &Option<String>| text.as_ref().map(|text| format!("{key}: {}", quoted(text)));
        let groups: Vec<String> = sender.groups.iter().map(|group| quoted(group)).collect();
        let fields = [
            text("username", &sender.username),
            text("uid", &sender.uid),
            Some(format!("groups: [{}]", groups.join(", "))),
            Some(format!("dryRun: {}", sender.dry_run)),
            text("fieldManager", &sender.field_manager),
        ];
        let fields: Vec<String> = fields.into_iter().flatten().collect();
        cluster.push(format!("request: {{{}}}", fields.join(", ")));
    }
    line("cluster", format!("{{{}}}", cluster.join(", ")));
    line("complete", world.complete.to_string());
    let external = written.external.iter().map(|(key, names)| format!("{key}: {}", list(names)));
    line("external", format!("{{{}}}", external.collect::<Vec<_>>().join(", ")));
    line("security", format!("{{level: {}}}", world.level.name()));
    let rules = written
        .rules
        .iter()
        .map(|(rule, options)| format!("{rule}: {}", serde_json::to_string(options).unwrap_or_default()));
    line("rules", format!("{{{}}}", rules.collect::<Vec<_>>().join(", ")));
    let files: Vec<String> = settings.policies.files.iter().map(|file| file.path.clone()).collect();
    line("policies", list(&files));
    let path = |keys: &[String]| quoted(&format!(".{}", keys.join(".")));
    let workloads = world.workloads.iter().map(|kind| {
        let api_version = if kind.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", kind.group) };
        let mut parts = vec![
            format!("apiVersion: {}", quoted(&api_version)),
            format!("kind: {}", quoted(&kind.kind)),
            format!("template: {}", path(&kind.template)),
        ];
        for (key, keys) in [("replicas", &kind.replicas), ("selector", &kind.selector)] {
            if !keys.is_empty() {
                parts.push(format!("{key}: {}", path(keys)));
            }
        }
        format!("{{{}}}", parts.join(", "))
    });
    line("workloads", block(workloads));
    let charts = settings.charts.entries.iter().map(|entry| super::charts::shown(entry, &settings.folder));
    line("charts", block(charts));
    line("require", block(settings.shown.require.iter().cloned()));
    line(
        "failOn",
        match settings.fail_on {
            FailOn::Never => "never".to_owned(),
            FailOn::Severity(severity) => severity.to_string(),
        },
    );
    line("minSeverity", settings.min_severity.to_string());
    let path = |path: &std::path::PathBuf| quoted(&settings.relative(path));
    line("baseline", settings.baseline.as_ref().map_or("null".to_owned(), path));
    let formats = settings.format.as_ref().map(|(_, names)| names.as_slice()).unwrap_or_default();
    line("format", list(&formats.iter().map(|name| name.text.clone()).collect::<Vec<_>>()));
    line("since", settings.since.as_ref().map_or("null".to_owned(), |name| quoted(name)));
    line("maxFileSize", scan::size(settings.max_file_size));
    out
}

fn block(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.map(|item| format!("\n  - {item}")).collect();
    if items.is_empty() { "[]".to_owned() } else { items.concat() }
}
