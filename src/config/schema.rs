//! The JSON Schema of the configuration file, for editors: made of the types that the file is read into.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::own::OwnRule;
use super::words::{Said, Word};
use super::written::Written;
use crate::finding::Severity;
use crate::rules::{self, naming, presets};

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

/// A name of rules, for the schema alone: which names there are is looked up when everything was read.
pub(super) struct RuleName;

/// The names of rules of the team.
const OWN: &str = r"^policy/[a-z0-9-]+$";

impl JsonSchema for RuleName {
    fn schema_name() -> Cow<'static, str> {
        "name".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> =
            rules::all().map(|rule| rule.name).chain(naming::groups()).chain(["all"]).collect();
        json_schema!({
            "description": "A rule, a group or `all`.",
            "anyOf": [{"enum": names}, {"type": "string", "pattern": OWN}]
        })
    }
}

/// Severities by the names of rules.
pub(super) fn severities(generator: &mut SchemaGenerator) -> Schema {
    let (name, severity) =
        (generator.subschema_for::<RuleName>(), generator.subschema_for::<Said<Severity>>());
    json_schema!({"type": "object", "propertyNames": name, "additionalProperties": severity})
}

pub(super) fn fail_on(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = Severity::all().into_iter().map(Severity::name).chain(["never"]).collect();
    json_schema!({"enum": names, "default": Severity::Warning.name()})
}

pub(super) fn preset(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"enum": presets::PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>()})
}

/// Texts, numbers and truth values by keys that somebody chose.
pub(super) fn scalars(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}})
}

/// Options of the rules that have some, and rules of the team.
pub(super) fn rules(generator: &mut SchemaGenerator) -> Schema {
    let options: serde_json::Map<String, Value> = rules::all()
        .filter_map(|rule| Some((rule.name.to_owned(), (rule.options?.schema)(generator).to_value())))
        .collect();
    let own = generator.subschema_for::<OwnRule>();
    json_schema!({
        "type": "object",
        "additionalProperties": false,
        "properties": options,
        "patternProperties": {OWN: own}
    })
}
