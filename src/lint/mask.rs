//! Which places no report may print: secret values near the findings, in everything that was read.

use std::hash::Hash;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use rayon::prelude::*;

use super::memory::Memory;
use crate::document::{self, Content, Document, Object};
use crate::files::path::{directory, join};
use crate::files::{FileId, SourceFile, Span};
use crate::kustomize;
use crate::project::Input;
use crate::recall::hash_of;
use crate::run::Reported;
use crate::secrets::{credential, mask};
use crate::yaml::Node;

/// Lines around a place that a report may print with it.
const CONTEXT: u32 = 8;

/// The secret values that a report of these findings might show, sorted, with those that are known already: nothing of
/// other lines is ever shown.
pub fn masks(
    findings: &[Reported],
    pool: &[Object<'_>],
    input: &Input<'_>,
    files: &[Arc<SourceFile>],
    mut known: Vec<Span>,
    memory: Option<&Memory>,
) -> Vec<Span> {
    let shown = Shown::new(findings, files);
    let near = |node: Node<'_>| shown.touches(node.span());
    let documents = || input.documents.iter().map(|read| read.document);
    let whole = generator_files(documents(), files);
    let makers = Makers::new(documents());
    let of_document = |document: &Document| {
        let span = document.span();
        if whole.contains(&span.file) {
            return vec![span];
        }
        let fresh = || of_document(document, &makers, &near);
        match memory {
            Some(memory) => memory.masks.or_else(shown.identity(document), fresh),
            None => fresh(),
        }
    };
    // What could not be read is quoted in the list of inputs, whether or not its finding is wanted.
    let failed = |document: &Document| matches!(document.content, Content::Failed(_));
    let documents = input.documents.par_iter().map(|read| read.document);
    let seen = documents.filter(|one| shown.touches(one.span()) || failed(one));
    let mut masks: Vec<Span> = seen.flat_map_iter(of_document).collect();
    // What several files make together may be more than each of them says.
    let together = |object: &&Object<'_>| object.node.tree().files().skip(1).any(|file| shown.has(file));
    let evaluated = pool.par_iter().filter(together);
    masks.par_extend(evaluated.flat_map_iter(|object| {
        let mut found = Vec::new();
        mask::below(object.node, &near, &mut found);
        found
    }));
    let pool = pool.par_iter().filter(|object| shown.touches(object.node.span()) || together(object));
    masks.par_extend(pool.flat_map_iter(credential::spans));
    masks.append(&mut known);
    masks.par_sort_unstable();
    masks.dedup();
    masks
}

/// Every secret value of one file, sorted.
pub fn secrets_of(file: &Arc<SourceFile>) -> Vec<Span> {
    let mut found = Vec::new();
    let documents = document::load(std::slice::from_ref(file));
    let makers = Makers::new(documents.iter());
    for document in &documents {
        found.extend(of_document(document, &makers, &|_| true));
        found.extend(document::classify(document).objects().iter().flat_map(credential::spans));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether files make Secrets, asked once for each file that has a document which could not be read.
struct Makers(HashMap<FileId, OnceLock<bool>>);

impl Makers {
    fn new<'d>(documents: impl Iterator<Item = &'d Document>) -> Self {
        let broken = documents.filter(|document| !document.is_readable());
        Makers(broken.map(|document| (document.source.id, OnceLock::new())).collect())
    }

    fn has(&self, source: &SourceFile) -> bool {
        let ask = || mask::makes_secret(source);
        self.0.get(&source.id).map_or_else(ask, |known| *known.get_or_init(ask))
    }
}

/// The secret values of a document, as far as `near` takes its nodes.
fn of_document(document: &Document, makers: &Makers, near: &dyn Fn(Node<'_>) -> bool) -> Vec<Span> {
    let mut found = Vec::new();
    if let Some(tree) = document.tree() {
        mask::below(tree.root(), near, &mut found);
        mask::around(tree, &mut found);
    } else {
        let pieces = pieces(document).into_iter();
        found.extend(
            pieces.flat_map(|piece| mask::in_part(&document.source, piece, &|| makers.has(&document.source))),
        );
    }
    found
}

/// What is masked as one: the piece of a document that could not be read, or each document that a template will make.
fn pieces(document: &Document) -> Vec<Range<usize>> {
    if !matches!(document.content, Content::Template(_)) {
        return vec![with_fault(document)];
    }
    let Range { start, end } = document.piece();
    let text = &document.source.text[start..end];
    let marks = text.match_indices("\n---").map(|(at, _)| start + at + 1);
    let starts = std::iter::once(start).chain(marks.clone());
    starts.zip(marks.chain([end])).map(|(start, end)| start..end).collect()
}

/// The piece of a document that could not be read, and the line before it if that is what is wrong.
fn with_fault(document: &Document) -> Range<usize> {
    let piece = document.piece();
    let before = document.source.text[..piece.start].trim_end_matches(['\n', '\r']);
    let line = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    if before[line..].starts_with("---") { line..piece.end } else { piece }
}

/// Files that kustomizations make Secrets of, whatever is in them.
fn generator_files<'d>(
    documents: impl Iterator<Item = &'d Document>,
    files: &[Arc<SourceFile>],
) -> HashSet<FileId> {
    let mut paths: HashSet<String> = HashSet::new();
    for document in documents {
        let path = &document.source.path;
        let tree = if kustomize::is_kustomization_file(path) { document.tree() } else { None };
        let generators = tree.and_then(|tree| tree.root().get("secretGenerator"));
        let generators = generators.into_iter().flat_map(|list| list.items().chain([list]));
        for field in generators.flat_map(Node::entries) {
            if matches!(field.key.text(), "files" | "envs" | "env") {
                let files = field.value.items().chain([field.value]);
                let file = |node: Node<'_>| node.text().rsplit('=').next().map(str::to_owned);
                paths.extend(files.filter_map(file).map(|file| join(directory(path), &file)));
            }
        }
    }
    if paths.is_empty() {
        return HashSet::new();
    }
    files.iter().filter(|file| paths.contains(&file.path)).map(|file| file.id).collect()
}

/// The parts of files that a report may show, for each file in ascending order.
struct Shown(HashMap<FileId, Vec<(u32, u32)>>);

impl Shown {
    fn new(findings: &[Reported], files: &[Arc<SourceFile>]) -> Self {
        let mut shown: HashMap<FileId, Vec<(u32, u32)>> = HashMap::new();
        for one in findings {
            for span in one.finding.also.iter().map(|label| label.span).chain([one.finding.span]) {
                shown.entry(span.file).or_default().push((span.start, span.end));
            }
        }
        for (file, places) in &mut shown {
            let file = &files[file.0 as usize];
            for (start, end) in places.iter_mut() {
                let (first, last) = (file.line_index(*start), file.line_index(*end) as u32 + CONTEXT);
                *start = file.line_range(first.saturating_sub(CONTEXT as usize)).start as u32;
                *end = file.line_range(last as usize).end as u32;
            }
            places.sort_unstable();
            // From here on the ends ascend, too, so that one look tells whether a place is inside.
            let mut furthest = 0;
            for place in places {
                furthest = furthest.max(place.1);
                place.1 = furthest;
            }
        }
        Shown(shown)
    }

    /// A hash of a document and of what may be shown of it.
    fn identity(&self, document: &Document) -> u64 {
        let places = self.0.get(&document.source.id);
        hash_of(|mut state| (document.source.serial, document.piece().start, places).hash(&mut state))
    }

    fn has(&self, file: FileId) -> bool {
        self.0.contains_key(&file)
    }

    fn touches(&self, span: Span) -> bool {
        self.0.get(&span.file).is_some_and(|places| {
            let before = places.partition_point(|place| place.0 <= span.end);
            before > 0 && places[before - 1].1 >= span.start
        })
    }
}
