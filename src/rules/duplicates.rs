//! The same object twice (fact 0.3). Units never hold both, so this looks at all objects at once.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashMapExt};

use super::words::list;
use super::{Check, Rule, rule};
use crate::document::Object;
use crate::files::FileId;
use crate::finding::{Out, Severity};
use crate::inventory::{same_directory, same_file};
use crate::project::Project;
use crate::text::placeholder::{is_placeholder, is_shouted};

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("duplicate-object", Check::All(duplicates))];

/// How many earlier definitions of one object are compared with a new one.
const MOST: usize = 20;

fn duplicates(project: &Project<'_>, out: &mut Out) {
    // Parts such as patches belong to no unit, and what was put together from several files is written nowhere.
    let mut deployed = vec![false; project.input.objects.len()];
    let members = project.units.iter().flat_map(|unit| &unit.objects).map(|member| member.object);
    members.filter(|at| project.is_written(*at)).for_each(|at| deployed[at] = true);
    let whole = deployed.iter().enumerate().filter(|one| *one.1).map(|one| &project.pool[one.0]);
    let objects: Vec<&Object<'_>> = whole.collect();
    let mut pairs: Vec<Pair<'_>> = Vec::new();
    let mut by_files: HashMap<(FileId, FileId), usize> = HashMap::new();
    // The last definition of each object, by the hash of who it is, and the one before each.
    let mut last: HashMap<u64, usize> = HashMap::with_capacity(objects.len());
    let mut before: Vec<Option<usize>> = Vec::with_capacity(objects.len());
    for (at, object) in objects.iter().enumerate() {
        before.push(None);
        let unknown = object.name.is_empty() || is_placeholder(object.name) || is_shouted(object.name);
        // Two objects without a separator are `duplicate-key`'s matter; who they are cannot be told.
        let glued = object.node.tree().duplicates().iter().any(|one| {
            let key = object.node.tree().node(one.second).key_text();
            matches!(key, "kind" | "metadata")
        });
        let path = &object.node.tree().source().path;
        let patch = path.contains("patch") || path.contains("Patch");
        if unknown || glued || patch || object.namespace.is_some_and(is_placeholder) {
            continue;
        }
        before[at] = last.insert(FixedState::default().hash_one(object.identity()), at);
        let earlier = std::iter::successors(before[at], |&at| before[at]).map(|at| objects[at]);
        // Others hardly ever have the same hash.
        let recent = || earlier.clone().take(MOST).filter(|other| other.identity() == object.identity());
        let differs = |other: &&Object<'_>| other.node.source_text() != object.node.source_text();
        if let Some(other) = recent().filter(|other| same_file(other, object)).last() {
            let message =
                format!("{} is defined twice in this file: the last one applied wins", object.title());
            // Equal copies lose nothing.
            let severity = if differs(&other) { Severity::Error } else { Severity::Warning };
            out.report(object.anchor(), message)
                .severity(severity)
                .label("defined again")
                .also(other.anchor(), "first defined here")
                .help("keep one of them, or give one another name");
        } else if let Some(other) = recent().filter(differs).find(|other| same_directory(other, object))
            && !is_release(path)
        {
            // Two bundles share many objects: one mistake, if it is one.
            let files = (object.node.span().file, other.node.span().file);
            let at = *by_files.entry(files).or_insert(pairs.len());
            match pairs.get_mut(at) {
                Some(pair) => pair.more.push(object.title()),
                None => pairs.push(Pair { object: **object, other: *other, more: Vec::new() }),
            }
        }
    }
    for pair in pairs {
        let title = pair.object.title();
        let what = match pair.more.len() {
            0 => format!("{title} differs"),
            1 => format!("{title} and one more object differ"),
            more => format!("{title} and {more} more objects differ"),
        };
        let draft = out
            .report(pair.object.anchor(), format!("{what} between two files of this directory"))
            .severity(Severity::Info)
            .label("defined again")
            .also(pair.other.anchor(), "also defined here")
            .note("applying the directory keeps only what is applied last")
            .help("if these are variants, put each in its own directory");
        if !pair.more.is_empty() {
            draft.note(format!("the same for {}", list(&pair.more, 4)));
        }
    }
}

/// Whether a file's name has the number of a release, as files have that are kept side by side: `app-v1.2.0.yaml`.
fn is_release(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
    words.any(|word| {
        let numbers = word.trim_start_matches('v').split('.');
        numbers.take_while(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())).count()
            > 1
    })
}

/// Two files that define the same objects differently.
struct Pair<'a> {
    object: Object<'a>,
    other: Object<'a>,
    /// The titles of the others.
    more: Vec<String>,
}
