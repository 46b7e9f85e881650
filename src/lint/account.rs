//! Every document is accounted for: linted, or listed with the reason why not; and what was judged together.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::document::{Class, Document};
use crate::files::{FileId, Span, scan};
use crate::project::{Input, Member, Project, Read, Unit};
use crate::run::{Counts, InputNote, InputStatus, UnitNote};

/// Every document in exactly one of the four classes; those that were not linted are listed.
pub fn account(input: &Input<'_>, notes: Vec<scan::Note>, counts: &mut Counts) -> Vec<InputNote> {
    let mut inputs = Vec::new();
    for note in notes {
        let status = match note.status {
            scan::Status::Skipped => InputStatus::Skipped,
            scan::Status::Failed => InputStatus::Failed,
        };
        count(counts, status);
        let (path, reason) = (note.path.into(), note.reason.into());
        inputs.push(InputNote { path, line: None, status, reason, at: None });
    }
    let mut charts: Vec<&str> = Vec::new();
    let of_file = |one: &Read<'_>, other: &Read<'_>| one.document.source.id == other.document.source.id;
    for own in input.documents.chunk_by(of_file) {
        let real = || own.iter().filter(|read| !matches!(read.class, Class::Comments));
        counts.documents += real().count();
        let judged = |read: &&Read<'_>| matches!(read.class, Class::Template(Some(root)) if input.charts.is_judged(root));
        let unread = || real().filter(|read| !judged(read)).filter_map(unread);
        unread().for_each(|one| count(counts, one.status));
        // One word per chart, not one per template.
        if let Some(Class::Template(Some(chart))) = own.first().map(|one| &one.class) {
            if !input.charts.is_judged(chart) && !charts.contains(chart) {
                charts.push(chart);
                inputs.push(of_chart(chart, input.charts.reason(chart)));
            }
            continue;
        }
        let first = unread().next().map(|one| one.status);
        let whole = unread().count() == real().count() && unread().all(|one| Some(one.status) == first);
        let path: Arc<str> = own[0].document.source.path.as_str().into();
        for one in unread().take(if whole { 1 } else { usize::MAX }) {
            let source = &one.document.source;
            let line = (!whole).then(|| source.place(one.document.span().start).line);
            let Unread { status, reason, at, .. } = one;
            inputs.push(InputNote { path: Arc::clone(&path), line, status, reason, at });
        }
    }
    inputs.extend(set_aside(input));
    inputs.sort_by(|one, other| (&one.path, one.line).cmp(&(&other.path, other.line)));
    inputs
}

/// A document that is not linted.
struct Unread<'u> {
    document: &'u Document,
    status: InputStatus,
    reason: Cow<'static, str>,
    at: Option<Span>,
}

fn unread<'u>(read: &Read<'u>) -> Option<Unread<'u>> {
    let reason = read.class.reason()?;
    let status = match read.class {
        Class::NotKubernetes(_) => InputStatus::NotKubernetes,
        Class::Template(_) => InputStatus::Skipped,
        _ => InputStatus::Failed,
    };
    let at = match read.class {
        Class::Failed(fault) => Some(read.document.source.span(fault.range.clone())),
        _ => None,
    };
    Some(Unread { document: read.document, status, reason, at })
}

fn of_chart(chart: &str, reason: String) -> InputNote {
    let path = if chart.is_empty() { "." } else { chart };
    InputNote { path: path.into(), line: None, status: InputStatus::Skipped, reason: reason.into(), at: None }
}

/// Objects that are parts of others and that nothing in view puts together: they are not judged with the rest.
fn set_aside<'i>(input: &'i Input<'_>) -> impl Iterator<Item = InputNote> + 'i {
    let aside = input.objects.iter().filter(|one| !input.parts.is_part(one.path()));
    aside.filter_map(|one| {
        let reason = one.wholeness.aside()?;
        let node = one.object.node;
        let line = node.tree().source().place(node.span().start).line;
        let reason = format!("{} is set aside: {reason}", one.object.title());
        let (path, reason, line) = (one.path().into(), reason.into(), Some(line));
        Some(InputNote { path, line, status: InputStatus::Aside, reason, at: Some(node.span()) })
    })
}

fn count(counts: &mut Counts, status: InputStatus) {
    match status {
        InputStatus::NotKubernetes => counts.not_kubernetes += 1,
        InputStatus::Skipped => counts.skipped += 1,
        InputStatus::Failed => counts.failed += 1,
        // Its fields are checked, so its document counts as linted.
        InputStatus::Aside => {}
    }
}

/// What was judged together, for those who ask.
pub fn units(project: &Project<'_>) -> Vec<UnitNote> {
    let note = |unit: &Unit| {
        let of_member = |member: &Member| project.pool[member.object].node.tree().files();
        let files: BTreeSet<FileId> = unit.objects.iter().flat_map(of_member).collect();
        UnitNote {
            kustomization: unit.kustomization.clone(),
            objects: unit.objects.len(),
            files: files.into_iter().collect(),
            incomplete: !unit.view.gaps.is_empty(),
        }
    };
    project.units.iter().map(note).collect()
}
