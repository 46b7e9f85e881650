//! Files become units: by kustomization, else by directory and variant.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::{Kustomization, Member, Unit, UnitFile, View, directories, kustomization};
use crate::files::path::directory;

/// Groups files into units. Files that only patch or feed a generator belong to none.
pub fn group(files: &[UnitFile<'_>], kustomizations: &[Kustomization]) -> Vec<Unit> {
    let mut units = Vec::new();
    let claimed = kustomization::units(files, kustomizations, &mut units);
    let free: Vec<usize> = (0..files.len()).filter(|at| !claimed.contains(at)).collect();
    let none = Member::default();
    let sets = directories::group(files, &free);
    let variants = Arc::new(if sets.len() > 1 { names(files, &free) } else { HashMap::new() });
    for mut members in sets {
        members.sort_unstable();
        let objects = members
            .iter()
            .flat_map(|&at| &files[at].objects)
            .map(|one| Member { object: one.0, ..none.clone() });
        let directories = |of: fn(&UnitFile<'_>) -> bool| -> Vec<String> {
            let own = members.iter().map(|&at| &files[at]).filter(|file| of(file));
            let own: BTreeSet<&str> = own.map(|file| directory(file.path)).collect();
            own.into_iter().map(str::to_owned).collect()
        };
        let view = View {
            incomplete: members.iter().any(|&at| files[at].unrendered),
            opaque: directories(|file| file.opaque),
            broken: directories(|file| file.broken),
            variants: Arc::clone(&variants),
            ..View::default()
        };
        units.push(Unit { objects: objects.collect(), files: members, view, ..Unit::default() });
    }
    units.retain(|unit| !unit.objects.is_empty() || unit.kustomization.is_some());
    units
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
        let paths = |unit: &Unit| unit.files.iter().map(|&at| files[at].path).collect::<Vec<_>>().join(" ");
        group(&files, &[]).iter().map(paths).collect()
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
    fn variants_nest() {
        let text = "x/dev/a.yaml: web=1\nx/prod/a.yaml: web=22\nother/b.yaml: db=1";
        assert_eq!(units(text), ["x/dev/a.yaml other/b.yaml", "x/prod/a.yaml other/b.yaml"]);
    }
}
