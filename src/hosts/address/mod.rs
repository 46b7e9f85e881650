//! Finds the network addresses inside a value (fact 7.1).
//!
//! Reading happens in two steps. Placeholders are blanked out first, so that a password such as `$(A/B)` cannot
//! bend the structure; then each grammar is tried and either recognises the text or passes. Text that no grammar
//! recognises is not an address: a linter that guesses hosts is worse than one that misses some.

mod host;
mod jdbc;
mod keyword;
mod list;
mod piece;
mod url;

use std::ops::Range;

use crate::text::placeholder::placeholders;
use piece::{HIDDEN, Piece};

/// One network address found inside a value. Ranges are byte offsets into the value text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The host: a name or an IP address, without the brackets of IPv6 (fact 7.1.1).
    pub host: Range<usize>,
    /// The port, if it is written and known.
    pub port: Option<Port>,
    /// The port a client uses because none is written, if the grammar says which (fact 7.1.2). `None` also when a
    /// port is written but is a placeholder.
    pub default_port: Option<u16>,
    /// The host names an SRV record that lists the real hosts, as in `mongodb+srv://` (fact 7.1.2).
    pub srv: bool,
}

/// A port written next to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// From 1 to 65535.
    pub number: u16,
    /// Where its digits stand, in bytes of the value text.
    pub range: Range<usize>,
}

/// What a value says about the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Nothing to resolve: sockets, files, in-memory databases, bind addresses, and every text that is not clearly
    /// an address (fact 7.1.3).
    NoNetwork,
    /// The host is a placeholder and cannot be known (fact 13.14).
    Unknown,
    /// At least one address, in the order written. Hosts of a list that are placeholders are left out.
    Addresses(Vec<Address>),
}

/// What the name of a variable promises about its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hint {
    /// Nothing. Only shapes that cannot be mistaken count: a known `scheme://`, `jdbc:`, `tcp(…)`, connection
    /// strings with several known keys.
    Any,
    /// A host, perhaps with a port, perhaps several with commas between (fact 7.1.1).
    Host,
    /// A list with commas, semicolons or blanks between, or a JSON array (fact 7.1.8).
    Hosts,
    /// A URL or `host:port`; a word alone is no address.
    Url,
    /// `jdbc:` or `r2dbc:` (fact 7.1.4), else as [`Hint::Url`].
    Jdbc,
    /// A data source name: Go's MySQL form, libpq keywords, a URL (facts 7.1.5 and 7.1.6).
    Dsn,
    /// An ADO.NET connection string, StackExchange.Redis, a URL or `host:port` (fact 7.1.7).
    ConnectionString,
}

/// Finds the addresses in a value. Anything not clearly of a grammar that the hint allows is
/// [`Reading::NoNetwork`] (fact 7.1).
pub fn read(value: &str, hint: Hint) -> Reading {
    let blanked = blank_placeholders(value);
    let piece = Piece::new(&blanked).trim();
    let fallback = if piece.is_hidden() { Reading::Unknown } else { Reading::NoNetwork };
    if is_local(piece.text) {
        return Reading::NoNetwork;
    }
    let mut reading = read_as(piece, hint).unwrap_or(fallback);
    if let Reading::Addresses(found) = &mut reading {
        found.sort_by_key(|address| address.host.start);
    }
    reading
}

fn read_as(piece: Piece, hint: Hint) -> Option<Reading> {
    let unmistakable = jdbc::read(piece)
        .or_else(|| list::urls(piece))
        .or_else(|| keyword::go_dsn(piece))
        .or_else(|| keyword::ado(piece))
        .or_else(|| keyword::libpq(piece))
        .or_else(|| keyword::redis_list(piece));
    if unmistakable.is_some() {
        return unmistakable;
    }
    let trust = match hint {
        Hint::Any => return None,
        Hint::Host | Hint::Hosts => host::Trust::Promised,
        Hint::Url | Hint::Jdbc | Hint::Dsn | Hint::ConnectionString => host::Trust::Doubtful,
    };
    url::short_target(piece).or_else(|| list::hosts(piece, trust, hint == Hint::Hosts))
}

/// Files, sockets and in-memory databases, whatever the name promised (fact 7.1.3).
fn is_local(text: &str) -> bool {
    let starts = |prefix: &&str| {
        let head = text.get(..prefix.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    ["/", "./", "../", "~", ":", "*", "unix:", "sqlite:", "file:", "mailto:"].iter().any(starts)
}

/// Replaces every byte of every placeholder, so that offsets stay what they are.
fn blank_placeholders(value: &str) -> String {
    let mut blanked = String::with_capacity(value.len());
    let mut done = 0;
    for range in placeholders(value) {
        blanked.push_str(&value[done..range.start]);
        blanked.extend(range.clone().map(|_| HIDDEN));
        done = range.end;
    }
    blanked.push_str(&value[done..]);
    blanked
}

#[cfg(test)]
mod tests;
