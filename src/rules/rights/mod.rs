//! What pods may do through the API, and bindings and roles that give too much (facts 19.20 to 19.25).

mod bindings;
mod pods;
mod powers;
mod roles;

use super::{Check, Rule, rule};
pub(super) use pods::Rights;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("pod-is-cluster-admin", Check::Unit(|inventory, out| pods::judge(inventory, &powers::ADMIN, out))),
    rule!("pod-reads-secrets", Check::Unit(|inventory, out| pods::judge(inventory, &powers::SECRETS, out))),
    rule!("pod-creates-pods", Check::Unit(|inventory, out| pods::judge(inventory, &powers::PODS, out))),
    rule!("pod-raises-rights", Check::Unit(|inventory, out| pods::judge(inventory, &powers::RIGHTS, out))),
    rule!("pod-runs-commands", Check::Unit(|inventory, out| pods::judge(inventory, &powers::COMMANDS, out))),
    rule!("pod-reaches-nodes", Check::Unit(|inventory, out| pods::judge(inventory, &powers::NODES, out))),
    rule!(
        "pod-changes-webhooks",
        Check::Unit(|inventory, out| pods::judge(inventory, &powers::WEBHOOKS, out))
    ),
    rule!("cluster-admin-bound", Check::Unit(bindings::cluster_admin)),
    rule!("everyone-bound", Check::Unit(bindings::everyone)),
    rule!("default-account-bound", Check::Unit(bindings::default_account)),
    rule!("role-dangerous", Check::Unit(roles::dangerous)).with_options::<roles::RightsOptions>(),
    rule!("role-wildcard", Check::Unit(roles::wildcard)),
];
