//! How documents read: what a parser refuses, drops without a word, or reads differently than people do.

use std::collections::BTreeMap;

use super::{Check, Rule, rule};
use crate::document::{Class, may_be_for_us};
use crate::files::Span;
use crate::finding::{Edit, Fix, Out, RuleId, Severity, amend, shift};
use crate::project::Read;
use crate::text::line_end;
use crate::yaml::{FaultKind, Node, Tree, deceptive};

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("syntax-error", Check::Document(syntax)),
    rule!("duplicate-key", Check::Document(duplicates)),
    rule!("ignored-content", Check::Document(ignored)),
    rule!("deceptive-character", Check::Document(characters)),
];

fn syntax(read: &Read<'_>, out: &mut Out) {
    let Class::Failed(fault) = &read.class else {
        return;
    };
    let message = match fault.kind {
        FaultKind::Syntax | FaultKind::Template => format!("not valid YAML: {}", fault.message),
        FaultKind::Limit => format!("not read: {}", fault.message),
        // A panic of the parser is the engine's to report.
        FaultKind::Internal => return,
    };
    let source = &read.document.source;
    let draft = out
        .report(source.span(fault.range.clone()), message)
        .label("the document cannot be read from here")
        .help(
            "correct the syntax or the indentation here; until then what follows is not checked, and its objects may be reported as missing",
        );
    // Other programs have tags and numbers of their own; nothing says that kubectl is shown this file.
    if !may_be_for_us(source) {
        draft.severity(Severity::Info);
    }
}

/// The tree of a document that holds an object.
fn tree<'r>(read: &'r Read<'_>) -> Option<&'r Tree> {
    if read.class.objects().is_empty() { None } else { read.document.tree() }
}

fn characters(read: &Read<'_>, out: &mut Out) {
    if !tree(read).is_some_and(Tree::is_deceptive) {
        return;
    }
    let document = read.document;
    let text = &document.source.text[document.piece()];
    for (offset, character) in deceptive(text) {
        let start = document.piece().start + offset;
        let code = character as u32;
        out.report(
            document.source.span(start..start + character.len_utf8()),
            format!("U+{code:04X} makes this text read differently than it looks"),
        )
        .label("an invisible character")
        .help("remove it; in a quoted string write it as an escape");
    }
}

/// Whether kustomize refuses what a rule speaks of.
pub fn ends_builds(rule: RuleId) -> bool {
    rule.name() == "duplicate-key"
}

fn duplicates(read: &Read<'_>, out: &mut Out) {
    let Some(tree) = tree(read) else {
        return;
    };
    // Two objects without a line `---` between them.
    let joined = ["apiVersion", "kind"].iter().all(|key| {
        let is_own = |node: Node<'_>| tree.root().children().step_by(2).any(|own| own == node);
        tree.duplicates()
            .iter()
            .map(|one| tree.node(one.second))
            .any(|one| one.key_text() == *key && is_own(one))
    });
    // A key that occurs often is one mistake, and its last value wins.
    let mut keys: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for duplicate in tree.duplicates() {
        keys.entry(duplicate.first).or_default().push(duplicate.second);
    }
    for (first, others) in keys {
        let Some((&last, between)) = others.split_last() else { continue };
        let (first, last) = (tree.node(first), tree.node(last));
        let times = match others.len() {
            1 => "twice".to_owned(),
            count => format!("{} times", count + 1),
        };
        let mut draft = out
            .report(last, format!("key `{}` occurs {times}", last.key_text()))
            .label("this value wins")
            .also(first, "this one is silently dropped")
            .help(match joined {
                true => "put a line `---` between the objects",
                false if is_collection(last) => "keep one of them, with what all of them hold",
                false => "keep one of them",
            });
        for &other in between.iter().take(2) {
            draft = draft.also(tree.node(other), "dropped, too");
        }
        let fix = if joined {
            parted(tree, last)
        } else {
            between.is_empty().then(|| one_of(first, last)).flatten()
        };
        draft.fix_if(fix);
    }
}

/// The edit that leaves one of two keys.
fn one_of(first: Node<'_>, second: Node<'_>) -> Option<Fix> {
    let (mapping, own) = first.as_key()?;
    let (_, other) = second.as_key()?;
    let [one, two] = [own, other].map(|entry| entry.value.source_text().trim_end());
    let fix = |fix: Fix, edits: Vec<Edit>| Some(Fix { edits, ..fix });
    if one == two {
        let edit = amend::remove(mapping, own)?;
        // What was said about the first would be lost.
        let gone = first.tree().text_of(edit.span.file).get(edit.span.range())?;
        return fix(Fix::safe("remove the first of the two"), (!gone.contains('#')).then(|| vec![edit])?);
    }
    match (own.value.is_sequence(), other.value.is_sequence()) {
        (true, true) => {
            let title = "put the items of both into one list";
            fix(Fix::needs_decision(title), shift::join(mapping, own, other)?)
        }
        _ if is_collection(first) || is_collection(second) => None,
        _ => {
            let title = "remove the first of the two, which kubectl ignores";
            fix(Fix::needs_decision(title), vec![amend::remove(mapping, own)?])
        }
    }
}

/// The edit that parts two objects, for the key that begins the second one.
fn parted(tree: &Tree, key: Node<'_>) -> Option<Fix> {
    let is_own = |node: &Node<'_>| tree.root().children().step_by(2).any(|own| own == *node);
    let again = tree.duplicates().iter().map(|one| tree.node(one.second)).filter(is_own);
    let at = again.map(Node::span).min_by_key(|span| span.start).filter(|at| *at == key.span())?;
    let text = tree.text_of(at.file);
    let mut start = text.get(..at.start as usize)?.rfind('\n')? + 1;
    (start == at.start as usize).then_some(())?;
    // What is said above the first key is said of its object.
    while let Some(before) = text[..start - 1].rfind('\n').map(|line| line + 1)
        && text[before..start].starts_with('#')
    {
        start = before;
    }
    let separator = format!("---{}", line_end(text, start));
    let edit = Edit { span: Span { start: start as u32, end: start as u32, ..at }, text: separator };
    Some(Fix { edits: vec![edit], ..Fix::needs_decision("put a line `---` between the objects") })
}

/// Whether the value of a key holds more values.
fn is_collection(key: Node<'_>) -> bool {
    key.as_key().is_some_and(|(_, entry)| entry.value.scalar().is_none())
}

fn ignored(read: &Read<'_>, out: &mut Out) {
    if let Some(span) = tree(read).and_then(Tree::ignored) {
        let text = &read.document.source.text[span.range()];
        let first_line = text.lines().next().unwrap_or("").len() as u32;
        let span = Span { end: span.start + first_line, ..span };
        out.report(span, "kubectl never reads what follows the end of a document")
            .label("ignored from here to the next `---`")
            .help("separate documents with a line `---`");
    }
}
