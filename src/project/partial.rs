//! Parts of objects that nobody names as such: a file that no kustomization lists, with a few fields of an object that
//! stands whole beside it, is a patch that somebody forgot to list or applies by hand (fact 13.5).

use std::collections::HashMap;

use super::whole::Wholeness;
use crate::document::Object;
use crate::files::path::directory;

/// Objects with their positions, by group, kind and name.
type ByIdentity<'o, 'a> = HashMap<(&'o str, &'o str, &'o str), Vec<(usize, &'o Object<'a>)>>;

/// Why such an object is set aside.
const BESIDE: Wholeness =
    Wholeness::Patch("an object of the same name beside it is whole, and no kustomization lists this file");

/// Positions of the objects that are parts of others beside them. `is_listed` tells of each whether a kustomization names
/// its file.
pub(super) fn beside_whole<'o, 'a: 'o>(
    objects: impl Iterator<Item = (usize, &'o Object<'a>)>,
    is_listed: impl Fn(&str) -> bool,
) -> Vec<(usize, Wholeness)> {
    let mut same: ByIdentity<'_, 'a> = HashMap::new();
    for (at, object) in objects.filter(|(_, object)| !object.name.is_empty() && object.spec().is_some()) {
        same.entry((object.group(), object.kind, object.name)).or_default().push((at, object));
    }
    let mut found = Vec::new();
    for namesakes in same.values().filter(|namesakes| namesakes.len() > 1) {
        for &(at, part) in namesakes.iter().filter(|(_, object)| !is_listed(path(object))) {
            let is_of = |whole: &Object<'_>| {
                let spaces = [part.namespace, whole.namespace];
                are_beside(path(part), path(whole))
                    && (spaces.contains(&None) || spaces[0] == spaces[1])
                    && is_part(part, whole)
            };
            if namesakes.iter().any(|(_, whole)| is_of(whole)) {
                found.push((at, BESIDE));
            }
        }
    }
    found
}

fn path<'o>(object: &'o Object<'_>) -> &'o str {
    &object.node.tree().source().path
}

/// Whether two files lie in one directory, or one of them in a directory of the other's.
fn are_beside(one: &str, other: &str) -> bool {
    let (near, far) = (directory(one), directory(other));
    one != other
        && (near == far
            || (!near.is_empty() && directory(near) == far)
            || (!far.is_empty() && directory(far) == near))
}

/// Whether an object lacks most of what another one says: a copy with a slip has most of it.
fn is_part(part: &Object<'_>, whole: &Object<'_>) -> bool {
    let (Some(own), Some(full)) = (part.spec(), whole.spec()) else { return false };
    let (mut all, mut shared) = (0, 0);
    for entry in full.entries() {
        all += 1;
        shared += usize::from(own.entry(entry.key.key_text()).is_some());
    }
    all > 1 && own.entries().count() > 0 && shared * 2 < all
}

#[cfg(test)]
mod tests {
    use super::are_beside;

    #[test]
    fn one_step_up_or_down_is_beside() {
        assert!(are_beside("a/b.yaml", "a/c.yaml"));
        assert!(are_beside("a/b.yaml", "a/c/d.yaml"));
        assert!(are_beside("a/c/d.yaml", "a/b.yaml"));
        assert!(are_beside("b.yaml", "c/d.yaml"));
        assert!(!are_beside("a/b.yaml", "a/b.yaml"));
        assert!(!are_beside("a/c/d.yaml", "a/e/d.yaml"));
        assert!(!are_beside("a/b/c/d.yaml", "a/d.yaml"));
    }
}
