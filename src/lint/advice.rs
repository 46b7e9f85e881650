//! How loudly something is said of a chart: what it leaves to whoever deploys it is advice until somebody sets it.

use crate::files::Span;
use crate::finding::{Finding, Label, Severity};
use crate::project::{Deployment, Project, Unit};
use crate::rules;

/// Groups that speak of what a deployer decides: how many replicas, what resources, which probes.
const LEFT_TO_DEPLOYERS: [&str; 3] = ["ha", "resources", "lifecycle"];

/// Settles what was found in a unit that a chart makes; others are left alone.
pub fn settle(found: &mut Vec<Finding>, unit: &Unit, project: &Project<'_>) {
    let Some(deployment) = unit.chart.as_ref().map(|chart| &project.input.charts.deployments[chart.number])
    else {
        return;
    };
    let files = project.input.files;
    let path = |span: Span| files.get(span.file.0 as usize).map_or("", |file| file.path.as_str());
    // Nobody edits an archive.
    let is_packed = |span: Span| path(span).contains(".tgz/");
    found.retain(|finding| !is_packed(finding.span));
    for finding in found.iter_mut() {
        // Edits are made for files that are read as they are.
        finding.fix = None;
        finding.also.retain(|label| !is_packed(label.span));
        // A value is changed where it is written, not where a template asks for it.
        let written = deployment.keyed.get(&finding.span).copied().filter(|value| !is_packed(*value));
        let printed = match written {
            Some(value) => Some(std::mem::replace(&mut finding.span, value)),
            None => deployment.printed.get(&finding.span).copied(),
        };
        if let Some(span) = printed.filter(|span| !is_packed(*span))
            && finding.also.iter().all(|label| label.span != span)
        {
            finding.also.push(Label { span, message: "a template prints it here".to_owned() });
        }
        if let Some(reason) = left_open(finding, deployment, path(finding.span)) {
            finding.severity = Some(Severity::Info);
            finding.notes.push(reason.to_owned());
        }
    }
}

/// Why a finding is advice, if it is.
fn left_open(finding: &Finding, deployment: &Deployment, path: &str) -> Option<&'static str> {
    let rule = rules::of(finding.rule)?;
    if !LEFT_TO_DEPLOYERS.contains(&rule.page().group) {
        return None;
    }
    let given = || deployment.given.iter().any(|file| file.id == finding.span.file);
    if path.ends_with("values.yaml") && !given() {
        return Some("a default of the chart, which is not overridden here");
    }
    let words = rules::words_of(finding.rule);
    let skipped = deployment.outcome.skipped.iter().any(|skipped| {
        let text = deployment.text(skipped.branch);
        words.iter().any(|word| text.contains(word))
    });
    skipped.then_some("the chart has a value for it, which is not set here")
}
