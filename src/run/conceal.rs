//! Takes secrets out of what findings say, once, before anybody writes it anywhere.

use std::borrow::Cow;

use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;

use super::{Reported, Run};
use crate::files::{FileId, SourceFile, Span};
use crate::finding::Fix;
use crate::secrets::mask::credentials;

impl Run {
    /// Replaces secret values in the texts of all findings and inputs. What a report then prints of them is clean
    /// whoever prints it; lines of files are masked where they are drawn.
    pub fn conceal(&mut self) {
        self.findings.par_iter_mut().for_each(|one| {
            texts(one).into_iter().for_each(conceal_quoted);
            if let Some(object) = &mut one.object {
                let names = [&mut object.api_version, &mut object.kind, &mut object.name];
                names.into_iter().chain(&mut object.namespace).for_each(conceal_whole);
            }
        });
        let mut findings = std::mem::take(&mut self.findings);
        let mut inputs = std::mem::take(&mut self.inputs);
        if !self.masks.is_empty() {
            let mut open = Open { run: self, known: HashMap::new() };
            for one in &mut findings {
                let also = one.finding.also.iter().map(|label| label.span);
                let places: Vec<Span> = std::iter::once(one.finding.span).chain(also).collect();
                open.conceal(&places, texts(one));
            }
            for one in &mut inputs {
                if let Cow::Owned(reason) = &mut one.reason {
                    open.conceal(one.at.as_slice(), vec![reason]);
                }
            }
        }
        (self.findings, self.inputs) = (findings, inputs);
    }

    /// Whether a report may print what a fix writes: one that changes a secret would print it.
    pub fn may_show(&self, fix: &Fix) -> bool {
        fix.edits.iter().all(|edit| self.masks_in(edit.span).is_empty())
    }

    /// The masks that touch a span.
    pub fn masks_in(&self, span: Span) -> &[Span] {
        let from = self.masks.partition_point(|mask| (mask.file, mask.start) < (span.file, span.start));
        // Masks do not nest deeply; the one before may reach into the span.
        let from =
            self.masks[..from].iter().rposition(|mask| mask.file != span.file || mask.end <= span.start);
        let from = from.map_or(0, |at| at + 1);
        let to = self.masks.partition_point(|mask| (mask.file, mask.start) <= (span.file, span.end));
        &self.masks[from..to.max(from)]
    }
}

/// Which texts stand openly in a file besides.
struct Open<'r> {
    run: &'r Run,
    known: HashMap<(FileId, &'r str), bool>,
}

/// Shorter texts are in every other word.
const SHORTEST: usize = 3;

impl<'r> Open<'r> {
    /// Takes the secrets at some places out of texts about them.
    fn conceal(&mut self, places: &[Span], mut texts: Vec<&mut String>) {
        let mut secrets: Vec<&'r str> = Vec::new();
        for span in places {
            let Some(file) = self.run.files.get(span.file.0 as usize) else {
                continue;
            };
            for mask in self.run.masks_in(with_key(file, *span)) {
                let text = file.text.get(mask.range()).unwrap_or("");
                let lines = text.split(['\n', '\r']).map(str::trim).filter(|line| line.len() >= SHORTEST);
                for secret in lines {
                    let said = texts.iter().any(|text| text.contains(secret));
                    if said && !self.stands_openly(file, secret) {
                        secrets.push(secret);
                    }
                }
            }
        }
        // Of two that hold each other the longer one goes first.
        secrets.sort_unstable_by_key(|secret| (std::cmp::Reverse(secret.len()), *secret));
        secrets.dedup();
        for secret in secrets {
            for text in texts.iter_mut().filter(|text| text.contains(secret)) {
                **text = without(text, secret);
            }
        }
    }

    /// Whether a secret text is no secret: it stands in the file outside every mask, as a name that is its own
    /// password does. Withholding it would only garble the sentence.
    fn stands_openly(&mut self, file: &'r SourceFile, secret: &'r str) -> bool {
        let run = self.run;
        *self.known.entry((file.id, secret)).or_insert_with(|| {
            memchr::memmem::find_iter(file.text.as_bytes(), secret).take(64).any(|start| {
                let span = file.span(start..start + secret.len());
                run.masks_in(span).iter().all(|mask| mask.end <= span.start || span.end <= mask.start)
            })
        })
    }
}

/// How far a key is looked for before a value on its line.
const KEY: u32 = 256;

/// A span with the key before it, which a finding about a value may name.
fn with_key(file: &SourceFile, span: Span) -> Span {
    let line = file.line_range(file.line_index(span.start)).start as u32;
    Span { start: span.start.saturating_sub(KEY).max(line).min(span.start), ..span }
}

/// Takes credentials out of a text that a manifest holds, as far as it says itself that they are some.
fn conceal_whole(text: &mut String) {
    let mut found = credentials(text);
    found.sort_unstable_by_key(|range| std::cmp::Reverse((range.start, range.end)));
    let mut before = text.len();
    for range in found {
        if range.end <= before {
            text.replace_range(range.clone(), "***");
            before = range.start;
        }
    }
}

/// The same for everything between backticks: a message may quote what stands far from where it points.
fn conceal_quoted(text: &mut String) {
    let quoted = |(at, part): (usize, &str)| at % 2 == 1 && !credentials(part).is_empty();
    if !text.split('`').enumerate().any(quoted) {
        return;
    }
    let parts = text.split('`').enumerate().map(|(at, part)| {
        let mut part = part.to_owned();
        if at % 2 == 1 {
            conceal_whole(&mut part);
        }
        part
    });
    *text = parts.collect::<Vec<_>>().join("`");
}

/// Everything that a finding says.
fn texts(one: &mut Reported) -> Vec<&mut String> {
    let finding = &mut one.finding;
    let labels = finding.also.iter_mut().map(|label| &mut label.message);
    let texts = std::iter::once(&mut finding.message).chain(&mut finding.label).chain(&mut finding.help);
    let title = finding.fix.as_mut().map(|fix| &mut fix.title);
    texts.chain(&mut finding.notes).chain(labels).chain(title).collect()
}

/// A text without a secret. What a manifest says stands between backticks; a secret that is a plain word may stand
/// outside of them as a word of ours, and to withhold that one would give the secret away.
fn without(text: &str, secret: &str) -> String {
    let word = secret.bytes().all(|byte| byte.is_ascii_alphabetic());
    // A name such as `shop-db` of an application whose password is `shop`: a hole in it would tell the same.
    let is_name = |part: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        part != secret && part.bytes().all(plain) && part.split('-').any(|word| word == secret)
    };
    let parts = text.split('`').enumerate().map(|(at, part)| {
        let kept = if at % 2 == 0 { word } else { is_name(part) };
        if kept { part.to_owned() } else { part.replace(secret, "***") }
    });
    parts.collect::<Vec<_>>().join("`")
}
