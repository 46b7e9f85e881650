//! `require` of the configuration: patterns compiled, the file and the line remembered.

use super::object;
use crate::config::{Config, Placed, Problem, RequireEntry};
use crate::inventory::Required;

/// The requirements of a file.
pub(super) fn settle(config: &Config, problems: &mut Vec<Problem>) -> Vec<Required> {
    let mut one = |entry: &Placed<RequireEntry>| Required {
        pattern: object(&entry.object, problems),
        survives: entry.survives.iter().map(|event| event.0.name().to_owned()).collect(),
        line: format!("{}:{}", config.source.path, config.source.place(entry.span.start).line),
    };
    config.written.require.iter().map(&mut one).collect()
}
