//! Admission policies and their bindings (`pkg/apis/admissionregistration/validation`).

use super::expressions;
use super::scalars::of_kind;
use super::texts::{LABEL_1035, SUBDOMAIN};
use super::together::{exclusive, unique};
use super::webhooks::conditions;
use super::{Notes, Place};

/// A policy that refuses.
pub(super) fn validating<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if place.given("validations").is_none() && place.given("auditAnnotations").is_none() {
        let message = "the policy has neither `validations` nor `auditAnnotations`";
        notes.lacks(place, message, "add a validation with an `expression`");
    }
    conditions(place, notes);
    expressions::policy(place, notes);
    unique("the key", place.items("auditAnnotations").filter_map(|one| one.get("key")), notes);
}

/// A policy that changes.
pub(super) fn mutating<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    conditions(place, notes);
    expressions::mutations(place, notes);
}

/// One change: a patch of the type that it says.
pub(super) fn mutation<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let both = [("ApplyConfiguration", "applyConfiguration"), ("JSONPatch", "jsonPatch")];
    let Some(ty) = place.given("patchType") else { return };
    if !both.iter().any(|one| one.0 == ty.text()) {
        return;
    }
    for (word, field) in both {
        let there = place.node.get(field);
        if ty.text() == word && there.is_none() {
            let message = format!("`patchType: {word}` comes without `{field}`");
            notes.wants(place, field, message, format!("add `{field}` with an `expression`"));
        } else if let (true, Some(there)) = (ty.text() != word, there) {
            let message = format!("`{field}` stands beside `patchType: {}`", ty.text());
            notes.clash(there, ty, message, "remove one of them");
        }
    }
}

/// What a policy applies to.
pub(super) fn constraints<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let of_policy = place.key_text() == "matchConstraints";
    if of_policy && place.given("resourceRules").is_none() {
        let message = "`matchConstraints` has no `resourceRules`";
        notes.wants(place, "resourceRules", message, "add a rule for the resources that are checked");
    }
}

/// The kind of a policy's parameters.
pub(super) fn param_kind<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some((at, text)) = place.given("apiVersion").and_then(|at| Some((at, at.str()?))) else { return };
    match text.split('/').collect::<Vec<_>>().as_slice() {
        [version] => of_kind(&LABEL_1035, "apiVersion", version, at, notes),
        [group, version] if !version.is_empty() && !group.is_empty() => {
            if (LABEL_1035.is)(version) {
                of_kind(&SUBDOMAIN, "apiVersion", group, at, notes);
            } else {
                of_kind(&LABEL_1035, "apiVersion", version, at, notes);
            }
        }
        _ => {
            notes.refuse(at, format!("`{text}` is not a valid apiVersion"), "write `group/version`, or `v1`")
        }
    }
}

/// The parameters of a binding.
pub(super) fn param_ref<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let named = place.given("name").is_some();
    if !named && place.node.get("selector").is_none() {
        notes.lacks(place, "`paramRef` has neither `name` nor `selector`", "add one of them");
    } else if named {
        exclusive("`paramRef`", place.node, &["name", "selector"], notes);
    }
}

/// What a binding does with what is refused.
pub(super) fn binding<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let action = |word: &str| place.items("validationActions").find(|one| one.text() == word);
    if let (Some(deny), Some(warn)) = (action("Deny"), action("Warn")) {
        let message = "`Deny` and `Warn` say the same thing twice";
        notes.clash(warn, deny, message, "remove `Warn`");
    }
}
