//! Functions and methods of versions.

use crate::helm::call::{Call, Function};
use crate::helm::failure::{Failure, Result};
use crate::helm::value::{Data, Value};
use crate::helm::version::{Range, Version};

pub const TABLE: &[(&str, Function)] = &[
    ("semver", |c| {
        c.count(1, 1)?;
        let text = c.text(0)?;
        let version =
            Version::parse(text.as_str()).ok_or_else(|| Failure::error("Invalid Semantic Version"))?;
        let number = |value: u64| Value::from(Data::Long(value as i64));
        let entries = vec![
            ("Major", number(version.numbers[0])),
            ("Minor", number(version.numbers[1])),
            ("Patch", number(version.numbers[2])),
            ("Prerelease", Value::from(&*version.prerelease)),
            ("Metadata", Value::from(&*version.metadata)),
            ("Original", text.clone().into()),
            ("String", text.into()),
        ];
        Ok(Value::map_of(entries))
    }),
    ("semverCompare", compare),
];

/// What a method of a version says of it and another one; both as they were written.
pub fn method(own: &str, name: &str, other: &str) -> Option<Value> {
    let order = Version::parse(own)?.order(&Version::parse(other)?);
    Some(Value::from(match name {
        "Compare" => Data::Int(order as i64),
        "Equal" => Data::Bool(order.is_eq()),
        "LessThan" => Data::Bool(order.is_lt()),
        "LessThanEqual" => Data::Bool(order.is_le()),
        "GreaterThan" => Data::Bool(order.is_gt()),
        "GreaterThanEqual" => Data::Bool(order.is_ge()),
        _ => return None,
    }))
}

fn compare(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(2, 2)?;
    let (range, version) = (c.text(0)?, c.text(1)?);
    let version =
        Version::parse(version.as_str()).ok_or_else(|| Failure::error("Invalid Semantic Version"))?;
    let range = Range::parse(range.as_str())
        .ok_or_else(|| Failure::error(format!("improper constraint: {}", range.as_str())))?;
    Ok(c.value(Data::Bool(range.holds(&version))))
}
