//! One set of values of a chart, and who it is for.

use std::sync::Arc;

use crate::files::{SourceFile, Span};
use crate::helm::{Filled, Given, Shelf};
use crate::yaml::{Node, Style};

/// One set of values of one chart.
#[derive(Debug, Default)]
pub struct Variant<'d> {
    /// What it is called in messages; `None` for the chart's own defaults.
    pub label: Option<String>,
    /// The values, the strongest last.
    pub given: Vec<Given<'d>>,
    /// The files among them, and the manifests that hold some.
    pub files: Vec<Arc<SourceFile>>,
    /// The name of the release, if it is said.
    pub release: Option<String>,
    /// The namespace of the release, if it is said.
    pub namespace: Option<String>,
    /// Values files that are not there.
    pub unread: Vec<String>,
    /// Who the values are for.
    pub purpose: Purpose,
    /// The kustomization that deploys it.
    pub inflated: Option<Inflated>,
}

/// An entry of `helmCharts` of a kustomization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inflated {
    /// The entry.
    pub at: Span,
    /// It brings what lies below `crds/`, too.
    pub crds: bool,
}

/// Who values are for, which decides how loudly something is said of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// The chart's own defaults, for whoever deploys it to change.
    #[default]
    Defaults,
    /// A test of the chart, whose values are complete and never deployed.
    Test,
    /// A file named after an environment, beside which others may be given.
    Layer,
    /// All that a deployment gives.
    Deployment,
}

impl<'d> Variant<'d> {
    /// A values file.
    pub(super) fn file(&mut self, file: Arc<SourceFile>) {
        self.files.push(Arc::clone(&file));
        self.given.push(Given::File(file));
    }

    /// A file of the repository.
    pub(super) fn path(&mut self, path: &str, shelf: &mut Shelf) {
        let file = shelf.file(path);
        self.found(file, path);
    }

    /// A values file, or that it is not there.
    pub(super) fn found(&mut self, file: Option<Arc<SourceFile>>, path: &str) {
        match file {
            Some(file) => self.file(file),
            None => self.unread.push(format!("the values file `{path}` cannot be read")),
        }
    }

    /// Values inside of a manifest, with what stands in the place of its texts.
    pub(super) fn node(&mut self, node: Node<'d>, filled: &Filled) {
        self.files.push(Arc::clone(node.tree().source()));
        self.given.push(match node.style() {
            Style::Mapping if filled.is_empty() => Given::Node(node),
            Style::Mapping => Given::Filled(node, filled.clone()),
            _ => Given::Text(filled.text(node.text()), node.span()),
        });
    }
}
