//! Where objects apply that are about a whole namespace, such as LimitRanges and ResourceQuotas (facts 15.73, 15.75).

use foldhash::{HashMap, HashMapExt};

use super::{Inventory, directory};
use crate::document::Object;

/// Where an object lives as far as the input says: its namespace or, where that is left open, its directory.
pub type Home<'a> = (Option<&'a str>, &'a str);

/// Objects of one kind by their homes.
pub struct Placed<'a>(HashMap<Home<'a>, Vec<Object<'a>>>);

impl<'a> Placed<'a> {
    /// Those of a core kind.
    pub fn read(inventory: &Inventory<'a>, kind: &'static str) -> Self {
        let mut found: HashMap<_, Vec<Object<'a>>> = HashMap::new();
        for object in inventory.of_kind(kind).filter(|object| object.group().is_empty()) {
            found.entry(inventory.home(object)).or_default().push(*object);
        }
        Placed(found)
    }

    /// Those that surely apply where an object lies.
    pub fn of(&self, inventory: &Inventory<'a>, object: &Object<'a>) -> &[Object<'a>] {
        self.0.get(&inventory.home(object)).map_or(&[], Vec::as_slice)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Inventory<'a> {
    /// Where an object lives. Two objects with one home are surely in one namespace.
    pub fn home(&self, object: &Object<'a>) -> Home<'a> {
        match self.namespace(object) {
            Some(namespace) => (Some(namespace), ""),
            None => (None, directory(object)),
        }
    }
}
