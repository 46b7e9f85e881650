//! `charts`: the values that charts are deployed with.

use super::Name;
use super::read::Reader;
use crate::files::Span;
use crate::yaml::Node;

/// One deployment of a chart.
#[derive(Clone, Debug)]
pub struct ChartEntry {
    /// The directory of the chart, relative to the configuration's.
    pub path: Name,
    /// Values files, the strongest last.
    pub values: Vec<Name>,
    /// Single values, as `key.path=value`.
    pub set: Vec<String>,
    /// The name of the release.
    pub release: Option<String>,
    /// The namespace of the release.
    pub namespace: Option<String>,
    /// The entry itself.
    pub span: Span,
}

impl Reader {
    /// Reads the list.
    pub(super) fn charts(&mut self, node: Node<'_>) -> Vec<ChartEntry> {
        if !node.is_sequence() {
            self.wrong(node.span(), "`charts` is a list", None);
        }
        node.items().filter_map(|item| self.chart(item)).collect()
    }

    fn chart(&mut self, item: Node<'_>) -> Option<ChartEntry> {
        let (mut path, mut values, mut set) = (None, Vec::new(), Vec::new());
        let (mut release, mut namespace) = (None, None);
        let known = &["path", "values", "set", "release", "namespace"];
        for (_, name, value) in self.fields(item, "a chart", known) {
            match name {
                "path" => path = self.name(value),
                "values" => values = self.names(value),
                "set" if self.mapping(value, "`set`") => {
                    let pair = |key: Name, value: Name| format!("{}={}", key.text, value.text);
                    let pairs = value.entries().map(|entry| (self.name(entry.key), self.name(entry.value)));
                    set = pairs.filter_map(|(key, value)| Some(pair(key?, value?))).collect();
                }
                "set" => {}
                "release" => release = self.name(value).map(|name| name.text),
                _ => namespace = self.name(value).map(|name| name.text),
            }
        }
        if path.is_none() && item.is_mapping() {
            self.wrong(item.span(), "a chart needs `path`, its directory", None);
        }
        Some(ChartEntry { path: path?, values, set, release, namespace, span: item.span() })
    }
}
