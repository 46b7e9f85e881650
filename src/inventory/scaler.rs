//! HorizontalPodAutoscalers of every version and KEDA ScaledObjects, with the API's defaults (facts 8.1–8.9).

use crate::document::Object;
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// Which kind of autoscaler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalerKind {
    /// `autoscaling` HorizontalPodAutoscaler.
    Hpa,
    /// `keda.sh` ScaledObject.
    ScaledObject,
}

/// An autoscaler.
#[derive(Clone, Copy, Debug)]
pub struct Scaler<'a> {
    /// The object.
    pub object: Object<'a>,
    /// Its kind.
    pub kind: ScalerKind,
    /// `spec.scaleTargetRef`.
    pub target: Option<Node<'a>>,
    /// `minReplicas` or `minReplicaCount` as written.
    pub min: Option<Node<'a>>,
    /// `maxReplicas` or `maxReplicaCount` as written.
    pub max: Option<Node<'a>>,
    /// The most that the triggers of a ScaledObject ask for, if all of them go by the clock (fact 8.31).
    by_clock: Option<i64>,
}

impl<'a> Scaler<'a> {
    /// Reads an autoscaler.
    pub fn read(object: Object<'a>) -> Option<Self> {
        if !object.is("autoscaling", "HorizontalPodAutoscaler") && !object.is("keda.sh", "ScaledObject") {
            return None;
        }
        let spec = object.spec();
        let get = |key: &str| spec.and_then(|spec| spec.get(key));
        let target = get("scaleTargetRef");
        if object.is("autoscaling", "HorizontalPodAutoscaler") {
            let (min, max) = (get("minReplicas"), get("maxReplicas"));
            Some(Scaler { object, kind: ScalerKind::Hpa, target, min, max, by_clock: None })
        } else if object.is("keda.sh", "ScaledObject") {
            let (min, max) = (get("minReplicaCount"), get("maxReplicaCount"));
            let by_clock = get("triggers").and_then(by_clock);
            Some(Scaler { object, kind: ScalerKind::ScaledObject, target, min, max, by_clock })
        } else {
            None
        }
    }

    /// The key `spec`, for what is missing in there.
    pub fn spec_key(&self) -> Node<'a> {
        self.object.node.entry("spec").map_or(self.object.anchor(), |spec| spec.key)
    }

    /// Name of the target; empty when it is missing.
    pub fn target_name(&self) -> &'a str {
        self.target.and_then(|target| target.get("name")).map_or("", |name| name.text())
    }

    /// Kind of the target, defaulted for KEDA.
    pub fn target_kind(&self) -> &'a str {
        let kind = self.target.and_then(|target| target.get("kind")).map(|kind| kind.text());
        let default = if self.kind == ScalerKind::ScaledObject { "Deployment" } else { "" };
        kind.unwrap_or(default)
    }

    /// API group of the target; `None` when no version is written.
    pub fn target_group(&self) -> Option<&'a str> {
        let version = self.target.and_then(|target| target.get("apiVersion")).map(|node| node.text());
        match version {
            Some(version) => Some(version.rsplit_once('/').map_or("", |(group, _)| group)),
            None if self.kind == ScalerKind::ScaledObject => Some("apps"),
            None => None,
        }
    }

    /// The lowest number of replicas, defaulted: 1 for an HPA, 0 for KEDA. `None` for a placeholder.
    pub fn floor(&self) -> Option<i64> {
        let default = if self.kind == ScalerKind::Hpa { 1 } else { 0 };
        read(self.min, default)
    }

    /// The highest number of replicas. An HPA without one is refused; KEDA defaults to 100.
    pub fn ceiling(&self) -> Option<i64> {
        match (self.kind, self.max) {
            (ScalerKind::Hpa, None) => None,
            _ => {
                let allowed = read(self.max, 100)?;
                Some(match self.by_clock {
                    Some(most) => allowed.min(most.max(self.floor().unwrap_or(0))),
                    None => allowed,
                })
            }
        }
    }

    /// Whether it names this object, by group and kind; the version is not compared (fact 8.1).
    pub fn names(&self, object: &Object<'_>) -> bool {
        self.target_name() == object.name
            && !object.name.is_empty()
            && self.target_kind() == object.kind
            && self.target_group().is_none_or(|group| {
                // What is still written as `extensions` is served as `apps`.
                group == object.group() || (group == "apps" && object.group() == "extensions")
            })
    }

    /// Whether the target cannot be told yet.
    pub fn has_placeholder(&self) -> bool {
        is_placeholder(self.target_name())
    }
}

/// The most replicas that `cron` triggers ask for, if there are no others.
fn by_clock(triggers: Node<'_>) -> Option<i64> {
    let desired = |trigger: Node<'_>| {
        let cron = trigger.get("type").is_some_and(|kind| kind.text() == "cron");
        let count = trigger.get("metadata").filter(|_| cron)?.get("desiredReplicas")?;
        count.int().or_else(|| count.text().parse().ok())
    };
    triggers.items().map(desired).collect::<Option<Vec<i64>>>()?.into_iter().max()
}

fn read(node: Option<Node<'_>>, default: i64) -> Option<i64> {
    node.map_or(Some(default), |node| node.int())
}
