//! What most of the input lacks is a habit of its author, not an oversight: it is advice. What the others have was
//! forgotten: it is a warning. And what policies of the input fill in is not lacking at all.

use foldhash::{HashMap, HashSet};

use super::aside::{self, ADVICE};
use super::soften::{advise, warns};
use super::trials;
use crate::document::Object;
use crate::files::Span;
use crate::finding::{Finding, Need, Severity};
use crate::inventory::gives;
use crate::kube::workload::{Workload, WorkloadKind};
use crate::project::Project;

/// A rule that speaks of what is lacking.
struct Habit {
    rule: &'static str,
    /// How many places lack it, of how many that could have it, by how many the rule found.
    lack: fn(&Counts, usize) -> (usize, usize),
    /// From this share of places on that lack it nobody forgot it, in percent.
    share: usize,
    /// What most of the input does then, in words.
    habit: &'static str,
    /// What the others do where it is no habit, in words.
    others: &'static str,
}

/// One application has at most so many workloads that serve, and so many objects, by their names: then its author asks
/// about each of them.
const WORKLOADS: usize = 3;
const OBJECTS: usize = 30;

/// From so many places on, who does something does it on purpose.
const FEW: usize = 3;

const HABITS: [Habit; 6] = [
    Habit {
        rule: "requests-missing",
        lack: |counts, _| (counts.containers - counts.requesting, counts.containers),
        share: 50,
        habit: "most containers in these files request no resources",
        others: "most containers in these files request resources",
    },
    Habit {
        rule: "readiness-missing",
        lack: |counts, found| (found, found + counts.probing),
        share: 50,
        habit: "most containers that serve in these files have no readiness probe",
        others: "most containers that serve in these files have a readiness probe",
    },
    Habit {
        rule: "replicas-not-spread",
        lack: |counts, found| (found, found + counts.spreading),
        share: 50,
        habit: "most workloads with several replicas in these files are not spread",
        others: "most workloads with several replicas in these files are spread",
    },
    Habit {
        rule: "liveness-equals-readiness",
        // The few that do it may not know; who does it everywhere does.
        lack: |_, found| (found, found.max(FEW)),
        share: 100,
        habit: "other containers in these files are killed by the check that makes them unready, too",
        others: "most containers in these files are not killed by the check that makes them unready",
    },
    Habit {
        rule: "pdb-missing",
        lack: |counts, found| (found, found + counts.budgets),
        share: 67,
        habit: "most workloads that need a PodDisruptionBudget in these files have none",
        others: "other workloads in these files have one",
    },
    Habit {
        rule: "hpa-single-replica",
        lack: |counts, found| (found, found + counts.floors),
        share: 50,
        habit: "most autoscalers in these files go down to a single pod",
        others: "most autoscalers in these files keep two pods or more",
    },
];

/// So many places with the same advice are a list that nobody works through.
const DOZEN: usize = 12;

/// How much of what there is in the input, each place once, whatever it is deployed with.
#[derive(Default)]
struct Counts {
    containers: usize,
    /// Containers with a request or a limit of cpu or memory.
    requesting: usize,
    /// Containers with a readiness probe.
    probing: usize,
    /// Workloads that keep their pods apart, or try to.
    spreading: usize,
    budgets: usize,
    /// Autoscalers that keep two pods or more.
    floors: usize,
    /// Whether one application is all there is, maybe in several variants.
    is_application: bool,
}

impl Counts {
    /// Counts what is kept for a cluster.
    fn read(project: &Project<'_>) -> Self {
        let mut counts = Counts::default();
        let mut seen: HashSet<Span> = HashSet::default();
        let (mut workloads, mut objects) = (HashSet::default(), HashSet::default());
        for object in &project.pool {
            let place = object.anchor().span();
            if !is_deployed(project, place) || !seen.insert(place) {
                continue;
            }
            objects.insert((object.kind, object.name));
            counts.budgets += usize::from(object.is("policy", "PodDisruptionBudget"));
            counts.floors += usize::from(keeps_two(object));
            let Some(workload) = Workload::read(*object, &[]) else { continue };
            let passing = workload.is_temporary() || workload.is_owned() || workload.is_partial();
            if passing || workload.kind == WorkloadKind::Pod {
                continue;
            }
            if workload.is_scalable() && !workload.serves_nobody() {
                workloads.insert(object.name);
            }
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
        counts.is_application = workloads.len() <= WORKLOADS && objects.len() <= OBJECTS;
        counts
    }
}

fn is_deployed(project: &Project<'_>, place: Span) -> bool {
    let file = project.input.files.get(place.file.0 as usize);
    file.is_none_or(|file| project.input.contexts.of(&file.path).is_none())
}

/// Makes advice of what most of the input is like, unless its author asks for more, and drops what others fill in.
pub fn settle(found: &mut Vec<Finding>, project: &Project<'_>) {
    if found.iter().any(|one| one.rule == "requests-missing") && project.pool.iter().any(fills_requests) {
        found.retain(|one| one.rule != "requests-missing");
    }
    of_no_cluster(found, project);
    aside::settle(found, project);
    trials::settle(found, project);
    let is_advice = |one: &Finding| {
        let rule = HABITS.iter().any(|habit| one.rule == habit.rule);
        (rule && one.need == Need::Open || matches!(one.need, Need::Small(_))) && warns(one)
    };
    if found.iter().any(is_advice) {
        let counts = Counts::read(project);
        if !counts.is_application {
            of_little_need(found);
            of_habit(found, project, &counts);
        }
    }
}

/// Makes advice of what hardly anybody mends.
fn of_little_need(found: &mut [Finding]) {
    for one in found.iter_mut().filter(|one| warns(one)) {
        if let Need::Small(why) = one.need {
            advise(one, why);
        }
    }
}

/// Makes advice of what most of the input does, and says at the others that they are alone.
fn of_habit(found: &mut [Finding], project: &Project<'_>, counts: &Counts) {
    for habit in HABITS {
        let mut own: Vec<&mut Finding> =
            found.iter_mut().filter(|one| one.rule == habit.rule && is_deployed(project, one.span)).collect();
        let all = own.len();
        own.retain(|one| warns(one) && one.need != Need::Asked);
        if own.is_empty() {
            continue;
        }
        let (lacking, of) = (habit.lack)(counts, all);
        if lacking * 100 >= habit.share * of {
            own.into_iter().for_each(|one| advise(one, habit.habit));
        } else if own.len() >= DOZEN {
            own.into_iter().for_each(|one| advise(one, "there are many like this in these files"));
        } else {
            own.into_iter().for_each(|one| one.notes.push(habit.others.to_owned()));
        }
    }
}

/// Whether an autoscaler never goes below two pods.
fn keeps_two(object: &Object<'_>) -> bool {
    let field = match object.kind {
        "HorizontalPodAutoscaler" => "minReplicas",
        "ScaledObject" => "minReplicaCount",
        _ => return false,
    };
    let floor = object.spec().and_then(|spec| spec.get(field)?.int());
    floor.is_some_and(|floor| floor >= 2)
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

/// What else is of no interest as long as no cluster takes the object. A credential is given away, and a wrong name stays
/// wrong, whatever becomes of it.
const MOOT: [&str; 6] = [
    "cron-job-piles-up",
    "database-on-ephemeral-storage",
    "hpa-cannot-scale",
    "hpa-fights-replicas",
    "hpa-single-replica",
    "liveness-equals-readiness",
];

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
    let is_inside = |span: Span| {
        removed.get(&span.file.0).is_some_and(|objects| {
            let before = objects.partition_point(|object| object.start <= span.start);
            before > 0 && span.end <= objects[before - 1].end
        })
    };
    // Without its autoscaler a workload keeps the number that is written.
    let is_scaler = |span: Span| {
        let object = project.input.object(span);
        object.is_some_and(|object| object.kind == "HorizontalPodAutoscaler")
    };
    let is_advice = |one: &Finding| MOOT.contains(&one.rule.name()) || ADVICE.contains(&one.rule.name());
    for one in found.iter_mut().filter(|one| is_advice(one)) {
        let partner = one.also.iter().any(|label| is_inside(label.span) && is_scaler(label.span));
        if (is_inside(one.span) || partner) && warns(one) {
            advise(one, "no cluster takes this version of the object any more");
        }
    }
}
