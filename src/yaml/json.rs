//! JSON input: where one value ends and the next begins.

use std::ops::Range;

/// The ranges of the top-level objects, if the whole text is a sequence of balanced `{…}` values with only
/// white space between them. `None` when it is anything else, which is then read as YAML, as kubectl does.
pub fn values(text: &str, start: usize) -> Option<Vec<Range<usize>>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = start;
    loop {
        at += bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if at == bytes.len() {
            return (!found.is_empty()).then_some(found);
        }
        let end = object_end(bytes, at)?;
        found.push(at..end);
        at = end;
    }
}

fn object_end(bytes: &[u8], start: usize) -> Option<usize> {
    if bytes[start] != b'{' {
        return None;
    }
    // The first thing inside must be a quoted key or the end: `{a: 1}` and `{{` are YAML or templates.
    let inside = bytes[start + 1..].iter().find(|byte| !byte.is_ascii_whitespace())?;
    if !matches!(inside, b'"' | b'}') {
        return None;
    }
    let (mut depth, mut quoted, mut at) = (0usize, false, start);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b'#' => return None,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}
