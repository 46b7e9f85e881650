//! The rules, each called as often as its row says, and one answer for what several units share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;

use super::advice;
use super::gathered::Gathered;
use super::memory::Memory;
use super::overlays::overlays;
use super::policies::{Laws, Team, of_team};
use super::{CRASHED, Crash};
use crate::clock;
use crate::document::Object;
use crate::files::{SourceFile, Span};
use crate::finding::{Finding, Label, Out, RuleId, Severity};
use crate::guard::guarded;
use crate::inventory::{Hints, Inventory, Surroundings};
use crate::kube::workload::Workload;
use crate::kustomize;
use crate::project::{Member, Project, Unit};
use crate::recall::Once;
use crate::rules::{self, Around, Check, Patched, Rule};

/// What threads spent on units.
#[derive(Debug, Default)]
pub struct Busy {
    /// Building inventories.
    pub inventory: clock::Busy,
    /// Asking rules.
    pub rules: clock::Busy,
}

/// So many units are judged at a time.
const AT_ONCE: usize = 64;

/// All rules of a unit with no more objects than this are asked by one thread.
const SMALL: usize = 64;

/// What is asked, and of what.
pub struct Court<'s> {
    /// The project.
    pub project: &'s Project<'s>,
    /// The world outside.
    pub surroundings: &'s Surroundings,
    /// The rules that are on.
    pub rules: &'s [&'static Rule],
    /// What it took.
    pub busy: &'s Busy,
    /// The policies that judge units from outside.
    pub laws: &'s Laws<'s>,
    /// The rules of the team.
    pub team: &'s Team<'s>,
    /// What the last run over nearly the same files found.
    pub memory: Option<&'s Memory>,
}

impl Court<'_> {
    /// What all rules found, one answer for objects that several units share.
    pub fn judge(&self) -> Vec<Finding> {
        let mut answers = Answers::new(self.project);
        let pool = &self.project.pool;
        let hints: Vec<Hints<'_>> = self.busy.inventory.with(|| pool.par_iter().map(Hints::read).collect());
        let around = Around::new(self.project, self.surroundings);
        // Units may be many, and each may be nearly everything: what they say is put together as it comes.
        let known = self.identities();
        let units: Vec<(usize, &Unit)> = self.project.units.iter().enumerate().collect();
        let judged = units.chunks(AT_ONCE).flat_map(|some| {
            some.par_iter()
                .map(|(at, _)| self.known(*at, known[*at], &hints, &around))
                .collect::<Vec<Vec<Finding>>>()
        });
        for (at, found) in judged.enumerate() {
            answers.add(&[at], found);
        }
        for (units, found) in self.objects(&around) {
            answers.add(&units, found);
        }
        let mut found = answers.agreed();
        found.extend(self.all());
        found
    }

    /// The rules that look at the whole project at once.
    fn all(&self) -> Vec<Finding> {
        let Some(at) = self.first() else {
            return Vec::new();
        };
        let ask = |rule: &&'static Rule| match rule.check {
            Check::All(check) => Some(self.ask(rule, at, |out| check(self.project, out))),
            _ => None,
        };
        self.busy.rules.with(|| self.rules.iter().filter_map(ask).flatten().collect())
    }

    /// A place for what fails on everything.
    fn first(&self) -> Option<Span> {
        let object = self.project.pool.first().map(|object| object.anchor().span());
        let file = || self.project.input.files.first().map(|file| file.span(0..0));
        object.or_else(file)
    }

    /// Calls one rule; if it panics, the finding that says so.
    fn ask(&self, rule: &'static Rule, at: Span, check: impl FnOnce(&mut Out)) -> Vec<Finding> {
        let mut out = Out::new(rule.id());
        match guarded(|| check(&mut out)) {
            Some(()) => out.into_findings(),
            None => vec![Crash { rule: rule.name, at }.finding()],
        }
    }

    /// Hashes of all that units are made of, where somebody remembers what was found in them.
    fn identities(&self) -> Vec<Option<u64>> {
        let units = &self.project.units;
        // What a rule sees beside a unit is not part of it.
        let beside = self.rules.iter().any(|rule| matches!(rule.check, Check::Beside(_)));
        if self.memory.is_none() || beside {
            return vec![None; units.len()];
        }
        let (objects, once) = (self.project.identities(), Once::default());
        let identity = |(at, unit): (usize, &Unit)| {
            // What judges from outside is not part of the unit.
            let alone = !self.laws.judge(at);
            alone.then(|| self.project.identity(unit, &objects, &once)).flatten()
        };
        units.par_iter().enumerate().map(identity).collect()
    }

    /// What the rules that look at everything of one unit found in the last run, or find now.
    fn known(
        &self,
        at: usize,
        identity: Option<u64>,
        hints: &[Hints<'_>],
        around: &Around<'_>,
    ) -> Vec<Finding> {
        let fresh = || self.unit(at, &self.project.units[at], hints, around);
        match (self.memory, identity) {
            // An observer wants to see them all.
            (Some(memory), Some(identity)) if self.surroundings.observer.is_none() => {
                memory.units.or_else(identity, fresh)
            }
            _ => fresh(),
        }
    }

    /// The rules that look at everything of one unit.
    fn unit(&self, at: usize, unit: &Unit, hints: &[Hints<'_>], around: &Around<'_>) -> Vec<Finding> {
        let hints: Vec<&Hints<'_>> = unit.objects.iter().map(|one| &hints[one.object]).collect();
        let members: Vec<Object<'_>> = unit.objects.iter().map(|one| self.project.object(one)).collect();
        let Some(first) = members.first().map(|object| object.anchor().span()) else {
            return Vec::new();
        };
        let build =
            || self.busy.inventory.with(|| Inventory::with(members, &hints, self.surroundings, &unit.view));
        let Some(inventory) = guarded(build) else {
            return vec![Crash { rule: "inventory", at: first }.finding()];
        };
        if let Some(see) = &self.surroundings.observer
            && guarded(|| see(&inventory, self.project.title(unit).as_deref())).is_none()
        {
            return vec![Crash { rule: "observer", at: first }.finding()];
        }
        let patched = Patched::default();
        let ask = |rule: &&'static Rule| match rule.check {
            Check::Unit(check) => Some(self.ask(rule, first, |out| check(&inventory, out))),
            Check::Workload(..) | Check::Service(_) | Check::Budget(_) | Check::Scaler(_) => {
                Some(self.ask(rule, first, |out| rule.check.each(&inventory, &patched, out)))
            }
            Check::Beside(check) => Some(self.ask(rule, first, |out| check(&inventory, around, out))),
            Check::Policies(check) => {
                Some(self.ask(rule, first, |out| check(&inventory, self.laws.of(at), out)))
            }
            _ => None,
        };
        let together = |rules: &[&'static Rule]| {
            self.busy.rules.with(|| rules.iter().filter_map(ask).flatten().collect::<Vec<Finding>>())
        };
        // Most units cost less than it does to share them out.
        let share = if unit.objects.len() > SMALL { 1 } else { self.rules.len().max(1) };
        let mut found: Vec<Finding> = self.rules.par_chunks(share).flat_map_iter(together).collect();
        if !self.team.rules.is_empty() {
            let title = self.project.title(unit).unwrap_or_default();
            let team = guarded(|| self.busy.rules.with(|| of_team(&inventory, &title, self.team)));
            found.extend(team.unwrap_or_else(|| vec![Crash { rule: "policy", at: first }.finding()]));
        }
        found.iter_mut().for_each(|finding| replaced(unit, finding));
        advice::settle(&mut found, unit, self.project);
        found
    }

    /// The rules that look at single objects, once for each object and not for each unit: what they found, with the
    /// units that the object is part of.
    fn objects(&self, around: &Around<'_>) -> Vec<(Vec<usize>, Vec<Finding>)> {
        let single = |rule: &&&'static Rule| matches!(rule.check, Check::Object(_) | Check::Pod(..));
        let rules: Vec<&'static Rule> = self.rules.iter().filter(single).copied().collect();
        if rules.is_empty() {
            return Vec::new();
        }
        let ask = |seat: Seat<'_>| {
            let object = self.project.object(seat.member);
            let workload = Workload::read(object, &self.surroundings.workloads);
            let at = object.anchor().span();
            let ask = |rule: &&'static Rule| match (rule.check, &workload) {
                (Check::Object(check), _) => self.ask(rule, at, |out| check(&object, around, out)),
                (Check::Pod(eligible, check), Some(workload)) if eligible.admits(workload, seat.patched) => {
                    self.ask(rule, at, |out| check(workload, around, out))
                }
                _ => Vec::new(),
            };
            let mut found: Vec<Finding> = self.busy.rules.with(|| rules.iter().flat_map(ask).collect());
            let unit = &self.project.units[seat.unit];
            found.iter_mut().for_each(|finding| replaced(unit, finding));
            advice::settle(&mut found, unit, self.project);
            let units = || [seat.unit].into_iter().chain(seat.others).collect();
            (!found.is_empty()).then(|| (units(), found))
        };
        self.seats().into_par_iter().filter_map(ask).collect()
    }

    /// Every object that is deployed, once: twice where patches change it in some units and not in others.
    fn seats(&self) -> Vec<Seat<'_>> {
        // For each object, the seat of it as it is and patched.
        let mut known: Vec<[Option<u32>; 2]> = vec![[None; 2]; self.project.pool.len()];
        let mut seats: Vec<Seat<'_>> = Vec::with_capacity(self.project.pool.len());
        for (unit, of) in self.project.units.iter().enumerate() {
            for member in &of.objects {
                let patched = of.view.patched.changes(&self.project.pool[member.object]);
                match &mut known[member.object][usize::from(patched)] {
                    Some(at) => seats[*at as usize].others.push(unit),
                    at => {
                        *at = Some(seats.len() as u32);
                        seats.push(Seat { member, patched, unit, others: Vec::new() });
                    }
                }
            }
        }
        seats
    }
}

/// An object that is judged for all units it is part of in the same state.
struct Seat<'s> {
    member: &'s Member,
    patched: bool,
    /// The first of the units.
    unit: usize,
    others: Vec<usize>,
}

/// Shows where the value stood that the place of a finding took the place of.
fn replaced(unit: &Unit, finding: &mut Finding) {
    if let Some(&span) = unit.changed.get(&finding.span).filter(|was| **was != finding.span)
        && finding.also.iter().all(|label| label.span != span)
    {
        finding.also.push(Label { span, message: "takes the place of this value".to_owned() });
    }
}

/// A finding with the units in which it is found, and the namespaces of what they build.
struct Answer {
    finding: Finding,
    units: Vec<usize>,
    namespaces: BTreeSet<String>,
}

/// Every finding with the units that agree, in the order in which they were first found.
struct Answers<'s, 'a> {
    gathered: Gathered<'s, 'a>,
    units: &'s [Unit],
    files: &'s [Arc<SourceFile>],
    /// For each file, the units that it is part of.
    owners: Vec<Vec<usize>>,
    found: Vec<Answer>,
    known: HashMap<(RuleId, Span), usize>,
}

impl<'s, 'a> Answers<'s, 'a> {
    fn new(project: &'s Project<'a>) -> Self {
        let mut owners: Vec<Vec<usize>> = vec![Vec::new(); project.input.files.len()];
        // Files that lie beside a kustomization and are not listed have no say in what it builds.
        let is_build = |file: usize| kustomize::is_kustomization_file(&project.input.files[file].path);
        for (at, unit) in project.units.iter().enumerate() {
            let beside = unit.kustomization.is_none() && unit.chart.is_none();
            let own = unit.files.iter().filter(|&&file| !(beside && is_build(file)));
            own.for_each(|&file| owners[file].push(at));
        }
        Answers {
            gathered: Gathered::new(project),
            units: &project.units,
            files: project.input.files,
            owners,
            found: Vec::new(),
            known: HashMap::new(),
        }
    }

    /// Adds what was found for these units.
    fn add(&mut self, units: &[usize], findings: Vec<Finding>) {
        let mut own: BTreeMap<usize, ()> = BTreeMap::new();
        for finding in findings {
            let is_chart = units.iter().any(|unit| self.units[*unit].chart.is_some());
            let shared = is_chart || self.owners[finding.span.file.0 as usize].len() > 1;
            let key = (finding.rule, finding.span);
            match self.known.get(&key) {
                // A kustomization that gathers overlays has the same place several times, too.
                Some(&at) if shared || own.contains_key(&at) && self.are_built(units) => {
                    let new = own.insert(at, ()).is_none();
                    let Answer { finding: known, units: in_units, namespaces } = &mut self.found[at];
                    namespaces.extend(finding.namespace.clone());
                    if new {
                        in_units.extend(
                            units.iter().filter(|unit| !in_units.contains(unit)).copied().collect::<Vec<_>>(),
                        );
                    }
                    // What is advice in one of them is more in another.
                    let louder = rules::severity(&finding) > rules::severity(known);
                    let larger = !is_chart
                        && rules::severity(&finding) == rules::severity(known)
                        && finding.size > known.size;
                    if (new || !is_chart) && louder || larger {
                        *known = finding;
                    }
                }
                _ => {
                    self.known.insert(key, self.found.len());
                    own.insert(self.found.len(), ());
                    let namespaces = finding.namespace.clone().into_iter().collect();
                    self.found.push(Answer { finding, units: units.to_vec(), namespaces });
                }
            }
        }
    }

    fn are_built(&self, units: &[usize]) -> bool {
        units.iter().all(|&at| self.units[at].kustomization.is_some())
    }

    /// What all units of a file agree on. Overlays differ on purpose: what is wrong in one of them is wrong.
    fn agreed(self) -> Vec<Finding> {
        let Answers { mut gathered, units, files, owners, found, .. } = self;
        let agreed = |Answer { mut finding, units: found, namespaces }: Answer| {
            let owners = &owners[finding.span.file.0 as usize];
            if found.len() < owners.len() && finding.rule != CRASHED {
                let note = overlays(units, owners, &found)?;
                // That other values take the place of a default goes without saying.
                if finding.severity != Some(Severity::Info) || units[owners[0]].chart.is_none() {
                    finding.notes.push(note);
                }
            }
            let of_one = match found[..] {
                [only] if units[only].kustomization.is_some() => {
                    gathered.note(only, finding.span, &namespaces)
                }
                _ => None,
            };
            // A unit without a name is a folder of files.
            let file = files[finding.span.file.0 as usize].path.as_str();
            let places: Vec<&str> = match &of_one {
                Some(_) => namespaces.iter().map(String::as_str).collect(),
                None => found.iter().map(|&at| units[at].name().unwrap_or(file)).collect(),
            };
            finding.notes.extend(of_one);
            rules::settle_trial(&mut finding, places.into_iter());
            Some(finding)
        };
        found.into_iter().filter_map(agreed).collect()
    }
}
