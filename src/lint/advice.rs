//! How loudly something is said of a chart, and where: what it leaves to whoever deploys it is advice until somebody
//! sets it.

use std::borrow::Cow;
use std::sync::Arc;

use foldhash::{HashSet, HashSetExt};

use super::exact;
use crate::files::{SourceFile, Span};
use crate::finding::{Finding, Label, Severity};
use crate::helm::Skipped;
use crate::project::{Deployment, Project, Purpose, Unit};
use crate::rules::{self, CLAIMS, Shows};
use crate::schema;
use crate::yaml::{Node, Scalar, Tree};

/// Groups that speak of what a deployer decides: how many replicas, what resources, which probes.
const LEFT_TO_DEPLOYERS: [&str; 3] = ["ha", "resources", "lifecycle"];
/// Groups that speak of what a deployer brings: where data is kept, and credentials.
const BROUGHT_BY_DEPLOYERS: [&str; 2] = ["storage", "secrets"];

/// Settles what was found in a unit that charts are part of; others are left alone.
pub fn settle(found: &mut Vec<Finding>, unit: &Unit, project: &Project<'_>) {
    let numbers = unit.chart.iter().map(|chart| chart.number).chain(unit.inflated.iter().copied());
    if unit.chart.is_some() || !unit.inflated.is_empty() {
        let trees = unit.objects.iter().map(|one| project.object(one).node.tree());
        exact::keep(found, trees, project.input.files);
    }
    for deployment in numbers.map(|number| &project.input.charts.deployments[number]) {
        let files = project.input.files;
        place(found, deployment, files);
        for finding in
            found.iter_mut().filter(|finding| unit.chart.is_some() || deployment.made(finding.span))
        {
            advise(finding, left_open(finding, deployment, project).as_deref());
        }
    }
}

/// Settles what the types of an object that a chart prints do not allow.
pub fn settle_types(
    found: &mut Vec<Finding>,
    deployment: &Deployment,
    tree: &Tree,
    files: &[Arc<SourceFile>],
) {
    if found.is_empty() {
        return;
    }
    exact::keep(found, std::iter::once(tree), files);
    let (open, left_out) = (open_places(deployment, tree, files), left_out(deployment, tree, files));
    let defined_elsewhere = may_bring_definition(deployment, tree);
    for finding in found.iter_mut() {
        let reason = if open.contains(&finding.span) {
            Some(unset(deployment, finding.span, files))
        } else if is_default_of_key(finding, deployment, files) {
            Some(Cow::Borrowed(DEFAULT))
        } else if let Some(value) = of_test(finding, deployment, &left_out, files) {
            value.into_iter().for_each(|value| {
                let span = std::mem::replace(&mut finding.span, value);
                finding.also.push(Label { span, message: PRINTED.to_owned() });
            });
            Some(Cow::Borrowed(OF_TEST))
        } else if is_named_after_release(deployment, tree, finding.span) {
            Some(Cow::Borrowed(CALLED_LIKE_CHART))
        } else {
            None
        };
        advise(finding, reason.as_deref());
        if defined_elsewhere && rules::severity(finding) == Some(Severity::Error) {
            finding.severity = Some(Severity::Warning);
            finding.notes.push(ANOTHER_DEFINITION.to_owned());
        }
        // A name that is not valid is changed where it is written.
        if let Some(&value) = deployment.names.get(&finding.span) {
            let span = std::mem::replace(&mut finding.span, value);
            finding.also.push(Label { span, message: PRINTED.to_owned() });
        }
    }
    place(found, deployment, files);
    found.iter_mut().for_each(|finding| quote_where_printed(finding, deployment, tree));
}

/// Whether a custom resource may be defined by a dependency that is not there, and not by the chart itself.
fn may_bring_definition(deployment: &Deployment, tree: &Tree) -> bool {
    let text = |field: &str| tree.root().get(field).map_or("", Node::text);
    let (version, kind) = (text("apiVersion"), text("kind"));
    let defines = || {
        let mut own = deployment.outcome.objects.iter().map(|object| object.mapped.tree.root());
        own.any(|root| root.get("kind").is_some_and(|node| node.text() == "CustomResourceDefinition"))
    };
    !deployment.outcome.missing.is_empty()
        && version.contains('.')
        && !schema::kinds().any(|known| known == (version, kind))
        && !defines()
}

/// Shows a type that the template makes at the template: quotes in a values file are gone when a value is printed.
fn quote_where_printed(finding: &mut Finding, deployment: &Deployment, tree: &Tree) {
    // Only a value that another notation mends has a help.
    let printed = finding.used.or_else(|| deployment.printed.get(&finding.span).copied());
    let mendable = rules::is_about_types(finding.rule) && finding.help.is_some();
    let Some(action) = printed.filter(|_| mendable) else { return };
    let text = deployment.text(action);
    let quotes = text.contains("quote");
    // A text is of the wrong type only where none is wanted.
    let wants_text = text_at(tree.root(), finding.span).is_none();
    if quotes == wants_text || text.contains("Yaml") || text.contains("Json") {
        return;
    }
    let value = std::mem::replace(&mut finding.span, action);
    finding.also.retain(|label| label.span != action);
    finding.also.push(Label { span: value, message: "the value".to_owned() });
    finding.fix = None;
    finding.help = Some(match wants_text {
        true => "add `| quote` to what is printed here".to_owned(),
        false => "take `quote` out of what is printed here".to_owned(),
    });
}

/// That a value is not set which a template prints at a place or below it, with its name if it stands there.
fn unset(deployment: &Deployment, at: Span, files: &[Arc<SourceFile>]) -> Cow<'static, str> {
    let file = files.get(at.file.0 as usize);
    let line = file.and_then(|file| file.text.get(file.line_range(file.line_index(at.start))));
    let named = line.filter(|_| deployment.is_unset(at, files)).and_then(value_in);
    match named {
        Some(value) => Cow::Owned(format!("the value `{value}` is not set, which is used here")),
        None => Cow::Borrowed("a value that is used here is not set"),
    }
}

const PRINTED: &str = "the template uses it here";
const CALLED_LIKE_CHART: &str = "no name of the release is given, so the chart's name is taken";
const IN_DEFAULT: &str = "no namespace of the release is given, so `default` is taken";
const DEFAULT: &str = "this is a default of the chart, which its users can override";
const DECIDED: &str = "the template decides this, and nothing in the linted files deploys the chart";
const HOST_OF_TEST: &str = "found with values of a test of the chart (`ci/`), whose hosts are made up";
const FROM_OUTSIDE: &str = "with another value, the chart has an ExternalSecret in the place of this Secret";
const ANOTHER_DEFINITION: &str =
    "a chart that it depends on and that is not here may bring another definition of this kind";
const EMPTY: &str = "a value that is used here is empty";
const OF_TEST: &str = "this value is from a test of the chart (`ci/`), which nobody deploys";

fn advise(finding: &mut Finding, reason: Option<&str>) {
    if let Some(reason) = reason {
        finding.severity = Some(Severity::Info);
        finding.notes.push(reason.to_owned());
    }
}

/// Shows findings where somebody would change what they speak of.
fn place(found: &mut Vec<Finding>, deployment: &Deployment, files: &[Arc<SourceFile>]) {
    // Nobody edits an archive.
    let is_packed = |span: Span| path(files, span).contains(".tgz/");
    found.retain(|finding| !is_packed(finding.span));
    for finding in found.iter_mut() {
        finding.also.retain(|label| !is_packed(label.span));
        // A value is changed where it is written, not where a template asks for it.
        let written = deployment.keyed.get(&finding.span).copied().filter(|value| !is_packed(*value));
        let printed = match written {
            Some(value) => Some(std::mem::replace(&mut finding.span, value)),
            None => finding.used.or_else(|| deployment.printed.get(&finding.span).copied()),
        };
        if let Some(span) = printed.filter(|span| !is_packed(*span))
            && finding.also.iter().all(|label| label.span != span)
        {
            finding.also.push(Label { span, message: PRINTED.to_owned() });
        }
    }
}

fn path(files: &[Arc<SourceFile>], span: Span) -> &str {
    files.get(span.file.0 as usize).map_or("", |file| file.path.as_str())
}

/// Whether more values may be given than are known.
fn is_incomplete(deployment: &Deployment) -> bool {
    matches!(deployment.purpose, Purpose::Defaults | Purpose::Layer) || !deployment.outcome.missing.is_empty()
}

/// Why a finding is advice, if it is.
fn left_open(finding: &Finding, deployment: &Deployment, project: &Project<'_>) -> Option<Cow<'static, str>> {
    let files = project.input.files;
    // What a default leads to elsewhere is left to deployers, too.
    let place = finding.remedy.unwrap_or(finding.span);
    let given = |span: Span| deployment.given.iter().any(|file| file.id == span.file);
    let named = deployment.names.get(&finding.span).copied();
    if deployment.purpose == Purpose::Test && (given(finding.span) || named.is_some_and(given)) {
        return Some(OF_TEST.into());
    }
    if rules::is_about_form(finding.rule) && of_test(finding, deployment, &HashSet::new(), files).is_some() {
        return Some(OF_TEST.into());
    }
    if is_incomplete(deployment) && rules::is_about_form(finding.rule) && lacks_piece(finding, deployment) {
        return Some(EMPTY.into());
    }
    if deployment.purpose == Purpose::Defaults && rules::is_about_keys(finding.rule) {
        let beside = |skipped: &Skipped| {
            let same = |label: &Label| label.span.file == skipped.branch.file;
            deployment.text(skipped.branch).contains("kind: ExternalSecret") && finding.also.iter().any(same)
        };
        return deployment.outcome.skipped.iter().any(beside).then_some(FROM_OUTSIDE.into());
    }
    if deployment.purpose == Purpose::Test && rules::is_about_hosts(finding.rule) {
        return Some(HOST_OF_TEST.into());
    }
    if deployment.assumed && deployment.text(finding.span).contains(".Release.Namespace") {
        return Some(IN_DEFAULT.into());
    }
    if given(place) {
        return None;
    }
    let rule = rules::of(finding.rule)?;
    let group = rule.page().group;
    let is_default = |span: Span| path(files, span).ends_with("values.yaml") && !given(span);
    if rules::is_about_names(finding.rule) {
        let named = finding.also.iter().any(|label| deployment.computes(label.span));
        return (named && deployment.assumed_release.is_some()).then_some(CALLED_LIKE_CHART.into());
    }
    if BROUGHT_BY_DEPLOYERS.contains(&group) {
        if deployment.purpose == Purpose::Test && is_rendered_by_default(deployment, project) {
            return Some(OF_TEST.into());
        }
        if is_default(place) && is_first_password(finding, files) {
            return Some(DEFAULT.into());
        }
        return switched_off(finding, deployment, files);
    }
    if !LEFT_TO_DEPLOYERS.contains(&group) {
        return None;
    }
    // An error needs all that it says; where one half is a default, somebody may change it.
    let is_error = rules::severity(finding) == Some(Severity::Error);
    if is_default(place) || is_error && finding.also.iter().any(|label| is_default(label.span)) {
        return Some(DEFAULT.into());
    }
    let decided =
        !deployment.is_deployed() && finding.severity.is_none() && rules::is_trade_off(finding.rule);
    let unset = || deployment.is_unset(place, files).then(|| unset(deployment, place, files));
    unset().or_else(|| switched_off(finding, deployment, files)).or_else(|| decided.then_some(DECIDED.into()))
}

/// That a template has what a finding misses, in a branch that is not taken.
fn switched_off(
    finding: &Finding,
    deployment: &Deployment,
    files: &[Arc<SourceFile>],
) -> Option<Cow<'static, str>> {
    let words = rules::words_of(finding.rule);
    let is_kind = |word: &str| word.starts_with(|first: char| first.is_ascii_uppercase());
    let by_object = words.iter().any(|word| is_kind(word));
    let offers = |skipped: &&Skipped| {
        let text = deployment.text(skipped.branch);
        // A whole object is another one, and roles and claims have `resources`, too.
        let is_claim = text.contains("accessModes");
        let is_part = !text.contains("kind:") && !text.contains("apiGroups");
        let near = skipped.branch.file == finding.span.file || is_partial(path(files, skipped.branch));
        words.iter().any(|word| match is_kind(word) {
            true => text.contains(word),
            false if near && is_part => text.contains(word) && (!is_claim || CLAIMS.contains(word)),
            false => by_object && deployment.text(skipped.condition).contains(word),
        })
    };
    let length = |skipped: &&Skipped| skipped.branch.end - skipped.branch.start;
    let skipped = deployment.outcome.skipped.iter().filter(offers).min_by_key(length)?;
    let value = [skipped.condition, skipped.branch].into_iter().find_map(|at| value_in(deployment.text(at)));
    Some(match value {
        Some(value) => Cow::Owned(format!("the chart has a value for it, which is not set here: `{value}`")),
        None => Cow::Borrowed("the chart has a value for it, which is not set here"),
    })
}

/// Whether a template only defines what others use, such as `_helpers.tpl`.
fn is_partial(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.starts_with('_'))
}

/// The first value that a part of a template asks for: `resources` in `{{ toYaml .Values.resources }}`.
fn value_in(text: &str) -> Option<&str> {
    let rest = text.split_once(".Values.")?.1;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
    Some(rest[..end].trim_end_matches('.')).filter(|value| !value.is_empty())
}

/// Whether a chart is rendered without the values of its tests, which then only add to it.
fn is_rendered_by_default(deployment: &Deployment, project: &Project<'_>) -> bool {
    let own = |one: &&Deployment| one.variant.is_none() && one.package.root == deployment.package.root;
    project.input.charts.deployments.iter().find(own).is_some_and(Deployment::is_printed)
}

/// Whether a credential is a password that people make up, such as `admin`, for the first login.
fn is_first_password(finding: &Finding, files: &[Arc<SourceFile>]) -> bool {
    let Some(file) = files.get(finding.span.file.0 as usize) else { return false };
    let place = finding.span.range();
    let range = match rules::shows_credential(finding.rule) {
        Some(Shows::Value) => place,
        Some(Shows::Name) => {
            place.end..file.line_range(file.line_index(finding.span.start)).end.max(place.end)
        }
        None => return false,
    };
    let text = file.text.get(range).unwrap_or("").trim().trim_start_matches([':', '=', '"', '\'', ' ']);
    !text.is_empty()
        && text.len() <= 32
        && text.bytes().all(|byte| byte.is_ascii_alphabetic() || b"-_ \"'".contains(&byte))
}

/// The places of an object that lack a value which nobody set: texts with a gap, and mappings that lack what would
/// stand there.
fn open_places(deployment: &Deployment, tree: &Tree, files: &[Arc<SourceFile>]) -> HashSet<Span> {
    let mut open = HashSet::new();
    if is_incomplete(deployment) {
        let is_unset = |span: Span| deployment.is_unset(span, files);
        gather(tree.root(), tree.root().span(), &is_unset, &mut open);
    }
    open
}

/// The same for what the values of a test leave out, set or not: whatever a template prints is theirs.
fn left_out(deployment: &Deployment, tree: &Tree, files: &[Arc<SourceFile>]) -> HashSet<Span> {
    let mut left_out = HashSet::new();
    if deployment.purpose == Purpose::Test {
        gather(tree.root(), tree.root().span(), &|span| computes_line(span, files), &mut left_out);
    }
    left_out
}

/// Whether a template computes something on the line of a place.
fn computes_line(at: Span, files: &[Arc<SourceFile>]) -> bool {
    let line = files
        .get(at.file.0 as usize)
        .and_then(|file| file.text.get(file.line_range(file.line_index(at.start))));
    line.is_some_and(|line| line.contains("{{"))
}

/// Whether a value is made up or left out by a test of the chart, and where it is written, if it is known.
fn of_test(
    finding: &Finding,
    deployment: &Deployment,
    left_out: &HashSet<Span>,
    files: &[Arc<SourceFile>],
) -> Option<Option<Span>> {
    if deployment.purpose != Purpose::Test {
        return None;
    }
    if rules::is_about_absence(finding.rule) {
        return (left_out.contains(&finding.span) || deployment.computes(finding.span)).then_some(None);
    }
    if !rules::is_about_form(finding.rule) {
        return None;
    }
    if deployment.given.iter().any(|file| file.id == finding.span.file)
        || deployment.is_unset(finding.span, files)
    {
        return Some(None);
    }
    let text = deployment.trees().find_map(|tree| text_at(tree.root(), finding.span))?;
    let made_up =
        deployment.given.iter().flat_map(|file| values_of(file)).filter(|(value, _)| text.contains(value));
    let (_, at) =
        made_up.max_by_key(|(value, _)| value.len()).filter(|_| deployment.computes(finding.span))?;
    Some(Some(at))
}

/// The text of the scalar at a place.
fn text_at<'t>(node: Node<'t>, at: Span) -> Option<&'t str> {
    let own = node.str().filter(|_| node.span() == at);
    own.or_else(|| node.items().find_map(|item| text_at(item, at)))
        .or_else(|| node.entries().find_map(|entry| text_at(entry.value, at)))
}

/// The texts of a values file that end its lines, with their places; short ones are everywhere.
fn values_of(file: &SourceFile) -> impl Iterator<Item = (&str, Span)> {
    fn of_line(line: &str) -> Option<&str> {
        let value = match line.rsplit_once(": ") {
            Some((_, value)) => value,
            None => line.trim_start().strip_prefix("- ")?,
        };
        let value = value.trim().trim_matches(['"', '\'']);
        (value.len() > 2).then_some(value)
    }
    file.text.lines().filter_map(move |line| {
        let value = of_line(line)?;
        let start = value.as_ptr() as usize - file.text.as_ptr() as usize;
        Some((value, file.span(start..start + value.len())))
    })
}

/// Whether a default only says again what its key is: `prometheusPort: port`.
fn is_default_of_key(finding: &Finding, deployment: &Deployment, files: &[Arc<SourceFile>]) -> bool {
    let Some(file) = files.get(finding.span.file.0 as usize) else { return false };
    let value = file.text.get(finding.span.range()).unwrap_or_default();
    let line = file.text.get(file.line_range(file.line_index(finding.span.start))).unwrap_or_default();
    let key = line.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
    deployment.purpose == Purpose::Defaults
        && (rules::is_about_types(finding.rule) || rules::is_about_form(finding.rule))
        && file.file_name() == "values.yaml"
        && value.len() > 2
        && value.bytes().all(|byte| byte.is_ascii_lowercase())
        && key.ends_with(value)
}

/// Whether a piece of an image that a template puts together is empty: `registry/app:.7`, `/app:1`.
fn lacks_piece(finding: &Finding, deployment: &Deployment) -> bool {
    let image = deployment.trees().find_map(|tree| text_at(tree.root(), finding.span)).unwrap_or_default();
    image.starts_with('/')
        || image.contains("//") && !image.contains("://")
        || image.contains("/:")
        || image.contains(":.")
        || image.contains(":-")
}

fn gather(node: Node<'_>, key: Span, is_unset: &dyn Fn(Span) -> bool, open: &mut HashSet<Span>) {
    node.items().for_each(|item| gather(item, item.span(), is_unset, open));
    // A block begins on the line of its key; its text is below.
    let last = |span: Span| Span { start: span.end.saturating_sub(1).max(span.start), ..span };
    if node.scalar().is_some() && (is_unset(node.span()) || is_unset(key) || is_unset(last(node.span()))) {
        open.insert(node.span());
    }
    let is_empty = |value: Node<'_>| match value.scalar() {
        Some(Scalar::Null) => true,
        Some(Scalar::Str(text)) => text.is_empty(),
        _ => false,
    };
    let is_open = |value: Node<'_>, key: Node<'_>| is_empty(value) && is_unset(key.span());
    if node.entries().any(|entry| is_open(entry.value, entry.key)) {
        open.extend([key, node.span()]);
        // What is not there is told at the first key.
        open.extend(node.entries().map(|entry| entry.key.span()));
        open.extend(node.entries().filter(|one| one.value.scalar().is_some()).map(|one| one.value.span()));
    }
    for entry in node.entries() {
        gather(entry.value, entry.key.span(), is_unset, open);
    }
}

/// Whether a text that a template computes holds the name of a release that nobody named.
fn is_named_after_release(deployment: &Deployment, tree: &Tree, at: Span) -> bool {
    fn holds(node: Node<'_>, name: &str, at: Span) -> bool {
        node.span() == at && node.str().is_some_and(|text| text.contains(name))
            || node.items().any(|item| holds(item, name, at))
            || node.entries().any(|entry| holds(entry.value, name, at))
    }
    let Some(name) = &deployment.assumed_release else { return false };
    deployment.computes(at) && !deployment.names.contains_key(&at) && holds(tree.root(), name, at)
}
