//! Places for the nodes of a graph: layers from left to right, neighbours near each other, and the same picture
//! every time.
//!
//! Layers follow the longest way, order within a layer the mean of the neighbours, and heights are the closest to the
//! neighbours' that keep the order. It is written here because a picture of one unit has hundreds of connected parts
//! that have to share a page, and strips of many columns that have to be folded: `rust-sugiyama`, whose layout of one
//! part is more elaborate, returns each part with a place of its own. How fast and how good it is was not measured.

use std::collections::VecDeque;

/// Width of a node.
pub const WIDTH: f64 = 200.0;
/// Height of a node.
pub const HEIGHT: f64 = 38.0;
/// Room between two columns.
const BETWEEN: f64 = 90.0;
/// Room between two nodes of a column.
const GAP: f64 = 12.0;
/// Room around a connected part.
const MARGIN: f64 = 40.0;
/// Passes over the layers.
const SWEEPS: usize = 8;
/// Columns that are put side by side in any case.
const LONGEST: usize = 12;
/// A column is not much higher than this many nodes.
const TALLEST: usize = 40;

/// Where everything is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// The upper left corner of each node.
    pub places: Vec<(f64, f64)>,
    /// Width of the whole.
    pub width: f64,
    /// Height of the whole.
    pub height: f64,
}

/// Places `count` nodes with these edges.
pub fn layout(count: usize, edges: &[(usize, usize)]) -> Layout {
    let mut out = vec![Vec::new(); count];
    for &(from, to) in edges.iter().filter(|edge| edge.0 != edge.1) {
        out[from].push(to);
    }
    for list in &mut out {
        list.sort_unstable();
        list.dedup();
    }
    let mut parts: Vec<Part> = Vec::new();
    let mut alone = Vec::new();
    for part in components(&out) {
        match part[..] {
            [only] => alone.push(only),
            _ => parts.push(place(&part, &out)),
        }
    }
    // Those with no edge at all: a block of their own, below everything else.
    parts.sort_by(|one, other| other.height.total_cmp(&one.height));
    let area: f64 = parts.iter().map(|part| (part.width + MARGIN) * (part.height + MARGIN)).sum();
    let widest = parts.iter().map(|part| part.width).fold(WIDTH, f64::max);
    let room = widest.max((area * 1.7).sqrt());
    let mut layout = Layout { places: vec![(0.0, 0.0); count], width: 0.0, height: 0.0 };
    let (mut x, mut y, mut row) = (MARGIN, MARGIN, 0.0_f64);
    for part in &parts {
        if x > MARGIN && x + part.width > room + MARGIN {
            (x, y, row) = (MARGIN, y + row + MARGIN, 0.0);
        }
        for &(node, own_x, own_y) in &part.places {
            layout.places[node] = (x + own_x, y + own_y);
        }
        x += part.width + MARGIN;
        layout.width = layout.width.max(x);
        row = row.max(part.height);
    }
    if !parts.is_empty() {
        y += row + MARGIN;
    }
    let across = (((room + GAP) / (WIDTH + GAP)) as usize).max(4);
    for (at, node) in alone.iter().enumerate() {
        let (column, line) = ((at % across) as f64, (at / across) as f64);
        layout.places[*node] = (MARGIN + column * (WIDTH + GAP), y + line * (HEIGHT + GAP));
        layout.width = layout.width.max(MARGIN * 2.0 + (column + 1.0) * (WIDTH + GAP));
        layout.height = y + (line + 1.0) * (HEIGHT + GAP);
    }
    layout.height = layout.height.max(y) + MARGIN / 2.0;
    layout
}

/// A connected part with places of its own.
struct Part {
    places: Vec<(usize, f64, f64)>,
    width: f64,
    height: f64,
}

/// Connected parts, each ascending, in the order of their first nodes.
fn components(out: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut neighbours = vec![Vec::new(); out.len()];
    for (from, list) in out.iter().enumerate() {
        for &to in list {
            neighbours[from].push(to);
            neighbours[to].push(from);
        }
    }
    let mut seen = vec![false; out.len()];
    let mut found = Vec::new();
    for start in 0..out.len() {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        let (mut part, mut next) = (vec![start], 0);
        while let Some(&node) = part.get(next) {
            next += 1;
            for &other in &neighbours[node] {
                if !std::mem::replace(&mut seen[other], true) {
                    part.push(other);
                }
            }
        }
        part.sort_unstable();
        found.push(part);
    }
    found
}

/// Edges that close a circle, by a walk that remembers what it is inside of.
fn without_circles(count: usize, out: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut kept = vec![Vec::new(); count];
    // 0: not seen, 1: inside, 2: done.
    let mut state = vec![0_u8; count];
    for start in 0..count {
        if state[start] != 0 {
            continue;
        }
        state[start] = 1;
        let mut stack = vec![(start, 0)];
        while let Some((node, next)) = stack.last_mut() {
            let Some(&to) = out[*node].get(*next) else {
                state[*node] = 2;
                stack.pop();
                continue;
            };
            *next += 1;
            if state[to] != 1 {
                kept[*node].push(to);
            }
            if state[to] == 0 {
                state[to] = 1;
                stack.push((to, 0));
            }
        }
    }
    kept
}

/// The longest way to each node; who is not reached from anywhere stands right before its nearest neighbour.
fn layers(count: usize, out: &[Vec<usize>]) -> Vec<usize> {
    let out = without_circles(count, out);
    let mut incoming = vec![0_usize; count];
    out.iter().flatten().for_each(|to| incoming[*to] += 1);
    let first: Vec<bool> = incoming.iter().map(|count| *count == 0).collect();
    let mut layer = vec![0; count];
    let mut ready: VecDeque<usize> = (0..count).filter(|node| first[*node]).collect();
    while let Some(node) = ready.pop_front() {
        for &to in &out[node] {
            layer[to] = layer[to].max(layer[node] + 1);
            incoming[to] -= 1;
            if incoming[to] == 0 {
                ready.push_back(to);
            }
        }
    }
    for node in (0..count).filter(|node| first[*node]) {
        let nearest = out[node].iter().map(|to| layer[*to]).min();
        layer[node] = nearest.map_or(0, |nearest: usize| nearest.saturating_sub(1));
    }
    layer
}

fn place(part: &[usize], all: &[Vec<usize>]) -> Part {
    let own = |node: &usize| part.binary_search(node).unwrap_or(0);
    let out: Vec<Vec<usize>> = part.iter().map(|node| all[*node].iter().map(own).collect()).collect();
    let mut neighbours = vec![Vec::new(); part.len()];
    for (from, list) in out.iter().enumerate() {
        for &to in list {
            neighbours[from].push(to);
            neighbours[to].push(from);
        }
    }
    let layer = layers(part.len(), &out);
    let most = layer.iter().max().copied().unwrap_or(0);
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); most + 1];
    (0..part.len()).for_each(|node| columns[layer[node]].push(node));
    columns.retain(|column| !column.is_empty());
    // Order: the mean of the neighbours, there and back.
    let mut rank = vec![0.0; part.len()];
    let number = |column: &[usize], rank: &mut Vec<f64>| {
        let half = (column.len() as f64 - 1.0) / 2.0;
        column.iter().enumerate().for_each(|(at, node)| rank[*node] = at as f64 - half);
    };
    columns.iter().for_each(|column| number(column, &mut rank));
    for sweep in 0..SWEEPS {
        for step in 0..columns.len() {
            let at = if sweep % 2 == 0 { step } else { columns.len() - 1 - step };
            let column = &mut columns[at];
            let wanted: Vec<f64> =
                column.iter().map(|node| mean(&neighbours[*node], &rank, rank[*node])).collect();
            let mut order: Vec<usize> = (0..column.len()).collect();
            order.sort_by(|one, other| wanted[*one].total_cmp(&wanted[*other]).then(one.cmp(other)));
            *column = order.into_iter().map(|at| column[at]).collect();
            number(column, &mut rank);
        }
    }
    // What would be too high is put side by side.
    let tallest = TALLEST.max((part.len() as f64).sqrt() as usize * 2);
    let columns: Vec<Vec<usize>> = columns
        .into_iter()
        .flat_map(|column| {
            let pieces = column.len().div_ceil(tallest).max(1);
            let size = column.len().div_ceil(pieces).max(1);
            column.chunks(size).map(<[usize]>::to_vec).collect::<Vec<_>>()
        })
        .collect();
    let step = HEIGHT + GAP;
    let mut y = vec![0.0; part.len()];
    for column in &columns {
        let half = (column.len() as f64 - 1.0) / 2.0;
        column.iter().enumerate().for_each(|(at, node)| y[*node] = (at as f64 - half) * step);
    }
    for sweep in 0..SWEEPS {
        for column in 0..columns.len() {
            let at = if sweep % 2 == 0 { column } else { columns.len() - 1 - column };
            let column = &columns[at];
            let wanted: Vec<f64> = column.iter().map(|node| mean(&neighbours[*node], &y, y[*node])).collect();
            for (node, own) in column.iter().zip(spaced(&wanted, step)) {
                y[*node] = own;
            }
        }
    }
    bands(part, &columns, &y)
}

/// Columns are put below each other in bands where one row of them would be a long strip.
fn bands(part: &[usize], columns: &[Vec<usize>], y: &[f64]) -> Part {
    let (count, wide) = (columns.len() as f64, WIDTH + BETWEEN);
    let tall = y.iter().copied().fold(f64::NEG_INFINITY, f64::max)
        - y.iter().copied().fold(f64::INFINITY, f64::min)
        + HEIGHT;
    let strip = columns.len() > LONGEST && count * wide > 4.0 * tall;
    let across = if strip { (1.7 * count * tall / wide).sqrt().ceil() as usize } else { columns.len() };
    let mut found = Part { places: Vec::with_capacity(part.len()), width: 0.0, height: 0.0 };
    for band in columns.chunks(across.max(LONGEST)) {
        let own = || band.iter().flatten().map(|node| y[*node]);
        let (top, bottom) = (own().fold(f64::INFINITY, f64::min), own().fold(f64::NEG_INFINITY, f64::max));
        let above = if found.height > 0.0 { found.height + MARGIN } else { 0.0 };
        for (at, column) in band.iter().enumerate() {
            let places = column.iter().map(|node| (part[*node], at as f64 * wide, y[*node] - top + above));
            found.places.extend(places);
        }
        found.width = found.width.max(band.len() as f64 * wide - BETWEEN);
        found.height = above + bottom - top + HEIGHT;
    }
    found
}

fn mean(of: &[usize], values: &[f64], otherwise: f64) -> f64 {
    if of.is_empty() { otherwise } else { of.iter().map(|at| values[*at]).sum::<f64>() / of.len() as f64 }
}

/// The values that are the closest to these, ascend, and keep a distance: neighbours that would come too close are
/// moved together.
fn spaced(wanted: &[f64], step: f64) -> Vec<f64> {
    // Sum and number of those that move together, relative to where an even column would have them.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (at, value) in wanted.iter().enumerate() {
        let mut block = (value - at as f64 * step, 1);
        while let Some(before) = blocks.last() {
            if before.0 / before.1 as f64 <= block.0 / block.1 as f64 {
                break;
            }
            block = (block.0 + before.0, block.1 + before.1);
            blocks.pop();
        }
        blocks.push(block);
    }
    let bases = blocks.into_iter().flat_map(|(sum, count)| std::iter::repeat_n(sum / count as f64, count));
    bases.enumerate().map(|(at, base)| base + at as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether two boxes overlap.
    fn overlap(one: (f64, f64), other: (f64, f64)) -> bool {
        (one.0 - other.0).abs() < WIDTH && (one.1 - other.1).abs() < HEIGHT - 0.001
    }

    #[test]
    fn nothing_overlaps_and_edges_run_to_the_right() {
        let edges = [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (5, 3), (6, 7), (7, 6), (4, 4)];
        let layout = layout(10, &edges);
        for one in 0..10 {
            for other in one + 1..10 {
                let (a, b) = (layout.places[one], layout.places[other]);
                assert!(!overlap(a, b), "{one} {a:?} {other} {b:?}");
            }
            let (x, y) = layout.places[one];
            assert!(x + WIDTH <= layout.width && y + HEIGHT <= layout.height, "{one}");
        }
        for (from, to) in &edges[..7] {
            assert!(layout.places[*from].0 < layout.places[*to].0, "{from} {to}");
        }
        assert_eq!(layout, super::layout(10, &edges));
    }

    #[test]
    fn a_chain_as_long_as_the_input_needs_no_stack() {
        let edges: Vec<(usize, usize)> = (0..20_000).map(|at| (at, at + 1)).collect();
        let layout = layout(20_001, &edges);
        assert!(layout.width < 8.0 * layout.height && layout.height < 8.0 * layout.width, "not a strip");
    }

    #[test]
    fn values_that_come_too_close_move_together() {
        assert_eq!(spaced(&[0.0, 0.0, 10.0], 2.0), [-1.0, 1.0, 10.0]);
        assert_eq!(spaced(&[5.0, 0.0], 2.0), [1.5, 3.5]);
    }
}
