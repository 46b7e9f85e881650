//! The plan of one application: what it is made of, before a line is written.

use super::rng::Rng;

/// Namespaces, each also the first directory of its applications.
const NAMESPACES: &[&str] =
    &["shop", "billing", "media", "search", "platform", "data", "identity", "logistics"];
const TOPICS: &[&str] = &[
    "orders", "catalog", "payments", "accounts", "reports", "tracking", "library", "pricing", "reviews",
    "tickets",
];
/// Roles that a Service stands in front of, and roles that only work off queues.
const SERVED: &[&str] = &["web", "api", "auth", "gateway", "admin"];
const WORKERS: &[&str] = &["worker", "mailer", "indexer", "importer"];

/// A mistake that is planted on purpose, named after the rule that should find it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// One replica behind a Service or a queue.
    SingleReplica,
    /// `podAffinity` where `podAntiAffinity` was meant.
    PackedReplicas,
    /// The Service's `targetPort` is no container's port.
    UnresolvedPort,
    /// A database host that is one letter off.
    UnresolvedHost,
}

impl Defect {
    /// The rule that should report it.
    pub fn rule(self) -> &'static str {
        match self {
            Self::SingleReplica => "single-replica",
            Self::PackedReplicas => "affinity-packs-replicas",
            Self::UnresolvedPort => "service-port-unresolved",
            Self::UnresolvedHost => "host-unresolved",
        }
    }
}

/// One Deployment and what belongs to it.
pub struct Component {
    pub role: &'static str,
    /// Name of the Deployment and of its Service.
    pub name: String,
    pub image: String,
    pub version: String,
    pub served: bool,
    pub replicas: u64,
    pub autoscaled: bool,
    pub port: u64,
    pub defect: Option<Defect>,
}

/// The kind of database an application keeps.
pub struct Engine {
    pub image: &'static str,
    pub scheme: &'static str,
    pub port: u64,
    pub mount: &'static str,
    /// The variable that takes the password, if the image wants one.
    pub password: Option<&'static str>,
}

const ENGINES: &[Engine] = &[
    Engine {
        image: "postgres:16.4",
        scheme: "postgres",
        port: 5432,
        mount: "/var/lib/postgresql/data",
        password: Some("POSTGRES_PASSWORD"),
    },
    Engine {
        image: "mysql:8.0.39",
        scheme: "mysql",
        port: 3306,
        mount: "/var/lib/mysql",
        password: Some("MYSQL_ROOT_PASSWORD"),
    },
    Engine { image: "redis:7.2.5", scheme: "redis", port: 6379, mount: "/data", password: None },
];

/// One application: a directory, one namespace, names that no other application has.
pub struct App {
    pub index: u64,
    pub name: String,
    pub namespace: &'static str,
    pub components: Vec<Component>,
    pub database: Option<&'static Engine>,
    /// One budget for all Deployments instead of one for each that is served.
    pub shared_budget: bool,
    pub account: bool,
}

impl App {
    /// Plans application `index` for about `room` bytes.
    pub fn plan(index: u64, room: u64, rng: &mut Rng) -> Self {
        let name = format!("{}-{index:05}", rng.pick(TOPICS));
        let namespace = rng.pick(NAMESPACES);
        let most = (room / 8_000).clamp(1, 9);
        let count = rng.range(most.min(5), most) as usize;
        let served = (count * 4).div_ceil(7).min(SERVED.len());
        let database = (count > 2 && rng.chance(70)).then(|| &ENGINES[rng.range(0, 2) as usize]);
        let roles = SERVED[..served].iter().chain(WORKERS).take(count);
        let components = roles
            .enumerate()
            .map(|(at, role)| component(&name, namespace, role, at < served, database, rng))
            .collect();
        Self {
            index,
            name,
            namespace,
            components,
            database,
            shared_budget: rng.chance(50),
            account: rng.chance(40),
        }
    }

    /// The name of the database's StatefulSet and headless Service.
    pub fn database_name(&self) -> String {
        format!("{}-db", self.name)
    }

    /// The name of an object that the application has once.
    pub fn own(&self, suffix: &str) -> String {
        format!("{}-{suffix}", self.name)
    }

    /// The labels that select the pods of one role.
    pub fn selector<'a>(&'a self, role: &'a str) -> [(&'a str, &'a str); 2] {
        [("app.kubernetes.io/name", self.name.as_str()), ("app.kubernetes.io/component", role)]
    }

    /// The labels of an object that belongs to one role.
    pub fn labels<'a>(&'a self, role: &'a str) -> [(&'a str, &'a str); 4] {
        let [name, component] = self.selector(role);
        let team = ("app.kubernetes.io/part-of", self.namespace);
        [name, component, team, ("example.com/tier", "standard")]
    }
}

fn component(
    app: &str,
    namespace: &str,
    role: &'static str,
    served: bool,
    database: Option<&'static Engine>,
    rng: &mut Rng,
) -> Component {
    let defect = rng.chance(2).then(|| match rng.range(0, 3) {
        0 if served => Defect::SingleReplica,
        1 if served => Defect::UnresolvedPort,
        2 if database.is_some() => Defect::UnresolvedHost,
        _ => Defect::PackedReplicas,
    });
    let single = defect == Some(Defect::SingleReplica);
    let version = format!("{}.{}.{}", rng.range(1, 4), rng.range(0, 30), rng.range(0, 9));
    Component {
        role,
        name: format!("{app}-{role}"),
        image: format!("registry.example.com/{namespace}/{app}-{role}:{version}"),
        version,
        served,
        replicas: if single { 1 } else { rng.range(2, 6) },
        autoscaled: served && !single && rng.chance(9),
        port: rng.pick(&[3000, 8000, 8080, 9000]),
        defect,
    }
}
