//! Rules of a team: an expression that must hold of the objects that it matches, which sees what is known of them
//! beside the object itself.

mod facts;
mod judge;
mod place;
mod words;

pub use judge::{Judged, judge};
pub use words::Words;

use globset::GlobMatcher;

use crate::cel::{Env, Mistake, Program, Type};
use crate::document::Object;
use crate::files::scan::Exclude;
use crate::finding::RuleId;
use crate::kube::labels::Labels;

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
    /// Compiles a rule.
    ///
    /// # Errors
    /// Everything that does not compile, with the part that it stands in.
    pub fn compile(source: Source<'_>, scope: Scope) -> Result<OwnRule, Vec<(Part, Mistake)>> {
        let mut compiler = Compiler { env: facts::env(), wrong: Vec::new() };
        let each = source.each.and_then(|text| compiler.list(text));
        let holds = compiler.truth(source.expression);
        let at = source.at.and_then(|text| compiler.compile(Part::At, text));
        let message = Words::read(source.message, &mut |text| compiler.compile(Part::Message, text));
        let help = source.help.map(|text| Words::read(text, &mut |text| compiler.compile(Part::Help, text)));
        // What does not compile has told why.
        let Some(holds) = holds.filter(|_| compiler.wrong.is_empty()) else {
            return Err(compiler.wrong);
        };
        let programs = || std::iter::once(&holds).chain(&each).chain(&at);
        let asks_for_pods =
            facts::OF_PODS.iter().any(|name| programs().any(|program| program.mentions(name)));
        Ok(OwnRule { id: source.id, scope, each, holds, at, message, help, asks_for_pods })
    }
}

/// Compiles the expressions of a rule, and collects what is wrong with them.
struct Compiler {
    env: Env,
    wrong: Vec<(Part, Mistake)>,
}

impl Compiler {
    fn compile(&mut self, part: Part, text: &str) -> Option<Program> {
        match Program::compile(text, &self.env) {
            Ok(program) => Some(program),
            Err(mistakes) if mistakes.is_empty() => self.refuse(part, "the expression is nested too deeply"),
            Err(mistakes) => {
                self.wrong.extend(mistakes.into_iter().map(|mistake| (part, mistake)));
                None
            }
        }
    }

    fn refuse(&mut self, part: Part, why: &str) -> Option<Program> {
        self.wrong.push((part, Mistake::at_start(why)));
        None
    }

    /// A list; what follows may ask for its items.
    fn list(&mut self, text: &str) -> Option<Program> {
        let program = self.compile(Part::Each, text);
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
        let program = self.compile(Part::Expression, text)?;
        if matches!(program.ty(), Type::Bool | Type::Dyn) {
            return Some(program);
        }
        let why = format!("the expression must be true or false, and this is of type `{}`", program.ty());
        self.refuse(Part::Expression, &why)
    }
}
