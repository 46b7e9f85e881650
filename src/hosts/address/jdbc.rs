//! `jdbc:` and `r2dbc:` (fact 7.1.4). Every driver has its own idea of what comes after its name.

use super::Reading;
use super::host::{Endpoint, Trust, endpoint, gather, separate};
use super::piece::Piece;
use super::url;

/// Drivers that wrap another one and leave the rest of the text to it.
const WRAPPERS: &[&str] =
    &["aws-wrapper", "datadog", "log4jdbc", "opentracing", "otel", "p6spy", "pool", "proxy", "tracing"];

/// The whole value. `None` if it does not start with `jdbc:` or `r2dbc:`.
pub(super) fn read(piece: Piece) -> Option<Reading> {
    let body = ["jdbc:", "r2dbc:"].iter().find_map(|prefix| piece.strip_prefix_ignore_case(prefix))?;
    // An unreadable body is still no host by any other grammar.
    Some(read_body(body).unwrap_or(if piece.is_hidden() { Reading::Unknown } else { Reading::NoNetwork }))
}

fn read_body(mut body: Piece) -> Option<Reading> {
    while let Some((word, rest)) = body.split_once(':') {
        if !WRAPPERS.contains(&word.text.to_ascii_lowercase().as_str()) {
            break;
        }
        body = rest;
    }
    let (engine, rest) = body.split_once(':')?;
    let engine = engine.text.to_ascii_lowercase();
    let (engine, driver) = engine.split_once('+').unwrap_or((&engine, ""));
    let sub = rest.until_any(&[':', '/']).text.to_ascii_lowercase();
    match engine {
        // Testcontainers starts its own database.
        "tc" | "sqlite" | "duckdb" => Some(Reading::NoNetwork),
        "oracle" => oracle(rest.split_once('@')?.1),
        "sqlserver" => sql_server(rest),
        "jtds" | "microsoft" => sql_server(rest.split_once(':')?.1),
        "h2" if sub != "tcp" && sub != "ssl" => Some(Reading::NoNetwork),
        "hsqldb" if !sub.starts_with("hsql") && !sub.starts_with("http") => Some(Reading::NoNetwork),
        _ if driver == "srv" => url::service_record(authority(rest)?),
        _ => hosts(rest, default_port(engine, &sub)),
    }
}

fn default_port(engine: &str, sub: &str) -> Option<u16> {
    match (engine, sub) {
        ("h2", _) => Some(9092),
        ("hsqldb", "hsql") => Some(9001),
        ("derby", _) => Some(1527),
        ("cassandra", _) => Some(9042),
        ("hive2", _) => Some(10000),
        ("clickhouse", "https") => Some(8443),
        ("clickhouse", _) => Some(8123),
        _ => url::default_port(engine),
    }
}

/// `…//h:p,h:p/…`, where the words before `//` choose a protocol or a way of balancing load.
fn hosts(rest: Piece, default_port: Option<u16>) -> Option<Reading> {
    // `postgresql:db` means the local host without saying so.
    let Some(authority) = authority(rest) else {
        return Some(Reading::NoNetwork);
    };
    let lower = authority.text.to_ascii_lowercase();
    if lower.contains("(host") || lower.contains("address=(") {
        return gather(described(authority, default_port));
    }
    gather(url::endpoints(authority, default_port))
}

fn authority(rest: Piece) -> Option<Piece> {
    let start = rest.text.find("//")? + 2;
    Some(url::split_authority(rest.after(start)).0.until_any(&[';']))
}

/// `//h\instance:p;databaseName=…`, or the host as a property.
fn sql_server(rest: Piece) -> Option<Reading> {
    const PORT: Option<u16> = Some(1433);
    let body = rest.after(rest.text.find("//")? + 2);
    let (server, properties) = body.split_once(';').unwrap_or((body, body.after(body.text.len())));
    let server = server.until_any(&['/']);
    if server.is_empty() {
        let property = |names: &[&str]| {
            let pairs = properties.split(|c| c == ';').into_iter();
            let mut pairs = pairs.filter_map(|pair| pair.split_once('='));
            pairs.find_map(|(key, value)| {
                let listed = names.iter().any(|name| key.text.trim().eq_ignore_ascii_case(name));
                listed.then_some(value.trim())
            })
        };
        let Some(host) = property(&["serverName", "server"]) else {
            return Some(Reading::NoNetwork);
        };
        let port = property(&["portNumber", "port"]);
        return gather([separate(host.until_any(&['\\']), port, PORT)]);
    }
    if let Some((host, instance)) = server.split_once('\\') {
        let port = instance.split_once(':').map(|(_, port)| port);
        // A named instance is looked up by the server browser, so the usual port says nothing.
        return gather([separate(host, port, None)]);
    }
    gather([endpoint(server, PORT, Trust::Marked)])
}

/// What follows the `@` of Oracle's thin driver.
fn oracle(target: Piece) -> Option<Reading> {
    const PORT: Option<u16> = Some(1521);
    if target.text.starts_with('(') {
        return gather(described(target, PORT));
    }
    for prefix in ["//", "tcp://", "tcps://", "tcp:", "tcps:"] {
        if let Some(rest) = target.strip_prefix_ignore_case(prefix) {
            return gather(url::endpoints(url::split_authority(rest).0, PORT));
        }
    }
    // `h:p:SID` or `h:p/service`; a single word is an alias of tnsnames.ora.
    let Some((host, rest)) = target.split_once(':') else {
        return Some(Reading::NoNetwork);
    };
    if rest.text.starts_with('/') {
        return None;
    }
    gather([separate(host, Some(rest.until_any(&[':', '/', '?'])), PORT)])
}

/// Items in parentheses: `address=(host=h)(port=p)`, `(host=h,port=p)`, Oracle's `(DESCRIPTION=…)`.
fn described(text: Piece, default_port: Option<u16>) -> Vec<Endpoint> {
    let mut found = Vec::new();
    let (mut host, mut port) = (None, None);
    let mut close = |host: &mut Option<Piece>, port: &mut Option<Piece>| {
        let port = port.take();
        if let Some(host) = host.take() {
            found.push(separate(host, port, default_port));
        }
    };
    for item in text.split(|c| matches!(c, '(' | ')' | ',')) {
        let Some((key, value)) = item.split_once('=') else {
            continue;
        };
        let key = key.text.trim().to_ascii_lowercase();
        match key.as_str() {
            "address" => close(&mut host, &mut port),
            "host" => {
                if host.is_some() {
                    close(&mut host, &mut port);
                }
                host = Some(value.trim());
            }
            "port" => {
                if port.is_some() {
                    close(&mut host, &mut port);
                }
                port = Some(value.trim());
            }
            _ => {}
        }
    }
    close(&mut host, &mut port);
    found
}

#[cfg(test)]
mod tests {
    use super::super::Hint;
    use super::super::tests::check;

    #[test]
    fn jdbc() {
        check(
            Hint::Any,
            &[
                ("jdbc:postgresql://a:1,b:2/x", "a:1 b:2"),
                ("jdbc:postgresql://db/x?user=u", "db(5432)"),
                ("jdbc:postgresql:db", "-"),
                ("JDBC:mysql://h:3306/db", "h:3306"),
                ("jdbc:mysql:loadbalance://h1,h2:1/db", "h1(3306) h2:1"),
                ("jdbc:mariadb:sequential://h1,h2/db", "h1(3306) h2(3306)"),
                ("jdbc:mysql+srv://h/db", "srv h"),
                ("jdbc:mysql://address=(host=h)(port=1),address=(host=i)(port=2)/db", "h:1 i:2"),
                ("jdbc:mysql://(host=h,port=1),(port=2,host=i)/db", "h:1 i:2"),
                ("jdbc:sqlserver://h:1433;databaseName=x", "h:1433"),
                ("jdbc:sqlserver://h;databaseName=x", "h(1433)"),
                (r"jdbc:sqlserver://h\inst:1434;databaseName=x", "h:1434"),
                (r"jdbc:sqlserver://h\inst", "h"),
                ("jdbc:sqlserver://;serverName=h;portNumber=1", "h:1"),
                ("jdbc:oracle:thin:@//h:1521/svc", "h:1521"),
                ("jdbc:oracle:thin:@h:1521:SID", "h:1521"),
                ("jdbc:oracle:thin:@h:1521/svc", "h:1521"),
                ("jdbc:oracle:thin:@tcp://h:1521/svc", "h:1521"),
                ("jdbc:oracle:thin:@ALIAS", "-"),
                (
                    "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=h)(PORT=1))(ADDRESS=(PORT=2)(HOST=i)))",
                    "h:1 i:2",
                ),
                ("jdbc:h2:tcp://h:9092/x", "h:9092"),
                ("jdbc:h2:mem:x", "-"),
                ("jdbc:h2:file:/x", "-"),
                ("jdbc:sqlite:/x.db", "-"),
                ("jdbc:clickhouse:http://h:8123/", "h:8123"),
                ("jdbc:ch://h:8123", "h:8123"),
                ("jdbc:db2://h:50000/db", "h:50000"),
                ("jdbc:redshift://h:5439/db", "h:5439"),
                ("jdbc:cassandra://h/ks", "h(9042)"),
                ("jdbc:otel:postgresql://h/x", "h(5432)"),
                ("jdbc:tc:postgresql:9.6:///x", "-"),
                ("r2dbc:postgresql://h:5432/x", "h:5432"),
                ("r2dbc:pool:mysql://h/x", "h(3306)"),
                ("jdbc:postgresql://$(HOST):5432/x", "?"),
                ("jdbc:", "-"),
                ("jdbc:sqlserver:", "-"),
            ],
        );
    }
}
