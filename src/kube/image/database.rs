//! Images that keep data: where, and behind which ports (fact 7.3).

use super::{Image, is_latest, leading_number, major};

/// What losing the data of an image means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A database or a message store: the data is the point.
    Database,
    /// Often run as a cache on purpose: worth advice at most.
    Cache,
    /// An application that keeps state besides its database: lower severity.
    Application,
}

/// An image that keeps data in a directory of its own (fact 7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Database {
    /// What it is, in words fit for a message: `postgres`.
    pub name: &'static str,
    /// What losing its data means.
    pub kind: Kind,
    /// Directories that hold data. Each wants a mount at the path or above it. Empty if the tag does not tell which
    /// one the image uses.
    pub data_paths: &'static [&'static str],
    /// Directories that look like the right place for a mount, but where a mount stores nothing (fact 7.3.1).
    pub misleading_paths: &'static [&'static str],
    /// Ports it serves, the main one first.
    pub ports: &'static [u16],
    /// The directories were read in the image's own files. If false, they must not support an error.
    pub paths_verified: bool,
    /// The same for the ports.
    pub ports_verified: bool,
}

/// Which elements of the path a row asks for.
enum Match {
    /// The last element, whatever stands before it.
    Name(&'static str),
    /// The last two, for names that are too common to stand alone.
    Path(&'static str),
    /// The whole path, which may also carry `library/`.
    Whole(&'static str),
}

struct Row(Match, Database);

/// How much of a row was read in the image's own files.
enum Known {
    Both,
    Paths,
    Neither,
}

const fn row(
    images: Match,
    name: &'static str,
    kind: Kind,
    data_paths: &'static [&'static str],
    ports: &'static [u16],
    known: Known,
) -> Row {
    Row(
        images,
        Database {
            name,
            kind,
            data_paths,
            misleading_paths: &[],
            ports,
            paths_verified: !matches!(known, Neither),
            ports_verified: matches!(known, Both),
        },
    )
}

use Kind::{Application, Cache, Database as Db};
use Known::{Both, Neither, Paths};
use Match::{Name, Path, Whole};

/// Exact names only, so that `redis-exporter`, `mysql-operator` or `mongo-express` match no row (fact 7.3.4).
#[rustfmt::skip]
const TABLE: &[Row] = &[
    row(Name("mysql"), "mysql", Db, &["/var/lib/mysql"], &[3306, 33060], Both),
    row(Path("mysql/mysql-server"), "mysql", Db, &["/var/lib/mysql"], &[3306, 33060], Neither),
    row(Name("percona"), "percona", Db, &["/var/lib/mysql"], &[3306, 33060], Both),
    row(Name("mariadb"), "mariadb", Db, &["/var/lib/mysql"], &[3306], Both),
    row(Name("mongo"), "mongo", Db, &["/data/db"], &[27017], Both),
    row(Name("redis"), "redis", Cache, &["/data"], &[6379], Both),
    row(Name("valkey"), "valkey", Cache, &["/data"], &[6379], Both),
    row(Name("couchdb"), "couchdb", Db, &["/opt/couchdb/data"], &[5984], Paths),
    row(Name("cassandra"), "cassandra", Db, &["/var/lib/cassandra"], &[9042, 7000], Paths),
    row(Name("neo4j"), "neo4j", Db, &["/data"], &[7687, 7474], Paths),
    row(Name("elasticsearch"), "elasticsearch", Db, &["/usr/share/elasticsearch/data"], &[9200, 9300], Neither),
    row(Name("elasticsearch-oss"), "elasticsearch", Db, &["/usr/share/elasticsearch/data"], &[9200, 9300], Neither),
    row(Path("opensearchproject/opensearch"), "opensearch", Db, &["/usr/share/opensearch/data"], &[9200, 9300], Neither),
    row(Name("rabbitmq"), "rabbitmq", Db, &["/var/lib/rabbitmq"], &[5672, 15672], Both),
    row(Name("arangodb"), "arangodb", Db, &["/var/lib/arangodb3"], &[8529], Paths),
    row(Name("couchbase"), "couchbase", Db, &["/opt/couchbase/var"], &[8091], Paths),
    row(Name("clickhouse"), "clickhouse", Db, &["/var/lib/clickhouse"], &[8123, 9000], Paths),
    row(Name("clickhouse-server"), "clickhouse", Db, &["/var/lib/clickhouse"], &[8123, 9000], Neither),
    row(Whole("crate"), "crate", Db, &["/data"], &[4200, 5432], Neither),
    row(Name("rethinkdb"), "rethinkdb", Db, &["/data"], &[28015], Paths),
    row(Name("aerospike"), "aerospike", Db, &["/opt/aerospike/data"], &[3000], Paths),
    row(Whole("zookeeper"), "zookeeper", Db, &["/data", "/datalog"], &[2181], Both),
    row(Name("solr"), "solr", Db, &["/var/solr"], &[8983], Neither),
    row(Name("nats"), "nats", Cache, &["/data"], &[4222], Neither),
    row(Path("cockroachdb/cockroach"), "cockroachdb", Db, &["/cockroach/cockroach-data"], &[26257], Neither),
    row(Path("mssql/server"), "mssql", Db, &["/var/opt/mssql"], &[1433], Neither),
    row(Path("gvenzl/oracle-xe"), "oracle", Db, &["/opt/oracle/oradata"], &[1521], Neither),
    row(Path("gvenzl/oracle-free"), "oracle", Db, &["/opt/oracle/oradata"], &[1521], Neither),
    row(Path("minio/minio"), "minio", Db, &["/data"], &[9000], Neither),
    row(Name("etcd"), "etcd", Db, &["/var/lib/etcd"], &[2379], Neither),
    row(Whole("registry"), "registry", Db, &["/var/lib/registry"], &[5000], Neither),
    row(Name("prometheus"), "prometheus", Application, &["/prometheus"], &[], Neither),
    row(Path("grafana/grafana"), "grafana", Application, &["/var/lib/grafana"], &[], Neither),
    row(Path("jenkins/jenkins"), "jenkins", Application, &["/var/jenkins_home"], &[], Neither),
    row(Path("gitlab/gitlab-ce"), "gitlab", Application, &["/var/opt/gitlab"], &[], Neither),
    row(Whole("wordpress"), "wordpress", Application, &["/var/www/html"], &[], Neither),
    row(Whole("ghost"), "ghost", Application, &["/var/lib/ghost/content"], &[], Neither),
    row(Path("gitea/gitea"), "gitea", Application, &["/data"], &[], Neither),
    row(Whole("nextcloud"), "nextcloud", Application, &["/var/www/html"], &[], Neither),
];

/// Bitnami keeps everything below `/bitnami/<app>`.
#[rustfmt::skip]
const BITNAMI: &[Row] = &[
    row(Name("postgresql"), "postgres", Db, &["/bitnami/postgresql"], &[5432], Neither),
    row(Name("mysql"), "mysql", Db, &["/bitnami/mysql"], &[3306], Neither),
    row(Name("mariadb"), "mariadb", Db, &["/bitnami/mariadb"], &[3306], Neither),
    row(Name("mongodb"), "mongo", Db, &["/bitnami/mongodb"], &[27017], Neither),
    row(Name("redis"), "redis", Cache, &["/bitnami/redis"], &[6379], Neither),
];

/// Finds an image in the table of fact 7.3. Exporters, clients, operators and admin pages are not in it (fact
/// 7.3.4); jobs and overridden commands are for the caller to exclude.
pub fn database(image: &Image) -> Option<Database> {
    if image.path.split('/').any(|part| part.starts_with("bitnami")) {
        return look_up(BITNAMI, image);
    }
    match image.name {
        "postgres" => Some(postgres(postgres_layout(image), true)),
        "postgis" | "timescaledb" => Some(postgres(postgres_layout(image), false)),
        "influxdb" => Some(influxdb(image)),
        _ => look_up(TABLE, image),
    }
}

fn look_up(table: &[Row], image: &Image) -> Option<Database> {
    let whole = image.path.strip_prefix("library/").unwrap_or(image.path);
    let found = table.iter().find(|Row(images, _)| match images {
        Name(name) => image.name == *name,
        Path(path) => whole.strip_suffix(path).is_some_and(|rest| rest.is_empty() || rest.ends_with('/')),
        Whole(path) => whole == *path,
    });
    found.map(|Row(_, database)| *database)
}

/// Where an image built on PostgreSQL declares its volume (fact 7.3.1).
enum Layout {
    /// Up to 17: `/var/lib/postgresql/data`.
    Data,
    /// From 18 on, and what `latest` is: the parent.
    Parent,
    Unknown,
}

fn postgres_layout(image: &Image) -> Layout {
    let version = match image.tag {
        _ if is_latest(image) => return Layout::Parent,
        None => return Layout::Unknown,
        Some(tag) if image.name == "postgres" => {
            // `alpine`, `bookworm` and the like are the newest version on that system.
            let system = tag.split('-').next().unwrap_or_default();
            let system = system.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
            if ["alpine", "bookworm", "trixie"].contains(&system) {
                return Layout::Parent;
            }
            leading_number(tag)
        }
        // postgis writes `16-3.4`, timescaledb `2.17.0-pg16`.
        Some(tag) if image.name == "postgis" => leading_number(tag),
        Some(tag) => tag.split('-').find_map(|part| leading_number(part.strip_prefix("pg")?)),
    };
    match version {
        Some(8..=17) => Layout::Data,
        Some(18..=99) => Layout::Parent,
        _ => Layout::Unknown,
    }
}

fn postgres(layout: Layout, verified: bool) -> Database {
    const PARENT: &[&str] = &["/var/lib/postgresql"];
    const DATA: &[&str] = &["/var/lib/postgresql/data"];
    let (data_paths, misleading_paths): (_, &[&str]) = match layout {
        Layout::Parent => (PARENT, DATA),
        // The image declares the lower directory as a volume of its own, which hides a mount on the parent.
        Layout::Data => (DATA, PARENT),
        // A mount on the parent covers this one too, so either place is accepted.
        Layout::Unknown => (DATA, &[]),
    };
    Database {
        name: "postgres",
        kind: Kind::Database,
        data_paths,
        misleading_paths,
        ports: &[5432],
        paths_verified: verified,
        ports_verified: verified,
    }
}

fn influxdb(image: &Image) -> Database {
    let (data_paths, ports): (&[&str], &[u16]) = match major(image) {
        Some(1) => (&["/var/lib/influxdb"], &[8086]),
        Some(2) => (&["/var/lib/influxdb2"], &[8086]),
        Some(3) => (&["/var/lib/influxdb3/data"], &[8181]),
        _ => (&[], &[8086, 8181]),
    };
    Database {
        name: "influxdb",
        kind: Kind::Database,
        data_paths,
        misleading_paths: &[],
        ports,
        paths_verified: true,
        ports_verified: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::image::parse;

    fn of(reference: &str) -> Option<Database> {
        database(&parse(reference).expect("the test gives a reference"))
    }

    #[test]
    fn postgres_by_tag() {
        let old = ("/var/lib/postgresql/data", Some("/var/lib/postgresql"));
        let new = ("/var/lib/postgresql", Some("/var/lib/postgresql/data"));
        let unknown = ("/var/lib/postgresql/data", None);
        for (reference, (data, misleading)) in [
            ("postgres:16", old),
            ("postgres:17.2", old),
            ("postgres:9.6-alpine", old),
            ("docker.io/library/postgres:15-bookworm", old),
            ("postgres:16@sha256:ab", old),
            ("postgres:18", new),
            ("postgres:18-alpine", new),
            ("postgres:18beta1", new),
            ("postgres", new),
            ("postgres:latest", new),
            ("postgres:alpine3.22", new),
            ("postgres@sha256:ab", unknown),
            ("postgres:ours", unknown),
            ("postgres:20240101", unknown),
            ("postgis/postgis:16-3.4", old),
            ("postgis/postgis:18-3.6", new),
            ("timescale/timescaledb:2.17.0-pg16", old),
            ("timescale/timescaledb:latest-pg18", new),
            ("timescale/timescaledb:2.17.0", unknown),
        ] {
            let found = of(reference).expect(reference);
            assert_eq!(found.data_paths, [data], "{reference}");
            assert_eq!(found.misleading_paths.first().copied(), misleading, "{reference}");
            assert_eq!(found.ports, [5432]);
        }
    }

    #[test]
    fn other_images() {
        for (reference, data) in [
            ("quay.io/x/mysql:8", "/var/lib/mysql"),
            ("bitnami/mysql:8", "/bitnami/mysql"),
            ("bitnamilegacy/postgresql:16", "/bitnami/postgresql"),
            ("influxdb:1.8", "/var/lib/influxdb"),
            ("influxdb:2.7-alpine", "/var/lib/influxdb2"),
            ("influxdb:3-core", "/var/lib/influxdb3/data"),
            ("mcr.microsoft.com/mssql/server:2022-latest", "/var/opt/mssql"),
            ("docker.elastic.co/elasticsearch/elasticsearch:8.1", "/usr/share/elasticsearch/data"),
            ("registry:2", "/var/lib/registry"),
            ("docker.io/library/registry:2", "/var/lib/registry"),
        ] {
            assert_eq!(of(reference).expect(reference).data_paths.first(), Some(&data), "{reference}");
        }
        assert!(of("influxdb").expect("listed").data_paths.is_empty());
        assert_eq!(of("redis").map(|found| found.kind), Some(Kind::Cache));
    }

    #[test]
    fn excluded() {
        for reference in [
            "prom/mysqld-exporter",
            "oliver006/redis_exporter",
            "prometheuscommunity/postgres-exporter",
            "mysql-client",
            "mongo-express",
            "phpmyadmin",
            "dpage/pgadmin4",
            "rediscommander/redis-commander",
            "percona/percona-xtradb-cluster-operator",
            "bitnami/redis-exporter",
            "bitnami/kubectl",
            "acme/server",
            "acme/registry",
        ] {
            assert_eq!(of(reference), None, "{reference}");
        }
    }
}
