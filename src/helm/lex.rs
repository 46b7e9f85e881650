//! Templates cut into text and the words of actions.

use std::ops::Range;

use super::place::{Mistake, Place};
use crate::yaml::Text;

/// A word of an action.
#[derive(Clone, Debug, PartialEq)]
pub enum Token<'t> {
    /// A name: a function, a keyword, `true`, `nil`.
    Name(&'t str),
    /// `.name`
    Field(&'t str),
    /// `.`
    Dot,
    /// `$name`; empty for `$`.
    Variable(&'t str),
    /// A constant text, and whether it stands in the file as it is, between its quotes.
    Str(Text, bool),
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
pub struct Word<'t> {
    /// The word.
    pub token: Token<'t>,
    /// Where it stands.
    pub place: Place,
    /// White space stands before it.
    pub spaced: bool,
}

/// A part of a template.
#[derive(Debug)]
pub enum Part {
    /// Text, trimmed as the actions beside it want it.
    Text(Place),
    /// An action with its delimiters. Comments are none.
    Action(Place),
}

/// Cuts a template into its parts, one after the other.
pub struct Parts<'t> {
    text: &'t str,
    at: usize,
    /// The action before wants the white space gone that follows.
    trims: bool,
    /// The next action: where it begins, and where what is in it does.
    next: Option<(usize, usize)>,
}

impl<'t> Parts<'t> {
    /// The parts of a text.
    pub fn new(text: &'t str) -> Self {
        Parts { text, at: 0, trims: false, next: None }
    }

    /// The next part; `words` are those of an action.
    pub fn part(&mut self, words: &mut Vec<Word<'t>>) -> Result<Option<Part>, Mistake> {
        let bytes = self.text.as_bytes();
        loop {
            if let Some((open, inside)) = self.next.take() {
                if self.comment(open, inside)? {
                    continue;
                }
                (self.at, self.trims) = action(self.text, open, inside, words)?;
                return Ok(Some(Part::Action((open..self.at).into())));
            }
            if self.at >= bytes.len() {
                return Ok(None);
            }
            let mut own = self.at..bytes.len();
            self.at = bytes.len();
            if self.trims {
                own.start += spaces(&bytes[own.clone()]);
            }
            if let Some(open) = opening(bytes, own.start) {
                own.end = open;
                let mut inside = open + 2;
                // `{{-` trims only with a space after it: `{{-3}}` is a number.
                let next = bytes.get(inside + 1).copied();
                if bytes.get(inside) == Some(&b'-') && next.is_some_and(is_space) {
                    inside += 2;
                    let back = bytes[own.clone()].iter().rev().take_while(|byte| is_space(**byte)).count();
                    own.end -= back;
                }
                self.next = Some((open, inside));
            }
            if !own.is_empty() {
                return Ok(Some(Part::Text(own.into())));
            }
        }
    }

    /// Passes over a comment, if it is one.
    fn comment(&mut self, open: usize, inside: usize) -> Result<bool, Mistake> {
        let bytes = self.text.as_bytes();
        let comment = inside + spaces_before_comment(&bytes[inside..]);
        if !bytes[comment..].starts_with(b"/*") {
            return Ok(false);
        }
        let Some(end) = memchr::memmem::find(&bytes[comment..], b"*/") else {
            return Err(mistake(open..open + 2, "unclosed comment"));
        };
        let mut close = comment + end + 2;
        let gap = spaces(&bytes[close..]);
        self.trims = bytes[close + gap..].starts_with(b"-}}") && gap > 0;
        close += gap + usize::from(self.trims);
        if !bytes[close..].starts_with(b"}}") {
            return Err(mistake(open..close.min(bytes.len()), "comment ends before closing delimiter"));
        }
        self.at = close + 2;
        Ok(true)
    }
}

/// Where the next action begins.
fn opening(bytes: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let at = from + memchr::memchr(b'{', bytes.get(from..)?)?;
        if bytes.get(at + 1) == Some(&b'{') {
            return Some(at);
        }
        from = at + 1;
    }
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

/// Reads the words of an action: where it ends, and whether it trims what follows.
fn action<'t>(
    text: &'t str,
    open: usize,
    mut at: usize,
    words: &mut Vec<Word<'t>>,
) -> Result<(usize, bool), Mistake> {
    let bytes = text.as_bytes();
    words.clear();
    let mut spaced = true;
    loop {
        let gap = spaces(&bytes[at..]);
        spaced |= gap > 0;
        at += gap;
        let rest = &bytes[at..];
        if rest.starts_with(b"}}") {
            return Ok((at + 2, false));
        }
        if spaced && rest.starts_with(b"-}}") {
            return Ok((at + 3, true));
        }
        let Some(&first) = rest.first() else {
            return Err(mistake(open..open + 2, "unclosed action"));
        };
        let (token, length) = word(text, at, first)?;
        words.push(Word { token, place: (at..at + length).into(), spaced });
        at += length;
        spaced = false;
    }
}

fn word(text: &str, at: usize, first: u8) -> Result<(Token<'_>, usize), Mistake> {
    let rest = &text[at..];
    let one = |token| Ok((token, 1));
    let name = |from: usize| from + name_length(&rest[from..]);
    match first {
        b'|' => one(Token::Pipe),
        b'(' => one(Token::Open),
        b')' => one(Token::Close),
        b',' => one(Token::Comma),
        b'=' => one(Token::Assign),
        b':' if rest.starts_with(":=") => Ok((Token::Declare, 2)),
        b'"' => quoted(rest, at),
        b'`' => match rest[1..].find('`') {
            Some(end) => Ok((Token::Str(raw(&rest[1..end + 1]), true), end + 2)),
            None => Err(mistake(at..at + 1, "unterminated raw quoted string")),
        },
        b'\'' => character(rest, at),
        b'$' => {
            let end = name(1);
            Ok((Token::Variable(&rest[1..end]), end))
        }
        b'.' if rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) => number(rest, at),
        b'.' => match name(1) {
            1 => one(Token::Dot),
            end => Ok((Token::Field(&rest[1..end]), end)),
        },
        b'+' | b'-' | b'0'..=b'9' => number(rest, at),
        _ => match name(0) {
            0 => {
                let character = rest.chars().next().unwrap_or(' ');
                let message = format!("unexpected {character:?} in an action");
                Err(mistake(at..at + character.len_utf8(), message))
            }
            end => Ok((Token::Name(&rest[..end]), end)),
        },
    }
}

/// How long the name is that a text begins with.
fn name_length(text: &str) -> usize {
    let plain = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    if text.as_bytes().get(plain).is_none_or(u8::is_ascii) {
        return plain;
    }
    text.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(text.len())
}

/// A text between backquotes.
fn raw(inner: &str) -> Text {
    if inner.contains('\r') { inner.replace('\r', "").into() } else { inner.into() }
}

fn quoted(rest: &str, at: usize) -> Result<(Token<'static>, usize), Mistake> {
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

fn character(rest: &str, at: usize) -> Result<(Token<'static>, usize), Mistake> {
    let bad = || mistake(at..at + 1, "malformed character constant");
    let end = rest[1..].char_indices().find(|(index, c)| *c == '\'' && !rest[1..1 + index].ends_with('\\'));
    let (end, _) = end.ok_or_else(bad)?;
    let text = unescape(&rest[1..1 + end]).ok_or_else(bad)?;
    let letter = text.chars().next().ok_or_else(bad)?;
    Ok((Token::Int(i64::from(u32::from(letter))), end + 2))
}

fn number(rest: &str, at: usize) -> Result<(Token<'static>, usize), Mistake> {
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

    fn parts(text: &str) -> Result<Vec<String>, Mistake> {
        let (mut parts, mut words, mut found) = (Parts::new(text), Vec::new(), Vec::new());
        while let Some(part) = parts.part(&mut words)? {
            found.push(match part {
                Part::Text(place) => text[place.range()].to_owned(),
                Part::Action(_) => format!("<{}>", words.len()),
            });
        }
        Ok(found)
    }

    #[test]
    fn actions_trim_the_text_beside_them() {
        let text = "a \n{{- .x -}}\n b{{/* c */}} d {{- /* e */ -}} f";
        let found = parts(text).expect("a template");
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
