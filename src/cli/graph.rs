//! `wplint graph`: what the manifests resolve to, as a page, a diagram or JSON.

use std::path::PathBuf;

use super::args::{GraphArgs, GraphFormat};
use super::{CLEAN, FAILED, Failure, notice, print};
use crate::graph::Atlas;
use crate::lint::lint;
use crate::report::diagram::{dot, mermaid};
use crate::report::graph::{diagram, html, json, marked};
use crate::report::text::harmless;
use crate::rules;
use crate::settings::{Flags, Settings};

/// The group of rules whose findings are broken edges.
const GROUP: &str = "references";

/// Draws.
pub(super) fn run(args: &GraphArgs) -> Result<u8, Failure> {
    let paths = if args.paths.is_empty() { vec![PathBuf::from(".")] } else { args.paths.clone() };
    let flags = Flags {
        paths,
        exclude: args.exclude.clone(),
        values: args.values.clone(),
        set: args.set.clone(),
        config: args.config.clone(),
        no_config: args.no_config,
        folder: super::folder(),
        ..Flags::default()
    };
    let mut settings = Settings::load(&flags)?;
    settings.enabled.retain(|name| rules::find(name).is_some_and(|rule| rule.page().group == GROUP));
    let atlas = Atlas::default();
    atlas.observe(&mut settings.surroundings);
    let run = lint(&flags.paths, &settings);
    let graphs = atlas.into_graphs();
    for (path, why) in &run.unreadable {
        notice(&harmless(&format!("error: cannot read {path}: {why}")));
        notice("\n");
    }
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
