//! From one type to another, as cel-go converts.

use super::{Outcome, wrong};
use crate::cel::fault::Fault;
use crate::cel::value::{Data, Foreign, SECOND, Value};

fn failed(from: &str, to: &str) -> Box<Fault> {
    Fault::error(format!("type conversion error from '{from}' to '{to}'"))
}

/// `bool`.
pub fn to_bool(args: &[Value]) -> Outcome {
    match &args[0].data {
        Data::Bool(_) => Ok(args[0].clone()),
        Data::Text(text) => match text.as_str() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Value::bool(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Value::bool(false)),
            _ => Err(failed("string", "bool")),
        },
        _ => Err(wrong("bool", args)),
    }
}

/// `bytes`.
pub fn to_bytes(args: &[Value]) -> Outcome {
    match &args[0].data {
        Data::Bytes(_) => Ok(args[0].clone()),
        Data::Text(text) => Ok(Value::new(Data::Bytes(text.as_bytes().into()))),
        _ => Err(wrong("bytes", args)),
    }
}

/// `int`.
pub fn to_int(args: &[Value]) -> Outcome {
    Ok(match &args[0].data {
        Data::Int(_) => args[0].clone(),
        Data::Uint(value) => Value::int(i64::try_from(*value).map_err(|_| Fault::error("integer overflow"))?),
        Data::Double(value) if value.is_finite() && value.abs() < 9_223_372_036_854_775_807.0 => {
            Value::int(*value as i64)
        }
        Data::Double(_) => return Err(Fault::error("integer overflow")),
        Data::Duration(nanos) => Value::int(*nanos),
        Data::Timestamp(seconds, _) => Value::int(*seconds),
        Data::Text(text) => Value::int(text.parse().map_err(|_| failed("string", "int"))?),
        _ => return Err(wrong("int", args)),
    })
}

/// `uint`.
pub fn to_uint(args: &[Value]) -> Outcome {
    let overflow = || Fault::error("unsigned integer overflow");
    Ok(Value::new(Data::Uint(match &args[0].data {
        Data::Uint(value) => *value,
        Data::Int(value) => u64::try_from(*value).map_err(|_| overflow())?,
        Data::Double(value) if *value >= 0.0 && *value < 1.844_674_407_370_955_2e19 => *value as u64,
        Data::Double(_) => return Err(overflow()),
        Data::Text(text) => text.parse().map_err(|_| failed("string", "uint"))?,
        _ => return Err(wrong("uint", args)),
    })))
}

/// `double`.
pub fn to_double(args: &[Value]) -> Outcome {
    Ok(Value::new(Data::Double(match &args[0].data {
        Data::Double(value) => *value,
        Data::Int(value) => *value as f64,
        Data::Uint(value) => *value as f64,
        Data::Text(text) => match text.parse::<f64>() {
            // A number beyond the largest is none; who means infinity says so.
            Ok(value) if value.is_finite() || !text.contains(|one: char| one.is_ascii_digit()) => value,
            _ => return Err(failed("string", "double")),
        },
        _ => return Err(wrong("double", args)),
    })))
}

/// `duration`.
pub fn to_duration(args: &[Value]) -> Outcome {
    match &args[0].data {
        Data::Duration(_) => Ok(args[0].clone()),
        Data::Int(nanos) => Ok(Value::new(Data::Duration(*nanos))),
        Data::Text(text) => match duration(text) {
            Some(nanos) => Ok(Value::new(Data::Duration(nanos))),
            None => Err(failed("string", "google.protobuf.Duration")),
        },
        _ => Err(wrong("duration", args)),
    }
}

/// `timestamp`.
pub fn to_timestamp(args: &[Value]) -> Outcome {
    match &args[0].data {
        Data::Timestamp(..) => Ok(args[0].clone()),
        Data::Int(seconds) => Ok(Value::new(Data::Timestamp(*seconds, 0))),
        Data::Text(text) => match timestamp(text) {
            Some((seconds, nanos)) => Ok(Value::new(Data::Timestamp(seconds, nanos))),
            None => Err(failed("string", "google.protobuf.Timestamp")),
        },
        _ => Err(wrong("timestamp", args)),
    }
}

/// `string`.
pub fn to_string(args: &[Value]) -> Outcome {
    Ok(match &args[0].data {
        Data::Text(_) => args[0].clone(),
        Data::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::text(text),
            Err(_) => return Err(Fault::error("invalid UTF-8 in bytes, cannot convert to string")),
        },
        Data::Bool(_)
        | Data::Int(_)
        | Data::Uint(_)
        | Data::Double(_)
        | Data::Duration(_)
        | Data::Timestamp(..) => Value::text(super::print::plain(&args[0])),
        Data::Foreign(foreign) if matches!(**foreign, Foreign::Ip(_) | Foreign::Cidr(..)) => {
            Value::text(super::print::plain(&args[0]))
        }
        _ => return Err(wrong("string", args)),
    })
}

/// A duration of Go: `1h30m`, `1.5s`; in nanoseconds.
pub fn duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.as_bytes().first()? {
        b'-' => (-1i128, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0i128;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, after) = rest.split_at(digits);
        let length = after.bytes().take_while(|byte| !byte.is_ascii_digit() && *byte != b'.').count();
        let (unit, after) = after.split_at(length);
        let scale: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => i128::from(SECOND),
            "m" => 60 * i128::from(SECOND),
            "h" => 3600 * i128::from(SECOND),
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') || number.len() > 40 {
            return None;
        }
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        total = total.checked_add(whole.checked_mul(scale)?)?;
        let mut part = scale;
        for digit in fraction.bytes() {
            part /= 10;
            total += part * i128::from(digit - b'0');
        }
        rest = after;
    }
    i64::try_from(sign * total).ok()
}

/// A time of RFC 3339, in seconds since 1970 and nanoseconds.
pub fn timestamp(text: &str) -> Option<(i64, u32)> {
    let bytes = text.as_bytes();
    let number = |from: usize, length: usize| -> Option<i64> {
        let part = text.get(from..from + length)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
    };
    let sign = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|byte| wanted.contains(byte));
    if !sign(4, b"-") || !sign(7, b"-") || !sign(10, b"T") || !sign(13, b":") || !sign(16, b":") {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    let longest = super::times::days_in(year, month)?;
    if !(1..=longest).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (mut at, mut nanos) = (19, 0u32);
    if sign(at, b".") {
        let digits = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        let mut scale = 100_000_000;
        for digit in &bytes[at + 1..at + 1 + digits] {
            nanos += u32::from(digit - b'0') * scale;
            scale /= 10;
        }
        at += 1 + digits;
    }
    let offset = match bytes.get(at)? {
        b'Z' if bytes.len() == at + 1 => 0,
        sign @ (b'+' | b'-') if bytes.len() == at + 6 && bytes[at + 3] == b':' => {
            let (hours, minutes) = (number(at + 1, 2)?, number(at + 4, 2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = hours * 3600 + minutes * 60;
            if *sign == b'-' { -offset } else { offset }
        }
        _ => return None,
    };
    let days = super::times::days(year, month, day);
    Some((days * 86_400 + hour * 3600 + minute * 60 + second - offset, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_times_of_go() {
        assert_eq!(duration("1h30m"), Some(5_400 * SECOND));
        assert_eq!(duration("-1.5s"), Some(-1_500_000_000));
        for text in ["", "1", "1 day", "1.5.s", "1d"] {
            assert_eq!(duration(text), None, "{text}");
        }
        assert_eq!(timestamp("1970-01-02T00:00:00Z"), Some((86_400, 0)));
        assert_eq!(timestamp("2024-02-29T12:00:00.5+02:00"), Some((1_709_200_800, 500_000_000)));
        for text in ["2023-02-29T00:00:00Z", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01 00:00:00Z"] {
            assert_eq!(timestamp(text), None, "{text}");
        }
    }
}
