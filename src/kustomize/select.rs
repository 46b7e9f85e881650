//! Which resources a patch or a replacement is meant for: anchored regular expressions and label selectors.

use regex::bytes::{Regex, RegexBuilder};

use super::resource::{Gvk, Resource};
use super::resources::Clue;
use super::value::Value;

/// A target of a patch, a source or a target of a replacement.
#[derive(Debug)]
pub struct Selector {
    group: Pattern,
    version: Pattern,
    kind: Pattern,
    name: Pattern,
    namespace: Pattern,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

#[derive(Debug)]
enum Pattern {
    Any,
    Plain(String),
    /// `web-.*-db`: what a text begins and ends with, anything on one line between.
    Around(String, String),
    Regex(Regex),
}

/// How many bytes a compiled pattern may take. Names are short, and so are the patterns for them.
const LARGEST: usize = 256 << 10;

impl Pattern {
    fn new(text: &str) -> Result<Self, String> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' || byte == b'/';
        if text.is_empty() {
            Ok(Pattern::Any)
        } else if text.bytes().all(plain) {
            Ok(Pattern::Plain(text.to_owned()))
        } else if let Some((first, last)) = text.split_once(".*")
            && first.bytes().chain(last.bytes()).all(plain)
        {
            Ok(Pattern::Around(first.to_owned(), last.to_owned()))
        } else {
            // Go's classes are those of ASCII, which also keeps them small.
            let regex =
                RegexBuilder::new(&format!("^(?:{text})$")).unicode(false).size_limit(LARGEST).build();
            regex.map(Pattern::Regex).map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => {
                    "a regular expression that is larger than wplint takes".to_owned()
                }
                _ => format!("`{text}` is not a valid regular expression"),
            })
        }
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Any => true,
            Pattern::Plain(plain) => plain == text,
            Pattern::Around(first, last) => text
                .strip_prefix(first.as_str())
                .and_then(|rest| rest.strip_suffix(last.as_str()))
                .is_some_and(|between| !between.contains('\n')),
            Pattern::Regex(regex) => regex.is_match(text.as_bytes()),
        }
    }
}

impl Selector {
    /// Reads a target.
    pub fn read(target: &Value) -> Result<Self, String> {
        let pattern = |key: &str| Pattern::new(target.text_at(&[key]));
        Ok(Selector {
            group: pattern("group")?,
            version: pattern("version")?,
            kind: pattern("kind")?,
            name: pattern("name")?,
            namespace: pattern("namespace")?,
            labels: requirements(target.text_at(&["labelSelector"]))?,
            annotations: requirements(target.text_at(&["annotationSelector"]))?,
        })
    }

    /// The one name that it selects, or a label that it asks for.
    pub fn clue(&self) -> Clue<'_> {
        let label = |one: &'_ Requirement| one.operator == Operator::In && one.values.len() == 1;
        match (&self.name, self.labels.iter().find(|one| label(one))) {
            (Pattern::Plain(name), _) => Clue::Name(name),
            (_, Some(Requirement { key, values, .. })) => Clue::Label(key, &values[0]),
            (Pattern::Any | Pattern::Around(..) | Pattern::Regex(_), None) => Clue::Nothing,
        }
    }

    /// Whether it is empty: as something to reject it rejects nothing.
    pub fn is_empty(&self) -> bool {
        let all = [&self.group, &self.version, &self.kind, &self.name, &self.namespace];
        all.iter().all(|pattern| matches!(pattern, Pattern::Any))
    }

    /// Whether it asks for labels or annotations.
    pub fn asks_for_metadata(&self) -> bool {
        !self.labels.is_empty() || !self.annotations.is_empty()
    }

    fn fits_type(&self, gvk: Gvk<'_>) -> bool {
        self.group.matches(gvk.group) && self.version.matches(gvk.version) && self.kind.matches(gvk.kind)
    }

    /// Whether a patch's target is this resource, by its first or its present name.
    pub fn selects(&self, resource: &Resource) -> bool {
        let (_, name, namespace) = resource.original();
        (self.namespace.matches(namespace) || self.namespace.matches(resource.effective_namespace()))
            && (self.name.matches(name) || self.name.matches(resource.name()))
            && self.fits_type(resource.gvk())
            && self.fits_metadata(resource)
    }

    /// Whether labels and annotations fit.
    pub fn fits_metadata(&self, resource: &Resource) -> bool {
        let fits = |requirements: &[Requirement], field: &str| {
            let values = resource.root.at(&["metadata", field]);
            let value = |key: &str| values.and_then(|values| values.get(key)).map(Value::text);
            requirements.iter().all(|one| one.fits(value(&one.key)))
        };
        fits(&self.labels, "labels") && fits(&self.annotations, "annotations")
    }

    /// Whether one of the resource's names, former ones included, fits, as replacements ask.
    pub fn selects_any_name(&self, resource: &Resource) -> bool {
        let own = resource.gvk();
        let former = resource.former.iter().any(|former| {
            self.fits_type(Gvk { kind: &former.kind, ..own })
                && self.name.matches(&former.name)
                && self.namespace.matches(&former.namespace)
        });
        former
            || (self.fits_type(own)
                && self.name.matches(resource.name())
                && self.namespace.matches(resource.namespace()))
    }
}

/// A requirement of a label selector in its text form.
#[derive(Debug)]
struct Requirement {
    key: String,
    values: Vec<String>,
    operator: Operator,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    In,
    NotIn,
    Exists,
    Missing,
}

impl Requirement {
    fn fits(&self, value: Option<&str>) -> bool {
        let listed = value.is_some_and(|value| self.values.iter().any(|one| one == value));
        match self.operator {
            Operator::In => listed,
            Operator::NotIn => !listed,
            Operator::Exists => value.is_some(),
            Operator::Missing => value.is_none(),
        }
    }
}

/// Reads `a=b,c!=d,e in (f, g),h,!i`.
fn requirements(text: &str) -> Result<Vec<Requirement>, String> {
    let mut parts: Vec<String> = Vec::new();
    let mut depth = 0;
    let mut part = String::new();
    for letter in text.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(letter);
    }
    parts.push(part);
    parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).map(requirement).collect()
}

fn requirement(text: &str) -> Result<Requirement, String> {
    let one = |key: &str, operator: Operator, values: Vec<String>| {
        let key = key.trim();
        let plain = !key.is_empty() && !key.contains([' ', '(', ')', '=', '!', '<', '>']);
        if plain {
            Ok(Requirement { key: key.to_owned(), values, operator })
        } else {
            Err(format!("`{text}` is not a valid label selector"))
        }
    };
    if let Some(key) = text.strip_prefix('!').filter(|rest| !rest.starts_with('=')) {
        return one(key, Operator::Missing, Vec::new());
    }
    if let Some((key, value)) = text.split_once("!=") {
        return one(key, Operator::NotIn, vec![value.trim().to_owned()]);
    }
    if let Some((key, value)) = text.split_once('=') {
        return one(key, Operator::In, vec![value.trim_start_matches('=').trim().to_owned()]);
    }
    if let Some((head, list)) = text.split_once('(') {
        let values = list.trim_end_matches(')').split(',').map(|value| value.trim().to_owned()).collect();
        let mut words = head.split_whitespace();
        return match (words.next(), words.next()) {
            (Some(key), Some("in")) => one(key, Operator::In, values),
            (Some(key), Some("notin")) => one(key, Operator::NotIn, values),
            _ => Err(format!("`{text}` is not a valid label selector")),
        };
    }
    one(text, Operator::Exists, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_matches_what_the_expression_matches() {
        let texts =
            ["", "d", "d1", "db", "web-db", "web--db", "web-db-db", "a-web-db", "web-\ndb", "web-1\n-db"];
        for pattern in [".*", "d.*", ".*b", "web-.*-db", "web.*b"] {
            let short = Pattern::new(pattern).expect("a pattern");
            assert!(matches!(short, Pattern::Around(..)), "{pattern}");
            let long = Regex::new(&format!("^(?:{pattern})$")).expect("it is one");
            for text in texts {
                assert_eq!(short.matches(text), long.is_match(text.as_bytes()), "{pattern} {text:?}");
            }
        }
    }
}
