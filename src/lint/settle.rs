//! From what rules found to what is reported: order, severity, object, fingerprint, origin.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::identify;
use super::origin::Origins;
use crate::files::{SourceFile, Span};
use crate::finding::{Finding, RuleId};
use crate::guard::guarded;
use crate::project::Input;
use crate::rules;
use crate::run::{ObjectRef, Reported, Status};
use crate::settings::Settings;

/// The object that a finding is about, and what it shares with others at the same field.
type Known = (Option<ObjectRef>, String);

/// Puts findings in order and decides severity, object and fingerprint.
pub fn settle(
    mut findings: Vec<Finding>,
    files: &[Arc<SourceFile>],
    input: &Input<'_>,
    settings: &Settings,
) -> Vec<Reported> {
    findings.retain(|one| {
        let path = files.get(one.span.file.0 as usize).map_or("", |file| file.path.as_str());
        settings.is_wanted(one.rule.name(), path)
    });
    findings.sort_by(|one, other| key(one).cmp(&key(other)));
    findings.dedup();
    let path = |finding: &Finding| settings.root.rooted(&files[finding.span.file.0 as usize].path);
    let key = |finding: &Finding| guarded(|| identify::key(input, finding, &path(finding)));
    let keys: Vec<_> = findings.par_iter().map(key).collect();
    let texts = keys.iter().map(|known| known.as_ref().map_or("", |known| known.1.as_str()));
    let ordinals = identify::ordinals(texts);
    let report = |((finding, known), ordinal): ((Finding, Option<Known>), u32)| {
        let file = &files[finding.span.file.0 as usize];
        let path = path(&finding);
        let (object, prints) = match known {
            Some((object, key)) => (object, identify::prints(&key, ordinal, &path)),
            None => (None, identify::by_place(&finding, &path)),
        };
        let group = rules::of(finding.rule).map_or("internal", |rule| rule.page().group);
        let severity = settings.severity_at(&finding, &file.path);
        let (fingerprint, unplaced) = (prints.placed, prints.unplaced);
        Reported {
            severity,
            group,
            object,
            fingerprint,
            unplaced,
            origin: None,
            context: None,
            status: Status::Shown,
            finding,
        }
    };
    findings.into_par_iter().zip(keys).zip(ordinals).map(report).collect()
}

/// Tells of findings on standard input what they were rendered from.
pub fn trace(reported: &mut [Reported], files: &[Arc<SourceFile>], input: &Input<'_>, disk: Option<&Path>) {
    let mut origins = Origins::new(disk);
    for one in reported.iter_mut().filter(|one| files[one.finding.span.file.0 as usize].piped) {
        let span = one.finding.span;
        let read = input.document(span);
        one.origin = read.and_then(|read| origins.of(span, read.document, input.object(span)));
    }
}

/// The order of reports: files are sorted by path, so their numbers are too.
pub fn key(finding: &Finding) -> (Span, RuleId, &str) {
    (finding.span, finding.rule, &finding.message)
}
