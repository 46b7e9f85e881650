//! Who was meant: objects that lie together, names that are nearly right, and producers that are out of view.

use super::{Inventory, scope};
use crate::kube::object::Object;
use crate::kube::selector::Match;

/// Whether two objects stand in files of one directory (or in one file).
pub fn same_directory(one: &Object<'_>, other: &Object<'_>) -> bool {
    directory(one) == directory(other)
}

/// The directory of the file that holds an object; empty at the top.
pub fn directory<'a>(object: &Object<'a>) -> &'a str {
    let path = object.node.tree().source().path.as_str();
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Whether a text is most likely the other one misspelt. Texts that differ in digits only are siblings, not
/// mistakes.
pub fn nearly(one: &str, other: &str) -> bool {
    if one == other || one.len().abs_diff(other.len()) > 2 {
        return false;
    }
    let letters = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let (first, second) = (letters(one), letters(other));
    if first == second {
        return !first.is_empty();
    }
    let bare = |text: &str| -> String { text.chars().filter(|c| !c.is_ascii_digit()).collect() };
    if bare(&first) == bare(&second) {
        return false;
    }
    let most = match first.len().min(second.len()) {
        0..=2 => return false,
        3..=7 => 1,
        _ => 2,
    };
    strsim::damerau_levenshtein(&first, &second) <= most
}

/// API groups that Kubernetes itself serves; their objects make no pods behind our back.
fn is_built_in(group: &str) -> bool {
    !group.contains('.') || (group.ends_with(".k8s.io") && !group.ends_with(".x-k8s.io"))
}

impl<'a> Inventory<'a> {
    /// Whether "too much matches" may be said of two objects: their namespaces are written and equal, or they
    /// lie in one directory and their namespaces do not differ.
    pub fn surely_together(&self, one: &Object<'a>, other: &Object<'a>) -> bool {
        match (self.namespace(one), self.namespace(other)) {
            (Some(first), Some(second)) => first == second,
            (None, None) => same_directory(one, other),
            _ => false,
        }
    }

    /// A Service that surely selects a workload's pods.
    pub fn served_by(&self, workload: usize) -> Option<usize> {
        let sure = |service: &usize| {
            self.service_pods(*service).iter().any(|one| one.workload == workload && one.certain.is_yes())
        };
        self.services_of(workload).iter().copied().find(sure)
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
        (sure && named.next().is_none()).then_some(first)
    }

    /// Workloads with a label of this key whose value is nearly this one.
    pub fn nearly_labelled(&self, key: &str, value: &str) -> Vec<usize> {
        let values = self.index.values(key).iter().filter(|other| nearly(value, other));
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

    pub(super) fn is_producer(object: &Object<'_>) -> bool {
        !object.name.is_empty() && !is_built_in(object.group())
    }
}

#[cfg(test)]
mod tests {
    use super::nearly;

    #[test]
    fn misspelt_or_different() {
        for (one, other) in [("web", "wbe"), ("frontend", "fronted"), ("web-app", "webapp"), ("Web", "web")] {
            assert!(nearly(one, other), "{one} {other}");
        }
        for (one, other) in
            [("web", "web"), ("web-1", "web-2"), ("v1", "v2"), ("api", "web"), ("dev", "prod")]
        {
            assert!(!nearly(one, other), "{one} {other}");
        }
    }
}
