//! The scheduler's hard filters over sets of nodes, and all placements that they let through. Terms that say the same
//! are one, so that thousands of them cost little.

use std::collections::{HashMap, HashSet};

use super::problem::{Domains, Past, Pods, Problem, Room, Worst};

/// Pods of each workload on each node, workload by workload.
type State = Box<[u8]>;

/// A set of nodes; problems of more than 64 are not enumerated.
type Nodes = u64;

/// The filters of a problem.
pub(super) struct Filters<'p> {
    problem: &'p Problem,
    pods: Vec<Filter>,
    /// Some node has room for less than everything.
    limited: bool,
    /// Nodes that nothing tells apart, as lists of positions.
    classes: Vec<Vec<usize>>,
    /// What one placement costs beside others.
    cost: usize,
}

/// The filters of one workload.
struct Filter {
    may_run: Nodes,
    /// For each node and each workload: where a pod of that workload keeps this one off the node, by anti-affinity of
    /// either or by a port.
    away: Vec<Vec<Nodes>>,
    /// Without the terms that only hold within one revision.
    always_away: Vec<Vec<Nodes>>,
    together: Option<Together>,
    spread: Vec<Even>,
}

/// Required affinity: every term needs a pod in the node's domain, and only pods that all terms select count.
struct Together {
    partners: Vec<bool>,
    /// Nodes that are in a domain of any term, and of every term.
    any: Nodes,
    all: Nodes,
    /// For each term, the nodes of each node's domain.
    domains: Vec<Vec<Nodes>>,
}

/// A spread constraint.
struct Even {
    counts: Vec<bool>,
    own: i64,
    max_skew: i64,
    /// With fewer domains than that, the emptiest counts as empty.
    enough: bool,
    /// The counted nodes of each counted domain.
    domains: Vec<Nodes>,
    /// The domain of each node, where it is counted.
    of: Vec<Option<usize>>,
    /// Nodes that have the key.
    known: Nodes,
}

/// What a placement means for a spread constraint.
struct Count {
    counts: Vec<i64>,
    least: i64,
}

/// Workloads that are enumerated together, at most.
const WORKLOADS: usize = 8;
/// Each placement costs as much again for every so many terms.
const TERMS: usize = 32;

fn one(node: usize) -> Nodes {
    1 << node
}

/// The nodes of each node's domain; none where a node has none.
fn regions(domains: &Domains) -> Vec<Nodes> {
    let mut all: HashMap<u16, Nodes> = HashMap::new();
    for (node, domain) in domains.iter().enumerate() {
        if let Some(domain) = domain {
            *all.entry(*domain).or_default() |= one(node);
        }
    }
    domains.iter().map(|domain| domain.map_or(0, |domain| all[&domain])).collect()
}

impl<'p> Filters<'p> {
    /// Of a problem of up to 64 nodes.
    pub(super) fn new(problem: &'p Problem) -> Self {
        let pods: Vec<Filter> = (0..problem.pods.len()).map(|at| Filter::new(problem, at)).collect();
        let terms = |filter: &Filter| {
            filter.spread.len() + filter.together.as_ref().map_or(0, |together| together.domains.len())
        };
        let cost = 1 + pods.iter().map(terms).sum::<usize>() / TERMS;
        let limited = problem.rooms.iter().any(|room| *room != Room::default());
        let mut filters = Filters { problem, pods, limited, classes: Vec::new(), cost };
        filters.classes = filters.classes();
        filters
    }

    /// The worst case over all placements, if there are no more than `most`, from which they are taken off.
    pub(super) fn enumerate(&self, past: Past, most: &mut usize) -> Option<Vec<Worst>> {
        let (problem, nodes) = (self.problem, self.problem.nodes());
        if problem.pods.len() > WORKLOADS {
            return None;
        }
        let start: State = vec![0; problem.pods.len() * nodes].into();
        let mut known: HashSet<State> = HashSet::from([start.clone()]);
        let mut todo = vec![start];
        let mut worst: Vec<Option<Worst>> = vec![None; problem.pods.len()];
        while let Some(state) = todo.pop() {
            let mut settled = true;
            let present: Vec<Nodes> = (0..problem.pods.len()).map(|at| self.present(&state, at)).collect();
            for at in 0..problem.pods.len() {
                if self.total(&state, at) >= problem.pods[at].replicas {
                    continue;
                }
                let counts: Vec<Count> =
                    self.pods[at].spread.iter().map(|even| self.count(&state, even)).collect();
                for node in 0..nodes {
                    let all = || self.is_together(at, node, &present) && self.is_even(at, node, &counts);
                    let takes = match past {
                        Past::Fresh => self.has_place(&state, at, node, &present, true) && all(),
                        Past::Any => self.has_place(&state, at, node, &present, false),
                    };
                    if !takes {
                        continue;
                    }
                    settled &=
                        past == Past::Any && !(self.has_place(&state, at, node, &present, true) && all());
                    let mut next = state.clone();
                    next[at * nodes + node] += 1;
                    self.sort(&mut next);
                    if !known.contains(&next) {
                        *most = most.checked_sub(self.cost)?;
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

    fn row<'s>(&self, state: &'s State, at: usize) -> &'s [u8] {
        let nodes = self.problem.nodes();
        &state[at * nodes..(at + 1) * nodes]
    }

    fn total(&self, state: &State, at: usize) -> usize {
        self.row(state, at).iter().map(|count| usize::from(*count)).sum()
    }

    fn present(&self, state: &State, at: usize) -> Nodes {
        let row = self.row(state, at).iter().enumerate();
        row.filter(|(_, count)| **count > 0).fold(0, |nodes, (node, _)| nodes | one(node))
    }

    /// What no past can break lets the next pod onto a node: what the node has, its ports, and anti-affinity. With
    /// `all`, also that which holds within one revision.
    fn has_place(&self, state: &State, at: usize, node: usize, present: &[Nodes], all: bool) -> bool {
        let filter = &self.pods[at];
        let away = if all { &filter.away[node] } else { &filter.always_away[node] };
        filter.may_run & one(node) != 0
            && away.iter().zip(present).all(|(away, present)| away & present == 0)
            && (!self.limited || self.has_room(state, at, node))
    }

    fn has_room(&self, state: &State, at: usize, node: usize) -> bool {
        let all = &self.problem.pods;
        let fits = |limit: Option<i64>, of: fn(&Pods) -> i64| {
            limit.is_none_or(|limit| {
                let here = |other: usize| i64::from(self.row(state, other)[node]);
                let used = all.iter().enumerate().map(|(other, pods)| here(other).saturating_mul(of(pods)));
                used.fold(of(&all[at]), i64::saturating_add) <= limit
            })
        };
        let room = self.problem.rooms[node];
        fits(room.pods, |_| 1)
            && fits(room.cpu, |pods| pods.asks.cpu.unwrap_or(0))
            && fits(room.memory, |pods| pods.asks.memory.unwrap_or(0))
    }

    /// The first pod of all is let through if the terms select the pod itself.
    fn is_together(&self, at: usize, node: usize, present: &[Nodes]) -> bool {
        let Some(together) = &self.pods[at].together else {
            return true;
        };
        let partners = together.partners.iter().zip(present).filter(|(partner, _)| **partner);
        let partners = partners.fold(0, |all, (_, present)| all | present);
        together.all & one(node) != 0
            && match partners & together.any {
                0 => together.partners[at],
                _ => together.domains.iter().all(|domains| domains[node] & partners != 0),
            }
    }

    fn count(&self, state: &State, even: &Even) -> Count {
        let nodes = self.problem.nodes();
        let selected = |node: usize| -> i64 {
            let own = (0..self.pods.len()).filter(|at| even.counts[*at]);
            own.map(|at| i64::from(state[at * nodes + node])).sum()
        };
        let inside = |domain: &Nodes| (0..nodes).filter(|node| domain & one(*node) != 0).map(selected).sum();
        let counts: Vec<i64> = even.domains.iter().map(inside).collect();
        let least = if even.enough { counts.iter().copied().min().unwrap_or(0) } else { 0 };
        Count { counts, least }
    }

    fn is_even(&self, at: usize, node: usize, counts: &[Count]) -> bool {
        self.pods[at].spread.iter().zip(counts).all(|(even, count)| {
            let here = even.of[node].map_or(0, |domain| count.counts[domain]);
            even.known & one(node) != 0 && here + even.own - count.least <= even.max_skew
        })
    }

    /// What of a workload stays when the worst is lost from a settled state.
    fn left(&self, state: &State, at: usize) -> Worst {
        let mut row: Vec<usize> = self.row(state, at).iter().map(|count| usize::from(*count)).collect();
        let scheduled: usize = row.iter().sum();
        let mut zones: Vec<(u16, usize)> = Vec::new();
        let zone_of = &self.problem.zones;
        for (zone, count) in zone_of.iter().zip(&row).filter_map(|one| Some(((*one.0)?, *one.1))) {
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

    fn classes(&self) -> Vec<Vec<usize>> {
        let mut classes: Vec<Vec<usize>> = Vec::new();
        for node in 0..self.problem.nodes() {
            match classes.iter_mut().find(|class| self.alike(class[0], node)) {
                Some(class) => class.push(node),
                None => classes.push(vec![node]),
            }
        }
        classes.retain(|class| class.len() > 1);
        classes
    }

    /// Whether two nodes can be exchanged: no filter sees a difference if both change places.
    fn alike(&self, here: usize, there: usize) -> bool {
        let both = one(here) | one(there);
        let exchanged = |nodes: Nodes| match nodes & both {
            0 => nodes,
            found if found == both => nodes,
            found => nodes ^ found ^ (both ^ found),
        };
        let node = |at: usize| match at {
            _ if at == here => there,
            _ if at == there => here,
            _ => at,
        };
        let same = |regions: &[Nodes]| {
            regions.iter().enumerate().all(|(at, region)| regions[node(at)] == exchanged(*region))
        };
        self.problem.rooms[here] == self.problem.rooms[there]
            && self.problem.zones[here] == self.problem.zones[there]
            && self.pods.iter().all(|filter| {
                let away = |table: &[Vec<Nodes>]| {
                    table.iter().enumerate().all(|(at, row)| {
                        let other = &table[node(at)];
                        row.iter().zip(other).all(|(one, two)| *two == exchanged(*one))
                    })
                };
                let evenly = |even: &Even| {
                    let domain = |at: &Option<usize>| at.map_or(0, |domain| even.domains[domain]);
                    same(&even.of.iter().map(domain).collect::<Vec<_>>())
                        && exchanged(even.known) == even.known
                };
                exchanged(filter.may_run) == filter.may_run
                    && away(&filter.away)
                    && away(&filter.always_away)
                    && filter.together.as_ref().is_none_or(|together| {
                        exchanged(together.any) == together.any
                            && exchanged(together.all) == together.all
                            && together.domains.iter().all(|regions| same(regions))
                    })
                    && filter.spread.iter().all(evenly)
            })
    }

    /// Puts equal nodes into one order.
    fn sort(&self, state: &mut State) {
        let (nodes, all) = (self.problem.nodes(), self.pods.len());
        for class in &self.classes {
            let column = |node: usize| {
                (0..all).fold(0_u64, |sum, at| (sum << 8) | u64::from(state[at * nodes + node]))
            };
            let mut columns: Vec<u64> = class.iter().map(|node| column(*node)).collect();
            columns.sort_unstable();
            for (node, column) in class.iter().zip(columns) {
                for at in 0..all {
                    state[at * nodes + node] = column.to_be_bytes()[8 - all + at];
                }
            }
        }
    }
}

impl Filter {
    fn new(problem: &Problem, at: usize) -> Self {
        let pods = &problem.pods[at];
        let nodes = problem.nodes();
        let mut away = vec![vec![0; problem.pods.len()]; nodes];
        for (other, theirs) in problem.pods.iter().enumerate() {
            if theirs.ports.iter().any(|port| pods.ports.contains(port)) {
                away.iter_mut().enumerate().for_each(|(node, row)| row[other] |= one(node));
            }
        }
        let mut always_away = away.clone();
        let own = pods.apart.iter().map(|term| (term, None));
        let theirs = problem.pods.iter().enumerate();
        let theirs = theirs.flat_map(|(other, pods)| pods.apart.iter().map(move |term| (term, Some(other))));
        for (term, of) in own.chain(theirs) {
            let meant: Vec<usize> = match of {
                None => (0..problem.pods.len()).filter(|other| term.selects[*other]).collect(),
                Some(other) => Vec::from_iter(term.selects[at].then_some(other)),
            };
            if meant.is_empty() {
                continue;
            }
            for (node, region) in regions(&term.domains).into_iter().enumerate() {
                for &other in &meant {
                    away[node][other] |= region;
                    if !term.of_revision {
                        always_away[node][other] |= region;
                    }
                }
            }
        }
        let may_run = (0..nodes).filter(|node| pods.may_run[*node]).fold(0, |all, node| all | one(node));
        Filter { may_run, away, always_away, together: together(problem, pods), spread: spread(problem, at) }
    }
}

fn together(problem: &Problem, pods: &Pods) -> Option<Together> {
    let terms = &pods.together;
    let partner = |other: usize| terms.iter().all(|term| term.selects[other]);
    let partners = (0..problem.pods.len()).map(partner).collect();
    let mut together = Together { partners, any: 0, all: Nodes::MAX, domains: Vec::new() };
    let mut known = HashSet::new();
    for term in terms {
        let regions = regions(&term.domains);
        let covered = regions.iter().fold(0, |all, region| all | region);
        together.any |= covered;
        together.all &= covered;
        if known.insert(regions.clone()) {
            together.domains.push(regions);
        }
    }
    (!terms.is_empty()).then_some(together)
}

/// The constraints of a workload. Of those that differ in `maxSkew` alone, the strictest counts.
fn spread(problem: &Problem, at: usize) -> Vec<Even> {
    let constraints = &problem.pods[at].spread;
    let nodes = problem.nodes();
    let keyed = problem.keyed(at);
    let mut places: HashMap<_, usize> = HashMap::new();
    let mut found: Vec<Even> = Vec::new();
    for constraint in constraints {
        let regions = regions(&constraint.domains);
        let counted = (0..nodes).filter(|node| constraint.counted[*node] && keyed[*node]);
        let counted = counted.fold(0, |all, node| all | one(node));
        let known = regions.iter().fold(0, |all, region| all | region);
        let mut domains: Vec<Nodes> =
            regions.iter().map(|region| region & counted).filter(|it| *it != 0).collect();
        domains.sort_unstable();
        domains.dedup();
        let of = |region: &Nodes| domains.iter().position(|domain| *domain == region & counted);
        let of: Vec<Option<usize>> = regions.iter().map(of).collect();
        let enough = domains.len() >= constraint.min_domains;
        let key = (constraint.counts.clone(), domains.clone(), of.clone(), known, enough);
        match places.get(&key) {
            Some(place) => {
                let even: &mut Even = &mut found[*place];
                even.max_skew = even.max_skew.min(constraint.max_skew);
            }
            None => {
                places.insert(key, found.len());
                let (counts, own) = (constraint.counts.clone(), i64::from(constraint.counts[at]));
                found.push(Even { counts, own, max_skew: constraint.max_skew, enough, domains, of, known });
            }
        }
    }
    found
}
