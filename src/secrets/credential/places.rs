//! Where an object holds credentials: for the rule that reports them, and for the reports that hide them.

use super::{Credential, credential};
use crate::document::Object;
use crate::files::Span;
use crate::kube::pod::Container;
use crate::kube::workload::Workload;
use crate::yaml::Node;

/// An argument that may hold a credential.
#[derive(Clone, Copy, Debug)]
pub struct Argument<'a> {
    /// The option it belongs to; empty if there is none.
    pub name: &'a str,
    /// Its value.
    pub value: &'a str,
    /// The item that holds the value.
    pub item: Node<'a>,
    /// Where the value begins in the item's text.
    pub from: usize,
}

/// `--password=…` and `--password …`, each option an item of its own: what a shell makes of longer texts is
/// not guessed.
pub fn arguments<'a>(container: Container<'a>, field: &'a str) -> impl Iterator<Item = Argument<'a>> {
    let mut before = "";
    container.list(field).filter_map(move |item| {
        let text = item.text();
        let option = text.starts_with('-');
        let (name, value, from) = match text.split_once('=') {
            Some((name, value)) if option => (name, value, text.len() - value.len()),
            _ if !option && before.starts_with('-') => (before, text, 0),
            _ => ("", text, 0),
        };
        before = if option && !text.contains('=') { text } else { "" };
        let short = name.starts_with('-') && !name.starts_with("--") && name.len() <= 2;
        let script = text.contains('\n') || value.split_whitespace().count() > 1;
        (!short && !script).then_some(Argument { name, value, item, from })
    })
}

impl Argument<'_> {
    /// The place of its credential.
    pub fn place(&self, credential: &Credential) -> Span {
        match credential {
            Credential::Inside(range) => self.item.part(self.from + range.start..self.from + range.end),
            _ => self.item.part(self.from..self.from + self.value.len()),
        }
    }
}

/// The place of a credential in a value.
pub fn place(value: Node<'_>, credential: &Credential) -> Span {
    match credential {
        Credential::Inside(range) => value.part(range.clone()),
        _ => value.part(0..value.text().len()),
    }
}

/// All places of an object that hold a literal credential.
pub fn spans(object: &Object<'_>) -> Vec<Span> {
    let mut found = Vec::new();
    let mut add = |name: &str, value: Node<'_>| {
        found.extend(credential(name, value.text()).map(|credential| place(value, &credential)));
    };
    if object.is("", "ConfigMap") {
        let entries = object.node.get("data").into_iter().flat_map(|data| data.entries());
        entries.for_each(|entry| add(entry.key.text(), entry.value));
    }
    let Some(workload) = Workload::read(*object, &[]) else {
        return found;
    };
    let spec = workload.pod.spec;
    for container in spec.containers().chain(spec.init_containers()) {
        for variable in container.env() {
            if let Some(value) = variable.value()
                && let Some(credential) = credential(variable.name(), value.text())
            {
                found.push(place(value, &credential));
            }
        }
        for one in ["command", "args"].into_iter().flat_map(|field| arguments(container, field)) {
            found.extend(credential(one.name, one.value).map(|credential| one.place(&credential)));
        }
    }
    found
}
