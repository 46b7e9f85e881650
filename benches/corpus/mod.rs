//! Manifests by the megabyte: what a large, healthy repository looks like, made from a seed.
//!
//! The corpus consists of applications. Each has a namespace, a directory and names of its own,
//! and everything in it fits together: selectors match, ports and hosts resolve, replicas are kept
//! apart and budgets leave room. About 2 of 100 workloads carry one planted mistake. Only one
//! application is in memory at a time.
#![allow(dead_code, unused_imports, reason = "each bench and test uses its own part of this")]

mod app;
mod config;
mod doc;
mod env;
mod joins;
mod kustomize;
mod network;
mod rng;
mod scale;
mod upkeep;
mod workload;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use app::{App, Component};
use doc::Doc;
pub use joins::joins;
pub use kustomize::kustomizations;
use rng::Rng;

/// How the corpus is cut into files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A tree of directories with a file of 1 to 40 KB for each part of an application; 1 in 20 is JSON.
    Files,
    /// All documents in `corpus.yaml`.
    OneFile,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Bytes on disk.
    pub bytes: u64,
    /// Files.
    pub files: u64,
    /// Documents; a List counts once.
    pub documents: u64,
    /// Objects; a List's items count, the List does not.
    pub objects: u64,
    /// Objects by kind.
    pub kinds: BTreeMap<&'static str, u64>,
    /// Planted mistakes by the rule that should find them.
    pub planted: BTreeMap<&'static str, u64>,
}

/// Writes about `bytes` bytes of manifests below `dir`; the same `seed` gives the same files.
///
/// Applications are never cut short, so the corpus ends up to one small application (some 15 KB) late.
pub fn write(dir: &Path, bytes: u64, layout: Layout, seed: u64) -> io::Result<Stats> {
    let mut corpus = Corpus::create(dir, layout, seed)?;
    let mut index = 0;
    while corpus.stats.bytes < bytes {
        let room = bytes - corpus.stats.bytes;
        let app = App::plan(index, room, &mut corpus.rng);
        corpus.application(&app, room)?;
        index += 1;
    }
    corpus.finish()
}

/// One object still to be written.
type Part<'a> = Box<dyn FnOnce(&mut Doc, &mut Rng) + 'a>;

struct Corpus {
    root: PathBuf,
    /// The open file of [`Layout::OneFile`].
    single: Option<BufWriter<File>>,
    rng: Rng,
    doc: Doc,
    stats: Stats,
}

impl Corpus {
    fn create(dir: &Path, layout: Layout, seed: u64) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let single = match layout {
            Layout::Files => None,
            Layout::OneFile => {
                let file = File::create(dir.join("corpus.yaml"))?;
                Some(BufWriter::with_capacity(1 << 18, file))
            }
        };
        Ok(Self {
            root: dir.to_owned(),
            single,
            rng: Rng::new(seed),
            doc: Doc::default(),
            stats: Stats::default(),
        })
    }

    fn finish(mut self) -> io::Result<Stats> {
        if let Some(mut file) = self.single.take() {
            file.flush()?;
            self.stats.files = 1;
        }
        self.stats.documents = self.doc.documents;
        self.stats.objects = self.doc.kinds.values().sum();
        self.stats.kinds = self.doc.kinds;
        Ok(self.stats)
    }

    fn application(&mut self, app: &App, room: u64) -> io::Result<()> {
        let group = format!("group-{:03}", app.index / 40);
        let dir = self.root.join(app.namespace).join(group).join(&app.name);
        if self.single.is_none() {
            fs::create_dir_all(&dir)?;
        }
        for (at, component) in app.components.iter().enumerate() {
            if let Some(defect) = component.defect {
                *self.stats.planted.entry(defect.rule()).or_default() += 1;
            }
            let parts = component_parts(app, at, component, &mut self.rng);
            self.file(&dir, component.role, parts)?;
        }
        if let Some(engine) = app.database {
            let parts: Vec<Part<'_>> = vec![
                Box::new(move |d, _| upkeep::stateful_set(d, app, engine)),
                Box::new(move |d, _| network::headless(d, app, engine.port)),
                Box::new(|d, rng| scale::budget(d, rng, app, "db", 3)),
            ];
            self.file(&dir, "db", parts)?;
        }
        let long = if self.rng.chance(20) { self.rng.range(1_000, 30_000).min(room / 8) } else { 0 };
        let parts = shared_parts(app, long, &mut self.rng);
        self.file(&dir, "config", parts)?;
        if self.rng.chance(35) {
            let parts: Vec<Part<'_>> = vec![
                Box::new(|d, _| network::ingress(d, app, &app.components[0])),
                Box::new(|d, rng| config::certificate(d, rng, app)),
            ];
            self.file(&dir, "ingress", parts)?;
        }
        if self.rng.chance(30) {
            self.file(&dir, "cleanup", vec![Box::new(|d, rng| upkeep::cron_job(d, rng, app))])?;
        }
        Ok(())
    }

    /// Writes `parts` as the file `name`, in one of the styles that people use.
    fn file(&mut self, dir: &Path, name: &str, parts: Vec<Part<'_>>) -> io::Result<()> {
        let (doc, rng) = (&mut self.doc, &mut self.rng);
        doc.text.clear();
        doc.flow = rng.chance(30);
        doc.deep = rng.chance(60);
        doc.json = rng.chance(5) && self.single.is_none();
        if doc.json || rng.chance(3) {
            doc.document(|d| {
                d.word("apiVersion", "v1");
                d.word("kind", "List");
                d.list("items", |d| parts.into_iter().for_each(|part| d.item(|d| part(d, rng))));
            });
        } else {
            parts.into_iter().for_each(|part| doc.document(|d| part(d, rng)));
        }
        self.stats.bytes += doc.text.len() as u64;
        if let Some(file) = &mut self.single {
            file.write_all(b"---\n")?;
            self.stats.bytes += 4;
            return file.write_all(doc.text.as_bytes());
        }
        self.stats.files += 1;
        let extension = if doc.json { "json" } else { "yaml" };
        fs::write(dir.join(format!("{name}.{extension}")), &doc.text)
    }
}

/// The Deployment of a component and whatever stands around it.
fn component_parts<'a>(app: &'a App, at: usize, c: &'a Component, rng: &mut Rng) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = vec![Box::new(|d, rng| workload::deployment(d, rng, app, c))];
    if c.served {
        parts.push(Box::new(|d, rng| network::service(d, rng, app, c)));
        if !app.shared_budget {
            parts.push(Box::new(|d, rng| scale::budget(d, rng, app, c.role, c.replicas)));
        }
        if rng.chance(5) {
            parts.push(Box::new(|d, _| network::monitor(d, app, c)));
        }
    }
    if c.autoscaled {
        parts.push(Box::new(|d, rng| scale::autoscaler(d, rng, app, c)));
    }
    if at > 0 && rng.chance(6) {
        parts.push(Box::new(|d, _| network::policy(d, app, c, &app.components[0])));
    }
    parts
}

/// What the components of an application have in common.
fn shared_parts<'a>(app: &'a App, long: u64, rng: &mut Rng) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = vec![
        Box::new(move |d, rng| config::config_map(d, rng, app, long)),
        Box::new(|d, rng| config::secret(d, rng, app)),
    ];
    if app.shared_budget {
        parts.push(Box::new(|d, _| scale::shared_budget(d, app)));
    }
    if app.account {
        parts.push(Box::new(|d, _| config::account(d, app)));
    }
    if rng.chance(20) {
        parts.push(Box::new(|d, rng| config::custom(d, rng, app)));
    }
    parts
}
