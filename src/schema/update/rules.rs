//! Which fields of which kind may not change, and how to get there all the same (facts 20.4 to 20.12).

use base64::Engine as _;

use super::canon::{Canon, Value};
use super::difference::{Difference, differ, first};
use super::{Refusal, Refused, pod};

/// A kind some of whose fields may not change.
#[derive(Debug)]
pub struct Kind {
    group: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Fields of its `spec` that nobody compares: they are large.
    pub leaves_out: &'static [&'static str],
    rows: &'static [Row],
}

/// A field.
#[derive(Debug)]
struct Row {
    path: &'static [&'static str],
    how: How,
    way_out: &'static str,
}

/// What may become of a field.
#[derive(Clone, Copy, Debug)]
enum How {
    /// Nothing at all.
    Fixed,
    /// It may be left out, and stays what it was then.
    Kept,
    /// It may be set where it was not.
    Once,
    /// The order does not matter.
    Set,
    /// It is fixed in an object that says `immutable: true`.
    Locked,
    /// An amount that may grow.
    Grows,
    /// A function looks at the whole object.
    Whole(fn(&Canon, &Canon) -> Option<Difference>),
}

const NEW_NAME: &str = "give it a new name and remove the old one, or delete it before it is applied again";
const ORPHAN: &str =
    "delete it with `kubectl delete --cascade=orphan`, which leaves its pods running, and apply it again";
const REBIND: &str = "delete the binding and apply it again; until then its subjects lack what it grants";
const COPY: &str =
    "make a claim with a new name and copy the data; a claim is deleted with its data, if its class says so";
const JOB: &str =
    "give the Job a new name or `generateName`, or delete it before it is applied again; it runs again then";
const CLASS: &str = "make a class with a new name; what uses this one keeps it";
const NEW_DATA: &str =
    "give it a new name and point its users there, as a hash in the name does; that also restarts them";
const REVERT: &str = "take the change back, or delete the object before it is applied again";

const fn fixed(path: &'static [&'static str], way_out: &'static str) -> Row {
    Row { path, how: How::Fixed, way_out }
}

const fn row(path: &'static [&'static str], how: How, way_out: &'static str) -> Row {
    Row { path, how, way_out }
}

const fn kind(group: &'static str, name: &'static str, rows: &'static [Row]) -> Kind {
    Kind { group, name, leaves_out: &[], rows }
}

const SELECTOR: &[Row] = &[fixed(&["spec", "selector"], ORPHAN)];

static KINDS: &[Kind] = &[
    // 20.4
    Kind { group: "apps", name: "Deployment", leaves_out: &["template"], rows: SELECTOR },
    Kind { group: "apps", name: "ReplicaSet", leaves_out: &["template"], rows: SELECTOR },
    Kind { group: "apps", name: "DaemonSet", leaves_out: &["template"], rows: SELECTOR },
    // 20.5
    Kind {
        group: "apps",
        name: "StatefulSet",
        leaves_out: &["template"],
        rows: &[
            fixed(&["spec", "selector"], ORPHAN),
            fixed(&["spec", "serviceName"], ORPHAN),
            fixed(&["spec", "podManagementPolicy"], ORPHAN),
            fixed(&["spec", "volumeClaimTemplates"], ORPHAN),
        ],
    },
    // 20.6
    kind(
        "batch",
        "Job",
        &[
            row(&["spec", "selector"], How::Kept, JOB),
            row(&["spec", "template"], How::Whole(pod::template), JOB),
            row(&["spec", "completions"], How::Whole(completions), JOB),
            fixed(&["spec", "completionMode"], JOB),
            fixed(&["spec", "podFailurePolicy"], JOB),
            fixed(&["spec", "backoffLimitPerIndex"], JOB),
            fixed(&["spec", "managedBy"], JOB),
            fixed(&["spec", "successPolicy"], JOB),
        ],
    ),
    kind("", "Pod", &[row(&["spec"], How::Whole(pod::spec), NEW_NAME)]),
    // 20.7
    kind(
        "",
        "PersistentVolumeClaim",
        &[
            row(&["spec", "resources", "requests", "storage"], How::Grows, COPY),
            row(&["spec"], How::Whole(claim), COPY),
            fixed(&["metadata", "annotations", "volume.beta.kubernetes.io/storage-class"], COPY),
        ],
    ),
    kind(
        "",
        "PersistentVolume",
        &[
            row(&["spec"], How::Whole(volume_source), NEW_NAME),
            fixed(&["spec", "volumeMode"], NEW_NAME),
            row(&["spec", "nodeAffinity"], How::Once, NEW_NAME),
        ],
    ),
    kind(
        "storage.k8s.io",
        "StorageClass",
        &[
            fixed(&["provisioner"], CLASS),
            fixed(&["parameters"], CLASS),
            fixed(&["reclaimPolicy"], CLASS),
            fixed(&["volumeBindingMode"], CLASS),
        ],
    ),
    kind(
        "storage.k8s.io",
        "VolumeAttributesClass",
        &[fixed(&["driverName"], CLASS), fixed(&["parameters"], CLASS)],
    ),
    kind("storage.k8s.io", "CSIDriver", &[fixed(&["spec", "attachRequired"], REVERT)]),
    kind("storage.k8s.io", "CSINode", &[row(&["spec", "drivers"], How::Whole(drivers), REVERT)]),
    kind(
        "storage.k8s.io",
        "CSIStorageCapacity",
        &[fixed(&["nodeTopology"], REVERT), fixed(&["storageClassName"], REVERT)],
    ),
    kind("storage.k8s.io", "VolumeAttachment", &[fixed(&["spec"], REVERT)]),
    // 20.8
    kind("rbac.authorization.k8s.io", "RoleBinding", &[fixed(&["roleRef"], REBIND)]),
    kind("rbac.authorization.k8s.io", "ClusterRoleBinding", &[fixed(&["roleRef"], REBIND)]),
    // 20.9
    kind(
        "",
        "Secret",
        &[
            fixed(&["type"], NEW_NAME),
            row(&["immutable"], How::Locked, NEW_DATA),
            row(&["data"], How::Locked, NEW_DATA),
            row(&["stringData"], How::Whole(locked_texts), NEW_DATA),
        ],
    ),
    kind(
        "",
        "ConfigMap",
        &[
            row(&["immutable"], How::Locked, NEW_DATA),
            row(&["data"], How::Locked, NEW_DATA),
            row(&["binaryData"], How::Locked, NEW_DATA),
        ],
    ),
    // 20.10
    kind(
        "",
        "Service",
        &[
            row(&["spec", "clusterIP"], How::Whole(cluster_ip), NEW_NAME),
            row(&["spec", "healthCheckNodePort"], How::Whole(health_port), NEW_NAME),
            row(&["spec", "ipFamilies"], How::Whole(families), NEW_NAME),
        ],
    ),
    kind("networking.k8s.io", "IngressClass", &[fixed(&["spec", "controller"], CLASS)]),
    kind("networking.k8s.io", "IPAddress", &[fixed(&["spec", "parentRef"], REVERT)]),
    kind("networking.k8s.io", "ServiceCIDR", &[fixed(&["spec", "cidrs"], NEW_NAME)]),
    kind("discovery.k8s.io", "EndpointSlice", &[fixed(&["addressType"], NEW_NAME)]),
    // 20.11
    kind(
        "scheduling.k8s.io",
        "PriorityClass",
        &[fixed(&["value"], CLASS), fixed(&["preemptionPolicy"], CLASS)],
    ),
    kind("", "ResourceQuota", &[row(&["spec", "scopes"], How::Set, NEW_NAME)]),
    kind(
        "",
        "Node",
        &[row(&["spec", "providerID"], How::Once, REVERT), row(&["spec", "podCIDR"], How::Kept, REVERT)],
    ),
    kind("apps", "ControllerRevision", &[fixed(&["data"], REVERT)]),
    kind("node.k8s.io", "RuntimeClass", &[fixed(&["handler"], CLASS)]),
    kind("events.k8s.io", "Event", &[fixed(&["regarding"], REVERT), fixed(&["action"], REVERT)]),
    // 20.12
    kind("resource.k8s.io", "ResourceClaim", &[fixed(&["spec"], NEW_NAME)]),
    kind("resource.k8s.io", "ResourceClaimTemplate", &[fixed(&["spec"], NEW_NAME)]),
    kind(
        "resource.k8s.io",
        "ResourceSlice",
        &[fixed(&["spec", "nodeName"], REVERT), fixed(&["spec", "driver"], REVERT)],
    ),
    kind("storagemigration.k8s.io", "StorageVersionMigration", &[fixed(&["spec"], NEW_NAME)]),
    kind(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        &[
            fixed(&["spec", "scope"], CRD),
            fixed(&["spec", "names", "kind"], CRD),
            row(BUNDLE, How::Whole(bundle), "put PEM certificates there, in base64"),
        ],
    ),
];

/// 20.18, of every kind.
static METADATA: &[Row] = &[
    row(&["metadata", "uid"], How::Whole(uid), SERVER),
    row(&["metadata", "creationTimestamp"], How::Whole(created), SERVER),
    row(&["metadata", "deletionTimestamp"], How::Kept, SERVER),
    row(&["metadata", "deletionGracePeriodSeconds"], How::Kept, SERVER),
];

const SERVER: &str = "remove it; the server writes it";
const BUNDLE: &[&str] = &["spec", "conversion", "webhook", "clientConfig", "caBundle"];

const CRD: &str = "make a definition with a new name; to delete this one deletes every resource of it";

/// The row of a kind; older groups of workloads have the rules of the new one.
pub fn find(group: &str, name: &str) -> Option<&'static Kind> {
    let group = if group == "extensions" { "apps" } else { group };
    KINDS.iter().find(|kind| kind.name == name && kind.group == group)
}

/// What of an update is refused.
pub fn compare(kind: &Kind, then: &Canon, now: &Canon) -> Vec<Refusal> {
    refused(kind.rows, then, now)
}

/// What of an update of the metadata is refused, whatever the kind.
pub fn of_metadata(then: &Canon, now: &Canon) -> Vec<Refusal> {
    refused(METADATA, then, now)
}

fn refused(rows: &[Row], then: &Canon, now: &Canon) -> Vec<Refusal> {
    let mut found = Vec::new();
    for row in rows {
        let (old, new) = (then.at(row.path), now.at(row.path));
        let differs = || differ(then, now, row.path);
        let difference = match row.how {
            How::Fixed => differs(),
            How::Kept => new.and_then(|_| differs()),
            How::Once => old.and_then(|_| differs()),
            How::Set if sorted(old) == sorted(new) => None,
            How::Set => differs(),
            How::Locked if is_locked(then) => differs(),
            How::Locked => None,
            How::Grows => match (old.map(|one| &one.value), new.map(|one| &one.value)) {
                (Some(Value::Quantity(old)), Some(Value::Quantity(new))) if new < old => differs(),
                _ => None,
            },
            How::Whole(judge) => judge(then, now),
        };
        if let Some(Difference { path, then, now }) = difference {
            let field = row.path.join(".");
            let changed = if path.is_empty() { field.clone() } else { path };
            found.push(Refusal {
                field: field_of(&field, &changed),
                by: Refused::Update(changed),
                now,
                then: Some(then),
                first: None,
                way_out: row.way_out,
            });
        }
    }
    found
}

/// The field that is spoken of: of a whole `spec`, the one in it.
fn field_of(row: &str, changed: &str) -> String {
    if row != "spec" {
        return row.to_owned();
    }
    let mut parts = changed.splitn(3, '.');
    let first: Vec<&str> = parts.by_ref().take(2).collect();
    first.join(".").split('[').next().unwrap_or(row).to_owned()
}

fn sorted(list: Option<&Canon>) -> Vec<&str> {
    let mut texts: Vec<&str> =
        list.map(Canon::items).unwrap_or_default().iter().filter_map(Canon::text).collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

fn is_locked(object: &Canon) -> bool {
    object.get("immutable").is_some_and(|field| field.value == Value::Bool(true))
}

/// Texts that are written as such become data; what is not written any more stays.
fn locked_texts(then: &Canon, now: &Canon) -> Option<Difference> {
    let Some(Value::Map(texts)) = now.get("stringData").filter(|_| is_locked(then)).map(|texts| &texts.value)
    else {
        return None;
    };
    texts.iter().find_map(|(name, _)| differ(then, now, &["stringData", name]))
}

/// The server makes one of its own form; another one of that form may be the one it made.
fn uid(then: &Canon, now: &Canon) -> Option<Difference> {
    let path = ["metadata", "uid"];
    let text = now.at(&path).and_then(Canon::text)?;
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    let is_hex = |letter: char| letter.is_ascii_hexdigit() || letter == '-';
    let is_of_server = groups == [8, 4, 4, 4, 12] && text.chars().all(is_hex);
    if is_of_server && then.at(&path).is_none() { None } else { differ(then, now, &path) }
}

/// A time that is new may be the one that the server wrote.
fn created(then: &Canon, now: &Canon) -> Option<Difference> {
    let path = ["metadata", "creationTimestamp"];
    then.at(&path).and(now.at(&path)).and_then(|_| differ(then, now, &path))
}

/// A bundle that holds no certificate is taken only where there was none before either.
fn bundle(then: &Canon, now: &Canon) -> Option<Difference> {
    let is_broken = |object: &Canon| {
        let text = object.at(BUNDLE).and_then(Canon::text)?;
        let plain: String = text.split_whitespace().collect();
        let bytes = base64::engine::general_purpose::STANDARD.decode(plain).ok()?;
        Some(memchr::memmem::find(&bytes, b"-----BEGIN CERTIFICATE-----").is_none())
    };
    let was_broken = is_broken(then) == Some(true);
    if !was_broken && is_broken(now) == Some(true) { differ(then, now, BUNDLE) } else { None }
}

/// Completions of an indexed Job may change together with its parallelism.
fn completions(then: &Canon, now: &Canon) -> Option<Difference> {
    let indexed = now.at(&["spec", "completionMode"]).and_then(Canon::text) == Some("Indexed");
    let number = |name: &str| now.at(&["spec", name]).and_then(Canon::number);
    if indexed && number("completions") == number("parallelism") {
        return None;
    }
    differ(then, now, &["spec", "completions"])
}

/// A claim is fixed but for what it asks for, and for what a controller fills in.
fn claim(then: &Canon, now: &Canon) -> Option<Difference> {
    let (old, new) = (then.get("spec")?, now.get("spec")?);
    let mut free = vec!["volumeAttributesClassName"];
    for name in ["volumeName", "storageClassName"] {
        if old.get(name).is_none() {
            free.push(name);
        }
    }
    for name in ["dataSource", "dataSourceRef"] {
        if new.get(name).is_none() {
            free.push(name);
        }
    }
    let own = |spec: &Canon| {
        let without = |requests: &Canon| requests.without(&["storage"]);
        spec.without(&free).with("resources", |resources| resources.with("requests", without))
    };
    first(&own(old), &own(new), "spec".to_owned())
}

/// Fields of a volume that are not what it is made of.
const OF_VOLUMES: &[&str] = &[
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

fn volume_source(then: &Canon, now: &Canon) -> Option<Difference> {
    let own = |object: &Canon| object.get("spec").map(|spec| spec.without(OF_VOLUMES));
    first(&own(then)?, &own(now)?, "spec".to_owned())
}

/// Drivers may come and go; what one says stays.
fn drivers(then: &Canon, now: &Canon) -> Option<Difference> {
    let list = |object: &Canon| {
        object.at(&["spec", "drivers"]).map(|list| list.items().to_vec()).unwrap_or_default()
    };
    let after = list(now);
    list(then).iter().enumerate().find_map(|(at, old)| {
        let name = old.get("name").and_then(Canon::text);
        let new = after.iter().find(|one| one.get("name").and_then(Canon::text) == name)?;
        first(&old.without(&["allocatable"]), &new.without(&["allocatable"]), format!("spec.drivers[{at}]"))
    })
}

fn is_external(object: &Canon) -> bool {
    object.at(&["spec", "type"]).and_then(Canon::text) == Some("ExternalName")
}

/// An address stays while there is one; left out, it is kept.
fn cluster_ip(then: &Canon, now: &Canon) -> Option<Difference> {
    let path = ["spec", "clusterIP"];
    if is_external(then) || is_external(now) || now.at(&path).is_none() {
        return None;
    }
    // Where none was written, there is one that nobody here knows, unless the Service is to be headless now.
    if then.at(&path).is_none() && now.at(&path).and_then(Canon::text) != Some("None") {
        return None;
    }
    differ(then, now, &path)
}

fn health_port(then: &Canon, now: &Canon) -> Option<Difference> {
    let path = ["spec", "healthCheckNodePort"];
    let number = |object: &Canon| object.at(&path).and_then(Canon::number).filter(|number| *number != 0.0);
    let needed = |object: &Canon| {
        let text = |name: &str| object.at(&["spec", name]).and_then(Canon::text);
        text("type") == Some("LoadBalancer") && text("externalTrafficPolicy") == Some("Local")
    };
    if !needed(then) || !needed(now) || number(then).is_none() || number(now).is_none() {
        return None;
    }
    differ(then, now, &path)
}

/// The first family stays, and the second is given back with the policy alone.
fn families(then: &Canon, now: &Canon) -> Option<Difference> {
    let path = ["spec", "ipFamilies"];
    let (old, new) = (then.at(&path)?.items(), now.at(&path)?.items());
    if is_external(then) || is_external(now) {
        return None;
    }
    let single = now.at(&["spec", "ipFamilyPolicy"]).and_then(Canon::text) == Some("SingleStack");
    let first_differs = matches!((old.first(), new.first()), (Some(old), Some(new)) if old != new);
    let given_back = old.len() > new.len() && !new.is_empty() && !single;
    if first_differs || given_back { differ(then, now, &path) } else { None }
}
