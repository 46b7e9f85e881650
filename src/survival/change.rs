//! Changes of a manifest that may let a workload survive, and what each does to a placement.

use super::cluster::{HOSTNAME, ZONE};
use super::problem::{Problem, Spread, Term};

/// A change of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// Another number of replicas.
    Replicas(usize),
    /// Take out the required affinity that holds the replicas together.
    Release,
    /// Required anti-affinity between the replicas, by node.
    ApartByNode,
    /// An even spread over the zones that the scheduler must keep.
    SpreadByZone,
    /// A budget that keeps enough pods and lets one go at a time.
    Budget,
    /// A rolling update that starts a new pod before it ends an old one.
    Rolling,
}

impl Change {
    /// An instruction, lower case, without full stop.
    pub fn text(self) -> String {
        match self {
            Change::Replicas(count) => format!("run {count} replicas"),
            Change::Release => "remove the required `podAffinity` between the replicas".to_owned(),
            Change::ApartByNode => format!("add required `podAntiAffinity` over `{HOSTNAME}`"),
            Change::SpreadByZone => {
                format!("add a `DoNotSchedule` spread constraint over `{ZONE}` with `minDomains: 2`")
            }
            Change::Budget => "add a PodDisruptionBudget with `maxUnavailable: 1`".to_owned(),
            Change::Rolling => "use `RollingUpdate` with `maxUnavailable: 0`".to_owned(),
        }
    }

    /// What it does to the placement of the first workload of a problem.
    pub fn apply(self, problem: &mut Problem) {
        let count = problem.pods.len();
        let nodes = problem.rooms.len();
        let only_first = || (0..count).map(|at| at == 0).collect::<Vec<bool>>();
        let zones = problem.zones.clone();
        let Some(pods) = problem.pods.first_mut() else {
            return;
        };
        match self {
            Change::Replicas(replicas) => pods.replicas = replicas,
            Change::Release => pods.together.retain(|term| !term.selects.first().copied().unwrap_or(false)),
            Change::ApartByNode => {
                let domains = (0..nodes).map(|node| u16::try_from(node).ok()).collect();
                pods.apart.push(Term { domains, selects: only_first(), of_revision: false });
            }
            Change::SpreadByZone => pods.spread.push(Spread {
                domains: zones,
                counts: only_first(),
                max_skew: 1,
                min_domains: 2,
                counted: vec![true; nodes],
            }),
            Change::Budget | Change::Rolling => {}
        }
    }
}
