//! Versions and ranges of them, as the library that Helm uses compares them.

use std::cmp::Ordering;

/// Whether a version lies in a range. What cannot be read lies in none.
pub fn matches(range: &str, version: &str) -> bool {
    Version::parse(version).zip(Range::parse(range)).is_some_and(|(version, range)| range.holds(&version))
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Version {
    pub numbers: [u64; 3],
    /// How many numbers were written; the others are zero, or anything in a range.
    written: usize,
    pub prerelease: String,
    pub metadata: String,
}

impl Version {
    pub fn parse(text: &str) -> Option<Version> {
        let version = Version::partial(text)?;
        (version.written > 0).then_some(version)
    }

    /// A version of which parts may be missing, or `x`.
    fn partial(text: &str) -> Option<Version> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, metadata) = text.split_once('+').unwrap_or((text, ""));
        let (numbers, prerelease) = text.split_once('-').unwrap_or((text, ""));
        let plain =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
        if !plain(prerelease) || !plain(metadata) {
            return None;
        }
        let mut version = Version {
            prerelease: prerelease.to_owned(),
            metadata: metadata.to_owned(),
            ..Version::default()
        };
        let parts: Vec<&str> = numbers.split('.').collect();
        if parts.len() > 3 {
            return None;
        }
        for (at, part) in parts.iter().enumerate() {
            if matches!(*part, "x" | "X" | "*") {
                return Some(version);
            }
            if !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            version.numbers[at] = part.parse().ok()?;
            version.written = at + 1;
        }
        Some(version)
    }

    pub fn order(&self, other: &Version) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| prereleases(&self.prerelease, &other.prerelease))
    }
}

fn prereleases(one: &str, other: &str) -> Ordering {
    match (one.is_empty(), other.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        _ => {}
    }
    let mut others = other.split('.');
    for part in one.split('.') {
        let Some(other) = others.next() else {
            return Ordering::Greater;
        };
        let order = match (part.parse::<u64>(), other.parse::<u64>()) {
            (Ok(one), Ok(other)) => one.cmp(&other),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            _ => part.cmp(other),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    if others.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

/// Alternatives, each a list of comparisons that all must hold.
#[derive(Debug)]
pub(super) struct Range(Vec<Vec<(String, Version)>>);

impl Range {
    pub fn parse(text: &str) -> Option<Range> {
        text.split("||").map(all_of).collect::<Option<_>>().map(Range)
    }

    pub fn holds(&self, version: &Version) -> bool {
        self.0.iter().any(|all| all.iter().all(|(operator, bound)| holds(operator, bound, version)))
    }
}

fn all_of(text: &str) -> Option<Vec<(String, Version)>> {
    // `1.2 - 1.4` is a range of both ends.
    if let Some((low, high)) = text.split_once(" - ") {
        let bound = |operator: &str, text: &str| Some((operator.to_owned(), Version::partial(text.trim())?));
        return Some(vec![bound(">=", low)?, bound("<=", high)?]);
    }
    let mut all = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !"=<>!~^".contains(letter)).unwrap_or(rest.len());
        let operator = &rest[..end];
        if !matches!(operator, "" | "=" | "!=" | ">" | "<" | ">=" | "=>" | "<=" | "=<" | "~" | "~>" | "^") {
            return None;
        }
        rest = rest[end..].trim_start();
        let end = rest.find(|letter: char| letter.is_whitespace() || letter == ',').unwrap_or(rest.len());
        all.push((operator.to_owned(), Version::partial(&rest[..end])?));
        rest = rest[end..].trim_start_matches(|letter: char| letter.is_whitespace() || letter == ',');
    }
    (!all.is_empty()).then_some(all)
}

fn holds(operator: &str, bound: &Version, version: &Version) -> bool {
    let order = version.order(bound);
    let same = |count: usize| version.numbers[..count] == bound.numbers[..count];
    // A version before a release is in a range only if the range speaks of such versions.
    let early = !version.prerelease.is_empty() && bound.prerelease.is_empty();
    if operator == "!=" {
        return match bound.written {
            3 => order != Ordering::Equal,
            written => early || !same(written),
        };
    }
    if early {
        return false;
    }
    let partial = bound.written < 3;
    match operator {
        "" | "=" if partial => same(bound.written),
        "" | "=" => order == Ordering::Equal,
        ">" if partial && bound.written > 0 => {
            version.numbers[..bound.written] > bound.numbers[..bound.written]
        }
        ">" => order == Ordering::Greater,
        "<" => order == Ordering::Less,
        ">=" | "=>" => order != Ordering::Less,
        "<=" | "=<" if partial => version.numbers[..bound.written] <= bound.numbers[..bound.written],
        "<=" | "=<" => order != Ordering::Greater,
        "~" | "~>" => order != Ordering::Less && same(bound.written.min(2)),
        _ => {
            // Up to the first number that is not zero.
            let first = bound.numbers[..bound.written.max(1)].iter().position(|number| *number > 0);
            let fixed = first.map_or(bound.written, |first| first + 1);
            order != Ordering::Less && (bound.written == 0 || same(fixed))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_as_in_helm() {
        for (range, version, expected) in [
            (">=1.19-0", "v1.33.0", true),
            (">=1.19-0", "1.18.9-gke.1", false),
            (">= 1.19", "1.33.0-eks-1", false),
            ("<1.21-0", "1.20.9", true),
            ("^1.2.0", "1.9.0", true),
            ("^0.2.3", "0.3.0", false),
            ("~1.2", "1.2.9", true),
            ("~1.2", "1.3.0", false),
            ("1.x.x", "1.7.2", true),
            ("*", "7.0.0", true),
            (">1.2", "1.2.5", false),
            ("1.2 - 1.4", "1.4.9", true),
            (">=1.2, <2 || >=3", "3.1.0", true),
            ("!=1.2", "1.2.3", false),
        ] {
            assert_eq!(matches(range, version), expected, "{range} {version}");
        }
    }
}
