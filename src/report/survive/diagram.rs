//! What survives, as boxes and arrows: entry points, what they need, and what does not stay.

use super::{heading, sign, word};
use crate::report::diagram::{Arrow, Diagram, Look, Shape};
use crate::run::Run;
use crate::survival::judge::Event;
use crate::survival::survey::Judged;

/// Every entry point with its way to the workloads that it needs; workloads alone where there is none.
pub fn diagram(run: &Run, judged: &[Judged]) -> Diagram {
    let mut diagram = Diagram::default();
    for unit in judged {
        let group = diagram.groups.len();
        diagram.groups.push(heading(run, unit));
        let mut add = |title: &str, verdicts: [Option<bool>; Event::ALL.len()]| {
            let mut lines = vec![title.to_owned()];
            let lost = Event::ALL.into_iter().filter(|event| verdicts[*event as usize] == Some(false));
            let lost: Vec<String> = lost.map(word).collect();
            if !lost.is_empty() {
                lines.push(format!("{} {}", sign(Some(false)), lost.join(", ")));
            }
            let look = match (lost.is_empty(), verdicts.iter().all(|one| *one == Some(true))) {
                (false, _) => Look::Bad,
                (true, true) => Look::Good,
                (true, false) => Look::Plain,
            };
            diagram.shapes.push(Shape { lines, look, group });
            diagram.shapes.len() - 1
        };
        let rows: Vec<usize> = unit
            .rows
            .iter()
            .map(|row| add(&row.title, Event::ALL.map(|event| row.survives(event))))
            .collect();
        let entries: Vec<usize> = unit
            .entries
            .iter()
            .map(|entry| add(&entry.title, Event::ALL.map(|event| entry.weakest(&unit.rows, event).survives)))
            .collect();
        let row_of = |workload: usize| unit.rows.iter().position(|row| row.workload == workload);
        for (entry, own) in unit.entries.iter().zip(entries) {
            for step in &entry.steps {
                let from = match step.from {
                    None => own,
                    Some(workload) => match row_of(workload) {
                        Some(row) => rows[row],
                        None => continue,
                    },
                };
                let text = if step.name == entry.title { String::new() } else { step.name.clone() };
                for row in &step.rows {
                    let arrow = Arrow { from, to: rows[*row], text: text.clone(), look: Look::Plain };
                    if !diagram.arrows.contains(&arrow) {
                        diagram.arrows.push(arrow);
                    }
                }
            }
        }
    }
    diagram
}
