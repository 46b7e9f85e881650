//! Which rules are on, and how severe they are: names from the configuration and the command line.

use std::collections::{HashMap, HashSet};

use super::Flags;
use crate::config::{Config, ConfigError, Name, Problem};
use crate::finding::Severity;
use crate::kube::pod_security::Level;
use crate::rules::naming::{self, Reach};
use crate::rules::presets::{self, Preset};
use crate::rules::{self, Rule};

const REACHES: [Reach; 3] = [Reach::All, Reach::Group, Reach::Rule];

/// The rules that are on: defaults, then each configuration file, then the command line. Within each of them the
/// narrower name wins (a rule over its group over `all`), and `ignore` wins over `select` between equals. A group and `all`
/// leave out what only a higher level of the Pod Security Standards asks for.
pub(super) fn enabled(
    configs: &[Config],
    flags: &Flags,
    level: Level,
    team: &[&'static Rule],
) -> Result<HashSet<&'static str>, ConfigError> {
    let known: Vec<&'static Rule> = rules::all().chain(team.iter().copied()).collect();
    let mut on: HashSet<&'static str> =
        known.iter().filter(|rule| rule.page().on_by_default).map(|rule| rule.name).collect();
    for config in configs {
        let mut problems = Vec::new();
        let names = config.written.select.iter().flatten().chain(&config.written.ignore);
        names.for_each(|name| self::known(name, &mut problems));
        finish(problems, config)?;
        if config.written.select.is_some() {
            on.clear();
        }
        if let Some(preset) = preset(config)? {
            on.extend(preset.rules().map(|rule| rule.name));
        }
        let select: Vec<&str> =
            config.written.select.iter().flatten().map(|name| name.text.as_str()).collect();
        let ignore: Vec<&str> = config.written.ignore.iter().map(|name| name.text.as_str()).collect();
        change(&mut on, &select, &ignore, level, &known);
    }
    let lists = [
        ("--select", flags.select.as_deref().unwrap_or(&[])),
        ("--extend-select", &flags.extend_select),
        ("--ignore", &flags.ignore),
    ];
    for (option, names) in lists {
        if let Some(name) = names.iter().find(|name| naming::reach(name).is_none()) {
            return Err(ConfigError::Usage { option, message: unknown(name), help: meant(name) });
        }
    }
    if flags.select.is_some() {
        on.clear();
    }
    let select: Vec<&str> =
        flags.select.iter().flatten().chain(&flags.extend_select).map(String::as_str).collect();
    let ignore: Vec<&str> = flags.ignore.iter().map(String::as_str).collect();
    change(&mut on, &select, &ignore, level, &known);
    Ok(on)
}

/// The level of the Pod Security Standards that a configuration names, by itself or by its preset.
pub(super) fn level(config: &Config) -> Result<Option<Level>, ConfigError> {
    let of_preset = preset(config)?.map(|preset| preset.level);
    Ok(config.written.security.level.map(|said| said.0).or(of_preset))
}

/// The preset of a configuration.
fn preset(config: &Config) -> Result<Option<&'static Preset>, ConfigError> {
    let Some(name) = &config.written.preset else { return Ok(None) };
    if let Some(preset) = presets::find(&name.text) {
        return Ok(Some(preset));
    }
    let names: Vec<&str> = presets::PRESETS.iter().map(|preset| preset.name).collect();
    let help = Some(format!("the presets are {}", names.join(", ")));
    let message = format!("unknown preset `{}`", name.text);
    finish(vec![Problem { span: name.span, message, help }], config)?;
    Ok(None)
}

fn change(
    on: &mut HashSet<&'static str>,
    select: &[&str],
    ignore: &[&str],
    level: Level,
    known: &[&'static Rule],
) {
    for reach in REACHES {
        let of_reach = |name: &&&str| naming::reach(name) == Some(reach);
        for name in select.iter().filter(of_reach) {
            let asked = |rule: &&'static Rule| reach == Reach::Rule || rule.page().level <= level;
            let covered = known.iter().copied().filter(|rule| naming::covers(name, rule));
            on.extend(covered.filter(asked).map(|rule| rule.name));
        }
        for name in ignore.iter().filter(of_reach) {
            known.iter().filter(|rule| naming::covers(name, rule)).for_each(|rule| {
                on.remove(rule.name);
            });
        }
    }
}

/// Severities by rule; narrower names win.
pub(super) fn severities(
    config: &Config,
    team: &[&'static Rule],
    problems: &mut Vec<Problem>,
) -> HashMap<&'static str, Severity> {
    let written = &config.written.severity.0;
    written.iter().for_each(|(name, _)| known(name, problems));
    let mut found = HashMap::new();
    for reach in REACHES {
        for (name, severity) in written {
            if naming::reach(&name.text) == Some(reach) {
                let all = rules::all().chain(team.iter().copied());
                let covered = all.filter(|rule| naming::covers(&name.text, rule));
                found.extend(covered.map(|rule| (rule.name, severity.0)));
            }
        }
    }
    found
}

/// Notes an unknown name as a mistake.
pub(super) fn known(name: &Name, problems: &mut Vec<Problem>) {
    if naming::reach(&name.text).is_none() {
        problems.push(Problem { span: name.span, message: unknown(&name.text), help: meant(&name.text) });
    }
}

/// An error if there are mistakes.
pub(super) fn finish(mut problems: Vec<Problem>, config: &Config) -> Result<(), ConfigError> {
    if problems.is_empty() {
        return Ok(());
    }
    problems.sort_by_key(|problem| problem.span);
    Err(ConfigError::Wrong { source: config.source.clone(), problems })
}

/// Whether a name covers at least one rule that is on.
pub fn is_selected(name: &str, enabled: &HashSet<&'static str>) -> bool {
    enabled.iter().filter_map(|rule| rules::find(rule)).any(|rule| naming::covers(name, rule))
}

fn unknown(name: &str) -> String {
    format!("unknown rule or group `{name}`")
}

fn meant(name: &str) -> Option<String> {
    Some(match naming::suggestion(name) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`wplint rules` lists the rules and their groups".to_owned(),
    })
}
