//! From files to documents, each accounted for: an object of the API, something else, or not readable. Only
//! names and the top of a document decide, so that a broken field further down never hides the document.

mod foreign;
mod held;
mod object;
mod pattern;
mod template;

pub use foreign::{is_kind, is_of_flux};
pub use held::Held;
pub use object::{AS_WRITTEN, AddedLabels, Identity, Object};
pub use pattern::{NameGlobs, ObjectMatch};

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::files::{SourceFile, Span};
use crate::guard::guarded;
use crate::text::ceil;
use crate::yaml::{self, Fault, FaultKind, Node, Piece, Tree};

/// Of files with more documents than this, only those trees are kept that may be asked for.
const MANY: usize = 64;

/// A part of a file that kubectl would read on its own.
#[derive(Debug)]
pub struct Document {
    /// The file.
    pub source: Arc<SourceFile>,
    /// Which of the file's documents it is, counted from 0. A comment-only piece is not counted: it has the
    /// number of the document after it.
    pub index: u32,
    /// What is in it.
    pub content: Content,
    start: u32,
    end: u32,
}

/// What the text of a document turned out to be.
#[derive(Debug)]
pub enum Content {
    /// YAML or JSON.
    Parsed(Held),
    /// Nothing but comments; no document, but they may be marks.
    Comments(Box<Tree>),
    /// Text for a template engine, not parsed or not parseable. The range is where that shows.
    Template(Range<u32>),
    /// Not what kubectl can read.
    Failed(Box<Fault>),
}

impl Document {
    /// The tree, if the text could be parsed.
    pub fn tree(&self) -> Option<&Tree> {
        match &self.content {
            Content::Parsed(held) => held.tree(&self.source, self.piece()),
            Content::Comments(tree) => Some(tree),
            Content::Template(_) | Content::Failed(_) => None,
        }
    }

    /// The tree, if it has a comment, an `apiVersion` or a `kind`: for those who look at all documents for these. Others
    /// may be missing.
    pub fn held(&self) -> Option<&Tree> {
        match &self.content {
            Content::Parsed(held) if held.gone().is_some() => None,
            _ => self.tree(),
        }
    }

    /// Whether the text could be parsed.
    pub fn is_readable(&self) -> bool {
        matches!(self.content, Content::Parsed(_) | Content::Comments(_))
    }

    /// Byte range in the file, without separator lines.
    pub fn piece(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Where the document is: the whole piece.
    pub fn span(&self) -> Span {
        self.source.span(self.piece())
    }
}

/// Splits and parses files, in their order. Pieces without any text are dropped. Works on all pieces of all
/// files at once, so that one large file is spread over all threads.
pub fn load(files: &[Arc<SourceFile>]) -> Vec<Document> {
    load_with(files, Vec::new())
}

/// The same where some files have been read before: the documents of a file that is still the very same one are
/// taken from `kept`, which is in the order of files.
pub fn load_with(files: &[Arc<SourceFile>], kept: Vec<Document>) -> Vec<Document> {
    let is_same = |document: &Document| {
        let file = files.get(document.source.id.0 as usize);
        file.is_some_and(|file| Arc::ptr_eq(file, &document.source))
    };
    let mut kept: Vec<Document> = kept.into_iter().filter(is_same).collect();
    let is_known = |file: &Arc<SourceFile>| kept.binary_search_by_key(&file.id, |one| one.source.id).is_ok();
    let fresh: Vec<&Arc<SourceFile>> = files.iter().filter(|file| !is_known(file)).collect();
    let pieces: Vec<Vec<Piece>> = fresh.par_iter().map(|file| pieces(file)).collect();
    let many: Vec<bool> = pieces.iter().map(|own| own.len() > MANY).collect();
    let work: Vec<(u32, Piece)> = (0..)
        .zip(pieces)
        .flat_map(|(file, pieces)| pieces.into_iter().map(move |piece| (file, piece)))
        .collect();
    let document = |(file, piece): (u32, Piece)| {
        let (source, many) = (fresh[file as usize], many[file as usize]);
        let Range { start, end } = piece.range();
        Document {
            source: Arc::clone(source),
            content: guarded(|| read(source, &piece, many))
                .unwrap_or_else(|| Content::Failed(Box::new(crashed(&piece)))),
            index: 0,
            start: start as u32,
            end: end as u32,
        }
    };
    let documents: Vec<Document> = work.into_par_iter().map(document).collect();
    let mut documents = if kept.is_empty() {
        documents
    } else {
        kept.extend(documents);
        // Stable: the documents of one file keep their order.
        kept.sort_by_key(|document| document.source.id);
        kept
    };
    let (mut file, mut index) = (None, 0);
    for document in &mut documents {
        if file != Some(document.source.id) {
            (file, index) = (Some(document.source.id), 0);
        }
        document.index = index;
        index += u32::from(!matches!(document.content, Content::Comments(_)));
    }
    documents
}

/// The document around a place, of those that are in the order of files.
pub fn document_at(documents: &[Document], at: Span) -> Option<&Document> {
    let from = documents.partition_point(|document| document.source.id < at.file);
    let own = documents[from..].iter().take_while(|document| document.source.id == at.file);
    own.take_while(|document| document.start <= at.start).last()
}

/// The fault of a piece on which reading panicked.
fn crashed(piece: &Piece) -> Fault {
    let start = piece.range().start;
    Fault { range: start..start, message: "wplint failed on it".to_owned(), ..Fault::INTERNAL }
}

fn pieces(source: &SourceFile) -> Vec<Piece> {
    if source.chart.as_ref().is_some_and(|chart| chart.template) {
        return vec![Piece::yaml(0..source.text.len())];
    }
    let mut pieces = yaml::split(&source.text);
    pieces.retain(|piece| {
        piece.bad_separator().is_some() || !source.text[piece.range()].trim_ascii().is_empty()
    });
    pieces
}

/// `many`: there are many documents in the file.
fn read(source: &Arc<SourceFile>, piece: &Piece, many: bool) -> Content {
    let own = piece.range();
    let template = |start: usize, end: usize| Content::Template(start as u32..end as u32);
    if source.chart.as_ref().is_some_and(|chart| chart.template) {
        return template(own.start, own.start);
    }
    let syntax = |range, message: &str| Fault { range, kind: FaultKind::Syntax, message: message.to_owned() };
    let separator = piece.bad_separator();
    let is_separator = separator.is_some();
    let fault = if let Some(at) = source.damage_in(&own) {
        let what = if source.transcoded { "half a UTF-16 pair" } else { "a byte that is not UTF-8" };
        syntax(at..at + 1, what)
    } else if let Some(range) = separator {
        syntax(range, "text after `---` on a separator line")
    } else {
        match yaml::parse(source, piece) {
            Ok(tree) if tree.is_empty() => return Content::Comments(Box::new(tree)),
            Ok(tree) => {
                let unwrapped = || memchr::memmem::find(source.text[own.clone()].as_bytes(), b"-|");
                if let Some(at) = unwrapped().and_then(|_| template::unwrapped(&tree)) {
                    return template(at.start, at.end);
                }
                return match template::ytt(&tree) {
                    Some(at) => template(at, at + 2),
                    None if many => match root(source, tree.root()) {
                        Class::NotKubernetes(Cow::Borrowed(reason)) => {
                            Content::Parsed(Held::let_go(tree, piece, reason))
                        }
                        _ => Content::Parsed(Held::keep(tree)),
                    },
                    None => Content::Parsed(Held::keep(tree)),
                };
            }
            Err(fault) => fault,
        }
    };
    // The line at which the parser gives up, or one before it, is where a template shows.
    let from = fault.range.start.min(own.start);
    let text = &source.text[from..own.end];
    let stop = fault.range.start.max(from) - from;
    match template::first_mark(text) {
        Some(at) if at <= line_end(text, stop) => template(from + at, from + at + 2),
        Some(at) if fault.kind == FaultKind::Template => template(from + at, from + at + 2),
        // A text between actions may begin with dashes.
        _ if is_separator && is_among_actions(&source.text[..own.start]) => {
            template(fault.range.start, fault.range.end)
        }
        _ if template::is_placeholder_line(&source.text, &fault.range) => {
            template(fault.range.start, fault.range.end)
        }
        _ if template::is_at_sign(source.text.get(fault.range.start..own.end).unwrap_or("")) => {
            template(fault.range.start, fault.range.end)
        }
        _ => Content::Failed(Box::new(fault)),
    }
}

/// So far above a separator an action of a template is looked for, in bytes.
const NEAR: usize = 4096;

/// Whether one of the last lines of a text is an action of a template and nothing else: `{{ else }}`.
fn is_among_actions(text: &str) -> bool {
    text[ceil(text, text.len().saturating_sub(NEAR))..]
        .lines()
        .map(str::trim)
        .any(|line| line.starts_with("{{") && line.ends_with("}}"))
}

fn line_end(text: &str, at: usize) -> usize {
    memchr::memchr(b'\n', &text.as_bytes()[at.min(text.len())..]).map_or(text.len(), |more| at + more)
}

/// What a document is to the API server.
#[derive(Clone, Debug)]
pub enum Class<'a> {
    /// Something with `apiVersion` and `kind`.
    Object(Box<Object<'a>>),
    /// The items of a `List` or of a typed list, each on its own; the list itself is no object.
    List(Box<[Class<'a>]>),
    /// Very likely meant as an object, but without `apiVersion` or without `kind`.
    Partial(Box<Partial<'a>>),
    /// Not for the API server, with the reason.
    NotKubernetes(Cow<'static, str>),
    /// A template; the chart's directory if it is part of one, so that a chart is spoken of once.
    Template(Option<&'a str>),
    /// Could not be read.
    Failed(&'a Fault),
    /// No document at all.
    Comments,
}

/// An object that lacks half of what says what it is.
#[derive(Clone, Copy, Debug)]
pub struct Partial<'a> {
    /// The mapping.
    pub node: Node<'a>,
    /// `apiVersion` or `kind`: what is not there, or is no string; `items` of a List that has none.
    pub missing: &'static str,
    /// The value of it, if it is there and no string.
    pub value: Option<Node<'a>>,
    /// It has the metadata of an object, so it is one; else the user named the file.
    pub looks_like_object: bool,
}

impl<'a> Class<'a> {
    /// All objects in it, in the order of the file.
    pub fn objects(&self) -> Vec<Object<'a>> {
        match self {
            Class::Object(object) => vec![**object],
            Class::List(items) => items.iter().flat_map(Class::objects).collect(),
            _ => Vec::new(),
        }
    }

    /// Why it is not linted, for the list of inputs; `None` where it is, or where it is no document.
    pub fn reason(&self) -> Option<Cow<'static, str>> {
        match self {
            Class::NotKubernetes(reason) => Some(reason.clone()),
            Class::Template(_) => Some(Cow::Borrowed("template: render it first")),
            Class::Failed(fault) => Some(Cow::Owned(fault.message.clone())),
            Class::Partial(partial) => Some(Cow::Owned(format!("no {}", partial.missing))),
            Class::Object(_) | Class::List(_) | Class::Comments => None,
        }
    }
}

const NO_TYPE: &str = "no apiVersion or kind";
const A_LIST: &str = "a list";
const A_SCALAR: &str = "neither a mapping nor a list";

/// Says what a document is (facts 13.1 and 13.2).
pub fn classify(document: &Document) -> Class<'_> {
    static CRASHED: Fault = Fault::INTERNAL;
    guarded(|| class_of(document)).unwrap_or(Class::Failed(&CRASHED))
}

fn class_of(document: &Document) -> Class<'_> {
    let source = &*document.source;
    match &document.content {
        Content::Parsed(held) => match held.gone() {
            Some(reason) => Class::NotKubernetes(Cow::Borrowed(reason)),
            None => document.tree().map_or(Class::Comments, |tree| root(source, tree.root())),
        },
        Content::Comments(_) => Class::Comments,
        Content::Template(_) => Class::Template(source.chart.as_ref().map(|chart| chart.root.as_str())),
        // Other programs' JSON has comments and trailing commas; only what may be an object is held to be one.
        Content::Failed(fault)
            if source.path.ends_with(".json")
                && !source.named
                && fault.kind != FaultKind::Internal
                && !speaks_of_objects(source) =>
        {
            Class::NotKubernetes(Cow::Borrowed("not readable as JSON, and no sign of an object"))
        }
        Content::Failed(fault) => Class::Failed(fault),
    }
}

fn speaks_of_objects(source: &SourceFile) -> bool {
    let words = source.words();
    words.api_version && words.kind
}

/// Whether a file that cannot be read may hold objects, or is a part of a chart or of a kustomization: half of an
/// object's type is enough, and so are the fields that nearly every object has, or a patch.
pub fn may_be_for_us(source: &SourceFile) -> bool {
    let words = source.words();
    let object = words.api_version || words.field && !foreign::describes_api(&source.text);
    let name = source.path.rsplit('/').next().unwrap_or_default();
    // Package managers write them, and mend them.
    if name.ends_with("-lock.yaml") && source.chart.is_none() {
        return source.named || source.piped;
    }
    let kustomization = name.to_ascii_lowercase().starts_with("kustomization");
    object || source.named || source.piped || source.chart.is_some() || kustomization
}

fn root<'a>(source: &SourceFile, node: Node<'a>) -> Class<'a> {
    if node.is_sequence() {
        let patch = |item: Node<'_>| item.get("op").is_some() && item.get("path").is_some();
        let patches = node.items().next().is_some() && node.items().all(patch);
        return Class::NotKubernetes(Cow::Borrowed(if patches { "JSON patch" } else { A_LIST }));
    }
    if !node.is_mapping() {
        return Class::NotKubernetes(Cow::Borrowed(A_SCALAR));
    }
    if let Some(what) = foreign::by_name(source, node) {
        return Class::NotKubernetes(Cow::Borrowed(what));
    }
    one(source, node, None)
}

/// Kind and version that a typed list lends to items which do not say theirs.
#[derive(Clone, Copy)]
struct List<'a> {
    api_version: &'a str,
    kind: &'a str,
}

fn one<'a>(source: &SourceFile, node: Node<'a>, list: Option<List<'a>>) -> Class<'a> {
    let (mut api_version, mut kind) = (None, None);
    let (mut metadata, mut sops) = (None, None);
    for entry in node.entries() {
        match entry.key.key_text() {
            "apiVersion" => api_version = Some(entry.value),
            "kind" => kind = Some(entry.value),
            "metadata" => metadata = Some(entry.value),
            "sops" => sops = Some(entry.value),
            _ => {}
        }
    }
    let text = |node: Option<Node<'a>>| node.and_then(Node::str).filter(|text| !text.is_empty());
    let lent = list.filter(|list| !list.kind.is_empty());
    let pair = (
        text(api_version).or(lent.filter(|_| api_version.is_none()).map(|list| list.api_version)),
        text(kind).or(lent.filter(|_| kind.is_none()).map(|list| list.kind)),
    );
    let (version, name) = match pair {
        (Some(version), Some(name)) => (version, name),
        (None, None) if api_version.is_none() && kind.is_none() => {
            return Class::NotKubernetes(Cow::Borrowed(NO_TYPE));
        }
        (version, _) => {
            let (missing, value) = match version {
                None => ("apiVersion", api_version),
                Some(_) => ("kind", kind),
            };
            let looks_like_object = metadata.is_some_and(|metadata| {
                // A kind of the API is a slip; others are those of programs that took over the form.
                metadata.is_mapping()
                    && text(kind).is_none_or(foreign::is_kind)
                    && (metadata.get("name").is_some() || metadata.get("generateName").is_some())
            });
            if !looks_like_object && !source.named {
                return Class::NotKubernetes(Cow::Owned(format!("no {missing}")));
            }
            if let Some(tool) = version.and_then(foreign::by_group) {
                return Class::NotKubernetes(Cow::Borrowed(tool));
            }
            let value = value.filter(|value| !value.is_null());
            return Class::Partial(Box::new(Partial { node, missing, value, looks_like_object }));
        }
    };
    if let Some(reason) = foreign::by_version(version, name) {
        return Class::NotKubernetes(reason);
    }
    // A list inside a list is refused by kubectl: it stays an object, for somebody to say so.
    let items = node.get("items").filter(|items| list.is_none() && items.is_sequence());
    if let (Some(items), Some(kind)) = (items, name.strip_suffix("List")) {
        let list = Some(List { api_version: version, kind });
        return Class::List(items.items().map(|item| item_class(source, item, list)).collect());
    }
    if list.is_none() && (version, name) == ("v1", "List") && !source.path.ends_with(".json") {
        let value = node.get("items").filter(|items| !items.is_null());
        let partial = Partial { node, missing: "items", value, looks_like_object: true };
        return Class::Partial(Box::new(partial));
    }
    Class::Object(Box::new(Object {
        encrypted: sops.is_some_and(Node::is_mapping),
        listed: list.is_some(),
        ..Object::with_type(node, version, name)
    }))
}

fn item_class<'a>(source: &SourceFile, item: Node<'a>, list: Option<List<'a>>) -> Class<'a> {
    if item.is_mapping() {
        one(source, item, list)
    } else if item.is_null() {
        let partial = Partial { node: item, missing: "kind", value: None, looks_like_object: true };
        Class::Partial(Box::new(partial))
    } else {
        Class::NotKubernetes(Cow::Borrowed("a list item that is not a mapping"))
    }
}
