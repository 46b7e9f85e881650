//! The names of one unit, read from its inventory.

use foldhash::{HashMap, HashMapExt};

use super::{Symbol, SymbolKind};
use crate::document::Object;
use crate::files::Span;
use crate::inventory::Inventory;
use crate::yaml::Node;

/// Every name of a unit with the places that mean it.
pub fn collect(inventory: &Inventory<'_>) -> Vec<Symbol> {
    let mut book = Book::new(inventory);
    book.objects();
    book.ports();
    book.labels();
    book.symbols
}

/// The names found so far.
pub(super) struct Book<'b, 'a> {
    pub inventory: &'b Inventory<'a>,
    pub symbols: Vec<Symbol>,
    known: HashMap<(SymbolKind, Span, String), usize>,
}

impl<'b, 'a> Book<'b, 'a> {
    fn new(inventory: &'b Inventory<'a>) -> Self {
        Book { inventory, symbols: Vec::new(), known: HashMap::new() }
    }

    /// The symbol that is defined here; `title` is asked for when it is new.
    pub fn define(
        &mut self,
        kind: SymbolKind,
        home: Span,
        name: &str,
        of: impl Into<String>,
        title: impl FnOnce() -> String,
    ) -> usize {
        let next = self.symbols.len();
        let at = *self.known.entry((kind, home, name.to_owned())).or_insert(next);
        if at == next {
            let (name, of, title) = (name.to_owned(), of.into(), title());
            self.symbols.push(Symbol { of, title, ..Symbol::new(kind, home, name) });
        }
        at
    }

    /// Somebody means it here.
    pub fn used(&mut self, symbol: usize, place: Span) {
        let symbol = &mut self.symbols[symbol];
        if symbol.home != place {
            symbol.uses.push(place);
        }
    }

    /// The name of an object.
    pub fn object(&mut self, object: &Object<'a>) -> usize {
        let home = object.anchor().span();
        let title = || match object.namespace {
            Some(namespace) => format!("{} in namespace `{namespace}`", object.title()),
            None => object.title(),
        };
        self.define(SymbolKind::Object, home, object.name, object.kind, title)
    }

    /// A place means an object of a kind, by its name.
    pub fn means(&mut self, kind: &str, name: Node<'a>, namespace: Option<&str>) {
        let inventory = self.inventory;
        if name.text().is_empty() {
            return;
        }
        let found: Vec<Object<'a>> = inventory.reachable(namespace, kind, name.text()).copied().collect();
        for object in found {
            let symbol = self.object(&object);
            self.used(symbol, name.span());
        }
    }
}
