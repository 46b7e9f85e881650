//! URLs, which here include what drivers and message brokers make of them (facts 7.1.2, 7.1.9, 7.1.10).

use super::host::{Endpoint, Trust, endpoint, gather, separate};
use super::piece::{HIDDEN, Piece};
use super::{Address, Reading};

/// What a scheme says about the text after it.
enum Scheme {
    /// A host follows; the port is what clients use if none is written.
    Network(Option<u16>),
    /// The host comes after a third slash, as in gRPC's `dns:///host:port`.
    Target,
    /// A file, a bucket, a secret: no host.
    Local,
    /// Not known. Only a written port makes it an address.
    Unlisted,
}

const NETWORK: &[(&str, Option<u16>)] = &[
    ("amqp", Some(5672)),
    ("amqps", Some(5671)),
    ("bolt", Some(7687)),
    ("ch", Some(8123)),
    ("clickhouse", None),
    ("cockroach", Some(26257)),
    ("cockroachdb", Some(26257)),
    ("consul", Some(8500)),
    ("couchbase", None),
    ("db2", Some(50000)),
    ("ecto", Some(5432)),
    ("etcd", Some(2379)),
    ("ftp", Some(21)),
    ("gcomm", Some(4567)),
    ("grpc", None),
    ("grpcs", None),
    ("h2c", None),
    ("hdfs", Some(8020)),
    ("http", Some(80)),
    ("https", Some(443)),
    ("influxdb", Some(8086)),
    ("kafka", Some(9092)),
    ("ldap", Some(389)),
    ("ldaps", Some(636)),
    ("mariadb", Some(3306)),
    ("memcached", Some(11211)),
    ("mongodb", Some(27017)),
    ("mqtt", Some(1883)),
    ("mqtts", Some(8883)),
    ("mssql", Some(1433)),
    ("mysql", Some(3306)),
    ("mysql2", Some(3306)),
    ("nats", Some(4222)),
    ("neo4j", Some(7687)),
    ("oracle", Some(1521)),
    ("postgis", Some(5432)),
    ("postgres", Some(5432)),
    ("postgresql", Some(5432)),
    ("pulsar", Some(6650)),
    ("redis", Some(6379)),
    ("rediss", Some(6379)),
    ("redshift", Some(5439)),
    ("sentinel", Some(26379)),
    ("smtp", Some(25)),
    ("smtps", Some(465)),
    ("spark", Some(7077)),
    ("sqlserver", Some(1433)),
    ("stomp", Some(61613)),
    ("syslog", Some(514)),
    ("tcp", None),
    ("thrift", None),
    ("tls", None),
    ("udp", None),
    ("ws", Some(80)),
    ("wss", Some(443)),
    ("zk", Some(2181)),
    ("zookeeper", Some(2181)),
];

const TARGET: &[&str] = &["dns", "ipv4", "ipv6", "passthrough", "xds"];

const LOCAL: &[&str] = &[
    "abfs",
    "abfss",
    "arn",
    "awskms",
    "azblob",
    "azurekeyvault",
    "bigquery",
    "classpath",
    "docker",
    "duckdb",
    "dynamodb",
    "env",
    "fd",
    "file",
    "gcpkms",
    "gcs",
    "gs",
    "hashivault",
    "in-memory",
    "inmemory",
    "k8s",
    "kms",
    "kubernetes",
    "mem",
    "memory",
    "npipe",
    "oci",
    "op",
    "pubsub",
    "ref",
    "s3",
    "s3a",
    "s3n",
    "secret",
    "snowflake",
    "spiffe",
    "sqlite",
    "sqlite3",
    "sqs",
    "ssm",
    "unix",
    "vault",
    "wasb",
    "wasbs",
];

/// The scheme before `://`, if the text begins with one.
pub(super) fn scheme(text: &str) -> Option<&str> {
    let end = text.find("://")?;
    let scheme = &text[..end];
    let first = scheme.chars().next()?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+-._".contains(c) || c == HIDDEN;
    ((first.is_ascii_alphabetic() || first == HIDDEN) && scheme.chars().all(allowed)).then_some(scheme)
}

/// The port that clients of this scheme use when none is written.
pub(super) fn default_port(scheme: &str) -> Option<u16> {
    NETWORK.iter().find(|(name, _)| *name == scheme).and_then(|(_, port)| *port)
}

/// One URL. `None` if the text is none.
pub(super) fn read(piece: Piece) -> Option<Reading> {
    let scheme = scheme(piece.text)?.to_ascii_lowercase();
    let rest = piece.after(scheme.len() + "://".len());
    // Airflow and Celery write the result backend as `db+postgresql://`.
    let full = scheme.strip_prefix("db+").unwrap_or(&scheme);
    let (base, driver) = full.split_once('+').unwrap_or((full, ""));
    if driver.split('+').any(|part| part == "unix") {
        return Some(Reading::NoNetwork);
    }
    let class = classify(base);
    let rest = match class {
        Scheme::Local => return Some(Reading::NoNetwork),
        Scheme::Target => rest.split_once('/').map_or(rest, |(_, target)| target),
        Scheme::Network(_) | Scheme::Unlisted => rest,
    };
    let (authority, tail) = split_authority(rest);
    if tail.text.contains(char::is_whitespace) {
        return None;
    }
    let port = match class {
        Scheme::Network(port) => port,
        _ => None,
    };
    if matches!(base, "postgres" | "postgresql" | "postgis")
        && let Some(reading) = host_parameter(tail, port)
    {
        return Some(reading);
    }
    if driver == "srv" {
        return service_record(authority);
    }
    let reading = gather(endpoints(authority, port))?;
    match (&class, &reading) {
        (Scheme::Unlisted, Reading::Addresses(found)) if found.iter().all(|one| one.port.is_none()) => None,
        _ => Some(reading),
    }
}

/// `host:port,host:port`, after whatever user information stands before it.
pub(super) fn endpoints(authority: Piece, port: Option<u16>) -> Vec<Endpoint> {
    let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
    let items = hosts.split(|c| c == ',');
    items.into_iter().map(|item| endpoint(item, port, Trust::Marked)).collect()
}

/// Cuts after the authority, at the first of `/ ? #`.
pub(super) fn split_authority(rest: Piece) -> (Piece, Piece) {
    rest.split_at(rest.text.find(['/', '?', '#']).unwrap_or(rest.text.len()))
}

/// gRPC targets without slashes: `dns:host:port`, `ipv4:10.0.0.1:80` (fact 7.1.10).
pub(super) fn short_target(piece: Piece) -> Option<Reading> {
    let (scheme, rest) = piece.split_once(':')?;
    let listed = TARGET.contains(&scheme.text.to_ascii_lowercase().as_str());
    // `dns:53` is a host called dns with a port.
    if !listed || rest.text.starts_with("//") || super::host::number(rest).is_some() {
        return None;
    }
    gather(endpoints(rest, None))
}

fn classify(base: &str) -> Scheme {
    if TARGET.contains(&base) {
        Scheme::Target
    } else if LOCAL.contains(&base) {
        Scheme::Local
    } else if let Some((_, port)) = NETWORK.iter().find(|(name, _)| *name == base) {
        Scheme::Network(*port)
    } else {
        Scheme::Unlisted
    }
}

/// `mongodb+srv://` names a record that lists the hosts; a port is not allowed there.
pub(super) fn service_record(authority: Piece) -> Option<Reading> {
    match gather(endpoints(authority, None))? {
        Reading::Addresses(found) if found.iter().any(|one| one.port.is_some()) => None,
        Reading::Addresses(found) => {
            let mark = |one| Address { srv: true, ..one };
            Some(Reading::Addresses(found.into_iter().map(mark).collect()))
        }
        other => Some(other),
    }
}

/// libpq lets `?host=` replace the host of the authority (fact 7.1.6).
fn host_parameter(tail: Piece, default_port: Option<u16>) -> Option<Reading> {
    let (_, query) = tail.until_any(&['#']).split_once('?')?;
    let parameters = query.split(|c| c == '&');
    let find = |key: &str| {
        let pairs = parameters.iter().filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(name, _)| name.text == key).map(|(_, value)| value)
    };
    let host = find("host").or_else(|| find("hostaddr"))?;
    if host.text.to_ascii_lowercase().starts_with("%2f") {
        return Some(Reading::NoNetwork);
    }
    let ports: Vec<Piece> = find("port").map(|ports| ports.split(|c| c == ',')).unwrap_or_default();
    Some(gather(paired(host, &ports, default_port)).unwrap_or(Reading::NoNetwork))
}

/// A list of hosts and the list of their ports; a single port serves all hosts.
pub(super) fn paired<'a>(hosts: Piece<'a>, ports: &[Piece<'a>], default_port: Option<u16>) -> Vec<Endpoint> {
    let hosts = hosts.split(|c| c == ',');
    let port = |index: usize| match ports {
        [one] => Some(*one),
        many => many.get(index).copied(),
    };
    let pairs = hosts.into_iter().enumerate();
    pairs.map(|(index, host)| separate(host, port(index), default_port)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Hint;
    use super::super::tests::check;

    #[test]
    fn urls() {
        check(
            Hint::Any,
            &[
                ("postgres://u:p@ss@db.prod:5432/x", "db.prod:5432"),
                ("postgres://u:p@db/x", "db(5432)"),
                ("mongodb://u:p@a:1,b:2,c/x?replicaSet=rs", "a:1 b:2 c(27017)"),
                ("mongodb+srv://c.example", "srv c.example"),
                ("mongodb+srv://c.example:1", "-"),
                ("http://[::1]:80/x", "::1:80"),
                ("HTTP://Svc/x?u=http://y", "Svc(80)"),
                ("https://svc#a", "svc(443)"),
                ("http://svc:/x", "svc(80)"),
                ("amqp://u:p@mq//vhost", "mq(5672)"),
                ("postgresql+psycopg2://u@db/x", "db(5432)"),
                ("mysql+pymysql://u:p@db:3307/x", "db:3307"),
                ("db+postgresql://u@db/x", "db(5432)"),
                ("rediss://:pw@r:6380/0", "r:6380"),
                ("sentinel://h1;sentinel://h2", "h1(26379) h2(26379)"),
                ("sentinel://h1:1/0; sentinel://h2:2;", "h1:1 h2:2"),
                ("mysql://u:p@h:3306/db?serverVersion=8", "h:3306"),
                ("ecto://u:p@h/db", "h(5432)"),
                ("gcomm://h1,h2?pc.wait_prim=no", "h1(4567) h2(4567)"),
                ("http://a:1,http://b:2", "a:1 b:2"),
                ("http://a:1/eureka/,http://b:1/eureka/", "a:1 b:1"),
                ("nats://a:1, nats://b:2", "a:1 b:2"),
                (r#"["http://es:9200","http://es2"]"#, "es:9200 es2(80)"),
                ("PLAINTEXT://k:9092", "k:9092"),
                ("PLAINTEXT://k", "-"),
                ("dns:///host:80", "host:80"),
                ("passthrough:///host:80", "host:80"),
                ("xds:///host:80", "host:80"),
                ("dns://8.8.8.8/host:80", "host:80"),
                ("postgresql:///x?host=db&port=5433", "db:5433"),
                ("postgresql://ignored/x?host=a,b&port=1,2", "a:1 b:2"),
                ("postgresql:///x?host=/var/run", "-"),
                ("postgresql:///x?host=%2Fvar%2Frun", "-"),
                ("redis+sentinel://h:1,i:2/x", "h:1 i:2"),
                ("http+unix://%2Fvar/x", "-"),
                ("see http://svc/x", "-"),
                ("http://svc/x and more", "-"),
                ("tcp://host:2375", "host:2375"),
                ("é://svc", "-"),
            ],
        );
        check(
            Hint::Host,
            &[
                ("dns:host:80", "host:80"),
                ("dns:host", "host"),
                ("dns:53", "dns:53"),
                ("ipv4:10.0.0.1:80", "10.0.0.1:80"),
            ],
        );
    }
}
