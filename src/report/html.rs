//! One page of HTML that needs nothing else: every finding with its source, filters and a search, the pages of the rules.
//!
//! The findings stand in the page as text, so that it can be read, searched and printed without a script. The script only
//! filters.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::draw::snippets;
use super::excerpt::{Excerpt, Mark};
use super::page::{escape, page};
use super::rule_page::hypertext;
use super::statistics::{Row, rows};
use super::summary::{found, looked, since, summary};
use super::text::harmless;
use super::{Options, Totals, rendered, shown};
use crate::finding::Severity;
use crate::rules;
use crate::run::{Reported, Run};

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");
/// More secondary places than this are only counted.
const MOST_MARKS: usize = 12;

/// Writes the report.
pub fn write(run: &Run, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let found = found(&Totals::of(run));
    let rows = rows(run);
    let mut body = Vec::new();
    writeln!(body, "<header>\n<h1>wplint: {found}</h1>\n<p>{}</p>", escape(&summary(run)))?;
    if let Some(changes) = &run.changes {
        writeln!(body, "<p>{}</p>", escape(&since(changes)))?;
    }
    writeln!(body, "</header>\n<main>")?;
    if rows.is_empty() {
        writeln!(body, "<p>{}: nothing was found.</p>", escape(&looked(run)))?;
    } else {
        table(run, &rows, &mut body)?;
        filters(run, &rows, &mut body)?;
        findings(run, options, &mut body)?;
        pages(&rows, &mut body)?;
    }
    writeln!(body, "</main>\n<footer><p>wplint {}</p></footer>", env!("CARGO_PKG_VERSION"))?;
    let body = String::from_utf8_lossy(&body);
    out.write_all(page(&format!("wplint: {found}"), STYLE, &body, SCRIPT).as_bytes())
}

fn table(run: &Run, rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<details class=\"rules\" open>\n<summary>Rules</summary>\n<table>\n<thead><tr><th scope=\"col\">rule</th>\
         <th scope=\"col\">errors</th><th scope=\"col\">warnings</th><th scope=\"col\">infos</th>\
         <th scope=\"col\">fixable</th><th scope=\"col\">first place</th></tr></thead>\n<tbody>"
    )?;
    for row in rows {
        let cell = |count: usize| if count == 0 { "–".to_owned() } else { count.to_string() };
        let [infos, warnings, errors] = row.counts.map(cell);
        let fixable = cell(row.safe + row.undecided);
        let name = row.rule.name();
        let first = super::draw::place(run, row.first).unwrap_or_default();
        let id = anchor(row.first);
        writeln!(
            out,
            "<tr><th scope=\"row\"><a href=\"#rule={name}\">{name}</a></th><td>{errors}</td><td>{warnings}</td>\
             <td>{infos}</td><td>{fixable}</td><td><a href=\"#{id}\">{}</a></td></tr>",
            escape(&first)
        )?;
    }
    writeln!(out, "</tbody>\n</table>\n</details>")
}

fn filters(run: &Run, rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let mut files: BTreeMap<String, usize> = BTreeMap::new();
    let mut objects: BTreeMap<String, usize> = BTreeMap::new();
    for one in shown(run) {
        *files.entry(file(run, one)).or_default() += 1;
        *objects.entry(object(one)).or_default() += 1;
    }
    let names: BTreeMap<String, usize> =
        rows.iter().map(|row| (row.rule.name().to_owned(), row.counts.iter().sum())).collect();
    writeln!(out, "<form id=\"filters\" role=\"search\" aria-label=\"Findings\">")?;
    writeln!(out, "<label>Search <input type=\"search\" name=\"q\" autocomplete=\"off\"></label>")?;
    writeln!(out, "<fieldset><legend>Severity</legend>")?;
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let name = severity.name();
        writeln!(
            out,
            "<label><input type=\"checkbox\" name=\"severity\" value=\"{name}\" checked> {name}</label>"
        )?;
    }
    writeln!(out, "</fieldset>")?;
    for (name, title, all) in
        [("rule", "Rule", &names), ("file", "File", &files), ("object", "Object", &objects)]
    {
        writeln!(out, "<label>{title} <select name=\"{name}\"><option value=\"\">all</option>")?;
        for (value, count) in all {
            let value = escape(value);
            writeln!(out, "<option value=\"{value}\">{value} ({count})</option>")?;
        }
        writeln!(out, "</select></label>")?;
    }
    writeln!(out, "<button type=\"reset\">Show all</button>\n<p id=\"count\" role=\"status\"></p>\n</form>")
}

fn findings(run: &Run, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section id=\"findings\" aria-label=\"Findings\">\n<h2>Findings</h2>")?;
    // Errors first: a reader begins at the top.
    let mut all: Vec<&Reported> = shown(run).collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.severity));
    let mut known = BTreeSet::new();
    for one in all {
        let id = anchor(one);
        let id = if known.insert(id.clone()) { id } else { format!("{id}-{}", known.len()) };
        finding(run, one, &id, options, out)?;
    }
    writeln!(out, "</section>")
}

/// What an address of this finding ends in.
fn anchor(one: &Reported) -> String {
    let plain = one.fingerprint.chars().filter(char::is_ascii_alphanumeric);
    format!("f-{}", plain.collect::<String>())
}

fn finding(run: &Run, one: &Reported, id: &str, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let finding = &one.finding;
    let clean = |text: &str| harmless(text).into_owned();
    let (severity, rule) = (one.severity.name(), finding.rule.name());
    writeln!(
        out,
        "<article id=\"{id}\" class=\"{severity}\" data-rule=\"{rule}\" data-file=\"{}\" data-object=\"{}\">\n\
         <h3><span class=\"severity\">{severity}</span> <a href=\"#rule-{rule}\">{rule}</a> {} \
         <a class=\"link\" href=\"#{id}\" aria-label=\"Link to this finding\">¶</a></h3>",
        escape(&file(run, one)),
        escape(&object(one)),
        prose(&clean(&finding.message))
    )?;
    let primary = Mark { span: finding.span, label: finding.label.as_deref().map(clean), primary: true };
    let mut marks = vec![primary];
    marks.extend(finding.also.iter().take(MOST_MARKS).map(|label| Mark {
        span: label.span,
        label: Some(clean(&label.message)),
        primary: false,
    }));
    for (file, mut marks) in snippets(run, marks) {
        marks.sort_by_key(|mark| mark.span.start);
        if let Some(excerpt) = Excerpt::new(run, file, &marks) {
            source(&excerpt, &marks, out)?;
        }
    }
    if finding.also.len() > MOST_MARKS {
        writeln!(out, "<p>and {} more places</p>", finding.also.len() - MOST_MARKS)?;
    }
    if let Some(origin) = &one.origin {
        let path = if rendered(one).is_some() { options.rooted(&origin.path) } else { origin.path.clone() };
        let line = origin.line.map(|line| format!(":{line}")).unwrap_or_default();
        writeln!(out, "<p><b>from:</b> {}</p>", escape(&format!("{path}{line}")))?;
    }
    for note in &finding.notes {
        writeln!(out, "<p><b>note:</b> {}</p>", prose(&clean(note)))?;
    }
    if let Some(help) = &finding.help {
        writeln!(out, "<p><b>help:</b> {}</p>", prose(&clean(help)))?;
    }
    writeln!(out, "</article>")
}

/// Lines of a file, with what is marked in them and the labels below each.
fn source(excerpt: &Excerpt, marks: &[Mark], out: &mut dyn Write) -> io::Result<()> {
    let first = marks.iter().position(|mark| mark.primary).unwrap_or_default();
    let place = excerpt.marks.get(first).map(|(_, place)| format!(":{}:{}", place.line, place.column));
    writeln!(
        out,
        "<figure><figcaption>{}{}</figcaption><pre>",
        escape(excerpt.path()),
        place.unwrap_or_default()
    )?;
    let mut last = None;
    for (number, range, line) in excerpt.ranges() {
        if last.is_some_and(|last| last + 1 != number) {
            writeln!(out, "<i>  …</i>")?;
        }
        last = Some(number);
        write!(out, "<i>{number:>5} </i>")?;
        // Pieces between the places where a mark begins or ends.
        let within = |at: usize| at.clamp(range.start, range.end);
        let mut cuts = vec![range.start, range.end];
        for (mark, _) in &excerpt.marks {
            cuts.extend([within(mark.start), within(mark.end)]);
        }
        cuts.sort_unstable();
        cuts.dedup();
        for pair in cuts.windows(2) {
            let piece = &line[pair[0] - range.start..pair[1] - range.start].replace('\t', "    ");
            let covers = |primary: bool| {
                let all = excerpt.marks.iter().zip(marks);
                all.filter(|(_, mark)| mark.primary == primary)
                    .any(|((of, _), _)| of.start <= pair[0] && pair[1] <= of.end)
            };
            match (covers(true), covers(false)) {
                (true, _) => write!(out, "<mark>{}</mark>", escape(piece))?,
                (_, true) => write!(out, "<mark class=\"also\">{}</mark>", escape(piece))?,
                _ => write!(out, "{}", escape(piece))?,
            }
        }
        writeln!(out)?;
        for ((of, _), mark) in excerpt.marks.iter().zip(marks) {
            let ends = range.start <= of.end && of.end <= range.end;
            if let (true, Some(label)) = (ends, &mark.label) {
                let class = if mark.primary { "" } else { " class=\"also\"" };
                writeln!(out, "<i>      </i><b{class}>╰ {}</b>", prose(label))?;
            }
        }
    }
    writeln!(out, "</pre></figure>")
}

/// The pages of the rules that reported something.
fn pages(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let names: BTreeSet<&str> = rows.iter().map(|row| row.rule.name()).collect();
    writeln!(out, "<section id=\"pages\">\n<h2>Rules</h2>")?;
    for rule in names.into_iter().filter_map(rules::find) {
        let own = rule.page();
        writeln!(
            out,
            "<details class=\"page\" id=\"rule-{0}\"><summary>{1} <code>{0}</code></summary>\n{2}</details>",
            rule.name,
            prose(own.title),
            hypertext(own)
        )?;
    }
    writeln!(out, "</section>")
}

fn file(run: &Run, one: &Reported) -> String {
    let file = run.files.get(one.finding.span.file.0 as usize);
    file.map_or_else(|| "no file".to_owned(), |file| harmless(&file.path).into_owned())
}

fn object(one: &Reported) -> String {
    one.object
        .as_ref()
        .map_or_else(|| "no object".to_owned(), |object| harmless(&object.to_string()).into_owned())
}

/// A sentence of ours: what stands between backticks is code.
fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let mut written = String::new();
    for (at, part) in parts.iter().enumerate() {
        match (at % 2 == 1, at + 1 < parts.len()) {
            (true, true) => written.push_str(&format!("<code>{}</code>", escape(part))),
            (true, false) => written.push_str(&format!("`{}", escape(part))),
            _ => written.push_str(&escape(part)),
        }
    }
    written
}
