//! Policies and bindings, read once for a unit and compiled.

use std::collections::BTreeMap;

use crate::cel::{Part, Program, Type, admission_env};
use crate::document::Object;
use crate::inventory::Inventory;
use crate::yaml::{Node, Text};

/// The group of policies.
const GROUP: &str = "admissionregistration.k8s.io";

/// An expression with its place.
#[derive(Debug)]
pub struct Expression<'a> {
    /// Where it is written.
    pub at: Node<'a>,
    /// The expression.
    pub program: Program,
}

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
#[derive(Debug)]
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

/// Policies by name, each with whether it compiles.
pub type Policies<'a> = BTreeMap<&'a str, (Object<'a>, Option<Policy<'a>>)>;

/// The policies of a unit.
pub fn policies<'a>(inventory: &Inventory<'a>) -> Policies<'a> {
    let objects = inventory.of_kind("ValidatingAdmissionPolicy").filter(|object| object.group() == GROUP);
    objects.map(|object| (object.name, (*object, policy(object)))).collect()
}

/// The bindings of a unit.
pub fn bindings<'a>(inventory: &Inventory<'a>) -> Vec<Binding<'a>> {
    let objects =
        inventory.of_kind("ValidatingAdmissionPolicyBinding").filter(|object| object.group() == GROUP);
    objects.filter_map(binding).collect()
}

fn binding<'a>(object: &Object<'a>) -> Option<Binding<'a>> {
    let spec = object.spec()?;
    let actions = spec.get("validationActions").into_iter().flat_map(|list| list.items());
    let action = actions.filter_map(|one| match one.text() {
        "Deny" => Some(Action::Deny),
        "Warn" => Some(Action::Warn),
        "Audit" => Some(Action::Audit),
        _ => None,
    });
    Some(Binding {
        object: *object,
        policy: spec.get("policyName")?,
        resources: spec.get("matchResources"),
        params: spec.get("paramRef"),
        action: action.max()?,
    })
}

/// A policy, if all of it compiles: the server takes no other one.
fn policy<'a>(object: &Object<'a>) -> Option<Policy<'a>> {
    let spec = object.spec()?;
    let kind = spec.get("paramKind");
    let params = kind.and_then(|kind| Some((kind.get("apiVersion")?.str()?, kind.get("kind")?.str()?)));
    let items = |key: &str| spec.get(key).into_iter().flat_map(|list| list.items());
    let compile = |at: Node<'a>, env: &crate::cel::Env| Program::compile(at.str()?, env).ok();
    let env = admission_env(Part::Condition, kind.is_some(), &[]);
    let mut conditions = Vec::new();
    for condition in items("matchConditions") {
        let at = condition.get("expression")?;
        conditions.push(Expression { at, program: compile(at, &env)? });
    }
    let mut variables: Vec<(Text, Program)> = Vec::new();
    let mut types: Vec<(Text, Type)> = Vec::new();
    for variable in items("variables") {
        let name: Text = variable.get("name")?.str()?.into();
        let env = admission_env(Part::Validation, kind.is_some(), &types);
        let program = compile(variable.get("expression")?, &env)?;
        types.push((name.clone(), program.ty().clone()));
        variables.push((name, program));
    }
    let env = admission_env(Part::Validation, kind.is_some(), &types);
    let words = admission_env(Part::Message, kind.is_some(), &types);
    let mut validations = Vec::new();
    for validation in items("validations") {
        let at = validation.get("expression")?;
        let made = validation.get("messageExpression").filter(|at| !at.text().is_empty());
        validations.push(Validation {
            holds: Expression { at, program: compile(at, &env)? },
            message: validation.get("message").and_then(Node::str).filter(|text| !text.is_empty()),
            words: made.and_then(|at| compile(at, &words)),
        });
    }
    let mut annotations = Vec::new();
    for annotation in items("auditAnnotations") {
        let at = annotation.get("valueExpression")?;
        annotations.push(Expression { at, program: compile(at, &env)? });
    }
    Some(Policy {
        object: *object,
        constraints: spec.get("matchConstraints"),
        conditions,
        variables,
        validations,
        annotations,
        params,
        fails_closed: spec.get("failurePolicy").is_none_or(|policy| policy.text() != "Ignore"),
    })
}
