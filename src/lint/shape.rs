//! Whether an object is what the API server accepts: its type, its version, its fields and its values.

use std::collections::{HashMap, HashSet};

use super::excuse::{is_annotation, is_excerpt, is_removal, is_text_to_kustomize};
use crate::document::{Class, Document, Object};
use crate::finding::{Finding, Out, RuleId, Severity};
use crate::inventory::Surroundings;
use crate::project::Contexts;
use crate::project::{self, Parts};
use crate::schema::{self, Customs, Served, Trouble, TroubleKind, Twisted};
use crate::yaml::Node;

/// The rules that are checked here.
pub const RULES: &[&str] = &[
    "wrong-type",
    "unknown-field",
    "missing-field",
    "invalid-value",
    "unknown-kind",
    "api-removed",
    "api-deprecated",
    "ambiguous-scalar",
    "deprecated-topology-key",
    "volume-without-source",
    "quantity-suspicious",
    "limit-below-request",
];

/// What must be known besides the object itself.
pub struct View<'v, 'k, 'a> {
    parts: &'v Parts<'k>,
    contexts: &'v Contexts,
    /// Lowest and highest minor version of the target.
    target: (u32, u32),
    /// Objects that are there in several versions of their API, for clusters of several ages.
    variants: HashSet<(String, String)>,
    /// Kinds that the input defines itself.
    customs: Customs<'a>,
}

impl<'v, 'k, 'a> View<'v, 'k, 'a> {
    /// Looks over all objects.
    pub fn new(
        documents: &'a [Document],
        objects: &[(usize, Object<'a>)],
        parts: &'v Parts<'k>,
        contexts: &'v Contexts,
        surroundings: &Surroundings,
    ) -> Self {
        let target = surroundings.versions.unwrap_or((schema::NEWEST, schema::NEWEST));
        let kinds = ["CustomResourceDefinition", "MutatingWebhookConfiguration"];
        let definitions = objects.iter().filter(|(_, object)| kinds.contains(&object.kind));
        let customs = Customs::new(definitions.filter_map(|(document, object)| {
            let path = documents[*document].source.path.as_str();
            (!parts.is_part(path)).then(|| (*object, path, parts.completes(path, object)))
        }));
        View { parts, contexts, target, variants: variants(documents, objects), customs }
    }

    /// Whether an object is evidently not whole, or made whole by a kustomization.
    fn is_part(&self, path: &str, object: &Object<'_>) -> bool {
        let lower = path.to_ascii_lowercase();
        let directory = |name: &str| lower.split('/').rev().skip(1).any(|part| part == name);
        self.parts.is_part(path)
            || self.contexts.is_expected(path)
            || self.parts.completes(path, object)
            || project::is_fragment(object, path)
            || lower
                .split(|c: char| !c.is_ascii_alphanumeric())
                .any(|word| matches!(word, "patch" | "patches"))
            || directory("overlays")
            || directory("overlay")
    }
}

/// Kind and name of old objects that stand beside a newer version of themselves, where a directory is named
/// after a version of Kubernetes.
fn variants(documents: &[Document], objects: &[(usize, Object<'_>)]) -> HashSet<(String, String)> {
    let old = |object: &Object<'_>| schema::served(object.api_version, object.kind).is_some();
    let aged: HashMap<(&str, &str), Vec<usize>> = {
        let mut by_name: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        for (at, (_, object)) in objects.iter().enumerate().filter(|(_, (_, object))| old(object)) {
            by_name.entry((object.kind, object.name)).or_default().push(at);
        }
        by_name
    };
    if aged.is_empty() {
        return HashSet::new();
    }
    let versioned = |document: usize| {
        let path = documents[document].source.path.as_bytes();
        path.windows(4)
            .any(|part| part.starts_with(b"1.") && part[2].is_ascii_digit() && part[3].is_ascii_digit())
    };
    let newer = objects.iter().filter(|(_, object)| !old(object));
    let beside = newer.filter(|(document, object)| {
        aged.get(&(object.kind, object.name))
            .is_some_and(|twins| versioned(*document) || twins.iter().any(|&at| versioned(objects[at].0)))
    });
    beside.map(|(_, object)| (object.kind.to_owned(), object.name.to_owned())).collect()
}

/// Objects that lack their apiVersion or kind.
pub fn partials(class: &Class<'_>, document: &Document, view: &View<'_, '_, '_>, found: &mut Vec<Finding>) {
    match class {
        Class::List(items) => items.iter().for_each(|item| partials(item, document, view, found)),
        // Where the kustomization says what a patch is for, it need not say so itself.
        Class::Partial(_) if view.parts.is_part(&document.source.path) => {}
        Class::Partial(partial) if partial.looks_like_object => {
            let mut out = Out::new(RuleId::new("missing-field"));
            let missing = partial.missing;
            let key = partial.node.entry(missing).map(|entry| entry.key);
            let other = if missing == "kind" { "apiVersion" } else { "kind" };
            let at = key.or_else(|| partial.node.entry(other).map(|entry| entry.key)).unwrap_or(partial.node);
            let message = match partial.value {
                Some(_) => format!("`{missing}` is no text, so this is no object to the API server"),
                None => format!("`{missing}` is missing, so this is no object to the API server"),
            };
            out.report(partial.value.unwrap_or(at), message)
                .label(format!("no `{missing}`"))
                .help("kubectl refuses the file; nothing else in this document was checked");
            found.extend(out.into_findings());
        }
        _ => {}
    }
}

/// Everything about one object.
pub fn check<'a>(
    object: &Object<'a>,
    document: &Document,
    view: &View<'_, '_, 'a>,
    found: &mut Vec<Finding>,
) {
    let path = document.source.path.as_str();
    let twisted = schema::meant(object.api_version, object.kind);
    if let Some(twisted) = twisted.filter(|_| !view.parts.is_part(path)) {
        unknown_kind(object, twisted, found);
    }
    let meant = match twisted {
        Some(twisted) => object.retyped(twisted.api_version, twisted.kind),
        None => *object,
    };
    if twisted.is_none() {
        versions(&meant, path, view, found);
        unserved(&meant, path, view, found);
    }
    let troubles = schema::examine(object.node, meant.api_version, meant.kind);
    // A definition that lies far away may be another edition than the one that the cluster has.
    let far = troubles.is_none() && view.customs.is_far(&meant, path);
    let Some(troubles) = troubles.or_else(|| view.customs.examine(&meant, path)) else { return };
    if troubles.is_empty() {
        return;
    }
    let part = object.encrypted
        || is_excerpt(object.node)
        || (object.listed && object.node.get("kind").is_none())
        || view.is_part(path, &meant);
    let kustomized = view.parts.is_deployed(path) || view.parts.is_part(path);
    for trouble in troubles {
        if (part && trouble.kind.needs_whole()) || (kustomized && is_text_to_kustomize(&trouble)) {
            continue;
        }
        if (kustomized || view.is_part(path, &meant)) && is_annotation(&trouble, &meant) {
            continue;
        }
        if view.parts.is_part(path) && is_removal(&trouble, object.node) {
            continue;
        }
        let own_name = || meant.metadata().and_then(|metadata| metadata.get("name")) == Some(trouble.at);
        // A patch with a target may be called anything.
        let renamed = || view.parts.renames(path, meant.kind) || view.parts.is_part(path);
        if trouble.kind == TroubleKind::InvalidValue && own_name() && renamed() {
            continue;
        }
        report(trouble, far.then_some(Severity::Warning), found);
    }
}

fn report(trouble: Trouble<'_>, severity: Option<Severity>, found: &mut Vec<Finding>) {
    let mut out = Out::new(RuleId::new(trouble.kind.rule()));
    let mut draft = out.report(trouble.at, trouble.message);
    if let Some(severity) = severity {
        draft = draft.severity(severity);
    }
    if let Some(label) = trouble.label {
        draft = draft.label(label);
    }
    if let Some(help) = trouble.help {
        draft = draft.help(help);
    }
    for (at, text) in trouble.also {
        draft = draft.also(at, text);
    }
    found.extend(out.into_findings());
}

fn unknown_kind(object: &Object<'_>, meant: Twisted, found: &mut Vec<Finding>) {
    let mut out = Out::new(RuleId::new("unknown-kind"));
    let (version, kind) = (object.api_version, object.kind);
    let field = if meant.in_kind { "kind" } else { "apiVersion" };
    let right = if meant.in_kind { meant.kind } else { meant.api_version };
    let at: Node<'_> = object.node.get(field).unwrap_or(object.node);
    let draft = out
        .report(at, format!("no API server knows the kind `{kind}` in `{version}`"))
        .label(format!("no such {}", if meant.in_kind { "kind" } else { "version of this kind" }));
    if meant.in_kind || meant.kind == kind {
        draft.help(format!("write `{field}: {right}`"));
    } else {
        draft.help(format!("write `apiVersion: {}` and `kind: {}`", meant.api_version, meant.kind));
    }
    found.extend(out.into_findings());
}

/// Whether the target serves the version of the object.
fn versions(object: &Object<'_>, path: &str, view: &View<'_, '_, '_>, found: &mut Vec<Finding>) {
    let Some(at) = object.node.get("apiVersion") else { return };
    let (low, high) = view.target;
    let Some(life) = schema::served(object.api_version, object.kind) else {
        if low < schema::NEWEST {
            not_yet(object, at, view.target, found);
        }
        return;
    };
    let (version, kind) = (object.api_version, object.kind);
    if high < life.removed && (life.deprecated == 0 || high < life.deprecated) {
        return;
    }
    // A patch names the version of what it changes; a variant for old clusters knows what it does.
    if view.is_part(path, object) || view.variants.contains(&(kind.to_owned(), object.name.to_owned())) {
        return;
    }
    if high >= life.removed {
        let mut out = Out::new(RuleId::new("api-removed"));
        out.report(at, format!("`{version}` of {kind} is not served from Kubernetes 1.{} on", life.removed))
            .label(format!("gone in 1.{}", life.removed))
            .help(instead(&life, low));
        found.extend(out.into_findings());
    } else {
        let mut out = Out::new(RuleId::new("api-deprecated"));
        out.report(
            at,
            format!("`{version}` of {kind} is deprecated, and gone in Kubernetes 1.{}", life.removed),
        )
        .label(format!("deprecated since 1.{}", life.deprecated))
        .help(instead(&life, low));
        found.extend(out.into_findings());
    }
}

/// A version of a custom kind that its definition no longer serves.
fn unserved<'a>(object: &Object<'a>, path: &str, view: &View<'_, '_, 'a>, found: &mut Vec<Finding>) {
    let (Some(place), Some(at)) = (view.customs.unserved(object, path), object.node.get("apiVersion")) else {
        return;
    };
    if view.is_part(path, object) {
        return;
    }
    let mut out = Out::new(RuleId::new("api-removed"));
    out.report(at, format!("`{}` of {} is not served", object.api_version, object.kind))
        .label("no longer served")
        .also(place, "its definition says so")
        .help("use a version that the definition serves");
    found.extend(out.into_findings());
}

fn instead(life: &Served, low: u32) -> String {
    match life.instead {
        Some((version, since)) if since > low => {
            format!("use `{version}`, which is served from 1.{since} on; {}", life.change)
        }
        Some((version, _)) => format!("use `{version}`; {}", life.change),
        None => format!("nothing took its place: {}", life.change),
    }
}

/// A version that the oldest cluster of the target does not have yet.
fn not_yet(object: &Object<'_>, at: Node<'_>, (low, high): (u32, u32), found: &mut Vec<Finding>) {
    let (version, kind) = (object.api_version, object.kind);
    let Some(since) = schema::since(version, kind).filter(|since| *since > low) else { return };
    let mut out = Out::new(RuleId::new("api-removed"));
    let help = match schema::older(version, kind, low, high) {
        Some(older) if low == high => format!("use `{older}`, which 1.{low} serves"),
        Some(older) => format!("use `{older}`, which 1.{low} to 1.{high} serve"),
        None => "no version that is known here is served by all clusters of the target".to_owned(),
    };
    out.report(at, format!("`{version}` of {kind} is not served before Kubernetes 1.{since}"))
        .label(format!("the target begins at 1.{low}"))
        .help(help);
    found.extend(out.into_findings());
}
