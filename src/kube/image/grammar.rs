//! What an image reference may be written with (fact 15.80).

use std::ops::Range;

use super::parse;
use crate::text::placeholder::{is_capitals, is_note};

/// What makes a text no image reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It begins with a scheme.
    Scheme,
    /// Capital letters in the path.
    Capitals,
    /// A blank.
    Blank,
    /// Two tags.
    TwoTags,
    /// A tag that begins with a dot or dash, or has characters that none has.
    Tag,
}

/// Whether a text begins with words in capitals: `DEFINED IN SECRETS/app:1`.
fn begins_with_note(text: &str) -> bool {
    let first = text.split('/').next().unwrap_or_default();
    first.split(' ').count() > 1
        && first.split(' ').all(|word| word.len() > 1 && word.bytes().all(|b| b.is_ascii_uppercase()))
}

/// The first fault of a reference with its place in the text; `None` for one that is sound, for notes to the reader, and for
/// what is wrong in other ways. Blanks around it are another matter.
pub fn fault(reference: &str) -> Option<(Fault, Range<usize>)> {
    let text = reference.trim();
    let start = reference.len() - reference.trim_start().len();
    if text.is_empty() || is_note(text) || begins_with_note(text) || text.contains(['$', '%', '#', '"', '\''])
    {
        return None;
    }
    let (fault, at) = fault_of(text)?;
    Some((fault, at.start + start..at.end + start))
}

fn fault_of(text: &str) -> Option<(Fault, Range<usize>)> {
    for scheme in ["https://", "http://", "docker://", "oci://"] {
        if text.starts_with(scheme) {
            return Some((Fault::Scheme, 0..scheme.len()));
        }
    }
    if let Some((at, blank)) = text.char_indices().find(|(_, c)| c.is_whitespace()) {
        return Some((Fault::Blank, at..at + blank.len_utf8()));
    }
    let named = text.split_once('@').map_or(text, |(named, _)| named);
    // The first part is a registry if it cannot be a part of a path.
    let path = match named.split_once('/') {
        Some((first, rest)) if is_registry(first) => named.len() - rest.len(),
        _ => 0,
    };
    let repository = named[path..].find(':').map_or(named.len(), |at| path + at);
    if let Some(at) = named[path..repository].find(|c: char| c.is_ascii_uppercase()) {
        // Whole words in capitals are to be filled in: `gcr.io/PROJECT/app`.
        let note = named[path..repository]
            .split(['/', '-', '_', '.'])
            .any(|part| part.len() > 1 && is_capitals(part));
        return (!note).then_some((Fault::Capitals, path + at..path + at + 1));
    }
    let tag = named.get(repository + 1..)?;
    let whole = repository..named.len();
    // A tag that is to come leaves a colon behind.
    if tag.is_empty() {
        return None;
    }
    if tag.contains(':') && parse(&tag.replace(':', "/")).is_some() && !tag.contains('/') {
        return Some((Fault::TwoTags, whole));
    }
    let odd = |c: char| !(c.is_ascii_alphanumeric() || "_.-".contains(c));
    let sound = !tag.starts_with(['.', '-']) && tag.len() <= 128 && !tag.contains(odd);
    // A slash behind a colon is a registry's port in the wrong place or something of another tool.
    (!sound && !tag.contains(['/', ':'])).then_some((Fault::Tag, whole))
}

/// Whether the first of several parts names a registry (fact 7.3.3): it has a dot, a colon or capitals.
fn is_registry(part: &str) -> bool {
    part.contains(['.', ':']) || part == "localhost" || part.contains(|c: char| c.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_and_their_places() {
        let cases = [
            ("https://ghcr.io/a/b:1", Some((Fault::Scheme, "https://"))),
            ("ghcr.io/Team/app:1", Some((Fault::Capitals, "T"))),
            ("team/myApp", Some((Fault::Capitals, "A"))),
            ("nginx 1.29", Some((Fault::Blank, " "))),
            ("nginx\u{a0}1.29", Some((Fault::Blank, "\u{a0}"))),
            ("nginx:1:2", Some((Fault::TwoTags, ":1:2"))),
            ("nginx:-1", Some((Fault::Tag, ":-1"))),
            ("r.io:5000/app:1+2", Some((Fault::Tag, ":1+2"))),
            (" nginx:1:2 ", Some((Fault::TwoTags, ":1:2"))),
        ];
        for (text, expected) in cases {
            let found = fault(text).map(|(fault, at)| (fault, &text[at]));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn sound_references_and_notes() {
        for text in [
            "nginx",
            "nginx:",
            ":",
            "nginx:1.29-ALPINE",
            "r.IO:5000/a/b_c:V1@sha256:0123",
            "Registry/app:1",
            "localhost/app",
            "gcr.io/PROJECT_ID/app:1",
            "gcr.io/PROJECT/app",
            "YOUR-IMAGE",
            "DEFINED IN SECRETS/app:1",
            "<image>:1",
            "$(IMAGE):1",
            "${REPO}:",
            "",
            "  ",
            "app@sha256:ABC",
        ] {
            assert_eq!(fault(text), None, "{text}");
        }
    }
}
