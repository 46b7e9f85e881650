//! Mappings as templates have them: sorted by key, and shared by all who hold them.

use std::cell::{Cell, Ref, RefCell};
use std::collections::{BTreeMap, btree_map};
use std::rc::Rc;

use super::text::Origin;
use super::value::{Data, Value, take_apart};
use crate::yaml::Text;

/// A mapping that all its holders see change.
pub type Map = Rc<Entries>;

/// The entries of a mapping.
#[derive(Debug, Default)]
pub struct Entries {
    table: RefCell<Table>,
    /// It is a struct in Go: other fields are an error.
    pub fixed: Cell<bool>,
}

/// A value of a mapping, and where its key was written.
#[derive(Clone, Debug, Default)]
pub struct Slot {
    /// The key's place.
    pub key: Option<Origin>,
    /// The value.
    pub value: Value,
}

impl From<Value> for Slot {
    fn from(value: Value) -> Self {
        Slot { key: None, value }
    }
}

/// Slots by their keys. Most mappings are small, and a list is the cheapest of those.
#[derive(Debug)]
pub enum Table {
    /// Sorted by key.
    Few(Vec<(Text, Slot)>),
    /// More than [`MOST`] once.
    Many(BTreeMap<Text, Slot>),
}

/// A list is as long as this at most: putting something into it moves what follows.
const MOST: usize = 64;

impl Default for Table {
    fn default() -> Self {
        Table::Few(Vec::new())
    }
}

impl FromIterator<(Text, Slot)> for Table {
    /// Of equal keys the last one counts.
    fn from_iter<I: IntoIterator<Item = (Text, Slot)>>(slots: I) -> Self {
        let mut all: Vec<(Text, Slot)> = slots.into_iter().collect();
        if all.len() > MOST {
            return Table::Many(all.into_iter().collect());
        }
        if !all.is_sorted_by(|one, next| one.0 < next.0) {
            all.sort_by(|one, other| one.0.cmp(&other.0));
            all.dedup_by(|next, one| {
                let same = next.0 == one.0;
                if same {
                    std::mem::swap(&mut next.1, &mut one.1);
                }
                same
            });
        }
        Table::Few(all)
    }
}

impl Table {
    /// The slot of a key.
    pub fn get(&self, key: &str) -> Option<&Slot> {
        match self {
            Table::Few(all) => find(all, key).ok().map(|at| &all[at].1),
            Table::Many(all) => all.get(key),
        }
    }

    fn get_mut(&mut self, key: &str) -> Option<&mut Slot> {
        match self {
            Table::Few(all) => find(all, key).ok().map(|at| &mut all[at].1),
            Table::Many(all) => all.get_mut(key),
        }
    }

    /// Sets a key with its place.
    pub fn insert(&mut self, key: Text, slot: Slot) {
        if let Table::Few(all) = self {
            match find(all, &key) {
                Ok(at) => all[at].1 = slot,
                Err(at) if all.len() < MOST => all.insert(at, (key, slot)),
                Err(_) => {
                    let mut many: BTreeMap<Text, Slot> = std::mem::take(all).into_iter().collect();
                    many.insert(key, slot);
                    *self = Table::Many(many);
                }
            }
        } else if let Table::Many(all) = self {
            all.insert(key, slot);
        }
    }

    fn remove(&mut self, key: &str) {
        match self {
            Table::Few(all) => drop(find(all, key).map(|at| all.remove(at))),
            Table::Many(all) => drop(all.remove(key)),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Table::Few(all) => all.len(),
            Table::Many(all) => all.len(),
        }
    }

    /// All of them, sorted by key.
    pub fn iter(&self) -> Iter<'_> {
        match self {
            Table::Few(all) => Iter::Few(all.iter()),
            Table::Many(all) => Iter::Many(all.iter()),
        }
    }

    /// All of them, sorted by key.
    pub fn into_entries(self) -> Vec<(Text, Slot)> {
        match self {
            Table::Few(all) => all,
            Table::Many(all) => all.into_iter().collect(),
        }
    }

    /// What they hold.
    pub fn into_values(self) -> Vec<Value> {
        match self {
            Table::Few(all) => all.into_iter().map(|one| one.1.value).collect(),
            Table::Many(all) => all.into_values().map(|slot| slot.value).collect(),
        }
    }
}

fn find(all: &[(Text, Slot)], key: &str) -> Result<usize, usize> {
    all.binary_search_by(|one| one.0.as_str().cmp(key))
}

/// The slots of a table with their keys.
pub enum Iter<'t> {
    /// Of a list.
    Few(std::slice::Iter<'t, (Text, Slot)>),
    /// Of a tree.
    Many(btree_map::Iter<'t, Text, Slot>),
}

impl<'t> Iterator for Iter<'t> {
    type Item = (&'t Text, &'t Slot);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Iter::Few(all) => all.next().map(|(key, slot)| (key, slot)),
            Iter::Many(all) => all.next(),
        }
    }
}

/// Collections may nest to any depth, which would end on the stack.
impl Drop for Entries {
    fn drop(&mut self) {
        let table = self.table.get_mut();
        if table.iter().any(|(_, slot)| slot.value.is_collection()) {
            take_apart(std::mem::take(table), Table::into_values);
        }
    }
}

impl Entries {
    /// A mapping of these entries.
    pub fn new(table: Table) -> Map {
        Rc::new(Entries { table: RefCell::new(table), fixed: Cell::new(false) })
    }

    /// The entries, for as long as nothing is changed.
    pub fn table(&self) -> Ref<'_, Table> {
        self.table.borrow()
    }

    /// Takes all entries out.
    pub fn take(&self) -> Table {
        self.table.take()
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.table().get(key).map(|slot| slot.value.clone())
    }

    /// Whether there is such a key.
    pub fn has(&self, key: &str) -> bool {
        self.table().get(key).is_some()
    }

    /// The mapping that is the value of a key.
    pub fn map(&self, key: &str) -> Option<Map> {
        match &self.table().get(key)?.value.data {
            Data::Map(map) => Some(Rc::clone(map)),
            _ => None,
        }
    }

    /// Sets a key, which keeps its place.
    pub fn set(&self, key: &str, value: Value) {
        let mut table = self.table.borrow_mut();
        match table.get_mut(key) {
            Some(slot) => slot.value = value,
            None => table.insert(key.into(), value.into()),
        }
    }

    /// Sets a key with its place.
    pub fn insert(&self, key: Text, slot: Slot) {
        self.table.borrow_mut().insert(key, slot);
    }

    /// Takes a key away.
    pub fn remove(&self, key: &str) {
        self.table.borrow_mut().remove(key);
    }

    /// All keys with their values, sorted, whatever becomes of the mapping meanwhile.
    pub fn sorted(&self) -> Vec<(Text, Slot)> {
        self.table().iter().map(|(key, slot)| (key.clone(), slot.clone())).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.table().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_entries_are_the_same_mapping() {
        let map = Entries::default();
        for number in (0..3 * MOST).rev() {
            map.set(&format!("{:03}", number % (2 * MOST)), Data::Int(number as i64).into());
        }
        assert_eq!(map.len(), 2 * MOST);
        assert!(map.sorted().is_sorted_by(|one, next| one.0 < next.0));
        assert!(matches!(map.get("001").map(|one| one.data), Some(Data::Int(1))));
        map.remove("001");
        assert!(!map.has("001"));
        let last = |text: &str| (Text::from("a"), Slot::from(Value::from(text)));
        let table: Table = [last("b"), last("c")].into_iter().collect();
        assert_eq!(table.get("a").and_then(|slot| slot.value.as_str()), Some("c"));
    }
}
