//! `allOf`, `anyOf`, `oneOf` and `not`: schemas that a value is compared with as well. A structural schema may
//! only limit values there; fields are declared outside of them (`pkg/apiserver/schema/validation.go`).

use super::schema::{Logic, Schema};
use super::walk::Walk;
use crate::schema::slot::Slot;
use crate::schema::{Trouble, TroubleKind};

/// Whether a value keeps to a schema.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Yes,
    No,
    Unsure,
}

impl<'w, 'a> Walk<'w, 'a> {
    /// What else the value must, or must not, keep to.
    pub(super) fn beside(&mut self, schema: &'w Schema<'a>, spine: Option<&'w Schema<'a>>, slot: Slot<'a>) {
        self.unsure |= schema.foreign;
        let Some(logic) = &schema.logic else { return };
        for all in &logic.all {
            let kept = std::mem::replace(&mut self.prunes, false);
            self.value(all, spine, slot);
            self.prunes = kept;
        }
        let Logic { any, one, not, .. } = &**logic;
        let any: Vec<Verdict> = any.iter().map(|any| self.verdict(any, spine, slot)).collect();
        let one: Vec<Verdict> = one.iter().map(|one| self.verdict(one, spine, slot)).collect();
        let not = not.as_ref().map(|not| self.verdict(not, spine, slot));
        let count = |list: &[Verdict], what: Verdict| list.iter().filter(|one| **one == what).count();
        let none = |list: &[Verdict]| !list.is_empty() && count(list, Verdict::No) == list.len();
        let name = slot.name();
        let lacks = |list: &[Schema<'_>]| match choices(list) {
            Some(names) => format!("{name} needs {names}"),
            None => format!("{name} is none of what is allowed here"),
        };
        if none(&any) {
            self.disagree(schema, "anyOf", slot, lacks(&logic.any), "one of these must hold");
        } else if none(&one) {
            self.disagree(schema, "oneOf", slot, lacks(&logic.one), "exactly one of these must hold");
        } else if count(&one, Verdict::Yes) > 1 {
            let both = match choices(&logic.one) {
                Some(names) => format!("{name} has more than one of {names}"),
                None => format!("{name} is more than one of what is allowed here"),
            };
            self.disagree(
                schema,
                "oneOf",
                slot,
                both.replace(" or ", " and "),
                "exactly one of these must hold",
            );
        } else if not == Some(Verdict::Yes) {
            self.disagree(
                schema,
                "not",
                slot,
                format!("{name} is what is not allowed here"),
                "must not hold",
            );
        }
        let unsure = |list: &[Verdict]| !list.contains(&Verdict::Yes) && list.contains(&Verdict::Unsure);
        self.unsure |= unsure(&any) || count(&one, Verdict::Unsure) > 0 || not == Some(Verdict::Unsure);
    }

    fn disagree(&mut self, schema: &Schema<'a>, word: &str, slot: Slot<'a>, message: String, says: &str) {
        let at = match (slot.node.is_mapping() || slot.node.is_sequence(), slot.key, slot.item) {
            (false, ..) => slot.node,
            (_, Some(key), None) => key,
            _ => slot.node.entries().next().map_or(slot.node, |entry| entry.key),
        };
        let trouble =
            Trouble::new(TroubleKind::InvalidValue, at, message).label("rejected by the API server");
        self.troubles.push(trouble.also(schema.key(word), says));
    }

    fn verdict(&mut self, schema: &'w Schema<'a>, spine: Option<&'w Schema<'a>>, slot: Slot<'a>) -> Verdict {
        let mut inner = Walk {
            troubles: Vec::new(),
            unsure: false,
            most: 1,
            prunes: false,
            drops_status: self.drops_status,
            patience: self.patience,
            overridden: std::mem::take(&mut self.overridden),
            way: Vec::new(),
        };
        inner.value(schema, spine, slot);
        // Defaults that are filled in for what is not there could satisfy or break it.
        let filled = schema.fields.iter().any(|(name, _)| {
            let has_default = spine.and_then(|spine| spine.field(name)).is_some_and(|field| field.default);
            has_default && slot.node.get(name).is_none()
        });
        self.overridden = std::mem::take(&mut inner.overridden);
        self.patience = inner.patience;
        match (inner.troubles.is_empty(), inner.unsure || filled) {
            (false, _) => Verdict::No,
            (true, true) => Verdict::Unsure,
            (true, false) => Verdict::Yes,
        }
    }
}

/// The fields that schemas ask for, if they ask for nothing else: "`a` or `b`".
fn choices(schemas: &[Schema<'_>]) -> Option<String> {
    let only = |schema: &Schema<'_>| match schema.required.as_slice() {
        [name] if schema.at.entries().all(|entry| matches!(entry.key.key_text(), "required" | "type")) => {
            Some(format!("`{}`", name.text()))
        }
        _ => None,
    };
    Some(schemas.iter().map(only).collect::<Option<Vec<_>>>()?.join(" or "))
}
