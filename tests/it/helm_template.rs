//! Charts against `helm template`, object for object.
//!
//! Needs Helm and charts that are not part of this repository, so it runs only where both are named:
//!
//! ```sh
//! WPLINT_HELM=/folder/helm WPLINT_CHARTS=/folder/of/checkouts cargo test --test it helm_template -- --nocapture
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::{Map, Value};
use wplint::files::{FileId, SourceFile, Span};
use wplint::helm::{self, Cluster, Given, Outcome, Request, Shelf};
use wplint::yaml::{self, Kind, Node, Scalar};

/// What `helm template` takes a cluster to serve, without one.
const SERVED: &[&str] = &[
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
    "apiextensions.k8s.io/v1beta1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "autoscaling/v2beta1",
    "autoscaling/v2beta2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1alpha1",
    "certificates.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "internal.apiserver.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1alpha1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1alpha1",
    "rbac.authorization.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "resource.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "scheduling.k8s.io/v1alpha1",
    "scheduling.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storage.k8s.io/v1beta1",
    "storagemigration.k8s.io/v1alpha1",
];

const VERSION: &str = "v1.32.0";

/// In place of what differs from run to run.
const RANDOM: &str = "\u{0}random";

fn charts(folder: &Path, found: &mut Vec<PathBuf>, depth: usize) {
    if folder.join("Chart.yaml").is_file() {
        found.push(folder.to_owned());
        return;
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && depth < 8 && entry.file_name() != ".git" {
            charts(&entry.path(), found, depth + 1);
        }
    }
}

/// The values files beside a chart that its own tests are run with.
fn variants(chart: &Path) -> Vec<Option<PathBuf>> {
    let mut found: Vec<Option<PathBuf>> = vec![None];
    let mut inside: Vec<PathBuf> = std::fs::read_dir(chart.join("ci"))
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    inside.retain(|path| path.to_string_lossy().ends_with("values.yaml"));
    inside.sort();
    found.extend(inside.into_iter().map(Some));
    found
}

fn canonical(node: Node<'_>, random: &[u32]) -> Value {
    if random.contains(&node.index()) {
        return Value::String(RANDOM.to_owned());
    }
    match node.kind() {
        Kind::Mapping => {
            let entry =
                |entry: yaml::Entry<'_>| (entry.key.key_text().to_owned(), canonical(entry.value, random));
            Value::Object(node.entries().map(entry).collect::<Map<_, _>>())
        }
        Kind::Sequence => Value::Array(node.items().map(|item| canonical(item, random)).collect()),
        Kind::Scalar => match node.scalar() {
            None | Some(Scalar::Null) => Value::Null,
            Some(Scalar::Bool(flag)) => Value::Bool(flag),
            Some(Scalar::Int(number)) => Value::from(number as f64),
            Some(Scalar::Float(number)) => Value::from(number),
            Some(Scalar::Str(text)) => Value::String(text.to_owned()),
        },
    }
}

/// The first difference, where ours is not random.
fn difference(ours: &Value, theirs: &Value, path: &str) -> Option<String> {
    match (ours, theirs) {
        (Value::String(text), _) if text == RANDOM => None,
        (Value::Object(one), Value::Object(other)) => {
            let missing = other.keys().find(|key| !one.contains_key(*key));
            if let Some(key) = missing {
                return Some(format!("{path}.{key} is missing"));
            }
            one.iter().find_map(|(key, value)| match other.get(key) {
                Some(other) => difference(value, other, &format!("{path}.{key}")),
                None => Some(format!("{path}.{key} is too much")),
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut pairs = one.iter().zip(other).enumerate();
            pairs.find_map(|(at, (one, other))| difference(one, other, &format!("{path}[{at}]")))
        }
        _ if ours == theirs => None,
        _ => {
            let (ours, theirs) = (ours.to_string(), theirs.to_string());
            let same = ours.chars().zip(theirs.chars()).take_while(|(one, other)| one == other).count();
            let short = |text: &str| text.chars().skip(same.saturating_sub(20)).take(80).collect::<String>();
            Some(format!("{path}: ours {} theirs {}", short(&ours), short(&theirs)))
        }
    }
}

fn name(object: &Value) -> String {
    let field = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or("");
    format!("{} {} {}", field("/apiVersion"), field("/kind"), field("/metadata/name"))
}

fn compare(ours: Vec<Value>, theirs: Vec<Value>) -> Option<String> {
    let mut by_name: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    theirs.into_iter().for_each(|object| by_name.entry(name(&object)).or_default().push(object));
    // What is called by something random takes what is left.
    let (random, mut all): (Vec<Value>, Vec<Value>) =
        ours.into_iter().partition(|one| name(one).contains(RANDOM));
    all.extend(random);
    for object in all {
        let key = name(&object);
        let candidates = by_name.get_mut(&key);
        // What is called by something random is compared with the first of its kind.
        let Some(candidates) = candidates.filter(|all| !all.is_empty()) else {
            if object.pointer("/metadata/name").and_then(Value::as_str) == Some(RANDOM) {
                let prefix = key.split(RANDOM).next().unwrap_or("").to_owned();
                if let Some(other) =
                    by_name.iter_mut().find(|(key, all)| key.starts_with(&prefix) && !all.is_empty())
                {
                    other.1.remove(0);
                    continue;
                }
            }
            return Some(format!("{key} is too much"));
        };
        match candidates.iter().position(|other| difference(&object, other, "").is_none()) {
            Some(at) => drop(candidates.remove(at)),
            None => return difference(&object, &candidates[0], "").map(|text| format!("{key}: {text}")),
        }
    }
    by_name.into_iter().find(|one| !one.1.is_empty()).map(|one| format!("{} is missing", one.0))
}

/// The objects that Helm prints, or its error.
fn theirs(helm: &str, chart: &Path, values: Option<&Path>) -> Result<Vec<Value>, String> {
    let mut command = Command::new(helm);
    command.args(["template", "release-name"]).arg(chart).args(["--include-crds", "--kube-version", VERSION]);
    if let Some(values) = values {
        command.arg("-f").arg(values);
    }
    let mut output = command.output().map_err(|error| error.to_string())?;
    // A schema may ask for another one on a server that is out of reach.
    if String::from_utf8_lossy(&output.stderr).contains("dial tcp") {
        output = command.arg("--skip-schema-validation").output().map_err(|error| error.to_string())?;
    }
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let source = Arc::new(SourceFile::new(FileId(0), "", text));
    let mut found = Vec::new();
    for piece in yaml::split(&source.text) {
        let tree = yaml::parse(&source, &piece).map_err(|fault| format!("unreadable: {}", fault.message))?;
        if !tree.is_empty() {
            let root = canonical(tree.root(), &[]);
            let is_list =
                root.pointer("/kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
            match root.get("items").and_then(Value::as_array).filter(|_| is_list) {
                Some(items) => found.extend(items.iter().cloned()),
                None => found.push(root),
            }
        }
    }
    Ok(found)
}

fn ours(chart: &Path, values: Option<&Path>) -> (Outcome, Option<String>, bool) {
    let root = chart.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(chart);
    let mut shelf = Shelf::new(Vec::new(), Some(root.to_owned()));
    let package = match helm::load(&chart.to_string_lossy(), &mut shelf) {
        Ok(package) => Arc::new(package),
        Err(unreadable) => {
            let unread = (shelf.add("", String::new()).span(0..0), unreadable.message);
            let reason = Some(unread.1.clone());
            return (Outcome { unread: vec![unread], ..Outcome::default() }, reason, false);
        }
    };
    let missing = package.missing().next().is_some();
    let file = values.and_then(|path| shelf.file(&path.to_string_lossy()));
    let request = Request {
        values: file.map(Given::File).into_iter().collect(),
        release: "release-name".to_owned(),
        namespace: "default".to_owned(),
        crds: true,
    };
    let serves = |name: &str| SERVED.contains(&name);
    let cluster = Cluster { version: VERSION, serves: &serves };
    let outcome = helm::evaluate(&package, &request, cluster, shelf.files());
    let place = |at: Span| {
        let file = &shelf.files()[at.file.0 as usize];
        format!("{}:{}", file.path, file.place(at.start).line)
    };
    let failed = outcome.failures.first().map(|one| format!("{} at {:?}", one.message, one.at.map(place)));
    let broken = outcome.broken.first().map(|one| format!("{} at {}", one.message, place(one.at)));
    let unread = outcome.unread.first().map(|one| one.1.clone());
    let reason = failed.or(broken).or(unread);
    (outcome, reason, missing)
}

#[test]
fn charts_are_what_helm_prints() {
    let (Ok(helm), Ok(folder)) = (std::env::var("WPLINT_HELM"), std::env::var("WPLINT_CHARTS")) else {
        eprintln!("skipped: WPLINT_HELM and WPLINT_CHARTS name Helm and a folder of checkouts");
        return;
    };
    let only = std::env::var("WPLINT_ONLY").unwrap_or_default();
    let mut found = Vec::new();
    charts(Path::new(&folder), &mut found, 0);
    found.sort();
    let (mut equal, mut all, mut defaults, mut defaults_equal, mut incomplete) = (0, 0, 0, 0, 0);
    for chart in found.iter().filter(|chart| chart.to_string_lossy().contains(&only)) {
        let metadata = std::fs::read_to_string(chart.join("Chart.yaml")).unwrap_or_default();
        if metadata.lines().any(|line| line.trim() == "type: library") {
            continue;
        }
        for values in variants(chart) {
            let (outcome, failed, missing) = ours(chart, values.as_deref());
            if missing {
                incomplete += 1;
                break;
            }
            let result = theirs(&helm, chart, values.as_deref());
            let objects =
                outcome.objects.iter().map(|one| canonical(one.mapped.tree.root(), &one.mapped.random));
            let verdict = match (failed, result) {
                (Some(_), Err(_)) => None,
                (Some(ours), Ok(_)) => Some(format!("fails here: {ours}")),
                (None, Err(theirs)) => {
                    let last = theirs.lines().next().unwrap_or("").to_owned();
                    Some(format!("fails there: {last}"))
                }
                (None, Ok(theirs)) => compare(objects.collect(), theirs),
            };
            all += 1;
            let is_default = values.is_none();
            defaults += usize::from(is_default);
            match verdict {
                None => {
                    equal += 1;
                    defaults_equal += usize::from(is_default);
                }
                Some(text) => {
                    let values = values.as_ref().and_then(|path| path.file_name()).unwrap_or_default();
                    println!("{} {}: {text}", chart.display(), values.to_string_lossy());
                }
            }
        }
    }
    println!(
        "defaults: {defaults_equal} of {defaults}; with all values: {equal} of {all}; {incomplete} without their dependencies"
    );
    assert!(defaults_equal * 100 >= defaults * 98, "fewer than 98 % of the charts are what Helm prints");
    assert!(equal * 100 >= all * 95, "fewer than 95 % of all evaluations are what Helm prints");
}
