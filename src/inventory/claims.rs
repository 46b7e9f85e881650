//! Claims that only one node or one pod may hold, and what is behind them (facts 10.1–10.6).

use super::{Inventory, scope};
use crate::document::Object;
use crate::kube::labels::Labels;
use crate::kube::selector::{Match, Selector};
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// Who may use a claim at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attach {
    /// `ReadWriteOnce`: the pods of one node.
    OneNode,
    /// `ReadWriteOncePod`: one pod.
    OnePod,
}

impl Attach {
    /// The access mode's name.
    pub fn name(self) -> &'static str {
        match self {
            Attach::OneNode => "ReadWriteOnce",
            Attach::OnePod => "ReadWriteOncePod",
        }
    }
}

/// What a claim is likely bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Backing {
    /// A volume that is attached to a node, as far as can be told.
    Attached,
    /// A directory of one node; its pods are scheduled there.
    Local,
    /// Something that no node attaches, or that cannot be told: nothing enforces the access mode.
    Open,
}

/// A claim that all pods of a workload share and that one node or pod holds.
#[derive(Clone, Copy, Debug)]
pub struct SharedClaim<'a> {
    /// The PersistentVolumeClaim.
    pub object: Object<'a>,
    /// `claimName` in the pod.
    pub at: Node<'a>,
    /// The item of `accessModes`.
    pub mode: Node<'a>,
    /// Who may use it.
    pub attach: Attach,
    /// Its volume is a directory of one node, to which the scheduler sends every pod anyway.
    pub local: bool,
}

const NETWORK: &[&str] =
    &["nfs", "efs", "cephfs", "azurefile", "azure-file", "filestore", "gluster", "smb", "cifs", "file.csi"];
/// Folders for clusters of one node, whose default class has directories of it.
const ON_ONE_NODE: &[&str] = &["k3d", "k3s", "kind", "microk8s", "minikube"];
const LOCAL: &[&str] = &["local", "hostpath", "host-path"];

impl<'a> Inventory<'a> {
    /// The single-attach claims that every pod of a workload mounts. Claims that are not in view, that a patch
    /// changes, or whose volume is shared over the network are left out.
    pub fn shared_claims(&self, at: usize) -> Vec<SharedClaim<'a>> {
        let workload = &self.workloads[at];
        let namespace = self.namespace(&workload.object);
        let mut claims = Vec::new();
        for volume in workload.pod.spec.list("volumes") {
            let Some(name) = volume.get("persistentVolumeClaim").and_then(|it| it.get("claimName")) else {
                continue;
            };
            // A claim template of the same name takes the volume's place (fact 10.5).
            if workload.has_claim_template(volume.get("name").map_or("", |name| name.text())) {
                continue;
            }
            let ours = |claim: &&Object<'a>| {
                claim.group().is_empty() && scope(self.namespace(claim), namespace).is_yes()
            };
            let mut named = self.named_within(namespace, "PersistentVolumeClaim", name.text());
            let Some(&object) = named.find(ours) else {
                continue;
            };
            let Some((mode, attach)) = single_attach(&object).filter(|_| !self.is_patched(&object)) else {
                continue;
            };
            // The scheduler itself enforces one pod, whatever the volume is.
            let backing = self.backing(&object);
            if backing == Backing::Open && attach == Attach::OneNode {
                continue;
            }
            claims.push(SharedClaim { object, at: name, mode, attach, local: backing == Backing::Local });
        }
        claims
    }

    fn backing(&self, claim: &Object<'a>) -> Backing {
        let spec = claim.spec();
        let get = |key: &str| spec.and_then(|spec| spec.get(key));
        let class =
            get("storageClassName").or_else(|| claim.annotation("volume.beta.kubernetes.io/storage-class"));
        let class = class.map_or("", |class| class.text());
        let volume = get("volumeName").map_or("", |name| name.text());
        if is_placeholder(class) || is_placeholder(volume) {
            return Backing::Open;
        }
        if !volume.is_empty() {
            let named = self.named("PersistentVolume", volume).next();
            return named.map_or(by_words(class), volume_source);
        }
        let own = self.named("StorageClass", class).find_map(|object| object.node.get("provisioner"));
        // Without a class it is the default, which somebody else of the input may bring.
        let provisioner = own.map(|node| node.text()).or(self.view.classes.get(class).map(String::as_str));
        let path = claim.node.tree().source().path.as_str();
        if class.is_empty()
            && provisioner.is_none()
            && path.split('/').any(|part| ON_ONE_NODE.contains(&part))
        {
            return Backing::Local;
        }
        let named = by_words(class);
        let named = if named == Backing::Attached { provisioner.map_or(named, by_words) } else { named };
        if named != Backing::Attached {
            return named;
        }
        let selector = get("selector").map(Selector::label_selector);
        let candidates = self.volumes_by_class.get(class).into_iter().flatten();
        let fits = |volume: &&Object<'a>| {
            let claimed = volume.spec().and_then(|it| it.get("claimRef")).and_then(|it| it.get("name"));
            let labels = Labels::read(volume.metadata().and_then(|it| it.get("labels")));
            claimed.is_none_or(|name| name.text() == claim.name)
                && selector.as_ref().is_none_or(|selector| selector.matches(&labels) != Match::No)
        };
        let mut backings = candidates.map(|&at| &self.objects[at]).filter(fits).map(volume_source);
        backings.find(|backing| *backing != Backing::Attached).unwrap_or(Backing::Attached)
    }
}

/// The access mode, when the claim has no other.
fn single_attach<'a>(claim: &Object<'a>) -> Option<(Node<'a>, Attach)> {
    let mut found = None;
    for mode in claim.spec()?.get("accessModes")?.items() {
        let attach = match mode.text() {
            "ReadWriteOnce" => Attach::OneNode,
            "ReadWriteOncePod" => Attach::OnePod,
            _ => return None,
        };
        found = Some((mode, attach));
    }
    found
}

fn by_words(text: &str) -> Backing {
    let text = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(NETWORK) {
        Backing::Open
    } else if has(LOCAL) {
        Backing::Local
    } else {
        Backing::Attached
    }
}

fn volume_source(volume: &Object<'_>) -> Backing {
    let Some(spec) = volume.spec() else {
        return Backing::Open;
    };
    if spec.get("local").is_some() {
        return Backing::Local;
    }
    if ["nfs", "hostPath", "cephfs", "glusterfs", "azureFile"].iter().any(|key| spec.get(key).is_some()) {
        return Backing::Open;
    }
    let driver = spec.get("csi").and_then(|csi| csi.get("driver"));
    driver.map_or(Backing::Attached, |driver| by_words(driver.text()))
}
