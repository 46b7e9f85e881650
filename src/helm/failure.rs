//! Why a chart cannot be evaluated, and how much may be spent on it.

use crate::files::Span;

/// Why a chart could not be evaluated to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong, in Go's words where there are some.
    pub message: String,
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// Where, if that is known yet.
    pub at: Option<Span>,
    /// The actions that led there from outside, innermost first.
    pub trail: Vec<Span>,
    /// The template that is called and not defined.
    pub undefined: Option<String>,
    /// The value that is another one than the template takes it for, where it was written.
    pub value: Option<Span>,
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The template is wrong, or wrong for these values.
    Error,
    /// A template asks for a field or the text of a value that nobody set.
    Unset,
    /// The chart itself refuses these values: `fail` and `required`.
    Refused,
    /// A file or text of values is no YAML, or no mapping.
    Values,
    /// The values are not what the chart's `values.schema.json` asks for. The trail is the keyword that does.
    Schema(Asked),
    /// It failed after a template had asked for what is in the cluster, and there is none to ask.
    Cluster,
    /// It takes more than we are willing to spend.
    Limit,
    /// A function that is not evaluated here.
    Unknown,
}

/// What a schema asks of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To be there, which somebody may still see to.
    Value,
    /// Not to be there at all.
    Nothing,
    /// To be another one.
    Other,
}

impl Failure {
    /// Whether something was asked of a value that nobody set: a field of it, or its text.
    pub fn is_unset(&self) -> bool {
        matches!(self.kind, FailureKind::Unset | FailureKind::Schema(Asked::Value))
    }

    /// Whether it is an error of a template, for whatever reason.
    pub fn is_of_template(&self) -> bool {
        matches!(self.kind, FailureKind::Error | FailureKind::Unset)
    }

    /// Whether everything was evaluated all the same.
    pub fn is_of_schema(&self) -> bool {
        matches!(self.kind, FailureKind::Schema(_))
    }

    /// What to do about it: at the values, in the template or where a template is to be.
    pub fn remedy(&self) -> String {
        let text = match (self.kind, &self.undefined) {
            (FailureKind::Schema(Asked::Value), _) => "set the value, or change the schema",
            (FailureKind::Schema(Asked::Nothing), _) => "remove the key, or add it to the schema",
            (FailureKind::Schema(Asked::Other), _) => "correct the value, or the schema",
            (_, Some(name)) => {
                return format!("define `{name}` in `templates/_helpers.tpl`, or correct the name");
            }
            (FailureKind::Values, _) => "correct the values here",
            _ if self.value.is_some() => {
                "give the value the form that the template takes it for, or correct the template"
            }
            _ => "correct the template here",
        };
        text.to_owned()
    }

    /// An error of a template.
    pub fn error(message: impl Into<String>) -> Self {
        Failure {
            message: message.into(),
            kind: FailureKind::Error,
            at: None,
            trail: Vec::new(),
            undefined: None,
            value: None,
        }
    }

    /// An error of a template that a value leads to which nobody set.
    pub fn unset(message: impl Into<String>) -> Self {
        Failure::of(FailureKind::Unset, message)
    }

    /// A failure of another kind.
    pub fn of(kind: FailureKind, message: impl Into<String>) -> Self {
        Failure { kind, ..Failure::error(message) }
    }

    /// The same at a place, if it has none yet.
    pub fn at(mut self, span: Span) -> Self {
        if self.at.is_none() {
            self.at = Some(span);
        }
        self
    }
}

/// What a step of the evaluation returns.
pub type Result<T> = std::result::Result<T, Failure>;

/// A failure that an action led to.
pub fn led(mut failure: Failure, place: Span) -> Failure {
    if failure.at.is_none() {
        failure.at = Some(place);
    } else if failure.trail.len() < 8 && failure.at != Some(place) {
        failure.trail.push(place);
    }
    failure
}

/// What may be spent on one chart.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Nodes executed and functions called.
    pub steps: u64,
    /// Bytes of all texts that are made.
    pub bytes: usize,
    /// Templates inside of templates.
    pub depth: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { steps: 4_000_000, bytes: 96 << 20, depth: 150 }
    }
}
