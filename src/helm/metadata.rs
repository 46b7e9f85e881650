//! `.Chart`: what templates are told of the chart that they are part of.

use super::charts::Scope;
use super::coalesce::{self, Chart};
use super::given::values_in;
use super::readings::Readings;
use super::text::Str;
use super::value::Value;

/// `.Chart`
pub(super) fn of(chart: &Chart<Scope>, is_root: bool, readings: &Readings) -> Value {
    let file = &chart.package.package.metadata;
    let read = match &*readings.values(file) {
        Ok(Some(tree)) => values_in(tree.root(), &|_| true),
        _ => coalesce::empty(),
    };
    let text = |field: &str| match read.get(field) {
        Some(value) if !value.is_nil() => {
            let text = value.printed();
            Value::from(if text.origin().is_some() { text } else { Str::new(text.as_str(), value.at) })
        }
        _ => Value::from(""),
    };
    let any = |field: &str| read.get(field).unwrap_or_default();
    Value::map_of(vec![
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
    ])
    .fixed()
}
