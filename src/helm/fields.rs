//! Fields of values, and methods of those that Helm gives to templates.

use super::call;
use super::code::Running;
use super::engine::Engine;
use super::failure::{Failure, FailureKind, Result};
use super::funcs::versions;
use super::syntax::Operand;
use super::text::Source;
use super::value::{Data, Value};
use crate::yaml::Text;

/// What a value is that has no fields.
fn plain(value: &Value) -> Option<&'static str> {
    match value.data {
        Data::Bool(_) => Some("true or false"),
        Data::Int(_) | Data::Long(_) | Data::Float(_) => Some("a number"),
        Data::Str(_) => Some("a text"),
        Data::List(_) => Some("a list"),
        _ => None,
    }
}

impl Engine<'_> {
    /// The value at the end of a chain of fields.
    pub(super) fn fields(
        &mut self,
        mut value: Value,
        names: &[Text],
        mut arguments: Vec<Value>,
        operand: &Operand,
        code: Running<'_>,
    ) -> Result<Value> {
        for (at, name) in names.iter().enumerate() {
            let last = at + 1 == names.len();
            let given = if last { std::mem::take(&mut arguments) } else { Vec::new() };
            let found = self.field(&value, name, given).map_err(|mut failure| {
                let what = match failure.kind {
                    FailureKind::Unset => Some("not set"),
                    FailureKind::Error => plain(&value),
                    _ => None,
                };
                if let Some(what) = what.filter(|_| failure.at.is_none()) {
                    let text = code.code.as_str().get(operand.place.range()).unwrap_or("");
                    let tail: usize = names[at..].iter().map(|name| name.len() + 1).sum();
                    let path = text.get(..text.len().saturating_sub(tail)).unwrap_or("");
                    if !path.is_empty() {
                        failure.message = format!("{}: {path} is {what}", failure.message);
                    }
                    let written = value.origin().filter(|_| failure.kind == FailureKind::Error);
                    failure.value = written.filter(|at| at.source == Source::Value).map(|at| at.span);
                }
                failure.at(code.span(operand.place))
            });
            value = found?;
        }
        Ok(value)
    }

    /// A field of a value, or a method of it with its arguments.
    fn field(&mut self, value: &Value, name: &str, arguments: Vec<Value>) -> Result<Value> {
        let found = match &value.data {
            Data::Nothing => return Ok(Value::default()),
            Data::Nil => {
                return Err(Failure::unset(format!("nil pointer evaluating interface {{}}.{name}")));
            }
            Data::Map(map) if !arguments.is_empty() && map.get("Prerelease").is_some() => {
                let text = |value: &Value| match &value.data {
                    Data::Map(map) => map.get("Original").map(|text| text.printed()),
                    _ => None,
                };
                let both = text(value).zip(arguments.first().and_then(text));
                let found =
                    both.and_then(|(own, other)| versions::method(own.as_str(), name, other.as_str()));
                return found.ok_or_else(|| {
                    Failure::error(format!("can't evaluate field {name} in type *semver.Version"))
                });
            }
            Data::Map(map) => match map.get(name) {
                Some(found) => found,
                None if map.fixed.get() => {
                    let message = format!("can't evaluate field {name} in type struct");
                    return Err(Failure::error(message));
                }
                // A method of `.Values`, which is no plain mapping in Go.
                None if name == "AsMap" => value.clone(),
                None => Data::Nil.into(),
            },
            Data::Object(object) => return call::method(self, object, name, arguments),
            _ => {
                return Err(Failure::error(format!("can't evaluate field {name} in type interface {{}}")));
            }
        };
        if !arguments.is_empty() {
            return Err(Failure::error(format!("{name} is not a method but has arguments")));
        }
        Ok(found)
    }
}
