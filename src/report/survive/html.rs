//! What survives, as one page: the tables, the chains below them, and the lines that decide.

use std::fmt::Write;

use super::{COLUMNS, chains, decided, heading, lines, place, with_events};
use crate::report::page::{escape, page};
use crate::run::Run;
use crate::survival::survey::Judged;

const STYLE: &str = "main { max-width: 76rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; }
th, td { text-align: left; padding: .25rem .75rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; } tr.below td:first-child { padding-left: 2rem; }
.good { color: var(--good); } .bad { color: var(--bad); background: var(--bad-ground); } .unknown { color: var(--soft); }
ul { margin: .25rem 0; } .what { margin: .75rem 0 0; } li code { color: var(--link); }
";

/// The page.
pub fn html(run: &Run, judged: &[Judged]) -> String {
    let mut body = String::from(
        "<main>\n<h1>What survives</h1>\n<p>The fewest pods that stay, in the worst case over everything \
                                 that the scheduler, the budgets and the strategies allow.</p>\n",
    );
    for unit in judged {
        let _ = writeln!(body, "<h2>{}</h2>\n<div class=\"scroll\"><table>", escape(&heading(run, unit)));
        let head: String = COLUMNS.iter().map(|title| format!("<th>{title}</th>")).collect();
        let _ = writeln!(body, "<thead><tr><th></th>{head}</tr></thead>\n<tbody>");
        for line in lines(unit) {
            let class = if line.below { " class=\"below\"" } else { "" };
            let _ = write!(body, "<tr{class}><td>{}</td>", escape(&line.title));
            for cell in &line.cells {
                let look = match cell.survives {
                    Some(true) => "good",
                    Some(false) => "bad",
                    None => "unknown",
                };
                let _ = write!(body, "<td class=\"cell {look}\">{}</td>", escape(&cell.text));
            }
            body.push_str("</tr>\n");
        }
        body.push_str("</tbody></table></div>\n");
        let chains = chains(unit);
        if !chains.is_empty() {
            body.push_str("<ul>\n");
            for one in &chains {
                let _ = writeln!(body, "<li>{}</li>", escape(&with_events(&one.text, &one.events)));
            }
            body.push_str("</ul>\n");
        }
        for one in decided(unit) {
            let text = escape(&with_events(&one.text, &one.events));
            let _ = writeln!(body, "<p class=\"what\">{text}</p>\n<ul>");
            for (span, title) in &one.about {
                let (place, title) = (escape(&place(run, *span)), escape(title));
                let _ = writeln!(body, "<li><code>{place}</code> {title}</li>");
            }
            body.push_str("</ul>\n");
        }
    }
    body.push_str("</main>\n");
    page("What survives", STYLE, &body, "")
}
