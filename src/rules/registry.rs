//! The list of all rules. A rule that is not in it does not exist.

use super::*;
use crate::finding::{Finding, RuleId, Severity};

static TOPICS: &[&[Rule]] = &[
    replicas::RULES,
    affinity::RULES,
    spread::RULES,
    rollout::RULES,
    placement::RULES,
    pods_refused::RULES,
    quotas::RULES,
    service::RULES,
    external_name::RULES,
    selector::RULES,
    hosts::RULES,
    ingress::RULES,
    config_refs::RULES,
    forgotten::RULES,
    variables::RULES,
    expansion::RULES,
    localhost::RULES,
    links::RULES,
    files::RULES,
    commands::RULES,
    images::RULES,
    modes::RULES,
    misplaced::RULES,
    stateful::RULES,
    scheduling::RULES,
    accounts::RULES,
    permissions::RULES,
    admission::RULES,
    policies::RULES,
    gateway::RULES,
    mesh::RULES,
    issuers::RULES,
    classes::RULES,
    gitops::RULES,
    network_policy::RULES,
    monitors::RULES,
    overlap::RULES,
    duplicates::RULES,
    kustomize::RULES,
    charts::RULES,
    relabel::RULES,
    reading::RULES,
    schema::RULES,
    limits_of_api::RULES,
    lifecycle::RULES,
    jobs::RULES,
    resources::RULES,
    secrets::RULES,
    budget::RULES,
    eviction::RULES,
    autoscaling::RULES,
    scale_metric::RULES,
    scale_target::RULES,
    probes::RULES,
    storage::RULES,
    binding::RULES,
    survival::RULES,
    security::RULES,
    rights::RULES,
    exposed::RULES,
    hygiene::RULES,
    suppression::RULES,
    engine::RULES,
];

/// Every rule that is built in, in the order of the topics.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    TOPICS.iter().copied().flatten()
}

/// The rule of a finding.
pub fn of(id: RuleId) -> Option<&'static Rule> {
    let team = id.name().starts_with(own::PREFIX).then(|| own::of(id)).flatten();
    team.or_else(|| find(id.name()))
}

/// How bad a finding is before any configuration: as it says, or as the page of its rule does.
pub fn severity(finding: &Finding) -> Option<Severity> {
    finding.severity.or_else(|| of(finding.rule).map(|rule| rule.page().severity))
}

/// The rule of this name.
pub fn find(name: &str) -> Option<&'static Rule> {
    match name.starts_with(own::PREFIX) {
        true => own::find(name),
        false => all().find(|rule| rule.name == name),
    }
}
