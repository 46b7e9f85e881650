//! What is deployed together: which objects may see each other.
//!
//! A kustomization that no other one includes is a unit; so is every set of directories and files that do not
//! contradict each other. Objects that exist in several versions (`v1/` … `v7/`, `dev/` and `prod/`) split a
//! tree into variants that share the rest.

mod build;
mod charts;
mod context;
mod directories;
mod gap;
mod generated;
mod group;
mod input;
mod kustomization;
mod model;
mod partial;
mod parts;
pub mod past;
pub mod producers;
mod reach;
mod set_aside;
mod view;
mod whole;

pub use build::{Build, evaluate};
pub use charts::{
    ChartSettings, ChartTexts, ChartUnit, ChartValues, Charts, Deployment, NamedTemplate, Pin, Purpose,
    evaluate as evaluate_charts, texts as chart_texts,
};
pub use context::{Context, Contexts};
pub use gap::{Gap, Sought, are_near};
pub use group::group;
pub use input::{Input, Read, Written};
pub use kustomization::Kustomization;
pub use model::Project;
pub use parts::Parts;
pub use reach::{Reach, Unreached};
pub use view::{Patched, Relabelled, Renamed, View, deploys_by_path, folders, kind_and_name, placed};
pub use whole::{Wholeness, is_merged_by_java_build, is_place_of_patches};

use std::sync::{Arc, LazyLock};

use foldhash::HashMap;

use crate::document::{AddedLabels, Identity};
use crate::files::Span;

/// A file as far as grouping is concerned.
#[derive(Debug, Default)]
pub struct UnitFile<'a> {
    /// Its path, with forward slashes.
    pub path: &'a str,
    /// Its objects: position, who it is (`None` if it cannot be told), and a hash of its text; 0 if nothing else
    /// defines it.
    pub objects: Vec<(usize, Option<Identity<'a>>, u64)>,
    /// What of it is out of sight.
    pub gaps: Vec<Gap>,
}

/// Files that belong together, before kustomizations are evaluated.
#[derive(Debug, Default)]
pub struct Group {
    /// The objects, in the order of the input.
    pub objects: Vec<Member>,
    /// Positions of the files, ascending.
    pub files: Vec<usize>,
    /// The directory of the kustomization that makes it, if one does that can be evaluated.
    pub kustomization: Option<String>,
    /// What is out of sight.
    pub gaps: Vec<Gap>,
    /// Objects that a patch changes.
    pub patched: Patched,
    /// Name prefixes and suffixes that kustomizations add.
    pub affixes: Vec<(String, String)>,
    /// Objects that kustomize generates, as `(kind, name)`.
    pub generated: Vec<(String, String)>,
    /// Objects of files that are variants of each other, see [`View::variants`].
    pub variants: Arc<HashMap<(String, String, String), bool>>,
    /// Other files may be deployed beside it, see [`View::elsewhere`].
    pub elsewhere: bool,
}

/// A set of objects that can live in one cluster together. Nobody changes it any more.
#[derive(Debug)]
pub struct Unit {
    /// The objects, in the order of the input.
    pub objects: Vec<Member>,
    /// Positions of the files, ascending.
    pub files: Vec<usize>,
    /// How much of the unit's world is in view.
    pub view: View,
    /// The directory of the kustomization that makes the unit, if one does that can be evaluated.
    pub kustomization: Option<String>,
    /// Where the values stood whose place others took.
    pub changed: HashMap<Span, Span>,
    /// The chart that makes the unit, with its values.
    pub chart: Option<ChartUnit>,
    /// The charts that its kustomization deploys, by their places in [`Charts::deployments`].
    pub inflated: Vec<usize>,
}

impl Unit {
    /// What the unit is called where several share a file.
    pub fn name(&self) -> Option<&str> {
        let values = self.chart.as_ref().map(|chart| chart.values.as_str());
        self.kustomization.as_deref().or(values)
    }
}

/// An object of a unit, and what a kustomization does to it on the way to the cluster.
#[derive(Clone, Debug)]
pub struct Member {
    /// Position of the object.
    pub object: usize,
    /// The namespace that a kustomization sets.
    pub namespace: Option<String>,
    /// Labels that kustomizations add.
    pub added: Arc<AddedLabels>,
}

/// The first object, as it is written.
impl Default for Member {
    fn default() -> Self {
        // There may be millions that are as written.
        static NOTHING: LazyLock<Arc<AddedLabels>> = LazyLock::new(Arc::default);
        Member { object: 0, namespace: None, added: Arc::clone(&NOTHING) }
    }
}
