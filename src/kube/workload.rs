//! Everything that makes pods: where each kind keeps its template, selector and replica count.

use super::labels::{self, Labels};
use super::pod::{Container, PodSpec, PodTemplate};
use super::selector::{Requirement, Selector};
use super::sleep;
use crate::document::Object;
use crate::yaml::Node;

/// Words in annotations and labels by which something adds a container to a pod.
const INJECTED: &[&str] = &[
    "dapr.io/",
    "inject",
    "linkerd.io/",
    "vault.hashicorp.com/",
    "consul.hashicorp.com/",
    "sidecar",
    "cloudsql",
    "cloud-sql",
];

/// What kind of workload it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorkloadKind {
    /// `apps` (or `extensions`) Deployment.
    Deployment,
    /// `apps` StatefulSet.
    StatefulSet,
    /// `apps` (or `extensions`) DaemonSet.
    DaemonSet,
    /// `apps` (or `extensions`) ReplicaSet.
    ReplicaSet,
    /// Core ReplicationController.
    ReplicationController,
    /// `batch` Job.
    Job,
    /// `batch` CronJob.
    CronJob,
    /// A Pod without a controller.
    Pod,
    /// Argo Rollout.
    Rollout,
    /// OpenShift DeploymentConfig.
    DeploymentConfig,
    /// A kind declared in the configuration.
    Custom,
}

/// A custom kind that owns pods, as declared in the configuration. Paths are field names from the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomKind {
    /// API group; versions are not compared.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Way to the replica count.
    pub replicas: Vec<String>,
    /// Way to the label selector.
    pub selector: Vec<String>,
    /// Way to the pod template.
    pub template: Vec<String>,
}

/// An object that makes pods.
#[derive(Clone, Debug)]
pub struct Workload<'a> {
    /// The object.
    pub object: Object<'a>,
    /// Its kind.
    pub kind: WorkloadKind,
    /// What its pods look like.
    pub pod: PodTemplate<'a>,
    /// `spec.selector`, where the kind has one and it is written.
    pub selector: Option<Selector<'a>>,
    /// `spec.replicas` as written.
    pub replicas: Option<Node<'a>>,
    owned: bool,
    serves_nobody: bool,
}

impl<'a> Workload<'a> {
    /// Reads an object that makes pods; `None` for others and for objects without a pod template.
    pub fn read(object: Object<'a>, custom: &[CustomKind]) -> Option<Self> {
        use WorkloadKind::*;
        let kind = match (object.group(), object.kind) {
            ("apps" | "extensions", "Deployment") => Deployment,
            ("apps", "StatefulSet") => StatefulSet,
            ("apps" | "extensions", "DaemonSet") => DaemonSet,
            ("apps" | "extensions", "ReplicaSet") => ReplicaSet,
            ("", "ReplicationController") => ReplicationController,
            ("batch", "Job") => Job,
            ("batch", "CronJob") => CronJob,
            ("", "Pod") => Pod,
            ("argoproj.io", "Rollout") => Rollout,
            ("apps.openshift.io" | "", "DeploymentConfig") => DeploymentConfig,
            (group, kind) => {
                let declared = custom.iter().find(|one| one.group == group && one.kind == kind)?;
                return Workload::read_custom(object, declared);
            }
        };
        let spec = object.spec()?;
        let template = match kind {
            Pod => object.node,
            CronJob => spec.get("jobTemplate")?.get("spec")?.get("template")?,
            _ => spec.get("template")?,
        };
        let selector = match kind {
            Pod | CronJob => None,
            ReplicationController | DeploymentConfig => spec.get("selector").map(Selector::map),
            _ => spec.get("selector").map(Selector::label_selector),
        };
        let selector = selector.map(|selector| selector.with_added(&object.added.selectors));
        let replicas = match kind {
            DaemonSet | Job | CronJob | Pod => None,
            _ => spec.get("replicas"),
        };
        let mut pod = pod_template(template, kind)?;
        pod.labels.extend(&object.added.pods, pod.node);
        Some(Workload::new(object, kind, pod, selector, replicas))
    }

    fn read_custom(object: Object<'a>, declared: &CustomKind) -> Option<Self> {
        let walk = |path: &[String]| {
            let mut keys = path.iter();
            let first = object.node.get(keys.next()?)?;
            keys.try_fold(first, |node, key| node.get(key))
        };
        let selector = walk(&declared.selector).map(|node| {
            let expressions = node.get("matchLabels").or_else(|| node.get("matchExpressions"));
            if expressions.is_some() { Selector::label_selector(node) } else { Selector::map(node) }
        });
        let pod = pod_template(walk(&declared.template)?, WorkloadKind::Custom)?;
        let replicas = walk(&declared.replicas);
        Some(Workload::new(object, WorkloadKind::Custom, pod, selector, replicas))
    }

    fn new(
        object: Object<'a>,
        kind: WorkloadKind,
        pod: PodTemplate<'a>,
        selector: Option<Selector<'a>>,
        replicas: Option<Node<'a>>,
    ) -> Self {
        let serves_nobody = serves_nobody(pod.spec);
        Workload { object, kind, pod, selector, replicas, owned: is_owned(&object), serves_nobody }
    }

    /// Whether the workload keeps a number of identical pods running that `replicas` sets.
    pub fn is_scalable(&self) -> bool {
        use WorkloadKind::*;
        !matches!(self.kind, DaemonSet | Job | CronJob | Pod)
    }

    /// The template's labels with the values its selector demands, where the two disagree.
    pub fn intended_labels(&self) -> Option<Labels<'a>> {
        let selector = self.selector.as_ref()?;
        let unmet = || selector.unmet(&self.pod.labels).filter(|one| one.pair);
        let disagrees = unmet().next().is_some() && unmet().all(|one| self.template_is_odd(one));
        disagrees.then(|| selector.corrected(self.pod.labels.clone()))
    }

    /// Which side of a disagreement between selector and template is the slip: the template, unless the
    /// object's own labels side with it.
    pub fn template_is_odd(&self, unmet: &Requirement<'a>) -> bool {
        let own = self.object.metadata().and_then(|metadata| metadata.get("labels"));
        let own = own.and_then(|labels| labels.get(unmet.key)).map(|node| node.text());
        own.is_none() || own != self.pod.labels.get(unmet.key).map(|label| label.value)
    }

    /// Whether another workload made it, as in a dump of a cluster: a ReplicaSet of a Deployment, the Pods of
    /// a ReplicaSet.
    pub fn is_owned(&self) -> bool {
        self.owned
    }

    /// Whether both run the same image somewhere, whatever its version: variants of one application.
    pub fn shares_image(&self, other: &Workload<'_>) -> bool {
        let theirs: Vec<&str> = other.repositories().collect();
        self.repositories().any(|image| theirs.contains(&image))
    }

    /// Whether nobody misses its pods: they keep room on the nodes (overprovisioning with `pause`), sleep, or ask others
    /// in a loop.
    pub fn serves_nobody(&self) -> bool {
        self.serves_nobody
    }

    fn repositories(&self) -> impl Iterator<Item = &'a str> {
        repositories(self.pod.spec)
    }

    /// Whether the document holds only a part of the workload, as a patch does: no labels, no containers or no
    /// images.
    pub fn is_partial(&self) -> bool {
        self.pod.labels.is_empty() || !self.says_what_it_runs()
    }

    /// Whether it has containers and each of them an image, so that it is no part of another.
    pub fn says_what_it_runs(&self) -> bool {
        let mut containers = self.pod.spec.containers().peekable();
        containers.peek().is_some() && containers.all(|container| container.image().is_some())
    }

    /// Whether an annotation or a label asks somebody to add a container to its pods: a service mesh, a vault, a
    /// proxy of a cloud.
    pub fn may_be_injected(&self) -> bool {
        let of_pod = self.pod.node.get("metadata").and_then(|it| it.get("annotations"));
        let of_object = self.object.metadata().and_then(|it| it.get("annotations"));
        let keys = of_pod.into_iter().chain(of_object).flat_map(|it| it.entries());
        let keys = keys.filter(|entry| !matches!(entry.value.text(), "false" | "disabled"));
        let keys = keys.map(|entry| entry.key.text());
        let labels =
            self.pod.labels.pairs().iter().filter(|pair| !matches!(pair.value, "false" | "disabled"));
        let labels = labels.map(|pair| pair.key);
        keys.chain(labels).any(|key| INJECTED.iter().any(|word| key.contains(word)))
    }

    /// Whether its pods end by design.
    pub fn runs_to_completion(&self) -> bool {
        matches!(self.kind, WorkloadKind::Job | WorkloadKind::CronJob)
    }

    /// Whether its pods are there only for a while: they end by design, or belong to a Helm hook.
    pub fn is_temporary(&self) -> bool {
        let restarted =
            || self.pod.spec.0.get("restartPolicy").is_none_or(|policy| policy.text() == "Always");
        self.runs_to_completion() || self.is_hook() || (self.kind == WorkloadKind::Pod && !restarted())
    }

    /// Whether it belongs to a hook of Helm.
    pub fn is_hook(&self) -> bool {
        self.object.annotation("helm.sh/hook").is_some()
    }

    /// `spec.strategy` or `spec.updateStrategy`.
    pub fn strategy(&self) -> Option<Node<'a>> {
        let spec = self.object.spec()?;
        spec.get("strategy").or_else(|| spec.get("updateStrategy"))
    }

    /// The claim templates of a StatefulSet: each of its pods has a volume for every one of them, which takes the
    /// place of one in `volumes` with the same name (fact 10.5).
    pub fn claim_templates(&self) -> impl Iterator<Item = Node<'a>> + use<'a> {
        let is_set = self.kind == WorkloadKind::StatefulSet;
        let list = is_set.then(|| self.object.spec()?.get("volumeClaimTemplates")).flatten();
        list.into_iter().flat_map(|list| list.items())
    }

    /// Whether a claim template has this name.
    pub fn has_claim_template(&self, name: &str) -> bool {
        let named = |template: Node<'a>| template.get("metadata")?.get("name");
        self.claim_templates().filter_map(named).any(|own| own.text() == name)
    }

    /// Kind and name for a message.
    pub fn title(&self) -> String {
        self.object.title()
    }
}

fn is_owned(object: &Object<'_>) -> bool {
    let owners = object.metadata().and_then(|metadata| metadata.get("ownerReferences"));
    owners.into_iter().flat_map(|list| list.items()).any(|owner| {
        let kind = owner.get("kind").map_or("", |kind| kind.text());
        [
            "Deployment",
            "ReplicaSet",
            "StatefulSet",
            "DaemonSet",
            "ReplicationController",
            "DeploymentConfig",
            "Rollout",
            "Job",
            "CronJob",
        ]
        .contains(&kind)
    })
}

fn serves_nobody(spec: PodSpec<'_>) -> bool {
    let reserves = |one: Container<'_>| repository(one.image_text()).rsplit('/').next() == Some("pause");
    let mut containers = spec.running_containers().peekable();
    containers.peek().is_some() && containers.all(|one| reserves(one) || sleep::serves_nobody(one.node))
}

fn repositories<'a>(spec: PodSpec<'a>) -> impl Iterator<Item = &'a str> {
    let images = spec.containers().map(|container| container.image_text());
    images.map(repository).filter(|image| !image.is_empty())
}

fn pod_template(node: Node<'_>, kind: WorkloadKind) -> Option<PodTemplate<'_>> {
    use WorkloadKind::*;
    let added = match kind {
        Deployment | ReplicaSet | Rollout => labels::REPLICA_SET_LABELS,
        StatefulSet => labels::STATEFUL_SET_LABELS,
        DaemonSet => labels::DAEMON_SET_LABELS,
        Job | CronJob => labels::JOB_LABELS,
        DeploymentConfig => labels::DEPLOYMENT_CONFIG_LABELS,
        _ => &[],
    };
    let labels = Labels::read(node.get("metadata").and_then(|metadata| metadata.get("labels")));
    let spec = PodSpec(node.get("spec")?);
    Some(PodTemplate { node, labels: labels.with_added(added), spec })
}

/// An image without tag and digest.
fn repository(image: &str) -> &str {
    let image = image.split_once('@').map_or(image, |(image, _)| image);
    match image.rsplit_once(':') {
        Some((image, tag)) if !tag.contains('/') => image,
        _ => image,
    }
}
