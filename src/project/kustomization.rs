//! Kustomizations: which files each one deploys and what it changes on the way (facts 13.3–13.8).
//!
//! They are not evaluated here, but read from the sheets that are evaluated later. What matters is that a base is judged
//! where it is deployed, that a patch is never taken for an object, and that nothing is claimed about what a patch may
//! bring.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::{Gap, Group, Member, Patched, UnitFile};
use crate::document::AddedLabels;
use crate::files::Span;
use crate::files::path::join;
use crate::kustomize::{Value, is_remote};
use crate::yaml::{self, FaultKind, Scalar};

/// A kustomization file, as far as it matters for grouping. Paths are joined with its directory.
#[derive(Clone, Debug, Default, Hash)]
pub struct Kustomization {
    /// Its directory; empty for the current one.
    pub directory: String,
    /// It is a Component: a piece that only others deploy.
    pub component: bool,
    /// Files and directories it deploys.
    pub resources: Vec<String>,
    /// Files that patch, configure or feed generators: never objects of their own.
    pub parts: Vec<String>,
    /// Something it deploys cannot be seen: a URL, a chart, a generator plug-in.
    pub remote: bool,
    /// The namespace it sets.
    pub namespace: Option<String>,
    /// `namePrefix` and `nameSuffix`.
    pub affixes: (String, String),
    /// Labels it adds.
    pub added: AddedLabels,
    /// What its patches change.
    pub patched: Patched,
    /// Objects that what it holds itself finds by their version: inline patches and targets.
    pub asked: Vec<Asked>,
    /// Fields that its `replacements` write over.
    pub replaced: Vec<Replaced>,
    /// Names its generators make, as `(kind, name)`.
    pub generated: Vec<(String, String)>,
}

/// An object that a kustomization finds by its version.
#[derive(Clone, Debug, Hash)]
pub struct Asked {
    /// Its `apiVersion`.
    pub version: String,
    /// Its kind.
    pub kind: String,
    /// Its name; empty where all are meant.
    pub name: String,
}

/// A field that a value is copied into.
#[derive(Clone, Debug, Hash)]
pub struct Replaced {
    /// The kind of its object; empty where all are meant.
    pub kind: String,
    /// The name of its object; empty where all are meant.
    pub name: String,
    /// The way to it, as kustomize writes it: `spec.template.metadata.labels.version`.
    pub field: String,
}

impl Kustomization {
    /// Reads what a kustomization says. `patch_targets` finds the objects in a patch file by its path.
    /// `is_there` tells whether a path is a file or directory of the input, whatever it looks like, `is_inflated`
    /// whether the chart of an entry of `helmCharts` was evaluated.
    pub fn read(
        path: &str,
        root: &Value,
        patch_targets: impl Fn(&str) -> Vec<(String, String)>,
        is_there: impl Fn(&str) -> bool,
        is_inflated: impl Fn(Span) -> bool,
    ) -> Self {
        let directory = crate::files::path::directory(path).to_owned();
        let mut this = Kustomization {
            component: root.text_at(&["kind"]) == "Component",
            namespace: get(root, "namespace").map(|value| value.text().to_owned()),
            affixes: (text(root, "namePrefix"), text(root, "nameSuffix")),
            directory,
            ..Kustomization::default()
        };
        for field in ["resources", "bases", "components"] {
            // An entry that is no text names nothing, and not the directory itself.
            for entry in items(root, field).filter(|entry| !entry.text().is_empty()) {
                let path = join(&this.directory, entry.text());
                if is_remote(entry.text()) && !is_there(&path) {
                    this.remote = true;
                } else {
                    this.resources.push(path);
                }
            }
        }
        this.remote |= items(root, "helmCharts").any(|chart| !is_inflated(chart.span));
        this.remote |= items(root, "helmChartInflationGenerator").next().is_some();
        for field in ["generators", "transformers", "configurations", "crds", "validators"] {
            this.parts.extend(items(root, field).map(|entry| join(&this.directory, entry.text())));
        }
        this.read_patches(root, patch_targets);
        this.read_labels(root);
        for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            for generator in items(root, field) {
                this.generated.push((kind.to_owned(), text(generator, "name")));
                for file in ["files", "envs"].iter().flat_map(|field| items(generator, field)) {
                    let file = file.text();
                    let file = file.split_once('=').map_or(file, |(_, file)| file);
                    this.parts.push(join(&this.directory, file));
                }
            }
        }
        let paths = items(root, "replacements").filter_map(|entry| get(entry, "path"));
        let schema = get(root, "openapi").and_then(|openapi| get(openapi, "path"));
        let charts = items(root, "helmCharts");
        let values = charts.flat_map(|chart| {
            get(chart, "valuesFile").into_iter().chain(items(chart, "additionalValuesFiles"))
        });
        for path in paths.chain(schema).chain(values) {
            this.parts.push(join(&this.directory, path.text()));
        }
        for entry in items(root, "replicas") {
            this.patched.names.insert(text(entry, "name"));
        }
        this.read_replacements(root);
        this.patched.everything |= items(root, "vars").next().is_some();
        this
    }

    fn read_replacements(&mut self, root: &Value) {
        for target in items(root, "replacements").flat_map(|entry| items(entry, "targets")) {
            let select = get(target, "select");
            let of = |key: &str| select.map_or(String::new(), |select| text(select, key));
            self.replaced.extend(items(target, "fieldPaths").map(|field| Replaced {
                kind: of("kind"),
                name: of("name"),
                field: field.text().to_owned(),
            }));
        }
        self.patched.everything |= items(root, "replacements").next().is_some();
    }

    fn read_patches(&mut self, root: &Value, patch_targets: impl Fn(&str) -> Vec<(String, String)>) {
        for entry in items(root, "patchesStrategicMerge") {
            self.patch_text_or_file(entry.text(), &patch_targets);
        }
        for entry in items(root, "patches").chain(items(root, "patchesJson6902")) {
            // A path alone is a mistake, and the file is meant as a patch.
            let path = get(entry, "path").or(entry.as_scalar().map(|_| entry)).map(Value::text);
            let Some(target) = get(entry, "target") else {
                let patch = get(entry, "patch").map(Value::text);
                if let Some(text) = path.or(patch) {
                    self.patch_text_or_file(text, &patch_targets);
                }
                continue;
            };
            if let Some(path) = path {
                self.parts.push(join(&self.directory, path));
            }
            let (kind, name) = (text(target, "kind"), text(target, "name"));
            let version = text(target, "version");
            if !version.is_empty() {
                let group = Some(text(target, "group")).filter(|group| !group.is_empty());
                let version = group.map_or(version.clone(), |group| format!("{group}/{version}"));
                self.asked.push(Asked { version, kind: kind.clone(), name: name.clone() });
            }
            let plain = !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
            match (kind.is_empty(), plain) {
                (false, true) => drop(self.patched.objects.insert((kind, name))),
                (false, false) => drop(self.patched.kinds.insert(kind)),
                (true, true) => drop(self.patched.names.insert(name)),
                (true, false) => self.patched.everything = true,
            }
        }
    }

    fn patch_text_or_file(&mut self, entry: &str, targets: &impl Fn(&str) -> Vec<(String, String)>) {
        if entry.contains('\n') {
            let found = inline_targets(entry);
            self.patched.everything |= found.is_empty();
            let asked = found.iter().cloned();
            self.asked.extend(asked.map(|(version, kind, name)| Asked { version, kind, name }));
            self.patched.objects.extend(found.into_iter().map(|(_, kind, name)| (kind, name)));
        } else {
            let path = join(&self.directory, entry);
            let found = targets(&path);
            self.patched.everything |= found.is_empty();
            self.patched.objects.extend(found);
            self.parts.push(path);
        }
    }

    fn read_labels(&mut self, root: &Value) {
        let pairs = |labels: Option<&Value>| -> Vec<(String, String)> {
            let entries = labels.into_iter().flat_map(Value::entries);
            entries.map(|(key, value)| (key.text.to_string(), value.text().to_owned())).collect()
        };
        let common = pairs(root.get("commonLabels"));
        self.added.pods.extend(common.iter().cloned());
        self.added.objects.extend(common.iter().cloned());
        self.added.selectors.extend(common);
        for entry in items(root, "labels") {
            let on = |key: &str| {
                let flag = entry.get(key).and_then(Value::as_scalar).filter(|flag| !flag.quoted);
                flag.is_some_and(|flag| yaml::resolve(&flag.text) == Scalar::Bool(true))
            };
            self.added.objects.extend(pairs(entry.get("pairs")));
            if on("includeSelectors") {
                self.added.selectors.extend(pairs(entry.get("pairs")));
            }
            if on("includeSelectors") || on("includeTemplates") {
                self.added.pods.extend(pairs(entry.get("pairs")));
            }
        }
    }
}

/// A field that is not null.
fn get<'v>(value: &'v Value, field: &str) -> Option<&'v Value> {
    value.get(field).filter(|value| !value.is_null())
}

fn items<'v>(value: &'v Value, field: &str) -> std::slice::Iter<'v, Value> {
    value.get(field).map_or(&[][..], Value::items).iter()
}

fn text(value: &Value, field: &str) -> String {
    get(value, field).map_or_else(String::new, |value| value.text().to_owned())
}

/// Kind and name of the objects in a patch that is written inside the kustomization.
fn inline_targets(patch: &str) -> Vec<(String, String, String)> {
    let source = std::sync::Arc::new(crate::files::SourceFile::new(crate::files::FileId(0), "", patch));
    let mut found = Vec::new();
    for piece in yaml::split(patch) {
        match yaml::parse(&source, &piece) {
            Ok(tree) if !tree.is_empty() => {
                let root = Value::read(tree.root());
                let name = get(&root, "metadata").map(|metadata| text(metadata, "name"));
                found.extend(name.map(|name| (text(&root, "apiVersion"), text(&root, "kind"), name)));
            }
            Err(fault) if fault.kind == FaultKind::Template => return Vec::new(),
            _ => {}
        }
    }
    found
}

/// Makes a group of every kustomization that no other one includes. Returns the files that are spoken for.
pub fn groups(files: &[UnitFile<'_>], all: &[Kustomization], groups: &mut Vec<Group>) -> HashSet<usize> {
    if all.is_empty() {
        return HashSet::new();
    }
    let by_directory: HashMap<&str, usize> =
        all.iter().enumerate().map(|(at, one)| (one.directory.as_str(), at)).collect();
    let by_path: HashMap<&str, usize> = files.iter().enumerate().map(|(at, file)| (file.path, at)).collect();
    let resources = all.iter().flat_map(|one| one.resources.iter());
    let included: HashSet<usize> =
        resources.filter_map(|path| by_directory.get(path.as_str()).copied()).collect();
    let mut claimed = HashSet::new();
    for one in all {
        claimed.extend(one.parts.iter().filter_map(|path| by_path.get(path.as_str()).copied()));
        claimed.extend(one.resources.iter().filter_map(|path| by_path.get(path.as_str()).copied()));
    }
    for at in (0..all.len()).filter(|at| !included.contains(at)) {
        let mut builder = Builder {
            files,
            all,
            by_directory: &by_directory,
            by_path: &by_path,
            seen: HashSet::new(),
            members: BTreeSet::new(),
            settings: HashMap::new(),
            group: Group::default(),
        };
        if all[at].component {
            builder.group.gaps.push(Gap::anywhere());
        }
        builder.add(at, None, &AddedLabels::default());
        let members: Vec<usize> = builder.members.into_iter().collect();
        let objects = members.iter().flat_map(|&file| {
            let (namespace, added) = builder.settings.get(&file).cloned().unwrap_or_default();
            let member =
                move |object: usize| Member { object, namespace: namespace.clone(), added: added.clone() };
            files[file].objects.iter().map(move |one| member(one.0))
        });
        let objects = objects.collect();
        let kustomization = (!all[at].component).then(|| all[at].directory.clone());
        groups.push(Group { objects, files: members, kustomization, ..builder.group });
    }
    claimed
}

struct Builder<'b, 'a> {
    files: &'b [UnitFile<'a>],
    all: &'b [Kustomization],
    by_directory: &'b HashMap<&'b str, usize>,
    by_path: &'b HashMap<&'b str, usize>,
    seen: HashSet<usize>,
    members: BTreeSet<usize>,
    settings: HashMap<usize, (Option<String>, Arc<AddedLabels>)>,
    group: Group,
}

impl Builder<'_, '_> {
    /// Adds a kustomization and what it includes; namespace and labels of an outer one win.
    fn add(&mut self, at: usize, outer: Option<&str>, labels: &AddedLabels) {
        if !self.seen.insert(at) {
            return;
        }
        let one = &self.all[at];
        let namespace = outer.or(one.namespace.as_deref());
        let mut added = one.added.clone();
        added.pods.extend(labels.pods.iter().cloned());
        added.selectors.extend(labels.selectors.iter().cloned());
        added.objects.extend(labels.objects.iter().cloned());
        let added = Arc::new(added);
        if one.remote {
            self.group.gaps.push(Gap::anywhere());
        }
        self.group.patched.extend(&one.patched);
        self.group.generated.extend(one.generated.iter().cloned());
        if one.affixes != (String::new(), String::new()) {
            self.group.affixes.push(one.affixes.clone());
        }
        for path in &one.resources {
            if let Some(&file) = self.by_path.get(path.as_str()) {
                self.members.insert(file);
                let gaps = self.files[file].gaps.iter();
                self.group.gaps.extend(gaps.map(|gap| Gap { directory: None, ..gap.clone() }));
                self.settings.insert(file, (namespace.map(str::to_owned), Arc::clone(&added)));
            } else if let Some(&inner) = self.by_directory.get(path.as_str()) {
                self.add(inner, namespace, &added);
            } else {
                self.group.gaps.push(Gap::anywhere());
            }
        }
    }
}
