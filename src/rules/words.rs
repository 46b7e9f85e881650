//! Phrases that several rules use, and the labels that go with them.

use crate::finding::Draft;
use crate::inventory::{Bound, Inventory, Replicas, Source};

/// `all 4 replicas`, or `up to 10 replicas` when an autoscaler moves the number.
pub fn all_replicas(replicas: &Replicas<'_>) -> String {
    let most = replicas.ceiling.count;
    if replicas.floor.count == most {
        if most == 2 { "both replicas".to_owned() } else { format!("all {most} replicas") }
    } else {
        format!("up to {most} replicas")
    }
}

/// `4 replicas`, or `up to 10 replicas`.
pub fn replicas(replicas: &Replicas<'_>) -> String {
    let most = replicas.ceiling.count;
    if replicas.floor.count == most { format!("{most} replicas") } else { format!("up to {most} replicas") }
}

/// Labels the place that sets a number of replicas, wherever that is.
pub fn label_bound<'o>(draft: Draft<'o>, inventory: &Inventory<'_>, bound: &Bound<'_>) -> Draft<'o> {
    let count = bound.count;
    let noun = if count == 1 { "replica" } else { "replicas" };
    match bound.source {
        Source::Written(node) => draft.also(node, format!("{count} {noun}")),
        Source::Scaler(_, Some(node)) => draft.also(node, format!("the autoscaler goes to {count} {noun}")),
        Source::Scaler(index, None) => {
            let scaler = &inventory.scalers[index];
            draft.also(scaler.spec_key(), format!("no minimum in here: {count} {noun} by default"))
        }
        Source::Defaulted => draft,
    }
}

/// Names for a sentence: `a`, `b` and 3 more.
pub fn list(names: &[String], most: usize) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        _ if names.len() > most => format!("{} and {} more", names[..most].join(", "), names.len() - most),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
