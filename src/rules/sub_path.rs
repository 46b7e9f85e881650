//! Files that a mount takes out of a ConfigMap or Secret, which has none of this name (fact 15.31).

use crate::finding::{Out, Severity};
use crate::inventory::Inventory;
use crate::text::placeholder::is_placeholder;
use crate::text::suggest;

/// Reports every `subPath` that is no file of its volume.
pub fn check(inventory: &Inventory<'_>, workload: usize, out: &mut Out) {
    if inventory.is_patched(&inventory.workloads[workload].object) {
        return;
    }
    for mount in inventory.file_mounts(workload) {
        let (Some(sub_path), Some(files)) = (mount.sub_path, &mount.files) else { continue };
        let text = sub_path.text().trim_matches('/');
        // An expression is filled in for each pod; `.` and paths upwards are another matter.
        if text.is_empty() || text.starts_with('.') || is_placeholder(text) || text.contains("$(") {
            continue;
        }
        let below = |file: &&str| file.strip_prefix(text).is_some_and(|rest| rest.starts_with('/'));
        if files.is_empty() || files.contains(&text) || files.iter().any(below) {
            continue;
        }
        let near = suggest::nearest(text, files.iter().copied());
        let list: Vec<String> = files.iter().take(6).map(|file| format!("`{file}`")).collect();
        let title = mount.object.map_or_else(|| format!("volume `{}`", mount.volume), |one| one.title());
        let name = mount.container.name();
        let mut draft = out
            .report(
                sub_path,
                format!("{title} has no file `{text}`: container `{name}` gets an empty directory"),
            )
            .severity(Severity::Error)
            .label("no such file in the volume");
        if let Some(object) = mount.object {
            draft = draft.also(object.anchor(), format!("it has {}", list.join(", ")));
        }
        match near {
            Some(near) => draft.perhaps(sub_path, near),
            None => draft.help(format!("use one of {}, or add the key", list.join(", "))),
        };
    }
}
