//! What a unit resolves to, as a graph: its objects, and who routes to, selects, reads or calls whom.
//!
//! `edges` asks the inventory for every kind of edge that it knows; `layout` gives each node a place.

mod edges;
pub mod layout;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::document::Object;
use crate::files::Span;
use crate::inventory::{Found, Inventory, Surroundings};
use crate::secrets::{credential, mask};

/// What is known of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is in the input.
    Present,
    /// Something makes it at run time, or the configuration says that it is there.
    Made,
    /// It is named and not in view.
    Unseen,
}

/// An object, or what is named in place of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its kind; `Pods` where a selector finds none, `Host` for a name outside of Kubernetes.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace, if one is set.
    pub namespace: Option<String>,
    /// Whether it is there.
    pub state: State,
    /// Where its name stands.
    pub at: Option<Span>,
    /// All of it.
    pub whole: Option<Span>,
}

/// What one node has to do with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Means {
    /// Requests are sent on.
    Routes,
    /// A Service, policy or monitor selects pods or Services.
    Selects,
    /// A host name in a variable or in configuration.
    Calls,
    /// Values of a ConfigMap or Secret.
    Reads,
    /// A volume, a claim, a class of storage.
    Stores,
    /// An autoscaler's target.
    Scales,
    /// A disruption budget's pods.
    Guards,
    /// ServiceAccounts, roles and their bindings.
    Allows,
    /// The API server calls a Service.
    Serves,
}

impl Means {
    /// The word in JSON and in the page.
    pub fn name(self) -> &'static str {
        match self {
            Means::Routes => "routes",
            Means::Selects => "selects",
            Means::Calls => "calls",
            Means::Reads => "reads",
            Means::Stores => "stores",
            Means::Scales => "scales",
            Means::Guards => "guards",
            Means::Allows => "allows",
            Means::Serves => "serves",
        }
    }
}

/// An edge, from the one who names to the one who is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Position of the node where it begins.
    pub from: usize,
    /// Position of the node where it ends.
    pub to: usize,
    /// What it means.
    pub means: Means,
    /// What it says, such as the variable or the field.
    pub text: String,
    /// Where that stands.
    pub at: Span,
}

/// One unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// What the unit is called: the kustomization or the chart with its values; several if they do not differ here.
    pub names: Vec<String>,
    /// The objects in the order of the input, then what is only named.
    pub nodes: Vec<Node>,
    /// The edges, by kind, then in the order of the input.
    pub edges: Vec<Edge>,
    /// Edges beyond [`MOST`], which are not listed.
    pub left_out: usize,
    /// Places that no report may print.
    pub masks: Vec<Span>,
}

/// Edges of one unit that are listed. Nobody reads more, and selectors may reach everything from everywhere.
pub const MOST: usize = 20_000;

/// Collects the graphs of all units while they go by.
#[derive(Clone, Debug, Default)]
pub struct Atlas {
    found: Arc<Mutex<Vec<Graph>>>,
}

impl Atlas {
    /// Sees every unit of a run with these surroundings.
    pub fn observe(&self, surroundings: &mut Surroundings) {
        let found = Arc::clone(&self.found);
        surroundings.observer = Some(Arc::new(move |inventory: &Inventory<'_>, name: Option<&str>| {
            let mut graph = graph(inventory);
            graph.names.extend(name.map(str::to_owned));
            found.lock().unwrap_or_else(PoisonError::into_inner).push(graph);
        }));
    }

    /// The graphs in the order of the input. Units in which nothing differs are one with several names.
    pub fn into_graphs(self) -> Vec<Graph> {
        let mut found = std::mem::take(&mut *self.found.lock().unwrap_or_else(PoisonError::into_inner));
        let key = |graph: &Graph| {
            let places: Vec<Option<Span>> = graph.nodes.iter().map(|node| node.at).collect();
            (places, graph.names.clone())
        };
        found.sort_by_cached_key(key);
        found.dedup_by(|next, kept| {
            let same = (&next.nodes, &next.edges) == (&kept.nodes, &kept.edges);
            if same {
                kept.names.append(&mut next.names);
            }
            same
        });
        found
    }
}

/// The graph of one unit.
pub fn graph(inventory: &Inventory<'_>) -> Graph {
    let mut drawing = Drawing { inventory, graph: Graph::default(), known: HashMap::new() };
    let mut trees = HashSet::new();
    for object in &inventory.objects {
        drawing.object(object);
        let root = object.node.tree().root().span();
        secrets(object, trees.insert(root), &mut drawing.graph.masks);
    }
    drawing.graph.masks.sort_unstable();
    drawing.graph.masks.dedup();
    drawing.edges();
    drawing.graph
}

/// What of an object no report may print, with the comments around it, for the `first` one of its document, and what
/// its template says in other cases.
fn secrets(object: &Object<'_>, first: bool, found: &mut Vec<Span>) {
    found.extend(mask::spans(*object).into_iter().chain(credential::spans(object)));
    let tree = object.node.tree();
    if first {
        mask::around(tree, found);
    }
    let (source, whole) = (tree.source(), object.node.span());
    if source.chart.is_some() && source.id == whole.file {
        found.extend(mask::in_text(source, whole.range()));
    }
}

/// Kind, namespace and name; the place tells apart what has the same name.
type Key = (String, Option<String>, String, Option<Span>);

/// A graph that is being made.
struct Drawing<'i, 'a> {
    inventory: &'i Inventory<'a>,
    graph: Graph,
    known: HashMap<Key, usize>,
}

impl<'a> Drawing<'_, 'a> {
    /// The node of an object.
    fn object(&mut self, object: &Object<'a>) -> usize {
        let at = Some(object.anchor().span());
        self.node(Node {
            kind: object.kind.to_owned(),
            name: object.name.to_owned(),
            namespace: object.namespace.map(str::to_owned),
            state: State::Present,
            at,
            whole: Some(object.node.span()),
        })
    }

    fn node(&mut self, node: Node) -> usize {
        let key = (node.kind.clone(), node.namespace.clone(), node.name.clone(), node.at);
        let next = self.graph.nodes.len();
        let at = *self.known.entry(key).or_insert(next);
        if at == next {
            self.graph.nodes.push(node);
        }
        at
    }

    /// The node of something that is not in view.
    fn absent(&mut self, kind: &str, namespace: Option<&str>, name: &str, state: State) -> usize {
        self.node(Node {
            kind: kind.to_owned(),
            name: name.to_owned(),
            namespace: namespace.map(str::to_owned),
            state,
            at: None,
            whole: None,
        })
    }

    /// The node that a name leads to from an object.
    fn named(
        &mut self,
        from: &Object<'a>,
        namespace: Option<&str>,
        kind: &str,
        list: &str,
        name: &str,
    ) -> usize {
        match self.inventory.look_up(from, namespace, kind, list, name) {
            Found::Object(object, _) => self.object(&object),
            Found::Made => self.absent(kind, namespace, name, State::Made),
            Found::Elsewhere(_) | Found::Near(_) | Found::Nothing => {
                self.absent(kind, namespace, name, State::Unseen)
            }
        }
    }

    /// Adds an edge, once.
    fn edge(&mut self, from: usize, to: usize, means: Means, text: impl Into<String>, at: Span) {
        if self.graph.edges.len() >= MOST {
            self.graph.left_out += 1;
            return;
        }
        self.graph.edges.push(Edge { from, to, means, text: text.into(), at });
    }
}
