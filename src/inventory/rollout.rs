//! How a workload replaces its pods, and the arithmetic of a rolling update (facts 2.18, 2.21, 9.1, 9.2).

use crate::kube::int_or_percent::IntOrPercent;
use crate::kube::workload::{Workload, WorkloadKind};
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// How the old pods make room for the new ones.
#[derive(Clone, Copy, Debug)]
pub enum Update<'a> {
    /// All old pods end before the first new one starts; the node is the strategy's `type`.
    Recreate(Node<'a>),
    /// A few at a time.
    Rolling(Rolling<'a>),
    /// The old and the new set run side by side (Argo `blueGreen`); the node is that mapping.
    BlueGreen(Node<'a>),
}

/// The limits of a rolling update as written.
#[derive(Clone, Copy, Debug)]
pub struct Rolling<'a> {
    /// `maxSurge`.
    pub max_surge: Option<Node<'a>>,
    /// `maxUnavailable`.
    pub max_unavailable: Option<Node<'a>>,
    default: IntOrPercent<'static>,
}

/// The limits for one number of replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fenceposts {
    /// Pods above the wanted number.
    pub surge: i64,
    /// Pods that may be missing.
    pub unavailable: i64,
}

impl<'a> Update<'a> {
    /// Reads a workload's strategy; `None` for kinds that do not roll out by surging, for strategies whose
    /// steps cannot be told (Argo `canary`, `Custom`) and for placeholders.
    pub fn read(workload: &Workload<'a>) -> Option<Self> {
        let strategy = workload.strategy();
        let get = |key: &str| strategy.and_then(|strategy| strategy.get(key));
        let params = match workload.kind {
            WorkloadKind::Deployment => "rollingUpdate",
            WorkloadKind::DeploymentConfig => "rollingParams",
            WorkloadKind::Rollout => return get("blueGreen").map(Update::BlueGreen),
            _ => return None,
        };
        match get("type") {
            Some(node) if node.text() == "Recreate" => return Some(Update::Recreate(node)),
            Some(node) if !matches!(node.text(), "RollingUpdate" | "Rolling") => return None,
            _ => {}
        }
        let params = get(params);
        let limit = |key: &str| params.and_then(|params| params.get(key));
        // The oldest Deployments defaulted to one pod, all later ones to a quarter.
        let old = workload.object.api_version == "extensions/v1beta1";
        Some(Update::Rolling(Rolling {
            max_surge: limit("maxSurge"),
            max_unavailable: limit("maxUnavailable"),
            default: if old { IntOrPercent::Int(1) } else { IntOrPercent::Percent(25) },
        }))
    }
}

impl Rolling<'_> {
    /// The limits at a number of replicas; `None` if one of them cannot be read.
    pub fn at(&self, replicas: i64) -> Option<Fenceposts> {
        let limit = |node: Option<Node<'_>>| match node {
            None => Some(self.default),
            Some(node) if is_placeholder(node.text()) => None,
            Some(node) => match IntOrPercent::read(node)? {
                IntOrPercent::Int(count) => Some(IntOrPercent::Int(count)),
                IntOrPercent::Percent(share) => Some(IntOrPercent::Percent(share)),
                IntOrPercent::Invalid(_) => None,
            },
        };
        fenceposts(limit(self.max_surge)?, limit(self.max_unavailable)?, replicas)
    }
}

/// Surge rounds up, unavailable rounds down; when both come to nothing one pod may be missing, and never
/// more than there are.
pub fn fenceposts(
    surge: IntOrPercent<'_>,
    unavailable: IntOrPercent<'_>,
    replicas: i64,
) -> Option<Fenceposts> {
    let surge = surge.of_rounding_up(replicas)?;
    let unavailable = unavailable.of_rounding_down(replicas)?;
    let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable };
    Some(Fenceposts { surge, unavailable: unavailable.min(replicas) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: IntOrPercent<'_> = IntOrPercent::Percent(25);

    #[test]
    fn defaults_by_number_of_replicas() {
        let expected = [(1, 0), (1, 0), (1, 0), (1, 1), (2, 1), (2, 1), (2, 1), (2, 2), (3, 2), (3, 2)];
        for (replicas, (surge, unavailable)) in (1..).zip(expected) {
            let found = fenceposts(QUARTER, QUARTER, replicas);
            assert_eq!(found, Some(Fenceposts { surge, unavailable }), "{replicas} replicas");
        }
    }

    #[test]
    fn something_must_move_and_no_more_than_there_is() {
        let of = |surge, unavailable, replicas| fenceposts(surge, unavailable, replicas).unwrap();
        assert_eq!(of(IntOrPercent::Int(0), QUARTER, 3), Fenceposts { surge: 0, unavailable: 1 });
        assert_eq!(of(QUARTER, IntOrPercent::Int(5), 2), Fenceposts { surge: 1, unavailable: 2 });
        assert_eq!(of(QUARTER, IntOrPercent::Percent(100), 3), Fenceposts { surge: 1, unavailable: 3 });
        assert_eq!(
            of(IntOrPercent::Int(0), IntOrPercent::Int(0), 0),
            Fenceposts { surge: 0, unavailable: 0 }
        );
        assert_eq!(fenceposts(IntOrPercent::Invalid("1"), QUARTER, 3), None);
    }
}
