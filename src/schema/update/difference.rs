//! Where two states of an object differ.

use super::canon::{Canon, Value};
use crate::files::Span;

/// Two places that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The way from the object.
    pub path: String,
    /// Where it was.
    pub then: Span,
    /// Where it is.
    pub now: Span,
}

/// The first place below a path at which two objects differ.
pub fn differ(then: &Canon, now: &Canon, path: &[&str]) -> Option<Difference> {
    // What is missing is shown at what it is missing from.
    let nearest = |of: &Canon| {
        let mut at = of.clone();
        for name in path {
            match at.get(name) {
                Some(inner) => at = inner.clone(),
                None => break,
            }
        }
        at.span
    };
    let way = path.join(".");
    match (then.at(path), now.at(path)) {
        (None, None) => None,
        (Some(old), Some(new)) => first(old, new, way),
        _ => Some(Difference { path: way, then: nearest(then), now: nearest(now) }),
    }
}

/// The first place at which two values at a path differ.
pub fn first(old: &Canon, new: &Canon, path: String) -> Option<Difference> {
    if old == new {
        return None;
    }
    let here = Difference { path: path.clone(), then: old.span, now: new.span };
    match (&old.value, &new.value) {
        (Value::Map(before), Value::Map(after)) => {
            let step = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            for (name, value) in before {
                match new.get(name) {
                    Some(other) if other == value => {}
                    Some(other) => return first(value, other, step(name)),
                    None => return Some(Difference { path: step(name), then: value.span, now: new.span }),
                }
            }
            let added = after.iter().find(|(name, _)| old.get(name).is_none());
            added.map(|(name, value)| Difference { path: step(name), then: old.span, now: value.span })
        }
        (Value::List(before), Value::List(after)) => {
            let pairs = before.iter().zip(after).enumerate();
            for (at, (one, other)) in pairs {
                if let Some(found) = first(one, other, format!("{path}[{at}]")) {
                    return Some(found);
                }
            }
            let at = before.len().min(after.len());
            let then = before.get(at).map_or(old.span, |item| item.span);
            let now = after.get(at).map_or(new.span, |item| item.span);
            Some(Difference { path: format!("{path}[{at}]"), then, now })
        }
        _ => Some(here),
    }
}
