//! Positions by key, without a list for each: most keys have one position.

use std::hash::Hash;

use foldhash::{HashMap, HashMapExt};

/// The positions of each key, in the order in which they came.
#[derive(Debug)]
pub(super) struct Groups<K> {
    /// The first and the last position of a key.
    ends: HashMap<K, (u32, u32)>,
    /// The position that follows another of the same key; [`NONE`] for the last.
    next: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl<K: Eq + Hash> Groups<K> {
    /// The positions of these keys, counted from 0.
    pub(super) fn new(keys: impl ExactSizeIterator<Item = K>) -> Self {
        let mut this =
            Groups { ends: HashMap::with_capacity(keys.len()), next: Vec::with_capacity(keys.len()) };
        for (at, key) in (0..).zip(keys) {
            this.next.push(NONE);
            let ends = this.ends.entry(key).or_insert((at, at));
            if ends.1 != at {
                this.next[ends.1 as usize] = at;
                ends.1 = at;
            }
        }
        this
    }

    /// The positions of a key.
    pub(super) fn of(&self, key: &K) -> impl Iterator<Item = usize> + use<'_, K> {
        let follow = |at: u32| (at != NONE).then_some(at as usize);
        let first = self.ends.get(key).map(|ends| ends.0 as usize);
        std::iter::successors(first, move |&at| follow(self.next[at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_keep_their_order() {
        let groups = Groups::new(["a", "b", "a", "c", "a", "b"].into_iter());
        let of = |key| groups.of(&key).collect::<Vec<_>>();
        assert_eq!(of("a"), [0, 2, 4]);
        assert_eq!(of("b"), [1, 5]);
        assert_eq!(of("c"), [3]);
        assert!(of("d").is_empty());
    }
}
