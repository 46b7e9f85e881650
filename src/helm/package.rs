//! Charts as they lie on a disk or in an archive: what is a template, what a value, what another chart.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::archive;
use super::shelf::Shelf;
use super::version;
use crate::files::{SourceFile, Span, inside};
use crate::yaml::{self, Node, Tree};

/// A chart with all that lies in it.
#[derive(Debug)]
pub struct Package {
    /// Its directory or archive, shown like a file's path.
    pub root: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// It only defines templates for others.
    pub library: bool,
    /// `Chart.yaml`.
    pub metadata: Arc<SourceFile>,
    /// `values.yaml`.
    pub values: Option<Arc<SourceFile>>,
    /// `values.schema.json`.
    pub schema: Option<Arc<SourceFile>>,
    /// Everything below `templates/`, by its path in the chart.
    pub templates: Vec<(String, Arc<SourceFile>)>,
    /// Manifests below `crds/`.
    pub crds: Vec<Arc<SourceFile>>,
    /// What else there is, for `.Files`.
    pub others: Vec<Other>,
    /// What it depends on, as its `Chart.yaml` says.
    pub dependencies: Vec<Dependency>,
    /// The charts in it.
    pub children: Vec<Arc<Package>>,
    /// It lies in an archive, where nobody edits it.
    pub packed: bool,
    /// What could not be read, with the place that speaks of it.
    pub unread: Vec<(Span, String)>,
}

/// A file that templates may read.
#[derive(Debug)]
pub struct Other {
    /// Its path in the chart.
    pub path: String,
    /// Where it lies on the disk, if it does not come from an archive.
    disk: Option<String>,
    text: OnceLock<Option<String>>,
}

impl Other {
    /// Its content.
    pub fn text(&self) -> Option<&str> {
        let read = || {
            let path = self.disk.as_ref()?;
            let bytes = inside::read(Path::new(path), super::shelf::LARGEST)?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        };
        self.text.get_or_init(read).as_deref()
    }
}

/// A chart that another one depends on.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// The versions that will do.
    pub version: String,
    /// Another name for its values and its place.
    pub alias: String,
    /// Paths of values that switch it, separated by commas.
    pub condition: String,
    /// Tags that switch it.
    pub tags: Vec<String>,
    /// What of its values the parent takes over: `(child, parent)`; without a parent, an export.
    pub imports: Vec<(String, Option<String>)>,
    /// Where it is written.
    pub at: Span,
}

impl Dependency {
    /// The name under which it has its values.
    pub fn effective_name(&self) -> &str {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }
}

/// Charts nest down to here.
const DEEPEST: usize = 12;
/// And there are no more than this in one, all levels together.
const MOST_CHARTS: usize = 400;

/// Why there is no chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Why.
    pub message: String,
    /// Where, if there is a file.
    pub at: Option<Span>,
}

impl Unreadable {
    fn new(message: impl Into<String>) -> Self {
        Unreadable { message: message.into(), at: None }
    }
}

/// Reads the chart in a directory.
pub fn load(directory: &str, shelf: &mut Shelf) -> Result<Package, Unreadable> {
    let paths = shelf.list(directory).ok_or_else(|| Unreadable::new("a chart with too many files"))?;
    let ignored = ignored(directory, shelf);
    let mut files = BTreeMap::new();
    for path in paths {
        let hidden = path.starts_with("templates/")
            && path.rsplit('/').next().is_some_and(|name| name.starts_with('.'));
        if hidden || is_ignored(&ignored, &path) {
            continue;
        }
        let full = if directory.is_empty() { path.clone() } else { format!("{directory}/{path}") };
        files.insert(path, Content::Disk(full));
    }
    let mut budget = MOST_CHARTS;
    read(directory.to_owned(), files, shelf, 0, &mut budget, false)
}

enum Content {
    /// A path on the disk.
    Disk(String),
    /// What an archive holds, under the path it is shown by.
    Packed(String, Vec<u8>),
}

impl Content {
    fn source(&self, shelf: &mut Shelf) -> Option<Arc<SourceFile>> {
        match self {
            Content::Disk(path) => shelf.file(path),
            Content::Packed(path, bytes) => {
                Some(shelf.add(path, String::from_utf8_lossy(bytes).into_owned()))
            }
        }
    }

    fn bytes(&self, shelf: &Shelf) -> Option<Vec<u8>> {
        match self {
            Content::Disk(path) => shelf.bytes(path),
            Content::Packed(_, bytes) => Some(bytes.clone()),
        }
    }

    fn other(self, path: String) -> Other {
        match self {
            Content::Disk(disk) => Other { path, disk: Some(disk), text: OnceLock::new() },
            Content::Packed(_, bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                Other { path, disk: None, text: OnceLock::from(Some(text)) }
            }
        }
    }
}

fn ignored(directory: &str, shelf: &mut Shelf) -> Option<ignore::gitignore::Gitignore> {
    let path =
        if directory.is_empty() { ".helmignore".to_owned() } else { format!("{directory}/.helmignore") };
    let file = shelf.bytes(&path)?;
    let mut builder = ignore::gitignore::GitignoreBuilder::new("");
    for line in String::from_utf8_lossy(&file).lines() {
        let _ = builder.add_line(None, line);
    }
    builder.build().ok()
}

fn is_ignored(rules: &Option<ignore::gitignore::Gitignore>, path: &str) -> bool {
    let kept = ["Chart.yaml", "values.yaml"].contains(&path);
    let matches =
        |rules: &ignore::gitignore::Gitignore| rules.matched_path_or_any_parents(path, false).is_ignore();
    !kept && rules.as_ref().is_some_and(matches)
}

fn read(
    root: String,
    mut files: BTreeMap<String, Content>,
    shelf: &mut Shelf,
    depth: usize,
    budget: &mut usize,
    packed: bool,
) -> Result<Package, Unreadable> {
    let taken = *budget;
    *budget = taken.checked_sub(1).ok_or_else(|| Unreadable::new("too many charts in one chart"))?;
    if depth > DEEPEST {
        return Err(Unreadable::new("charts that nest too deep"));
    }
    let metadata = files.get("Chart.yaml").and_then(|content| content.source(shelf));
    let metadata = metadata.ok_or_else(|| Unreadable::new("no readable Chart.yaml"))?;
    let tree = parse(&metadata)?;
    let top = tree.root();
    let text = |field: &str| top.get(field).map_or_else(String::new, |node| node.text().to_owned());
    let mut package = Package {
        root,
        name: text("name"),
        version: text("version"),
        library: text("type") == "library",
        metadata: Arc::clone(&metadata),
        values: files.get("values.yaml").and_then(|content| content.source(shelf)),
        schema: files.get("values.schema.json").and_then(|content| content.source(shelf)),
        templates: Vec::new(),
        crds: Vec::new(),
        others: Vec::new(),
        dependencies: dependencies(top),
        children: Vec::new(),
        packed,
        unread: Vec::new(),
    };
    if matches!(text("apiVersion").as_str(), "" | "v1")
        && let Some(file) = files.get("requirements.yaml").and_then(|content| content.source(shelf))
        && let Ok(tree) = parse(&file)
        && !tree.is_empty()
    {
        package.dependencies.extend(dependencies(tree.root()));
    }
    let whole = metadata.span(0..metadata.text.len().min(1));
    let mut nested: BTreeMap<String, BTreeMap<String, Content>> = BTreeMap::new();
    for (path, content) in std::mem::take(&mut files) {
        if path.starts_with("templates/") {
            match content.source(shelf) {
                Some(file) => package.templates.push((path, file)),
                None => package.unread.push((whole, format!("`{path}` cannot be read"))),
            }
        } else if let Some(inside) = path.strip_prefix("charts/") {
            let (name, rest) = inside.split_once('/').unwrap_or((inside, ""));
            if !name.starts_with(['_', '.']) && !inside.ends_with(".prov") {
                nested.entry(name.to_owned()).or_default().insert(rest.to_owned(), content);
            }
        } else if !matches!(&*path, "Chart.yaml" | "values.yaml" | "values.schema.json" | "Chart.lock") {
            let manifest = path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json");
            if path.starts_with("crds/") && manifest {
                package.crds.extend(content.source(shelf));
            }
            package.others.push(content.other(path));
        }
    }
    for (name, files) in nested {
        children(&mut package, &name, files, whole, shelf, depth, budget);
    }
    Ok(package)
}

/// A chart inside of another one: a directory or an archive.
fn children(
    package: &mut Package,
    name: &str,
    files: BTreeMap<String, Content>,
    at: Span,
    shelf: &mut Shelf,
    depth: usize,
    budget: &mut usize,
) {
    let root = if package.root.is_empty() {
        format!("charts/{name}")
    } else {
        format!("{}/charts/{name}", package.root)
    };
    let (files, packed) = match files.get("") {
        Some(archive) if name.ends_with(".tgz") => {
            let unpacked = archive.bytes(shelf).ok_or_else(|| "cannot be read".to_owned());
            match unpacked.and_then(|bytes| archive::files(&bytes)) {
                Ok(files) => {
                    let shown = |path: &str| format!("{root}/{path}");
                    let files = files.into_iter().map(|(path, bytes)| {
                        let content = Content::Packed(shown(&path), bytes);
                        (path, content)
                    });
                    (files.collect(), true)
                }
                Err(message) => return package.unread.push((at, format!("`charts/{name}`: {message}"))),
            }
        }
        Some(_) => return,
        None => (files, package.packed),
    };
    if !files.contains_key("Chart.yaml") {
        if name.ends_with(".tgz") {
            package.unread.push((at, format!("`charts/{name}`: not a chart archive")));
        }
        return;
    }
    match read(root, files, shelf, depth + 1, budget, packed) {
        Ok(child) => package.children.push(Arc::new(child)),
        Err(unreadable) => package.unread.push((at, format!("`charts/{name}`: {}", unreadable.message))),
    }
}

fn parse(file: &Arc<SourceFile>) -> Result<Tree, Unreadable> {
    let whole = yaml::Piece::yaml(0..file.text.len());
    let piece = yaml::split(&file.text).into_iter().find(|piece| {
        file.text[piece.range()].lines().any(|line| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with('#')
        })
    });
    yaml::parse(file, &piece.unwrap_or(whole)).map_err(|fault| Unreadable {
        message: format!("not YAML: {}", fault.message),
        at: Some(file.span(fault.range)),
    })
}

fn dependencies(top: Node<'_>) -> Vec<Dependency> {
    let text =
        |node: Node<'_>, field: &str| node.get(field).map_or_else(String::new, |node| node.text().to_owned());
    let one = |node: Node<'_>| {
        let imports = node.get("import-values").into_iter().flat_map(|list| list.items());
        let import = |item: Node<'_>| match item.is_mapping() {
            true => (text(item, "child"), Some(text(item, "parent"))),
            false => (item.text().to_owned(), None),
        };
        Dependency {
            name: text(node, "name"),
            version: text(node, "version"),
            alias: text(node, "alias"),
            condition: text(node, "condition"),
            tags: node
                .get("tags")
                .into_iter()
                .flat_map(|tags| tags.items())
                .map(|tag| tag.text().to_owned())
                .collect(),
            imports: imports.map(import).collect(),
            at: node.get("name").unwrap_or(node).span(),
        }
    };
    let list = top.get("dependencies").into_iter().flat_map(|list| list.items());
    list.filter(|node| node.is_mapping()).map(one).collect()
}

impl Package {
    /// The files that objects are made from.
    pub fn sources(&self) -> impl Iterator<Item = &Arc<SourceFile>> {
        self.templates.iter().map(|one| &one.1).chain(&self.values)
    }

    /// What a dependency is met by.
    pub fn child(&self, dependency: &Dependency) -> Option<&Arc<Package>> {
        self.children
            .iter()
            .find(|child| child.name == dependency.name && fits(&dependency.version, &child.version))
    }

    /// Looks at the chart and all charts in it.
    pub fn each<'p>(&'p self, look: &mut dyn FnMut(&'p Package)) {
        look(self);
        self.children.iter().for_each(|child| child.each(look));
    }

    /// Dependencies that are not there.
    pub fn missing(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies.iter().filter(|one| self.child(one).is_none())
    }

    /// All charts in it that are not themselves written down as dependencies.
    pub fn undeclared(&self) -> impl Iterator<Item = &Arc<Package>> {
        let declared = |child: &Arc<Package>| {
            self.dependencies.iter().any(|one| one.name == child.name && fits(&one.version, &child.version))
        };
        self.children.iter().filter(move |child| !declared(child))
    }
}

/// Whether a version is in a range, which may be missing altogether.
fn fits(range: &str, version: &str) -> bool {
    range.is_empty() && !version.is_empty() || version::matches(range, version)
}
