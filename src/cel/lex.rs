//! The words of an expression.

use super::ast::Literal;
use super::fault::Mistake;

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Ident(String),
    /// A field in backquotes.
    Quoted(String),
    Literal(Literal),
    /// A sign or operator.
    Sign(&'static str),
    End,
}

impl Token {
    /// The word for a message.
    pub fn shown(&self) -> String {
        match self {
            Token::Ident(name) => name.clone(),
            Token::Quoted(name) => format!("`{name}`"),
            Token::Sign(sign) => (*sign).to_owned(),
            Token::End => "<EOF>".to_owned(),
            Token::Literal(Literal::Text(text)) => format!("'{text}'"),
            Token::Literal(Literal::Int(value)) => value.to_string(),
            Token::Literal(Literal::Uint(value)) => format!("{value}u"),
            Token::Literal(Literal::Double(value)) => value.to_string(),
            Token::Literal(Literal::Bool(value)) => value.to_string(),
            Token::Literal(Literal::Null) => "null".to_owned(),
            Token::Literal(Literal::Bytes(_)) => "bytes".to_owned(),
        }
    }
}

/// Longer signs come first.
const SIGNS: &[&str] = &[
    "==", "!=", "<=", ">=", "&&", "||", "(", ")", "[", "]", "{", "}", "<", ">", ".", ",", "-", "!", "?", ":",
    "+", "*", "/", "%",
];

/// Splits a text into words, each with its place, the end included.
pub(super) fn lex(text: &str) -> Result<Vec<(Token, u32)>, Mistake> {
    let bytes = text.as_bytes();
    let (mut at, mut tokens) = (0, Vec::new());
    while at < bytes.len() {
        let start = at;
        let byte = bytes[at];
        if byte.is_ascii_whitespace() || byte == 0x0c {
            at += 1;
            continue;
        }
        if bytes[at..].starts_with(b"//") {
            at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at);
            continue;
        }
        let token = if let Some(length) = text_start(&bytes[at..]) {
            let (token, end) = quoted(text, at, length)?;
            at = end;
            token
        } else if byte.is_ascii_alphabetic() || byte == b'_' {
            while bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
                at += 1;
            }
            match &text[start..at] {
                "true" => Token::Literal(Literal::Bool(true)),
                "false" => Token::Literal(Literal::Bool(false)),
                "null" => Token::Literal(Literal::Null),
                "in" => Token::Sign("in"),
                name => Token::Ident(name.to_owned()),
            }
        } else if byte.is_ascii_digit() || (byte == b'.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit))
        {
            let (token, end) = number(text, at)?;
            at = end;
            token
        } else if byte == b'`' {
            let Some(length) = text[at + 1..].find('`') else { return Err(unknown(text, at)) };
            at += length + 2;
            Token::Quoted(text[start + 1..at - 1].to_owned())
        } else if let Some(sign) = SIGNS.iter().find(|sign| text[at..].starts_with(*sign)) {
            at += sign.len();
            Token::Sign(sign)
        } else {
            return Err(unknown(text, at));
        };
        tokens.push((token, start as u32));
    }
    tokens.push((Token::End, text.len() as u32));
    Ok(tokens)
}

fn unknown(text: &str, at: usize) -> Mistake {
    let what: String = text[at..].chars().take(1).collect();
    Mistake::new(at, format!("Syntax error: token recognition error at: '{what}'"))
}

/// The length of what stands before a text's content, if one begins here: a prefix and the quote.
fn text_start(bytes: &[u8]) -> Option<usize> {
    let prefix = bytes.iter().take(2).take_while(|byte| b"rRbB".contains(byte)).count();
    matches!(bytes.get(prefix), Some(b'\'' | b'"')).then_some(prefix)
}

fn quoted(text: &str, start: usize, prefix: usize) -> Result<(Token, usize), Mistake> {
    let bytes = text.as_bytes();
    let has = |letter: u8| bytes[start..start + prefix].iter().any(|byte| byte.eq_ignore_ascii_case(&letter));
    let (raw, is_bytes) = (has(b'r'), has(b'b'));
    let quote = bytes[start + prefix];
    let triple = bytes[start + prefix..].starts_with(&[quote; 3]);
    let mark = if triple { 3 } else { 1 };
    let mut at = start + prefix + mark;
    let mut content: Vec<u8> = Vec::new();
    loop {
        let Some(&byte) = bytes.get(at) else { return Err(unknown(text, start)) };
        if byte == quote && (!triple || bytes[at..].starts_with(&[quote; 3])) {
            at += mark;
            break;
        }
        if !triple && (byte == b'\n' || byte == b'\r') {
            return Err(unknown(text, start));
        }
        if byte != b'\\' || raw {
            content.push(byte);
            at += 1;
            continue;
        }
        let (length, made) = escape(&bytes[at + 1..], is_bytes).ok_or_else(|| unknown(text, start))?;
        content.extend_from_slice(&made);
        at += 1 + length;
    }
    let literal = match is_bytes {
        true => Literal::Bytes(content),
        false => Literal::Text(String::from_utf8(content).map_err(|_| unknown(text, start))?.into()),
    };
    Ok((Token::Literal(literal), at))
}

/// What stands after a backslash: how long it is, and what it is.
fn escape(bytes: &[u8], is_bytes: bool) -> Option<(usize, Vec<u8>)> {
    let plain = match bytes.first()? {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        byte @ (b'\\' | b'\'' | b'"' | b'`' | b'?') => *byte,
        first => {
            let (skip, count, radix) = match first {
                b'x' | b'X' => (1, 2, 16),
                b'u' if !is_bytes => (1, 4, 16),
                b'U' if !is_bytes => (1, 8, 16),
                b'0'..=b'3' => (0, 3, 8),
                _ => return None,
            };
            let digits = std::str::from_utf8(bytes.get(skip..skip + count)?).ok()?;
            let code = u32::from_str_radix(digits, radix).ok()?;
            let made = match is_bytes {
                true => vec![u8::try_from(code).ok()?],
                false => char::from_u32(code)?.to_string().into_bytes(),
            };
            return Some((skip + count, made));
        }
    };
    Some((1, vec![plain]))
}

fn number(text: &str, start: usize) -> Result<(Token, usize), Mistake> {
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let wrong = || Mistake::new(start, "Syntax error: invalid number".to_owned());
    let is_unsigned = |at: usize| matches!(bytes.get(at), Some(b'u' | b'U'));
    if bytes[start..].starts_with(b"0x") || bytes[start..].starts_with(b"0X") {
        let mut end = start + 2;
        while bytes.get(end).is_some_and(u8::is_ascii_hexdigit) {
            end += 1;
        }
        return whole(&text[start + 2..end], 16, is_unsigned(end), end).ok_or_else(wrong);
    }
    let mut end = digits(start);
    let mut is_double = false;
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        is_double = true;
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
            is_double = true;
            end = digits(end + 1 + sign);
        }
    }
    if is_double {
        let value = text[start..end].parse().map_err(|_| wrong())?;
        return Ok((Token::Literal(Literal::Double(value)), end));
    }
    whole(&text[start..end], 10, is_unsigned(end), end).ok_or_else(wrong)
}

fn whole(digits: &str, radix: u32, unsigned: bool, end: usize) -> Option<(Token, usize)> {
    let value = u64::from_str_radix(digits, radix).ok()?;
    if unsigned {
        return Some((Token::Literal(Literal::Uint(value)), end + 1));
    }
    // The smallest integer is written as minus this.
    if value == 1 << 63 {
        return Some((Token::Literal(Literal::Int(i64::MIN)), end));
    }
    Some((Token::Literal(Literal::Int(i64::try_from(value).ok()?)), end))
}
