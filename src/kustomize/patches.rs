//! Patches: where their text is, what it is, and which objects it is for (fact 13.5).

use std::sync::Arc;

use super::budget::{Budget, ENDLESS};
use super::build::{Builder, Built, Loaded, Trouble, TroubleKind, object};
use super::resource::{Gvk, Resource, effective, strings};
use super::resources::Clue;
use super::select::Selector;
use super::value::{Data, Value};
use super::world::Found;
use super::{is_url, json_patch, merge};
use crate::document::Content;
use crate::files::path::join;
use crate::files::{SourceFile, Span};
use crate::text::placeholder::is_placeholder;
use crate::yaml;

/// What the text of a patch turned out to be.
enum Text {
    /// Parts of objects.
    Strategic(Vec<Value>),
    /// Operations.
    Json(Vec<Value>),
}

/// What to do with a patch for what another patch deletes.
const DELETED: &str =
    "remove the patch: another one of this kustomization deletes the object (`$patch: delete`)";

impl Builder<'_, '_> {
    /// An entry of `patchesStrategicMerge`: a path, or the patch itself.
    pub(super) fn strategic_patch(&mut self, entry: &Value, directory: &str, built: &mut Built) {
        let inline = entry.text().contains('\n') || entry.text().trim_start().starts_with('{');
        let before = built.troubles.len() + built.unseen.len();
        let text = if inline { self.inline(entry, built) } else { self.patch_file(entry, directory, built) };
        match text {
            Some(Text::Strategic(patches)) => {
                for mut patch in patches {
                    tidy(&mut patch);
                    self.by_name(patch, None, built);
                }
            }
            // Only `patches` passes over what is empty.
            None if built.troubles.len() + built.unseen.len() == before => {
                built.trouble(entry.span, TroubleKind::Other, "this patch is empty");
            }
            _ => {}
        }
    }

    /// An entry of `patches` or, without `remembers`, of `patchesJson6902`.
    pub(super) fn patch(&mut self, entry: &Value, remembers: bool, directory: &str, built: &mut Built) {
        let text = match (entry.get("path"), entry.get("patch")) {
            (Some(path), None) => self.patch_file(path, directory, built),
            (None, Some(patch)) => self.inline(patch, built),
            _ => {
                return built.trouble(
                    entry.span,
                    TroubleKind::Other,
                    "a patch needs either `path` or `patch`",
                );
            }
        };
        let target = entry.get("target").filter(|target| !target.is_null());
        let options = entry.get("options");
        match (text, target) {
            (None, _) => {}
            (Some(Text::Strategic(patches)), None) => {
                patches.into_iter().for_each(|patch| self.by_name(patch, options, built));
            }
            (Some(Text::Strategic(patches)), Some(target)) => {
                let [patch] = &patches[..] else {
                    return built.trouble(entry.span, TroubleKind::Other, "several patches with one target");
                };
                let mut patch = patch.clone();
                tidy(&mut patch);
                self.by_target(target, built, |resource, _| {
                    strategic(resource, patch.clone(), options, true)
                });
            }
            (Some(Text::Json(_)), None) => {
                built.trouble(entry.span, TroubleKind::Other, "a JSON patch without a target");
            }
            (Some(Text::Json(operations)), Some(target)) => {
                self.by_target(target, built, |resource, budget| {
                    // Kustomize keeps the former names among the annotations, so that there are some.
                    if remembers {
                        resource.remember();
                    }
                    if !resource.former.is_empty()
                        && let Some(metadata) = resource.root.get_mut("metadata")
                    {
                        let _ = metadata.map_at("annotations", target.span);
                    }
                    json_patch::apply(&mut resource.root, &operations, budget).map(|()| true)
                });
            }
        }
    }

    fn by_target(
        &mut self,
        target: &Value,
        built: &mut Built,
        mut apply: impl FnMut(&mut Resource, &mut Budget) -> Result<bool, String>,
    ) {
        let selector = match Selector::read(target) {
            Ok(selector) => selector,
            Err(message) => return built.trouble(target.span, TroubleKind::Other, message),
        };
        let mut refused = None;
        let found = built.resources.positions(selector.clue(), |one| selector.selects(one));
        let mut gone = Vec::new();
        for &at in &found {
            match built.resources.change(at, |resource| apply(resource, &mut self.budget)) {
                Ok(true) => {}
                Ok(false) => gone.push(at),
                Err(message) => {
                    refused = Some(message);
                    break;
                }
            }
        }
        built.resources.remove(&gone);
        if refused.as_deref() == Some(ENDLESS) {
            built.unseen(target.span, format!("a patch ({ENDLESS})"), true);
        } else if let Some(message) = refused {
            built.trouble(target.span, TroubleKind::Other, message);
        } else if found.is_empty()
            && self.components == 0
            && is_one(target)
            && !built.is_partial()
            && !self.is_laid_over()
        {
            let (kind, name) = (target.text_at(&["kind"]), target.text_at(&["name"]));
            let is_deleted = built.deleted.contains(&(kind.to_owned(), name.to_owned()));
            built.troubles.push(Trouble {
                at: target.span,
                kind: TroubleKind::IdleTarget,
                message: format!("the patch for {} matches nothing", described(target)),
                help: is_deleted.then(|| DELETED.to_owned()),
            });
        }
    }

    /// Whether more is laid over what is built than the kustomizations say.
    fn is_laid_over(&self) -> bool {
        self.open.first().is_some_and(|top| self.world.is_laid_over(top))
    }

    fn by_name(&mut self, patch: Value, options: Option<&Value>, built: &mut Built) {
        let (kind, name) =
            (patch.text_at(&["kind"]).to_owned(), patch.text_at(&["metadata", "name"]).to_owned());
        let place = patch.at(&["metadata", "name"]).map_or(patch.span, |name| name.span);
        let found: Vec<usize> = {
            let gvk = Gvk::new(patch.text_at(&["apiVersion"]), &kind);
            let shadow = Resource::new(patch.clone());
            let namespace = if shadow.is_cluster_scoped() {
                shadow.effective_namespace()
            } else {
                effective(patch.text_at(&["metadata", "namespace"]))
            };
            built.resources.positions(Clue::Name(&name), |one| one.is_or_was(gvk, &name, namespace))
        };
        match found[..] {
            [at] => match built.resources.change(at, |one| strategic(one, patch, options, false)) {
                Ok(true) => {}
                Ok(false) => {
                    built.resources.remove(&[at]);
                    built.deleted.insert((kind, name));
                }
                Err(message) => built.trouble(place, TroubleKind::Other, message),
            },
            [] if built.is_partial() || self.is_laid_over() => {}
            // A name that is filled in later is one of an object that comes later, too (fact 13.14).
            [] if is_placeholder(&name) => {}
            [] => {
                let message = format!("the patch for {kind} `{name}` matches nothing");
                let named = |same: bool| {
                    built.resources.iter().find(|one| one.name() == name && (one.kind() == kind) == same)
                };
                let is_deleted = built.deleted.contains(&(kind.clone(), name.clone()));
                let help = match (named(true), named(false)) {
                    _ if is_deleted => Some(DELETED.to_owned()),
                    (Some(other), _) if other.namespace().is_empty() => Some(format!(
                        "give {kind} `{name}` the namespace of the patch where it is made, or leave it out here"
                    )),
                    (Some(other), _) => Some(format!(
                        "write `namespace: {}`, in which {kind} `{name}` is built",
                        other.namespace()
                    )),
                    (None, Some(other)) => Some(format!(
                        "write `apiVersion: {}` and `kind: {}`: an object of this name and kind is built",
                        other.api_version(),
                        other.kind()
                    )),
                    _ => None,
                };
                built.troubles.push(Trouble { at: place, kind: TroubleKind::NoTarget, message, help });
            }
            _ => built.trouble(place, TroubleKind::Other, format!("several objects are {kind} `{name}`")),
        }
    }

    fn patch_file(&mut self, path: &Value, directory: &str, built: &mut Built) -> Option<Text> {
        let full = join(directory, path.text());
        let file = match self.world.file(&full) {
            Found::There(file) => file,
            Found::OutOfView => {
                built.unseen(path.span, "a patch that was not read", true);
                return None;
            }
            Found::Missing if is_url(path.text()) => {
                built.unseen(path.span, "a remote patch", true);
                return None;
            }
            Found::Missing if self.world.is_made(&full) => {
                built.unseen(path.span, "a patch that is made before the build", true);
                return None;
            }
            Found::Missing => {
                built.no_file(path.span, path.text());
                return None;
            }
        };
        built.files.insert(file);
        self.restrict(path.span, path.text(), directory, built);
        let mut roots = Vec::new();
        for document in self.world.documents(file) {
            if matches!(document.content, Content::Comments(_)) {
                continue;
            }
            match document.tree().filter(|tree| tree.duplicates().is_empty()) {
                Some(tree) => roots.push(read(tree.root())),
                None => {
                    built.trouble(document.span(), TroubleKind::Unreadable, "a patch that cannot be read");
                    return None;
                }
            }
        }
        sort_out(roots, path.span, built)
    }

    /// A patch written in the kustomization; its values are given places there if its lines stand there as they are.
    fn inline(&mut self, text: &Value, built: &mut Built) -> Option<Text> {
        let outer = self.world.source(text.span.file.0 as usize);
        let lines = lines_of(text, outer);
        let source = Arc::new(SourceFile::new(text.span.file, outer.path.as_str(), text.text()));
        let mut roots = Vec::new();
        for piece in yaml::split(&source.text) {
            match yaml::parse(&source, &piece) {
                Ok(tree) if tree.is_empty() => {}
                Ok(tree) if tree.duplicates().is_empty() => {
                    let mut root = read(tree.root());
                    shift(&mut root, text.span, &|span| place(span, &source, lines.as_deref(), text.span));
                    roots.push(root);
                }
                _ => {
                    built.trouble(text.span, TroubleKind::Unreadable, "a patch that cannot be read");
                    return None;
                }
            }
        }
        sort_out(roots, text.span, built)
    }
}

/// Labels and annotations as kustomize writes them anew in these patches: what is null or empty says nothing there.
fn tidy(patch: &mut Value) {
    if let Some(metadata) = patch.get_mut("metadata") {
        strings(metadata, "labels");
        strings(metadata, "annotations");
    }
}

/// Merges a patch into a resource; `false` if nothing is left of it.
fn strategic(
    resource: &mut Resource,
    mut patch: Value,
    options: Option<&Value>,
    targeted: bool,
) -> Result<bool, String> {
    let allows = |key: &str| options.is_some_and(|options| options.text_at(&[key]) == "true");
    let (new_name, new_kind) = (allows("allowNameChange"), allows("allowKindChange"));
    if new_name || new_kind {
        resource.remember();
    }
    if targeted && let Some(version) = patch.get_mut("apiVersion") {
        *version = Value::string(resource.api_version(), version.span);
    }
    let keep = |way: &[&str]| resource.root.at(way).cloned();
    let (kind, name, namespace) =
        (keep(&["kind"]), keep(&["metadata", "name"]), keep(&["metadata", "namespace"]));
    let span = resource.root.span;
    let version = keep(&["apiVersion"]);
    let root = std::mem::replace(&mut resource.root, Value::map(span));
    let Some(merged) = merge::merge(root.clone(), patch).inspect_err(|_| resource.root = root)? else {
        return Ok(false);
    };
    resource.root = merged;
    if resource.root.is_nil_or_empty() {
        return Ok(false);
    }
    // What the patch repeats stays where the object says it.
    let mut put = |field: &str, value: Option<Value>, inside: bool| {
        let owner = if inside { resource.root.get_mut("metadata") } else { Some(&mut resource.root) };
        let Some(owner) = owner else {
            return;
        };
        match (value, owner.get_mut(field)) {
            (Some(value), Some(now)) => *now = value,
            (Some(value), None) => owner.set(super::value::Key::new(field, value.span), value),
            (None, _) => drop(owner.remove(field)),
        }
    };
    if !new_kind {
        put("kind", kind, false);
        put("apiVersion", version, false);
    }
    if !new_name {
        put("name", name, true);
    }
    put("namespace", namespace, true);
    Ok(true)
}

/// Parts of objects are read as kustomize reads them, operations as kubectl does.
fn read(node: yaml::Node<'_>) -> Value {
    if node.is_sequence() { Value::read_as_json(node) } else { Value::read(node) }
}

fn sort_out(roots: Vec<Value>, at: Span, built: &mut Built) -> Option<Text> {
    let mut loaded = Vec::new();
    let some = !roots.is_empty();
    let mut roots = roots.into_iter().peekable();
    // Of several lists of operations only the first is read (fact 13.20).
    if let Some(first) = roots.next_if(|root| !root.items().is_empty()) {
        return Some(Text::Json(first.into_items()));
    }
    roots.for_each(|root| object(root, &mut loaded));
    let mut patches = Vec::new();
    for one in loaded {
        match one {
            Loaded::Resource(resource) => patches.push(resource.root),
            Loaded::Unreadable(_) | Loaded::Nameless(_) => {
                built.trouble(at, TroubleKind::Other, "a patch without kind or name");
                return None;
            }
        }
    }
    // Newer versions pass over a patch without text.
    if patches.is_empty() {
        if some {
            built.trouble(at, TroubleKind::Other, "an empty patch");
        }
        return None;
    }
    Some(Text::Strategic(patches))
}

/// Whether a target is meant for one object, not for what may be there.
fn is_one(target: &Value) -> bool {
    let name = target.text_at(&["name"]);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// A target in words.
fn described(target: &Value) -> String {
    let text = |key: &str| target.text_at(&[key]);
    let kind = if text("kind").is_empty() { "object" } else { text("kind") };
    let more = ["namespace", "labelSelector", "annotationSelector"];
    let more: Vec<String> =
        more.iter().filter(|key| !text(key).is_empty()).map(|key| format!("{key} `{}`", text(key))).collect();
    match (text("name").is_empty(), more.is_empty()) {
        (false, _) => format!("{kind} `{}`", text("name")),
        (true, false) => format!("{kind} with {}", more.join(" and ")),
        (true, true) => kind.to_owned(),
    }
}

/// For every line of a block scalar the offset in the file at which its text begins; `None` if the lines do not
/// stand there as they are.
fn lines_of(text: &Value, outer: &SourceFile) -> Option<Vec<u32>> {
    let written = outer.text.get(text.span.range())?;
    if !written.starts_with('|') {
        return None;
    }
    let first = outer.line_index(text.span.start) + 1;
    let mut offsets = Vec::new();
    for (at, line) in text.text().lines().enumerate() {
        let range = outer.line_range(first + at);
        let whole = outer.text.get(range.clone())?;
        if !whole.ends_with(line.trim_end()) && !line.trim().is_empty() {
            return None;
        }
        let own = whole.trim_end().len().saturating_sub(line.trim_end().len());
        offsets.push((range.start + own) as u32);
    }
    Some(offsets)
}

fn place(span: Span, inner: &SourceFile, lines: Option<&[u32]>, whole: Span) -> Option<Span> {
    let lines = lines?;
    let offset = |at: u32| -> Option<u32> {
        let line = inner.line_index(at);
        let start = inner.line_starts().get(line)?;
        lines.get(line).map(|own| own + (at - start))
    };
    let start = offset(span.start)?;
    // An end at the beginning of a line is the end of the line before.
    let end = if span.end > span.start { offset(span.end - 1)? + 1 } else { start };
    Some(Span { file: whole.file, start, end })
}

/// Moves every place of a value; where one is not known it is the whole patch, and nothing in it is exact.
fn shift(value: &mut Value, whole: Span, place: &dyn Fn(Span) -> Option<Span>) {
    value.exact &= place(value.span).is_some();
    value.span = place(value.span).unwrap_or(whole);
    match &mut value.data {
        Data::Scalar(_) => {}
        Data::Seq(items) => Arc::make_mut(items).iter_mut().for_each(|item| shift(item, whole, place)),
        Data::Map(entries) => Arc::make_mut(entries).list_mut().iter_mut().for_each(|(key, value)| {
            key.span = place(key.span).unwrap_or(whole);
            shift(value, whole, place);
        }),
    }
}
