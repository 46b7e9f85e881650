//! Evaluated objects as node trees, so that rules read them like any other object.

use std::sync::Arc;

use super::value::{Data, Scalar, Tag, Value};
use crate::files::SourceFile;
use crate::yaml::{Graft, Tree};

/// The tree of an object. `files` are the files of the run.
pub fn tree(root: &Value, files: &[Arc<SourceFile>]) -> Tree {
    let mut graft = Graft::new(root.span.file, files, root.count());
    write(root, &mut graft);
    graft.finish()
}

fn write(value: &Value, graft: &mut Graft<'_>) {
    match &value.data {
        Data::Map(entries) => {
            graft.mapping(value.span);
            for (key, value) in entries.iter() {
                graft.key(&key.text, key.span);
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

fn scalar(scalar: &Scalar, value: &Value, graft: &mut Graft<'_>) {
    let text = scalar.canonical();
    let exact = value.exact && text == scalar.text;
    match scalar.final_tag() {
        Tag::Str | Tag::Time | Tag::Unset => graft.string(&text, value.span, exact),
        Tag::Null | Tag::Bool | Tag::Int | Tag::Float => graft.plain(&text, value.span, exact),
    }
}
