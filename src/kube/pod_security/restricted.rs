//! Controls that the level `restricted` adds.

use super::baseline::{added, confines, unmasked};
use super::{Pod, Topic, Violations, context, gap, name};
use crate::yaml::Node;

/// Sources of volumes that bring nothing from the node or a foreign file system.
const VOLUMES: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

pub fn volumes<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    for volume in pod.spec.get("volumes").into_iter().flat_map(|list| list.items()) {
        let sources =
            || volume.entries().filter(|entry| entry.key.key_text() != "name" && !entry.value.is_null());
        if sources().any(|entry| VOLUMES.contains(&entry.key.key_text())) {
            continue;
        }
        // Without any source it is an empty directory.
        if let Some(entry) = sources().next() {
            let kind = entry.key.key_text();
            let topic = if kind == "hostPath" { Topic::HostPath } else { Topic::VolumeType };
            out.add_as(topic, Some(volume), entry.key, format!("`{kind}` volumes are not allowed"));
        }
    }
}

pub fn privilege_escalation<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    if pod.is_windows() {
        return;
    }
    for container in pod.containers() {
        let field = context(container).and_then(|context| context.get("allowPrivilegeEscalation"));
        if field.is_none_or(|node| node.bool() != Some(false)) {
            let what = format!("container `{}` must set `allowPrivilegeEscalation: false`", name(container));
            out.add(Some(container), field.unwrap_or(gap(container)), what);
        }
    }
}

pub fn run_as_non_root<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    if pod.has_own_users() {
        return;
    }
    let own = pod.context("runAsNonRoot");
    if let Some(node) = own.filter(|node| node.bool() == Some(false)) {
        out.add(None, node, "the pod must not set `runAsNonRoot: false`");
    }
    for container in pod.containers() {
        let field = context(container).and_then(|context| context.get("runAsNonRoot"));
        match field {
            Some(node) if node.bool() == Some(false) => {
                out.add(
                    Some(container),
                    node,
                    format!("container `{}` must not set `runAsNonRoot: false`", name(container)),
                );
            }
            None if own.is_none_or(|node| node.bool() != Some(true)) => {
                let what =
                    format!("the pod or container `{}` must set `runAsNonRoot: true`", name(container));
                out.add(Some(container), gap(container), what);
            }
            _ => {}
        }
    }
}

pub fn run_as_user<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    if pod.has_own_users() {
        return;
    }
    for (about, node) in
        pod.contexts().filter_map(|(about, context)| Some((about, context.get("runAsUser")?)))
    {
        if node.int() == Some(0) {
            out.add(about, node, "`runAsUser` must not be 0");
        }
    }
}

pub fn seccomp<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    if pod.is_windows() {
        return;
    }
    let kind = |profile: Node<'a>| profile.get("type").unwrap_or(profile);
    let own = pod.context("seccompProfile");
    if let Some(profile) = own.filter(|profile| !confines(*profile)) {
        out.add(None, kind(profile), "`seccompProfile` must be `RuntimeDefault` or `Localhost`");
    }
    for container in pod.containers() {
        match context(container).and_then(|context| context.get("seccompProfile")) {
            Some(profile) if !confines(profile) => {
                let what =
                    format!("container `{}` must use `RuntimeDefault` or `Localhost`", name(container));
                out.add(Some(container), kind(profile), what);
            }
            None if own.is_none_or(|profile| !confines(profile)) => {
                let what =
                    format!("the pod or container `{}` must set `seccompProfile.type`", name(container));
                out.add(Some(container), gap(container), what);
            }
            _ => {}
        }
    }
}

pub fn capabilities<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    if pod.is_windows() {
        return;
    }
    for container in pod.containers() {
        let capabilities = context(container).and_then(|context| context.get("capabilities"));
        let drops = capabilities.and_then(|one| one.get("drop"));
        if !drops.is_some_and(|list| list.items().any(|one| one.text() == "ALL")) {
            let what = format!("container `{}` must set `capabilities.drop: [ALL]`", name(container));
            out.add(Some(container), drops.or(capabilities).unwrap_or(gap(container)), what);
        }
        for one in added(container).filter(|one| one.text() != "NET_BIND_SERVICE") {
            out.add_as(
                Topic::CapabilityAdded,
                Some(container),
                one,
                format!("container `{}` must not add `{}`", name(container), one.text()),
            );
        }
    }
}

pub fn proc_mount<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    unmasked(pod, out);
}
