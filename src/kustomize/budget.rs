//! How much evaluation may make: copies of copies, texts that double and ways without end are a few lines of input.

use foldhash::{HashMap, HashMapExt};

use super::value::{Data, Value};

/// Nothing nests deeper, as no document does.
pub const DEEPEST: usize = 255;
/// How many nodes one build may copy. What patches and replacements bring is small beside the objects themselves,
/// which are not counted.
const MOST_NODES: usize = 250_000;
/// How many bytes of text one build may copy.
const MOST_BYTES: usize = 16 << 20;
/// The longest text that is made, in bytes: the API server takes no object of more than 1.5 MiB.
const LONGEST: usize = 2 << 20;
/// How often one component may run on one set of objects.
const MOST_RUNS: usize = 16;

/// Why something is not evaluated.
pub const ENDLESS: &str = "it makes more than wplint evaluates";

/// What is left of it in one build.
#[derive(Debug)]
pub struct Budget {
    nodes: usize,
    bytes: usize,
    /// How often each component ran on the objects that are being put together.
    pub(super) runs: HashMap<String, usize>,
    exceeded: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { nodes: MOST_NODES, bytes: MOST_BYTES, runs: HashMap::new(), exceeded: false }
    }
}

impl Budget {
    /// Pays for a value that is about to be put so many levels deep. Who asked once too often gets nothing any more,
    /// so that what comes after costs nothing either.
    ///
    /// # Errors
    /// If too little is left, or the value would nest too deeply.
    pub fn spend(&mut self, value: &Value, depth: usize) -> Result<(), String> {
        self.exceeded |= depth > DEEPEST || !self.pay(value, DEEPEST - depth.min(DEEPEST));
        self.check()
    }

    /// Pays for a text of so many bytes that is about to be made.
    ///
    /// # Errors
    /// If too little is left, or the text would be too long.
    pub fn spend_text(&mut self, bytes: usize) -> Result<(), String> {
        self.exceeded |= bytes > LONGEST || !self.pay_text(bytes);
        self.check()
    }

    /// Whether everything fitted so far.
    ///
    /// # Errors
    /// If something did not.
    pub fn check(&self) -> Result<(), String> {
        if self.exceeded { Err(ENDLESS.to_owned()) } else { Ok(()) }
    }

    /// Pays for another run of a component.
    pub fn may_run(&mut self, component: &str) -> bool {
        let runs = self.runs.entry(component.to_owned()).or_insert(0);
        *runs += 1;
        *runs <= MOST_RUNS
    }

    fn pay(&mut self, value: &Value, deeper: usize) -> bool {
        if self.exceeded || self.nodes == 0 || deeper == 0 {
            return false;
        }
        self.nodes -= 1;
        match &value.data {
            Data::Scalar(scalar) => self.pay_text(scalar.text.len()),
            Data::Map(entries) => entries.iter().all(|entry| self.pay(&entry.1, deeper - 1)),
            Data::Seq(items) => items.iter().all(|item| self.pay(item, deeper - 1)),
        }
    }

    fn pay_text(&mut self, bytes: usize) -> bool {
        let left = self.bytes.checked_sub(bytes);
        self.bytes = left.unwrap_or(0);
        left.is_some()
    }
}
