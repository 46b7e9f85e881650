//! What a build can read: the files of the run, and, where the run comes from a disk, what lies beside them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;

use super::form;
use super::value::{Data, Value};
use crate::document::{self, Content, Document};
use crate::files::{SourceFile, Span, inside, tracked};
use crate::yaml::Tree;

/// The files of a run with their documents.
#[derive(Default)]
pub struct World<'a> {
    files: &'a [Arc<SourceFile>],
    documents: &'a [Document],
    by_path: HashMap<&'a str, usize>,
    /// First document of every file.
    first: Vec<usize>,
    /// Kustomization files by directory.
    kustomizations: BTreeMap<&'a str, Vec<usize>>,
    /// What they say, in the order of the files.
    sheets: Vec<Sheet<'a>>,
    /// Paths to which Flux adds components of its own, as its objects write them.
    enlarged: Vec<String>,
    /// What is not among the files may be looked for on the disk.
    disk: Option<&'a Path>,
    /// What a sparse checkout leaves out.
    left_out: OnceLock<BTreeSet<String>>,
    /// What tasks write, by folder and name.
    written: OnceLock<HashSet<&'a str>>,
    /// Whether an object of Flux is in view.
    flux: OnceLock<bool>,
    /// What charts print, by the entries of `helmCharts` that ask for it.
    charts: HashMap<Span, Inflation<'a>>,
}

/// A kustomization file as kustomize reads it: of keys that are there twice the last one, fields by the names that
/// kustomize gives them. Everybody who asks what a kustomization says asks this.
#[derive(Debug)]
pub struct Sheet<'a> {
    /// Its path.
    pub path: &'a str,
    /// What its documents say; nothing of one that cannot be read. Kustomize looks at the first one.
    pub roots: Vec<Option<Value>>,
    file: usize,
}

impl<'a> Sheet<'a> {
    fn read(file: usize, path: &'a str, documents: &[Document]) -> Self {
        let said = documents.iter().filter(|document| !matches!(document.content, Content::Comments(_)));
        Sheet { path, roots: said.map(root).collect(), file }
    }
}

/// What a document of a kustomization file says.
fn root(document: &Document) -> Option<Value> {
    let tree = document.tree().filter(|tree| !tree.is_empty())?;
    let mut root = Value::read(tree.root());
    if !tree.duplicates().is_empty() {
        form::last_wins(&mut root);
    }
    form::canonical(&mut root);
    Some(root)
}

/// What a chart prints for a kustomization.
#[derive(Clone, Debug)]
pub struct Inflation<'a> {
    /// Its objects.
    pub trees: Vec<&'a Tree>,
    /// Nothing of it is out of sight.
    pub whole: bool,
}

/// Whether something that is named is there.
#[derive(Debug)]
pub enum Found<T> {
    /// It is.
    There(T),
    /// It is, but not among the files of the run.
    OutOfView,
    /// It is not.
    Missing,
}

/// Whether a file holds objects of Flux, whatever it is called.
fn is_of_flux(documents: &[Document]) -> bool {
    documents
        .iter()
        .filter_map(Document::held)
        .any(|tree| !tree.is_empty() && document::is_of_flux(tree.root()))
}

/// The path that an object of Flux builds with components besides those of the kustomization there (fact 13.22).
fn with_components(document: &Document) -> Option<String> {
    let root = document.held().filter(|tree| !tree.is_empty())?.root();
    let spec = root.get("spec").filter(|_| document::is_of_flux(root))?;
    spec.get("components")?.items().next()?;
    let path = spec.get("path")?.text();
    Some(path.trim_start_matches("./").trim_end_matches('/').to_owned())
}

/// What a line of a task or of a script in one writes, by folder and name: `cp out.yaml $DIR/base/a.yaml`,
/// `dest: '{{ here }}/base/a.yaml'`, `curl x > $DIR/base/a.yaml`.
fn written(line: &str) -> Option<&str> {
    let line = line.trim().trim_start_matches("- ");
    let is_target = |word: &str| matches!(word, ">" | ">>" | "-o" | "--output" | "tee");
    let is_written = line.split_whitespace().next().is_some_and(|verb| matches!(verb, "cp" | "mv" | "dest:"))
        || line.split_whitespace().rev().nth(1).is_some_and(is_target);
    let end = line.trim_end_matches(['"', '\'', ';']);
    let (name, folder) = (end.rfind('/')?, end[..end.rfind('/')?].rfind('/')?);
    (is_written && name + 1 < end.len()).then(|| &end[folder..])
}

/// What a file with tasks or scripts has in it, and the longest of its lines that are read.
const TASKS: [&str; 3] = ["dest:", "script:", "shell:"];
const LONGEST_LINE: usize = 1024;

/// What the `.gitignore` of a folder says, if it has one.
fn ignores(folder: &Path) -> Option<ignore::gitignore::Gitignore> {
    let file = folder.join(".gitignore");
    if !inside::has_sound_ignores(folder) || !file.is_file() {
        return None;
    }
    let mut builder = ignore::gitignore::GitignoreBuilder::new(folder);
    builder.add(file);
    builder.build().ok()
}

/// Larger files are not embedded in anything.
const LARGEST: u64 = 4 << 20;

impl<'a> World<'a> {
    /// The files of a run, in their order, with their documents; `disk` allows a look at what was not read.
    pub fn new(files: &'a [Arc<SourceFile>], documents: &'a [Document], disk: Option<&'a Path>) -> Self {
        let by_path = files.iter().enumerate().map(|(at, file)| (file.path.as_str(), at)).collect();
        let first: Vec<usize> = (0..=files.len())
            .map(|file| documents.partition_point(|document| (document.source.id.0 as usize) < file))
            .collect();
        let mut kustomizations: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, file) in files.iter().enumerate() {
            let own = &documents[first[at]..first[at + 1]];
            if super::is_kustomization_file(&file.path) && !is_of_flux(own) {
                let directory = crate::files::path::directory(&file.path);
                kustomizations.entry(directory).or_default().push(at);
            }
        }
        let files_of = kustomizations.values().flatten().copied();
        let mut files_of: Vec<usize> = files_of.collect();
        files_of.sort_unstable();
        let sheet = |&at: &usize| Sheet::read(at, &files[at].path, &documents[first[at]..first[at + 1]]);
        let sheets: Vec<Sheet<'_>> = files_of.par_iter().map(sheet).collect();
        let enlarged = match sheets.is_empty() {
            true => Vec::new(),
            false => documents.iter().filter_map(with_components).collect(),
        };
        World {
            files,
            documents,
            by_path,
            first,
            kustomizations,
            sheets,
            enlarged,
            disk,
            left_out: OnceLock::new(),
            written: OnceLock::new(),
            flux: OnceLock::new(),
            charts: HashMap::new(),
        }
    }

    /// The same with what charts print.
    pub fn with_charts(self, charts: HashMap<Span, Inflation<'a>>) -> Self {
        World { charts, ..self }
    }

    /// What the chart of an entry of `helmCharts` prints, if it was evaluated.
    pub fn chart(&self, entry: Span) -> Option<&Inflation<'a>> {
        self.charts.get(&entry)
    }

    /// Every directory that has a kustomization, with the files it has.
    pub fn kustomizations(&self) -> impl Iterator<Item = (&'a str, &[usize])> {
        self.kustomizations.iter().map(|(directory, files)| (*directory, files.as_slice()))
    }

    /// The kustomization files of a directory.
    pub fn kustomization(&self, directory: &str) -> &[usize] {
        self.kustomizations.get(directory).map_or(&[], Vec::as_slice)
    }

    /// What all kustomizations say, in the order of their files.
    pub fn sheets(&self) -> &[Sheet<'a>] {
        &self.sheets
    }

    /// What the kustomization of a directory says, if there is one that can be read.
    pub fn sheet(&self, directory: &str) -> Option<&Value> {
        let [file] = self.kustomization(directory) else {
            return None;
        };
        let at = self.sheets.binary_search_by_key(file, |sheet| sheet.file).ok()?;
        let root = self.sheets[at].roots.first()?.as_ref()?;
        matches!(root.data, Data::Map(_)).then_some(root)
    }

    /// Whether a directory without a kustomization in view is on the disk, or would be but for a sparse checkout.
    pub fn is_on_disk(&self, path: &str) -> bool {
        let Some(root) = self.disk else {
            return false;
        };
        // The top of a tree without a root is the directory of the process.
        let own = root.join(path);
        own.as_os_str().is_empty() || own.exists() || self.is_left_out(path)
    }

    /// Whether Git tracks a file or a folder that a sparse checkout leaves out.
    fn is_left_out(&self, path: &str) -> bool {
        let read = || {
            let root = self.disk.unwrap_or(Path::new(""));
            let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
            root.canonicalize().map(|root| tracked::left_out(&root)).unwrap_or_default()
        };
        let left_out = self.left_out.get_or_init(read);
        let folder = format!("{path}/");
        left_out.contains(path)
            || left_out.range(folder.clone()..).next().is_some_and(|first| first.starts_with(&folder))
    }

    /// A path that was meant by one that leads nowhere: with one `../` more or less.
    pub fn meant(&self, directory: &str, text: &str) -> Option<String> {
        let less = text.strip_prefix("../").map(str::to_owned);
        let more = text.starts_with("../").then(|| format!("../{text}"));
        let is_there = |text: &String| {
            let path = crate::files::path::join(directory, text);
            // What includes itself was not meant.
            path != directory
                && (!self.kustomization(&path).is_empty() || matches!(self.file(&path), Found::There(_)))
        };
        [more, less].into_iter().flatten().find(is_there)
    }

    /// Whether a file is made before every build: git is told to pass over it, which is how such a file is kept out
    /// of a repository, or a script beside it writes it, as post-renderers of Helm do.
    pub fn is_made(&self, path: &str) -> bool {
        self.is_ignored(path) || self.is_written_by_script(path) || self.is_written_by_task(path)
    }

    /// Whether a task of Ansible or of a pipeline writes a file: a line of a manifest that ends in its folder and name,
    /// after `cp`, `dest:` or `>`.
    fn is_written_by_task(&self, path: &str) -> bool {
        let mut parts = path.rsplitn(3, '/');
        let (Some(name), Some(folder)) = (parts.next(), parts.next()) else {
            return false;
        };
        let written = self.written.get_or_init(|| {
            let finders = TASKS.map(memchr::memmem::Finder::new);
            let has_tasks = |text: &str| finders.iter().any(|one| one.find(text.as_bytes()).is_some());
            let files = self.files.iter().map(|file| &*file.text).filter(|text| has_tasks(text));
            let lines = files.flat_map(str::lines).filter(|line| line.len() <= LONGEST_LINE);
            lines.filter_map(written).collect()
        });
        written.contains(format!("/{folder}/{name}").as_str())
    }

    /// Whether a script in the directory of a path redirects output to a file of its name.
    fn is_written_by_script(&self, path: &str) -> bool {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let Some(root) = self.disk else {
            return false;
        };
        let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
        let own = root
            .join(directory)
            .canonicalize()
            .ok()
            .filter(|own| inside::repository(root).is_some_and(|top| own.starts_with(top)));
        let Some((own, entries)) = own.and_then(|own| Some((own.clone(), std::fs::read_dir(own).ok()?)))
        else {
            return false;
        };
        entries.take(MOST_BESIDE).flatten().any(|entry| {
            let text = inside::read_in(&entry.path(), &own, LARGEST_SCRIPT);
            let text = text.filter(|text| text.starts_with(b"#!"));
            text.is_some_and(|text| writes(&String::from_utf8_lossy(&text), name))
        })
    }

    fn is_ignored(&self, path: &str) -> bool {
        let Some(root) = self.disk else {
            return false;
        };
        let Ok(path) = std::path::absolute(root.join(path)) else {
            return false;
        };
        let Some(top) = path.ancestors().skip(1).find(|folder| folder.join(".git").exists()) else {
            return false;
        };
        let below = |folder: &&Path| folder.starts_with(top);
        let lists = path.ancestors().skip(1).take_while(below).filter_map(ignores);
        // The nearest first, which decides; each speaks of paths from where it is.
        let lists: Vec<_> = lists.collect();
        let is_skipped = |one: &Path, is_folder: bool| {
            let above = lists.iter().filter(|list| one != list.path() && one.starts_with(list.path()));
            let mut said = above.map(|list| list.matched(one, is_folder)).filter(|said| !said.is_none());
            said.next().is_some_and(|said| said.is_ignore())
        };
        // Git does not look into a folder that it passes over.
        is_skipped(&path, false)
            || path.ancestors().skip(1).take_while(|one| *one != top).any(|one| is_skipped(one, true))
    }

    /// Whether Flux builds something here, which takes files from its whole repository (fact 13.31).
    pub fn is_built_by_flux(&self) -> bool {
        *self.flux.get_or_init(|| is_of_flux(self.documents))
    }

    /// The file of this path.
    pub fn file(&self, path: &str) -> Found<usize> {
        match self.by_path.get(path) {
            Some(&at) => Found::There(at),
            None if self.is_on_disk(path) => Found::OutOfView,
            None => Found::Missing,
        }
    }

    /// Whether a directory is part of a bundle of Fleet, which lays kustomizations over the charts it renders
    /// (fact 13.19).
    fn is_of_fleet(&self, directory: &str) -> bool {
        let mut above = Some(directory);
        while let Some(own) = above {
            if !matches!(self.file(&crate::files::path::join(own, "fleet.yaml")), Found::Missing) {
                return true;
            }
            above = (!own.is_empty()).then(|| crate::files::path::directory(own));
        }
        false
    }

    /// Whether something lays more over the build of a directory than its kustomization says: a bundle of Fleet, or
    /// components that Flux adds.
    pub fn is_laid_over(&self, directory: &str) -> bool {
        let ends = |path: &String| {
            let inside =
                path.strip_suffix(directory).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
            inside && !directory.is_empty()
        };
        self.enlarged.iter().any(ends) || self.is_of_fleet(directory)
    }

    /// A file of the run.
    pub fn source(&self, file: usize) -> &'a Arc<SourceFile> {
        &self.files[file]
    }

    /// All files of the run.
    pub fn sources(&self) -> &'a [Arc<SourceFile>] {
        self.files
    }

    /// The documents of a file.
    pub fn documents(&self, file: usize) -> &'a [Document] {
        &self.documents[self.first[file]..self.first[file + 1]]
    }

    /// The content of any file.
    ///
    /// A file that is not one of the run has to lie in the folder of the kustomization that names it, links followed,
    /// as kustomize asks of all files (fact 13.31).
    pub fn bytes(&self, path: &str, folder: &str) -> Found<Vec<u8>> {
        if let Some(&at) = self.by_path.get(path) {
            let file = &self.files[at];
            let whole = file.damaged.is_empty() && !file.transcoded;
            return if whole {
                Found::There(file.text.clone().into_bytes())
            } else {
                self.read(path, folder)
            };
        }
        self.read(path, folder)
    }

    fn read(&self, shown: &str, folder: &str) -> Found<Vec<u8>> {
        let Some(root) = self.disk else {
            return Found::Missing;
        };
        let path = root.join(shown);
        if !path.is_file() {
            return if self.is_left_out(shown) { Found::OutOfView } else { Found::Missing };
        }
        let folder = root.join(if folder.is_empty() { "." } else { folder }).canonicalize();
        let bytes = folder.ok().and_then(|folder| inside::read_in(&path, &folder, LARGEST));
        bytes.map_or(Found::OutOfView, Found::There)
    }
}
/// Files of a directory that are looked at for scripts.
const MOST_BESIDE: usize = 64;

/// Larger scripts are not read, in bytes.
const LARGEST_SCRIPT: u64 = 64 * 1024;

/// Whether a line of a script redirects output to a file of this name.
fn writes(script: &str, name: &str) -> bool {
    script.lines().any(|line| {
        let target = line.rsplit_once('>').map(|(_, rest)| rest.trim_start());
        let word = target.and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
        word.trim_matches(['"', '\'']).rsplit('/').next() == Some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirection_names_what_a_script_writes() {
        for line in
            ["cat <&0 > template.yaml", "cat > \"$DIR/template.yaml\" && x", "helm template . >template.yaml"]
        {
            assert!(writes(&format!("#!/bin/sh\n{line}\n"), "template.yaml"), "{line}");
        }
        for line in
            ["cat template.yaml", "cat < template.yaml", "cat > other-template.yaml", "# template.yaml"]
        {
            assert!(!writes(line, "template.yaml"), "{line}");
        }
    }
}
