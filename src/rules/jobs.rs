//! Jobs that do not end and CronJobs that pile up (facts 15.40 to 15.43).

use super::{Check, Eligible, Rule, rule};
use crate::finding::{Out, Severity};
use crate::inventory::Inventory;
use crate::kube::image::{self, Image, Kind};
use crate::kube::pod::Container;
use crate::kube::workload::{Workload, WorkloadKind};
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("job-never-ends", Check::Workload(Eligible::OWN, never_ends)),
    rule!("cron-job-piles-up", Check::Workload(Eligible::FINAL, piles_up)),
    rule!("cron-deadline-short", Check::Workload(Eligible::FINAL, deadline_short)),
];

/// Images that serve until they are told to stop: proxies, shippers of logs, agents.
const SERVERS: &[&str] = &[
    "cloud-sql-proxy",
    "cloudsql-proxy",
    "gce-proxy",
    "alloydb-auth-proxy",
    "envoy",
    "proxyv2",
    "oauth2-proxy",
    "fluent-bit",
    "fluentd",
    "filebeat",
    "promtail",
    "vector",
    "statsd-exporter",
    "telegraf",
    "pgbouncer",
    "chrome",
    "standalone-chrome",
    "selenium-hub",
];

/// Words by which somebody ends the server once the work is done.
const ENDS: &[&str] = &["kill", "quitquitquit", "quit-quit-quit", "shutdown", "timeout ", "SIGTERM", "trap "];

fn never_ends(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    if !workload.runs_to_completion() {
        return;
    }
    let containers: Vec<Container<'_>> = workload.pod.spec.containers().collect();
    let servers: Vec<&Container<'_>> = containers.iter().filter(|one| is_server(**one)).collect();
    // One that only serves is meant to, and a word about ending it may be anywhere.
    if containers.len() < 2 || servers.is_empty() || servers.len() == containers.len() || is_ended(workload) {
        return;
    }
    let server = servers[0];
    let main = containers.iter().find(|one| !is_server(**one)).unwrap_or(server);
    let place = server.image().unwrap_or(server.anchor());
    out.report(
        place,
        format!("{} never completes: container `{}` does not end", workload.title(), server.name()),
    )
    .label("a server, which runs until it is stopped")
    .also(main.anchor(), "the work, which ends")
    .help("make it a sidecar: move it to `initContainers` with `restartPolicy: Always`");
}

fn is_server(container: Container<'_>) -> bool {
    let Some(image) = image::parse(container.image_text()) else { return false };
    let own = container.node.get("command").is_none();
    SERVERS.contains(&image.name) || (own && is_database(&image)) || (own && is_docker(&image))
}

/// A database that runs as its image does: without a command of its own it serves.
fn is_database(image: &Image<'_>) -> bool {
    image::database(image).is_some_and(|database| database.kind != Kind::Application)
}

fn is_docker(image: &Image<'_>) -> bool {
    image.name == "docker" && image.tag.is_some_and(|tag| tag.contains("dind"))
}

fn is_ended(workload: &Workload<'_>) -> bool {
    let spec = workload.pod.spec;
    spec.containers().any(|container| {
        let texts = container.list("command").chain(container.list("args")).map(|node| node.text());
        let hook = container.node.get("lifecycle").is_some();
        let env = container.env().any(|entry| entry.name().contains("QUIT"));
        hook || env || texts.into_iter().any(|text| ENDS.iter().any(|word| text.contains(word)))
    })
}

fn piles_up(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    let Some(spec) = workload.object.spec().filter(|_| workload.kind == WorkloadKind::CronJob) else {
        return;
    };
    let policy = spec.get("concurrencyPolicy");
    let suspended = spec.get("suspend").is_some_and(|node| node.bool() != Some(false));
    let job = spec.get("jobTemplate").and_then(|job| job.get("spec"));
    let pod = workload.pod.spec.0;
    let bounded = job.is_some_and(|job| job.get("activeDeadlineSeconds").is_some())
        || pod.get("activeDeadlineSeconds").is_some();
    let allows = policy.is_none_or(|policy| policy.text() == "Allow");
    let schedule = spec.get("schedule");
    let minutes = schedule.and_then(|schedule| minutes_between(schedule.text()));
    let (Some(schedule), Some(minutes), true, false, false) = (schedule, minutes, allows, suspended, bounded)
    else {
        return;
    };
    if workload.pod.spec.containers().all(only_greets) {
        return;
    }
    let again = pod.get("restartPolicy").filter(|policy| policy.text() == "OnFailure");
    let severity = if minutes < 10 || again.is_some() { Severity::Warning } else { Severity::Info };
    let every = if minutes == 1 { "minute".to_owned() } else { format!("{minutes} minutes") };
    let draft = out
        .report(
            schedule,
            format!("{} starts another Job every {every}, however many still run", workload.title()),
        )
        .severity(severity)
        .label("one that hangs is never stopped, and the next ones add up");
    let draft = match (policy, again) {
        (Some(policy), _) => draft.also(policy, "lets them run beside each other"),
        (None, Some(again)) => {
            draft.also(again, "keeps a Job going whose container fails, up to `backoffLimit` times")
        }
        (None, None) => draft,
    };
    draft.help("set `concurrencyPolicy: Forbid`, and `activeDeadlineSeconds` in `jobTemplate.spec`");
}

/// Whether a container only shows that it runs, as the examples of many books do.
fn only_greets(container: Container<'_>) -> bool {
    const HARMLESS: &[&str] =
        &["sh", "bash", "echo", "date", "printenv", "env", "true", "pwd", "hostname", "print"];
    let texts = container.list("command").chain(container.list("args")).map(|node| node.text());
    let commands = texts.flat_map(|text| text.split(['\n', ';', '&', '|'])).map(str::trim);
    let mut words = commands.filter(|one| !one.is_empty() && !one.starts_with('-')).peekable();
    let program = |command: &str| {
        let first = command.split_whitespace().next().unwrap_or("");
        first.rsplit('/').next().unwrap_or(first).to_owned()
    };
    words.peek().is_some() && words.all(|command| HARMLESS.contains(&program(command).as_str()))
}

/// Minutes between two runs of a schedule within an hour; `None` when it runs once an hour or more seldom, or cannot be
/// read.
fn minutes_between(schedule: &str) -> Option<u32> {
    let words: Vec<&str> = schedule.split_whitespace().filter(|word| !word.contains("TZ=")).collect();
    let [minute, hour, ..] = words[..] else { return None };
    if words.len() != 5 || !(hour.starts_with('*') || hour.contains('-')) {
        return None;
    }
    let mut runs = [false; 60];
    for part in minute.split(',') {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let step: usize = step.parse().ok().filter(|step| *step > 0)?;
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (first.parse().ok()?, last.parse().ok()?),
            None if range == "*" => (0, 59),
            None if part.contains('/') => (range.parse().ok()?, 59),
            None => {
                let minute = range.parse().ok()?;
                (minute, minute)
            }
        };
        (first..=last.min(59usize)).step_by(step).for_each(|minute: usize| runs[minute] = true);
    }
    let count = runs.iter().filter(|runs| **runs).count() as u32;
    (count >= 2).then(|| 60 / count)
}

fn deadline_short(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let workload = &inventory.workloads[at];
    if workload.kind != WorkloadKind::CronJob {
        return;
    }
    let field = |key: &str| -> Option<Node<'_>> { workload.object.spec()?.get(key) };
    let deadline = field("startingDeadlineSeconds").and_then(|node| Some((node, node.int()?)));
    let Some((node, seconds)) = deadline.filter(|one| (0..10).contains(&one.1)) else { return };
    out.report(
        node,
        format!("{} may skip runs: {seconds} s are too short a deadline to start in", workload.title()),
    )
    .label("a run that starts later than this is skipped")
    .help("set it to 10 or more, such as 60, or leave it out");
}

#[cfg(test)]
mod tests {
    use super::minutes_between;

    #[test]
    fn how_often_a_schedule_runs() {
        let cases = [
            ("*/1 * * * *", Some(1)),
            ("* * * * *", Some(1)),
            ("*/5 * * * *", Some(5)),
            ("0,30 * * * *", Some(30)),
            ("0-10/5 */2 * * *", Some(20)),
            ("TZ=UTC */15 8-18 * * 1-5", Some(15)),
            ("0 * * * *", None),
            ("*/5 3 * * *", None),
            ("@hourly", None),
            ("x * * * *", None),
        ];
        for (schedule, expected) in cases {
            assert_eq!(minutes_between(schedule), expected, "{schedule}");
        }
    }
}
