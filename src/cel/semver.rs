//! Versions (<https://semver.org>).

use std::cmp::Ordering;
use std::fmt;

/// A version.
#[derive(Clone, Debug)]
pub struct Semver {
    pub(super) numbers: [u64; 3],
    before: Vec<String>,
    build: String,
}

impl Semver {
    /// Reads a version, strictly or as people write them: `v1.2`.
    pub(super) fn parse(text: &str, lenient: bool) -> Result<Semver, String> {
        if text.is_empty() {
            return Err("Version string empty".to_owned());
        }
        let mut text = text.to_owned();
        if lenient {
            text = normal(&text);
        }
        let (rest, build) = text.split_once('+').unwrap_or((&text, ""));
        let (core, before) = match rest.split_once('-') {
            Some((core, before)) => (core, Some(before)),
            None => (rest, None),
        };
        let parts: Vec<&str> = core.split('.').collect();
        let [major, minor, patch] = parts.as_slice() else {
            return Err("No Major.Minor.Patch elements found".to_owned());
        };
        let number = |part: &str, what: &str| -> Result<u64, String> {
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(format!("Invalid character(s) found in {what} number {part:?}"));
            }
            if part.len() > 1 && part.starts_with('0') {
                return Err(format!("{what} number must not contain leading zeroes {part:?}"));
            }
            part.parse().map_err(|_| format!("{what} number is too large"))
        };
        let numbers = [number(major, "major")?, number(minor, "minor")?, number(patch, "patch")?];
        let word = |part: &&str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let before: Vec<&str> = before.map_or_else(Vec::new, |before| before.split('.').collect());
        if !before.iter().all(word)
            || before.iter().any(|one| one.len() > 1 && one.starts_with('0') && numeric(one))
        {
            return Err("Invalid character(s) found in prerelease".to_owned());
        }
        if !build.is_empty() && !build.split('.').collect::<Vec<_>>().iter().all(word) {
            return Err("Invalid character(s) found in build meta data".to_owned());
        }
        let before = before.into_iter().map(str::to_owned).collect();
        Ok(Semver { numbers, before, build: build.to_owned() })
    }

    /// Which of two is older; what was built does not count.
    pub fn cmp(&self, other: &Semver) -> Ordering {
        let part = |one: &String, two: &String| match (one.parse::<u64>(), two.parse::<u64>()) {
            (Ok(one), Ok(two)) => one.cmp(&two),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            _ => one.cmp(two),
        };
        self.numbers.cmp(&other.numbers).then_with(|| {
            match (self.before.is_empty(), other.before.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                _ => {
                    let parts = self.before.iter().zip(&other.before).map(|(one, two)| part(one, two));
                    parts
                        .into_iter()
                        .find(|order| order.is_ne())
                        .unwrap_or_else(|| self.before.len().cmp(&other.before.len()))
                }
            }
        })
    }
}

impl fmt::Display for Semver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        if !self.before.is_empty() {
            write!(f, "-{}", self.before.join("."))?;
        }
        if !self.build.is_empty() {
            write!(f, "+{}", self.build)?;
        }
        Ok(())
    }
}

/// A version as it should have been written: without `v`, with three numbers, none with zeros before it.
fn normal(text: &str) -> String {
    let text = text.strip_prefix('v').unwrap_or(text);
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (core, rest) = text.split_at(end);
    let mut parts: Vec<String> = core
        .split('.')
        .map(|part| match part.trim_start_matches('0') {
            "" if !part.is_empty() => "0".to_owned(),
            part => part.to_owned(),
        })
        .collect();
    while parts.len() < 3 && rest.is_empty() {
        parts.push("0".to_owned());
    }
    parts.join(".") + rest
}
