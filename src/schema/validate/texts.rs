//! What texts must look like, each kind of text with words for it.
//!
//! The functions are those of `staging/src/k8s.io/apimachinery/pkg/util/validation` and of
//! `pkg/apis/core/validation` (kubernetes/kubernetes); which field keeps to which is in the tables.

use super::grammar::{is_data_key, is_host, is_label, is_label_value, is_qualified_name, is_subdomain};
use super::net;
use crate::cel::is_word;

/// A kind of text.
pub(in super::super) struct Text {
    /// Whether a text is one.
    pub is: fn(&str) -> bool,
    /// What it must be, behind "it must be".
    pub wants: &'static str,
    /// Whether other letters than small ones are the usual slip.
    pub lower: bool,
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.wants)
    }
}

const fn text(is: fn(&str) -> bool, wants: &'static str) -> Text {
    Text { is, wants, lower: false }
}

const fn small(is: fn(&str) -> bool, wants: &'static str) -> Text {
    Text { is, wants, lower: true }
}

/// A DNS label.
pub(super) static LABEL: Text = small(
    is_label,
    "lower case letters, digits and `-`, at most 63, and begin and end with a letter or digit",
);
/// A DNS label that begins with a letter.
pub(super) static LABEL_1035: Text =
    small(is_label_1035, "lower case letters, digits and `-`, a letter first and no `-` last, at most 63");
/// A kind: such a label, in any case.
pub(super) static KIND: Text = text(
    |text| is_label_1035(&text.to_ascii_lowercase()),
    "letters, digits and `-`, a letter first, at most 63",
);
/// A DNS subdomain.
pub(super) static SUBDOMAIN: Text =
    small(is_subdomain, "lower case letters, digits, `-` and `.`, with a letter or digit at both ends");
/// A name that may be the beginning of one: a dash may end it.
pub(super) static PREFIX: Text = small(
    |text| is_subdomain(text) || text.strip_suffix('-').is_some_and(is_subdomain),
    "lower case letters, digits, `-` and `.`",
);
/// A host name without wildcard that is no longer than the kernel's limit.
pub(super) static HOSTNAME: Text = small(
    |text| is_subdomain(text) && text.len() <= 64,
    "lower case letters, digits, `-` and `.`, at most 64",
);
/// The name of a driver: a short subdomain in any case.
pub(super) static DRIVER: Text = text(
    |text| text.len() <= 63 && is_subdomain(&text.to_ascii_lowercase()),
    "letters, digits, `-` and `.`, at most 63",
);
/// A host, perhaps with a wildcard.
pub(super) static HOST: Text =
    small(is_host, "a DNS name without port or address, perhaps with `*.` in front");
/// A host of TLS, which may be an address too.
pub(super) static TLS_HOST: Text = small(
    |text| is_subdomain(text.strip_prefix("*.").unwrap_or(text)),
    "a DNS name, perhaps with `*.` in front",
);
/// The key of a label.
pub(super) static LABEL_KEY: Text =
    text(is_qualified_name, "the key of a label, such as `app` or `example.com/app`");
/// The value of a label.
pub(super) static LABEL_VALUE: Text =
    text(is_label_value, "the value of a label: letters, digits, `-`, `_` and `.`, at most 63");
/// A name, perhaps with a domain in front.
pub(super) static QUALIFIED: Text =
    text(is_qualified_name, "a name such as `name` or `example.com/name`, the name at most 63 characters");
/// The same, whose letters may be large.
pub(super) static QUALIFIED_ANY_CASE: Text = text(
    |text| is_qualified_name(&text.to_ascii_lowercase()),
    "a name such as `name` or `example.com/name`, the name at most 63 characters",
);
/// A name that must have a domain in front.
pub(super) static DOMAIN_KEY: Text = text(
    |text| text.contains('/') && is_qualified_name(text),
    "a name with a domain, such as `example.com/name`",
);
/// A path with a domain in front.
pub(super) static DOMAIN_PATH: Text =
    text(is_domain_path, "a path with a domain, such as `example.com/name`");
/// What a finalizer of a namespace is called.
pub(super) static FINALIZER: Text = text(
    |text| is_qualified_name(text) && (text.contains('/') || STANDARD_FINALIZERS.contains(&text)),
    "a name with a domain, such as `example.com/name`",
);
/// A key of a ConfigMap or Secret.
pub(super) static DATA_KEY: Text = text(is_data_key, "letters, digits, `-`, `_` and `.`, at most 253");
/// The name of an environment variable.
pub(super) static ENV_NAME: Text = text(is_env_name, "printable characters without `=`");
/// One part of the path of a URL.
pub(super) static SEGMENT: Text = text(is_segment, "without `/` and `%`, and neither `.` nor `..`");
/// An IP address.
pub(super) static IP: Text = text(net::is_ip, "an IP address such as `10.0.0.1` or `2001:db8::1`");
/// An IP address, as text of its own form.
pub(super) static CIDR: Text =
    text(net::is_cidr, "an address with the length of its prefix, such as `10.0.0.0/8`");
/// `None` or an address.
pub(super) static CLUSTER_IP: Text =
    text(|text| text == "None" || net::is_ip(text), "an IP address, or `None`");
/// A path that neither begins at the root nor leaves its folder.
pub(super) static RELATIVE: Text =
    text(|text| !text.starts_with('/') && keeps_inside(text), "a relative path without `..`");
/// A path that does not leave its folder.
pub(super) static INSIDE: Text = text(keeps_inside, "a path without `..`");
/// The path of a file that is mounted: relative, and not hidden behind `..`.
pub(super) static FILE: Text = text(
    |text| !text.starts_with('/') && keeps_inside(text) && !text.starts_with(".."),
    "a relative path without `..`",
);
/// A path from the root.
pub(super) static ABSOLUTE: Text = text(|text| text.starts_with('/'), "a path that begins with `/`");
/// The name of a kernel parameter.
pub(super) static SYSCTL: Text =
    text(is_sysctl, "the name of a kernel parameter, such as `net.core.somaxconn`");
/// An iSCSI qualified name.
pub(super) static IQN: Text = text(is_iqn, "a name such as `iqn.2001-04.com.example:storage`");
/// The name of an HTTP header.
pub(super) static HEADER: Text = text(
    |text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
    "letters, digits and `-`",
);
/// The name of one who signs certificates.
pub(super) static SIGNER: Text = text(is_signer, "a domain and a path, such as `example.com/signer-name`");
/// A group and a version.
pub(super) static GROUP_VERSION: Text =
    text(|text| text.matches('/').count() <= 1 && !text.is_empty(), "`version` or `group/version`");
/// The name of an attribute of a device.
pub(super) static ATTRIBUTE: Text = text(
    |text| {
        text.matches('/').count() > 1
            || text.split_once('/').is_some_and(|(domain, name)| is_domain(domain) && is_attribute(name))
    },
    "a domain and a name, such as `example.com/name`",
);
/// The name of an attribute of a device, perhaps without the domain of its driver.
pub(super) static OWN_ATTRIBUTE: Text = text(
    |text| match text.split_once('/') {
        // Names with more than one slash are not looked at.
        Some((_, name)) if name.contains('/') => true,
        Some((domain, name)) => is_domain(domain) && is_attribute(name),
        None => is_attribute(text),
    },
    "letters, digits and `_`, at most 32, perhaps with `domain/` in front",
);
/// A pool of devices.
pub(super) static POOL: Text = small(
    |text| text.len() <= 253 && text.split('/').all(is_subdomain),
    "names of lower case letters, digits, `-` and `.`, with `/` between them",
);
/// The name of a variable in CEL.
pub(super) static CEL_NAME: Text =
    text(|text| is_c_name(text) && !is_word(text), "letters, digits and `_`, no word of CEL's own");
/// A path into an object, as the columns of a kind have it: lists may be searched.
pub(super) static COLUMN_PATH: Text = text(
    |text| text.starts_with(['.', '[']) && text.len() > 1 && !text.contains(['{', '}']),
    "a path that begins with `.`, such as `.spec.replicas`",
);
/// A path into an object without lists.
pub(super) static JSON_PATH: Text = text(
    |text| text.starts_with('.') && text.len() > 1 && !text.contains(['{', '[', '*', '?', '(']),
    "a simple path that begins with `.`, such as `.spec.replicas`",
);
/// A single line.
pub(super) static LINE: Text = text(is_line, "a single line that is not blank");
/// A webhook's name.
pub(super) static WEBHOOK_NAME: Text = small(
    |text| is_subdomain(text) && text.split('.').filter(|part| !part.is_empty()).count() >= 3,
    "a domain of at least three parts, such as `policy.example.com`",
);
/// A host with a domain.
pub(super) static FQDN: Text = small(
    |text| is_subdomain(undotted(text)) && undotted(text).contains('.'),
    "a name with a domain, such as `db.example.com`",
);
/// What a pod's scheduling gate, readiness gate and so on are called.
pub(super) static CONDITION: Text = text(is_qualified_name, "a name such as `Ready` or `example.com/ready`");
/// The key of a toleration or taint.
pub(super) static SEARCH: Text = small(
    |text| text == "." || is_subdomain(&text.strip_suffix('.').unwrap_or(text).replace('_', "-")),
    "a DNS name",
);

/// Line breaks around a text do not count.
fn is_line(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && !text.contains(['\n', '\r'])
}

/// What namespaces may be kept by, without a domain (`pkg/apis/core/helper.IsStandardFinalizerName`).
const STANDARD_FINALIZERS: &[&str] = &["kubernetes", "orphan", "foregroundDeletion"];

/// Without the dot that may end a name of the DNS.
fn undotted(text: &str) -> &str {
    text.strip_suffix('.').unwrap_or(text)
}

fn is_label_1035(text: &str) -> bool {
    is_label(text) && text.starts_with(|c: char| c.is_ascii_lowercase())
}

fn is_env_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=')
}

/// What may be one part of a URL (`apimachinery/pkg/api/validation/path`).
pub(super) fn is_segment(text: &str) -> bool {
    !text.is_empty() && text != "." && text != ".." && !text.contains(['/', '%'])
}

/// A domain, and a path of some characters (`IsDomainPrefixedPath`).
fn is_domain_path(text: &str) -> bool {
    let is_path = |path: &str| {
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"/%#?._-~:@!$&'()*+,;=".contains(&byte);
        !path.is_empty() && path.bytes().all(fine)
    };
    text.len() <= 250
        && text.split_once('/').is_some_and(|(domain, path)| is_subdomain(domain) && is_path(path))
}

fn keeps_inside(text: &str) -> bool {
    text.split(['/', '\\']).all(|part| part != "..")
}

/// `a.b-c/d`: parts of lower case letters, digits, `-`, `_` with dots or slashes between.
fn is_sysctl(text: &str) -> bool {
    let is_word = |word: &str| {
        let edge =
            |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let bytes = word.as_bytes();
        edge(bytes.first())
            && edge(bytes.last())
            && bytes
                .iter()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(byte))
    };
    text.len() <= 253 && text.split(['.', '/']).all(is_word)
}

fn is_iqn(text: &str) -> bool {
    let is_plain =
        |domain: &str| domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    if let Some(rest) = text.strip_prefix("iqn.") {
        let (date, name) = rest.split_at_checked(7).unwrap_or(("", ""));
        let digits = |range: std::ops::Range<usize>| date.as_bytes()[range].iter().all(u8::is_ascii_digit);
        return date.len() == 7
            && digits(0..4)
            && &date[4..5] == "-"
            && digits(5..7)
            && name.len() > 1
            && name.starts_with('.')
            && !name.contains(char::is_whitespace)
            && name.split(':').next().is_some_and(is_plain);
    }
    let hex = |rest: &str, lengths: &[usize]| {
        lengths.contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    text.strip_prefix("eui.").is_some_and(|rest| hex(rest, &[16]))
        || text.strip_prefix("naa.").is_some_and(|rest| hex(rest, &[16, 32]))
}

/// `domain.name/path.of.labels` (`ValidateSignerName`).
fn is_signer(text: &str) -> bool {
    let parts = |domain: &str, path: &str| {
        domain.contains('.')
            && domain.split('.').all(is_label)
            && path.split('.').all(|part| is_subdomain(part) && !part.is_empty())
    };
    match text.split_once('/') {
        Some((domain, path)) => !path.contains('/') && parts(domain, path) && text.len() <= 571,
        None => false,
    }
}

fn is_c_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_attribute(text: &str) -> bool {
    text.len() <= 32 && is_c_name(text)
}

fn is_domain(text: &str) -> bool {
    text.len() <= 63 && is_subdomain(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_what_they_are_not() {
        for (kind, right, wrong) in [
            (&LABEL_1035, "web", "1web"),
            (&KIND, "WidgetSet", "Widget_Set"),
            (&DRIVER, "CSI.example.com", "csi_example"),
            (&DOMAIN_KEY, "example.com/a", "a"),
            (&DOMAIN_PATH, "example.com/a/b", "example.com"),
            (&FINALIZER, "kubernetes", "mine"),
            (&SEGMENT, "system:node", "a/b"),
            (&SYSCTL, "net.ipv4.ip_local_port_range", "net..ipv4"),
            (&IQN, "iqn.2001-04.com.example:storage.disk1", "iqn.2001.com"),
            (&SIGNER, "example.com/my-signer", "signer"),
            (&ATTRIBUTE, "gpu.example.com/model", "model"),
            (&CEL_NAME, "total", "in"),
            (&JSON_PATH, ".spec.replicas", "spec"),
            (&WEBHOOK_NAME, "a.b.c", "a.b"),
            (&RELATIVE, "a/b", "../a"),
            (&FILE, "a", "/a"),
            (&SEARCH, "ns.svc.cluster.local", "a b"),
            (&HEADER, "X-Name", "X Name"),
            (&LINE, "a line\n", "a\rline"),
            (&LINE, " a", " \n"),
        ] {
            assert!((kind.is)(right), "{right} is {}", kind.wants);
            assert!(!(kind.is)(wrong), "{wrong} is not {}", kind.wants);
        }
    }
}
