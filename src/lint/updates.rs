//! Rule `immutable-field-changed`: the objects of an earlier revision and those of now, compared by what the server
//! refuses.

use std::collections::HashMap;
use std::sync::Arc;

use crate::files::{FileId, SourceFile, Span};
use crate::finding::{Finding, Out, Severity};
use crate::project::past::{Deployed, Past};
use crate::rules::IMMUTABLE_FIELD_CHANGED;
use crate::schema::update::Refused;

/// What was found, with the files of the earlier revision that it points at.
#[derive(Default)]
pub struct Updates {
    /// The objects of this run.
    pub deployed: Vec<Deployed>,
    /// The findings.
    pub findings: Vec<Finding>,
    /// Files that follow those of the run.
    pub files: Vec<Arc<SourceFile>>,
    /// Secret values in them.
    pub masks: Vec<Span>,
}

impl Updates {
    /// A place of the past as one of a file that follows those of the run.
    fn brought(
        &mut self,
        past: &Past,
        then: Span,
        behind: usize,
        places: &mut HashMap<FileId, FileId>,
    ) -> Option<Span> {
        let source = past.files.get(then.file.0 as usize)?;
        let file = *places.entry(source.id).or_insert_with(|| {
            let id = FileId((behind + self.files.len()) as u32);
            let path = format!("{}:{}", past.revision, source.path);
            self.files.push(Arc::new(SourceFile::new(id, path, source.text.clone())));
            let masks = past.masks.iter().filter(|mask| mask.file == source.id);
            self.masks.extend(masks.map(|mask| Span { file: id, ..*mask }));
            id
        });
        Some(Span { file, ..then })
    }
}

/// Compares what is deployed now with the past; `files` are those of the run.
pub fn check(past: &Past, now: &[Deployed], files: &[Arc<SourceFile>]) -> Updates {
    let mut found = Updates::default();
    let mut out = Out::new(IMMUTABLE_FIELD_CHANGED);
    let mut places: HashMap<FileId, FileId> = HashMap::new();
    let known = Known::new(past, now, files);
    for object in now.iter().filter(|object| !object.is_replaced) {
        let Some(before) = known.before(object) else { continue };
        for refusal in before.state.refuses(&object.state) {
            let title = &object.title;
            let field = &refusal.field;
            let mut severity = object.expires.then_some(Severity::Warning);
            let draft = match &refusal.by {
                Refused::Update(changed) => {
                    let message = format!("`{field}` of {title} changes, which the API server refuses");
                    let draft = out.report(refusal.now, message);
                    match changed == field {
                        true => draft.label("it is this now"),
                        false => draft.label(format!("`{changed}` is this now")),
                    }
                }
                Refused::Apply { says, label } => {
                    severity = Some(Severity::Warning);
                    let message = format!("`{field}` of {title} {says}, which server-side apply refuses");
                    out.report(refusal.now, message).label(label)
                }
            };
            let mut draft = draft.help(refusal.way_out);
            if let Some(then) =
                refusal.then.and_then(|then| found.brought(past, then, files.len(), &mut places))
            {
                draft = draft.also(then, "it was this");
            }
            if let Some(first) = refusal.first {
                draft = draft.also(first, "first here");
            }
            if let Some(severity) = severity {
                draft.severity(severity);
            }
        }
    }
    found.findings = out.into_findings();
    found
}

type Identity = (String, Option<String>, String);

/// Finds what an object was.
struct Known<'p> {
    past: &'p Past,
    files: &'p [Arc<SourceFile>],
    before: HashMap<&'p Identity, Vec<&'p Deployed>>,
    /// How many objects have an identity now.
    now: HashMap<&'p Identity, usize>,
}

impl<'p> Known<'p> {
    fn new(past: &'p Past, now: &'p [Deployed], files: &'p [Arc<SourceFile>]) -> Self {
        let mut known = Known { past, files, before: HashMap::new(), now: HashMap::new() };
        for object in &past.objects {
            known.before.entry(&object.identity).or_default().push(object);
        }
        for object in now {
            *known.now.entry(&object.identity).or_default() += 1;
        }
        known
    }

    /// The same object before: of the same kustomization, else of the same file, else the only one there was.
    fn before(&self, object: &Deployed) -> Option<&'p Deployed> {
        let all = self.before.get(&object.identity)?;
        let path =
            |files: &'p [Arc<SourceFile>], span: Span| files.get(span.file.0 as usize).map(|file| &file.path);
        let unit: Vec<&Deployed> = all.iter().copied().filter(|one| one.unit == object.unit).collect();
        if let ([one], true) = (unit.as_slice(), object.unit.is_some()) {
            return Some(one);
        }
        let here = path(self.files, object.at);
        let mut same = unit.iter().copied().filter(|one| path(&self.past.files, one.at) == here);
        if let (Some(one), None) = (same.next(), same.next()) {
            return Some(one);
        }
        match (all.as_slice(), self.now.get(&object.identity)) {
            ([one], Some(1)) => Some(one),
            _ => None,
        }
    }
}
