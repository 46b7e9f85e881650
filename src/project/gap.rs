//! What is out of sight, and what it could bring: the question behind every "there is no such thing".

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::files::Distance;
use crate::files::path::directory;

/// Something that was not read, or not followed, and may bring objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gap {
    /// The directory it belongs to; `None` if it may bring something to all of the unit.
    pub directory: Option<String>,
    /// It should have been read and could not be: beside it, what nearly matches proves nothing either.
    pub broken: bool,
    /// The kinds and names it can bring, as far as they are known; a kind without a name may have any. Empty when it
    /// may bring anything; an empty kind is any kind.
    pub objects: Vec<(String, Option<String>)>,
    /// Hashes of the pairs of keys and values in a text that could not be read, sorted: labels may be among them.
    pub pairs: Vec<u64>,
}

/// What is looked for and not there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sought<'s> {
    /// The kind; `None` for anything, such as pods, which many kinds make.
    pub kind: Option<&'s str>,
    /// The name, where one is asked for.
    pub name: Option<&'s str>,
}

impl Gap {
    /// One that may bring anything to all of the unit.
    pub fn anywhere() -> Self {
        Gap::default()
    }

    /// One that may bring anything near a directory.
    pub fn near(directory: &str) -> Self {
        Gap { directory: Some(directory.to_owned()), ..Gap::default() }
    }

    /// The text of a file that could not be read, or was not meant to be: it brings the kinds it speaks of.
    pub fn of_text(path: &str, text: &str, broken: bool) -> Self {
        let kinds = text.lines().filter_map(|line| {
            let (indent, kind) = line.split_once("kind:")?;
            let kind = kind.split('#').next().unwrap_or("").trim().trim_matches(['"', '\'', ',']);
            let plain = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
            indent.trim_start_matches([' ', '-', '"', '{']).is_empty().then_some((kind, plain))
        });
        let kinds: Vec<(&str, bool)> = kinds.collect();
        // A kind that is a placeholder, or none at all: whatever it is, it may be what is looked for.
        let known = kinds.iter().all(|one| one.1);
        let objects = kinds.iter().filter(|_| known).map(|one| (one.0.to_owned(), None)).collect();
        Gap { directory: Some(directory(path).to_owned()), broken, objects, pairs: pairs(text) }
    }

    /// Whether it is a text that has all of these labels in it, wherever it lies.
    pub fn speaks_of(&self, labels: &[(&str, &str)]) -> bool {
        let has = |label: &(&str, &str)| self.pairs.binary_search(&hash(*label)).is_ok();
        !self.pairs.is_empty() && !labels.is_empty() && labels.iter().all(has)
    }

    /// Whether it could bring this to an object in `from`, a directory.
    pub fn could_supply(&self, from: &str, sought: &Sought<'_>) -> bool {
        self.directory.as_deref().is_none_or(|own| are_near(from, own)) && self.could_be(sought)
    }

    fn could_be(&self, sought: &Sought<'_>) -> bool {
        let Some(kind) = sought.kind else {
            return true;
        };
        let named = |name: &Option<String>| match (name, sought.name) {
            (Some(own), Some(name)) => own.contains(name) || name.contains(own.as_str()),
            _ => true,
        };
        // A List or a custom resource may hold or make anything.
        let may_be = |own: &str| own == kind || own.is_empty() || own.ends_with("List");
        self.objects.is_empty() || self.objects.iter().any(|(own, name)| may_be(own) && named(name))
    }
}

/// So many pairs are kept of one text.
const MOST_PAIRS: usize = 20_000;

/// The pairs of plain keys and values in a text, in block and in flow style.
fn pairs(text: &str) -> Vec<u64> {
    let parts = text.lines().flat_map(|line| line.split(" #").next().unwrap_or("").split([',', '{', '}']));
    let read = |part: &str| {
        let (key, value) = part.trim_start_matches([' ', '-']).split_once(':')?;
        let [key, value] = [key, value].map(|part| part.trim().trim_matches(['"', '\'']));
        (!key.is_empty() && !value.is_empty()).then(|| hash((key, value)))
    };
    let mut found: Vec<u64> = parts.filter_map(read).take(MOST_PAIRS).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn hash(pair: (&str, &str)) -> u64 {
    let mut hasher = DefaultHasher::new();
    pair.hash(&mut hasher);
    hasher.finish()
}

/// Whether two directories are near each other: the same, one below the other, or side by side. The top of the
/// input is near itself only.
pub fn are_near(one: &str, other: &str) -> bool {
    Distance::of_directories(one, other) <= Distance::Near
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_brings_what_it_speaks_of_to_its_neighbours() {
        let service = Sought { kind: Some("Service"), name: Some("db") };
        let text = Gap::of_text("shop/db.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a\n", true);
        assert!(!text.could_supply("shop", &service));
        assert!(text.could_supply("shop", &Sought { kind: Some("Secret"), name: Some("b") }));
        assert!(Gap::of_text("shop/x.yaml", "kind: {{ .kind }}\n", false).could_supply("shop", &service));
        assert!(Gap::near("shop/chart").could_supply("shop", &service));
        assert!(!Gap::near("other").could_supply("shop", &service));
        assert!(Gap::anywhere().could_supply("shop", &service));
    }
}
