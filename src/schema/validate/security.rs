//! Security contexts (`ValidateSecurityContext`, `validatePodSpecSecurityContext`, `validateWindows…`).

use super::together::unique;
use super::{Notes, Place};
use crate::yaml::Node;

/// Fields that a pod for Windows cannot have: of the pod's context, and of a container's.
const NOT_WINDOWS_POD: &[&str] = &[
    "appArmorProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "runAsGroup",
    "runAsUser",
    "seLinuxChangePolicy",
    "seLinuxOptions",
    "seccompProfile",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "sysctls",
];
const NOT_WINDOWS_CONTAINER: &[&str] = &[
    "allowPrivilegeEscalation",
    "appArmorProfile",
    "capabilities",
    "privileged",
    "procMount",
    "readOnlyRootFilesystem",
    "runAsGroup",
    "runAsUser",
    "seLinuxOptions",
    "seccompProfile",
];
const NOT_WINDOWS_SPEC: &[&str] = &["hostIPC", "hostPID", "hostUsers", "resources", "shareProcessNamespace"];

/// The system that a pod says it is for.
fn system<'a>(pod: Option<Node<'a>>) -> Option<&'a str> {
    pod?.get("os")?.get("name")?.str()
}

/// Fields of a pod that its system does not have.
pub(super) fn pod_system<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    other_system(place.node, Some(place.node), NOT_WINDOWS_SPEC, notes);
}

fn other_system<'a>(node: Node<'a>, pod: Option<Node<'a>>, fields: &[&str], notes: &mut Notes<'_, 'a>) {
    let (fields, system) = match system(pod) {
        Some("windows") => (fields, "Windows"),
        Some("linux") => (&["windowsOptions"] as &[&str], "Linux"),
        _ => return,
    };
    // Plain booleans and lists are absent when they are false and empty.
    let plain = |field: &str| matches!(field, "hostIPC" | "hostPID");
    let found = |field: &&str| {
        let entry = node.entry(field).filter(|entry| !super::is_empty(entry.value))?;
        (!plain(field) || entry.value.bool() != Some(false)).then_some(entry)
    };
    if let Some(entry) = fields.iter().find_map(found) {
        let message = format!("a pod for {system} has no `{}`", entry.key.text());
        notes.refuse(entry.key, message, "remove it, or change `os.name`");
    }
}

/// The security context of a pod.
pub(super) fn pod<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    other_system(place.node, place.around("PodSpec"), NOT_WINDOWS_POD, notes);
    unique("the kernel parameter", place.items("sysctls").filter_map(|one| one.get("name")), notes);
}

/// The security context of a container.
pub(super) fn container<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let pod = place.around("PodSpec");
    other_system(place.node, pod, NOT_WINDOWS_CONTAINER, notes);
    let is = |field: &str, value: bool| place.node.get(field).filter(|at| at.bool() == Some(value));
    if let Some(never) = is("allowPrivilegeEscalation", false) {
        let added = place.node.get("capabilities").and_then(|capabilities| capabilities.get("add"));
        let admin = added.into_iter().flat_map(Node::items).find(|one| one.text() == "CAP_SYS_ADMIN");
        if let Some(privileged) = is("privileged", true) {
            let message = "`privileged: true` beside `allowPrivilegeEscalation: false`";
            notes.clash(
                never,
                privileged,
                message,
                "a privileged container may do everything: remove one of them",
            );
        } else if let Some(admin) = admin {
            let message = "`CAP_SYS_ADMIN` beside `allowPrivilegeEscalation: false`";
            notes.clash(never, admin, message, "remove one of them");
        }
    }
    if let Some(at) = place.node.get("procMount") {
        let own_users = pod.and_then(|pod| pod.get("hostUsers")).is_some_and(|at| at.bool() == Some(false));
        match at.str() {
            Some("Unmasked") if !own_users => {
                let help = "add `hostUsers: false` to the pod, or remove it";
                notes.refuse(at, "`procMount: Unmasked` is for pods with users of their own", help);
            }
            Some("Default" | "Unmasked") | None => {}
            Some(text) => super::scalars::word(&["Default", "Unmasked"], "procMount", text, at, notes),
        }
    }
}

/// A profile on the node has a path, others have none.
pub(super) fn profile<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(ty) = place.given("type").and_then(|at| at.str()) else { return };
    let path = place.node.get("localhostProfile");
    match (ty, path) {
        ("Localhost", path) if path.is_none_or(|path| path.text().trim().is_empty()) => {
            let help = "add the path of the profile on the node";
            notes.wants(place, "localhostProfile", "`type: Localhost` needs `localhostProfile`", help);
        }
        ("Localhost", Some(path))
            if path.text().trim() != path.text() && place.key_text() == "appArmorProfile" =>
        {
            notes.refuse(path, "blanks around `localhostProfile`", format!("write `{}`", path.text().trim()));
        }
        ("RuntimeDefault" | "Unconfined", Some(path)) => {
            let message = format!("`localhostProfile` beside `type: {ty}`");
            notes.refuse(path, message, "remove it, or write `type: Localhost`");
        }
        _ => {}
    }
}

/// Options of Windows.
pub(super) fn windows<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let empty = |field: &str| place.node.get(field).filter(|at| at.str() == Some(""));
    if let Some(at) = empty("gmsaCredentialSpec") {
        notes.refuse(at, "`gmsaCredentialSpec` is empty", "remove it, or write the specification");
    }
    if let Some((at, user)) = place.node.get("runAsUserName").and_then(|at| Some((at, at.str()?)))
        && let Some(fault) = user_fault(user)
    {
        notes.refuse(at, format!("`runAsUserName` {fault}"), "write `user` or `DOMAIN\\user`");
    }
    let pod = place.around("PodSpec");
    let of_pod = pod
        .and_then(|pod| pod.get("securityContext"))
        .and_then(|security| security.get("windowsOptions"))
        .and_then(|options| options.get("hostProcess"));
    let own = place.node.get("hostProcess");
    if let (Some(own), Some(of_pod)) = (own, of_pod)
        && let (Some(one), Some(other)) = (own.bool(), of_pod.bool())
        && one != other
    {
        let message = "`hostProcess` differs from the pod's";
        notes.clash(own, of_pod, message, "write it once, for the pod");
    }
    let on_host = pod.and_then(|pod| pod.get("hostNetwork")).is_some_and(|at| at.bool() == Some(true));
    if let (Some(at), false) = (own.filter(|at| at.bool() == Some(true)), on_host) {
        notes.refuse(at, "`hostProcess` needs `hostNetwork: true`", "add it to the pod");
    }
}

/// What is wrong with the name of a user in Windows, perhaps with a domain.
fn user_fault(text: &str) -> Option<&'static str> {
    let (domain, user) = match text.split_once('\\') {
        Some((domain, user)) => (Some(domain), user),
        None => (None, text),
    };
    let odd = |c: char| "\"/\\:;|=,+*?<>@[]".contains(c);
    let of_domain = |domain: &str| {
        let netbios = (1..=15).contains(&domain.len())
            && !domain.starts_with('.')
            && !domain.contains(|c: char| "\\/:*?\"<>|".contains(c));
        let dns = domain.len() <= 255
            && domain.split('.').all(|part| {
                !part.is_empty()
                    && part.len() <= 63
                    && !part.starts_with('-')
                    && !part.ends_with('-')
                    && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            });
        netbios || dns
    };
    if text.is_empty() {
        Some("is empty")
    } else if text.chars().any(char::is_control) {
        Some("has control characters in it")
    } else if text.matches('\\').count() > 1 {
        Some("has more than one `\\` in it")
    } else if domain.is_some_and(|domain| !of_domain(domain)) {
        Some("has a domain that is none")
    } else if user.is_empty() || user.chars().count() > 104 {
        Some("has a user of less than 1 or more than 104 characters")
    } else if user.contains(odd) {
        Some("has characters in it that no user has")
    } else if user.chars().all(|c| c == '.' || c == ' ') {
        Some("has a user of dots and blanks only")
    } else {
        None
    }
}
