//! What the files of a tree are kept for: not everything in a repository is meant for a cluster. Tests, examples,
//! copies of other projects and releases that are only kept are known by their paths, and by what lies beside them.

mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use foldhash::{HashMap, HashSet, HashSetExt};
use serde::{Deserialize, Serialize};

use words::by_path;

use super::{generated, set_aside};
use crate::document::Document;
use crate::files::SourceFile;
use crate::files::path::{directory, join};

/// What a file is kept for, if not for a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Context {
    /// Input of tests.
    Test,
    /// What a test expects: excerpts of objects that are compared with others.
    Expected,
    /// Shown to readers.
    Example,
    /// A copy of another project's files.
    Vendored,
    /// An older release, or what was set aside.
    Kept,
    /// Written by a program from something else, which is what people edit.
    Generated,
}

impl Context {
    /// All of them, in the order of the documentation.
    pub const ALL: [Context; 6] = [
        Context::Test,
        Context::Expected,
        Context::Example,
        Context::Vendored,
        Context::Kept,
        Context::Generated,
    ];

    /// The word used in formats and in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Context::Test => "test",
            Context::Expected => "expected",
            Context::Example => "example",
            Context::Vendored => "vendored",
            Context::Kept => "kept",
            Context::Generated => "generated",
        }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Groups of the files that drive a test, with whose steps the files beside them are read.
const RUNNERS: &[&str] = &["kuttl.dev/", "kudo.dev/", "chainsaw.kyverno.io/"];

/// What every file of a run is kept for.
#[derive(Debug, Default)]
pub struct Contexts {
    /// Each with the folder that says so, as the length of its path.
    files: HashMap<String, (Context, usize)>,
}

impl Contexts {
    /// Looks over all files. What was named, and directories at or above what was named (`roots`), say nothing: who
    /// names a test wants it judged. `chosen` is what the configuration says of a path, `Some(None)` for "none of
    /// them".
    pub fn new(
        files: &[Arc<SourceFile>],
        documents: &[Document],
        roots: &[String],
        chosen: impl Fn(&str) -> Option<Option<Context>>,
    ) -> Self {
        let driven = driven(documents);
        let compared = compared(documents);
        let mut kept = releases(files);
        let set_aside = set_aside::paths(files, documents);
        let generated = generated::paths(files, documents);
        kept.extend(set_aside.iter().map(String::as_str));
        let mut this = Contexts::default();
        for file in files.iter().filter(|file| !file.named && !file.piped) {
            let path = file.path.as_str();
            let is_expected = |path: &str| driven.contains(directory(path)) && is_assertion(path);
            let root = roots.iter().filter(|root| is_below(path, root)).map(String::len).max().unwrap_or(0);
            let found = match chosen(path) {
                Some(chosen) => chosen.map(|context| (context, directory(path).len())),
                None => by_path(&path[root..])
                    .map(|(context, folder)| match context {
                        Context::Test if is_step_of_kuttl(path) || is_expected(path) => {
                            (Context::Expected, root + folder)
                        }
                        _ => (context, root + folder),
                    })
                    .or_else(|| by_neighbours(path, root, &driven, &kept))
                    .or_else(|| generated.contains(path).then(|| (Context::Generated, directory(path).len())))
                    .map(|(context, folder)| match context {
                        Context::Test if compared.contains(path) => (Context::Expected, folder),
                        _ => (context, folder),
                    }),
            };
            this.files.extend(found.map(|context| (path.to_owned(), context)));
        }
        this
    }

    /// What the file of this path is kept for; `None` for a cluster.
    pub fn of(&self, path: &str) -> Option<Context> {
        self.files.get(path).map(|one| one.0)
    }

    /// The folder of a file that says what it is kept for; empty for the top.
    pub fn folder<'p>(&self, path: &'p str) -> &'p str {
        self.files.get(path).map_or("", |one| &path[..one.1.min(path.len())])
    }

    /// Every folder that says what its files are kept for, with their number, in the order of the paths.
    pub fn folders(&self) -> Vec<(String, Context, usize)> {
        let mut all: BTreeMap<(&str, Context), usize> = BTreeMap::new();
        for (path, (context, _)) in &self.files {
            *all.entry((self.folder(path), *context)).or_default() += 1;
        }
        all.into_iter().map(|((folder, context), count)| (folder.to_owned(), context, count)).collect()
    }

    /// Whether the file holds excerpts that a test compares with objects: nothing of it is applied.
    pub fn is_expected(&self, path: &str) -> bool {
        self.of(path) == Some(Context::Expected)
    }
}

fn is_below(path: &str, root: &str) -> bool {
    root.is_empty() || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'))
}

/// By what lies beside the file: the steps of a test, or newer releases.
fn by_neighbours(
    path: &str,
    root: usize,
    driven: &HashSet<&str>,
    kept: &HashSet<&str>,
) -> Option<(Context, usize)> {
    if driven.contains(directory(path)) {
        let context = if is_assertion(path) { Context::Expected } else { Context::Test };
        return Some((context, directory(path).len()));
    }
    if kept.contains(path) {
        return Some((Context::Kept, directory(path).len()));
    }
    let mut above = directory(path);
    while above.len() > root {
        if kept.contains(above) {
            return Some((Context::Kept, above.len()));
        }
        above = directory(above);
    }
    None
}

/// Directories with files that drive a test.
fn driven(documents: &[Document]) -> HashSet<&str> {
    let drives = |document: &&Document| {
        let root = document.held().filter(|tree| !tree.is_empty()).map(|tree| tree.root());
        let version = root.filter(|root| root.is_mapping()).and_then(|root| root.get("apiVersion"));
        version.is_some_and(|version| RUNNERS.iter().any(|group| version.text().starts_with(group)))
    };
    documents.iter().filter(drives).map(|document| directory(&document.source.path)).collect()
}

/// Files that a test of Chainsaw compares with what the cluster has: `assert: {file: …}` and `error: {file: …}`.
fn compared(documents: &[Document]) -> HashSet<String> {
    let mut found = HashSet::new();
    for document in documents {
        let Some(tree) = document.held().filter(|tree| !tree.is_empty()) else { continue };
        let version =
            Some(tree.root()).filter(|root| root.is_mapping()).and_then(|root| root.get("apiVersion"));
        if !version.is_some_and(|version| version.text().starts_with("chainsaw.kyverno.io/")) {
            continue;
        }
        let below = tree.root().get("spec").and_then(|spec| spec.get("steps"));
        let phases = ["try", "catch", "finally", "cleanup"];
        let steps = below.into_iter().flat_map(|steps| steps.items());
        let operations = steps
            .flat_map(|step| phases.iter().filter_map(move |phase| step.get(phase)))
            .flat_map(|operations| operations.items());
        let named = operations.filter_map(|one| one.get("assert").or_else(|| one.get("error"))?.get("file"));
        found.extend(named.map(|file| join(directory(&document.source.path), file.text())));
    }
    found
}

/// Whether a step's file is what must be there, or must not: `00-assert.yaml`, `01-errors.yaml`.
fn is_assertion(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| matches!(word, "assert" | "asserts" | "assertion" | "error" | "errors" | "expected"))
}

/// Whether a file is called as kuttl calls what it compares after a step: `00-assert.yaml`, `05-errors.yaml`.
fn is_step_of_kuttl(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (number, rest) = name.split_at(name.bytes().take_while(u8::is_ascii_digit).count());
    number.len() == 2 && matches!(rest, "-assert.yaml" | "-errors.yaml" | "-assert.yml" | "-errors.yml")
}

/// Directories of releases by their versions.
type Releases<'p> = BTreeMap<(Vec<u32>, u32), &'p str>;

/// So many files of one name and different versions are releases; two may be lessons.
const RELEASES: usize = 3;

/// Directories and files of releases that have a newer one beside them.
fn releases(files: &[Arc<SourceFile>]) -> HashSet<&str> {
    let mut beside: BTreeMap<(&str, &str), Releases<'_>> = BTreeMap::new();
    let mut single: BTreeMap<(&str, &str), Releases<'_>> = BTreeMap::new();
    for file in files {
        let name = file.file_name();
        let name = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")).unwrap_or("");
        if let Some((of, version)) = version(name) {
            single.entry((directory(&file.path), of)).or_default().insert(version, &file.path);
        }
        let mut own = directory(&file.path);
        while !own.is_empty() {
            if let Some((of, version)) = version(own.rsplit('/').next().unwrap_or(own)) {
                beside.entry((directory(own), of)).or_default().insert(version, own);
            }
            own = directory(own);
        }
    }
    let paths: HashSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let before = single.iter().filter_map(|((folder, of), all)| {
        all.keys().any(|(numbers, _)| is_of_kubernetes(numbers)).then_some(())?;
        let plain = join(folder, of.strip_suffix('-')?);
        ["yaml", "yml"].iter().find_map(|end| paths.get(format!("{plain}.{end}").as_str()).copied())
    });
    let before: Vec<&str> = before.collect();
    single.retain(|_, all| all.len() >= RELEASES);
    beside
        .into_values()
        .chain(single.into_values())
        .flat_map(|all| {
            let older = all.len().saturating_sub(1);
            all.into_values().take(older)
        })
        .chain(before)
        .collect()
}

/// Whether a version is one of Kubernetes in whose name a manifest was written anew: beside `web-v1.22.yaml`, `web.yaml` is
/// kept for older clusters.
fn is_of_kubernetes(numbers: &[u32]) -> bool {
    matches!(numbers, [1, 16..=60])
}

/// What is released, and the numbers of a release: `v1.2`, `1.10.3`, `istio-1.20.0`, `v0.6.0-rc1`; one that is not final
/// comes before the one that is. A single number (`v1`) is rather a step of the same thing.
fn version(name: &str) -> Option<(&str, (Vec<u32>, u32))> {
    let begin = name.find(|c: char| c.is_ascii_digit())?;
    let (of, rest) = name.split_at(begin);
    let (numbers, end) = rest.split_once('-').unwrap_or((rest, ""));
    let of = of.strip_suffix('v').unwrap_or(of);
    let numbers: Option<Vec<u32>> = numbers.split('.').map(|part| part.parse().ok()).collect();
    let candidate = end.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '.');
    let turn = if end.is_empty() { u32::MAX } else { candidate.parse().ok()? };
    let plain = of.is_empty() || of.ends_with('-');
    numbers.filter(|numbers| numbers.len() > 1 && plain).map(|numbers| (of, (numbers, turn)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::FileId;

    fn contexts(paths: &[&str], roots: &[&str]) -> Vec<Option<&'static str>> {
        let file = |(at, path): (usize, &&str)| Arc::new(SourceFile::new(FileId(at as u32), *path, ""));
        let files: Vec<Arc<SourceFile>> = paths.iter().enumerate().map(file).collect();
        let roots: Vec<String> = roots.iter().map(|root| (*root).to_owned()).collect();
        let found = Contexts::new(&files, &[], &roots, |_| None);
        paths.iter().map(|path| found.of(path).map(Context::name)).collect()
    }

    #[test]
    fn directories_and_files_say_what_they_are_kept_for() {
        for (path, context) in [
            ("deploy/web.yaml", None),
            ("test/web.yaml", Some("test")),
            ("pkg/testdata/a/web.yaml", Some("test")),
            ("vendor/x/examples/web.yaml", Some("example")),
            ("examples/web.yaml", Some("example")),
            ("third_party/web.yaml", Some("vendored")),
            ("deploy-old/web.yaml", Some("kept")),
            ("deploy/invalid-web.yaml", Some("test")),
            ("deploy/invalid.yaml", None),
            ("e2e/one/01-assert.yaml", Some("expected")),
            ("deploy/01-assert.yaml", None),
            ("chart/tests/__snapshot__/web.yaml", Some("expected")),
            ("docs/snippets/web.yaml", Some("example")),
            ("quickstart-k8s/web.yaml", Some("example")),
            ("shop-samples-rpc/web.yaml", Some("example")),
            ("old-docs/web.yaml", Some("example")),
            ("sampler/web.yaml", None),
            ("latest/web.yaml", None),
            ("lab-07-probes/web.yaml", Some("example")),
            ("kubernetes-labs/probes/web.yaml", Some("example")),
            ("home-lab/web.yaml", None),
            ("lab/web.yaml", None),
            ("deploy/broken-web.yaml", Some("test")),
            ("contest/web.yaml", None),
        ] {
            assert_eq!(contexts(&[path], &[""]), [context], "{path}");
        }
    }

    #[test]
    fn what_is_named_is_judged_like_anything_else() {
        assert_eq!(contexts(&["examples/web.yaml"], &["examples"]), [None]);
        assert_eq!(contexts(&["examples/test/web.yaml"], &["examples"]), [Some("test")]);
    }

    #[test]
    fn older_releases_are_kept_beside_the_newest() {
        let paths = ["k/v1.9/a.yaml", "k/v1.10/a.yaml", "k/v1.10/x/a.yaml", "v1/a.yaml", "v2/a.yaml"];
        assert_eq!(contexts(&paths, &[""]), [Some("kept"), None, None, None, None]);
        let paths =
            ["r/db-1.9.0.yaml", "r/db-1.10.0.yaml", "r/db-1.10.1.yaml", "r/web-1.0.yaml", "r/web-1.1.yaml"];
        assert_eq!(contexts(&paths, &[""]), [Some("kept"), Some("kept"), None, None, None]);
        let paths = ["k/istio-1.9.0/a.yaml", "k/istio-1.20.0/a.yaml", "k/other-1.1/a.yaml"];
        assert_eq!(contexts(&paths, &[""]), [Some("kept"), None, None]);
        let paths = ["k/v0.6.0-rc0/a.yaml", "k/v0.6.0-rc1/a.yaml", "k/v0.6.0/a.yaml", "k/v0.6.0-x/a.yaml"];
        assert_eq!(contexts(&paths, &[""]), [Some("kept"), Some("kept"), None, None]);
    }
}
