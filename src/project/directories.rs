//! Grouping by directory: siblings that define the same object differently are variants of each other.

use std::collections::{BTreeMap, HashSet};

use foldhash::{HashMap, HashMapExt};

use super::UnitFile;
use crate::document::Identity;
use crate::files::path::directory;

/// A directory or file of the tree.
#[derive(Default)]
struct Element<'a> {
    children: BTreeMap<&'a str, usize>,
    file: Option<usize>,
    /// A sibling defines one of its objects with other content.
    contested: bool,
}

/// Sets of files that can be deployed together, and whether files that a set leaves out may be deployed with it all the
/// same. Every file of `free` is in at least one of them.
pub fn group<'a>(files: &[UnitFile<'a>], free: &[usize]) -> Vec<(Vec<usize>, bool)> {
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
    for sightings in contested(files, free).into_iter().chain(twins(files, free)) {
        mark(&mut elements, &places, sightings, 1);
    }
    collect(&elements, 0).into_sets()
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

/// Files of one directory with the same objects, some with a namespace and some without: nobody applies both.
fn twins(files: &[UnitFile<'_>], free: &[usize]) -> Vec<Sightings> {
    type Objects<'a> = Vec<(&'a str, &'a str, &'a str)>;
    type Twins<'a> = BTreeMap<(&'a str, Objects<'a>), Vec<(usize, Option<&'a str>)>>;
    let mut alike: Twins<'_> = BTreeMap::new();
    for (place, &at) in free.iter().enumerate() {
        let file = &files[at];
        let own: Option<Vec<Identity<'_>>> = file.objects.iter().map(|one| one.1).collect();
        let Some(own) = own.filter(|own| own.len() > 1) else { continue };
        let mut objects: Objects<'_> = own.iter().map(|one| (one.group, one.kind, one.name)).collect();
        objects.sort_unstable();
        let namespace = own.iter().find_map(|one| one.namespace);
        alike.entry((directory(file.path), objects)).or_default().push((place, namespace));
    }
    let differ = |all: &Vec<(usize, Option<&str>)>| {
        all.iter().any(|one| one.1.is_none()) && all.iter().any(|one| one.1.is_some())
    };
    let of_file = |all: Vec<(usize, Option<&str>)>| {
        all.into_iter().map(|(place, namespace)| (place, u64::from(namespace.is_some()))).collect()
    };
    alike.into_values().filter(differ).map(of_file).collect()
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

/// With so many alternatives a directory is a collection, not one application in several versions. Each alternative
/// then stands for itself, with the files beside it and above it, but without what lies in other directories: nobody
/// deploys the neighbours with each of a hundred examples, and judging them with each would cost their product.
const MOST_ALTERNATIVES: usize = 8;

/// A directory with more files of its own than this gives them to no alternative of a collection.
const MOST_BESIDE: usize = 16;

/// From so many directories upwards an alternative of a collection takes files along.
const MOST_LEVELS: usize = 8;

/// What lies below an element, as positions of files.
#[derive(Default)]
struct Below {
    /// What belongs to all variants.
    shared: Vec<usize>,
    /// Alternatives that take all along that is shared.
    variants: Vec<Vec<usize>>,
    /// Alternatives of collections, with the levels above from which they have taken files along.
    alone: Vec<(Vec<usize>, usize)>,
}

impl Below {
    /// The sets that are judged, and whether each is one of a collection, beside which others are left out.
    fn into_sets(self) -> Vec<(Vec<usize>, bool)> {
        let Below { shared, mut variants, alone } = self;
        variants.iter_mut().for_each(|own| own.extend(&shared));
        if variants.is_empty() && (alone.is_empty() || !shared.is_empty()) {
            variants.push(shared);
        }
        let is_part = !alone.is_empty();
        let all = variants.into_iter().chain(alone.into_iter().map(|(own, _)| own));
        all.map(|own| (own, is_part)).collect()
    }
}

fn collect(elements: &[Element<'_>], at: usize) -> Below {
    let element = &elements[at];
    let mut all = Below { shared: element.file.into_iter().collect(), ..Below::default() };
    // Files of this very directory that nobody contests.
    let mut beside: Vec<usize> = Vec::new();
    for &child in element.children.values() {
        let own = collect(elements, child);
        all.alone.extend(own.alone);
        if !elements[child].contested {
            beside.extend(elements[child].file);
            all.shared.extend(own.shared);
            all.variants.extend(own.variants);
        } else if own.variants.is_empty() {
            all.variants.extend(Some(own.shared).filter(|own| !own.is_empty()));
        } else {
            all.variants.extend(own.variants.into_iter().map(|mut variant| {
                variant.extend(&own.shared);
                variant
            }));
        }
    }
    if all.variants.len() > MOST_ALTERNATIVES {
        all.alone.extend(all.variants.drain(..).map(|own| (own, 0)));
    }
    if beside.len() <= MOST_BESIDE {
        for (own, levels) in all.alone.iter_mut().filter(|(_, levels)| *levels < MOST_LEVELS) {
            own.extend(&beside);
            *levels += 1;
        }
    }
    all
}
