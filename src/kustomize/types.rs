//! The types of a kustomization's own fields: Go's JSON refuses another type and an unknown field at any depth
//! (`api/types`), and kustomize checks a few values besides.

use super::built::{Built, Trouble, TroubleKind};
use super::value::{Data, Value};
use crate::text::suggest;
use crate::yaml::{self, Scalar};

/// What a field takes.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Whole,
    Switch,
    Anything,
    Texts,
    Pairs,
    Objects(&'static [(&'static str, Shape)]),
    Object(&'static [(&'static str, Shape)]),
}

use Shape::{Anything, Object, Objects, Pairs, Switch, Text, Texts, Whole};

const SELECTOR: &[(&str, Shape)] = &[
    ("group", Text),
    ("version", Text),
    ("kind", Text),
    ("apiVersion", Text),
    ("name", Text),
    ("namespace", Text),
    ("labelSelector", Text),
    ("annotationSelector", Text),
];

const FIELD: &[(&str, Shape)] =
    &[("group", Text), ("version", Text), ("kind", Text), ("path", Text), ("create", Switch)];

const OPTIONS: &[(&str, Shape)] =
    &[("labels", Pairs), ("annotations", Pairs), ("disableNameSuffixHash", Switch), ("immutable", Switch)];

const PATCH: &[(&str, Shape)] =
    &[("path", Text), ("patch", Text), ("target", Object(SELECTOR)), ("options", Anything)];

const IMAGE: &[(&str, Shape)] =
    &[("name", Text), ("newName", Text), ("newTag", Text), ("digest", Text), ("tagSuffix", Text)];

const CONFIG_MAP: [(&str, Shape); 8] = [
    ("name", Text),
    ("namespace", Text),
    ("behavior", Text),
    ("literals", Texts),
    ("files", Texts),
    ("envs", Texts),
    ("env", Text),
    ("options", Object(OPTIONS)),
];

/// The same with a type.
const SECRET: [(&str, Shape); 9] = {
    let [name, namespace, behavior, literals, files, envs, env, options] = CONFIG_MAP;
    [name, namespace, behavior, literals, files, envs, env, ("type", Text), options]
};

/// The fields whose types are checked; those that are not here take anything.
const FIELDS: &[(&str, Shape)] = &[
    ("namespace", Text),
    ("namePrefix", Text),
    ("nameSuffix", Text),
    ("resources", Texts),
    ("bases", Texts),
    ("components", Texts),
    ("crds", Texts),
    ("configurations", Texts),
    ("generators", Texts),
    ("transformers", Texts),
    ("validators", Texts),
    ("buildMetadata", Texts),
    ("patchesStrategicMerge", Texts),
    ("patches", Objects(PATCH)),
    ("patchesJson6902", Objects(PATCH)),
    ("images", Objects(IMAGE)),
    ("imageTags", Objects(IMAGE)),
    ("replicas", Objects(&[("name", Text), ("count", Whole)])),
    ("commonLabels", Pairs),
    ("commonAnnotations", Pairs),
    (
        "labels",
        Objects(&[
            ("pairs", Pairs),
            ("includeSelectors", Switch),
            ("includeTemplates", Switch),
            ("includeVolumeClaimTemplates", Switch),
            ("fields", Objects(FIELD)),
        ]),
    ),
    ("configMapGenerator", Objects(&CONFIG_MAP)),
    ("secretGenerator", Objects(&SECRET)),
    ("generatorOptions", Object(OPTIONS)),
    ("openapi", Object(&[("path", Text), ("version", Text)])),
    ("sortOptions", Object(&[("order", Text), ("legacySortOptions", Anything)])),
    (
        "vars",
        Objects(&[
            ("name", Text),
            (
                "objref",
                Object(&[
                    ("apiVersion", Text),
                    ("group", Text),
                    ("version", Text),
                    ("kind", Text),
                    ("name", Text),
                    ("namespace", Text),
                ]),
            ),
            ("fieldref", Object(&[("fieldpath", Text)])),
        ]),
    ),
];

/// Says which fields have a type or a value that kustomize refuses.
pub fn check(root: &Value, built: &mut Built) {
    for (key, value) in root.entries() {
        if let Some((name, shape)) = FIELDS.iter().find(|(field, _)| field.eq_ignore_ascii_case(&key.text)) {
            one(name, *shape, value, built);
        }
    }
    kind(root, built);
    let order = root.at(&["sortOptions", "order"]);
    let legacy = root.at(&["sortOptions", "legacySortOptions"]);
    if let Some(legacy) = legacy.filter(|_| order.is_none_or(|order| order.text() != "legacy")) {
        let message = "`legacySortOptions` without `order: legacy`".to_owned();
        refuse(legacy, message, Some("add `order: legacy`".to_owned()), built);
    }
    if let Some(order) = order.filter(|order| !matches!(order.text(), "" | "legacy" | "fifo")) {
        let message = format!("there is no order `{}`", order.text());
        refuse(order, message, Some("write `legacy` or `fifo`".to_owned()), built);
    }
}

/// Version and kind, which may be left out.
fn kind(root: &Value, built: &mut Built) {
    const GROUP: &str = "kustomize.config.k8s.io";
    let (version, kind) = (root.get("apiVersion"), root.get("kind"));
    let text = |value: Option<&Value>| value.map_or("", Value::text).to_owned();
    let component = text(kind) == "Component";
    if let Some(kind) = kind.filter(|kind| !matches!(kind.text(), "" | "Kustomization" | "Component")) {
        let help = Some("write `Kustomization`, or `Component`".to_owned());
        refuse(kind, format!("a kustomization has no kind `{}`", kind.text()), help, built);
    }
    let right = format!("{GROUP}/{}", if component { "v1alpha1" } else { "v1beta1" });
    if let Some(version) = version.filter(|version| !version.text().is_empty() && version.text() != right) {
        // Older releases took other groups.
        if version.text().starts_with(GROUP) {
            let message = format!("`{}` is not a version of this kind", version.text());
            refuse(version, message, Some(format!("write `{right}`")), built);
        }
    }
}

fn refuse(at: &Value, message: String, help: Option<String>, built: &mut Built) {
    built.troubles.push(Trouble { at: at.span, kind: TroubleKind::Field, message, help });
}

fn one(name: &str, shape: Shape, value: &Value, built: &mut Built) {
    if value.is_null() {
        return;
    }
    let wrong = |expected: &str, built: &mut Built| {
        let message = format!("{} is {} here, and {expected} is expected", quoted(name), what(value));
        let help = match (shape, &value.data) {
            (Text, Data::Scalar(_)) => Some("put it in quotes".to_owned()),
            (Objects(_), Data::Scalar(_)) if name == "patches" && value.text().ends_with("yaml") => {
                Some(format!("write `path: {}`", value.text()))
            }
            (Whole | Switch, Data::Scalar(scalar)) if scalar.quoted => Some("remove the quotes".to_owned()),
            (Texts | Objects(_), Data::Scalar(_) | Data::Map(_)) => {
                Some("put `- ` in front of it".to_owned())
            }
            _ => None,
        };
        refuse(value, message, help, built);
    };
    match shape {
        Anything => {}
        Text if is_text(value) => {}
        Text => wrong("a string", built),
        Whole if matches!(plain(value), Some(Scalar::Int(_))) => {}
        Whole => wrong("a whole number", built),
        Switch if matches!(plain(value), Some(Scalar::Bool(_))) => {}
        Switch => wrong("`true` or `false`", built),
        Texts => match &value.data {
            Data::Seq(items) => {
                items.iter().for_each(|item| one(&format!("an item of `{name}`"), Text, item, built))
            }
            _ => wrong("a list", built),
        },
        Pairs => match &value.data {
            // Their values are checked where labels are.
            Data::Map(_) if matches!(name, "commonLabels" | "commonAnnotations" | "pairs") => {}
            Data::Map(entries) => entries.iter().for_each(|(key, value)| one(&key.text, Text, value, built)),
            _ => wrong("a mapping", built),
        },
        Objects(fields) => match &value.data {
            Data::Seq(items) => {
                items
                    .iter()
                    .for_each(|item| one(&format!("an item of `{name}`"), Object(fields), item, built));
            }
            _ => wrong("a list", built),
        },
        Object(fields) => match &value.data {
            Data::Map(entries) => {
                for (key, value) in entries.iter() {
                    match fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(&key.text)) {
                        Some((field, shape)) => one(field, *shape, value, built),
                        None => {
                            let meant = suggest::meant(&key.text, fields.iter().map(|field| field.0));
                            let kind =
                                if meant.is_some() { TroubleKind::Field } else { TroubleKind::OtherField };
                            let place = name.trim_start_matches("an item of ").trim_matches('`');
                            let message = format!("`{place}` has no field `{}`", key.text);
                            let help = meant.map(|field| format!("write `{field}`"));
                            built.troubles.push(Trouble { at: key.span, kind, message, help });
                        }
                    }
                }
            }
            _ => wrong("a mapping", built),
        },
    }
}

/// An unquoted value as kubectl's parser reads it.
fn plain(value: &Value) -> Option<Scalar<'_>> {
    value.as_scalar().filter(|scalar| !scalar.quoted).map(|scalar| yaml::resolve(&scalar.text))
}

fn is_text(value: &Value) -> bool {
    value.as_scalar().is_some_and(|scalar| scalar.quoted)
        || matches!(plain(value), Some(Scalar::Str(_) | Scalar::Null))
}

/// A field's name as it stands in a sentence; what is in a list is said in words already.
fn quoted(name: &str) -> String {
    if name.contains('`') { name.to_owned() } else { format!("`{name}`") }
}

fn what(value: &Value) -> &'static str {
    match (&value.data, plain(value)) {
        (Data::Map(_), _) => "a mapping",
        (Data::Seq(_), _) => "a list",
        (_, Some(Scalar::Bool(_))) => "a truth value",
        (_, Some(Scalar::Int(_) | Scalar::Float(_))) => "a number",
        _ => "a string",
    }
}
