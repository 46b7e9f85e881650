//! Rules of groups that are off by default and say so much that they would cover the rest: one line each for people.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::shown;
use super::text::counted;
use crate::rules;
use crate::run::{Reported, Run};

/// So few findings of a rule are always shown.
const FEW: usize = 10;

/// The rules whose findings take one line, each with the number of findings and of files.
#[derive(Default)]
pub(super) struct Folded(BTreeMap<&'static str, (usize, usize)>);

impl Folded {
    /// Finds the rules that make more than a tenth of all findings, if there are others.
    pub(super) fn of(run: &Run) -> Self {
        let mut all: BTreeMap<&'static str, (usize, BTreeSet<u32>)> = BTreeMap::new();
        let mut total = 0;
        for one in shown(run).filter(|one| one.context.is_none()) {
            total += 1;
            let (count, files) = all.entry(one.finding.rule.name()).or_default();
            *count += 1;
            files.insert(one.finding.span.file.0);
        }
        let several = all.len() > 1;
        let much = |rule: &str, count: usize| {
            let opt_in = rules::find(rule).is_some_and(|rule| !rule.page().on_by_default);
            several && opt_in && count > FEW && count * 10 > total
        };
        let folded = all.into_iter().filter(|(rule, (count, _))| much(rule, *count));
        Folded(folded.map(|(rule, (count, files))| (rule, (count, files.len()))).collect())
    }

    /// Whether a finding is only counted.
    pub(super) fn holds(&self, one: &Reported) -> bool {
        self.0.contains_key(one.finding.rule.name())
    }

    /// Writes the lines.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for (rule, (count, files)) in &self.0 {
            let title = rules::find(rule).map_or("", |rule| rule.page().title);
            let (count, files) = (counted(*count, "finding"), counted(*files, "file"));
            writeln!(out, "{rule}: {title}: {count} in {files}; `--select {rule}` shows them")?;
        }
        if !self.0.is_empty() {
            writeln!(out)?;
        }
        Ok(())
    }
}
