//! Credentials in ConfigMaps: keys of their own, and lines of configuration files.

use super::{found, is_user_again, what};
use crate::document::Object;
use crate::files::Span;
use crate::finding::{Out, Severity};
use crate::rules::Around;
use crate::secrets::credential::Credential;
use crate::yaml::Node;

/// Endings of files that consist of names and values.
const FILES: &[&str] =
    &[".properties", ".ini", ".env", ".cnf", ".yaml", ".yml", ".toml", ".json", ".conf", ".cfg"];

pub fn credentials(object: &Object<'_>, around: &Around<'_>, out: &mut Out) {
    if object.is("", "ConfigMap") {
        for entry in object.node.get("data").into_iter().flat_map(|data| data.entries()) {
            let (key, text) = (entry.key.text(), entry.value.text());
            let lines = text.trim_end().contains('\n');
            let whole = (!lines || text.contains("-----BEGIN ")).then(|| found(around, key, text)).flatten();
            let (credential, name) = match whole {
                Some(credential) => (credential, None),
                None if lines => match in_file(around, key, text) {
                    Some((name, credential)) => (credential, Some(name)),
                    None => continue,
                },
                None => continue,
            };
            let holder = match name {
                Some(name) => format!("`{name}` in `{key}`"),
                None => format!("`{key}`"),
            };
            let place = match (&credential, name) {
                (Credential::Inside(range), None) => entry.value.part(range.clone()),
                (_, Some(name)) => line_of(entry.value, text, name).unwrap_or(entry.key.span()),
                _ => entry.key.span(),
            };
            let draft = out.report(place, format!("{} holds {} in {holder}", object.title(), what(&credential)))
                .label("anyone who can read the repository can read it")
                .help(
                    "move the value to a Secret that is kept out of the repository, and change the password or key",
                );
            let beside = object.node.get("data").into_iter().flat_map(|data| data.entries());
            if name.is_none()
                && is_user_again(key, text, beside.map(|one| (one.key.text(), one.value.text())))
            {
                draft.severity(Severity::Info);
            }
        }
    }
}

/// The name in the lines of a configuration file, which stand in the manifest as they are. `name` is a part of the
/// file's text.
fn line_of(file: Node<'_>, text: &str, name: &str) -> Option<Span> {
    let (source, span) = (file.source_text(), file.span());
    let inside = |line: &str| {
        let at = line.find(name)?;
        line[..at].trim_start_matches(['-', ' ', '\t', '"', '\'']).is_empty().then_some(at)
    };
    // Other lines may begin with the same name.
    let before = &text[..name.as_ptr() as usize - text.as_ptr() as usize];
    let whole = before.rfind('\n').map_or(0, |end| end + 1);
    let earlier = before[..whole].lines().filter(|line| inside(line).is_some()).count();
    let places = source.lines().filter_map(|line| Some((line, inside(line)?)));
    let (line, at) = places.into_iter().nth(earlier)?;
    let start = span.start + (line.as_ptr() as usize - source.as_ptr() as usize + at) as u32;
    Some(Span { start, end: start + name.len() as u32, ..span })
}

/// The first line of a configuration file that sets a credential.
fn in_file<'t>(around: &Around<'_>, key: &str, text: &'t str) -> Option<(&'t str, Credential)> {
    if !FILES.iter().any(|end| key.ends_with(end)) {
        return None;
    }
    let free = [".conf", ".cfg"].iter().any(|end| key.ends_with(end));
    text.lines().find_map(|line| {
        let line = line.trim();
        if line.starts_with(['#', ';', '/', '!']) {
            return None;
        }
        // In other programs' files a colon means many things: `passwd: files` of `nsswitch.conf`.
        let at = if free { line.find('=')? } else { line.find(['=', ':'])? };
        let quotes = ['"', '\''];
        let name = line[..at].trim().trim_start_matches("- ").trim_matches(quotes);
        let plain = |c: char| c.is_alphanumeric() || "._-".contains(c);
        let value = line[at + 1..].trim().trim_end_matches(',').trim();
        let value = value.split(" #").next().unwrap_or("").trim().trim_matches(quotes);
        let sound = !name.is_empty() && name.chars().all(plain) && !value.contains(['(', '{', '"', '\'']);
        let credential = found(around, name, value).filter(|_| sound)?;
        if matches!(credential, Credential::Named(_)) && value.contains(' ') {
            return None;
        }
        Some((name, credential))
    })
}
