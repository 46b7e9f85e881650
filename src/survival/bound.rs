//! Bounds where placements are too many to enumerate: each filter by itself limits how many pods can be lost at once.

use std::collections::{BTreeMap, HashMap};

use super::problem::{Past, Problem, Spread, Term, Worst};

/// The most pods of a workload that can be lost at once.
struct Losses {
    node: usize,
    two_nodes: usize,
    /// `None` if no node is in a zone.
    zone: Option<usize>,
}

impl Problem {
    /// A bound for one workload, never better than the truth.
    pub fn bound(&self, at: usize, past: Past) -> Worst {
        self.most_lost(at, past).of(self.surely_scheduled(at))
    }

    /// A bound for one workload on condition that all of its pods run.
    pub fn if_all_run(&self, at: usize, past: Past) -> Worst {
        self.most_lost(at, past).of(self.pods[at].replicas)
    }

    /// The most that can be lost, however many pods run.
    fn most_lost(&self, at: usize, past: Past) -> Losses {
        let pods = &self.pods[at];
        let keyed = self.keyed(at);
        let skewed: Vec<usize> = pods.spread.iter().map(|one| self.skewed(at, one, &keyed, past)).collect();
        let most = |node: usize| match pods.may_run[node] {
            true => self.most_on(at, node).min(pods.replicas),
            false => 0,
        };
        let most: Vec<usize> = (0..self.nodes()).map(most).collect();
        let on_node = |(node, most): (usize, &usize)| {
            let here = |one: &Spread| one.domains[node].is_some() && one.counted[node];
            let spread = pods.spread.iter().zip(&skewed).filter(|(one, _)| here(one));
            spread.map(|(_, skewed)| *skewed).fold(*most, usize::min)
        };
        let mut by_node: Vec<usize> = most.iter().enumerate().map(on_node).collect();
        by_node.sort_unstable_by(|one, other| other.cmp(one));
        let mut zones: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
        for (node, zone) in self.zones.iter().enumerate() {
            if let Some(zone) = zone {
                zones.entry(*zone).or_default().push(node);
            }
        }
        // A constraint over the same domains as the zones.
        let even: Vec<(&Spread, usize)> =
            pods.spread.iter().zip(skewed).filter(|(one, _)| one.domains == self.zones).collect();
        let in_zone = |nodes: &Vec<usize>| {
            let sum = nodes.iter().map(|node| most[*node]).fold(0, usize::saturating_add);
            let one_pod = pods.apart.iter().any(|term| {
                let first = term.domains[nodes[0]];
                let covers = first.is_some() && nodes.iter().all(|node| term.domains[*node] == first);
                term.selects[at] && !term.of_revision && covers
            });
            let counted = |one: &Spread| nodes.iter().all(|node| one.counted[*node] || most[*node] == 0);
            let even = even.iter().filter(|(one, _)| counted(one)).map(|(_, skewed)| *skewed).min();
            sum.min(if one_pod { 1 } else { even.unwrap_or(usize::MAX) }).min(pods.replicas)
        };
        Losses {
            node: by_node.first().copied().unwrap_or(0),
            two_nodes: by_node.iter().take(2).fold(0, |sum, one| sum.saturating_add(*one)),
            zone: zones.values().map(in_zone).max(),
        }
    }

    /// More pods than that never run at once.
    pub fn most_scheduled(&self, at: usize) -> usize {
        let nodes = (0..self.nodes()).filter(|node| self.pods[at].may_run[*node]);
        nodes.map(|node| self.most_on(at, node)).fold(0, usize::saturating_add).min(self.pods[at].replicas)
    }

    /// The most pods of a workload that one node can hold.
    fn most_on(&self, at: usize, node: usize) -> usize {
        let pods = &self.pods[at];
        let own = |term: &&Term| term.selects[at] && !term.of_revision && term.domains[node].is_some();
        let alone = !pods.ports.is_empty() || pods.apart.iter().any(|term| own(&term));
        let by = |limit: Option<i64>, asks: i64| match limit {
            Some(limit) if asks > 0 => usize::try_from(limit.max(0) / asks).unwrap_or(usize::MAX),
            _ => usize::MAX,
        };
        let room = self.rooms[node];
        (if alone { 1 } else { usize::MAX })
            .min(by(room.pods, 1))
            .min(by(room.cpu, pods.asks.cpu.unwrap_or(0)))
            .min(by(room.memory, pods.asks.memory.unwrap_or(0)))
    }

    /// The most pods that a spread constraint lets into one domain while all nodes are there.
    fn skewed(&self, at: usize, one: &Spread, keyed: &[bool], past: Past) -> usize {
        let replicas = self.pods[at].replicas;
        let alone = one.counts.iter().enumerate().all(|(other, counts)| *counts == (other == at));
        if past == Past::Any || !alone {
            return replicas;
        }
        let counted = |node: &usize| one.counted[*node] && keyed[*node];
        let mut domains: Vec<u16> =
            (0..self.nodes()).filter(counted).filter_map(|node| one.domains[node]).collect();
        domains.sort_unstable();
        domains.dedup();
        let skew = usize::try_from(one.max_skew).unwrap_or(0);
        if domains.len() < one.min_domains {
            return skew.min(replicas);
        }
        // The last pod of a domain with `most` pods found at least `most - skew` in each of the others.
        let others = domains.len().saturating_sub(1);
        let even = replicas.saturating_add(others.saturating_mul(skew)) / (others + 1);
        even.max(skew.min(replicas))
    }

    /// Pods that find a node whatever the order, as far as that is plain: no other workload and no affinity in the
    /// way.
    fn surely_scheduled(&self, at: usize) -> usize {
        let pods = &self.pods[at];
        let nodes: Vec<usize> = (0..self.nodes()).filter(|node| pods.may_run[*node]).collect();
        if self.pods.len() > 1 || !pods.together.is_empty() || !pods.spread.is_empty() {
            return 0;
        }
        let hosts = |term: &Term| {
            let mut sizes: HashMap<u16, usize> = HashMap::new();
            term.domains.iter().flatten().for_each(|domain| *sizes.entry(*domain).or_default() += 1);
            nodes.iter().all(|node| term.domains[*node].is_none_or(|own| sizes[&own] == 1))
        };
        if pods.apart.iter().any(|term| term.selects[at] && !hosts(term)) {
            let any = nodes.iter().any(|node| self.most_on(at, *node) > 0);
            return usize::from(any).min(pods.replicas);
        }
        self.most_scheduled(at)
    }
}

impl Losses {
    /// What stays of so many pods.
    fn of(self, scheduled: usize) -> Worst {
        Worst {
            scheduled,
            node: scheduled.saturating_sub(self.node),
            two_nodes: scheduled.saturating_sub(self.two_nodes),
            zone: self.zone.map(|lost| scheduled.saturating_sub(lost)),
            bounded: true,
        }
    }
}
