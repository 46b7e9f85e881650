//! Order in manifests: images, labels, histories, and objects that nobody uses (facts 19.31 to 19.38).

mod history;
mod images;
mod labels;
mod pods;
mod unused;

use super::{Check, Eligible, Rule, rule};

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("image-version-open", Check::Unit(images::open)),
    rule!("image-without-digest", Check::Unit(images::without_digest)),
    rule!("pull-policy-mismatch", Check::Unit(images::pull_policy)),
    rule!("recommended-labels-missing", Check::Unit(labels::recommended)),
    rule!("required-label-missing", Check::Unit(labels::required)).with_options::<labels::LabelOptions>(),
    rule!("default-namespace", Check::Unit(labels::default_namespace)),
    rule!("job-never-cleaned", Check::Workload(Eligible::OWN, history::never_cleaned)),
    rule!("no-revision-kept", Check::Workload(Eligible::OWN, history::no_revision)),
    rule!("root-filesystem-writable", Check::Workload(Eligible::COMPLETE, pods::root_filesystem)),
    rule!("token-mounted-unused", Check::Unit(pods::token)),
    rule!("secret-in-environment", Check::Workload(Eligible::COMPLETE, pods::secret_in_environment)),
    rule!("object-unused", Check::Beside(unused::judge)),
];
