//! Folders of tests as Kyverno has them: policies, manifests, and the results that are expected
//! (`kyverno-test.yaml`, `cli.kyverno.io`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;

use crate::document::{self, Object};
use crate::files::path::directory;
use crate::files::{SourceFile, scan};
use crate::inventory::{Inventory, Surroundings};
use crate::policy::{Denial, Law, Reason, applied, is_for_creation, judge};
use crate::project::View;
use crate::settings::Settings;
use crate::yaml::{self, Node};

/// Names of files with tests.
pub const NAMES: [&str; 2] = ["kyverno-test.yaml", "kyverno-test.yml"];

/// Kinds of policies that are judged.
const JUDGED: [&str; 2] = ["ValidatingAdmissionPolicy", "ValidatingPolicy"];

/// Keys of a test that change what its results mean.
const UNKNOWN: [&str; 4] = ["variables", "values", "userinfo", "exceptions"];

/// What came of a result that is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// File and line of the result.
    pub line: String,
    /// The policy.
    pub policy: String,
    /// The object, where one is named.
    pub object: String,
    /// How it ended.
    pub end: End,
}

/// How the test of a result ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// As it is expected.
    Right,
    /// Otherwise.
    Wrong(String),
    /// It cannot be told, and why.
    Skipped(String),
}

/// The files with tests below these paths, in hidden folders, too: `.kyverno-test` is one.
pub fn tests(paths: &[PathBuf], settings: &Settings) -> Vec<Arc<SourceFile>> {
    let is_test = |path: &Path| NAMES.iter().any(|name| path.file_name().is_some_and(|own| own == *name));
    let below = |path: &PathBuf| {
        let mut walk = WalkBuilder::new(settings.absolute(path));
        walk.standard_filters(false).filter_entry(|entry| entry.file_name() != ".git");
        walk.sort_by_file_name(|one, other| one.cmp(other));
        walk.build().filter_map(Result::ok).map(|entry| entry.into_path()).filter(|path| is_test(path))
    };
    let mut found: Vec<PathBuf> = paths.iter().flat_map(below).collect();
    found.sort();
    found.dedup();
    match found.is_empty() {
        true => Vec::new(),
        false => scan::scan(&found, &settings.scan_options()).files,
    }
}

/// Runs the tests of a file.
pub fn check(file: &Arc<SourceFile>, settings: &Settings) -> Vec<Checked> {
    let mut checked = Vec::new();
    for piece in yaml::split(&file.text) {
        if let Ok(tree) = yaml::parse(file, &piece) {
            checked.extend(test(file, tree.root(), settings));
        }
    }
    checked
}

fn test(file: &Arc<SourceFile>, root: Node<'_>, settings: &Settings) -> Vec<Checked> {
    let folder = settings.absolute(Path::new(directory(&file.path)));
    let listed = |keys: &[&str]| -> Vec<PathBuf> {
        let nodes = keys.iter().filter_map(|key| root.get(key)).flat_map(|list| list.items());
        nodes.map(|node| folder.join(node.text())).filter(|path| path.exists()).collect()
    };
    let (policies, resources) = (listed(&["policies"]), listed(&["resources", "clusterResources"]));
    let all: Vec<PathBuf> = policies.iter().chain(&resources).cloned().collect();
    let files = scan::scan(&all, &settings.scan_options()).files;
    let documents = document::load(&files);
    let classes: Vec<_> = documents.iter().map(document::classify).collect();
    let objects: Vec<Object<'_>> = classes.iter().flat_map(|class| class.objects()).collect();
    let is_policy = |object: &&Object<'_>| object.kind.contains("Policy");
    let (surroundings, view) = (Surroundings::default(), View::default());
    let inventory =
        Inventory::new(objects.iter().filter(|one| !is_policy(one)).copied().collect(), &surroundings, &view);
    let law = Law::given(objects.iter().filter(is_policy).copied());
    let said =
        Said { denials: judge(&inventory, &law), applied: applied(&inventory, &law), inventory: &inventory };
    let open = UNKNOWN.iter().find(|key| root.get(key).is_some_and(|node| !node.is_null()));
    let known = |name: &str| {
        objects.iter().find(|object| object.name == name && is_policy(object)).map(|object| object.kind)
    };
    let mut checked = Vec::new();
    for result in root.get("results").into_iter().flat_map(|list| list.items()) {
        let line = format!("{}:{}", file.path, file.place(result.span().start).line);
        let policy = result.get("policy").map_or("", |node| node.text());
        // A namespace may stand in front of the name.
        let name = policy.rsplit('/').next().unwrap_or(policy);
        let skipped = match (known(name), open) {
            (None, _) => Some(format!("there is no policy `{name}`")),
            (Some(kind), _) if !JUDGED.contains(&kind) => Some(format!("a {kind} is not judged here")),
            (_, Some(key)) => Some(format!("the test sets `{key}`")),
            _ if !objects.iter().any(|one| one.name == name && judges_creation(one)) => {
                Some("it is not for the creation of objects".to_owned())
            }
            _ => said.unknown(name),
        };
        let one = |object: &str, end: End| Checked {
            line: line.clone(),
            policy: name.to_owned(),
            object: object.to_owned(),
            end,
        };
        if let Some(why) = skipped {
            checked.push(one("", End::Skipped(why)));
            continue;
        }
        let list = result.get("resources").into_iter().flat_map(|list| list.items());
        for node in list.chain(result.get("resource")) {
            let text = node.text();
            let kind = result.get("kind").map(|node| node.text());
            let wanted = result.get("result").or(result.get("status")).map_or("", |node| node.text());
            checked.push(one(text, said.end(name, kind, text, wanted)));
        }
    }
    checked
}

/// Whether a policy is for the creation of objects.
fn judges_creation(policy: &Object<'_>) -> bool {
    let constraints = policy.spec().and_then(|spec| spec.get("matchConstraints"));
    let rules = constraints.and_then(|constraints| constraints.get("resourceRules"));
    rules.is_none_or(|rules| rules.items().any(is_for_creation))
}

/// What was said of the objects of a test.
struct Said<'s, 'a> {
    inventory: &'s Inventory<'a>,
    denials: Vec<Denial<'a>>,
    applied: Vec<(&'a str, Object<'a>)>,
}

impl Said<'_, '_> {
    /// What a policy depends on that is not known here.
    fn unknown(&self, policy: &str) -> Option<String> {
        self.denials.iter().find(|denial| denial.policy.name == policy).and_then(|denial| {
            match &denial.reason {
                Reason::Unknown(what) => Some(format!("it depends on {what}")),
                _ => None,
            }
        })
    }

    fn end(&self, policy: &str, kind: Option<&str>, text: &str, wanted: &str) -> End {
        let (namespace, name) = match text.rsplit_once('/') {
            Some((namespace, name)) => (namespace.rsplit('/').next(), name),
            None => (None, text),
        };
        let is_it = |object: &Object<'_>| {
            object.name == name
                && kind.is_none_or(|kind| kind == object.kind)
                && namespace.is_none_or(|own| own == object.namespace.unwrap_or("default"))
        };
        if !self.inventory.objects.iter().any(is_it) {
            return End::Skipped(format!("there is no object `{text}`"));
        }
        let denied = self.denials.iter().any(|one| one.policy.name == policy && is_it(&one.object));
        let applies = self.applied.iter().any(|one| one.0 == policy && is_it(&one.1));
        let got = match (denied, applies) {
            (true, _) => "fail",
            (false, true) => "pass",
            (false, false) => "skip",
        };
        // What is excluded breaks nothing.
        match got == wanted || (got, wanted) == ("skip", "pass") {
            true => End::Right,
            false => End::Wrong(format!("`{wanted}` is expected, and it is `{got}`")),
        }
    }
}
