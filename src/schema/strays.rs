//! Keys that went astray together: a block that is indented too little, or one key misspelt beyond what its letters
//! tell. One slip is one finding.

use super::hint;
use super::problem::{Frame, Problem};
use super::{Trouble, TroubleKind};
use crate::text::suggest;
use crate::yaml::Node;

/// Tells one slip once: joins the unknown fields of a mapping that all belong in one place, and takes an unknown
/// field beside a missing one for its misspelling where there is no other of either.
pub(super) fn join<'a>(mut found: Vec<(Problem<'a>, Trouble<'a>)>) -> Vec<Trouble<'a>> {
    let mut parents: Vec<Node<'a>> = Vec::new();
    for (problem, _) in &found {
        if let Problem::UnknownField { parent, .. } = problem
            && parents.len() < MOST
            && !parents.contains(parent)
        {
            parents.push(*parent);
        }
    }
    for parent in parents {
        let own = |problem: &Problem<'a>| match problem {
            Problem::UnknownField { parent: other, .. } => *other == parent,
            _ => false,
        };
        let lacking = |problem: &Problem<'a>| match problem {
            Problem::Missing { parent: other, .. } => *other == parent,
            _ => false,
        };
        let strays: Vec<usize> = (0..found.len()).filter(|&at| own(&found[at].0)).collect();
        let missing: Vec<usize> = (0..found.len()).filter(|&at| lacking(&found[at].0)).collect();
        match (&strays[..], &missing[..]) {
            ([first, _, ..], _) => {
                let Some(place) = common_place(&found, &strays) else { continue };
                let trouble = together(&found, &strays, &place);
                found[*first].1 = trouble;
                // What holds the block is missing for the same reason.
                let holder = place.path.rsplit('.').next().unwrap_or("").trim_end_matches("[]").to_owned();
                let gone = |at: usize| {
                    strays[1..].contains(&at)
                        || matches!(&found[at].0, Problem::Missing { field, .. } if missing.contains(&at) && *field == holder)
                };
                let gone: Vec<bool> = (0..found.len()).map(gone).collect();
                let mut at = 0;
                found.retain(|_| {
                    at += 1;
                    !gone[at - 1]
                });
            }
            ([stray], [lack]) => {
                let Problem::Missing { field, .. } = found[*lack].0 else { continue };
                if is_misspelt(&found[*stray], field) {
                    found[*stray].1.help = Some(format!("did you mean `{field}`?"));
                    found.remove(*lack);
                }
            }
            _ => {}
        }
    }
    found.into_iter().map(|one| one.1).collect()
}

/// So many mappings of one object are looked at.
const MOST: usize = 20;

/// Whether the only unknown field of a mapping is the only one that is missing: alike, though hardly by letters.
fn is_misspelt(stray: &(Problem<'_>, Trouble<'_>), field: &str) -> bool {
    let Problem::UnknownField { key, .. } = &stray.0 else { return false };
    let (name, wanted) = (key.key_text().to_ascii_lowercase(), field.to_ascii_lowercase());
    let part = |part: &str| part == wanted || suggest::is_slip(part, &wanted);
    let alike = strsim::jaro_winkler(&name, &wanted) > 0.8 || name.split(['-', '_']).any(part);
    stray.1.help.is_none() && (2..=40).contains(&name.len()) && alike
}

/// The struct below a mapping that has all its strays.
fn common_place(found: &[(Problem<'_>, Trouble<'_>)], strays: &[usize]) -> Option<hint::Below> {
    let keys = strays.iter().filter_map(|&at| match &found[at].0 {
        Problem::UnknownField { key, .. } => Some(key.key_text()),
        _ => None,
    });
    let keys: Vec<&str> = keys.collect();
    let chain: &[Frame<'_>] = match &found[strays[0]].0 {
        Problem::UnknownField { chain, .. } => chain,
        _ => return None,
    };
    hint::below(&keys, chain)
}

fn together<'a>(found: &[(Problem<'a>, Trouble<'a>)], strays: &[usize], place: &hint::Below) -> Trouble<'a> {
    let at: Vec<Node<'a>> = strays.iter().map(|&at| found[at].1.at).collect();
    let names: Vec<String> = at.iter().map(|key| format!("`{}`", key.key_text())).collect();
    let shown = match &names[..] {
        [all @ .., last] if all.len() <= 2 => format!("{} and {last}", all.join(", ")),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
        _ => String::new(),
    };
    let holder = match &found[strays[0]].0 {
        Problem::UnknownField { chain, .. } => chain.last().and_then(|frame| frame.key),
        _ => None,
    };
    let inside = holder.map_or(" at the top level".to_owned(), |key| format!(" in `{}`", key.key_text()));
    let mut trouble =
        Trouble::new(TroubleKind::UnknownField, at[0], format!("unknown fields {shown}{inside}"))
            .label("the API server refuses them, or drops them silently")
            .help(format!("indent them: they belong under `{}`", place.path));
    for key in at.iter().skip(1).take(3) {
        trouble = trouble.also(*key, "belongs there, too");
    }
    trouble
}
