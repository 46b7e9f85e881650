//! The graph as one page: a picture that is there without scripts, and what a script adds to it: moving about,
//! searching, the manifest behind what is clicked.

use std::fmt::Write;

use serde::Serialize;

use super::json::word;
use super::{Marked, place};
use crate::files::Span;
use crate::graph::State;
use crate::graph::layout::{HEIGHT, WIDTH, layout};
use crate::report::page::{escape, page};
use crate::report::text::{counted, harmless};
use crate::run::Run;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Lines of a manifest that are shown.
const LINES: usize = 60;
/// Lines around a name that are shown.
const CONTEXT: usize = 2;

/// What the script knows of a unit.
#[derive(Serialize)]
struct Unit {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

#[derive(Serialize)]
struct Node {
    kind: String,
    name: String,
    namespace: Option<String>,
    state: &'static str,
    at: String,
    broken: Vec<String>,
    text: String,
}

#[derive(Serialize)]
struct Edge {
    from: usize,
    to: usize,
    means: &'static str,
    text: String,
    at: String,
    broken: Option<String>,
    lines: String,
}

/// The page.
pub fn html(run: &Run, graphs: &[Marked<'_>]) -> String {
    let mut pictures = String::new();
    let mut options = String::new();
    for (at, marked) in graphs.iter().enumerate() {
        let hidden = if at == 0 { "" } else { " hidden" };
        let _ = writeln!(options, "<option value=\"{at}\">{}</option>", escape(&marked.title()));
        draw(&mut pictures, marked, at, hidden);
    }
    let choice = if graphs.len() > 1 { "" } else { " hidden" };
    let broken: usize = graphs
        .iter()
        .map(|one| {
            one.edges.iter().flatten().count() + one.nodes.iter().filter(|one| !one.is_empty()).count()
        })
        .sum();
    let said = match broken {
        0 => "nothing is broken".to_owned(),
        count => format!("{} broken", counted(count, "place")),
    };
    let body = format!(
        "<header>\n<select id=\"unit\" aria-label=\"Unit\"{choice}>\n{options}</select>\n<input id=\"search\" type=\"search\" \
         placeholder=\"Search ( / )\" aria-label=\"Search\">\n<span id=\"count\"></span>\n<button id=\"fit\">Fit</button>\n\
         <button id=\"next\"{}>Next broken</button>\n<span class=\"said\">{said}</span>\n</header>\n<main>\n<div \
         id=\"canvas\">\n{pictures}</div>\n<aside id=\"panel\" hidden></aside>\n</main>\n<script type=\"application/json\" \
         id=\"data\">{}</script>\n",
        if broken == 0 { " hidden" } else { "" },
        data(run, graphs)
    );
    page("What the manifests resolve to", STYLE, &body, SCRIPT)
}

fn draw(out: &mut String, marked: &Marked<'_>, number: usize, hidden: &str) {
    let graph = marked.graph;
    let pairs: Vec<(usize, usize)> = graph.edges.iter().map(|edge| (edge.from, edge.to)).collect();
    let layout = layout(graph.nodes.len(), &pairs);
    let _ = writeln!(
        out,
        "<svg data-unit=\"{number}\" viewBox=\"0 0 {:.0} {:.0}\" xmlns=\"http://www.w3.org/2000/svg\"{hidden}>\n<defs><marker \
         id=\"tip{number}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\"><path d=\"M0 0L8 4L0 8z\" fill=\"context-stroke\"/></marker></defs>",
        layout.width, layout.height
    );
    for (at, edge) in graph.edges.iter().enumerate() {
        let ((x1, y1), (x2, y2)) = (layout.places[edge.from], layout.places[edge.to]);
        let (y1, y2) = (y1 + HEIGHT / 2.0, y2 + HEIGHT / 2.0);
        let way = if x2 > x1 {
            let middle = ((x2 - x1 - WIDTH) / 2.0).max(30.0);
            (x1 + WIDTH, x1 + WIDTH + middle, x2 - middle, x2)
        } else if x2 < x1 {
            (x1, x1 - 60.0, x2 + WIDTH + 60.0, x2 + WIDTH)
        } else {
            (x1 + WIDTH, x1 + WIDTH + 60.0, x1 + WIDTH + 60.0, x2 + WIDTH)
        };
        let broken = marked.edges[at].as_ref();
        let look = if broken.is_some() { " bad" } else { "" };
        let title = match broken {
            Some(message) => escape(message),
            None => escape(&format!("{} {}", edge.means.name(), edge.text)),
        };
        let _ = writeln!(
            out,
            "<path class=\"edge {}{look}\" data-edge=\"{at}\" marker-end=\"url(#tip{number})\" d=\"M{:.1} {y1:.1}C{:.1} \
             {y1:.1} {:.1} {y2:.1} {:.1} {y2:.1}\"><title>{title}</title></path>",
            edge.means.name(),
            way.0,
            way.1,
            way.2,
            way.3
        );
    }
    for (at, node) in graph.nodes.iter().enumerate() {
        let (x, y) = layout.places[at];
        let look = match node.state {
            _ if !marked.nodes[at].is_empty() => " bad",
            State::Present => "",
            State::Made => " made",
            State::Unseen => " unseen",
        };
        let title = match &node.namespace {
            Some(namespace) => format!("{} {namespace}/{}", node.kind, node.name),
            None => format!("{} {}", node.kind, node.name),
        };
        let _ = writeln!(
            out,
            "<g class=\"node{look}\" data-node=\"{at}\" tabindex=\"0\" transform=\"translate({x:.1} {y:.1})\"><title>{}</title>\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\"/><text class=\"kind\" x=\"10\" y=\"14\">{}</text><text \
             x=\"10\" y=\"30\">{}</text></g>",
            escape(&title),
            escape(&node.kind),
            escape(&short(&node.name)),
        );
    }
    out.push_str("</svg>\n");
}

/// A name that fits into its box, with its end, which tells it from its neighbours.
fn short(name: &str) -> String {
    const MOST: usize = 27;
    let count = name.chars().count();
    if count <= MOST {
        return name.to_owned();
    }
    let start: String = name.chars().take(12).collect();
    let end: String = name.chars().skip(count - (MOST - 13)).collect();
    format!("{start}…{end}")
}

/// What the script needs, as JSON that cannot end the element that it stands in.
fn data(run: &Run, graphs: &[Marked<'_>]) -> String {
    let units: Vec<Unit> = graphs.iter().map(|marked| unit(run, marked)).collect();
    let text = serde_json::to_string(&units).unwrap_or_else(|_| "[]".to_owned());
    text.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

fn unit(run: &Run, marked: &Marked<'_>) -> Unit {
    let graph = marked.graph;
    let shown = |text: &str| harmless(text).into_owned();
    let nodes = graph.nodes.iter().zip(&marked.nodes).map(|(node, broken)| Node {
        kind: shown(&node.kind),
        name: shown(&node.name),
        namespace: node.namespace.as_deref().map(shown),
        state: word(node.state),
        at: node.at.map_or_else(String::new, |at| shown(&place(run, at))),
        broken: broken.iter().map(|text| shown(text)).collect(),
        text: node.whole.map_or_else(String::new, |whole| lines(run, &graph.masks, whole, whole)),
    });
    let edges = graph.edges.iter().zip(&marked.edges).map(|(edge, broken)| Edge {
        from: edge.from,
        to: edge.to,
        means: edge.means.name(),
        text: shown(&edge.text),
        at: shown(&place(run, edge.at)),
        broken: broken.as_deref().map(shown),
        lines: around(run, marked, edge.from, edge.at),
    });
    Unit { nodes: nodes.collect(), edges: edges.collect() }
}

/// A few lines around a place, no further than the object that it is part of: only of that one all secrets are known,
/// so nothing is shown of what was written elsewhere, such as the values of a chart.
fn around(run: &Run, marked: &Marked<'_>, node: usize, at: Span) -> String {
    let whole = marked.graph.nodes[node].whole.filter(|whole| whole.contains(at));
    let Some((whole, file)) = whole.zip(run.files.get(at.file.0 as usize)) else {
        return String::new();
    };
    let first = file.line_index(at.start).saturating_sub(CONTEXT);
    let last = file.line_index(at.end) + CONTEXT;
    let start = (file.line_range(first).start as u32).max(whole.start);
    let end = (file.line_range(last).end as u32).min(whole.end);
    lines(run, &marked.graph.masks, Span { start, end: end.max(start), ..at }, at)
}

/// The lines of a span with their numbers, secrets withheld; `mark` is the place that they are shown for.
fn lines(run: &Run, masks: &[Span], span: Span, mark: Span) -> String {
    let Some(file) = run.files.get(span.file.0 as usize) else {
        return String::new();
    };
    let (first, last) = (file.line_index(span.start), file.line_index(span.end.max(span.start + 1) - 1));
    let marked = file.line_index(mark.start);
    let mut out = String::new();
    for number in first..=last.min(first + LINES - 1) {
        let line = file.line_range(number);
        let sign = if number == marked && span != mark { '>' } else { ' ' };
        let _ = write!(out, "{sign}{:>5}  ", number + 1);
        let mut from = line.start;
        for range in masks_of(run, masks, file.span(line.clone())) {
            if range.start >= from {
                out.push_str(&harmless(file.text.get(from..range.start).unwrap_or("")));
                out.push_str("***");
            }
            from = from.max(range.end);
        }
        out.push_str(&harmless(file.text.get(from..line.end).unwrap_or("")));
        out.push('\n');
    }
    if last >= first + LINES {
        let _ = writeln!(out, "        … {} more lines", last - first - LINES + 1);
    }
    out
}

/// The parts of a line that are secret, in order.
fn masks_of(run: &Run, own: &[Span], line: Span) -> Vec<std::ops::Range<usize>> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for masks in [own, run.masks.as_slice()] {
        let until = masks.partition_point(|mask| (mask.file, mask.start) < (line.file, line.end));
        // Texts of many lines begin far above.
        let near = masks[..until].iter().rev().take_while(|mask| mask.file == line.file).take(200);
        let touching = near.filter(|mask| mask.end > line.start);
        found.extend(
            touching.map(|mask| (mask.start.max(line.start) as usize, mask.end.min(line.end) as usize)),
        );
    }
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(|(start, end)| start..end).collect()
}
