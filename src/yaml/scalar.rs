//! What an unquoted scalar is to kubectl: go-yaml v2's resolution table (facts 12.1–12.3).

/// A resolved scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `null`, `~` or nothing at all.
    Null,
    /// One of YAML 1.1's many booleans.
    Bool(bool),
    /// A whole number that fits 64 bits, signed or not.
    Int(i128),
    /// Any other number. A whole float such as `3.0` is written as `3` in the JSON that the server gets.
    Float(f64),
    /// Text.
    Str(&'a str),
}

impl Scalar<'_> {
    /// The type's name in messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Scalar::Null => "null",
            Scalar::Bool(_) => "boolean",
            Scalar::Int(_) => "integer",
            Scalar::Float(_) => "number",
            Scalar::Str(_) => "string",
        }
    }

    /// Whether it is one of the numbers JSON has no word for.
    pub(super) fn is_not_finite(&self) -> bool {
        matches!(self, Scalar::Float(value) if !value.is_finite())
    }
}

/// The name a number has as a key in JSON (fact 12.3): whole numbers in full, others with the digits that 32
/// bits need, with an exponent from a million upwards, as Go's `%g` prints them.
pub(super) fn key_name(scalar: Scalar<'_>) -> String {
    match scalar {
        Scalar::Null => "null".to_owned(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Str(text) => text.to_owned(),
        Scalar::Int(value) => value.to_string(),
        Scalar::Float(value) if value.is_nan() => ".nan".to_owned(),
        Scalar::Float(value) => {
            let narrow = value as f32;
            if narrow.is_infinite() {
                return if narrow > 0.0 { ".inf" } else { "-.inf" }.to_owned();
            }
            let scientific = format!("{narrow:e}");
            let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
            match exponent.parse::<i32>() {
                Ok(exponent) if !(-4..6).contains(&exponent) => {
                    let sign = if exponent < 0 { '-' } else { '+' };
                    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
                }
                _ => format!("{narrow}"),
            }
        }
    }
}

/// Resolves an unquoted scalar by its text.
pub fn resolve(text: &str) -> Scalar<'_> {
    let Some(&first) = text.as_bytes().first() else {
        return Scalar::Null;
    };
    match first {
        b'0'..=b'9' | b'+' | b'-' | b'.' => number(text).unwrap_or(Scalar::Str(text)),
        // The longest of the words is `false`.
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' if text.len() <= 5 => {
            word(text)
        }
        _ => Scalar::Str(text),
    }
}

fn word(text: &str) -> Scalar<'_> {
    match text {
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Scalar::Bool(false)
        }
        _ => Scalar::Str(text),
    }
}

fn number(text: &str) -> Option<Scalar<'static>> {
    // Nearly all numbers are this: some digits that fit, and no zero in front of others.
    if text.len() <= 18
        && (text.len() == 1 || !text.starts_with('0'))
        && text.bytes().all(|byte| byte.is_ascii_digit())
    {
        let value = text.bytes().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
        return Some(Scalar::Int(i128::from(value)));
    }
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Some(Scalar::Float(f64::INFINITY));
        }
        "-.inf" | "-.Inf" | "-.INF" => return Some(Scalar::Float(f64::NEG_INFINITY)),
        ".nan" | ".NaN" | ".NAN" => return Some(Scalar::Float(f64::NAN)),
        _ => {}
    }
    // go-yaml strips underscores before it looks at the digits, but not in front.
    let plain: String;
    let digits = if text.contains('_') {
        plain = text.replace('_', "");
        plain.as_str()
    } else {
        text
    };
    integer(digits).or_else(|| float(digits))
}

fn integer(text: &str) -> Option<Scalar<'static>> {
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if !body.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    let (radix, digits) = match body.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &body[2..]),
        [b'0', b'b' | b'B', ..] => (2, &body[2..]),
        [b'0', b'o' | b'O', ..] => (8, &body[2..]),
        [b'0', _, ..] => (8, &body[1..]),
        _ => (10, body),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -value } else { value };
    let fits = (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value);
    fits.then_some(Scalar::Int(value))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, finite.
fn float(text: &str) -> Option<Scalar<'static>> {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => (&body[..at], Some(&body[at + 1..])),
        None => (body, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    if let Some(exponent) = exponent {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if exponent.is_empty() || !digits(exponent) {
            return None;
        }
    }
    let value: f64 = text.parse().ok()?;
    value.is_finite().then_some(Scalar::Float(value))
}

/// A text as a scalar: plain where that is read as the same text, else in double quotes.
pub fn quoted(text: &str) -> String {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let plain = text.bytes().all(word)
        && !text.is_empty()
        && !text.starts_with(['-', '.'])
        && matches!(resolve(text), Scalar::Str(_));
    if plain { text.to_owned() } else { in_quotes(text) }
}

/// A text in double quotes.
pub(super) fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_fact_12_2() {
        let truthy = "y Y yes Yes YES on On ON true True TRUE";
        for text in truthy.split(' ') {
            assert_eq!(resolve(text), Scalar::Bool(true), "{text}");
        }
        let falsy = "n N no No NO off Off OFF false False FALSE";
        for text in falsy.split(' ') {
            assert_eq!(resolve(text), Scalar::Bool(false), "{text}");
        }
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(resolve(text), Scalar::Null, "{text}");
        }
        let integers = [
            ("0777", 511),
            ("0644", 420),
            ("0o644", 420),
            ("-0644", -420),
            ("0x1F", 31),
            ("0b101", 5),
            ("1_000", 1000),
            ("0_7", 7),
            ("+1", 1),
            ("18446744073709551615", 18446744073709551615),
        ];
        for (text, value) in integers {
            assert_eq!(resolve(text), Scalar::Int(value), "{text}");
        }
        let floats = [("08", 8.0), ("0128", 128.0), ("1e3", 1000.0), (".5", 0.5), ("5.", 5.0), ("1.10", 1.1)];
        for (text, value) in floats {
            assert_eq!(resolve(text), Scalar::Float(value), "{text}");
        }
        let strings = "yEs tRue oN 1e400 12:30 12:30:45 2001-01-01 0x1.8p1 100m 25% _1 0x 1e 1,000 = - . +";
        for text in strings.split(' ') {
            assert_eq!(resolve(text), Scalar::Str(text), "{text}");
        }
    }

    #[test]
    fn numbers_beyond_64_bits_are_rounded() {
        assert!(matches!(resolve("18446744073709551616"), Scalar::Float(_)));
    }
}
