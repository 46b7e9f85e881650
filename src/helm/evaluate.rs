//! From a chart and the values of one deployment to objects.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use super::coalesce::{self, Chart};
use super::documents;
use super::engine::{self, Engine, Skipped};
use super::failure::{Failure, FailureKind};
use super::given::{Given, given_values, values_of};
use super::metadata;
use super::package::{Dependency, Package};
use super::readings::Readings;
use super::schema;
use super::text::Str;
use super::tree::Mapped;
use super::value::{Data, Entries, Map, Object, Value};
use super::world::World;
use crate::files::{SourceFile, Span};

/// What a chart is evaluated for.
#[derive(Clone, Debug)]
pub struct Request<'g> {
    /// The values, the strongest last.
    pub values: Vec<Given<'g>>,
    /// `.Release.Name`.
    pub release: String,
    /// `.Release.Namespace`.
    pub namespace: String,
}

/// The cluster that templates ask about.
#[derive(Clone, Copy)]
pub struct Cluster<'c> {
    /// Its version, as `v1.33.0`.
    pub version: &'c str,
    /// Whether it serves `group/version` or `group/version/Kind`.
    pub serves: &'c (dyn Fn(&str) -> bool + Sync),
}

impl std::fmt::Debug for Cluster<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.version)
    }
}

/// What became of a chart.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Its objects, in the order of the templates.
    pub objects: Vec<Rendered>,
    /// What ended the evaluation of one template or of all.
    pub failures: Vec<Failure>,
    /// Templates that print something else than objects.
    pub broken: Vec<Broken>,
    /// Charts it depends on that are switched on and not there.
    pub missing: Vec<(String, Span)>,
    /// Files that could not be read.
    pub unread: Vec<(Span, String)>,
    /// A value of the chart's own defaults is null, for somebody to set.
    pub open: bool,
    /// Branches of templates that were not taken, in the order of their conditions.
    pub skipped: Vec<Skipped>,
    /// Actions of templates that printed nothing because nobody set what they print.
    pub unset: HashSet<Span>,
}

/// An object that a template printed.
#[derive(Debug)]
pub struct Rendered {
    /// Its tree, with what is known of its nodes.
    pub mapped: Mapped,
    /// The template that printed it, by its path.
    pub template: String,
    /// It lies below `crds/`, where nothing is a template.
    pub crd: bool,
}

/// A document that is no object: no YAML, or a list or a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// What is wrong, as the end of a sentence about the template.
    pub message: String,
    /// It is YAML.
    pub is_yaml: bool,
    /// What printed the place at which it gives up.
    pub at: Span,
    /// The rendered lines around it.
    pub lines: String,
}

/// The stack that evaluating needs at most.
const STACK: usize = 64 << 20;

/// Evaluates a chart. `files` are those of the shelf it was read from.
pub fn evaluate(
    package: &Arc<Package>,
    request: &Request<'_>,
    cluster: Cluster<'_>,
    files: &[Arc<SourceFile>],
) -> Outcome {
    evaluate_with(package, request, cluster, files, &Readings::default())
}

/// The same for one of several charts and sets of values, which share the templates that were read.
pub fn evaluate_with(
    package: &Arc<Package>,
    request: &Request<'_>,
    cluster: Cluster<'_>,
    files: &[Arc<SourceFile>],
    readings: &Readings,
) -> Outcome {
    // Templates nest deeper than the stack of any thread is sure to be.
    std::thread::scope(|scope| {
        let work = || run(package, request, cluster, files, readings);
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        match thread.map(|thread| thread.join()) {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => Outcome {
                failures: vec![Failure::of(FailureKind::Limit, "no thread to evaluate the chart on")],
                ..Outcome::default()
            },
        }
    })
}

/// What of a chart is looked at while its parts are put together.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) package: Arc<Package>,
    dependencies: Vec<Dependency>,
}

#[derive(Debug)]
struct Asked<'a> {
    packages: Vec<Arc<Package>>,
    cluster: Cluster<'a>,
}

impl World for Asked<'_> {
    fn file(&self, chart: usize, path: &str) -> Option<String> {
        let others = &self.packages.get(chart)?.others;
        let at = others.binary_search_by(|other| other.path.as_str().cmp(path)).ok()?;
        others[at].text().map(str::to_owned)
    }

    fn paths(&self, chart: usize) -> Vec<String> {
        let others = self.packages.get(chart).map_or(&[][..], |package| &package.others);
        others.iter().map(|other| other.path.clone()).collect()
    }

    fn kubernetes(&self) -> &str {
        self.cluster.version
    }

    fn serves(&self, name: &str) -> bool {
        (self.cluster.serves)(name)
    }
}

fn run(
    package: &Arc<Package>,
    request: &Request<'_>,
    cluster: Cluster<'_>,
    files: &[Arc<SourceFile>],
    readings: &Readings,
) -> Outcome {
    let mut outcome = Outcome::default();
    let given = coalesce::empty();
    for one in &request.values {
        match given_values(one) {
            Ok(Some(values)) => coalesce::overlay(&given, &values),
            Ok(None) => {}
            Err(failure) => outcome.failures.push(failure),
        }
    }
    let mut chart = raw(package, &package.name, &mut outcome);
    enable(&mut chart, &given, "", &mut outcome);
    import(&mut chart);
    let values = coalesce::values(&chart, &given, false);
    compare(&chart, &values, &mut outcome);
    outcome.open = Value::from(Data::Map(Rc::clone(&chart.values))).holds_nil();

    let mut world = Asked { packages: Vec::new(), cluster };
    let mut templates = BTreeMap::new();
    let release = Value::map_of(vec![
        ("IsInstall", true.into()),
        ("IsUpgrade", false.into()),
        ("Name", request.release.as_str().into()),
        ("Namespace", request.namespace.as_str().into()),
        ("Revision", Data::Int(1).into()),
        ("Service", "Helm".into()),
    ]);
    let version = Value::map_of(vec![
        ("Version", "v3.17.2".into()),
        ("GitCommit", "".into()),
        ("GitTreeState", "clean".into()),
        ("GoVersion", "go1.23".into()),
    ]);
    let capabilities = fixed(Value::map_of(vec![
        ("KubeVersion", Data::Object(Object::KubeVersion).into()),
        ("APIVersions", Data::Object(Object::ApiVersions).into()),
        ("HelmVersion", fixed(version)),
    ]));
    let shared = Shared { release, capabilities };
    collect(&chart, &values, &chart.name, true, &shared, &mut world, &mut templates);
    render(&world, templates, files, readings, &mut outcome);
    documents::crds(&chart, &mut outcome, files);
    outcome
}

/// Compares the values of each chart with its schema.
fn compare(chart: &Chart<Scope>, values: &Map, outcome: &mut Outcome) {
    let package = &chart.package.package;
    if let Some(schema) = &package.schema {
        let file = package.values.as_ref().unwrap_or(&package.metadata);
        outcome.failures.extend(schema::check(schema, values, file.span(file.line_range(0))));
    }
    for child in &chart.children {
        if let Some(inner) = values.map(&child.name) {
            compare(child, &inner, outcome);
        }
    }
}

pub(super) fn fixed(value: Value) -> Value {
    if let Some(map) = value.as_map() {
        map.fixed.set(true);
    }
    value
}

/// A chart with all that lies in it, before anything is switched.
fn raw(package: &Arc<Package>, name: &str, outcome: &mut Outcome) -> Chart<Scope> {
    let values = match package.values.as_ref().map(values_of) {
        Some(Ok(Some(values))) => values,
        Some(Err(failure)) => {
            if !outcome.failures.contains(&failure) {
                outcome.failures.push(failure);
            }
            coalesce::empty()
        }
        _ => coalesce::empty(),
    };
    let children = package.children.iter().map(|child| raw(child, &child.name, outcome)).collect();
    let scope = Scope { package: Arc::clone(package), dependencies: package.dependencies.clone() };
    Chart { package: scope, name: name.to_owned(), values, children }
}

/// Switches charts on and off by conditions and tags, and gives them their other names.
fn enable(chart: &mut Chart<Scope>, given: &Map, path: &str, outcome: &mut Outcome) {
    let package = Arc::clone(&chart.package.package);
    outcome.unread.extend(package.unread.iter().cloned());
    if chart.package.dependencies.is_empty() {
        return;
    }
    let mut children: Vec<Chart<Scope>> =
        package.undeclared().map(|child| raw(child, &child.name, outcome)).collect();
    for dependency in &chart.package.dependencies {
        if let Some(child) = package.child(dependency) {
            children.push(raw(child, dependency.effective_name(), outcome));
        }
    }
    chart.children = children;
    let values = coalesce::values(chart, given, false);
    let tags = values.map("tags");
    let on = |dependency: &Dependency| {
        let mut on = true;
        let switched = |tag: &String| match tags.as_ref()?.get(tag)?.data {
            Data::Bool(flag) => Some(flag),
            _ => None,
        };
        let flags: Vec<bool> = dependency.tags.iter().filter_map(switched).collect();
        if !flags.is_empty() {
            on = flags.contains(&true);
        }
        for condition in dependency.condition.trim().split(',').filter(|one| !one.is_empty()) {
            match coalesce::path(&values, &format!("{path}{condition}")).map(|value| value.data) {
                Some(Data::Bool(flag)) => return flag,
                _ => continue,
            }
        }
        on
    };
    let (kept, off): (Vec<Dependency>, Vec<Dependency>) =
        chart.package.dependencies.iter().cloned().partition(on);
    chart.children.retain(|child| !off.iter().any(|one| one.effective_name() == child.name));
    for dependency in &kept {
        if package.child(dependency).is_none() {
            outcome.missing.push((dependency.name.clone(), dependency.at));
        }
    }
    chart.package.dependencies = kept;
    for child in &mut chart.children {
        let path = format!("{path}{}.", child.name);
        enable(child, &values, &path, outcome);
    }
}

/// Lets parents take over values of their children.
fn import(chart: &mut Chart<Scope>) {
    chart.children.iter_mut().for_each(import);
    if chart.package.dependencies.is_empty() {
        return;
    }
    let values = coalesce::values(chart, &coalesce::empty(), true);
    let taken = coalesce::empty();
    for dependency in &chart.package.dependencies {
        for (child, parent) in &dependency.imports {
            let name = dependency.effective_name();
            let path = match parent {
                Some(_) => format!("{name}.{child}"),
                None => format!("{name}.exports.{child}"),
            };
            let Some(Data::Map(found)) = coalesce::path(&values, &path).map(|value| value.data) else {
                continue;
            };
            let nested = coalesce::nested(parent.as_deref().unwrap_or("."), &found);
            coalesce::tables(&taken, &coalesce::copy(&nested), true);
        }
    }
    let own = coalesce::copy(&values);
    coalesce::tables(&own, &taken, true);
    chart.values = own;
}

/// What all charts of a release are told alike.
struct Shared {
    release: Value,
    capabilities: Value,
}

/// A template with what it is executed on.
pub(super) struct Job {
    pub(super) file: Arc<SourceFile>,
    dot: Map,
    base: String,
}

#[allow(clippy::too_many_arguments)]
fn collect(
    chart: &Chart<Scope>,
    values: &Map,
    full: &str,
    is_root: bool,
    shared: &Shared,
    world: &mut Asked<'_>,
    templates: &mut BTreeMap<String, Job>,
) -> Value {
    let package = &chart.package.package;
    let number = world.packages.len();
    world.packages.push(Arc::clone(package));
    let dot: Map = Rc::new(Entries::default());
    dot.set("Chart", metadata::of(chart, is_root));
    dot.set("Files", Data::Object(Object::Files(number, None)).into());
    dot.set("Release", shared.release.clone());
    dot.set("Capabilities", shared.capabilities.clone());
    dot.set("Values", Data::Map(Rc::clone(values)).into());
    let subcharts = coalesce::empty();
    for child in &chart.children {
        let inner = values.map(&child.name).unwrap_or_else(coalesce::empty);
        let full = format!("{full}/charts/{}", child.name);
        let dot = collect(child, &inner, &full, false, shared, world, templates);
        subcharts.set(&child.name, dot);
    }
    dot.set("Subcharts", Data::Map(subcharts).into());
    for (path, file) in &package.templates {
        if package.library && !is_partial(path) {
            continue;
        }
        let job = Job { file: Arc::clone(file), dot: Rc::clone(&dot), base: format!("{full}/templates") };
        templates.insert(format!("{full}/{path}"), job);
    }
    Data::Map(dot).into()
}

fn is_partial(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.starts_with('_'))
}

fn render(
    world: &Asked<'_>,
    templates: BTreeMap<String, Job>,
    files: &[Arc<SourceFile>],
    readings: &Readings,
    outcome: &mut Outcome,
) {
    let mut engine = Engine::new(world);
    let mut order: Vec<(&String, &Job)> = templates.iter().collect();
    // Deeper charts first, so that definitions of their parents win.
    order.sort_by_key(|(path, _)| std::cmp::Reverse((path.matches('/').count(), path.as_str())));
    let mut unparsed = Vec::new();
    for (path, job) in &order {
        let file = &job.file;
        let whole = file.span(0..file.text.len());
        let text = Str::new(&file.text, Some(super::text::Origin::literal(whole)));
        let reading = readings.of(file);
        if let Err(failure) = engine.add(path, &reading, text, whole) {
            outcome.failures.push(failure);
            unparsed.push(path.as_str());
        }
    }
    for (path, job) in &order {
        let is_notes = path.ends_with("/NOTES.txt");
        if is_partial(path) || unparsed.contains(&path.as_str()) {
            continue;
        }
        let current = vec![("BasePath", job.base.as_str().into()), ("Name", path.as_str().into())];
        job.dot.set("Template", Value::map_of(current));
        let dot = Value::from(Data::Map(Rc::clone(&job.dot)));
        engine.looked_up = false;
        match engine.render(path, &dot) {
            Ok(text) if !is_notes => {
                documents::documents(&engine::without_nothing(text), job, path, files, outcome);
            }
            Ok(_) => {}
            // The rest of a chart that takes too long would take as long again.
            Err(failure) if failure.kind == FailureKind::Limit => {
                outcome.failures.push(failure);
                break;
            }
            // Where a template cannot be read, Helm executes none, and others only lack what it defines.
            Err(failure) if failure.is_of_template() && !unparsed.is_empty() => {}
            // With something to look up it might not have failed.
            Err(failure) if engine.looked_up => {
                outcome.failures.push(Failure { kind: FailureKind::Cluster, ..failure });
            }
            Err(failure) => outcome.failures.push(failure),
        }
    }
    outcome.skipped = std::mem::take(&mut engine.skipped);
    outcome.unset = std::mem::take(&mut engine.unset);
    // The order in which Helm renders is of no use to readers.
    outcome.objects.sort_by(|one, other| one.template.cmp(&other.template));
}
