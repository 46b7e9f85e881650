//! What LimitRanges and ResourceQuotas make of an object when it is created (facts 15.73 to 15.76).

mod quota;
mod range;

use std::collections::BTreeMap;

use super::pod::PodSpec;
use super::quantity::Quantity;
use crate::document::Object;
use crate::yaml::Node;

pub use quota::{Usage, hard, matches, object_usage, usage};
pub use range::default_limit;

/// Amounts by resource, in thousandths.
pub type Amounts<'a> = BTreeMap<&'a str, i128>;

/// A reason for which an object is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// Where in the object.
    pub at: Node<'a>,
    /// Where in the LimitRange or quota.
    pub by: Node<'a>,
    /// Why, in a few words.
    pub what: String,
}

/// The resources of a container once the defaults are filled in.
#[derive(Clone, Debug)]
pub struct Resources<'a> {
    /// The container.
    pub node: Node<'a>,
    /// Runs before the others and ends.
    init: bool,
    /// Starts before the others and stays.
    sidecar: bool,
    /// What it asks for.
    pub requests: Amounts<'a>,
    /// What it may use.
    pub limits: Amounts<'a>,
}

/// The resources of a pod.
#[derive(Clone, Debug)]
pub struct PodResources<'a> {
    /// Its containers, init containers last.
    pub containers: Vec<Resources<'a>>,
    /// The best place for a finding about the pod as a whole.
    pub anchor: Node<'a>,
    spec: Node<'a>,
    /// What the pod as a whole asks for, if it says so.
    whole: Option<(Amounts<'a>, Amounts<'a>)>,
}

/// Reads a list of amounts; `None` if one of them cannot be read.
fn amounts<'a>(list: Option<Node<'a>>) -> Option<Amounts<'a>> {
    let entries = list.into_iter().flat_map(|list| list.entries()).filter(|entry| !entry.value.is_null());
    entries.map(|entry| Some((entry.key.key_text(), Quantity::read(entry.value)?.milli()?))).collect()
}

/// What is written under a `resources` field, with limits in the place of requests that are left out.
fn resources<'a>(node: Option<Node<'a>>) -> Option<(Amounts<'a>, Amounts<'a>)> {
    let get = |key: &str| node.and_then(|node| node.get(key));
    let limits = amounts(get("limits"))?;
    let mut requests = amounts(get("requests"))?;
    for (resource, amount) in &limits {
        requests.entry(resource).or_insert(*amount);
    }
    Some((requests, limits))
}

impl<'a> PodResources<'a> {
    /// Reads the resources of a pod spec and fills in what the LimitRanges of its namespace give; `None` if an amount
    /// cannot be read.
    pub fn read(spec: PodSpec<'a>, ranges: &[Object<'a>]) -> Option<Self> {
        let mut containers = Vec::new();
        for (list, init) in [("containers", false), ("initContainers", true)] {
            for node in spec.list(list) {
                let (requests, limits) = resources(node.get("resources"))?;
                let always = node.get("restartPolicy").is_some_and(|policy| policy.text() == "Always");
                containers.push(Resources { node, init, sidecar: init && always, requests, limits });
            }
        }
        let whole = match spec.0.get("resources") {
            Some(node) => Some(resources(Some(node))?),
            None => None,
        };
        for range in ranges {
            containers.iter_mut().for_each(|container| range::fill(range, container));
        }
        Some(PodResources { containers, anchor: spec.0, spec: spec.0, whole })
    }

    /// The same pod with a better place for findings about all of it.
    pub fn at(mut self, anchor: Node<'a>) -> Self {
        self.anchor = anchor;
        self
    }

    /// What its containers ask for and may use together, whatever is written for the pod as a whole.
    pub fn of_containers(&self) -> (Amounts<'a>, Amounts<'a>) {
        (self.sum(|one| &one.requests), self.sum(|one| &one.limits))
    }

    /// What the pod asks for and may use: the main containers and sidecars together, or the largest of those that run
    /// before them.
    pub fn total(&self) -> (Amounts<'a>, Amounts<'a>) {
        let overhead = amounts(self.spec.get("overhead")).unwrap_or_default();
        let (mut requests, mut limits) = self.of_containers();
        if let Some((own_requests, own_limits)) = &self.whole {
            requests.extend(own_requests);
            limits.extend(own_limits);
        }
        for (resource, amount) in overhead {
            *requests.entry(resource).or_insert(0) += amount;
            if let Some(limit) = limits.get_mut(resource) {
                *limit += amount;
            }
        }
        (requests, limits)
    }

    fn sum(&self, of: impl for<'o> Fn(&'o Resources<'a>) -> &'o Amounts<'a>) -> Amounts<'a> {
        let (mut together, mut before, mut beside) = (Amounts::new(), Amounts::new(), Amounts::new());
        for container in &self.containers {
            let own = of(container);
            if !container.init || container.sidecar {
                add(&mut together, own);
            }
            if container.sidecar {
                add(&mut beside, own);
                raise(&mut before, &beside);
            } else if container.init {
                let mut alone = own.clone();
                add(&mut alone, &beside);
                raise(&mut before, &alone);
            }
        }
        raise(&mut together, &before);
        together
    }

    /// Whether nothing in it asks for CPU or memory.
    fn is_best_effort(&self) -> bool {
        let any = |amounts: &Amounts<'_>| {
            ["cpu", "memory"].iter().any(|one| amounts.get(one).is_some_and(|amount| *amount > 0))
        };
        let whole = self.whole.as_ref().is_some_and(|(requests, limits)| any(requests) || any(limits));
        !whole && !self.containers.iter().any(|one| any(&one.requests) || any(&one.limits))
    }
}

fn add<'a>(to: &mut Amounts<'a>, from: &Amounts<'a>) {
    for (resource, amount) in from {
        *to.entry(resource).or_insert(0) += amount;
    }
}

fn raise<'a>(to: &mut Amounts<'a>, from: &Amounts<'a>) {
    for (resource, amount) in from {
        let own = to.entry(resource).or_insert(0);
        *own = (*own).max(*amount);
    }
}

/// Why a pod is refused in a namespace with these LimitRanges and quotas and nothing else in it; empty if it is not.
pub fn pod_refusals<'a>(
    pod: &PodResources<'a>,
    ranges: &[Object<'a>],
    quotas: &[Object<'a>],
) -> Vec<Refusal<'a>> {
    let mut found = Vec::new();
    for range in ranges {
        range::check(range, pod, &mut found);
    }
    if found.is_empty() {
        for quota in quotas.iter().filter(|quota| matches(quota, Some(pod))) {
            quota::required(quota, pod, &mut found);
            quota::exceeded(quota, &usage(pod), pod.anchor, &mut found);
        }
    }
    found
}

/// The same of any other object.
pub fn object_refusals<'a>(
    object: &Object<'a>,
    ranges: &[Object<'a>],
    quotas: &[Object<'a>],
) -> Vec<Refusal<'a>> {
    let mut found = Vec::new();
    if object.is("", "PersistentVolumeClaim") {
        ranges.iter().for_each(|range| range::check_claim(range, object, &mut found));
    }
    if found.is_empty() {
        let usage = quota::object_usage(object);
        for quota in quotas.iter().filter(|quota| matches(quota, None)) {
            quota::exceeded(quota, &usage, object.anchor(), &mut found);
        }
    }
    found
}
