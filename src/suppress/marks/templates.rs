//! Marks in templates of charts: `# wplint: …` and `{{/* wplint: … */}}`.

use super::{Cover, Mark, read};
use crate::files::SourceFile;
use crate::yaml::Comment;

/// The marks of a template. A mark alone on its line covers the entry below it, as far as the indentation tells.
pub fn marks(source: &SourceFile, uncertain: bool, marks: &mut Vec<Mark>) {
    for (at, _) in source.text.match_indices("wplint:") {
        let line = source.line_range(source.line_index(at as u32));
        let before = &source.text[line.start..at];
        let head = before.trim_end();
        let sign = if head.ends_with('#') { "#" } else { "/*" };
        if !head.ends_with(sign) {
            continue;
        }
        let start = line.start + head.len() - sign.len();
        let rest = &source.text[start..line.end];
        let end = start + if sign == "#" { rest.len() } else { rest.find("*/").unwrap_or(rest.len()) };
        let Some(written) = read(source, &Comment { start: start as u32, end: end as u32 }) else { continue };
        let alone = source.text[line.start..start]
            .trim()
            .trim_start_matches("{{")
            .trim_start_matches('-')
            .trim()
            .is_empty();
        let cover = if written.whole_object {
            document(source, start)
        } else if alone {
            below(source, start)
        } else {
            line
        };
        marks.push(Mark {
            by: "comment",
            span: source.span(start..end),
            names: written.names,
            reason: written.reason,
            cover: if cover.is_empty() { Cover::Nothing } else { Cover::Range(source.span(cover)) },
            malformed: written.malformed,
            uncertain,
        });
    }
}

/// The document of a template around a place.
fn document(source: &SourceFile, at: usize) -> std::ops::Range<usize> {
    let start = source.text[..at].rfind("\n---").map_or(0, |start| start + 1);
    let end = source.text[at..].find("\n---").map_or(source.text.len(), |end| at + end);
    start..end
}

/// The next line that prints something, with the lines below it that are indented deeper.
fn below(source: &SourceFile, at: usize) -> std::ops::Range<usize> {
    let first = source.line_index(at as u32) + 1;
    let mut found: Option<(usize, std::ops::Range<usize>)> = None;
    for line in first..source.line_starts().len() {
        let range = source.line_range(line);
        let text = &source.text[range.clone()];
        let content = text.trim_start();
        let indent = text.len() - content.len();
        let is_silent = content.is_empty() || content.starts_with('#') || content.starts_with("{{");
        match &mut found {
            None if content.is_empty() => break,
            None if content.starts_with('#')
                || content.starts_with("{{/*")
                || content.starts_with("{{- /*") => {}
            None => found = Some((indent, range)),
            Some((own, covered)) if indent > *own || is_silent => covered.end = range.end,
            Some(_) => break,
        }
    }
    found.map_or(0..0, |(_, range)| range)
}
