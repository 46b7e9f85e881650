//! The JSON Schema of the configuration file, for editors: made of the types that the file is read into.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::written::Written;

/// Where the schema of the newest release lies.
pub const ADDRESS: &str = "https://github.com/wplint/wplint/releases/latest/download/wplint.schema.json";

/// The schema as text.
pub fn text() -> String {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Written>();
    schema.insert("$id".to_owned(), json!(ADDRESS));
    let mut schema = schema.to_value();
    tidy(&mut schema);
    format!("{schema:#}\n")
}

/// Descriptions are paragraphs, however long the lines of the comments are that they come from, and that nothing is the
/// default of what may be left out goes without saying.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.retain(|key, value| key != "default" || !value.is_null());
            map.iter_mut().for_each(|(key, value)| match value {
                Value::String(text) if key == "description" => *text = text.replace('\n', " "),
                value => tidy(value),
            });
        }
        Value::Array(list) => list.iter_mut().for_each(tidy),
        _ => {}
    }
}
