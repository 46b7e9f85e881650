//! `images`: names, tags and digests of images, changed wherever there are containers (fact 13.6).

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use foldhash::{HashMap, HashMapExt};
use regex::Regex;

use super::fields::{FieldSpec, Make};
use super::resource::Resource;
use super::resources::Resources;
use super::specs;
use super::transform::{Refusal, write};
use super::value::{Data, Key, Tag, Value};
use crate::files::Span;
use crate::text::suggest::{self, NearIndex};

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

    /// Changes the images of an object, and says whether there is one.
    fn change(&self, resource: &mut Resource, specs: &[&FieldSpec]) -> Result<bool, Refusal> {
        let mut found = false;
        if resource.kind() != "CustomResourceDefinition" {
            found = self.is_in(&resource.root);
            everywhere(&mut resource.root, self)?;
        }
        for spec in specs {
            spec.visit(&mut resource.root, Make::Nothing, self.at, &mut |value| {
                if value.is_null() {
                    return Ok(());
                }
                found |= value.as_scalar().is_some_and(|scalar| self.matches(&scalar.text));
                self.apply(value)
            })?;
        }
        Ok(found)
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
///
/// The entries work one after the other on what the ones before them left, but each object is changed for itself.
pub fn images(resources: &mut Resources, images: &[Image], more: &[FieldSpec]) -> Result<Vec<bool>, Refusal> {
    let mut used = vec![false; images.len()];
    let by_name = ByName::new(images);
    for resource in resources.iter_mut() {
        let gvk = resource.gvk();
        let specs: Vec<&FieldSpec> =
            specs::images().iter().chain(more).filter(|spec| spec.is_of(gvk)).collect();
        let mut from = 0;
        while let Some(at) = by_name.next(from, resource, &specs) {
            used[at] |= images[at].change(resource, &specs)?;
            from = at + 1;
        }
    }
    Ok(used)
}

/// The entries of `images:` by what they are for.
struct ByName<'i> {
    images: &'i [Image],
    /// Positions by the whole name, ascending.
    plain: HashMap<&'i str, Vec<usize>>,
    /// Positions of those whose names stand for many.
    others: Vec<usize>,
}

impl<'i> ByName<'i> {
    fn new(images: &'i [Image]) -> Self {
        let mut by_name = ByName { images, plain: HashMap::new(), others: Vec::new() };
        for (at, image) in images.iter().enumerate() {
            match &image.name {
                Name::Plain(name) if !name.contains('.') => {
                    by_name.plain.entry(name).or_default().push(at);
                }
                _ => by_name.others.push(at),
            }
        }
        by_name
    }

    /// The first entry from a position on that has something to do in an object.
    fn next(&self, from: usize, resource: &Resource, specs: &[&FieldSpec]) -> Option<usize> {
        if from == self.images.len() {
            return None;
        }
        let mut first: Option<usize> = None;
        let mut found = |image: Option<&Value>| {
            let own = match image.and_then(Value::as_scalar) {
                Some(scalar) => self.first(from, &scalar.text),
                // Whoever comes first refuses what is no text.
                None => Some(from),
            };
            first = first.into_iter().chain(own).min();
        };
        if resource.kind() != "CustomResourceDefinition" {
            each(&resource.root, &mut |image| found(Some(image)));
        }
        for spec in specs {
            spec.look(&resource.root, &mut |image| {
                if image.is_none_or(|image| !image.is_null()) {
                    found(image);
                }
            });
        }
        first
    }

    /// The first entry from a position on that matches an image.
    fn first(&self, from: usize, image: &str) -> Option<usize> {
        // A tag and a digest have one of these in front, and at most three together.
        let ends = image.rmatch_indices([':', '@']).map(|(at, _)| at).take(3);
        let names = ends.map(|at| &image[..at]).chain([image]);
        let plain = names.filter_map(|name| self.plain.get(name)).flatten().copied();
        let matches = |at: &usize| *at >= from && self.images[*at].matches(image);
        let other = self.others.iter().copied().find(matches);
        plain.filter(matches).min().into_iter().chain(other).min()
    }
}

/// Visits the image of each container in a value.
fn each(value: &Value, visit: &mut dyn FnMut(&Value)) {
    value.items().iter().for_each(|item| each(item, visit));
    for (key, value) in value.entries() {
        if is_containers(key) {
            value.items().iter().filter_map(|item| item.get("image")).for_each(&mut *visit);
        }
        each(value, visit);
    }
}

/// The names of all images of a build, without tag and digest.
pub fn image_names(resources: &[Resource]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for resource in resources {
        each(&resource.root, &mut |image| {
            found.extend(image.as_scalar().map(|scalar| split(&scalar.text).0.to_owned()));
        });
    }
    found
}

/// The names of all images of a build, to find the one that somebody meant.
pub struct Names<'n> {
    sorted: Vec<&'n str>,
    near: NearIndex,
    /// The first name with this last part.
    by_last: HashMap<&'n str, &'n str>,
}

/// What follows the last slash of a name.
fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

impl<'n> Names<'n> {
    /// Indexes names.
    pub fn new(names: &'n BTreeSet<String>) -> Self {
        let sorted: Vec<&str> = names.iter().map(String::as_str).collect();
        let by_last = sorted.iter().rev().map(|name| (last(name), *name)).collect();
        Names { near: NearIndex::new(sorted.iter().copied()), sorted, by_last }
    }

    /// The name that was meant: one in another registry, or one that is spelt nearly so.
    pub fn meant(&self, name: &str) -> Option<&'n str> {
        let near = || self.near.candidates(name).into_iter().map(|at| self.sorted[at]);
        self.by_last.get(last(name)).copied().or_else(|| suggest::nearest(name, near()))
    }
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
            for (key, value) in Arc::make_mut(entries).values_mut() {
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
