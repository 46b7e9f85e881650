//! The names of fact 7.2 as data.

use crate::hosts::address::Hint;
use Hint::{ConnectionString as Conn, Dsn, Host, Hosts, Jdbc, Url};
use Of::{Anyone, Only};

/// Whose variable a name is.
pub(super) enum Of {
    /// The name says enough by itself.
    Anyone,
    /// Only in containers of the image with this name.
    Only(&'static str),
}

/// One known name.
pub(super) struct Known {
    /// In normal spelling.
    pub name: &'static str,
    pub of: Of,
    pub hint: Hint,
    pub ports: &'static [&'static str],
    pub verified: bool,
}

const fn yes(name: &'static str, of: Of, hint: Hint, ports: &'static [&'static str]) -> Known {
    Known { name, of, hint, ports, verified: true }
}

const fn perhaps(name: &'static str, hint: Hint, ports: &'static [&'static str]) -> Known {
    Known { name, of: Anyone, hint, ports, verified: false }
}

#[rustfmt::skip]
pub(super) const KNOWN: &[Known] = &[
    // Read in the images.
    yes("WORDPRESS_DB_HOST", Anyone, Host, &[]),
    yes("MYSQL_HOST", Only("nextcloud"), Host, &[]),
    yes("POSTGRES_HOST", Only("nextcloud"), Host, &[]),
    yes("REDIS_HOST", Only("nextcloud"), Host, &["REDIS_HOST_PORT"]),
    yes("JOOMLA_DB_HOST", Anyone, Host, &[]),
    yes("MATOMO_DATABASE_HOST", Anyone, Host, &[]),
    yes("REDMINE_DB_MYSQL", Anyone, Host, &["REDMINE_DB_PORT"]),
    yes("REDMINE_DB_POSTGRES", Anyone, Host, &["REDMINE_DB_PORT"]),
    yes("REDMINE_DB_SQLSERVER", Anyone, Host, &["REDMINE_DB_PORT"]),
    yes("DATABASE__CONNECTION__HOST", Only("ghost"), Host, &["DATABASE__CONNECTION__PORT"]),
    yes("PMA_HOST", Anyone, Host, &["PMA_PORT"]),
    yes("PMA_HOSTS", Anyone, Host, &["PMA_PORTS"]),
    yes("ME_CONFIG_MONGODB_URL", Anyone, Url, &[]),
    yes("HOST", Only("odoo"), Host, &["PORT"]),
    yes("PGHOST", Only("odoo"), Host, &["PGPORT", "PORT"]),
    yes("YOURLS_DB_HOST", Anyone, Host, &[]),
    yes("BACKDROP_DB_HOST", Anyone, Host, &["BACKDROP_DB_PORT"]),
    yes("POSTFIXADMIN_DB_HOST", Anyone, Host, &["POSTFIXADMIN_DB_PORT"]),
    yes("GEONETWORK_DB_HOST", Anyone, Host, &["GEONETWORK_DB_PORT"]),
    yes("ES_HOST", Only("geonetwork"), Host, &["ES_PORT"]),
    yes("DB_HOST", Only("bonita"), Host, &["DB_PORT"]),
    yes("DB_HOST", Only("monica"), Host, &["DB_PORT"]),
    yes("MYSQL_HOST", Only("friendica"), Host, &["MYSQL_PORT"]),
    yes("KC_DB_URL_HOST", Anyone, Host, &["KC_DB_URL_PORT"]),
    yes("KC_DB_URL", Only("keycloak"), Jdbc, &[]),

    // Conventions whose name alone does not show what they hold.
    perhaps("PGHOST", Host, &["PGPORT"]),
    perhaps("PGHOSTADDR", Host, &["PGPORT"]),
    perhaps("MYSQLHOST", Host, &["MYSQLPORT"]),
    perhaps("REDISHOST", Host, &["REDISPORT"]),
    perhaps("MONGOHOST", Host, &["MONGOPORT"]),
    perhaps("REDIS_HOST", Host, &["REDIS_PORT", "REDIS_HOST_PORT"]),
    perhaps("ME_CONFIG_MONGODB_SERVER", Host, &["ME_CONFIG_MONGODB_PORT"]),
    perhaps("EUREKA_CLIENT_SERVICEURL_DEFAULTZONE", Url, &[]),
    perhaps("EUREKA_CLIENT_SERVICE_URL_DEFAULT_ZONE", Url, &[]),
    perhaps("JDBC_URL", Jdbc, &[]),
    perhaps("JDBC_DATABASE_URL", Jdbc, &[]),
    perhaps("NEXUS_DATASTORE_NEXUS_JDBCURL", Jdbc, &[]),
    perhaps("ZOOKEEPER_CONNECT", Hosts, &[]),
    perhaps("WAITFOR", Hosts, &[]),
    perhaps("WAIT_FOR", Hosts, &[]),
    perhaps("ZK_CONNECT", Hosts, &[]),
    perhaps("DISCOVERY_SEED_HOSTS", Hosts, &[]),
    perhaps("CASSANDRA_CONTACT_POINTS", Hosts, &[]),
    perhaps("CASSANDRA_SEEDS", Hosts, &[]),
    perhaps("POSTGRES_SEEDS", Hosts, &["DB_PORT"]),
    perhaps("TEMPORAL_ADDRESS", Host, &[]),
    perhaps("WSREP_CLUSTER_ADDRESS", Url, &[]),
    perhaps("CELERY_RESULT_BACKEND", Url, &[]),
    perhaps("AIRFLOW__CELERY__RESULT_BACKEND", Url, &[]),
    perhaps("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", Url, &[]),
    perhaps("AIRFLOW__CORE__SQL_ALCHEMY_CONN", Url, &[]),
    perhaps("GITEA__DATABASE__HOST", Host, &[]),
    perhaps("GF_DATABASE_HOST", Host, &[]),
    perhaps("UPSTREAM", Url, &[]),
    perhaps("BOOTSTRAP_SERVERS", Hosts, &[]),
    perhaps("HTTP_PROXY", Url, &[]),
    perhaps("HTTPS_PROXY", Url, &[]),
    perhaps("DOCKER_HOST", Url, &[]),
    perhaps("CONSUL_HTTP_ADDR", Url, &[]),
    perhaps("VAULT_ADDR", Url, &[]),
    // `SERVER` is the Zabbix server here, not this one.
    perhaps("DB_SERVER_HOST", Host, &["DB_SERVER_PORT"]),
    perhaps("ZBX_SERVER_HOST", Host, &["ZBX_SERVER_PORT"]),
];

/// Names that end like a host or a URL.
pub(super) struct Family {
    /// What the name ends with.
    pub ending: &'static str,
    pub hint: Hint,
    /// Endings of the variables with the port, in place of `ending`.
    pub ports: &'static [&'static str],
    /// Too common an ending, unless a word before it names a [`BACKING`] service.
    pub needs_backing: bool,
}

const fn any(ending: &'static str, hint: Hint, ports: &'static [&'static str]) -> Family {
    Family { ending, hint, ports, needs_backing: false }
}

const fn backing(ending: &'static str, hint: Hint, ports: &'static [&'static str]) -> Family {
    Family { ending, hint, ports, needs_backing: true }
}

/// For names that are told by how they begin.
pub(super) const CONNECTION_STRING: Family = any("", Conn, &[]);

/// Longer endings first where one ends in another.
#[rustfmt::skip]
pub(super) const FAMILIES: &[Family] = &[
    any("_DATABASE_HOST", Host, &["_DATABASE_PORT_NUMBER", "_DATABASE_PORT"]),
    any("_PGHOST", Host, &["_PGPORT"]),
    any("_HOST", Host, &["_PORT"]),
    any("_HOSTS", Hosts, &["_PORT"]),
    backing("_HOSTNAME", Host, &["_PORT"]),
    any("_BOOTSTRAP_SERVERS", Hosts, &[]),
    any("_BOOTSTRAP_SERVER", Hosts, &[]),
    backing("_SERVER", Host, &["_PORT"]),
    backing("_SERVERS", Hosts, &["_PORT"]),
    backing("_BROKER", Hosts, &[]),
    any("_BROKERS", Hosts, &[]),
    any("_BROKER_LIST", Hosts, &[]),
    backing("_NODES", Hosts, &[]),
    backing("_SENTINEL", Hosts, &[]),
    backing("_SENTINELS", Hosts, &[]),
    backing("_SEEDS", Hosts, &[]),
    any("_ZOOKEEPER_CONNECT", Hosts, &[]),
    any("_CONTACT_POINTS", Hosts, &["_PORT"]),
    any("_JDBC_URL", Jdbc, &[]),
    any("_JDBC_URI", Jdbc, &[]),
    any("_DATASOURCE_URL", Jdbc, &[]),
    any("_R2DBC_URL", Jdbc, &[]),
    any("_URL", Url, &[]),
    any("_BASEURL", Url, &[]),
    any("_URI", Url, &[]),
    any("_URLS", Url, &[]),
    any("_URIS", Url, &[]),
    any("_DSN", Dsn, &[]),
    any("_ADDR", Url, &[]),
    any("_ADDRS", Hosts, &[]),
    any("_ADDRESS", Url, &[]),
    backing("_ADDRESSES", Hosts, &[]),
    any("_ENDPOINT", Url, &[]),
    any("_ENDPOINTS", Url, &[]),
    any("_UPSTREAM", Url, &[]),
    any("_CONN_STR", Conn, &[]),
    any("_CONNECTION_STRING", Conn, &[]),
    any("_CONNECTIONSTRING", Conn, &[]),
];

/// Words that name a service an application depends on.
#[rustfmt::skip]
pub(super) const BACKING: &[&str] = &[
    "AMQP", "CACHE", "CASSANDRA", "CLICKHOUSE", "CONSUL", "DATABASE", "DB", "ELASTIC", "ELASTICSEARCH", "ES", "ETCD",
    "IMAP", "INFLUXDB", "KAFKA", "KEYCLOAK", "LDAP", "MAIL", "MARIADB", "MEMCACHE", "MEMCACHED", "MINIO", "MONGO",
    "MONGODB", "MQTT", "MSSQL", "MYSQL", "NATS", "OPENSEARCH", "ORACLE", "PG", "POSTGRES", "POSTGRESQL", "PULSAR",
    "RABBIT", "RABBITMQ", "REDIS", "SMTP", "SOLR", "SQL", "VALKEY", "ZK", "ZOOKEEPER",
];

/// Words that make a name with `EMAIL` before them that of a service, not of a person.
pub(super) const EMAIL_SERVICE: &[&str] = &["API", "SERVER", "SERVICE"];

/// Whole names that configure the container itself or hold something else than a host (fact 7.2.3).
#[rustfmt::skip]
pub(super) const OWN: &[&str] = &[
    "APP_HOST", "APP_URL", "BASE_URL", "CLUSTER_INITIAL_MASTER_NODES",
    "GET_HOSTS_FROM", "GRPC_ADDR", "GRPC_ADDRESS",
    "GRPC_HOST", "HEALTH_ADDR", "HOME_URL", "HOST", "HOSTNAME", "HTTP_ADDR", "HTTP_ADDRESS", "HTTP_HOST",
    "HTTP_SERVER_ADDRESS", "KC_HOSTNAME",
    "KC_HOSTNAME_ADMIN", "KC_HOSTNAME_ADMIN_URL", "KC_HOSTNAME_URL", "KUBERNETES_SERVICE_HOST", "METRICS_ADDR", "METRICS_ADDRESS", "METRICS_HOST",
    "MYSQL_ROOT_HOST", "POSTGRES_HOST_AUTH_METHOD", "PUBLISH_HOST", "NETWORK_HOST", "NETWORK_PUBLISH_HOST",
    "RABBITMQ_NODENAME", "SERVER_ADDR", "SERVER_ADDRESS", "SERVER_HOST", "SITE_URL", "SPARK_LOCAL_IP",
    "TS_HOSTNAME", "UI_HOST", "VIRTUAL_HOST", "WEB_HOST", "WP_HOME", "WP_SITEURL", "WSREP_NODE_ADDRESS",
];

#[rustfmt::skip]
pub(super) const OWN_ENDINGS: &[&str] = &[
    "_FILE", "_CMD", "_SECRET", "_PATH", "_ROOT_URL", "_EXTERNAL_URL", "_DOMAIN", "_BIND_ADDR", "_SERVER_HOST",
    // Names of nodes, as Elasticsearch and OpenSearch compare them.
    "INITIAL_MASTER_NODES", "_CLUSTER_MASTER_HOSTS", "_SITE_URL", "_APP_URL", "_ROOT_HOST", "_VIRTUAL_HOST", "_PUBLISH_HOST", "_NETWORK_HOST",
    "_PROXY_HOSTS",
    // What a JVM puts into the references that it hands out (`java.rmi.server.hostname`).
    "JMX_HOSTNAME", "RMI_SERVER_HOSTNAME", "RMI_HOSTNAME",
];

/// Words that turn any ending around: whom to let in, where to listen, how to be called, whose mail it is.
#[rustfmt::skip]
pub(super) const OWN_WORDS: &[&str] = &[
    "ADVERTISE", "ADVERTISED", "ALLOW", "ALLOWED", "BIND", "CALLBACK", "CONTRACT", "CORS", "DOMAIN", "DOMAINS", "EMAIL",
    "EXTERNAL", "FROM", "HOSTNAMES", "INGRESS", "LISTEN", "LISTENER", "LISTENERS", "LISTENING", "LOGOUT", "MAC",
    "ORIGIN", "ORIGINS", "OWN", "POD", "PUBLIC", "REDIRECT", "REPLY", "SELF", "SENDER", "TRUSTED", "WALLET",
    "WHITELIST",
];
