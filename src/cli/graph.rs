//! `wplint graph`: what the manifests resolve to, as a page, a diagram or JSON.

use super::args::{GraphArgs, GraphFormat};
use super::{CLEAN, FAILED, Failure, input_flags, notice, print, words};
use crate::graph::Atlas;
use crate::lint::lint;
use crate::report::diagram::{dot, mermaid};
use crate::report::graph::{diagram, html, json, marked};
use crate::rules;
use crate::settings::Settings;

/// The group of rules whose findings are broken edges.
const GROUP: &str = "references";

/// Draws.
pub(super) fn run(args: &GraphArgs) -> Result<u8, Failure> {
    let flags = input_flags(&args.input);
    let mut settings = Settings::load(&flags)?;
    settings.enabled.retain(|name| rules::find(name).is_some_and(|rule| rule.page().group == GROUP));
    let atlas = Atlas::default();
    atlas.observe(&mut settings.surroundings);
    let run = lint(&flags.paths, &settings);
    let graphs = atlas.into_graphs();
    words::unreadable(&run);
    if graphs.is_empty() && run.unreadable.is_empty() {
        return Err(Failure::Message("no manifest under the paths".to_owned()));
    }
    let left_out: usize = graphs.iter().map(|graph| graph.left_out).sum();
    if left_out > 0 {
        notice(&format!("{left_out} edges are left out: more than {} in one unit\n", crate::graph::MOST));
    }
    let marked = marked(&run, &graphs);
    print(&match args.format {
        GraphFormat::Html => html(&run, &marked),
        GraphFormat::Mermaid => mermaid(&diagram(&marked)),
        GraphFormat::Dot => dot(&diagram(&marked)),
        GraphFormat::Json => json(&run, &marked),
    })?;
    Ok(if run.unreadable.is_empty() && !run.internal_error { CLEAN } else { FAILED })
}
