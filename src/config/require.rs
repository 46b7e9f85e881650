//! `require`: what which objects must survive.

use super::read::Reader;
use super::{Name, ObjectPattern};
use crate::files::Span;
use crate::survival::judge::Event;
use crate::text::suggest::meant;
use crate::yaml::Node;

/// One requirement.
#[derive(Clone, Debug)]
pub struct RequireEntry {
    /// The objects.
    pub object: ObjectPattern,
    /// Names of events.
    pub survives: Vec<Name>,
    /// The entry itself.
    pub span: Span,
}

impl Reader {
    /// Reads the list.
    pub(super) fn requirements(&mut self, node: Node<'_>) -> Vec<RequireEntry> {
        if !node.is_sequence() {
            self.wrong(node.span(), "`require` is a list", None);
        }
        node.items().map(|item| self.requirement(item)).collect()
    }

    fn requirement(&mut self, item: Node<'_>) -> RequireEntry {
        let mut entry =
            RequireEntry { object: ObjectPattern::default(), survives: Vec::new(), span: item.span() };
        for (_, name, value) in self.fields(item, "a requirement", &["match", "survives"]) {
            match name {
                "match" => entry.object = self.object(value, "`match`"),
                _ => entry.survives = self.names(value),
            }
        }
        if entry.survives.is_empty() && item.is_mapping() {
            self.wrong(item.span(), "a requirement needs `survives`, a list of events", None);
        }
        let names = || Event::ALL.into_iter().map(Event::name);
        for name in entry.survives.iter().filter(|name| Event::parse(&name.text).is_none()) {
            let help = match meant(&name.text, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the events are {}", names().collect::<Vec<_>>().join(", ")),
            };
            let message = format!("`{}` is not an event that can be survived", name.text);
            self.wrong(name.span, message, Some(help));
        }
        entry
    }
}
