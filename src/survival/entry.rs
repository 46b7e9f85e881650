//! Entry points, and everything that they need: Services, pods, and the hosts that pods call.

use std::collections::{HashMap, HashSet};

use super::event::Event;
use super::outcome::{Reason, Row};
use crate::files::Span;
use crate::inventory::{Inventory, Outcome};

/// One step from an entry point: a Service, how it is reached, and the workloads behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The Service's name and how it is reached.
    pub name: String,
    /// Where it is named.
    pub span: Span,
    /// Positions of rows behind it.
    pub rows: Vec<usize>,
    /// Which workload names it; `None` for the entry point itself.
    pub from: Option<usize>,
}

/// Where traffic enters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Kind and name.
    pub title: String,
    /// Where it stands.
    pub span: Span,
    /// Position of its object in the inventory.
    pub object: usize,
    /// What it needs, nearest first.
    pub steps: Vec<Step>,
}

/// The weakest step of an entry point for an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weakest {
    /// Whether the entry point still works; `None` if that cannot be told.
    pub survives: Option<bool>,
    /// The step that decides.
    pub step: Option<usize>,
    /// Pods that stay behind it, and how many there were.
    pub stay: Option<(i64, i64)>,
    /// Why.
    pub because: Vec<Reason>,
}

/// What is looked up along the way, by position.
struct Ways<'i, 'a> {
    inventory: &'i Inventory<'a>,
    /// The row of each workload.
    row_of: Vec<Option<usize>>,
    /// The hosts that each workload calls.
    hosts_of: Vec<Vec<usize>>,
}

/// Every entry point of a unit.
pub fn entries(inventory: &Inventory<'_>, rows: &[Row]) -> Vec<Entry> {
    let mut row_of = vec![None; inventory.workloads.len()];
    rows.iter().enumerate().for_each(|(at, row)| row_of[row.workload] = Some(at));
    let mut hosts_of = vec![Vec::new(); inventory.workloads.len()];
    inventory.hosts().iter().enumerate().for_each(|(at, host)| hosts_of[host.workload].push(at));
    let ways = Ways { inventory, row_of, hosts_of };
    let positions: HashMap<Span, usize> =
        inventory.objects.iter().enumerate().map(|(at, object)| (object.anchor().span(), at)).collect();
    let position = |span: Span| positions.get(&span).copied().unwrap_or(0);
    let mut found: Vec<Entry> = Vec::new();
    for backend in inventory.backends() {
        let span = backend.object.anchor().span();
        let step = |service: usize| Step {
            name: format!("Service `{}`", inventory.services[service].object.name),
            span: backend.name.span(),
            rows: ways.behind(service),
            from: None,
        };
        let services = inventory.reachable_services(backend.name.text(), backend.namespace);
        let steps = services.into_iter().map(step);
        match found.iter_mut().find(|entry| entry.span == span) {
            Some(entry) => {
                for step in steps {
                    if entry.steps.iter().all(|known| known.name != step.name) {
                        entry.steps.push(step);
                    }
                }
            }
            None => {
                let title = backend.object.title();
                found.push(Entry { title, span, object: position(span), steps: steps.collect() });
            }
        }
    }
    for (at, service) in inventory.services.iter().enumerate() {
        if matches!(service.service_type(), "LoadBalancer" | "NodePort") {
            let span = service.object.anchor().span();
            let place = service.field("type").map_or(span, |node| node.span());
            let name = service.object.title();
            let step = Step { name, span: place, rows: ways.behind(at), from: None };
            found.push(Entry {
                title: service.object.title(),
                span,
                object: position(span),
                steps: vec![step],
            });
        }
    }
    found.iter_mut().for_each(|entry| ways.follow(rows, entry));
    // Copies of one object are one.
    let mut known = HashSet::new();
    found.retain(|entry| {
        let leads = entry.steps.iter().any(|step| !step.rows.is_empty());
        leads && known.insert(inventory.objects[entry.object].identity())
    });
    found
}

/// Steps that are followed from one entry point.
const STEPS: usize = 200;

impl Ways<'_, '_> {
    fn behind(&self, service: usize) -> Vec<usize> {
        let certain = self.inventory.service_pods(service).iter().filter(|one| one.certain.is_yes());
        certain.filter_map(|one| self.row_of[one.workload]).collect()
    }

    /// Adds what the workloads behind an entry point call, and what those call.
    fn follow(&self, rows: &[Row], entry: &mut Entry) {
        let mut next = 0;
        while next < entry.steps.len() && entry.steps.len() < STEPS {
            let workloads: Vec<usize> =
                entry.steps[next].rows.iter().map(|row| rows[*row].workload).collect();
            next += 1;
            for &host in workloads.iter().flat_map(|at| &self.hosts_of[*at]) {
                let host = &self.inventory.hosts()[host];
                let services = match &host.outcome {
                    Outcome::Services(services) => services.as_slice(),
                    Outcome::Pod { service, .. } => std::slice::from_ref(service),
                    _ => continue,
                };
                for &service in services {
                    let name = format!("Service `{}`", self.inventory.services[service].object.name);
                    let own = self.behind(service);
                    let known = entry.steps.iter().any(|step| step.rows == own || step.name == name);
                    if !known && !own.is_empty() {
                        entry.steps.push(Step {
                            name,
                            span: host.span,
                            rows: own,
                            from: Some(host.workload),
                        });
                    }
                }
            }
        }
    }
}

impl Entry {
    /// The steps from the entry point to one of its steps, that one included.
    pub fn way(&self, rows: &[Row], step: usize) -> Vec<usize> {
        let mut way = vec![step];
        let mut at = step;
        while let Some(from) = self.steps[at].from {
            let names_it = |step: &Step| step.rows.iter().any(|row| rows[*row].workload == from);
            // Steps are found in the order in which they are reached.
            let Some(before) = self.steps[..at].iter().position(names_it) else {
                break;
            };
            way.push(before);
            at = before;
        }
        way.reverse();
        way
    }

    /// The step that decides whether the entry point survives an event.
    pub fn weakest(&self, rows: &[Row], event: Event) -> Weakest {
        let mut worst = Weakest { survives: Some(true), step: None, stay: None, because: Vec::new() };
        for (at, step) in self.steps.iter().enumerate().filter(|step| !step.1.rows.is_empty()) {
            let own = || step.rows.iter().map(|row| &rows[*row]);
            // Any of several workloads behind one Service keeps it up.
            let running = own().filter(|row| row.replicas.is_some_and(|count| count >= row.needs)).count();
            let survives = if own().any(|row| row.survives(event) == Some(true))
                || (event == Event::Rollout && running > 1)
            {
                Some(true)
            } else if own().any(|row| row.survives(event).is_none()) {
                None
            } else {
                Some(false)
            };
            let all = own().map(|row| row.replicas).sum::<Option<i64>>();
            let lost = |row: &Row| Some(row.replicas? - row.after(event).stay?);
            let stay = match event {
                // One workload is rolled out at a time.
                Event::Rollout => own().map(lost).try_fold(0, |most, lost| Some(most.max(lost?))),
                _ => own().map(lost).sum::<Option<i64>>(),
            };
            let stay = all.zip(stay).map(|(all, lost)| all - lost);
            let rank = |survives: Option<bool>, stay: Option<(i64, i64)>| {
                let verdict = match survives {
                    Some(false) => 0,
                    None => 1,
                    Some(true) => 2,
                };
                (verdict, stay.map_or(i64::MAX, |stay| stay.0))
            };
            let stay = stay.zip(all);
            if worst.step.is_none() || rank(survives, stay) < rank(worst.survives, worst.stay) {
                let because = own().flat_map(|row| row.after(event).because.iter().cloned()).collect();
                worst = Weakest { survives, step: Some(at), stay, because };
            }
        }
        worst
    }
}
