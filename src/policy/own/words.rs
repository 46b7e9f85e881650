//! Texts with expressions in them: `image {{ item.image }} is not ours`.

use crate::cel::{Program, Variables, shown};

/// What the expressions of a text may cost, each.
const PATIENCE: u64 = 100_000;

/// Longer values are cut, in characters.
const LONGEST: usize = 120;

/// A text with expressions in it.
#[derive(Debug, Default)]
pub struct Words {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Value(Program),
}

impl Words {
    /// Reads a text; what stands between `{{` and `}}` is compiled, with the byte that it begins at.
    pub(super) fn read(text: &str, compile: &mut dyn FnMut(&str, u32) -> Option<Program>) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((inside, behind)) = after.split_once("}}") else { break };
            parts.push(Part::Text(before.to_owned()));
            let inside = inside.trim_start();
            let at = text.len() - "}}".len() - behind.len() - inside.len();
            parts.extend(compile(inside.trim_end(), at as u32).map(Part::Value));
            rest = behind;
        }
        parts.push(Part::Text(rest.to_owned()));
        Words { parts }
    }

    /// The text with the values of its expressions; one without a value is `?`.
    pub(super) fn fill(&self, variables: &dyn Variables) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Value(program) => match program.run(variables, PATIENCE).0 {
                Ok(value) => cut(&shown(&value)),
                Err(_) => "?".to_owned(),
            },
        };
        let text: String = self.parts.iter().map(part).collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
    }

    /// The text without the values, for who reads the rule and not a finding.
    pub fn plain(text: &str) -> String {
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((_, behind)) = after.split_once("}}") else { break };
            plain.push_str(before);
            plain.push('…');
            rest = behind;
        }
        plain.push_str(rest);
        plain.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
