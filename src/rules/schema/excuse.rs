//! What is said of an object and does not hold, because of what kustomize makes of values.

use crate::document::Object;
use crate::schema::{Cause, Expected, Trouble, TroubleKind};
use crate::yaml::{Node, Scalar};

/// kustomize makes text of the annotations of every object it deploys, as they are written: `true`, `0777`. It does
/// not do so with labels, nor with the annotations of pod templates (executed with kubectl 1.32).
pub fn is_annotation(trouble: &Trouble<'_>, object: &Object<'_>) -> bool {
    let annotations = || object.metadata().and_then(|metadata| metadata.get("annotations"));
    trouble.kind == TroubleKind::WrongType
        && trouble.at.scalar().is_some()
        && annotations().is_some_and(|map| map.entries().any(|entry| entry.value == trouble.at))
}

/// In a patch null takes away what is there, and is gone afterwards, whatever the field is called.
pub fn is_removal(trouble: &Trouble<'_>) -> bool {
    unknown(trouble).is_some_and(|value| value.is_null())
}

/// A field whose value a template fills in: whoever does that may well rename the field, too.
pub fn is_of_template(trouble: &Trouble<'_>) -> bool {
    unknown(trouble).is_some_and(|value| value.text().contains("{{"))
}

/// The value of an unknown field, which is told at its key.
fn unknown<'a>(trouble: &Trouble<'a>) -> Option<Node<'a>> {
    trouble.at.value_of_key().filter(|_| trouble.kind == TroubleKind::UnknownField)
}

/// Whether a number or a boolean stands where the API wants text.
pub fn is_scalar_for_text(trouble: &Trouble<'_>) -> bool {
    trouble.kind == TroubleKind::WrongType
        && trouble.cause == Cause::Wants(Expected::String)
        && trouble.at.scalar().is_some()
}

/// kustomize keeps `yes`, `no`, `on` and `off` as text, values and keys alike (fact 12.4).
pub fn is_text_to_kustomize(trouble: &Trouble<'_>) -> bool {
    let text = trouble.at.text();
    matches!(trouble.kind, TroubleKind::WrongType | TroubleKind::AmbiguousScalar)
        && matches!(trouble.at.scalar(), Some(Scalar::Bool(_)))
        && !text.eq_ignore_ascii_case("true")
        && !text.eq_ignore_ascii_case("false")
        && (trouble.kind == TroubleKind::AmbiguousScalar || trouble.cause == Cause::Wants(Expected::String))
}
