//! `wplint schema`: the JSON Schema of the configuration file, for editors.

use serde_json::{Value, json};

use crate::config::external_lists;
use crate::rules::{self, naming};
use crate::survival::judge::Event;

/// The schema as text.
pub(super) fn text() -> String {
    format!("{:#}\n", schema())
}

/// A schema with words.
fn described(schema: &Value, words: &str) -> Value {
    let mut schema = schema.clone();
    schema["description"] = json!(words);
    schema
}

fn schema() -> Value {
    let rules: Vec<&str> = rules::all().map(|rule| rule.name).collect();
    let mut names = rules.clone();
    names.extend(naming::groups());
    names.push("all");
    let texts = json!({"type": "array", "items": {"type": "string"}});
    let names_list = json!({"type": "array", "items": {"$ref": "#/$defs/name"}});
    let object = |properties: Value, required: Value| {
        json!({
            "type": "object", "additionalProperties": false, "properties": properties, "required": required
        })
    };
    let external = external_lists().into_iter().map(|list| (list.to_owned(), texts.clone())).collect();
    let options = rules::all().filter(|rule| rule.options.is_some());
    let options = options.map(|rule| (rule.name.to_owned(), json!({"type": "object"}))).collect();
    let examples = json!({"anyOf": [{"type": "string"}, texts.clone()]});
    let own = object(
        json!({
            "match": described(&object(
                json!({
                    "kinds": {"description": "Kinds, `group/Kind`, or `workload` for all that make pods.", "type": "array", "items": {"type": "string"}},
                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                    "namespaces": texts,
                    "paths": texts
                }),
                json!([]),
            ), "The objects that the rule is for; globs are allowed but for kinds."),
            "each": {"description": "A list in CEL: each of its items is `item` in the other expressions.", "type": "string"},
            "expression": {"description": "What must hold, in CEL.", "type": "string"},
            "message": {"description": "What is said; expressions stand between `{{` and `}}`.", "type": "string"},
            "severity": {"$ref": "#/$defs/severity", "default": "warning"},
            "help": {"type": "string"},
            "url": {"type": "string"},
            "at": {"description": "The value that is underlined, in CEL.", "type": "string"},
            "examples": object(json!({"bad": examples, "good": examples}), json!([]))
        }),
        json!(["expression"]),
    );
    let path = json!({"type": "string", "pattern": r"^(\.[^.]+)+$"});
    let text = json!({"type": "string"});
    let count = json!({"type": "integer", "minimum": 1});
    let pattern = json!({"apiVersion": text, "kind": text, "namespace": text, "name": text});
    let entry = object(
        json!({
            "paths": texts,
            "object": object(pattern.clone(), json!([])),
            "ignore": names_list,
            "reason": {"type": "string", "description": "Why these findings are fine."}
        }),
        json!(["ignore"]),
    );
    let workload = object(
        json!({"apiVersion": text, "kind": text, "replicas": path, "selector": path, "template": path}),
        json!(["apiVersion", "kind", "template"]),
    );
    let chart = object(
        json!({
            "path": text,
            "values": texts,
            "set": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
            "release": text,
            "namespace": text
        }),
        json!(["path"]),
    );
    let events: Vec<&str> = Event::ALL.into_iter().map(Event::name).collect();
    let requirement = object(
        json!({
            "match": described(&object(pattern, json!([])), "The objects; without a kind, workloads. Globs are allowed."),
            "survives": {"type": "array", "minItems": 1, "items": {"enum": events}}
        }),
        json!(["survives"]),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://github.com/wplint/wplint/releases/latest/download/wplint.schema.json",
        "title": "Configuration of wplint (.wplint.yaml)",
        "type": ["object", "null"],
        "additionalProperties": false,
        "$defs": {
            "name": {
                "description": "A rule, a group or `all`.",
                "anyOf": [{"enum": names}, {"type": "string", "pattern": r"^policy/[a-z0-9-]+$"}]
            },
            "severity": {"enum": ["error", "warning", "info"]}
        },
        "properties": {
            "extends": {
                "description": "A configuration file, from the folder of this one. What is written here wins; lists are added to.",
                "type": "string"
            },
            "baseline": {"description": "Findings recorded in this file are hidden; from the folder of this one.", "type": "string"},
            "failOn": {
                "description": "Lowest severity that makes the exit status 1.",
                "enum": ["error", "warning", "info", "never"],
                "default": "warning"
            },
            "format": {
                "description": "Reports as `--format` takes them: FORMAT or FORMAT=FILE.",
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
                "examples": ["concise", ["pretty", "sarif=wplint.sarif"]]
            },
            "since": {
                "description": "Report only what is new since this revision; `main...` is where the branch left main.",
                "type": "string"
            },
            "maxFileSize": {
                "description": "Files that are found and not named are read up to this size.",
                "type": ["string", "integer"],
                "default": "64Mi"
            },
            "kubernetesVersion": {
                "description": "Target version, or a range of which both ends must work.",
                "type": ["string", "number"],
                "examples": ["1.33", "1.24-1.33"]
            },
            "select": described(&names_list, "The rules and groups that run, instead of the default ones."),
            "ignore": described(&names_list, "Rules and groups that do not run; the more exact name wins."),
            "severity": {
                "description": "Severities of rules and groups.",
                "type": "object",
                "propertyNames": {"$ref": "#/$defs/name"},
                "additionalProperties": {"$ref": "#/$defs/severity"}
            },
            "exclude": {"description": "Globs, relative to this file.", "type": "array", "items": text},
            "contexts": {
                "description": "What files are kept for, by globs relative to this file; `cluster` for what is deployed.",
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "test": names_list, "expected": names_list, "example": names_list, "vendored": names_list, "generated": names_list,
                    "kept": names_list, "cluster": names_list
                }
            },
            "overrides": {"description": "Findings that are silenced by path and object.", "type": "array", "items": entry},
            "cluster": object(
                json!({"nodes": count, "zones": count, "domain": text, "request": {
                    "description": "Who applies the manifests, and how, as admission policies may ask.",
                    "type": "object",
                    "additionalProperties": false,
                    "properties": {
                        "username": text, "uid": text, "groups": names_list, "dryRun": {"type": "boolean"},
                        "fieldManager": text
                    }
                }}),
                json!([]),
            ),
            "complete": {
                "description": "What is not in these files does not exist.",
                "type": "boolean"
            },
            "external": {
                "description": "What exists outside these files: `name` or `namespace/name`, globs allowed.",
                "type": "object",
                "additionalProperties": false,
                "properties": Value::Object(external)
            },
            "preset": {
                "description": "A choice of rules that is added to those that are on.",
                "enum": rules::presets::PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>()
            },
            "security": object(
                json!({"level": {
                    "description": "The level of the Pod Security Standards that the group `security` compares pods with.",
                    "enum": ["baseline", "restricted"], "default": "baseline"
                }}),
                json!([]),
            ),
            "rules": {
                "description": "Options of single rules, which `wplint explain RULE` documents, and rules of the team under `policy/NAME`.",
                "type": "object",
                "additionalProperties": false,
                "properties": Value::Object(options),
                "patternProperties": {r"^policy/[a-z0-9-]+$": own}
            },
            "policies": {
                "description": "Files and directories with policies that judge the input, from the folder of this file.",
                "type": "array",
                "items": text
            },
            "workloads": {"description": "Custom kinds that own pods.", "type": "array", "items": workload},
            "require": {"description": "What must survive what; `survival-unmet` reports what does not.", "type": "array", "items": requirement},
            "charts": {"description": "Values that charts are deployed with.", "type": "array", "items": chart}
        }
    })
}
