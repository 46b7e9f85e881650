//! Unknown fields that are nobody's mistake.

use super::problem::Frame;
use crate::yaml::Node;

/// Fields that versions before 1.37 had in a type of the same name. A server of that age takes them.
const DROPPED: &[(&str, &str)] = &[
    ("ObjectMeta", "clusterName"),
    ("ObjectMeta", "initializers"),
    ("PodResourceClaim", "source"),
    ("ServiceSpec", "ipFamily"),
    ("ServiceSpec", "topologyKeys"),
    ("ServiceSpec", "deprecatedPublicIPs"),
    ("VolumeResourceRequirements", "claims"),
];

/// Whether an unknown field is to be passed over in silence.
pub(super) fn is_excused(
    name: &str,
    value: Node<'_>,
    chain: &[Frame<'_>],
    extra: &[(&'static str, &'static str)],
) -> bool {
    let Some(parent) = chain.last() else { return true };
    let ty = parent.name();
    let listed = |list: &[(&str, &str)]| list.iter().any(|(t, field)| *t == ty && *field == name);
    if listed(DROPPED) || listed(extra) {
        return true;
    }
    match chain {
        // Servers of 1.24 to 1.27 wrote one, and nobody reads it.
        [_] if name == "status" => ty == "NetworkPolicy",
        // SOPS keeps its own data beside the object and takes it away when it decrypts.
        [_] if name == "sops" => value.get("mac").is_some() || value.get("lastmodified").is_some(),
        // What the server writes is not the author's text; servers of other versions write other fields.
        [_, second, ..] => second.key.is_some_and(|key| key.key_text() == "status"),
        _ => false,
    }
}
