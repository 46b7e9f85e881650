//! The values that charts are deployed with, settled and shown.

use std::path::{Path, PathBuf};

use super::Flags;
use super::quote::{list, quoted};
use crate::config::{Config, ConfigError};
use crate::files::path;
use crate::project::{ChartSettings, ChartValues};

/// Takes over what the configuration lists.
pub(super) fn settle(config: &Config) -> ChartSettings {
    let absolute = |file: &str| path::absolute(Path::new(file), &config.folder);
    let entry = |entry: &crate::config::ChartEntry| ChartValues {
        path: absolute(&entry.path.text),
        values: entry.values.iter().map(|name| absolute(&name.text)).collect(),
        set: entry.set.0.iter().map(|(key, value)| format!("{}={value}", key.text)).collect(),
        release: entry.release.clone(),
        namespace: entry.namespace.clone(),
    };
    ChartSettings { entries: config.written.charts.iter().map(entry).collect(), command: None }
}

/// What the command line says of all charts, if anything.
pub(super) fn command(flags: &Flags, folder: &Path) -> Result<Option<ChartValues>, ConfigError> {
    if let Some(set) = flags.set.iter().find(|set| !set.contains('=')) {
        let message = format!("`{set}` is not `key.path=value`");
        return Err(ConfigError::Usage { option: "--set", message, help: None });
    }
    if flags.values.is_empty() && flags.set.is_empty() {
        return Ok(None);
    }
    let values = flags.values.iter().map(|file| path::absolute(file, folder)).collect();
    Ok(Some(ChartValues { values, set: flags.set.clone(), ..ChartValues::default() }))
}

/// An entry as YAML, as `--show-config` prints it.
pub(super) fn shown(entry: &ChartValues, folder: &Path) -> String {
    let path = |file: &PathBuf| path::shown(file, folder);
    let mut parts = vec![format!("path: {}", quoted(&path(&entry.path)))];
    if !entry.values.is_empty() {
        parts.push(format!("values: {}", list(&entry.values.iter().map(path).collect::<Vec<_>>())));
    }
    let pairs = entry.set.iter().filter_map(|set| set.split_once('='));
    let pairs: Vec<String> =
        pairs.map(|(key, value)| format!("{}: {}", quoted(key), quoted(value))).collect();
    if !pairs.is_empty() {
        parts.push(format!("set: {{{}}}", pairs.join(", ")));
    }
    for (key, text) in [("release", &entry.release), ("namespace", &entry.namespace)] {
        parts.extend(text.as_ref().map(|text| format!("{key}: {}", quoted(text))));
    }
    format!("{{{}}}", parts.join(", "))
}
