//! What a run leaves for the next one over nearly the same files: what depends on nothing that changed is not worked out
//! again.

use crate::document::Document;
use crate::files::Span;
use crate::finding::Finding;
use crate::recall::Recall;

/// What is kept from one run for the next. It is worth nothing under other settings.
#[derive(Debug, Default)]
pub struct Memory {
    /// The documents, in the order of the files.
    pub documents: Vec<Document>,
    /// What is said of each document by itself.
    pub(super) read: Recall<Vec<Finding>>,
    /// What is said of each unit.
    pub(super) units: Recall<Vec<Finding>>,
    /// The secret values of each document.
    pub(super) masks: Recall<Vec<Span>>,
}

impl Memory {
    /// A run is over.
    pub(super) fn turn(&mut self, documents: Vec<Document>) {
        self.documents = documents;
        self.read.turn();
        self.units.turn();
        self.masks.turn();
    }
}
