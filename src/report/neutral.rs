//! Lines that no CI system obeys: GitHub, Azure and TeamCity read commands out of what a program prints, and a
//! report quotes what strangers wrote.

use std::io::{self, Write};

/// How a mark of a command is taken apart where it cannot stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text for people: a blank.
    Text,
    /// A string of JSON: an escape that means the same.
    Json,
    /// Text of XML and HTML: the same.
    Xml,
    /// Workflow commands of our own, one a line.
    Commands,
}

impl Form {
    /// What takes the place of the first `#` of `##[` and its kind.
    fn hash(self) -> &'static [u8] {
        match self {
            Form::Text | Form::Commands => b"# ",
            Form::Json => b"\\u0023",
            Form::Xml => b"&#35;",
        }
    }
}

impl Form {
    /// What takes the place of `::` at the beginning of a line, where a line may begin with it.
    fn colons(self) -> Option<&'static [u8]> {
        match self {
            Form::Text => Some(b": :"),
            Form::Xml => Some(b"&#58;:"),
            Form::Json | Form::Commands => None,
        }
    }
}

/// Passes on what is written, line by line, with nothing in it that a CI system obeys.
pub struct Neutral<'w> {
    out: &'w mut dyn Write,
    form: Form,
    line: Vec<u8>,
}

impl<'w> Neutral<'w> {
    /// A writer in front of another one.
    pub fn new(out: &'w mut dyn Write, form: Form) -> Self {
        Neutral { out, form, line: Vec::new() }
    }

    /// Writes the last line.
    ///
    /// # Errors
    /// What the writer behind says.
    pub fn finish(mut self) -> io::Result<()> {
        self.end_line()
    }

    fn end_line(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        self.out.write_all(&neutral(&line, self.form))?;
        self.line = line;
        self.line.clear();
        Ok(())
    }
}

impl Write for Neutral<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.end_line()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A text that goes to standard error.
pub fn text(text: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| neutral(line.as_bytes(), Form::Text));
    String::from_utf8_lossy(&lines.flat_map(|line| line.into_owned()).collect::<Vec<u8>>()).into_owned()
}

fn neutral(line: &[u8], form: Form) -> std::borrow::Cow<'_, [u8]> {
    // The runner passes over blanks, and colours are none to it but take no place either.
    let start = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let command = form.colons().is_some() && line[start..].starts_with(b"::");
    let marks = memchr::memmem::find(line, b"##").is_some();
    if !command && !marks {
        return line.into();
    }
    let mut clean = Vec::with_capacity(line.len() + 16);
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        if command && at == start {
            clean.extend_from_slice(form.colons().unwrap_or(b"::"));
            at += 2;
        } else if rest.starts_with(b"##") && is_mark(&rest[2..]) {
            clean.extend_from_slice(form.hash());
            at += 1;
        } else {
            clean.push(line[at]);
            at += 1;
        }
    }
    clean.into()
}

/// `[`, `vso[`, `teamcity[`: what follows the two signs of a command.
fn is_mark(rest: &[u8]) -> bool {
    let word = rest.iter().take(16).take_while(|byte| byte.is_ascii_alphabetic()).count();
    rest.get(word) == Some(&b'[')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, form: Form) -> String {
        let mut out = Vec::new();
        let mut writer = Neutral::new(&mut out, form);
        // In pieces, as formats write.
        text.as_bytes().chunks(3).for_each(|part| writer.write_all(part).expect("memory"));
        writer.finish().expect("memory");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn commands_are_taken_apart() {
        assert_eq!(written("a ::b\n  ::error::x\n::x", Form::Text), "a ::b\n  : :error::x\n: :x");
        assert_eq!(written("a ##[set-env name=a]b\n", Form::Text), "a # #[set-env name=a]b\n");
        assert_eq!(written("##vso[task.x]y ### a", Form::Text), "# #vso[task.x]y ### a");
        assert_eq!(written("{\"a\": \"##[x]\"}", Form::Json), "{\"a\": \"\\u0023#[x]\"}");
        assert_eq!(written(" ::error::x</a>", Form::Xml), " &#58;:error::x</a>");
        assert_eq!(written("<a b=\"##vso[x]\"/>", Form::Xml), "<a b=\"&#35;#vso[x]\"/>");
        assert_eq!(written("::error::##[x]\n", Form::Commands), "::error::# #[x]\n");
        assert_eq!(text("::stop-commands::x\n"), ": :stop-commands::x\n");
    }
}
