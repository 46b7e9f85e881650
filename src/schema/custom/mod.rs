//! Custom resources, judged by the CustomResourceDefinitions of the input.
//!
//! What is done here is what the API server does with an object of such a kind (kubernetes/kubernetes, paths
//! below `staging/src/k8s.io/apiextensions-apiserver/`): fields that the structural schema does not have are
//! refused or dropped (`pkg/apiserver/schema/pruning/algorithm.go`), null is dropped unless the field is
//! nullable or has a default (`schema/defaulting/prunenulls.go` beside it), defaults are filled in, and what is
//! left is validated (`pkg/apiserver/validation/validation.go`, `pkg/apiserver/schema/listtype/validation.go`).
//! Rules in CEL run on objects that keep to the schema otherwise (`rules`). Whatever is not understood is passed over.

mod declare;
mod formats;
mod hint;
mod logic;
mod pattern;
mod rules;
mod schema;
mod seen;
mod values;
mod walk;

use std::sync::OnceLock;

use foldhash::{HashMap, HashMapExt};

use super::{Cause, Described, Trouble, TroubleKind, examine_metadata, is_patch, validate};
use crate::document::Object;
use crate::files::Distance;
use crate::yaml::Node;
use schema::Schema;

/// Whether the API server certainly cannot read a pattern.
pub(super) fn is_broken_pattern(pattern: &str) -> bool {
    crate::text::re2::is_refused(pattern)
}

/// What is wrong with a default, by the schema that it is in; `None` if nothing is.
pub(super) fn default_fault<'a>(schema: Node<'a>, value: Node<'a>) -> Option<String> {
    let read = Schema::read(schema)?;
    let shape = walk::value(&read, value).into_iter().next();
    shape.or_else(|| rules::broken_by_value(&read, value).into_iter().next()).map(|trouble| trouble.message)
}

/// What is wrong with the rules of a version's schema: the place, what, and what to do.
/// `highest` is the highest minor version of the target.
pub(super) fn rule_faults(root: Node<'_>, highest: u32) -> Vec<(Node<'_>, String, String)> {
    let schema = root.tree().may_have_key("x-kubernetes-validations").then(|| Schema::read(root));
    schema.flatten().map_or_else(Vec::new, |schema| rules::faults(&schema, highest))
}

/// The kinds that the input defines.
#[derive(Debug, Default)]
pub struct Customs<'a> {
    /// By group and kind; there are several where the input holds several editions.
    kinds: HashMap<(&'a str, &'a str), Vec<Definition<'a>>>,
    /// Groups whose objects a webhook of the input changes before they are validated, or a part of the webhook's
    /// name that may be one.
    mutated: Vec<&'a str>,
}

/// A CustomResourceDefinition.
#[derive(Debug)]
struct Definition<'a> {
    spec: Node<'a>,
    /// The directories whose objects it is for; every object is below the empty one.
    scopes: Vec<&'a str>,
    /// The files it stands in.
    paths: Vec<&'a str>,
    versions: Vec<Version<'a>>,
    /// Whether something else may change it before it is applied, so that nothing is claimed.
    uncertain: bool,
}

#[derive(Debug)]
struct Version<'a> {
    name: &'a str,
    /// `served: false` where that is written.
    unserved: Option<Node<'a>>,
    /// `openAPIV3Schema`.
    root: Option<Node<'a>>,
    /// Whether unknown fields are refused or dropped.
    prunes: bool,
    /// Whether the status is a resource of its own, which the creation of an object does not write.
    drops_status: bool,
    /// Read when the first object of the version turns up; `None` if it is too large to be of this world.
    schema: OnceLock<Option<Schema<'a>>>,
}

impl<'a> Customs<'a> {
    /// Looks through the objects for definitions; each comes with the path of its file and whether something
    /// else may change it.
    pub fn new(objects: impl Iterator<Item = (Object<'a>, &'a str, bool)>) -> Self {
        let mut kinds: HashMap<_, Vec<Definition<'a>>> = HashMap::new();
        let mut mutated = Vec::new();
        for (object, path, uncertain) in objects {
            if object.is("admissionregistration.k8s.io", "MutatingWebhookConfiguration") {
                read_webhooks(&object, &mut mutated);
            }
            let Some((names, definition)) = Definition::read(&object, path, uncertain) else {
                continue;
            };
            let known = kinds.entry(names).or_default();
            let text = definition.spec.source_text();
            match known.iter_mut().find(|one| one.spec.source_text() == text) {
                Some(twin) => {
                    twin.uncertain |= definition.uncertain;
                    twin.scopes.extend(definition.scopes);
                    twin.paths.extend(definition.paths);
                }
                None => known.push(definition),
            }
        }
        Customs { kinds, mutated }
    }

    /// The same, where nothing else changes them.
    pub fn of<'o>(objects: impl Iterator<Item = &'o Object<'a>>) -> Self
    where
        'a: 'o,
    {
        Customs::new(objects.map(|object| (*object, object.node.tree().source().path.as_str(), false)))
    }

    /// Everything that is to be said about an object of a kind that the input defines, in the order of its file.
    ///
    /// `None` if it defines no such kind, or not this version of it, for a file with this path. Where it defines
    /// the kind several times over, only what is wrong by all the definitions is told, with the words of the
    /// first.
    pub fn examine(&self, object: &Object<'a>, path: &str) -> Option<Vec<Trouble<'a>>> {
        let versions = self.versions(object, path)?;
        if is_patch(object.node) {
            return Some(Vec::new());
        }
        let mut agreed: Option<Vec<Trouble<'a>>> = None;
        for version in versions {
            let Some(schema) = version.schema() else { return Some(Vec::new()) };
            let mut found = walk::walk(schema, object.node, version.prunes, version.drops_status);
            if found.is_empty() {
                found = rules::broken(schema, object.node, version.drops_status);
            }
            agreed = Some(match agreed {
                None => found,
                Some(mut before) => {
                    let same =
                        |one: &Trouble<'a>, other: &Trouble<'a>| one.kind == other.kind && one.at == other.at;
                    before.retain(|one| found.iter().any(|other| same(one, other)));
                    before
                }
            });
            if agreed.as_ref().is_some_and(Vec::is_empty) {
                break;
            }
        }
        let mut troubles = agreed?;
        if self.is_mutated(object.group()) {
            // Decoding is strict before admission; what is missing or wrong, the webhook may have mended by the time
            // that the schema is asked.
            use TroubleKind::{InvalidByDefault, InvalidValue, MissingField};
            troubles.retain(|one| !matches!(one.kind, MissingField | InvalidValue | InvalidByDefault));
        }
        troubles.extend(metadata(object));
        troubles.sort_by_key(|trouble| trouble.at.span().start);
        Some(troubles)
    }

    /// An object as the server stores it, with the defaults of its definition; `None` if the input does not define
    /// its kind, or more than once.
    pub fn stored(&self, object: &Object<'a>, path: &str) -> Option<crate::cel::Value> {
        match self.versions(object, path)?.as_slice() {
            [version] => Some(seen::stored(version.schema()?, object.node)),
            _ => None,
        }
    }

    /// What the field at the end of a path of keys takes, by the definition of the object's kind; items of lists have no
    /// step of their own. `None` if the input does not define it.
    pub fn describe(&self, object: &Object<'a>, path: &str, keys: &[&str]) -> Option<Described> {
        let version = self.versions(object, path)?.into_iter().next()?;
        let (last, way) = keys.split_last()?;
        let mut schema = version.schema()?;
        for key in way {
            schema = schema.below(key)?;
        }
        let around = schema.within();
        let field = around.field(last)?;
        let is_required = around.required.iter().any(|name| name.text() == *last);
        Some(Described { is_required, ..field.described() })
    }

    fn is_mutated(&self, group: &str) -> bool {
        let of_group = |one: &&str| {
            one.strip_suffix(group).is_some_and(|start| start.is_empty() || start.ends_with('.'))
        };
        self.mutated.iter().any(|one| *one == "*" || of_group(one))
    }

    /// Where all definitions of the object's kind say that its version is not served.
    pub fn unserved(&self, object: &Object<'a>, path: &str) -> Option<Node<'a>> {
        let mut places = self.versions(object, path)?.into_iter().map(|version| version.unserved);
        let first = places.next()??;
        places.all(|place| place.is_some()).then_some(first)
    }

    /// Whether every definition of the object's kind lies far from it, so that the cluster may well have another
    /// edition.
    pub fn is_far(&self, object: &Object<'a>, path: &str) -> bool {
        let all = self.kinds.get(&(object.group(), object.kind));
        let mut paths = all.into_iter().flatten().flat_map(|definition| &definition.paths);
        paths.all(|other| Distance::between(path, other) == Distance::Tree)
    }

    /// The object's version in every definition of its kind; `None` if one of them does not have it.
    fn versions(&self, object: &Object<'a>, path: &str) -> Option<Vec<&Version<'a>>> {
        if self.kinds.is_empty() {
            return None;
        }
        let all = self.kinds.get(&(object.group(), object.kind))?;
        let counts = |one: &&Definition<'a>| one.scopes.iter().any(|scope| is_below(path, scope));
        let definitions: Vec<&Definition<'a>> = all.iter().filter(counts).collect();
        if definitions.is_empty() || definitions.iter().any(|definition| definition.uncertain) {
            return None;
        }
        let one = |definition: &&'_ Definition<'a>| {
            definition.versions.iter().position(|version| version.name == object.version())
        };
        definitions.iter().map(|definition| one(definition).map(|at| &definition.versions[at])).collect()
    }
}

/// What the webhooks of a configuration change: the groups of their rules. Some programs write the rules when they
/// run; then a webhook's name, such as `webhook.pipeline.tekton.dev`, tells whose objects it is for.
fn read_webhooks<'a>(object: &Object<'a>, mutated: &mut Vec<&'a str>) {
    let webhooks = object.node.get("webhooks").into_iter().flat_map(|list| list.items());
    for webhook in webhooks {
        let rules: Vec<Node<'a>> = webhook.get("rules").map_or_else(Vec::new, |list| list.items().collect());
        if rules.is_empty() {
            mutated.extend(webhook.get("name").map(|name| name.text()));
        }
        let groups = rules.iter().filter_map(|rule| rule.get("apiGroups")).flat_map(|list| list.items());
        mutated.extend(groups.map(|group| group.text()).filter(|group| !group.is_empty()));
    }
}

/// Directories of tests and examples: what is defined there is for what lies beside it.
const ASIDE: &[&str] = &[
    "demo",
    "demos",
    "doc",
    "docs",
    "e2e",
    "example",
    "examples",
    "fixtures",
    "sample",
    "samples",
    "test",
    "testdata",
    "testing",
    "tests",
    "tutorials",
];

/// The directory whose objects a definition in this file is for. A project's own definitions are for all of its
/// objects; other people's, copied for a test or an example, may be older than what is used elsewhere.
fn scope(path: &str) -> &str {
    let directory = crate::files::path::directory(path);
    if directory.split('/').any(|part| ASIDE.contains(&part)) { directory } else { "" }
}

fn is_below(path: &str, directory: &str) -> bool {
    directory.is_empty() || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

impl<'a> Definition<'a> {
    /// `None` for other objects, and for patches of definitions.
    fn read(object: &Object<'a>, path: &'a str, uncertain: bool) -> Option<((&'a str, &'a str), Self)> {
        if !object.is("apiextensions.k8s.io", "CustomResourceDefinition") {
            return None;
        }
        let spec = object.spec()?;
        // Gatekeeper makes these of templates, so that a copy of one says nothing about another's.
        let group = spec.get("group")?.str().filter(|group| *group != "constraints.gatekeeper.sh")?;
        let kind = spec.get("names")?.get("kind")?.str()?;
        let old = object.version() == "v1beta1";
        // In v1beta1 unknown fields are kept unless the definition says otherwise
        // (`pkg/apis/apiextensions/v1beta1/defaults.go`).
        let keeps = spec.get("preserveUnknownFields").map_or(old, |keeps| keeps.bool() != Some(false));
        let common = spec.get("validation").and_then(|validation| validation.get("openAPIV3Schema"));
        let version = |node: Node<'a>| {
            let own = node.get("schema").and_then(|schema| schema.get("openAPIV3Schema"));
            Some(Version {
                name: node.get("name")?.str()?,
                unserved: node.get("served").filter(|served| served.bool() == Some(false)),
                root: own.or(common),
                prunes: !keeps,
                drops_status: has_status(node) || has_status(spec),
                schema: OnceLock::new(),
            })
        };
        let mut versions: Vec<Version<'a>> =
            spec.get("versions").map_or_else(Vec::new, |list| list.items().filter_map(version).collect());
        if let (true, Some(name)) = (versions.is_empty(), spec.get("version").and_then(Node::str)) {
            let schema = OnceLock::new();
            let (prunes, drops_status) = (!keeps, has_status(spec));
            versions.push(Version { name, unserved: None, root: common, prunes, drops_status, schema });
        }
        let (scopes, paths) = (vec![scope(path)], vec![path]);
        (!versions.is_empty())
            .then_some(((group, kind), Definition { spec, scopes, paths, versions, uncertain }))
    }
}

/// Whether a version, or all versions of a definition, have the status as a subresource.
fn has_status(node: Node<'_>) -> bool {
    node.get("subresources").and_then(|all| all.get("status")).is_some_and(|status| !status.is_null())
}

impl<'a> Version<'a> {
    fn schema(&self) -> Option<&Schema<'a>> {
        let read = || {
            let schema = self.root.and_then(Schema::read)?;
            // One that declares nothing at all is a stub.
            (!schema.fields.is_empty() || schema.preserves).then_some(schema)
        };
        self.schema.get_or_init(read).as_ref()
    }
}

/// What the server refuses of an object of a kind whose definition is not in view: labels and annotations that are no
/// text, in the metadata and, of Argo's Rollouts, in the template of the pods (fact 12.19).
pub fn undefined<'a>(object: &Object<'a>) -> Vec<Trouble<'a>> {
    // Other programs use the form for files of their own, whose kinds are in no group.
    // Calico's own client reads the files of its group.
    let other = !object.group().contains('.') || object.group() == "projectcalico.org";
    if other || is_patch(object.node) {
        return Vec::new();
    }
    let mut troubles = metadata(object);
    if object.is("argoproj.io", "Rollout")
        && let Some(template) = object.spec().and_then(|spec| spec.get("template"))
    {
        troubles.extend(inside_metadata(template));
    }
    let text = |trouble: &Trouble<'a>| trouble.kind == TroubleKind::WrongType;
    troubles.retain(text);
    troubles
}

/// What is wrong with the metadata of an object or a template.
fn inside_metadata(node: Node<'_>) -> Vec<Trouble<'_>> {
    let mut troubles = examine_metadata(node);
    let inside = node.get("metadata");
    troubles.retain(|trouble| inside.is_some_and(|metadata| metadata.holds(trouble.at)));
    troubles
}

/// What is wrong with the metadata, which the server decodes like anybody's (`schema/objectmeta/coerce.go`).
fn metadata<'a>(object: &Object<'a>) -> Vec<Trouble<'a>> {
    let mut troubles = examine_metadata(object.node);
    let inside = object.node.get("metadata");
    // Profiles of istioctl are files for that program, and nobody applies them.
    let for_a_program = object.is("install.istio.io", "IstioOperator");
    troubles.retain(|trouble| {
        (trouble.kind == TroubleKind::MissingField && !for_a_program)
            || inside.is_some_and(|metadata| metadata.holds(trouble.at))
    });
    for trouble in &mut troubles {
        if trouble.cause == Cause::OwnName {
            trouble.message = validate::bad_name(trouble.at.text(), object.kind);
        }
    }
    troubles
}
