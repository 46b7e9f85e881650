//! Which letters of a text YAML has to quote, and the order of keys.

use std::cmp::Ordering;

/// What can be done with a text in YAML.
pub struct Facts {
    /// It may be written without quotes.
    pub plain: bool,
    /// It may be written in single quotes.
    pub single: bool,
    /// It may be written as a block of lines.
    pub block: bool,
}

impl Facts {
    /// Looks at a text.
    pub fn of(text: &str) -> Facts {
        let (mut indicators, mut special) = (text.starts_with("---") || text.starts_with("..."), false);
        let (mut space_break, mut break_space) = (false, false);
        let mut before: Option<char> = None;
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            let blank_next = letters.peek().is_none_or(|next| matches!(next, ' ' | '\t' | '\n' | '\r'));
            indicators |= match (before, letter) {
                (None, '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"') => true,
                (None, '%' | '@' | '`') => true,
                (None, '?' | ':' | '-') => blank_next,
                (Some(_), ':') => blank_next,
                (Some(before), '#') => matches!(before, ' ' | '\t' | '\n'),
                _ => false,
            };
            special |= letter != '\n' && escape(letter).is_some() && !matches!(letter, '"' | '\\');
            space_break |= letter == '\n' && before == Some(' ');
            break_space |= letter == ' ' && before == Some('\n');
            before = Some(letter);
        }
        let edges = text.starts_with([' ', '\n']) || text.ends_with([' ', '\n']);
        let lines = text.contains('\n');
        let free = !space_break && !special;
        Facts {
            plain: free && !edges && !break_space && !lines && !indicators,
            single: free && !break_space,
            block: free && !text.ends_with(' '),
        }
    }
}

/// The escape of a letter that cannot stand in a text as it is.
pub fn escape(letter: char) -> Option<String> {
    Some(match letter {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\0' => "\\0".to_owned(),
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        '\u{1b}' => "\\e".to_owned(),
        '\u{85}' => "\\N".to_owned(),
        '\u{a0}' => return None,
        '\u{2028}' => "\\L".to_owned(),
        '\u{2029}' => "\\P".to_owned(),
        '\u{feff}' => "\\uFEFF".to_owned(),
        other if (other as u32) < 0x20 || (0x7f..0xa0).contains(&(other as u32)) => {
            format!("\\x{:02X}", other as u32)
        }
        other if (other as u32) > 0xffff => format!("\\U{:08X}", other as u32),
        _ => return None,
    })
}

/// A date that YAML would take for one.
pub fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return false;
    }
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(text[at + 1..].trim_start())),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let number = |part: &str, most: u32| {
        (1..=2).contains(&part.len()) && part.parse::<u32>().is_ok_and(|number| number <= most)
    };
    let dated = parts.len() == 3 && number(parts[1], 12) && number(parts[2], 31);
    let timed = time.is_none_or(|time| {
        let clock = time.split(['Z', '+', '-', ' ', '.']).next().unwrap_or("");
        let parts: Vec<&str> = clock.split(':').collect();
        parts.len() == 3 && number(parts[0], 24) && number(parts[1], 60) && number(parts[2], 60)
    });
    dated && timed
}

/// `12:30:45`, which YAML 1.1 takes for a number.
pub fn is_base60(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = body.split(':');
    let first = parts.next().unwrap_or("");
    let whole = first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let mut count = 0;
    whole
        && body.contains(':')
        && parts.all(|part| {
            count += 1;
            let (part, rest) = part.split_once('.').unwrap_or((part, ""));
            rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
                && (1..=2).contains(&part.len())
                && part.bytes().all(|byte| byte.is_ascii_digit())
                && part.parse::<u32>().is_ok_and(|number| number < 60)
        })
}

/// The order of keys: numbers in them by their value, letters after everything else.
pub fn natural(one: &str, other: &str) -> Ordering {
    let same = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let same = crate::text::floor(one, same);
    let (before, a, b) = (&one[..same], &one[same..], &other[same..]);
    let (Some(first_a), Some(first_b)) = (a.chars().next(), b.chars().next()) else {
        return a.len().cmp(&b.len());
    };
    match (first_a.is_alphabetic(), first_b.is_alphabetic()) {
        (true, true) => return first_a.cmp(&first_b),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        _ => {}
    }
    let mut start = 0u64;
    if first_a == '0' || first_b == '0' {
        let mut inside = before.bytes().rev().take_while(u8::is_ascii_digit);
        if inside.any(|digit| digit != b'0') {
            start = 1;
        }
    }
    let digits = |text: &str| {
        let digits = text.bytes().take_while(u8::is_ascii_digit);
        digits.fold((start, 0), |(sum, count), digit| {
            (sum.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')), count + 1)
        })
    };
    let (number_a, count_a) = digits(a);
    let (number_b, count_b) = digits(b);
    number_a.cmp(&number_b).then(count_a.cmp(&count_b)).then(first_a.cmp(&first_b))
}
