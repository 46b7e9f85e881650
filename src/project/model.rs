//! The project: what is deployed together, put together once and only read afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;

use super::whole::members;
use super::{
    Build, Deployment, Gap, Group, Input, Member, Patched, Unit, View, deploys_by_path, folders,
    kind_and_name, placed, producers,
};
use crate::document::Object;
use crate::files::path::directory;
use crate::files::{SourceFile, Span};
use crate::kustomize::{Trouble, TroubleKind};
use crate::recall::{Once, hash_of, unordered};

/// Everything that is judged, and what it was made from.
pub struct Project<'a> {
    /// What was read.
    pub input: &'a Input<'a>,
    /// What kustomizations deploy.
    pub builds: &'a [Build],
    /// All objects: the written ones at the positions they have in the input, then those of the builds.
    pub pool: Vec<Object<'a>>,
    /// What is deployed together.
    pub units: Vec<Unit>,
}

impl<'a> Project<'a> {
    /// Puts the evaluated objects in the place of the written ones. `single_files`: only single files were named.
    pub fn new(input: &'a Input<'a>, groups: Vec<Group>, builds: &'a [Build], single_files: bool) -> Self {
        let mut pool: Vec<Object<'a>> = input.objects.iter().map(|one| one.object).collect();
        let mut members: HashMap<&str, Vec<usize>> = HashMap::new();
        for build in builds {
            let first = pool.len();
            pool.extend(build.trees.iter().map(|tree| built_object(tree.root())));
            members.insert(&build.directory, (first..pool.len()).collect());
        }
        let charts = add_charts(input, &mut pool);
        let by_directory: HashMap<&str, &Build> =
            builds.iter().map(|build| (build.directory.as_str(), build)).collect();
        let beside = beside(builds, &pool);
        let mut units: Vec<Unit> = groups
            .into_iter()
            .map(|group| {
                let build = group.kustomization.as_deref().and_then(|at| by_directory.get(at));
                match build {
                    Some(build) => of_build(group, build, &members[build.directory.as_str()], &pool, input),
                    None => written(group),
                }
            })
            .filter(|unit| !unit.objects.is_empty())
            .collect();
        // What the templates of a chart say is for the units of the chart alone to judge.
        let owned: BTreeSet<usize> = charts.iter().flat_map(|unit| &unit.files).copied().collect();
        for unit in &mut units {
            unit.files.retain(|file| !owned.contains(file));
            unit.files.extend(unit.inflated.iter().flat_map(|at| input.charts.deployments[*at].files()));
            unit.files.sort_unstable();
            unit.files.dedup();
        }
        units.extend(charts.into_iter().filter(|unit| !unit.objects.is_empty()));
        let follows_paths = pool.iter().any(deploys_by_path);
        let folders = follows_paths.then(|| folders(input.files.iter().map(|file| file.path.as_str())));
        let folders = Arc::new(folders.unwrap_or_default());
        let others = if units.len() > 1 { names(&pool, builds) } else { Arc::default() };
        let classes = Arc::new(classes(&pool));
        for unit in &mut units {
            unit.view.classes = Arc::clone(&classes);
            unit.view.beside = Arc::clone(&beside);
            // What one of several kustomizations does not bring, another one may, and what none of them lists is
            // applied with them.
            let other_builds = builds.len() > usize::from(unit.view.built);
            unit.view.elsewhere |= other_builds || unit.chart.is_some();
            unit.view.others = Arc::clone(&others);
            unit.view.folders = Arc::clone(&folders);
            unit.view.single_files = single_files;
        }
        Project { input, builds, pool, units }
    }

    /// Whether an object of the pool stands in a file as it is.
    pub fn is_written(&self, position: usize) -> bool {
        position < self.input.objects.len()
    }

    /// Hashes of the objects of the pool: an equal one is the same object of the very same files.
    pub fn identities(&self) -> Vec<u64> {
        let identity = |(at, object): (usize, &Object<'_>)| {
            let tree = object.node.tree();
            hash_of(|mut state| match self.is_written(at) {
                true => (tree.source().serial, object.node.span()).hash(&mut state),
                false => tree.identify(state),
            })
        };
        self.pool.par_iter().enumerate().map(identity).collect()
    }

    /// A hash of all that a unit is made of, by the [`Project::identities`] of objects; `once` knows what units share.
    /// `None` if it is more: what charts print depends on more than their objects.
    pub fn identity(&self, unit: &Unit, objects: &[u64], once: &Once) -> Option<u64> {
        let Unit { objects: members, files: _, view, kustomization: _, changed, chart, inflated } = unit;
        if chart.is_some() || !inflated.is_empty() {
            return None;
        }
        Some(hash_of(|mut state| {
            for Member { object, namespace, added } in members {
                (objects[*object], namespace, added).hash(&mut state);
            }
            self.title(unit).hash(&mut state);
            unordered(changed.iter()).hash(&mut state);
            view.identify(once, state);
        }))
    }

    /// What a unit is called beside others: the directory of its kustomization, or its chart and the values.
    pub fn title(&self, unit: &Unit) -> Option<String> {
        let Some(chart) = &unit.chart else {
            return unit.kustomization.clone();
        };
        let root = &self.input.charts.deployments.get(chart.number)?.package.root;
        Some(format!("{} with {}", if root.is_empty() { "." } else { root }, chart.values))
    }

    /// The object of a member, with the namespace and the labels that a kustomization gives it.
    pub fn object<'m>(&self, member: &'m Member) -> Object<'m>
    where
        'a: 'm,
    {
        let object = self.pool[member.object];
        let namespace = member.namespace.as_deref().or(object.namespace);
        Object { namespace, added: &member.added, ..object }
    }
}

fn built_object(root: crate::yaml::Node<'_>) -> Object<'_> {
    let text = |field: &str| root.get(field).map_or("", |node| node.text());
    Object::with_type(root, text("apiVersion"), text("kind"))
}

/// Adds what charts print to the pool, and makes a unit of each of them with each of its values.
fn add_charts<'a>(input: &'a Input<'a>, pool: &mut Vec<Object<'a>>) -> Vec<Unit> {
    let mut units = Vec::new();
    for (number, deployment) in input.charts.deployments.iter().enumerate() {
        if deployment.inflated.is_some() {
            continue;
        }
        let first = pool.len();
        pool.extend(deployment.trees().map(|tree| built_object(tree.root())));
        let own: Vec<usize> = (first..pool.len()).collect();
        units.push(deployment.unit(number, &own, pool));
    }
    units
}

/// Files that no kustomization was evaluated for.
fn written(group: Group) -> Unit {
    let Group { objects, files, kustomization, gaps, patched, affixes, generated, variants, elsewhere } =
        group;
    let view = View { gaps, patched, affixes, generated, variants, elsewhere, ..View::default() };
    Unit { objects, files, view, kustomization, changed: HashMap::new(), chart: None, inflated: Vec::new() }
}

/// What a kustomization deploys, in the place of the files it was made from.
fn of_build(group: Group, build: &Build, own: &[usize], pool: &[Object<'_>], input: &Input<'_>) -> Unit {
    let built = &build.built;
    let mut gaps: Vec<Gap> = group.gaps;
    if built.is_partial() {
        gaps.push(Gap::anywhere());
    }
    let unreadable = built.troubles.iter().filter(|trouble| trouble.kind == TroubleKind::Unreadable);
    gaps.extend(unreadable.map(|trouble| {
        let directory = directory_of(input.files, trouble.at);
        Gap { broken: true, ..Gap::near(directory) }
    }));
    let objects = members(own, pool, &mut gaps);
    let unknown = |trouble: &Trouble| matches!(trouble.kind, TroubleKind::Other | TroubleKind::OtherField);
    let everything = built.unseen.iter().any(|one| one.changes) || built.troubles.iter().any(unknown);
    let view = View {
        gaps,
        built: true,
        namespace: built.namespace,
        patched: Patched { everything, ..Patched::default() },
        generated: group.generated,
        renamed: build.renamed.clone(),
        relabelled: build.relabelled.clone(),
        ..View::default()
    };
    let deployments = input.charts.deployments.iter().enumerate();
    let is_own = |one: &Deployment| one.inflated.is_some_and(|one| built.charts.contains(&one.at));
    let inflated: Vec<usize> = deployments.filter(|one| is_own(one.1)).map(|one| one.0).collect();
    let files = built.files.iter().copied().collect();
    Unit {
        objects,
        files,
        view,
        kustomization: group.kustomization,
        changed: build.changed.clone(),
        chart: None,
        inflated,
    }
}

fn directory_of(files: &[Arc<SourceFile>], at: Span) -> &str {
    directory(files.get(at.file.0 as usize).map_or("", |file| file.path.as_str()))
}

/// What the builds do not show of themselves may be deployed beside their neighbours; what makes objects at run time
/// makes any near itself, and those that are called like it everywhere.
fn beside(builds: &[Build], pool: &[Object<'_>]) -> Arc<[Gap]> {
    let partial = builds.iter().filter(|build| build.built.is_partial());
    let mut gaps: Vec<Gap> = partial.map(|build| Gap::near(&build.directory)).collect();
    for object in pool.iter().filter(|object| producers::may_produce(object)) {
        gaps.push(Gap::near(directory(&object.node.tree().source().path)));
        let objects = vec![(String::new(), Some(object.name.to_owned()))];
        gaps.push(Gap { objects, ..Gap::anywhere() });
    }
    gaps.sort_unstable();
    gaps.dedup();
    gaps.into()
}

/// The provisioners of all storage classes by name, and that of the default under no name where all defaults agree.
fn classes(pool: &[Object<'_>]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut defaults = BTreeSet::new();
    for object in pool.iter().filter(|object| object.is("storage.k8s.io", "StorageClass")) {
        let Some(provisioner) = object.node.get("provisioner").map(|node| node.text().to_owned()) else {
            continue;
        };
        let marks = [
            "storageclass.kubernetes.io/is-default-class",
            "storageclass.beta.kubernetes.io/is-default-class",
        ];
        if marks.iter().any(|mark| object.annotation(mark).is_some_and(|node| node.text() == "true")) {
            defaults.insert(provisioner.clone());
        }
        found.entry(object.name.to_owned()).or_insert(provisioner);
    }
    match (defaults.pop_first(), defaults.pop_first()) {
        (Some(only), None) => drop(found.insert(String::new(), only)),
        (None, _) if are_of_k3s(pool) => drop(found.insert(String::new(), LOCAL_PATH.to_owned())),
        _ => {}
    }
    found
}

/// The class that K3s has for directories of a node, and its default, as its manual says.
const LOCAL_PATH: &str = "local-path";

/// Whether all claims that name a class name that of K3s.
fn are_of_k3s(pool: &[Object<'_>]) -> bool {
    // CloudNativePG makes claims of its own.
    let of_claim = |object: &Object<'_>| object.is("", "PersistentVolumeClaim");
    let mut named = pool
        .iter()
        .filter_map(|object| match of_claim(object) {
            true => object.spec()?.get("storageClassName"),
            false => object.spec()?.get("storage")?.get("storageClass"),
        })
        .peekable();
    named.peek().is_some() && named.all(|class| class.text().starts_with(LOCAL_PATH))
}

/// Hashes of kind and name of everything in the input: what one unit has is not called absent in another.
fn names(pool: &[Object<'_>], builds: &[Build]) -> Arc<foldhash::HashSet<u64>> {
    let objects = pool.iter().flat_map(|object| {
        let Object { kind, name, namespace, .. } = *object;
        [kind_and_name(kind, name), placed(kind, name, namespace.unwrap_or(""))]
    });
    let renamed = builds.iter().flat_map(|build| &build.renamed);
    let renamed = renamed.map(|one| kind_and_name("Service", &one.from));
    Arc::new(objects.chain(renamed).collect())
}
