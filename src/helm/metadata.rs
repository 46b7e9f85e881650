//! `.Chart`: what templates are told of the chart that they are part of.

use super::coalesce::{self, Chart};
use super::evaluate::{Scope, fixed};
use super::given::values_of;
use super::text::Str;
use super::value::Value;

/// `.Chart`
pub(super) fn of(chart: &Chart<Scope>, is_root: bool) -> Value {
    let file = &chart.package.package.metadata;
    let read = values_of(file).ok().flatten().unwrap_or_else(coalesce::empty);
    let text = |field: &str| match read.get(field) {
        Some(value) if !value.is_nil() => {
            let text = value.printed();
            Value::from(if text.origin().is_some() { text } else { Str::new(text.as_str(), value.at) })
        }
        _ => Value::from(""),
    };
    let any = |field: &str| read.get(field).unwrap_or_default();
    let map = Value::map_of(vec![
        ("Name", Value::from(chart.name.as_str())),
        ("Home", text("home")),
        ("Sources", any("sources")),
        ("Version", text("version")),
        ("Description", text("description")),
        ("Keywords", any("keywords")),
        ("Maintainers", any("maintainers")),
        ("Icon", text("icon")),
        ("APIVersion", text("apiVersion")),
        ("Condition", text("condition")),
        ("Tags", text("tags")),
        ("AppVersion", text("appVersion")),
        ("Deprecated", any("deprecated")),
        ("Annotations", any("annotations")),
        ("KubeVersion", text("kubeVersion")),
        ("Dependencies", any("dependencies")),
        ("Type", text("type")),
        ("IsRoot", is_root.into()),
    ]);
    fixed(map)
}
