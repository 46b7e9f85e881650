//! The graph of what was resolved: a page, diagrams, JSON. What the rules say is broken is red.

mod diagram;
mod html;
mod json;

pub use diagram::diagram;
pub use html::html;
pub use json::json;

use crate::files::Span;
use crate::graph::Graph;
use crate::run::{Run, Status};

/// A graph with what the rules say of it.
pub struct Marked<'g> {
    graph: &'g Graph,
    /// What is wrong with each edge.
    edges: Vec<Option<String>>,
    /// What is wrong with each node.
    nodes: Vec<Vec<String>>,
}

/// Puts the findings of a run to the edges whose names they point at, else to the objects that they are about.
pub fn marked<'g>(run: &Run, graphs: &'g [Graph]) -> Vec<Marked<'g>> {
    graphs.iter().map(|graph| mark(run, graph)).collect()
}

fn mark<'g>(run: &Run, graph: &'g Graph) -> Marked<'g> {
    let mut edges = vec![None; graph.edges.len()];
    let mut nodes = vec![Vec::new(); graph.nodes.len()];
    let mut places: Vec<(Span, usize)> =
        graph.edges.iter().enumerate().map(|(at, edge)| (edge.at, at)).collect();
    places.sort_unstable();
    let mut wholes: Vec<(Span, usize)> =
        graph.nodes.iter().enumerate().filter_map(|(at, node)| Some((node.whole?, at))).collect();
    wholes.sort_unstable();
    for one in run.findings.iter().filter(|one| one.status == Status::Shown) {
        let finding = &one.finding;
        let text = finding.message.as_str();
        let span = finding.span;
        let from = places.partition_point(|(at, _)| (at.file, at.end) < (span.file, span.start));
        let touching = places[from.saturating_sub(NEAR)..].iter();
        let touching = touching
            .take_while(|(at, _)| at.file < span.file || (at.file == span.file && at.start <= span.end));
        let mut any = false;
        for (at, edge) in touching {
            if span.contains(*at) || at.contains(span) {
                any = true;
                edges[*edge].get_or_insert_with(|| text.to_owned());
            }
        }
        if any {
            continue;
        }
        let until = wholes.partition_point(|(at, _)| (at.file, at.start) <= (span.file, span.start));
        // Objects do not lie inside of each other, but several may come of one place.
        for (at, node) in wholes[..until].iter().rev().take(NEAR) {
            if at.contains(span) {
                nodes[*node].push(text.to_owned());
            }
        }
    }
    Marked { graph, edges, nodes }
}

/// Neighbours of a place that are looked at: spans may contain each other.
const NEAR: usize = 16;

impl Marked<'_> {
    /// What the graph is called.
    fn title(&self) -> String {
        match &self.graph.names[..] {
            [] => "the manifests".to_owned(),
            [only] => only.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        }
    }

    /// Whether a node has an edge.
    fn connected(&self) -> Vec<bool> {
        let mut connected = vec![false; self.graph.nodes.len()];
        for edge in &self.graph.edges {
            connected[edge.from] = true;
            connected[edge.to] = true;
        }
        connected
    }
}

/// `path:line:column` of a place.
fn place(run: &Run, span: Span) -> String {
    let Some(file) = run.files.get(span.file.0 as usize) else {
        return String::new();
    };
    let place = file.place(span.start);
    format!("{}:{}:{}", file.path, place.line, place.column)
}
