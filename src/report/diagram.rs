//! Boxes and arrows as text that others draw: Mermaid and Graphviz.

use std::fmt::Write;

use super::text::harmless;

/// How something looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// As everything.
    Plain,
    /// All is well.
    Good,
    /// Something is wrong.
    Bad,
    /// Not in view.
    Faint,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Its lines.
    pub lines: Vec<String>,
    /// How it looks.
    pub look: Look,
    /// Which of the groups it is in.
    pub group: usize,
}

/// An arrow between two boxes, by their positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// What it says.
    pub text: String,
    /// How it looks.
    pub look: Look,
}

/// Boxes and arrows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagram {
    /// Titles of the groups; one group alone has no frame.
    pub groups: Vec<String>,
    /// The boxes.
    pub shapes: Vec<Shape>,
    /// The arrows.
    pub arrows: Vec<Arrow>,
}

/// Colours of border and ground.
fn colours(look: Look) -> Option<(&'static str, &'static str)> {
    match look {
        Look::Plain => None,
        Look::Good => Some(("#1a7f37", "#dafbe1")),
        Look::Bad => Some(("#cf222e", "#ffebe9")),
        Look::Faint => Some(("#8c959f", "#f6f8fa")),
    }
}

/// The groups with the positions of their boxes, in order.
fn grouped(diagram: &Diagram) -> impl Iterator<Item = (usize, &String, Vec<usize>)> {
    diagram.groups.iter().enumerate().map(|(at, title)| {
        let inside = |shape: &usize| diagram.shapes[*shape].group == at;
        (at, title, (0..diagram.shapes.len()).filter(inside).collect())
    })
}

/// A flow chart for Mermaid, which code hosts draw in Markdown.
pub fn mermaid(diagram: &Diagram) -> String {
    let quoted = |text: &str| {
        let mut out = String::new();
        for c in harmless(text).chars() {
            match c {
                '"' => out.push_str("#quot;"),
                '#' => out.push_str("#35;"),
                '<' => out.push_str("#lt;"),
                '>' => out.push_str("#gt;"),
                '&' => out.push_str("#amp;"),
                '`' => {}
                other => out.push(other),
            }
        }
        out
    };
    let mut out = String::from("flowchart LR\n");
    let framed = diagram.groups.len() > 1;
    for (at, title, shapes) in grouped(diagram) {
        if framed {
            let _ = writeln!(out, "  subgraph g{at}[\"{}\"]", quoted(title));
        }
        for shape in shapes {
            let lines: Vec<String> = diagram.shapes[shape].lines.iter().map(|line| quoted(line)).collect();
            let _ = writeln!(out, "  n{shape}[\"{}\"]", lines.join("<br/>"));
        }
        if framed {
            out.push_str("  end\n");
        }
    }
    for arrow in &diagram.arrows {
        let line = if arrow.look == Look::Bad { "-.->" } else { "-->" };
        let text =
            if arrow.text.is_empty() { String::new() } else { format!("|\"{}\"|", quoted(&arrow.text)) };
        let _ = writeln!(out, "  n{} {line}{text} n{}", arrow.from, arrow.to);
    }
    for (name, look) in [("good", Look::Good), ("bad", Look::Bad), ("faint", Look::Faint)] {
        let own = (0..diagram.shapes.len()).filter(|at| diagram.shapes[*at].look == look);
        let own: Vec<String> = own.map(|at| format!("n{at}")).collect();
        if let Some((stroke, fill)) = colours(look).filter(|_| !own.is_empty()) {
            let _ = writeln!(out, "  classDef {name} stroke:{stroke},fill:{fill},color:#1f2328");
            let _ = writeln!(out, "  class {} {name}", own.join(","));
        }
    }
    let bad = (0..diagram.arrows.len()).filter(|at| diagram.arrows[*at].look == Look::Bad);
    let bad: Vec<String> = bad.map(|at| at.to_string()).collect();
    if let Some((stroke, _)) = colours(Look::Bad).filter(|_| !bad.is_empty()) {
        let _ = writeln!(out, "  linkStyle {} stroke:{stroke}", bad.join(","));
    }
    out
}

/// A graph for Graphviz.
pub fn dot(diagram: &Diagram) -> String {
    let quoted = |text: &str| harmless(text).replace('\\', "\\\\").replace('"', "\\\"");
    let mut out = String::from(
        "digraph wplint {\n  rankdir=LR\n  node [shape=box, style=\"rounded,filled\", fillcolor=white, \
         fontname=\"sans-serif\"]\n  edge [fontname=\"sans-serif\", fontsize=10]\n",
    );
    let framed = diagram.groups.len() > 1;
    for (at, title, shapes) in grouped(diagram) {
        if framed {
            let _ = writeln!(out, "  subgraph cluster_{at} {{\n  label=\"{}\"", quoted(title));
        }
        for shape in shapes {
            let own = &diagram.shapes[shape];
            let lines: Vec<String> = own.lines.iter().map(|line| quoted(line)).collect();
            let look = colours(own.look);
            let look = look.map_or(String::new(), |(stroke, fill)| {
                format!(", color=\"{stroke}\", fillcolor=\"{fill}\"")
            });
            let _ = writeln!(out, "  n{shape} [label=\"{}\"{look}]", lines.join("\\n"));
        }
        if framed {
            out.push_str("  }\n");
        }
    }
    for arrow in &diagram.arrows {
        let look = colours(arrow.look);
        let look = look.map_or(String::new(), |(stroke, _)| format!(", color=\"{stroke}\", style=dashed"));
        let _ = writeln!(out, "  n{} -> n{} [label=\"{}\"{look}]", arrow.from, arrow.to, quoted(&arrow.text));
    }
    out.push_str("}\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_say_stays_inside_the_quotes() {
        let shape = |line: &str, look| Shape { lines: vec![line.to_owned()], look, group: 0 };
        let diagram = Diagram {
            groups: vec![String::new()],
            shapes: vec![shape("a\"] --> b[\"", Look::Plain), shape("c\\\"\n", Look::Bad)],
            arrows: vec![Arrow { from: 0, to: 1, text: "<script>".to_owned(), look: Look::Bad }],
        };
        let text = mermaid(&diagram);
        assert!(
            text.contains("n0[\"a#quot;] --#gt; b[#quot;\"]") && text.contains("|\"#lt;script#gt;\"|"),
            "{text}"
        );
        assert!(text.contains("class n1 bad") && text.contains("linkStyle 0"), "{text}");
        let text = dot(&diagram);
        assert!(
            text.contains("label=\"a\\\"] --> b[\\\"\"") && text.contains("label=\"c\\\\\\\"\u{240a}\""),
            "{text}"
        );
    }
}
