//! What a kustomization that gathers overlays builds several times, in one namespace each.

use std::collections::{BTreeSet, HashMap};

use crate::files::Span;
use crate::project::Project;

/// For each unit that was asked about: the places of what it builds in more than one namespace, with these.
pub struct Gathered<'p, 'a> {
    project: &'p Project<'a>,
    units: HashMap<usize, Vec<(Span, BTreeSet<&'p str>)>>,
}

impl<'p, 'a> Gathered<'p, 'a> {
    /// Nobody has asked yet.
    pub fn new(project: &'p Project<'a>) -> Self {
        Gathered { project, units: HashMap::new() }
    }

    /// In which of the namespaces of a gathering kustomization something at a place is found, as a clause; `None` if
    /// it is in all of them, or if they are no more than one.
    pub fn note(&mut self, unit: usize, place: Span, found: &BTreeSet<String>) -> Option<String> {
        let project = self.project;
        let built = self.units.entry(unit).or_insert_with(|| several(project, unit));
        let around = built.iter().filter(|(object, _)| object.contains(place));
        let all = &around.min_by_key(|(object, _)| object.end - object.start)?.1;
        let others: Vec<&str> = all.iter().filter(|one| !found.contains(**one)).copied().collect();
        let own: Vec<&str> = all.iter().filter(|one| found.contains(**one)).copied().collect();
        if own.is_empty() || others.is_empty() {
            return None;
        }
        let word = if own.len() == 1 { "namespace" } else { "namespaces" };
        Some(format!("found in the {word} {}; not reported in {}", shown(&own), shown(&others)))
    }
}

/// So many names are listed.
const NAMED: usize = 3;

fn shown(names: &[&str]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let list = names[..names.len() - more].join(", ");
    if more > 0 { format!("{list} and {more} more") } else { list }
}

/// The places of what a unit builds in more than one namespace.
fn several<'p>(project: &'p Project<'_>, unit: usize) -> Vec<(Span, BTreeSet<&'p str>)> {
    let mut found: HashMap<Span, BTreeSet<&str>> = HashMap::new();
    for member in &project.units[unit].objects {
        let object = project.object(member);
        found.entry(object.node.span()).or_default().extend(object.namespace);
    }
    found.retain(|_, namespaces| namespaces.len() > 1);
    let mut found: Vec<(Span, BTreeSet<&str>)> = found.into_iter().collect();
    found.sort_by_key(|one| one.0);
    found
}
