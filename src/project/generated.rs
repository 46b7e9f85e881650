//! Files that a program wrote: bundles of a project's own manifests, what a chart printed, what a cluster said.

use std::sync::Arc;

use foldhash::HashSet;

use crate::document::Document;
use crate::files::SourceFile;
use crate::text::comments_at_top;
use crate::yaml::Node;

/// Folders that `make build-installer` and the Operator SDK write from `config/`.
const BUNDLES: [&str; 2] = ["dist", "bundle"];
const SOURCE: &str = "config/default/kustomization.yaml";

/// The files among these that a program wrote from something else. If those are most of what there is, they are what
/// somebody wants to have judged.
pub fn paths<'f>(files: &'f [Arc<SourceFile>], documents: &'f [Document]) -> HashSet<&'f str> {
    let charts: HashSet<&str> = files.iter().filter_map(chart).collect();
    let sources: HashSet<&str> = files.iter().filter_map(|file| file.path.strip_suffix(SOURCE)).collect();
    let is_written = |file: &&Arc<SourceFile>| {
        says_so(&file.text) || is_rendered(&file.text, &charts) || is_bundle(&file.path, &sources)
    };
    let mut found: HashSet<&str> = files.iter().filter(is_written).map(|file| file.path.as_str()).collect();
    let is_printed = |one: &&Document| is_dump(one) || is_labelled(one, &charts);
    found.extend(documents.iter().filter(is_printed).map(|one| one.source.path.as_str()));
    if found.len() * 2 > files.len() {
        found.clear();
    }
    found
}

/// Whether the beginning of a file forbids editing it.
fn says_so(text: &str) -> bool {
    text.starts_with(['#', '-'])
        && comments_at_top(text).any(|line| line.to_ascii_lowercase().contains("do not edit"))
}

/// Whether Helm printed the file from a chart that is not among these: `# Source: web/templates/service.yaml`.
fn is_rendered(text: &str, charts: &HashSet<&str>) -> bool {
    let origin = |line: &str| {
        let chart = line.strip_prefix("# Source: ")?.split_once("/templates/")?.0;
        Some(!charts.contains(chart.rsplit('/').next().unwrap_or(chart)))
    };
    comments_at_top(text).find_map(origin).unwrap_or(false)
}

/// Whether an object has the label that charts write, of a chart that is not among these: `helm.sh/chart: web-1.2.3`.
fn is_labelled(document: &Document, charts: &HashSet<&str>) -> bool {
    if document.source.chart.is_some() {
        return false;
    }
    let tree = document.held().filter(|tree| !tree.is_empty() && tree.root().is_mapping());
    let labels = tree.and_then(|tree| tree.root().get("metadata")?.get("labels"));
    let own = |key: &str| labels.and_then(|labels| labels.get(key)).map_or("", Node::text);
    let older = if own("heritage").is_empty() { "" } else { own("chart") };
    let chart = if own("helm.sh/chart").is_empty() { older } else { own("helm.sh/chart") };
    // A name and a version; a template has none.
    let version = chart.rfind('-').filter(|at| chart[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
    version.is_some_and(|at| !chart.contains(['{', '$']) && !charts.contains(&chart[..at]))
}

/// The name of the chart that a file describes.
fn chart(file: &Arc<SourceFile>) -> Option<&str> {
    let name = || file.text.lines().find_map(|line| line.strip_prefix("name:"));
    (file.file_name() == "Chart.yaml").then(name).flatten().map(|name| name.trim().trim_matches(['"', '\'']))
}

/// Whether a file lies in a folder that is built from the `config/` beside it. `sources` are the folders that have one.
fn is_bundle(path: &str, sources: &HashSet<&str>) -> bool {
    BUNDLES.iter().any(|bundle| {
        path.match_indices(bundle).any(|(at, _)| {
            let whole = path[at + bundle.len()..].starts_with('/') && (at == 0 || path[..at].ends_with('/'));
            whole && sources.contains(&path[..at])
        })
    })
}

/// Whether a cluster printed an object: it knows its own identity.
fn is_dump(document: &Document) -> bool {
    let Some(tree) = document.held().filter(|tree| !tree.is_empty() && tree.root().is_mapping()) else {
        return false;
    };
    let printed = |node: Node<'_>| {
        let of = |key: &str| node.get("metadata").is_some_and(|metadata| metadata.get(key).is_some());
        of("uid") && of("resourceVersion") && of("creationTimestamp")
    };
    let first = tree.root().get("items").and_then(|items| items.items().next());
    printed(first.unwrap_or(tree.root()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::load;
    use crate::files::FileId;

    const OTHERS: [(&str, &str); 4] = [("a.yaml", ""), ("b.yaml", ""), ("c.yaml", ""), ("d.yaml", "")];

    fn found(own: &[(&str, &str)]) -> Vec<String> {
        let all = own.iter().chain(&OTHERS).enumerate();
        let file =
            |(at, one): (usize, &(&str, &str))| Arc::new(SourceFile::new(FileId(at as u32), one.0, one.1));
        let files: Vec<Arc<SourceFile>> = all.map(file).collect();
        let documents = load(&files);
        let mut found: Vec<String> = paths(&files, &documents).into_iter().map(str::to_owned).collect();
        found.sort();
        found
    }

    #[test]
    fn programs_leave_their_mark() {
        let rendered = "---\n# Source: db/templates/service.yaml\napiVersion: v1\n";
        let dump = "metadata:\n  uid: 1\n  resourceVersion: '1'\n  creationTimestamp: x\n";
        assert_eq!(found(&[("x.yaml", rendered), ("y.yaml", dump)]), ["x.yaml", "y.yaml"]);
        let labelled = "metadata:\n  labels: {helm.sh/chart: db-1.2.3}\n";
        assert_eq!(found(&[("x.yaml", labelled)]), ["x.yaml"]);
        assert_eq!(found(&[("x.yaml", "# This is generated. DO NOT EDIT.\na: 1\n")]), ["x.yaml"]);
        assert_eq!(found(&[("dist/install.yaml", ""), (SOURCE, "")]), ["dist/install.yaml"]);
    }

    #[test]
    fn what_people_write_has_none() {
        let rendered = "---\n# Source: db/templates/service.yaml\napiVersion: v1\n";
        assert!(found(&[("x.yaml", rendered), ("charts/db/Chart.yaml", "name: db\n")]).is_empty());
        assert!(found(&[("dist/install.yaml", ""), ("a: 1\n# do not edit the line above", "")]).is_empty());
        // All of it was rendered.
        let many: Vec<(&str, &str)> = ["1", "2", "3", "4", "5"].map(|path| (path, rendered)).to_vec();
        assert!(found(&many).is_empty());
    }
}
