//! Writes objects as block YAML or as JSON, so that every template exists once.
//!
//! Values are the generator's own: plain words that YAML reads as strings, and texts without quotes
//! or backslashes. Nothing is checked or escaped, except in [`Doc::block`].

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The text of one file while it grows.
#[derive(Default)]
pub struct Doc {
    /// What is written so far.
    pub text: String,
    /// JSON instead of YAML: no comments, no separators.
    pub json: bool,
    /// Short lists and maps in flow style (`[a, b]`).
    pub flow: bool,
    /// Lists stand two columns to the right of their key, not under it.
    pub deep: bool,
    /// Documents written, over all files.
    pub documents: u64,
    /// Objects written by kind, over all files.
    pub kinds: BTreeMap<&'static str, u64>,
    indent: usize,
    dash: bool,
    first: bool,
}

impl Doc {
    /// Writes one document, after a separator if it is not the first.
    pub fn document(&mut self, body: impl FnOnce(&mut Self)) {
        self.documents += 1;
        if self.json {
            self.braces('{', '}', body);
            self.text.push('\n');
        } else {
            if !self.text.is_empty() {
                self.text.push_str("---\n");
            }
            body(self);
        }
    }

    /// Writes `apiVersion`, `kind` and `metadata` of an object, which is counted.
    pub fn head(
        &mut self,
        api: &str,
        kind: &'static str,
        (namespace, name): (&str, &str),
        labels: &[(&str, &str)],
    ) {
        *self.kinds.entry(kind).or_default() += 1;
        self.word("apiVersion", api);
        self.word("kind", kind);
        self.map("metadata", |d| {
            d.word("name", name);
            d.word("namespace", namespace);
            if !labels.is_empty() {
                d.map("labels", |d| d.words_of(labels));
            }
        });
    }

    /// `key: value`, a string that needs no quotes.
    pub fn word(&mut self, key: &str, value: &str) {
        self.key(key);
        if self.json {
            self.quoted(value);
        } else {
            self.text.push(' ');
            self.text.push_str(value);
            self.text.push('\n');
        }
    }

    /// `key: "value"`, a string that would be something else without quotes.
    pub fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        if self.json {
            self.quoted(value);
        } else {
            self.text.push(' ');
            self.quoted(value);
            self.text.push('\n');
        }
    }

    /// `key: number`.
    pub fn int(&mut self, key: &str, value: u64) {
        self.bare(key, format_args!("{value}"));
    }

    /// `key: true` or `key: false`.
    pub fn flag(&mut self, key: &str, value: bool) {
        self.bare(key, format_args!("{value}"));
    }

    /// A mapping under `key`.
    pub fn map(&mut self, key: &str, body: impl FnOnce(&mut Self)) {
        self.key(key);
        if self.json {
            self.braces('{', '}', body);
        } else {
            self.text.push('\n');
            self.indent += 2;
            body(self);
            self.indent -= 2;
        }
    }

    /// A list under `key`, filled with [`Doc::item`] and [`Doc::value`].
    pub fn list(&mut self, key: &str, body: impl FnOnce(&mut Self)) {
        self.key(key);
        if self.json {
            self.braces('[', ']', body);
        } else {
            let step = if self.deep { 2 } else { 0 };
            self.text.push('\n');
            self.indent += step;
            body(self);
            self.indent -= step;
        }
    }

    /// A mapping as an item of a list.
    pub fn item(&mut self, body: impl FnOnce(&mut Self)) {
        if self.json {
            self.start();
            self.braces('{', '}', body);
        } else {
            self.indent += 2;
            self.dash = true;
            body(self);
            self.indent -= 2;
        }
    }

    /// A word as an item of a list.
    pub fn value(&mut self, value: &str) {
        self.start();
        if self.json {
            self.quoted(value);
        } else {
            self.text.push_str("- ");
            self.text.push_str(value);
            self.text.push('\n');
        }
    }

    /// A list of words under `key`, in the file's style.
    pub fn words(&mut self, key: &str, values: &[&str]) {
        if self.json || !self.flow {
            self.list(key, |d| values.iter().for_each(|value| d.value(value)));
            return;
        }
        self.key(key);
        self.text.push_str(" [");
        for (index, value) in values.iter().enumerate() {
            self.text.push_str(if index == 0 { "" } else { ", " });
            self.text.push_str(value);
        }
        self.text.push_str("]\n");
    }

    /// A mapping of words under `key`, in the file's style.
    pub fn pairs(&mut self, key: &str, pairs: &[(&str, &str)]) {
        if self.json || !self.flow {
            self.map(key, |d| d.words_of(pairs));
            return;
        }
        self.key(key);
        self.text.push_str(" {");
        for (index, (name, value)) in pairs.iter().enumerate() {
            self.text.push_str(if index == 0 { "" } else { ", " });
            self.text.push_str(name);
            self.text.push_str(": ");
            self.text.push_str(value);
        }
        self.text.push_str("}\n");
    }

    /// A literal block scalar; `lines` end in newlines and the first is not indented.
    pub fn block(&mut self, key: &str, lines: &str) {
        self.key(key);
        if self.json {
            self.text.push('"');
            for part in lines.split_inclusive('\n') {
                match part.strip_suffix('\n') {
                    Some(line) => {
                        self.text.push_str(line);
                        self.text.push_str("\\n");
                    }
                    None => self.text.push_str(part),
                }
            }
            self.text.push('"');
            return;
        }
        self.text.push_str(" |\n");
        for line in lines.lines() {
            if !line.is_empty() {
                self.spaces(self.indent + 2);
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }

    /// A comment on a line of its own; nothing where there is no room for one.
    pub fn note(&mut self, text: &str) {
        if !self.json && !self.dash {
            self.spaces(self.indent);
            self.text.push_str("# ");
            self.text.push_str(text);
            self.text.push('\n');
        }
    }

    /// A comment at the end of the line that was just written.
    pub fn tail(&mut self, text: &str) {
        if !self.json && self.text.ends_with('\n') {
            self.text.pop();
            self.text.push_str(" # ");
            self.text.push_str(text);
            self.text.push('\n');
        }
    }

    fn words_of(&mut self, pairs: &[(&str, &str)]) {
        for (key, value) in pairs {
            self.word(key, value);
        }
    }

    fn bare(&mut self, key: &str, value: std::fmt::Arguments<'_>) {
        self.key(key);
        if self.json {
            let _ = write!(self.text, "{value}");
        } else {
            let _ = writeln!(self.text, " {value}");
        }
    }

    fn key(&mut self, key: &str) {
        self.start();
        if self.json {
            self.quoted(key);
            self.text.push_str(": ");
        } else {
            self.text.push_str(key);
            self.text.push(':');
        }
    }

    fn start(&mut self) {
        if self.json {
            self.text.push_str(if self.first { "\n" } else { ",\n" });
            self.first = false;
            self.spaces(self.indent);
        } else if self.dash {
            self.dash = false;
            self.spaces(self.indent - 2);
            self.text.push_str("- ");
        } else {
            self.spaces(self.indent);
        }
    }

    fn braces(&mut self, open: char, close: char, body: impl FnOnce(&mut Self)) {
        self.text.push(open);
        self.indent += 2;
        self.first = true;
        body(self);
        self.indent -= 2;
        self.first = false;
        self.text.push('\n');
        self.spaces(self.indent);
        self.text.push(close);
    }

    fn quoted(&mut self, value: &str) {
        self.text.push('"');
        self.text.push_str(value);
        self.text.push('"');
    }

    fn spaces(&mut self, mut count: usize) {
        const BLANK: &str = "                                ";
        while count > 0 {
            let some = count.min(BLANK.len());
            self.text.push_str(&BLANK[..some]);
            count -= some;
        }
    }
}
