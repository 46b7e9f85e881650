//! The Applications that Argo CD makes of an ApplicationSet, as far as files say it: lists, directories and files of
//! the repository, and both combined (fact 16.15).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use globset::{GlobBuilder, GlobMatcher};

use super::repository;
use crate::document::Document;
use crate::files::inside::is_repository;
use crate::files::path;
use crate::helm::{Filled, Shelf};
use crate::yaml::{Node, Tree};

/// What a generator says of one Application, by the names that templates use.
type Parameters = BTreeMap<String, String>;

/// Why the Applications of a set are not known, and where it says so.
type Unknown<'d> = (Node<'d>, String);

/// A set with more Applications than this is not followed.
const MOST: usize = 500;
/// Generators nest this deep.
const DEEPEST: usize = 3;

/// What stands in the place of the texts of the template, for each Application of the set.
pub fn all<'d>(object: Node<'d>, repositories: &Repositories<'_>) -> Result<Vec<Filled>, Unknown<'d>> {
    let Some(spec) = object.get("spec") else { return Ok(Vec::new()) };
    let go = spec.get("goTemplate").and_then(Node::bool) == Some(true);
    if let Some(patch) = spec.entry("templatePatch") {
        return Err((patch.key, "`templatePatch` is not evaluated".to_owned()));
    }
    let set = Set { go, path: &object.tree().source().path, repositories };
    let mut all = Vec::new();
    for generator in spec.get("generators").into_iter().flat_map(|list| list.items()) {
        all.extend(set.generate(generator, &Parameters::new(), 0)?);
    }
    let Some(template) = spec.get("template") else { return Ok(Vec::new()) };
    let mut texts = BTreeSet::new();
    gather(template, &mut texts);
    all.into_iter().map(|parameters| set.fill_all(&texts, &parameters, template)).collect()
}

/// The texts of a node that have something to fill in.
fn gather<'d>(node: Node<'d>, texts: &mut BTreeSet<&'d str>) {
    node.items().for_each(|item| gather(item, texts));
    node.entries().for_each(|entry| gather(entry.value, texts));
    texts.extend(node.str().filter(|text| text.contains("{{")));
}

struct Set<'s, 'd> {
    go: bool,
    /// The file that it is written in.
    path: &'s str,
    repositories: &'s Repositories<'d>,
}

/// The files of the repositories of sets, each looked through when a set first asks for it.
pub struct Repositories<'d> {
    documents: &'d [Document],
    shelf: &'d Shelf,
    /// The directory that paths are shown from, links followed.
    folder: PathBuf,
    known: RefCell<BTreeMap<PathBuf, Rc<Files<'d>>>>,
}

/// The files of a repository.
struct Files<'d> {
    /// Every directory from its top, but those that are hidden.
    directories: BTreeSet<String>,
    /// Files that were read as YAML, by their paths from its top.
    trees: BTreeMap<String, Vec<&'d Tree>>,
}

impl<'d> Repositories<'d> {
    /// Those of these files.
    pub fn new(documents: &'d [Document], shelf: &'d Shelf) -> Self {
        let folder = std::fs::canonicalize(shelf.folder()).unwrap_or_else(|_| shelf.folder().to_owned());
        Repositories { documents, shelf, folder, known: RefCell::default() }
    }

    /// The files of the repository that a file lies in.
    fn of(&self, file: &str) -> Rc<Files<'d>> {
        let top = repository(self.shelf.folder(), path::directory(file));
        // Without a disk paths are seen from the top.
        let top = if self.folder.is_absolute() && is_repository(&top) { top } else { self.folder.clone() };
        let mut known = self.known.borrow_mut();
        Rc::clone(known.entry(top).or_insert_with_key(|top| Rc::new(self.files(top))))
    }

    fn files(&self, top: &Path) -> Files<'d> {
        let inside = |shown: &str| {
            let seen = path::absolute(Path::new(shown), &self.folder);
            seen.strip_prefix(top).ok().map(path::slashed)
        };
        let mut directories = BTreeSet::new();
        for path in self.shelf.files().iter().filter_map(|file| inside(&file.path)) {
            let mut rest = path.as_str();
            while let Some((above, _)) = rest.rsplit_once('/')
                && directories.insert(above.to_owned())
            {
                rest = above;
            }
        }
        directories.retain(|path| path.split('/').all(|part| !part.starts_with('.')));
        let mut trees: BTreeMap<String, Vec<&Tree>> = BTreeMap::new();
        for tree in self.documents.iter().filter_map(Document::tree).filter(|tree| !tree.is_empty()) {
            if let Some(path) = inside(&tree.source().path) {
                trees.entry(path).or_default().push(tree);
            }
        }
        Files { directories, trees }
    }
}

/// The generators inside of a generator.
fn inner<'d>(generator: Node<'d>) -> impl Iterator<Item = Node<'d>> + use<'d> {
    generator.get("generators").into_iter().flat_map(|list| list.items())
}

impl Set<'_, '_> {
    /// What a generator says, with what one beside it said before.
    fn generate<'d>(
        &self,
        generator: Node<'d>,
        known: &Parameters,
        depth: usize,
    ) -> Result<Vec<Parameters>, Unknown<'d>> {
        if depth > DEEPEST {
            return Err((generator, "its generators nest too deep".to_owned()));
        }
        let Some(entry) = generator.entries().find(|entry| entry.key.key_text() != "selector") else {
            return Ok(Vec::new());
        };
        if let Some(template) = entry.value.entry("template") {
            return Err((template.key, "the template of a single generator is not evaluated".to_owned()));
        }
        let mut all = match entry.key.key_text() {
            "list" => self.list(entry.value, known)?,
            "git" => self.git(entry.value, known)?,
            "matrix" => self.matrix(entry.value, known, depth)?,
            "merge" => self.merged(entry.value, known, depth)?,
            other => return Err((entry.key, format!("the generator `{other}` asks a server"))),
        };
        limit(&all, generator)?;
        if let Some(selector) = generator.get("selector") {
            let Some(labels) = selector.get("matchLabels").filter(|_| selector.entries().count() == 1) else {
                return Err((selector, "the selector of a generator is not evaluated".to_owned()));
            };
            let fits = |all: &Parameters| {
                let mut pairs = labels.entries();
                pairs.all(|pair| all.get(pair.key.key_text()).is_some_and(|own| own == pair.value.text()))
            };
            all.retain(fits);
        }
        Ok(all)
    }

    /// Every combination of what the generators of a matrix say.
    fn matrix<'d>(
        &self,
        matrix: Node<'d>,
        known: &Parameters,
        depth: usize,
    ) -> Result<Vec<Parameters>, Unknown<'d>> {
        let mut all = vec![known.clone()];
        for generator in inner(matrix) {
            let mut next = Vec::new();
            for before in &all {
                for own in self.generate(generator, before, depth + 1)? {
                    next.push(before.iter().map(owned).chain(own).collect());
                }
                limit(&next, generator)?;
            }
            all = next;
        }
        Ok(all)
    }

    /// What the first generator says, with what the others say of the same keys.
    fn merged<'d>(
        &self,
        node: Node<'d>,
        known: &Parameters,
        depth: usize,
    ) -> Result<Vec<Parameters>, Unknown<'d>> {
        let keys = node.get("mergeKeys").into_iter().flat_map(|keys| keys.items());
        let keys: Vec<&str> = keys.map(Node::text).collect();
        let mut all: Vec<Parameters> = Vec::new();
        for (at, generator) in inner(node).enumerate() {
            let own = self.generate(generator, known, depth + 1)?;
            match at {
                0 => all = own,
                _ => merge(&mut all, &own, &keys),
            }
        }
        Ok(all)
    }

    fn list<'d>(&self, list: Node<'d>, known: &Parameters) -> Result<Vec<Parameters>, Unknown<'d>> {
        if let Some(entry) = list.entry("elementsYaml") {
            return Err((entry.key, "`elementsYaml` is not evaluated".to_owned()));
        }
        let elements = list.get("elements").into_iter().flat_map(|list| list.items());
        let one = |element: Node<'d>| {
            let mut own = Parameters::new();
            flatten(element, String::new(), &mut own);
            own.into_iter().map(|(key, text)| Ok((key, self.fill(&text, known, element)?))).collect()
        };
        elements.map(one).collect()
    }

    fn git<'d>(&self, git: Node<'d>, known: &Parameters) -> Result<Vec<Parameters>, Unknown<'d>> {
        let prefix =
            git.get("pathParamPrefix").map(|prefix| format!("{}.", prefix.text())).unwrap_or_default();
        let patterns = |field: &str| -> Result<Vec<(GlobMatcher, bool)>, Unknown<'d>> {
            let items = git.get(field).into_iter().flat_map(|list| list.items());
            let one = |item: Node<'d>| {
                let path = item.get("path").unwrap_or(item);
                let text = self.fill(path.text(), known, path)?;
                let glob = GlobBuilder::new(text.trim_matches('/')).literal_separator(true).build();
                let glob = glob.map_err(|_| (path, "its pattern of paths is not valid".to_owned()))?;
                Ok((glob.compile_matcher(), item.get("exclude").and_then(Node::bool) == Some(true)))
            };
            items.map(one).collect()
        };
        let chosen = |patterns: &[(GlobMatcher, bool)], path: &str| {
            let hit = |out: bool| patterns.iter().any(|one| one.1 == out && one.0.is_match(path));
            hit(false) && !hit(true)
        };
        let mut all = Vec::new();
        let directories = patterns("directories")?;
        if !directories.is_empty() {
            let own = self.repositories.of(self.path);
            for path in own.directories.iter().filter(|path| chosen(&directories, path)) {
                all.push(of_path(path, None, &prefix));
            }
        }
        let files = patterns("files")?;
        if !files.is_empty() {
            let own = self.repositories.of(self.path);
            for (path, trees) in own.trees.iter().filter(|(path, _)| chosen(&files, path)) {
                for root in trees.iter().map(|tree| tree.root()) {
                    let items: Vec<Node<'_>> =
                        if root.is_sequence() { root.items().collect() } else { vec![root] };
                    for item in items {
                        let mut own = Parameters::new();
                        flatten(item, String::new(), &mut own);
                        own.extend(of_path(path::directory(path), path.rsplit('/').next(), &prefix));
                        all.push(own);
                    }
                }
            }
        }
        for own in &mut all {
            for value in git.get("values").into_iter().flat_map(|values| values.entries()) {
                let together = known.iter().map(owned).chain(own.clone()).collect();
                let text = self.fill(value.value.text(), &together, value.value)?;
                own.insert(format!("values.{}", value.key.key_text()), text);
            }
        }
        Ok(all)
    }

    /// The texts of a template with what stands in their place.
    fn fill_all<'d>(
        &self,
        texts: &BTreeSet<&str>,
        parameters: &Parameters,
        template: Node<'d>,
    ) -> Result<Filled, Unknown<'d>> {
        let filled =
            texts.iter().map(|text| Ok(((*text).to_owned(), self.fill(text, parameters, template)?)));
        Ok(Filled::new(filled.collect::<Result<_, _>>()?))
    }

    /// A text with its parameters.
    fn fill<'d>(&self, text: &str, known: &Parameters, at: Node<'d>) -> Result<String, Unknown<'d>> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, (inside, after))) =
            rest.split_once("{{").and_then(|(before, rest)| Some((before, rest.split_once("}}")?)))
        {
            out.push_str(before);
            let asked = inside.trim_matches('-').trim();
            let value = if self.go { of_go(asked).and_then(|key| known.get(&key)) } else { known.get(asked) };
            match value {
                Some(value) => out.push_str(value),
                // What is not known stays as it is, for Helm to read.
                None if !self.go => out.push_str(&format!("{{{{{inside}}}}}")),
                None => return Err((at, format!("`{{{{ {asked} }}}}` is not evaluated"))),
            }
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }
}

fn owned((key, text): (&String, &String)) -> (String, String) {
    (key.clone(), text.clone())
}

fn limit<'d>(all: &[Parameters], at: Node<'d>) -> Result<(), Unknown<'d>> {
    if all.len() <= MOST { Ok(()) } else { Err((at, "it has too many Applications".to_owned())) }
}

/// Takes over what another generator says of the Applications with the same values of some keys.
fn merge(all: &mut [Parameters], own: &[Parameters], keys: &[&str]) {
    for base in all {
        let same = |other: &&Parameters| keys.iter().all(|key| other.get(*key) == base.get(*key));
        if let Some(other) = own.iter().find(same) {
            base.extend(other.iter().map(owned));
        }
    }
}

/// The key of a parameter that a template of Go asks for: `.path.basename`, or `index .path.segments 1`.
fn of_go(asked: &str) -> Option<String> {
    let plain = |path: &str| path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    match asked.strip_prefix("index ").map(|rest| rest.split_whitespace().collect::<Vec<_>>()).as_deref() {
        Some([list, number]) => Some(format!("{}.{}", list.strip_prefix('.')?, number.trim_matches('"'))),
        Some(_) => None,
        None => asked.strip_prefix('.').filter(|path| plain(path)).map(str::to_owned),
    }
}

/// What a path is called in templates of both kinds.
fn of_path(path: &str, file: Option<&str>, prefix: &str) -> Parameters {
    let normal = |text: &str| {
        let letters = text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' });
        letters.collect::<String>().to_ascii_lowercase()
    };
    let name = path.rsplit('/').next().unwrap_or("");
    let mut own = Parameters::new();
    let mut add = |key: &str, text: &str| drop(own.insert(format!("{prefix}{key}"), text.to_owned()));
    add("path", path);
    add("path.path", path);
    add("path.basename", name);
    add("path.basenameNormalized", &normal(name));
    for (at, part) in path.split('/').enumerate() {
        add(&format!("path[{at}]"), part);
        add(&format!("path.segments.{at}"), part);
    }
    if let Some(file) = file {
        add("path.filename", file);
        add("path.filenameNormalized", &normal(file));
    }
    own
}

/// The scalars of a node by their paths, with dots between keys and numbers.
fn flatten(node: Node<'_>, path: String, into: &mut Parameters) {
    let inner = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    if node.is_mapping() {
        node.entries().for_each(|entry| flatten(entry.value, inner(entry.key.key_text()), into));
    } else if node.is_sequence() {
        node.items().enumerate().for_each(|(at, item)| flatten(item, inner(&at.to_string()), into));
    } else if !path.is_empty() {
        into.insert(path, if node.is_null() { String::new() } else { node.text().to_owned() });
    }
}
