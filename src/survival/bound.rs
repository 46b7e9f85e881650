//! Bounds where placements are too many to enumerate: each filter by itself limits how many pods can be lost at once.

use super::place::{Domains, Past, Problem, Spread, Term, Worst};

impl Problem {
    /// A bound for one workload, never better than the truth.
    pub fn bound(&self, at: usize, past: Past) -> Worst {
        let pods = &self.pods[at];
        let nodes: Vec<usize> = (0..self.nodes()).filter(|node| pods.may_run[*node]).collect();
        let most = |node: usize| self.most_on(at, node).min(pods.replicas);
        let scheduled = self.surely_scheduled(at, &nodes);
        let in_domain = |domains: &Domains, domain: u16| {
            let inside = nodes.iter().filter(|node| domains[**node] == Some(domain));
            let sum = inside.map(|node| most(*node)).fold(0, usize::saturating_add);
            sum.min(self.most_in(at, domains, domain, past)).min(pods.replicas)
        };
        let mut by_node: Vec<usize> = nodes
            .iter()
            .map(|&node| {
                let spread = pods
                    .spread
                    .iter()
                    .filter_map(|one| one.domains[node].map(|_| self.skewed(at, one, past)));
                spread.fold(most(node), usize::min)
            })
            .collect();
        by_node.sort_unstable_by(|one, other| other.cmp(one));
        let mut zones: Vec<u16> = self.zones.iter().flatten().copied().collect();
        zones.sort_unstable();
        zones.dedup();
        let zone = zones.iter().map(|zone| in_domain(&self.zones, *zone)).max();
        Worst {
            scheduled,
            node: scheduled.saturating_sub(by_node.first().copied().unwrap_or(0)),
            two_nodes: scheduled
                .saturating_sub(by_node.iter().take(2).fold(0, |sum, one| sum.saturating_add(*one))),
            zone: zone.map(|lost| scheduled.saturating_sub(lost)),
            bounded: true,
        }
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

    fn most_in(&self, at: usize, domains: &Domains, domain: u16, past: Past) -> usize {
        let pods = &self.pods[at];
        let inside = || (0..self.nodes()).filter(|node| domains[*node] == Some(domain));
        let covers = |term: &Term| {
            let first = inside().next().and_then(|node| term.domains[node]);
            first.is_some() && inside().all(|node| term.domains[node] == first)
        };
        let apart = pods.apart.iter().any(|term| term.selects[at] && !term.of_revision && covers(term));
        let spread = pods.spread.iter().filter(|one| one.domains == *domains);
        let spread = spread.map(|one| self.skewed(at, one, past)).min().unwrap_or(usize::MAX);
        if apart { 1 } else { spread }
    }

    /// The most pods that a spread constraint lets into one domain while all nodes are there.
    fn skewed(&self, at: usize, one: &Spread, past: Past) -> usize {
        let replicas = self.pods[at].replicas;
        let alone = one.counts.iter().enumerate().all(|(other, counts)| *counts == (other == at));
        if past == Past::Any || !alone {
            return replicas;
        }
        let mut domains: Vec<u16> =
            one.domains.iter().zip(&one.counted).filter_map(|one| one.0.filter(|_| *one.1)).collect();
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
    fn surely_scheduled(&self, at: usize, nodes: &[usize]) -> usize {
        let pods = &self.pods[at];
        if self.pods.len() > 1 || !pods.together.is_empty() || !pods.spread.is_empty() {
            return 0;
        }
        let hosts = |term: &Term| {
            nodes.iter().all(|node| {
                let own = term.domains[*node];
                own.is_none() || term.domains.iter().filter(|domain| **domain == own).count() == 1
            })
        };
        if pods.apart.iter().any(|term| term.selects[at] && !hosts(term)) {
            let any = nodes.iter().any(|node| self.most_on(at, *node) > 0);
            return usize::from(any).min(pods.replicas);
        }
        let room = nodes.iter().map(|node| self.most_on(at, *node)).fold(0, usize::saturating_add);
        room.min(pods.replicas)
    }
}
