//! Values as the server stores them.

use crate::files::Span;
use crate::kube::quantity::Quantity;

/// A value with its place. Two are equal if the server takes them for equal, wherever they stand.
#[derive(Clone, Debug)]
pub struct Canon {
    /// Where it is written; for a default, what it is a default of.
    pub span: Span,
    /// The value.
    pub value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// An amount, compared as such.
    Quantity(Quantity),
    /// A list.
    List(Vec<Canon>),
    /// Fields or keys, sorted by name.
    Map(Vec<(String, Canon)>),
}

impl PartialEq for Canon {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Canon {
    /// The value at a path of fields.
    pub fn at(&self, path: &[&str]) -> Option<&Canon> {
        path.iter().try_fold(self, |at, name| at.get(name))
    }

    /// A field.
    pub fn get(&self, name: &str) -> Option<&Canon> {
        match &self.value {
            Value::Map(fields) => fields.iter().find(|(own, _)| own == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn items(&self) -> &[Canon] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self.value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The same without some fields of its own.
    pub fn without(&self, names: &[&str]) -> Canon {
        let value = match &self.value {
            Value::Map(fields) => {
                Value::Map(fields.iter().filter(|(own, _)| !names.contains(&own.as_str())).cloned().collect())
            }
            other => other.clone(),
        };
        Canon { span: self.span, value }
    }

    /// The same with one field replaced by what a function makes of it.
    pub fn with(&self, name: &str, change: impl Fn(&Canon) -> Canon) -> Canon {
        let value = match &self.value {
            Value::Map(fields) => Value::Map(
                fields
                    .iter()
                    .map(|(own, value)| {
                        (own.clone(), if own == name { change(value) } else { value.clone() })
                    })
                    .collect(),
            ),
            other => other.clone(),
        };
        Canon { span: self.span, value }
    }
}
