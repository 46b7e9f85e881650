//! Rules: what each looks at, and the page that says everything else about it.

mod accounts;
mod admission;
mod affinity;
mod autoscaling;
mod binding;
mod budget;
mod classes;
mod commands;
mod config_refs;
mod duplicates;
mod engine;
mod eviction;
mod expansion;
mod files;
mod gateway;
mod gitops;
mod hosts;
mod ingress;
mod issuers;
mod jobs;
mod kustomize;
mod lifecycle;
mod limits_of_api;
mod links;
mod localhost;
mod mesh;
mod misplaced;
mod missing;
mod monitors;
mod mounts;
pub mod naming;
mod network_policy;
mod overlap;
pub mod page;
mod permissions;
mod placement;
mod pods_refused;
mod probes;
mod relabel;
mod replicas;
mod resources;
mod rollout;
mod scale_metric;
mod scale_target;
mod scheduling;
mod schema;
mod secrets;
mod selector;
mod service;
mod spread;
mod stateful;
mod storage;
mod sub_path;
mod suppression;
mod survival;
mod words;

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::document::Object;
use crate::finding::{Out, RuleId};
use crate::inventory::Inventory;
use page::Page;

/// How a rule gets to see the world.
#[derive(Clone, Copy)]
pub enum Check {
    /// Called once for each unit with everything that is deployed together.
    Unit(fn(&Inventory<'_>, &mut Out)),
    /// Called once with every whole object of the input, variants side by side.
    All(fn(&[Object<'_>], &mut Out)),
    /// Found by the engine while it reads, decodes or silences; the row exists for its page and settings.
    Engine,
}

/// A rule: a name, a function and a page.
pub struct Rule {
    /// The name in findings, configuration and suppressions.
    pub name: &'static str,
    /// What it does.
    pub check: Check,
    /// Reads the rule's options from the configuration, if it has any.
    pub options: Option<OptionsReader>,
    text: &'static str,
}

/// Turns the configuration of one rule into its typed options, or says what is wrong with it.
pub type OptionsReader = fn(yaml_serde::Value) -> Result<crate::inventory::AnyOptions, String>;

impl Rule {
    /// A rule whose page has this text.
    pub const fn new(name: &'static str, check: Check, text: &'static str) -> Self {
        Rule { name, check, options: None, text }
    }

    /// The same rule with options of its own.
    pub const fn with_options(mut self, reader: OptionsReader) -> Self {
        self.options = Some(reader);
        self
    }

    /// What its findings carry.
    pub const fn id(&self) -> RuleId {
        RuleId::new(self.name)
    }

    /// The parsed page. Pages are parsed when the first of them is asked for.
    pub fn page(&self) -> &'static Page {
        static PAGES: OnceLock<HashMap<&'static str, Page>> = OnceLock::new();
        let pages = PAGES.get_or_init(|| {
            let parse = |rule: &Rule| Page::parse(rule.text).expect("tests parse every page");
            all().map(|rule| (rule.name, parse(rule))).collect()
        });
        &pages[self.name]
    }

    /// The page as written, front matter included.
    pub fn text(&self) -> &'static str {
        self.text
    }
}

/// A row of a topic's list: the name finds the page.
macro_rules! rule {
    ($name:literal, $check:expr) => {
        $crate::rules::Rule::new(
            $name,
            $check,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/", $name, ".md")),
        )
    };
}
pub(crate) use rule;

static TOPICS: &[&[Rule]] = &[
    replicas::RULES,
    affinity::RULES,
    spread::RULES,
    rollout::RULES,
    placement::RULES,
    pods_refused::RULES,
    service::RULES,
    selector::RULES,
    hosts::RULES,
    ingress::RULES,
    config_refs::RULES,
    expansion::RULES,
    localhost::RULES,
    links::RULES,
    files::RULES,
    commands::RULES,
    misplaced::RULES,
    stateful::RULES,
    scheduling::RULES,
    accounts::RULES,
    permissions::RULES,
    admission::RULES,
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
    relabel::RULES,
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
    suppression::RULES,
    engine::RULES,
];

/// Every rule, in the order of the topics.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    TOPICS.iter().copied().flatten()
}

/// The rule of a finding.
pub fn of(id: RuleId) -> Option<&'static Rule> {
    find(id.name())
}

/// The rule of this name.
pub fn find(name: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.name == name)
}
