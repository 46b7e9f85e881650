//! Webhooks of admission and conversion: where they are called, and for what
//! (`pkg/apis/admissionregistration/validation`, `apiserver/pkg/util/webhook`).

use foldhash::{HashMap, HashMapExt};

use super::expressions;
use super::grammar::is_subdomain;
use super::scalars::{of_kind, word};
use super::texts::LABEL_1035;
use super::together::{exclusive, unique};
use super::{Notes, Place, known};
use crate::yaml::Node;

/// Where a webhook is called: at a URL or at a Service.
pub(super) fn client<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if exclusive("the client", place.node, &["url", "service"], notes) {
        let message = "the webhook has neither `url` nor `service`";
        notes.lacks(
            place,
            message,
            "say where it is called: `service` with `name` and `namespace`, or `url`",
        );
    }
    if let Some((at, text)) = place.node.get("url").and_then(|at| Some((at, at.str()?)))
        && !known::is_placeholder(text)
        && let Some((what, help)) = url_fault(text)
    {
        notes.refuse(at, format!("the URL {what}"), help);
    }
}

/// What is wrong with the URL of a webhook.
fn url_fault(text: &str) -> Option<(&'static str, &'static str)> {
    let form = "it must be `https://host/path`";
    let scheme = text.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
    let Some(rest) = scheme.then(|| &text[8..]) else {
        return Some(("does not begin with `https://`", form));
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    if host.is_empty() {
        Some(("has no host", form))
    } else if text.contains(char::is_control) || host.contains(' ') {
        Some(("has blanks or control characters in it", form))
    } else if host.contains('@') {
        Some(("has a user in it", "remove it: webhooks are called without"))
    } else if path.contains('?') {
        Some(("has a query", "remove everything from `?` on"))
    } else if path.contains('#') {
        Some(("has a fragment", "remove everything from `#` on"))
    } else {
        None
    }
}

/// The Service that is called.
pub(super) fn service<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some((at, text)) = place.given("path").and_then(|at| Some((at, at.str()?))) else { return };
    if known::is_placeholder(text) || text == "/" {
        return;
    }
    let help = "it must begin with `/`, and its parts be lower case letters, digits, `-` and `.`";
    if !text.starts_with('/') {
        notes.refuse(at, format!("the path `{text}` does not begin with `/`"), help);
    } else if text.contains("//") {
        notes.refuse(at, format!("the path `{text}` has an empty part"), help);
    } else if let Some(part) =
        text.trim_matches('/').split('/').find(|part| !is_subdomain(part) && !part.is_empty())
    {
        notes.refuse(at, format!("`{part}` in the path is not valid"), help);
    }
}

/// All webhooks of a configuration have names of their own.
pub(super) fn configuration<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    unique("the webhook", place.items("webhooks").filter_map(|one| one.get("name")), notes);
}

/// One webhook.
pub(super) fn webhook<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    // Webhooks of v1 must not do more than they are asked; older versions let them.
    let current =
        place.root().get("apiVersion").and_then(Node::str) == Some("admissionregistration.k8s.io/v1");
    if let Some((at, text)) =
        place.node.get("sideEffects").and_then(|at| Some((at, at.str()?))).filter(|_| current)
    {
        word(&["None", "NoneOnDryRun"], "sideEffects", text, at, notes);
    }
    review_versions(place, "admissionReviewVersions", notes);
    conditions(place, notes);
    expressions::conditions(place, false, notes);
}

/// At most 64 conditions, each with a name of its own.
pub(super) fn conditions<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let names = place.items("matchConditions").filter_map(|one| one.get("name"));
    unique("the condition", names, notes);
}

/// The versions of the review that a webhook reads.
pub(super) fn review_versions<'a>(place: &Place<'_, 'a>, field: &str, notes: &mut Notes<'_, 'a>) {
    let versions: Vec<Node<'a>> = place.items(field).filter(|one| one.str().is_some()).collect();
    let sound = |one: &Node<'a>| (LABEL_1035.is)(one.text()) || known::is_placeholder(one.text());
    if let Some(odd) = versions.iter().find(|one| !sound(one)) {
        of_kind(&LABEL_1035, field, odd.text(), *odd, notes);
    } else if let (Some(first), true) = (
        versions.first(),
        !versions
            .iter()
            .any(|one| matches!(one.text(), "v1" | "v1beta1") || known::is_placeholder(one.text())),
    ) {
        let message = format!("`{field}` has no version that the API server speaks");
        notes.refuse(*first, message, "add `v1`");
    } else {
        unique(&format!("`{field}`:"), versions.into_iter(), notes);
    }
}

/// The operations, groups, versions and resources of a rule: something each, and nothing beside `*`.
pub(super) fn rule<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    for field in ["operations", "apiGroups", "apiVersions", "resources"] {
        if place.given(field).is_none() {
            notes.wants(place, field, format!("the rule has no `{field}`"), format!("add `{field}`"));
            continue;
        }
        let all = if field == "resources" { "*/*" } else { "*" };
        alone(place.items(field), field, all, notes);
        if field == "resources" {
            resources(place.items(field), notes);
        }
        if matches!(field, "apiVersions" | "resources")
            && let Some(at) = place.items(field).find(|one| super::is_empty(*one))
        {
            notes.refuse(at, format!("an item of `{field}` is empty"), "remove it, or write `*`");
        }
    }
}

/// `*` says everything, so nothing may stand beside it.
pub(super) fn alone<'a>(
    list: impl Iterator<Item = Node<'a>>,
    field: &str,
    all: &str,
    notes: &mut Notes<'_, 'a>,
) {
    let items: Vec<Node<'a>> = list.collect();
    if let (Some(at), true) = (items.iter().find(|one| one.text() == all), items.len() > 1) {
        let message = format!("`{all}` stands beside others in `{field}`");
        notes.refuse(*at, message, format!("leave `{all}` alone, or remove it"));
    }
}

/// A resource that another one covers: `a/b` after `a/*` or `*/b`, and `a` beside `*`. As in `validateResources`, what
/// comes before a star is not compared with it, and only the last resource without a part is with `*`.
fn resources<'a>(list: impl Iterator<Item = Node<'a>>, notes: &mut Notes<'_, 'a>) {
    let mut before: HashMap<&str, Node<'a>> = HashMap::new();
    let mut last = None;
    for at in list {
        let Some(text) = at.str().filter(|text| !text.is_empty()) else { continue };
        if known::is_placeholder(text) {
            return;
        }
        let wider = text.split_once('/').and_then(|(resource, part)| {
            [format!("{resource}/*"), format!("*/{part}")].iter().find_map(|wider| before.get(wider.as_str()))
        });
        // What stands beside `*/*` is told already.
        if let Some(wider) = wider.filter(|wider| wider.text() != "*/*") {
            covered(at, *wider, notes);
            return;
        }
        if !text.contains('/') {
            last = Some(at);
        }
        before.entry(text).or_insert(at);
    }
    if let (Some(all), Some(last)) = (before.get("*"), last.filter(|last| last.text() != "*")) {
        covered(last, *all, notes);
    }
}

fn covered<'a>(at: Node<'a>, wider: Node<'a>, notes: &mut Notes<'_, 'a>) {
    let message = format!("`{}` is in `{}` already", at.text(), wider.text());
    notes.clash(at, wider, message, "remove one of them");
}
