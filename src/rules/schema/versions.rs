//! What takes the place of an old version of an object, in its file and in the patches that find it by its version.

use std::collections::BTreeSet;

use super::moves::fix;
use super::types::Typed;
use crate::document::Object;
use crate::files::path::join;
use crate::finding::{Applicability, Edit, Fix};
use crate::rules::words::list;
use crate::schema::{self, Served};
use crate::yaml::Node;

impl<'a> Typed<'_, 'a> {
    /// The versions in the files with which kustomizations patch the object and which find it by its own.
    fn patches(&self) -> impl Iterator<Item = Node<'a>> {
        let object = &self.written.object;
        let all = self.world.patches.get(&(object.kind, object.name)).into_iter().flatten();
        let own = all.filter(|(version, _)| *version == object.api_version).map(|(_, at)| *at);
        own.filter(|at| self.world.parts.patches_with(self.written.path(), &at.tree().source().path))
    }

    /// What takes the place of the version, and what else must change.
    pub(super) fn instead(&self, life: &Served, low: u32) -> String {
        let object = &self.written.object;
        let files = self.patches().map(|at| format!("`{}`", at.tree().source().path));
        let asking = self.world.parts.asking(self.written.path(), object);
        let asking = asking.map(|directory| format!("`{}`", join(directory, "kustomization.yaml")));
        let files: BTreeSet<String> = files.chain(asking).collect();
        let files: Vec<String> = files.into_iter().collect();
        let help = advice(life, low, object);
        match life.instead.filter(|_| !files.is_empty()) {
            None => help,
            Some((version, _)) if life.keeps(object.spec()) => {
                format!(
                    "use `{version}` here and in {}, whose patches find the object by its version",
                    list(&files, 3)
                )
            }
            Some(_) => format!(
                "{help}; write it in {}, too, whose patches find the object by its version",
                list(&files, 3)
            ),
        }
    }

    /// The edits of the object and of its patches, which may be made without a second look where all are known.
    pub(super) fn move_to(&self, life: &Served, low: u32, at: Node<'_>) -> Option<Fix> {
        let object = &self.written.object;
        let mut all = fix(life, low, object, at)?;
        let (version, _) = life.instead?;
        let patches = self.patches();
        all.edits.extend(patches.map(|at| Edit { span: at.span(), text: at.quoted_like(version) }));
        if self.world.parts.asking(self.written.path(), object).next().is_some() {
            all.applicability = Applicability::Unsafe;
        }
        Some(all)
    }
}

/// So many of the last versions may not run everywhere yet.
const RECENT: u32 = 4;

fn advice(life: &Served, low: u32, object: &Object<'_>) -> String {
    let change = life.change_of(object.spec());
    match life.instead {
        Some((version, since)) if since > low || since + RECENT > schema::NEWEST => {
            format!("use `{version}`, which is served from 1.{since} on; {change}")
        }
        Some((version, _)) => format!("use `{version}`; {change}"),
        None => format!("nothing took its place: {change}"),
    }
}
