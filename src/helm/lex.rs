//! Templates cut into text and the words of actions.

use std::ops::Range;
use std::sync::Arc;

use super::syntax::Mistake;
use crate::yaml::Text;

/// A word of an action.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A name: a function, a keyword, `true`, `nil`.
    Name(Text),
    /// `.name`
    Field(Text),
    /// `.`
    Dot,
    /// `$name`; empty for `$`.
    Variable(Text),
    /// A constant text, and whether it stands in the file as it is, between its quotes.
    Str(Arc<str>, bool),
    /// A character or a whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// `|`
    Pipe,
    /// `:=`
    Declare,
    /// `=`
    Assign,
    /// `,`
    Comma,
    /// `(`
    Open,
    /// `)`
    Close,
}

/// A word with its place, and whether there is white space before it.
#[derive(Clone, Debug)]
pub struct Word {
    /// The word.
    pub token: Token,
    /// Where it stands.
    pub range: Range<usize>,
    /// White space stands before it.
    pub spaced: bool,
}

/// A part of a template.
#[derive(Debug)]
pub enum Part {
    /// Text, trimmed as the actions beside it want it.
    Text(Range<usize>),
    /// An action with its delimiters. Comments are none.
    Action(Vec<Word>, Range<usize>),
}

/// Cuts a template into its parts.
pub fn parts(text: &str) -> Result<Vec<Part>, Mistake> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let mut at = 0;
    let mut trim_start = false;
    let opening = memchr::memmem::Finder::new(b"{{");
    let push = |parts: &mut Vec<Part>, mut range: Range<usize>, left: bool, right: bool| {
        if left {
            range.start += spaces(&bytes[range.clone()]);
        }
        if right {
            let back = bytes[range.clone()].iter().rev().take_while(|byte| is_space(**byte)).count();
            range.end = (range.end - back).max(range.start);
        }
        if !range.is_empty() {
            parts.push(Part::Text(range));
        }
    };
    while let Some(found) = opening.find(&bytes[at..]) {
        let open = at + found;
        let mut inside = open + 2;
        // `{{-` trims only with a space after it: `{{-3}}` is a number.
        let trims = bytes.get(inside) == Some(&b'-') && bytes.get(inside + 1).copied().is_some_and(is_space);
        push(&mut parts, at..open, trim_start, trims);
        if trims {
            inside += 2;
        }
        let mut comment = inside;
        comment += spaces_before_comment(&bytes[comment..]);
        if bytes[comment..].starts_with(b"/*") {
            let Some(end) = memchr::memmem::find(&bytes[comment..], b"*/") else {
                return Err(mistake(open..open + 2, "unclosed comment"));
            };
            let mut close = comment + end + 2;
            let gap = spaces(&bytes[close..]);
            trim_start = bytes[close + gap..].starts_with(b"-}}") && gap > 0;
            close += gap + usize::from(trim_start);
            if !bytes[close..].starts_with(b"}}") {
                return Err(mistake(open..close.min(bytes.len()), "comment ends before closing delimiter"));
            }
            at = close + 2;
            continue;
        }
        let (words, end, trims) = action(text, open, inside)?;
        trim_start = trims;
        parts.push(Part::Action(words, open..end));
        at = end;
    }
    push(&mut parts, at..text.len(), trim_start, false);
    Ok(parts)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn spaces(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_space(**byte)).count()
}

/// Only `{{/*` and `{{- /*` begin comments; more spaces are taken here, too, for what follows is the same.
fn spaces_before_comment(bytes: &[u8]) -> usize {
    let count = spaces(bytes);
    if bytes[count..].starts_with(b"/*") { count } else { 0 }
}

fn mistake(range: Range<usize>, message: impl Into<String>) -> Mistake {
    Mistake { range, message: message.into() }
}

/// The words of an action up to its end, whether it trims what follows, and where it ends.
fn action(text: &str, open: usize, mut at: usize) -> Result<(Vec<Word>, usize, bool), Mistake> {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let mut spaced = true;
    loop {
        let gap = spaces(&bytes[at..]);
        spaced |= gap > 0;
        at += gap;
        let rest = &bytes[at..];
        if rest.starts_with(b"}}") {
            return Ok((words, at + 2, false));
        }
        if spaced && rest.starts_with(b"-}}") {
            return Ok((words, at + 3, true));
        }
        let Some(&first) = rest.first() else {
            return Err(mistake(open..open + 2, "unclosed action"));
        };
        let (token, length) = word(text, at, first)?;
        words.push(Word { token, range: at..at + length, spaced });
        at += length;
        spaced = false;
    }
}

fn word(text: &str, at: usize, first: u8) -> Result<(Token, usize), Mistake> {
    let rest = &text[at..];
    let one = |token| Ok((token, 1));
    let name = |from: usize| rest[from..].find(|c: char| !is_name(c)).map_or(rest.len(), |end| from + end);
    match first {
        b'|' => one(Token::Pipe),
        b'(' => one(Token::Open),
        b')' => one(Token::Close),
        b',' => one(Token::Comma),
        b'=' => one(Token::Assign),
        b':' if rest.starts_with(":=") => Ok((Token::Declare, 2)),
        b'"' => quoted(rest, at),
        b'`' => match rest[1..].find('`') {
            Some(end) => Ok((Token::Str(rest[1..end + 1].replace('\r', "").into(), true), end + 2)),
            None => Err(mistake(at..at + 1, "unterminated raw quoted string")),
        },
        b'\'' => character(rest, at),
        b'$' => {
            let end = name(1);
            Ok((Token::Variable(rest[1..end].into()), end))
        }
        b'.' if rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) => number(rest, at),
        b'.' => match name(1) {
            1 => one(Token::Dot),
            end => Ok((Token::Field(rest[1..end].into()), end)),
        },
        b'+' | b'-' | b'0'..=b'9' => number(rest, at),
        _ => match name(0) {
            0 => {
                let character = rest.chars().next().unwrap_or(' ');
                let message = format!("unexpected {character:?} in an action");
                Err(mistake(at..at + character.len_utf8(), message))
            }
            end => Ok((Token::Name(rest[..end].into()), end)),
        },
    }
}

fn is_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn quoted(rest: &str, at: usize) -> Result<(Token, usize), Mistake> {
    let bytes = rest.as_bytes();
    let mut end = 1;
    loop {
        match bytes.get(end) {
            None | Some(b'\n') => return Err(mistake(at..at + 1, "unterminated quoted string")),
            Some(b'\\') => end += 2,
            Some(b'"') => break,
            Some(_) => end += 1,
        }
    }
    let inner = rest.get(1..end).unwrap_or("");
    if !inner.contains('\\') {
        return Ok((Token::Str(inner.into(), true), end + 1));
    }
    match unescape(inner) {
        Some(text) => Ok((Token::Str(text.into(), false), end + 1)),
        None => Err(mistake(at..at + end + 1, "invalid escape in a quoted string")),
    }
}

/// Undoes Go's escapes.
pub fn unescape(inner: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            bytes.extend(letter.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        match letters.next()? {
            'a' => bytes.push(7),
            'b' => bytes.push(8),
            'f' => bytes.push(12),
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            'v' => bytes.push(11),
            '\\' => bytes.push(b'\\'),
            '"' => bytes.push(b'"'),
            '\'' => bytes.push(b'\''),
            'x' => bytes.push(u8::try_from(code(&mut letters, 2, 16)?).ok()?),
            'u' => bytes.extend(char::from_u32(code(&mut letters, 4, 16)?)?.encode_utf8(&mut [0; 4]).bytes()),
            'U' => bytes.extend(char::from_u32(code(&mut letters, 8, 16)?)?.encode_utf8(&mut [0; 4]).bytes()),
            digit @ '0'..='7' => {
                let rest = code(&mut letters, 2, 8)?;
                bytes.push(u8::try_from(digit.to_digit(8)? * 64 + rest).ok()?);
            }
            _ => return None,
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The number that the next digits are.
fn code(letters: &mut std::str::Chars<'_>, length: usize, radix: u32) -> Option<u32> {
    (0..length).try_fold(0u32, |sum, _| sum.checked_mul(radix)?.checked_add(letters.next()?.to_digit(radix)?))
}

fn character(rest: &str, at: usize) -> Result<(Token, usize), Mistake> {
    let bad = || mistake(at..at + 1, "malformed character constant");
    let end = rest[1..].char_indices().find(|(index, c)| *c == '\'' && !rest[1..1 + index].ends_with('\\'));
    let (end, _) = end.ok_or_else(bad)?;
    let text = unescape(&rest[1..1 + end]).ok_or_else(bad)?;
    let letter = text.chars().next().ok_or_else(bad)?;
    Ok((Token::Int(i64::from(u32::from(letter))), end + 2))
}

fn number(rest: &str, at: usize) -> Result<(Token, usize), Mistake> {
    let mut end = 0;
    let bytes = rest.as_bytes();
    while let Some(&byte) = bytes.get(end) {
        let sign =
            matches!(byte, b'+' | b'-') && (end == 0 || matches!(bytes[end - 1], b'e' | b'E' | b'p' | b'P'));
        if !(sign || byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_')) {
            break;
        }
        end += 1;
    }
    let text = &rest[..end];
    let token = whole(text).map(Token::Int).or_else(|| {
        let digits = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-'));
        let text = text.replace('_', "");
        let value: f64 = hexadecimal(&text).or_else(|| text.parse().ok()).filter(|_| digits)?;
        Some(Token::Float(value))
    });
    token
        .map(|token| (token, end))
        .ok_or_else(|| mistake(at..at + end.max(1), format!("bad number syntax: {:?}", &rest[..end.max(1)])))
}

fn whole(text: &str) -> Option<i64> {
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let body = body.replace('_', "");
    let (radix, digits) = match body.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &body[2..]),
        [b'0', b'b' | b'B', ..] => (2, &body[2..]),
        [b'0', b'o' | b'O', ..] => (8, &body[2..]),
        [b'0', _, ..] => (8, &body[1..]),
        _ => (10, &*body),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let value = i64::from_str_radix(digits, radix).ok()?;
    Some(if negative { -value } else { value })
}

/// A number such as `0x1.8p60`: hexadecimal digits times a power of two.
fn hexadecimal(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    let (sign, body) = match lower.strip_prefix('-') {
        Some(body) => (-1.0, body),
        None => (1.0, lower.strip_prefix('+').unwrap_or(&lower)),
    };
    let (mantissa, power) = body.strip_prefix("0x")?.split_once('p')?;
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{part}");
    let all = u64::from_str_radix(&digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
    let power: i32 = power.parse().ok()?;
    Some(sign * all as f64 * 2f64.powi(power.checked_sub(4 * i32::try_from(part.len()).ok()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_trim_the_text_beside_them() {
        let text = "a \n{{- .x -}}\n b{{/* c */}} d {{- /* e */ -}} f";
        let found: Vec<String> = parts(text)
            .expect("a template")
            .iter()
            .map(|part| match part {
                Part::Text(range) => text[range.clone()].to_owned(),
                Part::Action(words, _) => format!("<{}>", words.len()),
            })
            .collect();
        assert_eq!(found, ["a", "<1>", "b", " d", "f"]);
    }

    #[test]
    fn constants_are_read_as_go_reads_them() {
        assert_eq!(unescape(r#"a\n\x41\u00e9\""#).as_deref(), Some("a\nAé\""));
        assert_eq!(whole("0x1F"), Some(31));
        assert_eq!(whole("-12"), Some(-12));
        assert!(parts("{{ \"a }}").is_err());
        assert!(parts("{{ .a ").is_err());
    }
}
