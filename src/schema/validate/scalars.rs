//! Checks of single values.

use super::grammar::{is_data_key, is_label_value, is_port_name, is_qualified_name};
use super::texts::{CIDR, Text};
use super::together::unique;
use super::{Check, Notes, REJECTED, Trouble, TroubleKind, advice, cron, is_note, known, net};
use crate::kube::int_or_percent::IntOrPercent;
use crate::kube::quantity::Quantity;
use crate::text::suggest;
use crate::yaml::{Node, Scalar, Style};

/// Records what is wrong with the value of a field.
pub(super) fn field<'a>(check: Check, name: &str, value: Node<'a>, notes: &mut Notes<'_, 'a>) {
    match check {
        Check::All(checks) => checks.iter().for_each(|check| field(*check, name, value, notes)),
        Check::AtMost(most) => {
            if let Some(item) = value.items().nth(most) {
                let message = format!("`{name}` has more than {most} items");
                notes.refuse(item, message, format!("remove some: at most {most} are allowed"));
            }
        }
        Check::Unique => {
            let items = value.items().filter(|item| item.scalar().is_some());
            unique(&format!("`{name}`:"), items, notes);
        }
        Check::Keys(kind) => {
            for entry in value.entries() {
                string(Check::Given(kind), name, entry.key.key_text(), entry.key, notes);
            }
        }
        Check::Labels | Check::Annotations | Check::DataKeys | Check::NodeLabels => {
            self::check(check, name, value, notes);
        }
        _ if value.is_sequence() => {
            for item in value.items() {
                // Null is an empty text to the server.
                match strict(check) {
                    check @ (Check::Given(_) | Check::GivenOneOf(_)) if item.is_null() => {
                        string(check, name, "", item, notes);
                    }
                    check => self::check(check, name, item, notes),
                }
            }
        }
        _ if value.is_mapping() => {
            value.entries().for_each(|entry| self::check(check, name, entry.value, notes));
        }
        _ => self::check(check, name, value, notes),
    }
}

/// An item of a list is never as good as absent.
fn strict(check: Check) -> Check {
    match check {
        Check::Is(kind) => Check::Given(kind),
        Check::OneOf(words) => Check::GivenOneOf(words),
        other => other,
    }
}

fn check<'a>(check: Check, field: &str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    match check {
        Check::Labels => labels(field, at, notes),
        Check::Annotations => annotations(at, notes),
        Check::DataKeys => data_keys(at, notes),
        Check::NodeLabels => {
            at.entries().for_each(|entry| advice::node_label(entry.key, at, notes));
            labels(field, at, notes);
        }
        Check::Positive | Check::NotNegative => amount(check, field, at, notes),
        _ => match at.scalar() {
            Some(Scalar::Str(text)) => string(check, field, text, at, notes),
            Some(Scalar::Int(_) | Scalar::Float(_)) => number(check, field, at, notes),
            _ => {}
        },
    }
}

fn string<'a>(check: Check, field: &str, text: &'a str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    // To most fields nothing is as good as absent.
    if text.is_empty() && !matches!(check, Check::Given(_) | Check::GivenOneOf(_) | Check::Cron) {
        return;
    }
    match check {
        Check::OneOf(words) | Check::GivenOneOf(words) => word(words, field, text, at, notes),
        Check::NodeLabel => advice::node_label(at, at, notes),
        Check::PortOrName | Check::TargetPort | Check::PortName => port_name(field, text, at, notes),
        Check::IntOrPercent { capped } => percentage(capped, field, text, at, notes),
        Check::Cron => schedule(text, at, notes),
        Check::Image => image(text, at, notes),
        Check::Is(kind) | Check::Given(kind) => of_kind(kind, field, text, at, notes),
        Check::Network => network(field, text, at, notes),
        Check::Short(most) if text.chars().count() > most => {
            let message = format!("`{field}` has more than {most} characters");
            notes.refuse(at, message, format!("shorten it to {most} or fewer"));
        }
        _ => {}
    }
}

/// Records a text that is not of its kind.
pub(super) fn of_kind<'a>(kind: &Text, field: &str, text: &str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    if (kind.is)(text) || is_note(text) {
        return;
    }
    let message = match text {
        "" => format!("`{field}` is empty"),
        _ if text.trim().is_empty() => format!("`{field}` is blank"),
        _ => format!("{} is not valid for `{field}`", quoted(text)),
    };
    let lower = text.to_ascii_lowercase().replace(['_', ' '], "-");
    let fixed = kind.lower && (kind.is)(&lower);
    let help = if fixed {
        format!("it must be {}: write `{lower}`", kind.wants)
    } else {
        format!("it must be {}", kind.wants)
    };
    notes.refuse(at, message, help);
}

/// A text for a message: the beginning of a long one, with its length.
fn quoted(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("`{}…` ({} characters)", &text[..end], text.chars().count()),
        None => format!("`{text}`"),
    }
}

/// Records a network that is none.
pub(super) fn network<'a>(field: &str, text: &str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    of_kind(&CIDR, field, text, at, notes);
    // Older servers take it as the network that it lies in.
    if notes.is_from(STRICT)
        && let Some(network) = net::host_bits(text)
    {
        let message = format!("`{text}` for `{field}` has bits set after its prefix");
        let trouble = Trouble::new(TroubleKind::InvalidValue, at, message).label(REJECTED);
        notes.push(trouble.help(format!("write `{network}`")).same_as(at, &network));
    }
}

/// The version from which on networks must be written exactly, as far as it is known for sure (fact 14.4).
const STRICT: u32 = 37;

fn amount<'a>(check: Check, field: &str, at: Node<'a>, notes: &mut Notes<'_, 'a>) {
    let Some(amount) = Quantity::read(at) else { return };
    let (sound, help) = match check {
        Check::Positive => (!amount.is_negative() && !amount.is_zero(), "it must be greater than zero"),
        _ => (!amount.is_negative(), "it must not be negative"),
    };
    if !sound {
        notes.refuse(at, format!("`{}` is not valid for `{field}`", at.text()), help);
    }
}

pub(super) fn word<'a>(
    words: &[&'static str],
    field: &str,
    text: &str,
    at: Node<'a>,
    notes: &mut Notes<'_, 'a>,
) {
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
    let message = match text {
        "" => format!("`{field}` is empty"),
        _ => format!("{} is not valid for `{field}`", quoted(text)),
    };
    let trouble = Trouble::new(TroubleKind::InvalidValue, at, message).label(REJECTED).help(help);
    notes.push(match meant {
        Some(word) => trouble.meant(word),
        None => trouble,
    });
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
            format!("`{text}` is not a valid port name for `{field}`"),
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
    // Only Pods are refused; what fills in images, as OpenShift does, leaves a blank in a template.
    let is_template = at.tree().root().get("kind").is_none_or(|kind| kind.text() != "Pod");
    if text.trim().is_empty() && is_template {
        return;
    }
    if text.trim() != text {
        let message = "blanks around the name of an image".to_owned();
        notes.invalid(at, message, REJECTED, format!("write `{}`", text.trim()));
    } else if text.contains(char::is_whitespace) || text.ends_with(':') {
        let message = format!("`{text}` is not a valid image reference");
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
    // The rights of files are octal to everybody.
    if high != 0o777
        && let Some(decimal) = octal(at, i128::from(value))
    {
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
            let message = format!("`{key}` is not a valid label key");
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
                format!("the value of `{key}` in `{field}` is not a valid label value"),
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
            let message = format!("`{key}` is not a valid annotation key");
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
            let message = format!("`{key}` is not a valid key");
            notes.invalid(entry.key, message, REJECTED, "letters, digits, `-`, `_` and `.`, at most 253");
        }
    }
}
