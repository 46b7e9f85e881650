//! Functions of addresses of the web.

use std::sync::Arc;

use super::{Outcome, text, truth, wrong};
use crate::cel::fault::Fault;
use crate::cel::url::Url;
use crate::cel::value::{Data, Foreign, Value};

/// `url`.
pub fn url(args: &[Value]) -> Outcome {
    let text = text(args.first()).ok_or_else(|| wrong("url", args))?;
    match Url::parse(text) {
        Some(url) => Ok(Value::new(Data::Foreign(Arc::new(Foreign::Url(url))))),
        None => Err(Fault::error(format!(
            "URL parse error during conversion from string: parse {}: invalid URI for request",
            super::print::quoted(text)
        ))),
    }
}

/// `isURL`.
pub fn is_url(args: &[Value]) -> Outcome {
    truth(Url::parse(text(args.first()).ok_or_else(|| wrong("isURL", args))?).is_some())
}

fn part(name: &str, args: &[Value], part: impl Fn(&Url) -> String) -> Outcome {
    match &args[0].data {
        Data::Foreign(foreign) => match &**foreign {
            Foreign::Url(url) => Ok(Value::text(part(url))),
            _ => Err(wrong(name, args)),
        },
        _ => Err(wrong(name, args)),
    }
}

/// `getScheme`.
pub fn scheme(args: &[Value]) -> Outcome {
    part("getScheme", args, |url| url.scheme.clone())
}

/// `getHost`.
pub fn host(args: &[Value]) -> Outcome {
    part("getHost", args, |url| url.host.clone())
}

/// `getHostname`.
pub fn hostname(args: &[Value]) -> Outcome {
    part("getHostname", args, |url| url.hostname().to_owned())
}

/// `getPort`.
pub fn port(args: &[Value]) -> Outcome {
    part("getPort", args, |url| url.port().to_owned())
}

/// `getEscapedPath`.
pub fn escaped_path(args: &[Value]) -> Outcome {
    part("getEscapedPath", args, |url| url.path.clone())
}

/// `getQuery`.
pub fn query(args: &[Value]) -> Outcome {
    let Data::Foreign(foreign) = &args[0].data else { return Err(wrong("getQuery", args)) };
    let Foreign::Url(url) = &**foreign else { return Err(wrong("getQuery", args)) };
    let mut entries: Vec<(String, Vec<Value>)> = Vec::new();
    for pair in url.query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (unescaped(key), Value::text(unescaped(value)));
        match entries.iter_mut().find(|entry| entry.0 == key) {
            Some(entry) => entry.1.push(value),
            None => entries.push((key, vec![value])),
        }
    }
    Ok(Value::map(entries.into_iter().map(|(key, list)| (Value::text(key), Value::list(list))).collect()))
}

fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut made, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let digits = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                made.push(byte);
                at += 3;
            }
            None => {
                made.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&made).into_owned()
}
