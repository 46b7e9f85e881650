//! What a kustomization switched off: an entry of a list that is a comment now.

use std::sync::Arc;

use crate::document::Document;
use crate::files::SourceFile;
use crate::files::path::{directory, is_below, join};

/// Files and folders that a kustomization names in a comment only, as an entry that was switched off: `# - web.yaml`.
/// What another kustomization lists, or Flux or Argo CD deploys by its path, is not among them.
pub fn paths(files: &[Arc<SourceFile>], documents: &[Document]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for file in files.iter().filter(|file| is_kustomization(file)) {
        let of_line = |line: &str| {
            let entry = line.trim_start().strip_prefix('#')?.trim_start_matches('#').trim_start();
            let entry = entry.strip_prefix("- ")?.split(" #").next()?.trim().trim_matches(['"', '\'']);
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
    // What is named, and by which file.
    let mut used: Vec<(String, &str)> = Vec::new();
    for document in documents {
        let Some(tree) = document.tree().filter(|tree| !tree.is_empty()) else { continue };
        let root = tree.root();
        if is_kustomization(&document.source) {
            let own = directory(&document.source.path);
            let lists = root.entries().flat_map(|entry| entry.value.items());
            let texts = lists.flat_map(|item| match item.is_mapping() {
                true => item.get("path"),
                false => Some(item),
            });
            used.extend(texts.map(|text| (join(own, text.text()), document.source.path.as_str())));
            continue;
        }
        let spec = Some(root).filter(|root| root.is_mapping()).and_then(|root| root.get("spec"));
        let source = spec.and_then(|spec| spec.get("source"));
        let paths = [spec, source].into_iter().flatten().filter_map(|one| one.get("path"));
        used.extend(paths.map(|path| (join("", path.text()), document.source.path.as_str())));
    }
    let uses = |path: &str| {
        used.iter().any(|(named, by)| (named == path || is_below(named, path)) && !is_below(by, path))
    };
    found.retain(|path| !uses(path));
    found
}

fn is_kustomization(file: &SourceFile) -> bool {
    matches!(file.file_name(), "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}
