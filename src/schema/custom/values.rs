//! Limits on a value: what it may be, how large, how long.

use super::formats;
use super::schema::{Limits, Schema};
use super::walk::Walk;
use crate::cel::Value;
use crate::schema::slot::Slot;
use crate::schema::{Trouble, TroubleKind, known};
use crate::text::placeholder;
use crate::text::suggest;
use crate::yaml::{Node, Scalar};

/// So many choices are listed.
const LISTED: usize = 8;

impl<'a> Walk<'_, 'a> {
    /// Records how a value breaks its limits. Its type is right.
    pub(super) fn limits(&mut self, schema: &Schema<'a>, limits: &Limits<'a>, slot: Slot<'a>) {
        let mut notes = Notes { walk: self, schema, slot };
        if let Some(list) = limits.choice {
            choice(&mut notes, list);
        }
        match slot.node.scalar() {
            Some(Scalar::Str(text)) => texts(&mut notes, limits, text),
            Some(Scalar::Int(value)) => numbers(&mut notes, limits, value as f64),
            Some(Scalar::Float(value)) => numbers(&mut notes, limits, value),
            _ => {}
        }
        if slot.node.is_sequence() {
            let count = slot.node.items().count() as i64;
            amount(&mut notes, (limits.min_items, limits.max_items), ("minItems", "maxItems"), count, "item");
        } else if slot.node.is_mapping() {
            let count = slot.node.entries().count() as i64;
            let bounds = (limits.min_properties, limits.max_properties);
            amount(&mut notes, bounds, ("minProperties", "maxProperties"), count, "field");
        }
    }
}

struct Notes<'n, 'w, 'a> {
    walk: &'n mut Walk<'w, 'a>,
    schema: &'n Schema<'a>,
    slot: Slot<'a>,
}

impl<'a> Notes<'_, '_, 'a> {
    /// `word` is the key of the definition that is broken.
    fn push(&mut self, message: String, word: &str, says: String, help: Option<String>) {
        let node = self.slot.node;
        let at = match self.slot.key {
            Some(key) if node.scalar().is_none() && self.slot.item.is_none() => key,
            _ => node,
        };
        // `BLAH` is a note to the reader, unless the choices are in capitals themselves.
        let loud = word == "enum" && self.schema.limits.as_ref().is_some_and(|limits| limits.is_loud());
        let filled_in = |text: &str| match loud {
            true => placeholder::is_placeholder(text),
            false => known::is_placeholder(text),
        };
        if node.scalar().is_some() && filled_in(node.text()) {
            self.walk.unsure = true;
            return;
        }
        let trouble = Trouble::new(TroubleKind::InvalidValue, at, message)
            .label("rejected by the API server")
            .also(self.schema.key(word), says);
        self.walk.troubles.push(Trouble { help, ..trouble });
    }

    /// The value in a message; texts of many lines are not repeated.
    fn shown(&self) -> String {
        let text = self.slot.node.text();
        match text {
            "" => "an empty text".to_owned(),
            text if text.len() > 60 || text.contains('\n') => "this text".to_owned(),
            text => format!("`{text}`"),
        }
    }
}

fn choice<'a>(notes: &mut Notes<'_, '_, 'a>, list: Node<'a>) {
    let Some(value) = notes.slot.node.scalar() else {
        let own = Value::of(notes.slot.node);
        if !list.items().any(|one| Value::of(one).equals(&own)) {
            let message = format!("{} is none of the values that are allowed", notes.slot.name());
            notes.push(message, "enum", "the values it may have".to_owned(), None);
        }
        return;
    };
    let choices: Vec<Node<'a>> = list.items().collect();
    let comparable = |one: &Node<'a>| {
        one.scalar().is_some_and(|one| std::mem::discriminant(&one) == std::mem::discriminant(&value))
    };
    // A choice of another type says that the definition and we read something differently.
    if choices.is_empty() || !choices.iter().all(comparable) {
        notes.walk.unsure = true;
        return;
    }
    if choices.iter().any(|one| one.scalar() == Some(value)) {
        return;
    }
    let words: Vec<&str> = choices.iter().map(|one| one.text()).collect();
    let message = format!("{} is not valid for {}", notes.shown(), notes.slot.name());
    let help =
        match suggest::meant(notes.slot.node.text(), words.iter().copied().filter(|word| !word.is_empty())) {
            Some(word) => format!("did you mean `{word}`?"),
            None if words.len() <= LISTED => {
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                format!("write {}", either(&words))
            }
            None => format!("write one of the {} words that the definition lists", words.len()),
        };
    notes.push(message, "enum", "the values it may have".to_owned(), Some(help));
}

fn either(words: &[String]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => words.concat(),
    }
}

fn texts<'a>(notes: &mut Notes<'_, '_, 'a>, limits: &Limits<'a>, text: &str) {
    if let Some(pattern) = &limits.pattern {
        match pattern.matches(text) {
            Some(true) => {}
            Some(false) => {
                let message = format!("{} is not valid for {}", notes.shown(), notes.slot.name());
                let help =
                    (pattern.at.text().len() <= 80).then(|| format!("it must match `{}`", pattern.at.text()));
                notes.push(message, "pattern", "the pattern it must match".to_owned(), help);
                return;
            }
            None => notes.walk.unsure = true,
        }
    }
    if let Some(format) = limits.format.and_then(Node::str)
        && let Some(what) = formats::mismatch(format, text)
    {
        let message = format!("{} is not valid for {}", notes.shown(), notes.slot.name());
        notes.push(message, "format", format!("declared as `{format}`"), Some(format!("write {what}")));
        return;
    }
    let bounds = (limits.min_length, limits.max_length);
    if bounds != (None, None) {
        let length = text.chars().count() as i64;
        amount(notes, bounds, ("minLength", "maxLength"), length, "character");
    }
}

fn amount<'a>(
    notes: &mut Notes<'_, '_, 'a>,
    (least, most): (Option<Node<'a>>, Option<Node<'a>>),
    words: (&str, &str),
    count: i64,
    what: &str,
) {
    let plural = |count: i64| if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") };
    let name = notes.slot.name();
    if let Some(least) = least.and_then(Node::int).filter(|least| count < *least) {
        let message = match count {
            0 => format!("{name} is empty"),
            _ => format!("{name} has {}, and needs {least} or more", plural(count)),
        };
        notes.push(message, words.0, format!("at least {}", plural(least)), None);
    } else if let Some(most) = most.and_then(Node::int).filter(|most| count > *most) {
        let message = format!("{name} has {}, and may have {most} at most", plural(count));
        notes.push(message, words.1, format!("at most {}", plural(most)), None);
    }
}

fn numbers<'a>(notes: &mut Notes<'_, '_, 'a>, limits: &Limits<'a>, value: f64) {
    let number = |node: Option<Node<'a>>| match node?.scalar()? {
        Scalar::Int(value) => Some(value as f64),
        Scalar::Float(value) => Some(value),
        _ => None,
    };
    let name = notes.slot.name();
    let text = notes.slot.node.text();
    if let Some(least) = number(limits.minimum)
        && (value < least || limits.above && value == least)
    {
        let bound = if limits.above { "more than" } else { "at least" };
        let message = format!("`{text}` is too small for {name}");
        notes.push(message, "minimum", format!("{bound} {least}"), Some(format!("write {bound} {least}")));
    } else if let Some(most) = number(limits.maximum)
        && (value > most || limits.below && value == most)
    {
        let bound = if limits.below { "less than" } else { "at most" };
        let message = format!("`{text}` is too large for {name}");
        notes.push(message, "maximum", format!("{bound} {most}"), Some(format!("write {bound} {most}")));
    } else if let Some(step) = number(limits.multiple).filter(|step| *step >= 1.0)
        && (step.fract() == 0.0 && value.fract() == 0.0 && value % step != 0.0)
    {
        let message = format!("`{text}` is not valid for {name}");
        notes.push(
            message,
            "multipleOf",
            format!("a multiple of {step}"),
            Some(format!("write a multiple of {step}")),
        );
    }
}
