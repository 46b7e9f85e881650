//! Templates and values as they were read, once for all evaluations that ask for them.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::HashMap;

use super::failure::Failure;
use super::given::values_tree;
use super::package::Package;
use super::parse::{self, Parsed};
use super::place::Mistake;
use crate::files::{FileId, SourceFile};
use crate::yaml::Tree;

/// What a text says, or why it is no template.
pub(super) type Reading = Result<Parsed, Mistake>;

/// What a file of values says, or why it says nothing.
pub(super) type Values = Result<Option<Tree>, Failure>;

/// Something that several evaluations ask for.
#[derive(Debug)]
struct Slot<T> {
    /// How many evaluations are still to come.
    uses: AtomicUsize,
    /// What was read, between the first evaluation and the last.
    reading: Mutex<Option<Arc<T>>>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot { uses: AtomicUsize::new(0), reading: Mutex::new(None) }
    }
}

impl<T> Slot<T> {
    fn expect(&self) {
        self.uses.fetch_add(1, Ordering::Relaxed);
    }

    /// What was read; `again`: an evaluation asks more than once.
    fn get(&self, again: bool, read: impl FnOnce() -> T) -> Arc<T> {
        let mut known = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = known.clone().unwrap_or_else(|| Arc::new(read()));
        if again || self.uses.load(Ordering::Relaxed) > 1 {
            *known = Some(Arc::clone(&reading));
        }
        reading
    }

    fn done(&self) {
        if self.uses.fetch_sub(1, Ordering::Relaxed) == 1 {
            *self.reading.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

/// A file with what holds its text.
type Known = (Arc<SourceFile>, Arc<Slot<Reading>>);

/// Templates and values that are read once: charts copy the same library again and again, and are evaluated for several
/// sets of values. What nobody needs any more is forgotten.
#[derive(Debug, Default)]
pub struct Readings {
    slots: HashMap<FileId, Arc<Slot<Reading>>>,
    values: HashMap<FileId, Slot<Values>>,
}

/// The files of a chart itself that values are read from: those of `.Values` and of `.Chart`.
fn values_of(chart: &Package) -> impl Iterator<Item = &Arc<SourceFile>> {
    chart.values.iter().chain([&chart.metadata])
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
                    slot.expect();
                }
                values_of(chart).for_each(|file| readings.values.entry(file.id).or_default().expect());
            });
        }
        readings
    }

    /// What a template says.
    pub(super) fn of(&self, file: &SourceFile) -> Arc<Reading> {
        let read = || parse::parse(&file.text);
        self.slots.get(&file.id).map_or_else(|| Arc::new(read()), |slot| slot.get(false, read))
    }

    /// What a file of values of a chart says.
    pub(super) fn values(&self, file: &Arc<SourceFile>) -> Arc<Values> {
        let read = || values_tree(file);
        self.values.get(&file.id).map_or_else(|| Arc::new(read()), |slot| slot.get(true, read))
    }

    /// That one evaluation of a chart is over.
    pub fn done(&self, chart: &Package) {
        chart.each(&mut |chart| {
            let own = chart.templates.iter().filter_map(|(_, file)| self.slots.get(&file.id));
            own.for_each(|slot| slot.done());
            values_of(chart).filter_map(|file| self.values.get(&file.id)).for_each(Slot::done);
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
