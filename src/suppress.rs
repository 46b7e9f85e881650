//! Who silences what: comments, annotations and overrides against the findings, after all rules ran.
//!
//! Rules never know. So a mark that silences nothing and a name that does not exist are found, too.

pub mod add;
mod marks;
mod places;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use crate::config::Name;
use crate::document::{NameGlobs, Object};
use crate::files::{FileId, SourceFile, Span};
use crate::finding::{Finding, Fix, Label, RuleId, Severity};
use crate::rules::suppression::{UNKNOWN, UNUSED};
use crate::rules::{self, Rule, naming};
use crate::run::{Reported, Status};
use crate::settings::{Override, Settings, is_selected};
use crate::yaml::Tree;
use marks::{Cover, Mark};
use places::Places;

/// What the silencers are looked for in.
#[derive(Clone, Copy, Debug)]
pub struct Input<'i, 'a> {
    /// Every document that was linted, with its comments.
    pub documents: &'i [&'a Tree],
    /// Every object, in the order of documents.
    pub objects: &'i [Object<'a>],
    /// Templates of charts, and whether all of what they print was judged.
    pub templates: &'i [(Arc<SourceFile>, bool)],
    /// The files of the run.
    pub files: &'i [Arc<SourceFile>],
    /// The configuration file among them.
    pub config: FileId,
}

/// Sets the status of every finding that somebody silenced, and reports unknown and unused silencers.
///
/// The findings may hold some that are dropped later (a finding in one of several variants): a mark that
/// matters for one of them is used.
pub fn silence(findings: &mut [Reported], input: &Input<'_, '_>, settings: &Settings) -> Vec<Finding> {
    let marks = marks::all(input, settings);
    let places = Places::new(&marks);
    let objects = ObjectIndex::new(input.objects);
    let mut used: Vec<Vec<bool>> = marks.iter().map(|mark| vec![false; mark.names.len()]).collect();
    let mut overrides = Overrides::new(input, settings, &objects);
    for reported in findings.iter_mut() {
        let Some(rule) = rules::of(reported.finding.rule).filter(|rule| rule.page().group != "internal")
        else {
            continue;
        };
        let mut status = None;
        for span in ends(&reported.finding) {
            for at in places.covering(span) {
                for (name, used) in marks[at].names.iter().zip(&mut used[at]) {
                    if naming::covers(&name.text, rule) {
                        *used = true;
                        let (reason, by) = (marks[at].reason.clone(), marks[at].by);
                        status.get_or_insert(Status::Suppressed { reason, by });
                    }
                }
            }
        }
        let by_override = overrides.silenced(&reported.finding, rule);
        if let Some(status) = status.or(by_override) {
            reported.status = status;
        }
    }
    let mut found = Vec::new();
    let near = Near::new(findings);
    for (mark, used) in marks.iter().zip(&used) {
        judge(mark, used, input, settings, &near, &mut found);
    }
    found.retain(|finding| {
        let rule = rules::of(finding.rule);
        settings.is_enabled(finding.rule.name())
            && rule.is_none_or(|rule| overrides.silenced(finding, rule).is_none())
    });
    if settings.config_in_view && settings.is_enabled(UNUSED.name()) {
        found.extend(overrides.idle());
    }
    found
}

/// Hides what is below `--min-severity` or outside `--only`.
pub fn hide(findings: &mut [Reported], files: &[Arc<SourceFile>], settings: &Settings) {
    let mut reported_files: HashMap<FileId, bool> = HashMap::new();
    for one in findings.iter_mut().filter(|one| one.status == Status::Shown) {
        let file = one.finding.span.file;
        let reported = *reported_files.entry(file).or_insert_with(|| {
            files.get(file.0 as usize).is_none_or(|source| settings.is_reported(&source.path))
        });
        if !reported || one.severity < settings.min_severity {
            one.status = Status::Hidden;
        }
    }
}

fn ends(finding: &Finding) -> impl Iterator<Item = Span> + '_ {
    std::iter::once(finding.span).chain(finding.also.iter().map(|label| label.span))
}

fn finding(rule: RuleId, span: Span, message: String, help: Option<String>) -> Finding {
    Finding { help, ..Finding::new(rule, span, message) }
}

/// What is wrong with a mark: it is not understood, a name is unknown, or a name silences nothing.
fn judge(
    mark: &Mark,
    used: &[bool],
    input: &Input<'_, '_>,
    settings: &Settings,
    near: &Near,
    found: &mut Vec<Finding>,
) {
    if let Some(message) = mark.malformed {
        let help = "write `# wplint: ignore[rule] reason` or `# wplint: ignore-object[rule] reason`";
        found.push(finding(UNKNOWN, mark.span, message.to_owned(), Some(help.to_owned())));
    }
    for (name, used) in mark.names.iter().zip(used) {
        if naming::reach(&name.text).is_none() {
            let message = format!("unknown rule or group `{}`", name.text);
            let help = match naming::suggestion(&name.text) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`wplint rules` lists the rules and their groups".to_owned(),
            };
            let fix = naming::suggestion(&name.text);
            let fix = fix.map(|near| Fix::safe(format!("write `{near}`")).replace(name.span, near));
            found.push(Finding { fix, ..finding(UNKNOWN, name.span, message, Some(help)) });
            continue;
        }
        // Rules that were not asked for had no chance to report anything.
        if *used || mark.uncertain || !is_selected(&name.text, &settings.enabled) {
            continue;
        }
        let (message, help) = match mark.cover {
            Cover::Nothing => (
                format!("this mark for `{}` covers nothing", name.text),
                "put it at the end of the line, or alone on the line directly above an entry; \
                 `ignore-object` covers the whole object",
            ),
            Cover::Range(_) => (
                format!("nothing is found here that `{}` would silence", name.text),
                "remove the mark, or put it where the finding is",
            ),
        };
        let mut unused = finding(UNUSED, name.span, message, Some(help.to_owned()));
        unused.also.extend(near.find(name, input));
        unused.fix = removal(mark, input).filter(|_| unused.also.is_empty());
        found.push(unused);
    }
}

/// Takes out a comment that is nothing but a mark for one name, with the line that it stands on alone.
fn removal(mark: &Mark, input: &Input<'_, '_>) -> Option<Fix> {
    let text = &input.files.get(mark.span.file.0 as usize)?.text;
    let range = mark.span.range();
    if mark.by != "comment" || mark.names.len() != 1 || !text.get(range.clone())?.starts_with('#') {
        return None;
    }
    let before = text.get(..range.start)?;
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let blank = before.get(line..)?.trim().is_empty();
    let start = if blank { line } else { before.trim_end_matches([' ', '\t']).len() };
    let rest = text.get(range.end..)?;
    let end = match rest.find('\n') {
        Some(at) if blank => range.end + at + 1,
        _ => range.end,
    };
    let span = Span { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()?, ..mark.span };
    Some(Fix::safe("remove the mark").replace(span, ""))
}

/// Where the findings of each rule are in each file, ascending, to show where a misplaced mark should have been.
struct Near {
    places: HashMap<FileId, BTreeMap<RuleId, Vec<Span>>>,
}

/// A mark this many lines off was meant for the finding.
const MISPLACED: u32 = 6;

impl Near {
    fn new(findings: &[Reported]) -> Self {
        let mut places: HashMap<FileId, BTreeMap<RuleId, Vec<Span>>> = HashMap::new();
        for one in findings.iter().filter(|one| one.status == Status::Shown) {
            let Finding { span, rule, .. } = one.finding;
            places.entry(span.file).or_default().entry(rule).or_default().push(span);
        }
        places.values_mut().flat_map(BTreeMap::values_mut).for_each(|spans| spans.sort_unstable());
        Near { places }
    }

    fn find(&self, name: &Name, input: &Input<'_, '_>) -> Option<Label> {
        let source = input.files.get(name.span.file.0 as usize)?;
        let line = |span: Span| source.line_index(span.start) as u32;
        let (mut before, mut after) = (None, None);
        for (rule, spans) in self.places.get(&name.span.file)? {
            if !rules::of(*rule).is_some_and(|rule| naming::covers(&name.text, rule)) {
                continue;
            }
            let at = spans.partition_point(|span| *span < name.span);
            before = before.max(at.checked_sub(1).map(|at| (spans[at], *rule)));
            after = after.into_iter().chain(spans.get(at).map(|span| (*span, *rule))).min();
        }
        let distance = |(span, _): &(Span, RuleId)| line(*span).abs_diff(line(name.span));
        let close = after.into_iter().chain(before).filter(|one| distance(one) <= MISPLACED);
        let nearest = close.min_by_key(distance)?;
        Some(Label { span: nearest.0, message: format!("`{}` is found here", nearest.1) })
    }
}

/// Which object a place lies in.
struct ObjectIndex<'i, 'a> {
    sorted: Vec<&'i Object<'a>>,
}

impl<'i, 'a> ObjectIndex<'i, 'a> {
    fn new(objects: &'i [Object<'a>]) -> Self {
        let mut sorted: Vec<&Object<'_>> = objects.iter().collect();
        sorted.sort_by_key(|object| object.node.span());
        ObjectIndex { sorted }
    }

    fn at(&self, span: Span) -> Option<&'i Object<'a>> {
        let key = |object: &&Object<'_>| (object.node.span().file, object.node.span().start);
        let after = self.sorted.partition_point(|object| key(object) <= (span.file, span.start));
        let object = self.sorted.get(after.checked_sub(1)?)?;
        object.node.span().contains(span).then_some(object)
    }
}

/// Where no object is.
const NO_OBJECT: *const () = std::ptr::null();

/// The overrides, and whether they were of any use.
struct Overrides<'i, 'a> {
    settings: &'i Settings,
    input: &'i Input<'i, 'a>,
    objects: &'i ObjectIndex<'i, 'a>,
    used: Vec<Vec<bool>>,
    /// For each file, which overrides are about its path.
    by_file: HashMap<FileId, Vec<bool>>,
    /// For each object by its address, the overrides that are about it, ascending.
    by_object: HashMap<*const (), Rc<[usize]>>,
    /// The names of objects in overrides, and which overrides have them.
    names: (NameGlobs, Vec<usize>),
    /// The overrides without one.
    nameless: Vec<usize>,
}

impl<'i, 'a> Overrides<'i, 'a> {
    fn new(input: &'i Input<'i, 'a>, settings: &'i Settings, objects: &'i ObjectIndex<'i, 'a>) -> Self {
        let used = settings.overrides.iter().map(|one| vec![false; one.ignore.len()]).collect();
        let name = |one: &Override| one.object.as_ref().and_then(|object| object.name.clone());
        let mut names = (NameGlobs::default(), Vec::new());
        let mut nameless = Vec::new();
        for (at, one) in settings.overrides.iter().enumerate() {
            if let Some(name) = name(one) {
                names.0.extend([name]);
                names.1.push(at);
            } else {
                nameless.push(at);
            }
        }
        let (by_file, by_object) = (HashMap::new(), HashMap::new());
        Overrides { settings, input, objects, used, by_file, by_object, names, nameless }
    }

    /// The overrides that are about an object, or about places without one, whatever their paths.
    fn about(&self, object: Option<&Object<'_>>) -> Vec<usize> {
        let named = object.map_or_else(Vec::new, |object| self.names.0.matching(object.name));
        let named = named.into_iter().map(|at| self.names.1[at]);
        let is_meant = |at: &usize| {
            let wanted = self.settings.overrides[*at].object.as_ref();
            wanted.is_none_or(|wanted| object.is_some_and(|object| wanted.matches(object)))
        };
        let mut about: Vec<usize> = self.nameless.iter().copied().chain(named).filter(is_meant).collect();
        about.sort_unstable();
        about
    }

    fn silenced(&mut self, finding: &Finding, rule: &Rule) -> Option<Status> {
        if self.settings.overrides.is_empty() {
            return None;
        }
        let mut status = None;
        for span in ends(finding) {
            let (settings, input) = (self.settings, self.input);
            self.by_file.entry(span.file).or_insert_with(|| {
                let path = input.files.get(span.file.0 as usize).map(|file| file.path.as_str());
                let path = settings.absolute(path.unwrap_or("").as_ref());
                let covers =
                    |one: &Override| one.paths.as_ref().is_none_or(|globs| globs.matches(&path, None, true));
                settings.overrides.iter().map(covers).collect()
            });
            let object = self.objects.at(span);
            let key = object.map_or(NO_OBJECT, |object| std::ptr::from_ref(object).cast());
            let about = match self.by_object.get(&key) {
                Some(about) => Rc::clone(about),
                None => {
                    let about: Rc<[usize]> = self.about(object).into();
                    self.by_object.insert(key, Rc::clone(&about));
                    about
                }
            };
            let paths = &self.by_file[&span.file];
            for &at in about.iter().filter(|at| paths[**at]) {
                let one = &settings.overrides[at];
                for (name, used) in one.ignore.iter().zip(&mut self.used[at]) {
                    if naming::covers(&name.text, rule) {
                        *used = true;
                        let reason = one.reason.clone();
                        status.get_or_insert(Status::Suppressed { reason, by: "override" });
                    }
                }
            }
        }
        status
    }

    /// Entries that silenced nothing, at their place in the configuration.
    fn idle(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for (one, used) in self.settings.overrides.iter().zip(&self.used) {
            for (name, used) in one.ignore.iter().zip(used).filter(|_| !one.inherited) {
                if !used && is_selected(&name.text, &self.settings.enabled) {
                    let span = Span { file: self.input.config, ..name.span };
                    let message = format!("this override of `{}` silences nothing", name.text);
                    let help = "remove it".to_owned();
                    let mut idle = finding(UNUSED, span, message, Some(help));
                    idle.severity = Some(Severity::Info);
                    found.push(idle);
                }
            }
        }
        found
    }
}
