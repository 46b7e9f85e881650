//! What becomes of a chart: its objects, and what went wrong.

use std::collections::HashSet;

use super::failure::Failure;
use super::tree::Mapped;
use crate::files::Span;

/// What became of a chart.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Its objects, in the order of the templates.
    pub objects: Vec<Rendered>,
    /// What ended the evaluation of one template or of all.
    pub failures: Vec<Failure>,
    /// Templates that print something else than objects.
    pub broken: Vec<Broken>,
    /// Charts it depends on that are switched on and not there.
    pub missing: Vec<(String, Span)>,
    /// Files that could not be read.
    pub unread: Vec<(Span, String)>,
    /// A value of the chart's own defaults is null, for somebody to set.
    pub open: bool,
    /// Branches of templates that were not taken, in the order of their conditions.
    pub skipped: Vec<Skipped>,
    /// Actions of templates that printed nothing because nobody set what they print.
    pub unset: HashSet<Span>,
}

/// An object that a template printed.
#[derive(Debug)]
pub struct Rendered {
    /// Its tree, with what is known of its nodes.
    pub mapped: Mapped,
    /// The template that printed it, by its path.
    pub template: String,
    /// It lies below `crds/`, where nothing is a template.
    pub crd: bool,
}

/// A document that is no object: no YAML, or a list or a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// What is wrong, as the end of a sentence about the template.
    pub message: String,
    /// It is YAML.
    pub is_yaml: bool,
    /// What printed the place at which it gives up.
    pub at: Span,
    /// The rendered lines around it.
    pub lines: String,
}

/// A branch that was not taken because of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The branch in its template, with its condition unless that is another branch's too.
    pub branch: Span,
    /// The condition.
    pub condition: Span,
    /// The value that decided, if it was written anywhere.
    pub value: Option<Span>,
}
