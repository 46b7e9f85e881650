//! Evaluated objects as node trees, so that rules read them like any other object.

use std::sync::Arc;

use super::value::{Data, Scalar, Tag, Value};
use crate::source::{FileId, SourceFile};
use crate::yaml::{Graft, Tree};

/// The tree of an object. `files` are the files of the run.
pub fn tree(root: &Value, files: &[Arc<SourceFile>]) -> Tree {
    let mut origins = vec![root.span.file];
    origin(root, &mut origins);
    origins.sort_unstable();
    let file = |id: FileId| files.get(id.0 as usize).cloned();
    let source = file(root.span.file).unwrap_or_else(|| Arc::new(SourceFile::new(root.span.file, "", "")));
    let others = origins.into_iter().filter(|id| *id != root.span.file).filter_map(file).collect();
    let mut graft = Graft::new(source, others);
    write(root, &mut graft);
    graft.finish()
}

/// An object comes from a handful of files.
fn origin(value: &Value, found: &mut Vec<FileId>) {
    let mut add = |file: FileId| {
        if !found.contains(&file) {
            found.push(file);
        }
    };
    add(value.span.file);
    match &value.data {
        Data::Scalar(_) => {}
        Data::Seq(items) => items.iter().for_each(|item| origin(item, found)),
        Data::Map(entries) => {
            entries.iter().for_each(|(key, _)| add(key.span.file));
            entries.iter().for_each(|(_, value)| origin(value, found));
        }
    }
}

fn write(value: &Value, graft: &mut Graft) {
    match &value.data {
        Data::Map(entries) => {
            graft.mapping(value.span);
            for (key, value) in entries {
                graft.string(&key.text, key.span, false);
                write(value, graft);
            }
            graft.end();
        }
        Data::Seq(items) => {
            graft.sequence(value.span);
            items.iter().for_each(|item| write(item, graft));
            graft.end();
        }
        Data::Scalar(scalar) => self::scalar(scalar, value, graft),
    }
}

fn scalar(scalar: &Scalar, value: &Value, graft: &mut Graft) {
    let text = scalar.canonical();
    let exact = value.exact && text == scalar.text;
    match scalar.final_tag() {
        Tag::Str | Tag::Time | Tag::Unset => graft.string(&text, value.span, exact),
        Tag::Null | Tag::Bool | Tag::Int | Tag::Float => graft.plain(&text, value.span, exact),
    }
}
