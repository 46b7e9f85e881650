//! A bar on long work: one line on a terminal's standard error, gone before anything else is written.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::lint::STAGES;

/// Nothing is shown of work that is done before this.
const PATIENCE: Duration = Duration::from_millis(700);
const BEAT: Duration = Duration::from_millis(100);

/// The bar, and the thread that waits until it is worth showing; without a terminal there is neither.
pub(super) struct Progress {
    shown: Option<(ProgressBar, Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins to wait for something to say.
    pub fn start(quiet: bool) -> Progress {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if quiet || dumb || !io::stderr().is_terminal() {
            return Progress { shown: None };
        }
        let bar = ProgressBar::with_draw_target(Some(STAGES.len() as u64), ProgressDrawTarget::hidden());
        let (sender, end) = mpsc::channel::<()>();
        let waiting = bar.clone();
        let wait = move || {
            if end.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                waiting.set_style(style());
                waiting.set_draw_target(ProgressDrawTarget::stderr());
                waiting.enable_steady_tick(BEAT);
            }
        };
        // No thread, no bar: that is no reason to stop.
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(wait);
        Progress { shown: thread.ok().map(|thread| (bar, sender, thread)) }
    }

    /// A stage begins.
    pub fn stage(&self, stage: &'static str) {
        if let Some((bar, ..)) = &self.shown {
            bar.set_position(STAGES.iter().position(|one| *one == stage).unwrap_or_default() as u64);
            bar.set_message(doing(stage));
        }
    }

    /// Takes the bar away.
    pub fn end(self) {
        if let Some((bar, sender, thread)) = self.shown {
            drop(sender);
            let _ = thread.join();
            bar.finish_and_clear();
        }
    }
}

fn style() -> ProgressStyle {
    let plain = ProgressStyle::default_bar();
    let style = plain.clone().template("wplint [{bar:18}] {msg}, {elapsed}");
    style.unwrap_or(plain).progress_chars("=> ")
}

fn doing(stage: &str) -> &'static str {
    match stage {
        "read" => "reading files",
        "parse" => "parsing",
        "decode" => "decoding objects",
        "units" => "finding what is deployed together",
        "rules" => "checking",
        _ => "finishing",
    }
}

#[cfg(test)]
mod tests {
    use super::{doing, style};
    use crate::lint::STAGES;
    use std::collections::BTreeSet;

    #[test]
    fn every_stage_has_words() {
        let words: BTreeSet<&str> = STAGES.iter().map(|stage| doing(stage)).collect();
        assert_eq!(words.len(), STAGES.len());
        let _ = style();
    }
}
