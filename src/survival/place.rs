//! Where the scheduler may put pods: the hard filters of its default profile over counts of pods by node
//! (facts 17.1–17.9). Soft terms are not here: a score promises nothing.

use std::collections::HashSet;

/// What one node has room for; `None` is without limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Room {
    /// Thousandths of a processor.
    pub cpu: Option<i64>,
    /// Bytes.
    pub memory: Option<i64>,
    /// Pods.
    pub pods: Option<i64>,
}

/// The domain of each node under one topology key; `None` where the node lacks the label.
pub type Domains = Vec<Option<u16>>;

/// A required term of pod affinity or anti-affinity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The domain of each node.
    pub domains: Domains,
    /// The workloads whose pods it selects.
    pub selects: Vec<bool>,
    /// It compares a label that differs from one revision to the next, so pods of two revisions do not meet.
    pub of_revision: bool,
}

/// A spread constraint that is a filter (`DoNotSchedule`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The domain of each node.
    pub domains: Domains,
    /// The workloads whose pods it counts.
    pub counts: Vec<bool>,
    /// `maxSkew`.
    pub max_skew: i64,
    /// `minDomains`; below it the emptiest domain counts as empty.
    pub min_domains: usize,
    /// Nodes whose domains and pods are counted, by the constraint's node policies.
    pub counted: Vec<bool>,
}

/// One workload as the scheduler's filters see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pods {
    /// How many pods want a node.
    pub replicas: usize,
    /// Nodes that selectors, affinity and taints leave.
    pub may_run: Vec<bool>,
    /// What one pod asks for.
    pub asks: Room,
    /// Ports of the node that each pod takes, as numbers that are equal where ports conflict.
    pub ports: Vec<u32>,
    /// Required anti-affinity.
    pub apart: Vec<Term>,
    /// Required affinity.
    pub together: Vec<Term>,
    /// Spread constraints.
    pub spread: Vec<Spread>,
}

/// Workloads that compete for the same nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// What each node has room for.
    pub rooms: Vec<Room>,
    /// The zone of each node.
    pub zones: Domains,
    /// The workloads.
    pub pods: Vec<Pods>,
}

/// What is certain of one workload over all placements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worst {
    /// The fewest pods that get a node.
    pub scheduled: usize,
    /// The fewest that stay when any one node is lost.
    pub node: usize,
    /// The fewest that stay when any two nodes are lost.
    pub two_nodes: usize,
    /// The fewest that stay when any one zone is lost; `None` if no node is in a zone.
    pub zone: Option<usize>,
    /// The numbers are bounds: the truth may be better.
    pub bounded: bool,
}

/// Which past a cluster may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// All nodes were there and open before the first pod was placed, and no pod was removed since.
    Fresh,
    /// Anything: nodes came late or were closed for a while, pods were scaled down, drained or rolled out. Terms
    /// that are only checked when a pod is placed and that removals can break are no help then (fact 17.8).
    Any,
}

/// Placements are enumerated up to here; beyond, bounds are given.
const STATES: usize = 60_000;

/// Pods of each workload on each node, workload by workload.
type State = Box<[u8]>;

impl Problem {
    /// The worst case of every workload. Exact while the placements can be enumerated, else a bound that is never
    /// better than the truth.
    pub fn worst(&self, past: Past) -> Vec<Worst> {
        let small = self.pods.iter().all(|pods| pods.replicas <= 64) && self.rooms.len() <= 64;
        let exact = if small { self.enumerate(past) } else { None };
        exact.unwrap_or_else(|| (0..self.pods.len()).map(|at| self.bound(at, past)).collect())
    }

    pub(super) fn nodes(&self) -> usize {
        self.rooms.len()
    }

    fn enumerate(&self, past: Past) -> Option<Vec<Worst>> {
        let classes = self.classes();
        let start: State = vec![0; self.pods.len() * self.nodes()].into();
        let mut known: HashSet<State> = HashSet::from([start.clone()]);
        let mut todo = vec![start];
        let mut worst: Vec<Option<Worst>> = vec![None; self.pods.len()];
        while let Some(state) = todo.pop() {
            let mut settled = true;
            for at in 0..self.pods.len() {
                if self.total(&state, at) >= self.pods[at].replicas {
                    continue;
                }
                for node in 0..self.nodes() {
                    if !self.takes(&state, at, node, past == Past::Fresh) {
                        continue;
                    }
                    settled &= past == Past::Any && !self.takes(&state, at, node, true);
                    let mut next = state.clone();
                    next[at * self.nodes() + node] += 1;
                    let next = self.canonical(next, &classes);
                    if !known.contains(&next) {
                        if known.len() >= STATES {
                            return None;
                        }
                        known.insert(next.clone());
                        todo.push(next);
                    }
                }
            }
            if settled {
                for (at, worst) in worst.iter_mut().enumerate() {
                    let found = self.left(&state, at);
                    *worst = Some(worst.map_or(found, |one| one.worse(found)));
                }
            }
        }
        worst.into_iter().collect()
    }

    fn total(&self, state: &State, at: usize) -> usize {
        self.row(state, at).iter().map(|count| usize::from(*count)).sum()
    }

    fn row<'s>(&self, state: &'s State, at: usize) -> &'s [u8] {
        &state[at * self.nodes()..(at + 1) * self.nodes()]
    }

    /// Whether every filter lets the next pod of a workload onto a node. Without `all`, only what no past can
    /// break: what the node has, and anti-affinity.
    fn takes(&self, state: &State, at: usize, node: usize, all: bool) -> bool {
        let pods = &self.pods[at];
        pods.may_run[node]
            && self.has_room(state, at, node)
            && self.is_apart(state, at, node, all)
            && (!all || (self.is_together(state, at, node) && self.is_even(state, at, node)))
    }

    fn has_room(&self, state: &State, at: usize, node: usize) -> bool {
        let here = |other: usize| i64::from(self.row(state, other)[node]);
        let own = &self.pods[at];
        let taken =
            self.pods.iter().enumerate().any(|(other, pods)| {
                here(other) > 0 && pods.ports.iter().any(|port| own.ports.contains(port))
            });
        let fits = |limit: Option<i64>, of: fn(&Pods) -> i64| {
            limit.is_none_or(|limit| {
                let used =
                    self.pods.iter().enumerate().map(|(other, pods)| here(other).saturating_mul(of(pods)));
                used.fold(of(own), i64::saturating_add) <= limit
            })
        };
        let room = self.rooms[node];
        !taken
            && fits(room.pods, |_| 1)
            && fits(room.cpu, |pods| pods.asks.cpu.unwrap_or(0))
            && fits(room.memory, |pods| pods.asks.memory.unwrap_or(0))
    }

    /// Pods that a term selects in the domain of a node, and whether the node has the term's key.
    fn near(&self, state: &State, term: &Term, node: usize) -> (usize, bool) {
        let Some(domain) = term.domains[node] else {
            return (0, false);
        };
        let inside = (0..self.nodes()).filter(|other| term.domains[*other] == Some(domain));
        let count = inside.map(|other| self.selected(state, &term.selects, other)).sum();
        (count, true)
    }

    fn selected(&self, state: &State, selects: &[bool], node: usize) -> usize {
        let own = (0..self.pods.len()).filter(|at| selects[*at]);
        own.map(|at| usize::from(self.row(state, at)[node])).sum()
    }

    /// Anti-affinity, that of the pod and that of the pods that are there already. Nodes without the key are free
    /// of it. Without `all`, terms that only hold within one revision are left out.
    fn is_apart(&self, state: &State, at: usize, node: usize, all: bool) -> bool {
        let holds = |term: &&Term| all || !term.of_revision;
        let own = self.pods[at].apart.iter().filter(holds).all(|term| self.near(state, term, node).0 == 0);
        own && self.pods.iter().enumerate().all(|(other, pods)| {
            let mut about = pods.apart.iter().filter(holds).filter(|term| term.selects[at]);
            about.all(|term| {
                let Some(domain) = term.domains[node] else {
                    return true;
                };
                let row = self.row(state, other);
                (0..self.nodes()).all(|there| term.domains[there] != Some(domain) || row[there] == 0)
            })
        })
    }

    /// Affinity: every term needs a pod in the node's domain, and only pods that all terms select count. The first
    /// pod of all is let through if the terms select the pod itself.
    fn is_together(&self, state: &State, at: usize, node: usize) -> bool {
        let terms = &self.pods[at].together;
        if terms.is_empty() {
            return true;
        }
        if terms.iter().any(|term| term.domains[node].is_none()) {
            return false;
        }
        let all: Vec<bool> =
            (0..self.pods.len()).map(|one| terms.iter().all(|term| term.selects[one])).collect();
        let anywhere: usize = (0..self.nodes())
            .filter(|node| terms.iter().any(|term| term.domains[*node].is_some()))
            .map(|node| self.selected(state, &all, node))
            .sum();
        if anywhere == 0 {
            return all[at];
        }
        terms.iter().all(|term| {
            let same = (0..self.nodes()).filter(|other| term.domains[*other] == term.domains[node]);
            same.map(|other| self.selected(state, &all, other)).sum::<usize>() > 0
        })
    }

    fn is_even(&self, state: &State, at: usize, node: usize) -> bool {
        let constraints = &self.pods[at].spread;
        constraints.iter().all(|one| {
            let Some(domain) = one.domains[node] else {
                return false;
            };
            let has_all_keys = |node: usize| constraints.iter().all(|other| other.domains[node].is_some());
            let counted = (0..self.nodes()).filter(|node| one.counted[*node] && has_all_keys(*node));
            let mut counts: Vec<(u16, i64)> = Vec::new();
            for there in counted {
                let (Some(domain), here) = (one.domains[there], self.selected(state, &one.counts, there))
                else {
                    continue;
                };
                match counts.iter_mut().find(|(known, _)| *known == domain) {
                    Some((_, count)) => *count += here as i64,
                    None => counts.push((domain, here as i64)),
                }
            }
            let enough = counts.len() >= one.min_domains;
            let least = if enough { counts.iter().map(|one| one.1).min().unwrap_or(0) } else { 0 };
            let here = counts.iter().find(|(known, _)| *known == domain).map_or(0, |one| one.1);
            here + i64::from(one.counts[at]) - least <= one.max_skew
        })
    }

    /// What of a workload stays when the worst is lost from a settled state.
    fn left(&self, state: &State, at: usize) -> Worst {
        let mut row: Vec<usize> = self.row(state, at).iter().map(|count| usize::from(*count)).collect();
        let scheduled: usize = row.iter().sum();
        let mut zones: Vec<(u16, usize)> = Vec::new();
        for (zone, count) in self.zones.iter().zip(&row).filter_map(|one| Some(((*one.0)?, *one.1))) {
            match zones.iter_mut().find(|(known, _)| *known == zone) {
                Some((_, sum)) => *sum += count,
                None => zones.push((zone, count)),
            }
        }
        row.sort_unstable_by(|one, other| other.cmp(one));
        Worst {
            scheduled,
            node: scheduled - row.first().copied().unwrap_or(0),
            two_nodes: scheduled - row.iter().take(2).sum::<usize>(),
            zone: zones.iter().map(|zone| zone.1).max().map(|lost| scheduled - lost),
            bounded: false,
        }
    }

    /// Nodes that nothing tells apart, as lists of positions.
    fn classes(&self) -> Vec<Vec<usize>> {
        let mut classes: Vec<Vec<usize>> = Vec::new();
        for node in 0..self.nodes() {
            match classes.iter_mut().find(|class| self.alike(class[0], node)) {
                Some(class) => class.push(node),
                None => classes.push(vec![node]),
            }
        }
        classes.retain(|class| class.len() > 1);
        classes
    }

    fn alike(&self, one: usize, other: usize) -> bool {
        let alone = |domains: &Domains, node: usize| {
            domains[node]
                .is_some_and(|own| domains.iter().filter(|domain| **domain == Some(own)).count() == 1)
        };
        let same = |domains: &Domains| {
            domains[one] == domains[other] || (alone(domains, one) && alone(domains, other))
        };
        self.rooms[one] == self.rooms[other]
            && self.zones[one] == self.zones[other]
            && self.pods.iter().all(|pods| {
                pods.may_run[one] == pods.may_run[other]
                    && pods.apart.iter().chain(&pods.together).all(|term| same(&term.domains))
                    && pods
                        .spread
                        .iter()
                        .all(|spread| same(&spread.domains) && spread.counted[one] == spread.counted[other])
            })
    }

    /// The same placement with equal nodes in one order.
    fn canonical(&self, mut state: State, classes: &[Vec<usize>]) -> State {
        for class in classes {
            let column = |state: &State, node: usize| -> Vec<u8> {
                (0..self.pods.len()).map(|at| self.row(state, at)[node]).collect()
            };
            let mut columns: Vec<Vec<u8>> = class.iter().map(|node| column(&state, *node)).collect();
            columns.sort_unstable();
            for (node, column) in class.iter().zip(columns) {
                for (at, count) in column.into_iter().enumerate() {
                    state[at * self.nodes() + node] = count;
                }
            }
        }
        state
    }
}

impl Worst {
    fn worse(self, other: Worst) -> Worst {
        Worst {
            scheduled: self.scheduled.min(other.scheduled),
            node: self.node.min(other.node),
            two_nodes: self.two_nodes.min(other.two_nodes),
            zone: self.zone.zip(other.zone).map(|(one, other)| one.min(other)),
            bounded: self.bounded || other.bounded,
        }
    }
}
