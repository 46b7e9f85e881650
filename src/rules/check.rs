//! What a rule is: a name, a page, and how it gets to see the world.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

use foldhash::{HashMap, HashMapExt};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;

use super::eligible::{Eligible, Patched, unchanged};
use super::page::Page;
use super::registry::all;
use super::schema::Typed;
use crate::document::Object;
use crate::finding::{Out, RuleId};
use crate::inventory::{AnyOptions, Inventory, Surroundings};
use crate::kube::workload::Workload;
use crate::policy::Law;
use crate::project::{Project, Read, kind_and_name};
use crate::schema::TroubleKind;

/// A rule about a document.
pub type OfDocument = fn(&Read<'_>, &mut Out);

/// A rule about the type of an object.
pub type OfWritten = fn(&Typed<'_, '_>, &mut Out);

/// A rule about one thing among what is deployed with it, by its position: a workload, a Service, a budget or an
/// autoscaler.
pub type OfOne = fn(&Inventory<'_>, usize, &mut Out);

/// How a rule gets to see the world.
#[derive(Clone, Copy)]
pub enum Check {
    /// Called once for each document: how it reads.
    Document(OfDocument),
    /// Called once for each object as it stands in a file, whole or not: its type and version.
    Written(OfWritten),
    /// What the walk along its type says of an object as it stands in a file, by kinds of trouble.
    Trouble(&'static [TroubleKind]),
    /// Called once for each object that is deployed, whatever units it is part of.
    Object(fn(&Object<'_>, &Around<'_>, &mut Out)),
    /// The same for each workload that is eligible.
    Pod(Eligible, fn(&Workload<'_>, &Around<'_>, &mut Out)),
    /// Called for each eligible workload of each unit, by its position among everything that is deployed together.
    Workload(Eligible, OfOne),
    /// Called for each Service of each unit that no patch changes.
    Service(OfOne),
    /// Called for each PodDisruptionBudget of each unit that no patch changes.
    Budget(OfOne),
    /// Called for each autoscaler of each unit that no patch changes.
    Scaler(OfOne),
    /// Called once for each unit with everything that is deployed together.
    Unit(fn(&Inventory<'_>, &mut Out)),
    /// Called once for each unit with everything that is deployed together, and the policies that judge it from outside.
    Policies(for<'a> fn(&Inventory<'a>, &Law<'a>, &mut Out)),
    /// Called once for each unit with everything that is deployed together, and the project around it.
    Beside(fn(&Inventory<'_>, &Around<'_>, &mut Out)),
    /// Called once with the whole project, variants side by side.
    All(fn(&Project<'_>, &mut Out)),
    /// Found after all rules ran, or where one of them failed; the row exists for its page and settings.
    Engine,
}

impl Check {
    /// Calls a rule about single things of a unit for each of those that it may judge.
    pub fn each(self, inventory: &Inventory<'_>, patched: &Patched, out: &mut Out) {
        match self {
            Check::Workload(eligible, check) => {
                eligible.among(inventory, patched).for_each(|at| check(inventory, at, out));
            }
            Check::Service(check) => {
                let services = unchanged(inventory, &inventory.services, |one| &one.object);
                services.for_each(|at| check(inventory, at, out));
            }
            Check::Budget(check) => {
                let budgets = unchanged(inventory, &inventory.budgets, |one| &one.object);
                budgets.for_each(|at| check(inventory, at, out));
            }
            Check::Scaler(check) => {
                let scalers = unchanged(inventory, &inventory.scalers, |one| &one.object);
                scalers.for_each(|at| check(inventory, at, out));
            }
            _ => {}
        }
    }
}

/// What a rule about an object or a unit may ask besides.
pub struct Around<'s> {
    /// Settings and the world outside.
    pub surroundings: &'s Surroundings,
    /// Everything that is deployed.
    pub project: &'s Project<'s>,
    names: foldhash::HashSet<u64>,
    named: OnceLock<foldhash::HashSet<&'s str>>,
    policies: OnceLock<HashMap<&'s str, Vec<Object<'s>>>>,
}

impl<'s> Around<'s> {
    /// Indexes the names of a project.
    pub fn new(project: &'s Project<'s>, surroundings: &'s Surroundings) -> Self {
        let names = project.pool.iter().map(|object| kind_and_name(object.kind, object.name)).collect();
        Around { surroundings, project, names, named: OnceLock::new(), policies: OnceLock::new() }
    }

    /// What one rule wants to know of all objects of the project, gathered when it is first asked for.
    pub fn named(
        &self,
        gather: impl FnOnce(&'s Project<'s>) -> foldhash::HashSet<&'s str>,
    ) -> &foldhash::HashSet<&'s str> {
        self.named.get_or_init(|| gather(self.project))
    }

    /// The NetworkPolicies of a namespace, whatever they are deployed with.
    pub fn policies(&self, namespace: &str) -> &[Object<'s>] {
        let policies = self.policies.get_or_init(|| {
            let mut found: HashMap<&str, Vec<Object<'_>>> = HashMap::new();
            for object in self.project.pool.iter().filter(|object| object.kind == "NetworkPolicy") {
                found.entry(object.namespace.unwrap_or("")).or_default().push(*object);
            }
            found
        });
        policies.get(namespace).map_or(&[], Vec::as_slice)
    }

    /// Whether the input has an object of this kind and name somewhere.
    pub fn is_there(&self, kind: &str, name: &str) -> bool {
        self.names.contains(&kind_and_name(kind, name))
    }
}

/// A rule: a name, a function and a page.
pub struct Rule {
    /// The name in findings, configuration and suppressions.
    pub name: &'static str,
    /// What it does.
    pub check: Check,
    /// The rule's options, if it has any.
    pub options: Option<OptionsType>,
    text: &'static str,
    /// The page and the address of a rule of a team.
    pub(super) team: Option<(&'static Page, Option<&'static str>)>,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Options of a rule, as the configuration has them below `rules`. The comments of the fields describe the keys.
pub trait Options: DeserializeOwned + JsonSchema + Any + Send + Sync {
    /// Says what is wrong with values that have the right types.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// How the options of one rule are read, and their JSON Schema.
#[derive(Clone, Copy)]
pub struct OptionsType {
    /// Reads them, or says what is wrong.
    pub read: fn(yaml_serde::Value) -> Result<AnyOptions, String>,
    /// Describes them.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

fn read<T: Options>(value: yaml_serde::Value) -> Result<AnyOptions, String> {
    let options: T = yaml_serde::from_value(value).map_err(|error| error.to_string())?;
    options.check()?;
    Ok(Arc::new(options))
}

impl Rule {
    /// A rule whose page has this text.
    pub const fn new(name: &'static str, check: Check, text: &'static str) -> Self {
        Rule { name, check, options: None, text, team: None }
    }

    /// The same rule with options of its own.
    pub const fn with_options<T: Options>(mut self) -> Self {
        self.options = Some(OptionsType { read: read::<T>, schema: T::json_schema });
        self
    }

    /// What its findings carry.
    pub const fn id(&self) -> RuleId {
        RuleId::new(self.name)
    }

    /// The parsed page. Pages are parsed when the first of them is asked for.
    pub fn page(&self) -> &'static Page {
        if let Some((page, _)) = self.team {
            return page;
        }
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
