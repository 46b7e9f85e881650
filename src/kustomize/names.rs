//! Names that follow: after prefixes, suffixes and hashes every field that names a renamed object is brought up
//! to date, with kustomize's way of choosing among several that had the name (fact 13.6).

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::fields::Make;
use super::resource::{Gvk, NOT_NAMESPACED, Resource};
use super::specs::{self, NameReference};
use super::value::{Data, Key, Scalar, Text, Value};
use crate::files::Span;

/// Why references cannot be brought up to date.
pub type Refusal = String;

/// What a reference may lead to, as it is known while the referrer is changed.
struct Target {
    name: String,
    namespace: String,
    place: Span,
}

/// Positions of resources by what they were called.
struct Known {
    /// By each former name.
    renamed: HashMap<Text, Namesakes>,
    /// By the effective namespace as first written.
    first: HashMap<Text, Vec<usize>>,
}

/// Positions of resources with one former name, ascending.
#[derive(Default)]
struct Namesakes {
    all: Vec<usize>,
    /// Those that are named from everywhere.
    anywhere: Vec<usize>,
    /// The others by effective namespace.
    inside: HashMap<Text, Vec<usize>>,
}

impl Namesakes {
    fn add(&mut self, at: usize, resource: &Resource) {
        self.all.push(at);
        if is_anywhere(resource) {
            self.anywhere.push(at);
        } else {
            self.inside.entry(resource.effective_namespace().into()).or_default().push(at);
        }
    }

    /// Those that a referrer may mean.
    fn of(&self, referrer: &Shadow<'_>) -> Vec<usize> {
        if referrer.cluster_scoped {
            return self.all.clone();
        }
        let inside = self.inside.get(&referrer.effective).map_or(&[][..], Vec::as_slice);
        let mut found = [&self.anywhere, inside].concat();
        found.sort_unstable();
        found
    }
}

impl Known {
    /// Follows a resource that a reference has put into another namespace.
    fn moved(&mut self, at: usize, resource: &Resource, before: &str) {
        let now = resource.effective_namespace();
        if now == before || is_anywhere(resource) {
            return;
        }
        for former in &resource.former {
            let Some(namesakes) = self.renamed.get_mut(&former.name) else { continue };
            if let Some(places) = namesakes.inside.get_mut(before) {
                places.retain(|&place| place != at);
            }
            let places = namesakes.inside.entry(now.into()).or_default();
            if let Err(place) = places.binary_search(&at) {
                places.insert(place, at);
            }
        }
    }
}

/// Brings every reference up to date.
pub fn fix(resources: &mut [Resource], more: &[NameReference]) -> Result<(), Refusal> {
    let mut renamed: HashMap<Text, Namesakes> = HashMap::new();
    for (at, resource) in resources.iter().enumerate() {
        for (turn, former) in resource.former.iter().enumerate() {
            if turn > 0 && resource.former[turn - 1].name == former.name {
                continue;
            }
            let places = renamed.entry(former.name.clone()).or_default();
            if places.all.last() != Some(&at) {
                places.add(at, resource);
            }
        }
    }
    if renamed.is_empty() {
        return Ok(());
    }
    let mut first: HashMap<Text, Vec<usize>> = HashMap::new();
    for (at, resource) in resources.iter().enumerate() {
        first.entry(resource.original().2.into()).or_default().push(at);
    }
    let mut known = Known { renamed, first };
    for at in 0..resources.len() {
        let resource = &resources[at];
        let kind = Text::new(resource.original().0);
        let own = Gvk { kind: &kind, ..resource.gvk() };
        let of = specs::name_references_of(&kind).iter().copied().chain(more);
        let mut fields = of
            .filter(|one| one.field.is_of(own))
            .skip_while(|one| !one.field.is_there(&resource.root))
            .peekable();
        if fields.peek().is_none() {
            continue;
        }
        let fields: Vec<&NameReference> = fields.collect();
        let (effective, cluster_scoped) =
            (Text::new(resource.effective_namespace()), resource.is_cluster_scoped());
        // The referrer may name itself, so it stays in its place while a copy of it is changed.
        let mut root = resource.root.clone();
        let outcome = {
            let role = root.get("roleRef").and_then(|role| {
                Some((role.get("apiGroup")?.text().into(), role.get("kind")?.text().into()))
            });
            let Resource { prefixes, suffixes, .. } = &resources[at];
            let shadow = Shadow { effective, cluster_scoped, prefixes, suffixes, role };
            let subjects = subject_namespaces(&root);
            fields.iter().try_for_each(|field| one(&mut root, field, resources, &known, &shadow, &subjects))
        };
        let before = Text::new(resources[at].effective_namespace());
        resources[at].root = root;
        outcome?;
        known.moved(at, &resources[at], &before);
    }
    Ok(())
}

/// Who the referrer is, while its content is being changed.
struct Shadow<'r> {
    effective: Text,
    cluster_scoped: bool,
    prefixes: &'r [Text],
    suffixes: &'r [Text],
    /// Group and kind of the role that a binding grants.
    role: Option<(Text, Text)>,
}

/// Namespaces that a RoleBinding's ServiceAccounts name.
fn subject_namespaces(root: &Value) -> Vec<String> {
    if root.text_at(&["kind"]) != "RoleBinding" {
        return Vec::new();
    }
    let subjects = root.get("subjects").map_or(&[][..], Value::items);
    let accounts = subjects.iter().filter(|subject| subject.text_at(&["kind"]) == "ServiceAccount");
    accounts
        .filter_map(|subject| subject.get("namespace"))
        .map(|namespace| namespace.text().to_owned())
        .collect()
}

fn one(
    root: &mut Value,
    field: &NameReference,
    resources: &[Resource],
    known: &Known,
    referrer: &Shadow<'_>,
    subjects: &[String],
) -> Result<(), Refusal> {
    let span = root.span;
    let is_role = field.field.path.last().is_some_and(|last| last == "name")
        && field.field.path.iter().rev().nth(1).is_some_and(|part| part == "roleRef");
    let wanted = Gvk { group: &field.group, version: &field.version, kind: &field.kind };
    let candidates = |name: &str| -> Vec<usize> {
        let all = known.renamed.get(name).map_or_else(Vec::new, |namesakes| namesakes.of(referrer));
        all.into_iter()
            .filter(|&at| {
                let one = &resources[at];
                may_be_named(one, referrer, subjects)
                    && is_or_was(one, wanted)
                    && (!is_role
                        || referrer
                            .role
                            .as_ref()
                            .is_none_or(|(group, kind)| is_or_was(one, Gvk { group, version: "", kind })))
            })
            .collect()
    };
    let mut set = |value: &mut Value| -> Result<(), Refusal> {
        match &mut value.data {
            Data::Seq(items) => {
                let items = Arc::make_mut(items);
                items.iter_mut().filter(|item| !item.is_null()).try_for_each(|item| match item.data {
                    Data::Scalar(_) => scalar(item, resources, &candidates, referrer),
                    Data::Map(_) => mapping(item, resources, known, &candidates, referrer),
                    Data::Seq(_) => Err("a list in a list where a name is expected".to_owned()),
                })
            }
            Data::Scalar(one) if one.is_null() => Ok(()),
            Data::Scalar(_) => scalar(value, resources, &candidates, referrer),
            Data::Map(_) => mapping(value, resources, known, &candidates, referrer),
        }
    };
    field.field.visit(root, Make::Nothing, span, &mut set)
}

/// Whether a resource is in the part of the build that a referrer looks at.
fn may_be_named(one: &Resource, referrer: &Shadow<'_>, subjects: &[String]) -> bool {
    referrer.cluster_scoped
        || one.is_cluster_scoped()
        || one.effective_namespace() == referrer.effective
        || subjects.iter().any(|namespace| namespace == one.namespace())
}

/// Whether a resource is named from all namespaces.
fn is_anywhere(one: &Resource) -> bool {
    one.is_cluster_scoped() || one.kind() == "ServiceAccount"
}

/// Whether a former identity is of a type.
fn is_or_was(one: &Resource, wanted: Gvk<'_>) -> bool {
    let own = one.gvk();
    one.former.iter().any(|former| Gvk { kind: &former.kind, ..own }.is_selected(wanted))
}

fn choose(
    resources: &[Resource],
    mut found: Vec<usize>,
    referrer: &Shadow<'_>,
    with_namespace: bool,
) -> Result<Option<Target>, Refusal> {
    if found.len() > 1 {
        found.retain(|&at| affixes_agree(&resources[at], referrer, true));
        if found.len() > 1 {
            found.retain(|&at| affixes_agree(&resources[at], referrer, false));
        }
    }
    let Some(&first) = found.first() else {
        return Ok(None);
    };
    let same = |&at: &usize| {
        let (one, other) = (&resources[first], &resources[at]);
        one.name() == other.name() && (!with_namespace || one.namespace() == other.namespace())
    };
    if !found.iter().all(same) {
        return Err(format!("the name could stand for several objects of {}", resources[first].kind()));
    }
    let one = &resources[first];
    Ok(Some(Target {
        name: one.name().to_owned(),
        namespace: one.namespace().to_owned(),
        place: one.root.at(&["metadata", "name"]).map_or(one.root.span, |name| name.span),
    }))
}

fn affixes_agree(one: &Resource, referrer: &Shadow<'_>, or_none: bool) -> bool {
    let agree = |own: &[Text], other: &[Text]| {
        (or_none && (own.is_empty() || other.is_empty())) || same_ending(own, other)
    };
    agree(&one.prefixes, referrer.prefixes) && agree(&one.suffixes, referrer.suffixes)
}

/// Whether the shorter list is the end of the longer one; nothing is only the end of nothing.
fn same_ending(one: &[Text], other: &[Text]) -> bool {
    let (long, short) = if one.len() >= other.len() { (one, other) } else { (other, one) };
    if short.is_empty() { long.is_empty() } else { long.ends_with(short) }
}

fn scalar(
    value: &mut Value,
    resources: &[Resource],
    candidates: &dyn Fn(&str) -> Vec<usize>,
    referrer: &Shadow<'_>,
) -> Result<(), Refusal> {
    let found = candidates(value.text());
    let Some(target) = choose(resources, found, referrer, false)? else {
        return Ok(());
    };
    rename(value, &target);
    Ok(())
}

/// A reference stays where it is written: that is the line people edit.
fn rename(value: &mut Value, target: &Target) {
    if value.text() != target.name
        && let Data::Scalar(scalar) = &mut value.data
    {
        let quoted = scalar.quoted;
        *scalar = Scalar { quoted, ..Scalar::string(target.name.as_str()) };
        value.exact = false;
    }
}

fn mapping(
    value: &mut Value,
    resources: &[Resource],
    known: &Known,
    candidates: &dyn Fn(&str) -> Vec<usize>,
    referrer: &Shadow<'_>,
) -> Result<(), Refusal> {
    let Some(name) = value.get("name").map(|name| name.text().to_owned()) else {
        return Err("a reference without a name".to_owned());
    };
    let mut found = candidates(&name);
    if let Some(namespace) = value.get("namespace") {
        let namespace = namespace.text().to_owned();
        let by = |original: bool| -> Vec<usize> {
            let own = |at: &usize| {
                let one = &resources[*at];
                let own = if original { one.original().2 } else { one.effective_namespace() };
                own != NOT_NAMESPACED && own == namespace
            };
            found.iter().copied().filter(own).collect()
        };
        // Any resource at all of that first namespace, whatever its name, keeps the present ones out.
        let there = known.first.get(namespace.as_str()).map_or(&[][..], Vec::as_slice);
        let any = there.iter().map(|&at| &resources[at]).any(|one| may_be_named(one, referrer, &[]));
        found = if any { by(true) } else { by(false) };
    }
    let Some(target) = choose(resources, found, referrer, true)? else {
        return Ok(());
    };
    if target.name == name && target.namespace.is_empty() {
        return Ok(());
    }
    if let Some(name) = value.get_mut("name") {
        rename(name, &target);
    }
    if !target.namespace.is_empty() && value.text_at(&["namespace"]) != target.namespace {
        value.set(Key::new("namespace", target.place), Value::string(&target.namespace, target.place));
    }
    Ok(())
}
