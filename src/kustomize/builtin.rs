//! Transformers and generators from files, as far as they are kustomize's own (`apiVersion: builtin`): the same as
//! the fields of a kustomization, with the fields they reach written out.

use super::build::{Builder, Built, Loaded, TroubleKind, list, object};
use super::fields::FieldSpec;
use super::resource::Resource;
use super::value::{Data, Key, Value};
use super::world::Found;
use super::{generate, images, transform};
use crate::files::Span;
use crate::files::path::join;
use crate::yaml;

impl Builder<'_, '_> {
    /// The entries of `generators`.
    pub(super) fn generators_from_files(&mut self, root: &Value, directory: &str, built: &mut Built) {
        for entry in list(root, "generators") {
            let Some(plugins) = self.plugins(entry, directory, built) else {
                built.unseen(entry.span, "a generator plug-in", false);
                continue;
            };
            for plugin in plugins {
                let kind = match (plugin.api_version(), plugin.kind()) {
                    ("builtin", "ConfigMapGenerator") => generate::Kind::ConfigMap,
                    ("builtin", "SecretGenerator") => generate::Kind::Secret,
                    _ => {
                        built.unseen(entry.span, "a generator plug-in", false);
                        continue;
                    }
                };
                let mut own = plugin.root.clone();
                for field in ["name", "namespace"] {
                    if let Some(value) = plugin.root.at(&["metadata", field]).cloned() {
                        own.set(Key::new(field, value.span), value);
                    }
                }
                self.generate(kind, &own, None, directory, built);
            }
        }
    }

    /// The entries of `transformers`, which work when all others are done.
    pub(super) fn transformers_from_files(&mut self, root: &Value, directory: &str, built: &mut Built) {
        for entry in list(root, "transformers") {
            let Some(plugins) = self.plugins(entry, directory, built) else {
                built.unseen(entry.span, "a transformer from a file", true);
                continue;
            };
            for plugin in plugins {
                match self.builtin(&plugin, directory, built) {
                    Some(Ok(())) => {}
                    Some(Err(message)) => built.trouble(entry.span, TroubleKind::Other, message),
                    None => built.unseen(entry.span, "a transformer from a file", true),
                }
            }
        }
    }

    /// The configurations that an entry leads to: written in it, in a file, or built by a kustomization.
    fn plugins(&mut self, entry: &Value, directory: &str, built: &mut Built) -> Option<Vec<Resource>> {
        let text = entry.text();
        let mut loaded = Vec::new();
        if text.contains('\n') {
            let outer = self.world.source(entry.span.file.0 as usize);
            let source = std::sync::Arc::new(crate::files::SourceFile::new(
                entry.span.file,
                outer.path.as_str(),
                text,
            ));
            for piece in yaml::split(text) {
                let tree = yaml::parse(&source, &piece).ok()?;
                if !tree.is_empty() {
                    let mut root = Value::read(tree.root());
                    place_at(&mut root, entry.span);
                    object(root, &mut loaded);
                }
            }
        } else {
            let path = join(directory, text);
            match self.world.file(&path) {
                Found::There(file) => {
                    built.files.insert(file);
                    loaded = self.load(file);
                }
                Found::OutOfView | Found::Missing if !self.world.kustomization(&path).is_empty() => {
                    if self.is_open(&path) {
                        built.trouble(entry.span, TroubleKind::Cycle, "this kustomization includes itself");
                        return Some(Vec::new());
                    }
                    let inner = self.accumulate(&path);
                    built.files.extend(&inner.files);
                    built.take_over_troubles(&inner);
                    return inner.unseen.is_empty().then(|| inner.resources.to_vec());
                }
                Found::Missing if !super::is_remote(text) && !self.world.is_made(&path) => {
                    built.no_file(entry.span, text);
                    return Some(Vec::new());
                }
                _ => return None,
            }
        }
        loaded
            .into_iter()
            .map(|one| match one {
                Loaded::Resource(resource) => Some(resource),
                Loaded::Unreadable(_) | Loaded::Nameless(_) => None,
            })
            .collect()
    }

    /// Runs one of kustomize's own transformers; `None` if it is another, or asks for what is not followed.
    fn builtin(
        &mut self,
        plugin: &Resource,
        directory: &str,
        built: &mut Built,
    ) -> Option<Result<(), String>> {
        if plugin.api_version() != "builtin" {
            return None;
        }
        let root = &plugin.root;
        let specs: Vec<FieldSpec> = list(root, "fieldSpecs").iter().map(FieldSpec::read).collect();
        let borrowed: Vec<&FieldSpec> = specs.iter().collect();
        let resources = &mut built.resources;
        let pairs = |field: &str| root.get(field).map_or(&[][..], Value::entries);
        let is_name = |spec: &FieldSpec| {
            spec.path == ["metadata", "name"] && spec.kind.is_empty() && spec.group.is_empty()
        };
        let of_names = !specs.is_empty() && specs.iter().all(is_name);
        Some(match plugin.kind() {
            "LabelTransformer" => {
                built.labels.extend(pairs("labels").iter().map(|pair| pair.1.span));
                transform::entries(&mut built.resources, pairs("labels"), &borrowed)
            }
            "AnnotationsTransformer" => transform::entries(resources, pairs("annotations"), &borrowed),
            "PrefixTransformer" | "SuffixTransformer" | "PrefixSuffixTransformer" if of_names => {
                transform::affix(resources, root.text_at(&["prefix"]), root.text_at(&["suffix"]))
            }
            "NamespaceTransformer" if root.get("unsetOnly").is_none() => {
                let named = [&["namespace"][..], &["metadata", "namespace"]]
                    .into_iter()
                    .find_map(|way| root.at(way))?;
                // Fields of other objects are reached only if they are written out.
                let plain = |one: &Resource| {
                    !matches!(
                        one.kind(),
                        "Namespace"
                            | "APIService"
                            | "CustomResourceDefinition"
                            | "RoleBinding"
                            | "ClusterRoleBinding"
                    )
                };
                if !resources.iter().all(plain) {
                    return None;
                }
                let own = |spec: &&FieldSpec| spec.path != ["metadata", "namespace"];
                let more: Vec<FieldSpec> = specs.iter().filter(own).cloned().collect();
                transform::namespace(resources, named.text(), named.span, &more)
            }
            "ImageTagTransformer" => {
                let image = images::Image::read(root.get("imageTag")?)?;
                images::images(resources, &[image], &specs).map(drop)
            }
            "ReplicaCountTransformer" => {
                let (name, count) = (root.text_at(&["replica", "name"]), root.at(&["replica", "count"])?);
                transform::replicas(resources, name, count, &specs).map(drop)
            }
            "PatchTransformer" => {
                self.patch(root, true, directory, built);
                Ok(())
            }
            "PatchJson6902Transformer" => {
                let mut entry = root.clone();
                if let Some(text) = root.get("jsonOp").cloned() {
                    entry.set(Key::new("patch", text.span), text);
                }
                self.patch(&entry, false, directory, built);
                Ok(())
            }
            "PatchStrategicMergeTransformer" => {
                for path in list(root, "paths") {
                    self.strategic_patch(path, directory, built);
                }
                if let Some(text) = root.get("patches").filter(|text| !text.text().is_empty()) {
                    self.strategic_patch(text, directory, built);
                }
                Ok(())
            }
            "ReplacementTransformer" => {
                for entry in list(root, "replacements") {
                    self.replacement(entry, directory, built);
                }
                Ok(())
            }
            _ => return None,
        })
    }
}

/// What is written inside a text has the text's place.
fn place_at(value: &mut Value, at: Span) {
    value.span = at;
    value.exact = false;
    match &mut value.data {
        Data::Map(entries) => {
            for (key, value) in std::sync::Arc::make_mut(entries).list_mut() {
                key.span = at;
                place_at(value, at);
            }
        }
        Data::Seq(items) => std::sync::Arc::make_mut(items).iter_mut().for_each(|item| place_at(item, at)),
        Data::Scalar(_) => {}
    }
}
