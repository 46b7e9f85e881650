//! What reaches pods and what they reach: policies that are missing, and ways in (facts 19.26 to 19.30).

mod ingress;
mod isolation;
mod services;

use super::{Check, Rule, rule};

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("pod-without-network-policy", Check::Beside(isolation::judge))
        .with_options::<isolation::PolicyOptions>(),
    rule!("service-public", Check::Unit(services::public)),
    rule!("sensitive-port-public", Check::Unit(services::sensitive)),
    rule!("ingress-without-tls", Check::Unit(ingress::without_tls)),
    rule!("ingress-any-host", Check::Unit(ingress::any_host)),
    rule!("ingress-snippet", Check::Unit(ingress::snippet)),
];
