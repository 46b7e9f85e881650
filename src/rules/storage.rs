//! Data that goes away with its pod.

use std::cell::LazyCell;

use super::{Check, Eligible, Rule, rule};
use crate::document::Object;
use crate::finding::{Need, Out};
use crate::inventory::Inventory;
use crate::kube::image::{self, Database, Image, Kind};
use crate::kube::pod::Container;
use crate::kube::workload::Workload;
use crate::text::placeholder::is_placeholder;
use crate::yaml::Node;

/// A volume of the pod was hardly forgotten.
const ACCEPTED: Need = Need::Small("the volume is written like this, so that seems to be accepted");

/// Directories below a data directory that hold all of it that matters.
const CORES: &[&str] = &["/var/lib/rabbitmq/mnesia"];

/// The rules of this topic.
pub static RULES: &[Rule] =
    &[rule!("database-on-ephemeral-storage", Check::Workload(Eligible::FINAL, databases))];

fn databases(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    let parked = || inventory.replicas(at).is_some_and(|replicas| replicas.ceiling.count == 0);
    if !workload.is_scalable() || parked() {
        return;
    }
    for container in workload.pod.spec.containers() {
        check(inventory, workload, container, out);
    }
}

/// What a mount of a container leads to.
enum Volume<'a> {
    /// It outlives the pod, or nobody can tell that it does not.
    Kept,
    /// Gone with the pod; the key that says so.
    Ephemeral(Node<'a>),
    /// In memory, which nobody takes for a disk.
    Memory,
    /// Files from the API: no place for data, but perhaps configuration.
    Files,
}

struct Mount<'a> {
    path: &'a str,
    node: Node<'a>,
    volume: Volume<'a>,
}

fn check<'a>(inventory: &Inventory<'a>, workload: &Workload<'a>, container: Container<'a>, out: &mut Out) {
    let Some(node) = container.image() else { return };
    let Some(image) = image::parse(node.text()).filter(|_| !is_placeholder(node.text())) else { return };
    let Some(database) = image::database(&image) else {
        custom(workload, container, out);
        return;
    };
    let words = command_line(container);
    // Whatever is not known yet may be the data directory.
    let open = words.iter().any(|word| word.contains("$(") || is_placeholder(word))
        || container.list("volumeDevices").next().is_some();
    if open || !keeps_data(container, &database, &words) || !runs_server(container, &words) {
        return;
    }
    let Some(mut mounts) = mounts(workload, container) else { return };
    // There the image has a link to its data directory.
    let linked =
        mounts.iter_mut().filter(|mount| database.name == "neo4j" && mount.path == "/var/lib/neo4j/data");
    linked.for_each(|mount| mount.path = "/data");
    let Some(place) = data_directory(container, &image, &database, &words) else { return };
    // Whoever writes to a place for temporary files does not want to keep them.
    let temporary = |directory: &String| ["/tmp", "/dev/shm"].iter().any(|root| is_within(directory, root));
    if place.directories.iter().any(temporary) {
        return;
    }
    let kept_anywhere = mounts.iter().any(|mount| matches!(mount.volume, Volume::Kept));
    // With a volume somewhere else, only a directory known for certain may be said to be missed: a
    // configuration file may move it.
    let files = |mount: &Mount<'_>| {
        matches!(mount.volume, Volume::Files) && mount.path != "/docker-entrypoint-initdb.d"
    };
    let configured = mounts.iter().any(files)
        || words.iter().any(|word| ["conf", "defaults", " "].iter().any(|part| word.contains(part)))
        || may_be_moved(inventory, container);
    let official = image.path == image.name || image.path.ends_with(&format!("library/{}", image.name));
    let certain = official && database.paths_verified && !configured;
    if kept_anywhere && !(certain || place.chosen) {
        return;
    }
    let server = Server { node, image, database, place };
    for directory in &server.place.directories {
        // One directory that is lost is enough.
        if server.loses(&mounts, directory, out) {
            return;
        }
    }
}

/// Directories in which one server keeps its data, and nobody else anything.
const DATA_DIRECTORIES: &[(&str, &str)] = &[
    ("/var/lib/cassandra", "Cassandra"),
    ("/var/lib/clickhouse", "ClickHouse"),
    ("/usr/share/elasticsearch/data", "Elasticsearch"),
    ("/data/db", "MongoDB"),
    ("/var/lib/mongodb", "MongoDB"),
    ("/var/lib/mysql", "MySQL"),
    ("/var/lib/postgresql/data", "PostgreSQL"),
    ("/var/lib/rabbitmq", "RabbitMQ"),
];

/// An image that is not known, with a volume of the pod's own where a database keeps its data. A container beside a
/// database that is known only has a look at what that one writes.
fn custom<'a>(workload: &Workload<'a>, container: Container<'a>, out: &mut Out) {
    let known = |one: Container<'_>| {
        image::parse(one.image_text()).is_some_and(|image| image::database(&image).is_some())
    };
    let spec = workload.pod.spec;
    if spec.containers().nth(1).is_some() || spec.running_containers().any(known) {
        return;
    }
    let Some(mounts) = mounts(workload, container) else { return };
    for mount in &mounts {
        let found = DATA_DIRECTORIES.iter().find(|one| is_within(mount.path, one.0));
        if let (Some((directory, name)), Volume::Ephemeral(key)) = (found, &mount.volume) {
            let message = format!("what {} keeps in `{directory}` is lost with the pod", workload.title());
            out.report(*key, message)
                .need(ACCEPTED)
                .label("lives as long as the pod")
                .also(mount.node, format!("where {name} keeps its data"))
                .help("use a persistentVolumeClaim, or a StatefulSet with volumeClaimTemplates");
            return;
        }
    }
}

/// A database server of the manifest.
struct Server<'a> {
    /// The image as written.
    node: Node<'a>,
    image: Image<'a>,
    database: Database,
    place: Place<'a>,
}

impl<'a> Server<'a> {
    /// Reports a data directory that no volume keeps, and says whether it did.
    fn loses(&self, mounts: &[Mount<'a>], directory: &str, out: &mut Out) -> bool {
        let above = mounts.iter().filter(|mount| is_within(directory, mount.path));
        match above.max_by_key(|mount| mount.path.len()) {
            Some(mount) => self.loses_on(mount, directory, out),
            None => self.loses_beside(mounts, directory, out),
        }
    }

    /// The directory is on this mount.
    fn loses_on(&self, mount: &Mount<'a>, directory: &str, out: &mut Out) -> bool {
        let shown = self.node.text();
        // A volume that the image declares hides a mount further up.
        let hidden = declared_volume(&self.image, &self.database)
            .filter(|declared| is_within(directory, declared) && mount.path.len() < declared.len());
        match (&mount.volume, hidden) {
            (Volume::Kept, None) | (Volume::Files | Volume::Memory, _) => return false,
            (Volume::Kept, Some(declared)) => {
                out.report(
                    mount.node,
                    format!("`{shown}` stores its data at `{declared}`, not on this volume"),
                )
                .label("hidden by the image's volume")
                .also(self.node, format!("declares a volume at `{declared}`"))
                .help(format!("mount the volume at `{declared}`"));
            }
            (Volume::Ephemeral(key), _) => {
                let draft = out
                    .report(*key, format!("the data of `{shown}` in `{directory}` is lost with the pod"))
                    .need(ACCEPTED)
                    .label("lives as long as the pod")
                    .also(mount.node, "mounted here")
                    .also(self.node, format!("{} keeps its data in `{directory}`", self.database.name))
                    .help("use a persistentVolumeClaim, or a StatefulSet with volumeClaimTemplates");
                if let Some(node) = self.place.node {
                    draft.also(node, "the data directory");
                }
            }
        }
        true
    }

    /// No mount holds the directory.
    fn loses_beside(&self, mounts: &[Mount<'a>], directory: &str, out: &mut Out) -> bool {
        let shown = self.node.text();
        let misleading = |mount: &&Mount<'a>| self.database.misleading_paths.contains(&mount.path);
        let mut below = mounts
            .iter()
            .filter(|mount| is_within(mount.path, directory) && matches!(mount.volume, Volume::Kept));
        if !self.place.chosen && !self.database.misleading_paths.is_empty() {
            // From 18 on the directory carries the version, and a mount right there is fine.
            if below.clone().any(|mount| !misleading(&mount)) {
                return false;
            }
            if let Some(mount) = below.find(misleading) {
                out.report(mount.node, format!("`{shown}` stores no data in `{}`", mount.path))
                    .label("stays empty")
                    .also(self.node, format!("keeps its data under `{directory}`"))
                    .help(format!("mount the volume at `{directory}`"));
                return true;
            }
        }
        let is_core = |mount: &Mount<'a>| {
            is_within(mount.path, directory)
                && (CORES.iter().any(|core| is_within(core, mount.path))
                    || !self.place.chosen && mount.path.ends_with("/data"))
        };
        if below.any(is_core) {
            return false;
        }
        if let Some(mount) = mounts.iter().find(|mount| is_core(mount) && !misleading(mount)) {
            return self.loses_on(mount, mount.path, out);
        }
        let at = self.place.node.unwrap_or(self.node);
        let draft = out
            .report(at, format!("`{shown}` stores `{directory}` in the container"))
            .label(format!("nothing is mounted at `{directory}`"))
            .note("the data is lost whenever the container restarts")
            .help(format!("mount a persistentVolumeClaim at `{directory}`"));
        if self.place.node.is_some() {
            draft.also(self.node, format!("a {} server", self.database.name));
        }
        true
    }
}

/// The volume that the image declares below what people mount, as known for PostgreSQL up to 17 (fact 7.3.1).
fn declared_volume(image: &Image<'_>, database: &Database) -> Option<&'static str> {
    let data = *database.data_paths.first()?;
    let above = database.misleading_paths.iter().any(|path| is_within(data, path));
    (above && image.name == "postgres").then_some(data)
}

/// Whether a path is another one or lies below it.
fn is_within(path: &str, parent: &str) -> bool {
    parent == "/" || path.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn trimmed(path: &str) -> &str {
    let short = path.trim_end_matches('/');
    if short.is_empty() { "/" } else { short }
}

/// The mounts of a container; `None` if one of them cannot be read.
fn mounts<'a>(workload: &Workload<'a>, container: Container<'a>) -> Option<Vec<Mount<'a>>> {
    let list = container.node.get("volumeMounts");
    if list.is_some_and(|list| !list.is_sequence()) {
        return None;
    }
    let mut found = Vec::new();
    let volumes = LazyCell::new(|| workload.pod.spec.volumes());
    for mount in container.list("volumeMounts") {
        let (name, node) = (mount.get("name")?.text(), mount.get("mountPath")?);
        if is_placeholder(name) || is_placeholder(node.text()) {
            return None;
        }
        let volume = match volumes.get(name) {
            _ if workload.has_claim_template(name) => Volume::Kept,
            // A mount without a volume is another rule's; the volume may come from a patch.
            None => return None,
            // Nothing can be written to it, so nothing is kept or lost there.
            Some(_) if mount.get("readOnly").is_some_and(|one| one.bool() == Some(true)) => Volume::Kept,
            Some(volume) => kind_of(*volume),
        };
        found.push(Mount { path: trimmed(node.text()), node, volume });
    }
    Some(found)
}

fn kind_of(volume: Node<'_>) -> Volume<'_> {
    // `emptyDir:` with nothing after it is an emptyDir all the same.
    if let Some(entry) = volume.entry("emptyDir") {
        let memory = entry.value.get("medium").is_some_and(|medium| medium.text() == "Memory");
        return if memory { Volume::Memory } else { Volume::Ephemeral(entry.key) };
    }
    let ephemeral = volume.entry("ephemeral").filter(|entry| !entry.value.is_null());
    // A volume without a source is one, too (fact 20.2).
    let bare = || volume.entry("name").filter(|_| volume.entries().count() == 1);
    if let Some(entry) = ephemeral.or_else(bare) {
        return Volume::Ephemeral(entry.key);
    }
    let files = ["configMap", "secret", "projected", "downwardAPI", "image"];
    if files.iter().any(|key| volume.entry(key).is_some()) { Volume::Files } else { Volume::Kept }
}

/// `command` and `args` in one list.
fn command_line<'a>(container: Container<'a>) -> Vec<&'a str> {
    container.list("command").chain(container.list("args")).map(|node| node.text()).collect()
}

/// Whether losing the data matters: always for a database, for a cache only if it was told to persist.
fn keeps_data(container: Container<'_>, database: &Database, words: &[&str]) -> bool {
    let env = |names: &[&str]| container.env().any(|variable| names.contains(&variable.name()));
    match (database.kind, database.name) {
        (Kind::Application, _) => false,
        (Kind::Cache, "redis" | "valkey") => {
            let joined = words.join(" ");
            joined.contains("--appendonly yes") || joined.contains("--appendonly=yes")
        }
        (Kind::Cache, _) => false,
        // Nodes without the data role, and images that keep things where a variable says, perhaps remotely.
        (_, "elasticsearch" | "opensearch") => {
            !env(&["node.roles", "node.data", "NODE_DATA", "NODE_ROLES", "node.master", "path.data"])
        }
        (_, "registry") => false,
        (_, "zookeeper") => !env(&["ZOO_DATA_DIR", "ZOO_DATA_LOG_DIR"]),
        // It votes, and keeps nothing.
        (_, "mongo") => !container.env().any(|variable| {
            variable.name() == "MONGODB_REPLICA_SET_MODE"
                && variable.value().is_some_and(|value| value.text() == "arbiter")
        }),
        (_, "rabbitmq") => !env(&["RABBITMQ_MNESIA_BASE", "RABBITMQ_MNESIA_DIR"]),
        _ => true,
    }
}

/// Programs that are a database server or the official images' start scripts.
const SERVERS: &[&str] = &[
    "mysqld",
    "mysqld_safe",
    "mariadbd",
    "mariadbd-safe",
    "mongod",
    "docker-entrypoint.sh",
    "redis-server",
    "valkey-server",
    "rabbitmq-server",
    "cassandra",
    "arangod",
    "clickhouse-server",
    "influxd",
    "couchdb",
    "rethinkdb",
    "zkServer.sh",
    "zookeeper-server-start",
    "etcd",
    "minio",
    "cockroach",
    "sqlservr",
];

/// Words behind the name of a server that make it something else.
const CLIENTS: &[&str] = &["init", "sql", "mongos", "router", "gateway", "operator"];

/// Whether the container still runs the image's server: its command is not overridden, or by the server itself.
fn runs_server(container: Container<'_>, words: &[&str]) -> bool {
    let base = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
    let is_server = |word: &str| SERVERS.contains(&base(word).as_str());
    let starts_with_server = |word: &str| is_server(word) || base(word) == "postgres";
    let overridden = container.node.get("command").is_some();
    let Some(first) = words.first() else {
        return true;
    };
    if !overridden {
        // Arguments replace the image's default command, unless they are flags for its server.
        let commands = ["server", "start", "start-single-node", "neo4j", "standalone"];
        let known = first.starts_with('-') || starts_with_server(first) || commands.contains(first);
        return known && !words.get(1).is_some_and(|second| CLIENTS.contains(second));
    }
    if starts_with_server(first) {
        return !words.get(1).is_some_and(|second| CLIENTS.contains(second));
    }
    let shell = matches!(base(first).as_str(), "sh" | "bash" | "ash" | "tini" | "dumb-init" | "gosu");
    let script = words[1..].join(" ");
    let mut tokens = script.split(|c: char| c.is_whitespace() || ";&|()".contains(c));
    shell && tokens.any(is_server)
}

/// Whether a ConfigMap or Secret of `envFrom` sets a variable that moves the data, or is not in view.
fn may_be_moved(inventory: &Inventory<'_>, container: Container<'_>) -> bool {
    container.list("envFrom").any(|source| {
        let prefix = source.get("prefix").map_or("", |prefix| prefix.text());
        let moves = |object: &Object<'_>| {
            let lists = ["data", "stringData"].into_iter().filter_map(|key| object.node.get(key));
            let mut keys = lists.flat_map(|list| list.entries()).map(|entry| entry.key.key_text());
            keys.any(|key| VARIABLES.iter().any(|name| name.strip_prefix(prefix) == Some(key)))
        };
        let of = |field: &str, kind: &str| {
            let name = source.get(field)?.get("name")?.text();
            let mut found = inventory.named(kind, name).peekable();
            Some(found.peek().is_none() || found.any(moves))
        };
        of("configMapRef", "ConfigMap").or_else(|| of("secretRef", "Secret")).unwrap_or(true)
    })
}

/// Where the server keeps its data.
struct Place<'a> {
    directories: Vec<String>,
    /// The manifest itself names the directory.
    chosen: bool,
    /// Where it does.
    node: Option<Node<'a>>,
}

/// Flags and variables that move the data directory.
const FLAGS: &[&str] =
    &["--datadir", "--dbpath", "--data-dir", "--data_directory", "--store", "--path", "--dir"];
const VARIABLES: &[&str] =
    &["PGDATA", "MYSQL_DATADIR", "ETCD_DATA_DIR", "INFLUXDB_DATA_DIR", "INFLUXD_ENGINE_PATH"];

/// The data directories; `None` when the manifest moves them in a way that cannot be followed.
fn data_directory<'a>(
    container: Container<'a>,
    image: &Image<'a>,
    database: &Database,
    words: &[&'a str],
) -> Option<Place<'a>> {
    let chosen = |directory: &str, node: Option<Node<'a>>| {
        let known = directory.starts_with('/') && !is_placeholder(directory) && !directory.contains("$(");
        known.then(|| Place { directories: vec![trimmed(directory).to_owned()], chosen: true, node })
    };
    if let Some(variable) = container.env().find(|variable| VARIABLES.contains(&variable.name())) {
        return chosen(variable.value()?.text(), variable.value());
    }
    let nodes: Vec<Node<'a>> = container.list("command").chain(container.list("args")).collect();
    if image.name == "minio" {
        let local = |node: &&Node<'a>| node.text().starts_with('/') && !node.text().contains(".sh");
        let serves = words.contains(&"server");
        let node = nodes.iter().find(local).filter(|_| serves)?;
        let path = node.text().split('{').next().unwrap_or("");
        return chosen(path, Some(*node));
    }
    for (at, node) in nodes.iter().enumerate() {
        let word = node.text();
        let (flag, inline) = word.split_once('=').map_or((word, None), |(flag, rest)| (flag, Some(rest)));
        if FLAGS.contains(&flag) || (flag == "-D" && database.name == "postgres") {
            let value = inline.or_else(|| nodes.get(at + 1).map(|next| next.text()))?;
            return chosen(value, Some(*node));
        }
        // A flag inside a script, or one that is written together with others.
        if FLAGS.iter().any(|flag| word.contains(flag)) {
            return None;
        }
    }
    if database.name == "etcd" || database.data_paths.is_empty() {
        return None;
    }
    let directories = database.data_paths.iter().map(|path| (*path).to_owned()).collect();
    Some(Place { directories, chosen: false, node: None })
}
