//! CustomResourceDefinitions and APIServices (`apiextensions-apiserver/pkg/apis/apiextensions/validation`,
//! `pkg/apiserver/schema/validation.go` beside it, `kube-aggregator/pkg/apis/apiregistration/validation`).

use super::lists::lists;
use super::structural::{TYPES, structure};
use super::together::unique;
use super::webhooks::review_versions;
use super::{Notes, Place, given, known};
use crate::yaml::{Node, Scalar};

/// Definitions of older versions are converted, and obey other rules.
fn is_current(place: &Place<'_, '_>) -> bool {
    place.root().get("apiVersion").and_then(Node::str) == Some("apiextensions.k8s.io/v1")
}

/// A definition is named after its plural and its group, and stores one version.
pub(super) fn spec<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if !is_current(place) {
        return;
    }
    let plural = place.node.get("names").and_then(|names| names.get("plural")).and_then(Node::str);
    let name = place.root().get("metadata").and_then(|meta| meta.get("name"));
    if let (Some(plural), Some(group), Some((at, text))) =
        (plural, place.text("group"), name.and_then(|at| Some((at, at.str()?))))
    {
        let whole = format!("{plural}.{group}");
        if text != whole && ![plural, group, text].iter().any(|text| known::is_placeholder(text)) {
            let message = format!("`{text}` is not the plural and the group of the definition");
            notes.refuse(at, message, format!("write `{whole}`"));
        }
    }
    group(place, notes);
    let versions: Vec<Node<'a>> = place.items("versions").collect();
    unique("the version", versions.iter().filter_map(|version| version.get("name")), notes);
    let stored: Vec<Node<'a>> = versions
        .iter()
        .filter_map(|version| version.get("storage").filter(|at| at.bool() == Some(true)))
        .collect();
    let help = "write `storage: true` in exactly one of them";
    match stored.as_slice() {
        [] if !versions.is_empty() => {
            notes.wants(place, "versions", "no version is stored", help);
        }
        [first, second, ..] => notes.clash(*second, *first, "two versions are stored", help),
        _ => {}
    }
    if let Some(at) = place.node.get("preserveUnknownFields").filter(|at| at.bool() == Some(true)) {
        let help = "remove it, and write `x-kubernetes-preserve-unknown-fields: true` in the schema";
        notes.refuse(at, "`preserveUnknownFields` must not be true in this version", help);
    }
}

/// The group is a domain; those of Kubernetes itself need its approval.
fn group<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some((at, text)) = place.given("group").and_then(|at| Some((at, at.str()?))) else { return };
    if known::is_placeholder(text) {
        return;
    }
    if !text.contains('.') {
        notes.refuse(at, format!("the group `{text}` is no domain"), "write one with a dot: `example.com`");
    }
    let of =
        |domain: &str| text == domain || text.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    let approval = "api-approved.kubernetes.io";
    let approved = |root: Node<'a>| root.get("metadata")?.get("annotations")?.get(approval);
    if (of("k8s.io") || of("kubernetes.io")) && approved(place.root()).is_none() {
        let message = format!("the group `{text}` belongs to Kubernetes and needs an approval");
        notes.refuse(at, message, format!("use a domain of your own, or add the annotation `{approval}`"));
    }
}

/// What a kind and its list are called.
pub(super) fn names<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let (kind, list) = (place.given("kind"), place.given("listKind"));
    if let (Some(kind), Some(list)) = (kind, list)
        && kind.text() == list.text()
    {
        notes.clash(list, kind, "a kind and its list have one name", format!("write `{}List`", kind.text()));
    }
    // Without a word the list is called after the kind.
    if let (Some(kind), None) = (kind, list)
        && (60..=63).contains(&kind.text().len())
    {
        notes.refuse(kind, "the name of the list of this kind is too long", "add a shorter `listKind`");
    }
}

/// What an object may be asked for besides itself.
pub(super) fn subresources<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if let Some(at) = place.node.get("status").filter(|at| !at.is_mapping()) {
        notes.refuse(at, "`status` wants a mapping", "write `status: {}`");
    }
}

/// One version of a definition.
pub(super) fn version<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let warning = place.node.get("deprecationWarning").and_then(|at| Some((at, at.str()?)));
    let deprecated = place.node.get("deprecated").is_some_and(|at| at.bool() == Some(true));
    match warning {
        Some((at, _)) if !deprecated => {
            let help = "add `deprecated: true`, or remove it";
            notes.refuse(at, "a version that is not deprecated has no `deprecationWarning`", help);
        }
        Some((at, "")) => notes.refuse(at, "`deprecationWarning` is empty", "remove it for the usual text"),
        Some((at, text)) if text.chars().any(char::is_control) || text.len() > 256 => {
            let help = "write one line of at most 256 characters";
            notes.refuse(at, "`deprecationWarning` is not a single short line", help);
        }
        _ => {}
    }
    let schema = place.node.get("schema");
    let root = schema.and_then(|schema| schema.get("openAPIV3Schema"));
    if let (Some(schema), None, true) = (schema, root, is_current(place)) {
        notes.refuse(schema, "the schema is empty", "add `openAPIV3Schema` with `type: object`");
    }
    if let Some(root) = root.filter(|root| root.is_mapping() && is_current(place)) {
        structure(root, notes);
        for (at, message, help) in super::super::custom::rule_faults(root, notes.target.1) {
            notes.refuse(at, message, help);
        }
        let fields = || place.items("selectableFields").filter_map(|one| one.get("jsonPath"));
        fields().for_each(|field| selectable(root, field, notes));
        unique("the field", fields(), notes);
        metadata(root, notes);
    }
}

/// Of the metadata a schema may limit the name alone.
fn metadata<'a>(root: Node<'a>, notes: &mut Notes<'_, 'a>) {
    let properties = root.get("properties").and_then(|all| all.get("metadata")?.get("properties"));
    let own = |entry: &crate::yaml::Entry<'a>| !matches!(entry.key.key_text(), "name" | "generateName");
    if let Some(entry) = properties.and_then(|all| all.entries().find(own)) {
        let message = format!("the schema limits `{}` of the metadata", entry.key.key_text());
        notes.refuse(entry.key, message, "limit `name` and `generateName` alone");
    }
}

/// A field that objects are selected by is declared, and a plain value.
fn selectable<'a>(root: Node<'a>, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    let Some(path) = at.str().and_then(|text| text.strip_prefix('.')) else { return };
    let mut schema = Some(root);
    for part in path.split('.') {
        schema = schema.and_then(|schema| schema.get("properties")?.get(part));
    }
    let plain = |schema: Node<'_>| {
        schema.get("type").is_some_and(|ty| matches!(ty.text(), "string" | "integer" | "boolean"))
    };
    if !schema.is_some_and(plain) {
        let message = format!("the schema has no plain field `{}`", at.text());
        notes.refuse(at, message, "name a field of type `string`, `integer` or `boolean`");
    }
}

/// Where the numbers of replicas are.
pub(super) fn scale<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let fields: [(&str, &[&str]); 3] = [
        ("specReplicasPath", &[".spec"]),
        ("statusReplicasPath", &[".status"]),
        ("labelSelectorPath", &[".spec", ".status"]),
    ];
    for (field, roots) in fields {
        let Some((at, text)) = place.given(field).and_then(|at| Some((at, at.str()?))) else { continue };
        let below = |root: &&str| text.strip_prefix(*root).is_some_and(|rest| rest.starts_with('.'));
        if (super::texts::JSON_PATH.is)(text) && !roots.iter().any(below) {
            let wanted: Vec<String> = roots.iter().map(|root| format!("`{root}`")).collect();
            let message = format!("`{text}` is not below {}", wanted.join(" or "));
            notes.refuse(at, message, format!("write a path such as `{}.replicas`", roots[0]));
        }
    }
}

/// How one version becomes another.
pub(super) fn conversion<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if !is_current(place) {
        return;
    }
    let webhook = place.node.entry("webhook").filter(|entry| entry.value.entries().next().is_some());
    match (place.text("strategy"), webhook) {
        (Some("Webhook"), None) => {
            notes.wants(place, "webhook", "`strategy: Webhook` needs `webhook`", "add `webhook`");
        }
        (Some("Webhook"), Some(webhook)) => {
            for field in ["clientConfig", "conversionReviewVersions"] {
                if given(webhook.value, field).is_none() {
                    notes.refuse(webhook.key, format!("`webhook` lacks `{field}`"), format!("add `{field}`"));
                }
            }
        }
        (Some("None"), Some(webhook)) => {
            notes.refuse(
                webhook.key,
                "`webhook` beside `strategy: None`",
                "remove it, or write `strategy: Webhook`",
            );
        }
        (None | Some(""), _) => {
            notes.wants(
                place,
                "strategy",
                "`conversion` says no `strategy`",
                "add `strategy: None` or `Webhook`",
            );
        }
        _ => {}
    }
}

/// The webhook that converts.
pub(super) fn webhook_conversion<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    review_versions(place, "conversionReviewVersions", notes);
}

/// What no schema of a definition may have, and what to do.
const FORBIDDEN: &[(&str, &str)] = &[
    ("additionalItems", "remove it: `items` is one schema for all items"),
    ("$ref", "write the schema itself in its place"),
    ("definitions", "write the schemas in their places"),
    ("dependencies", "remove it, or write a rule in `x-kubernetes-validations`"),
    ("id", "remove it"),
    ("patternProperties", "use `additionalProperties`"),
];

/// Whether a list, map or text is empty.
fn is_nothing(value: Node<'_>) -> bool {
    super::is_empty(value) || (value.is_mapping() && value.entries().next().is_none())
}

/// One schema of a definition, wherever it stands.
pub(super) fn schema<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let node = place.node;
    let truth = |field: &str| node.get(field).is_some_and(|at| at.bool() == Some(true));
    let there = |field: &str| node.entry(field).filter(|entry| !entry.value.is_null());
    for (field, help) in FORBIDDEN {
        if let Some(entry) =
            there(field).filter(|entry| matches!(*field, "$ref" | "dependencies") || !is_nothing(entry.value))
        {
            notes.refuse(entry.key, format!("`{field}` is not allowed in the schema of a kind"), *help);
        }
    }
    if truth("uniqueItems")
        && let Some(entry) = node.entry("uniqueItems")
    {
        notes.refuse(entry.key, "`uniqueItems` must not be true", "write `x-kubernetes-list-type: set`");
    }
    // `additionalProperties: true` says what holds anyway (fact 12.22).
    if let (Some(properties), Some(others)) = (there("properties"), there("additionalProperties"))
        && properties.value.entries().next().is_some()
        && others.value.bool() != Some(true)
    {
        let message = "`properties` beside `additionalProperties`";
        notes.clash(others.key, properties.key, message, "keep one of them");
    }
    if let Some(entry) = there("items").filter(|entry| entry.value.is_sequence()) {
        notes.refuse(entry.key, "`items` is a list of schemas", "write one schema for all items");
    }
    let ty = node.get("type").and_then(|at| Some((at, at.str()?))).filter(|ty| !ty.1.is_empty());
    if let Some((at, text)) = ty.filter(|ty| !TYPES.contains(&ty.1)) {
        super::scalars::word(TYPES, "type", text, at, notes);
    }
    let ty = ty.map(|ty| ty.1);
    lists(place, ty, notes);
    if let Some((at, word)) = node.get("x-kubernetes-map-type").and_then(|at| Some((at, at.str()?))) {
        if !matches!(word, "atomic" | "granular") {
            super::scalars::word(&["atomic", "granular"], "x-kubernetes-map-type", word, at, notes);
        } else if ty != Some("object") {
            notes.refuse(at, "`x-kubernetes-map-type` needs `type: object`", "add it, or remove this");
        }
    }
    let keeps = node.get("x-kubernetes-preserve-unknown-fields");
    if let Some(at) = keeps.filter(|at| at.bool() == Some(true) && truth("x-kubernetes-int-or-string")) {
        notes.refuse(
            at,
            "`x-kubernetes-preserve-unknown-fields` beside `x-kubernetes-int-or-string`",
            "remove it: the value has no fields",
        );
    }
    // Only structural schemas must say it, which older definitions need not have.
    let items = there("items").filter(|entry| entry.value.is_mapping() || entry.value.is_sequence());
    if ty == Some("array") && items.is_none() && is_current(place) {
        let at = node.get("type").unwrap_or(node);
        notes.refuse(at, "the schema of a list says nothing of its items", "add `items`");
    }
    if let Some(at) = keeps.filter(|at| at.bool() == Some(false)) {
        notes.refuse(
            at,
            "`x-kubernetes-preserve-unknown-fields` must not be false",
            "remove it: this is the default",
        );
    }
    if let Some(entry) =
        node.entry("x-kubernetes-embedded-resource").filter(|entry| entry.value.bool() == Some(true))
    {
        if ty != Some("object") {
            notes.refuse(entry.key, "an embedded object needs `type: object`", "add it");
        } else if !truth("x-kubernetes-preserve-unknown-fields")
            && there("properties").is_none_or(|entry| entry.value.entries().next().is_none())
        {
            let help = "add `x-kubernetes-preserve-unknown-fields: true`, or `properties`";
            notes.refuse(entry.key, "an embedded object without `properties` would lose all fields", help);
        }
        if let Some(entry) = there("additionalProperties") {
            notes.refuse(entry.key, "an embedded object has no `additionalProperties`", "remove it");
        }
    }
    defaults(place, notes);
    for rule in place.items("x-kubernetes-validations") {
        field_path(node, rule, notes);
        if let Some(at) = rule.get("optionalOldSelf").filter(|at| at.bool() == Some(true))
            && rule.get("rule").is_some_and(|rule| !rule.text().contains("oldSelf"))
        {
            notes.refuse(at, "`optionalOldSelf` in a rule without `oldSelf`", "remove it");
        }
        if rule.get("rule").is_none_or(|at| at.text().trim().is_empty()) {
            let at =
                rule.get("rule").or_else(|| rule.entries().next().map(|entry| entry.key)).unwrap_or(rule);
            notes.refuse(at, "the rule has no expression", "add `rule`, or remove it");
        }
    }
    if let Some((at, text)) = node.get("pattern").and_then(|at| Some((at, at.str()?)))
        && super::super::custom::is_broken_pattern(text)
    {
        notes.refuse(
            at,
            "the pattern is not a valid regular expression",
            "write one that RE2 reads: no lookaround, no backreference",
        );
    }
}

/// A default keeps to the schema that it is in, whose bounds are numbers of its format.
fn defaults<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(at) = place.node.get("default") else { return };
    let range = match (place.text("type"), place.text("format")) {
        (Some("integer"), Some("int32")) => Some(f64::from(i32::MIN)..=f64::from(i32::MAX)),
        (Some("integer"), Some("int64")) => Some(i64::MIN as f64..=i64::MAX as f64),
        _ => None,
    };
    for (bound, range) in ["minimum", "maximum"]
        .into_iter()
        .filter_map(|field| place.node.get(field))
        .zip(range.into_iter().cycle())
    {
        let value = match bound.scalar() {
            Some(Scalar::Float(value)) => value,
            Some(Scalar::Int(value)) => value as f64,
            _ => continue,
        };
        if value.fract() != 0.0 || !range.contains(&value) {
            let format = place.text("format").unwrap_or_default();
            let message = format!("{} is no bound of {format}", bound.text());
            return notes.refuse(
                bound,
                message,
                "write a whole number that the format has, or another format",
            );
        }
    }
    if let Some(first) = super::super::custom::default_fault(place.node, at) {
        notes.refuse(at, "the default does not keep to its own schema", first);
    }
}

/// The field that a rule speaks of is declared.
fn field_path<'a>(schema: Node<'a>, rule: Node<'a>, notes: &mut Notes<'_, 'a>) {
    let Some((at, path)) = rule.get("fieldPath").and_then(|at| Some((at, at.str()?))) else { return };
    let Some(plain) = path.strip_prefix('.').filter(|path| !path.contains('[')) else {
        if !path.is_empty() && !path.starts_with(['.', '[']) {
            notes.refuse(at, format!("`{path}` is not a field path"), "write a path such as `.spec.size`");
        }
        return;
    };
    // A part is a field where fields are declared, else a key of a map, whatever it is called.
    let mut node = Some(schema);
    for part in plain.split('.') {
        node = node.and_then(|node| match node.get("properties") {
            Some(fields) => fields.get(part),
            None => node.get("additionalProperties"),
        });
    }
    if node.is_none() {
        notes.refuse(
            at,
            format!("the schema has no field `{path}`"),
            "name a field that is declared below the rule's schema",
        );
    }
}

/// A version of an API that another server serves.
pub(super) fn api_service<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let name = place.root().get("metadata").and_then(|meta| meta.get("name"));
    let group = place.text("group").unwrap_or_default();
    if let (Some((at, text)), Some(version)) =
        (name.and_then(|at| Some((at, at.str()?))), place.text("version"))
        && !text.is_empty()
    {
        let whole = if group.is_empty() { format!("{version}.") } else { format!("{version}.{group}") };
        if text != whole && ![text, group, version].iter().any(|text| known::is_placeholder(text)) {
            let message = format!("`{text}` is not the version and the group of the service");
            notes.refuse(at, message, format!("write `{whole}`"));
        }
    }
    let Some(skip) = place.node.get("insecureSkipTLSVerify").filter(|at| at.bool() == Some(true)) else {
        return;
    };
    if let Some(bundle) = place.given("caBundle") {
        notes.clash(skip, bundle, "`insecureSkipTLSVerify` beside `caBundle`", "remove one of them");
    } else if place.node.get("service").is_none() {
        notes.refuse(
            skip,
            "`insecureSkipTLSVerify` without `service`",
            "remove it: the API server serves this itself",
        );
    }
}
