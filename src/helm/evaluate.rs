//! From a chart and the values of one deployment to objects.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::charts::{Scope, assemble};
use super::coalesce::{self, Chart};
use super::code::Written;
use super::deep::deep;
use super::documents;
use super::engine::{self, Engine};
use super::failure::{Failure, FailureKind};
use super::given::{Given, given_values};
use super::map::{Entries, Map};
use super::metadata;
use super::outcome::Outcome;
use super::package::Package;
use super::readings::Readings;
use super::schema;
use super::text::Str;
use super::value::{self, Data, Object, Value};
use super::world::World;
use crate::files::SourceFile;

/// What a chart is evaluated for.
#[derive(Clone, Debug)]
pub struct Request<'g> {
    /// The values, the strongest last.
    pub values: Vec<Given<'g>>,
    /// `.Release.Name`.
    pub release: String,
    /// `.Release.Namespace`.
    pub namespace: String,
    /// What lies below `crds/` is asked for, too.
    pub crds: bool,
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

/// Evaluates a chart. `files` are those of the shelf it was read from.
pub fn evaluate(
    package: &Arc<Package>,
    request: &Request<'_>,
    cluster: Cluster<'_>,
    files: &[Arc<SourceFile>],
) -> Outcome {
    evaluate_with(package, request, cluster, files, &Readings::expecting([&**package].into_iter()))
}

/// The same for one of several charts and sets of values, which share the templates that were read.
pub fn evaluate_with(
    package: &Arc<Package>,
    request: &Request<'_>,
    cluster: Cluster<'_>,
    files: &[Arc<SourceFile>],
    readings: &Readings,
) -> Outcome {
    deep(|| run(package, request, cluster, files, readings)).unwrap_or_else(|| Outcome {
        failures: vec![Failure::of(FailureKind::Limit, "no thread to evaluate the chart on")],
        ..Outcome::default()
    })
}

#[derive(Debug)]
struct Asked<'a> {
    packages: Vec<Arc<Package>>,
    cluster: Cluster<'a>,
}

impl World for Asked<'_> {
    fn file(&self, chart: u32, path: &str) -> Option<String> {
        let others = &self.packages.get(chart as usize)?.others;
        let at = others.binary_search_by(|other| other.path.as_str().cmp(path)).ok()?;
        others[at].text().map(str::to_owned)
    }

    fn paths(&self, chart: u32) -> Vec<String> {
        let others = self.packages.get(chart as usize).map_or(&[][..], |package| &package.others);
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
    let each = |path: &str, job: &Job, text: Str, outcome: &mut Outcome| {
        documents::documents(&text, &job.file, path, files, outcome);
    };
    let chart = execute(package, request, cluster, readings, &mut outcome, each);
    if request.crds {
        documents::crds(&chart, &mut outcome, files);
    }
    outcome
}

/// The documents that the templates of a chart print, before anything is made of them.
pub fn printed(package: &Arc<Package>, request: &Request<'_>, cluster: Cluster<'_>) -> Vec<String> {
    deep(|| {
        let mut printed = Vec::new();
        let each = |_: &str, _: &Job, text: Str, _: &mut Outcome| {
            let own = |range| format!("{}\n", &text.as_str()[range]);
            printed.extend(documents::split(text.as_str()).into_iter().map(own));
        };
        let readings = Readings::expecting([&**package].into_iter());
        execute(package, request, cluster, &readings, &mut Outcome::default(), each);
        printed
    })
    .unwrap_or_default()
}

/// Executes the templates of a chart and hands on what each of them prints.
fn execute(
    package: &Arc<Package>,
    request: &Request<'_>,
    cluster: Cluster<'_>,
    readings: &Readings,
    outcome: &mut Outcome,
    each: impl FnMut(&str, &Job, Str, &mut Outcome),
) -> Chart<Scope> {
    value::begin();
    let given = coalesce::empty();
    for one in &request.values {
        match given_values(one) {
            Ok(Some(values)) => coalesce::overlay(&given, &values),
            Ok(None) => {}
            Err(failure) => outcome.failures.push(failure),
        }
    }
    let (chart, values) = assemble(package, given, readings, outcome);
    compare(&chart, &values, outcome);

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
    let capabilities = Value::map_of(vec![
        ("KubeVersion", Data::Object(Object::KubeVersion).into()),
        ("APIVersions", Data::Object(Object::ApiVersions).into()),
        ("HelmVersion", version.fixed()),
    ])
    .fixed();
    let shared = Shared { release, capabilities };
    collect(&chart, &values, &chart.name, true, &shared, readings, &mut world, &mut templates);
    render(&world, templates, readings, outcome, each);
    chart
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

/// What all charts of a release are told alike.
struct Shared {
    release: Value,
    capabilities: Value,
}

/// A template with what it is executed on.
struct Job {
    file: Arc<SourceFile>,
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
    readings: &Readings,
    world: &mut Asked<'_>,
    templates: &mut BTreeMap<String, Job>,
) -> Value {
    let package = &chart.package.package;
    let number = world.packages.len() as u32;
    world.packages.push(Arc::clone(package));
    let dot: Map = Rc::new(Entries::default());
    dot.set("Chart", metadata::of(chart, is_root, readings));
    dot.set("Files", Data::Object(Object::Files(number, None)).into());
    dot.set("Release", shared.release.clone());
    dot.set("Capabilities", shared.capabilities.clone());
    dot.set("Values", Data::Map(Rc::clone(values)).into());
    let subcharts = coalesce::empty();
    for child in &chart.children {
        let inner = values.map(&child.name).unwrap_or_else(coalesce::empty);
        let full = format!("{full}/charts/{}", child.name);
        let dot = collect(child, &inner, &full, false, shared, readings, world, templates);
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
    readings: &Readings,
    outcome: &mut Outcome,
    mut each: impl FnMut(&str, &Job, Str, &mut Outcome),
) {
    let mut engine = Engine::new(world);
    let mut order: Vec<(&String, &Job)> = templates.iter().collect();
    // Deeper charts first, so that definitions of their parents win.
    order.sort_by_key(|(path, _)| std::cmp::Reverse((path.matches('/').count(), path.as_str())));
    let mut unparsed = Vec::new();
    for (path, job) in &order {
        let written = Written::File(Arc::clone(&job.file));
        if let Err(failure) = engine.add(path, readings.of(&job.file), written) {
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
            Ok(text) if !is_notes => each(path, job, engine::without_nothing(text), outcome),
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
