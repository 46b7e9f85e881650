//! A sign of life on long work: one line on a terminal's standard error, gone before anything else is written.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Nothing is said about work that is done before this.
const PATIENCE: Duration = Duration::from_millis(700);
const BEAT: Duration = Duration::from_millis(100);

/// The line, drawn by a thread of its own; without a terminal there is neither.
pub(super) struct Progress {
    drawing: Option<(Sender<&'static str>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins to wait for something to say.
    pub fn start(quiet: bool) -> Progress {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if quiet || dumb || !io::stderr().is_terminal() {
            return Progress { drawing: None };
        }
        let (sender, stages) = mpsc::channel();
        let draw = move || {
            let start = Instant::now();
            let (mut stage, mut drawn) = ("", false);
            loop {
                match stages.recv_timeout(BEAT) {
                    Ok(next) => stage = next,
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                if start.elapsed() >= PATIENCE {
                    drawn = true;
                    line(&text(stage, start.elapsed()));
                }
            }
            if drawn {
                line("");
            }
        };
        // No thread, no line: that is no reason to stop.
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(draw);
        Progress { drawing: thread.ok().map(|thread| (sender, thread)) }
    }

    /// A stage begins.
    pub fn stage(&self, stage: &'static str) {
        if let Some((sender, _)) = &self.drawing {
            let _ = sender.send(stage);
        }
    }

    /// Takes the line away.
    pub fn end(self) {
        if let Some((sender, thread)) = self.drawing {
            drop(sender);
            let _ = thread.join();
        }
    }
}

fn line(text: &str) {
    let mut out = io::stderr().lock();
    let _ = write!(out, "\r\x1b[2K{text}").and_then(|()| out.flush());
}

fn text(stage: &str, time: Duration) -> String {
    let doing = match stage {
        "read" => "reading files",
        "parse" => "parsing",
        "decode" => "decoding objects",
        "units" => "finding what is deployed together",
        "rules" => "checking",
        _ => "finishing",
    };
    format!("wplint: {doing} … {} s", time.as_secs())
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::lint::STAGES;
    use std::time::Duration;

    #[test]
    fn every_stage_has_words() {
        let words: std::collections::BTreeSet<String> =
            STAGES.iter().map(|stage| text(stage, Duration::from_secs(3))).collect();
        assert_eq!(words.len(), STAGES.len());
        assert!(words.contains("wplint: checking … 3 s"), "{words:?}");
    }
}
