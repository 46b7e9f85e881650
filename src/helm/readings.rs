//! Templates as they were read, once for all charts and values that have the same text.

use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use foldhash::HashMap;

use super::parse::{self, Parsed};
use super::syntax::Mistake;
use crate::files::SourceFile;

/// What a text says, or why it is no template.
pub(super) type Reading = Result<Parsed, Mistake>;

/// A file with what its text says, once somebody asks.
type Known = (Arc<SourceFile>, Arc<OnceLock<Reading>>);

/// Templates that were read. Charts copy the same library again and again, and are evaluated for several sets of values.
#[derive(Debug, Default)]
pub struct Readings {
    /// By the hash of their text.
    known: Mutex<HashMap<u64, Vec<Known>>>,
    hasher: foldhash::fast::RandomState,
}

impl Readings {
    /// What a template says.
    pub(super) fn of(&self, file: &Arc<SourceFile>) -> Arc<OnceLock<Reading>> {
        let hash = self.hasher.hash_one(&*file.text);
        let reading = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let same = known.entry(hash).or_default();
            match same.iter().find(|(other, _)| other.text == file.text) {
                Some((_, reading)) => Arc::clone(reading),
                None => {
                    let reading = Arc::default();
                    same.push((Arc::clone(file), Arc::clone(&reading)));
                    reading
                }
            }
        };
        reading.get_or_init(|| parse::parse(&file.text));
        reading
    }
}
