//! What most of the input lacks is a habit of its author, not an oversight in each place: it is a warning where it is
//! first met and advice elsewhere. And what policies of the input fill in is not lacking at all.

use foldhash::{HashMap, HashSet};

use super::aside::{self, ADVICE};
use super::uniform::{MANY, advise, keep_first, warns};
use crate::document::Object;
use crate::files::Span;
use crate::finding::{Finding, Severity};
use crate::inventory::gives;
use crate::kube::workload::{Workload, WorkloadKind};
use crate::project::Project;

/// A rule that speaks of what is lacking.
struct Habit {
    rule: &'static str,
    /// What most of the input does: how many do, of how many.
    count: fn(&Counts, usize) -> (usize, usize),
    /// From so many places on it can be a habit.
    many: usize,
    /// From this share on it is one, in percent.
    share: usize,
    /// `116 of 118` of what, doing what.
    words: &'static str,
}

/// From so many places on, a decision that hardly anybody takes back is said once.
const FEW: usize = 3;

const HABITS: [Habit; 6] = [
    Habit {
        rule: "single-replica",
        many: FEW,
        count: |counts, found| (found, counts.workloads.max(found)),
        share: 67,
        words: "workloads in these files run a single replica",
    },
    Habit {
        rule: "requests-missing",
        many: MANY,
        count: |counts, _| (counts.containers - counts.requesting, counts.containers),
        share: 50,
        words: "containers in these files request no resources",
    },
    Habit {
        rule: "readiness-missing",
        many: MANY,
        count: |counts, found| (found, found + counts.probing),
        share: 50,
        words: "containers that serve have no readiness probe",
    },
    Habit {
        rule: "replicas-not-spread",
        many: MANY,
        count: |counts, found| (found, found + counts.spreading),
        share: 50,
        words: "workloads with several replicas are not spread",
    },
    Habit {
        rule: "liveness-equals-readiness",
        many: FEW,
        count: |_, found| (found, found),
        share: 0,
        words: "containers in these files are killed by the check that also makes them unready",
    },
    Habit {
        rule: "pdb-missing",
        many: MANY,
        count: |counts, found| (found, found + counts.budgets),
        share: 67,
        words: "workloads that need a PodDisruptionBudget have none",
    },
];

/// So many places with the same advice are a list to work through, which one warning tells as well.
const DOZEN: usize = 12;

/// How much of what there is in the input, each place once, whatever it is deployed with.
#[derive(Default)]
struct Counts {
    /// Workloads that have a number of replicas and serve somebody.
    workloads: usize,
    containers: usize,
    /// Containers with a request or a limit of cpu or memory.
    requesting: usize,
    /// Containers with a readiness probe.
    probing: usize,
    /// Workloads that keep their pods apart, or try to.
    spreading: usize,
    budgets: usize,
}

impl Counts {
    /// Counts what is kept for a cluster.
    fn read(project: &Project<'_>) -> Self {
        let mut counts = Counts::default();
        let mut seen: HashSet<Span> = HashSet::default();
        for object in &project.pool {
            let place = object.anchor().span();
            if !is_deployed(project, place) || !seen.insert(place) {
                continue;
            }
            counts.budgets += usize::from(object.is("policy", "PodDisruptionBudget"));
            let Some(workload) = Workload::read(*object, &[]) else { continue };
            let passing = workload.is_temporary() || workload.is_owned() || workload.is_partial();
            if passing || workload.kind == WorkloadKind::Pod {
                continue;
            }
            counts.workloads += usize::from(workload.is_scalable() && !workload.serves_nobody());
            let spec = workload.pod.spec.0;
            let apart = spec.get("affinity").and_then(|affinity| affinity.get("podAntiAffinity"));
            let spread = spec.get("topologySpreadConstraints").is_some() || apart.is_some();
            counts.spreading += usize::from(workload.is_scalable() && spread);
            for container in workload.pod.spec.running_containers() {
                let resources = container.node.get("resources");
                counts.containers += 1;
                counts.probing += usize::from(container.node.get("readinessProbe").is_some());
                counts.requesting += usize::from(gives(resources, "cpu") || gives(resources, "memory"));
            }
        }
        counts
    }
}

fn is_deployed(project: &Project<'_>, place: Span) -> bool {
    let file = project.input.files.get(place.file.0 as usize);
    file.is_none_or(|file| project.input.contexts.of(&file.path).is_none())
}

/// Makes advice of all places but the first where most of the input is like them, and drops what others fill in.
pub fn settle(found: &mut Vec<Finding>, project: &Project<'_>) {
    if found.iter().any(|one| one.rule == "requests-missing") && project.pool.iter().any(fills_requests) {
        found.retain(|one| one.rule != "requests-missing");
    }
    of_no_cluster(found, project);
    aside::settle(found, project);
    let mut counts = None;
    for habit in HABITS {
        let mut own: Vec<&mut Finding> =
            found.iter_mut().filter(|one| one.rule == habit.rule && is_deployed(project, one.span)).collect();
        let all = own.len();
        own.retain(|one| warns(one));
        if own.len() < habit.many {
            continue;
        }
        let counts = counts.get_or_insert_with(|| Counts::read(project));
        let (some, of) = (habit.count)(counts, all);
        let is_habit = some * 100 >= habit.share * of;
        if is_habit {
            keep_first(
                own,
                format!("{some} of {of} {}, so the others are infos", habit.words),
                // Without the count, so that an editor need not be told of all of them with each of them.
                &format!("most {}, so only the first is a warning", habit.words),
            );
        } else if own.len() >= DOZEN {
            let others = own.len() - 1;
            keep_first(
                own,
                format!("so it is in {others} more places, which are infos"),
                "there are many like this; only the first is a warning",
            );
        }
    }
}

/// Whether a policy of the cluster may give requests to pods that have none.
fn fills_requests(object: &Object<'_>) -> bool {
    let mutates = match object.kind {
        "MutatingAdmissionPolicy" | "MutatingPolicy" => true,
        "ClusterPolicy" | "Policy" => object.group() == "kyverno.io",
        _ => false,
    };
    if !mutates {
        return false;
    }
    let text = object.node.source_text();
    ["containers", "requests"].iter().all(|word| text.contains(word))
        && (object.group() != "kyverno.io" || text.contains("mutate:"))
}

/// Advice about objects that no cluster takes any more says nothing to whom has to write them anew.
fn of_no_cluster(found: &mut [Finding], project: &Project<'_>) {
    let is_removed =
        |one: &&Finding| one.rule == "api-removed" && super::severity(one) == Some(Severity::Error);
    let mut removed: HashMap<u32, Vec<Span>> = HashMap::default();
    for one in found.iter().filter(is_removed) {
        let object = project.input.object(one.span);
        let place = object.map_or(one.span, |object| object.node.span());
        removed.entry(place.file.0).or_default().push(place);
    }
    if removed.is_empty() {
        return;
    }
    removed.values_mut().for_each(|objects| objects.sort_unstable());
    for one in found.iter_mut() {
        let inside = removed.get(&one.span.file.0).is_some_and(|objects| {
            let before = objects.partition_point(|object| object.start <= one.span.start);
            before > 0 && one.span.end <= objects[before - 1].end
        });
        if inside && ADVICE.contains(&one.rule.name()) && warns(one) {
            advise(one, "no cluster takes this version of the object any more");
        }
    }
}
