//! Image references, and the images that keep data (facts 7.3, 7.3.3 and 7.3.4).

mod database;
pub mod grammar;

pub use database::{Database, Kind, database};

/// The parts of an image reference (fact 7.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image<'a> {
    /// `ghcr.io`, `localhost:5000`; `None` if the text names none.
    pub registry: Option<&'a str>,
    /// Everything between registry and tag: `bitnami/redis`.
    pub path: &'a str,
    /// The last element of the path: `redis`.
    pub name: &'a str,
    /// The tag as written.
    pub tag: Option<&'a str>,
    /// The digest with its algorithm: `sha256:…`.
    pub digest: Option<&'a str>,
}

/// Splits an image reference; `None` if the text cannot be one, as with a placeholder (fact 7.3.3).
pub fn parse(reference: &str) -> Option<Image<'_>> {
    let reference = reference.trim();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:@+[]".contains(&byte);
    if !reference.bytes().all(allowed) {
        return None;
    }
    let (tagged, digest) = match reference.split_once('@') {
        Some((tagged, digest)) if digest.contains(':') => (tagged, Some(digest)),
        Some(_) => return None,
        None => (reference, None),
    };
    let (registry, rest) = match tagged.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), rest),
        _ => (None, tagged),
    };
    let (path, tag) = match rest.split_once(':') {
        Some((path, tag)) => (path, Some(tag)),
        None => (rest, None),
    };
    let sound = path.split('/').all(|part| !part.is_empty());
    let tag_sound = tag.is_none_or(|tag| !tag.is_empty() && !tag.contains([':', '/']));
    let name = path.rsplit('/').next()?;
    (sound && tag_sound).then_some(Image { registry, path, name, tag, digest })
}

/// The number a tag begins with, perhaps after a `v`: 18 for `18-alpine`, 17 for `v17.2`. `None` without a tag, for
/// words, and for numbers above 999, which are dates.
pub fn major(image: &Image) -> Option<u16> {
    let tag = image.tag?;
    leading_number(tag.strip_prefix('v').unwrap_or(tag))
}

/// Whether the reference leaves the version to the registry: the tag is `latest` or missing, and no digest pins it.
pub fn is_latest(image: &Image) -> bool {
    image.digest.is_none() && matches!(image.tag, None | Some("latest"))
}

fn leading_number(text: &str) -> Option<u16> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = text.get(..digits)?.parse::<u16>().ok()?;
    (number < 1000).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts() {
        let cases = [
            ("redis", (None, "redis", "redis", None, None)),
            ("redis:7.2-alpine", (None, "redis", "redis", Some("7.2-alpine"), None)),
            ("library/redis", (None, "library/redis", "redis", None, None)),
            ("ghcr.io/a/b/c:1", (Some("ghcr.io"), "a/b/c", "c", Some("1"), None)),
            ("localhost:5000/a", (Some("localhost:5000"), "a", "a", None, None)),
            ("localhost/a:1", (Some("localhost"), "a", "a", Some("1"), None)),
            ("a@sha256:ab", (None, "a", "a", None, Some("sha256:ab"))),
            ("r.io:1/a:t@sha256:ab", (Some("r.io:1"), "a", "a", Some("t"), Some("sha256:ab"))),
        ];
        for (text, expected) in cases {
            let image = parse(text).expect(text);
            assert_eq!((image.registry, image.path, image.name, image.tag, image.digest), expected, "{text}");
        }
        for text in ["", "$(IMAGE)", "a:", "a//b", "/a", "a/", "a@b", "<image>", "a b", "a:1:2", "ü", "r.io/"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn latest() {
        for (reference, expected) in [("a", true), ("a:latest", true), ("a:1", false), ("a@sha256:b", false)]
        {
            assert_eq!(is_latest(&parse(reference).expect("valid")), expected);
        }
    }

    proptest! {
        #[test]
        fn parts_are_parts(text in "([a-z0-9.:/@-]|postgres|influxdb|:v|-pg|\\PC){0,12}") {
            if let Some(image) = parse(&text) {
                prop_assert!(text.contains(image.path) && image.path.ends_with(image.name));
                prop_assert!(!image.name.is_empty());
                database(&image);
            }
        }
    }
}
