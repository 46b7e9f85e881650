//! `wplint explain`: a rule's page, made for reading in a terminal.

use super::terminal::width;
use crate::report::paint::Paint;
use crate::report::rule_page::Terminal;
use crate::rules::{self, naming};

/// The page of a rule, or what to say when there is none.
pub(super) fn page(name: &str, examples: bool, color: bool) -> Result<String, String> {
    let Some(rule) = rules::find(name) else {
        let of_group: Vec<&str> =
            rules::all().filter(|rule| rule.page().group == name).map(|rule| rule.name).collect();
        if !of_group.is_empty() {
            return Err(format!("`{name}` is a group; its rules are {}", of_group.join(", ")));
        }
        let near = naming::nearest_rule(name).map(|near| format!("; did you mean `{near}`?"));
        let list = "; `wplint rules` lists them all".to_owned();
        return Err(format!("unknown rule `{name}`{}", near.unwrap_or(list)));
    };
    Ok(Terminal { paint: Paint { on: color }, width: width(), examples }.page(rule))
}
