//! The examples of fact 7.1, grammar by grammar.

use super::*;
use proptest::prelude::*;

/// `host:port`, `host(default)`, `host` for each address; `-` for nothing and `?` for unknown.
fn shown(value: &str, hint: Hint) -> String {
    match read(value, hint) {
        Reading::NoNetwork => "-".to_owned(),
        Reading::Unknown => "?".to_owned(),
        Reading::Addresses(found) => {
            let one = |address: &Address| {
                let host = &value[address.host.clone()];
                let srv = if address.srv { "srv " } else { "" };
                match (&address.port, address.default_port) {
                    (Some(port), _) => {
                        assert_eq!(value[port.range.clone()], port.number.to_string(), "{value}");
                        format!("{srv}{host}:{}", port.number)
                    }
                    (None, Some(port)) => format!("{srv}{host}({port})"),
                    (None, None) => format!("{srv}{host}"),
                }
            };
            found.iter().map(one).collect::<Vec<_>>().join(" ")
        }
    }
}

pub(super) fn check(hint: Hint, cases: &[(&str, &str)]) {
    let differ: Vec<String> = cases
        .iter()
        .filter(|(value, expected)| shown(value, hint) != *expected)
        .map(|(value, expected)| format!("{value}: expected {expected}, got {}", shown(value, hint)))
        .collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn hosts_and_ports() {
    check(
        Hint::Host,
        &[
            ("db", "db"),
            ("db:5432", "db:5432"),
            ("db.prod.svc.cluster.local.", "db.prod.svc.cluster.local."),
            ("db\n", "db"),
            ("10.0.0.1:80", "10.0.0.1:80"),
            ("[::1]:5432", "::1:5432"),
            ("[::1]", "::1"),
            ("fe80::1", "fe80::1"),
            ("localhost", "localhost"),
            ("a:1,b:2", "a:1 b:2"),
            ("a,b", "a b"),
            ("http://svc", "svc(80)"),
            ("es:9200/index", "es:9200"),
            ("my_db:80", "my_db:80"),
        ],
    );
}

#[test]
fn not_a_host_whatever_the_name_says() {
    for hint in [Hint::Host, Hint::Hosts, Hint::Url, Hint::Any] {
        for value in [
            "",
            " ",
            "kong/kong-proxy",
            "/api/v1",
            "0.0.0.0",
            "0.0.0.0:80",
            "[::]:80",
            "::",
            "*",
            "*:80",
            ":8080",
            "dns",
            "env",
            "true",
            "no",
            "5432",
            "1.5",
            "me@example.org",
            "a@b:25",
            "my_mode",
            "host:name",
            "host:0",
            "host:70000",
            "config.yaml",
            "a b c/d",
            "localhost:/var/run/mysqld.sock",
            "/var/run/x.sock",
            "unix:/x",
            ":memory:",
            "sqlite:///x.db",
            "file:///x",
            "-db",
            "db-",
            "a..b",
            "jdbc:h2:mem:x",
            "jdbc:h2:file:/x",
            "ü",
            "日本語",
            "unix:///tmp/x",
            "s3://bucket/key",
            "vault://secret/x",
            "foo://bar",
            "gcomm://",
            "PLAINTEXT://:9092",
            "PLAINTEXT://0.0.0.0:9092",
            "http://",
            "://x",
            "a,b,x/y",
            "mailto:a@b",
        ] {
            assert_eq!(shown(value, hint), "-", "{value:?} with {hint:?}");
        }
    }
}

#[test]
fn a_word_needs_a_promise() {
    check(Hint::Any, &[("db", "-"), ("db:5432", "-"), ("a:1,b:2", "-"), ("redis:7", "-"), ("dns:db", "-")]);
    check(
        Hint::Url,
        &[
            ("db", "-"),
            ("default", "-"),
            ("db:5432", "db:5432"),
            ("db.prod.svc", "db.prod.svc"),
            ("db.prod.svc.cluster.local", "db.prod.svc.cluster.local"),
            ("s3.amazonaws.com", "-"),
            ("redis-cart:6379", "redis-cart:6379"),
        ],
    );
}

#[test]
fn placeholders_matter_only_in_the_host() {
    check(
        Hint::Url,
        &[
            ("$(URL)", "?"),
            ("http://$(HOST)/x", "?"),
            ("http://$(HOST):80", "?"),
            ("http://svc.${NS}:80", "?"),
            ("postgres://$(U):$(P)@db:5432/$(DB)", "db:5432"),
            ("postgres://u:changeme@db/x", "db(5432)"),
            ("http://svc:$(PORT)/x", "svc"),
            ("http://<your host>/x", "?"),
            ("http://{{ .Values.host }}/x", "?"),
            ("$(SCHEME)://svc:80", "svc:80"),
            ("http://HOST:80", "?"),
            ("/path/$(X)", "-"),
        ],
    );
    check(
        Hint::Host,
        &[("$DB", "?"), ("CHANGEME", "?"), ("DB_HOST", "?"), ("db:$(PORT)", "db"), ("__H__:80", "?")],
    );
}

const FRAGMENTS: &[&str] = &[
    "jdbc:",
    "mysql",
    "://",
    "//",
    "postgresql",
    "sqlserver",
    "oracle:thin:@",
    "@",
    ":",
    ",",
    ";",
    "=",
    "(",
    ")",
    "[",
    "]",
    "'",
    "\"",
    "\\",
    "/",
    "?",
    "host",
    "HOST=",
    "port=",
    "Server=",
    "tcp:",
    "tcp(",
    "unix(",
    "user",
    "db",
    "1433",
    "::1",
    ".svc",
    " ",
    "\n",
    "é",
    "日",
    "$(",
    "${X}",
    "{{",
    "}}",
    "<",
    ">",
    "%2F",
    "#",
    "a=b",
    "password=x",
    "dns:",
    "+srv",
    "address=(",
    "\u{1}",
    "🦀",
];

proptest! {
    #[test]
    fn ranges_hold(
        parts in proptest::collection::vec(proptest::sample::select(FRAGMENTS), 0..14),
        noise in "\\PC{0,6}",
        hint in proptest::sample::select(&[
            Hint::Any, Hint::Host, Hint::Hosts, Hint::Url, Hint::Jdbc, Hint::Dsn, Hint::ConnectionString,
        ][..]),
    ) {
        for value in [parts.concat(), format!("{}{noise}", parts.concat())] {
            let Reading::Addresses(found) = read(&value, hint) else { continue };
            prop_assert!(!found.is_empty());
            let mut last = 0;
            for address in found {
                prop_assert!(last <= address.host.start && address.host.start < address.host.end);
                prop_assert!(value.get(address.host.clone()).is_some());
                last = address.host.start;
                if let Some(port) = address.port {
                    prop_assert_eq!(value.get(port.range).and_then(|text| text.parse().ok()), Some(port.number));
                }
            }
        }
    }
}
