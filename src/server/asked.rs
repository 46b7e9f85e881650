//! The place that the editor asks about.

use lsp_types::TextDocumentPositionParams;

use super::root::Root;
use super::state::State;
use super::uri;
use crate::files::FileId;

/// A place of a file as the last run saw it.
#[derive(Clone, Copy)]
pub struct Asked<'s> {
    /// The root of the file.
    pub root: &'s Root,
    /// The file.
    pub file: FileId,
    /// The offset.
    pub offset: u32,
}

impl<'s> Asked<'s> {
    /// The place that a request names, if it is one of a file that was linted.
    pub fn read(state: &'s State, position: &TextDocumentPositionParams) -> Option<Self> {
        let path = uri::to_path(position.text_document.uri.as_str())?;
        let root = state.owner(&path)?;
        let file = root.find(&path)?;
        let source = root.run.files.get(file.0 as usize)?;
        Some(Asked { root, file, offset: state.client.encoding.offset(source, position.position) })
    }
}
