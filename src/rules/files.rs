//! ConfigMaps and Secrets as files: directories that hide what is below them, and files that never change (facts 15.30,
//! 15.31).

use super::{Check, Eligible, Rule, rule};
use crate::files::path::is_below;
use crate::finding::{Out, Severity};
use crate::inventory::{FileMount, Inventory};
use crate::kube::pod::{Container, Role};
use crate::kube::workload::Workload;
use crate::text::placeholder::is_placeholder;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("mount-hides-files", Check::Workload(Eligible::OWN, hides_files)),
    rule!("subpath-never-updates", Check::Workload(Eligible::FINAL, never_updates)),
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

/// Programs of shell scripts that wait for changes of files.
const WATCHERS: &[&str] = &["inotifywait", "inotifyd", "fswatch", "entr"];

/// Whether a container is there to reload another one: by its image, by a flag such as `--watch-dir=/etc/app` that names one of
/// its mounts, or by the program of its script.
fn reloads(container: Container<'_>) -> bool {
    let image = crate::kube::image::parse(container.image_text());
    image.is_some_and(|image| RELOADERS.contains(&image.name)) || is_told_to_watch(container)
}

fn is_told_to_watch(container: Container<'_>) -> bool {
    let mut words =
        container.list("command").chain(container.list("args")).map(|node| node.text()).peekable();
    while let Some(word) = words.next() {
        if word.split(|c: char| c.is_whitespace() || "|;&()".contains(c)).any(|one| WATCHERS.contains(&one)) {
            return true;
        }
        let Some(flag) = word.strip_prefix('-').filter(|flag| flag.contains("watch")) else { continue };
        let value = flag.split_once('=').map(|(_, value)| value).or_else(|| words.peek().copied());
        let mut mounts = container.list("volumeMounts").filter_map(|mount| mount.get("mountPath"));
        let holds = |directory: &str, path: &str| {
            directory.len() > 1 && is_below(path, directory.trim_end_matches('/'))
        };
        if value.is_some_and(|value| mounts.any(|path| holds(path.text(), value))) {
            return true;
        }
    }
    false
}

fn hides_files(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    for mount in inventory.file_mounts(at) {
        let path = mount.path.text();
        if mount.sub_path.is_none() && path.starts_with('/') && !is_placeholder(path) {
            check(workload, mount, out);
        }
    }
}

fn check<'a>(workload: &Workload<'a>, mount: &FileMount<'a>, out: &mut Out) {
    let container = mount.container;
    let path = mount.path.text().trim_end_matches('/');
    let Some((_, last)) = path.rsplit_once('/') else { return };
    let name = container.name();
    let files = mount.files.as_deref();
    let is_file = files.is_some_and(|files| files.contains(&last));
    let extension = last.rsplit_once('.').map_or("", |(stem, end)| if stem.is_empty() { "" } else { end });
    let like_file = EXTENSIONS.contains(&extension) && !last.starts_with('.');
    // One that only watches takes a directory as well.
    if (is_file || like_file) && (knows_inside(container, path, last) || reloads(container)) {
        return;
    }
    if is_file {
        let draft = out
            .report(mount.path, format!("`{path}` becomes a directory in container `{name}`"))
            .severity(Severity::Error)
            .label(format!("the file is at `{path}/{last}`"));
        let draft = source(draft, mount, "its keys are files in that directory");
        draft.help(format!("add `subPath: {last}` to mount this one file"));
        return;
    }
    if like_file {
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
    if files.contains(&rest) || covered || path.is_empty() || reloads(container) {
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

/// Whether the container names the file inside of a directory that is called like it.
fn knows_inside(container: Container<'_>, path: &str, last: &str) -> bool {
    let inside = format!("{path}/");
    let words = container.list("command").chain(container.list("args"));
    let mut texts = words.chain(container.env().filter_map(|one| one.value())).map(|node| node.text());
    let file = format!("{inside}{last}");
    texts.any(|text| text.contains(&file) || last.contains('.') && text.contains(&inside))
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

fn never_updates(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    let mounts = inventory.file_mounts(at);
    // Where nothing watches a volume, nobody waits for changes.
    let single = |mount: &&FileMount<'_>| mount.sub_path.is_some() && mount.container.role == Role::Main;
    if !mounts.iter().any(|mount| single(&mount)) {
        return;
    }
    let Some(watcher) = workload.pod.spec.running_containers().find(|one| reloads(*one)) else {
        return;
    };
    let watched = |mount: &&FileMount<'_>| mount.container.node == watcher.node && mount.sub_path.is_none();
    for mount in mounts.iter().filter(single).filter(|mount| mount.container.node != watcher.node) {
        let whole = mounts.iter().filter(watched).find(|one| one.volume == mount.volume);
        let (Some(sub_path), Some(whole)) = (mount.sub_path, whole) else { continue };
        let what = mount.object.map_or_else(|| format!("volume `{}`", mount.volume), |one| one.title());
        out.report(sub_path, format!("changes of {what} never reach container `{}`", mount.container.name()))
            .label("a file mounted with `subPath` stays as it was when the container started")
            .also(whole.path, format!("container `{}` watches the same volume", watcher.name()))
            .help("mount the volume as a directory, without `subPath`");
    }
}
