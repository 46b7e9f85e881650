//! Positions by key, without a list for each: most keys have one position. And objects by name.

use std::hash::Hash;

use foldhash::{HashMap, HashMapExt};

use crate::document::Object;

/// Up to this many namesakes are simply all looked at.
const FEW: usize = 32;

/// Objects by kind and name.
#[derive(Debug)]
pub(super) struct Names<'a> {
    all: Groups<(&'a str, &'a str)>,
    /// Those with many namesakes also by the namespace that they end up in.
    placed: HashMap<(&'a str, &'a str, Option<&'a str>), Vec<usize>>,
}

impl<'a> Names<'a> {
    /// The names of these objects, which end up in the namespaces that `namespace` says.
    pub(super) fn new(objects: &[Object<'a>], namespace: impl Fn(&Object<'a>) -> Option<&'a str>) -> Self {
        let all = Groups::new(objects.iter().map(|object| (object.kind, object.name)));
        let mut placed: HashMap<_, Vec<usize>> = HashMap::new();
        if all.largest() > FEW {
            for (at, object) in objects.iter().enumerate() {
                if all.has_more_than(&(object.kind, object.name), FEW) {
                    placed.entry((object.kind, object.name, namespace(object))).or_default().push(at);
                }
            }
        }
        Names { all, placed }
    }

    /// Positions of all of a kind and name, in the order of the input.
    pub(super) fn of<'s>(
        &'s self,
        kind: &'s str,
        name: &'s str,
    ) -> impl Iterator<Item = usize> + use<'s, 'a> {
        let all: &'s Groups<(&'s str, &'s str)> = &self.all;
        all.of(&(kind, name))
    }

    /// The same, of many namesakes without those that are surely in another namespace.
    pub(super) fn within<'s>(
        &'s self,
        namespace: Option<&'s str>,
        kind: &'s str,
        name: &'s str,
    ) -> impl Iterator<Item = usize> + use<'s, 'a> {
        let all: &'s Groups<(&'s str, &'s str)> = &self.all;
        let many = namespace.is_some() && all.has_more_than(&(kind, name), FEW);
        let few = (!many).then(|| all.of(&(kind, name)));
        let of = |namespace| self.placed.get(&(kind, name, namespace)).map_or(&[][..], Vec::as_slice);
        let mut some = if many { [of(namespace), of(None)].concat() } else { Vec::new() };
        some.sort_unstable();
        few.into_iter().flatten().chain(some)
    }
}

/// The positions of each key, in the order in which they came.
#[derive(Debug)]
pub(super) struct Groups<K> {
    ends: HashMap<K, Ends>,
    /// The position that follows another of the same key; [`NONE`] for the last.
    next: Vec<u32>,
    largest: u32,
}

/// The first and the last position of a key, and how many there are.
#[derive(Debug)]
struct Ends {
    first: u32,
    last: u32,
    count: u32,
}

const NONE: u32 = u32::MAX;

impl<K: Eq + Hash> Groups<K> {
    /// The positions of these keys, counted from 0.
    pub(super) fn new(keys: impl ExactSizeIterator<Item = K>) -> Self {
        let mut this = Groups {
            ends: HashMap::with_capacity(keys.len()),
            next: Vec::with_capacity(keys.len()),
            largest: 0,
        };
        for (at, key) in (0..).zip(keys) {
            this.next.push(NONE);
            let ends = this.ends.entry(key).or_insert(Ends { first: at, last: at, count: 0 });
            if ends.last != at {
                this.next[ends.last as usize] = at;
                ends.last = at;
            }
            ends.count += 1;
            this.largest = this.largest.max(ends.count);
        }
        this
    }

    /// How many positions the key has that has most.
    fn largest(&self) -> usize {
        self.largest as usize
    }

    fn has_more_than(&self, key: &K, few: usize) -> bool {
        self.ends.get(key).is_some_and(|ends| ends.count as usize > few)
    }

    /// The positions of a key.
    pub(super) fn of(&self, key: &K) -> impl Iterator<Item = usize> + use<'_, K> {
        let follow = |at: u32| (at != NONE).then_some(at as usize);
        let first = self.ends.get(key).map(|ends| ends.first as usize);
        std::iter::successors(first, move |&at| follow(self.next[at]))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::{FileId, SourceFile};
    use crate::yaml;

    #[test]
    fn positions_keep_their_order() {
        let groups = Groups::new(["a", "b", "a", "c", "a", "b"].into_iter());
        let of = |key| groups.of(&key).collect::<Vec<_>>();
        assert_eq!(of("a"), [0, 2, 4]);
        assert_eq!(of("b"), [1, 5]);
        assert_eq!(of("c"), [3]);
        assert!(of("d").is_empty());
    }

    #[test]
    fn of_many_namesakes_those_of_other_namespaces_are_left_out() {
        let document = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";
        let text = format!("{document}---\n{}", document.replace("name: a", "name: b"));
        let file = Arc::new(SourceFile::new(FileId(0), "names.yaml".to_owned(), text));
        let pieces = yaml::split(&file.text);
        let trees = pieces.iter().map(|piece| yaml::parse(&file, piece).expect("it is YAML"));
        let trees: Vec<yaml::Tree> = trees.collect();
        let object =
            |at: usize| Object::with_type(trees[usize::from(at.is_multiple_of(10))].root(), "v1", "Pod");
        let objects: Vec<Object<'_>> = (0..100)
            .map(|at| Object { namespace: [Some("x"), Some("y"), None][at % 3], ..object(at) })
            .collect();
        let names = Names::new(&objects, |object| object.namespace);
        let within = |namespace, name| names.within(namespace, "Pod", name).collect::<Vec<_>>();
        let wanted: Vec<usize> =
            (0..100).filter(|at: &usize| !at.is_multiple_of(10) && at % 3 != 1).collect();
        assert_eq!(within(Some("x"), "a"), wanted);
        assert_eq!(within(None, "a"), names.of("Pod", "a").collect::<Vec<_>>());
        assert_eq!(
            within(Some("x"), "b"),
            (0..10).map(|at| at * 10).collect::<Vec<_>>(),
            "few are not sorted out"
        );
    }
}
