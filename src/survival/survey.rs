//! All units of a run, judged: what `wplint survive` shows.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::cluster::{Cluster, Node};
use super::entry::{Entry, entries};
use super::judge::{Event, Given, Judge, Memory, Row};
use crate::document::{classify, load};
use crate::files::{FileId, SourceFile};
use crate::inventory::{Inventory, Surroundings};

/// One unit: its workloads and its entry points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What the unit is called: the kustomization or the chart with its values; several if they do not differ here.
    pub names: Vec<String>,
    /// The workloads, in the order of the input.
    pub rows: Vec<Row>,
    /// The entry points.
    pub entries: Vec<Entry>,
    /// What the cluster was taken to be.
    pub cluster: String,
}

/// Collects what is judged while the units of a run go by.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    found: Arc<Mutex<Vec<Judged>>>,
}

impl Survey {
    /// Judges every unit that has workloads. `cluster` are nodes that were named; else Node objects of the unit count,
    /// else the numbers of the configuration.
    pub fn observe(&self, surroundings: &mut Surroundings, cluster: Option<Cluster>) {
        let found = Arc::clone(&self.found);
        // Units ask the same, if they are about the same nodes.
        let memories: Mutex<Vec<(Given, Arc<Memory>)>> = Mutex::default();
        surroundings.observer = Some(Arc::new(move |inventory: &Inventory<'_>, name: Option<&str>| {
            let given = cluster.clone().map_or_else(|| given(inventory), Given::Nodes);
            let memory = {
                let mut memories = memories.lock().unwrap_or_else(PoisonError::into_inner);
                let known =
                    memories.iter().find(|(of, _)| *of == given).map(|(_, memory)| Arc::clone(memory));
                known.unwrap_or_else(|| {
                    let memory = Arc::default();
                    memories.push((given.clone(), Arc::clone(&memory)));
                    memories.truncate(CLUSTERS);
                    memory
                })
            };
            let rows = Judge::with(inventory, &given, memory).rows();
            if rows.is_empty() {
                return;
            }
            let entries = entries(inventory, &rows);
            let cluster = describe(&given);
            let names = name.map(str::to_owned).into_iter().collect();
            let judged = Judged { names, rows, entries, cluster };
            found.lock().unwrap_or_else(PoisonError::into_inner).push(judged);
        }));
    }

    /// What was judged, in the order of the input. Units in which nothing differs are one with several names.
    pub fn into_judged(self) -> Vec<Judged> {
        let mut found = std::mem::take(&mut *self.found.lock().unwrap_or_else(PoisonError::into_inner));
        let spans = |unit: &Judged| unit.rows.iter().map(|row| row.span).collect::<Vec<_>>();
        found.sort_by(|one, other| (spans(one), &one.names).cmp(&(spans(other), &other.names)));
        found.dedup_by(|next, kept| {
            let same =
                (&next.rows, &next.entries, &next.cluster) == (&kept.rows, &kept.entries, &kept.cluster);
            if same {
                kept.names.append(&mut next.names);
            }
            same
        });
        found
    }
}

/// The cluster as far as a unit and the configuration tell.
pub fn given(inventory: &Inventory<'_>) -> Given {
    let nodes: Vec<Node> = inventory.objects.iter().filter_map(Node::read).collect();
    if !nodes.is_empty() {
        return Given::Nodes(Cluster { nodes, real: true });
    }
    match inventory.surroundings.nodes {
        Some(nodes) => {
            let zones = inventory.surroundings.zones.unwrap_or(1).min(nodes);
            Given::Nodes(Cluster::even(nodes.min(NODES) as usize, zones as usize))
        }
        None => Given::Nothing,
    }
}

/// Clusters that answers are remembered for.
const CLUSTERS: usize = 4;

/// Nodes that are made up at most.
const NODES: u32 = 5_000;

/// Reads the nodes of a file, as `kubectl get nodes -o yaml` prints them.
///
/// # Errors
/// The file cannot be read, or has no Node.
pub fn read_nodes(path: &Path) -> Result<Cluster, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let source = SourceFile::new(FileId(0), path.display().to_string(), text);
    let documents = load(&[Arc::new(source)]);
    let classes: Vec<_> = documents.iter().map(classify).collect();
    let objects = classes.iter().flat_map(|class| class.objects());
    let nodes: Vec<Node> = objects.filter_map(|object| Node::read(&object)).collect();
    if nodes.is_empty() {
        return Err(format!(
            "{} has no Node: it takes what `kubectl get nodes -o yaml` prints",
            path.display()
        ));
    }
    Ok(Cluster { nodes, real: true })
}

fn describe(given: &Given) -> String {
    match given {
        Given::Nothing => "any cluster on which all pods run".to_owned(),
        Given::Nodes(cluster) => {
            let zones: std::collections::BTreeSet<u16> =
                cluster.domains(super::cluster::ZONE).into_iter().flatten().collect();
            let count =
                |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
            let nodes = count(cluster.nodes.len(), "node");
            if zones.is_empty() { nodes } else { format!("{nodes} in {}", count(zones.len(), "zone")) }
        }
    }
}

impl Judged {
    /// What does not survive an event: entry points, or workloads where there is no entry point.
    pub fn unmet(&self, event: Event) -> Vec<&str> {
        if self.entries.is_empty() {
            let lost = self.rows.iter().filter(|row| row.survives(event) == Some(false));
            return lost.map(|row| row.title.as_str()).collect();
        }
        let lost =
            self.entries.iter().filter(|entry| entry.weakest(&self.rows, event).survives == Some(false));
        lost.map(|entry| entry.title.as_str()).collect()
    }
}
