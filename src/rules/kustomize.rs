//! Kustomizations that do not build, or build something else than they say.

use std::collections::HashSet;

use super::{Check, Rule, rule, unlisted};
use crate::document::is_of_flux;
use crate::files::path::{directory, join};
use crate::files::{FileId, Span};
use crate::finding::{Out, Severity};
use crate::kustomize::{Lacking, Trouble, TroubleKind};
use crate::project::Project;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("kustomization-broken", Check::All(broken)),
    rule!("kustomization-not-evaluated", Check::All(not_evaluated)),
    rule!("manifest-unlisted", Check::All(unlisted::unlisted)),
    rule!("patch-matches-nothing", Check::All(matches_nothing)),
    rule!("image-override-matches-nothing", Check::All(idle_image)),
];

/// What would end the builds, once for every place, in the order of the places.
fn troubles<'p>(project: &'p Project<'_>, of: impl Fn(TroubleKind) -> bool) -> Vec<&'p Trouble> {
    let mut seen = HashSet::new();
    let all = project.builds.iter().flat_map(|one| &one.built.troubles);
    let mut found: Vec<&Trouble> =
        all.filter(|one| of(one.kind) && seen.insert((one.at, &one.message))).collect();
    found.sort_by_key(|trouble| trouble.at);
    found
}

/// Whether two troubles are one mistake: of one kind in one file, and not of a field each.
fn is_alike(one: &&Trouble, other: &&Trouble) -> bool {
    let single = matches!(one.kind, TroubleKind::Field | TroubleKind::OtherField | TroubleKind::Build);
    let twice = |one: &Trouble| matches!(one.kind, TroubleKind::Duplicate(_));
    let same = one.kind == other.kind || twice(one) && twice(other);
    same && one.at.file == other.at.file && !single
}

/// So many files outside of their kustomizations are no oversight.
const OFTEN: usize = 3;

/// What ends a build. A kustomization that lists several files that are not there is one mistake.
fn broken(project: &Project<'_>, out: &mut Out) {
    let ends = |kind| {
        use TroubleKind::{Build, Cycle, Duplicate, Empty, Field, Missing, OtherField, Outside, Twice};
        matches!(
            kind,
            Missing(_) | Twice | Cycle | Duplicate(_) | Field | OtherField | Empty | Build | Outside
        )
    };
    // Flux builds without this restriction.
    let flux = project.pool.iter().any(|object| is_of_flux(object.node));
    let found = troubles(project, |kind| ends(kind) && !(flux && matches!(kind, TroubleKind::Outside)));
    // Whoever does it again and again builds without the restriction.
    let outside = found.chunk_by(is_alike).filter(|alike| alike[0].kind == TroubleKind::Outside).count();
    let mut is_said = false;
    for alike in found.chunk_by(is_alike) {
        let Some((first, rest)) = alike.split_first() else {
            continue;
        };
        let at = if first.kind == TroubleKind::Twice { first_line(project, first.at) } else { first.at };
        let mut draft = out.report(at, first.message.clone());
        for other in rest {
            draft = draft.also(other.at, other.message.clone());
        }
        for one in alike.iter().take(3) {
            if let TroubleKind::Duplicate(other) = one.kind {
                draft = draft.also(first_line_of(project, other), "the first of the two");
            }
        }
        let _ = match first.kind {
            TroubleKind::Twice => {
                draft.help("keep one of `kustomization.yaml`, `kustomization.yml` and `Kustomization`")
            }
            // Files of environment variables are kept out of repositories on purpose, and made before a build.
            TroubleKind::Missing(Lacking::Variables) => draft
                .severity(Severity::Warning)
                .help("`kustomize build` fails here unless the file is generated first"),
            TroubleKind::Missing(_) if alike.iter().all(|one| copied(project, one.at).is_some()) => {
                let (why, help) = copied(project, first.at).unwrap_or_default();
                draft.severity(Severity::Info).label(why).help(help)
            }
            TroubleKind::Outside => {
                let again = outside >= OFTEN && std::mem::replace(&mut is_said, true);
                if outside >= OFTEN && !again {
                    draft = draft.note(format!("so it is in {} more places, which are infos", outside - 1));
                }
                draft
                    .severity(if again { Severity::Info } else { Severity::Warning })
                    .label("`kubectl apply -k` refuses it")
                    .help(
                        "move the file below the kustomization, make a base of its directory, or build with \
                         `--load-restrictor LoadRestrictionsNone`",
                    )
            }
            // Another version of kustomize may read it.
            TroubleKind::OtherField | TroubleKind::Empty => {
                draft.severity(Severity::Warning).help("`kustomize build` fails here: kustomize 5 rejects it")
            }
            _ => {
                let help = match (&first.help, first.kind) {
                    (Some(help), _) => help.as_str(),
                    (None, TroubleKind::Missing(_)) => "add the file, or correct the path",
                    (None, TroubleKind::Cycle) => "take one of the two references out",
                    (None, TroubleKind::Duplicate(_)) => {
                        "keep one of the two objects, or merge them with a patch"
                    }
                    _ => "correct the kustomization, and run `kustomize build` in this directory to check it",
                };
                draft.note("`kustomize build` fails").help(help)
            }
        };
    }
}

/// Why a file that is not there may well be there where the kustomization is built, and what to do, if so.
fn copied(project: &Project<'_>, at: Span) -> Option<(String, &'static str)> {
    let files = project.input.files;
    let file = files.get(at.file.0 as usize)?;
    let entry = file.text.get(at.range())?.trim_matches(['"', '\'']).trim_start_matches("./");
    let is_there = |path: &str| {
        let mut inside = files.iter().filter_map(|one| one.path.strip_prefix(path));
        inside.any(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    // The operator's own tool makes it before it builds the bundle.
    if entry.ends_with(".clusterserviceversion.yaml") {
        let help = "run `operator-sdk generate kustomize manifests` before the build";
        return Some(("`operator-sdk` makes this file".to_owned(), help));
    }
    // A path that says its own directory again was written for one above it.
    let own = directory(&file.path);
    let first = entry.split('/').next().unwrap_or_default();
    for (start, _) in own.match_indices(first).filter(|_| !first.is_empty() && first != "..") {
        let is_part = own[..start].is_empty() || own[..start].ends_with('/');
        let above = own[..start].trim_end_matches('/');
        let meant = join(above, entry);
        if is_part && !above.is_empty() && is_there(&meant) {
            return Some((
                format!("this path fits from `{above}/`"),
                "if the kustomization is not copied there before the build, write the path from its own directory",
            ));
        }
    }
    // A role of Ansible copies its templates to where they belong.
    let mut folders = own.match_indices("templates").filter(|(start, word)| {
        let rest = &own[start + word.len()..];
        (own[..*start].is_empty() || own[..*start].ends_with('/'))
            && (rest.is_empty() || rest.starts_with('/'))
    });
    let is_role = |above: &str| {
        let prefix = if above.is_empty() { String::new() } else { format!("{above}/") };
        ["tasks", "playbook.yaml"].iter().any(|name| is_there(&format!("{prefix}{name}")))
    };
    let is_template = folders.any(|(start, _)| is_role(own[..start].trim_end_matches('/')));
    is_template.then(|| {
        let help = "if Ansible does not copy the kustomization to where it belongs, correct the path";
        ("a role of Ansible has this directory as a template".to_owned(), help)
    })
}

/// Patches for objects that are not there.
fn matches_nothing(project: &Project<'_>, out: &mut Out) {
    let of = |kind| matches!(kind, TroubleKind::NoTarget | TroubleKind::IdleTarget);
    for trouble in troubles(project, of) {
        let draft = out.report(trouble.at, trouble.message.clone());
        let _ = match trouble.kind {
            TroubleKind::NoTarget => {
                let help = trouble.help.clone().unwrap_or_else(|| {
                    "name an object that `resources` brings, without the prefix and suffix of this kustomization, or remove the patch"
                        .to_owned()
                });
                let draft = draft.severity(Severity::Error).label("no such object is built here");
                draft.note("`kustomize build` fails").help(help)
            }
            _ => {
                let help = trouble.help.as_deref().unwrap_or(
                    "target an object that `resources` brings (group, kind, name, namespace and labels must match), or remove the patch",
                );
                draft.label("the target selects nothing, so the patch is silently ignored").help(help)
            }
        };
    }
}

/// Entries of `images` that name an image which is not in the build.
fn idle_image(project: &Project<'_>, out: &mut Out) {
    for trouble in troubles(project, |kind| kind == TroubleKind::IdleImage) {
        let draft = out
            .report(trouble.at, trouble.message.clone())
            .label("kustomize ignores this entry, and the images stay as they are");
        let _ = match &trouble.help {
            Some(help) => draft.help(help.clone()),
            None => draft
                .severity(Severity::Info)
                .help("use the image name from the manifests, with its registry and without the tag, or remove the entry"),
        };
    }
}

/// What is not evaluated, once for each entry point; what several of them share is said for the first.
fn not_evaluated(project: &Project<'_>, out: &mut Out) {
    let mut said = HashSet::new();
    for built in project.builds.iter().map(|one| &one.built) {
        let new: Vec<_> = built.unseen.iter().filter(|one| said.insert(one.at)).collect();
        let Some((first, rest)) = new.split_first() else {
            continue;
        };
        let more = match rest.len() {
            0 => String::new(),
            1 => " and one more part".to_owned(),
            count => format!(" and {count} more parts"),
        };
        let mut draft = out
            .report(first.at, format!("the build is checked without {}{more}", first.what))
            .label("not checked")
            .note("findings that depend on it are left out")
            .help("to check all of it, run `kubectl kustomize --enable-helm . | wplint -` in this directory");
        for one in rest.iter().take(SHOWN) {
            draft = draft.also(one.at, format!("{}, not checked either", one.what));
        }
    }
}

/// Further parts that are not evaluated are shown up to here.
const SHOWN: usize = 2;

/// The line where something begins.
fn first_line_of(project: &Project<'_>, at: Span) -> Span {
    let file = project.input.files.get(at.file.0 as usize);
    file.map_or(at, |file| file.span(file.line_range(file.line_index(at.start))))
}

/// The first line of a file, where there is no better place.
fn first_line(project: &Project<'_>, at: Span) -> Span {
    let FileId(file) = at.file;
    project.input.files.get(file as usize).map_or(at, |file| file.span(file.line_range(0)))
}
