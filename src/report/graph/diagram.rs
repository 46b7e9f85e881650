//! The graph as boxes and arrows, without what is not connected.

use super::Marked;
use crate::graph::State;
use crate::report::diagram::{Arrow, Diagram, Look, Shape};

/// Every unit as a group.
pub fn diagram(graphs: &[Marked<'_>]) -> Diagram {
    let mut diagram = Diagram::default();
    for marked in graphs {
        let group = diagram.groups.len();
        diagram.groups.push(marked.title());
        let connected = marked.connected();
        let mut number = vec![None; connected.len()];
        for (at, node) in marked.graph.nodes.iter().enumerate().filter(|one| connected[one.0]) {
            let look = match node.state {
                _ if !marked.nodes[at].is_empty() => Look::Bad,
                State::Present => Look::Plain,
                State::Made | State::Unseen => Look::Faint,
            };
            number[at] = Some(diagram.shapes.len());
            diagram.shapes.push(Shape { lines: vec![node.kind.clone(), node.name.clone()], look, group });
        }
        for (edge, broken) in marked.graph.edges.iter().zip(&marked.edges) {
            let (Some(from), Some(to)) = (number[edge.from], number[edge.to]) else { continue };
            let look = if broken.is_some() { Look::Bad } else { Look::Plain };
            diagram.arrows.push(Arrow { from, to, text: edge.text.clone(), look });
        }
    }
    diagram
}
