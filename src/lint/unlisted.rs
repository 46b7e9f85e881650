//! Manifests that lie beside a kustomization and are in none (fact 13.7): a quiet word, once a directory.
//!
//! Many such files are meant to be there: alternatives, samples, what another tool reads. So this speaks of a file
//! only where the kustomization lists its neighbours, nobody mentions the file, and it deploys something new.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::document::Object;
use crate::document::{Class, Document};
use crate::files::SourceFile;
use crate::files::path::directory;
use crate::finding::{Finding, Out, RuleId};
use crate::project::{self, Kustomization};

/// The rule.
const RULE: RuleId = RuleId::new("manifest-unlisted");

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
    objects: Vec<&'f Object<'a>>,
    first: Option<&'f Document>,
    /// Something in it is no plain object.
    other: bool,
}

/// Finds them.
pub fn check(
    files: &[Arc<SourceFile>],
    documents: &[Document],
    classes: &[Class<'_>],
    objects: &[(usize, Object<'_>)],
    kustomizations: &[Kustomization],
) -> Vec<Finding> {
    if kustomizations.is_empty() {
        return Vec::new();
    }
    let mut claimed: HashSet<&str> = HashSet::new();
    for one in kustomizations {
        claimed.extend(one.resources.iter().chain(&one.parts).map(String::as_str));
    }
    let mut own: Vec<Own<'_, '_>> = files.iter().map(|_| Own::default()).collect();
    for (document, class) in documents.iter().zip(classes) {
        let file = &mut own[document.source.id.0 as usize];
        file.first.get_or_insert(document);
        file.other |= match class {
            Class::Object(object) => object.encrypted,
            Class::List(_) | Class::Comments => false,
            _ => true,
        };
    }
    for (document, object) in objects {
        own[documents[*document].source.id.0 as usize].objects.push(object);
    }
    let mut in_directory: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, file) in files.iter().enumerate() {
        in_directory.entry(directory(&file.path)).or_default().push(at);
    }
    let mut found: Vec<(&[usize], Vec<usize>)> = Vec::new();
    for one in kustomizations {
        let beside = in_directory.get(one.directory.as_str()).map_or(&[][..], Vec::as_slice);
        found.push((beside, unlisted(one, beside, files, &own, &claimed)));
    }
    let name = |at: &usize| files[*at].file_name().to_ascii_lowercase();
    let mut times: HashMap<String, usize> = HashMap::new();
    found.iter().flat_map(|one| &one.1).for_each(|at| *times.entry(name(at)).or_default() += 1);
    let mut out = Out::new(RULE);
    for (one, (beside, mut found)) in kustomizations.iter().zip(found) {
        let aside = one.directory.split('/').any(|part| part == "testdata") || is_aside(last(&one.directory));
        found.retain(|at| !aside && times[&name(at)] < HABIT);
        report(beside, &found, files, &own, &mut out);
    }
    out.into_findings()
}

/// The files beside a kustomization that should perhaps be in it.
fn unlisted(
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
    let deployed: HashSet<(&str, &str)> =
        listed.iter().flat_map(|&at| &own[at].objects).map(|object| (object.kind, object.name)).collect();
    let candidate = |at: &usize| {
        let (file, own) = (&files[*at], &own[*at]);
        !claimed.contains(file.path.as_str())
            && !own.other
            && !own.objects.is_empty()
            && file.chart.is_none()
            && !is_aside(file.file_name())
            && own.objects.iter().all(|object| is_new(object, &deployed, &file.path))
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
            format!("{}{more} beside this kustomization {verb} listed in none", names.join(", ")),
        )
        .label("does not list what lies beside it")
        .help("list it, or move it away; a comment in the kustomization that names it says that it is meant");
    for &at in found.iter().take(NAMED) {
        if let Some(object) = own[at].objects.first() {
            draft = draft.also(object.anchor(), "not deployed with the others");
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
fn is_new(object: &Object<'_>, deployed: &HashSet<(&str, &str)>, path: &str) -> bool {
    !object.name.is_empty()
        && !crate::text::placeholder::is_placeholder(object.name)
        && !deployed.contains(&(object.kind, object.name))
        && !DELIVERY.contains(&(object.group(), object.kind))
        && !project::is_fragment(object, path)
}
