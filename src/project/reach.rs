//! What is deployed by nothing in the input, although its neighbours are: folders that no path of Argo CD or Flux leads
//! to, and files that the kustomization beside them does not list.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::{Input, Kustomization, deploys_by_path, folders};
use crate::document::Object;
use crate::files::path::{directory, is_below};
use crate::kustomize::is_kustomization_file;
use crate::yaml::Node;

/// So many folders beside each other have to be deployed before one that is not is left over.
const SIBLINGS: usize = 3;

/// Names of folders that are applied by hand, or from which others are made.
const APART: &[&str] = &[
    "_base",
    "argo",
    "argo-cd",
    "argocd",
    "base",
    "bases",
    "bootstrap",
    "charts",
    "clusters",
    "common",
    "components",
    "crds",
    "flux",
    "flux-system",
    "lib",
    "shared",
    "templates",
];

/// Why nothing deploys a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreached<'p> {
    /// No path of a GitOps tool leads to this folder.
    Folder(&'p str),
    /// The kustomization in its folder lists others.
    Unlisted,
}

/// What is deployed by nothing.
#[derive(Debug, Default)]
pub struct Reach {
    /// Folders, each without what is below it.
    folders: BTreeSet<String>,
    files: HashSet<String>,
}

impl Reach {
    /// Follows what deploys by paths.
    pub fn new(input: &Input<'_>) -> Self {
        Reach { folders: left_over(input).unwrap_or_default(), files: unlisted(input) }
    }

    /// Why nothing deploys the file of this path; `None` if something does, or may.
    pub fn of<'p>(&self, path: &'p str) -> Option<Unreached<'p>> {
        if self.files.contains(path) {
            return Some(Unreached::Unlisted);
        }
        let mut folder = directory(path);
        while !folder.is_empty() {
            if self.folders.contains(folder) {
                return Some(Unreached::Folder(folder));
            }
            folder = directory(folder);
        }
        None
    }
}

/// The paths inside a repository that an object deploys.
fn targets<'a>(object: &Object<'a>) -> Vec<Node<'a>> {
    let Some(spec) = object.spec() else { return Vec::new() };
    let of_sources = |spec: Node<'a>| {
        let many = spec.get("sources").into_iter().flat_map(|sources| sources.items());
        spec.get("source").into_iter().chain(many).filter_map(|source| source.get("path")).collect()
    };
    match object.kind {
        "ApplicationSet" if object.group() == "argoproj.io" => {
            let made =
                spec.get("template").and_then(|template| template.get("spec")).map_or(Vec::new(), of_sources);
            made.into_iter().chain(generated(spec, 4)).collect()
        }
        "Application" if deploys_by_path(object) => of_sources(spec),
        "Kustomization" if deploys_by_path(object) => spec.get("path").into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The paths that generators of an ApplicationSet look for.
fn generated(node: Node<'_>, depth: u32) -> Vec<Node<'_>> {
    let generators = node.get("generators").into_iter().flat_map(|all| all.items());
    let mut found = Vec::new();
    for generator in generators {
        let git = generator.get("git");
        let lists = ["directories", "files"].into_iter().filter_map(|key| git?.get(key));
        found.extend(lists.flat_map(|list| list.items()).filter_map(|item| item.get("path")));
        let inner =
            ["matrix", "merge"].into_iter().filter_map(|key| generator.get(key)).filter(|_| depth > 0);
        found.extend(inner.flat_map(|inner| generated(inner, depth - 1)));
    }
    found
}

/// Paths in which parts may be anything: `apps/*/overlays`, `clusters/{{name}}`.
struct Pattern<'a>(Vec<&'a str>);

impl Pattern<'_> {
    /// Whether the folder is deployed by it, or lies above what is.
    fn meets(&self, folder: &str) -> bool {
        let any = |part: &str| part.contains(['*', '{', '$']);
        self.0.iter().zip(folder.split('/')).all(|(own, part)| any(own) || *own == part)
    }
}

/// Folders that nothing deploys although their neighbours are.
fn left_over(input: &Input<'_>) -> Option<BTreeSet<String>> {
    let paths: Vec<&str> = input
        .objects
        .iter()
        .flat_map(|one| targets(&one.object))
        .map(|path| path.text().trim_start_matches("./").trim_matches('/'))
        .collect();
    // The whole repository is deployed, or something is that is not known.
    if paths.len() < SIBLINGS
        || paths.iter().any(|path| path.is_empty() || *path == "." || path.starts_with(".."))
    {
        return None;
    }
    let (open, exact): (Vec<&str>, Vec<&str>) =
        paths.into_iter().partition(|path| path.contains(['*', '{', '$']));
    let open: Vec<Pattern<'_>> = open.into_iter().map(|path| Pattern(path.split('/').collect())).collect();
    let all = folders(input.files.iter().map(|file| file.path.as_str()));
    let exact: HashSet<&str> = exact.into_iter().filter(|path| all.contains(*path)).collect();
    // What kustomizations elsewhere use counts as deployed, and so does what is above it.
    let mut used: HashSet<&str> = HashSet::new();
    let named = input.parts.all().iter().flat_map(|one| {
        let entries = one.resources.iter().chain(&one.parts).map(String::as_str);
        entries.filter(|path| !is_below(path, &one.directory) && *path != one.directory)
    });
    let own = held(input);
    for path in exact.iter().copied().chain(named).chain(own) {
        let mut path = path;
        while !path.is_empty() && used.insert(path) {
            path = directory(path);
        }
    }
    let is_deployed = |folder: &str| {
        let mut above = folder;
        while !above.is_empty() {
            if exact.contains(above) {
                return true;
            }
            above = directory(above);
        }
        used.contains(folder) || open.iter().any(|pattern| pattern.meets(folder))
    };
    let mut deployed: HashMap<&str, usize> = HashMap::new();
    for folder in all.iter().filter(|folder| exact.contains(folder.as_str())) {
        *deployed.entry(directory(folder)).or_default() += 1;
    }
    let is_left = |folder: &&String| {
        let name = folder.rsplit('/').next().unwrap_or(folder);
        deployed.get(directory(folder)).is_some_and(|count| *count >= SIBLINGS)
            && !APART.contains(&name)
            && !is_deployed(folder)
    };
    Some(all.iter().filter(is_left).cloned().collect())
}

/// Folders with charts, which others may take, and with what tells GitOps tools where to look.
fn held<'i>(input: &'i Input<'_>) -> Vec<&'i str> {
    let charts =
        input.files.iter().filter(|file| file.file_name() == "Chart.yaml").map(|file| directory(&file.path));
    let tells = |object: &Object<'_>| {
        deploys_by_path(object) || matches!(object.kind, "ApplicationSet" | "AppProject" | "GitRepository")
    };
    let tellers = input.objects.iter().filter(|one| tells(&one.object)).map(|one| directory(one.path()));
    charts.chain(tellers).collect()
}

/// Files beside a kustomization that lists others and not them.
fn unlisted(input: &Input<'_>) -> HashSet<String> {
    let paths = || input.files.iter().map(|file| file.path.as_str());
    let there: HashSet<&str> = paths().collect();
    let lists_own = |one: &&Kustomization| {
        one.resources.iter().any(|entry| directory(entry) == one.directory && there.contains(entry.as_str()))
    };
    let listing: HashSet<&str> =
        input.parts.all().iter().filter(lists_own).map(|one| one.directory.as_str()).collect();
    let is_claimed = |path: &str| input.parts.is_part(path) || input.parts.is_deployed(path);
    let left =
        |path: &&str| listing.contains(directory(path)) && !is_claimed(path) && !is_kustomization_file(path);
    paths().filter(left).map(str::to_owned).collect()
}
