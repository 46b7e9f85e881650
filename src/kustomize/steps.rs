//! One kustomization's own work: generators, then the transformers in kustomize's order.

use super::build::{Affix, Builder, Built, Loaded, Trouble, TroubleKind, list, object};
use super::config::Config;
use super::fields::FieldSpec;
use super::generate::{self, Kind};
use super::resource::{Behaviour, Resource};
use super::resources::Clue;
use super::structured::Refusal;
use super::value::{Data, Key, Value};
use super::world::Found;
use super::{images, replacement, specs, transform};
use crate::files::Span;
use crate::files::path::join;
use crate::yaml::Tree;

/// Fields that bring in what is not evaluated, with what they are, and whether they may change any object.
const UNSEEN: &[(&str, &str, bool)] = &[
    ("helmChartInflationGenerator", "a Helm chart", false),
    ("buildMetadata", "where each object comes from", false),
    ("crds", "a configuration of transformers", true),
];

impl Builder<'_, '_> {
    pub(super) fn generators(&mut self, root: &Value, directory: &str, built: &mut Built) {
        for (field, what, changes) in UNSEEN {
            if let Some(first) = list(root, field).first() {
                built.unseen(first.span, *what, *changes);
            }
        }
        if let Some(schema) = root.get("openapi") {
            let path = schema.get("path").filter(|path| !path.text().is_empty());
            match path.filter(|path| {
                matches!(self.world.bytes(&join(directory, path.text()), directory), Found::Missing)
            }) {
                Some(path)
                    if !super::is_url(path.text()) && !self.world.is_made(&join(directory, path.text())) =>
                {
                    built.no_file(path.span, path.text());
                }
                _ => built.unseen(schema.span, "a schema for patches", true),
            }
        }
        let options = root.get("generatorOptions");
        for (field, kind) in [("configMapGenerator", Kind::ConfigMap), ("secretGenerator", Kind::Secret)] {
            for entry in list(root, field) {
                self.generate(kind, entry, options, directory, built);
            }
        }
        for entry in list(root, "helmCharts") {
            self.chart(entry, built);
        }
        self.generators_from_files(root, directory, built);
    }

    /// Adds what a chart prints.
    fn chart(&mut self, entry: &Value, built: &mut Built) {
        let Some(chart) = self.world.chart(entry.span) else {
            return built.unseen(entry.span, "a Helm chart", false);
        };
        if !chart.whole {
            built.unseen(entry.span, "a part of a Helm chart", false);
        }
        built.charts.insert(entry.span);
        let mut loaded = Vec::new();
        chart.trees.iter().for_each(|tree| object(Value::read(tree.root()), &mut loaded));
        for one in loaded {
            if let Loaded::Resource(resource) = one {
                absorb(resource, entry.span, built);
            }
        }
    }

    /// Generates one object.
    pub(super) fn generate(
        &mut self,
        kind: Kind,
        entry: &Value,
        options: Option<&Value>,
        directory: &str,
        built: &mut Built,
    ) {
        for field in ["files", "envs"] {
            for file in list(entry, field) {
                let text = file.text();
                let path = text.split_once('=').map_or(text, |(_, path)| path);
                if !super::is_url(path) {
                    self.restrict(file.span, path, directory, built);
                }
            }
        }
        match generate::generate(kind, entry, options, directory, self.world) {
            Ok(Some(resource)) => absorb(resource, entry.span, built),
            Ok(None) => built.unseen(entry.span, "a file that was not read", false),
            Err(refusal) => {
                let kind = refusal.missing.map_or(TroubleKind::Build, TroubleKind::Missing);
                built.trouble(refusal.at, kind, refusal.message);
            }
        }
    }

    /// The files of `configurations`.
    pub(super) fn configurations(&mut self, root: &Value, directory: &str, built: &mut Built) {
        for entry in list(root, "configurations") {
            let path = join(directory, entry.text());
            let file = match self.world.file(&path) {
                Found::There(file) => file,
                Found::OutOfView => {
                    built.unseen(entry.span, "a configuration of transformers", true);
                    continue;
                }
                Found::Missing if super::is_url(entry.text()) || self.world.is_made(&path) => {
                    built.unseen(entry.span, "a configuration of transformers", true);
                    continue;
                }
                Found::Missing => {
                    built.no_file(entry.span, entry.text());
                    continue;
                }
            };
            built.files.insert(file);
            let trees = self.world.documents(file).iter().map(|document| document.tree());
            let read = |tree: &Tree| Config::read(&Value::read(tree.root()));
            let mut config = Some(Config::default());
            for tree in trees {
                match (tree, &mut config) {
                    (Some(tree), _) if tree.is_empty() => {}
                    (Some(tree), Some(all)) => match read(tree) {
                        Some(own) => all.merge(&own),
                        None => config = None,
                    },
                    _ => config = None,
                }
            }
            match config {
                Some(config) => built.config.merge(&config),
                None => built.unseen(entry.span, "a configuration of transformers", true),
            }
        }
    }

    pub(super) fn transform(&mut self, root: &Value, directory: &str, built: &mut Built) {
        for entry in list(root, "patchesStrategicMerge") {
            self.strategic_patch(entry, directory, built);
        }
        for entry in list(root, "patches") {
            self.patch(entry, true, directory, built);
        }
        let text = |field: &str| root.get(field).filter(|value| !value.text().is_empty());
        let go = |at: Span, result: Result<(), String>, built: &mut Built| {
            if let Err(message) = result {
                built.trouble(at, TroubleKind::Other, message);
            }
        };
        if let Some(namespace) = text("namespace") {
            let result = transform::namespace(
                &mut built.resources,
                namespace.text(),
                namespace.span,
                &built.config.namespace,
            );
            go(namespace.span, result, built);
            built.namespace = Some(namespace.span);
        }
        for (field, is_prefix) in [("namePrefix", true), ("nameSuffix", false)] {
            if let Some(value) = text(field) {
                let affix = value.text().to_owned();
                let (prefix, suffix) =
                    if is_prefix { (affix, String::new()) } else { (String::new(), affix) };
                let result = transform::affix(&mut built.resources, &prefix, &suffix);
                go(value.span, result, built);
                built.affixes.push(Affix { prefix, suffix, at: value.span });
            }
        }
        for entry in list(root, "labels") {
            if let Some(pairs) = entry.get("pairs") {
                built.labels.extend(pairs.entries().iter().map(|pair| pair.1.span));
                let own: Vec<FieldSpec> = list(entry, "fields").iter().map(FieldSpec::read).collect();
                let mut specs: Vec<&FieldSpec> = own.iter().collect();
                specs.extend(label_fields(entry, &built.config));
                let result = transform::entries(&mut built.resources, pairs.entries(), &specs);
                go(entry.span, result, built);
            }
        }
        if let Some(pairs) = root.get("commonLabels") {
            built.labels.extend(pairs.entries().iter().map(|pair| pair.1.span));
            let specs: Vec<&FieldSpec> = specs::common_labels().iter().chain(&built.config.labels).collect();
            go(pairs.span, transform::entries(&mut built.resources, pairs.entries(), &specs), built);
        }
        if let Some(pairs) = root.get("commonAnnotations") {
            let specs: Vec<&FieldSpec> =
                specs::annotations().iter().chain(&built.config.annotations).collect();
            go(pairs.span, transform::entries(&mut built.resources, pairs.entries(), &specs), built);
        }
        for entry in list(root, "patchesJson6902") {
            self.patch(entry, false, directory, built);
        }
        self.counts_and_images(root, built);
        for entry in list(root, "replacements") {
            self.replacement(entry, directory, built);
        }
    }

    fn counts_and_images(&mut self, root: &Value, built: &mut Built) {
        for entry in list(root, "replicas") {
            let (name, zero) =
                (entry.text_at(&["name"]), Value::scalar(super::value::Scalar::plain("0"), entry.span));
            let count = entry.get("count").unwrap_or(&zero);
            match transform::replicas(&mut built.resources, name, count, &built.config.replicas) {
                Ok(false) if !built.is_partial() => {
                    let at = entry.get("name").map_or(entry.span, |name| name.span);
                    built.trouble(
                        at,
                        TroubleKind::NoTarget,
                        format!("there is no workload `{name}` to scale"),
                    );
                }
                Ok(_) => {}
                Err(message) => built.trouble(entry.span, TroubleKind::Other, message),
            }
        }
        let entries = list(root, "images").iter().chain(list(root, "imageTags"));
        let read = |entry| Some((images::Image::named(entry), images::Image::read(entry)?));
        let (named, images): (Vec<_>, Vec<_>) = entries.filter_map(read).unzip();
        if images.is_empty() {
            return;
        }
        // Names as they are before the first entry changes them.
        let names = images::image_names(&built.resources);
        match images::images(&mut built.resources, &images, &built.config.images) {
            Ok(used) if self.components == 0 && !built.is_partial() => {
                let idle = named.iter().zip(used).filter(|(_, used)| !used);
                let names = images::Names::new(&names);
                built.troubles.extend(idle.map(|((at, name), _)| idle_image(*at, name, &names)));
            }
            Ok(_) => {}
            Err(message) => built.trouble(root.span, TroubleKind::Other, message),
        }
    }

    pub(super) fn replacement(&mut self, entry: &Value, directory: &str, built: &mut Built) {
        if let Some(path) = entry.get("path")
            && matches!(self.world.file(&join(directory, path.text())), Found::There(_))
        {
            self.restrict(path.span, path.text(), directory, built);
        }
        let budget = &mut self.budget;
        let mut own = |entry: &Value, built: &mut Built| {
            match replacement::apply(&mut built.resources, entry, budget) {
                Ok(()) => {}
                Err(Refusal::Fails(message)) if !built.is_partial() => {
                    built.trouble(entry.span, TroubleKind::Build, message);
                }
                // Kustomize may well be able to do it.
                Err(refusal) => built.unseen(entry.span, format!("a replacement ({refusal})"), true),
            }
        };
        let Some(path) = entry.get("path") else {
            return own(entry, built);
        };
        let file = match self.world.file(&join(directory, path.text())) {
            Found::There(file) => file,
            Found::Missing
                if !super::is_url(path.text()) && !self.world.is_made(&join(directory, path.text())) =>
            {
                return built.no_file(path.span, path.text());
            }
            _ => return built.unseen(path.span, "replacements that were not read", true),
        };
        built.files.insert(file);
        for document in self.world.documents(file) {
            let Some(tree) = document.tree().filter(|tree| !tree.is_empty()) else {
                continue;
            };
            let root = Value::read(tree.root());
            match &root.data {
                Data::Seq(items) => items.iter().for_each(|item| own(item, built)),
                _ => own(&root, built),
            }
        }
    }
}

/// An entry of `images:` that changes nothing, with the image that was meant if the build has one of nearly that name.
fn idle_image(at: Span, name: &str, names: &images::Names<'_>) -> Trouble {
    let meant = names.meant(name);
    Trouble {
        at,
        kind: TroubleKind::IdleImage,
        message: format!("no image of this build is called `{name}`"),
        help: meant
            .map(|meant| format!("set `name` to `{meant}` if that image is meant, or remove the entry")),
    }
}

/// The fields that an entry of `labels:` reaches besides those it lists itself.
fn label_fields<'c>(entry: &Value, config: &'c Config) -> Vec<&'c FieldSpec> {
    let on = |key: &str| entry.text_at(&[key]) == "true";
    if on("includeSelectors") {
        return specs::common_labels().iter().chain(&config.labels).collect();
    }
    let templates = if on("includeTemplates") { specs::template_labels() } else { &[] };
    // Up to 5.5 the templates' labels went to those of claims, too; since then there is a field for them.
    let claims = match entry.get("includeVolumeClaimTemplates") {
        Some(claims) => claims.text() == "true",
        None => on("includeTemplates"),
    };
    let claims = if claims { specs::claim_template_labels() } else { &[] };
    templates.iter().chain(claims).chain(specs::metadata_labels()).collect()
}

/// Adds a generated object, or merges it into the one that is there.
fn absorb(mut resource: Resource, at: Span, built: &mut Built) {
    let same =
        |other: &Resource| other.is_or_was(resource.gvk(), resource.name(), resource.effective_namespace());
    let found = built.resources.positions(Clue::Name(resource.name()), same);
    match (found.as_slice(), resource.behaviour) {
        ([], Behaviour::Create) => built.resources.push(resource),
        ([], _) if built.is_partial() => {}
        ([], _) => {
            let message = format!("there is no {} `{}` to change", resource.kind(), resource.name());
            built.trouble(at, TroubleKind::NoTarget, message);
        }
        ([place], Behaviour::Merge | Behaviour::Replace) => {
            inherit(&mut resource, &built.resources[*place]);
            built.resources.change(*place, |old| *old = resource);
        }
        _ => {
            let message = format!("{} `{}` is there already", resource.kind(), resource.name());
            let first = found.first().map_or(at, |place| built.resources[*place].root.span);
            built.trouble(at, TroubleKind::Duplicate(first), message);
        }
    }
}

/// What a generated object takes over from the one whose place it takes.
fn inherit(resource: &mut Resource, old: &Resource) {
    let at = resource.root.span;
    for field in ["labels", "annotations"] {
        merged(&mut resource.root, Some("metadata"), field, &old.root, at);
    }
    for field in ["name", "namespace"] {
        let value = old.root.at(&["metadata", field]).cloned();
        if let Some(metadata) = resource.root.map_at("metadata", at) {
            metadata.remove(field);
            if let Some(value) = value {
                metadata.set(Key::new(field, value.span), value);
            }
        }
    }
    if resource.behaviour == Behaviour::Merge {
        for field in ["data", "binaryData"] {
            merged(&mut resource.root, None, field, &old.root, at);
        }
    }
    resource.former.clone_from(&old.former);
    resource.prefixes.clone_from(&old.prefixes);
    resource.suffixes.clone_from(&old.suffixes);
    resource.vars.clone_from(&old.vars);
    // Only what asks for a hash itself, and took the place of what did, gets one.
    resource.hashed &= old.hashed;
    resource.behaviour = old.behaviour;
}

/// The entries of both mappings, the new ones winning.
fn merged(root: &mut Value, inside: Option<&str>, field: &str, old: &Value, at: Span) {
    let old = match inside {
        Some(inside) => old.at(&[inside, field]),
        None => old.get(field),
    };
    let Some(mut map) = old.filter(|old| !old.entries().is_empty()).cloned() else {
        return;
    };
    let Some(root) = (match inside {
        Some(inside) => root.map_at(inside, at),
        None => Some(root),
    }) else {
        return;
    };
    for (_, value) in map.entries_mut().into_iter().flatten() {
        if let Data::Scalar(scalar) = &mut value.data {
            scalar.tag = super::value::Tag::Str;
        }
    }
    if let Some(new) = root.remove(field) {
        for (key, value) in new.entries() {
            map.set(key.clone(), value.clone());
        }
    }
    root.set(Key::new(field, at), map);
}
