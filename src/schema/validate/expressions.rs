//! The expressions of admission policies, which the server compiles when it takes one (fact 18.1).

use super::{Notes, Place};
use crate::cel::{Env, Part, Program, Type, admission_env, device_env};
use crate::yaml::{Node, Text};

/// Every expression of a policy that validates.
pub(super) fn policy<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let params = place.node.get("paramKind").is_some();
    conditions(place, params, notes);
    let variables = variables(place, params, notes);
    let env = admission_env(Part::Validation, params, &variables);
    let messages = admission_env(Part::Message, params, &variables);
    for validation in place.items("validations") {
        let expression = validation.get("expression");
        expression.into_iter().for_each(|at| typed(at, &env, "bool", notes));
        let message = validation.get("messageExpression").filter(|at| !at.text().is_empty());
        message.into_iter().for_each(|at| typed(at, &messages, "string", notes));
    }
    for annotation in place.items("auditAnnotations") {
        let value = annotation.get("valueExpression");
        value.into_iter().for_each(|at| typed(at, &env, "string or null", notes));
    }
}

/// Every expression of a policy that changes.
pub(super) fn mutations<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let params = place.node.get("paramKind").is_some();
    conditions(place, params, notes);
    let variables = variables(place, params, notes);
    let env = admission_env(Part::Mutation, params, &variables);
    for mutation in place.items("mutations") {
        for (field, wanted) in [("applyConfiguration", "Object"), ("jsonPatch", "list(JSONPatch)")] {
            let expression = mutation.get(field).and_then(|one| one.get("expression"));
            expression.into_iter().for_each(|at| typed(at, &env, wanted, notes));
        }
    }
}

/// An expression that chooses devices.
pub(super) fn selector<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(at) = place.node.get("expression") else { return };
    // Functions that only these expressions have.
    if !["cel.bind(", ".includes("].iter().any(|word| at.text().contains(word)) {
        typed(at, &device_env(), "bool or dyn", notes);
    }
}

/// The variables of a policy with their types; each may use those before it.
fn variables<'a>(place: &Place<'_, 'a>, params: bool, notes: &mut Notes<'_, 'a>) -> Vec<(Text, Type)> {
    let mut variables: Vec<(Text, Type)> = Vec::new();
    for variable in place.items("variables") {
        let (name, at) = (variable.get("name"), variable.get("expression"));
        let (Some(name), Some(at)) = (name.and_then(Node::str), at) else { continue };
        let env = admission_env(Part::Validation, params, &variables);
        let ty = compile(at, &env, notes).map_or(Type::Dyn, |program| program.ty().clone());
        variables.push((name.into(), ty));
    }
    variables
}

/// The match conditions of a policy or a webhook.
pub(super) fn conditions<'a>(place: &Place<'_, 'a>, params: bool, notes: &mut Notes<'_, 'a>) {
    let mut expressions = place.items("matchConditions").filter_map(|one| one.get("expression")).peekable();
    if expressions.peek().is_some() {
        let env = admission_env(Part::Condition, params, &[]);
        expressions.for_each(|at| typed(at, &env, "bool", notes));
    }
}

/// An expression that must be of a type.
fn typed<'a>(at: Node<'a>, env: &Env, wanted: &str, notes: &mut Notes<'_, 'a>) {
    let Some(program) = compile(at, env, notes) else { return };
    let own = program.ty().to_string();
    // What a patch is made of may be known only when it runs.
    let open = !matches!(wanted, "bool" | "string" | "string or null") && own.contains("dyn");
    let fits = open || wanted.split(" or ").any(|one| one == own);
    if !fits {
        let message = format!("the expression is of type {own}, and must be {wanted}");
        let help = match program.ty() {
            Type::Dyn => "compare it, or convert it: `x == true`, `string(x)`".to_owned(),
            _ => format!("make it an expression of type {wanted}"),
        };
        notes.refuse(at, message, help);
    }
}

fn compile<'a>(at: Node<'a>, env: &Env, notes: &mut Notes<'_, 'a>) -> Option<Program> {
    let text = at.str()?;
    // What a tool fills in first is no expression yet, and an empty one is told elsewhere.
    if text.trim().is_empty() || text.contains("${") || text.contains("{{") {
        return None;
    }
    match Program::compile(text, env) {
        Ok(program) => Some(program),
        Err(mistakes) => {
            let first = mistakes.first()?;
            notes.refuse(at, format!("the expression does not compile: {}", first.message), first.advice());
            None
        }
    }
}
