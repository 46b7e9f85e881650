//! `wplint survive`: what is left after a node, a zone, a drain, a rollout.

use std::collections::HashSet;

use super::args::{SurviveArgs, SurviveFormat};
use super::{CLEAN, FAILED, FINDINGS, Failure, input_flags, notice, print, words};
use crate::lint::lint;
use crate::report::diagram::{dot, mermaid};
use crate::report::survive::{self, Style};
use crate::report::text::harmless;
use crate::settings::Settings;
use crate::survival::judge::Event;
use crate::survival::survey::{Survey, read_nodes};

/// Judges and prints.
pub(super) fn run(args: &SurviveArgs) -> Result<u8, Failure> {
    let required: Vec<Event> = args.require.iter().map(|name| event(name)).collect::<Result<_, _>>()?;
    let flags = input_flags(&args.input);
    let mut settings = Settings::load(&flags)?;
    // Rules have nothing to say here.
    settings.enabled = HashSet::new();
    let cluster = args.cluster.as_deref().map(read_nodes).transpose().map_err(Failure::Message)?;
    let survey = Survey::default();
    survey.observe(&mut settings.surroundings, cluster);
    let run = lint(&flags.paths, &settings);
    let judged = survey.into_judged();
    words::unreadable(&run);
    if judged.is_empty() && run.unreadable.is_empty() {
        return Err(Failure::Message("no workload under the paths".to_owned()));
    }
    print(&match args.format {
        SurviveFormat::Text => survive::table(&run, &judged, Style::Text, args.verbose > 0),
        SurviveFormat::Markdown => survive::table(&run, &judged, Style::Markdown, args.verbose > 0),
        SurviveFormat::Json => survive::json(&run, &judged),
        SurviveFormat::Html => survive::html(&run, &judged),
        SurviveFormat::Mermaid => mermaid(&survive::diagram(&run, &judged)),
        SurviveFormat::Dot => dot(&survive::diagram(&run, &judged)),
    })?;
    let mut status = CLEAN;
    for event in required {
        let unmet: Vec<&str> = judged.iter().flat_map(|unit| unit.unmet(event)).collect();
        if !unmet.is_empty() {
            notice(&format!("does not survive `{}`: {}\n", event.name(), harmless(&unmet.join(", "))));
            status = FINDINGS;
        }
    }
    Ok(if run.unreadable.is_empty() && !run.internal_error { status } else { FAILED })
}

fn event(name: &str) -> Result<Event, Failure> {
    let names = || Event::ALL.map(Event::name).join(", ");
    Event::parse(name)
        .ok_or_else(|| Failure::Message(format!("`{name}` is not an event; the events are {}", names())))
}
