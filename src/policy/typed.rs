//! Policies checked against the kinds that they are for: fields that no such object has, and comparisons that never hold.

use super::kinds::plural;
use crate::cel::{Env, Mistake, MistakeKind, Part, Program, Type, admission_env};
use crate::document::Object;
use crate::schema;
use crate::yaml::{Node, Text};

/// A policy for more kinds than these is not checked.
const MOST: usize = 8;

/// What is wrong with an expression for every kind that its policy is for.
#[derive(Clone, Debug)]
pub struct Mistyped<'a> {
    /// The expression.
    pub at: Node<'a>,
    /// What is wrong with it.
    pub mistake: Mistake,
    /// The kinds.
    pub kinds: Vec<&'static str>,
}

/// Everything that is wrong for all kinds that a policy names. A policy for several kinds may well ask for fields that
/// only some of them have.
pub fn mistyped<'a>(policy: &Object<'a>) -> Vec<Mistyped<'a>> {
    let Some(spec) = policy.spec() else { return Vec::new() };
    let Some(kinds) = kinds(spec) else { return Vec::new() };
    let mut agreed: Option<Vec<(Node<'a>, Mistake)>> = None;
    for (api_version, kind) in &kinds {
        let Some(ty) = schema::object_type(api_version, kind) else { return Vec::new() };
        let found = under(spec, &ty);
        agreed = Some(match agreed {
            None => found,
            Some(mut before) => {
                before.retain(|one| found.contains(one));
                before
            }
        });
    }
    let kinds: Vec<&'static str> = kinds.iter().map(|kind| kind.1).collect();
    let one = |(at, mistake)| Mistyped { at, mistake, kinds: kinds.clone() };
    agreed.into_iter().flatten().map(one).collect()
}

/// The kinds that a policy names one by one; `None` if it may be for others.
fn kinds(spec: Node<'_>) -> Option<Vec<(&'static str, &'static str)>> {
    let mut found = Vec::new();
    for rule in spec.get("matchConstraints")?.get("resourceRules")?.items() {
        let list = |key: &str| {
            rule.get(key).map_or_else(Vec::new, |list| list.items().map(|one| one.text()).collect())
        };
        let (groups, versions, resources): (Vec<&str>, Vec<&str>, Vec<&str>) =
            (list("apiGroups"), list("apiVersions"), list("resources"));
        for resource in resources {
            for group in &groups {
                for version in &versions {
                    let api_version =
                        if group.is_empty() { (*version).to_owned() } else { format!("{group}/{version}") };
                    let known =
                        schema::kinds().find(|kind| kind.0 == api_version && plural(kind.1) == resource)?;
                    if !found.contains(&known) {
                        found.push(known);
                    }
                }
            }
        }
    }
    (!found.is_empty() && found.len() <= MOST).then_some(found)
}

/// What is wrong with the expressions of a policy if the object is of this type.
fn under<'a>(spec: Node<'a>, ty: &Type) -> Vec<(Node<'a>, Mistake)> {
    let params = spec.get("paramKind").is_some();
    let items = |key: &str| spec.get(key).into_iter().flat_map(|list| list.items());
    let env = |part: Part, variables: &[(Text, Type)]| {
        admission_env(part, params, variables).with("object", ty.clone())
    };
    let mut found = Vec::new();
    for condition in items("matchConditions").filter_map(|one| one.get("expression")) {
        check(condition, &env(Part::Condition, &[]), &mut found);
    }
    let mut variables: Vec<(Text, Type)> = Vec::new();
    for variable in items("variables") {
        let (name, at) = (variable.get("name").and_then(Node::str), variable.get("expression"));
        let (Some(name), Some(at)) = (name, at) else { continue };
        let own = check(at, &env(Part::Validation, &variables), &mut found);
        variables.push((name.into(), own));
    }
    let (validation, message) = (env(Part::Validation, &variables), env(Part::Message, &variables));
    for one in items("validations") {
        one.get("expression").into_iter().for_each(|at| drop(check(at, &validation, &mut found)));
        one.get("messageExpression").into_iter().for_each(|at| drop(check(at, &message, &mut found)));
    }
    found
}

/// The type of an expression; what is wrong with it is recorded, as far as it is about fields and comparisons.
fn check<'a>(at: Node<'a>, env: &Env, found: &mut Vec<(Node<'a>, Mistake)>) -> Type {
    match at.str().map(|text| Program::compile(text, env)) {
        Some(Ok(program)) => program.ty().clone(),
        Some(Err(mistakes)) => {
            let tells = |one: &Mistake| matches!(one.kind, MistakeKind::UnknownField | MistakeKind::Mismatch);
            found.extend(mistakes.into_iter().filter(tells).map(|one| (at, one)));
            Type::Dyn
        }
        None => Type::Dyn,
    }
}
