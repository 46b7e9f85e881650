//! Credentials written into the environment or the arguments of a container.

use super::{found, what};
use crate::finding::Out;
use crate::inventory::Inventory;
use crate::kube::credential::Credential;
use crate::kube::pod::Container;
use crate::source::Span;
use crate::yaml::Node;

pub fn plaintext(inventory: &Inventory<'_>, out: &mut Out) {
    for workload in inventory.workloads.iter().filter(|workload| !workload.is_owned()) {
        let spec = workload.pod.spec;
        for container in spec.containers().chain(spec.init_containers()) {
            for variable in container.env() {
                if let Some(value) = variable.value()
                    && let Some(credential) = found(inventory, variable.name(), value.text())
                {
                    in_environment(container, variable.name(), value, &credential, out);
                }
            }
            for field in ["command", "args"] {
                in_arguments(inventory, container, field, out);
            }
        }
    }
}

fn in_environment(
    container: Container<'_>,
    name: &str,
    value: Node<'_>,
    credential: &Credential,
    out: &mut Out,
) {
    out.report(
        place(value, credential),
        format!(
            "`{name}` of container `{}` holds {} in plain text, for everybody who may read the manifest",
            container.name(),
            what(credential)
        ),
    )
    .label("in the manifest and its history")
    .help(format!(
        "put it into a Secret, set `{name}` with `valueFrom.secretKeyRef`, and replace it where it is in use"
    ));
}

/// `--password=…` and `--password …`, each option an item of its own: what a shell makes of longer texts is
/// not guessed.
fn in_arguments(inventory: &Inventory<'_>, container: Container<'_>, field: &str, out: &mut Out) {
    let mut before = "";
    for item in container.list(field) {
        let text = item.text();
        let option = text.starts_with('-');
        let (name, value, from) = match text.split_once('=') {
            Some((name, value)) if option => (name, value, text.len() - value.len()),
            _ if !option && before.starts_with('-') => (before, text, 0),
            _ => ("", text, 0),
        };
        before = if option && !text.contains('=') { text } else { "" };
        let short = name.starts_with('-') && !name.starts_with("--") && name.len() <= 2;
        if text.contains('\n') || short || value.split_whitespace().count() > 1 {
            continue;
        }
        let Some(credential) = found(inventory, name, value) else {
            continue;
        };
        let span = match &credential {
            Credential::Inside(range) => item.part(from + range.start..from + range.end),
            _ => item.part(from..text.len()),
        };
        let holder = if name.is_empty() { "an argument".to_owned() } else { format!("`{name}`") };
        out.report(
            span,
            format!(
                "{holder} of container `{}` holds {} in plain text, for everybody who may read the manifest or list processes",
                container.name(),
                what(&credential)
            ),
        )
        .label("in the manifest and its history")
        .help("put it into a Secret and refer to it as `$(NAME)` of a variable with `valueFrom.secretKeyRef`");
    }
}

fn place(value: Node<'_>, credential: &Credential) -> Span {
    match credential {
        Credential::Inside(range) => value.part(range.clone()),
        _ => value.span(),
    }
}
