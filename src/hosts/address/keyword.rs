//! Connection strings made of keys and values, and the Go driver's own form (facts 7.1.5 to 7.1.7).

use super::Reading;
use super::host::{Endpoint, Trust, endpoint, gather, number, separate};
use super::piece::Piece;
use super::url::paired;

/// `[user[:password]@][net[(address)]]/db`, the data source name of Go's MySQL driver (fact 7.1.5).
pub(super) fn go_dsn(piece: Piece) -> Option<Reading> {
    // The password may contain anything, so look for the last opening that is followed by `)/`.
    let nets = ["tcp(", "tcp6(", "unix("];
    let (net, start) =
        nets.iter().filter_map(|net| piece.text.rfind(net).map(|at| (*net, at))).max_by_key(|(_, at)| *at)?;
    let before = piece.until(start);
    if !before.is_empty() && !before.text.ends_with('@') {
        return None;
    }
    let (address, rest) = piece.after(start + net.len()).split_once(')')?;
    if !rest.is_empty() && !rest.text.starts_with('/') {
        return None;
    }
    if net == "unix(" || address.is_empty() {
        return Some(Reading::NoNetwork);
    }
    gather([endpoint(address, Some(3306), Trust::Marked)])
}

const LIBPQ_KEYS: &[&str] = &[
    "application_name",
    "connect_timeout",
    "database",
    "dbname",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "target_session_attrs",
    "timezone",
    "user",
];

/// `host=db port=5432 user=…` as libpq reads it (fact 7.1.6). Needs a host and one more known key.
pub(super) fn libpq(piece: Piece) -> Option<Reading> {
    let pairs = libpq_pairs(piece)?;
    let find = |key: &str| pairs.iter().find(|(name, _)| name.text == key).map(|(_, value)| *value);
    // `hostaddr` is what is connected to if both are given.
    let host = find("hostaddr").or_else(|| find("host"))?;
    pairs.iter().find(|(name, _)| LIBPQ_KEYS.contains(&name.text.to_ascii_lowercase().as_str()))?;
    let ports: Vec<Piece> = find("port").map(|ports| ports.split(|c| c == ',')).unwrap_or_default();
    gather(paired(host, &ports, Some(5432)))
}

fn libpq_pairs(piece: Piece) -> Option<Vec<(Piece, Piece)>> {
    let mut pairs = Vec::new();
    let mut rest = piece.trim();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        let key = key.trim();
        if key.is_empty() || key.text.contains(char::is_whitespace) {
            return None;
        }
        let after = after.after(after.text.len() - after.text.trim_start().len());
        let (value, end) = match after.text.strip_prefix('\'') {
            Some(inside) => {
                let end = closing_quote(inside)?;
                (after.until(1 + end).after(1), end + 2)
            }
            None => {
                let end = after.text.find(char::is_whitespace).unwrap_or(after.text.len());
                (after.until(end), end)
            }
        };
        pairs.push((key, value));
        rest = after.after(end).trim();
    }
    Some(pairs)
}

/// A backslash takes the next character literally.
fn closing_quote(inside: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' => return Some(at),
            _ => {}
        }
    }
    None
}

const ADO_HOST: &[&str] = &["server", "data source", "address", "addr", "network address", "host"];

const ADO_OTHER: &[&str] = &[
    "charset",
    "database",
    "db",
    "dbname",
    "encrypt",
    "initial catalog",
    "integrated security",
    "ip",
    "multipleactiveresultsets",
    "password",
    "persist security info",
    "port",
    "pwd",
    "ssl mode",
    "sslmode",
    "trusted_connection",
    "trustservercertificate",
    "uid",
    "user",
    "user id",
    "userid",
    "username",
    "virtualhost",
];

/// `Server=h;Database=x` in the dialects of SQL Server, Npgsql, MySQL and RabbitMQ (fact 7.1.7), and PHP's
/// `mysql:host=h;dbname=x`. Needs a host key and one more known key, or `tcp:` before the host.
pub(super) fn ado(piece: Piece) -> Option<Reading> {
    let pdo = ["mysql:", "pgsql:", "sqlsrv:"];
    let body = pdo.iter().find_map(|prefix| piece.strip_prefix_ignore_case(prefix)).unwrap_or(piece);
    let mut host = None;
    let mut port = None;
    let mut known = 0;
    let mut hidden = false;
    for item in split_quoted(body) {
        let item = item.trim();
        if item.is_empty() {
            continue;
        }
        let Some((key, value)) = item.split_once('=') else {
            // A whole `Key=Value` may come from a placeholder.
            hidden |= item.is_hidden();
            if item.is_hidden() {
                continue;
            }
            return None;
        };
        let key = key.text.trim().to_ascii_lowercase();
        let value = value.trim().unquote();
        if ADO_HOST.contains(&key.as_str()) {
            host = host.or(Some(value));
        } else if ADO_OTHER.contains(&key.as_str()) {
            known += 1;
            if key == "port" {
                port = Some(value);
            }
        }
    }
    let Some(mut host) = host else {
        return (hidden && known > 0).then_some(Reading::Unknown);
    };
    let mut default_port = None;
    if let Some(rest) = host.strip_prefix_ignore_case("tcp:") {
        (host, default_port) = (rest.trim(), Some(1433));
    } else if known == 0 {
        return None;
    }
    let lower = host.text.to_ascii_lowercase();
    if ["np:", "lpc:", "(", "."].iter().any(|local| lower.starts_with(local)) {
        return Some(Reading::NoNetwork);
    }
    gather(ado_hosts(host, port, default_port))
}

/// `h,1433` is a host and its port; `a,b` are two hosts; `h\INSTANCE` is one.
fn ado_hosts<'a>(host: Piece<'a>, port: Option<Piece<'a>>, default_port: Option<u16>) -> Vec<Endpoint> {
    if let Some((name, after)) = host.rsplit_once(',') {
        let after = after.trim();
        if number(after).is_some() || after.is_hidden() {
            return vec![separate(name.until_any(&['\\']), Some(after), default_port)];
        }
    }
    if let Some((name, _)) = host.split_once('\\') {
        return vec![separate(name, port, None)];
    }
    let ports: Vec<Piece> = port.map(|ports| ports.split(|c| c == ',')).unwrap_or_default();
    paired(host, &ports, default_port)
}

/// Splits at semicolons outside quotes.
fn split_quoted(piece: Piece) -> Vec<Piece> {
    let mut items = Vec::new();
    let mut start = 0;
    let mut quote = None;
    for (at, c) in piece.text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            // A quote counts only where a value begins, not inside a password.
            None if (c == '"' || c == '\'') && piece.text[..at].trim_end().ends_with('=') => quote = Some(c),
            None if c == ';' => {
                items.push(piece.until(at).after(start));
                start = at + 1;
            }
            None => {}
        }
    }
    items.push(piece.after(start));
    items
}

const REDIS_OPTIONS: &[&str] = &[
    "abortconnect",
    "allowadmin",
    "channelprefix",
    "connectretry",
    "connecttimeout",
    "defaultdatabase",
    "keepalive",
    "name",
    "password",
    "servicename",
    "ssl",
    "synctimeout",
    "user",
];

/// `h:6379,h2:6379,password=…,ssl=true` as StackExchange.Redis reads it (fact 7.1.7).
pub(super) fn redis_list(piece: Piece) -> Option<Reading> {
    let mut hosts = Vec::new();
    let mut options = 0;
    for item in piece.split(|c| c == ',') {
        match item.split_once('=') {
            Some((key, _)) => {
                let key = key.text.trim().to_ascii_lowercase();
                options += usize::from(REDIS_OPTIONS.contains(&key.as_str()));
            }
            None if options == 0 => hosts.push(item),
            // The rest of a password with a comma in it.
            None => {}
        }
    }
    if options == 0 || hosts.is_empty() {
        return None;
    }
    gather(hosts.into_iter().map(|host| endpoint(host, Some(6379), Trust::Marked)))
}

#[cfg(test)]
mod tests {
    use super::super::Hint;
    use super::super::tests::check;

    #[test]
    fn go_data_source_names() {
        check(
            Hint::Any,
            &[
                ("root:pw@tcp(mysql:3306)/app", "mysql:3306"),
                ("root:p@w/tcp(@tcp(mysql)/app?x=y", "mysql(3306)"),
                ("tcp(mysql)/", "mysql(3306)"),
                ("u@tcp6([::1]:1)/x", "::1:1"),
                ("u:p@unix(/tmp/x.sock)/db", "-"),
                ("u:p@/db", "-"),
                ("u:p@cloudsql(a:b:c)/db", "-"),
                ("call tcp(a:1)", "-"),
            ],
        );
    }

    #[test]
    fn libpq_keywords() {
        check(
            Hint::Any,
            &[
                ("host=db port=5432 user=u dbname=x", "db:5432"),
                ("host = db user = u", "db(5432)"),
                ("host=a,b port=1,2 user=u", "a:1 b:2"),
                ("host=a,b port=1 user=u", "a:1 b:1"),
                (r"user='it\'s me' host='db' password='a=b c'", "db(5432)"),
                ("host=db hostaddr=10.0.0.1 port=1", "10.0.0.1:1"),
                ("host=/var/run/postgresql user=u", "-"),
                ("port=5432 host=db", "db:5432"),
                ("host=db", "-"),
                ("host=db colour=red", "-"),
                ("user='open host=db", "-"),
            ],
        );
    }

    #[test]
    fn ado_and_relatives() {
        check(
            Hint::Any,
            &[
                ("Server=tcp:mssql,1433;Database=x", "mssql:1433"),
                ("Server=tcp:mssql;", "mssql(1433)"),
                (r"Data Source=h\INST;Initial Catalog=x", "h"),
                ("Server=h,1434;User Id=sa;Password=a;b", "-"),
                ("server=h,1434;user id=sa;password='a;b=c'", "h:1434"),
                ("Host=h;Port=5432;Database=x", "h:5432"),
                ("Host=h1,h2;Port=1;Username=u", "h1:1 h2:1"),
                ("Server=h;Port=3306;Uid=u", "h:3306"),
                ("Server=\"h\";Database=x", "h"),
                ("host=h:5672;username=u;virtualHost=/", "h:5672"),
                ("Server=(localdb)\\x;Database=y", "-"),
                ("Server=.;Database=y", "-"),
                ("Server=h", "-"),
                ("Server=$(H);Database=y", "?"),
                ("Server=h;Password=$(P);$(MORE)", "h"),
                ("mysql:host=h;port=3306;dbname=x", "h:3306"),
                ("h:6379,h2:6379,password=a,ssl=true", "h:6379 h2:6379"),
                ("h,password=a", "h(6379)"),
                ("a=b,c=d", "-"),
            ],
        );
    }
}
