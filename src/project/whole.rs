//! How much of itself an object is, decided once, with the evidence for it (facts 13.5, 13.11).
//!
//! A workload without an image is no patch because of that: somebody forgot the image. What makes a part of it is
//! a kustomization that says so, a directive, or a place where patches lie together with the lack of everything
//! that makes a workload one of its own.

use super::{Context, Contexts, Gap, Member, Parts};
use crate::document::Object;
use crate::text::placeholder::is_placeholder;
use crate::yaml::{Node, Scalar};

/// How much of itself an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wholeness {
    /// All of it.
    Whole,
    /// All that its author wrote, and a kustomization may add to it.
    Base,
    /// It lies where patches lie, and may be one.
    Unclear,
    /// What a test expects the server to say: as much of the object as is compared.
    Excerpt,
    /// As much of an object as a test compares, or as a reader has to fill in: nobody applies it as it is.
    Expected(&'static str),
    /// A change to another object.
    Patch(&'static str),
    /// A part of an object, for a tool that fills in the rest.
    Fragment(&'static str),
    /// Text for a tool that gives it a name.
    Template(&'static str),
}

impl Wholeness {
    /// Whether it is judged with the others; else the reason why it is set aside.
    pub fn aside(self) -> Option<&'static str> {
        match self {
            Wholeness::Whole | Wholeness::Base | Wholeness::Unclear | Wholeness::Excerpt => None,
            Wholeness::Expected(why)
            | Wholeness::Patch(why)
            | Wholeness::Fragment(why)
            | Wholeness::Template(why) => Some(why),
        }
    }

    /// Whether what it lacks is missing.
    pub fn must_be_complete(self) -> bool {
        self == Wholeness::Whole
    }

    /// Whether it is perhaps no object of its own, so that its version is another one's.
    pub fn may_be_part(self) -> bool {
        self == Wholeness::Unclear || self.aside().is_some()
    }
}

/// The objects at these places of a pool that something deploys; parts of others are gaps instead.
pub(super) fn members(own: &[usize], pool: &[Object<'_>], gaps: &mut Vec<Gap>) -> Vec<Member> {
    let mut members = Vec::new();
    for &at in own {
        let object = &pool[at];
        if part(object, &object.node.tree().source().path).is_some() {
            let objects = vec![(object.kind.to_owned(), Some(object.name.to_owned()))];
            gaps.push(Gap { objects, ..Gap::anywhere() });
        } else {
            members.push(Member { object: at, ..Member::default() });
        }
    }
    members
}

/// How much of itself an object in a file is.
pub fn weigh(object: &Object<'_>, path: &str, parts: &Parts, contexts: &Contexts) -> Wholeness {
    if contexts.is_expected(path) {
        return Wholeness::Expected("a test compares it with what the server has");
    }
    if let Some(part) = part(object, path) {
        return part;
    }
    if object.annotation(LOCAL).is_some() && parts.is_deployed(path) {
        return Wholeness::Expected("kustomize leaves it out of the build, by its annotation");
    }
    if is_recorded(object, path) {
        return Wholeness::Expected("it was read from a server, for a test");
    }
    if compares(object.node, 6) {
        return Wholeness::Expected("its keys are expressions of a test");
    }
    if is_form(object.node) {
        return Wholeness::Expected("its blanks are filled in by its readers");
    }
    if parts.is_part(path) && !parts.is_deployed(path) {
        return Wholeness::Patch("a kustomization names its file as a patch or as configuration");
    }
    if is_excerpt(object.node) {
        Wholeness::Excerpt
    } else if contexts.of(path) == Some(Context::Kept) {
        // What was set aside may have been a patch.
        Wholeness::Unclear
    } else if parts.completes(path, object) {
        Wholeness::Base
    } else if parts.is_part(path) || is_place_of_patches(path) || is_merged_by_java_build(path) {
        Wholeness::Unclear
    } else {
        Wholeness::Whole
    }
}

/// What an object is a part of, if it shows that by itself.
pub fn part(object: &Object<'_>, path: &str) -> Option<Wholeness> {
    if object.name.contains("{{") && is_placeholder(object.name) {
        return Some(Wholeness::Template("its name is filled in by a tool"));
    }
    if may_have_directive(object.node) && has_directive(object.node, 6) {
        return Some(Wholeness::Patch("it holds directives of a strategic merge patch"));
    }
    let spec = object.spec()?;
    if !makes_pods(object) {
        return None;
    }
    let template = spec.get("template");
    let selected = spec.get("selector").is_some();
    let labels = template.and_then(|it| it.get("metadata")).and_then(|it| it.get("labels"));
    let containers = template.and_then(|it| it.get("spec")).and_then(|it| it.get("containers"));
    let imageless =
        || containers.is_none_or(|list| list.items().any(|container| container.get("image").is_none()));
    // Without any metadata it cannot be sent anywhere but as a patch of something that is named elsewhere.
    if object.node.entry("metadata").is_none() && containers.is_some() && imageless() {
        return Some(Wholeness::Patch("it has neither a name nor an image"));
    }
    // Nobody forgets the selector, the labels and every image at once: this is sent to an object that has them.
    let partial = |list: Node<'_>| {
        list.items().next().is_some() && list.items().all(|container| container.get("image").is_none())
    };
    if !selected && labels.is_none() && template.is_some() && containers.is_none_or(partial) {
        return Some(Wholeness::Patch("it has neither a selector nor labels nor an image"));
    }
    let named = || path.to_ascii_lowercase().contains("patch") || path.contains("overlays/");
    let bare = || labels.is_none() && imageless() && is_place_of_patches(path);
    (!selected && (named() || bare()))
        .then_some(Wholeness::Fragment("it lies where patches lie and selects no pods of its own"))
}

fn makes_pods(object: &Object<'_>) -> bool {
    match (object.group(), object.kind) {
        ("apps" | "extensions", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") => true,
        ("argoproj.io", "Rollout") => object.spec().is_some_and(|spec| spec.get("workloadRef").is_none()),
        _ => false,
    }
}

/// Whether files of this place are usually patches, by the words of the path and its directories (fact 13.11).
pub fn is_place_of_patches(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let directory = |name: &str| lower.split('/').rev().skip(1).any(|part| part == name);
    lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| matches!(word, "patch" | "patches"))
        || directory("terraform")
        || directory("overlays")
        || directory("overlay")
}

/// Whether a Java build reads files of this place and merges them into what it generates, with numbers and booleans
/// as text wherever the API wants text: Quarkus, JKube and its predecessor.
pub fn is_merged_by_java_build(path: &str) -> bool {
    let mut parts = path.split('/').skip_while(|part| *part != "src");
    matches!(
        (parts.next(), parts.next(), parts.next()),
        (Some("src"), Some("main"), Some("kubernetes" | "jkube" | "fabric8"))
    )
}

/// Whether an object has no name behind `name:`, and other blanks: an exercise.
fn is_form(object: Node<'_>) -> bool {
    fn blanks(node: Node<'_>, depth: u32) -> usize {
        let inner = |value: Node<'_>| if depth == 0 { 0 } else { blanks(value, depth - 1) };
        let entries = node.entries().map(|entry| usize::from(entry.value.is_null()) + inner(entry.value));
        entries.sum::<usize>() + node.items().map(inner).sum::<usize>()
    }
    let name = object.get("metadata").and_then(|metadata| metadata.entry("name"));
    name.is_some_and(|name| name.value.is_null()) && blanks(object, 6) > 2
}

/// Whether a key is an expression, as Chainsaw compares: `(length(items)): 2`. No field and no label begins so.
fn compares(node: Node<'_>, depth: u32) -> bool {
    let expression = |key: &str| key.starts_with('(') && key.contains(')');
    let deeper = |node: Node<'_>| depth > 0 && compares(node, depth - 1);
    node.entries().any(|entry| expression(entry.key.key_text()) || deeper(entry.value))
        || node.items().any(deeper)
}

/// The annotation of what only kustomize reads, such as a source of replacements.
const LOCAL: &str = "config.kubernetes.io/local-config";

/// Whether an object below a directory of tests has what only a server gives: nobody applies it.
fn is_recorded(object: &Object<'_>, path: &str) -> bool {
    let given = |field: &str| object.metadata().is_some_and(|metadata| metadata.get(field).is_some());
    let is_test = |folder: &str| folder.starts_with("test") || folder == "fixtures";
    path.split('/').rev().skip(1).any(is_test) && given("uid") && given("resourceVersion")
}

/// Whether an object is what a test expects the server to say: it has a status that somebody wrote, or an owner
/// without its UID, which nobody can know before.
fn is_excerpt(object: Node<'_>) -> bool {
    let owners = object.get("metadata").and_then(|metadata| metadata.get("ownerReferences"));
    let unowned = |owners: Node<'_>| owners.items().any(|owner| owner.get("uid").is_none());
    owners.is_some_and(unowned) || object.get("status").is_some_and(says_something)
}

/// Whether a status has a value. controller-gen once wrote empty ones into definitions.
fn says_something(node: Node<'_>) -> bool {
    match node.scalar() {
        Some(Scalar::Null) => false,
        Some(Scalar::Str(text)) => !text.is_empty(),
        Some(_) => true,
        None => node.entries().any(|entry| says_something(entry.value)) || node.items().any(says_something),
    }
}

/// The beginnings of directives behind their `$`.
const DIRECTIVES: [&str; 4] = ["patch", "retainKeys", "setElementOrder/", "deleteFromPrimitiveList/"];

/// A directive stands in the text as it is, unless it hides in an escape or stands where an alias leads.
fn may_have_directive(node: Node<'_>) -> bool {
    let text = node.source_text().as_bytes();
    let directive = |at: usize| DIRECTIVES.iter().any(|name| text[at + 1..].starts_with(name.as_bytes()));
    node.tree().has_aliases()
        || memchr::memchr2_iter(b'$', b'\\', text).any(|at| text[at] == b'\\' || directive(at))
}

/// A strategic-merge directive within a few levels of the root.
fn has_directive(node: Node<'_>, depth: u32) -> bool {
    let deeper = |node: Node<'_>| depth > 0 && has_directive(node, depth - 1);
    let directive = |key: &str| {
        key == "$patch"
            || key == "$retainKeys"
            || key.starts_with("$setElementOrder/")
            || key.starts_with("$deleteFromPrimitiveList/")
    };
    node.entries().any(|entry| directive(entry.key.text()) || deeper(entry.value)) || node.items().any(deeper)
}
