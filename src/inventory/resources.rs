//! What fills in requests and limits that a container does not write (facts 8.10, 10.13–10.15).

use super::{Inventory, scope};
use crate::document::Object;
use crate::kube::selector::Match;
use crate::kube::workload::Workload;
use crate::yaml::Node;

/// Objects that set resources of pods as they are made.
pub struct Others<'s, 'a> {
    limit_ranges: Vec<&'s Object<'a>>,
    autoscalers: Vec<&'s Object<'a>>,
}

impl<'s, 'a> Others<'s, 'a> {
    /// Finds those of a unit.
    pub fn read(inventory: &'s Inventory<'a>) -> Self {
        let of = |group: &str, kind: &str| {
            inventory.objects.iter().filter(|object| object.is(group, kind)).collect()
        };
        Others {
            limit_ranges: of("", "LimitRange"),
            autoscalers: of("autoscaling.k8s.io", "VerticalPodAutoscaler"),
        }
    }

    /// Whether a VerticalPodAutoscaler writes the requests when pods are made (fact 8.10).
    pub fn scale(&self, workload: &Workload<'_>) -> bool {
        self.autoscalers.iter().any(|object| {
            let spec = object.spec();
            let target = spec.and_then(|spec| spec.get("targetRef")).and_then(|target| target.get("name"));
            let policy = spec.and_then(|spec| spec.get("updatePolicy"));
            let mode = policy.and_then(|policy| policy.get("updateMode"));
            target.is_some_and(|name| name.text() == workload.object.name)
                && mode.is_none_or(|mode| mode.text() != "Off")
        })
    }

    /// Whether a LimitRange of the namespace may fill requests in (fact 10.15).
    pub fn request(&self, inventory: &Inventory<'a>, workload: &Workload<'a>, resource: &str) -> bool {
        self.ranges(inventory, workload, resource, &["defaultRequest", "default", "max", "min"])
    }

    /// Whether a LimitRange of the namespace may fill limits in.
    pub fn limit(&self, inventory: &Inventory<'a>, workload: &Workload<'a>, resource: &str) -> bool {
        self.ranges(inventory, workload, resource, &["default", "max"])
    }

    fn ranges(
        &self,
        inventory: &Inventory<'a>,
        workload: &Workload<'a>,
        resource: &str,
        keys: &[&str],
    ) -> bool {
        let namespace = inventory.namespace(&workload.object);
        let given = |item: Node<'_>| {
            let kind = item.get("type").map_or("Container", |kind| kind.text());
            let by = |key: &&str| item.get(key).is_some_and(|list| list.get(resource).is_some());
            kind == "Container" && keys.iter().any(by)
        };
        self.limit_ranges.iter().any(|object| {
            let limits = object.spec().and_then(|spec| spec.get("limits"));
            scope(namespace, inventory.namespace(object)) != Match::No
                && limits.is_some_and(|limits| limits.items().any(given))
        })
    }
}

/// Whether a `resources` field gives a request or, if no request is asked for, a limit; surely or perhaps:
/// text in place of a mapping is filled in later.
pub fn gives(resources: Option<Node<'_>>, resource: &str) -> bool {
    has(resources, "requests", resource) || has(resources, "limits", resource)
}

/// Whether one list of a `resources` field names a resource, surely or perhaps.
pub fn has(resources: Option<Node<'_>>, list: &str, resource: &str) -> bool {
    let Some(resources) = resources else {
        return false;
    };
    let given = |list: Node<'_>| !list.is_mapping() || list.get(resource).is_some();
    !resources.is_mapping() || resources.get(list).is_some_and(given)
}
