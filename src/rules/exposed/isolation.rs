//! Pods that no NetworkPolicy is about, where the others have one.

use foldhash::HashSet;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::{Direction, Inventory, restricts, scope};
use crate::kube::selector::{Match, Selector};
use crate::kube::workload::Workload;
use crate::rules::security::is_final;
use crate::rules::words::list;
use crate::rules::{Around, Options};

/// Options of `pod-without-network-policy`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyOptions {
    /// Report pods where there are no policies at all, too.
    #[serde(default)]
    always: bool,
    /// Report pods that policies let connect to everything, too.
    #[serde(default)]
    egress: bool,
}

impl Options for PolicyOptions {}

/// Workloads that no policy restricts and that are told together: of one namespace, in one direction.
struct Open<'a> {
    namespace: Option<&'a str>,
    /// Whether it is about who reaches them; else about what they reach.
    incoming: bool,
    /// Whether requests from outside the cluster come in.
    reached: bool,
    /// The policy that restricts others there.
    near: Option<Object<'a>>,
    workloads: Vec<usize>,
}

/// Reports workloads whose pods no policy restricts, once for each namespace.
pub(super) fn judge(inventory: &Inventory<'_>, around: &Around<'_>, out: &mut Out) {
    let options: PolicyOptions = inventory.surroundings.options();
    if inventory.has_other_policies() {
        return;
    }
    let policies = inventory.policies();
    if policies.is_empty() && !options.always {
        return;
    }
    let incoming = Restricted::read(inventory, Direction::Ingress);
    let outgoing = options.egress.then(|| Restricted::read(inventory, Direction::Egress));
    let mut told: Vec<Open<'_>> = Vec::new();
    for (at, workload) in inventory.workloads.iter().enumerate() {
        let namespace = inventory.namespace(&workload.object);
        let open_in = !incoming.covers(at, namespace);
        let open_out = outgoing.as_ref().is_some_and(|outgoing| !outgoing.covers(at, namespace));
        // Pods in the network of the node have no address of their own that a policy could be about.
        let on_node = workload.pod.spec.host_network().is_some();
        let judged = is_final(inventory, workload) && !inventory.is_incomplete(&workload.object);
        if !(open_in || open_out) || on_node || !judged {
            continue;
        }
        let direction = if open_in { Direction::Ingress } else { Direction::Egress };
        if is_restricted_elsewhere(around, workload, namespace, direction) {
            continue;
        }
        // Where nobody isolates anything in its namespace, the policies in view are about something else.
        let near = policies.iter().find(|policy| {
            scope(inventory.namespace(&policy.object), namespace) != Match::No
                && !matches!(
                    (inventory.namespace(&policy.object), namespace),
                    (None, Some(_)) | (Some(_), None)
                )
        });
        if near.is_none() && !options.always {
            continue;
        }
        let reached = open_in && inventory.way_in(at).is_some();
        let same =
            |one: &&mut Open<'_>| (one.namespace, one.incoming, one.reached) == (namespace, open_in, reached);
        match told.iter_mut().find(same) {
            Some(one) => one.workloads.push(at),
            None => {
                let near = near.map(|policy| policy.object);
                told.push(Open { namespace, incoming: open_in, reached, near, workloads: vec![at] });
            }
        }
    }
    for one in &told {
        report(inventory, one, out);
    }
}

/// Whether a policy of the input that is deployed with something else restricts these pods: policies of a namespace add up,
/// whoever brings them.
fn is_restricted_elsewhere(
    around: &Around<'_>,
    workload: &Workload<'_>,
    namespace: Option<&str>,
    direction: Direction,
) -> bool {
    let Some(namespace) = namespace else { return false };
    around.policies(namespace).iter().filter(|policy| restricts(policy, direction)).any(|policy| {
        let selector = policy.spec().and_then(|spec| spec.get("podSelector")).map(Selector::label_selector);
        selector.is_none_or(|one| one.is_empty() || one.matches(&workload.pod.labels).is_yes())
    })
}

fn report(inventory: &Inventory<'_>, open: &Open<'_>, out: &mut Out) {
    let [first, others @ ..] = open.workloads.as_slice() else { return };
    let workload = &inventory.workloads[*first];
    let severity = if open.reached { Severity::Warning } else { Severity::Info };
    let title = workload.title();
    let (headline, label) = if open.incoming {
        let headline = format!("no NetworkPolicy restricts who reaches {title}");
        (headline, "every pod of the cluster may connect to its pods")
    } else {
        (format!("no NetworkPolicy restricts what {title} reaches"), "its pods may connect to everything")
    };
    let mut draft =
        out.report(workload.object.anchor(), headline).severity(severity).label(label).help(
            "add a policy that selects these pods, or one with an empty `podSelector` for the namespace",
        );
    if !others.is_empty() {
        let titles: Vec<String> = others.iter().map(|at| inventory.workloads[*at].title()).collect();
        draft = draft.note(format!("the same holds for {}", list(&titles, 3)));
    }
    if let Some(policy) = &open.near {
        draft = draft.also(policy.anchor(), "restricts other pods");
    }
    if let Some(way) = inventory.way_in(*first).filter(|_| open.incoming) {
        draft.also(way.at, "requests from outside come in here");
    }
}

/// Which pods the policies restrict in one direction.
struct Restricted<'a> {
    /// Positions of workloads.
    selected: HashSet<usize>,
    /// Namespaces all of whose pods a policy is about.
    everything: Vec<Option<&'a str>>,
}

impl<'a> Restricted<'a> {
    fn read(inventory: &Inventory<'a>, direction: Direction) -> Self {
        let policies = inventory.policies();
        let restricting = || policies.iter().filter(|policy| policy.restricts(direction));
        let selected = restricting().flat_map(|policy| &policy.pods).map(|one| one.workload).collect();
        let everything = restricting().filter(|one| one.everything);
        let everything = everything.map(|one| inventory.namespace(&one.object)).collect();
        Restricted { selected, everything }
    }

    fn covers(&self, workload: usize, namespace: Option<&str>) -> bool {
        self.selected.contains(&workload)
            || self.everything.iter().any(|one| scope(*one, namespace) != Match::No)
    }
}
