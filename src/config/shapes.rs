//! Parts of the JSON Schema that no type says: names that are looked up only when everything was read.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::own::OwnRule;
use super::words::{Said, Word};
use crate::finding::Severity;
use crate::rules::{self, naming, presets};

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
