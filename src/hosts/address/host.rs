//! The smallest grammar: a host with or without a port (fact 7.1.1), and what is not a host at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::piece::{HIDDEN, Piece};
use super::{Address, Port, Reading};

/// One item of a value, read as host and port.
pub(super) enum Endpoint {
    Known(Address),
    /// The host is a placeholder.
    Hidden,
    /// A socket, a bind address: nothing to look up.
    Local,
    /// Not of this grammar.
    Not,
}

/// What stands around an item, which decides how far a word may be trusted to be a host.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Trust {
    /// A scheme or a key such as `Server=` says that this is a host.
    Marked,
    /// Only the variable's name promises a host.
    Promised,
    /// The name promises an address, but a word counts only with a port or the ending of a Service name.
    Doubtful,
}

/// Words that settings called "host" or "server" take instead of a host.
const MODES: &[&str] = &[
    "all",
    "any",
    "auto",
    "default",
    "disabled",
    "dns",
    "embedded",
    "enabled",
    "env",
    "false",
    "file",
    "in-memory",
    "inmemory",
    "internal",
    "local",
    "memory",
    "nil",
    "no",
    "none",
    "null",
    "off",
    "on",
    "stderr",
    "stdout",
    "true",
    "undefined",
    "unknown",
    "yes",
];

const FILE_ENDINGS: &[&str] =
    &["ini", "json", "pem", "properties", "sock", "sqlite", "sqlite3", "toml", "txt", "xml", "yaml", "yml"];

pub(super) fn endpoint(piece: Piece, default_port: Option<u16>, trust: Trust) -> Endpoint {
    let piece = piece.trim();
    let text = piece.text;
    if text.is_empty()
        || text.starts_with(['/', ':', '*', '.'])
        || piece.strip_prefix_ignore_case("unix:").is_some()
    {
        return Endpoint::Local;
    }
    if let Some(inside) = text.strip_prefix('[') {
        let Some(end) = inside.find(']') else {
            return Endpoint::Not;
        };
        let host = piece.until(1 + end).after(1);
        return bracketed(host, piece.after(end + 2), default_port);
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return known(piece, None, default_port);
    }
    let Some((host, port)) = piece.split_once(':') else {
        return bare(piece, default_port, trust);
    };
    if port.text.starts_with('/') {
        return Endpoint::Local;
    }
    with_port(host, port, default_port, trust)
}

/// One host and one port that are written apart.
pub(super) fn separate(host: Piece, port: Option<Piece>, default_port: Option<u16>) -> Endpoint {
    match endpoint(host, default_port, Trust::Marked) {
        Endpoint::Known(mut address) if address.port.is_none() => {
            let port = port.map(Piece::trim).filter(|port| !port.is_empty());
            if let Some(port) = port {
                address.port = number(port);
                address.default_port = None;
                if address.port.is_none() && !port.is_hidden() {
                    return Endpoint::Not;
                }
            }
            Endpoint::Known(address)
        }
        other => other,
    }
}

/// Sums up the items of one value. `None` if one of them is not of the grammar.
pub(super) fn gather(items: impl IntoIterator<Item = Endpoint>) -> Option<Reading> {
    let mut addresses = Vec::new();
    let mut hidden = false;
    for item in items {
        match item {
            Endpoint::Known(address) => addresses.push(address),
            Endpoint::Hidden => hidden = true,
            Endpoint::Local => {}
            Endpoint::Not => return None,
        }
    }
    Some(match (addresses.is_empty(), hidden) {
        (false, _) => Reading::Addresses(addresses),
        (true, true) => Reading::Unknown,
        (true, false) => Reading::NoNetwork,
    })
}

fn bracketed(host: Piece, rest: Piece, default_port: Option<u16>) -> Endpoint {
    if host.is_hidden() {
        return Endpoint::Hidden;
    }
    // A zone such as `%eth0` may follow the address.
    if host.until_any(&['%']).text.parse::<Ipv6Addr>().is_err() {
        return Endpoint::Not;
    }
    match rest.text.strip_prefix(':') {
        Some(_) => with_checked_port(host, rest.after(1), default_port),
        None if rest.is_empty() => known(host, None, default_port),
        None => Endpoint::Not,
    }
}

fn bare(host: Piece, default_port: Option<u16>, trust: Trust) -> Endpoint {
    if host.is_hidden() {
        return Endpoint::Hidden;
    }
    let text = host.text;
    if !is_host(text) {
        return Endpoint::Not;
    }
    if trust != Trust::Marked {
        let lower = text.to_ascii_lowercase();
        let last = lower.rsplit('.').next().unwrap_or_default();
        if text.contains('_') && !is_shouted(text)
            || MODES.contains(&lower.as_str())
            || last != lower && FILE_ENDINGS.contains(&last)
        {
            return Endpoint::Not;
        }
        if trust == Trust::Doubtful && !lower.ends_with(".svc") && !lower.contains(".svc.") {
            return Endpoint::Not;
        }
    }
    known(host, None, default_port)
}

fn with_port(host: Piece, port: Piece, default_port: Option<u16>, trust: Trust) -> Endpoint {
    if host.is_hidden() {
        return if port.is_hidden() || port.is_empty() || number(port).is_some() {
            Endpoint::Hidden
        } else {
            Endpoint::Not
        };
    }
    if !is_host(host.text) {
        return Endpoint::Not;
    }
    // `http://svc:/path` is legal and means the default port.
    if port.is_empty() && trust == Trust::Marked {
        return known(host, None, default_port);
    }
    with_checked_port(host, port, default_port)
}

fn with_checked_port(host: Piece, port: Piece, default_port: Option<u16>) -> Endpoint {
    match number(port) {
        Some(port) => known(host, Some(port), default_port),
        // The port is written but not known, so the default does not apply.
        None if port.is_hidden() => known(host, None, None),
        None => Endpoint::Not,
    }
}

fn known(host: Piece, port: Option<Port>, default_port: Option<u16>) -> Endpoint {
    if is_shouted(host.text) {
        return Endpoint::Hidden;
    }
    if host.text.parse::<IpAddr>().is_ok_and(|ip| ip.is_unspecified()) {
        return Endpoint::Local;
    }
    Endpoint::Known(Address { host: host.range(), port, default_port, srv: false })
}

/// A port from 1 to 65535 in decimal digits.
pub(super) fn number(piece: Piece) -> Option<Port> {
    let digits = (1..=5).contains(&piece.text.len()) && piece.text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| piece.text.parse::<u16>().ok()).flatten()?;
    (number > 0).then(|| Port { number, range: piece.range() })
}

/// `DB_HOST` or `HOSTNAME` where a host belongs is a reminder to fill one in.
fn is_shouted(text: &str) -> bool {
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    letters > 1 && !text.bytes().any(|byte| byte.is_ascii_lowercase()) && !text.contains(':')
}

fn is_host(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    if name.len() > 253 || name.contains(HIDDEN) {
        return false;
    }
    if name.parse::<Ipv4Addr>().is_ok() {
        return true;
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit());
    !numeric && name.split('.').all(is_label)
}

/// Underscores are let through: a name from a compose file is a host that does not resolve, not another thing.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
