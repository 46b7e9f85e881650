//! "Did you mean": which of some names somebody evidently meant.

use std::hash::{DefaultHasher, Hasher};

use foldhash::{HashMap, HashMapExt};

/// How many edits apart two names may be for one to be taken as a slip for the other; `None` if they are
/// further apart. Names that differ only in digits are siblings (`db-0`, `db-1`), not slips.
pub fn slip(one: &str, other: &str) -> Option<usize> {
    let longest = one.len().max(other.len());
    let allowed = (longest / 4).clamp(1, 3);
    if one == other || longest < 3 || one.len().abs_diff(other.len()) > allowed {
        return None;
    }
    // One edit changes at most two letters, wherever they stand.
    if one.is_ascii() && other.is_ascii() && letters_apart(one, other) > 2 * allowed {
        return None;
    }
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    if letters(one) == letters(other) && digits(one) == digits(other) {
        return None;
    }
    if is_another_role(one, other) {
        return None;
    }
    let distance = strsim::damerau_levenshtein(one, other);
    // A whole part more or less (`shop`, `shop-db`) makes another name.
    let parts = |text: &str| text.matches('-').count();
    (distance <= allowed && (distance == 1 || parts(one) == parts(other))).then_some(distance)
}

/// Parts of names that say what something does: `shop-db` is no slip of `shop-api`.
const ROLES: &[&str] = &[
    "admin",
    "agent",
    "api",
    "app",
    "auth",
    "backend",
    "broker",
    "cache",
    "client",
    "controller",
    "cron",
    "data",
    "db",
    "frontend",
    "gateway",
    "gw",
    "http",
    "https",
    "ingest",
    "job",
    "jobs",
    "kafka",
    "lb",
    "master",
    "metrics",
    "mongo",
    "mq",
    "mysql",
    "node",
    "operator",
    "pg",
    "postgres",
    "primary",
    "proxy",
    "queue",
    "read",
    "redis",
    "replica",
    "rest",
    "rpc",
    "rw",
    "ro",
    "scheduler",
    "search",
    "server",
    "slave",
    "sql",
    "store",
    "svc",
    "sync",
    "tasks",
    "tcp",
    "ui",
    "web",
    "webhook",
    "worker",
    "write",
];

/// Whether two names differ in one part only, and both say another role there.
fn is_another_role(one: &str, other: &str) -> bool {
    if one.matches('-').count() != other.matches('-').count() {
        return false;
    }
    let mut differing = one.split('-').zip(other.split('-')).filter(|(one, other)| one != other);
    let (Some((mine, theirs)), None) = (differing.next(), differing.next()) else { return false };
    ROLES.contains(&mine) && ROLES.contains(&theirs)
}

/// Whether one name is most likely the other one misspelt.
pub fn is_slip(one: &str, other: &str) -> bool {
    slip(one, other).is_some()
}

/// The other names of a Service that differ from this one only in a word that says that it is one: `ui` for
/// `service-ui`, and the other way round.
pub fn but_for_kind(name: &str) -> Vec<String> {
    const WORDS: [&str; 2] = ["service", "svc"];
    let parts: Vec<&str> = name.split('-').collect();
    let bare = match parts[..] {
        [first, .., last] if WORDS.contains(&first) && !WORDS.contains(&last) => parts[1..].join("-"),
        [first, .., last] if WORDS.contains(&last) && !WORDS.contains(&first) => {
            parts[..parts.len() - 1].join("-")
        }
        [word] if WORDS.contains(&word) => return Vec::new(),
        _ => name.to_owned(),
    };
    let spelt = WORDS.iter().flat_map(|word| [format!("{bare}-{word}"), format!("{word}-{bare}")]);
    std::iter::once(bare.clone()).chain(spelt).filter(|other| other != name).collect()
}

/// How many letters one has more than the other, in both directions.
fn letters_apart(one: &str, other: &str) -> usize {
    let mut counts = [0i32; 128];
    one.bytes().for_each(|byte| counts[usize::from(byte & 127)] += 1);
    other.bytes().for_each(|byte| counts[usize::from(byte & 127)] -= 1);
    counts.iter().map(|count| count.unsigned_abs() as usize).sum()
}

/// The candidate that is nearest to a name, if it is near enough to be meant; the first of equals.
pub fn nearest<'c>(wanted: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let near = candidates.into_iter().filter_map(|one| slip(wanted, one).map(|distance| (distance, one)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, one)| one)
}

/// Up to this many names are simply all compared.
const FEW: usize = 1000;

/// Names by their spellings with one letter left out, so that in a large set those near another name are found
/// without comparing with all of them. In a large set only single slips are found.
#[derive(Debug, Default)]
pub struct NearIndex {
    count: usize,
    by_variant: HashMap<u64, Vec<u32>>,
}

impl NearIndex {
    /// Indexes names; they are known by their positions from here on.
    pub fn new<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> Self {
        let mut index = NearIndex { count: names.len(), by_variant: HashMap::new() };
        if index.count > FEW {
            for (at, name) in names.enumerate() {
                variants(name).for_each(|hash| index.by_variant.entry(hash).or_default().push(at as u32));
            }
        }
        index
    }

    /// Positions of the names that may be a slip of this one, ascending; [`slip`] decides.
    pub fn candidates(&self, name: &str) -> Vec<usize> {
        if self.count <= FEW {
            return (0..self.count).collect();
        }
        let lists = variants(name).filter_map(|hash| self.by_variant.get(&hash));
        let mut found: Vec<usize> = lists.flatten().map(|&at| at as usize).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Hashes of a name and of the name without each of its letters.
fn variants(name: &str) -> impl Iterator<Item = u64> + '_ {
    let hash = |skip: Option<usize>| {
        let mut hasher = DefaultHasher::new();
        name.bytes().enumerate().filter(|one| Some(one.0) != skip).for_each(|one| hasher.write_u8(one.1));
        hasher.finish()
    };
    std::iter::once(None).chain((0..name.len()).map(Some)).map(hash)
}

/// The word of a fixed list that somebody most likely typed: more forgiving than [`nearest`], since one of the
/// list was certainly meant. Case and `_` for `-` do not count.
pub fn meant<'c>(typed: &str, words: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let plain = |text: &str| text.to_lowercase().replace(['_', ' '], "-");
    let wanted = plain(typed);
    let allowed = (wanted.chars().count() / 3).clamp(1, 4);
    let distances = words.into_iter().map(|word| (strsim::damerau_levenshtein(&wanted, &plain(word)), word));
    distances.filter(|one| one.0 <= allowed).min_by_key(|one| one.0).map(|one| one.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_and_siblings_are_not() {
        assert_eq!(nearest("frontent", ["backend", "frontend"]), Some("frontend"));
        assert_eq!(nearest("wbe", ["web"]), Some("web"));
        assert_eq!(nearest("db-0", ["db-1"]), None);
        assert_eq!(nearest("delivery-status-db", ["delivery-status"]), None);
        assert_eq!(nearest("webapp", ["web-app"]), Some("web-app"));
        assert_eq!(nearest("cache", ["queue"]), None);
        assert_eq!(nearest("playlists-db", ["playlists-api"]), None);
        assert_eq!(nearest("playlists-apj", ["playlists-api"]), Some("playlists-api"));
        assert_eq!(nearest("curlme-ckaO1", ["curlme-cka01"]), Some("curlme-cka01"));
    }

    #[test]
    fn a_word_for_the_kind_makes_no_other_name() {
        assert_eq!(but_for_kind("service-ui")[0], "ui");
        assert!(but_for_kind("ui-svc").contains(&"ui-service".to_owned()));
        assert!(but_for_kind("ui").contains(&"service-ui".to_owned()));
        assert!(!but_for_kind("ui").contains(&"ui".to_owned()));
        assert!(but_for_kind("service").is_empty());
    }

    #[test]
    fn words_of_a_list_are_found_by_what_was_typed() {
        let names = ["single-replica", "pdb-missing", "ha"];
        assert_eq!(meant("single-replcia", names), Some("single-replica"));
        assert_eq!(meant("Single_Replica", names), Some("single-replica"));
        assert_eq!(meant("quota", names), None);
    }

    #[test]
    fn a_large_set_finds_single_slips() {
        let names: Vec<String> =
            (0..2000).map(|n| format!("service-{n}-of-many")).chain(["wordpress".to_owned()]).collect();
        let index = NearIndex::new(names.iter().map(String::as_str));
        for slip in ["wordpres", "wordprses", "wordpresss", "wordbress"] {
            assert_eq!(index.candidates(slip), [2000], "{slip}");
        }
        assert!(index.candidates("nothing-like-it").is_empty());
    }
}
