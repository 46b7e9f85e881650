//! The smallest change as edits of the manifest, where it is plain how they look.

use serde_json::{Map, Value, json};

use crate::document::Object;
use crate::files::Span;
use crate::finding::{Edit, Fix};
use crate::inventory::{Inventory, Scaler, ScalerKind, Term, terms};
use crate::kube::int_or_percent::IntOrPercent;
use crate::kube::selector::Match;
use crate::kube::workload::Workload;
use crate::survival::change::Change;
use crate::survival::cluster::{HOSTNAME, ZONE};
use crate::survival::judge::Row;
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;
use crate::yaml::insert;

/// The fix that makes these changes; `None` if one of them needs a look at the file, or the object is made of several.
pub(super) fn fix(inventory: &Inventory<'_>, row: &Row, changes: &[Change]) -> Option<Fix> {
    let workload = &inventory.workloads[row.workload];
    if inventory.view.built || inventory.is_patched(&workload.object) {
        return None;
    }
    let title: Vec<String> = changes.iter().map(|change| change.text()).collect();
    let mut fix = Fix::needs_decision(title.join(", and "));
    let turned = changes.contains(&Change::Release) && changes.contains(&Change::ApartByNode);
    for change in changes {
        // What holds the replicas together becomes what keeps them apart: one edit for both.
        let own = match change {
            Change::Release if turned => turn(workload)?,
            Change::ApartByNode if turned => continue,
            _ => edits(inventory, row.workload, workload, *change)?,
        };
        fix.edits.extend(own);
    }
    Some(fix)
}

fn edits(inventory: &Inventory<'_>, at: usize, workload: &Workload<'_>, change: Change) -> Option<Vec<Edit>> {
    let spec = workload.object.spec()?;
    let pod = workload.pod.spec.0;
    let one = |(span, text)| vec![Edit { span, text }];
    match change {
        Change::Replicas(count) => match inventory.scalers_of(at) {
            [] => number(spec, "replicas", workload.replicas, count),
            // An autoscaler decides, whatever the workload says.
            [scaler] => floor(inventory, &inventory.scalers[*scaler], count),
            _ => None,
        },
        Change::Release => release(inventory, at, workload),
        Change::ApartByNode => {
            let term = json!({"labelSelector": {"matchLabels": labels(workload)?}, "topologyKey": HOSTNAME});
            let way = ["affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
            add(pod, &way, term).map(one)
        }
        Change::SpreadByZone => {
            let constraint = json!({
                "maxSkew": 1, "minDomains": 2, "topologyKey": ZONE, "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": labels(workload)?}
            });
            add(pod, &["topologySpreadConstraints"], constraint).map(one)
        }
        Change::Budget => budget(inventory, &workload.object, labels(workload)?).map(|edit| vec![edit]),
        Change::Rolling => rolling(spec),
    }
}

/// Another number in the place of the one that is written, if any is.
fn number(mapping: Node<'_>, key: &str, written: Option<Node<'_>>, count: usize) -> Option<Vec<Edit>> {
    match written {
        Some(node) if is_placeholder(node.text()) => None,
        Some(node) => Some(vec![Edit { span: node.span(), text: count.to_string() }]),
        None => insert::entry(mapping, key, &json!(count)).map(|(span, text)| vec![Edit { span, text }]),
    }
}

/// The least that an autoscaler runs, where it may run as many.
fn floor(inventory: &Inventory<'_>, scaler: &Scaler<'_>, count: usize) -> Option<Vec<Edit>> {
    let most = scaler.max?.int()?;
    if scaler.kind != ScalerKind::Hpa || inventory.is_patched(&scaler.object) || most < count as i64 {
        return None;
    }
    number(scaler.object.spec()?, "minReplicas", scaler.min, count)
}

/// `podAntiAffinity` in the place of `podAffinity`, where all of it is required and about nodes.
fn turn(workload: &Workload<'_>) -> Option<Vec<Edit>> {
    let spec = workload.pod.spec;
    let entry = spec.affinity("podAffinity")?;
    let by_node =
        |term: &Term<'_>| term.required && term.topology_key.is_some_and(|key| key.text() == HOSTNAME);
    let plain = spec.affinity("podAntiAffinity").is_none() && terms(spec, "podAffinity").iter().all(by_node);
    let text = entry.key.quoted_like("podAntiAffinity");
    plain.then(|| vec![Edit { span: entry.key.span(), text }])
}

/// The labels that the workload selects its pods by.
fn labels(workload: &Workload<'_>) -> Option<Value> {
    let selected = workload.selector.as_ref().filter(|one| !one.has_placeholder() && !one.is_invalid());
    let pairs = selected?.required_pairs();
    let pairs: Map<String, Value> = pairs.map(|(key, value)| (key.to_owned(), Value::from(value))).collect();
    (!pairs.is_empty()).then_some(Value::Object(pairs))
}

/// Adds an item to a list at the end of a way of keys, of which some or all are there.
fn add(mapping: Node<'_>, way: &[&str], item: Value) -> Option<insert::Insertion> {
    let (key, rest) = way.split_first()?;
    match (mapping.get(key), rest.is_empty()) {
        (Some(list), true) => insert::item(list, &item),
        (Some(inner), false) => add(inner, rest, item),
        (None, _) => {
            let nested = rest.iter().rev().fold(Value::Array(vec![item]), |inner, key| json!({*key: inner}));
            insert::entry(mapping, key, &nested)
        }
    }
}

/// A budget as a new document at the end of the file.
fn budget(inventory: &Inventory<'_>, object: &Object<'_>, labels: Value) -> Option<Edit> {
    let source = object.node.tree().source();
    if source.path.ends_with(".json") || inventory.named("PodDisruptionBudget", object.name).next().is_some()
    {
        return None;
    }
    let mut metadata = Map::from_iter([("name".to_owned(), Value::from(object.name))]);
    if let Some(namespace) = object.metadata().and_then(|metadata| metadata.get("namespace")) {
        metadata.insert("namespace".to_owned(), Value::from(namespace.text()));
    }
    let text = insert::document(&json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata,
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": labels}}
    }));
    let gap = if source.text.ends_with('\n') || source.text.is_empty() { "" } else { "\n" };
    let end = source.span(source.text.len()..source.text.len());
    Some(Edit { span: end, text: format!("{gap}---\n{text}") })
}

/// Another type of update, or a limit that leaves every old pod until its successor is ready.
fn rolling(spec: Node<'_>) -> Option<Vec<Edit>> {
    let one = |(span, text)| vec![Edit { span, text }];
    let limits = json!({"maxSurge": 1, "maxUnavailable": 0});
    let Some(strategy) = spec.get("strategy") else {
        let whole = json!({"type": "RollingUpdate", "rollingUpdate": limits});
        return insert::entry(spec, "strategy", &whole).map(one);
    };
    if let Some(kind) = strategy.get("type").filter(|kind| kind.text() != "RollingUpdate") {
        return Some(vec![Edit { span: kind.span(), text: kind.quoted_like("RollingUpdate") }]);
    }
    let Some(rolling) = strategy.get("rollingUpdate") else {
        return insert::entry(strategy, "rollingUpdate", &limits).map(one);
    };
    let mut edits = match rolling.get("maxUnavailable") {
        Some(node) => vec![Edit { span: node.span(), text: "0".to_owned() }],
        None => one(insert::entry(rolling, "maxUnavailable", &json!(0))?),
    };
    // Both cannot be nothing.
    let nothing = |node: &Node<'_>| {
        matches!(IntOrPercent::read(*node), Some(IntOrPercent::Int(0) | IntOrPercent::Percent(0)))
    };
    edits.extend(
        rolling.get("maxSurge").filter(nothing).map(|node| Edit { span: node.span(), text: "1".to_owned() }),
    );
    Some(edits)
}

/// Takes out the whole `podAffinity`, where there is nothing else in it than what holds the replicas together.
fn release(inventory: &Inventory<'_>, at: usize, workload: &Workload<'_>) -> Option<Vec<Edit>> {
    let spec = workload.pod.spec;
    let entry = spec.affinity("podAffinity")?;
    let own = |term: &Term<'_>| term.required && inventory.term_selects_self(term, at) == Match::Yes;
    if !terms(spec, "podAffinity").iter().all(own) {
        return None;
    }
    let affinity = spec.0.entry("affinity")?;
    let alone = affinity.value.entries().count() == 1;
    let whole = if alone { affinity } else { entry };
    let source = workload.object.node.tree().source();
    let (key, value) = (whole.key.span(), whole.value.span());
    if key.file != source.id || value.file != source.id {
        return None;
    }
    let start = source.line_range(source.line_index(key.start)).start;
    let blank = source.text.get(start..key.start as usize)?.bytes().all(|byte| byte == b' ');
    let line = source.line_index(value.end.max(value.start + 1) - 1);
    let end = source.line_range(line).end;
    let rest = source.text.get(value.end as usize..end).unwrap_or("").trim();
    if !blank || !(rest.is_empty() || rest.starts_with('#')) {
        return None;
    }
    let next = (end + 1).min(source.text.len());
    Some(vec![Edit { span: Span { start: start as u32, end: next as u32, ..key }, text: String::new() }])
}
