//! Headlines that fit on a line, whatever the names in them: what is too long goes on as a note.

use textwrap::core::display_width;

use super::Run;
use crate::finding::Finding;

/// The widest headline, in columns.
const WIDEST: usize = 90;

/// The widest form of a name that is shortened, in columns.
const NAME: usize = 20;

/// What joins a headline's second clause to its first.
const JOINTS: [&str; 5] = ["; ", ", so ", ", which ", ", and ", ": "];

impl Run {
    /// Shortens the headlines of all findings. Nothing is lost: the rest is the first note. Names of secrets must have
    /// been concealed before, since half a secret is not recognized any more.
    pub fn fit_headlines(&mut self) {
        self.findings.iter_mut().for_each(|one| fit(&mut one.finding));
    }
}

/// Three steps, as far as they are needed: the second clause becomes a note, long names lose their middle, and what
/// is still too long (a text of somebody else) ends behind a word.
fn fit(finding: &mut Finding) {
    if !is_wide(&finding.message) {
        return;
    }
    let whole = finding.message.clone();
    if let Some((head, rest)) = split(&finding.message) {
        finding.notes.insert(0, rest.to_owned());
        finding.message = head.to_owned();
    }
    if !is_wide(&finding.message) {
        return;
    }
    finding.message = cut(shorten_names(&finding.message));
    let is_rest = finding.notes.first().is_some_and(|note| whole.ends_with(note.as_str()));
    let whole = format!("in full: {whole}");
    if is_rest {
        finding.notes[0] = whole;
    } else {
        finding.notes.insert(0, whole);
    }
}

/// Counting bytes is cheap, and enough for nearly all.
fn is_wide(text: &str) -> bool {
    text.len() > WIDEST && display_width(text) > WIDEST
}

/// The last place where what stands before is a headline by itself, and fits.
fn split(message: &str) -> Option<(&str, &str)> {
    let mut best = None;
    let mut quoted = false;
    for (at, c) in message.char_indices() {
        quoted ^= c == '`';
        if quoted {
            continue;
        }
        let joint = JOINTS.iter().find(|joint| message[at..].starts_with(**joint));
        // A name alone, as in "port `web`: …", says nothing yet.
        if let Some(joint) = joint.filter(|_| message[..at].split(' ').count() > 3)
            && (best.is_none() || display_width(&message[..at]) <= WIDEST)
        {
            best = Some((&message[..at], &message[at + joint.len()..]));
        }
    }
    best
}

/// The same with long names between backticks shortened in the middle, the longest first.
fn shorten_names(message: &str) -> String {
    let mut parts: Vec<String> = message.split('`').map(str::to_owned).collect();
    loop {
        let width = parts.iter().map(|part| display_width(part)).sum::<usize>() + parts.len() - 1;
        let names = parts.iter_mut().skip(1).step_by(2);
        let Some(longest) = names.max_by_key(|part| display_width(part)) else { break };
        let long = display_width(longest);
        if width <= WIDEST || long <= NAME {
            break;
        }
        let keep = long.saturating_sub(width - WIDEST).max(NAME) - 1;
        let chars: Vec<char> = longest.chars().collect();
        let (front, back) = ((keep / 2).min(chars.len()), (keep - keep / 2).min(chars.len()));
        let tail = chars.len().saturating_sub(back).max(front);
        *longest = chars[..front].iter().chain(&['…']).chain(&chars[tail..]).collect();
        if display_width(longest) >= long {
            break;
        }
    }
    parts.join("`")
}

/// The same up to the last word that fits.
fn cut(message: String) -> String {
    if !is_wide(&message) {
        return message;
    }
    let (mut width, mut end) = (0, 0);
    for (at, c) in message.char_indices() {
        width += display_width(c.encode_utf8(&mut [0; 4]));
        if width >= WIDEST {
            break;
        }
        end = at + c.len_utf8();
    }
    let kept = message[..end].rfind(' ').map_or(&message[..end], |blank| &message[..blank]);
    format!("{}…", kept.trim_end_matches([',', ':', ';', ' ']))
}

#[cfg(test)]
mod tests {
    use textwrap::core::display_width;

    use super::fit;
    use crate::files::{FileId, Span};
    use crate::finding::{Finding, RuleId};

    fn fitted(message: &str) -> Finding {
        let span = Span { file: FileId(0), start: 0, end: 0 };
        let mut finding = Finding::new(RuleId::new("test"), span, message);
        fit(&mut finding);
        assert!(display_width(&finding.message) <= super::WIDEST, "{}", finding.message);
        finding
    }

    #[test]
    fn a_headline_that_fits_stays() {
        let message = "Service `web` selects no pods; the closest match is Deployment `web`";
        let kept = fitted(message);
        assert_eq!((kept.message.as_str(), kept.notes.len()), (message, 0));
    }

    #[test]
    fn a_second_clause_becomes_a_note() {
        let long = "nothing keeps the replicas of `a-deployment-with-a-long-name: here, so there` apart, \
                    so one node may run all 2 replicas";
        let kept = fitted(long);
        assert!(kept.message.ends_with("` apart"), "{}", kept.message);
        assert_eq!(kept.notes, ["one node may run all 2 replicas"]);
    }

    #[test]
    fn long_names_lose_their_middle_and_stand_whole_in_a_note() {
        let long = format!(
            "Service `{0}-ta` of StatefulSet `{0}` is not headless",
            "opentelemetry-allocator".repeat(2)
        );
        let kept = fitted(&long);
        assert!(
            kept.message.contains("…") && kept.message.ends_with("` is not headless"),
            "{}",
            kept.message
        );
        assert_eq!(kept.notes, [format!("in full: {long}")]);
    }

    #[test]
    fn the_words_of_others_end_behind_a_word() {
        let kept = fitted(&"in order to enable metrics you need a database ".repeat(4));
        assert!(kept.message.ends_with("need a…"), "{}", kept.message);
        fitted(&"`".repeat(200));
        fitted(&"数据库".repeat(100));
        fitted(&format!("`{}`", "数".repeat(100)));
        fitted(&format!("`{}", "x".repeat(300)));
    }
}
