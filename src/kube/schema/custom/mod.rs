//! Custom resources, judged by the CustomResourceDefinitions of the input.
//!
//! What is done here is what the API server does with an object of such a kind (kubernetes/kubernetes,
//! `staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/`): fields that the structural schema does not have are
//! refused or dropped (`schema/pruning/algorithm.go`), null is dropped unless the field is nullable or has a default
//! (`schema/defaulting/prunenulls.go`), defaults are filled in, and what is left is validated
//! (`validation/validation.go`, `schema/listtype/validation.go`). Rules in CEL are not evaluated. Whatever is not
//! understood is passed over.

mod formats;
mod hint;
mod pattern;
mod schema;
mod values;
mod walk;

use std::collections::HashMap;
use std::sync::OnceLock;

use super::{Trouble, TroubleKind, examine, is_patch};
use crate::kube::object::Object;
use crate::yaml::{Node, Scalar};
use schema::Schema;

/// The kinds that the input defines.
#[derive(Debug, Default)]
pub struct Customs<'a> {
    /// By group and kind; there are several where the input holds several editions.
    kinds: HashMap<(&'a str, &'a str), Vec<Definition<'a>>>,
}

/// A CustomResourceDefinition.
#[derive(Debug)]
struct Definition<'a> {
    spec: Node<'a>,
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
    /// Read when the first object of the version turns up; `None` if it is too large to be of this world.
    schema: OnceLock<Option<Schema<'a>>>,
}

impl<'a> Customs<'a> {
    /// Looks through the objects for definitions; each comes with whether something else may change it.
    pub fn new(objects: impl Iterator<Item = (Object<'a>, bool)>) -> Self {
        let mut kinds: HashMap<_, Vec<Definition<'a>>> = HashMap::new();
        for (object, uncertain) in objects {
            let Some((names, definition)) = Definition::read(&object, uncertain) else { continue };
            let known = kinds.entry(names).or_default();
            let text = definition.spec.source_text();
            match known.iter_mut().find(|one| one.spec.source_text() == text) {
                Some(twin) => twin.uncertain |= definition.uncertain,
                None => known.push(definition),
            }
        }
        Customs { kinds }
    }

    /// Everything that is to be said about an object of a kind that the input defines, in the order of the file.
    ///
    /// `None` if it defines no such kind, or not this version of it. Where it defines the kind several times over,
    /// only what is wrong by all the definitions is told, with the words of the first.
    pub fn examine(&self, object: &Object<'a>) -> Option<Vec<Trouble<'a>>> {
        let versions = self.versions(object)?;
        if is_patch(object.node) {
            return Some(Vec::new());
        }
        let mut agreed: Option<Vec<Trouble<'a>>> = None;
        for version in versions {
            let Some(schema) = version.schema() else { return Some(Vec::new()) };
            let found = walk::walk(schema, object.node, version.prunes);
            agreed = Some(match agreed {
                None => found,
                Some(mut before) => {
                    let same = |one: &Trouble<'a>, other: &Trouble<'a>| one.kind == other.kind && one.at == other.at;
                    before.retain(|one| found.iter().any(|other| same(one, other)));
                    before
                }
            });
            if agreed.as_ref().is_some_and(Vec::is_empty) {
                break;
            }
        }
        let mut troubles = agreed?;
        troubles.extend(metadata(object.node));
        troubles.sort_by_key(|trouble| trouble.at.span().start);
        Some(troubles)
    }

    /// Where all definitions of the object's kind say that its version is not served.
    pub fn unserved(&self, object: &Object<'a>) -> Option<Node<'a>> {
        let mut places = self.versions(object)?.into_iter().map(|version| version.unserved);
        let first = places.next()??;
        places.all(|place| place.is_some()).then_some(first)
    }

    /// The object's version in every definition of its kind; `None` if one of them does not have it.
    fn versions(&self, object: &Object<'a>) -> Option<Vec<&Version<'a>>> {
        if self.kinds.is_empty() {
            return None;
        }
        let definitions = self.kinds.get(&(object.group(), object.kind))?;
        let one = |definition: &'_ Definition<'a>| definition.versions.iter().position(|one| one.name == object.version());
        if definitions.iter().any(|definition| definition.uncertain) {
            return None;
        }
        definitions.iter().map(|definition| one(definition).map(|at| &definition.versions[at])).collect()
    }
}

impl<'a> Definition<'a> {
    /// `None` for other objects, and for patches of definitions.
    fn read(object: &Object<'a>, uncertain: bool) -> Option<((&'a str, &'a str), Self)> {
        if !object.is("apiextensions.k8s.io", "CustomResourceDefinition") {
            return None;
        }
        let spec = object.spec()?;
        let group = spec.get("group")?.str()?;
        let kind = spec.get("names")?.get("kind")?.str()?;
        let old = object.version() == "v1beta1";
        // In v1beta1 unknown fields are kept unless the definition says otherwise (`pkg/apis/apiextensions/v1beta1/defaults.go`).
        let keeps = spec.get("preserveUnknownFields").map_or(old, |keeps| keeps.bool() != Some(false));
        let common = spec.get("validation").and_then(|validation| validation.get("openAPIV3Schema"));
        let version = |node: Node<'a>| {
            let own = node.get("schema").and_then(|schema| schema.get("openAPIV3Schema"));
            Some(Version {
                name: node.get("name")?.str()?,
                unserved: node.get("served").filter(|served| served.bool() == Some(false)),
                root: own.or(common),
                prunes: !keeps,
                schema: OnceLock::new(),
            })
        };
        let mut versions: Vec<Version<'a>> =
            spec.get("versions").map_or_else(Vec::new, |list| list.items().filter_map(version).collect());
        if let (true, Some(name)) = (versions.is_empty(), spec.get("version").and_then(Node::str)) {
            let schema = OnceLock::new();
            versions.push(Version { name, unserved: None, root: common, prunes: !keeps, schema });
        }
        (!versions.is_empty()).then_some(((group, kind), Definition { spec, versions, uncertain }))
    }
}

impl<'a> Version<'a> {
    fn schema(&self) -> Option<&Schema<'a>> {
        self.schema.get_or_init(|| self.root.and_then(Schema::read)).as_ref()
    }
}

/// What is wrong with the metadata, which the server decodes like anybody's (`schema/objectmeta/coerce.go`). A
/// ConfigMap has nothing else that must be there, and its name obeys the same rules.
fn metadata(object: Node<'_>) -> Vec<Trouble<'_>> {
    let mut troubles = examine(object, "v1", "ConfigMap").unwrap_or_default();
    let inside = object.get("metadata").map(Node::span);
    troubles.retain(|trouble| {
        trouble.kind == TroubleKind::MissingField || inside.is_some_and(|span| span.contains(trouble.at.span()))
    });
    troubles
}

/// What is there, with its article.
fn found(node: Node<'_>) -> &'static str {
    match node.scalar() {
        Some(Scalar::Null) => "null",
        Some(Scalar::Bool(_)) => "a boolean",
        Some(Scalar::Int(_)) => "an integer",
        Some(Scalar::Float(_)) => "a number",
        Some(Scalar::Str(_)) => "a string",
        None if node.is_mapping() => "a mapping",
        None => "a list",
    }
}
