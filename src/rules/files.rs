//! ConfigMaps and Secrets as files: directories that hide what is below them, and files that never change (facts 15.30,
//! 15.31).

use super::{Check, Rule, rule};
use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::{FileMount, Inventory};
use crate::kube::pod::Container;
use crate::kube::workload::Workload;
use crate::text::placeholder::is_placeholder;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("mount-hides-files", Check::Unit(hides_files)),
    rule!("subpath-never-updates", Check::Unit(never_updates)),
];

/// Ends of names that files have and directories do not.
const EXTENSIONS: &[&str] = &[
    "conf",
    "cfg",
    "cnf",
    "ini",
    "yaml",
    "yml",
    "json",
    "toml",
    "xml",
    "properties",
    "sh",
    "py",
    "js",
    "php",
    "sql",
    "crt",
    "key",
    "pem",
    "jks",
    "p12",
    "htpasswd",
    "lua",
    "hcl",
    "txt",
    "tpl",
    "html",
];

/// Images that reload another container when files change.
const RELOADERS: &[&str] = &[
    "configmap-reload",
    "config-reloader",
    "prometheus-config-reloader",
    "config-reload",
    "nginx-config-reloader",
];

/// Whether a container is there to reload another one.
fn reloads(container: Container<'_>) -> bool {
    let image = crate::kube::image::parse(container.image_text());
    image.is_some_and(|image| RELOADERS.contains(&image.name))
}

fn hides_files(inventory: &Inventory<'_>, out: &mut Out) {
    for workload in &inventory.workloads {
        if inventory.is_patched(&workload.object) || workload.is_owned() {
            continue;
        }
        let spec = workload.pod.spec;
        // One that only watches takes a directory as well.
        for container in spec.containers().chain(spec.init_containers()).filter(|one| !reloads(*one)) {
            for mount in inventory.file_mounts(workload, container) {
                let path = mount.path.text();
                if mount.sub_path.is_none() && path.starts_with('/') && !is_placeholder(path) {
                    check(workload, container, &mount, out);
                }
            }
        }
    }
}

fn check<'a>(workload: &Workload<'a>, container: Container<'a>, mount: &FileMount<'a>, out: &mut Out) {
    let path = mount.path.text().trim_end_matches('/');
    let Some((_, last)) = path.rsplit_once('/') else { return };
    let name = container.name();
    let files = mount.files.as_deref();
    // Who names the file inside knows that this is a directory.
    let inside = format!("{path}/");
    let words = container.list("command").chain(container.list("args"));
    let mut texts = words.chain(container.env().filter_map(|one| one.value())).map(|node| node.text());
    let file = format!("{inside}{last}");
    if texts.any(|text| text.contains(&file) || last.contains('.') && text.contains(&inside)) {
        return;
    }
    if files.is_some_and(|files| files.contains(&last)) {
        let draft = out
            .report(mount.path, format!("`{path}` becomes a directory in container `{name}`"))
            .severity(Severity::Error)
            .label(format!("the file is at `{path}/{last}`"));
        let draft = source(draft, mount, "its keys are files in that directory");
        draft.help(format!("add `subPath: {last}` to mount this one file"));
        return;
    }
    let extension = last.rsplit_once('.').map_or("", |(stem, end)| if stem.is_empty() { "" } else { end });
    if EXTENSIONS.contains(&extension) && !last.starts_with('.') {
        let draft = out
            .report(mount.path, format!("`{path}` becomes a directory in container `{name}`"))
            .label("a volume is mounted as a directory, whatever the path is called");
        let draft = source(draft, mount, "its keys are files in that directory");
        draft.help("add `subPath` with the key to mount one file, or mount the directory above");
        return;
    }
    // A program in a directory that is replaced by the volume's files.
    let Some(program) = container.list("command").next().filter(|node| !is_placeholder(node.text())) else {
        return;
    };
    let inside = program.text().strip_prefix(path).and_then(|rest| rest.strip_prefix('/'));
    let (Some(rest), Some(files)) = (inside.filter(|rest| !rest.is_empty()), files) else { return };
    let covered = container.list("volumeMounts").filter_map(|one| one.get("mountPath")).any(|other| {
        let other = other.text().trim_end_matches('/');
        other.len() > path.len()
            && (program.text() == other || program.text().starts_with(&format!("{other}/")))
    });
    if files.contains(&rest) || covered || path.is_empty() {
        return;
    }
    let draft = out
        .report(
            mount.path,
            format!("the volume at `{path}` hides `{}`, which {} runs", program.text(), workload.title()),
        )
        .label("only the files of the volume are in this directory")
        .also(program, "the program of the image");
    let draft = source(draft, mount, "does not have it");
    draft.help("mount the volume somewhere else, or single files with `subPath`");
}

fn source<'o>(
    draft: crate::finding::Draft<'o>,
    mount: &FileMount<'_>,
    text: &str,
) -> crate::finding::Draft<'o> {
    match mount.object {
        Some(object) => draft.also(object.anchor(), text.to_owned()),
        None => draft,
    }
}

fn never_updates(inventory: &Inventory<'_>, out: &mut Out) {
    for workload in &inventory.workloads {
        if inventory.is_patched(&workload.object) {
            continue;
        }
        let spec = workload.pod.spec;
        // Only where somebody watches a volume is there anybody who waits for changes.
        let Some(watcher) = spec.running_containers().find(|one| reloads(*one)) else { continue };
        let watched = inventory.file_mounts(workload, watcher);
        for container in spec.containers().filter(|one| one.node != watcher.node) {
            for mount in inventory.file_mounts(workload, container) {
                let Some(sub_path) = mount.sub_path else { continue };
                let Some(whole) =
                    watched.iter().find(|one| one.volume == mount.volume && one.sub_path.is_none())
                else {
                    continue;
                };
                let object: Option<Object<'_>> = mount.object;
                let what = object.map_or_else(|| format!("volume `{}`", mount.volume), |one| one.title());
                out.report(
                    sub_path,
                    format!("changes of {what} never reach container `{}`", container.name()),
                )
                .label("a file mounted with `subPath` stays as it was when the container started")
                .also(whole.path, format!("container `{}` watches the same volume", watcher.name()))
                .help("mount the volume as a directory, without `subPath`");
            }
        }
    }
}
