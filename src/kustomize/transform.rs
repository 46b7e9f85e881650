//! The transformers that change fields: namespace, prefix, suffix, labels, annotations, replicas
//! (fact 13.6).

use std::sync::Arc;

use super::fields::{FieldSpec, Make};
use super::resource::{Gvk, Resource};
use super::resources::{Clue, Resources};
use super::specs;
use super::value::{Data, Key, Scalar, Tag, Text, Value};
use crate::files::Span;

/// Why a transformer refuses.
pub type Refusal = String;

/// Gives a scalar another text; the quotes stay.
pub(super) fn write(value: &mut Value, text: &str, tag: Tag, at: Span) -> Result<(), Refusal> {
    let Data::Scalar(scalar) = &value.data else {
        return Err("a mapping or a list where one value is expected".to_owned());
    };
    if *scalar.text == *text && (scalar.tag == tag || tag == Tag::Unset) {
        return Ok(());
    }
    let quoted = scalar.quoted;
    value.replace(Value::scalar(Scalar { text: text.into(), tag, quoted }, at));
    Ok(())
}

/// Sets the namespace of everything that may have one.
pub fn namespace(
    resources: &mut [Resource],
    namespace: &str,
    at: Span,
    more: &[FieldSpec],
) -> Result<(), Refusal> {
    let own = FieldSpec::new("metadata/namespace", "", "", "", true);
    for resource in resources.iter_mut() {
        resource.remember();
        let core = resource.api_version() == "v1";
        let set = &mut |value: &mut Value| write(value, namespace, Tag::Str, at);
        if !resource.is_cluster_scoped() {
            own.visit(&mut resource.root, Make::Scalar, at, set)?;
        }
        if matches!(resource.kind(), "RoleBinding" | "ClusterRoleBinding")
            && let Some(Data::Seq(subjects)) = resource.root.get_mut("subjects").map(|value| &mut value.data)
        {
            for subject in
                Arc::make_mut(subjects).iter_mut().filter(|subject| subject.text_at(&["name"]) == "default")
            {
                FieldSpec::new("namespace", "", "", "", true).visit(subject, Make::Scalar, at, set)?;
            }
        }
        for spec in specs::namespace().iter().chain(more) {
            if spec.is_of(resource.gvk()) && (core || spec.kind != "Namespace") {
                spec.visit(&mut resource.root, Make::Scalar, at, set)?;
            }
        }
    }
    distinct(resources)
}

/// Two objects with one identity end a build.
pub fn distinct(resources: &[Resource]) -> Result<(), Refusal> {
    let mut seen = std::collections::HashSet::with_capacity(resources.len());
    for one in resources {
        if !seen.insert((one.gvk(), one.name(), one.effective_namespace())) {
            return Err(format!("{} `{}` is there twice", one.kind(), one.name()));
        }
    }
    Ok(())
}

/// Puts a prefix and a suffix on names.
///
/// A name stays where its object says it: there somebody looks for the object.
pub fn affix(resources: &mut [Resource], prefix: &str, suffix: &str) -> Result<(), Refusal> {
    for resource in resources.iter_mut() {
        let own = resource.gvk();
        let original = Gvk { kind: resource.original().0, ..own };
        let fixed = matches!(original.kind, "CustomResourceDefinition" | "Namespace")
            || (original.group == "apiregistration.k8s.io" && original.kind == "APIService");
        if fixed {
            continue;
        }
        resource.remember();
        if !prefix.is_empty() {
            resource.prefixes.push(prefix.into());
        }
        if !suffix.is_empty() {
            resource.suffixes.push(suffix.into());
        }
        let name = format!("{prefix}{}{suffix}", resource.name());
        if let Some(value) = resource.root.get_mut("metadata").and_then(|metadata| metadata.get_mut("name")) {
            let own = value.span;
            write(value, &name, Tag::Unset, own)?;
        }
    }
    Ok(())
}

/// A value that is read into a string: null is an empty one.
fn string_of(value: &Value) -> Text {
    value.as_scalar().filter(|scalar| !scalar.is_null()).map_or("".into(), Scalar::canonical)
}

/// Sets entries of mappings at the ends of fields: labels, annotations.
pub fn entries(
    resources: &mut [Resource],
    pairs: &[(Key, Value)],
    specs: &[&FieldSpec],
) -> Result<(), Refusal> {
    let mut pairs: Vec<&(Key, Value)> = pairs.iter().collect();
    pairs.sort_by(|one, other| one.0.text.cmp(&other.0.text));
    let Some(at) = pairs.first().map(|pair| pair.1.span) else {
        return Ok(());
    };
    for resource in resources.iter_mut() {
        let gvk = resource.gvk();
        let own: Vec<&FieldSpec> = specs.iter().copied().filter(|spec| spec.is_of(gvk)).collect();
        for spec in own {
            spec.visit(&mut resource.root, Make::Map, at, &mut |map| {
                if map.is_null() {
                    return Ok(());
                }
                if !matches!(map.data, Data::Map(_)) {
                    return Err("labels or annotations that are no mapping".to_owned());
                }
                for (key, value) in &pairs {
                    let scalar = Scalar { text: string_of(value), tag: Tag::Str, quoted: false };
                    let mut text = Value::scalar(scalar, value.span);
                    text.exact = value.exact && text.text() == value.text();
                    if map.get(&key.text).is_none_or(|old| {
                        old.text() != text.text()
                            || old.as_scalar().is_none_or(|old| old.final_tag() != Tag::Str)
                    }) {
                        map.set(key.clone(), text);
                    }
                }
                Ok(())
            })?;
        }
    }
    Ok(())
}

/// Sets `spec.replicas` of every workload that is or was called so. `false` if there is none.
pub fn replicas(
    resources: &mut Resources,
    name: &str,
    count: &Value,
    more: &[FieldSpec],
) -> Result<bool, Refusal> {
    let mut found = false;
    for spec in specs::replicas().iter().chain(more) {
        let named = resources.positions(Clue::Name(name), |resource| {
            (resource.kind() == spec.kind && resource.name() == name)
                || resource.former.iter().any(|former| former.kind == spec.kind && former.name == name)
        });
        found |= !named.is_empty();
        for at in named {
            if spec.is_of(resources[at].gvk()) {
                let text = count.as_scalar().map_or("0".into(), Scalar::canonical);
                let set = &mut |value: &mut Value| {
                    let was = value.as_scalar().is_some_and(|old| old.text == text && old.tag == Tag::Int);
                    if was {
                        return Ok(());
                    }
                    write(value, &text, Tag::Int, count.span)?;
                    value.exact = count.exact && count.text() == &*text && value.span == count.span;
                    Ok(())
                };
                resources.change(at, |one| spec.visit(&mut one.root, Make::Scalar, count.span, set))?;
            }
        }
    }
    Ok(found)
}
