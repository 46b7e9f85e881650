//! Objects of one file that name or select each other, where one has a namespace and the other leaves it open.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::{Check, Rule, rule};
use crate::document::Object;
use crate::files::FileId;
use crate::finding::{Out, Severity};
use crate::inventory::{Inventory, Selected, Via, same_file, sources};
use crate::text::placeholder::is_placeholder;

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("namespace-left-open", Check::Unit(left_open))];

/// Two objects of a file that need one namespace, and how the first one depends on the other.
struct Pair<'a> {
    from: Object<'a>,
    to: Object<'a>,
    how: &'static str,
}

impl<'a> Pair<'a> {
    /// The one that leaves its namespace open, the other one, and the namespace of that.
    fn sides(&self, inventory: &Inventory<'a>) -> Option<(Object<'a>, Object<'a>, &'a str)> {
        match (inventory.namespace(&self.from), inventory.namespace(&self.to)) {
            (None, Some(namespace)) => Some((self.from, self.to, namespace)),
            (Some(namespace), None) => Some((self.to, self.from, namespace)),
            _ => None,
        }
    }
}

fn left_open(inventory: &Inventory<'_>, out: &mut Out) {
    // Whoever deploys by path may write the namespace.
    if inventory.view.single_files || !inventory.view.folders.is_empty() {
        return;
    }
    // One finding for each namespace of a file.
    let mut found: BTreeMap<_, Vec<Pair<'_>>> = BTreeMap::new();
    for pair in pairs(inventory) {
        let patched = inventory.is_patched(&pair.from) || inventory.is_patched(&pair.to);
        if let Some((open, _, namespace)) = pair.sides(inventory).filter(|_| !patched)
            && !is_placeholder(namespace)
            && !namespace.is_empty()
        {
            found.entry((open.node.span().file, namespace)).or_default().push(pair);
        }
    }
    for ((_, namespace), pairs) in found {
        let mut seen = HashSet::new();
        let fresh =
            |pair: &&Pair<'_>| pair.sides(inventory).is_some_and(|(open, ..)| seen.insert(open.node.span()));
        let pairs: Vec<&Pair<'_>> = pairs.iter().filter(fresh).collect();
        let Some((first, Some((open, other, _)))) = pairs.first().map(|pair| (pair, pair.sides(inventory)))
        else {
            continue;
        };
        let place = other.metadata().and_then(|metadata| metadata.get("namespace"));
        let more = match pairs.len() {
            1 => String::new(),
            count => format!(" (and {} more of this file)", count - 1),
        };
        let message =
            format!("{} leaves its namespace open, {} is in `{namespace}`", open.title(), other.title());
        let draft = out
            .report(open.anchor(), message)
            // The namespace of whoever has chosen none.
            .severity(if namespace == "default" { Severity::Info } else { Severity::Warning })
            .label(format!("is created in the namespace that the client has chosen{more}"))
            .also(place.unwrap_or(other.anchor()), "the namespace is written here");
        draft.help(format!("add `namespace: {namespace}`: {}, and only in its own namespace", first.how));
    }
}

/// Selected workloads by their file and whether they leave their namespace open.
struct Places(HashMap<(FileId, bool), Vec<usize>>);

impl Places {
    fn of(inventory: &Inventory<'_>, selected: &[Selected]) -> Self {
        let mut places: HashMap<_, Vec<usize>> = HashMap::new();
        for one in selected {
            let object = &inventory.workloads[one.workload].object;
            let place = (object.node.span().file, inventory.namespace(object).is_none());
            places.entry(place).or_default().push(one.workload);
        }
        Places(places)
    }

    /// Those in the file of an object of which it or they leave the namespace open.
    fn across<'i, 'a>(
        &self,
        inventory: &'i Inventory<'a>,
        object: &Object<'a>,
    ) -> impl Iterator<Item = &'i Object<'a>> {
        let place = (object.node.span().file, inventory.namespace(object).is_some());
        let found = self.0.get(&place).map_or(&[][..], Vec::as_slice);
        found.iter().map(|&at| &inventory.workloads[at].object)
    }
}

/// So many pairs are looked at: every Service of a file may select every pod of it.
const MOST: usize = 10_000;

/// What of one file needs the same namespace, where one of the two leaves it open.
fn pairs<'a>(inventory: &Inventory<'a>) -> Vec<Pair<'a>> {
    let mut found = Vec::new();
    let mut add = |from: &Object<'a>, to: &Object<'a>, how| {
        let is_open = |object: &Object<'a>| inventory.namespace(object).is_none();
        let more = found.len() < MOST;
        if more && is_open(from) != is_open(to) && same_file(from, to) {
            found.push(Pair { from: *from, to: *to, how });
        }
        more
    };
    let mut groups = HashMap::new();
    for (at, service) in inventory.services.iter().enumerate() {
        let places = groups.entry(inventory.service_group(at));
        let places = places.or_insert_with(|| Places::of(inventory, inventory.service_pods(at)));
        for pod in places.across(inventory, &service.object) {
            if !add(&service.object, pod, "a Service selects pods") {
                break;
            }
        }
    }
    let mut groups = HashMap::new();
    for (at, budget) in inventory.budgets.iter().enumerate() {
        let places = groups.entry(inventory.budget_group(at));
        let places = places.or_insert_with(|| Places::of(inventory, inventory.budget_pods(at)));
        for pod in places.across(inventory, &budget.object) {
            if !add(&budget.object, pod, "a budget protects pods") {
                break;
            }
        }
    }
    for (at, workload) in inventory.workloads.iter().enumerate() {
        for &scaler in inventory.scalers_of(at) {
            add(&inventory.scalers[scaler].object, &workload.object, "an autoscaler finds its target");
        }
        let namespace = inventory.namespace(&workload.object);
        for one in [Via::Environment, Via::Volume].into_iter().flat_map(|via| sources(workload, via)) {
            for object in inventory.reachable(namespace, one.kind, one.name.text()) {
                add(&workload.object, object, "a pod finds ConfigMaps, Secrets and claims");
            }
        }
        let account = workload.pod.spec.0.get("serviceAccountName").map_or("", |name| name.text());
        for object in inventory.reachable(namespace, "ServiceAccount", account) {
            add(&workload.object, object, "a pod finds its ServiceAccount");
        }
    }
    for backend in inventory.backends() {
        for object in inventory.reachable(backend.namespace, "Service", backend.name.text()) {
            add(&backend.object, object, "an Ingress or a route finds its Service");
        }
    }
    found
}
