//! From documents to units, and from the rules' answers in each unit to one answer.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};

use rayon::prelude::*;

use super::guard::guarded;
use crate::clock;
use crate::document::{Class, Document};
use crate::finding::{Finding, Out};
use crate::inventory::{Inventory, Surroundings};
use crate::kube::object::{Identity, Object};
use crate::kube::placeholder::is_placeholder;
use crate::rules::{Check, Rule};
use crate::source::{SourceFile, Span};
use crate::unit::{self, Kustomization, Unit, UnitFile};

/// Reads all kustomizations.
pub fn kustomizations(documents: &[Document], objects: &[(usize, Object<'_>)]) -> Vec<Kustomization> {
    let mut in_file: HashMap<&str, Vec<usize>> = HashMap::new();
    let files: Vec<&Document> =
        documents.iter().filter(|document| unit::is_kustomization_file(&document.source.path)).collect();
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
) -> Vec<Unit> {
    let mut unit_files: Vec<UnitFile<'a>> =
        files.iter().map(|file| UnitFile { path: &file.path, ..UnitFile::default() }).collect();
    for (document, class) in documents.iter().zip(classes) {
        if matches!(class, Class::Failed(_) | Class::Template(_) | Class::Partial(_)) {
            unit_files[document.source.id.0 as usize].opaque = true;
        }
    }
    let fragment = |(document, object): &(usize, Object<'a>)| {
        unit::is_fragment(object, &documents[*document].source.path)
    };
    let fragments: Vec<bool> = objects.par_iter().map(fragment).collect();
    let mut definitions: HashMap<Identity<'a>, u32> = HashMap::with_capacity(objects.len());
    for (_, object) in objects {
        *definitions.entry(object.identity()).or_default() += 1;
    }
    for (position, (document, object)) in objects.iter().enumerate() {
        let file = &mut unit_files[documents[*document].source.id.0 as usize];
        if fragments[position] {
            // What it is a part of may have anything.
            file.opaque = true;
            continue;
        }
        let known = !object.name.is_empty() && !is_placeholder(object.name);
        // What is defined once is compared with nothing.
        let hash = if definitions[&object.identity()] > 1 { hash(object.node.source_text()) } else { 0 };
        file.objects.push((position, known.then(|| object.identity()), hash));
    }
    unit::group(&unit_files, kustomizations)
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// What the rules found in all units, one answer for objects that several units share, and the names of rules
/// that failed.
pub fn check(
    units: &[Unit],
    objects: &[(usize, Object<'_>)],
    files: usize,
    surroundings: &Surroundings,
    rules: &[&'static Rule],
    busy: &Busy,
) -> (Vec<Finding>, Vec<Crash>) {
    let answers: Vec<(Vec<Finding>, Vec<Crash>)> =
        units.par_iter().map(|unit| check_unit(unit, objects, surroundings, rules, busy)).collect();
    let mut units_of = vec![0u32; files];
    for unit in units {
        unit.files.iter().for_each(|&file| units_of[file] += 1);
    }
    let mut crashes = Vec::new();
    // Every finding with the number of units that agree, in the order in which they were first found.
    let mut order: Vec<(Finding, u32)> = Vec::new();
    let mut known: HashMap<(&'static str, Span), usize> = HashMap::new();
    for (findings, failed) in answers {
        crashes.extend(failed);
        let mut of_unit: BTreeMap<usize, ()> = BTreeMap::new();
        for finding in findings {
            let shared = units_of[finding.span.file.0 as usize] > 1;
            let key = (finding.rule, finding.span);
            match known.get(&key) {
                Some(&at) if shared => {
                    if of_unit.insert(at, ()).is_none() {
                        order[at].1 += 1;
                    }
                }
                _ => {
                    known.insert(key, order.len());
                    of_unit.insert(order.len(), ());
                    order.push((finding, 1));
                }
            }
        }
    }
    let agreed = |(finding, count): &(Finding, u32)| *count >= units_of[finding.span.file.0 as usize];
    (order.into_iter().filter(agreed).map(|one| one.0).collect(), crashes)
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
    objects: &[(usize, Object<'_>)],
    surroundings: &Surroundings,
    rules: &[&'static Rule],
    busy: &Busy,
) -> (Vec<Finding>, Vec<Crash>) {
    let members: Vec<Object<'_>> = unit
        .objects
        .iter()
        .map(|member| {
            let object = objects[member.object].1;
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
    let answers: Vec<Result<Vec<Finding>, Crash>> = rules
        .par_iter()
        .filter_map(|rule| match rule.check {
            Check::Unit(check) => Some((rule.name, check)),
            Check::Engine => None,
        })
        .map(|(name, check)| {
            let mut out = Out::new(name);
            match guarded(|| busy.rules.with(|| check(&inventory, &mut out))) {
                Some(()) => Ok(out.into_findings()),
                None => Err(Crash { rule: name, at: first }),
            }
        })
        .collect();
    let (mut findings, mut crashes) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Ok(found) => findings.extend(found),
            Err(crash) => crashes.push(crash),
        }
    }
    (findings, crashes)
}
