//! Which version of an image runs, and when it is pulled (facts 19.31 and 19.32).

use crate::finding::{Out, Severity};
use crate::inventory::Inventory;
use crate::kube::image::{self, Image};
use crate::kube::pod::Container;
use crate::kube::workload::{Workload, WorkloadKind};
use crate::rules::security::is_final;
use crate::yaml::Node;

/// Tags that are moved to the next version.
const MOVING: &[&str] =
    &["latest", "main", "master", "edge", "nightly", "dev", "develop", "stable", "snapshot"];

/// Words that stand where a version is to be filled in.
const BLANKS: &[&str] = &["changeme", "newtag", "placeholder", "tag", "todo", "version"];

/// Whether a tag names no version: one that is moved to the next, or without a single digit, as `alpine`.
fn moves(tag: Option<&str>) -> bool {
    let Some(tag) = tag else { return true };
    let word = tag.to_ascii_lowercase();
    MOVING.contains(&word.as_str())
        || word.starts_with("latest-")
        || word.ends_with("-latest")
        || tag.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && !BLANKS.contains(&tag)
}

/// The containers of a unit whose image can be read, with the workload's position.
fn images<'s, 'a>(
    inventory: &'s Inventory<'a>,
) -> impl Iterator<Item = (&'s Workload<'a>, Container<'a>, Node<'a>, Image<'a>)> {
    let workloads = inventory.workloads.iter().filter(|workload| is_final(inventory, workload));
    workloads.flat_map(|workload| {
        let containers = workload.pod.spec.containers().chain(workload.pod.spec.init_containers());
        containers.filter_map(move |container| {
            let node = container.image()?;
            Some((workload, container, node, image::parse(node.text())?))
        })
    })
}

/// Whether a kustomization or somebody else fills in the version.
fn is_open(image: &Image<'_>) -> bool {
    image.path.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') || image.name == "IMAGE"
}

/// Images whose version the registry decides.
pub(super) fn open(inventory: &Inventory<'_>, out: &mut Out) {
    for (workload, _, node, image) in images(inventory) {
        if image.digest.is_some() || is_open(&image) {
            continue;
        }
        let label = match image.tag {
            None => "no tag is the tag `latest`".to_owned(),
            Some(tag) if moves(Some(tag)) => format!("`{tag}` names no version"),
            Some(_) => continue,
        };
        out.report(node, format!("{} runs whatever version of `{}` there is", workload.title(), image.name))
            .severity(Severity::Warning)
            .label(label)
            .note(match workload.kind {
                WorkloadKind::Pod => "what runs depends on when its node pulled the image",
                _ => "pods may run different versions, and a rollback does not bring the old one back",
            })
            .help("name a version, best with its digest");
    }
}

/// Images that are not pinned by a digest.
pub(super) fn without_digest(inventory: &Inventory<'_>, out: &mut Out) {
    for (workload, _, node, image) in images(inventory) {
        if image.digest.is_none() && !moves(image.tag) && !is_open(&image) {
            out.report(
                node,
                format!("{} does not pin image `{}` by its digest", workload.title(), image.name),
            )
            .label("the registry may give another image for this tag tomorrow")
            .help("add `@sha256:…`; tools such as Renovate keep it up to date");
        }
    }
}

/// Images whose tag moves and that a node does not pull again.
pub(super) fn pull_policy(inventory: &Inventory<'_>, out: &mut Out) {
    for (workload, container, node, image) in images(inventory) {
        let Some(policy) = container.node.get("imagePullPolicy") else { continue };
        if image.digest.is_none()
            && moves(image.tag)
            && matches!(policy.text(), "IfNotPresent" | "Never")
            && !is_open(&image)
        {
            let message = format!("{} may run an outdated `{}` on some nodes", workload.title(), image.name);
            out.report(policy, message)
                .label("a node that has this tag does not ask for a newer image")
                .also(node, "this tag moves")
                .help("pin a version, best with its digest: then all nodes run the same image, whatever they pulled before");
        }
    }
}
