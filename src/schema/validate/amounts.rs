//! Quantities: whether they are any, and what they must be.

use super::grammar::is_qualified_name;
use super::{Notes, Place, known, scalars};
use crate::kube::limits::PodResources;
use crate::kube::pod::PodSpec;
use crate::kube::quantity::Quantity;
use crate::schema::problem::Problem;
use crate::schema::{NEWEST, Trouble, TroubleKind};
use crate::yaml::{Node, Scalar};

/// Records a quantity that does not parse, and one that is octal by accident.
pub(in super::super) fn quantity<'a>(at: Node<'a>, key: Option<Node<'a>>, problems: &mut Vec<Problem<'a>>) {
    let notes = &mut Notes { problems, target: (NEWEST, NEWEST) };
    let name = key.map_or("the value", |key| key.key_text());
    match at.scalar() {
        Some(Scalar::Str(text)) => {
            if known::is_placeholder(text) {
                return;
            }
            if Quantity::parse(text).is_some() {
                // Blanks around it are cut off, lines are not.
                if text.contains(char::is_control) {
                    let help = format!("write `{}`", text.trim());
                    notes.refuse(at, format!("the quantity for `{name}` is not in one line"), help);
                }
                return;
            }
            // `-` and `e3` are accepted oddities: no digits are nothing.
            let unsigned = text.trim().strip_prefix(['+', '-']).unwrap_or(text.trim());
            let oddity = !text.trim().is_empty() && Quantity::parse(&format!("0{unsigned}")).is_some();
            if oddity && !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
                return;
            }
            let help = quantity_help(text);
            notes.invalid(
                at,
                format!("`{text}` is not a valid quantity for `{name}`"),
                "rejected by the API server",
                help,
            );
        }
        Some(Scalar::Int(value)) => {
            if let Some(decimal) = scalars::octal(at, value) {
                let message = format!("`{}` for `{name}` is {value}, not {decimal}", at.text());
                let trouble = Trouble::new(TroubleKind::QuantitySuspicious, at, message);
                notes.push(
                    trouble.label("octal, because of the leading zero").help(format!("write `{decimal}`")),
                );
            }
        }
        _ => {}
    }
}

fn quantity_help(text: &str) -> String {
    let text = text.trim();
    let digits = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (number, unit) = text.split_at(digits);
    let right = match unit.trim().to_ascii_lowercase().as_str() {
        _ if number.is_empty() => "",
        "k" | "kb" => "k",
        "m" | "mb" => "M",
        "g" | "gb" => "G",
        "t" | "tb" => "T",
        "ki" | "kib" => "Ki",
        "mi" | "mib" => "Mi",
        "gi" | "gib" => "Gi",
        "ti" | "tib" => "Ti",
        _ => "",
    };
    match right {
        "" => "write a number with one of `m`, `k`, `M`, `G`, `T`, `Ki`, `Mi`, `Gi`, `Ti` or no suffix"
            .to_owned(),
        right => format!("write `{number}{right}`"),
    }
}

/// Resources without a domain that containers have.
pub(super) const OF_CONTAINERS: &[&str] = &["cpu", "memory", "ephemeral-storage"];

/// Resources without a domain that a quota counts (`IsStandardQuotaResourceName`).
#[rustfmt::skip]
pub(super) const OF_QUOTAS: &[&str] = &[
    "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.storage",
    "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage", "pods",
    "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims",
    "services.nodeports", "services.loadbalancers",
];

/// What is wrong with the name of a resource: one without a domain must be known
/// (`validateContainerResourceName`, `ValidateResourceQuotaResourceName`).
pub(super) fn name_fault(name: &str, known: &[&str]) -> Option<String> {
    if !is_qualified_name(name) {
        return Some("it must be a name such as `cpu` or `example.com/gpu`".to_owned());
    }
    let huge = |name: &str| name.starts_with("hugepages-");
    let quota = known.contains(&"pods") && name.strip_prefix("requests.").is_some_and(huge);
    if name.contains('/') {
        return None;
    }
    if known.contains(&name) || huge(name) || quota {
        return None;
    }
    // The number of objects of a kind is counted under a prefix.
    if quota_counts(name, known) {
        return Some(format!("write `count/{name}`"));
    }
    let near = crate::text::suggest::nearest(name, known.iter().copied());
    Some(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            "write one that Kubernetes knows, such as `cpu`, or one with a domain, such as `example.com/gpu`"
                .to_owned()
        }
    })
}

/// Whether a name of a quota is that of a kind with its API group, as in `deployments.apps`.
fn quota_counts(name: &str, known: &[&str]) -> bool {
    let group = name.split_once('.').map(|(_, group)| group);
    let is_group = |group: &str| {
        matches!(group, "apps" | "batch" | "autoscaling" | "policy") || group.ends_with(".k8s.io")
    };
    known.contains(&"pods") && group.is_some_and(is_group)
}

/// Whether a resource is counted in whole numbers and never shared: devices and huge pages.
pub(super) fn is_whole_only(name: &str) -> bool {
    name.starts_with("hugepages-") || is_extended(name)
}

/// A resource of somebody's own domain (`IsExtendedResourceName`).
fn is_extended(name: &str) -> bool {
    match name.split_once('/') {
        Some((domain, _)) => {
            let own = domain == "kubernetes.io" || domain.ends_with(".kubernetes.io");
            !own && !name.starts_with("requests.")
        }
        None => false,
    }
}

/// An amount as the server reads it: null is nothing of it (fact 14.12).
pub(super) fn read(at: Node<'_>) -> Option<Quantity> {
    if at.is_null() { Quantity::parse("0") } else { Quantity::read(at) }
}

/// What a pod asks for as a whole is enough for its containers, and none of them may use more than it may
/// (`validatePodResourceConsistency`).
pub(super) fn of_pod<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(whole) = place.node.get("resources").filter(|whole| whole.is_mapping()) else { return };
    let Some(pod) = PodResources::read(PodSpec(place.node), &[]) else { return };
    let (needed, _) = pod.of_containers();
    for entry in whole.get("requests").into_iter().flat_map(Node::entries) {
        let name = entry.key.key_text();
        let (Some(given), Some(needed)) = (read(entry.value).and_then(Quantity::milli), needed.get(name))
        else {
            continue;
        };
        if given < *needed {
            let message = format!("the pod requests less {name} than its containers together");
            notes.refuse(entry.value, message, "raise it, or remove it: the sum is taken then");
        }
    }
    for entry in whole.get("limits").into_iter().flat_map(Node::entries) {
        let name = entry.key.key_text();
        let Some(most) = read(entry.value).and_then(Quantity::milli) else { continue };
        let above = pod.containers.iter().find(|one| one.limits.get(name).is_some_and(|limit| *limit > most));
        if let Some(container) = above {
            let message = format!("the {name} limit of the pod is below that of one of its containers");
            notes.clash(entry.value, container.node, message, "raise it, or lower the container's");
        }
    }
}

/// The amount of a resource: not below nothing, and whole where it is counted.
pub(super) fn value<'a>(name: &str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    let Some(amount) = Quantity::read(at) else { return };
    if amount.is_negative() {
        notes.refuse(at, format!("`{}` of {name} is negative", at.text()), "it must be 0 or more");
    } else if is_whole_only(name) && !amount.is_whole() {
        notes.refuse(at, format!("`{}` of {name} is not an integer", at.text()), "it must be a whole number");
    }
}

/// Requests and limits of a container or a pod.
pub(super) fn resources<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let (requests, limits) = (place.node.get("requests"), place.node.get("limits"));
    for list in [requests, limits].into_iter().flatten() {
        list.entries().for_each(|entry| amount(entry.key.key_text(), entry.value, notes));
    }
    let (Some(requests), Some(limits)) = (requests, limits) else { return };
    for request in requests.entries() {
        let name = request.key.key_text();
        let Some(limit) = limits.entry(name).map(|entry| entry.value) else { continue };
        let (Some(least), Some(most)) = (read(request.value), read(limit)) else {
            continue;
        };
        // A device cannot be overcommitted; `google.com/tpu` and huge pages are such.
        let whole =
            name.starts_with("hugepages-") || (name.contains('/') && !name.contains("kubernetes.io/"));
        let message = match whole {
            _ if least > most => {
                format!("the {name} limit is below the {name} request, so the API server refuses the pods")
            }
            true if least != most => format!("the {name} limit differs from the request"),
            _ => continue,
        };
        let (least, most) = (request.value.text(), limit.text());
        notes.push(
            Trouble::new(TroubleKind::LimitBelowRequest, limit, message)
                .label(format!("at most {most}"))
                .also(request.value, format!("at least {least}"))
                .help(if whole {
                    "give both the same amount".to_owned()
                } else {
                    format!("raise the limit to `{least}` or more, or lower the request")
                })
                .perhaps(limit, least),
        );
    }
}

fn amount<'a>(name: &str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    let text = at.text().trim();
    let bare = text.bytes().all(|byte| byte.is_ascii_digit());
    let odd = match name {
        "memory" | "ephemeral-storage" => bare || text.ends_with('m'),
        _ => name == "cpu",
    };
    let amount = if odd { Quantity::read(at) } else { None };
    let Some(amount) = amount.filter(|amount| !amount.is_zero()) else { return };
    let (value, suspicious) = (amount.to_f64(), TroubleKind::QuantitySuspicious);
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (message, right, why) = match name {
        "memory" | "ephemeral-storage" if text.ends_with('m') => (
            format!("`{text}` of {name} is {} bytes", short(value)),
            format!("{number}Mi"),
            "`m` is a thousandth",
        ),
        "memory" if bare && value < 1_048_576.0 => (
            format!("`{text}` of memory is {} bytes", short(value)),
            format!("{text}Mi"),
            "a bare number counts bytes",
        ),
        "cpu"
            if text.ends_with('i') || (value >= 1000.0 && !text.ends_with(|c: char| c.is_ascii_digit())) =>
        {
            (
                format!("`{text}` of cpu is {} cores", short(value)),
                format!("{number}m"),
                "cpu is counted in cores and thousandths",
            )
        }
        "cpu" if bare && value >= 500.0 => (
            format!("`{text}` of cpu is {} cores", short(value)),
            format!("{number}m"),
            "a bare number counts cores, and `m` thousandths",
        ),
        _ => return,
    };
    let trouble = Trouble::new(suspicious, at, message).label("valid, but probably not what you meant");
    notes.push(trouble.help(format!("{why}: write `{right}`")).perhaps(at, &right));
}

fn short(value: f64) -> String {
    if value.fract() == 0.0 || value >= 1000.0 { format!("{value:.0}") } else { format!("{value}") }
}
