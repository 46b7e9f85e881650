//! A chart with those of its charts that are switched on, and the values of all of them.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use super::coalesce::{self, Chart, GLOBAL};
use super::given::values_in;
use super::map::Map;
use super::outcome::Outcome;
use super::package::{Dependency, Package};
use super::readings::Readings;
use super::value::{Data, Value};

/// What of a chart is looked at while its parts are put together.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) package: Arc<Package>,
    dependencies: Vec<Dependency>,
}

/// Puts a chart together for the values that somebody gives: what is switched on of it, and what all its values are.
pub(super) fn assemble(
    package: &Arc<Package>,
    given: Map,
    readings: &Readings,
    outcome: &mut Outcome,
) -> (Chart<Scope>, Map) {
    let switches = Switches::of(package, readings, outcome);
    let mut chart = raw(package, &package.name, &switches);
    enable(&mut chart, &switches.only(&given), "", &switches, outcome);
    fill(&mut chart, readings);
    let holds_nil = |map: &Map| Value::from(Data::Map(Rc::clone(map))).holds_nil();
    if takes_over(&chart) || holds_nil(&given) {
        import(&mut chart);
        outcome.open = holds_nil(&chart.values);
        let values = coalesce::values(&chart, &given, false);
        return (chart, values);
    }
    let depends = |chart: &Chart<Scope>| !chart.package.dependencies.is_empty();
    let dropped = coalesce::all(&chart, &given, &depends);
    outcome.open = dropped || holds_nil(&given);
    (chart, given)
}

/// What decides which charts are switched on: of all values only those whose keys a condition names are needed for that.
struct Switches<'p> {
    names: HashSet<&'p str>,
    readings: &'p Readings,
}

impl<'p> Switches<'p> {
    /// Those of a chart and all charts in it, whose values are read.
    fn of(package: &'p Package, readings: &'p Readings, outcome: &mut Outcome) -> Self {
        let mut names = HashSet::from(["tags", GLOBAL]);
        package.each(&mut |package| {
            names.insert(&*package.name);
            for dependency in &package.dependencies {
                names.insert(dependency.effective_name());
                names.extend(dependency.tags.iter().map(String::as_str));
                names.extend(dependency.condition.split([',', '.']).map(str::trim));
                names.extend(dependency.condition.split([',', '.']));
            }
            if let Some(Err(failure)) = package.values.as_ref().map(|file| readings.values(file)).as_deref()
                && !outcome.failures.contains(failure)
            {
                outcome.failures.push(failure.clone());
            }
        });
        Switches { names, readings }
    }

    /// What of the values of a chart matters.
    fn values(&self, package: &Package) -> Map {
        let reading = package.values.as_ref().map(|file| self.readings.values(file));
        let Some(Ok(Some(tree))) = reading.as_deref() else { return coalesce::empty() };
        values_in(tree.root(), &|key| self.names.contains(key))
    }

    /// What of other values matters.
    fn only(&self, values: &Map) -> Map {
        let own = coalesce::empty();
        for (key, slot) in values.table().iter().filter(|(key, _)| self.names.contains(key.as_str())) {
            let mut slot = slot.clone();
            if let Data::Map(map) = &slot.value.data {
                slot.value.data = Data::Map(self.only(map));
            }
            own.insert(key.clone(), slot);
        }
        own
    }
}

/// Gives charts all their values.
fn fill(chart: &mut Chart<Scope>, readings: &Readings) {
    let reading = chart.package.package.values.as_ref().map(|file| readings.values(file));
    chart.values = match reading.as_deref() {
        Some(Ok(Some(tree))) => values_in(tree.root(), &|_| true),
        _ => coalesce::empty(),
    };
    chart.children.iter_mut().for_each(|child| fill(child, readings));
}

/// Whether a chart takes over values of its charts, or sets some of them to null. Where none does, its values are merged
/// once; otherwise what it takes over has to be merged before.
fn takes_over(chart: &Chart<Scope>) -> bool {
    let imports = chart.package.dependencies.iter().any(|dependency| !dependency.imports.is_empty());
    let has_nil = |name: &str| chart.values.get(name).is_some_and(|value| value.holds_nil());
    let names = || chart.children.iter().map(|child| &*child.name);
    imports
        || !chart.children.is_empty() && names().chain([GLOBAL]).any(has_nil)
        || chart.children.iter().any(takes_over)
}

/// A chart with all that lies in it, before anything is switched, and what of its values matters for that.
fn raw(package: &Arc<Package>, name: &str, switches: &Switches<'_>) -> Chart<Scope> {
    let values = switches.values(package);
    let children = package.children.iter().map(|child| raw(child, &child.name, switches)).collect();
    let scope = Scope { package: Arc::clone(package), dependencies: package.dependencies.clone() };
    Chart { package: scope, name: name.to_owned(), values, children }
}

/// Switches charts on and off by conditions and tags, and gives them their other names.
fn enable(chart: &mut Chart<Scope>, given: &Map, path: &str, switches: &Switches<'_>, outcome: &mut Outcome) {
    let package = Arc::clone(&chart.package.package);
    outcome.unread.extend(package.unread.iter().cloned());
    if chart.package.dependencies.is_empty() {
        return;
    }
    let mut children: Vec<Chart<Scope>> =
        package.undeclared().map(|child| raw(child, &child.name, switches)).collect();
    for dependency in &chart.package.dependencies {
        if let Some(child) = package.child(dependency) {
            children.push(raw(child, dependency.effective_name(), switches));
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
        enable(child, &values, &path, switches, outcome);
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
