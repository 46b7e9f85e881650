//! Values to YAML, JSON and TOML, letter for letter as Go's libraries write them: charts make sums of such texts.

mod json;
mod style;
mod toml;
mod yaml;

pub use json::{Json, json};
pub use toml::toml;
pub use yaml::yaml;

use super::value::{self, Data, Value};

/// Numbers, truth values and null.
fn scalar(value: &Value) -> String {
    match &value.data {
        Data::Bool(flag) => flag.to_string(),
        Data::Int(number) | Data::Long(number) => number.to_string(),
        // It passes through JSON on its way, where a whole number is one.
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1.8e19 => format!("{number}"),
        Data::Float(number) => value::float(*number),
        _ => "null".to_owned(),
    }
}
