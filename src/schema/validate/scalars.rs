//! Checks of single values.

use super::grammar::{
    is_data_key, is_host, is_label, is_label_value, is_port_name, is_qualified_name, is_subdomain,
};
use super::{Check, Notes, advice, cron, is_note, known};
use crate::kube::int_or_percent::IntOrPercent;
use crate::text::suggest;
use crate::yaml::{Node, Scalar, Style};

const REJECTED: &str = "rejected by the API server";

/// Records what is wrong with the value of a field.
pub(super) fn check<'a>(check: Check, field: &str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    match check {
        Check::Labels => labels(field, at, notes),
        Check::Annotations => annotations(at, notes),
        Check::DataKeys => data_keys(at, notes),
        Check::NodeLabels => {
            at.entries().for_each(|entry| advice::node_label(entry.key, at, notes));
            labels(field, at, notes);
        }
        _ => match at.scalar() {
            Some(Scalar::Str(text)) => string(check, field, text, at, notes),
            Some(Scalar::Int(_) | Scalar::Float(_)) => number(check, field, at, notes),
            _ => {}
        },
    }
}

fn string<'a>(check: Check, field: &str, text: &'a str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    // To most fields nothing is as good as absent, and some tools fill in the rest.
    let blank = !matches!(text.as_bytes().first(), Some(b'!'..=b'~')) && text.trim().is_empty();
    if blank && !matches!(check, Check::EnvName | Check::Cron) {
        return;
    }
    let (sound, rule): (bool, &str) = match check {
        Check::OneOf(words) => return word(words, field, text, at, notes),
        Check::NodeLabel => return advice::node_label(at, at, notes),
        Check::PortOrName | Check::TargetPort | Check::PortName => return port_name(field, text, at, notes),
        Check::IntOrPercent { capped } => return percentage(capped, field, text, at, notes),
        Check::Cron => return schedule(text, at, notes),
        Check::Image => return image(text, at, notes),
        Check::Label => (is_label(text), "lower case letters, digits and `-`, at most 63"),
        Check::Subdomain => (is_subdomain(text), "lower case letters, digits, `-` and `.`"),
        Check::Host => (
            text.is_empty() || is_host(text),
            "a DNS name without port or address, perhaps with `*.` in front",
        ),
        Check::LabelKey => {
            (is_qualified_name(text), "the key of a label, such as `app` or `example.com/app`")
        }
        Check::EnvName => (
            !text.is_empty() && text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'='),
            "printable characters without `=`",
        ),
        _ => return,
    };
    if !sound && !is_note(text) {
        let message = match text {
            "" => format!("`{field}` is empty"),
            _ => format!("`{text}` is not valid for `{field}`"),
        };
        let lower = text.to_ascii_lowercase().replace(['_', ' '], "-");
        let fixed = match check {
            Check::Label => is_label(&lower),
            Check::Subdomain | Check::Host => is_subdomain(&lower),
            _ => false,
        };
        let help = if fixed { format!("write `{lower}`") } else { format!("it must be {rule}") };
        notes.invalid(at, message, REJECTED, help);
    }
}

fn word<'a>(words: &[&'static str], field: &str, text: &str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    if words.contains(&text) {
        return;
    }
    let meant = words.iter().copied().find(|word| word.eq_ignore_ascii_case(text));
    // `ALWAYS` is a slip, `PULL_POLICY` a note to the reader.
    if meant.is_none() && known::is_placeholder(text) {
        return;
    }
    let meant = meant.or_else(|| suggest::nearest(text, words.iter().copied()));
    let list: Vec<String> =
        words.iter().filter(|word| !word.is_empty()).map(|word| format!("`{word}`")).collect();
    let help = match (meant, list.as_slice()) {
        (Some(word), _) => format!("did you mean `{word}`?"),
        (None, [one]) => format!("it must be {one}"),
        (None, [some @ .., last]) => format!("it must be {} or {last}", some.join(", ")),
        (None, []) => String::new(),
    };
    notes.invalid(at, format!("`{text}` is not valid for `{field}`"), REJECTED, help);
}

fn port_name<'a>(field: &str, text: &str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    if is_port_name(text) || known::is_placeholder(text) {
        return;
    }
    let (message, help) = match text.parse::<u32>() {
        Ok(number) => (
            format!("the quoted `{text}` is a port's name for `{field}`, and a name needs a letter"),
            if field == "name" {
                format!("write a name such as `port-{number}`")
            } else {
                "remove the quotes".to_owned()
            },
        ),
        Err(_) => (
            format!("`{text}` is no name of a port for `{field}`"),
            "at most 15 lower case letters, digits and single `-`, with a letter among them".to_owned(),
        ),
    };
    notes.invalid(at, message, REJECTED, help);
}

fn percentage<'a>(capped: bool, field: &str, text: &str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    let help = match IntOrPercent::read(at) {
        _ if known::is_placeholder(text) => return,
        Some(IntOrPercent::Percent(share)) if capped && share > 100 => "it must be at most `100%`",
        Some(IntOrPercent::Invalid(text)) if text.parse::<u32>().is_ok() => {
            "remove the quotes: a string must end in `%`"
        }
        Some(IntOrPercent::Invalid(_)) => "write a whole number, or a whole percentage such as `25%`",
        _ => return,
    };
    notes.invalid(at, format!("`{text}` is not valid for `{field}`"), REJECTED, help);
}

fn schedule<'a>(text: &str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    if let Some(fault) = cron::fault(text)
        && !known::is_placeholder(text)
    {
        let help = "write five fields: minute, hour, day of the month, month, day of the week";
        notes.invalid(at, format!("not a schedule: {fault}"), REJECTED, help);
    }
}

fn image<'a>(text: &str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    if known::is_placeholder(text) {
        return;
    }
    if text.trim() != text {
        let message = "blanks around the name of an image".to_owned();
        notes.invalid(at, message, REJECTED, format!("write `{}`", text.trim()));
    } else if text.contains(char::is_whitespace) || text.ends_with(':') {
        let message = format!("`{text}` is no name of an image");
        notes.invalid(at, message, "no node can pull it", "write `registry/name:tag`");
    }
}

fn number<'a>(check: Check, field: &str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    let Some(value) = at.int() else { return };
    let (low, high) = match check {
        Check::Between(low, high) => (low, high),
        Check::PortOrName => (1, 65_535),
        Check::TargetPort => (0, 65_535),
        Check::IntOrPercent { .. } => (0, i64::MAX),
        _ => return,
    };
    if let Some(decimal) = octal(at, i128::from(value)) {
        advice::octal(field, at, value, decimal, notes);
    }
    if !(low..=high).contains(&value) {
        let help = match (low, high) {
            (low, i64::MAX) => format!("it must be at least {low}"),
            (low, high) if low == high => format!("it must be {low}"),
            (low, high) => format!("it must be from {low} to {high}"),
        };
        notes.invalid(at, format!("{value} is not valid for `{field}`"), REJECTED, help);
    }
}

/// The number that a person reads in `010`, if kubectl reads another.
pub(super) fn octal(at: Node<'_>, value: i128) -> Option<i128> {
    let text = at.text();
    let plain = at.resolved().style() == Style::Plain && text.len() > 1 && text.starts_with('0');
    let decimal = if plain { text.parse::<i128>().ok()? } else { return None };
    (decimal != value).then_some(decimal)
}

fn labels<'a>(field: &str, map: Node<'a>, notes: &mut Notes<'_, 'a>) {
    for entry in map.entries() {
        let key = entry.key.key_text();
        if !is_qualified_name(key) && !known::is_placeholder(key) {
            let message = format!("`{key}` is no key of a label");
            notes.invalid(
                entry.key,
                message,
                REJECTED,
                "letters, digits, `-`, `_` and `.`, at most 63, perhaps with `domain/` in front",
            );
        }
        if let Some(text) = entry.value.str()
            && !is_label_value(text)
            && !known::is_placeholder(text)
        {
            let help = if text.len() > 63 {
                "a label has at most 63 characters; longer text is for an annotation"
            } else {
                "letters, digits, `-`, `_` and `.`, the first and last a letter or digit; other text is for an annotation"
            };
            notes.invalid(
                entry.value,
                format!("the value of `{key}` in `{field}` is no label"),
                REJECTED,
                help,
            );
        }
    }
}

fn annotations<'a>(map: Node<'a>, notes: &mut Notes<'_, 'a>) {
    for entry in map.entries() {
        let key = entry.key.key_text();
        // `key-` with nothing is how kubectl and some operators are told to remove an annotation.
        let removed = key.ends_with('-') && entry.value.text().is_empty() && entry.value.scalar().is_some();
        if !removed && !is_qualified_name(&key.to_lowercase()) && !known::is_placeholder(key) {
            let message = format!("`{key}` is no key of an annotation");
            notes.invalid(
                entry.key,
                message,
                REJECTED,
                "letters, digits, `-`, `_` and `.`, at most 63, perhaps with `domain/` in front",
            );
        }
    }
}

fn data_keys<'a>(map: Node<'a>, notes: &mut Notes<'_, 'a>) {
    for entry in map.entries() {
        let key = entry.key.key_text();
        if !is_data_key(key) && !known::is_placeholder(key) {
            let message = format!("`{key}` is no valid key");
            notes.invalid(entry.key, message, REJECTED, "letters, digits, `-`, `_` and `.`, at most 253");
        }
    }
}
