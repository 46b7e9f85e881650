//! Credentials written into the environment or the arguments of a container.

use super::{found, what};
use crate::finding::Out;
use crate::kube::pod::Container;
use crate::kube::workload::Workload;
use crate::rules::Around;
use crate::secrets::credential::{Credential, arguments, place};
use crate::yaml::Node;

pub fn plaintext(workload: &Workload<'_>, around: &Around<'_>, out: &mut Out) {
    let spec = workload.pod.spec;
    for container in spec.containers().chain(spec.init_containers()) {
        for variable in container.env() {
            if let Some(value) = variable.value()
                && let Some(credential) = found(around, variable.name(), value.text())
            {
                in_environment(container, variable.name(), value, &credential, out);
            }
        }
        for field in ["command", "args"] {
            in_arguments(around, container, field, out);
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
        format!("`{name}` of container `{}` holds {} in plain text", container.name(), what(credential)),
    )
    .label("hard-coded here")
    .note("anyone who can read the repository can read it")
    .help(format!("move it to a Secret, set `{name}` with `valueFrom.secretKeyRef`, and rotate it"));
}

fn in_arguments(around: &Around<'_>, container: Container<'_>, field: &str, out: &mut Out) {
    for one in arguments(container, field) {
        let Some(credential) = found(around, one.name, one.value) else {
            continue;
        };
        let holder = if one.name.is_empty() { "an argument".to_owned() } else { format!("`{}`", one.name) };
        out.report(
            one.place(&credential),
            format!("{holder} of container `{}` holds {} in plain text", container.name(), what(&credential)),
        )
        .label("hard-coded here")
        .note("anyone who can read the repository or list processes can read it")
        .help(
            "put it into a Secret and refer to it as `$(NAME)` of a variable with `valueFrom.secretKeyRef`",
        );
    }
}
