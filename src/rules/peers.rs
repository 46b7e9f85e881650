//! What the checks of other tools are called here, and why some have no counterpart: one table, `peers.txt`.

use std::sync::OnceLock;

/// A check of another tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The tool.
    pub tool: &'static str,
    /// The check's name or number.
    pub check: &'static str,
    /// Whether the tool runs it without being asked.
    pub default: bool,
    /// The rules that report the same.
    pub rules: Vec<&'static str>,
    /// What differs, or why there is no rule.
    pub remark: Option<&'static str>,
}

/// Every row of the table, in its order.
pub fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| read(include_str!("peers.txt")))
}

/// The tools and lists of the table.
pub fn tools() -> Vec<&'static str> {
    let mut tools: Vec<&'static str> = rows().iter().map(|row| row.tool).collect();
    tools.dedup();
    tools
}

/// What others call the things that a rule reports, as `tool/check`.
pub fn names_of(rule: &str) -> Vec<String> {
    let known = rows().iter().filter(|row| row.rules.contains(&rule));
    known.map(|row| format!("{}/{}", row.tool, row.check)).collect()
}

fn read(text: &'static str) -> Vec<Row> {
    let mut tool = "";
    let mut rows = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            tool = name;
            continue;
        }
        let (checks, answer) = line.split_once(':').unwrap_or((line, ""));
        let (rules, remark) = match answer.split_once('|') {
            Some((rules, remark)) => (rules, Some(remark.trim())),
            None => (answer, None),
        };
        for check in checks.split_whitespace() {
            let name = check.trim_start_matches('*');
            rows.push(Row {
                tool,
                check: name,
                default: name != check,
                rules: rules.split_whitespace().collect(),
                remark,
            });
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn rules_exist_and_what_has_none_says_why() {
        let mut seen = HashSet::new();
        for row in rows() {
            assert!(seen.insert((row.tool, row.check)), "{} {} is listed twice", row.tool, row.check);
            assert!(!row.rules.is_empty() || row.remark.is_some(), "{} {}: no answer", row.tool, row.check);
            for rule in &row.rules {
                assert!(crate::rules::find(rule).is_some(), "{} {}: no rule `{rule}`", row.tool, row.check);
            }
        }
        assert_eq!(tools(), ["kube-linter", "kube-score", "polaris", "checkov", "trivy", "cis", "nsa"]);
    }
}
