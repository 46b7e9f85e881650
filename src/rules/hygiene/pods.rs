//! What pods have and hardly need: a root file system to write to, a token, secrets as variables (facts 19.24, 19.36
//! and 19.37).

use crate::finding::{Out, Severity};
use crate::inventory::Inventory;
use crate::kube::pod::Container;
use crate::kube::workload::Workload;
use crate::rules::rights::Rights;
use crate::rules::security::is_final;
use crate::rules::words::list;

/// Containers that may write to their root file system.
pub(super) fn root_filesystem(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    let spec = workload.pod.spec;
    let windows = spec.0.get("os").and_then(|os| os.get("name")).is_some_and(|name| name.text() == "windows");
    if windows {
        return;
    }
    let writable = |container: &Container<'_>| {
        let field = container.node.get("securityContext").and_then(|it| it.get("readOnlyRootFilesystem"));
        field.is_none_or(|node| node.bool() != Some(true))
    };
    let found: Vec<_> = spec.containers().chain(spec.init_containers()).filter(writable).collect();
    let Some(first) = found.first() else { return };
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

/// Pods with a token of an account that nobody grants anything.
pub(super) fn token(inventory: &Inventory<'_>, out: &mut Out) {
    let rights = Rights::read(inventory);
    // The account belongs to the namespace, and one finding for each is enough.
    let mut told: Vec<(Option<&str>, Vec<&Workload<'_>>)> = Vec::new();
    for workload in inventory.workloads.iter().filter(|workload| is_final(inventory, workload)) {
        let spec = workload.pod.spec.0;
        let account = spec.get("serviceAccountName").or_else(|| spec.get("serviceAccount"));
        // What has an account of its own may have its rights elsewhere.
        let is_default = account.is_none_or(|name| matches!(name.text(), "" | "default"));
        if !is_default || !rights.has_unused_token(inventory, workload) {
            continue;
        }
        let namespace = inventory.namespace(&workload.object);
        match told.iter_mut().find(|(known, _)| *known == namespace) {
            Some((_, workloads)) => workloads.push(workload),
            None => told.push((namespace, vec![workload])),
        }
    }
    for (_, workloads) in told {
        let [first, others @ ..] = workloads.as_slice() else { continue };
        let draft = out
            .report(
                first.object.anchor(),
                format!("{} has a token to which nothing is granted", first.title()),
            )
            .severity(Severity::Info)
            .label("runs as ServiceAccount `default`, which no binding that is deployed with it names");
        if others.is_empty() {
            draft.help("set `automountServiceAccountToken: false` in the pod spec");
        } else {
            let titles: Vec<String> = others.iter().map(|other| other.title()).collect();
            draft.note(format!("so have {}", list(&titles, 3))).help(
                "set `automountServiceAccountToken: false` in the ServiceAccount `default` of the namespace, or in the pod specs",
            );
        }
    }
}

/// Secrets that become environment variables.
pub(super) fn secret_in_environment(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    let spec = workload.pod.spec;
    let mut found = Vec::new();
    for container in spec.containers().chain(spec.init_containers()) {
        let keys = container.env().filter_map(|entry| entry.value_from()?.get("secretKeyRef"));
        found.extend(keys.filter_map(|source| {
            let (name, key) = (source.get("name")?, source.get("key")?);
            Some((name, format!("key `{}` of Secret `{}`", key.text(), name.text())))
        }));
        let whole = container.list("envFrom").filter_map(|entry| entry.get("secretRef")?.get("name"));
        found.extend(whole.map(|name| (name, format!("all keys of Secret `{}`", name.text()))));
    }
    let Some((first, what)) = found.first() else { return };
    let mut secrets: Vec<String> = Vec::new();
    for name in found.iter().map(|(name, _)| format!("`{}`", name.text())) {
        if !secrets.contains(&name) {
            secrets.push(name);
        }
    }
    let what = match (found.len(), secrets.as_slice()) {
        (1, _) => what.clone(),
        (_, [one]) => format!("keys of Secret {one}"),
        _ => format!("keys of Secrets {}", list(&secrets, 2)),
    };
    out.report(*first, format!("{} has {what} in its environment", workload.title()))
        .severity(Severity::Info)
        .label("variables show up in crash reports and are passed to child processes")
        .help("mount the Secret as a file, if the program can read one");
}
