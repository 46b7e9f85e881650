//! What pods have and hardly need: a root file system to write to, a token, secrets as variables (facts 19.24, 19.36
//! and 19.37).

use crate::finding::{Out, Severity};
use crate::inventory::Inventory;
use crate::kube::pod::Container;
use crate::rules::rights::Rights;
use crate::rules::security::is_final;
use crate::rules::words::list;

/// Containers that may write to their root file system.
pub(super) fn root_filesystem(inventory: &Inventory<'_>, out: &mut Out) {
    for workload in inventory.workloads.iter().filter(|workload| is_final(inventory, workload)) {
        let spec = workload.pod.spec;
        let windows =
            spec.0.get("os").and_then(|os| os.get("name")).is_some_and(|name| name.text() == "windows");
        if windows {
            continue;
        }
        let writable = |container: &Container<'_>| {
            let field = container.node.get("securityContext").and_then(|it| it.get("readOnlyRootFilesystem"));
            field.is_none_or(|node| node.bool() != Some(true))
        };
        let found: Vec<_> = spec.containers().chain(spec.init_containers()).filter(writable).collect();
        let Some(first) = found.first() else { continue };
        let names: Vec<String> = found.iter().map(|one| format!("`{}`", one.name())).collect();
        let noun = if names.len() == 1 { "container" } else { "containers" };
        out.report(
            first.anchor(),
            format!("{} lets {noun} {} write to the root file system", workload.title(), list(&names, 2)),
        )
        .severity(Severity::Info)
        .label("no `readOnlyRootFilesystem: true`")
        .help("set it, and mount an `emptyDir` where the program has to write");
    }
}

/// Pods with a token of an account that nobody grants anything.
pub(super) fn token(inventory: &Inventory<'_>, out: &mut Out) {
    let rights = Rights::read(inventory);
    for workload in inventory.workloads.iter().filter(|workload| is_final(inventory, workload)) {
        let spec = workload.pod.spec.0;
        let account = spec.get("serviceAccountName").or_else(|| spec.get("serviceAccount"));
        // What has an account of its own may have its rights elsewhere.
        let is_default = account.is_none_or(|name| matches!(name.text(), "" | "default"));
        if !is_default || !rights.has_unused_token(inventory, workload) {
            continue;
        }
        out.report(
            workload.object.anchor(),
            format!("{} has a token to which nothing is granted", workload.title()),
        )
        .severity(Severity::Info)
        .label("runs as ServiceAccount `default`, which no binding in these files names")
        .help("set `automountServiceAccountToken: false` in the pod spec");
    }
}

/// Secrets that become environment variables.
pub(super) fn secret_in_environment(inventory: &Inventory<'_>, out: &mut Out) {
    for workload in inventory.workloads.iter().filter(|workload| is_final(inventory, workload)) {
        let spec = workload.pod.spec;
        let mut found = Vec::new();
        for container in spec.containers().chain(spec.init_containers()) {
            let one =
                container.env().filter_map(|entry| entry.value_from()?.get("secretKeyRef")?.get("name"));
            found.extend(one);
            found.extend(container.list("envFrom").filter_map(|entry| entry.get("secretRef")?.get("name")));
        }
        let Some(first) = found.first() else { continue };
        let mut names: Vec<String> = Vec::new();
        for name in found.iter().map(|node| format!("`{}`", node.text())) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        out.report(*first, format!("{} has {} as environment variables", workload.title(), list(&names, 2)))
            .severity(Severity::Info)
            .label("variables show up in crash reports and are passed to child processes")
            .help("mount the Secret as a file, if the program can read one");
    }
}
