//! The graph as JSON.

use serde::Serialize;

use super::{Marked, place};
use crate::graph::State;
use crate::report::json::write_safe;
use crate::run::Run;

#[derive(Serialize)]
struct Report<'r> {
    version: u32,
    units: Vec<Unit<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Unit<'r> {
    names: &'r [String],
    nodes: Vec<Node<'r>>,
    edges: Vec<Edge<'r>>,
    edges_left_out: usize,
}

#[derive(Serialize)]
struct Node<'r> {
    kind: &'r str,
    namespace: Option<&'r str>,
    name: &'r str,
    state: &'static str,
    at: Option<String>,
    broken: &'r [String],
}

#[derive(Serialize)]
struct Edge<'r> {
    from: usize,
    to: usize,
    means: &'static str,
    text: &'r str,
    at: String,
    broken: Option<&'r str>,
}

/// Every unit with its nodes and edges; edges name nodes by their positions.
pub fn json(run: &Run, graphs: &[Marked<'_>]) -> String {
    let report = Report { version: 1, units: graphs.iter().map(|graph| unit(run, graph)).collect() };
    let mut out = Vec::new();
    // Writing to memory does not fail.
    let _ = write_safe(&report, &mut out);
    out.push(b'\n');
    String::from_utf8_lossy(&out).into_owned()
}

fn unit<'r>(run: &Run, marked: &'r Marked<'_>) -> Unit<'r> {
    let graph = marked.graph;
    let nodes = graph.nodes.iter().zip(&marked.nodes).map(|(node, broken)| Node {
        kind: &node.kind,
        namespace: node.namespace.as_deref(),
        name: &node.name,
        state: word(node.state),
        at: node.at.map(|at| place(run, at)),
        broken,
    });
    let edges = graph.edges.iter().zip(&marked.edges).map(|(edge, broken)| Edge {
        from: edge.from,
        to: edge.to,
        means: edge.means.name(),
        text: &edge.text,
        at: place(run, edge.at),
        broken: broken.as_deref(),
    });
    Unit {
        names: &graph.names,
        nodes: nodes.collect(),
        edges: edges.collect(),
        edges_left_out: graph.left_out,
    }
}

/// The word for what is known of a node.
pub(super) fn word(state: State) -> &'static str {
    match state {
        State::Present => "present",
        State::Made => "made",
        State::Unseen => "unseen",
    }
}
