//! What templates may ask about the world.

/// What templates may ask about the world.
pub trait World: std::fmt::Debug {
    /// The content of a file of a chart, by its path in the chart.
    fn file(&self, chart: u32, path: &str) -> Option<String>;
    /// The paths of the files of a chart that a template may read, sorted.
    fn paths(&self, chart: u32) -> Vec<String>;
    /// The version of the cluster, as `v1.33.0`.
    fn kubernetes(&self) -> &str;
    /// Whether the cluster serves `group/version` or `group/version/Kind`.
    fn serves(&self, name: &str) -> bool;
}
