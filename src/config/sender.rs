//! Who applies the files, as `cluster.request` of the configuration says.

use super::read::Reader;
use crate::inventory::Sender;
use crate::yaml::Node;

impl Reader {
    /// Reads `request`.
    pub(super) fn sender(&mut self, node: Node<'_>) -> Sender {
        let mut sender = Sender::default();
        let keys = ["username", "uid", "groups", "dryRun", "fieldManager"];
        for (_, key, value) in self.fields(node, "`request`", &keys) {
            let text = |reader: &mut Self| reader.name(value).map(|name| name.text);
            match key {
                "username" => sender.username = text(self),
                "uid" => sender.uid = text(self),
                "groups" => sender.groups = self.names(value).into_iter().map(|name| name.text).collect(),
                "fieldManager" => sender.field_manager = text(self),
                _ => match value.bool() {
                    Some(truth) => sender.dry_run = truth,
                    None => self.wrong(value.span(), "`dryRun` is true or false", None),
                },
            }
        }
        sender
    }
}
