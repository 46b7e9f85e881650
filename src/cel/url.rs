//! Addresses of the web, as Go's `url.ParseRequestURI` reads them.

/// An address in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// The whole.
    pub text: String,
    pub(super) scheme: String,
    pub(super) host: String,
    pub(super) path: String,
    pub(super) query: String,
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn is_escaped(text: &str) -> bool {
    text.match_indices('%').all(|(at, _)| {
        text.get(at + 1..at + 3).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    })
}

/// Whether a host may be one; its port is a number.
fn is_host(host: &str) -> bool {
    let port = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((_, after)) => after,
            None => return false,
        },
        None => host.rfind(':').map_or("", |at| &host[at..]),
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    let plain = |byte: u8| !b" \"<>\\^`{|}".contains(&byte);
    digits.bytes().all(|byte| byte.is_ascii_digit()) && host.bytes().all(plain)
}

impl Url {
    /// Reads an address; it begins with a scheme or a slash.
    pub(super) fn parse(text: &str) -> Option<Url> {
        if text.is_empty() || text.chars().any(|letter| letter.is_control() || letter == ' ') {
            return None;
        }
        let (scheme, rest) = match text.find(':') {
            Some(at) if is_scheme(&text[..at]) => (text[..at].to_ascii_lowercase(), &text[at + 1..]),
            _ if text.starts_with('/') => (String::new(), text),
            _ => return None,
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        // Something such as `mailto:a` is opaque, and refused but for schemes with a slash.
        if !rest.starts_with('/') {
            return (!scheme.is_empty()).then(|| Url {
                text: text.to_owned(),
                scheme,
                host: String::new(),
                path: String::new(),
                query: query.to_owned(),
            });
        }
        let (host, path) = match rest.strip_prefix("//") {
            Some(after) if !scheme.is_empty() => match after.find('/') {
                Some(at) => (&after[..at], &after[at..]),
                None => (after, ""),
            },
            _ => ("", rest),
        };
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        if !is_host(host) || !is_escaped(path) {
            return None;
        }
        Some(Url {
            text: text.to_owned(),
            scheme,
            host: host.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
        })
    }

    pub(super) fn hostname(&self) -> &str {
        match self.host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or(""),
            None => self.host.rsplit_once(':').map_or(&self.host, |(host, _)| host),
        }
    }

    pub(super) fn port(&self) -> &str {
        let after = self.host.rsplit(']').next().unwrap_or("");
        after.rsplit_once(':').map_or("", |(_, port)| port)
    }
}
