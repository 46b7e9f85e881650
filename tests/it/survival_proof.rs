//! The worst case of the model is that of all placements of small random systems, found by placing pod after pod in
//! every way, with the filters written down a second time.

use std::collections::HashSet;

use proptest::prelude::*;
use wplint::survival::problem::{Domains, Past, Pods, Problem, Room, Spread, Term, Worst};

/// A pod that has a node: its workload and the node.
type Placed = Vec<(usize, usize)>;

fn fits(problem: &Problem, placed: &Placed, workload: usize, node: usize) -> bool {
    let own = &problem.pods[workload];
    let on = |wanted: usize| placed.iter().filter(move |pod| pod.1 == wanted);
    if !own.may_run[node] {
        return false;
    }
    let cpu: i64 = on(node).map(|pod| problem.pods[pod.0].asks.cpu.unwrap_or(0)).sum();
    if problem.rooms[node].cpu.is_some_and(|room| cpu + own.asks.cpu.unwrap_or(0) > room) {
        return false;
    }
    if on(node).any(|pod| problem.pods[pod.0].ports.iter().any(|port| own.ports.contains(port))) {
        return false;
    }
    let shares = |domains: &Domains, other: usize| domains[node].is_some() && domains[node] == domains[other];
    for &(other, there) in placed {
        let keeps = |term: &Term, whom: usize| term.selects[whom] && shares(&term.domains, there);
        if own.apart.iter().any(|term| keeps(term, other))
            || problem.pods[other].apart.iter().any(|term| keeps(term, workload))
        {
            return false;
        }
    }
    if !own.together.is_empty() {
        if own.together.iter().any(|term| term.domains[node].is_none()) {
            return false;
        }
        let meant = |whom: usize| own.together.iter().all(|term| term.selects[whom]);
        let known = |there: usize| own.together.iter().any(|term| term.domains[there].is_some());
        let partners: Vec<usize> =
            placed.iter().filter(|pod| meant(pod.0) && known(pod.1)).map(|pod| pod.1).collect();
        let first = partners.is_empty() && meant(workload);
        let near = own.together.iter().all(|term| partners.iter().any(|there| shares(&term.domains, *there)));
        if !first && !near {
            return false;
        }
    }
    own.spread.iter().all(|constraint| {
        let Some(domain) = constraint.domains[node] else {
            return false;
        };
        let counted = |there: &usize| {
            constraint.counted[*there] && own.spread.iter().all(|other| other.domains[*there].is_some())
        };
        let nodes: Vec<usize> = (0..problem.rooms.len()).filter(counted).collect();
        let domains: HashSet<u16> = nodes.iter().filter_map(|there| constraint.domains[*there]).collect();
        let count = |of: u16| {
            let inside = |pod: &&(usize, usize)| {
                constraint.counts[pod.0] && nodes.contains(&pod.1) && constraint.domains[pod.1] == Some(of)
            };
            placed.iter().filter(inside).count() as i64
        };
        let least = domains.iter().map(|of| count(*of)).min().unwrap_or(0);
        let least = if domains.len() < constraint.min_domains { 0 } else { least };
        count(domain) + i64::from(constraint.counts[workload]) - least <= constraint.max_skew
    })
}

fn left(problem: &Problem, placed: &Placed, workload: usize) -> (usize, usize, usize, Option<usize>) {
    let own: Vec<usize> = placed.iter().filter(|pod| pod.0 == workload).map(|pod| pod.1).collect();
    let nodes = problem.rooms.len();
    let without = |lost: &dyn Fn(usize) -> bool| own.iter().filter(|node| !lost(**node)).count();
    let one = (0..nodes).map(|a| without(&|node| node == a)).min().unwrap_or(own.len());
    let two = (0..nodes).flat_map(|a| (0..nodes).map(move |b| (a, b)));
    let two = two.map(|(a, b)| without(&|node| node == a || node == b)).min().unwrap_or(own.len());
    let zones: HashSet<u16> = problem.zones.iter().flatten().copied().collect();
    let zone = zones.iter().map(|zone| without(&|node| problem.zones[node] == Some(*zone))).min();
    (own.len(), one, two, zone)
}

fn enumerate(problem: &Problem) -> Vec<Worst> {
    let mut known: HashSet<Placed> = HashSet::new();
    let mut todo = vec![Placed::new()];
    let mut worst: Vec<Option<Worst>> = vec![None; problem.pods.len()];
    while let Some(placed) = todo.pop() {
        let mut settled = true;
        for workload in 0..problem.pods.len() {
            let have = placed.iter().filter(|pod| pod.0 == workload).count();
            if have == problem.pods[workload].replicas {
                continue;
            }
            for node in (0..problem.rooms.len()).filter(|node| fits(problem, &placed, workload, *node)) {
                settled = false;
                let mut next = placed.clone();
                next.push((workload, node));
                next.sort_unstable();
                if known.insert(next.clone()) {
                    todo.push(next);
                }
            }
        }
        if settled {
            for (workload, worst) in worst.iter_mut().enumerate() {
                let (scheduled, node, two_nodes, zone) = left(problem, &placed, workload);
                let here = Worst { scheduled, node, two_nodes, zone, bounded: false };
                *worst = Some(worst.map_or(here, |one| Worst {
                    scheduled: one.scheduled.min(here.scheduled),
                    node: one.node.min(here.node),
                    two_nodes: one.two_nodes.min(here.two_nodes),
                    zone: one.zone.zip(here.zone).map(|(one, other)| one.min(other)),
                    bounded: false,
                }));
            }
        }
    }
    worst.into_iter().map(|worst| worst.expect("some placement is settled")).collect()
}

fn domains(nodes: usize) -> impl Strategy<Value = Domains> {
    let by_zone = prop::collection::vec(prop::option::weighted(0.9, 0..3_u16), nodes);
    let by_host = Just((0..nodes as u16).map(Some).collect::<Domains>());
    prop_oneof![by_zone, by_host]
}

fn flags(count: usize, often: f64) -> impl Strategy<Value = Vec<bool>> {
    prop::collection::vec(prop::bool::weighted(often), count)
}

fn term(nodes: usize, workloads: usize) -> impl Strategy<Value = Term> {
    (domains(nodes), flags(workloads, 0.6)).prop_map(|(domains, selects)| Term {
        domains,
        selects,
        of_revision: false,
    })
}

fn spread(nodes: usize, workloads: usize) -> impl Strategy<Value = Spread> {
    (domains(nodes), flags(workloads, 0.7), 1..3_i64, 1..4_usize, flags(nodes, 0.9)).prop_map(
        |(domains, counts, max_skew, min_domains, counted)| Spread {
            domains,
            counts,
            max_skew,
            min_domains,
            counted,
        },
    )
}

fn pods(nodes: usize, workloads: usize) -> impl Strategy<Value = Pods> {
    (
        1..=6 / workloads,
        flags(nodes, 0.85),
        prop::option::weighted(0.3, 1..4_i64),
        prop::collection::vec(1..3_u32, 0..=1),
        prop::collection::vec(term(nodes, workloads), 0..=1),
        prop::collection::vec(term(nodes, workloads), 0..=1),
        prop::collection::vec(spread(nodes, workloads), 0..=2),
    )
        .prop_map(|(replicas, may_run, cpu, ports, apart, together, spread)| Pods {
            replicas,
            may_run,
            asks: Room { cpu, ..Room::default() },
            ports,
            apart,
            together,
            spread,
        })
}

fn problem() -> impl Strategy<Value = Problem> {
    (1..=5_usize, 1..=2_usize).prop_flat_map(|(nodes, workloads)| {
        let room = prop::option::weighted(0.3, 1..6_i64).prop_map(|cpu| Room { cpu, ..Room::default() });
        let zones = prop::collection::vec(prop::option::weighted(0.9, 0..3_u16), nodes);
        let pods = prop::collection::vec(pods(nodes, workloads), workloads);
        (prop::collection::vec(room, nodes), zones, pods).prop_map(|(rooms, zones, pods)| Problem {
            rooms,
            zones,
            pods,
        })
    })
}

fn cases() -> u32 {
    std::env::var("WPLINT_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(1500)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_worst_case_is_that_of_all_placements(problem in problem()) {
        prop_assert_eq!(problem.worst(Past::Fresh), enumerate(&problem));
    }

    #[test]
    fn a_past_makes_nothing_better_and_a_bound_is_never_better(problem in problem()) {
        let exact = problem.worst(Past::Fresh);
        let any = problem.worst(Past::Any);
        for (at, (exact, any)) in exact.iter().zip(&any).enumerate() {
            prop_assert!(any.node <= exact.node && any.zone <= exact.zone);
            for (past, exact) in [(Past::Fresh, exact), (Past::Any, any)] {
                let bound = problem.bound(at, past);
                prop_assert!(bound.scheduled <= exact.scheduled, "{bound:?} {exact:?}");
                prop_assert!(bound.node <= exact.node && bound.two_nodes <= exact.two_nodes, "{bound:?} {exact:?}");
                prop_assert!(bound.zone <= exact.zone, "{bound:?} {exact:?}");
                // Where all pods run, whatever is chosen, what can be lost is bounded whatever the filters are.
                if exact.scheduled == problem.pods[at].replicas {
                    let floor = problem.if_all_run(at, past);
                    prop_assert!(floor.node <= exact.node && floor.two_nodes <= exact.two_nodes, "{floor:?} {exact:?}");
                    prop_assert!(floor.zone <= exact.zone, "{floor:?} {exact:?}");
                }
                prop_assert!(exact.scheduled <= problem.most_scheduled(at));
            }
        }
    }

    #[test]
    fn what_is_said_twice_is_one(problem in problem()) {
        let mut twice = problem.clone();
        for pods in &mut twice.pods {
            let looser = pods.spread.iter().map(|one| Spread { max_skew: one.max_skew + 1, ..one.clone() });
            pods.spread.extend(looser.collect::<Vec<_>>());
            pods.apart.extend(pods.apart.clone());
            pods.together.extend(pods.together.clone());
        }
        for past in [Past::Fresh, Past::Any] {
            prop_assert_eq!(problem.worst(past), twice.worst(past));
        }
    }
}
