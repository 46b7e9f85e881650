//! Charts as somebody edits them: where each value is set, which places of templates mean it, and where templates are
//! defined and called. Nothing is evaluated.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::{ChartSettings, Loaded, load};
use crate::document::Document;
use crate::files::{SourceFile, Span};
use crate::helm::{self, Given, Package};
use crate::yaml::{self, Node, Text};

/// The key that all charts of a release share.
const GLOBAL: &str = "global";

/// What charts say, by their texts.
#[derive(Debug, Default)]
pub struct ChartTexts {
    /// The values, by the directory of the chart that they are values of and their keys.
    pub values: BTreeMap<(String, Vec<Text>), ChartValue>,
    /// The templates that have names, by the directory of the outermost chart and the name.
    pub templates: BTreeMap<(String, Text), NamedTemplate>,
    /// What stands in the way of another name for a value, by the directory of the chart.
    pub pins: BTreeMap<String, Vec<Pin>>,
}

/// Where a value is set and meant.
#[derive(Debug, Default)]
pub struct ChartValue {
    /// Key and value in the chart's own defaults.
    pub default: Option<(Span, Span)>,
    /// Key and value wherever else it is set.
    pub set: Vec<(Span, Span)>,
    /// The places of its key in templates.
    pub uses: Vec<Span>,
}

/// Where a template is defined and called.
#[derive(Debug, Default)]
pub struct NamedTemplate {
    /// The places of its name where it is defined.
    pub defined: Vec<Span>,
    /// The places of its name where it is called.
    pub called: Vec<Span>,
}

/// A place that means values in another way than by a plain path.
#[derive(Clone, Debug)]
pub struct Pin {
    /// Which values of the chart.
    pub reach: Reach,
    /// The place, where it has one.
    pub at: Option<Span>,
    /// What it does, behind "`name`": "is part of what is printed as a whole".
    pub why: &'static str,
}

/// Which values of a chart a place means.
#[derive(Clone, Debug)]
pub enum Reach {
    /// The one of this path, and those around it.
    To(Vec<Text>),
    /// All below this path.
    Below(Vec<Text>),
    /// All whose names are in this text.
    In(Arc<str>),
    /// All.
    All,
}

impl Pin {
    /// Whether it holds the last key of a path where it is.
    pub fn holds(&self, path: &[Text]) -> bool {
        match &self.reach {
            Reach::To(to) => to.starts_with(path),
            Reach::Below(of) => path.len() > of.len() && path.starts_with(of),
            Reach::In(text) => path.last().is_some_and(|key| text.contains(key.as_str())),
            Reach::All => true,
        }
    }
}

/// Reads the charts whose `Chart.yaml` is among the files of a run, with the values that they are deployed with.
pub fn texts(
    files: &[Arc<SourceFile>],
    documents: &[Document],
    settings: &ChartSettings,
    disk: Option<&Path>,
) -> ChartTexts {
    let mut texts = ChartTexts::default();
    let Some(Loaded { charts, .. }) = load(files, documents, settings, disk) else { return texts };
    for (package, variants) in charts {
        let mut reader = Reader { top: &package, texts: &mut texts };
        reader.chart(&package, &package);
        for given in variants.iter().flat_map(|variant| &variant.given) {
            reader.given(given);
        }
    }
    texts
}

struct Reader<'r> {
    /// The outermost chart.
    top: &'r Package,
    texts: &'r mut ChartTexts,
}

/// Whose value a path of a chart is, as that chart sees it.
fn owner<'p>(top: &'p Package, mut chart: &'p Package, mut path: &[Text]) -> (&'p str, Vec<Text>) {
    while let [first, rest @ ..] = path {
        if first == GLOBAL {
            return (&top.root, path.to_vec());
        }
        let Some(child) = child(chart, first).filter(|_| !rest.is_empty()) else { break };
        (chart, path) = (child, rest);
    }
    (&chart.root, path.to_vec())
}

/// The chart that has its values under a key of another one.
fn child<'p>(chart: &'p Package, key: &str) -> Option<&'p Package> {
    let declared = chart.dependencies.iter().find(|one| one.effective_name() == key);
    let found = match declared {
        Some(dependency) => chart.child(dependency),
        None => chart.undeclared().find(|child| child.name == key),
    };
    found.map(|child| &**child)
}

impl<'r> Reader<'r> {
    fn pin(&mut self, chart: &str, reach: Reach, at: Option<Span>, why: &'static str) {
        self.texts.pins.entry(chart.to_owned()).or_default().push(Pin { reach, at, why });
    }

    /// A chart with all charts in it; `caller` has the values that its templates see.
    fn chart(&mut self, chart: &'r Package, caller: &'r Package) {
        let caller = if chart.library { caller } else { chart };
        if let Some(values) = &chart.values {
            self.values_file(chart, values, true);
        }
        for (_, file) in &chart.templates {
            if file.text.contains("tpl") && file.text.contains(".Files.") {
                let at = Some(file.span(0..0));
                self.pin(&caller.root, Reach::All, at, "may be used in a file that is rendered with `tpl`");
            }
            self.template(caller, file);
        }
        if chart.packed {
            self.pin(&chart.root, Reach::All, Some(chart.metadata.span(0..0)), "is used in an archive");
        }
        if let Some(schema) = &chart.schema {
            let reach = Reach::In(schema.text.as_str().into());
            self.pin(&chart.root, reach, Some(schema.span(0..0)), "stands in the schema of the values");
        }
        for dependency in &chart.dependencies {
            let imported = dependency.imports.iter().flat_map(|(inner, outer)| {
                let inner = format!("{}.{inner}", dependency.effective_name());
                [Some(inner), outer.clone()].into_iter().flatten()
            });
            let switches = dependency.condition.split(',').map(|path| path.trim().to_owned());
            for path in imported.chain(switches).filter(|path| !path.is_empty()) {
                let keys: Vec<Text> = path.split('.').map(Text::from).collect();
                let (root, path) = owner(self.top, chart, &keys);
                let why = "is named by a dependency of the chart";
                self.pin(root, Reach::To(path), Some(dependency.at), why);
            }
        }
        for inner in &chart.children {
            self.chart(inner, caller);
        }
    }

    /// The uses of a template, in the values of the chart that executes it.
    fn template(&mut self, chart: &'r Package, file: &Arc<SourceFile>) {
        let Some(found) = helm::uses(&file.text) else { return };
        let name = |text: &Text| (self.top.root.clone(), text.clone());
        let templates = &mut self.texts.templates;
        for one in &found.defined {
            templates.entry(name(&one.text)).or_default().defined.push(file.span(one.place.clone()));
        }
        for one in &found.called {
            templates.entry(name(&one.text)).or_default().called.push(file.span(one.place.clone()));
        }
        for one in found.values {
            let first = one.path.len() - one.keys.len();
            for (at, key) in one.keys.into_iter().enumerate() {
                let (root, path) = owner(self.top, chart, &one.path[..first + at + 1]);
                let value = self.texts.values.entry((root.to_owned(), path)).or_default();
                value.uses.push(file.span(key));
            }
            if one.whole {
                let (root, path) = owner(self.top, chart, &one.path);
                let why = "may be used where a mapping around it is printed or passed on as a whole";
                self.pin(root, Reach::Below(path), Some(file.span(one.range)), why);
            }
        }
    }

    fn given(&mut self, given: &Given<'_>) {
        let top = self.top;
        match given {
            Given::File(file) => self.values_file(top, file, false),
            Given::Node(node) | Given::Filled(node, _) => self.values(top, *node, &mut Vec::new(), false),
            Given::Text(text, at) => {
                self.pin(&top.root, Reach::In(text.as_str().into()), Some(*at), "may be set in a text");
            }
            Given::Set(text) => {
                self.pin(&top.root, Reach::In(text.as_str().into()), None, "may be set by the configuration");
            }
        }
    }

    /// A values file: its first document.
    fn values_file(&mut self, chart: &'r Package, file: &Arc<SourceFile>, own: bool) {
        for piece in yaml::split(&file.text) {
            match yaml::parse(file, &piece) {
                Ok(tree) if tree.is_empty() => {}
                Ok(tree) => return self.values(chart, tree.root(), &mut Vec::new(), own),
                Err(_) => return,
            }
        }
    }

    /// Values below a path; `own`: these are the chart's defaults.
    fn values(&mut self, chart: &'r Package, node: Node<'_>, path: &mut Vec<Text>, own: bool) {
        for entry in node.entries() {
            path.push(entry.key.key_text().into());
            let (root, inner) = owner(self.top, chart, path);
            let place = (entry.key.span(), entry.value.span());
            let is_default = own && root == chart.root;
            let value = self.texts.values.entry((root.to_owned(), inner)).or_default();
            match &mut value.default {
                empty @ None if is_default => *empty = Some(place),
                _ => value.set.push(place),
            }
            self.printed(chart, entry.value);
            self.values(chart, entry.value, path, own);
            path.pop();
        }
    }

    /// A value that is a template itself.
    fn printed(&mut self, chart: &'r Package, value: Node<'_>) {
        if value.is_sequence() {
            return value.items().for_each(|item| self.printed(chart, item));
        }
        let text = value.text();
        if !text.contains("{{") {
            return;
        }
        for one in helm::uses(text).map_or_else(Vec::new, |found| found.values) {
            let (root, path) = owner(self.top, chart, &one.path);
            for reach in [Reach::To(path.clone()), Reach::Below(path)] {
                self.pin(root, reach, Some(value.span()), "may be used in a value that is a template");
            }
        }
    }
}
