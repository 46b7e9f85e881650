//! Which structs a kind is made of: found by decoding nothing and looking at what serde asks for.

/// A struct type.
#[derive(Debug)]
pub(super) struct Type {
    /// Its full Rust path.
    pub ty: &'static str,
    /// Its fields.
    pub fields: &'static [&'static str],
    /// The fields that hold structs, alone or in lists or maps.
    pub children: Vec<Child>,
}

/// A field that leads to another struct.
#[derive(Clone, Copy, Debug)]
pub(super) struct Child {
    pub field: &'static str,
    pub list: bool,
    /// Index of its type.
    pub to: usize,
}

/// All struct types of a kind, the kind's own first.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub types: Vec<Type>,
    open: Vec<usize>,
}

impl Graph {
    /// Begins a struct; false if its fields have been walked before.
    pub(super) fn enter(
        &mut self,
        field: &'static str,
        list: bool,
        ty: &'static str,
        fields: &'static [&'static str],
    ) -> bool {
        let known = self.types.iter().position(|known| known.ty == ty);
        let to = known.unwrap_or(self.types.len());
        if known.is_none() {
            self.types.push(Type { ty, fields, children: Vec::new() });
        }
        if let Some(&parent) = self.open.last() {
            self.types[parent].children.push(Child { field, list, to });
        }
        if known.is_none() {
            self.open.push(to);
        }
        known.is_none()
    }

    /// Ends the struct that was begun last.
    pub(super) fn leave(&mut self) {
        self.open.pop();
    }

    /// The type with this Rust path.
    pub(super) fn find(&self, ty: &str) -> Option<&Type> {
        self.types.iter().find(|known| known.ty == ty)
    }
}
