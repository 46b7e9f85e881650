//! Built-in kinds as types of expressions: which fields an object has (fact 18.14).

use std::sync::Arc;

use super::kinds;
use super::shape::{Struct, Want};
use super::{Expected, types};
use crate::cel::{Fields, Type};

/// A struct of the API.
#[derive(Debug)]
struct Built(&'static Struct);

impl Fields for Built {
    fn name(&self) -> &str {
        self.0.name
    }

    fn field(&self, name: &str) -> Option<Type> {
        let own = self.0.fields.iter().find(|field| field.name == name).map(|field| of(field.want));
        // Every object has a type, and types of lists and objects do not repeat it.
        own.or_else(|| matches!(name, "apiVersion" | "kind").then_some(Type::String))
    }
}

/// The type of the objects of a kind that is built in.
pub fn object_type(api_version: &str, kind: &str) -> Option<Type> {
    Some(of(kinds::find(api_version, kind)?.want()))
}

/// What is written in another form than it is stored in is open.
fn of(want: Want) -> Type {
    match want {
        Want::Scalar(Expected::String) => Type::String,
        Want::Scalar(Expected::Boolean) => Type::Bool,
        Want::Scalar(Expected::Integer32 | Expected::Integer64) => Type::Int,
        Want::List(inner) => Type::list(of(*inner)),
        Want::Map(inner) => Type::map(Type::String, of(*inner)),
        Want::Struct(shape) => Type::Object(Arc::new(Built(shape))),
        Want::Schema => Type::Object(Arc::new(Built(types::schema()))),
        Want::Anything | Want::Scalar(_) | Want::Bytes | Want::Quantity | Want::SchemaOr(_) => Type::Dyn,
    }
}
