//! Formats with a name, as the server knows them.

/// A format with a name.
#[derive(Debug)]
pub struct Named {
    /// Its name.
    pub name: &'static str,
    /// What a text must match as a whole.
    pub(super) pattern: &'static str,
    /// How long it may be.
    pub(super) longest: usize,
    /// What the server says of others.
    pub(super) says: &'static str,
}

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const OLD_LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/// All that there are.
pub(super) static ALL: &[Named] = &[
    Named { name: "dns1123Label", pattern: "[a-z0-9]([-a-z0-9]*[a-z0-9])?", longest: 63, says: LABEL },
    Named {
        name: "dns1123Subdomain",
        pattern: r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
        longest: 253,
        says: SUBDOMAIN,
    },
    Named { name: "dns1035Label", pattern: "[a-z]([-a-z0-9]*[a-z0-9])?", longest: 63, says: OLD_LABEL },
    Named {
        name: "qualifiedName",
        pattern: r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]",
        longest: 317,
        says: QUALIFIED,
    },
    Named { name: "dns1123LabelPrefix", pattern: "[a-z0-9][-a-z0-9]*", longest: 63, says: LABEL },
    Named { name: "dns1123SubdomainPrefix", pattern: "[a-z0-9][-a-z0-9.]*", longest: 253, says: SUBDOMAIN },
    Named { name: "dns1035LabelPrefix", pattern: "[a-z][-a-z0-9]*", longest: 63, says: OLD_LABEL },
    Named {
        name: "labelValue",
        pattern: "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?",
        longest: 63,
        says: VALUE,
    },
    Named {
        name: "uri",
        pattern: r"([A-Za-z][A-Za-z0-9+.-]*:|/).*",
        longest: usize::MAX,
        says: "invalid URI",
    },
    Named {
        name: "uuid",
        pattern: "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}",
        longest: 36,
        says: "does not match the UUID format",
    },
    Named {
        name: "byte",
        pattern: "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
        longest: usize::MAX,
        says: "invalid base64",
    },
    Named { name: "date", pattern: "[0-9]{4}-[0-9]{2}-[0-9]{2}", longest: 10, says: "invalid date" },
    Named {
        name: "datetime",
        pattern: r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:?[0-9]{2})",
        longest: 64,
        says: "invalid datetime",
    },
];
