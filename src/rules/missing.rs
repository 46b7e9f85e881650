//! What is said of a name that leads to no object, for all rules that look one up.

use crate::document::Object;
use crate::finding::{Draft, Out};
use crate::inventory::{Evidence, Found, Inventory, same_directory};
use crate::project::Sought;
use crate::yaml::Node;

/// A name that was looked up in vain.
pub struct Missing<'m, 'a> {
    /// The object that uses it.
    pub from: &'m Object<'a>,
    /// Where the name stands.
    pub place: Node<'a>,
    /// The kind that was looked for.
    pub kind: &'m str,
    /// The configuration's word for what exists outside, if it has one for this kind.
    pub list: &'m str,
    /// What follows from it: a clause.
    pub consequence: String,
}

impl<'m, 'a> Missing<'m, 'a> {
    /// Reports it as loudly as the evidence allows; `None` where nothing may be said.
    pub fn report<'o>(
        &self,
        inventory: &Inventory<'a>,
        found: &Found<'a>,
        out: &'o mut Out,
    ) -> Option<Draft<'o>> {
        let (kind, name, then) = (self.kind, self.place.text(), &self.consequence);
        let evidence = match found {
            Found::Object(..) | Found::Made => return None,
            Found::Near(_) => Evidence::NearMiss,
            Found::Elsewhere(other) if same_directory(self.from, other) => Evidence::NearMiss,
            Found::Elsewhere(_) | Found::Nothing => Evidence::Nothing,
        };
        let sought = Sought { kind: Some(kind), name: Some(name) };
        let severity = inventory.absence_of(&sought, evidence, self.from)?;
        Some(match found {
            Found::Elsewhere(other) => {
                let here = inventory.namespace(self.from).unwrap_or("default");
                let there = inventory.namespace(other).unwrap_or("default");
                out.report(self.place, format!("{kind} `{name}` is in namespace `{there}`, not in `{here}`"))
                    .severity(severity)
                    .label(format!("looked up in namespace `{here}` only"))
                    .note(then.as_str())
                    .also(other.anchor(), format!("in namespace `{there}`"))
                    .help(format!("put both into one namespace, `{there}` or `{here}`"))
            }
            Found::Near(other) => out
                .report(self.place, format!("{kind} `{name}` does not exist"))
                .severity(severity)
                .label(format!("no {kind} has this name"))
                .note(then.as_str())
                .also(other.anchor(), "the closest match")
                .help(format!("did you mean `{}`?", other.name)),
            _ => {
                let help = if self.list.is_empty() {
                    "if it exists elsewhere, suppress this finding with a reason".to_owned()
                } else {
                    format!(
                        "if it is created elsewhere, list it under `external.{}` in `.wplint.yaml`; otherwise add it",
                        self.list
                    )
                };
                out.report(self.place, format!("{kind} `{name}` was not found in the linted files"))
                    .severity(severity)
                    .label(format!("no {kind} with this name in the linted files"))
                    .note(format!("without it, {then}"))
                    .help(help)
            }
        })
    }
}
