//! The resources of a build in their order, found by name without a look at each of them.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};

use super::resource::Resource;
use super::value::Text;

/// A list of resources that knows what they are and were called.
#[derive(Debug, Default)]
pub struct Resources {
    list: Vec<Resource>,
    /// Positions by name, ascending. A position may stand at a name that its resource no longer has.
    names: Option<HashMap<Text, Vec<usize>>>,
}

impl Resources {
    /// Adds one at the end.
    pub fn push(&mut self, resource: Resource) {
        if let Some(names) = &mut self.names {
            enter(names, self.list.len(), &resource, 0);
        }
        self.list.push(resource);
    }

    /// Positions of all that are or were called so, ascending, perhaps with some more.
    pub fn called(&mut self, name: &str) -> Vec<usize> {
        let names = self.names.get_or_insert_with(|| {
            let mut names = HashMap::new();
            self.list.iter().enumerate().for_each(|(at, resource)| enter(&mut names, at, resource, 0));
            names
        });
        names.get(name).cloned().unwrap_or_default()
    }

    /// Positions of those that fit, which have to be or have been called `name` unless that is `None`.
    pub fn positions(&mut self, name: Option<&str>, fits: impl Fn(&Resource) -> bool) -> Vec<usize> {
        let some = match name {
            Some(name) => self.called(name),
            None => (0..self.list.len()).collect(),
        };
        some.into_iter().filter(|&at| fits(&self.list[at])).collect()
    }

    /// Changes the one at a position; its former names may become more.
    pub fn change<T>(&mut self, at: usize, change: impl FnOnce(&mut Resource) -> T) -> T {
        let resource = &mut self.list[at];
        let known = resource.former.len();
        let outcome = change(resource);
        if let Some(names) = &mut self.names {
            enter(names, at, resource, known);
        }
        outcome
    }

    /// Removes those at these positions, which ascend.
    pub fn remove(&mut self, positions: &[usize]) {
        if positions.is_empty() {
            return;
        }
        let (mut at, mut left) = (0, positions.iter().peekable());
        self.retain(|_| {
            at += 1;
            left.next_if(|&&gone| gone + 1 == at).is_none()
        });
    }

    /// Keeps those that fit.
    pub fn retain(&mut self, keep: impl FnMut(&Resource) -> bool) {
        self.names = None;
        self.list.retain(keep);
    }
}

/// Enters a position at each name of its resource but the first former ones, so many of which are entered already.
fn enter(names: &mut HashMap<Text, Vec<usize>>, at: usize, resource: &Resource, known: usize) {
    let former = resource.former.iter().skip(known).map(|former| former.name.as_str());
    for name in former.chain([resource.name()]) {
        match names.get_mut(name) {
            Some(places) => {
                if let Err(place) = places.binary_search(&at) {
                    places.insert(place, at);
                }
            }
            None => drop(names.insert(name.into(), vec![at])),
        }
    }
}

impl Clone for Resources {
    /// The copy will be changed, so it gets an index of its own when somebody asks.
    fn clone(&self) -> Self {
        Resources { list: self.list.clone(), names: None }
    }
}

impl Deref for Resources {
    type Target = [Resource];

    fn deref(&self) -> &[Resource] {
        &self.list
    }
}

impl DerefMut for Resources {
    /// Whoever changes all of them may change all names.
    fn deref_mut(&mut self) -> &mut [Resource] {
        self.names = None;
        &mut self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{FileId, Span};
    use crate::kustomize::value::{Key, Value};

    const AT: Span = Span { file: FileId(0), start: 0, end: 0 };

    fn resource(name: &str) -> Resource {
        let mut metadata = Value::map(AT);
        metadata.set(Key::new("name", AT), Value::string(name, AT));
        let mut root = Value::map(AT);
        root.set(Key::new("metadata", AT), metadata);
        Resource::new(root)
    }

    #[test]
    fn resources_are_found_by_each_name() {
        let mut all = Resources::default();
        ["a", "b", "a"].into_iter().for_each(|name| all.push(resource(name)));
        assert_eq!(all.called("a"), [0, 2]);
        all.change(1, |one| {
            one.remember();
            one.root = resource("a").root;
        });
        assert_eq!((all.called("a"), all.called("b")), (vec![0, 1, 2], vec![1]));
        all.remove(&[0, 2]);
        assert_eq!((all.called("a"), all.called("b"), all.len()), (vec![0], vec![0], 1));
        all.iter_mut().for_each(|one| *one = resource("c"));
        assert_eq!((all.called("a"), all.called("c")), (vec![], vec![0]));
    }
}
