//! Grouping by directory: siblings that define the same object differently are variants of each other.

use std::collections::{BTreeMap, HashSet};

use foldhash::{HashMap, HashMapExt};

use super::UnitFile;
use crate::document::Identity;

/// A directory or file of the tree.
#[derive(Default)]
struct Element<'a> {
    children: BTreeMap<&'a str, usize>,
    file: Option<usize>,
    /// A sibling defines one of its objects with other content.
    contested: bool,
}

/// Sets of files that can be deployed together. Every file of `free` is in at least one of them.
pub fn group<'a>(files: &[UnitFile<'a>], free: &[usize]) -> Vec<Vec<usize>> {
    let mut elements = vec![Element::default()];
    let mut places: Vec<Vec<usize>> = Vec::with_capacity(free.len());
    for &at in free {
        let path: &'a str = files[at].path;
        let mut way = vec![0];
        for part in path.split('/') {
            let parent = *way.last().expect("the root is there");
            let next = elements.len();
            let child = *elements[parent].children.entry(part).or_insert(next);
            if child == next {
                elements.push(Element::default());
            }
            way.push(child);
        }
        elements[*way.last().expect("the root is there")].file = Some(at);
        places.push(way);
    }
    for sightings in contested(files, free) {
        mark(&mut elements, &places, sightings, 1);
    }
    let (shared, variants) = collect(&elements, 0);
    if variants.is_empty() {
        return vec![shared];
    }
    variants
        .into_iter()
        .map(|mut own| {
            own.extend(&shared);
            own
        })
        .collect()
}

/// Where one object is defined: position in `free`, and a hash of the content.
type Sightings = Vec<(usize, u64)>;

/// Objects that several files define with different content.
fn contested(files: &[UnitFile<'_>], free: &[usize]) -> Vec<Sightings> {
    let mut seen: HashMap<Identity<'_>, Sightings> = HashMap::new();
    let mut order: Vec<Identity<'_>> = Vec::new();
    for (place, &at) in free.iter().enumerate() {
        for (_, identity, hash) in &files[at].objects {
            // What is defined once has no hash.
            let Some(identity) = identity.filter(|identity| *hash != 0 && identity.kind != "Namespace")
            else {
                continue;
            };
            let sightings = seen.entry(identity).or_default();
            if sightings.is_empty() {
                order.push(identity);
            }
            sightings.push((place, *hash));
        }
    }
    let differs = |sightings: &Sightings| {
        sightings.iter().any(|one| one.0 != sightings[0].0)
            && sightings.iter().any(|one| one.1 != sightings[0].1)
    };
    order.iter().filter_map(|identity| seen.remove(identity).filter(differs)).collect()
}

/// Marks the elements at which the ways to differing definitions part.
fn mark(elements: &mut [Element<'_>], places: &[Vec<usize>], sightings: Sightings, depth: usize) {
    let mut branches: BTreeMap<usize, Sightings> = BTreeMap::new();
    for one in sightings {
        if let Some(&element) = places[one.0].get(depth) {
            branches.entry(element).or_default().push(one);
        }
    }
    let contents = |sightings: &Sightings| sightings.iter().map(|one| one.1).collect::<HashSet<_>>();
    if branches.len() > 1 {
        let mut all = branches.values().map(contents);
        let first = all.next();
        if all.any(|other| Some(other) != first) {
            branches.keys().for_each(|&element| elements[element].contested = true);
        }
    }
    for sightings in branches.into_values() {
        if sightings.len() > 1 {
            mark(elements, places, sightings, depth + 1);
        }
    }
}

/// Files below an element that belong to all its variants, and the variants themselves.
fn collect(elements: &[Element<'_>], at: usize) -> (Vec<usize>, Vec<Vec<usize>>) {
    let element = &elements[at];
    let (mut shared, mut variants): (Vec<usize>, Vec<Vec<usize>>) = (Vec::new(), Vec::new());
    shared.extend(element.file);
    for &child in element.children.values() {
        let (own, alternatives) = collect(elements, child);
        match (elements[child].contested, alternatives.is_empty()) {
            (false, _) => {
                shared.extend(own);
                variants.extend(alternatives);
            }
            (true, true) => variants.push(own),
            (true, false) => variants.extend(alternatives.into_iter().map(|mut variant| {
                variant.extend(&own);
                variant
            })),
        }
    }
    (shared, variants)
}
