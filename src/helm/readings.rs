//! Templates as they were read, once for all charts and values that have the same text.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::HashMap;

use super::package::Package;
use super::parse::{self, Parsed};
use super::syntax::Mistake;
use crate::files::{FileId, SourceFile};

/// What a text says, or why it is no template.
pub(super) type Reading = Result<Parsed, Mistake>;

/// A text that several evaluations ask for.
#[derive(Debug, Default)]
struct Slot {
    /// How many evaluations are still to come.
    uses: AtomicUsize,
    /// What it says, between the first evaluation and the last.
    reading: Mutex<Option<Arc<Reading>>>,
}

/// A file with what holds its text.
type Known = (Arc<SourceFile>, Arc<Slot>);

/// Templates that are read once: charts copy the same library again and again, and are evaluated for several sets of
/// values. What nobody needs any more is forgotten.
#[derive(Debug, Default)]
pub struct Readings {
    slots: HashMap<FileId, Arc<Slot>>,
}

impl Readings {
    /// Prepares for one evaluation of each of these charts; a chart comes as often as it is evaluated.
    pub fn expecting<'p>(charts: impl Iterator<Item = &'p Package>) -> Self {
        let hasher = foldhash::fast::RandomState::default();
        let mut by_text: HashMap<u64, Vec<Known>> = HashMap::default();
        let mut readings = Readings::default();
        for chart in charts {
            chart.each(&mut |chart| {
                for (_, file) in &chart.templates {
                    let slot = readings.slots.entry(file.id).or_insert_with(|| {
                        let same = by_text.entry(hasher.hash_one(&*file.text)).or_default();
                        let known = same.iter().find(|(other, _)| other.text == file.text);
                        let slot = known.map_or_else(Arc::default, |one| Arc::clone(&one.1));
                        same.push((Arc::clone(file), Arc::clone(&slot)));
                        slot
                    });
                    slot.uses.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        readings
    }

    /// What a template says.
    pub(super) fn of(&self, file: &SourceFile) -> Arc<Reading> {
        let read = || Arc::new(parse::parse(&file.text));
        let Some(slot) = self.slots.get(&file.id) else { return read() };
        let mut known = slot.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = known.clone().unwrap_or_else(read);
        if slot.uses.load(Ordering::Relaxed) > 1 {
            *known = Some(Arc::clone(&reading));
        }
        reading
    }

    /// That one evaluation of a chart is over.
    pub fn done(&self, chart: &Package) {
        chart.each(&mut |chart| {
            for slot in chart.templates.iter().filter_map(|(_, file)| self.slots.get(&file.id)) {
                if slot.uses.fetch_sub(1, Ordering::Relaxed) == 1 {
                    *slot.reading.lock().unwrap_or_else(PoisonError::into_inner) = None;
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_needs_any_more_is_forgotten() {
        let file = |at, path: &str, text: &str| Arc::new(SourceFile::new(FileId(at), path, text));
        let chart = "apiVersion: v2\nname: a\nversion: 1.0.0\n";
        let files = [
            file(0, "a/Chart.yaml", chart),
            file(1, "a/templates/a.yaml", "{{ .Values.a }}"),
            file(2, "b/Chart.yaml", chart),
            file(3, "b/templates/b.yaml", "{{ .Values.a }}"),
            file(4, "b/templates/c.yaml", "{{ .Values.c }}"),
        ];
        let mut shelf = super::super::Shelf::new(files.to_vec(), None);
        let charts = ["a", "b"].map(|root| super::super::load(root, &mut shelf).expect("a chart"));
        let readings = Readings::expecting(charts.iter());
        let first = readings.of(&files[1]);
        assert!(Arc::ptr_eq(&first, &readings.of(&files[3])), "the same text is read once");
        assert!(!Arc::ptr_eq(&readings.of(&files[4]), &readings.of(&files[4])), "nobody else asks for it");
        readings.done(&charts[0]);
        assert!(Arc::ptr_eq(&first, &readings.of(&files[3])));
        readings.done(&charts[1]);
        assert!(!Arc::ptr_eq(&first, &readings.of(&files[3])), "it is forgotten");
    }
}
