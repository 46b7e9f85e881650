//! Where text on standard input came from. `helm template` says so in a comment before every document, `kubectl
//! kustomize` in an annotation if it is asked to, and people look for a finding in the file that they edit.

use std::path::Path;

use foldhash::{HashMap, HashMapExt};

use crate::document::Document;
use crate::document::Object;
use crate::files::inside;
use crate::files::{SourceFile, Span};
use crate::run::Origin;

/// The annotation that `buildMetadata: [originAnnotations]` adds.
const ANNOTATION: &str = "config.kubernetes.io/origin";

/// Larger files are no templates.
const LARGEST: u64 = 4 << 20;

/// Looks origins up and remembers the files it has read.
pub struct Origins<'r> {
    /// The directory on the disk that files may be looked for in.
    disk: Option<&'r Path>,
    texts: HashMap<String, Option<String>>,
}

impl<'r> Origins<'r> {
    /// `disk`: the files of the run are those below this directory of a disk.
    pub fn new(disk: Option<&'r Path>) -> Self {
        Origins { disk, texts: HashMap::new() }
    }

    /// The origin of a place in a document, if the document or its object tells.
    pub fn of(&mut self, span: Span, document: &Document, object: Option<&Object<'_>>) -> Option<Origin> {
        let source = &*document.source;
        let annotated = object.and_then(|object| object.annotation(ANNOTATION)).map(|node| node.text());
        let (path, candidates) = match annotated {
            Some(text) => of_kustomize(text, source)?,
            None => of_helm(document)?,
        };
        let there = candidates.into_iter().find(|path| self.text(path).is_some());
        let line = there.as_deref().and_then(|path| {
            let text = self.text(path)?;
            same_line(source, document, span, text)
        });
        Some(Origin { on_disk: there.is_some(), path: there.unwrap_or(path), line })
    }

    /// The text of a file, read once.
    fn text(&mut self, path: &str) -> Option<&str> {
        let root = self.disk?;
        let read = || -> Option<String> {
            // The path is the input's: nothing that a read could wait for, or that is no manifest by its size.
            let folder = inside::repository(root)?;
            String::from_utf8(inside::read_in(&root.join(path), &folder, LARGEST)?).ok()
        };
        self.texts.entry(path.to_owned()).or_insert_with(read).as_deref()
    }
}

/// `# Source: chart/templates/web.yaml` in the comments before the first line. The first part is the chart's name,
/// which need not be its directory.
fn of_helm(document: &Document) -> Option<(String, Vec<String>)> {
    let text = document.source.text.get(document.piece())?;
    let head = text.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with('#'));
    let path = head.filter_map(|line| line.strip_prefix("# Source: ")).last()?.trim();
    if !is_plain(path) {
        return None;
    }
    let mut candidates = vec![path.to_owned(), format!("charts/{path}")];
    candidates.extend(path.split_once('/').map(|(_, inside)| inside.to_owned()));
    Some((path.to_owned(), candidates))
}

/// `path: ../base/web.yaml`, seen from the directory that was built, or `configuredIn` for what was generated.
fn of_kustomize(text: &str, source: &SourceFile) -> Option<(String, Vec<String>)> {
    let field = |name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value.map(|value| value.trim().trim_matches(['"', '\'']))
    };
    let path = field("path").or_else(|| field("configuredIn"))?;
    if !is_plain(path) {
        return None;
    }
    if let Some(repository) = field("repo") {
        return Some((format!("{repository}//{path}"), Vec::new()));
    }
    // `--stdin-filename` may say which directory was built.
    let directory = Path::new(&source.path).parent().and_then(Path::to_str).unwrap_or("");
    let joined = crate::files::path::join(directory, path);
    Some((joined.clone(), vec![joined]))
}

/// A relative path of ordinary characters.
fn is_plain(path: &str) -> bool {
    !path.is_empty() && !path.starts_with('/') && !path.chars().any(char::is_control)
}

/// The line, counted from 1, of a file that has the same text as the line of a place, if that line is there once
/// and once only in the document and in the file.
fn same_line(source: &SourceFile, document: &Document, span: Span, text: &str) -> Option<u32> {
    let line = source.text[source.line_range(source.line_index(span.start))].trim();
    let only = |text: &str| {
        let mut found = text.lines().enumerate().filter(|one| one.1.trim() == line);
        let first = found.next()?.0;
        found.next().is_none().then_some(first as u32 + 1)
    };
    only(source.text.get(document.piece())?)?;
    only(text).filter(|_| !line.is_empty())
}
