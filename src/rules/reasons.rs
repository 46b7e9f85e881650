//! Reasons that an author gives in a comment: then the finding would tell what is known.

use crate::text::{ceil, floor};
use crate::yaml::Node;

/// What says that there is one node.
const ONE_NODE: &[&str] = &["single node", "single-node", "one node", "one-node"];

/// What says that there is to be one of something.
#[rustfmt::skip]
const FOR_ONE: &[&str] = &[
    "single replica", "single-replica", "single instance",
    "single-instance", "single pod", "single writer", "single-writer", "singleton", "only one", "one replica",
    "one instance", "one pod", "one copy", "at most one", "exactly one", "intentional", "deliberate", "on purpose",
    "by design", "must be 1", "must stay 1", "must stay at 1", "must remain 1", "keep at 1", "keep this at 1",
    "do not scale", "don't scale", "cannot scale", "can't scale", "cannot be scaled", "can't be scaled",
    "do not increase", "don't increase", "never more than", "not more than", "no more than", "more than one",
    "more than 1", "multiple replicas", "two replicas", "not supported", "unsupported", "not support", "rwo",
    "readwriteonce", "leader elect", "leader-elect", "sqlite", "in-memory", "in memory", "stateful", "single active",
];

/// What says that several are there to be there.
const FOR_MANY: &[&str] = &[
    "availab",
    "for ha",
    "(ha)",
    " ha ",
    "redundan",
    "failover",
    "fail over",
    "downtime",
    "resilien",
    "at least two",
    "at least 2",
];

/// What says that it is only for a time, or for the reader to change.
const FOR_NOW: &[&str] =
    &["todo", "fixme", "increase to", "increase for", "increase in", "should be", "raise"];

/// Whether a comment on the line of a number, or on the lines right above and below, gives a reason for one replica.
pub fn for_one(number: Node<'_>) -> bool {
    is_said(number, &[FOR_ONE, ONE_NODE])
}

/// Whether a comment there says that several replicas are to keep it available.
pub fn for_many(number: Node<'_>) -> bool {
    is_said(number, &[FOR_MANY])
}

/// The same where it says that there is one node.
pub fn on_one_node(number: Node<'_>) -> bool {
    is_said(number, &[ONE_NODE])
}

fn is_said(number: Node<'_>, lists: &[&[&str]]) -> bool {
    beside(number).into_iter().any(|comment| {
        let lower = comment.to_ascii_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        // A mark for wplint itself has a say of its own.
        lists.iter().any(|words| says(words)) && !says(FOR_NOW) && !says(&["wplint:"])
    })
}

/// Whether a comment inside of a container has taken its readiness probe out, or says that probes are off.
pub fn probes_are_off(container: Node<'_>) -> bool {
    let comments =
        container.source_text().lines().filter_map(|line| Some(line.split_once('#')?.1.trim_start()));
    comments.map(str::to_ascii_lowercase).any(|comment| {
        comment.starts_with("readinessprobe:")
            || comment.contains("probe")
                && ["disabled", "no probe", "without", "not easily", "not possible", "not support"]
                    .iter()
                    .any(|word| comment.contains(word))
    })
}

/// Whether the requests of a container are commented out, in it or right behind it.
pub fn requests_are_out(container: Node<'_>) -> bool {
    let span = container.span();
    let text = container.tree().text_of(span.file);
    let rest = text.get(span.end as usize..).unwrap_or("").lines().skip(1).take(LINES);
    let rest = rest.take_while(|line| line.trim_start().starts_with('#'));
    container.source_text().lines().chain(rest).any(|line| {
        let comment = line.trim_start().strip_prefix('#').map(str::trim_start);
        comment.is_some_and(|comment| comment.starts_with("requests:"))
    })
}

/// How many lines of comments above a value, and below it, are about it at most.
const LINES: usize = 4;

/// So far before and behind a value its comments are looked for, in bytes: a line may be as long as a file.
const NEAR: usize = 4096;

/// The comments on a value's own line, and the lines right above and below it that hold nothing else.
fn beside(value: Node<'_>) -> Vec<&str> {
    let span = value.span();
    let text = value.tree().text_of(span.file);
    let (start, end) = (span.start as usize, span.end as usize);
    let near = ceil(text, start.saturating_sub(NEAR))..floor(text, end + NEAR);
    let (Some(before), Some(after)) = (text.get(near.start..start), text.get(end..near.end)) else {
        return Vec::new();
    };
    let comment = |line: &&str| line.trim_start().starts_with('#');
    let (own, below) = after.split_once('\n').unwrap_or((after, ""));
    let above = before.rsplit_once('\n').map_or("", |(above, _)| above);
    let mut found: Vec<&str> = above.rsplit('\n').take_while(comment).take(LINES).collect();
    found.extend(own.find(" #").map(|at| &own[at..]));
    found.extend(below.split('\n').take_while(comment).take(LINES));
    found
}
