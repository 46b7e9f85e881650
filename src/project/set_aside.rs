//! What a kustomization switched off: an entry of a list that is a comment now.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::Document;
use crate::files::SourceFile;
use crate::files::path::{directory, is_below, join};
use crate::kustomize::is_kustomization_file;

/// Files and folders that a kustomization names in a comment only, as an entry that was switched off: `# - web.yaml`.
/// What another kustomization lists, or Flux or Argo CD deploys by its path, is not among them.
pub fn paths(files: &[Arc<SourceFile>], documents: &[Document]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for file in files.iter().filter(|file| is_kustomization_file(&file.path)) {
        let of_line = |line: &str| {
            let entry = line.trim_start().strip_prefix('#')?.trim_start_matches('#').trim_start();
            let entry = entry.strip_prefix("- ")?.split(" #").next()?.trim();
            let entry = entry.strip_prefix("path: ").unwrap_or(entry).trim_matches(['"', '\'']);
            let plain = !entry.is_empty() && !entry.contains([' ', ':', '*', '{']);
            let path = join(directory(&file.path), entry);
            // Nobody switches off what is above.
            (plain && path != directory(&file.path) && !is_below(&file.path, &path)).then_some(path)
        };
        found.extend(file.text.lines().filter_map(of_line));
    }
    if found.is_empty() {
        return found;
    }
    // What is named, and by which files.
    let mut used: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for document in documents {
        let Some(tree) = document.held().filter(|tree| !tree.is_empty()) else { continue };
        let (root, by) = (tree.root(), document.source.path.as_str());
        let mut uses = |path: String| used.entry(path).or_default().push(by);
        if is_kustomization_file(&document.source.path) {
            let own = directory(by);
            let lists = root.entries().flat_map(|entry| entry.value.items());
            let texts = lists.flat_map(|item| match item.is_mapping() {
                true => item.get("path"),
                false => Some(item),
            });
            texts.for_each(|text| uses(join(own, text.text())));
            continue;
        }
        let spec = Some(root).filter(|root| root.is_mapping()).and_then(|root| root.get("spec"));
        let source = spec.and_then(|spec| spec.get("source"));
        let paths = [spec, source].into_iter().flatten().filter_map(|one| one.get("path"));
        paths.into_iter().for_each(|path| uses(join("", path.text())));
    }
    let is_used = |path: &str| {
        let inside = format!("{path}/");
        let below = used.range(inside.clone()..).take_while(|(named, _)| named.starts_with(&inside));
        let by = used.get(path).into_iter().chain(below.map(|(_, by)| by)).flatten();
        // A folder that was switched off may name its own files.
        by.into_iter().any(|by| !is_below(by, path))
    };
    found.retain(|path| !is_used(path));
    found
}
