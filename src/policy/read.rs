//! Policies and bindings, read once for a unit and compiled.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cel::{Env, Mistake, Part, Program, Type, admission_env};
use crate::document::Object;
use crate::yaml::{Node, Text};

/// The group of policies.
pub(super) const GROUP: &str = "admissionregistration.k8s.io";

/// An expression with its place.
#[derive(Debug)]
pub struct Expression<'a> {
    /// Where it is written.
    pub at: Node<'a>,
    /// The expression.
    pub program: Program,
}

/// Resources by group and plural.
pub type Targets = &'static [(&'static str, &'static str)];

/// What must hold, and what is said where it does not.
#[derive(Debug)]
pub struct Validation<'a> {
    /// What must hold.
    pub holds: Expression<'a>,
    /// `message`.
    pub message: Option<&'a str>,
    /// `messageExpression`.
    pub words: Option<Program>,
}

/// A policy that compiles.
#[derive(Debug)]
pub struct Policy<'a> {
    /// The object.
    pub object: Object<'a>,
    /// `matchConstraints`.
    pub constraints: Option<Node<'a>>,
    /// The resources that it is for, instead of those of its rules.
    pub only: Option<Targets>,
    /// `matchConditions`.
    pub conditions: Vec<Expression<'a>>,
    /// `variables`, each with its name.
    pub variables: Vec<(Text, Program)>,
    /// `validations`.
    pub validations: Vec<Validation<'a>>,
    /// The values of audit annotations, which refuse when they fail.
    pub annotations: Vec<Expression<'a>>,
    /// apiVersion and kind of its parameters, if it has any.
    pub params: Option<(&'a str, &'a str)>,
    /// Whether an expression that fails refuses.
    pub fails_closed: bool,
}

/// What a binding does with what breaks a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is written down.
    Audit,
    /// The client is warned.
    Warn,
    /// The object is refused.
    Deny,
}

/// A binding.
#[derive(Clone, Debug)]
pub struct Binding<'a> {
    /// The object.
    pub object: Object<'a>,
    /// The policy it names.
    pub policy: Node<'a>,
    /// `matchResources`.
    pub resources: Option<Node<'a>>,
    /// `paramRef`.
    pub params: Option<Node<'a>>,
    /// What it does; the strongest of its actions.
    pub action: Action,
}

impl<'a> Binding<'a> {
    /// That of a policy which is judged without one, as if it bound itself.
    pub(super) fn itself(object: &Object<'a>, action: Action) -> Self {
        Binding { object: *object, policy: object.anchor(), resources: None, params: None, action }
    }
}

/// Policies by name: what each is read as. One that does not compile is nothing.
pub type Policies<'a> = BTreeMap<&'a str, (Object<'a>, Arc<Vec<Policy<'a>>>)>;

/// What a binding says; nothing, if it does nothing.
pub fn binding<'a>(object: &Object<'a>) -> Option<Binding<'a>> {
    let spec = object.spec()?;
    Some(Binding {
        object: *object,
        policy: spec.get("policyName")?,
        resources: spec.get("matchResources"),
        params: spec.get("paramRef"),
        action: action(spec)?,
    })
}

/// The strongest of the actions that are listed.
pub(super) fn action(spec: Node<'_>) -> Option<Action> {
    let actions = spec.get("validationActions").into_iter().flat_map(|list| list.items());
    let known = actions.filter_map(|one| match one.text() {
        "Deny" => Some(Action::Deny),
        "Warn" => Some(Action::Warn),
        "Audit" => Some(Action::Audit),
        _ => None,
    });
    known.max()
}

/// The policy of the cluster that an object is, if all of it compiles: the server takes no other one.
pub fn policy<'a>(object: &Object<'a>) -> Option<Policy<'a>> {
    compile(object, None, &|text| Cow::Borrowed(text)).ok()
}

/// What does not compile, and why.
pub type Refusal<'a> = (Node<'a>, String);

/// Compiles a policy. `only`: the resources that it is for, instead of those that it names; `rewrite` says what becomes
/// of its expressions first.
pub(super) fn compile<'a>(
    object: &Object<'a>,
    only: Option<Targets>,
    rewrite: &dyn Fn(&str) -> Cow<'_, str>,
) -> Result<Policy<'a>, Refusal<'a>> {
    let lacks = |at: Node<'a>, what: &str| (at, format!("`{what}` is missing"));
    let spec = object.spec().ok_or_else(|| lacks(object.node, "spec"))?;
    let kind = spec.get("paramKind");
    let params = kind.and_then(|kind| Some((kind.get("apiVersion")?.str()?, kind.get("kind")?.str()?)));
    let items = |key: &str| spec.get(key).into_iter().flat_map(|list| list.items());
    let compile = |at: Node<'a>, env: &Env| {
        let text = at.str().ok_or_else(|| (at, "the expression must be a string".to_owned()))?;
        let first = |mistakes: Vec<Mistake>| {
            let first = mistakes.into_iter().next();
            (at, first.map_or("it is nested too deeply".to_owned(), |mistake| mistake.message))
        };
        Program::compile(&rewrite(text), env).map_err(first)
    };
    let expression = |of: Node<'a>, key: &str, env: &Env| {
        let at = of.get(key).ok_or_else(|| lacks(of, key))?;
        Ok(Expression { at, program: compile(at, env)? })
    };
    let env = admission_env(Part::Condition, kind.is_some(), &[]);
    let conditions = items("matchConditions").map(|one| expression(one, "expression", &env));
    let conditions = conditions.collect::<Result<Vec<_>, _>>()?;
    let mut variables: Vec<(Text, Program)> = Vec::new();
    let mut types: Vec<(Text, Type)> = Vec::new();
    for variable in items("variables") {
        let name = variable.get("name").and_then(Node::str).ok_or_else(|| lacks(variable, "name"))?;
        let name = Text::from(name);
        let env = admission_env(Part::Validation, kind.is_some(), &types);
        let program = expression(variable, "expression", &env)?.program;
        types.push((name.clone(), program.ty().clone()));
        variables.push((name, program));
    }
    let env = admission_env(Part::Validation, kind.is_some(), &types);
    let words = admission_env(Part::Message, kind.is_some(), &types);
    let validation = |one: Node<'a>| {
        let made = one.get("messageExpression").filter(|at| !at.text().is_empty());
        Ok(Validation {
            holds: expression(one, "expression", &env)?,
            message: one.get("message").and_then(Node::str).filter(|text| !text.is_empty()),
            words: made.and_then(|at| compile(at, &words).ok()),
        })
    };
    let validations = items("validations").map(validation).collect::<Result<Vec<_>, _>>()?;
    let annotations = items("auditAnnotations").map(|one| expression(one, "valueExpression", &env));
    let annotations = annotations.collect::<Result<Vec<_>, _>>()?;
    Ok(Policy {
        object: *object,
        constraints: spec.get("matchConstraints"),
        only,
        conditions,
        variables,
        validations,
        annotations,
        params,
        fails_closed: spec.get("failurePolicy").is_none_or(|policy| policy.text() != "Ignore"),
    })
}
