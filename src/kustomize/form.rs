//! The form of a kustomization as kustomize reads it: Go's JSON takes a field's name in any case, refuses a field
//! that is not one, and refuses a number or a truth value where a string belongs.

use std::sync::Arc;

use foldhash::{HashSet, HashSetExt};

use super::built::{Built, Trouble, TroubleKind};
use super::types;
use super::value::{Data, Key, Value};
use crate::files::Span;
use crate::text::suggest;
use crate::yaml::{self, Scalar};

/// Every field of a kustomization (`api/types/kustomization.go`, with the ones that are rewritten when it is read).
const FIELDS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "bases",
    "buildMetadata",
    "commonAnnotations",
    "commonLabels",
    "components",
    "configMapGenerator",
    "configurations",
    "crds",
    "generatorOptions",
    "generators",
    "helmChartInflationGenerator",
    "helmCharts",
    "helmGlobals",
    "imageTags",
    "images",
    "labels",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "openapi",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replacements",
    "replicas",
    "resources",
    "secretGenerator",
    "sortOptions",
    "transformers",
    "validators",
    "vars",
];

/// Gives the fields the names they have in kustomize.
pub fn canonical(root: &mut Value) {
    let Some(entries) = root.entries_mut() else {
        return;
    };
    // Nearly everybody writes them as they are.
    if entries.iter().all(|(key, _)| FIELDS.contains(&&*key.text)) {
        return;
    }
    let known: Vec<bool> =
        FIELDS.iter().map(|field| entries.iter().any(|own| &*own.0.text == *field)).collect();
    for (key, _) in entries.iter_mut() {
        let at = FIELDS.iter().position(|field| field.eq_ignore_ascii_case(&key.text));
        if let Some(at) = at.filter(|at| !known[*at]) {
            *key = Key::new(FIELDS[at], key.span);
        }
    }
}

/// Leaves of each key that is there several times the last one, as Go's JSON does.
pub fn last_wins(value: &mut Value) {
    match &mut value.data {
        Data::Map(entries) => {
            let entries = Arc::make_mut(entries).list_mut();
            let mut seen = HashSet::new();
            entries.reverse();
            entries.retain(|(key, _)| seen.insert(key.text.clone()));
            entries.reverse();
            entries.iter_mut().for_each(|entry| last_wins(&mut entry.1));
        }
        Data::Seq(items) => Arc::make_mut(items).iter_mut().for_each(last_wins),
        Data::Scalar(_) => {}
    }
}

/// Says what kustomize refuses before it begins to build.
pub fn check(root: &Value, built: &mut Built) {
    for (key, _) in root.entries() {
        let is_it = |field: &&str| field.eq_ignore_ascii_case(&key.text);
        if FIELDS.contains(&&*key.text) || FIELDS.iter().any(is_it) {
            continue;
        }
        let message = format!("a kustomization has no field `{}`", key.text);
        let meant = suggest::meant(&key.text, FIELDS.iter().copied());
        built.troubles.push(Trouble {
            at: key.span,
            kind: if meant.is_some() { TroubleKind::Field } else { TroubleKind::OtherField },
            message,
            help: meant.map(|field| format!("write `{field}`")),
        });
    }
    types::check(root, built);
    let pairs = |field: &str| root.get(field).map_or(&[][..], Value::entries).iter();
    let labels = root.get("labels").map_or(&[][..], Value::items).iter();
    let labels = labels.flat_map(|entry| entry.get("pairs").map_or(&[][..], Value::entries));
    let all = pairs("commonLabels").chain(pairs("commonAnnotations")).chain(labels);
    strings(all.map(|(key, value)| (&*key.text, value)), built);
}

fn strings<'v>(values: impl Iterator<Item = (&'v str, &'v Value)>, built: &mut Built) {
    let mut first: Option<(Span, String)> = None;
    for (name, value) in values {
        let Some(scalar) = value.as_scalar().filter(|scalar| !scalar.quoted) else {
            continue;
        };
        let what = match yaml::resolve(&scalar.text) {
            Scalar::Bool(_) => "a truth value",
            Scalar::Int(_) | Scalar::Float(_) => "a number",
            Scalar::Null | Scalar::Str(_) => continue,
        };
        first.get_or_insert((value.span, format!("`{name}` is {what} here, and a string is expected")));
    }
    if let Some((at, message)) = first {
        let help = Some("put it in quotes".to_owned());
        built.troubles.push(Trouble { at, kind: TroubleKind::Field, message, help });
    }
}

/// Whether there is nothing in it but its type, which kustomize refuses.
pub fn is_empty(root: &Value) -> bool {
    let says = |(key, value): &(Key, Value)| !matches!(&*key.text, "apiVersion" | "kind") && !value.is_null();
    !root.entries().iter().any(says)
}
