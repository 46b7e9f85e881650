//! Variables that take another key than their names say, and databases that lack the variable they start with.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::{Check, Eligible, Rule, rule};
use crate::document::Object;
use crate::finding::Out;
use crate::inventory::Inventory;
use crate::kube::image;
use crate::kube::pod::Container;
use crate::kube::workload::Workload;
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("env-key-mixed-up", Check::Unit(mixed_up)),
    rule!("database-without-password", Check::Workload(Eligible::FINAL, without_password)),
];

/// A variable with the key of an object that it takes.
#[derive(Clone, Copy)]
struct Taken<'a> {
    variable: &'a str,
    kind: &'static str,
    object: &'a str,
    key: Node<'a>,
}

fn taken<'a>(container: Container<'a>) -> Vec<Taken<'a>> {
    let read = |variable: &'a str, from: Node<'a>| {
        let fields = [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")];
        let (reference, kind) = fields.iter().find_map(|one| Some((from.get(one.0)?, one.1)))?;
        let (object, key) = (reference.get("name")?.text(), reference.get("key")?);
        Some(Taken { variable, kind, object, key })
    };
    container.env().filter_map(|entry| read(entry.name(), entry.value_from()?)).collect()
}

/// The letters of a name, so that `DB_USER` and `db-user` are one.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn mixed_up(inventory: &Inventory<'_>, out: &mut Out) {
    let workloads = inventory.workloads.iter();
    let all: Vec<Vec<Vec<Taken<'_>>>> =
        workloads.map(|one| one.pod.spec.containers().map(taken).collect()).collect();
    let used: HashSet<(&str, &str)> =
        all.iter().flatten().flatten().map(|one| (one.object, one.key.text())).collect();
    for (workload, containers) in inventory.workloads.iter().zip(&all) {
        if inventory.is_patched(&workload.object) {
            continue;
        }
        for container in containers {
            let mut counts: HashMap<(&str, &str), Vec<&Taken<'_>>> = HashMap::new();
            for one in container {
                counts.entry((one.object, one.key.text())).or_default().push(one);
            }
            for one in container {
                let twins = &counts[&(one.object, one.key.text())];
                if twins.len() > 1 && letters(one.variable) != letters(one.key.text()) {
                    check(inventory, workload, one, twins, &used, out);
                }
            }
        }
    }
}

fn check<'a>(
    inventory: &Inventory<'a>,
    workload: &Workload<'a>,
    one: &Taken<'a>,
    twins: &[&Taken<'a>],
    used: &HashSet<(&str, &str)>,
    out: &mut Out,
) {
    let own = letters(one.variable);
    let key = one.key.text();
    let fits = |other: &&str| *other != key && letters(other) == own && !used.contains(&(one.object, other));
    let mut objects = inventory.reachable(inventory.namespace(&workload.object), one.kind, one.object);
    let Some((object, meant)) =
        objects.find_map(|object: &Object<'a>| Some((object, inventory.keys(object).find(&fits)?)))
    else {
        return;
    };
    let Some(rightful) = twins.iter().find(|other| other.variable != one.variable) else { return };
    out.report(one.key, format!("`{}` takes the key `{key}`, and nothing takes `{meant}`", one.variable))
        .label(format!("{} `{}` has `{meant}`, too", one.kind, one.object))
        .also(rightful.key, format!("`{}` takes the same key", rightful.variable))
        .also(object.anchor(), "the object")
        .perhaps(one.key, meant);
}

/// Images that refuse to set up a database without one of these variables (fact 7.4).
const DEMANDS: &[(&str, &[&str])] = &[
    ("postgres", &["POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE", "POSTGRES_HOST_AUTH_METHOD"]),
    (
        "mysql",
        &[
            "MYSQL_ROOT_PASSWORD",
            "MYSQL_ROOT_PASSWORD_FILE",
            "MYSQL_ALLOW_EMPTY_PASSWORD",
            "MYSQL_RANDOM_ROOT_PASSWORD",
        ],
    ),
];

fn without_password(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    if workload.may_be_injected() {
        return;
    }
    for container in workload.pod.spec.containers() {
        demand(inventory, workload, container, out);
    }
}

fn demand<'a>(inventory: &Inventory<'a>, workload: &Workload<'a>, container: Container<'a>, out: &mut Out) {
    let Some(node) = container.image().filter(|node| !is_placeholder(node.text())) else { return };
    let official = |image: &image::Image<'_>| {
        image.path == image.name || image.path == format!("library/{}", image.name)
    };
    let Some(image) = image::parse(node.text()).filter(official) else { return };
    let Some((_, variables)) = DEMANDS.iter().find(|one| one.0 == image.name) else { return };
    // Another command may set up something else, and arguments may be another program.
    let other = container.node.get("command").is_some()
        || container.list("args").next().is_some_and(|first| !first.text().starts_with('-'));
    let environment = inventory.environment(workload, container);
    let set = variables.iter().any(|name| environment.get(name).is_some());
    if other || set || environment.open || has_data(inventory, workload, container) {
        return;
    }
    let names: Vec<String> = variables.iter().map(|name| format!("`{name}`")).collect();
    out.report(node, format!("`{}` sets up no database without a password and exits", node.text()))
        .label(format!("none of {} is set", names.join(", ")))
        .help(format!("set `{}` from a Secret with `secretKeyRef`", variables[0]));
}

/// Whether the database may have been set up before: by a volume that was filled elsewhere.
fn has_data<'a>(inventory: &Inventory<'a>, workload: &Workload<'a>, container: Container<'a>) -> bool {
    let namespace = inventory.namespace(&workload.object);
    let made_here =
        |claim: &str| inventory.named_within(namespace, "PersistentVolumeClaim", claim).next().is_some();
    let filled = |volume: Node<'a>| match volume.get("persistentVolumeClaim") {
        Some(claim) => !claim.get("claimName").is_some_and(|name| made_here(name.text())),
        None => {
            ["emptyDir", "configMap", "secret", "projected"].iter().all(|kind| volume.entry(kind).is_none())
        }
    };
    let mounted = |volume: &Node<'a>| {
        let name = volume.get("name").map_or("", |name| name.text());
        container.list("volumeMounts").any(|mount| mount.get("name").is_some_and(|one| one.text() == name))
    };
    workload.pod.spec.list("volumes").filter(mounted).any(filled)
}
