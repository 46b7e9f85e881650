//! Manifests that lie beside a kustomization and are in none (fact 13.7): a quiet word, once a directory.
//!
//! Many such files are meant to be there: alternatives, samples, what another tool reads. So this speaks of a file
//! only where the kustomization lists its neighbours, nobody mentions the file, and it deploys something new.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet};

use crate::document::{Class, Document};
use crate::files::SourceFile;
use crate::files::path::directory;
use crate::finding::Out;
use crate::finding::amend::{self, Value};
use crate::project::{Input, Kustomization, Project, Written};
use crate::yaml::quoted;

/// A name that so many kustomizations leave out is left out by habit.
const HABIT: usize = 4;

/// More left out than this for each file that is listed is no oversight.
const MANY: usize = 3;

/// Files are named up to here.
const NAMED: usize = 3;

/// Words in the name of a file that is kept beside a kustomization on purpose.
const ASIDE: &[&str] = &[
    "backup",
    "bak",
    "debug",
    "deprecated",
    "disabled",
    "draft",
    "example",
    "examples",
    "expected",
    "golden",
    "job",
    "local",
    "manual",
    "old",
    "optional",
    "patch",
    "sample",
    "samples",
    "template",
    "test",
    "testdata",
    "tests",
    "tmp",
    "tmpl",
    "tutorial",
    "unused",
    "values",
];

/// Kinds that tell a delivery tool where to look: applied once by hand, or by the one above.
const DELIVERY: &[(&str, &str)] = &[
    ("argoproj.io", "AppProject"),
    ("argoproj.io", "Application"),
    ("argoproj.io", "ApplicationSet"),
    ("kustomize.toolkit.fluxcd.io", "Kustomization"),
];

/// What is known of a file.
#[derive(Default)]
struct Own<'f, 'a> {
    objects: Vec<&'f Written<'a>>,
    first: Option<&'f Document>,
    /// Something in it is no plain object.
    other: bool,
}

/// Finds them.
pub fn unlisted(project: &Project<'_>, out: &mut Out) {
    let input = project.input;
    let kustomizations = input.parts.all();
    if kustomizations.is_empty() {
        return;
    }
    let claimed: HashSet<&str> = kustomizations
        .iter()
        .flat_map(|one| one.resources.iter().chain(&one.parts))
        .map(String::as_str)
        .collect();
    let own = contents(input);
    let mut in_directory: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, file) in input.files.iter().enumerate() {
        in_directory.entry(directory(&file.path)).or_default().push(at);
    }
    let found: Vec<Found<'_>> = kustomizations
        .iter()
        .map(|kustomization| {
            let beside = in_directory.get(kustomization.directory.as_str()).map_or(&[][..], Vec::as_slice);
            let files = left_out(kustomization, beside, input.files, &own, &claimed);
            Found { kustomization, beside, files }
        })
        .collect();
    let name = |at: &usize| input.files[*at].file_name().to_ascii_lowercase();
    let mut times: HashMap<String, usize> = HashMap::new();
    found.iter().flat_map(|one| &one.files).for_each(|at| *times.entry(name(at)).or_default() += 1);
    for Found { kustomization, beside, mut files } in found {
        let directory = &kustomization.directory;
        let aside = directory.split('/').any(|part| part == "testdata") || is_aside(last(directory));
        files.retain(|at| !aside && times[&name(at)] < HABIT);
        report(beside, &files, input.files, &own, out);
    }
}

/// What lies beside a kustomization and should perhaps be in it.
struct Found<'f> {
    kustomization: &'f Kustomization,
    beside: &'f [usize],
    files: Vec<usize>,
}

/// What is in each file.
fn contents<'f, 'a>(input: &'f Input<'a>) -> Vec<Own<'f, 'a>> {
    let mut own: Vec<Own<'f, 'a>> = input.files.iter().map(|_| Own::default()).collect();
    for read in &input.documents {
        let file = &mut own[read.document.source.id.0 as usize];
        file.first.get_or_insert(read.document);
        file.other |= match &read.class {
            Class::Object(object) => object.encrypted,
            Class::List(_) | Class::Comments => false,
            _ => true,
        };
    }
    for one in &input.objects {
        own[one.object.node.span().file.0 as usize].objects.push(one);
    }
    own
}

/// The files beside a kustomization that should perhaps be in it.
fn left_out(
    kustomization: &Kustomization,
    beside: &[usize],
    files: &[Arc<SourceFile>],
    own: &[Own<'_, '_>],
    claimed: &HashSet<&str>,
) -> Vec<usize> {
    let listed: HashSet<&str> = kustomization.resources.iter().map(String::as_str).collect();
    let listed: Vec<usize> =
        beside.iter().copied().filter(|&at| listed.contains(files[at].path.as_str())).collect();
    if listed.is_empty() {
        return Vec::new();
    }
    let deployed: HashSet<(&str, &str)> = listed
        .iter()
        .flat_map(|&at| &own[at].objects)
        .map(|one| (one.object.kind, one.object.name))
        .collect();
    let candidate = |at: &usize| {
        let (file, own) = (&files[*at], &own[*at]);
        !claimed.contains(file.path.as_str())
            && !own.other
            && !own.objects.is_empty()
            && file.chart.is_none()
            && !is_aside(file.file_name())
            && own.objects.iter().all(|one| is_new(one, &deployed))
    };
    let mut found: Vec<usize> = beside.iter().copied().filter(candidate).collect();
    // Where most is left out, the kustomization picks what it needs.
    if found.len() > MANY * listed.len() {
        return Vec::new();
    }
    // A name in a comment, in the configuration of a plug-in or in a neighbour's text was left out on purpose.
    found.retain(|&at| {
        let name = files[at].file_name().as_bytes();
        let finder = memchr::memmem::Finder::new(name);
        let mentions = |other: &usize| *other != at && finder.find(files[*other].text.as_bytes()).is_some();
        !beside.iter().any(mentions)
    });
    found
}

fn report(beside: &[usize], found: &[usize], files: &[Arc<SourceFile>], own: &[Own<'_, '_>], out: &mut Out) {
    let place = beside.iter().find(|at| crate::kustomize::is_kustomization_file(&files[**at].path));
    let resources = place
        .and_then(|&at| own[at].first?.tree())
        .filter(|tree| !tree.is_empty())
        .and_then(|tree| tree.root().entry("resources"));
    let (Some(resources), false) = (resources, found.is_empty()) else {
        return;
    };
    let names: Vec<String> =
        found.iter().take(NAMED).map(|&at| format!("`{}`", files[at].file_name())).collect();
    let more = found.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let verb = if found.len() == 1 { "is" } else { "are" };
    let mut draft = out
        .report(
            resources.key,
            format!("{}{more} {verb} not listed in the kustomization of this directory", names.join(", ")),
        )
        .label("does not list all manifests of its directory")
        .help(format!(
            "list {it} under `resources` (or `patches`), delete {it}, or name {it} in a comment if that is on purpose",
            it = if found.len() == 1 { "it" } else { "them" }
        ));
    if let [only] = found {
        // As the others are written.
        let dotted = resources.value.items().any(|item| item.text().starts_with("./"));
        let dot = if dotted { "./" } else { "" };
        let item = Value::text(quoted(&format!("{dot}{}", files[*only].file_name())));
        draft = draft.repairable("list it", amend::add_item(resources.value, &item));
    }
    for &at in found.iter().take(NAMED) {
        if let Some(one) = own[at].objects.first() {
            draft = draft.also(one.object.anchor(), "not deployed with the others");
        }
    }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_aside(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // Operators made by kubebuilder come with roles for people, which each cluster binds as it likes.
    let for_people = name.contains("_editor_role.") || name.contains("_viewer_role.");
    for_people || name.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| ASIDE.contains(&word))
}

/// Whether an object would add something: it is whole, no other form of what is deployed, and no word to a tool.
fn is_new(one: &Written<'_>, deployed: &HashSet<(&str, &str)>) -> bool {
    let object = &one.object;
    !object.name.is_empty()
        && !crate::text::placeholder::is_placeholder(object.name)
        && !deployed.contains(&(object.kind, object.name))
        && !DELIVERY.contains(&(object.group(), object.kind))
        && one.wholeness.aside().is_none()
}
