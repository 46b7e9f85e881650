//! The transformers that change fields: namespace, prefix, suffix, labels, annotations, replicas, images
//! (fact 13.6).

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use regex::Regex;

use super::fields::{FieldSpec, Make};
use super::resource::{Gvk, Resource};
use super::specs;
use super::value::{Data, Key, Scalar, Tag, Text, Value};
use crate::files::Span;

/// Why a transformer refuses.
pub type Refusal = String;

/// Gives a scalar another text; the quotes stay.
fn write(value: &mut Value, text: &str, tag: Tag, at: Span) -> Result<(), Refusal> {
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
    for resource in resources.iter_mut() {
        let gvk = resource.gvk();
        let own: Vec<&FieldSpec> = specs.iter().copied().filter(|spec| spec.is_of(gvk)).collect();
        for (key, value) in &pairs {
            for spec in &own {
                spec.visit(&mut resource.root, Make::Map, value.span, &mut |map| {
                    if map.is_null() {
                        return Ok(());
                    }
                    if map.entries_mut().is_none() {
                        return Err("labels or annotations that are no mapping".to_owned());
                    }
                    let mut text = Value::scalar(
                        Scalar { text: string_of(value), tag: Tag::Str, quoted: false },
                        value.span,
                    );
                    text.exact = value.exact && text.text() == value.text();
                    if map.get(&key.text).is_none_or(|old| {
                        old.text() != text.text()
                            || old.as_scalar().is_none_or(|old| old.final_tag() != Tag::Str)
                    }) {
                        map.set(key.clone(), text);
                    }
                    Ok(())
                })?;
            }
        }
    }
    Ok(())
}

/// Sets `spec.replicas` of every workload that is or was called so. `false` if there is none.
pub fn replicas(
    resources: &mut [Resource],
    name: &str,
    count: &Value,
    more: &[FieldSpec],
) -> Result<bool, Refusal> {
    let mut found = false;
    for spec in specs::replicas().iter().chain(more) {
        for resource in resources.iter_mut() {
            let own = resource.gvk();
            let named = (own.kind == spec.kind && resource.name() == name)
                || resource.former.iter().any(|former| former.kind == spec.kind && former.name == name);
            if !named {
                continue;
            }
            found = true;
            if spec.is_of(own) {
                let text = count.as_scalar().map_or("0".into(), Scalar::canonical);
                spec.visit(&mut resource.root, Make::Scalar, count.span, &mut |value| {
                    let was = value.as_scalar().is_some_and(|old| old.text == text && old.tag == Tag::Int);
                    if was {
                        return Ok(());
                    }
                    write(value, &text, Tag::Int, count.span)?;
                    value.exact = count.exact && count.text() == &*text && value.span == count.span;
                    Ok(())
                })?;
            }
        }
    }
    Ok(found)
}

/// The name in an entry of `images:`, which kustomize takes for a regular expression.
#[derive(Debug)]
enum Name {
    /// Letters, digits and signs that stand for themselves, but for the dot, which stands for any letter. Nearly all
    /// are of this kind, and expressions are slow to read.
    Plain(String),
    Pattern(Regex),
}

impl Name {
    fn read(name: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.:".contains(&byte);
        if name.bytes().all(plain) {
            return Some(Name::Plain(name.to_owned()));
        }
        let pattern = format!("^{name}{TAG}{DIGEST}$");
        Regex::new(&pattern).ok().map(Name::Pattern)
    }
}

const TAG: &str = "(:[a-zA-Z0-9_.{}-]*)?";
const DIGEST: &str = "(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?";

/// What follows a plain name at the beginning of an image.
fn after<'i>(name: &str, image: &'i str) -> Option<&'i str> {
    let mut rest = image.chars();
    for own in name.chars() {
        let letter = rest.next()?;
        if letter != own && (own != '.' || letter == '\n') {
            return None;
        }
    }
    Some(rest.as_str())
}

/// Whether a text is a tag and a digest, each of which may be missing.
fn is_tag_and_digest(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    let pattern = PATTERN.get_or_init(|| Regex::new(&format!("^{TAG}{DIGEST}$")).expect("it is one"));
    pattern.is_match(text)
}

/// An entry of `images:`.
#[derive(Debug)]
pub struct Image {
    name: Name,
    new_name: String,
    new_tag: String,
    digest: String,
    tag_suffix: String,
    at: Span,
}

impl Image {
    /// Where its name stands, and the name.
    pub fn named(entry: &Value) -> (Span, &str) {
        (entry.get("name").map_or(entry.span, |name| name.span), entry.text_at(&["name"]))
    }

    /// Reads an entry; `None` when its name is no regular expression, which then matches nothing.
    pub fn read(entry: &Value) -> Option<Self> {
        let text = |key: &str| entry.text_at(&[key]).to_owned();
        let place = ["newTag", "newName", "digest", "name"].iter().find_map(|key| entry.get(key));
        Some(Image {
            name: Name::read(&text("name"))?,
            new_name: text("newName"),
            new_tag: text("newTag"),
            digest: text("digest"),
            tag_suffix: text("tagSuffix"),
            at: place.map_or(entry.span, |value| value.span),
        })
    }

    fn matches(&self, image: &str) -> bool {
        match &self.name {
            Name::Plain(name) => after(name, image).is_some_and(is_tag_and_digest),
            Name::Pattern(pattern) => pattern.is_match(image),
        }
    }

    /// Whether a container has this image, or one that is no text.
    fn is_of(&self, container: &Value) -> bool {
        container
            .get("image")
            .is_some_and(|image| image.as_scalar().is_none_or(|scalar| self.matches(&scalar.text)))
    }

    /// Whether any containers in a value have it.
    fn is_in(&self, value: &Value) -> bool {
        value.items().iter().any(|item| self.is_in(item))
            || value.entries().iter().any(|(key, value)| {
                (is_containers(key) && value.items().iter().any(|item| self.is_of(item))) || self.is_in(value)
            })
    }

    fn apply(&self, value: &mut Value) -> Result<(), Refusal> {
        let Some(scalar) = value.as_scalar() else {
            return Err("an image that is not a string".to_owned());
        };
        if !self.matches(&scalar.text) {
            return Ok(());
        }
        let (name, tag, digest) = split(&scalar.text);
        let (mut tag, mut digest) = (tag.to_owned(), digest.to_owned());
        match (self.new_tag.is_empty(), self.digest.is_empty()) {
            (false, false) => (tag, digest) = (self.new_tag.clone(), self.digest.clone()),
            (false, true) => (tag, digest) = (self.new_tag.clone(), String::new()),
            (true, false) => (tag, digest) = (String::new(), self.digest.clone()),
            (true, true) if !self.tag_suffix.is_empty() => {
                tag.push_str(&self.tag_suffix);
                digest.clear();
            }
            (true, true) => {}
        }
        let mut image = if self.new_name.is_empty() { name.to_owned() } else { self.new_name.clone() };
        if !tag.is_empty() {
            image = format!("{image}:{tag}");
        }
        if !digest.is_empty() {
            image = format!("{image}@{digest}");
        }
        write(value, &image, Tag::Unset, self.at)
    }
}

/// Name, tag and digest of an image.
fn split(image: &str) -> (&str, &str, &str) {
    let slash = image.find('/').filter(|&at| at > 0).unwrap_or(0);
    let find = |mark: char| image[slash..].find(mark).map(|at| at + slash);
    match (find(':'), find('@')) {
        (None, None) => (image, "", ""),
        (colon, Some(at)) if colon.is_none_or(|colon| at < colon) => (&image[..at], "", &image[at + 1..]),
        (Some(colon), Some(at)) => (&image[..colon], &image[colon + 1..at], &image[at + 1..]),
        (Some(colon), None) => (&image[..colon], &image[colon + 1..], ""),
        (None, Some(at)) => (&image[..at], "", &image[at + 1..]),
    }
}

/// Changes images wherever there are containers, and says which entries found one.
pub fn images(
    resources: &mut [Resource],
    images: &[Image],
    more: &[FieldSpec],
) -> Result<Vec<bool>, Refusal> {
    let mut used = Vec::with_capacity(images.len());
    for image in images {
        let mut found = false;
        for resource in resources.iter_mut() {
            if resource.kind() != "CustomResourceDefinition" {
                found |= image.is_in(&resource.root);
                everywhere(&mut resource.root, image)?;
            }
        }
        for resource in resources.iter_mut() {
            let gvk = resource.gvk();
            let own: Vec<&FieldSpec> =
                specs::images().iter().chain(more).filter(|spec| spec.is_of(gvk)).collect();
            for spec in own {
                spec.visit(&mut resource.root, Make::Nothing, image.at, &mut |value| {
                    if value.is_null() {
                        return Ok(());
                    }
                    found |= value.as_scalar().is_some_and(|scalar| image.matches(&scalar.text));
                    image.apply(value)
                })?;
            }
        }
        used.push(found);
    }
    Ok(used)
}

/// The names of all images of a build, without tag and digest.
pub fn image_names(resources: &[Resource]) -> BTreeSet<String> {
    fn collect(value: &Value, found: &mut BTreeSet<String>) {
        value.items().iter().for_each(|item| collect(item, found));
        for (key, value) in value.entries() {
            if is_containers(key) {
                let images = value.items().iter().filter_map(|item| item.get("image")?.as_scalar());
                found.extend(images.map(|scalar| split(&scalar.text).0.to_owned()));
            }
            collect(value, found);
        }
    }
    let mut found = BTreeSet::new();
    resources.iter().for_each(|resource| collect(&resource.root, &mut found));
    found
}

/// Goes only where there is something to do, so that nothing else is copied.
fn everywhere(value: &mut Value, image: &Image) -> Result<(), Refusal> {
    if !image.is_in(value) {
        return Ok(());
    }
    match &mut value.data {
        Data::Seq(items) => Arc::make_mut(items).iter_mut().try_for_each(|item| everywhere(item, image)),
        Data::Scalar(_) => Ok(()),
        Data::Map(entries) => {
            for (key, value) in Arc::make_mut(entries) {
                everywhere(value, image)?;
                if is_containers(key)
                    && let Data::Seq(items) = &mut value.data
                    && items.iter().any(|item| image.is_of(item))
                {
                    let items = Arc::make_mut(items).iter_mut().filter(|item| image.is_of(item));
                    for own in items.filter_map(|item| item.get_mut("image")) {
                        image.apply(own)?;
                    }
                }
            }
            Ok(())
        }
    }
}

fn is_containers(key: &Key) -> bool {
    matches!(&*key.text, "containers" | "initContainers")
}
