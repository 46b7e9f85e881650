//! Rendered documents as node trees, so that rules read them like any other object.

use std::sync::Arc;

use super::text::{Origin, Source, Str};
use crate::files::{SourceFile, Span};
use crate::yaml::{Graft, Node, Scalar, Style, Text, Tree};

/// A rendered document as a tree whose nodes point to where they were written.
#[derive(Debug)]
pub struct Mapped {
    /// The tree.
    pub tree: Tree,
    /// For values that were written elsewhere, the action of the template that printed them.
    pub printed: Vec<(Span, Span)>,
    /// For keys that a template writes and whose values were written elsewhere, the place of the value.
    pub keyed: Vec<(Span, Span)>,
    /// For keys that a template writes and whose values are null, what printed the null.
    pub empty: Vec<(Span, Span)>,
    /// For names of objects and containers, which stand for them: the action that prints the name, where the object is
    /// written, and the value that it prints.
    pub names: Vec<(Span, Span)>,
    /// Nodes that differ from run to run, by their numbers.
    pub random: Vec<u32>,
}

/// What a node lies in, as far as names matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    Object,
    Metadata,
    Containers,
    Container,
    Name,
    Other,
}

impl Inside {
    /// What the value of a key is.
    fn key(self, key: &str) -> Self {
        match (self, key) {
            (Inside::Object, "metadata") => Inside::Metadata,
            (_, "containers" | "initContainers") => Inside::Containers,
            (Inside::Metadata | Inside::Container, "name") => Inside::Name,
            _ => Inside::Other,
        }
    }

    /// What an item is.
    fn item(self) -> Self {
        if self == Inside::Containers { Inside::Container } else { Inside::Other }
    }
}

/// Puts a parsed document where it came from. `offset` is where its text begins in the rendered text.
pub fn map(node: Node<'_>, rendered: &Str, offset: usize, files: &[Arc<SourceFile>], place: Span) -> Mapped {
    let mut mapper = Mapper {
        rendered,
        offset,
        files,
        place,
        printed: Vec::new(),
        keyed: Vec::new(),
        empty: Vec::new(),
        names: Vec::new(),
        random: Vec::new(),
        count: 0,
    };
    let root = mapper.start(node);
    let mut graft = Graft::new(root.file, files, node.tree().len());
    mapper.write(node, Inside::Object, &mut graft);
    Mapped {
        tree: graft.finish(),
        printed: mapper.printed,
        keyed: mapper.keyed,
        empty: mapper.empty,
        names: mapper.names,
        random: mapper.random,
    }
}

struct Mapper<'m> {
    rendered: &'m Str,
    offset: usize,
    files: &'m [Arc<SourceFile>],
    place: Span,
    printed: Vec<(Span, Span)>,
    keyed: Vec<(Span, Span)>,
    empty: Vec<(Span, Span)>,
    names: Vec<(Span, Span)>,
    random: Vec<u32>,
    count: u32,
}

impl Mapper<'_> {
    fn locate(&self, node: Node<'_>) -> Origin {
        let range = node.span().range();
        let mut range = range.start + self.offset..range.end + self.offset;
        // The header of a block says nothing of where its lines were written.
        if node.style() == Style::Block
            && let Some(line) = self.rendered.as_str()[range.clone()].find('\n')
            && range.start + line + 1 < range.end
        {
            range.start += line + 1;
        }
        // Nothing at all was printed right there.
        let range = if range.is_empty() { range.start.saturating_sub(1)..range.end } else { range };
        self.rendered.locate(range).unwrap_or(Origin::computed(self.place))
    }

    /// Where a node begins.
    fn start(&self, node: Node<'_>) -> Span {
        self.locate(self.first(node)).span
    }

    /// What a node begins with: a collection with its first key or item.
    fn first<'n>(&self, node: Node<'n>) -> Node<'n> {
        let mut first = node;
        loop {
            let inner = first.entries().next().map(|entry| entry.key).or_else(|| first.items().next());
            match inner {
                Some(inner) if inner != first && first.resolved() == first => first = inner,
                _ => return first,
            }
        }
    }

    fn write(&mut self, node: Node<'_>, inside: Inside, graft: &mut Graft<'_>) {
        let number = self.count;
        self.count += 1;
        if node.is_mapping() {
            graft.mapping(self.start(node));
            for entry in node.entries() {
                self.count += 1;
                let origin = self.locate(entry.key);
                graft.key(&Text::from(entry.key.key_text()), origin.span);
                let value = self.locate(self.first(entry.value));
                if value.source == Source::Value && origin.source == Source::Literal {
                    self.keyed.push((origin.span, value.span));
                }
                if entry.value.is_null() {
                    self.empty.push((origin.span, value.span));
                }
                self.write(entry.value, inside.key(entry.key.key_text()), graft);
            }
            graft.end_behind();
        } else if node.is_sequence() {
            graft.sequence(self.start(node));
            node.items().for_each(|item| self.write(item, inside.item(), graft));
            graft.end_behind();
        } else {
            self.scalar(node, number, inside == Inside::Name, graft);
        }
    }

    fn scalar(&mut self, node: Node<'_>, number: u32, is_name: bool, graft: &mut Graft<'_>) {
        let mut origin = self.locate(node);
        if let Some(via) = origin.via.filter(|via| is_name && !via.contains(origin.span)) {
            self.names.push((via, origin.span));
            origin = Origin::computed(via);
        }
        let span = origin.span;
        let text = Text::from(node.text());
        if origin.source == Source::Random {
            self.random.push(number);
        }
        let via = origin.via.filter(|via| !via.contains(span));
        self.printed.extend(via.map(|via| (span, via)));
        let written = self.files.get(span.file.0 as usize).and_then(|file| file.text.get(span.range()));
        let inner = written.map(|written| written.trim_matches(['"', '\'']));
        let exact = origin.exact && written.is_some_and(|written| written == text.as_str());
        match node.scalar() {
            Some(Scalar::Str(_)) | None => {
                graft.string(&text, span, origin.exact && inner == Some(text.as_str()));
            }
            Some(Scalar::Null) => graft.plain(&Text::from("null"), span, false),
            Some(_) => graft.plain(&text, span, exact),
        }
        if let Some(via) = via {
            graft.used_at(via);
        }
    }
}
