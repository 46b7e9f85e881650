//! Named formats: `format.dns1123Label().validate(text)`.

use std::sync::Arc;

use super::{Outcome, text, wrong};
use crate::cel::value::{Data, Foreign, Value};
use crate::text::re2;

/// A format with a name.
#[derive(Debug)]
pub struct Named {
    /// Its name.
    pub name: &'static str,
    /// What a text must match as a whole.
    pattern: &'static str,
    /// How long it may be.
    longest: usize,
    /// What the server says of others.
    says: &'static str,
}

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const OLD_LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

static ALL: &[Named] = &[
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

fn of(name: &str) -> Option<Value> {
    let named = ALL.iter().find(|one| one.name == name)?;
    Some(Value::new(Data::Foreign(Arc::new(Foreign::Format(named)))))
}

macro_rules! formats {
    ($($function:ident $name:literal)*) => {
        $(
            #[doc = concat!("`format.", $name, "`.")]
            pub fn $function(args: &[Value]) -> Outcome {
                of($name).ok_or_else(|| wrong($name, args))
            }
        )*
    };
}

formats! {
    dns_label "dns1123Label"
    dns_subdomain "dns1123Subdomain"
    dns_1035 "dns1035Label"
    qualified_name "qualifiedName"
    dns_label_prefix "dns1123LabelPrefix"
    dns_subdomain_prefix "dns1123SubdomainPrefix"
    dns_1035_prefix "dns1035LabelPrefix"
    label_value "labelValue"
    uri "uri"
    uuid "uuid"
    byte "byte"
    date "date"
    datetime "datetime"
}

/// `format.named`.
pub fn named(args: &[Value]) -> Outcome {
    Ok(Value::optional(of(text(args.first()).ok_or_else(|| wrong("format.named", args))?)))
}

/// `validate`: nothing, or what is wrong.
pub fn validate(args: &[Value]) -> Outcome {
    let Data::Foreign(foreign) = &args[0].data else { return Err(wrong("validate", args)) };
    let (Foreign::Format(format), Some(text)) = (&**foreign, text(args.get(1))) else {
        return Err(wrong("validate", args));
    };
    let whole = re2::compile(&format!("^(?:{})$", format.pattern));
    let mut faults = Vec::new();
    if text.len() > format.longest {
        faults.push(format!("must be no more than {} characters", format.longest));
    }
    if !whole.is_ok_and(|whole| whole.is_match(text)) {
        faults.push(format.says.to_owned());
    }
    let faults: Vec<Value> = faults.into_iter().map(Value::text).collect();
    Ok(Value::optional((!faults.is_empty()).then(|| Value::list(faults))))
}
