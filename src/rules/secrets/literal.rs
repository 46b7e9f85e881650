//! Credentials written into the environment or the arguments of a container.

use super::{found, is_user_again, what};
use crate::finding::{Out, Severity};
use crate::kube::pod::Container;
use crate::kube::workload::{Workload, WorkloadKind};
use crate::rules::Around;
use crate::secrets::credential::{Credential, arguments, place, repeats_user};
use crate::yaml::Node;

pub fn plaintext(workload: &Workload<'_>, around: &Around<'_>, out: &mut Out) {
    let spec = workload.pod.spec;
    for container in spec.containers().chain(spec.init_containers()) {
        for variable in container.env() {
            if let Some(value) = variable.value()
                && let Some(credential) = found(around, variable.name(), value.text())
            {
                let once = is_spent(workload, value.text(), &credential);
                in_environment(container, variable.name(), value, &credential, once, out);
            }
        }
        for field in ["command", "args"] {
            in_arguments(workload, around, container, field, out);
        }
    }
}

/// Whether a Job uses a password that is only the user's name again.
fn is_spent(workload: &Workload<'_>, value: &str, credential: &Credential) -> bool {
    let Credential::Inside(range) = credential else { return false };
    matches!(workload.kind, WorkloadKind::Job | WorkloadKind::CronJob) && repeats_user(value, range)
}

fn in_environment(
    container: Container<'_>,
    name: &str,
    value: Node<'_>,
    credential: &Credential,
    once: bool,
    out: &mut Out,
) {
    let draft = out
        .report(
            place(value, credential),
            format!("`{name}` of container `{}` holds {} in plain text", container.name(), what(credential)),
        )
        .label("hard-coded here")
        .note("anyone who can read the repository can read it")
        .help(format!("move it to a Secret, set `{name}` with `valueFrom.secretKeyRef`, and rotate it"));
    if once || is_published(value.text()) || is_user_again(name, value.text(), beside(container)) {
        draft.severity(Severity::Info);
    }
}

/// The variables of a container that are written, with their values.
fn beside<'a>(container: Container<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
    container.env().filter_map(|entry| Some((entry.name(), entry.value()?.text())))
}

/// What programs come with until somebody sets another one: nothing is given away by it.
fn is_published(text: &str) -> bool {
    ["admin", "guest", "minioadmin", "pass", "password", "postgres", "root"].contains(&text)
}

fn in_arguments(
    workload: &Workload<'_>,
    around: &Around<'_>,
    container: Container<'_>,
    field: &str,
    out: &mut Out,
) {
    for one in arguments(container, field) {
        let Some(credential) = found(around, one.name, one.value) else {
            continue;
        };
        let holder = if one.name.is_empty() { "an argument".to_owned() } else { format!("`{}`", one.name) };
        let draft = out.report(
            one.place(&credential),
            format!("{holder} of container `{}` holds {} in plain text", container.name(), what(&credential)),
        )
        .label("hard-coded here")
        .note("anyone who can read the repository or list processes can read it")
        .help(
            "put it into a Secret and refer to it as `$(NAME)` of a variable with `valueFrom.secretKeyRef`",
        );
        if is_spent(workload, one.value, &credential) {
            draft.severity(Severity::Info);
        }
    }
}
