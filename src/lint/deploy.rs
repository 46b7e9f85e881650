//! Kustomizations on their way to units: evaluated, made into trees, and what ends their builds said.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::document::Document;
use crate::finding::{Finding, Label, Out, RuleId, Severity};

use crate::document::Object;
use crate::files::{FileId, SourceFile, Span};
use crate::kustomize::{self, Affix, Built, Lacking, Resource, Trouble, TroubleKind, Value, World};
use crate::project::{self, Member, Relabelled, Renamed, Unit};
use crate::yaml::Tree;

/// What ends a build.
const BROKEN: RuleId = RuleId::new("kustomization-broken");

/// What one entry point deploys.
pub struct Deployed {
    /// The build, its objects taken out.
    built: Built,
    /// The trees of its objects.
    pub trees: Vec<Tree>,
}

/// What is known of single values, besides where they stand.
struct Known {
    renamed: Vec<Renamed>,
    changed: HashMap<Span, Span>,
    relabelled: Relabelled,
}

/// Evaluates the kustomizations of these units, in their order; `None` for units that are none.
pub fn evaluate(
    files: &[Arc<SourceFile>],
    documents: &[Document],
    units: &mut [Unit],
    disk: bool,
) -> Vec<Option<Deployed>> {
    let directories: Vec<&str> = units.iter().filter_map(|unit| unit.kustomization.as_deref()).collect();
    if directories.is_empty() {
        return Vec::new();
    }
    let world = World::new(files, documents, disk);
    let mut all = kustomize::build_all(&world, &directories, |built| finish(built, files)).into_iter();
    let mut one = |unit: &mut Unit| {
        unit.kustomization.as_ref()?;
        let (deployed, known) = all.next()?;
        unit.view.renamed = known.renamed;
        unit.view.relabelled = known.relabelled;
        unit.changed = known.changed;
        Some(deployed)
    };
    units.iter_mut().map(&mut one).collect()
}

/// Takes from a build what is judged. Its values are many times what they leave behind, so they go at once.
fn finish(mut built: Built, files: &[Arc<SourceFile>]) -> (Deployed, Known) {
    let resources = std::mem::take(&mut built.resources);
    let renamed = renamed(&resources, &built.affixes);
    let mut known = Known { renamed, changed: HashMap::new(), relabelled: Relabelled::default() };
    for root in resources.iter().map(|resource| &resource.root) {
        changes(root, &mut known.changed);
        if !built.labels.is_empty() {
            relabelled(root.span, root, &built.labels, files, &mut known.relabelled);
        }
    }
    known.relabelled.places.extend(&built.labels);
    let trees = resources.iter().map(|one| kustomize::tree(&one.root, files)).collect();
    (Deployed { built, trees }, known)
}

/// Puts the evaluated objects in the place of the written ones. `pool` are all objects: the written ones, then
/// those of every tree in its order, which begin at `first`.
pub fn replace(
    units: &mut [Unit],
    deployed: &[Option<Deployed>],
    pool: &[Object<'_>],
    files: &[Arc<SourceFile>],
    mut first: usize,
) {
    // What one of several kustomizations does not bring, another one may: nobody says that they are alone.
    // Nor that what no kustomization lists is applied without them.
    let built = deployed.iter().flatten().count();
    let several = built > 1;
    for (unit, deployed) in units.iter_mut().zip(deployed) {
        let Some(deployed) = deployed else {
            unit.view.elsewhere |= built > 0;
            continue;
        };
        let own = first..first + deployed.trees.len();
        first = own.end;
        let built = &deployed.built;
        let unknown =
            |trouble: &Trouble| matches!(trouble.kind, TroubleKind::Other | TroubleKind::OtherField);
        unit.view.incomplete |= built.is_partial();
        unit.view.elsewhere = several;
        unit.view.built = true;
        let unreadable = built.troubles.iter().filter(|trouble| trouble.kind == TroubleKind::Unreadable);
        unit.view.broken = unreadable.map(|trouble| directory_of(files, trouble.at)).collect();
        unit.view.affixes.clear();
        unit.view.patched = crate::project::Patched::default();
        unit.view.patched.everything =
            built.unseen.iter().any(|one| one.changes) || built.troubles.iter().any(unknown);
        let mut members = Vec::new();
        for at in own {
            let object = &pool[at];
            if project::is_fragment(object, &object.node.tree().source().path) {
                unit.view.incomplete = true;
            } else {
                members.push(Member { object: at, ..Member::default() });
            }
        }
        unit.objects = members;
        unit.files = built.files.iter().copied().collect();
    }
}

/// Which values of an object a kustomization's labels took the place of.
fn relabelled(
    object: Span,
    value: &Value,
    labels: &BTreeSet<Span>,
    files: &[Arc<SourceFile>],
    found: &mut Relabelled,
) {
    if let Some(was) = value.was.filter(|was| *was != value.span && labels.contains(&value.span)) {
        let text = files.get(was.file.0 as usize).and_then(|file| file.text.get(was.range()));
        // Labels are written plainly or in quotes.
        let text = text.unwrap_or("").trim_matches(['"', '\'']);
        found.replaced.insert((object, value.span), text.to_owned());
    }
    value.items().iter().for_each(|item| relabelled(object, item, labels, files, found));
    value.entries().iter().for_each(|entry| relabelled(object, &entry.1, labels, files, found));
}

fn directory_of(files: &[Arc<SourceFile>], at: Span) -> String {
    let path = files.get(at.file.0 as usize).map_or("", |file| file.path.as_str());
    crate::files::path::directory(path).to_owned()
}

/// Services that a prefix or a suffix renamed.
fn renamed(resources: &[Resource], affixes: &[Affix]) -> Vec<Renamed> {
    let mut found = Vec::new();
    for resource in resources.iter().filter(|one| one.kind() == "Service" && one.api_version() == "v1") {
        let former = resource.former.iter().find(|former| former.name != resource.name());
        let at = affixes.iter().find(|affix| {
            resource.prefixes.iter().any(|prefix| *prefix == affix.prefix)
                || resource.suffixes.iter().any(|suffix| *suffix == affix.suffix)
        });
        if let (Some(former), Some(at)) = (former, at) {
            let (from, to) = (former.name.to_string(), resource.name().to_owned());
            found.push(Renamed { from, to, at: at.at });
        }
    }
    found
}

/// Where the values stood that others took the place of.
fn changes(value: &Value, found: &mut HashMap<Span, Span>) {
    if let Some(was) = value.was {
        found.insert(value.span, was);
    }
    value.items().iter().for_each(|item| changes(item, found));
    value.entries().iter().for_each(|entry| changes(&entry.1, found));
}

/// What would end the builds, once for every place.
pub fn troubles(deployed: &[Option<Deployed>], files: &[Arc<SourceFile>]) -> Vec<Finding> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for trouble in deployed.iter().flatten().flat_map(|one| &one.built.troubles) {
        if seen.insert((trouble.at, &trouble.message)) {
            found.extend(finding(trouble, files).into_iter().map(|finding| (trouble.kind, finding)));
        }
    }
    together(found)
}

/// What is not evaluated, once for each entry point; what several of them share is said for the first.
pub fn unseen(deployed: &[Option<Deployed>]) -> Vec<Finding> {
    let mut out = Out::new(RuleId::new("kustomization-not-evaluated"));
    let mut said = HashSet::new();
    for built in deployed.iter().flatten().map(|one| &one.built) {
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
            .report(first.at, format!("evaluated without {}{more}", first.what))
            .label("nothing is claimed that depends on it")
            .help("to have it judged, lint what is built: `kubectl kustomize . | wplint -`, with `--enable-helm` for charts");
        for one in rest.iter().take(SHOWN) {
            draft = draft.also(one.at, format!("{}, not evaluated either", one.what));
        }
    }
    out.into_findings()
}

/// Further parts that are not evaluated are shown up to here.
const SHOWN: usize = 2;

/// A kustomization that lists several files that are not there is one mistake.
fn together(mut found: Vec<(TroubleKind, Finding)>) -> Vec<Finding> {
    found.sort_by_key(|(_, finding)| (finding.rule, finding.span));
    let mut kept: Vec<(TroubleKind, Finding)> = Vec::new();
    for (kind, finding) in found {
        match kept.last_mut() {
            Some((other, last))
                if finding.rule == BROKEN && *other == kind && last.span.file == finding.span.file =>
            {
                last.also.push(Label { span: finding.span, message: finding.message });
            }
            _ => kept.push((kind, finding)),
        }
    }
    kept.into_iter().map(|one| one.1).collect()
}

fn finding(trouble: &Trouble, files: &[Arc<SourceFile>]) -> Vec<Finding> {
    let rule = match trouble.kind {
        TroubleKind::Missing(_)
        | TroubleKind::Twice
        | TroubleKind::Cycle
        | TroubleKind::Duplicate
        | TroubleKind::Field
        | TroubleKind::OtherField
        | TroubleKind::Empty => BROKEN,
        TroubleKind::NoTarget | TroubleKind::IdleTarget => RuleId::new("patch-matches-nothing"),
        TroubleKind::IdleImage => RuleId::new("image-override-matches-nothing"),
        TroubleKind::Unreadable | TroubleKind::Other => return Vec::new(),
    };
    let mut out = Out::new(rule);
    match trouble.kind {
        TroubleKind::NoTarget => drop(
            out.report(trouble.at, trouble.message.clone())
                .severity(Severity::Error)
                .label("nothing of this name is in the build")
                .help(
                    "the build ends here; name an object that the resources bring, by the name it has there",
                ),
        ),
        TroubleKind::IdleTarget => drop(
            out.report(trouble.at, trouble.message.clone())
                .label("this target selects nothing, and the patch is passed over without a word")
                .help("correct the target, or remove the patch"),
        ),
        TroubleKind::IdleImage => {
            let draft = out
                .report(trouble.at, trouble.message.clone())
                .label("kustomize ignores this entry, and the images stay as they are");
            match &trouble.help {
                Some(help) => draft.help(help.clone()),
                None => draft.severity(Severity::Info).help(
                    "write the name as it stands in the manifests, with its registry and without the tag",
                ),
            };
        }
        TroubleKind::Twice => {
            let at = first_key(trouble.at, files);
            out.report(at, trouble.message.clone())
                .help("keep one of `kustomization.yaml`, `kustomization.yml` and `Kustomization`");
        }
        // Files of environment variables are kept out of repositories on purpose, and made before a build.
        TroubleKind::Missing(Lacking::Variables) => drop(
            out.report(trouble.at, trouble.message.clone())
                .severity(Severity::Warning)
                .help("the build ends here unless something makes the file first"),
        ),
        // Another version of kustomize may read it.
        TroubleKind::OtherField | TroubleKind::Empty => drop(
            out.report(trouble.at, trouble.message.clone())
                .severity(Severity::Warning)
                .help("kustomize 5 refuses it, and the build ends here"),
        ),
        _ => {
            let help = trouble.help.as_deref().map_or_else(String::new, |help| format!("; {help}"));
            out.report(trouble.at, trouble.message.clone()).help(format!("the build ends here{help}"));
        }
    }
    out.into_findings()
}

/// The first line of a file, where there is no better place.
fn first_key(at: Span, files: &[Arc<SourceFile>]) -> Span {
    let FileId(file) = at.file;
    files.get(file as usize).map_or(at, |file| {
        let line = file.line_range(0);
        file.span(line)
    })
}
