//! What a field wants, and whether a scalar is that.

use crate::yaml::{Kind, Node, Scalar};

/// What a field wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// `true` or `false`.
    Boolean,
    /// A whole number of 32 bits.
    Integer32,
    /// A whole number of 64 bits.
    Integer64,
    /// Any number.
    Number,
    /// Text.
    String,
    /// A whole number, or text such as `25%` or the name of a port.
    IntegerOrString,
    /// `500m`, `1Gi`, or a bare number.
    Quantity,
    /// An RFC 3339 time, as text.
    Time,
    /// A list.
    List,
    /// A mapping with the fields of a struct, or of names to values.
    Mapping,
    /// A JSON schema or a boolean.
    SchemaOrBoolean,
    /// A JSON schema or a list of them.
    SchemaOrList,
    /// A JSON schema or a list of names.
    SchemaOrNames,
}

impl Expected {
    /// With its article, for a message.
    pub fn name(self) -> &'static str {
        match self {
            Expected::Boolean => "a boolean",
            Expected::Integer32 | Expected::Integer64 => "an integer",
            Expected::Number => "a number",
            Expected::String => "a string",
            Expected::IntegerOrString => "an integer or a string",
            Expected::Quantity => "a quantity",
            Expected::Time => "a time",
            Expected::List => "a list",
            Expected::Mapping => "a mapping",
            Expected::SchemaOrBoolean => "a schema or a boolean",
            Expected::SchemaOrList => "a schema or a list of schemas",
            Expected::SchemaOrNames => "a schema or a list of names",
        }
    }

    pub(super) fn takes(self, scalar: Scalar<'_>) -> Result<(), &'static str> {
        const WIDE: &str = "one that does not fit 32 bits";
        let fits = match (self, scalar) {
            // Null is absent (fact 12.8).
            (_, Scalar::Null) => true,
            (Expected::Boolean | Expected::SchemaOrBoolean, Scalar::Bool(_)) => true,
            (Expected::Integer32 | Expected::IntegerOrString, Scalar::Int(value)) => {
                return if i32::try_from(value).is_ok() { Ok(()) } else { Err(WIDE) };
            }
            (Expected::Integer64, Scalar::Int(value)) => {
                let fits = i64::try_from(value).is_ok();
                return if fits { Ok(()) } else { Err("one that does not fit 64 bits") };
            }
            // `3.0` is written as `3` in the JSON that the server gets.
            (Expected::Integer32 | Expected::IntegerOrString, Scalar::Float(value))
                if value.fract() == 0.0 =>
            {
                let fits = value >= f64::from(i32::MIN) && value <= f64::from(i32::MAX);
                return if fits { Ok(()) } else { Err(WIDE) };
            }
            (Expected::Integer64, Scalar::Float(value)) => value.fract() == 0.0 && value.abs() < 9e18,
            (Expected::Number | Expected::Quantity, Scalar::Int(_) | Scalar::Float(_)) => true,
            (
                Expected::String | Expected::IntegerOrString | Expected::Quantity | Expected::Time,
                Scalar::Str(_),
            ) => true,
            _ => false,
        };
        if fits { Ok(()) } else { Err(scalar_name(scalar)) }
    }
}

fn scalar_name(scalar: Scalar<'_>) -> &'static str {
    match scalar {
        Scalar::Null => "null",
        Scalar::Bool(_) => "a boolean",
        Scalar::Int(_) => "an integer",
        Scalar::Float(_) => "a number",
        Scalar::Str(_) => "a string",
    }
}

/// What a value is, with its article.
pub(super) fn kind_name(node: Node<'_>) -> &'static str {
    match (node.kind(), node.scalar()) {
        (Kind::Mapping, _) => "a mapping",
        (Kind::Sequence, _) => "a list",
        (Kind::Scalar, Some(scalar)) => scalar_name(scalar),
        (Kind::Scalar, None) => "nothing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_floats_are_integers_and_wide_ones_are_not() {
        assert_eq!(Expected::Integer32.takes(Scalar::Float(3.0)), Ok(()));
        assert!(Expected::Integer32.takes(Scalar::Float(3.5)).is_err());
        assert!(Expected::Integer32.takes(Scalar::Int(2_147_483_648)).is_err());
        assert_eq!(Expected::Integer64.takes(Scalar::Int(2_147_483_648)), Ok(()));
        assert!(Expected::Integer64.takes(Scalar::Int(i128::from(u64::MAX))).is_err());
        assert_eq!(Expected::Quantity.takes(Scalar::Float(0.5)), Ok(()));
        assert!(Expected::Quantity.takes(Scalar::Bool(true)).is_err());
    }
}
