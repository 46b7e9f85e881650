//! The rules about single documents and the types of single objects, whatever unit they are part of.

use std::collections::hash_map::Entry;
use std::hash::Hash;

use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;

use super::memory::Memory;
use super::{Crash, advice};
use crate::document::{Class, Partial};
use crate::files::Span;
use crate::finding::{Finding, Label, Out, RuleId, Severity};
use crate::guard::guarded;
use crate::inventory::Surroundings;
use crate::project::{Deployment, Input, Read, Wholeness, Written};
use crate::recall::hash_of;
use crate::rules::schema::{self, Typed, World};
use crate::rules::{self, Check, OfDocument, OfWritten, Rule};
use crate::schema::{Cause, Trouble, TroubleKind};
use crate::yaml::{FaultKind, Tree};

/// What these rules found in all documents.
pub fn check<'a>(
    input: &'a Input<'a>,
    surroundings: &Surroundings,
    rules: &[&'static Rule],
    memory: Option<&Memory>,
) -> Vec<Finding> {
    let desk = Desk::new(input, surroundings, rules);
    let fresh = |at: usize, read: &Read<'a>| {
        guarded(|| desk.document(at, read)).unwrap_or_else(|| vec![crash("reading", read)])
    };
    let read = |(at, read): (usize, &Read<'a>)| match memory {
        Some(memory) => memory.read.or_else(desk.identity(at, read), || fresh(at, read)),
        None => fresh(at, read),
    };
    let mut found: Vec<Finding> = input.documents.par_iter().enumerate().flat_map_iter(read).collect();
    found.extend(desk.charts(input));
    found
}

fn crash(rule: &'static str, read: &Read<'_>) -> Finding {
    let start = read.document.piece().start;
    Crash { rule, at: read.document.source.span(start..start) }.finding()
}

/// The rules by what they look at.
struct Desk<'d, 'a> {
    input: &'d Input<'a>,
    world: World<'d, 'a>,
    documents: Vec<(RuleId, OfDocument)>,
    written: Vec<(RuleId, OfWritten)>,
    troubles: Vec<(TroubleKind, RuleId)>,
    enabled: Vec<&'static str>,
}

impl<'d, 'a> Desk<'d, 'a> {
    fn new(input: &'d Input<'a>, surroundings: &Surroundings, rules: &[&'static Rule]) -> Self {
        let world = World::new(input, surroundings);
        let mut desk = Desk {
            input,
            world,
            documents: Vec::new(),
            written: Vec::new(),
            troubles: Vec::new(),
            enabled: rules.iter().map(|rule| rule.name).collect(),
        };
        for rule in rules {
            match rule.check {
                Check::Document(check) => desk.documents.push((rule.id(), check)),
                Check::Written(check) => desk.written.push((rule.id(), check)),
                Check::Trouble(kinds) => desk.troubles.extend(kinds.iter().map(|kind| (*kind, rule.id()))),
                _ => {}
            }
        }
        desk
    }

    /// A hash of all that is asked of a document.
    fn identity(&self, at: usize, read: &Read<'a>) -> u64 {
        let document = read.document;
        hash_of(|mut state| {
            (self.world.identity(), document.source.serial, document.piece().start).hash(&mut state);
            self.input.objects_of(at).for_each(|written| written.wholeness.hash(&mut state));
        })
    }

    fn document(&self, at: usize, read: &Read<'a>) -> Vec<Finding> {
        let mut found = Vec::new();
        if let Class::Failed(fault) = &read.class
            && fault.kind == FaultKind::Internal
        {
            found.push(crash("parse", read));
        }
        for (rule, check) in &self.documents {
            let mut out = Out::new(*rule);
            check(read, &mut out);
            let own = out.into_findings().into_iter().map(|mut finding| {
                if rules::ends_builds(finding.rule)
                    && self.input.parts.is_deployed(&read.document.source.path)
                {
                    finding
                        .notes
                        .push("a kustomization lists the file, so `kustomize build` fails".to_owned());
                }
                finding
            });
            found.extend(own);
        }
        let mut partials = Vec::new();
        partials_of(&read.class, &mut partials);
        let said = partials.iter().filter_map(|one| schema::partial(one, &self.world));
        found.extend(said.filter_map(|one| self.trouble(one, None)));
        self.input.objects_of(at).for_each(|written| self.object(written, &mut found));
        found
    }

    /// What the charts print. What is advice with one set of values and more with another is said once, loudly.
    fn charts(&self, input: &'a Input<'a>) -> Vec<Finding> {
        let deployments = input.charts.deployments.iter();
        let printed: Vec<(&'a Deployment, &'a Tree)> =
            deployments.flat_map(|one| one.trees().map(move |tree| (one, tree))).collect();
        let print = |&(deployment, tree): &(&'a Deployment, &'a Tree)| {
            let mut found = guarded(|| self.printed(tree)).unwrap_or_default();
            advice::settle_types(&mut found, deployment, tree, input.files);
            found
        };
        let all = printed.par_iter().map(print).collect::<Vec<_>>().into_iter().flatten();
        let mut known: HashMap<(RuleId, Span, String), usize> = HashMap::new();
        let mut found: Vec<Finding> = Vec::new();
        for finding in all {
            match known.entry((finding.rule, finding.span, finding.message.clone())) {
                Entry::Vacant(entry) => {
                    entry.insert(found.len());
                    found.push(finding);
                }
                Entry::Occupied(at) => {
                    let known = &mut found[*at.get()];
                    if known.severity == Some(Severity::Info) && finding.severity != Some(Severity::Info) {
                        *known = finding;
                    }
                }
            }
        }
        found
    }

    fn printed(&self, tree: &'a Tree) -> Vec<Finding> {
        let mut found = Vec::new();
        self.object(&Written::printed(tree), &mut found);
        found
    }

    fn object(&self, written: &Written<'a>, found: &mut Vec<Finding>) {
        // Nobody applies what a test expects, and the test itself says whether it is right.
        if matches!(written.wholeness, Wholeness::Expected(_)) {
            return;
        }
        let typed = Typed { written, world: &self.world };
        for (rule, check) in &self.written {
            let mut out = Out::new(*rule);
            check(&typed, &mut out);
            found.extend(out.into_findings());
        }
        if !self.troubles.is_empty() {
            let (troubles, severity) = schema::examine(&typed);
            found.extend(troubles.into_iter().filter_map(|one| self.trouble(one, severity)));
        }
    }

    /// The rule that tells a kind of trouble, if it is on. What the API server refuses is told by `invalid-value` where the rule that
    /// knows more of it is not.
    fn rule_of(&self, kind: TroubleKind) -> Option<RuleId> {
        let of = |kind| self.troubles.iter().find(|one| one.0 == kind).map(|one| one.1);
        match kind {
            TroubleKind::Told(told) if self.enabled.contains(&schema::told_by(told)) => None,
            TroubleKind::Told(_) => of(TroubleKind::InvalidValue),
            TroubleKind::LimitBelowRequest => of(kind).or_else(|| of(TroubleKind::InvalidValue)),
            _ => of(kind),
        }
    }

    /// What the rule for this kind of trouble says, if it is on.
    fn trouble(&self, trouble: Trouble<'_>, severity: Option<Severity>) -> Option<Finding> {
        let rule = self.rule_of(trouble.kind)?;
        let mut finding = Finding::new(rule, trouble.at, trouble.message);
        finding.severity = severity.or(trouble.taken.then_some(Severity::Warning));
        finding.label = trouble.label;
        finding.help = trouble.help;
        finding.fix = trouble.fix;
        let unmeant = matches!(&trouble.cause, Cause::Meant(meant) if meant.is_empty());
        if trouble.kind == TroubleKind::UnknownField && (unmeant || finding.help.is_none()) {
            let general = "check its indentation: move it to the level where it is known, or remove it";
            finding.help.get_or_insert_with(|| general.to_owned());
            finding.notes.push(
                "`kubectl apply` rejects the object, and other clients drop the field silently".to_owned(),
            );
        }
        finding.also =
            trouble.also.into_iter().map(|(at, text)| Label { span: at.span(), message: text }).collect();
        Some(finding)
    }
}

fn partials_of<'a>(class: &Class<'a>, found: &mut Vec<Partial<'a>>) {
    match class {
        Class::List(items) => items.iter().for_each(|item| partials_of(item, found)),
        Class::Partial(partial) => found.push(**partial),
        _ => {}
    }
}
