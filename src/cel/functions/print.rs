//! Values as text: `string()`, `format()`, and what messages show.

use std::fmt::Write as _;

use super::{Outcome, text, wrong};
use crate::cel::fault::Fault;
use crate::cel::value::{Data, Foreign, SECOND, Value};

/// A value as `string()` and `%s` print it.
pub fn plain(value: &Value) -> String {
    match &value.data {
        Data::Null => "null".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::Uint(value) => value.to_string(),
        Data::Double(value) => double(*value),
        Data::Text(text) => text.to_string(),
        Data::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Data::Type(name) => name.to_string(),
        Data::Duration(nanos) => duration(*nanos),
        Data::Timestamp(seconds, nanos) => timestamp(*seconds, *nanos),
        Data::List(list) => {
            let items: Vec<String> = list.items.iter().map(inner).collect();
            format!("[{}]", items.join(", "))
        }
        Data::Map(map) => {
            let mut entries: Vec<(String, String)> =
                map.entries.iter().map(|(key, value)| (inner(key), inner(value))).collect();
            entries.sort();
            let entries: Vec<String> =
                entries.into_iter().map(|(key, value)| format!("{key}:{value}")).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Data::Optional(Some(inner)) => format!("optional({})", plain(inner)),
        Data::Optional(None) => "optional.none()".to_owned(),
        Data::Foreign(foreign) => match &**foreign {
            Foreign::Quantity(quantity) => quantity.to_string(),
            Foreign::Url(url) => url.text.clone(),
            Foreign::Ip(ip) => ip.to_string(),
            Foreign::Cidr(ip, length) => format!("{ip}/{length}"),
            Foreign::Semver(version) => version.to_string(),
            Foreign::Format(format) => format.name.to_owned(),
            Foreign::Cluster(what) => (*what).to_owned(),
            Foreign::Allowing => "an authorizer".to_owned(),
        },
    }
}

/// A value inside of a list or map.
fn inner(value: &Value) -> String {
    match &value.data {
        Data::Text(text) => quoted(text),
        Data::Double(value) => format!("{value:.6}"),
        Data::Bytes(bytes) => format!("b{}", quoted(&String::from_utf8_lossy(bytes))),
        Data::Duration(_) => format!("duration({})", quoted(&plain(value))),
        Data::Timestamp(..) => format!("timestamp({})", quoted(&plain(value))),
        _ => plain(value),
    }
}

/// A text in double quotes.
pub fn quoted(text: &str) -> String {
    let mut made = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => made.push_str("\\\""),
            '\\' => made.push_str("\\\\"),
            '\n' => made.push_str("\\n"),
            '\r' => made.push_str("\\r"),
            '\t' => made.push_str("\\t"),
            '\u{7}' => made.push_str("\\a"),
            '\u{8}' => made.push_str("\\b"),
            '\u{c}' => made.push_str("\\f"),
            '\u{b}' => made.push_str("\\v"),
            other => made.push(other),
        }
    }
    made.push('"');
    made
}

/// A float as Go prints it in its shortest form.
fn double(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() };
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e21).contains(&magnitude) {
        let text = format!("{value:e}");
        let (number, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, digits) = match exponent.strip_prefix('-') {
            Some(digits) => ('-', digits),
            None => ('+', exponent),
        };
        return format!("{number}e{sign}{digits:0>2}");
    }
    value.to_string()
}

fn duration(nanos: i64) -> String {
    let (seconds, rest) = (nanos / SECOND, (nanos % SECOND).unsigned_abs());
    if rest == 0 {
        return format!("{seconds}s");
    }
    let sign = if nanos < 0 && seconds == 0 { "-" } else { "" };
    format!("{sign}{seconds}.{}s", format!("{rest:09}").trim_end_matches('0'))
}

fn timestamp(seconds: i64, nanos: u32) -> String {
    let (year, month, day) = super::times::civil(seconds.div_euclid(86_400));
    let rest = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (rest / 3600, rest % 3600 / 60, rest % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if nanos != 0 {
        let _ = write!(text, ".{}", format!("{nanos:09}").trim_end_matches('0'));
    }
    text.push('Z');
    text
}

/// The most digits behind the point.
const DIGITS: usize = 100;

/// `format`.
pub fn format(args: &[Value]) -> Outcome {
    let (Some(pattern), Data::List(list)) = (text(args.first()), &args[1].data) else {
        return Err(wrong("format", args));
    };
    let mut values = list.items.iter();
    let (mut made, mut rest) = (String::new(), pattern.as_str());
    while let Some(at) = rest.find('%') {
        made.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            made.push('%');
            rest = after;
            continue;
        }
        let mut digits = 6;
        if let Some(after) = rest.strip_prefix('.') {
            let length = after.bytes().take_while(u8::is_ascii_digit).count();
            digits = after[..length].parse().unwrap_or(6).min(DIGITS);
            rest = &after[length..];
        }
        let Some(verb) = rest.chars().next() else { return Err(Fault::error("unexpected end of string")) };
        rest = &rest[verb.len_utf8()..];
        let Some(value) = values.next() else {
            return Err(Fault::error("index 0 out of range"));
        };
        made.push_str(&formatted(verb, digits, value)?);
    }
    made.push_str(rest);
    Ok(Value::text(made))
}

fn formatted(verb: char, digits: usize, value: &Value) -> Result<String, Box<Fault>> {
    let unfit = |what: &str| {
        let ty = value.type_name();
        Fault::error(format!(
            "error during formatting: {what} clause can only be used on integers, was given {ty}"
        ))
    };
    let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |made, byte| made + &format!("{byte:02x}"));
    let number = |value: &Value| match value.data {
        Data::Int(value) => Some(value as f64),
        Data::Uint(value) => Some(value as f64),
        Data::Double(value) => Some(value),
        _ => None,
    };
    Ok(match (verb, &value.data) {
        ('s', _) => plain(value),
        ('d', Data::Int(_) | Data::Uint(_)) => plain(value),
        ('d', Data::Double(value)) => format!("{value}"),
        ('f', _) => format!("{:.digits$}", number(value).ok_or_else(|| unfit("fixed-point"))?),
        ('e', _) => scientific(number(value).ok_or_else(|| unfit("scientific"))?, digits),
        ('b', Data::Int(value)) => signed(*value, |value| format!("{value:b}")),
        ('b', Data::Uint(value)) => format!("{value:b}"),
        ('b', Data::Bool(value)) => u8::from(*value).to_string(),
        ('x', Data::Int(value)) => signed(*value, |value| format!("{value:x}")),
        ('x', Data::Uint(value)) => format!("{value:x}"),
        ('x', Data::Text(text)) => hex(text.as_bytes()),
        ('x', Data::Bytes(bytes)) => hex(bytes),
        ('X', _) => formatted('x', digits, value)?.to_uppercase(),
        ('o', Data::Int(value)) => signed(*value, |value| format!("{value:o}")),
        ('o', Data::Uint(value)) => format!("{value:o}"),
        ('d', _) => return Err(unfit("decimal")),
        ('b', _) => return Err(unfit("binary")),
        ('x', _) => return Err(unfit("hex")),
        ('o', _) => return Err(unfit("octal")),
        (other, _) => {
            return Err(Fault::error(format!(
                "could not parse formatting clause: unrecognized formatting clause \"{other}\""
            )));
        }
    })
}

fn signed(value: i64, print: impl Fn(u64) -> String) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}", print(value.unsigned_abs()))
}

/// A float with a power of ten, which cel-go prints with raised digits.
fn scientific(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$e}");
    let (number, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ("⁻", exponent),
        None => ("", exponent),
    };
    let raised: String = format!("{exponent:0>2}")
        .bytes()
        .filter_map(|digit| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(usize::from(digit.wrapping_sub(b'0'))))
        .collect();
    format!("{number}×10{sign}{raised}")
}
