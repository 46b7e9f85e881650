//! Rules of a team: an expression that must hold of the objects that it matches, which sees what is known of them
//! beside the object itself.

mod facts;
mod judge;
mod place;
mod words;

pub use judge::{Judged, judge};
pub use words::Words;

use globset::GlobMatcher;

use crate::cel::{Env, Mistake, MistakeKind, Program, Type};
use crate::document::Object;
use crate::files::scan::Exclude;
use crate::finding::RuleId;
use crate::kube::labels::Labels;
use crate::schema;

/// Which objects a rule is for. An empty list leaves it open.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Kinds, with a group in front of them or without.
    pub kinds: Vec<String>,
    /// Labels that the object has, each with its value.
    pub labels: Vec<(String, GlobMatcher)>,
    /// Namespaces; one that is left open is `default`.
    pub namespaces: Vec<GlobMatcher>,
    /// Paths of files.
    pub paths: Option<Exclude>,
}

/// What stands for every kind that makes pods.
pub const ANY_WORKLOAD: &str = "workload";

impl Scope {
    /// Whether the rule is for an object, as far as its kind and labels say. `makes_pods`: it is a workload.
    pub fn admits(&self, object: &Object<'_>, makes_pods: bool) -> bool {
        let of_kind = |kind: &String| match kind.rsplit_once('/') {
            _ if kind == "*" => true,
            _ if kind == ANY_WORKLOAD => makes_pods,
            Some((group, kind)) => (group, kind) == (object.group(), object.kind),
            None => kind == object.kind,
        };
        let labelled = || {
            let own = Labels::of(object);
            let fits = |(key, value): &(String, GlobMatcher)| {
                own.get(key).is_some_and(|pair| value.is_match(pair.value))
            };
            self.labels.iter().all(fits)
        };
        let namespace = object.namespace.unwrap_or("default");
        (self.kinds.is_empty() || self.kinds.iter().any(of_kind))
            && (self.labels.is_empty() || labelled())
            && (self.namespaces.is_empty() || self.namespaces.iter().any(|glob| glob.is_match(namespace)))
    }
}

impl Scope {
    /// The kinds that it names, if all of them are built in; nothing at all where it leaves them open.
    fn built_in(&self) -> Option<Vec<(&'static str, &'static str)>> {
        let mut found = Vec::new();
        if self.kinds.iter().any(|kind| kind == "*") {
            return Some(found);
        }
        for name in &self.kinds {
            let before = found.len();
            let is_it = |api_version: &str, kind: &str| match name.rsplit_once('/') {
                _ if name == ANY_WORKLOAD => WORKLOADS.contains(&(api_version, kind)),
                Some((group, own)) => {
                    (group, own) == (api_version.rsplit_once('/').map_or("", |one| one.0), kind)
                }
                None => name == kind,
            };
            found.extend(schema::kinds().filter(|kind| is_it(kind.0, kind.1)));
            if found.len() == before {
                return None;
            }
        }
        Some(found)
    }
}

/// The kinds that make pods, as they are written today.
const WORKLOADS: &[(&str, &str)] = &[
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("v1", "Pod"),
    ("v1", "ReplicationController"),
];

/// A rule of a team that compiles.
#[derive(Debug)]
pub struct OwnRule {
    /// Its name.
    pub id: RuleId,
    /// Which objects it is for.
    pub scope: Scope,
    /// The list of things that are judged one by one; without it the object is.
    pub each: Option<Program>,
    /// What must hold.
    pub holds: Program,
    /// What is underlined.
    pub at: Option<Program>,
    /// What is said.
    pub message: Words,
    /// What to do.
    pub help: Option<Words>,
    /// Whether it asks for pods, so that it is only for what makes them.
    pub asks_for_pods: bool,
}

/// The part of a rule that a mistake is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `each`.
    Each,
    /// `expression`.
    Expression,
    /// `at`.
    At,
    /// `message`.
    Message,
    /// `help`.
    Help,
}

/// A rule as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Source<'s> {
    /// Its name.
    pub id: RuleId,
    /// `each`.
    pub each: Option<&'s str>,
    /// `expression`.
    pub expression: &'s str,
    /// `at`.
    pub at: Option<&'s str>,
    /// `message`.
    pub message: &'s str,
    /// `help`.
    pub help: Option<&'s str>,
}

impl OwnRule {
    /// Compiles a rule, and says everything that does not compile, with the part that it stands in. One whose words
    /// alone do not compile is a rule all the same.
    pub fn compile(source: Source<'_>, scope: Scope) -> (Option<OwnRule>, Vec<Flaw>) {
        let (parts, wrong) = read(source, facts::env(Type::Dyn, &Type::Dyn));
        let Parts { each, holds, at, message, help } = parts;
        let is_whole = each.is_some() == source.each.is_some();
        let Some(holds) = holds.filter(|_| is_whole) else { return (None, wrong) };
        let programs = || std::iter::once(&holds).chain(&each).chain(&at);
        let asks_for_pods =
            facts::OF_PODS.iter().any(|name| programs().any(|program| program.mentions(name)));
        (Some(OwnRule { id: source.id, scope, each, holds, at, message, help, asks_for_pods }), wrong)
    }
}

/// The fields that no object of the kinds of a rule has, and comparisons that never hold of one; and the kinds.
pub fn mistyped(source: Source<'_>, scope: &Scope) -> (Vec<Flaw>, Vec<String>) {
    let Some(pod) = schema::object_type("v1", "Pod") else { return Default::default() };
    let Some(kinds) = scope.built_in() else { return Default::default() };
    let objects = match kinds.is_empty() {
        true => vec![Type::Dyn],
        false => kinds.iter().filter_map(|kind| schema::object_type(kind.0, kind.1)).collect(),
    };
    let mut agreed: Option<Vec<Flaw>> = None;
    for object in objects {
        let mut found = read(source, facts::env(object, &pod)).1;
        found.retain(|one| matches!(one.mistake.kind, MistakeKind::UnknownField | MistakeKind::Mismatch));
        agreed = Some(match agreed {
            None => found,
            Some(before) => before.into_iter().filter(|one| found.contains(one)).collect(),
        });
    }
    let mut names: Vec<String> = kinds.iter().map(|kind| kind.1.to_owned()).collect();
    names.dedup();
    (agreed.unwrap_or_default(), names)
}

/// What a rule is made of, as far as it compiles.
struct Parts {
    each: Option<Program>,
    holds: Option<Program>,
    at: Option<Program>,
    message: Words,
    help: Option<Words>,
}

fn read(source: Source<'_>, env: Env) -> (Parts, Vec<Flaw>) {
    let mut compiler = Compiler { env, wrong: Vec::new() };
    let each = source.each.and_then(|text| compiler.list(text));
    let holds = compiler.truth(source.expression);
    let at = source.at.and_then(|text| compiler.compile(Part::At, text, 0));
    let message = Words::read(source.message, &mut |text, at| compiler.compile(Part::Message, text, at));
    let help =
        source.help.map(|text| Words::read(text, &mut |text, at| compiler.compile(Part::Help, text, at)));
    (Parts { each, holds, at, message, help }, compiler.wrong)
}

/// A mistake in a part of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The part.
    pub part: Part,
    /// The mistake, with its place in the part.
    pub mistake: Mistake,
}

/// Compiles the expressions of a rule, and collects what is wrong with them.
struct Compiler {
    env: Env,
    wrong: Vec<Flaw>,
}

impl Compiler {
    /// Compiles an expression that begins at a byte of a part.
    fn compile(&mut self, part: Part, text: &str, at: u32) -> Option<Program> {
        match Program::compile(text, &self.env) {
            Ok(program) => Some(program),
            Err(mistakes) if mistakes.is_empty() => self.refuse(part, "the expression is nested too deeply"),
            Err(mistakes) => {
                let placed = |one: Mistake| Flaw { part, mistake: Mistake { at: at + one.at, ..one } };
                self.wrong.extend(mistakes.into_iter().map(placed));
                None
            }
        }
    }

    fn refuse(&mut self, part: Part, why: &str) -> Option<Program> {
        self.wrong.push(Flaw { part, mistake: Mistake::at_start(why) });
        None
    }

    /// A list; what follows may ask for its items.
    fn list(&mut self, text: &str) -> Option<Program> {
        let program = self.compile(Part::Each, text, 0);
        let item = match program.as_ref().map(Program::ty) {
            Some(Type::List(item)) => (**item).clone(),
            Some(Type::Map(pair)) => pair.0.clone(),
            Some(Type::Dyn) | None => Type::Dyn,
            Some(ty) => {
                let why = format!("`each` must be a list, and this is of type `{ty}`");
                return self.refuse(Part::Each, &why);
            }
        };
        self.env = std::mem::take(&mut self.env).with(facts::ITEM, item);
        program
    }

    fn truth(&mut self, text: &str) -> Option<Program> {
        let program = self.compile(Part::Expression, text, 0)?;
        if matches!(program.ty(), Type::Bool | Type::Dyn) {
            return Some(program);
        }
        let why = format!("the expression must be true or false, and this is of type `{}`", program.ty());
        self.refuse(Part::Expression, &why)
    }
}
