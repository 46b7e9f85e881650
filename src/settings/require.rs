//! `require` of the configuration: patterns compiled, the file and the line remembered.

use super::object;
use crate::config::{Config, Problem};
use crate::inventory::Required;

/// The requirements of a file.
pub(super) fn settle(config: &Config, problems: &mut Vec<Problem>) -> Vec<Required> {
    let mut one = |entry: &crate::config::RequireEntry| Required {
        pattern: object(&entry.object, problems),
        survives: entry.survives.iter().map(|name| name.text.clone()).collect(),
        line: format!("{}:{}", config.source.path, config.source.place(entry.span.start).line),
    };
    config.require.iter().map(&mut one).collect()
}
