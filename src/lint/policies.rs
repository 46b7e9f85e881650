//! Policies that judge more than the unit they are part of, and the rules of the team.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use crate::document::Object;
use crate::files::path::directory;
use crate::files::{FileId, SourceFile, Span};
use crate::finding::{Finding, Label, RuleId, Severity};
use crate::inventory::Inventory;
use crate::policy::Law;
use crate::policy::own::{self, OwnRule};
use crate::project::{Input, Project, deploys_by_path};
use crate::rules::POLICY_MISTYPED;
use crate::settings::{Flawed, Settings};

/// The kinds of policies and of what binds them.
const KINDS: [&str; 3] =
    ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingPolicy"];

/// The files with policies that are not among those that are linted, with their places in the run.
pub fn files_beside(settings: &Settings, files: &[Arc<SourceFile>]) -> Vec<Arc<SourceFile>> {
    let given = settings.policies.files.iter();
    let beside = given.filter(|given| files.iter().all(|file| file.path != given.path));
    let numbered =
        |(at, file): (usize, &Arc<SourceFile>)| Arc::new(file.numbered(FileId((files.len() + at) as u32)));
    beside.enumerate().map(numbered).collect()
}

/// Who judges which unit from outside of it.
#[derive(Default)]
pub struct Laws<'a> {
    given: Law<'a>,
    /// Files are named for it.
    is_given: bool,
    /// Units that policies of others judge, too.
    more: HashMap<usize, Law<'a>>,
}

impl<'a> Laws<'a> {
    /// The policies of the files that are named for it, which judge everything, and those of units that are deployed
    /// to the cluster of another.
    pub fn new(project: &'a Project<'a>, beside: &Input<'a>, settings: &Settings) -> Self {
        let is_given = |path: &str| settings.policies.files.iter().any(|file| file.path == path);
        let written = project.input.objects.iter().filter(|_| !settings.policies.files.is_empty());
        let written = written.filter(|one| is_given(one.path())).map(|one| one.object);
        let given: Vec<Object<'a>> = beside.objects.iter().map(|one| one.object).chain(written).collect();
        let given = Law::given(given.into_iter());
        let of =
            |unit: usize| Law::of(project.units[unit].objects.iter().map(|member| project.object(member)));
        let mut known: HashMap<usize, Law<'a>> = HashMap::new();
        let mut together = |others: Vec<usize>| {
            let law = given.clone();
            others
                .into_iter()
                .fold(law, |law, at| law.with(known.entry(at).or_insert_with(|| of(at)).clone()))
        };
        let more = neighbours(project).into_iter().map(|(unit, others)| (unit, together(others))).collect();
        Laws { given, is_given: !settings.policies.files.is_empty(), more }
    }

    /// Whether anything judges a unit from outside.
    pub fn judge(&self, unit: usize) -> bool {
        self.is_given || self.more.contains_key(&unit)
    }

    /// What judges a unit from outside.
    pub fn of(&self, unit: usize) -> &Law<'a> {
        self.more.get(&unit).unwrap_or(&self.given)
    }
}

/// For each unit, the others whose policies are in force where it is deployed: one unit of GitOps objects deploys the
/// directories of both.
fn neighbours(project: &Project<'_>) -> Vec<(usize, Vec<usize>)> {
    let units = &project.units;
    let has_policies = |at: &usize| {
        units[*at].objects.iter().any(|member| KINDS.contains(&project.pool[member.object].kind))
    };
    let with_policies: Vec<usize> = (0..units.len()).filter(has_policies).collect();
    if with_policies.is_empty() || units.len() < 2 {
        return Vec::new();
    }
    let folders = |at: usize| -> Vec<(String, String)> {
        let objects = units[at].objects.iter().map(|member| &project.pool[member.object]);
        objects.filter(|object| deploys_by_path(object)).flat_map(deployed).collect()
    };
    let deployers: Vec<Vec<(String, String)>> =
        (0..units.len()).map(folders).filter(|folders| folders.len() > 1).collect();
    let home = |at: usize| {
        let unit = &units[at];
        let first = || unit.files.first().map(|&file| directory(&project.input.files[file].path).to_owned());
        unit.kustomization.clone().or_else(first).unwrap_or_default()
    };
    // By which unit of GitOps objects, and to which cluster, each unit is deployed.
    let deployments = |at: usize| -> Vec<(usize, &str)> {
        let home = home(at);
        let inside =
            |path: &str| home.strip_suffix(path).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
        let all =
            deployers.iter().enumerate().flat_map(|(by, folders)| folders.iter().map(move |one| (by, one)));
        let own = all.filter(|(_, (path, _))| inside(path));
        own.map(|(by, (_, cluster))| (by, cluster.as_str())).collect()
    };
    let reached: Vec<Vec<(usize, &str)>> = (0..units.len()).map(deployments).collect();
    let others = |unit: usize| {
        let together = |other: &usize| reached[*other].iter().any(|one| reached[unit].contains(one));
        let others: Vec<usize> =
            with_policies.iter().copied().filter(|other| *other != unit).filter(together).collect();
        (!others.is_empty()).then_some((unit, others))
    };
    (0..units.len()).filter_map(others).collect()
}

/// The paths that an object of Flux or Argo CD deploys, each with the cluster that it deploys to, as far as it says.
fn deployed(object: &Object<'_>) -> Vec<(String, String)> {
    let Some(spec) = object.spec() else { return Vec::new() };
    let cluster = match object.kind {
        "Application" => spec.get("destination").map(|destination| {
            let text = |key: &str| destination.get(key).map_or("", |node| node.text());
            format!("{}{}", text("server"), text("name"))
        }),
        _ => spec.get("kubeConfig").map(|config| config.source_text().to_owned()),
    };
    let cluster = cluster.unwrap_or_default();
    let sources = spec.get("sources").into_iter().flat_map(|list| list.items());
    let nodes = spec
        .get("path")
        .into_iter()
        .chain(spec.get("source").into_iter().chain(sources).filter_map(|source| source.get("path")));
    let clean = |path: &str| path.trim_start_matches("./").trim_matches('/').to_owned();
    let paths = nodes.map(|node| clean(node.text())).filter(|path| !path.is_empty() && path != ".");
    paths.map(|path| (path, cluster.clone())).collect()
}

/// What the rules of the team say of a unit.
pub fn of_team(inventory: &Inventory<'_>, title: &str, team: &Team<'_>) -> Vec<Finding> {
    let judged = own::judge(inventory, title, &team.rules, &|path| team.settings.absolute(path.as_ref()));
    let finding = |one: own::Judged| {
        let mut also: Vec<Label> = Vec::new();
        let so = one.also.into_iter();
        also.extend(so.map(|span| Label { span, message: "so is this".to_owned() }));
        also.extend(one.object.map(|span| Label { span, message: "of this object".to_owned() }));
        let mut finding = Finding::new(one.rule, one.place, one.message);
        finding.also = also;
        finding.help = one.help;
        if one.failed {
            finding.notes.push("ask for fields that may be absent with `has()` or `.?`".to_owned());
        }
        finding
    };
    judged.into_iter().map(finding).collect()
}

/// The rules of the team that are on.
pub struct Team<'s> {
    /// The rules.
    pub rules: Vec<&'s OwnRule>,
    settings: &'s Settings,
}

impl<'s> Team<'s> {
    /// Those of these settings.
    pub fn new(settings: &'s Settings) -> Self {
        let on = settings.policies.rules.iter().filter(|one| settings.is_enabled(one.page.name));
        Team { rules: on.filter_map(|one| one.rule.as_ref()).collect(), settings }
    }
}

/// What is wrong with the rules of the team themselves. `files` are those of the run, which those that rules stand in
/// are added to.
pub fn flaws(settings: &Settings, files: &mut Vec<Arc<SourceFile>>) -> Vec<Finding> {
    let mut found = Vec::new();
    for rule in settings.policies.rules.iter().filter(|one| settings.is_enabled(one.page.name)) {
        let mistyped: &[Flawed] = match settings.is_enabled(POLICY_MISTYPED.name()) {
            true => &rule.mistyped,
            false => &[],
        };
        if rule.broken.is_empty() && mistyped.is_empty() {
            continue;
        }
        let known = files.iter().find(|file| file.path == rule.source.path).map(|file| file.id);
        let file = known.unwrap_or_else(|| {
            let id = FileId(files.len() as u32);
            files.push(Arc::new(rule.source.numbered(id)));
            id
        });
        let name = rule.page.name;
        let flaw = |of: RuleId, one: &Flawed, message: String, severity: Severity, note: &str| {
            let mut finding = Finding::new(of, Span { file, ..one.span }, message);
            finding.severity = Some(severity);
            finding.label = Some(one.message.clone());
            finding.notes.push(note.to_owned());
            finding
        };
        for one in &rule.broken {
            let note = match rule.rule {
                Some(_) => "the rule is judged, with `?` in the place of it",
                None => "the rule judges nothing",
            };
            let message = format!("`{name}` does not compile");
            found.push(flaw(rule.page.id(), one, message, Severity::Error, note));
        }
        for one in mistyped {
            let message = match rule.kinds.as_slice() {
                [] => format!("`{name}` does not fit what pods are"),
                kinds => format!("`{name}` does not fit {}", kinds.join(", ")),
            };
            let note = "the expression fails or checks nothing when it is asked";
            found.push(flaw(POLICY_MISTYPED, one, message, Severity::Warning, note));
        }
    }
    found
}
