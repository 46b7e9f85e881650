//! Code actions: fixes, marks that silence, pages.

use std::collections::BTreeMap;

use lsp_types::{CodeActionParams, TextEdit};
use serde_json::{Value, json};

use super::root::Root;
use super::state::State;
use super::{diagnose, offer, uri};
use crate::document::document_at;
use crate::files::{FileId, SourceFile, Span};
use crate::finding::{Applicability, Edit};
use crate::fix::{Wanted, edits_of};
use crate::run::{Reported, Status};
use crate::suppress::add::{self, Mark};
use crate::yaml::Tree;

/// What can be done about the findings in a range.
pub fn actions(state: &State, params: &CodeActionParams) -> Vec<Value> {
    let path = uri::to_path(params.text_document.uri.as_str());
    let found = path.and_then(|path| {
        let root = state.owner(&path)?;
        let file = root.find(&path)?;
        Some((root, file))
    });
    let Some((root, file)) = found else {
        return Vec::new();
    };
    let source = &root.run.files[file.0 as usize];
    // A cursor anywhere on the line asks about what was found there.
    let lines = params.range.start.line as usize..=params.range.end.line as usize;
    let here = |one: &&Reported| {
        let span = one.finding.span;
        one.status == Status::Shown && span.file == file && lines.contains(&source.line_index(span.start))
    };
    let wants = |kind: &str| {
        let only = params.context.only.as_ref();
        only.is_none_or(|only| only.iter().any(|one| kind.starts_with(one.as_str())))
    };
    let mut actions = Vec::new();
    if wants("quickfix") {
        for one in root.run.findings.iter().filter(here) {
            quick(state, root, source, one, &mut actions);
        }
    }
    if wants("source.fixAll.wplint") {
        let safe = edits_of(&root.run, Wanted::Safe, |one| one.finding.span.file == file);
        if let Some(edit) = workspace_edit(state, root, safe) {
            let title = "fix everything in this file that can be fixed safely";
            actions.push(json!({"title": title, "kind": "source.fixAll.wplint", "edit": edit}));
        }
    }
    actions
}

fn quick(state: &State, root: &Root, source: &SourceFile, one: &Reported, actions: &mut Vec<Value>) {
    let finding = &one.finding;
    let rule = finding.rule;
    let diagnostics = json!([diagnose::of_finding(root, source, one, state.client.encoding)]);
    let mut add = |title: String, preferred: bool, edit: Option<Value>| {
        if let Some(edit) = edit {
            actions.push(json!({
                "title": title,
                "kind": "quickfix",
                "diagnostics": diagnostics,
                "isPreferred": preferred,
                "edit": edit,
            }));
        }
    };
    if let Some(fix) = &finding.fix {
        let is_safe = fix.applicability == Applicability::Safe;
        let own = edits_of(&root.run, Wanted::Unsafe, |other| std::ptr::eq(other, one));
        add(fix.title.clone(), is_safe, workspace_edit(state, root, own));
        let wanted = if is_safe { Wanted::Safe } else { Wanted::Unsafe };
        let alike = |other: &&Reported| other.finding.rule == rule && other.status == Status::Shown;
        let with_fix = root.run.findings.iter().filter(alike).filter(|other| other.finding.fix.is_some());
        if with_fix.count() > 1 {
            let all = edits_of(&root.run, wanted, |other| other.finding.rule == rule);
            add(format!("fix all of `{rule}`"), false, workspace_edit(state, root, all));
        }
    }
    let tree = tree_at(root, finding.span);
    let mark = Mark { rules: &[rule.name()], reason: None };
    let one_edit = |edit: Option<Edit>| workspace_edit(state, root, edit.into_iter().collect());
    if one.group != "internal" && one.group != "suppression" {
        let line = add::on_line(source, tree, finding.span, mark);
        add(format!("ignore `{rule}` here"), false, one_edit(line));
        let object = tree.and_then(|tree| add::for_object(source, tree, finding.span, mark));
        add(format!("ignore `{rule}` for the object"), false, one_edit(object));
    }
    if state.client.shows {
        let title = format!("open the page of `{rule}`");
        let arguments = [diagnose::page(rule)];
        let command = json!({"title": title, "command": offer::OPEN_PAGE, "arguments": arguments});
        actions.push(
            json!({"title": title, "kind": "quickfix", "diagnostics": diagnostics, "command": command}),
        );
    }
}

/// The tree around a place.
pub fn tree_at(root: &Root, span: Span) -> Option<&Tree> {
    document_at(root.workspace.documents(), span)?.tree()
}

/// Edits as the protocol has them; `None` if there are none.
pub fn workspace_edit(state: &State, root: &Root, edits: Vec<Edit>) -> Option<Value> {
    let mut files: BTreeMap<FileId, Vec<TextEdit>> = BTreeMap::new();
    for edit in edits {
        let file = root.run.files.get(edit.span.file.0 as usize)?;
        let range = state.client.encoding.range(file, edit.span);
        files.entry(edit.span.file).or_default().push(TextEdit { range, new_text: edit.text });
    }
    if files.is_empty() {
        return None;
    }
    let mut changes = Vec::new();
    for (file, edits) in files {
        let path = root.path(file);
        let version = state.open.get(&path).map(|open| open.version);
        changes.push((state.uri(&path)?, version, edits));
    }
    if state.client.versions {
        let changes = changes.iter().map(
            |(uri, version, edits)| json!({"textDocument": {"uri": uri, "version": version}, "edits": edits}),
        );
        return Some(json!({"documentChanges": changes.collect::<Vec<_>>()}));
    }
    let changes: serde_json::Map<String, Value> =
        changes.into_iter().map(|(uri, _, edits)| (uri.as_str().to_owned(), json!(edits))).collect();
    Some(json!({"changes": changes}))
}
