//! What ties a pod to one node or takes a node for itself, other than affinity between pods.

use crate::kube::pod::PodSpec;
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// The one node a pod may run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin<'a> {
    /// Where the node is named.
    pub at: Node<'a>,
    /// The field that names it.
    pub field: &'static str,
}

/// A port that the pod takes from its node, so that a node has room for one such pod.
#[derive(Clone, Copy, Debug)]
pub struct HostPort<'a> {
    /// `hostPort`, or `hostNetwork` where that makes every port one of the node.
    pub at: Node<'a>,
    /// The port.
    pub port: i64,
    /// It is the node's because of `hostNetwork`.
    pub network: bool,
}

const HOSTNAME: &str = "kubernetes.io/hostname";

/// The node that a pod is tied to by name; `None` when several are possible or it is still to be filled in.
pub fn pin(spec: PodSpec<'_>) -> Option<Pin<'_>> {
    let direct = spec.0.get("nodeName").map(|at| Pin { at, field: "nodeName" });
    let by_label = || {
        let at = spec.0.get("nodeSelector")?.get(HOSTNAME)?;
        Some(Pin { at, field: "nodeSelector" })
    };
    let pin = direct.or_else(by_label).or_else(|| by_affinity(spec))?;
    (!pin.at.text().is_empty() && !is_placeholder(pin.at.text())).then_some(pin)
}

/// Terms are alternatives; the pod is tied down if each of them names the same single node.
fn by_affinity(spec: PodSpec<'_>) -> Option<Pin<'_>> {
    let required =
        spec.affinity("nodeAffinity")?.value.get("requiredDuringSchedulingIgnoredDuringExecution")?;
    let mut found: Option<Node<'_>> = None;
    for term in required.get("nodeSelectorTerms")?.items() {
        let name = single_node(term)?;
        if found.is_some_and(|other| other.text() != name.text()) {
            return None;
        }
        found = found.or(Some(name));
    }
    found.map(|at| Pin { at, field: "nodeAffinity" })
}

fn single_node(term: Node<'_>) -> Option<Node<'_>> {
    let among = |list: &str, key: &'static str| {
        let list = term.get(list).into_iter().flat_map(|list| list.items());
        list.filter(move |one| one.get("key").is_some_and(|it| it.text() == key))
    };
    let mut about = among("matchExpressions", HOSTNAME).chain(among("matchFields", "metadata.name"));
    about.find_map(|one| {
        let mut values = one.get("values")?.items();
        let only = values.next().filter(|_| values.next().is_none())?;
        (one.get("operator")?.text() == "In").then_some(only)
    })
}

/// The first port of the node that a pod takes.
pub fn host_port(spec: PodSpec<'_>) -> Option<HostPort<'_>> {
    let number = |node: Node<'_>| node.int().filter(|port| *port > 0);
    if let Some(at) = spec.host_network() {
        let port = spec.ports().find_map(|port| port.number.filter(|port| *port > 0))?;
        return Some(HostPort { at, port, network: true });
    }
    spec.ports().find_map(|port| {
        let at = port.node.get("hostPort")?;
        number(at).map(|port| HostPort { at, port, network: false })
    })
}
