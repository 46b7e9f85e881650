//! Which places no report may print.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::document::{Document, Object};
use crate::files::{FileId, SourceFile, Span};
use crate::project::Input;
use crate::run::Reported;
use crate::secrets::{credential, mask};

/// The secret values that a report of these findings might show, sorted, with those that are known already.
pub fn masks(
    findings: &[Reported],
    pool: &[Object<'_>],
    input: &Input<'_>,
    files: &[Arc<SourceFile>],
    mut known: Vec<Span>,
) -> Vec<Span> {
    let mut masks = of_objects(findings, pool, files);
    let unread = input.documents.iter().map(|read| read.document).filter(|one| one.tree().is_none());
    let in_text = |document: &Document| mask::in_text(&document.source, document.piece.clone());
    masks.extend(unread.flat_map(in_text));
    masks.append(&mut known);
    masks.sort_unstable();
    masks.dedup();
    masks
}

/// Lines around a place that a report may print with it.
const CONTEXT: u32 = 8;

/// Secret values of the objects that a report may print a line of: nothing of others is ever shown.
fn of_objects(findings: &[Reported], objects: &[Object<'_>], files: &[Arc<SourceFile>]) -> Vec<Span> {
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
    let near = |object: &&Object<'_>| {
        let span = object.node.span();
        let mut others = object.node.tree().files().filter(|file| *file != span.file);
        if others.any(|file| shown.contains_key(&file)) {
            return true;
        }
        shown.get(&span.file).is_some_and(|places| {
            let before = places.partition_point(|place| place.0 <= span.end);
            before > 0 && places[before - 1].1 >= span.start
        })
    };
    let mut masks: Vec<Span> = objects
        .par_iter()
        .filter(near)
        .flat_map_iter(|object| mask::spans(*object).into_iter().chain(credential::spans(object)))
        .collect();
    masks.par_sort_unstable();
    masks.dedup();
    masks
}
