//! "Did you mean": which of some names somebody evidently meant.

/// How many edits apart two names may be for one to be taken as a slip for the other; `None` if they are
/// further apart. Names that differ only in digits are siblings (`db-0`, `db-1`), not slips.
pub fn slip(one: &str, other: &str) -> Option<usize> {
    let longest = one.len().max(other.len());
    let allowed = (longest / 4).clamp(1, 3);
    if one == other || longest < 3 || one.len().abs_diff(other.len()) > allowed {
        return None;
    }
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    if letters(one) == letters(other) && digits(one) == digits(other) {
        return None;
    }
    let distance = strsim::damerau_levenshtein(one, other);
    (distance <= allowed).then_some(distance)
}

/// Whether one name is most likely the other one misspelt.
pub fn is_slip(one: &str, other: &str) -> bool {
    slip(one, other).is_some()
}

/// The candidate that is nearest to a name, if it is near enough to be meant; the first of equals.
pub fn nearest<'c>(wanted: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let near = candidates.into_iter().filter_map(|one| slip(wanted, one).map(|distance| (distance, one)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, one)| one)
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
        assert_eq!(nearest("cache", ["queue"]), None);
        assert_eq!(nearest("curlme-ckaO1", ["curlme-cka01"]), Some("curlme-cka01"));
    }

    #[test]
    fn words_of_a_list_are_found_by_what_was_typed() {
        let names = ["single-replica", "pdb-missing", "ha"];
        assert_eq!(meant("single-replcia", names), Some("single-replica"));
        assert_eq!(meant("Single_Replica", names), Some("single-replica"));
        assert_eq!(meant("quota", names), None);
    }
}
