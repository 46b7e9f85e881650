//! The cluster's own policies: what they refuse of the input, and those that do nothing.

use std::collections::BTreeSet;

use super::missing::Missing;
use super::{Around, Check, Rule, rule};
use crate::document::Object;
use crate::finding::{Out, RuleId, Severity};
use crate::inventory::{Evidence, Found, Inventory};
use crate::policy::{Action, Denial, Law, Reason, bindings, judge, mistyped};
use crate::yaml::Node;

/// A policy asks for what its kinds do not have.
pub const POLICY_MISTYPED: RuleId = RuleId::new("policy-mistyped");

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("policy-denied", Check::Policies(denied)),
    rule!("policy-mistyped", Check::Object(mistyped_policy)),
    rule!("policy-unbound", Check::Policies(unbound)),
];

/// Longer expressions are cut in labels, in characters.
const LONGEST: usize = 160;

/// Longer headlines are cut, in characters.
const HEADLINE: usize = 240;

/// An expression on one line.
fn short(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// The words of a policy as a headline.
fn headline(text: &str) -> String {
    let line = text.lines().next().unwrap_or("").trim().trim_end_matches('.');
    match line.char_indices().nth(HEADLINE) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

fn denied<'a>(inventory: &Inventory<'a>, law: &Law<'a>, out: &mut Out) {
    let mut told: BTreeSet<(String, u32)> = BTreeSet::new();
    for denial in judge(inventory, law) {
        let name = denial.policy.name;
        if let Reason::Unknown(what) = &denial.reason {
            if told.insert((name.to_owned(), denial.at.span().start)) {
                out.report(denial.at, format!("policy `{name}` is not judged here: it depends on {what}"))
                    .severity(Severity::Info)
                    .label("only a cluster knows this");
            }
            continue;
        }
        refused(&denial, out);
    }
}

fn refused(denial: &Denial<'_>, out: &mut Out) {
    let (name, expression) = (denial.policy.name, short(denial.at.text()));
    let title = denial.object.title();
    let (message, label) = match &denial.reason {
        Reason::Broken(Some(text)) => (headline(text), format!("failed expression: {expression}")),
        Reason::Broken(None) => {
            (format!("{title} breaks policy `{name}`"), format!("failed expression: {expression}"))
        }
        Reason::Failed(why) => (
            format!("policy `{name}` fails on {title}: {why}"),
            format!("expression '{expression}' resulted in error: {why}"),
        ),
        Reason::Params(why) => (format!("policy `{name}` cannot judge {title}"), why.clone()),
        Reason::Unknown(_) => return,
    };
    let (severity, then) = match denial.action {
        Action::Deny => (Severity::Error, "the API server refuses the object"),
        Action::Warn => (Severity::Warning, "the API server warns whoever applies the object"),
        Action::Audit => (Severity::Info, "the API server writes it to the audit log"),
    };
    let place = denial.places.first().copied().unwrap_or_else(|| denial.object.anchor().span());
    let mut draft = out.report(place, message).severity(severity).label(label);
    for other in denial.places.iter().skip(1).take(3) {
        draft = draft.also(*other, "so is this");
    }
    draft.also(denial.at, format!("policy `{name}` asks for this")).note(then);
}

fn mistyped_policy(object: &Object<'_>, _: &Around<'_>, out: &mut Out) {
    if !object.is("admissionregistration.k8s.io", "ValidatingAdmissionPolicy") {
        return;
    }
    for found in mistyped(object) {
        let kinds = found.kinds.join(", ");
        out.report(found.at, format!("policy `{}` does not fit {kinds}", object.name))
            .help(found.mistake.advice())
            .label(found.mistake.message)
            .note("the API server takes it, and the expression fails or checks nothing when it runs");
    }
}

fn unbound<'a>(inventory: &Inventory<'a>, law: &Law<'a>, out: &mut Out) {
    let bindings = bindings(inventory);
    for binding in &bindings {
        let found =
            inventory.look_up(&binding.object, None, "ValidatingAdmissionPolicy", "", binding.policy.text());
        if !matches!(found, Found::Object(..)) {
            let missing = Missing {
                from: &binding.object,
                place: binding.policy,
                kind: "ValidatingAdmissionPolicy",
                list: "",
                consequence: "the binding does nothing".to_owned(),
            };
            missing.report(inventory, &found, out);
        }
    }
    let policies = inventory.of_kind("ValidatingAdmissionPolicy");
    for policy in policies.filter(|policy| policy.group() == "admissionregistration.k8s.io") {
        // Somebody asks for it to be judged.
        let is_given = law.binds(policy.name);
        let is_bound = is_given || bindings.iter().any(|binding| binding.policy.text() == policy.name);
        let Some(severity) = inventory.absence(Evidence::Nothing, policy).filter(|_| !is_bound) else {
            continue;
        };
        let name: Node<'_> = policy.anchor();
        out.report(name, format!("no binding uses policy `{}`, so it does nothing", policy.name))
            .severity(severity)
            .label("no ValidatingAdmissionPolicyBinding in the linted files names it")
            .help("add a binding with `policyName` and `validationActions`");
    }
}
