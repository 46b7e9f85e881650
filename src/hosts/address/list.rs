//! Several addresses in one value (facts 7.1.2 and 7.1.8).

use std::net::Ipv6Addr;

use super::Reading;
use super::host::{Endpoint, Trust, endpoint, gather};
use super::piece::Piece;
use super::url;

/// One URL or a list of them. `None` if one item is none.
pub(super) fn urls(piece: Piece) -> Option<Reading> {
    let piece = piece.until(piece.text.trim_end_matches([',', ';']).len());
    let items = match array(piece) {
        Some(items) => items,
        None => at_schemes(piece),
    };
    let readings = items.into_iter().map(|item| url::read(item.trim()));
    gather(readings.flat_map(endpoints))
}

/// Items that are hosts or URLs. `wide` also splits at semicolons and blanks.
pub(super) fn hosts(piece: Piece, trust: Trust, wide: bool) -> Option<Reading> {
    let separator = |c: char| c == ',' || wide && (c == ';' || c.is_whitespace());
    let items = array(piece).unwrap_or_else(|| piece.split(separator));
    let filled: Vec<Piece> = items.into_iter().map(Piece::trim).filter(|item| !item.is_empty()).collect();
    let several = filled.len() > 1;
    gather(filled.into_iter().flat_map(|item| {
        if url::scheme(item.text).is_some() {
            return endpoints(url::read(item));
        }
        // Items of a list are addresses more surely than a word alone.
        let trust = if several && trust == Trust::Doubtful && item.text.contains(':') {
            Trust::Promised
        } else {
            trust
        };
        vec![endpoint(without_path(item), None, trust)]
    }))
}

/// `zk:2181/kafka`, `es:9200/index`. Without a port it is `namespace/name` or the like and stays whole.
fn without_path(item: Piece) -> Piece {
    let Some((host, _)) = item.split_once('/') else {
        return item;
    };
    let port = host.text.rsplit_once(':').map_or("", |(_, port)| port);
    if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { item }
}

fn endpoints(reading: Option<Reading>) -> Vec<Endpoint> {
    match reading {
        Some(Reading::Addresses(found)) => found.into_iter().map(Endpoint::Known).collect(),
        Some(Reading::Unknown) => vec![Endpoint::Hidden],
        Some(Reading::NoNetwork) => vec![Endpoint::Local],
        None => vec![Endpoint::Not],
    }
}

/// Cuts before every scheme that follows a separator: a comma alone may also stand between the hosts of one URL.
fn at_schemes(piece: Piece) -> Vec<Piece> {
    let mut items = Vec::new();
    let mut start = 0;
    for (at, c) in piece.text.char_indices() {
        if c != ',' && c != ';' && !c.is_whitespace() {
            continue;
        }
        let next = piece.after(at + c.len_utf8());
        if url::scheme(next.text.trim_start()).is_some() {
            items.push(piece.until(at).after(start));
            start = at + c.len_utf8();
        }
    }
    items.push(piece.after(start));
    let trimmed = items.into_iter().map(|item| {
        let item = item.trim();
        item.until(item.text.trim_end_matches([',', ';']).len())
    });
    trimmed.filter(|item| !item.is_empty()).collect()
}

/// `["a", "b"]`, as Kibana and etcd take it; quotes may be missing.
fn array(piece: Piece) -> Option<Vec<Piece>> {
    let inside = piece.text.strip_prefix('[')?.strip_suffix(']')?;
    if inside.parse::<Ipv6Addr>().is_ok() {
        return None;
    }
    let inside = piece.until(1 + inside.len()).after(1);
    let items = inside.split(|c| c == ',').into_iter();
    Some(items.map(|item| item.trim().unquote()).collect())
}

#[cfg(test)]
mod tests {
    use super::super::Hint;
    use super::super::tests::check;

    #[test]
    fn lists() {
        check(
            Hint::Hosts,
            &[
                ("k-0.k:9092,k-1.k:9092", "k-0.k:9092 k-1.k:9092"),
                ("PLAINTEXT://k:9092", "k:9092"),
                ("PLAINTEXT://k:9092,SSL://l:9093", "k:9092 l:9093"),
                ("zk1:2181,zk2:2181/kafka", "zk1:2181 zk2:2181"),
                ("a:1 b:2", "a:1 b:2"),
                ("a:1;b:2", "a:1 b:2"),
                (r#"["es:9200", "es2"]"#, "es:9200 es2"),
                ("['a','b']", "a b"),
                ("kafka", "kafka"),
                ("a:1,$(B):2", "a:1"),
                ("a:1,b c:d", "-"),
            ],
        );
    }
}
