//! From documents to units, and from the rules' answers in each unit to one answer.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;

use crate::clock;
use crate::document::{self, Class, Document, Object};
use crate::files::{SourceFile, Span};
use crate::finding::{Finding, Label, Out, RuleId};
use crate::guard::guarded;
use crate::inventory::{Inventory, Surroundings};
use crate::kustomize;
use crate::project::Contexts;
use crate::project::{self, Kustomization, Unit, UnitFile};
use crate::rules::{Check, Rule};
use crate::text::placeholder::is_placeholder;

/// Reads all kustomizations.
pub fn kustomizations(documents: &[Document], objects: &[(usize, Object<'_>)]) -> Vec<Kustomization> {
    let mut in_file: HashMap<&str, Vec<usize>> = HashMap::new();
    let files: Vec<&Document> =
        documents.iter().filter(|document| kustomize::is_kustomization_file(&document.source.path)).collect();
    if files.is_empty() {
        return Vec::new();
    }
    for (position, (document, _)) in objects.iter().enumerate() {
        in_file.entry(documents[*document].source.path.as_str()).or_default().push(position);
    }
    let targets = |path: &str| -> Vec<(String, String)> {
        let positions = in_file.get(path).map_or(&[][..], |positions| positions.as_slice());
        positions.iter().map(|&at| (objects[at].1.kind.to_owned(), objects[at].1.name.to_owned())).collect()
    };
    files
        .into_iter()
        .filter_map(|document| document.tree().filter(|tree| !tree.is_empty()).map(|tree| (document, tree)))
        .filter(|(_, tree)| !document::is_of_flux(tree.root()))
        .map(|(document, tree)| Kustomization::read(&document.source.path, tree.root(), targets))
        .collect()
}

/// Groups all objects into units.
pub fn group<'a>(
    files: &'a [std::sync::Arc<SourceFile>],
    documents: &'a [Document],
    classes: &[Class<'a>],
    objects: &[(usize, Object<'a>)],
    kustomizations: &[Kustomization],
    contexts: &Contexts,
) -> Vec<Unit> {
    let mut unit_files: Vec<UnitFile<'a>> =
        files.iter().map(|file| UnitFile { path: &file.path, ..UnitFile::default() }).collect();
    for (document, class) in documents.iter().zip(classes) {
        let file = &mut unit_files[document.source.id.0 as usize];
        file.broken |= matches!(class, Class::Failed(_));
        file.opaque |= file.broken || matches!(class, Class::Template(_) | Class::Partial(_));
        file.unrendered |= matches!(class, Class::Template(Some(_)));
    }
    let fragment = |(document, object): &(usize, Object<'a>)| {
        project::is_fragment(object, &documents[*document].source.path)
    };
    let fragments: Vec<bool> = objects.par_iter().map(fragment).collect();
    let identities: Vec<u64> = objects.par_iter().map(|(_, object)| identity_hash(object)).collect();
    let mut sorted = identities.clone();
    sorted.par_sort_unstable();
    let is_repeated = |hash: u64| {
        let first = sorted.partition_point(|other| *other < hash);
        sorted.get(first + 1) == Some(&hash)
    };
    for (position, (document, object)) in objects.iter().enumerate() {
        let source = &documents[*document].source;
        if contexts.is_expected(&source.path) {
            continue;
        }
        let file = &mut unit_files[source.id.0 as usize];
        if fragments[position] {
            // What it is a part of may have anything.
            file.opaque = true;
            continue;
        }
        let known = !object.name.is_empty() && !is_placeholder(object.name);
        // What is defined once is compared with nothing.
        let hash = if is_repeated(identities[position]) { hash(object.node.source_text()) } else { 0 };
        file.objects.push((position, known.then(|| object.identity()), hash));
    }
    project::group(&unit_files, kustomizations)
}

fn identity_hash(object: &Object<'_>) -> u64 {
    FixedState::default().hash_one(object.identity())
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// What the rules found in all units, one answer for objects that several units share, and the names of rules
/// that failed.
///
/// The first `written` objects stand in the files; the others were put together from them.
pub fn check(
    units: &[Unit],
    objects: &[Object<'_>],
    written: usize,
    files: usize,
    surroundings: &Surroundings,
    rules: &[&'static Rule],
    busy: &Busy,
) -> (Vec<Finding>, Vec<Crash>) {
    let answers: Vec<(Vec<Finding>, Vec<Crash>)> =
        units.par_iter().map(|unit| check_unit(unit, objects, surroundings, rules, busy)).collect();
    let mut owners: Vec<Vec<usize>> = vec![Vec::new(); files];
    for (at, unit) in units.iter().enumerate() {
        unit.files.iter().for_each(|&file| owners[file].push(at));
    }
    let mut crashes = Vec::new();
    // Every finding with the units that agree, in the order in which they were first found.
    let mut order: Vec<(Finding, Vec<usize>)> = Vec::new();
    let mut known: HashMap<(RuleId, Span), usize> = HashMap::new();
    for (unit, (findings, failed)) in answers.into_iter().enumerate() {
        crashes.extend(failed);
        let mut of_unit: BTreeMap<usize, ()> = BTreeMap::new();
        for finding in findings {
            let shared = owners[finding.span.file.0 as usize].len() > 1;
            let key = (finding.rule, finding.span);
            match known.get(&key) {
                Some(&at) if shared => {
                    if of_unit.insert(at, ()).is_none() {
                        order[at].1.push(unit);
                    }
                }
                _ => {
                    known.insert(key, order.len());
                    of_unit.insert(order.len(), ());
                    order.push((finding, vec![unit]));
                }
            }
        }
    }
    let (findings, failed) = check_all(units, &objects[..written], rules);
    crashes.extend(failed);
    let agreed = |(mut finding, found): (Finding, Vec<usize>)| {
        let owners = &owners[finding.span.file.0 as usize];
        if found.len() >= owners.len() {
            return Some(finding);
        }
        // Overlays differ on purpose: what is wrong in one of them is wrong.
        finding.notes.push(overlays(units, owners, &found)?);
        Some(finding)
    };
    (order.into_iter().filter_map(agreed).chain(findings).collect(), crashes)
}

/// What the rules find that look at every object at once; parts such as patches belong to no unit.
fn check_all(units: &[Unit], objects: &[Object<'_>], rules: &[&'static Rule]) -> (Vec<Finding>, Vec<Crash>) {
    let checks = rules.iter().filter_map(|rule| match rule.check {
        Check::All(check) => Some((rule.name, check)),
        _ => None,
    });
    let (mut findings, mut crashes) = (Vec::new(), Vec::new());
    let mut whole = vec![false; objects.len()];
    // Objects that were put together from several files are not written anywhere, so not twice either.
    let members = units.iter().flat_map(|unit| &unit.objects).map(|member| member.object);
    members.filter(|at| *at < objects.len()).for_each(|at| whole[at] = true);
    let whole: Vec<Object<'_>> = objects.iter().zip(whole).filter(|one| one.1).map(|one| *one.0).collect();
    let Some(first) = whole.first().map(|object| object.anchor().span()) else {
        return (findings, crashes);
    };
    for (name, check) in checks {
        let mut out = Out::new(RuleId::new(name));
        match guarded(|| check(&whole, &mut out)) {
            Some(()) => findings.extend(out.into_findings()),
            None => crashes.push(Crash { rule: name, at: first }),
        }
    }
    (findings, crashes)
}

/// Names of overlays are listed up to here.
const NAMED: usize = 4;

/// In which of the kustomizations that share a file something is found: `in dev, prod; not in stage`. `None`
/// if they are not all kustomizations.
fn overlays(units: &[Unit], owners: &[usize], found: &[usize]) -> Option<String> {
    let directory = |at: &usize| units[*at].kustomization.as_deref();
    let all: Vec<&str> = owners.iter().map(directory).collect::<Option<_>>()?;
    let shared = common(&all);
    let name = |path: &str| match &path[shared.min(path.len())..] {
        "" => ".".to_owned(),
        rest => rest.to_owned(),
    };
    // Where anything may be changed by what is not evaluated, silence says nothing.
    let judged = |at: &&usize| found.contains(at) || !units[**at].view.patched.everything;
    let list = |inside: bool| {
        let own = owners.iter().filter(judged).filter(|at| found.contains(at) == inside);
        let mut names: Vec<String> = own.filter_map(directory).map(name).collect();
        names.sort();
        let more = names.len().saturating_sub(NAMED);
        names.truncate(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", names.join(", "))
    };
    let outside = match list(false) {
        none if none.is_empty() => none,
        names => format!("; not in {names}"),
    };
    Some(format!("in {}{outside}", list(true)))
}

/// Length of the directories that all paths begin with.
fn common(paths: &[&str]) -> usize {
    let first = paths.first().copied().unwrap_or("");
    let ends = first.match_indices('/').map(|(at, _)| at + 1);
    ends.take_while(|end| paths.iter().all(|path| path.starts_with(&first[..*end]))).last().unwrap_or(0)
}

/// A rule of ours that failed, with a place in the unit it failed on.
#[derive(Clone, Debug)]
pub struct Crash {
    /// The rule.
    pub rule: &'static str,
    /// The first object of the unit.
    pub at: Span,
}

/// What threads spent on units.
#[derive(Debug, Default)]
pub struct Busy {
    /// Building inventories.
    pub inventory: clock::Busy,
    /// Asking rules.
    pub rules: clock::Busy,
}

fn check_unit(
    unit: &Unit,
    objects: &[Object<'_>],
    surroundings: &Surroundings,
    rules: &[&'static Rule],
    busy: &Busy,
) -> (Vec<Finding>, Vec<Crash>) {
    let members: Vec<Object<'_>> = unit
        .objects
        .iter()
        .map(|member| {
            let object = objects[member.object];
            Object {
                namespace: member.namespace.as_deref().or(object.namespace),
                added: &member.added,
                ..object
            }
        })
        .collect();
    let Some(first) = members.first().map(|object| object.anchor().span()) else {
        return (Vec::new(), Vec::new());
    };
    let build = || busy.inventory.with(|| Inventory::new(members, surroundings, &unit.view));
    let Some(inventory) = guarded(build) else {
        return (Vec::new(), vec![Crash { rule: "inventory", at: first }]);
    };
    if let Some(see) = &surroundings.observer
        && guarded(|| see(&inventory)).is_none()
    {
        return (Vec::new(), vec![Crash { rule: "observer", at: first }]);
    }
    let answers: Vec<Result<Vec<Finding>, Crash>> = rules
        .par_iter()
        .filter_map(|rule| match rule.check {
            Check::Unit(check) => Some((rule.name, check)),
            Check::All(_) | Check::Engine => None,
        })
        .map(|(name, check)| {
            let mut out = Out::new(RuleId::new(name));
            match guarded(|| busy.rules.with(|| check(&inventory, &mut out))) {
                Some(()) => Ok(out.into_findings()),
                None => Err(Crash { rule: name, at: first }),
            }
        })
        .collect();
    let (mut findings, mut crashes): (Vec<Finding>, Vec<Crash>) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Ok(found) => findings.extend(found),
            Err(crash) => crashes.push(crash),
        }
    }
    for finding in &mut findings {
        if let Some(&span) = unit.changed.get(&finding.span).filter(|was| **was != finding.span)
            && finding.also.iter().all(|label| label.span != span)
        {
            finding.also.push(Label { span, message: "takes the place of this value".to_owned() });
        }
    }
    (findings, crashes)
}
