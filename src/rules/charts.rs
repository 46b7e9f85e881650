//! Charts that Helm would not install, and parts of charts that are not evaluated.

use std::collections::HashSet;

use super::words::list;
use super::{Check, Rule, rule};
use crate::document::{Class, may_be_for_us};
use crate::files::Span;
use crate::finding::{Out, RuleId, Severity};
use crate::helm::{Asked, Failure, FailureKind};
use crate::project::{Deployment, Project, Purpose};
use crate::text::placeholder::is_placeholder;

/// The rules of this topic.
pub static RULES: &[Rule] =
    &[rule!("chart-broken", Check::All(broken)), rule!("chart-not-evaluated", Check::All(not_evaluated))];

/// What is said of values that are none of a deployment.
const TESTED: &str = "these are values of a test of the chart, which nobody deploys";

/// Whether values are a whole installation of its own: the files that chart-testing installs a chart with.
fn is_of_chart_testing(values: &str) -> bool {
    values.starts_with("ci/") && values.ends_with("-values.yaml")
}

/// Whether nobody would change a place, because it lies in an archive.
fn is_packed(project: &Project<'_>, at: Span) -> bool {
    project.input.files.get(at.file.0 as usize).is_some_and(|file| file.path.contains(".tgz/"))
}

/// Without a chart that defines them, whatever uses its templates fails.
fn is_whole(deployment: &Deployment) -> bool {
    deployment.outcome.missing.is_empty() && deployment.outcome.unread.is_empty()
}

/// Whether nobody gives more values than are known. What defaults lack is for whoever installs the chart to give, and
/// secrets are not in a file that is named after an environment.
fn is_complete(deployment: &Deployment) -> bool {
    matches!(deployment.purpose, Purpose::Test | Purpose::Deployment)
}

/// Whether a failure is the chart's own fault.
fn is_broken(project: &Project<'_>, deployment: &Deployment, failure: &Failure) -> bool {
    // A chart whose name is filled in is what others are made from, and what it lacks comes with the name.
    if is_placeholder(&deployment.package.name) {
        return false;
    }
    match failure.kind {
        FailureKind::Error => is_whole(deployment),
        // `syntax-error` says what is wrong with a file that is read as a manifest, too.
        FailureKind::Values => failure.at.is_none_or(|at| !is_unread(project, at)),
        FailureKind::Refused => is_complete(deployment) && !asks_absent(deployment, failure),
        // A chart without a values file has it made before it is packed.
        FailureKind::Unset => {
            is_whole(deployment) && is_complete(deployment) && deployment.package.values.is_some()
        }
        FailureKind::Schema(asked) => asked != Asked::Value || is_complete(deployment),
        FailureKind::Limit | FailureKind::Unknown | FailureKind::Cluster => false,
    }
}

/// Whether what refuses the values asks for one of a chart that is not there, which may have it among its defaults.
fn asks_absent(deployment: &Deployment, failure: &Failure) -> bool {
    let text = failure.at.map_or("", |at| deployment.text(at));
    let is_of = |name: &str| {
        let mut uses = text.match_indices(".Values.").map(|(at, word)| &text[at + word.len()..]);
        uses.any(|rest| rest.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
    };
    deployment.package.missing().any(|dependency| is_of(dependency.effective_name()))
}

/// Whether a chart is evaluated with defaults that leave values to whoever installs it: some are null, or one that is printed at
/// this place is empty.
fn is_open(deployment: &Deployment, at: Span, project: &Project<'_>) -> bool {
    deployment.variant.is_none() && (deployment.outcome.open || deployment.is_unset(at, project.input.files))
}

/// The key of the given values that is nearly the one which a chart asks for: `authUrl` where it reads `osAuthUrl`.
fn meant<'d>(deployment: &'d Deployment, failure: &Failure) -> Option<(&'d str, Span)> {
    let text = deployment.text(failure.at?);
    let path = text.rsplit_once(".Values.")?.1;
    let end = path.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(path.len());
    let (asked, rest) = path.split_at(end);
    let asked = asked.to_ascii_lowercase();
    let alike = |key: &str| {
        let key = key.to_ascii_lowercase();
        key.len() < asked.len() && key.len() * 3 >= asked.len() * 2 && asked.ends_with(&key)
    };
    let keys = deployment.given.iter().flat_map(|file| {
        let line = |line: usize| {
            let range = file.line_range(line);
            let (key, _) = file.text.get(range.clone())?.split_once(':')?;
            Some((key, file.span(range.start..range.start + key.len())))
        };
        (0..file.text.lines().count()).filter_map(line)
    });
    keys.into_iter().find(|(key, _)| !rest.starts_with('.') && alike(key))
}

/// Where the values are given that a chart asks for.
fn ask_for(deployment: &Deployment) -> String {
    match deployment.given.last() {
        Some(file) => format!("set the value in `{}`, or change what the template asks for", file.path),
        None => "set the value, or change what the template asks for".to_owned(),
    }
}

/// Whether a file has a document that cannot be read.
fn is_unread(project: &Project<'_>, at: Span) -> bool {
    let mut own = project.input.documents.iter().filter(|read| read.document.source.id == at.file);
    own.any(|read| matches!(read.class, Class::Failed(_)) && may_be_for_us(&read.document.source))
}

fn broken(project: &Project<'_>, out: &mut Out) {
    let mut said: HashSet<(Span, &str)> = HashSet::new();
    // What the defaults lack is for whoever installs the chart to give, and values files need not say it again.
    let defaults = project.input.charts.deployments.iter().filter(|one| one.variant.is_none());
    let asked: HashSet<(Span, &str)> = defaults
        .flat_map(|one| &one.outcome.failures)
        .filter(|failure| failure.kind == FailureKind::Refused)
        .filter_map(|failure| Some((failure.at?, failure.message.as_str())))
        .collect();
    for deployment in &project.input.charts.deployments {
        let values = deployment.label();
        let broken = |failure: &&Failure| is_broken(project, deployment, failure);
        for failure in deployment.outcome.failures.iter().filter(broken) {
            let Some(at) = failure.at.filter(|at| !is_packed(project, *at)) else { continue };
            let left_open = asked.contains(&(at, failure.message.as_str())) && !is_of_chart_testing(values);
            if left_open || !said.insert((at, &failure.message)) {
                continue;
            }
            let message = short(&failure.message);
            let given = |value: Span| deployment.given.iter().any(|file| file.id == value.file);
            let mut draft = match (failure.kind, failure.value.filter(|value| given(*value))) {
                (FailureKind::Refused, _) => {
                    out.report(at, format!("the chart cannot be rendered with {values}: {message}"))
                }
                (FailureKind::Schema(_) | FailureKind::Values, _) => {
                    out.report(at, message).label(format!("with {values}"))
                }
                // A value that an environment gives is the one to change, where the defaults are no trouble.
                (_, Some(value)) => out
                    .report(value, format!("the template fails: {message}"))
                    .label(format!("with {values}"))
                    .also(at, "the template uses it here"),
                _ => out.report(at, format!("the template fails: {message}")).label(format!("with {values}")),
            };
            if deployment.variant.is_none() && failure.is_of_schema() {
                draft = draft.severity(Severity::Warning);
            }
            // `helm lint` takes them all the same, and nobody deploys these values.
            let is_asked = failure.kind == FailureKind::Refused;
            let likely = if is_asked { meant(deployment, failure) } else { None };
            if is_asked && deployment.purpose == Purpose::Test && likely.is_none() {
                draft = draft.severity(Severity::Info).note(TESTED);
            }
            for call in failure.trail.iter().take(3).filter(|call| !is_packed(project, **call)) {
                let label = match failure.is_of_schema() {
                    true => "the chart's schema asks for it here",
                    false => "called from here",
                };
                draft = draft.also(*call, label);
            }
            let help = match likely {
                Some((key, at)) => {
                    draft = draft.also(at, "this value may be meant");
                    format!("use one name: the values have `{key}`")
                }
                None if is_asked => ask_for(deployment),
                None => failure.remedy(),
            };
            draft.note("Helm cannot install the chart with these values").help(help);
        }
        if !is_whole(deployment) {
            continue;
        }
        for one in deployment.outcome.broken.iter().filter(|one| !is_open(deployment, one.at, project)) {
            if is_packed(project, one.at) || !said.insert((one.at, &one.message)) {
                continue;
            }
            out.report(one.at, format!("the template {}", one.message))
                .label("printed from here")
                .help(match one.is_yaml {
                    true => "Helm refuses the whole release; print an object here, or nothing",
                    false => {
                        "Helm refuses the whole release; look at the indentation of what is printed here"
                    }
                })
                .note(format!("with {values}, it prints\n{}", one.lines));
        }
        nameless(project, deployment, out);
    }
}

/// What has the metadata of an object, but not what says which.
fn nameless(project: &Project<'_>, deployment: &Deployment, out: &mut Out) {
    for object in deployment.outcome.objects.iter().filter(|object| !object.crd) {
        let root = object.mapped.tree.root();
        let lacks = |field: &&str| root.get(field).is_none_or(|node| node.str().is_none());
        let named = root.get("metadata").and_then(|metadata| metadata.get("name"));
        if let (Some(missing), Some(name)) = (["apiVersion", "kind"].into_iter().find(lacks), named)
            && !is_packed(project, name.span())
        {
            out.report(name, format!("the template prints an object without `{missing}`"))
                .label(format!("`{missing}` is missing"))
                .help("Helm refuses the whole release");
        }
    }
}

fn not_evaluated(project: &Project<'_>, out: &mut Out) {
    let charts = &project.input.charts;
    for (root, unreadable) in &charts.unreadable {
        let path = if root.is_empty() { "Chart.yaml".to_owned() } else { format!("{root}/Chart.yaml") };
        let file = project.input.files.iter().find(|file| file.path == path);
        if let Some(at) = unreadable.at.or_else(|| file.map(|file| file.span(file.line_range(0)))) {
            out.report(at, format!("the chart is not evaluated: {}", unreadable.message))
                .label("nothing in this chart is checked");
        }
    }
    for (at, reason) in &charts.unknown {
        out.report(*at, format!("charts are not evaluated with the values of this ApplicationSet: {reason}"))
            .label("decided elsewhere")
            .help("list the values under `charts` in `.wplint.yaml`");
    }
    let mut said: HashSet<(Span, String)> = HashSet::new();
    for deployment in &charts.deployments {
        absent(deployment, &mut said, out);
        for (at, what) in &deployment.outcome.unread {
            if said.insert((*at, what.clone())) {
                out.report(*at, format!("the chart is evaluated without a part: {what}"));
            }
        }
        unset(project, deployment, &mut said, out);
        let own =
            |one: &&Failure| !one.is_of_template() && !one.is_of_schema() && one.kind != FailureKind::Values;
        for failure in deployment.outcome.failures.iter().filter(own) {
            let at =
                failure.at.filter(|at| !is_packed(project, *at) && !is_broken(project, deployment, failure));
            let Some(at) = at.filter(|at| said.insert((*at, failure.message.clone()))) else { continue };
            let message = short(&failure.message);
            match failure.kind {
                FailureKind::Refused => {
                    let values = deployment.variant.as_deref().unwrap_or("its own defaults");
                    out.report(at, format!("the chart cannot be rendered with {values}: {message}"))
                        .label("rendering fails here, so this template is not checked")
                        .help("create `ci/test-values.yaml` in the chart with the values that it requires")
                }
                FailureKind::Cluster => out
                    .report(at, format!("the template fails without a cluster to look into: {message}"))
                    .label("this template is not checked"),
                _ => out
                    .report(at, format!("the template is not evaluated: {message}"))
                    .help("to lint it, pipe in what is rendered: `helm template . | wplint -`"),
            };
        }
    }
}

/// What values leave to whoever installs the chart, told once for all of them.
fn unset(project: &Project<'_>, deployment: &Deployment, said: &mut HashSet<(Span, String)>, out: &mut Out) {
    if is_complete(deployment) || !is_whole(deployment) {
        return;
    }
    let failures = deployment.outcome.failures.iter().filter(|failure| failure.is_unset());
    let failures = failures.filter_map(|failure| Some((failure.at?, failure.message.as_str())));
    let broken = deployment.outcome.broken.iter().filter(|one| is_open(deployment, one.at, project));
    let mut all: Vec<(Span, &str)> =
        failures.chain(broken.map(|one| (one.at, "what it prints is no object"))).collect();
    all.retain(|(at, message)| !is_packed(project, *at) && said.insert((*at, (*message).to_owned())));
    all.sort_unstable();
    all.dedup();
    let Some(((at, message), rest)) = all.split_first() else { return };
    let values = deployment.variant.as_deref().unwrap_or("its defaults");
    let mut draft = out
        .report(*at, format!("the chart cannot be installed with {values}: some values must be set"))
        .label(short(message))
        .note("what these values decide is not checked")
        .help("create `ci/test-values.yaml` in the chart with the values that it requires");
    for (at, message) in rest.iter().take(2) {
        draft = draft.also(*at, short(message));
    }
    if rest.len() > 2 {
        draft.note(format!("{} more places of the chart need values", rest.len() - 2));
    }
}

/// Dependencies that are not there.
fn absent(deployment: &Deployment, said: &mut HashSet<(Span, String)>, out: &mut Out) {
    let mut missing = deployment.outcome.missing.clone();
    missing.sort_by_key(|one| one.1);
    missing.dedup();
    missing.retain(|(name, at)| said.insert((*at, name.clone())));
    let Some(((name, at), rest)) = missing.split_first() else { return };
    let more = match rest.len() {
        0 => String::new(),
        1 => " and one more".to_owned(),
        count => format!(" and {count} more"),
    };
    let (verb, it) = if rest.is_empty() { ("is", "it") } else { ("are", "them") };
    let mut draft = out
        .report(
            *at,
            format!(
                "chart `{name}`{more} {verb} missing from `charts/`, so this one is checked without {it}"
            ),
        )
        .label("not found")
        .note("findings that depend on it are left out")
        .help("run `helm dependency build` in the chart, then lint again");
    for (name, at) in rest.iter().take(2) {
        draft = draft.also(*at, format!("chart `{name}` is missing, too"));
    }
    if let Some(others) = rest.get(2..).filter(|others| !others.is_empty()) {
        let names: Vec<String> = others.iter().map(|(name, _)| format!("`{name}`")).collect();
        draft.note(format!("also missing: {}", list(&names, 6)));
    }
}

/// The first line of a message, which a chart may make as long as it likes.
fn short(message: &str) -> String {
    let line = message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no reason is given");
    let line: String = line.chars().filter(|letter| !letter.is_control()).take(120).collect();
    line.trim_end_matches('.').to_owned()
}

/// Whether a rule compares a name of the release with one that a program has built in.
pub fn is_about_names(rule: RuleId) -> bool {
    rule.name() == "service-link-collision"
}

/// Whether a rule compares names of hosts, which tests of charts make up.
pub fn is_about_hosts(rule: RuleId) -> bool {
    matches!(rule.name(), "host-unresolved" | "ingress-route-twice")
}

/// Whether a rule speaks of how a value is written.
pub fn is_about_form(rule: RuleId) -> bool {
    matches!(rule.name(), "invalid-value" | "image-name-invalid")
}

/// Whether a rule speaks of a key that an object lacks.
pub fn is_about_keys(rule: RuleId) -> bool {
    matches!(rule.name(), "env-source-missing" | "volume-source-missing")
}

/// Whether a rule speaks of the type of a value.
pub fn is_about_types(rule: RuleId) -> bool {
    rule.name() == "wrong-type"
}

/// Whether a rule speaks of a value that is not there.
pub fn is_about_absence(rule: RuleId) -> bool {
    rule.name() == "missing-field"
}

/// Whether a rule speaks of what has a price either way, so that a template may well have decided it.
pub fn is_trade_off(rule: RuleId) -> bool {
    matches!(rule.name(), "single-replica" | "liveness-equals-readiness")
}

/// What a finding about a credential points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// The credential, which is a text of its own.
    Value,
    /// Its name, with the credential behind it on the same line.
    Name,
}

/// What findings of a rule about credentials point at.
pub fn shows_credential(rule: RuleId) -> Option<Shows> {
    match rule.name() {
        "plaintext-secret" => Some(Shows::Value),
        "secret-in-config-map" => Some(Shows::Name),
        _ => None,
    }
}

/// What a template writes where it lets somebody decide about storage, which has `resources` of its own.
pub const CLAIMS: [&str; 3] = ["volumeClaimTemplates", "persistentVolumeClaim", "PersistentVolumeClaim"];

/// What a template writes where it lets somebody decide what a rule asks for.
pub fn words_of(rule: RuleId) -> &'static [&'static str] {
    match rule.name() {
        "pdb-missing" => &["PodDisruptionBudget", "poddisruptionbudget", "pdb"],
        "single-replica" | "hpa-single-replica" => {
            &["replicas", "replicaCount", "replication", "HorizontalPodAutoscaler"]
        }
        "replicas-not-spread" => &["topologySpreadConstraints", "affinity", "podAntiAffinity"],
        "readiness-missing" => &["readinessProbe", "Probe"],
        "requests-missing" | "hpa-metric-without-request" => &["resources", "requests"],
        "memory-limit-missing" => &["resources", "limits"],
        "database-on-ephemeral-storage" => &CLAIMS,
        "rollout-downtime" => &["strategy", "updateStrategy"],
        "grace-period-short" => &["terminationGracePeriodSeconds", "lifecycle"],
        "startup-budget-short" | "probe-timing" => &["startupProbe", "Probe"],
        _ => &[],
    }
}
