//! The marks people write into manifests, and what each of them covers.

mod templates;

use foldhash::{HashMap, HashMapExt};

use super::Input;
use crate::config::Name;
use crate::document::Object;
use crate::files::{SourceFile, Span};
use crate::kube::workload::Workload;
use crate::settings::Settings;
use crate::yaml::{Comment, Node, Style, Tree};

/// A silencer in a manifest.
pub(super) struct Mark {
    /// `comment` or `annotation`.
    pub by: &'static str,
    /// The whole comment or value.
    pub span: Span,
    /// Rules and groups.
    pub names: Vec<Name>,
    pub reason: Option<String>,
    pub cover: Cover,
    /// Why it is not understood.
    pub malformed: Option<&'static str>,
    /// Not all that it may cover was judged.
    pub uncertain: bool,
}

/// What a mark covers: findings that begin there.
pub(super) enum Cover {
    Nothing,
    Range(Span),
}

/// Every mark of the input, in the order of documents.
pub(super) fn all(input: &Input<'_, '_>, settings: &Settings) -> Vec<Mark> {
    let mut marks = Vec::new();
    for tree in input.documents {
        comments(tree, input.objects, &mut marks);
    }
    for (template, whole) in input.templates {
        templates::marks(template, !whole, &mut marks);
    }
    for object in input.objects {
        annotations(object, settings, &mut marks);
    }
    marks
}

/// The objects of a tree, of those that are in the order of documents.
fn objects_of<'o, 'a>(tree: &Tree, objects: &'o [Object<'a>]) -> &'o [Object<'a>] {
    let root = tree.root().span();
    let is_before = |object: &Object<'_>| {
        let own = object.node.span();
        (own.file, own.start) < (root.file, root.start)
    };
    let rest = &objects[objects.partition_point(is_before)..];
    let count = rest.iter().take_while(|object| std::ptr::eq(object.node.tree(), tree)).count();
    &rest[..count]
}

/// `objects`: those of all documents, in their order.
fn comments(tree: &Tree, objects: &[Object<'_>], marks: &mut Vec<Mark>) {
    let source = tree.source();
    let mut entries = None;
    let mut items = None;
    // Comments of one block have one entry below them.
    let mut block: Option<Block> = None;
    for comment in tree.comments() {
        let Some(written) = read(source, comment) else {
            continue;
        };
        let cover = if written.whole_object {
            let items = items.get_or_insert_with(|| Items::new(objects_of(tree, objects)));
            whole_object(tree, items, comment)
        } else if is_alone(source, comment) {
            let entries = entries.get_or_insert_with(|| entries_of(tree));
            let line = source.line_index(comment.start);
            let own = match block.take().filter(|block| block.lines.contains(&line)) {
                Some(block) => block,
                None => below(source, line, entries),
            };
            block.insert(own).below.map_or(Cover::Nothing, Cover::Range)
        } else {
            let range = source.line_range(source.line_index(comment.start));
            Cover::Range(source.span(range))
        };
        marks.push(Mark {
            by: "comment",
            span: source.span(comment.start as usize..comment.end as usize),
            names: written.names,
            reason: written.reason,
            cover,
            malformed: written.malformed,
            uncertain: false,
        });
    }
}

struct Written {
    whole_object: bool,
    names: Vec<Name>,
    reason: Option<String>,
    malformed: Option<&'static str>,
}

/// Reads `# wplint: ignore[rule, …] reason`, alone or after other words of the comment.
fn read(source: &SourceFile, comment: &Comment) -> Option<Written> {
    let text = source.text.get(comment.start as usize..comment.end as usize)?;
    let signs = text.match_indices('#').chain(text.match_indices("/*"));
    let at = signs.into_iter().find_map(|(at, sign)| {
        let first = at == 0 || text[..at].ends_with([' ', '\t']);
        let rest = text[at + sign.len()..].trim_start();
        (first && rest.starts_with("wplint:")).then(|| text.len() - rest.len() + "wplint:".len())
    })?;
    let mut written = Written { whole_object: false, names: Vec::new(), reason: None, malformed: None };
    let rest = text[at..].trim_start();
    let (whole_object, rest) = match (rest.strip_prefix("ignore-object"), rest.strip_prefix("ignore")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => {
            written.malformed = Some("this is not a mark that wplint knows");
            return Some(written);
        }
    };
    written.whole_object = whole_object;
    let list = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let Some((list, reason)) = list else {
        written.malformed = Some("this mark names its rules without brackets");
        return Some(written);
    };
    let start = list.as_ptr() as usize - source.text.as_ptr() as usize;
    written.names = names(list)
        .map(|(range, name)| Name {
            text: name.to_owned(),
            span: source.span(start + range.start..start + range.end),
        })
        .collect();
    if written.names.is_empty() {
        written.malformed = Some("this suppression has no rule");
    }
    let reason = reason.trim().trim_start_matches([':', '-']).trim();
    written.reason = (!reason.is_empty()).then(|| reason.to_owned());
    Some(written)
}

/// The names of a list, with their places in it.
fn names(list: &str) -> impl Iterator<Item = (std::ops::Range<usize>, &str)> {
    let mut from = 0;
    list.split(',').filter_map(move |part| {
        let name = part.trim();
        let start = from + (part.len() - part.trim_start().len());
        from += part.len() + 1;
        (!name.is_empty()).then_some((start..start + name.len(), name))
    })
}

fn is_alone(source: &SourceFile, comment: &Comment) -> bool {
    let line = source.line_range(source.line_index(comment.start));
    source.text[line.start..comment.start as usize].trim_start_matches('\u{feff}').trim().is_empty()
}

/// Lines of comments, one after the other.
struct Block {
    lines: std::ops::Range<usize>,
    /// The entry that stands directly below them.
    below: Option<Span>,
}

/// The block of comments from a line on.
fn below(source: &SourceFile, first: usize, entries: &[Span]) -> Block {
    let content = |line: usize| source.text[source.line_range(line)].trim_start();
    let mut line = first + 1;
    while content(line).starts_with('#') {
        line += 1;
    }
    let end = source.line_range(line).end;
    let start = (end - content(line).len()) as u32;
    let at = entries.partition_point(|entry| entry.start < start);
    let below = entries.get(at).copied().filter(|entry| entry.start < end as u32);
    Block { lines: first..line, below: below.filter(|_| !content(line).is_empty()) }
}

/// Every entry of the document, keys with their values and list items with their dashes, outer ones first
/// where several begin at one place.
fn entries_of(tree: &Tree) -> Vec<Span> {
    let mut entries = Vec::new();
    let mut open = vec![tree.root()];
    while let Some(node) = open.pop() {
        let mut key: Option<Span> = None;
        for child in node.children() {
            let span = child.span();
            match (node.style(), key.take()) {
                (Style::Mapping, None) => {
                    key = Some(span);
                    continue;
                }
                (Style::Mapping, Some(key)) => entries.push(Span { end: span.end.max(key.end), ..key }),
                _ if node.is_flow() => entries.push(span),
                _ => entries.push(Span { start: dash(tree.source(), child), ..span }),
            }
            open.push(child);
        }
    }
    entries.sort_by_key(|entry| (entry.start, std::cmp::Reverse(entry.end)));
    entries
}

/// The dash of a list item.
fn dash(source: &SourceFile, item: Node<'_>) -> u32 {
    let start = item.span().start as usize;
    let before = &source.text[..start];
    let gap = before.trim_end();
    if gap.ends_with('-') {
        return gap.len() as u32 - 1;
    }
    // An anchor or a tag stands between the dash and the item.
    let line = gap.rfind('\n').map_or(0, |at| at + 1);
    gap[line..].rfind("- ").map_or(start, |at| line + at) as u32
}

/// The objects of a document.
struct Items {
    /// With the offsets of their dashes, in the order of the file.
    sorted: Vec<(Span, u32)>,
    /// For an item, the first of the lines without content right above it, once somebody asks.
    blank: HashMap<usize, usize>,
}

impl Items {
    fn new(objects: &[Object<'_>]) -> Self {
        let dash = |node: Node<'_>| match node.is_in_flow() {
            true => node.span().start,
            false => dash(node.tree().source(), node),
        };
        let mut sorted: Vec<(Span, u32)> =
            objects.iter().map(|object| (object.node.span(), dash(object.node))).collect();
        sorted.sort_unstable();
        Items { sorted, blank: HashMap::new() }
    }

    /// Whether only comments stand between a comment and an item that follows it.
    fn is_right_below(&mut self, at: usize, source: &SourceFile, comment: &Comment) -> bool {
        let (span, dash) = self.sorted[at];
        let start = dash.min(span.start);
        let blank = |text: &str| matches!(text.trim_start().chars().next(), None | Some('#'));
        let first = *self.blank.entry(at).or_insert_with(|| {
            let line = source.line_index(start);
            let head = source.text.get(source.line_range(line).start..start as usize);
            if !head.is_some_and(blank) {
                return line + 1;
            }
            let above = (0..line).rev().find(|line| !blank(&source.text[source.line_range(*line)]));
            above.map_or(0, |line| line + 1)
        });
        comment.start <= start && first <= source.line_index(comment.start) + 1
    }
}

/// The object an `ignore-object` mark is about; inside a List its item.
fn whole_object(tree: &Tree, items: &mut Items, comment: &Comment) -> Cover {
    let root = tree.root().span();
    if items.sorted.is_empty() {
        return Cover::Nothing;
    }
    let source = tree.source();
    let after = items.sorted.partition_point(|(span, _)| span.start <= comment.start);
    if let Some((above, dash)) = after.checked_sub(1).and_then(|at| items.sorted.get(at)) {
        // Between two items a comment belongs to the one above if it is indented like its fields.
        let column = |offset: u32| source.place(offset).column;
        if comment.start < above.end || (*above != root && column(comment.start) > column(*dash)) {
            return Cover::Range(*above);
        }
    }
    // Between the head of a List and its first item a comment line belongs to the item.
    let is_below = after < items.sorted.len() && items.is_right_below(after, source, comment);
    Cover::Range(if is_below { items.sorted[after].0 } else { root })
}

const IGNORE: &str = "wplint.dev/ignore";
const REASON: &str = "wplint.dev/reason";

fn annotations(object: &Object<'_>, settings: &Settings, marks: &mut Vec<Mark>) {
    let finder = memchr::memmem::find(object.node.source_text().as_bytes(), IGNORE.as_bytes());
    if finder.is_none() {
        return;
    }
    let template =
        Workload::read(*object, &settings.surroundings.workloads).map(|workload| workload.pod.node);
    let template = template.filter(|template| *template != object.node);
    for holder in std::iter::once(object.node).chain(template) {
        let annotation = |key: &str| holder.get("metadata")?.get("annotations")?.get(key);
        let Some(value) = annotation(IGNORE) else {
            continue;
        };
        let list = value.text();
        let names: Vec<Name> = names(list)
            .map(|(range, name)| Name { text: name.to_owned(), span: value.part(range) })
            .collect();
        let malformed = names.is_empty().then_some("this annotation has no rule");
        let reason = annotation(REASON).map(|reason| reason.text().trim().to_owned());
        marks.push(Mark {
            by: "annotation",
            span: value.span(),
            names,
            reason: reason.filter(|reason| !reason.is_empty()),
            cover: Cover::Range(object.node.span()),
            malformed,
            uncertain: false,
        });
    }
}
