//! Labels, annotations and namespaces that a team asks for.

use foldhash::HashMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Object;
use crate::files::Span;
use crate::finding::{Out, Severity};
use crate::inventory::Inventory;
use crate::kube::workload::Workload;
use crate::rules::Options;
use crate::rules::words::list;
use crate::yaml::Node;

/// The labels by which tools know what belongs together (fact 19.33).
const NAME: &str = "app.kubernetes.io/name";
const INSTANCE: &str = "app.kubernetes.io/instance";

/// Options of `required-label-missing`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LabelOptions {
    /// Keys of labels that each workload has to have.
    #[serde(default)]
    labels: Vec<String>,
    /// Keys of annotations that each workload has to have.
    #[serde(default)]
    annotations: Vec<String>,
}

impl Options for LabelOptions {}

/// The workloads that are whole and somebody's own.
fn own<'s, 'a>(inventory: &'s Inventory<'a>) -> impl Iterator<Item = &'s Workload<'a>> {
    let whole = |workload: &&Workload<'a>| {
        !inventory.is_patched(&workload.object) && !workload.is_owned() && !workload.is_partial()
    };
    inventory.workloads.iter().filter(whole)
}

fn entry<'a>(object: &Object<'a>, field: &str, key: &str) -> Option<Node<'a>> {
    object.metadata()?.get(field)?.get(key)
}

fn has_label(object: &Object<'_>, key: &str) -> bool {
    entry(object, "labels", key).is_some() || object.added.objects.iter().any(|(own, _)| own == key)
}

/// Workloads without the recommended labels.
pub(super) fn recommended(inventory: &Inventory<'_>, out: &mut Out) {
    for workload in own(inventory) {
        let missing: Vec<String> = [NAME, INSTANCE]
            .into_iter()
            .filter(|key| !has_label(&workload.object, key))
            .map(|key| format!("`{key}`"))
            .collect();
        if !missing.is_empty() {
            out.report(workload.object.anchor(), format!("{} lacks recommended labels", workload.title()))
                .label(format!("{} missing", list(&missing, 2)))
                .help("add the labels of the page \"Recommended Labels\", so that tools know what belongs together");
        }
    }
}

/// Workloads without what the configuration demands.
pub(super) fn required(inventory: &Inventory<'_>, out: &mut Out) {
    let options: LabelOptions = inventory.surroundings.options();
    for workload in own(inventory) {
        let labels = options.labels.iter().filter(|key| !has_label(&workload.object, key));
        let annotations =
            options.annotations.iter().filter(|key| entry(&workload.object, "annotations", key).is_none());
        let labels = labels.map(|key| format!("label `{key}`"));
        let missing: Vec<String> =
            labels.chain(annotations.map(|key| format!("annotation `{key}`"))).collect();
        if !missing.is_empty() {
            out.report(workload.object.anchor(), format!("{} lacks {}", workload.title(), list(&missing, 2)))
                .label("required by the configuration")
                .help("add it to the object's `metadata`");
        }
    }
}

/// Objects that are put into `default` in so many words, once for each place that says so.
pub(super) fn default_namespace(inventory: &Inventory<'_>, out: &mut Out) {
    let mut told: Vec<(Span, Vec<String>)> = Vec::new();
    let mut known: HashMap<Span, usize> = HashMap::default();
    for object in inventory.objects.iter().filter(|object| !inventory.is_patched(object)) {
        let namespace = object.metadata().and_then(|it| it.get("namespace"));
        let Some(node) = namespace.filter(|node| node.text() == "default") else { continue };
        // A chart puts the namespace of its release here.
        if node.source_text().trim_matches(['"', '\'']) != node.text() {
            continue;
        }
        // The Service of the API server lives there, the namespace has an account of its own, and Endpoints follow their
        // Service.
        let of_cluster = match object.kind {
            "Endpoints" | "EndpointSlice" => true,
            "ServiceAccount" => object.name == "default",
            _ => object.name == "kubernetes",
        };
        // What `helm template` printed has the namespace that it was called with.
        let is_printed = entry(object, "labels", "helm.sh/chart").is_some()
            || entry(object, "labels", "app.kubernetes.io/managed-by").is_some_and(|by| by.text() == "Helm");
        if of_cluster || is_printed {
            continue;
        }
        // What a kustomization gives to everything takes the place of what the object says.
        let place = inventory.view.namespace.unwrap_or(node.span());
        let next = told.len();
        let at = *known.entry(place).or_insert(next);
        if at == next {
            told.push((place, Vec::new()));
        }
        told[at].1.push(object.title());
    }
    for (place, titles) in told {
        let verb = if titles.len() == 1 { "goes" } else { "go" };
        out.report(place, format!("{} {verb} into namespace `default`", list(&titles, 2)))
            .severity(Severity::Info)
            .label("shared with everything that names no namespace")
            .help("give the application a namespace of its own");
    }
}
