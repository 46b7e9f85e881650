//! Trees that nobody wrote in one piece: nodes put together from several files, each keeping its place.

use std::sync::Arc;

use super::scalar::{Scalar, resolve};
use super::strict;
use super::tree::{COOKED, EXACT, RawNode, Style, Text, Tree};
use crate::files::{FileId, SourceFile, Span};

/// Builds such a tree from its root down.
#[derive(Debug)]
pub struct Graft<'f> {
    tree: Tree,
    open: Vec<usize>,
    files: &'f [Arc<SourceFile>],
    /// The files of nodes that are not in the root's file, as they come.
    others: Vec<FileId>,
}

impl<'f> Graft<'f> {
    /// An empty tree, its root in the file `root`. `files` are the files of the run, each at the place of its number;
    /// `nodes` says for how many nodes there should be room.
    pub fn new(root: FileId, files: &'f [Arc<SourceFile>], nodes: usize) -> Self {
        let source = files.get(root.0 as usize).cloned();
        let source = source.unwrap_or_else(|| Arc::new(SourceFile::new(root, "", "")));
        let mut tree = Tree::new(&source, Vec::with_capacity(nodes), Vec::new());
        tree.rare_mut().grafted = true;
        Graft { tree, open: Vec::new(), files, others: Vec::new() }
    }

    fn push(&mut self, span: Span, style: Style, flags: u8) -> usize {
        let at = self.tree.nodes.len();
        let next = at as u32 + 1;
        self.tree.nodes.push(RawNode { start: span.start, end: span.end, next, style, flags, hash: 0 });
        self.origin(span.file);
        at
    }

    /// Notes the file of the last node. Most objects come from one file, the others from a handful.
    fn origin(&mut self, file: FileId) {
        let (own, nodes) = (self.tree.source.id, self.tree.nodes.len());
        if file != own && !self.others.contains(&file) {
            self.others.push(file);
        }
        let origins = &mut self.tree.rare_mut().origins;
        if file != own || !origins.is_empty() {
            origins.resize(nodes - 1, own);
            origins.push(file);
        }
    }

    /// Begins a mapping; keys and values follow in turn.
    pub fn mapping(&mut self, span: Span) {
        let at = self.push(span, Style::Mapping, 0);
        self.open.push(at);
    }

    /// Says that the value of the last node was written where it is and is used at another place.
    pub fn used_at(&mut self, place: Span) {
        let last = self.tree.nodes.len().saturating_sub(1);
        self.tree.rare_mut().used.push((last as u32, place));
    }

    /// Begins a sequence.
    pub fn sequence(&mut self, span: Span) {
        let at = self.push(span, Style::Sequence, 0);
        self.open.push(at);
    }

    /// Ends the innermost collection.
    pub fn end(&mut self) {
        if let Some(at) = self.open.pop() {
            self.tree.nodes[at].next = self.tree.nodes.len() as u32;
        }
    }

    /// Ends the innermost collection, which reaches as far as what is in it, where that is in one file and below
    /// its beginning.
    pub fn end_behind(&mut self) {
        let Some(at) = self.open.pop() else {
            return;
        };
        let last = self.tree.nodes.len() - 1;
        let end = self.tree.nodes[last].end;
        let one_file = self.tree.origin(last as u32) == self.tree.origin(at as u32);
        let own = &mut self.tree.nodes[at];
        own.next = last as u32 + 1;
        if one_file {
            own.end = own.end.max(end);
        }
    }

    /// A string, whatever it looks like. `exact`: its text stands at its place as it is.
    pub fn string(&mut self, text: &Text, span: Span, exact: bool) {
        let written = self.written(span);
        let quoted = written.starts_with(['"', '\'']);
        let plain = matches!(resolve(text), Scalar::Str(_)) && !quoted;
        let style = if plain { Style::Plain } else { Style::DoubleQuoted };
        // Quotes that are not there would shift the places of parts.
        let exact = exact && (plain || quoted);
        self.text(text, span, style, exact);
    }

    /// A key. Its text is its own even where it stands in the file as it is: nobody points at parts of keys.
    pub fn key(&mut self, text: &Text, span: Span) {
        let plain = matches!(resolve(text), Scalar::Str(_));
        let stands = span.file == self.tree.source.id && self.written(span) == text.as_str();
        if plain && stands {
            self.push(span, Style::Plain, 0);
        } else {
            self.string(text, span, false);
        }
    }

    /// What stands at a place.
    fn written(&self, span: Span) -> &str {
        let file = self.files.get(span.file.0 as usize);
        file.and_then(|file| file.text.get(span.range())).unwrap_or("")
    }

    /// A number, a truth value or null.
    pub fn plain(&mut self, text: &Text, mut span: Span, exact: bool) {
        // A null is told by its length first.
        if matches!(resolve(text), Scalar::Null) {
            span.end = span.end.min(span.start + 4);
        }
        self.text(text, span, Style::Plain, exact);
    }

    fn text(&mut self, text: &Text, span: Span, style: Style, exact: bool) {
        // The text of a node in the root's file is found there; others bring it along.
        if exact && span.file == self.tree.source.id {
            let written = self.written(span);
            let inner = match style {
                Style::Plain => Some(written),
                _ => written.get(1..written.len().saturating_sub(1)),
            };
            if inner == Some(text.as_str()) {
                self.push(span, style, 0);
                return;
            }
        }
        let flags = if exact { COOKED | EXACT } else { COOKED };
        let at = self.push(span, style, flags);
        self.tree.cooked.push((at as u32, text.clone()));
    }

    /// The tree.
    pub fn finish(mut self) -> Tree {
        while !self.open.is_empty() {
            self.end();
        }
        // Only a null key is refused, and whoever evaluates has no such keys.
        let _ = strict::keys(&mut self.tree);
        self.others.sort_unstable();
        let others = self.others.iter().filter_map(|id| self.files.get(id.0 as usize).cloned());
        self.tree.rare_mut().others = others.collect();
        self.tree
    }
}
