//! Rules of teams: their pages are made of what the configuration says, and stay for the life of the process.

use std::sync::{PoisonError, RwLock};

use super::page::Page;
use super::{Check, Rule};
use crate::finding::{RuleId, Severity};

/// The group of all rules of teams.
pub const GROUP: &str = "policy";

/// What the names of rules of teams begin with.
pub const PREFIX: &str = "policy/";

/// What a rule of a team says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Words<'w> {
    /// The name, with its prefix.
    pub name: &'w str,
    /// Its severity.
    pub severity: Severity,
    /// A headline.
    pub title: &'w str,
    /// The text below it, as Markdown.
    pub body: &'w str,
    /// Where more is written about it.
    pub url: Option<&'w str>,
}

/// Every rule that a configuration brought so far. Configurations of editors change: the newest of a name counts.
static KNOWN: RwLock<Vec<&'static Rule>> = RwLock::new(Vec::new());

/// The rule of these words. The same words are the same rule.
pub fn adopt(words: Words<'_>) -> &'static Rule {
    let severity = words.severity.name();
    let plain = |text: &str| -> String { text.chars().filter(|c| *c == '\n' || !c.is_control()).collect() };
    let title = plain(words.title).replace('\n', " ");
    let text = format!("---\ngroup: {GROUP}\nseverity: {severity}\n---\n# {title}\n\n{}", plain(words.body));
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    let same = |rule: &&Rule| rule.name == words.name && rule.text() == text && rule.url() == words.url;
    if let Some(at) = known.iter().position(same) {
        let rule = known.remove(at);
        known.push(rule);
        return rule;
    }
    let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let text = leak(&text);
    let page = Page::parse(text).expect("front matter and a title were just written");
    let rule = Rule::of_team(leak(words.name), text, Box::leak(Box::new(page)), words.url.map(leak));
    let rule: &'static Rule = Box::leak(Box::new(rule));
    known.push(rule);
    rule
}

/// The rule of a name.
pub(super) fn find(name: &str) -> Option<&'static Rule> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.iter().rev().find(|rule| rule.name == name).copied()
}

/// The very rule of an id.
pub(super) fn of(id: RuleId) -> Option<&'static Rule> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    let same = |rule: &&&Rule| std::ptr::eq(rule.name, id.name());
    known.iter().rev().find(same).copied()
}

/// The names of all rules of teams.
pub(super) fn names() -> Vec<&'static str> {
    KNOWN.read().unwrap_or_else(PoisonError::into_inner).iter().map(|rule| rule.name).collect()
}

impl Rule {
    const fn of_team(
        name: &'static str,
        text: &'static str,
        page: &'static Page,
        url: Option<&'static str>,
    ) -> Self {
        let mut rule = Rule::new(name, Check::Engine, text);
        rule.team = Some((page, url));
        rule
    }

    /// Where more is written about a rule of a team.
    pub fn url(&self) -> Option<&'static str> {
        self.team.and_then(|team| team.1)
    }

    /// Whether it is a rule of a team.
    pub fn is_of_team(&self) -> bool {
        self.team.is_some()
    }
}
