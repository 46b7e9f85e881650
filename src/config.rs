//! The configuration file as it was written: `.wplint.yaml`, with the place of everything in it.
//!
//! Read through the same node tree as the manifests (`de.rs`), so that a mistake is shown where it stands, into types
//! (`written.rs`) that also make the JSON Schema. Nothing that is read here knows a rule: names are kept with their
//! places, and [`settings`](crate::settings) settles them.

mod de;
mod lists;
mod own;
mod read;
pub mod schema;
mod shapes;
mod words;
mod written;

pub use lists::{CLUSTER, Lists, OfContexts, OfExternal};
pub use own::{Examples, OwnEntry, OwnRule, ScopeEntry, place_in, rules_of};
pub use words::{Name, Pairs, Placed, Said, Size, Texts, Versions, Way};
pub use written::{
    ChartEntry, Cluster, ObjectPattern, OverrideEntry, Request, RequireEntry, Rules, Security, WorkloadEntry,
    Written,
};

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files::inside;
use crate::files::path::{normal, shown};
use crate::files::{FileId, SourceFile, Span};
use crate::schema::NEWEST;

/// The name of the file that is looked for.
pub const FILE_NAME: &str = ".wplint.yaml";

/// Names that are taken for it.
const MISNAMED: &[&str] =
    &[".wplint.yml", "wplint.yaml", "wplint.yml", ".wplint.json", ".wplint.toml", ".wplintrc", ".wplint"];

/// More files than these do not extend each other.
const LONGEST_CHAIN: usize = 8;

/// A configuration file, understood but not yet settled.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file.
    pub source: Arc<SourceFile>,
    /// Its folder, absolute: globs are relative to it.
    pub folder: PathBuf,
    /// What it says.
    pub written: Written,
    /// Rules of the team among it.
    pub own: Vec<OwnEntry>,
    /// Top-level keys and the lines they stand on.
    pub lines: Vec<(&'static str, u32)>,
}

/// A mistake in the configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What was probably meant.
    pub help: Option<String>,
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug)]
pub enum ConfigError {
    /// The file cannot be read.
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
    /// There are mistakes in it, in the order of the file.
    Wrong {
        /// The file.
        source: Arc<SourceFile>,
        /// The mistakes.
        problems: Vec<Problem>,
    },
    /// An option of the command line is wrong.
    Usage {
        /// The option, with its dashes.
        option: &'static str,
        /// What is wrong.
        message: String,
        /// What was probably meant.
        help: Option<String>,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigError::Unreadable { path, why } => write!(f, "cannot read {path}: {why}"),
            ConfigError::Usage { option, message, .. } => write!(f, "{option}: {message}"),
            ConfigError::Wrong { source, problems } => {
                for (at, problem) in problems.iter().enumerate() {
                    let place = source.place(problem.span.start);
                    let line_break = if at == 0 { "" } else { "\n" };
                    let (line, column) = (place.line, place.column);
                    write!(f, "{line_break}{}:{line}:{column}: {}", source.path, problem.message)?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads a configuration file. `shown` is the path for messages.
    pub fn read(path: &Path, shown: &str) -> Result<Config, ConfigError> {
        let unreadable = |why: String| ConfigError::Unreadable { path: shown.to_owned(), why };
        let Some(bytes) = inside::read(path, LARGEST) else {
            let why = match path.metadata() {
                Err(error) => error.to_string(),
                Ok(data) if data.is_file() => "it is too big".to_owned(),
                Ok(_) => "it is not a regular file".to_owned(),
            };
            return Err(unreadable(why));
        };
        let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_owned()))?;
        if u32::try_from(text.len()).is_err() {
            return Err(unreadable("it is too big".to_owned()));
        }
        let absolute = std::path::absolute(path).map_err(|error| unreadable(error.to_string()))?;
        let folder = absolute.parent().map(Path::to_path_buf).unwrap_or_default();
        Config::parse(shown, &text, folder)
    }

    /// Reads a configuration file and those that it extends, the furthest first.
    pub fn chain(path: &Path, shown: &dyn Fn(&Path) -> String) -> Result<Vec<Config>, ConfigError> {
        let mut chain = vec![Config::read(path, &shown(path))?];
        while let Some((own, name)) = chain.last().and_then(|own| Some((own, own.written.extends.clone()?))) {
            let next = normal(&own.folder.join(&name.text));
            let wrong = |message: String| {
                let problem = Problem { span: name.span, message, help: None };
                Err(ConfigError::Wrong { source: Arc::clone(&own.source), problems: vec![problem] })
            };
            if !next.is_file() {
                return wrong(format!("there is no file `{}`", name.text));
            }
            if inside::is_outside(&next, &own.folder) {
                return wrong(format!("`{}` lies outside of the repository", name.text));
            }
            if chain.len() >= LONGEST_CHAIN {
                return wrong(format!("more than {LONGEST_CHAIN} files extend each other"));
            }
            chain.push(Config::read(&next, &shown(&next))?);
        }
        chain.reverse();
        Ok(chain)
    }

    /// Understands the text of a configuration file.
    pub fn parse(shown: &str, text: &str, folder: PathBuf) -> Result<Config, ConfigError> {
        let source = Arc::new(SourceFile::new(FileId(0), shown, text));
        read::config(source, folder)
    }

    /// The keys that a file may have at its top.
    pub fn keys() -> &'static [&'static str] {
        read::keys()
    }

    /// The line a top-level key stands on.
    pub fn line(&self, key: &str) -> Option<u32> {
        self.lines.iter().find(|(name, _)| *name == key).map(|(_, line)| *line)
    }
}

/// Larger files are no configuration.
const LARGEST: u64 = 4 << 20;

/// Where a configuration of what is linted may lie, the nearest folder first: up to the root of the repository, which
/// has a `.git`, a file in worktrees and submodules. Outside of repositories nothing above the current directory
/// counts, or, where that is elsewhere, above what is linted: others may write there.
fn candidates<'p>(folder: &'p Path, current: &Path) -> impl Iterator<Item = &'p Path> {
    let top = repository(folder).or_else(|| folder.ancestors().find(|above| *above == current));
    let top = top.unwrap_or(folder);
    folder.ancestors().take_while(move |above| above.starts_with(top))
}

fn repository(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|above| above.join(".git").exists())
}

/// The configuration files at and above a folder, the furthest first, no further up than the root of the repository.
/// Outside of one, the nearest file alone.
///
/// # Errors
/// If one of them is a link that leads out of its repository.
pub fn above(folder: &Path, current: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let all = candidates(folder, current).map(|folder| folder.join(FILE_NAME));
    let most = if repository(folder).is_some() { usize::MAX } else { 1 };
    let mut found: Vec<PathBuf> = all.filter(|path| path.is_file()).take(most).collect();
    found.iter().try_for_each(|path| own(path, current))?;
    found.reverse();
    Ok(found)
}

/// Looks whether a configuration file that was found, not named, is one of its repository.
///
/// # Errors
/// If it is a link that leads elsewhere.
pub fn own(path: &Path, current: &Path) -> Result<(), ConfigError> {
    let repository = path.parent().and_then(inside::repository);
    if repository.is_some_and(|repository| inside::leads_into(path, &repository)) {
        return Ok(());
    }
    let why = "it is a link that leads out of the repository".to_owned();
    Err(ConfigError::Unreadable { path: shown(path, current), why })
}

/// A file beside the place of the configuration that was probably meant to be one, and is not read.
pub fn misnamed(folder: &Path, current: &Path) -> Option<PathBuf> {
    candidates(folder, current)
        .take_while(|folder| !folder.join(FILE_NAME).is_file())
        .find_map(|folder| MISNAMED.iter().map(|name| folder.join(name)).find(|path| path.is_file()))
}

/// Versions that are so much newer than the newest known are taken for a slip.
const AHEAD: u32 = 3;

/// Lowest and highest minor version of `1.33`, `1.24-1.33`, `1.30.2` or `v1.30.2-gke.100`.
pub fn parse_versions(text: &str) -> Result<(u32, u32), String> {
    let minor = |text: &str| -> Result<u32, String> {
        let wrong = || format!("`{text}` is not a Kubernetes version such as `1.33`");
        let numbers = text.strip_prefix('v').unwrap_or(text).strip_prefix("1.").ok_or_else(wrong)?;
        // A patch release and what a provider adds to it change nothing.
        let release = numbers.split(['-', '+']).next().unwrap_or(numbers);
        let (minor, patch) = release.split_once('.').unwrap_or((release, "0"));
        let minor: u32 = minor.parse().map_err(|_| wrong())?;
        let plain = patch.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if !plain || patch.is_empty() || numbers.ends_with(['-', '+']) {
            return Err(wrong());
        }
        if minor > NEWEST + AHEAD {
            return Err(format!("`{text}` is not a known version; the newest is 1.{NEWEST}"));
        }
        Ok(minor)
    };
    let text = text.trim();
    let range = text.split_once('-').filter(|(_, high)| {
        let high = high.trim();
        high.strip_prefix('v').unwrap_or(high).starts_with("1.")
    });
    let (low, high) = range.unwrap_or((text, text));
    let (low, high) = (minor(low.trim())?, minor(high.trim())?);
    if low > high {
        return Err(format!("the range `{text}` ends before it begins"));
    }
    Ok((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_as_people_write_them() {
        for (text, versions) in [
            ("1.33", (33, 33)),
            ("v1.30.2", (30, 30)),
            ("1.30.2-gke.1587003", (30, 30)),
            ("v1.31.4+k3s1", (31, 31)),
            ("1.24-1.33", (24, 33)),
            ("1.24.1-v1.33.2", (24, 33)),
        ] {
            assert_eq!(parse_versions(text), Ok(versions), "{text}");
        }
        for text in ["", "1", "2.1", "1.x", "1.30.", "1.30.x", "1.33-1.24", "1.30-", "newest"] {
            assert!(parse_versions(text).is_err(), "{text}");
        }
    }
}
