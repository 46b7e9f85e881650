//! The resources of a build in their order, found by name or label without a look at each of them.

use std::hash::Hash;
use std::ops::{Deref, DerefMut};

use foldhash::{HashMap, HashMapExt};

use super::resource::Resource;
use super::value::{Text, Value};

/// What all resources have in common that somebody looks for.
#[derive(Clone, Copy, Debug)]
pub enum Clue<'c> {
    /// They are or were called so.
    Name(&'c str),
    /// They carry a label with this value.
    Label(&'c str, &'c str),
    /// Nothing that is known.
    Nothing,
}

/// Positions by what resources have, ascending. A position may stand where its resource no longer has that.
type Index<K> = HashMap<K, Vec<usize>>;

/// A list of resources that knows what they are and were called.
#[derive(Debug, Default)]
pub struct Resources {
    list: Vec<Resource>,
    found: Indexes,
}

/// What was asked for so far.
#[derive(Debug, Default)]
struct Indexes {
    /// By present and former names.
    names: Option<Index<Text>>,
    /// By labels, keys with their values.
    labels: Option<Index<(Text, Text)>>,
}

impl Indexes {
    /// Enters a resource, but not at so many first ones of its former names, which are entered already.
    fn enter(&mut self, at: usize, resource: &Resource, known: usize) {
        if let Some(names) = &mut self.names {
            enter(names, at, names_of(resource, known));
        }
        if let Some(labels) = &mut self.labels {
            enter(labels, at, labels_of(resource));
        }
    }
}

impl Resources {
    /// Adds one at the end.
    pub fn push(&mut self, resource: Resource) {
        self.found.enter(self.list.len(), &resource, 0);
        self.list.push(resource);
    }

    /// Positions of all that are or were called so, ascending, perhaps with some more.
    fn called(&mut self, name: &str) -> Vec<usize> {
        let names = self.found.names.get_or_insert_with(|| {
            let mut names = HashMap::new();
            self.list.iter().enumerate().for_each(|(at, one)| enter(&mut names, at, names_of(one, 0)));
            names
        });
        names.get(name).cloned().unwrap_or_default()
    }

    /// Positions of all that carry a label, ascending, perhaps with some more.
    fn labelled(&mut self, key: &str, value: &str) -> Vec<usize> {
        let labels = self.found.labels.get_or_insert_with(|| {
            let mut labels = HashMap::new();
            self.list.iter().enumerate().for_each(|(at, one)| enter(&mut labels, at, labels_of(one)));
            labels
        });
        labels.get(&(key.into(), value.into())).cloned().unwrap_or_default()
    }

    /// Positions of those that fit, all of which have what the clue says.
    pub fn positions(&mut self, clue: Clue<'_>, fits: impl Fn(&Resource) -> bool) -> Vec<usize> {
        let some = match clue {
            Clue::Name(name) => self.called(name),
            Clue::Label(key, value) => self.labelled(key, value),
            Clue::Nothing => (0..self.list.len()).collect(),
        };
        some.into_iter().filter(|&at| fits(&self.list[at])).collect()
    }

    /// Changes the one at a position; its former names may become more.
    pub fn change<T>(&mut self, at: usize, change: impl FnOnce(&mut Resource) -> T) -> T {
        let resource = &mut self.list[at];
        let known = resource.former.len();
        let outcome = change(resource);
        self.found.enter(at, resource, known);
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
        self.found = Indexes::default();
        self.list.retain(keep);
    }
}

fn enter<K: Eq + Hash>(index: &mut Index<K>, at: usize, keys: impl Iterator<Item = K>) {
    for key in keys {
        let places = index.entry(key).or_default();
        if let Err(place) = places.binary_search(&at) {
            places.insert(place, at);
        }
    }
}

/// The names of a resource but the first former ones, so many of which are known already.
fn names_of(resource: &Resource, known: usize) -> impl Iterator<Item = Text> + '_ {
    let former = resource.former.iter().skip(known).map(|former| former.name.clone());
    former.chain(std::iter::once_with(|| Text::new(resource.name())))
}

fn labels_of(resource: &Resource) -> impl Iterator<Item = (Text, Text)> + '_ {
    let labels = resource.root.at(&["metadata", "labels"]).map_or(&[][..], Value::entries);
    labels.iter().map(|(key, value)| (key.text.clone(), Text::new(value.text())))
}

impl Clone for Resources {
    /// The copy will be changed, so it gets indexes of its own when somebody asks.
    fn clone(&self) -> Self {
        Resources { list: self.list.clone(), found: Indexes::default() }
    }
}

impl Deref for Resources {
    type Target = [Resource];

    fn deref(&self) -> &[Resource] {
        &self.list
    }
}

impl DerefMut for Resources {
    /// Whoever changes all of them may change all names and labels.
    fn deref_mut(&mut self) -> &mut [Resource] {
        self.found = Indexes::default();
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

    #[test]
    fn resources_are_found_by_labels_that_patches_change() {
        let labelled = |value: &str| {
            let mut one = resource("a");
            let mut labels = Value::map(AT);
            labels.set(Key::new("app", AT), Value::string(value, AT));
            one.root.get_mut("metadata").expect("metadata").set(Key::new("labels", AT), labels);
            one
        };
        let mut all = Resources::default();
        ["x", "y", "x"].into_iter().for_each(|value| all.push(labelled(value)));
        let fits = |value: &'static str| {
            move |one: &Resource| one.root.text_at(&["metadata", "labels", "app"]) == value
        };
        assert_eq!(all.positions(Clue::Label("app", "x"), fits("x")), [0, 2]);
        all.change(1, |one| *one = labelled("x"));
        all.change(2, |one| *one = labelled("z"));
        all.push(labelled("y"));
        assert_eq!(all.positions(Clue::Label("app", "x"), fits("x")), [0, 1]);
        assert_eq!(all.positions(Clue::Label("app", "y"), fits("y")), [3]);
        all.iter_mut().for_each(|one| *one = labelled("y"));
        assert_eq!(all.positions(Clue::Label("app", "y"), fits("y")), [0, 1, 2, 3]);
    }
}
