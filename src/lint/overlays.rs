//! In which of the kustomizations that share a file something is found.

use crate::project::{Unit, View};

/// Names of overlays are listed up to here.
const NAMED: usize = 4;

/// In which of the kustomizations that share a file something is found: `found in the kustomizations dev, prod; not reported in stage`. `None`
/// if they are not all kustomizations.
pub fn overlays(units: &[Unit], owners: &[usize], found: &[usize]) -> Option<String> {
    let directory = |at: &usize| units[*at].name();
    let all: Vec<&str> = owners.iter().map(directory).collect::<Option<_>>()?;
    let shared = common(&all);
    let name = |path: &str| match &path[shared.min(path.len())..] {
        "" => ".".to_owned(),
        rest => rest.to_owned(),
    };
    // Where something is not evaluated, silence says nothing.
    let whole = |view: &View| view.gaps.is_empty() && !view.patched.everything;
    let judged = |at: &&usize| found.contains(at) || whole(&units[**at].view);
    let list = |inside: bool| {
        let own = owners.iter().filter(judged).filter(|at| found.contains(at) == inside);
        let mut names: Vec<String> = own.filter_map(directory).map(name).collect();
        names.sort();
        let more = names.len().saturating_sub(NAMED);
        names.truncate(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", names.join(", "))
    };
    let of_values = owners.iter().any(|&at| units[at].chart.is_some());
    let (head, word) = match (of_values, found.len()) {
        (true, _) => ("with", "with"),
        (false, 1) => ("in the kustomization", "in"),
        (false, _) => ("in the kustomizations", "in"),
    };
    let outside = match list(false) {
        none if none.is_empty() => none,
        names => format!("; not reported {word} {names}"),
    };
    Some(format!("found {head} {}{outside}", list(true)))
}

/// Length of the directories that all paths begin with.
fn common(paths: &[&str]) -> usize {
    let first = paths.first().copied().unwrap_or("");
    let ends = first.match_indices('/').map(|(at, _)| at + 1);
    ends.take_while(|end| paths.iter().all(|path| path.starts_with(&first[..*end]))).last().unwrap_or(0)
}
