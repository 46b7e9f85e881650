//! Trees that nobody wrote in one piece: nodes put together from several files, each keeping its place.

use std::sync::Arc;

use super::scalar::{Scalar, resolve};
use super::strict;
use super::tree::{COOKED, EXACT, RawNode, Style, Tree};
use crate::source::{SourceFile, Span};

/// Builds such a tree from its root down.
#[derive(Debug)]
pub struct Graft {
    tree: Tree,
    open: Vec<usize>,
}

impl Graft {
    /// An empty tree. `source` is the file of the root, `others` are the files of other nodes.
    pub fn new(source: Arc<SourceFile>, others: Vec<Arc<SourceFile>>) -> Self {
        let tree = Tree {
            source,
            nodes: Vec::new(),
            cooked: Vec::new(),
            aliases: Vec::new(),
            tags: Vec::new(),
            comments: Vec::new(),
            duplicates: Vec::new(),
            renamed: Vec::new(),
            ignored: None,
            deceptive: false,
            origins: Vec::new(),
            others,
        };
        Graft { tree, open: Vec::new() }
    }

    fn push(&mut self, span: Span, style: Style, flags: u8) -> usize {
        let at = self.tree.nodes.len();
        let next = at as u32 + 1;
        self.tree.nodes.push(RawNode { start: span.start, end: span.end, next, style, flags, hash: 0 });
        self.tree.origins.push(span.file);
        at
    }

    /// Begins a mapping; keys and values follow in turn.
    pub fn mapping(&mut self, span: Span) {
        let at = self.push(span, Style::Mapping, 0);
        self.open.push(at);
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

    /// A string, whatever it looks like. `exact`: its text stands at its place as it is.
    pub fn string(&mut self, text: &str, span: Span, exact: bool) {
        let file = if span.file == self.tree.source.id {
            Some(&self.tree.source)
        } else {
            self.tree.others.iter().find(|file| file.id == span.file)
        };
        let written = file.and_then(|file| file.text.get(span.range())).unwrap_or("");
        let quoted = written.starts_with(['"', '\'']);
        let plain = matches!(resolve(text), Scalar::Str(_)) && !quoted;
        let style = if plain { Style::Plain } else { Style::DoubleQuoted };
        // Quotes that are not there would shift the places of parts.
        let exact = exact && (plain || quoted);
        self.text(text, span, style, exact);
    }

    /// A number, a truth value or null.
    pub fn plain(&mut self, text: &str, span: Span, exact: bool) {
        self.text(text, span, Style::Plain, exact);
    }

    fn text(&mut self, text: &str, span: Span, style: Style, exact: bool) {
        let flags = if exact { COOKED | EXACT } else { COOKED };
        // A null is told by its length first.
        let short = style == Style::Plain && matches!(resolve(text), Scalar::Null);
        let end = if short { span.end.min(span.start + 4) } else { span.end };
        let at = self.push(Span { end, ..span }, style, flags);
        self.tree.cooked.push((at as u32, text.into()));
    }

    /// The tree.
    pub fn finish(mut self) -> Tree {
        while !self.open.is_empty() {
            self.end();
        }
        // Only a null key is refused, and whoever evaluates has no such keys.
        let _ = strict::keys(&mut self.tree);
        self.tree
    }
}
