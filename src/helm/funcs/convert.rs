//! Conversions, defaults, and questions about types.

use crate::helm::call::{Call, Function};
use crate::helm::failure::{Failure, FailureKind, Result};
use crate::helm::text::Str;
use crate::helm::value::{Data, Value};
use crate::helm::{emit, read};

pub const TABLE: &[(&str, Function)] = &[
    ("default", |c| {
        c.count(1, usize::MAX)?;
        let given = c.args.get(1).filter(|given| given.is_true());
        Ok(given.cloned().unwrap_or_else(|| c.any(0)))
    }),
    ("empty", |c| {
        c.count(1, 1)?;
        Ok(c.value(Data::Bool(!c.any(0).is_true())))
    }),
    ("coalesce", |c| Ok(c.args.iter().find(|value| value.is_true()).cloned().unwrap_or_default())),
    ("all", |c| Ok(c.args.iter().all(Value::is_true).into())),
    ("any", |c| Ok(c.args.iter().any(Value::is_true).into())),
    ("ternary", |c| {
        c.count(3, 3)?;
        let first = c.bool(2)?;
        Ok(c.any(usize::from(!first)))
    }),
    ("toString", |c| {
        c.count(1, 1)?;
        Ok(c.any(0).printed().into())
    }),
    ("int", |c| {
        c.count(1, 1)?;
        Ok(c.value(Data::Int(to_int(&c.any(0)))))
    }),
    ("int64", |c| {
        c.count(1, 1)?;
        Ok(c.value(Data::Long(to_int(&c.any(0)))))
    }),
    ("float64", |c| {
        c.count(1, 1)?;
        Ok(c.value(Data::Float(to_float(&c.any(0)))))
    }),
    ("atoi", |c| {
        c.count(1, 1)?;
        let number = c.text(0)?.as_str().parse().unwrap_or(0);
        Ok(c.value(Data::Int(number)))
    }),
    ("toDecimal", |c| {
        let text = c.any(0).printed();
        Ok(c.value(Data::Long(i64::from_str_radix(text.as_str(), 8).unwrap_or(0))))
    }),
    ("typeOf", |c| Ok(c.any(0).type_name().into())),
    ("typeIs", |c| {
        let name = c.text(0)?;
        Ok((c.any(1).type_name() == name.as_str()).into())
    }),
    ("typeIsLike", |c| {
        let name = c.text(0)?;
        let own = c.any(1).type_name();
        Ok((own == name.as_str() || format!("*{own}") == name.as_str()).into())
    }),
    ("kindOf", |c| Ok(c.any(0).kind_name().into())),
    ("kindIs", |c| {
        let name = c.text(0)?;
        Ok((c.any(1).kind_name() == name.as_str()).into())
    }),
    ("deepEqual", |c| {
        c.count(2, 2)?;
        Ok(c.args[0].deep_equal(&c.args[1], 0).into())
    }),
    ("b64enc", |c| {
        use base64::Engine as _;
        c.count(1, 1)?;
        let text = c.text(0)?;
        c.made(&base64::engine::general_purpose::STANDARD.encode(text.as_str()))
    }),
    ("b64dec", |c| {
        use base64::Engine as _;
        c.count(1, 1)?;
        let text = c.text(0)?;
        match base64::engine::general_purpose::STANDARD.decode(text.as_str()) {
            Ok(bytes) => c.made(&String::from_utf8_lossy(&bytes)),
            Err(error) => c.made(&error.to_string()),
        }
    }),
    ("b32enc", |c| {
        c.count(1, 1)?;
        let text = c.text(0)?;
        c.made(&base32(text.as_str().as_bytes()))
    }),
    ("b32dec", |c| {
        let text = c.text(0)?;
        Ok(super::crypto::placeholder(c, text.as_str()))
    }),
    ("toYaml", to_yaml),
    ("mustToYaml", to_yaml),
    ("toYamlPretty", to_yaml),
    ("toJson", |c| to_json(c, emit::Json { pretty: false, raw: false })),
    ("mustToJson", |c| to_json(c, emit::Json { pretty: false, raw: false })),
    ("toRawJson", |c| to_json(c, emit::Json { pretty: false, raw: true })),
    ("mustToRawJson", |c| to_json(c, emit::Json { pretty: false, raw: true })),
    ("toPrettyJson", |c| to_json(c, emit::Json { pretty: true, raw: false })),
    ("mustToPrettyJson", |c| to_json(c, emit::Json { pretty: true, raw: false })),
    ("toToml", |c| {
        c.count(1, 1)?;
        let text = emit::toml(&written(c)?);
        c.pay(text.cost())?;
        Ok(text.into())
    }),
    ("fromToml", from_toml),
    ("fromYaml", |c| parsed(c, true)),
    ("fromJson", |c| parsed(c, true)),
    ("mustFromJson", |c| parsed(c, true)),
    ("fromYamlArray", |c| parsed(c, false)),
    ("fromJsonArray", |c| parsed(c, false)),
];

/// What is to be written, if somebody can wait for it.
fn written(c: &Call<'_, '_>) -> Result<Value> {
    let value = c.any(0);
    if value.is_vast() {
        return Err(Failure::of(FailureKind::Limit, "the chart takes too long to evaluate"));
    }
    Ok(value)
}

fn to_yaml(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(1, 1)?;
    let text = emit::yaml(&written(c)?).unwrap_or_else(|| Str::from(""));
    c.pay(text.as_str().len())?;
    Ok(text.into())
}

fn to_json(c: &mut Call<'_, '_>, form: emit::Json) -> Result<Value> {
    c.count(1, 1)?;
    let text = emit::json(&written(c)?, form).unwrap_or_else(|| Str::from(""));
    c.pay(text.as_str().len())?;
    Ok(text.into())
}

fn parsed(c: &mut Call<'_, '_>, mapping: bool) -> Result<Value> {
    c.count(1, 1)?;
    let text = c.text(0)?;
    c.pay(text.as_str().len() * 4)?;
    c.engine.spend(text.as_str().len() as u64 / 64, 0)?;
    let wrong = |message: &str| match mapping {
        true => Value::map_of(vec![("Error", message.into())]),
        false => Value::from(vec![message.into()]),
    };
    Ok(match read::text(&text) {
        Ok(value) => match (&value.data, mapping) {
            (Data::Map(_), true) | (Data::List(_), false) => value,
            (Data::Nothing | Data::Nil, true) => Value::map_of(Vec::new()),
            (Data::Nothing | Data::Nil, false) => Value::from(Vec::new()),
            _ => wrong("error unmarshaling JSON: while decoding JSON: json: cannot unmarshal"),
        },
        Err(message) => wrong(&message),
    })
}

fn from_toml(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(1, 1)?;
    let text = c.text(0)?;
    c.pay(text.as_str().len() * 4)?;
    c.engine.spend(text.as_str().len() as u64 / 64, 0)?;
    Ok(read::toml(&text).unwrap_or_else(|message| Value::map_of(vec![("Error", message.as_str().into())])))
}

/// `cast.ToInt64`.
pub fn to_int(value: &Value) -> i64 {
    match &value.data {
        Data::Bool(flag) => i64::from(*flag),
        Data::Int(number) | Data::Long(number) => *number,
        Data::Float(number) => *number as i64,
        Data::Str(text) => parse_int(text.as_str()),
        _ => 0,
    }
}

fn parse_int(text: &str) -> i64 {
    // `5.00` is 5 there, `5.5` is nothing.
    let text = match text.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => whole,
        _ => text,
    };
    let (sign, body) = match text.strip_prefix('-') {
        Some(body) => (-1, body),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match body.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &body[2..]),
        [b'0', b'b' | b'B', ..] => (2, &body[2..]),
        [b'0', b'o' | b'O', ..] => (8, &body[2..]),
        [b'0', _, ..] => (8, &body[1..]),
        _ => (10, body),
    };
    i64::from_str_radix(digits, radix).map_or(0, |number| sign * number)
}

/// `cast.ToFloat64`.
pub fn to_float(value: &Value) -> f64 {
    match &value.data {
        Data::Bool(flag) => f64::from(u8::from(*flag)),
        Data::Int(number) | Data::Long(number) => *number as f64,
        Data::Float(number) => *number,
        Data::Str(text) => text.as_str().parse().unwrap_or(0.0),
        _ => 0.0,
    }
}

fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = String::new();
    for chunk in bytes.chunks(5) {
        let mut block = [0; 8];
        block[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(block);
        let used = (chunk.len() * 8).div_ceil(5);
        for at in 0..8 {
            let letter = LETTERS[(bits >> (35 - 5 * at) & 31) as usize] as char;
            out.push(if at < used { letter } else { '=' });
        }
    }
    out
}
