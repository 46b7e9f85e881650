//! Configuration, secrets, claims and accounts that nothing in the input names (fact 19.38).

use foldhash::HashSet;

use crate::document::Object;
use crate::finding::Out;
use crate::inventory::Inventory;
use crate::kube::rbac;
use crate::project::Project;
use crate::rules::Around;
use crate::yaml::Node;

/// Kinds that are there to be named.
const KINDS: &[&str] = &["ConfigMap", "Secret", "PersistentVolumeClaim", "ServiceAccount"];

/// Label keys that say what something is and select nothing.
fn says_what(key: &str) -> bool {
    matches!(
        key,
        "app"
            | "name"
            | "component"
            | "tier"
            | "release"
            | "chart"
            | "heritage"
            | "k8s-app"
            | "version"
            | "env"
    ) || key.starts_with("app.kubernetes.io/")
        || key.starts_with("helm.sh/")
}

/// Reports objects whose names stand nowhere else, in no unit of the input.
pub(super) fn judge(inventory: &Inventory<'_>, around: &Around<'_>, out: &mut Out) {
    let candidates: Vec<&Object<'_>> = KINDS.iter().flat_map(|kind| inventory.of_kind(kind)).collect();
    // Of files that are a choice of one another any may be the one that uses it.
    let open = inventory.view.single_files || !inventory.view.variants.is_empty();
    if candidates.is_empty() || inventory.workloads.is_empty() || open || inventory.view.tested {
        return;
    }
    let read = read_by_programs(inventory);
    let named = around.named(named);
    for object in candidates {
        let is_named = named.contains(object.name)
            || object.name.is_empty()
            || inventory.is_made(object.namespace, object.kind, object.name)
            || inventory.is_patched(object)
            || read.contains(&object.kind)
            || inventory.is_incomplete(object);
        if is_named || is_for_others(object) || is_for_tests(object) {
            continue;
        }
        out.report(object.anchor(), format!("nothing in these files uses {}", object.title()))
            .label("no object names it")
            .help("remove it, or name it where it is needed");
    }
}

/// The names of such objects that stand in any other object.
fn named<'s>(project: &'s Project<'s>) -> HashSet<&'s str> {
    let candidates = project.pool.iter().filter(|object| KINDS.contains(&object.kind));
    let names: HashSet<&str> = candidates.map(|object| object.name).collect();
    let mut named = HashSet::default();
    project.pool.iter().for_each(|object| mentions(object, &names, &mut named));
    named
}

/// The kinds whose objects programs of the unit may read by themselves, through the API.
fn read_by_programs(inventory: &Inventory<'_>) -> Vec<&'static str> {
    let roles = || ["Role", "ClusterRole"].into_iter().flat_map(|kind| inventory.of_kind(kind));
    let resources = [
        ("ConfigMap", "configmaps"),
        ("Secret", "secrets"),
        ("PersistentVolumeClaim", "persistentvolumeclaims"),
        ("ServiceAccount", "serviceaccounts"),
    ];
    let reads = |resource: &str| {
        roles().flat_map(rbac::rules).any(|rule| {
            let verbs = ["get", "list", "watch"].iter().any(|verb| rule.allows_verb(verb));
            verbs && rule.is_about_group("") && rule.is_about(resource, "")
        })
    };
    resources.into_iter().filter(|(_, resource)| reads(resource)).map(|(kind, _)| kind).collect()
}

/// Whether something finds it without naming it, or makes it for others.
fn is_for_others(object: &Object<'_>) -> bool {
    let metadata = object.metadata();
    let annotated =
        metadata.and_then(|it| it.get("annotations")).is_some_and(|it| it.entries().next().is_some());
    let labels = metadata.and_then(|it| it.get("labels")).into_iter().flat_map(|it| it.entries());
    let selected = labels.into_iter().any(|entry| !says_what(entry.key.text()));
    let typed = object.node.get("type").is_some_and(|kind| !matches!(kind.text(), "" | "Opaque"));
    let system = object.namespace.is_some_and(|one| one.starts_with("kube-"));
    annotated || selected || typed || system
}

/// Whether it lies where tests keep what they need: they name it in programs, or in pods that are not deployed.
fn is_for_tests(object: &Object<'_>) -> bool {
    let path = object.node.tree().source().path.as_str();
    path.split('/').any(|part| matches!(part, "test" | "tests" | "testdata" | "testing"))
}

/// Adds the names that stand in an object as a whole text or as a part of one.
fn mentions<'a>(object: &Object<'a>, names: &HashSet<&'a str>, named: &mut HashSet<&'a str>) {
    let own = object.anchor();
    let mut open: Vec<Node<'a>> = vec![object.node];
    while let Some(node) = open.pop() {
        if node == own {
            continue;
        }
        let mut inside = node.children().peekable();
        if inside.peek().is_some() {
            open.extend(inside);
            continue;
        }
        let text = node.text();
        if names.contains(text) {
            named.extend(names.get(text));
        } else if text.len() < 100_000 {
            let edge = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '.');
            named.extend(text.split(edge).filter_map(|word| names.get(word.trim_matches('.'))));
        }
    }
}
