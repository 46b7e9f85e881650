//! Controls of the level `baseline`.

use super::{Pod, Violations, context, is_true, name};
use crate::yaml::Node;

/// Capabilities that container runtimes give by default.
const CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Kernel parameters that are the pod's own.
const SYSCTLS: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
    "net.ipv4.tcp_slow_start_after_idle",
    "net.ipv4.tcp_notsent_lowat",
];

const SELINUX_TYPES: &[&str] =
    &["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

pub fn host_namespaces<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        if let Some(node) = pod.spec.get(field).filter(|node| node.bool() == Some(true)) {
            out.add(None, node, format!("`{field}` is not allowed"));
        }
    }
}

pub fn privileged<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    for container in pod.containers() {
        let field = context(container).and_then(|context| context.get("privileged"));
        if let Some(node) = field.filter(|node| node.bool() == Some(true)) {
            out.add(Some(container), node, format!("container `{}` must not be privileged", name(container)));
        }
    }
}

/// The capabilities that a container adds.
pub(super) fn added(container: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let capabilities = context(container).and_then(|context| context.get("capabilities"));
    capabilities.and_then(|one| one.get("add")).into_iter().flat_map(|list| list.items())
}

pub fn capabilities<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    for container in pod.containers() {
        for one in added(container).filter(|one| !CAPABILITIES.contains(&one.text())) {
            out.add(
                Some(container),
                one,
                format!("container `{}` must not add `{}`", name(container), one.text()),
            );
        }
    }
}

pub fn host_path_volumes<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    for volume in pod.spec.get("volumes").into_iter().flat_map(|list| list.items()) {
        if let Some(entry) = volume.entry("hostPath").filter(|entry| !entry.value.is_null()) {
            out.add(Some(volume), entry.key, "`hostPath` volumes are not allowed");
        }
    }
}

/// Ports of the node: those that are asked for, and with `hostNetwork` every port, which the server fills in (fact 19.11).
pub fn host_ports<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    let on_node = is_true(pod.spec.get("hostNetwork"));
    for container in pod.containers() {
        for port in container.get("ports").into_iter().flat_map(|list| list.items()) {
            let taken = |field: &str| port.get(field).filter(|node| node.int().is_some_and(|port| port != 0));
            if let Some(node) = taken("hostPort").or_else(|| taken("containerPort").filter(|_| on_node)) {
                out.add(
                    Some(container),
                    node,
                    format!("container `{}` must not use ports of the node", name(container)),
                );
            }
        }
    }
}

pub fn host_probes<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    for container in pod.containers() {
        let probes = ["livenessProbe", "readinessProbe", "startupProbe"].into_iter();
        let hooks = ["postStart", "preStop"].into_iter();
        let lifecycle = container.get("lifecycle");
        let hooks = hooks.filter_map(|hook| lifecycle.and_then(|lifecycle| lifecycle.get(hook)));
        for handler in probes.filter_map(|probe| container.get(probe)).chain(hooks) {
            for action in ["httpGet", "tcpSocket"] {
                let host = handler.get(action).and_then(|action| action.get("host"));
                if let Some(host) = host.filter(|host| !host.text().is_empty()) {
                    out.add(
                        Some(container),
                        host,
                        format!("container `{}` must not set `host` here", name(container)),
                    );
                }
            }
        }
    }
}

/// Whether a type of a profile is one that confines.
pub(super) fn confines(profile: Node<'_>) -> bool {
    let kind = profile.get("type").map_or("", |kind| kind.text());
    matches!(kind, "RuntimeDefault" | "Localhost")
}

/// Profiles of a field that do not confine.
fn profiles<'a>(pod: Pod<'a>, field: &'static str, out: &mut Violations<'a>) {
    for (about, profile) in pod.contexts().filter_map(|(about, context)| Some((about, context.get(field)?))) {
        if !confines(profile) {
            let place = profile.get("type").unwrap_or(profile);
            out.add(about, place, format!("`{field}` must be `RuntimeDefault` or `Localhost`"));
        }
    }
}

pub fn app_armor<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    profiles(pod, "appArmorProfile", out);
    for entry in pod.annotations() {
        let value = entry.value.text();
        let allowed = value.is_empty() || value == "runtime/default" || value.starts_with("localhost/");
        if entry.key.text().starts_with("container.apparmor.security.beta.kubernetes.io/") && !allowed {
            out.add(None, entry.value, "must be `runtime/default` or a profile of the node");
        }
    }
}

pub fn selinux<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    for (about, options) in
        pod.contexts().filter_map(|(about, context)| Some((about, context.get("seLinuxOptions")?)))
    {
        if let Some(node) = options.get("type").filter(|node| !SELINUX_TYPES.contains(&node.text())) {
            out.add(about, node, format!("the SELinux type `{}` is not allowed", node.text()));
        }
        for field in ["user", "role"] {
            if let Some(node) = options.get(field).filter(|node| !node.text().is_empty()) {
                out.add(about, node, format!("the SELinux {field} must not be set"));
            }
        }
    }
}

/// Containers that see more of `/proc` than by default.
pub(super) fn unmasked<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    for container in pod.containers() {
        let field = context(container).and_then(|context| context.get("procMount"));
        if let Some(node) = field.filter(|node| node.text() != "Default") {
            out.add(
                Some(container),
                node,
                format!("container `{}` must use the default `procMount`", name(container)),
            );
        }
    }
}

pub fn proc_mount<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    if !pod.has_own_users() {
        unmasked(pod, out);
    }
}

pub fn seccomp<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    profiles(pod, "seccompProfile", out);
}

pub fn sysctls<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    for sysctl in pod.context("sysctls").into_iter().flat_map(|list| list.items()) {
        if let Some(node) = sysctl.get("name").filter(|node| !SYSCTLS.contains(&node.text())) {
            out.add(None, node, format!("the kernel parameter `{}` is not allowed", node.text()));
        }
    }
}

pub fn windows_host_process<'a>(pod: Pod<'a>, out: &mut Violations<'a>) {
    for (about, options) in
        pod.contexts().filter_map(|(about, context)| Some((about, context.get("windowsOptions")?)))
    {
        let field = options.get("hostProcess");
        if let (Some(node), true) = (field, is_true(field)) {
            out.add(about, node, "`hostProcess` is not allowed");
        }
    }
}
