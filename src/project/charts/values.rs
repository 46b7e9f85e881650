//! What charts are evaluated with besides their own files, as it was settled.

use std::path::PathBuf;

/// What the configuration and the command line say of charts.
#[derive(Clone, Debug, Default)]
pub struct ChartSettings {
    /// What the configuration lists.
    pub entries: Vec<ChartValues>,
    /// What the command line says of every chart, in the place of all other values.
    pub command: Option<ChartValues>,
}

/// One set of values.
#[derive(Clone, Debug, Default)]
pub struct ChartValues {
    /// The directory of the chart, absolute; empty on the command line, which means all charts.
    pub path: PathBuf,
    /// Values files, absolute, the strongest last.
    pub values: Vec<PathBuf>,
    /// Single values, as `key.path=value`.
    pub set: Vec<String>,
    /// The name of the release.
    pub release: Option<String>,
    /// The namespace of the release.
    pub namespace: Option<String>,
}
