//! Kustomizations that do not build, or build something else than they say.

use std::collections::HashSet;

use super::{Check, Rule, rule, unlisted};
use crate::document::is_of_flux;
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
    one.kind == other.kind && one.at.file == other.at.file && !single
}

/// So many files outside of their kustomizations are no oversight.
const OFTEN: usize = 3;

/// What ends a build. A kustomization that lists several files that are not there is one mistake.
fn broken(project: &Project<'_>, out: &mut Out) {
    let ends = |kind| {
        use TroubleKind::{Build, Cycle, Duplicate, Empty, Field, Missing, OtherField, Outside, Twice};
        matches!(kind, Missing(_) | Twice | Cycle | Duplicate | Field | OtherField | Empty | Build | Outside)
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
        let _ = match first.kind {
            TroubleKind::Twice => {
                draft.help("keep one of `kustomization.yaml`, `kustomization.yml` and `Kustomization`")
            }
            // Files of environment variables are kept out of repositories on purpose, and made before a build.
            TroubleKind::Missing(Lacking::Variables) => draft
                .severity(Severity::Warning)
                .help("`kustomize build` fails here unless the file is generated first"),
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
                    (None, TroubleKind::Duplicate) => {
                        "keep one of the two objects, or merge them with a patch"
                    }
                    _ => "correct the kustomization, and run `kustomize build` in this directory to check it",
                };
                draft.note("`kustomize build` fails").help(help)
            }
        };
    }
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
            _ => draft
                .label("the target selects nothing, so the patch is silently ignored")
                .help("target an object that `resources` brings (group, kind, name, namespace and labels must match), or remove the patch"),
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

/// The first line of a file, where there is no better place.
fn first_line(project: &Project<'_>, at: Span) -> Span {
    let FileId(file) = at.file;
    project.input.files.get(file as usize).map_or(at, |file| file.span(file.line_range(0)))
}
