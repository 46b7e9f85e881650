//! Types with sizes, as schemas declare them: what an expression may read, and how large it can get.

use std::sync::Arc;

use super::types::{Fields, Type};
use crate::yaml::Text;

/// The most bytes that a request to the API server may have; what has no limit of its own has this one.
pub const LARGEST_REQUEST: u64 = 3 * 1024 * 1024;

/// A type with the sizes of its values.
#[derive(Clone, Debug)]
pub struct Declared {
    /// What it is.
    pub shape: Shape,
    /// The most bytes, items or entries that a value has; 0 where that is no question.
    pub most: u64,
    /// The fewest bytes that a value takes in a request.
    pub least: u64,
}

/// What a declared type is.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A scalar, or what nothing more is known of.
    Plain(Type),
    /// A list.
    List(Arc<Declared>),
    /// A map with text keys.
    Map(Arc<Declared>),
    /// A struct: its name, and its fields.
    Object(Text, Vec<(Text, Arc<Declared>)>),
}

impl Declared {
    /// A scalar.
    pub fn plain(ty: Type, most: u64, least: u64) -> Arc<Declared> {
        Arc::new(Declared { shape: Shape::Plain(ty), most, least })
    }

    /// A text with a limit in bytes, or without.
    pub fn text(most: Option<u64>) -> Arc<Declared> {
        Declared::plain(Type::String, most.unwrap_or(LARGEST_REQUEST - 2), 2)
    }

    /// A list; without a limit as many items as a request holds.
    pub fn list(of: Arc<Declared>, most: Option<u64>) -> Arc<Declared> {
        let most = most.unwrap_or((LARGEST_REQUEST - 2) / (of.least + 1));
        Arc::new(Declared { shape: Shape::List(of), most, least: 2 })
    }

    /// A map; without a limit as many entries as a request holds.
    pub fn map(of: Arc<Declared>, most: Option<u64>) -> Arc<Declared> {
        let most = most.unwrap_or((LARGEST_REQUEST - 2) / (of.least + 6));
        Arc::new(Declared { shape: Shape::Map(of), most, least: 2 })
    }

    /// Its type for the checker.
    pub fn ty(self: &Arc<Self>) -> Type {
        match &self.shape {
            Shape::Plain(ty) => ty.clone(),
            Shape::List(of) => Type::list(of.ty()),
            Shape::Map(of) => Type::map(Type::String, of.ty()),
            Shape::Object(..) => Type::Object(Arc::clone(self) as Arc<dyn Fields>),
        }
    }

    /// The declaration of a field.
    pub(super) fn at(&self, field: &str) -> Option<&Arc<Declared>> {
        match &self.shape {
            Shape::Object(_, fields) => fields.iter().find(|own| own.0 == field).map(|own| &own.1),
            Shape::Map(of) => Some(of),
            _ => None,
        }
    }
}

impl Fields for Declared {
    fn name(&self) -> &str {
        match &self.shape {
            Shape::Object(name, _) => name,
            _ => "",
        }
    }

    fn field(&self, name: &str) -> Option<Type> {
        self.at(name).map(|field| field.ty())
    }
}
