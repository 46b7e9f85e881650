//! Names and the places that mean them, for editors: where an object, a key, a port or a label is defined, and who
//! uses it.

mod collect;
mod labels;
mod objects;
mod ports;
mod values;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::files::{FileId, Span};
use crate::project::{ChartTexts, Pin};
use crate::yaml::Text;

pub use collect::collect;

/// What a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SymbolKind {
    /// An object, by `metadata.name`.
    Object,
    /// A key of a ConfigMap or Secret.
    Key,
    /// A port of a container, by name or by number.
    Port,
    /// A port of a Service, by name or by number.
    ServicePort,
    /// The value of a label of pods.
    Label,
    /// Pods that a selector reaches: no name, but a way from one place to another.
    Selection,
    /// A value of a chart, by its key.
    Value,
    /// A template of a chart that has a name.
    Template,
}

/// A place where a value of a chart is set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// Its key.
    pub key: Span,
    /// The value.
    pub value: Span,
    /// It is the chart's own default.
    pub is_default: bool,
}

/// A name with its definition and everything that means it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Symbol {
    /// Where it is defined.
    pub home: Span,
    /// What it is the name of.
    pub kind: SymbolKind,
    /// The name itself.
    pub name: String,
    /// What the name is one of: the kind of an object; whose key or port it is, as `Kind/name`; the key of a label; the
    /// directory of a chart.
    pub of: String,
    /// For people: ``Service `web` ``.
    pub title: String,
    /// What else is known, one line each.
    pub notes: Vec<String>,
    /// The places that mean it, sorted.
    pub uses: Vec<Span>,
    /// For a value of a chart, the keys that lead to it, its own the last.
    pub path: Vec<Text>,
    /// For a value of a chart, where it is set, the chart's own default first.
    pub settings: Vec<Setting>,
}

impl Symbol {
    /// A name of which nothing else is known.
    fn new(kind: SymbolKind, home: Span, name: String) -> Self {
        Symbol {
            home,
            kind,
            name,
            of: String::new(),
            title: String::new(),
            notes: Vec::new(),
            uses: Vec::new(),
            path: Vec::new(),
            settings: Vec::new(),
        }
    }

    /// The definition, then the uses.
    pub fn places(&self) -> impl Iterator<Item = Span> + '_ {
        std::iter::once(self.home).chain(self.uses.iter().copied())
    }
}

/// All names of a run.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    all: Vec<Symbol>,
    places: HashMap<FileId, Vec<(Span, usize)>>,
    /// Why values of charts have to keep their names, by the directories of the charts.
    pins: BTreeMap<String, Vec<Pin>>,
}

impl Symbols {
    /// Puts together what each unit knows, and what the texts of charts say; the order of units does not matter.
    pub fn new(units: Vec<Vec<Symbol>>, charts: ChartTexts) -> Self {
        let mut merged: BTreeMap<(Span, SymbolKind, String, String), Symbol> = BTreeMap::new();
        let of_charts = values::of_charts(&charts);
        let mut units: Vec<Symbol> = units.into_iter().flatten().chain(of_charts).collect();
        units.sort_unstable();
        for symbol in units {
            let key = (symbol.home, symbol.kind, symbol.name.clone(), symbol.of.clone());
            match merged.get_mut(&key) {
                Some(known) => {
                    known.uses.extend(symbol.uses);
                    known.notes.extend(symbol.notes);
                }
                None => drop(merged.insert(key, symbol)),
            }
        }
        let mut symbols =
            Symbols { all: merged.into_values().collect(), places: HashMap::new(), pins: charts.pins };
        for (at, symbol) in symbols.all.iter_mut().enumerate() {
            symbol.uses.sort_unstable();
            symbol.uses.dedup();
            let mut seen = BTreeSet::new();
            symbol.notes.retain(|note| seen.insert(note.clone()));
            for place in symbol.places() {
                symbols.places.entry(place.file).or_default().push((place, at));
            }
        }
        symbols
    }

    /// All of them, by where they are defined.
    pub fn all(&self) -> &[Symbol] {
        &self.all
    }

    /// What the smallest place around an offset means, with that place.
    pub fn at(&self, file: FileId, offset: u32) -> Vec<(Span, &Symbol)> {
        let places = self.places.get(&file).map_or(&[][..], Vec::as_slice);
        let around = |span: Span| span.start <= offset && offset <= span.end;
        let smallest = places.iter().filter(|one| around(one.0)).map(|one| one.0.end - one.0.start).min();
        let fits = |span: Span| around(span) && Some(span.end - span.start) == smallest;
        places.iter().filter(|one| fits(one.0)).map(|one| (one.0, &self.all[one.1])).collect()
    }

    /// The value of a chart that is set around an offset, the innermost one, with the place of its key.
    pub fn set_at(&self, file: FileId, offset: u32) -> Vec<(Span, &Symbol)> {
        let around = |span: Span| span.file == file && span.start <= offset && offset <= span.end;
        let settings =
            self.all.iter().flat_map(|symbol| symbol.settings.iter().map(move |one| (one, symbol)));
        let found = settings.filter(|(one, _)| around(one.value));
        let smallest = found.min_by_key(|(one, _)| one.value.end - one.value.start);
        smallest.map(|(one, symbol)| (one.key, symbol)).into_iter().collect()
    }

    /// Every place that has to change with the name at an offset: one place may mean several definitions, and each of
    /// them has places of its own. Empty where there is no name.
    ///
    /// # Errors
    /// What stands in the way, with the place that says so.
    pub fn renamed(&self, file: FileId, offset: u32) -> Result<BTreeSet<Span>, &Pin> {
        let named = |symbol: &Symbol| symbol.kind != SymbolKind::Selection;
        let mut open: Vec<&Symbol> = self.at(file, offset).into_iter().map(|one| one.1).collect();
        open.retain(|symbol| named(symbol));
        let mut seen: BTreeSet<(Span, SymbolKind)> = BTreeSet::new();
        let mut places = BTreeSet::new();
        while let Some(symbol) = open.pop() {
            if !seen.insert((symbol.home, symbol.kind)) {
                continue;
            }
            let pins = self.pins.get(&symbol.of).filter(|_| symbol.kind == SymbolKind::Value);
            if let Some(pin) = pins.and_then(|pins| pins.iter().find(|pin| pin.holds(&symbol.path))) {
                return Err(pin);
            }
            for place in symbol.places().filter(|place| places.insert(*place)).collect::<Vec<_>>() {
                let others = self.places.get(&place.file).into_iter().flatten();
                let others = others.filter(|one| one.0 == place).map(|one| &self.all[one.1]);
                open.extend(others.filter(|one| one.kind == symbol.kind && one.name == symbol.name));
            }
        }
        Ok(places)
    }
}
