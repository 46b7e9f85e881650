//! Paths and addresses.

use crate::helm::call::{Call, Function};
use crate::helm::failure::{Failure, Result};
use crate::helm::text::Str;
use crate::helm::value::Value;

pub const TABLE: &[(&str, Function)] = &[
    ("base", |c| path(c, base)),
    ("osBase", |c| path(c, base)),
    ("dir", |c| path(c, dir)),
    ("osDir", |c| path(c, dir)),
    ("clean", |c| path(c, clean)),
    ("osClean", |c| path(c, clean)),
    ("ext", |c| path(c, extension)),
    ("osExt", |c| path(c, extension)),
    ("isAbs", is_absolute),
    ("osIsAbs", is_absolute),
    ("getHostByName", |_| Ok("".into())),
    ("urlParse", parse),
    ("urlJoin", join),
];

fn path(c: &mut Call<'_, '_>, of: fn(&str) -> String) -> Result<Value> {
    c.count(1, 1)?;
    let text = c.text(0)?;
    let result = of(text.as_str());
    if let Some(start) = text.as_str().rfind(&*result).filter(|_| !result.is_empty()) {
        return Ok(text.slice(start..start + result.len()).into());
    }
    c.made(&result)
}

fn is_absolute(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(1, 1)?;
    Ok(c.text(0)?.as_str().starts_with('/').into())
}

fn base(text: &str) -> String {
    if text.is_empty() {
        return ".".to_owned();
    }
    let trimmed = text.trim_end_matches('/');
    if trimmed.is_empty() {
        return "/".to_owned();
    }
    trimmed.rsplit('/').next().unwrap_or(trimmed).to_owned()
}

fn dir(text: &str) -> String {
    clean(
        text.rsplit_once('/').map_or("", |(directory, _)| if directory.is_empty() { "/" } else { directory }),
    )
}

fn clean(text: &str) -> String {
    let absolute = text.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            ".." if absolute => {}
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

fn extension(text: &str) -> String {
    let name = text.rsplit('/').next().unwrap_or(text);
    name.rfind('.').map_or_else(String::new, |at| name[at..].to_owned())
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

/// Go's `url.QueryEscape`.
pub fn query_escape(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        byte if is_plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

fn parse(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(1, 1)?;
    let text = c.text(0)?;
    let whole = text.as_str();
    let offset = |part: &str| part.as_ptr() as usize - whole.as_ptr() as usize;
    let part = |part: &str| -> Value { text.slice(offset(part)..offset(part) + part.len()).into() };
    if whole.contains(['\n', '\u{7f}']) || whole.starts_with(':') {
        return Err(Failure::error(format!("unable to parse url: {whole:?}")));
    }
    let (rest, fragment) = whole.split_once('#').unwrap_or((whole, &whole[whole.len()..]));
    let is_scheme = |scheme: &&str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    };
    let (scheme, rest) = match rest.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) {
        Some(pair) => pair,
        None => (&rest[..0], rest),
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, &rest[rest.len()..]));
    let (authority, path, opaque) = match rest.strip_prefix("//") {
        Some(rest) => {
            let end = rest.find('/').unwrap_or(rest.len());
            (&rest[..end], &rest[end..], &rest[..0])
        }
        None if !scheme.is_empty() && !rest.starts_with('/') => (&rest[..0], &rest[..0], rest),
        None => (&rest[..0], rest, &rest[..0]),
    };
    let (user, host) = authority.rsplit_once('@').unwrap_or((&authority[..0], authority));
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    Ok(Value::map_of(vec![
        ("fragment", part(fragment)),
        ("host", part(host)),
        ("hostname", part(name.trim_matches(['[', ']']))),
        ("opaque", part(opaque)),
        ("path", part(path)),
        ("query", part(query)),
        ("scheme", Str::new(&scheme.to_lowercase(), part(scheme).origin()).into()),
        ("userinfo", part(user)),
    ]))
}

fn join(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(1, 1)?;
    let map = c.map(0)?;
    let field =
        |name: &str| map.get(name).map_or_else(String::new, |value| value.printed().as_str().to_owned());
    let (scheme, opaque, user) = (field("scheme"), field("opaque"), field("userinfo"));
    let (host, path, query, fragment) = (field("host"), field("path"), field("query"), field("fragment"));
    let mut out = String::new();
    if !scheme.is_empty() {
        out.push_str(&scheme);
        out.push(':');
    }
    if opaque.is_empty() {
        if !scheme.is_empty() || !host.is_empty() {
            out.push_str("//");
        }
        if !user.is_empty() {
            out.push_str(&user);
            out.push('@');
        }
        out.push_str(&host);
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            out.push('/');
        }
        out.push_str(&path);
    } else {
        out.push_str(&opaque);
    }
    for (mark, part) in [('?', query), ('#', fragment)] {
        if !part.is_empty() {
            out.push(mark);
            out.push_str(&part);
        }
    }
    c.made(&out)
}
