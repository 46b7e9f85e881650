//! Addresses of the web, as Go's `url.ParseRequestURI` reads them.

use std::sync::Arc;

use super::{Outcome, text, truth, wrong};
use crate::cel::fault::Fault;
use crate::cel::value::{Data, Foreign, Value};

/// An address in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// The whole.
    pub text: String,
    scheme: String,
    host: String,
    path: String,
    query: String,
}

/// Reads an address; it begins with a scheme or a slash.
fn parse(text: &str) -> Option<Url> {
    if text.is_empty() || text.chars().any(|letter| letter.is_control() || letter == ' ') {
        return None;
    }
    let (scheme, rest) = match text.find(':') {
        Some(at) if is_scheme(&text[..at]) => (text[..at].to_ascii_lowercase(), &text[at + 1..]),
        _ if text.starts_with('/') => (String::new(), text),
        _ => return None,
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    // Something such as `mailto:a` is opaque, and refused but for schemes with a slash.
    if !rest.starts_with('/') {
        return (!scheme.is_empty()).then(|| Url {
            text: text.to_owned(),
            scheme,
            host: String::new(),
            path: String::new(),
            query: query.to_owned(),
        });
    }
    let (host, path) = match rest.strip_prefix("//") {
        Some(after) if !scheme.is_empty() => match after.find('/') {
            Some(at) => (&after[..at], &after[at..]),
            None => (after, ""),
        },
        _ => ("", rest),
    };
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if !is_host(host) || !is_escaped(path) {
        return None;
    }
    Some(Url {
        text: text.to_owned(),
        scheme,
        host: host.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
    })
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn is_escaped(text: &str) -> bool {
    text.match_indices('%').all(|(at, _)| {
        text.get(at + 1..at + 3).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    })
}

/// Whether a host may be one; its port is a number.
fn is_host(host: &str) -> bool {
    let port = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((_, after)) => after,
            None => return false,
        },
        None => host.rfind(':').map_or("", |at| &host[at..]),
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    let plain = |byte: u8| !b" \"<>\\^`{|}".contains(&byte);
    digits.bytes().all(|byte| byte.is_ascii_digit()) && host.bytes().all(plain)
}

impl Url {
    fn hostname(&self) -> &str {
        match self.host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or(""),
            None => self.host.rsplit_once(':').map_or(&self.host, |(host, _)| host),
        }
    }

    fn port(&self) -> &str {
        let after = self.host.rsplit(']').next().unwrap_or("");
        after.rsplit_once(':').map_or("", |(_, port)| port)
    }
}

/// `url`.
pub fn url(args: &[Value]) -> Outcome {
    let text = text(args.first()).ok_or_else(|| wrong("url", args))?;
    match parse(text) {
        Some(url) => Ok(Value::new(Data::Foreign(Arc::new(Foreign::Url(url))))),
        None => Err(Fault::error(format!(
            "URL parse error during conversion from string: parse {}: invalid URI for request",
            super::print::quoted(text)
        ))),
    }
}

/// `isURL`.
pub fn is_url(args: &[Value]) -> Outcome {
    truth(parse(text(args.first()).ok_or_else(|| wrong("isURL", args))?).is_some())
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
