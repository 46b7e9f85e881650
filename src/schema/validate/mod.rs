//! Values that validation rejects although their type is right, and a second look at some that it accepts.
//!
//! Everything hangs on the Rust type of a struct, which the decoding knows: [`table`] says what a field of a type
//! may hold, and the functions beside it judge a struct as a whole. Only what the API server certainly refuses
//! is reported as invalid; placeholders and patches are left alone.

mod advice;
mod cron;
mod grammar;
mod objects;
mod pods;
mod scalars;
mod table;

use super::problem::{Frame, Problem};
pub(super) use objects::bad_name;

use super::{Trouble, TroubleKind, known};
use crate::kube::quantity::Quantity;
use crate::text::placeholder;
use crate::yaml::{Node, Scalar, Style};

/// What a field may hold. A scalar check on a list holds for its items.
#[derive(Clone, Copy, Debug)]
pub(super) enum Check {
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A number from, to.
    Between(i64, i64),
    /// A port number, or the name of a container port.
    PortOrName,
    /// The same, or 0 for the Service's own port (fact 4.1).
    TargetPort,
    /// The name of a container port (fact 4.8).
    PortName,
    /// A DNS label.
    Label,
    /// A DNS subdomain.
    Subdomain,
    /// A host name of an Ingress: a subdomain, perhaps with `*.` in front.
    Host,
    /// A number, or a percentage; of at most 100 if it says so.
    IntOrPercent { capped: bool },
    /// The key of a label.
    LabelKey,
    /// A map of labels.
    Labels,
    /// A map of annotations.
    Annotations,
    /// A map whose keys are keys of a ConfigMap or Secret.
    DataKeys,
    /// The schedule of a CronJob.
    Cron,
    /// An image reference.
    Image,
    /// The name of an environment variable.
    EnvName,
    /// A label of nodes that may have a newer name.
    NodeLabel,
    /// A map whose keys are such labels.
    NodeLabels,
}

/// Judges a struct as a whole.
pub(super) type Whole = for<'a> fn(&Place<'_, 'a>, &mut Notes<'_, 'a>);

/// A struct and the structs around it.
pub(super) struct Place<'c, 'a> {
    node: Node<'a>,
    key: Option<Node<'a>>,
    chain: &'c [Frame<'a>],
}

impl<'a> Place<'_, 'a> {
    fn key_text(&self) -> &'a str {
        self.key.map_or("", |key| key.key_text())
    }

    /// Whether a struct of this type is around it.
    fn inside(&self, ty: &str) -> bool {
        self.chain.iter().any(|frame| frame.name() == ty)
    }

    fn root(&self) -> Node<'a> {
        self.chain.first().map_or(self.node, |frame| frame.node)
    }

    /// Text of a field, if it is a string.
    fn text(&self, field: &str) -> Option<&'a str> {
        self.node.get(field).and_then(Node::str)
    }
}

/// Where checks write down what they find.
pub(super) struct Notes<'n, 'a> {
    problems: &'n mut Vec<Problem<'a>>,
}

impl<'a> Notes<'_, 'a> {
    fn push(&mut self, trouble: Trouble<'a>) {
        self.problems.push(Problem::Noted(trouble));
    }

    fn invalid(&mut self, at: Node<'a>, message: String, label: &str, help: impl Into<String>) {
        self.push(Trouble::new(TroubleKind::InvalidValue, at, message).label(label).help(help));
    }
}

/// The checks of a type, by its name without the path: of its fields, and of the whole.
pub(super) fn of(name: &str) -> (&'static [(&'static str, Check)], Option<Whole>) {
    table::find(name).unwrap_or_default()
}

/// Records what is wrong with the value of a field.
pub(super) fn field<'a>(check: Check, name: &str, value: Node<'a>, problems: &mut Vec<Problem<'a>>) {
    let notes = &mut Notes { problems };
    if value.is_sequence() {
        value.items().for_each(|item| scalars::check(check, name, item, notes));
    } else {
        scalars::check(check, name, value, notes);
    }
}

/// Records what is wrong with a struct as a whole.
pub(super) fn whole<'a>(
    judge: Whole,
    place: &Frame<'a>,
    chain: &[Frame<'a>],
    problems: &mut Vec<Problem<'a>>,
) {
    judge(&Place { node: place.node, key: place.key, chain }, &mut Notes { problems });
}

/// Whether a name is to be filled in by the reader: `APP-vol`, `www.DOMAIN.COM`, `A.B.C.D.nip.io`.
fn is_note(text: &str) -> bool {
    let shouted = |word: &str| placeholder::is_shouted(word);
    known::is_placeholder(text) || text.split(['-', '.', '_', '/']).any(shouted) || text.contains("A.B.C.D")
}

/// Keys of the author's that kubectl reads differently than they are written (fact 12.3).
pub(super) fn names<'a>(map: Node<'a>, problems: &mut Vec<Problem<'a>>) {
    for entry in map.entries() {
        let (written, read) = (entry.key.text(), entry.key.key_text());
        if entry.key.style() != Style::Plain || written.len() == read.len() && written == read {
            continue;
        }
        let message = format!("the key `{written}` is `{read}` to kubectl");
        let trouble = Trouble::new(TroubleKind::AmbiguousScalar, entry.key, message);
        let help = format!("quote it: `\"{written}\"`");
        problems.push(Problem::Noted(trouble.label("no text until it is quoted").help(help)));
    }
}

/// Records a quantity that does not parse, and one that is octal by accident.
pub(super) fn quantity<'a>(at: Node<'a>, key: Option<Node<'a>>, problems: &mut Vec<Problem<'a>>) {
    let notes = &mut Notes { problems };
    let name = key.map_or("the value", |key| key.key_text());
    match at.scalar() {
        Some(Scalar::Str(text)) => {
            if Quantity::parse(text).is_some() || known::is_placeholder(text) {
                return;
            }
            // `-` and `e3` are accepted oddities: no digits are nothing.
            let unsigned = text.trim().strip_prefix(['+', '-']).unwrap_or(text.trim());
            let oddity = !text.is_empty() && Quantity::parse(&format!("0{unsigned}")).is_some();
            if oddity && !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
                return;
            }
            let help = quantity_help(text);
            notes.invalid(
                at,
                format!("`{text}` is no quantity for `{name}`"),
                "rejected by the API server",
                help,
            );
        }
        Some(Scalar::Int(value)) => {
            if let Some(decimal) = scalars::octal(at, value) {
                let message = format!("`{}` for `{name}` is {value}, not {decimal}", at.text());
                let trouble = Trouble::new(TroubleKind::QuantitySuspicious, at, message);
                notes.push(
                    trouble.label("octal, because of the leading zero").help(format!("write `{decimal}`")),
                );
            }
        }
        _ => {}
    }
}

fn quantity_help(text: &str) -> String {
    let text = text.trim();
    let digits = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (number, unit) = text.split_at(digits);
    let right = match unit.trim().to_ascii_lowercase().as_str() {
        _ if number.is_empty() => "",
        "k" | "kb" => "k",
        "m" | "mb" => "M",
        "g" | "gb" => "G",
        "t" | "tb" => "T",
        "ki" | "kib" => "Ki",
        "mi" | "mib" => "Mi",
        "gi" | "gib" => "Gi",
        "ti" | "tib" => "Ti",
        _ => "",
    };
    match right {
        "" => {
            "write a number with one of `m`, `k`, `M`, `G`, `T`, `Ki`, `Mi`, `Gi`, `Ti` or nothing behind it"
                .to_owned()
        }
        right => format!("write `{number}{right}`"),
    }
}
