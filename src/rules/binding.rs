//! Claims that no volume can serve (facts 15.56, 15.57).

use super::{Check, Rule, rule};
use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::{Evidence, Inventory, scope};
use crate::kube::quantity::Quantity;
use crate::kube::selector::Match;
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("claim-unbindable", Check::Unit(unbindable))];

/// Provisioners of volumes that one node at a time may write to.
const BLOCK: &[&str] = &[
    "ebs.csi.aws.com",
    "kubernetes.io/aws-ebs",
    "pd.csi.storage.gke.io",
    "kubernetes.io/gce-pd",
    "disk.csi.azure.com",
    "kubernetes.io/azure-disk",
    "dobs.csi.digitalocean.com",
    "linodebs.csi.linode.com",
    "csi.hetzner.cloud",
    "csi.vultr.com",
    "block.csi.vultr.com",
    LOCAL_PATH,
];

/// Its volumes are directories of one node, unless its own configuration names a file system that all nodes share.
const LOCAL_PATH: &str = "rancher.io/local-path";

/// Why a claim and a volume do not fit: at the claim, what is said there, at the volume, what is said there.
struct Misfit<'a> {
    at: Node<'a>,
    label: String,
    other: Node<'a>,
    also: String,
}

fn unbindable(inventory: &Inventory<'_>, out: &mut Out) {
    for claim in inventory.of_kind("PersistentVolumeClaim").filter(|object| object.group().is_empty()) {
        let Some(spec) = claim.spec().filter(|_| !inventory.is_patched(claim)) else { continue };
        match spec.get("volumeName").filter(|name| !name.text().is_empty()) {
            Some(name) if is_placeholder(name.text()) => {}
            Some(name) => named(inventory, claim, name, out),
            None => {
                shared_block(inventory, claim, spec, out);
                by_hand(inventory, claim, spec, out);
            }
        }
    }
}

fn named<'a>(inventory: &Inventory<'a>, claim: &Object<'a>, name: Node<'a>, out: &mut Out) {
    let mut volumes = inventory.named("PersistentVolume", name.text());
    let (Some(volume), None) = (volumes.next(), volumes.next()) else { return };
    if inventory.is_patched(volume) || inventory.is_contested(volume) || inventory.is_contested(claim) {
        return;
    }
    let Some(misfit) = misfit(inventory, claim, volume) else { return };
    out.report(misfit.at, format!("{} can never be bound to {}", claim.title(), volume.title()))
        .severity(Severity::Error)
        .label(misfit.label)
        .also(misfit.other, misfit.also)
        .also(name, "the volume that is asked for")
        .help("make the two agree; pods that use the claim wait in `Pending` until then");
}

/// What keeps the two apart, if anything does.
fn misfit<'a>(inventory: &Inventory<'a>, claim: &Object<'a>, volume: &Object<'a>) -> Option<Misfit<'a>> {
    let (asked, given) = (claim.spec()?, volume.spec()?);
    let open = |node: Node<'a>| is_placeholder(node.text());
    let mut kept = false;
    if let Some(reserved) = given.get("claimRef")
        && let Some(other) = reserved.get("name").filter(|other| !open(*other))
    {
        let space = reserved.get("namespace").map(|node| node.text());
        let elsewhere = space.is_some() && scope(space, inventory.namespace(claim)) == Match::No;
        if other.text() != claim.name || elsewhere {
            let at = asked.get("volumeName")?;
            let also = format!("reserved for claim `{}`", other.text());
            return Some(Misfit {
                at,
                label: "this volume is kept for another claim".to_owned(),
                other,
                also,
            });
        }
        kept = space.is_some();
    }
    let class = |object: &Object<'a>, spec: Node<'a>| {
        let written = object.annotation("volume.beta.kubernetes.io/storage-class");
        written.or_else(|| {
            spec.entry("storageClassName").map(|entry| entry.value).filter(|node| !node.is_null())
        })
    };
    // What is kept for the claim it asks for is bound without a further look.
    if kept && asked.get("volumeName").is_some_and(|name| name.text() == volume.name) {
        return None;
    }
    // A claim without a class gets the default one, which need not be in view.
    if let Some(own) = class(claim, asked).filter(|own| !open(*own)) {
        let theirs = class(volume, given);
        let text = theirs.map_or("", |node| node.text());
        if own.text() != text && !is_placeholder(text) {
            let other = theirs.unwrap_or(volume.anchor());
            let quoted = if text.is_empty() { "none".to_owned() } else { format!("`{text}`") };
            let label = format!("class `{}`", own.text());
            return Some(Misfit { at: own, label, other, also: format!("the volume's class is {quoted}") });
        }
    }
    let size = |node: Option<Node<'a>>| node.and_then(|node| Some((node, Quantity::read(node)?)));
    let request =
        asked.get("resources").and_then(|one| one.get("requests")).and_then(|one| one.get("storage"));
    let capacity = given.get("capacity").and_then(|one| one.get("storage"));
    if let (Some((at, wanted)), Some((other, has))) = (size(request), size(capacity))
        && has < wanted
    {
        let also = format!("the volume has {}", other.text());
        return Some(Misfit { at, label: format!("asks for {}", at.text()), other, also });
    }
    let modes = |spec: Node<'a>| spec.get("accessModes").into_iter().flat_map(|list| list.items());
    let lacking =
        modes(asked).find(|mode| !open(*mode) && modes(given).all(|other| other.text() != mode.text()));
    if let (Some(at), Some(other)) = (lacking, given.get("accessModes")) {
        let also = "the volume does not offer it".to_owned();
        return Some(Misfit { at, label: format!("asks for {}", at.text()), other, also });
    }
    let mode = |spec: Node<'a>| spec.get("volumeMode").map_or("Filesystem", |mode| mode.text());
    if mode(asked) != mode(given) && !is_placeholder(mode(asked)) && !is_placeholder(mode(given)) {
        let (at, other) = (asked.get("volumeMode"), given.get("volumeMode"));
        let label = format!("asks for {}", mode(asked));
        let also = format!("the volume is {}", mode(given));
        return Some(Misfit {
            at: at.unwrap_or(claim.anchor()),
            label,
            other: other.unwrap_or(volume.anchor()),
            also,
        });
    }
    None
}

/// So many volumes of a class are looked at for one claim.
const MOST: usize = 50;

/// A claim of a class that makes no volumes, none of which fits.
fn by_hand<'a>(inventory: &Inventory<'a>, claim: &Object<'a>, spec: Node<'a>, out: &mut Out) {
    let Some(class) = spec.get("storageClassName").filter(|class| !is_placeholder(class.text())) else {
        return;
    };
    let made = |object: &Object<'a>| {
        let provisioner = object.node.get("provisioner");
        provisioner.is_none_or(|node| node.text() != "kubernetes.io/no-provisioner")
    };
    let mut classes = inventory.named("StorageClass", class.text()).peekable();
    if classes.peek().is_none() || classes.any(made) || spec.get("selector").is_some() {
        return;
    }
    let own = |volume: &&Object<'a>| {
        let own = volume.spec().and_then(|spec| spec.get("storageClassName"));
        own.is_some_and(|own| own.text() == class.text())
    };
    let volumes: Vec<&Object<'a>> = inventory.of_kind("PersistentVolume").filter(own).take(MOST).collect();
    if volumes.len() == MOST || volumes.iter().any(|one| inventory.is_patched(one)) {
        return;
    }
    let misfits: Option<Vec<Misfit<'a>>> =
        volumes.iter().map(|volume| misfit(inventory, claim, volume)).collect();
    let Some(first) = misfits.and_then(|all| all.into_iter().next()) else { return };
    let Some(severity) = inventory.absence(Evidence::NearMiss, claim) else { return };
    out.report(first.at, format!("{} fits no volume of class `{}`", claim.title(), class.text()))
        .severity(severity)
        .label(first.label)
        .also(first.other, first.also)
        .note("the class makes no volumes by itself")
        .help("make the two agree, or add a volume that fits");
}

/// A claim for many writers of a class whose volumes have one.
fn shared_block<'a>(inventory: &Inventory<'a>, claim: &Object<'a>, spec: Node<'a>, out: &mut Out) {
    let many = |mode: &Node<'a>| mode.text() == "ReadWriteMany";
    let Some(mode) = spec.get("accessModes").into_iter().flat_map(|list| list.items()).find(many) else {
        return;
    };
    let block = spec.get("volumeMode").is_some_and(|mode| mode.text() == "Block");
    let Some(class) = spec.get("storageClassName").filter(|_| !block) else { return };
    let found =
        inventory.named("StorageClass", class.text()).find_map(|object| object.node.get("provisioner"));
    let Some(provisioner) = found.filter(|node| BLOCK.contains(&node.text())) else { return };
    // A volume of the class that was made by hand may have the mode.
    let by_hand = inventory.of_kind("PersistentVolume").any(|volume| {
        let own = volume.spec().and_then(|spec| spec.get("storageClassName"));
        own.is_some_and(|own| own.text() == class.text())
    });
    let shares = |map: &Object<'a>| {
        let data = map.node.get("data");
        data.is_some_and(|data| data.source_text().contains("sharedFileSystemPath"))
    };
    let local = provisioner.text() == LOCAL_PATH;
    if by_hand || (local && inventory.of_kind("ConfigMap").any(shares)) {
        return;
    }
    let severity = if local { Severity::Warning } else { Severity::Error };
    out.report(mode, format!("{} can never be bound: its class has no ReadWriteMany volumes", claim.title()))
        .severity(severity)
        .label("several nodes at a time")
        .also(class, "the class that is asked for")
        .also(provisioner, "makes volumes for one node at a time")
        .help("use ReadWriteOnce, or a class of network file systems");
}
