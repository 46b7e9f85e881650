//! Jobs and CronJobs (`pkg/apis/batch/validation`).

use super::names::is_pod_prefix;
use super::{Notes, Place, REJECTED, given, known, workloads};
use crate::kube::selector::Selector;
use crate::schema::{Trouble, TroubleKind};
use crate::yaml::Node;

/// How many completions may run with failures of their own.
const MANY: i64 = 100_000;

/// A Job as a whole.
pub(super) fn job<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let number = |field: &str| place.node.get(field).and_then(|at| Some((at, at.int()?)));
    let indexed = place.text("completionMode") == Some("Indexed");
    selector(place, notes);
    labels(place, notes);
    if indexed {
        if let Some((_, count)) = number("completions") {
            name(place, count, notes);
        }
        if let Some((at, _)) = number("parallelism").filter(|one| one.1 > MANY) {
            notes.refuse(at, format!("`parallelism` above {MANY}"), format!("it must be at most {MANY}"));
        }
    }
    let (per_index, failed) = (number("backoffLimitPerIndex"), number("maxFailedIndexes"));
    if let (Some((at, _)), false) = (per_index, indexed) {
        let help = "add `completionMode: Indexed`, or remove it";
        notes.refuse(at, "`backoffLimitPerIndex` needs `completionMode: Indexed`", help);
    }
    if let (Some((at, _)), None) = (failed, per_index) {
        notes.refuse(at, "`maxFailedIndexes` needs `backoffLimitPerIndex`", "add `backoffLimitPerIndex`");
    }
    if let (Some((at, most)), Some((other, count))) = (failed, number("completions"))
        && most > count
    {
        let message = format!("`maxFailedIndexes` {most} is above `completions` {count}");
        notes.clash(at, other, message, format!("it must be at most {count}"));
    }
    if let (Some(_), Some((at, count)), None) = (per_index, number("completions"), failed)
        && count > MANY
    {
        let help = "add `maxFailedIndexes`";
        notes.refuse(at, format!("more than {MANY} completions need `maxFailedIndexes`"), help);
    }
    failure_policy(place, indexed, notes);
}

/// Whether a selector asks for the name of the Job and nothing else: the server's own labels fit it.
fn is_own_selector(place: &Place<'_, '_>, selector: Node<'_>) -> bool {
    let name = place.root().get("metadata").and_then(|metadata| metadata.get("name"));
    let own = |key: &str| matches!(key, "job-name" | "batch.kubernetes.io/job-name");
    let mut labels = selector.get("matchLabels").into_iter().flat_map(|labels| labels.entries());
    selector.entries().all(|entry| entry.key.key_text() == "matchLabels")
        && name.is_some_and(|name| {
            labels.all(|label| own(label.key.key_text()) && label.value.text() == name.text())
        })
}

/// The selector of a Job is the server's own, unless it is said otherwise (fact 14.5).
fn selector<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let manual = place.node.get("manualSelector").filter(|at| at.bool() == Some(true));
    let written = place.node.entry("selector").filter(|entry| entry.value.is_mapping());
    let entry = written.filter(|entry| entry.value.entries().next().is_some());
    let in_cron = place.inside("CronJobSpec");
    match (manual, entry) {
        (None, Some(entry)) if in_cron => {
            notes.refuse(entry.key, "the Job of a CronJob gets its selector from the server", "remove it");
        }
        (Some(at), _) if in_cron => {
            notes.refuse(at, "a CronJob has no `manualSelector`", "remove it");
        }
        (None, Some(entry)) if is_own_selector(place, entry.value) => {}
        (None, Some(entry)) => {
            let help = "remove it; with `manualSelector: true` it is taken as it is";
            // What a cluster gave back has one.
            let message = "the selector of a Job is made by the server";
            let trouble = Trouble::new(TroubleKind::InvalidByDefault, entry.key, message);
            notes.push(trouble.label(REJECTED).help(help));
        }
        (Some(_), Some(entry)) => workloads::selects(place, &Selector::label_selector(entry.value), notes),
        (Some(at), None) if written.is_none() => {
            notes.refuse(at, "`manualSelector` without a selector", "add `selector`, or remove it");
        }
        _ => {}
    }
}

/// The labels of a Job's pods that the server writes: the Job's name, and its identity.
fn labels<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let [root, ..] = place.chain else { return };
    let name = root.node.get("metadata").and_then(|meta| meta.get("name"));
    let Some((at, text)) = name.and_then(|at| Some((at, at.str()?))).filter(|_| root.name() == "Job") else {
        return;
    };
    if place.node.get("manualSelector").is_some_and(|at| at.bool() == Some(true))
        || known::is_placeholder(text)
    {
        return;
    }
    if text.len() > 63 {
        notes.refuse(
            at,
            "the name of the Job does not fit a label of its pods",
            "shorten it to 63 characters",
        );
    }
    let labels = place.node.get("template").and_then(|template| template.get("metadata")?.get("labels"));
    for label in ["batch.kubernetes.io/job-name", "job-name"] {
        let written = labels.and_then(|labels| labels.get(label)).filter(|written| written.text() != text);
        if let Some(written) = written.filter(|written| !known::is_placeholder(written.text())) {
            let message = format!("the label `{label}` is not the name of the Job");
            notes.clash(written, at, message, "remove it: the server writes it");
        }
    }
}

/// Pods of an indexed Job are called after it and their number.
fn name<'a>(place: &Place<'_, 'a>, count: i64, notes: &mut Notes<'_, 'a>) {
    let [root, ..] = place.chain else { return };
    let at = root.node.get("metadata").and_then(|meta| meta.get("name"));
    let Some((at, text)) = at.and_then(|at| Some((at, at.str()?))) else { return };
    if root.name() == "Job"
        && super::grammar::is_subdomain(text)
        && !is_pod_prefix(text, &count.saturating_sub(1).max(0).to_string())
        && !known::is_placeholder(text)
    {
        let help = "shorten it, and use lower case letters, digits and `-` only";
        notes.refuse(at, format!("`{text}` cannot begin the names of the Job's pods"), help);
    }
}

/// What a failed pod means for the Job.
fn failure_policy<'a>(place: &Place<'_, 'a>, indexed: bool, notes: &mut Notes<'_, 'a>) {
    let Some(policy) = place.node.get("podFailurePolicy").filter(|policy| policy.is_mapping()) else {
        return;
    };
    let pod = place.node.get("template").and_then(|template| template.get("spec"));
    let restart = pod.and_then(|pod| pod.get("restartPolicy"));
    if let Some(at) = restart.filter(|at| at.text() == "OnFailure") {
        notes.refuse(at, "`podFailurePolicy` needs `restartPolicy: Never`", "write `Never`");
    }
    let per_index = place.node.get("backoffLimitPerIndex").is_some();
    let names: Vec<&str> = ["containers", "initContainers"]
        .into_iter()
        .filter_map(|field| pod?.get(field))
        .flat_map(Node::items)
        .filter_map(|one| one.get("name"))
        .map(Node::text)
        .collect();
    for rule in policy.get("rules").into_iter().flat_map(Node::items) {
        if let Some(at) = rule.get("action").filter(|at| at.text() == "FailIndex")
            && !(per_index && indexed)
        {
            notes.refuse(at, "`FailIndex` needs `backoffLimitPerIndex`", "add it, or use `FailJob`");
        }
        let name = rule.get("onExitCodes").and_then(|codes| given(codes, "containerName"));
        if let Some(at) = name.filter(|at| at.str().is_some_and(|name| !names.contains(&name))) {
            let message = format!("the pod has no container `{}`", at.text());
            let near = crate::text::suggest::nearest(at.text(), names.iter().copied());
            let help = near.map_or("name a container of the template".to_owned(), |near| {
                format!("did you mean `{near}`?")
            });
            notes.refuse(at, message, help);
        }
    }
}

/// A rule looks at exit codes or at conditions.
pub(super) fn failure_rule<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let (codes, conditions) = (place.node.get("onExitCodes"), place.given("onPodConditions"));
    match (codes, conditions) {
        (Some(codes), Some(conditions)) => {
            let message = "the rule has both `onExitCodes` and `onPodConditions`";
            notes.clash(conditions, codes, message, "make two rules of it");
        }
        (None, None) => {
            let help = "add `onExitCodes` or `onPodConditions`";
            notes.lacks(place, "the rule says no reason", help);
        }
        _ => {}
    }
}

/// Exit codes in order, without 0 where they are asked for.
pub(super) fn exit_codes<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let list: Vec<(Node<'a>, i64)> = place.items("values").filter_map(|at| Some((at, at.int()?))).collect();
    if let Some((at, _)) = list.iter().find(|one| one.1 == 0).filter(|_| place.text("operator") == Some("In"))
    {
        notes.refuse(*at, "0 is no failure", "remove it");
    } else if let Some(pair) = list.windows(2).find(|pair| pair[0].1 >= pair[1].1) {
        let message = if pair[0].1 == pair[1].1 { "occurs twice" } else { "stands behind a greater number" };
        notes.refuse(pair[1].0, format!("{} {message}", pair[1].1), "list the codes in order, each once");
    }
    if let Some(at) = place.items("values").nth(255) {
        notes.refuse(at, "more than 255 exit codes", "remove some");
    }
}

/// When an indexed Job has succeeded although not all of it has.
pub(super) fn success<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let indexed = place
        .around("JobSpec")
        .is_some_and(|job| job.get("completionMode").is_some_and(|at| at.text() == "Indexed"));
    if !indexed {
        notes.lacks(place, "`successPolicy` needs `completionMode: Indexed`", "add it, or remove the policy");
    }
    if let Some(at) = place.items("rules").nth(20) {
        notes.refuse(at, "more than 20 rules", "remove some");
    }
}

/// Which completions are enough.
pub(super) fn success_rule<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let (count, indexes) = (place.node.get("succeededCount"), place.given("succeededIndexes"));
    if count.is_none() && indexes.is_none() {
        let help = "add `succeededCount` or `succeededIndexes`";
        return notes.lacks(place, "the rule says neither how many nor which", help);
    }
    let all = place.around("JobSpec").and_then(|job| job.get("completions")).and_then(Node::int);
    // An empty list names no index.
    let empty = place.node.get("succeededIndexes").is_some() && indexes.is_none();
    let mut most = if empty { Some(0) } else { all };
    if let (Some((at, text)), Some(all)) = (indexes.and_then(|at| Some((at, at.str()?))), all) {
        match indexed(text, all) {
            Ok(count) => most = Some(count),
            Err(fault) => {
                let message = format!("`{text}` {fault}");
                return notes.refuse(at, message, "write numbers and ranges in order, such as `0,2-4`");
            }
        }
    }
    if let (Some((at, count)), Some(most)) = (count.and_then(|at| Some((at, at.int()?))), most)
        && count > most
    {
        let of = if indexes.is_some() { "`succeededIndexes` names" } else { "`completions` allows" };
        let message = format!("`succeededCount` is {count}, and {of} {most}");
        notes.refuse(at, message, format!("set it to {most} at most"));
    }
}

/// How many indexes a text names, or what is wrong with it.
fn indexed(text: &str, all: i64) -> Result<i64, &'static str> {
    let (mut last, mut count) = (-1, 0);
    for part in text.split(',') {
        let mut ends = part.split('-').map(|end| {
            let digits = !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit());
            if digits {
                end.parse::<i64>().map_err(|_| "has a number that is too large")
            } else {
                Err("is not a list of numbers")
            }
        });
        let first = ends.next().unwrap_or(Err("is not a list of numbers"))?;
        let end = ends.next().unwrap_or(Ok(first))?;
        if ends.next().is_some() {
            return Err("is not a list of numbers");
        }
        if first.max(end) >= all {
            return Err("names an index that the Job does not have");
        }
        if first <= last || (end <= first && part.contains('-')) {
            return Err("is not in order");
        }
        count += end - first + 1;
        last = end;
    }
    Ok(count)
}

/// A CronJob as a whole.
pub(super) fn cron<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if let Some((at, text)) = place.given("schedule").and_then(|at| Some((at, at.str()?)))
        && (text.contains("TZ=") || text.contains("CRON_TZ="))
        && notes.is_from(27)
    {
        let help = "remove it, and write the zone to `timeZone`";
        notes.refuse(at, "a schedule has no time zone in it", help);
    }
    let Some((at, zone)) = place.node.get("timeZone").and_then(|at| Some((at, at.str()?))) else { return };
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-_".contains(&byte))
    };
    let sound =
        zone.split('/').all(part) && zone.split('/').count() <= 3 && !zone.eq_ignore_ascii_case("local");
    if !sound && !known::is_placeholder(zone) {
        let help = "write a name of the IANA database, such as `Europe/Berlin` or `Etc/UTC`";
        notes.refuse(at, format!("`{zone}` is not a valid time zone"), help);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_indexes() {
        assert_eq!(indexed("0,2-4", 5), Ok(4));
        assert_eq!(indexed("1", 2), Ok(1));
        for wrong in ["", "a", "1-", "3,1", "0-9", "2-1", "1,,2", "1-2-3", "99999999999999999999"] {
            assert!(indexed(wrong, 5).is_err(), "{wrong}");
        }
    }
}
