//! Which environment variables carry the host of something inside the cluster (fact 7.2).
//!
//! A name is looked up in four steps: names that never carry one, names of a known product, names that end like a
//! host or a URL, and nothing. Spellings are made alike first, so that `spring.redis.host`, `redisHost` and
//! `REDIS_HOST` meet in the table.

mod spelling;
mod table;

use std::sync::LazyLock;

use super::address::Hint;
use crate::kube::image;
use spelling::{normal, respell};
use table::{BACKING, EMAIL_SERVICE, FAMILIES, Family, KNOWN, Known, OWN, OWN_ENDINGS, OWN_WORDS, Of};

/// What a variable is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// How to read its value.
    pub hint: Hint,
    /// Variables that carry the port if the value does not, the likeliest first, spelled like the variable asked
    /// for. Empty if the port is part of the value.
    pub port_variables: Vec<String>,
    /// The meaning was read in the image's own files. If false it must not support an error (fact 7.2, tag K).
    pub verified: bool,
}

/// The role of a variable in a container of the given image, `None` if it carries no host of the cluster that can
/// be told by name (facts 7.2, 7.2.3 and 7.2.4).
///
/// [`Hint::Any`] may still be tried on the value of a variable without a role, but not on one for which
/// [`is_own_address`] holds.
pub fn role(variable: &str, image: &str) -> Option<Role> {
    if !may_have_role(variable) {
        return None;
    }
    let name = normal(variable);
    // Before the exclusions, because odoo's `HOST` is one of them for everybody else.
    if let Some(known) = known(&name, image) {
        return Some(Role {
            hint: known.hint,
            port_variables: known.ports.iter().map(|port| respell(port, variable)).collect(),
            verified: known.verified,
        });
    }
    if is_excluded(&name) {
        return None;
    }
    let (family, start) = family(&name)?;
    let ports = family.ports.iter().map(|ending| {
        let port = format!("{}{ending}", &name[..start]);
        respell(&port, variable)
    });
    Some(Role { hint: family.hint, port_variables: ports.collect(), verified: false })
}

/// A look before a name is spelled out: it has to end in the two letters that one of the table ends in, or begin
/// like a connection string.
fn may_have_role(variable: &str) -> bool {
    // A bit for the last letter in the row of the one before it.
    static ENDS: LazyLock<[u32; 26]> = LazyLock::new(|| {
        let names = KNOWN.iter().map(|known| known.name).chain(FAMILIES.iter().map(|family| family.ending));
        let mut ends = [0; 26];
        names.filter_map(last_two).for_each(|(row, bit)| ends[row] |= bit);
        ends
    });
    let connection = || {
        let bytes = variable.as_bytes();
        let first = |byte: &u8| matches!(byte.to_ascii_uppercase(), b'C' | b'S' | b'M' | b'P');
        bytes.first().is_some_and(first) && bytes.windows(4).any(|four| four.eq_ignore_ascii_case(b"CONN"))
    };
    last_two(variable).is_some_and(|(row, bit)| ENDS[row] & bit != 0) || connection()
}

/// The last two letters, as a row and a bit of a table.
fn last_two(name: &str) -> Option<(usize, u32)> {
    let end = name.as_bytes().last_chunk::<2>().filter(|end| end.iter().all(u8::is_ascii_alphabetic))?;
    let [row, bit] = end.map(|byte| usize::from(byte.to_ascii_uppercase() - b'A'));
    Some((row, 1 << bit))
}

/// Whether a variable configures the container itself: where it listens, how it is known outside, whom it lets in
/// (fact 7.2.3). Its value is no dependency even if it looks like an address.
pub fn is_own_address(variable: &str, image: &str) -> bool {
    let name = normal(variable);
    known(&name, image).is_none() && is_excluded(&name)
}

/// Whether a variable is called like a kind of service and nothing else: `DB`, `REDIS`. It may hold a host, or the
/// name of a database, a driver or a switch.
pub fn is_product(variable: &str) -> bool {
    BACKING.contains(&normal(variable).as_str())
}

/// A host that an image uses although no variable names it (fact 7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImplicitHost {
    /// The variable that would name it.
    pub variable: &'static str,
    /// The host used instead.
    pub host: &'static str,
    /// The port used with it.
    pub port: u16,
    /// Setting any of these, also to another meaning, switches the default off. Contains `variable`.
    pub unless_set: &'static [&'static str],
}

/// The host that an image falls back to, if it has one (fact 7.2). Only official images: rebuilt ones change it.
pub fn implicit_default(image: &str) -> Option<ImplicitHost> {
    let image = image::parse(image)?;
    let path = image.path.strip_prefix("library/").unwrap_or(image.path);
    match path {
        // The command line images of WordPress have no entrypoint that writes a configuration.
        "wordpress" if !image.tag.is_some_and(|tag| tag.starts_with("cli")) => Some(ImplicitHost {
            variable: "WORDPRESS_DB_HOST",
            host: "mysql",
            port: 3306,
            unless_set: &["WORDPRESS_DB_HOST", "WORDPRESS_DB_HOST_FILE"],
        }),
        "phpmyadmin" | "phpmyadmin/phpmyadmin" => Some(ImplicitHost {
            variable: "PMA_HOST",
            host: "db",
            port: 3306,
            unless_set: &[
                "PMA_HOST",
                "PMA_HOST_FILE",
                "PMA_HOSTS",
                "PMA_HOSTS_FILE",
                "PMA_ARBITRARY",
                "PMA_SOCKET",
                "PMA_SOCKETS",
            ],
        }),
        "odoo" => Some(ImplicitHost {
            variable: "HOST",
            host: "db",
            port: 5432,
            unless_set: &["HOST", "PGHOST", "DB_PORT_5432_TCP_ADDR"],
        }),
        "mongo-express" => Some(ImplicitHost {
            variable: "ME_CONFIG_MONGODB_URL",
            host: "mongo",
            port: 27017,
            unless_set: &["ME_CONFIG_MONGODB_URL", "ME_CONFIG_MONGODB_URL_FILE", "ME_CONFIG_MONGODB_SERVER"],
        }),
        _ => None,
    }
}

/// The name of the image without its origin. Bitnami's images have variables of their own.
fn product(image: &str) -> &str {
    let image = image::parse(image).filter(|image| !image.path.starts_with("bitnami"));
    image.map_or("", |image| image.name)
}

fn known(name: &str, image: &str) -> Option<&'static Known> {
    let fits = |known: &&Known| match known.of {
        Of::Anyone => true,
        Of::Only(name) => product(image) == name,
    };
    // Rows for one image stand before those for all.
    KNOWN.iter().find(|known| known.name == name && fits(known))
}

fn is_excluded(name: &str) -> bool {
    let own = |(word, next): (&str, Option<&str>)| {
        let service = word == "EMAIL" && next.is_some_and(|next| EMAIL_SERVICE.contains(&next));
        OWN_WORDS.contains(&word) && !service
    };
    let nexts = words(name).skip(1).map(Some).chain([None]);
    OWN.contains(&name)
        || OWN_ENDINGS.iter().any(|ending| name.ends_with(ending))
        || words(name).zip(nexts).any(own)
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split('_').filter(|word| !word.is_empty())
}

/// The family a name belongs to, and where its ending starts.
fn family(name: &str) -> Option<(&'static Family, usize)> {
    if CONNECTION_STRINGS.iter().any(|prefix| name.starts_with(prefix)) {
        return Some((&table::CONNECTION_STRING, name.len()));
    }
    FAMILIES.iter().find_map(|family| {
        let stem = name.strip_suffix(family.ending)?;
        let backed = || words(stem).any(|word| BACKING.contains(&word));
        (!stem.is_empty() && (!family.needs_backing || backed())).then_some((family, stem.len()))
    })
}

/// .NET's sections, with `__` or `:` after the name, and what Azure makes of them.
const CONNECTION_STRINGS: &[&str] = &[
    "CONNECTION_STRINGS_",
    "CONNECTIONSTRINGS_",
    "SQLCONNSTR_",
    "SQLAZURECONNSTR_",
    "MYSQLCONNSTR_",
    "POSTGRESQLCONNSTR_",
    "CUSTOMCONNSTR_",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `hint!` if verified, then the port variables; `-` without a role.
    fn shown(variable: &str, image: &str) -> String {
        let Some(role) = role(variable, image) else {
            return "-".to_owned();
        };
        let sure = if role.verified { "!" } else { "" };
        let ports: String = role.port_variables.iter().map(|port| format!(" {port}")).collect();
        format!("{:?}{sure}{ports}", role.hint)
    }

    #[test]
    fn no_name_of_the_tables_is_passed_over() {
        let names = KNOWN.iter().map(|known| known.name.to_owned());
        let endings = FAMILIES.iter().map(|family| format!("x{}", family.ending));
        let strings = CONNECTION_STRINGS.iter().map(|prefix| format!("{prefix}X"));
        for name in names.chain(endings).chain(strings) {
            assert!(may_have_role(&name), "{name}");
        }
        assert!(may_have_role("ConnectionStrings:Default") && !may_have_role("TZ"));
    }

    #[test]
    fn roles_with_image() {
        for (variable, image, expected) in [
            ("WORDPRESS_DB_HOST", "wordpress:6", "Host!"),
            ("REDIS_HOST", "nextcloud:29", "Host! REDIS_HOST_PORT"),
            ("REDIS_HOST", "acme/app", "Host REDIS_PORT REDIS_HOST_PORT"),
            ("MYSQL_HOST", "nextcloud", "Host!"),
            ("MYSQL_HOST", "acme/app", "Host MYSQL_PORT"),
            ("database__connection__host", "ghost:5", "Host! database__connection__port"),
            ("HOST", "odoo:17", "Host! PORT"),
            ("HOST", "docker.io/library/odoo", "Host! PORT"),
            ("HOST", "acme/app", "-"),
            ("HOST", "bitnami/odoo", "-"),
            ("HOST", "", "-"),
            ("PGHOST", "odoo", "Host! PGPORT PORT"),
            ("PGHOST", "acme/app", "Host PGPORT"),
            ("DB_HOST", "monica", "Host! DB_PORT"),
            ("DB_HOST", "acme/app", "Host DB_PORT"),
            ("KC_DB_URL_HOST", "quay.io/keycloak/keycloak", "Host! KC_DB_URL_PORT"),
            ("KC_DB_URL", "quay.io/keycloak/keycloak", "Jdbc!"),
        ] {
            assert_eq!(shown(variable, image), expected, "{variable} of {image}");
        }
    }

    #[test]
    fn roles_by_name() {
        for (variable, expected) in [
            ("PMA_HOSTS", "Host! PMA_PORTS"),
            ("REDMINE_DB_POSTGRES", "Host! REDMINE_DB_PORT"),
            ("WORDPRESS_DATABASE_HOST", "Host WORDPRESS_DATABASE_PORT_NUMBER WORDPRESS_DATABASE_PORT"),
            ("MYSQL_SERVICE_HOST", "Host MYSQL_SERVICE_PORT"),
            ("DATABASE_URL", "Url"),
            ("DB_SERVER", "Host DB_PORT"),
            ("WEB_SERVER", "-"),
            ("DB_HOSTNAME", "Host DB_PORT"),
            ("SPRING_DATASOURCE_URL", "Jdbc"),
            ("QUARKUS_DATASOURCE_JDBC_URL", "Jdbc"),
            ("JDBC_DATABASE_URL", "Jdbc"),
            ("JDBC_URL", "Jdbc"),
            // How a TeamCity agent finds its server.
            ("SERVER_URL", "Url"),
            ("SONAR_JDBC_URL", "Jdbc"),
            ("spring.data.redis.host", "Host spring.data.redis.port"),
            ("redisHost", "Host redisPort redisHostPort"),
            ("fooDbHost", "Host fooDbPort"),
            ("SPRING_KAFKA_BOOTSTRAP_SERVERS", "Hosts"),
            ("KAFKA_BROKERS", "Hosts"),
            ("KAFKA_ZOOKEEPER_CONNECT", "Hosts"),
            ("discovery.seed_hosts", "Hosts"),
            ("ELASTICSEARCH_HOSTS", "Hosts ELASTICSEARCH_PORT"),
            ("ConnectionStrings__Default", "ConnectionString"),
            ("ConnectionStrings:Default", "ConnectionString"),
            ("SQLCONNSTR_X", "ConnectionString"),
            ("AIRFLOW__CELERY__RESULT_BACKEND", "Url"),
            ("GITEA__database__HOST", "Host"),
            ("MYSQL_DSN", "Dsn"),
            ("REDIS_ADDR", "Url"),
            ("PRODUCT_CATALOG_SERVICE_ADDR", "Url"),
            ("EMAIL_SERVICE_ADDR", "Url"),
            ("EMAIL_ADDRESS", "-"),
            ("CODEINTEL_PGHOST", "Host CODEINTEL_PGPORT"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "Url"),
            ("ETCDCTL_ENDPOINTS", "Url"),
            ("WSREP_CLUSTER_ADDRESS", "Url"),
            ("CASSANDRA_SEEDS", "Hosts"),
            ("ZBX_SERVER_HOST", "Host ZBX_SERVER_PORT"),
            ("MEMCACHED_SERVERS", "Hosts MEMCACHED_PORT"),
        ] {
            assert_eq!(shown(variable, "acme/app"), expected, "{variable}");
        }
    }

    #[test]
    fn own_addresses() {
        for variable in [
            "MYSQL_ROOT_HOST",
            "POSTGRES_HOST_AUTH_METHOD",
            "SERVER_HOST",
            "LISTEN_ADDR",
            "BIND_ADDRESS",
            "ALLOWED_HOSTS",
            "DJANGO_ALLOWED_HOSTS",
            "VIRTUAL_HOST",
            "KAFKA_ADVERTISED_LISTENERS",
            "KAFKA_ADVERTISED_HOST_NAME",
            "HOSTNAME",
            "TS_HOSTNAME",
            "KC_HOSTNAME",
            "GF_SERVER_ROOT_URL",
            "X_EXTERNAL_URL",
            "COOKIE_DOMAIN",
            "cluster.initial_master_nodes",
            "OPENSEARCH_CLUSTER_MASTER_HOSTS",
            "ELASTICSEARCH_CLUSTER_MASTER_HOSTS",
            "GET_HOSTS_FROM",
            "MYSQL_HOST_FILE",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD",
            "MAIL_FROM_ADDRESS",
            "KUBERNETES_SERVICE_HOST",
        ] {
            assert_eq!(shown(variable, "acme/app"), "-", "{variable}");
            assert!(is_own_address(variable, "acme/app"), "{variable}");
        }
        for variable in
            ["MYSQL_DATABASE", "POSTGRES_DB", "PGDATA", "KC_HOSTNAME", "LOG_LEVEL", "", "_HOST", "é"]
        {
            assert_eq!(shown(variable, "acme/app"), "-", "{variable}");
        }
        assert!(!is_own_address("HOST", "odoo"));
    }

    #[test]
    fn defaults_of_images() {
        for (image, expected) in [
            ("wordpress:6-apache", Some(("WORDPRESS_DB_HOST", "mysql"))),
            ("docker.io/library/wordpress", Some(("WORDPRESS_DB_HOST", "mysql"))),
            ("wordpress:cli-2", None),
            ("bitnami/wordpress", None),
            ("phpmyadmin/phpmyadmin:5", Some(("PMA_HOST", "db"))),
            ("odoo:17", Some(("HOST", "db"))),
            ("mongo-express", Some(("ME_CONFIG_MONGODB_URL", "mongo"))),
            ("nginx", None),
            ("$(IMAGE)", None),
        ] {
            let found = implicit_default(image);
            assert_eq!(found.map(|found| (found.variable, found.host)), expected, "{image}");
            assert!(found.is_none_or(|found| found.unless_set.contains(&found.variable)));
        }
    }

    #[test]
    fn table_is_in_normal_spelling() {
        for known in table::KNOWN {
            assert_eq!(normal(known.name), known.name);
        }
    }

    proptest! {
        #[test]
        fn never_panics(variable in "([a-zA-Z_.]|HOST|Host|_url|é|\\PC){0,10}", image in "[a-z/:]{0,8}") {
            role(&variable, &image);
            is_own_address(&variable, &image);
        }
    }
}
