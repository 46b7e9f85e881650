//! Go's `printf`, and how Go quotes.

use crate::helm::text::{Builder, Origin, Str};
use crate::helm::value::{self, Data, Value};

#[derive(Default)]
struct Spec {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// The widest that a number or a text is padded to.
const WIDEST: usize = 1 << 16;

/// `printf`, with the places of what is printed.
pub fn sprintf(pattern: &Str, args: &[Value]) -> Str {
    let text = pattern.as_str();
    let mut out = Builder::default();
    let mut rest = args.iter();
    let mut at = 0;
    while let Some(found) = text[at..].find('%') {
        let percent = at + found;
        out.push_part(pattern, at..percent);
        let (spec, end) = read_spec(text, percent + 1, &mut rest);
        let Some(verb) = text[end..].chars().next() else {
            out.push("%!(NOVERB)", None);
            return out.finish();
        };
        at = end + verb.len_utf8();
        if verb == '%' {
            out.push("%", None);
            continue;
        }
        match rest.next() {
            None => out.push(&format!("%!{verb}(MISSING)"), None),
            Some(value) if value.is_vast() => out.push("...", value.origin()),
            Some(value) => one(&mut out, verb, &spec, value),
        }
    }
    out.push_part(pattern, at..text.len());
    let extra: Vec<String> =
        rest.map(|value| format!("{}={}", value.type_name(), value.printed().as_str())).collect();
    if !extra.is_empty() {
        out.push(&format!("%!(EXTRA {})", extra.join(", ")), None);
    }
    out.finish()
}

fn read_spec<'v>(text: &str, mut at: usize, args: &mut impl Iterator<Item = &'v Value>) -> (Spec, usize) {
    let bytes = text.as_bytes();
    let mut spec = Spec::default();
    while let Some(flag) = bytes.get(at) {
        match flag {
            b'-' => spec.minus = true,
            b'+' => spec.plus = true,
            b'#' => spec.sharp = true,
            b' ' => spec.space = true,
            b'0' => spec.zero = true,
            _ => break,
        }
        at += 1;
    }
    let mut number = |at: &mut usize| -> Option<usize> {
        if bytes.get(*at) == Some(&b'*') {
            *at += 1;
            return match args.next().map(|value| &value.data) {
                Some(Data::Int(width)) => usize::try_from(*width).ok().map(|width| width.min(WIDEST)),
                _ => None,
            };
        }
        let from = *at;
        while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
            *at += 1;
        }
        text[from..*at].parse().ok().map(|width: usize| width.min(WIDEST))
    };
    spec.width = number(&mut at);
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        spec.precision = Some(number(&mut at).unwrap_or(0));
    }
    (spec, at)
}

fn one(out: &mut Builder, verb: char, spec: &Spec, value: &Value) {
    let at = value.origin();
    // The common ones keep the places of what they print.
    if matches!(verb, 's' | 'v') && spec.width.is_none() && spec.precision.is_none() && !spec.sharp {
        match (&value.data, verb) {
            (Data::Str(text), _) => return out.push_str(text),
            (_, 'v') => return out.push_str(&value.printed()),
            _ => {}
        }
    }
    let text = match (&value.data, verb) {
        (Data::Nothing | Data::Nil, 'v') => "<nil>".to_owned(),
        (Data::Nothing | Data::Nil, 'T') => "<nil>".to_owned(),
        (Data::Nothing | Data::Nil, _) => format!("%!{verb}(<nil>)"),
        (_, 'T') => value.type_name().to_owned(),
        (Data::Str(text), 'q') => quote(text.as_str()),
        (Data::Str(text), 's' | 'v') => {
            let text = text.as_str();
            let text = match spec.precision {
                Some(most) => text.chars().take(most).collect(),
                None => text.to_owned(),
            };
            if spec.sharp { quote(&text) } else { text }
        }
        (Data::Str(text), 'x' | 'X') => {
            let hex: String = text.as_str().bytes().map(|byte| format!("{byte:02x}")).collect();
            if verb == 'X' { hex.to_uppercase() } else { hex }
        }
        (Data::Bool(flag), 't' | 'v') => flag.to_string(),
        (Data::Int(number) | Data::Long(number), 'd' | 'v') => signed(spec, &number.to_string()),
        (Data::Int(number) | Data::Long(number), 'x') => format!("{number:x}"),
        (Data::Int(number) | Data::Long(number), 'X') => format!("{number:X}"),
        (Data::Int(number) | Data::Long(number), 'o') => format!("{number:o}"),
        (Data::Int(number) | Data::Long(number), 'b') => format!("{number:b}"),
        (Data::Int(number), 'c') => u32::try_from(*number)
            .ok()
            .and_then(char::from_u32)
            .map_or_else(|| '\u{fffd}'.to_string(), |letter| letter.to_string()),
        (Data::Int(number), 'q') => u32::try_from(*number)
            .ok()
            .and_then(char::from_u32)
            .map_or_else(String::new, |letter| format!("'{letter}'")),
        (Data::Float(number), 'f' | 'F') => {
            signed(spec, &format!("{number:.*}", spec.precision.unwrap_or(6).min(300)))
        }
        (Data::Float(number), 'g' | 'v') => match spec.precision {
            Some(digits) if verb == 'g' => general(*number, digits.min(300)),
            _ => signed(spec, &value::float(*number)),
        },
        (Data::Float(number), 'e') => exponent(*number, spec.precision.unwrap_or(6).min(300)),
        (Data::List(list), 's' | 'q' | 'd') => {
            let items = list.0.iter().map(|item| {
                let mut inner = Builder::default();
                one(&mut inner, verb, &Spec::default(), item);
                inner.as_str().to_owned()
            });
            format!("[{}]", items.collect::<Vec<_>>().join(" "))
        }
        (Data::Map(map), 's' | 'q' | 'd') => {
            let items = map.sorted().into_iter().map(|(key, slot)| {
                let mut inner = Builder::default();
                one(&mut inner, verb, &Spec::default(), &Value::from(&*key));
                inner.push(":", None);
                one(&mut inner, verb, &Spec::default(), &slot.value);
                inner.as_str().to_owned()
            });
            format!("map[{}]", items.collect::<Vec<_>>().join(" "))
        }
        (_, 'v') => value.printed().as_str().to_owned(),
        _ => format!("%!{verb}({}={})", value.type_name(), value.printed().as_str()),
    };
    out.push(&pad(spec, text), at.map(Origin::changed));
}

fn signed(spec: &Spec, text: &str) -> String {
    let sign = if text.starts_with('-') {
        ""
    } else if spec.plus {
        "+"
    } else if spec.space {
        " "
    } else {
        ""
    };
    format!("{sign}{text}")
}

fn pad(spec: &Spec, text: String) -> String {
    let count = text.chars().count();
    let Some(missing) = spec.width.and_then(|width| width.checked_sub(count)).filter(|count| *count > 0)
    else {
        return text;
    };
    if spec.minus {
        return text + &" ".repeat(missing);
    }
    if spec.zero {
        let (sign, digits) = match text.strip_prefix(['-', '+']) {
            Some(digits) => (&text[..1], digits),
            None => ("", &*text),
        };
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    " ".repeat(missing) + &text
}

fn exponent(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

fn general(number: f64, digits: usize) -> String {
    let digits = digits.max(1);
    let scientific = exponent(number, digits - 1);
    let power: i32 = scientific.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    let trim = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if power < -4 || power >= digits as i32 {
        let (mantissa, rest) = scientific.split_once('e').unwrap_or((&scientific, "+00"));
        return format!("{}e{rest}", trim(mantissa));
    }
    trim(&format!("{number:.*}", (digits as i32 - 1 - power).max(0) as usize))
}

/// Go's `strconv.Quote`.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\u{b}' => out.push_str("\\v"),
            other if (other as u32) < 0x20 || other == '\u{7f}' => {
                out.push_str(&format!("\\x{:02x}", other as u32));
            }
            other
                if other.is_control()
                    || matches!(other, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{a0}' | '\u{ad}') =>
            {
                out.push_str(&format!("\\u{:04x}", other as u32));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A quoted text that keeps the places of what is between the quotes, where nothing had to be escaped.
pub fn quoted(text: &Str) -> Str {
    let stands = |byte: u8| (b' '..0x7f).contains(&byte) && byte != b'"' && byte != b'\\';
    if text.as_str().bytes().all(stands) {
        return between("\"", text);
    }
    let quoted = quote(text.as_str());
    if quoted.len() == text.as_str().len() + 2 {
        return between("\"", text);
    }
    text.computed(&quoted)
}

/// A text between two marks.
pub fn between(mark: &str, text: &Str) -> Str {
    let mut out = Builder::with_room(text.as_str().len() + 2 * mark.len());
    out.push(mark, None);
    out.push_str(text);
    out.push(mark, None);
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(pattern: &str, args: &[Value]) -> String {
        sprintf(&pattern.into(), args).as_str().to_owned()
    }

    #[test]
    fn verbs_print_what_go_prints() {
        let float: Value = Data::Float(8080.0).into();
        assert_eq!(
            format("%v %d %.2f", &[float.clone(), float.clone(), float]),
            "8080 %!d(float64=8080) 8080.00"
        );
        assert_eq!(format("%s-%s", &["a".into()]), "a-%!s(MISSING)");
        assert_eq!(
            format("%03d|%-4s|%q", &[Data::Int(7).into(), "a".into(), "b\"".into()]),
            "007|a   |\"b\\\"\""
        );
        assert_eq!(format("%s", &[Value::default()]), "%!s(<nil>)");
        assert_eq!(format("%v", &[vec![Value::from("a"), Data::Float(1e6).into()].into()]), "[a 1e+06]");
    }
}
