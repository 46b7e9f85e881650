//! Files become groups: by kustomization, else by directory and variant.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;

use super::{
    Gap, Group, Input, Kustomization, Member, Read, UnitFile, Wholeness, directories, kustomization,
};
use crate::document::{Class, Object};
use crate::files::path::directory;
use crate::text::placeholder::is_placeholder;

/// Groups everything that was read.
pub fn group(input: &Input<'_>) -> Vec<Group> {
    let mut files: Vec<UnitFile<'_>> =
        input.files.iter().map(|file| UnitFile { path: &file.path, ..UnitFile::default() }).collect();
    for read in &input.documents {
        // The templates of a chart that is evaluated are units of their own.
        if matches!(read.class, Class::Template(Some(root)) if input.charts.is_evaluated(root)) {
            continue;
        }
        let file = &mut files[read.document.source.id.0 as usize];
        file.gaps.extend(gap(read).filter(|gap| !file.gaps.contains(gap)));
    }
    let identities: Vec<u64> = input.objects.par_iter().map(|one| identity_hash(&one.object)).collect();
    let mut sorted = identities.clone();
    sorted.par_sort_unstable();
    let is_repeated = |hash: u64| {
        let first = sorted.partition_point(|other| *other < hash);
        sorted.get(first + 1) == Some(&hash)
    };
    for (position, one) in input.objects.iter().enumerate() {
        let object = &one.object;
        let file = &mut files[object.node.span().file.0 as usize];
        if matches!(one.wholeness, Wholeness::Expected(_)) {
            continue;
        }
        if one.wholeness.aside().is_some() {
            // What it is a part of may have anything.
            let name = Some(object.name.to_owned()).filter(|name| !name.is_empty() && !is_placeholder(name));
            let objects = vec![(object.kind.to_owned(), name)];
            file.gaps.push(Gap { objects, ..Gap::near(directory(file.path)) });
            continue;
        }
        let known = !object.name.is_empty() && !is_placeholder(object.name);
        // What is defined once is compared with nothing.
        let hash = if is_repeated(identities[position]) { hash(object.node.source_text()) } else { 0 };
        file.objects.push((position, known.then(|| object.identity()), hash));
    }
    files_to_groups(&files, input.parts.all())
}

/// What a document keeps out of sight.
fn gap(read: &Read<'_>) -> Option<Gap> {
    let source = &read.document.source;
    let text = || source.text.get(read.document.piece()).unwrap_or("");
    match &read.class {
        Class::Failed(_) => Some(Gap::of_text(&source.path, text(), true)),
        Class::Template(Some(chart)) => Some(Gap::near(chart)),
        Class::Template(None) => Some(Gap::of_text(&source.path, text(), false)),
        Class::Partial(_) => Some(Gap::near(directory(&source.path))),
        _ => None,
    }
}

fn identity_hash(object: &Object<'_>) -> u64 {
    FixedState::default().hash_one(object.identity())
}

fn hash(text: &str) -> u64 {
    FixedState::default().hash_one(text)
}

/// Files that only patch or feed a generator belong to no group.
fn files_to_groups(files: &[UnitFile<'_>], kustomizations: &[Kustomization]) -> Vec<Group> {
    let mut groups = Vec::new();
    let claimed = kustomization::groups(files, kustomizations, &mut groups);
    let free: Vec<usize> = (0..files.len()).filter(|at| !claimed.contains(at)).collect();
    let sets = directories::group(files, &free);
    let variants = Arc::new(if sets.len() > 1 { names(files, &free) } else { HashMap::new() });
    for (mut members, elsewhere) in sets {
        members.sort_unstable();
        let objects = members.iter().flat_map(|&at| &files[at].objects);
        let objects = objects.map(|one| Member { object: one.0, ..Member::default() }).collect();
        let mut gaps: Vec<Gap> = Vec::new();
        for gap in members.iter().flat_map(|&at| &files[at].gaps) {
            // The templates of a chart follow each other and are one gap.
            if gaps.last() != Some(gap) {
                gaps.push(gap.clone());
            }
        }
        let variants = Arc::clone(&variants);
        groups.push(Group { objects, files: members, gaps, variants, elsewhere, ..Group::default() });
    }
    groups.retain(|group| !group.objects.is_empty() || group.kustomization.is_some());
    groups
}

/// Directory, kind and name of every object, and whether several definitions differ.
fn names(files: &[UnitFile<'_>], free: &[usize]) -> HashMap<(String, String, String), bool> {
    let mut found: HashMap<(String, String, String), (u64, bool)> = HashMap::new();
    for file in free.iter().map(|&at| &files[at]) {
        let directory = directory(file.path);
        for (identity, hash) in file.objects.iter().filter_map(|one| Some((one.1?, one.2))) {
            let key = (directory.to_owned(), identity.kind.to_owned(), identity.name.to_owned());
            let known = found.entry(key).or_insert((hash, false));
            known.1 |= known.0 != hash;
        }
    }
    found.into_iter().map(|(key, (_, differs))| (key, differs)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Identity;

    fn identity(name: &str) -> Option<Identity<'_>> {
        Some(Identity { group: "", kind: "Service", namespace: None, name })
    }

    /// `path: name=content name=content`, one file a line; returns the file paths of every unit.
    fn units(text: &str) -> Vec<String> {
        let mut next = 0;
        let files: Vec<UnitFile<'_>> = text
            .lines()
            .map(|line| {
                let (path, names) = line.split_once(": ").expect("path and objects");
                let objects = names.split(' ').map(|one| {
                    let (name, content) = one.split_once('=').expect("name and content");
                    next += 1;
                    (next - 1, identity(name), content.len() as u64)
                });
                UnitFile { path, objects: objects.collect(), ..UnitFile::default() }
            })
            .collect();
        let paths = |unit: &Group| unit.files.iter().map(|&at| files[at].path).collect::<Vec<_>>().join(" ");
        files_to_groups(&files, &[]).iter().map(paths).collect()
    }

    #[test]
    fn directories_that_do_not_contradict_each_other_are_one_unit() {
        assert_eq!(units("a/x.yaml: db=1\nb/y.yaml: web=1\nz.yaml: cache=1").len(), 1);
        assert_eq!(units("a/x.yaml: db=1\nb/y.yaml: db=1").len(), 1, "equal copies do not count");
    }

    #[test]
    fn variants_share_what_conflicts_with_nobody() {
        let text = "base.yaml: ns=1\nv1/a.yaml: web=1\nv1/b.yaml: db=1\nv2/a.yaml: web=22";
        assert_eq!(units(text), ["base.yaml v1/a.yaml v1/b.yaml", "base.yaml v2/a.yaml"]);
    }

    #[test]
    fn alternatives_in_one_directory_are_variants_by_file() {
        let text = "d/s.yaml: svc=1\nd/v1.yaml: web=1\nd/v2.yaml: web=22";
        assert_eq!(units(text), ["d/s.yaml d/v1.yaml", "d/s.yaml d/v2.yaml"]);
    }

    #[test]
    fn a_collection_gives_its_alternatives_only_what_lies_beside_them() {
        let mut text = "base.yaml: ns=1\nother/b.yaml: db=1\n".to_owned();
        (0..9).for_each(|at| text += &format!("v{at}/a.yaml: web={}\n", at * 11));
        let units = units(&text);
        assert_eq!(units.len(), 10);
        assert_eq!(units[0], "base.yaml other/b.yaml");
        assert_eq!(units[1], "base.yaml v0/a.yaml");
    }

    #[test]
    fn what_an_alternative_shares_below_a_collection_stays_with_it() {
        let mut text = "x/own.yaml: own=1\n".to_owned();
        (0..9).for_each(|at| text += &format!("x/v{at}/a.yaml: web={}\n", at * 11));
        text += "y/a.yaml: own=22";
        let units = units(&text);
        assert_eq!(units[..3], ["x/own.yaml", "y/a.yaml", "x/own.yaml x/v0/a.yaml"]);
        assert_eq!(units.len(), 11);
    }

    #[test]
    fn variants_nest() {
        let text = "x/dev/a.yaml: web=1\nx/prod/a.yaml: web=22\nother/b.yaml: db=1";
        assert_eq!(units(text), ["x/dev/a.yaml other/b.yaml", "x/prod/a.yaml other/b.yaml"]);
    }
}
