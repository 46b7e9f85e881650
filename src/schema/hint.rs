//! What was meant by a field that is not there: another spelling, or another place.

use super::problem::Frame;
use super::shape::Struct;
use crate::yaml::{Node, Step};

/// How many levels away a field may belong, up and down together.
const REACH: usize = 3;

/// A guess.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// This field of the same struct.
    Spelling(&'static str),
    /// The same field, in one of these places; empty is the object itself.
    Place(Vec<String>),
    /// This struct around it has the field, and has it filled in.
    Taken(String),
    /// This field of the security context of containers, in that of their pod.
    OfContainers(&'static str),
}

/// A longer name was not meant to be that of a field, and comparing it would take its time.
const LONGEST: usize = 64;

/// The most likely of the guesses, if one may be made.
pub(super) fn hint(name: &str, chain: &[Frame<'_>], may_guess: impl FnOnce() -> bool) -> Option<Hint> {
    let fields = chain.last()?.fields();
    if name.len() > LONGEST || !may_guess() {
        return None;
    }
    let close = spelling(name, fields);
    if let Some((field, true)) = close {
        return Some(Hint::Spelling(field));
    }
    let places = places(name, chain);
    match close {
        _ if !places.is_empty() => Some(Hint::Place(places)),
        _ if let Some(field) = of_containers(name, chain) => Some(Hint::OfContainers(field)),
        Some((field, _)) => Some(Hint::Spelling(field)),
        None => taken(name, chain).map(Hint::Taken),
    }
}

/// The field of a container's security context that is meant in the one of its pod.
fn of_containers(name: &str, chain: &[Frame<'_>]) -> Option<&'static str> {
    let [.., pod, context] = chain else { return None };
    let below = |shape: &'static Struct, name: &str| {
        let field = shape.fields.iter().find(|field| field.name == name)?;
        field.want.structure().map(|(to, _)| to)
    };
    let pod = Some(pod).filter(|_| context.name() == "PodSecurityContext")?;
    let own = below(below(pod.shape, "containers")?, "securityContext")?;
    spelling(name, own.names).filter(|(_, is_sure)| *is_sure).map(|(field, _)| field)
}

/// The struct nearby that has a field of this name with a value.
fn taken(name: &str, chain: &[Frame<'_>]) -> Option<String> {
    let (_, around) = chain.split_last()?;
    let near = around.iter().enumerate().rev().take(REACH);
    let (at, _) = near.into_iter().find(|(_, frame)| frame.fields().contains(&name))?;
    Some(path(&around[..=at]))
}

/// The field that a name resembles most, and whether there is hardly a doubt.
pub(super) fn spelling<'f>(name: &str, fields: &[&'f str]) -> Option<(&'f str, bool)> {
    let plain = |text: &str| text.replace(['-', '_'], "").to_ascii_lowercase();
    let wanted = plain(name);
    if let Some(field) = fields.iter().find(|field| plain(field) == wanted) {
        return Some((field, true));
    }
    let length = wanted.chars().count();
    let distance = |field: &&str| strsim::damerau_levenshtein(&wanted, &plain(field));
    if let Some(field) = fields.iter().min_by_key(|field| distance(field)) {
        match distance(field) {
            1 if length >= 4 => return Some((field, true)),
            far if far >= 2 && far * 4 <= length && far <= 4 => return Some((field, far * 6 <= length)),
            _ => {}
        }
    }
    // `publishNotReadyEndpoints` for `publishNotReadyAddresses`.
    let same = |field: &str| wanted.bytes().zip(field.bytes()).take_while(|(a, b)| a == b).count();
    let mut begun = fields.iter().filter(|field| same(&plain(field)) >= 12);
    if let (Some(field), None) = (begun.next(), begun.next()) {
        return Some((field, false));
    }
    // What the same thing is called in Dockerfiles and Compose files.
    let synonym = match wanted.as_str() {
        "environment" => "env",
        "entrypoint" | "cmd" => "command",
        "arguments" => "args",
        _ => "",
    };
    if let Some(field) = fields.iter().find(|field| **field == synonym) {
        return Some((field, false));
    }
    // `liveness` for `livenessProbe`.
    let part = |field: &&&'f str| {
        let field = plain(field);
        let (short, long) =
            if field.len() < length { (field, wanted.clone()) } else { (wanted.clone(), field) };
        short.len() >= 3 && short.len() * 2 >= long.len() && long.starts_with(&short)
    };
    let mut parts = fields.iter().filter(part);
    match (parts.next(), parts.next()) {
        (Some(field), None) => Some((field, false)),
        _ => None,
    }
}

/// Where the struct types around a parent do have a field of this name.
fn places(name: &str, chain: &[Frame<'_>]) -> Vec<String> {
    // The way to a JSON schema inside another is not known, and its fields are everywhere.
    if chain.iter().any(|frame| frame.name().is_empty()) {
        return Vec::new();
    }
    // All keys that do not belong here: if there are several, they belong together.
    let strays: Vec<&str> = chain.last().map_or(Vec::new(), |parent| {
        let keys = parent.node.entries().take(100).map(|entry| entry.key.key_text());
        keys.filter(|key| !parent.fields().contains(key)).collect()
    });
    let mut found: Vec<(usize, Spot)> = Vec::new();
    for (up, frame) in chain.iter().rev().enumerate() {
        if up > REACH {
            break;
        }
        let base = path(&chain[..chain.len() - up]);
        // If the ancestor has it already, this one is another.
        if up > 0 && frame.fields().contains(&name) && frame.node.get(name).is_none() {
            found.push((up, Spot { path: base.clone(), present: true }));
        }
        // Going down again must not take the way that was come up.
        let from = chain.get(chain.len() - up).and_then(|below| below.key);
        let skip = from.filter(|_| up > 0).map(|key| key.key_text());
        let (depth, node) = ((REACH - up).min(2), Some(frame.node));
        let below = &mut |steps: usize, to: &Struct, mut spot: Spot| {
            let together = strays.len() > 1 && strays.iter().all(|stray| to.names.contains(stray));
            // A level was left out, so of course it is not in the document.
            spot.present |= up == 0 && steps == 1 && together;
            // Brothers that are not in the document are alternatives to what is.
            if up == 0 || spot.present {
                found.push((up + steps - usize::from(up == 0 && together), spot));
            }
        };
        descend(name, frame.shape, &base, node, skip, 1, depth, below);
    }
    // These stand in a good many structs, and are meant for the metadata.
    if matches!(name, "name" | "namespace" | "labels" | "annotations") {
        found.retain(|(_, spot)| spot.path.ends_with("metadata"));
    }
    // What is not in the document is a step further off than what is.
    let cost = |(steps, spot): &(usize, Spot)| steps + usize::from(!spot.present);
    let Some(nearest) = found.iter().map(cost).min() else {
        return Vec::new();
    };
    found.retain(|spot| cost(spot) == nearest);
    if found.iter().any(|(_, spot)| spot.present) {
        found.retain(|(_, spot)| spot.present);
    }
    // Whatever belongs to containers is seldom meant for the others.
    let plain =
        |spot: &Spot| !spot.path.contains("initContainers") && !spot.path.contains("ephemeralContainers");
    if found.iter().any(|(_, spot)| plain(spot)) {
        found.retain(|(_, spot)| plain(spot));
    }
    let mut paths: Vec<String> = found.into_iter().map(|(_, spot)| spot.path).collect();
    paths.dedup();
    // Names such as `name` exist everywhere, which says nothing.
    if paths.len() > 3 { Vec::new() } else { paths }
}

/// A struct below another one.
pub(super) struct Below {
    /// The way to it, as people write it.
    pub path: String,
    /// Whether it is in the document.
    present: bool,
    steps: usize,
}

/// The one struct at most two levels below the last of the chain that has all these fields, what is in the document
/// and what is nearer first.
pub(super) fn below(names: &[&str], chain: &[Frame<'_>]) -> Option<Below> {
    let (last, first) = (chain.last()?, names.first()?);
    if chain.iter().any(|frame| frame.name().is_empty()) {
        return None;
    }
    let mut found: Vec<Below> = Vec::new();
    let base = path(chain);
    descend(first, last.shape, &base, Some(last.node), None, 1, 2, &mut |steps, to: &Struct, spot: Spot| {
        let plain = !spot.path.contains("initContainers") && !spot.path.contains("ephemeralContainers");
        if plain && names.iter().all(|name| to.names.contains(name)) {
            found.push(Below { path: spot.path, present: spot.present, steps });
        }
    });
    found.sort_by_key(|one| (!one.present, one.steps));
    let mut found = found.into_iter();
    let best = found.next()?;
    found.next().is_none_or(|next| (next.present, next.steps) != (best.present, best.steps)).then_some(best)
}

struct Spot {
    path: String,
    /// Whether the mapping is in the document.
    present: bool,
}

#[expect(clippy::too_many_arguments, reason = "the state of a short recursion")]
fn descend(
    name: &str,
    shape: &Struct,
    base: &str,
    node: Option<Node<'_>>,
    skip: Option<&str>,
    steps: usize,
    depth: usize,
    found: &mut impl FnMut(usize, &Struct, Spot),
) {
    if steps > depth {
        return;
    }
    for field in shape.fields {
        if Some(field.name) == skip || field.name == "status" {
            continue;
        }
        let Some((to, list)) = field.want.structure() else { continue };
        let value = node.and_then(|node| node.get(field.name));
        let inner = value.and_then(|value| if list { value.items().next() } else { Some(value) });
        let brackets = if list { "[]" } else { "" };
        let path = match base {
            "" => format!("{}{brackets}", field.name),
            _ => format!("{base}.{}{brackets}", field.name),
        };
        if to.names.contains(&name) {
            found(steps, to, Spot { path: path.clone(), present: inner.is_some() });
        }
        descend(name, to, &path, inner, None, steps + 1, depth, found);
    }
}

/// The way to the last struct of a chain, as people write it.
pub(super) fn path(chain: &[Frame<'_>]) -> String {
    let mut path = String::new();
    // The frames do not tell of maps between structs. A node knows its way, unless it is shared through an alias.
    if let [root, .., last] = chain
        && !root.node.tree().has_aliases()
    {
        for (step, _) in last.node.way().into_iter().skip(root.node.depth()) {
            match step {
                Step::Key(key) if path.is_empty() => path.push_str(key),
                Step::Key(key) => path.push_str(&format!(".{key}")),
                Step::Item(item) => path.push_str(&format!("[{item}]")),
            }
        }
        return path;
    }
    for frame in chain {
        let Some(key) = frame.key else { continue };
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key.key_text());
        if let Some(item) = frame.item {
            path.push_str(&format!("[{item}]"));
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTAINER: &[&str] = &[
        "args",
        "command",
        "env",
        "envFrom",
        "image",
        "imagePullPolicy",
        "livenessProbe",
        "name",
        "resources",
    ];

    #[test]
    fn spellings() {
        let close = [
            ("imagePulPolicy", "imagePullPolicy"),
            ("imagepullpolicy", "imagePullPolicy"),
            ("image-pull-policy", "imagePullPolicy"),
            ("image_pull_policy", "imagePullPolicy"),
            ("Image", "image"),
            ("resource", "resources"),
            ("envform", "envFrom"),
        ];
        for (wrong, right) in close {
            assert_eq!(spelling(wrong, CONTAINER), Some((right, true)), "{wrong}");
        }
        for (wrong, right) in [("liveness", "livenessProbe"), ("environment", "env"), ("comamnds", "command")]
        {
            assert_eq!(spelling(wrong, CONTAINER).map(|(field, _)| field), Some(right), "{wrong}");
        }
        for wrong in ["strategy", "volumes", "labels", "foo", "x"] {
            assert_eq!(spelling(wrong, CONTAINER), None, "{wrong}");
        }
    }
}
