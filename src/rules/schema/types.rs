//! The types and versions of objects as they stand in files, and what the walk along them says.

use std::hash::Hash;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::excuse::{is_annotation, is_of_template, is_removal, is_scalar_for_text, is_text_to_kustomize};
use super::moves;
use crate::document::{self, Class, Object, Partial};
use crate::files::FileId;
use crate::finding::{Fix, Out, Severity};
use crate::inventory::Surroundings;
use crate::project::{Input, Parts, Read, Wholeness, Written, is_merged_by_java_build};
use crate::recall::{hash_of, unordered};
use crate::schema::{self, Cause, Customs, Served, Trouble, TroubleKind};
use crate::yaml::Node;

/// What must be known besides the object itself.
pub struct World<'w, 'a> {
    pub(super) parts: &'w Parts,
    /// Lowest and highest minor version of the target.
    target: (u32, u32),
    /// Objects that are there in several versions of their API, for clusters of several ages.
    variants: HashSet<(String, String)>,
    /// Patches that find an old object by its version, by kind and name.
    pub(super) patches: moves::Patches<'a>,
    /// Kinds that the input defines itself.
    customs: Customs<'a>,
    /// Files of another tool, whose objects have kinds and no versions.
    unversioned: HashSet<FileId>,
    /// A hash of all of this but the target.
    identity: u64,
}

impl<'w, 'a> World<'w, 'a> {
    /// Looks over all objects.
    pub fn new(input: &'w Input<'a>, surroundings: &Surroundings) -> Self {
        let target = surroundings.versions.unwrap_or((schema::NEWEST, schema::NEWEST));
        let kinds = ["CustomResourceDefinition", "MutatingWebhookConfiguration"];
        let parts = &input.parts;
        let definitions = input.objects.iter().filter(|one| kinds.contains(&one.object.kind));
        let definitions = definitions.filter_map(|one| {
            let path = one.object.node.tree().source().path.as_str();
            (!parts.is_part(path)).then(|| (one.object, path, parts.completes(path, &one.object)))
        });
        let definitions: Vec<_> = definitions.collect();
        let variants = variants(&input.objects);
        let patches = moves::patches(&input.objects, parts);
        let identity = hash_of(|mut state| {
            (parts.all(), unordered(variants.iter())).hash(&mut state);
            unordered(patches.iter().map(|(of, own)| {
                let places = own.iter().map(|(version, at)| (*version, at.span()));
                (*of, places.collect::<Vec<_>>())
            }))
            .hash(&mut state);
            for (object, _, completed) in &definitions {
                (object.node.tree().source().serial, object.node.span(), completed).hash(&mut state);
            }
        });
        let customs = Customs::new(definitions.into_iter());
        World { parts, target, variants, patches, customs, unversioned: unversioned(input), identity }
    }

    /// A hash of all that is known of one input; the target is the same for all of them.
    pub fn identity(&self) -> u64 {
        self.identity
    }
}

/// An object in a file, and what must be known to judge its type.
pub struct Typed<'t, 'a> {
    /// The object.
    pub written: &'t Written<'a>,
    /// The rest.
    pub world: &'t World<'t, 'a>,
}

/// Kind and name of old objects that stand beside a newer version of themselves, where a directory is named
/// after a version of Kubernetes.
fn variants(objects: &[Written<'_>]) -> HashSet<(String, String)> {
    let old = |object: &Object<'_>| schema::served(object.api_version, object.kind).is_some();
    let aged: HashMap<(&str, &str), Vec<usize>> = {
        let mut by_name: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        for (at, one) in objects.iter().enumerate().filter(|(_, one)| old(&one.object)) {
            by_name.entry((one.object.kind, one.object.name)).or_default().push(at);
        }
        by_name
    };
    if aged.is_empty() {
        return HashSet::new();
    }
    let versioned = |one: &Written<'_>| {
        let path = one.path().as_bytes();
        path.windows(4)
            .any(|part| part.starts_with(b"1.") && part[2].is_ascii_digit() && part[3].is_ascii_digit())
    };
    let newer = objects.iter().filter(|one| !old(&one.object));
    let beside = newer.filter(|one| {
        aged.get(&(one.object.kind, one.object.name))
            .is_some_and(|twins| versioned(one) || twins.iter().any(|&at| versioned(&objects[at])))
    });
    beside.map(|one| (one.object.kind.to_owned(), one.object.name.to_owned())).collect()
}

/// Nobody forgets the version of so many objects of a file.
const MANY: usize = 4;

/// Files in which no document has an `apiVersion` and one has a kind that is none of the API's: what another tool reads.
fn unversioned(input: &Input<'_>) -> HashSet<FileId> {
    let lacks =
        |read: &&Read<'_>| matches!(&read.class, Class::Partial(partial) if partial.missing == "apiVersion");
    let files: HashSet<FileId> =
        input.documents.iter().filter(lacks).map(|read| read.document.source.id).collect();
    let is_foreign = |id: &FileId| {
        let own = input.documents.iter().filter(|read| read.document.source.id == *id);
        let roots = own.filter_map(|read| read.document.held().filter(|tree| !tree.is_empty()));
        let kinds = roots.map(|tree| tree.root()).filter(|root| root.is_mapping()).map(|root| {
            let kind = root.get("kind").and_then(Node::str).unwrap_or_default();
            (root.get("apiVersion").is_some(), !kind.is_empty() && !document::is_kind(kind))
        });
        let (mut foreign, mut versioned, mut count) = (false, false, 0);
        for (has, other) in kinds {
            versioned |= has;
            foreign |= other;
            count += 1;
        }
        foreign && !versioned && count >= MANY
    };
    files.into_iter().filter(is_foreign).collect()
}

/// What is said of an object that lacks its apiVersion or kind. Where the kustomization says what a patch is for, it
/// need not say so itself.
pub fn partial<'a>(partial: &Partial<'a>, world: &World<'_, '_>) -> Option<Trouble<'a>> {
    let source = partial.node.tree().source();
    if !partial.looks_like_object || world.parts.is_part(&source.path) {
        return None;
    }
    let missing = partial.missing;
    if missing == "apiVersion" && world.unversioned.contains(&source.id) {
        return None;
    }
    let key = partial.node.entry(missing).map(|entry| entry.key);
    let other = if missing == "kind" { "apiVersion" } else { "kind" };
    let at = key.or_else(|| partial.node.entry(other).map(|entry| entry.key)).unwrap_or(partial.node);
    if partial.node.is_null() {
        let message = "an item of this list is empty, and kubectl refuses all of it";
        let help = "remove the lone `-`, or write an object behind it".to_owned();
        let label = Some("no object".to_owned());
        return Some(Trouble {
            label,
            help: Some(help),
            ..Trouble::new(TroubleKind::MissingField, at, message)
        });
    }
    if missing == "items" {
        let message = "a List without `items` is no object to kubectl, and nothing of it is applied";
        let other = partial.node.entries().find(|entry| entry.value.is_sequence()).map(|entry| entry.key);
        let place = partial.value.or(other).unwrap_or(at);
        let trouble = Trouble::new(TroubleKind::MissingField, place, message);
        let label = Some(if other.is_some() { "not `items`" } else { "no `items`" }.to_owned());
        let help = Some("write the objects as a sequence under `items`".to_owned());
        return Some(Trouble { label, help, ..trouble });
    }
    let message = match partial.value {
        Some(_) => format!("`{missing}` must be a string"),
        None => format!("`{missing}` is missing"),
    };
    Some(Trouble {
        label: Some(format!("no `{missing}`")),
        help: Some("kubectl refuses the file; nothing else in this document was checked".to_owned()),
        ..Trouble::new(TroubleKind::MissingField, partial.value.unwrap_or(at), message)
    })
}

/// Everything that holds of the fields and values of one object, and how bad it is where that is not the rule's.
pub fn examine<'a>(typed: &Typed<'_, 'a>) -> (Vec<Trouble<'a>>, Option<Severity>) {
    let Typed { written, world } = typed;
    let object = &written.object;
    let path = object.node.tree().source().path.as_str();
    let troubles = schema::examine(object.node, object.api_version, object.kind, world.target);
    // A definition that lies far away may be another edition than the one that the cluster has.
    let far = troubles.is_none() && world.customs.is_far(object, path);
    let troubles = troubles.or_else(|| world.customs.examine(object, path));
    let far = far && troubles.is_some();
    let mut troubles = troubles.unwrap_or_else(|| schema::undefined(object));
    troubles.extend(early_name(typed));
    if troubles.is_empty() {
        return (troubles, None);
    }
    let complete = written.wholeness.must_be_complete()
        && !object.encrypted
        && !(object.listed && object.node.get("kind").is_none());
    let patch = world.parts.is_part(path);
    let merged = is_merged_by_java_build(path);
    let kustomized = world.parts.is_deployed(path) || patch;
    // A patch with a target may be called anything.
    let renamed = world.parts.renames(path, object.kind)
        || patch
        || (kustomized && object.kind == "Namespace" && object.name == "_");
    let own_name = object.metadata().and_then(|metadata| metadata.get("name"));
    let annotations_are_text =
        kustomized || written.wholeness.may_be_part() || written.wholeness == Wholeness::Base;
    troubles.retain(|trouble| {
        !((trouble.kind.needs_whole() && !complete)
            || (merged && is_scalar_for_text(trouble))
            || (kustomized && (is_text_to_kustomize(trouble) || trouble.cause == Cause::Namespace))
            || (annotations_are_text && is_annotation(trouble, object))
            || (written.wholeness == Wholeness::Base && is_left_empty(trouble))
            || is_of_template(trouble)
            || (written.wholeness == Wholeness::Base && world.parts.replaces(path, object, trouble.at))
            || (patch && (trouble.across || is_removal(trouble)))
            || (trouble.kind == TroubleKind::InvalidValue && own_name == Some(trouble.at) && renamed))
    });
    (troubles, far.then_some(Severity::Info))
}

/// An empty text where a value belongs: of a base that kustomizations patch, for them to write.
fn is_left_empty(trouble: &Trouble<'_>) -> bool {
    trouble.kind == TroubleKind::InvalidValue && trouble.at.str().is_some_and(str::is_empty)
}

/// The first minor version in which the name of a Service may begin with a digit (fact 4.33).
const DIGITS_FIRST: u32 = 36;

/// A name that the oldest cluster of the target does not take.
fn early_name<'a>(typed: &Typed<'_, 'a>) -> Option<Trouble<'a>> {
    let object = &typed.written.object;
    let digit = object.name.starts_with(|c: char| c.is_ascii_digit());
    if !digit || typed.world.target.0 >= DIGITS_FIRST || !object.is("", "Service") {
        return None;
    }
    let message = format!("`{}` is not valid as the name of a Service", object.name);
    let help = format!("begin it with a letter: before Kubernetes 1.{DIGITS_FIRST} a digit is refused");
    Some(Trouble {
        label: Some("rejected by the API server".to_owned()),
        help: Some(help),
        ..Trouble::new(TroubleKind::InvalidValue, object.anchor(), message)
    })
}

/// A type that nobody serves, nearly one that is served.
pub fn unknown_kind(typed: &Typed<'_, '_>, out: &mut Out) {
    let Some((version, kind, meant)) = typed.written.twisted.as_deref().copied() else {
        return;
    };
    // Where the kustomization says what a patch is for, it need not say so itself.
    if typed.world.parts.is_part(typed.written.path()) {
        return;
    }
    let object = &typed.written.object;
    let field = if meant.in_kind { "kind" } else { "apiVersion" };
    let right = if meant.in_kind { meant.kind } else { meant.api_version };
    let at: Node<'_> = object.node.get(field).unwrap_or(object.node);
    let draft = out
        .report(at, format!("no API server knows the kind `{kind}` in `{version}`"))
        .label(format!("no such {}", if meant.in_kind { "kind" } else { "version of this kind" }));
    if meant.in_kind || meant.kind == kind {
        let fix = Fix::safe(format!("write `{field}: {right}`")).replace(at, at.quoted_like(right));
        draft.help(format!("write `{field}: {right}`")).fix(fix);
    } else {
        draft.help(format!("write `apiVersion: {}` and `kind: {}`", meant.api_version, meant.kind));
    }
}

/// The end of the version of an object, if the target comes to it, and where the version is written.
fn life<'a>(typed: &Typed<'_, 'a>) -> Option<(Served, Node<'a>)> {
    let object = &typed.written.object;
    let at = object.node.get("apiVersion").filter(|_| typed.written.twisted.is_none())?;
    let life = schema::served(object.api_version, object.kind)?;
    let high = typed.world.target.1;
    if high < life.removed && (life.deprecated == 0 || high < life.deprecated) {
        return None;
    }
    // A patch names the version of what it changes; a variant for old clusters knows what it does.
    let aged = || typed.world.variants.contains(&(object.kind.to_owned(), object.name.to_owned()));
    (!typed.is_part() && !aged()).then_some((life, at))
}

/// A version that the target does not serve.
pub fn removed(typed: &Typed<'_, '_>, out: &mut Out) {
    let object = &typed.written.object;
    let (low, high) = typed.world.target;
    if let Some((life, at)) = life(typed).filter(|one| high >= one.0.removed) {
        let (version, kind) = (object.api_version, object.kind);
        out.report(at, format!("`{version}` of {kind} was removed in Kubernetes 1.{}", life.removed))
            .label("no longer served")
            .help(typed.instead(&life, low))
            .fix_if(typed.move_to(&life, low, at));
    }
    not_yet(typed, out);
    unserved(typed, out);
}

/// A version that the target serves and will not serve for long.
pub fn deprecated(typed: &Typed<'_, '_>, out: &mut Out) {
    let object = &typed.written.object;
    let (low, high) = typed.world.target;
    if let Some((life, at)) = life(typed).filter(|one| high < one.0.removed) {
        let (version, kind) = (object.api_version, object.kind);
        out.report(
            at,
            format!(
                "`{version}` of {kind} is deprecated and will be removed in Kubernetes 1.{}",
                life.removed
            ),
        )
        .label(format!("deprecated since 1.{}", life.deprecated))
        .severity(if is_new(&life, low) { Severity::Info } else { Severity::Warning })
        .help(typed.instead(&life, low))
        .fix_if(typed.move_to(&life, low, at));
    }
}

/// Whether clusters that are still supported may not serve what takes its place: who deploys to them has to wait.
fn is_new(life: &Served, low: u32) -> bool {
    life.instead.is_some_and(|(_, since)| since + SUPPORTED > low)
}

/// A version of a custom kind that its definition no longer serves.
fn unserved(typed: &Typed<'_, '_>, out: &mut Out) {
    let object = &typed.written.object;
    let place = typed.world.customs.unserved(object, &object.node.tree().source().path);
    let (Some(place), Some(at)) = (place, object.node.get("apiVersion")) else {
        return;
    };
    if typed.written.twisted.is_some() || typed.is_part() {
        return;
    }
    out.report(at, format!("`{}` of {} is not served", object.api_version, object.kind))
        .label("no longer served")
        .also(place, "its definition says so")
        .help("use a version that the definition serves");
}

/// So many versions are supported at one time (fact 11.1).
const SUPPORTED: u32 = 3;

/// A version that the oldest cluster of the target does not have yet.
fn not_yet(typed: &Typed<'_, '_>, out: &mut Out) {
    let object = &typed.written.object;
    let (version, kind) = (object.api_version, object.kind);
    let (low, high) = typed.world.target;
    if low >= schema::NEWEST || typed.written.twisted.is_some() || schema::served(version, kind).is_some() {
        return;
    }
    let since = schema::since(version, kind).filter(|since| *since > low);
    let (Some(since), Some(at)) = (since, object.node.get("apiVersion")) else {
        return;
    };
    let help = match schema::older(version, kind, low, high) {
        Some(older) if low == high => format!("use `{older}`, which 1.{low} serves"),
        Some(older) => format!("use `{older}`, which 1.{low} to 1.{high} serve"),
        None => "no version that is known here is served by all clusters of the target".to_owned(),
    };
    out.report(at, format!("`{version}` of {kind} is not served before Kubernetes 1.{since}"))
        .label(format!("the target begins at 1.{low}"))
        .help(help);
}

impl Typed<'_, '_> {
    /// Whether its version may be that of another object, or is another tool's to choose.
    fn is_part(&self) -> bool {
        self.written.wholeness.may_be_part()
    }
}
