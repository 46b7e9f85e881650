//! What the rules of a team say of the objects of a unit.

use rayon::prelude::*;

use super::OwnRule;
use super::facts::{About, Known};
use crate::cel::{Data, Fault, FaultKind, Foreign, Outcome, Program, Value};
use crate::document::Object;
use crate::files::Span;
use crate::finding::RuleId;
use crate::inventory::Inventory;
use crate::schema::stored;

/// What the expressions of a rule may cost together for one object.
const BUDGET: u64 = 10_000_000;

/// What one expression may cost.
const PER_CALL: u64 = 1_000_000;

/// So many things of one object are told for a rule.
const MOST: usize = 20;

/// What a rule says of an object.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The rule.
    pub rule: RuleId,
    /// What is underlined.
    pub place: Span,
    /// Other places that decided.
    pub also: Vec<Span>,
    /// What is said.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The object, where what is underlined is part of another one.
    pub object: Option<Span>,
    /// The expression has no value.
    pub failed: bool,
}

/// Everything that rules say of the objects of a unit. `title`: what the unit is called, if it has a name; `absolute`
/// makes the path of a file absolute, for globs.
pub fn judge<'a>(
    inventory: &Inventory<'a>,
    title: &str,
    rules: &[&OwnRule],
    absolute: &(dyn Fn(&str) -> std::path::PathBuf + Sync),
) -> Vec<Judged> {
    if rules.is_empty() {
        return Vec::new();
    }
    let known = Known::new(inventory, title);
    let one = |object: &Object<'a>| of_object(&known, object, rules, absolute);
    inventory.objects.par_iter().flat_map_iter(one).collect()
}

fn of_object<'a>(
    known: &Known<'_, 'a>,
    object: &Object<'a>,
    rules: &[&OwnRule],
    absolute: &(dyn Fn(&str) -> std::path::PathBuf + Sync),
) -> Vec<Judged> {
    let workload = known.workload(object);
    let path = &object.node.tree().source().path;
    let admits = |rule: &&&OwnRule| {
        (workload.is_some() || !rule.asks_for_pods)
            && rule.scope.admits(object, workload.is_some())
            && rule.scope.paths.as_ref().is_none_or(|globs| globs.matches(&absolute(path), None, true))
    };
    let rules: Vec<&&OwnRule> = rules.iter().filter(admits).collect();
    if rules.is_empty() || known.inventory.is_patched(object) {
        return Vec::new();
    }
    let value = stored(object, &known.customs);
    let mut found = Vec::new();
    for rule in rules {
        let about = About { known, object, value: &value, workload, item: None };
        let mut seat = Seat { rule, about, left: BUDGET, found: Vec::new() };
        seat.judge();
        found.append(&mut seat.found);
    }
    found
}

/// A rule and an object.
struct Seat<'s, 'a> {
    rule: &'s OwnRule,
    about: About<'s, 'a>,
    left: u64,
    found: Vec<Judged>,
}

impl Seat<'_, '_> {
    fn run(&mut self, program: &Program) -> Outcome {
        let (outcome, cost) = program.run(&self.about, PER_CALL.min(self.left));
        self.left = self.left.saturating_sub(cost);
        outcome
    }

    fn judge(&mut self) {
        let rule = self.rule;
        let Some(each) = &rule.each else { return self.holds() };
        let items = match self.run(each) {
            Ok(items) => items,
            Err(fault) => return self.fault(*fault),
        };
        let items: Vec<Value> = match &items.data {
            Data::List(list) => list.items.clone(),
            Data::Map(map) => map.entries.iter().map(|entry| entry.0.clone().or_at(entry.1.place)).collect(),
            _ => return self.fault(*Fault::error("`each` is not a list")),
        };
        for item in items {
            self.about.item = Some(item);
            self.holds();
            if self.found.len() >= MOST {
                break;
            }
        }
    }

    fn holds(&mut self) {
        let rule = self.rule;
        let value = match self.run(&rule.holds) {
            Ok(value) => value,
            Err(fault) => return self.fault(*fault),
        };
        match &value.data {
            Data::Bool(true) => return,
            Data::Bool(false) => {}
            Data::Foreign(foreign) if matches!(**foreign, Foreign::Cluster(_)) => return,
            _ => return self.fault(*Fault::error("the expression is neither true nor false")),
        }
        let named = rule.at.as_ref().and_then(|at| self.run(at).ok()?.place);
        let mut places = rule.holds.blame(&self.about, false);
        if places.iter().any(|place| self.is_own(*place)) {
            places.retain(|place| self.is_own(*place));
        }
        let item = self.about.item.as_ref().and_then(|item| item.place);
        let anchor = self.about.object.anchor().span();
        let place = named.or(places.first().copied()).or(item).unwrap_or(anchor);
        let also = places.into_iter().filter(|other| *other != place).take(3).collect();
        self.tell(place, also, None);
    }

    /// What is not known without more than the files is not judged; what fails is told.
    fn fault(&mut self, fault: Fault) {
        if fault.kind != FaultKind::Unknown {
            let own = fault.place.filter(|place| self.is_own(*place));
            let place = own.unwrap_or_else(|| self.about.object.anchor().span());
            self.tell(place, Vec::new(), Some(fault.message));
        }
    }

    /// Whether a place is part of the object: what decided may be another one.
    fn is_own(&self, place: Span) -> bool {
        let node = self.about.object.node;
        let whole = node.span();
        let is_file = node.tree().files().any(|file| file == place.file);
        is_file && (whole.file != place.file || whole.contains(place))
    }

    fn tell(&mut self, place: Span, also: Vec<Span>, failed: Option<String>) {
        let message = self.rule.message.fill(&self.about);
        let help = self.rule.help.as_ref().map(|help| help.fill(&self.about));
        let title = self.about.object.title();
        let message = match &failed {
            Some(why) => format!("`{}` fails on {title}: {why}", self.rule.id),
            None if message.is_empty() => format!("{title} breaks `{}`", self.rule.id),
            None => message,
        };
        let object = (!self.is_own(place)).then(|| self.about.object.anchor().span());
        let (rule, failed) = (self.rule.id, failed.is_some());
        self.found.push(Judged { rule, place, also, message, help, object, failed });
    }
}
