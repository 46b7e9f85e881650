//! Scalars as go-yaml v3 keeps them for kustomize (fact 12.4): a tag that was decided when the text was read, a style
//! that a replaced value hands on to its successor, and the two together decide the type in the end.

use crate::yaml::{self, Node, Style, Text};

/// A scalar as go-yaml v3 keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The text with quotes and escapes undone.
    pub text: Text,
    /// The type as it was read.
    pub tag: Tag,
    /// Quoted or a block: the text is a string unless the tag says otherwise.
    pub quoted: bool,
}

/// The type of a scalar as it was read; [`Tag::Unset`] is decided by the text at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// A string.
    Str,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// Another number.
    Float,
    /// Null.
    Null,
    /// A date, which becomes a string in another form.
    Time,
    /// To be decided.
    Unset,
}

impl Scalar {
    /// Reads a scalar, the aliases of which are resolved.
    pub fn read(node: Node<'_>, style: Style) -> Self {
        let text = Text::new(node.text());
        if style != Style::Plain {
            return Scalar { text, tag: Tag::Str, quoted: true };
        }
        // An explicit `!!str` makes a string of what looks like something else.
        let tag = match node.scalar() {
            Some(yaml::Scalar::Str(_)) if !is_time(&text) => Tag::Str,
            _ => tag_of(&text),
        };
        Scalar { text, tag, quoted: false }
    }

    /// A string.
    pub fn string(text: impl Into<Text>) -> Self {
        Scalar { text: text.into(), tag: Tag::Str, quoted: false }
    }

    /// An unquoted scalar whose text decides.
    pub fn plain(text: impl Into<Text>) -> Self {
        let text = text.into();
        Scalar { tag: tag_of(&text), text, quoted: false }
    }

    /// The type it has when everything is written and read again.
    pub fn final_tag(&self) -> Tag {
        match (self.tag, self.quoted) {
            (Tag::Str, _) | (_, true) => Tag::Str,
            _ => tag_of(&self.text),
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        self.tag == Tag::Null
    }

    /// The text in JSON: canonical for numbers and dates, the text itself for strings.
    pub fn canonical(&self) -> Text {
        match self.final_tag() {
            Tag::Str | Tag::Unset => self.text.clone(),
            Tag::Null => Text::new_static("null"),
            Tag::Bool => self.text.to_ascii_lowercase().into(),
            Tag::Time if self.text.len() <= 10 => date(&self.text).into(),
            Tag::Time => self.text.clone(),
            // Most numbers are in that form already.
            Tag::Int if is_canonical(&self.text) => self.text.clone(),
            Tag::Int | Tag::Float => match yaml::resolve(&self.text) {
                yaml::Scalar::Int(value) => value.to_string().into(),
                yaml::Scalar::Float(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
                    format!("{value:.0}").into()
                }
                yaml::Scalar::Float(value) => value.to_string().into(),
                _ => self.text.clone(),
            },
        }
    }
}

/// A whole number without sign, leading zeros or anything else that could be written otherwise, and that fits.
fn is_canonical(text: &str) -> bool {
    let digits = text.len() < 19 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && (text == "0" || !text.starts_with('0'))
}

/// `2001-1-2` as `2001-01-02T00:00:00Z`.
fn date(text: &str) -> String {
    let mut parts = text.split('-');
    let mut next = |width: usize| format!("{:0>width$}", parts.next().unwrap_or(""));
    format!("{}-{}-{}T00:00:00Z", next(4), next(2), next(2))
}

/// The type that go-yaml v3 gives an unquoted text (fact 12.4).
fn tag_of(text: &str) -> Tag {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "n" | "N" | "no" | "No" | "NO" | "off"
        | "Off" | "OFF" => return Tag::Str,
        _ => {}
    }
    match yaml::resolve(text) {
        yaml::Scalar::Null => Tag::Null,
        yaml::Scalar::Bool(_) => Tag::Bool,
        yaml::Scalar::Int(_) => Tag::Int,
        yaml::Scalar::Float(_) => Tag::Float,
        yaml::Scalar::Str(_) if is_time(text) => Tag::Time,
        yaml::Scalar::Str(_) => Tag::Str,
    }
}

fn is_time(text: &str) -> bool {
    // The year has four digits; nearly everything else is told by that.
    if text.as_bytes().get(4) != Some(&b'-') {
        return false;
    }
    let (day, clock) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let numbers: Vec<&str> = day.split('-').collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let [year, month, day] = numbers[..] else {
        return false;
    };
    if year.len() != 4 || month.len() > 2 || day.len() > 2 || !numbers.iter().all(digits) {
        return false;
    }
    let within = |text: &str, most: u32| text.parse().is_ok_and(|value: u32| value >= 1 && value <= most);
    let time = |clock: &str| {
        clock.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
            && clock.contains(':')
            && clock.bytes().all(|byte| byte.is_ascii_digit() || b":.+-Zz ".contains(&byte))
    };
    within(month, 12) && within(day, 31) && clock.is_none_or(time)
}
