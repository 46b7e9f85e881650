//! A rule's page: the single source of its severity, group, default and explanation.
//!
//! Front matter, a title, prose, and examples that the tests execute. The same text serves `wplint explain`,
//! the reports and the documentation.

use std::fmt;

use crate::finding::Severity;
use crate::kube::pod_security::Level;

/// A parsed page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Name of the group the rule belongs to.
    pub group: &'static str,
    /// Severity unless a finding says otherwise.
    pub severity: Severity,
    /// Whether the rule runs without being asked for.
    pub on_by_default: bool,
    /// The level of the Pod Security Standards from which on it runs with its group.
    pub level: Level,
    /// What a fix of this rule would be: `none`, `safe` or `unsafe`.
    pub fix: &'static str,
    /// The title, one line.
    pub title: &'static str,
    /// Everything below the front matter.
    pub body: &'static str,
}

/// What is wrong with a page. Pages are part of the program, so only a test ever sees this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageError(String);

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Page {
    /// The first paragraph under the title, on one line.
    pub fn summary(&self) -> String {
        let below = self.body[self.title.len() + 2..].trim_start();
        let paragraph = below.split("\n\n").next().unwrap_or("");
        paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Parses a page's text.
    pub fn parse(text: &'static str) -> Result<Page, PageError> {
        let error = |what: &str| PageError(what.to_owned());
        let rest = text.strip_prefix("---\n").ok_or_else(|| error("no front matter"))?;
        let (front, body) = rest.split_once("\n---\n").ok_or_else(|| error("front matter has no end"))?;
        let (mut group, mut severity, mut on, mut fix) = (None, None, true, "none");
        let mut level = Level::Baseline;
        for line in front.lines() {
            let (key, value) = line.split_once(':').ok_or_else(|| error(line))?;
            let value = value.trim();
            match key {
                "group" => group = Some(value),
                "severity" => {
                    severity = [Severity::Info, Severity::Warning, Severity::Error]
                        .into_iter()
                        .find(|severity| severity.name() == value)
                }
                "default" => on = value != "opt-in",
                "level" => level = Level::of(value).ok_or_else(|| error(line))?,
                "fix" => fix = value,
                _ => return Err(error(&format!("unknown key `{key}`"))),
            }
        }
        let body = body.trim_start();
        let title = body.lines().next().and_then(|line| line.strip_prefix("# "));
        let title = title.ok_or_else(|| error("no title"))?;
        Ok(Page {
            group: group.ok_or_else(|| error("no group"))?,
            severity: severity.ok_or_else(|| error("no severity"))?,
            on_by_default: on,
            level,
            fix,
            title,
            body,
        })
    }
}
