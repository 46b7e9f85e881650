//! The page of a rule, as somebody reads it: in a terminal, as Markdown, as HTML. What only the tests read is gone.

use std::fmt::Write;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use super::paint::Paint;
use super::text::wrap;
use crate::rules::page::Page;
use crate::rules::{Rule, find};

/// Where the pages are on the web.
const ADDRESS: &str =
    concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/v", env!("CARGO_PKG_VERSION"), "/docs/rules/");

/// What is written about the rules of teams.
const TEAMS: &str =
    concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/v", env!("CARGO_PKG_VERSION"), "/docs/policies.md");

/// The address of a rule's page on the web.
pub fn address(rule: &str) -> String {
    match find(rule).filter(|rule| rule.is_of_team()) {
        Some(own) => own.url().unwrap_or(TEAMS).to_owned(),
        None => format!("{ADDRESS}{rule}.md"),
    }
}

/// What a block of an example is for, by the word after its language.
fn caption(word: Option<&str>) -> Option<&'static str> {
    match word? {
        "fires" => Some("Reported:"),
        "passes" => Some("Not reported:"),
        "fixed" => Some("After `--fix`:"),
        "config" => Some("With this configuration:"),
        _ => None,
    }
}

/// What a line of an example is without the mark of the tests, and with which words that mark is shown.
fn unmarked(line: &str) -> (&str, Option<&'static str>) {
    match line.rsplit_once("#~") {
        Some((line, mark)) => {
            let word = match mark.trim() {
                "error" => "# <-- error",
                "warning" => "# <-- warning",
                "info" => "# <-- info",
                _ => "# <-- reported",
            };
            (line.trim_end(), Some(word))
        }
        None => (line, None),
    }
}

/// The page as Markdown for readers, below its title.
pub fn markdown(page: &Page) -> String {
    let mut text = String::new();
    let mut inside = false;
    let mut before = "";
    for line in page.body.lines().skip(1) {
        match line.strip_prefix("```") {
            Some(_) if inside => {
                (inside, before) = (false, "");
                text.push_str("```\n");
            }
            Some(words) => {
                inside = true;
                let mut words = words.split_whitespace();
                let language = words.next().unwrap_or_default();
                // Some captions say it themselves.
                let told = before.starts_with("Reported") || before.starts_with("Not reported");
                if let Some(caption) = caption(words.next()).filter(|_| !told) {
                    let _ = write!(text, "*{caption}*\n\n");
                }
                let _ = writeln!(text, "```{language}");
            }
            None if inside => {
                let (line, mark) = unmarked(line);
                let mark = mark.map(|mark| format!("  {mark}")).unwrap_or_default();
                let _ = writeln!(text, "{line}{mark}");
            }
            None => {
                let _ = writeln!(text, "{line}");
                before = if line.is_empty() { before } else { line };
            }
        }
    }
    format!("{}\n", text.trim())
}

/// The file `docs/rules/NAME.md`.
pub fn document(rule: &Rule) -> String {
    let page = rule.page();
    let default = if page.on_by_default { "on by default" } else { "opt-in" };
    let fix = match page.fix {
        "none" => String::new(),
        "safe" => ", fixed by `--fix`".to_owned(),
        _ => ", fixed by `--fix --unsafe-fixes`".to_owned(),
    };
    let head = format!("`{}` · group `{}` · {} · {default}{fix}", rule.name, page.group, page.severity);
    format!("# {}\n\n{head}\n\n{}", page.title, markdown(page))
}

/// The page as HTML, below its title.
pub fn hypertext(page: &Page) -> String {
    let text = markdown(page);
    // Headings of a page stand below the heading of the page itself.
    let deeper = Parser::new_ext(&text, Options::ENABLE_TABLES).map(|event| match event {
        Event::Start(Tag::Heading { level: _, id, classes, attrs }) => {
            Event::Start(Tag::Heading { level: HeadingLevel::H4, id, classes, attrs })
        }
        Event::End(TagEnd::Heading(_)) => Event::End(TagEnd::Heading(HeadingLevel::H4)),
        // Pages are ours and hold no HTML; if one did, it would be text.
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        event => event,
    });
    let mut written = String::new();
    html::push_html(&mut written, deeper);
    written
}

/// How a page is drawn on a terminal.
#[derive(Clone, Copy)]
pub struct Terminal {
    /// With colours.
    pub paint: Paint,
    /// Columns.
    pub width: usize,
    /// With the examples.
    pub examples: bool,
}

impl Terminal {
    /// The page of a rule.
    pub fn page(self, rule: &Rule) -> String {
        let page = rule.page();
        let paint = self.paint;
        let default = if page.on_by_default { "on by default" } else { "opt-in" };
        let severity = paint.severity(page.severity, page.severity.name());
        let fix = match page.fix {
            "none" => "",
            "safe" => ", fixed by --fix",
            _ => ", fixed by --fix --unsafe-fixes",
        };
        let mut drawn = format!("{}\n", paint.bold(page.title));
        let _ = writeln!(drawn, "{}: {}, {severity}, {default}{fix}\n", paint.help(rule.name), page.group);
        let mut draft = Draft {
            terminal: self,
            text: drawn,
            line: String::new(),
            indent: Vec::new(),
            first: None,
            held: String::new(),
        };
        let body = markdown(page);
        for event in Parser::new_ext(&body, Options::ENABLE_TABLES) {
            draft.event(event, page);
        }
        let mut text = draft.text.trim_end().to_owned();
        let count = |word: &str| page.body.matches(&format!("```yaml {word}\n")).count();
        let (fires, passes) = (count("fires"), count("passes"));
        if !self.examples && fires + passes > 0 {
            let examples = format!("{fires} examples that are reported, {passes} that are not");
            let _ = write!(text, "\n\n{} {examples}\n", paint.help("more:"));
            let _ = write!(text, "      wplint explain {} --examples", rule.name);
        }
        text.push('\n');
        text
    }
}

/// A page that is being drawn.
struct Draft {
    terminal: Terminal,
    text: String,
    /// The paragraph that is being read, without line breaks.
    line: String,
    /// Columns before a line, for each list that is open.
    indent: Vec<usize>,
    /// What stands before the first line of the next paragraph.
    first: Option<String>,
    /// A heading or a caption that is written when something follows it.
    held: String,
}

impl Draft {
    fn event(&mut self, event: Event, page: &Page) {
        let paint = self.terminal.paint;
        match event {
            Event::Text(text) => self.line.push_str(&text),
            // Blanks in code must not become line breaks.
            Event::Code(code) => {
                self.line.push_str(&paint.help(&format!("`{}`", code.replace(' ', "\u{a0}"))))
            }
            Event::SoftBreak | Event::HardBreak => self.line.push(' '),
            Event::Start(Tag::Strong) | Event::End(TagEnd::Strong) => self.line.push(BOLD),
            Event::Start(Tag::Item) => {
                self.flush();
                self.first = Some("- ".to_owned());
                self.indent.push(2);
            }
            Event::End(TagEnd::Item) => {
                self.flush();
                self.indent.pop();
            }
            Event::End(TagEnd::List(_)) if self.indent.is_empty() => self.text.push('\n'),
            Event::Start(Tag::CodeBlock(_)) => self.line.clear(),
            Event::End(TagEnd::CodeBlock) => {
                let code = std::mem::take(&mut self.line);
                if self.terminal.examples {
                    self.release();
                    self.code(&code, page);
                } else {
                    self.held.clear();
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let heading = paint.bold(&std::mem::take(&mut self.line));
                self.held = format!("{heading}\n\n");
            }
            Event::End(TagEnd::Paragraph) => self.paragraph(),
            Event::End(TagEnd::TableCell) => self.line.push_str("  "),
            Event::End(TagEnd::TableRow | TagEnd::TableHead) => self.flush(),
            Event::End(TagEnd::Table) => self.text.push('\n'),
            _ => {}
        }
    }

    /// A paragraph has ended. One that ends in a colon may be the caption of an example, which may be left out.
    fn paragraph(&mut self) {
        if self.indent.is_empty() && self.line.trim_end().ends_with(':') {
            let lines = self.take();
            let _ = writeln!(self.held, "{lines}");
            return;
        }
        self.flush();
        if self.indent.is_empty() {
            self.text.push('\n');
        }
    }

    /// Writes the heading that was held back.
    fn release(&mut self) {
        self.text.push_str(&std::mem::take(&mut self.held));
    }

    fn flush(&mut self) {
        if !self.line.trim().is_empty() {
            self.release();
            let lines = self.take();
            self.text.push_str(&lines);
        }
        self.line.clear();
    }

    /// The paragraph, wrapped.
    fn take(&mut self) -> String {
        let indent: usize = self.indent.iter().sum();
        let first = self.first.take().unwrap_or_default();
        let line = std::mem::take(&mut self.line);
        let lines = wrap(line.trim(), self.terminal.width.min(100), indent, indent);
        let mut text = String::new();
        for (at, line) in lines.iter().enumerate() {
            let before = if at == 0 { indent.saturating_sub(first.len()) } else { indent };
            let first = if at == 0 { first.as_str() } else { "" };
            let _ = writeln!(text, "{:before$}{first}{line}", "");
        }
        bold(&text.replace('\u{a0}', " "), self.terminal.paint)
    }

    fn code(&mut self, code: &str, page: &Page) {
        let paint = self.terminal.paint;
        for line in code.lines() {
            let line = match line.rsplit_once("  # <-- ") {
                Some((line, mark)) => {
                    format!("{line}  {}", paint.severity(page.severity, &format!("# <-- {mark}")))
                }
                None => line.to_owned(),
            };
            let _ = writeln!(self.text, "{}", format!("    {line}").trim_end());
        }
        self.text.push('\n');
    }
}

/// Stands where bold text begins and ends, until the lines are wrapped.
const BOLD: char = '\u{1}';

fn bold(text: &str, paint: Paint) -> String {
    let parts = text.split(BOLD).enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { paint.bold(part) } else { part.to_owned() }).collect()
}
