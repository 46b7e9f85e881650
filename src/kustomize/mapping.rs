//! Mappings in their order, which find a key among thousands without a look at each of them.

use std::ops::Deref;
use std::sync::OnceLock;

use foldhash::HashMap;

use super::value::{Key, Text, Value};

/// A mapping with more keys than this gets an index when somebody asks for one.
const FEW: usize = 32;

/// Keys and values in their order. Of two entries with one key the first is found.
#[derive(Debug, Default)]
pub struct Mapping {
    entries: Vec<(Key, Value)>,
    index: OnceLock<HashMap<Text, usize>>,
}

impl Mapping {
    /// Which entry has this key.
    pub fn position(&self, key: &str) -> Option<usize> {
        if self.entries.len() <= FEW {
            return self.entries.iter().position(|entry| *entry.0.text == *key);
        }
        let index = self.index.get_or_init(|| {
            // From the last one to the first, so that the first one stays.
            let places = self.entries.iter().enumerate().rev();
            places.map(|(at, entry)| (entry.0.text.clone(), at)).collect()
        });
        index.get(key).copied()
    }

    /// The value of an entry, to be changed.
    pub fn value_mut(&mut self, at: usize) -> &mut Value {
        &mut self.entries[at].1
    }

    /// Every value, to be changed, with its key.
    pub fn values_mut(&mut self) -> impl Iterator<Item = (&Key, &mut Value)> {
        self.entries.iter_mut().map(|entry| (&entry.0, &mut entry.1))
    }

    /// Adds an entry at the end, which no other one has the key of.
    pub fn push(&mut self, key: Key, value: Value) {
        if let Some(index) = self.index.get_mut() {
            index.entry(key.text.clone()).or_insert(self.entries.len());
        }
        self.entries.push((key, value));
    }

    /// Takes an entry out.
    pub fn remove(&mut self, at: usize) -> Value {
        let (key, value) = self.entries.remove(at);
        match self.index.get_mut() {
            // Every key is there once.
            Some(index) if index.len() == self.entries.len() + 1 => {
                index.remove(&key.text);
                index.values_mut().filter(|place| **place > at).for_each(|place| *place -= 1);
            }
            _ => self.index = OnceLock::new(),
        }
        value
    }

    /// All entries, keys included, to be changed.
    pub fn list_mut(&mut self) -> &mut Vec<(Key, Value)> {
        self.index = OnceLock::new();
        &mut self.entries
    }

    /// All entries, taken out.
    pub fn into_entries(self) -> Vec<(Key, Value)> {
        self.entries
    }
}

impl Deref for Mapping {
    type Target = [(Key, Value)];

    fn deref(&self) -> &[(Key, Value)] {
        &self.entries
    }
}

impl From<Vec<(Key, Value)>> for Mapping {
    fn from(entries: Vec<(Key, Value)>) -> Self {
        Mapping { entries, index: OnceLock::new() }
    }
}

impl Clone for Mapping {
    fn clone(&self) -> Self {
        self.entries.clone().into()
    }
}

impl PartialEq for Mapping {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{FileId, Span};

    const AT: Span = Span { file: FileId(0), start: 0, end: 0 };

    #[test]
    fn many_keys_are_found_as_few_are() {
        let mut map = Mapping::default();
        let name = |n: usize| format!("k{n}");
        let mut wanted: Vec<String> = Vec::new();
        for n in 0..200 {
            assert_eq!(map.position(&name(n)), None);
            map.push(Key::new(&name(n), AT), Value::string("v", AT));
            wanted.push(name(n));
        }
        for n in [0, 7, 150, 199] {
            let at = map.position(&name(n)).expect("it is there");
            map.remove(at);
            wanted.retain(|one| *one != name(n));
            let found: Vec<_> = (0..200).map(|n| map.position(&name(n))).collect();
            let plain: Vec<_> = (0..200).map(|n| wanted.iter().position(|one| *one == name(n))).collect();
            assert_eq!(found, plain);
        }
        // Of two with one key the first counts, and the second when that is gone.
        map.list_mut().insert(0, (Key::new("k9", AT), Value::string("first", AT)));
        assert_eq!(map.position("k9"), Some(0));
        map.remove(0);
        assert_eq!(map.position("k9"), wanted.iter().position(|one| one == "k9"));
    }
}
