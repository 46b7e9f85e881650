//! Who was meant: objects that lie together, names that are nearly right, and producers that are out of view.

use super::{Inventory, scope};
use crate::document::Object;
use crate::files::Distance;
use crate::kube::selector::Match;
use crate::project::are_near;
use crate::text::suggest;

/// Whether two objects stand in files of one directory (or in one file).
pub fn same_directory(one: &Object<'_>, other: &Object<'_>) -> bool {
    directory(one) == directory(other)
}

/// The directory of the file that holds an object; empty at the top.
pub fn directory<'a>(object: &Object<'a>) -> &'a str {
    let path = object.node.tree().source().path.as_str();
    crate::files::path::directory(path)
}

/// Whether two objects lie near each other: in one directory, one below the other, or in two directories side by
/// side. The top of the input is near itself only.
pub fn is_near(one: &Object<'_>, other: &Object<'_>) -> bool {
    are_near(directory(one), directory(other))
}

/// Whether two objects stand in one file.
pub fn same_file(one: &Object<'_>, other: &Object<'_>) -> bool {
    one.node.span().file == other.node.span().file
}

impl<'a> Inventory<'a> {
    /// How far two objects lie from each other. What one kustomization builds is one directory.
    pub fn distance(&self, one: &Object<'a>, other: &Object<'a>) -> Distance {
        let path = |object: &Object<'a>| object.node.tree().source().path.as_str();
        match Distance::between(path(one), path(other)) {
            Distance::File => Distance::File,
            _ if self.view.built => Distance::Directory,
            distance => distance,
        }
    }

    /// Whether a name may be said to lead from one object to the other: both namespaces agree, or one is left open
    /// and they lie near each other. A namespace that is open in another chapter of a tree may be any (fact 0.1).
    pub fn are_joined(&self, one: &Object<'a>, other: &Object<'a>) -> bool {
        match scope(self.namespace(one), self.namespace(other)) {
            Match::Yes => true,
            Match::Maybe => self.distance(one, other) <= Distance::Near,
            Match::No => false,
        }
    }

    /// Whether "too much matches" may be said of two objects: their namespaces are written and equal, or they
    /// lie in one directory and their namespaces do not differ.
    pub fn surely_together(&self, one: &Object<'a>, other: &Object<'a>) -> bool {
        match (self.namespace(one), self.namespace(other)) {
            (Some(first), Some(second)) => first == second,
            (None, None) => same_directory(one, other),
            _ => false,
        }
    }

    /// Workloads of this name, of any kind and in any namespace.
    pub fn workloads_named(&self, name: &str) -> &[usize] {
        self.workload_names.get(name).map_or(&[], Vec::as_slice)
    }

    /// The one workload that an autoscaler surely names; `None` if there is none or there are several.
    pub fn scaled_by(&self, scaler: usize) -> Option<usize> {
        let scaler = &self.scalers[scaler];
        let namespace = self.namespace(&scaler.object);
        let mut named = self.workloads_named(scaler.target_name()).iter().copied().filter(|&at| {
            let object = &self.workloads[at].object;
            scaler.names(object) && scope(namespace, self.namespace(object)) != Match::No
        });
        let first = named.next()?;
        let sure = scope(namespace, self.namespace(&self.workloads[first].object)).is_yes();
        (sure && named.next().is_none() && !self.is_of_another_variant(&scaler.object, first))
            .then_some(first)
    }

    /// Workloads with a label of this key whose value is nearly this one.
    pub fn nearly_labelled(&self, key: &str, value: &str) -> Vec<usize> {
        let values = self.index.values(key).iter().filter(|other| suggest::slip(value, other).is_some());
        let mut found: Vec<usize> =
            values.flat_map(|other| self.index.carrying(key, other)).map(|&at| at as usize).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether a custom resource of this name, or of a name that this one continues, is in view: its operator
    /// may make the pods or objects that are looked for.
    pub fn is_produced(&self, name: &str) -> bool {
        let ends = name.match_indices(['-', '.']).map(|(at, _)| at).chain([name.len()]);
        ends.into_iter().any(|end| self.producers.contains(&name[..end]))
    }
}
