//! Functions of named formats: `format.dns1123Label().validate(text)`.

use std::sync::Arc;

use super::{Outcome, text, wrong};
use crate::cel::named::ALL;
use crate::cel::value::{Data, Foreign, Value};
use crate::text::re2;

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
