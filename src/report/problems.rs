//! Mistakes in the configuration or on the command line, drawn like findings.

use std::fmt::{self, Write};
use std::sync::Arc;

use super::Options;
use super::draw::snippet;
use super::excerpt::Mark;
use super::paint::{Paint, footer};
use super::text::harmless;
use crate::config::ConfigError;
use crate::files::FileId;
use crate::finding::Severity;
use crate::run::Run;

/// The error as text for standard error.
pub fn render(error: &ConfigError, options: &Options) -> String {
    let mut text = String::new();
    match draw(error, options, &mut text) {
        Ok(()) => text,
        Err(_) => format!("error: {error}\n"),
    }
}

fn draw(error: &ConfigError, options: &Options, text: &mut String) -> fmt::Result {
    let paint = Paint { on: options.color };
    let head = paint.severity(Severity::Error, "error");
    match error {
        ConfigError::Wrong { source, problems } => {
            let run = Run { files: vec![Arc::clone(source)], ..Run::default() };
            for problem in problems {
                let message = harmless(&problem.message).into_owned();
                writeln!(text, "{head}{}", paint.bold(&format!(": {message}")))?;
                let mark = Mark { span: problem.span, label: None, primary: true };
                snippet(&run, FileId(0), vec![mark], Severity::Error, options, text)?;
                if let Some(help) = &problem.help {
                    footer(text, (&paint.help("help:"), 5), &harmless(help), options.width)?;
                }
            }
            Ok(())
        }
        ConfigError::Usage { help, .. } => {
            writeln!(text, "{head}{}", paint.bold(&format!(": {}", harmless(&error.to_string()))))?;
            match help {
                Some(help) => footer(text, (&paint.help("help:"), 5), &harmless(help), options.width),
                None => Ok(()),
            }
        }
        ConfigError::Unreadable { .. } => {
            writeln!(text, "{head}{}", paint.bold(&format!(": {}", harmless(&error.to_string()))))
        }
    }
}
