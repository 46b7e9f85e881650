//! Which charts files are part of: a folder with a `Chart.yaml` is one.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use foldhash::{HashMap, HashMapExt};

use super::Chart;
use super::path::{absolute, shown};

/// Which directories are charts, asked once for each of them.
pub(super) struct Charts<'c> {
    current: &'c Path,
    known: HashMap<PathBuf, Option<PathBuf>>,
}

impl<'c> Charts<'c> {
    /// Paths are shown as seen from `current`.
    pub(super) fn new(current: &'c Path) -> Self {
        Charts { current, known: HashMap::new() }
    }

    /// The chart that a file is part of.
    pub(super) fn of(&mut self, path: &Path) -> Option<Chart> {
        let path = absolute(path, self.current);
        let root = self.root(path.parent()?)?;
        let below = path.strip_prefix(&root).ok()?;
        let template = below.components().next() == Some(Component::Normal(OsStr::new("templates")));
        Some(Chart { root: shown(&root, self.current), template })
    }

    /// The nearest directory from here upwards that has a `Chart.yaml`.
    fn root(&mut self, directory: &Path) -> Option<PathBuf> {
        let mut asked = Vec::new();
        let mut answer = None;
        for above in directory.ancestors() {
            if let Some(known) = self.known.get(above) {
                answer = known.clone();
                break;
            }
            asked.push(above.to_owned());
            if above.join("Chart.yaml").is_file() {
                answer = Some(above.to_owned());
                break;
            }
        }
        for directory in asked {
            self.known.insert(directory, answer.clone());
        }
        answer
    }
}
