//! What a run costs on real trees, next to libyaml's bare event pass over the same bytes.
//!
//! `cargo bench --bench repositories -- DIR…` takes folders of checkouts: each folder in them is a repository. It is
//! linted alone, all rules on and one thread, and then all of them as one tree. Seconds are processor time, so other
//! work on the machine does not count.

mod measure;

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libyaml_safer::{EventData, Parser};
use measure::{arguments, children_seconds, median, peak_memory, pool, thread_seconds};
use wplint::files::scan;
use wplint::lint::lint;
use wplint::rules;
use wplint::settings::Settings;
use wplint::yaml::{is_common, split};

const PROGRAM: &str = env!("CARGO_BIN_EXE_wplint");

/// The stages of [`wplint::run::Run::timings`], in their order.
const STAGES: [&str; 9] =
    ["scan", "read", "parse", "decode", "schema", "units", "inventory", "rules", "silence"];

/// One repository, or all of them.
#[derive(Default)]
struct Costs {
    name: String,
    files: usize,
    bytes: usize,
    /// Bytes of documents that the fast reader reads, and of others that are templates.
    fast: usize,
    templates: usize,
    /// Seconds of libyaml's event pass, of the whole program, and of each stage inside it.
    libyaml: f64,
    whole: f64,
    stages: [f64; STAGES.len()],
    peak: Option<u64>,
}

fn main() {
    let folders = arguments();
    if folders.is_empty() {
        println!("usage: cargo bench --bench repositories -- DIR… (folders of checkouts)");
        return;
    }
    // libyaml's port has a few assertions that files out there do not meet.
    std::panic::set_hook(Box::new(|_| {}));
    let mut alone = Vec::new();
    for folder in folders.iter().map(Path::new) {
        let mut repositories: Vec<PathBuf> =
            fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
        repositories.retain(|path| path.is_dir());
        repositories.sort();
        alone.extend(repositories.iter().map(|path| costs(std::slice::from_ref(path))));
    }
    alone.retain(|one| one.bytes > 0);
    let paths: Vec<PathBuf> = folders.iter().map(PathBuf::from).collect();
    let together = costs(&paths);
    print(&alone, &together);
}

fn costs(paths: &[PathBuf]) -> Costs {
    let name = paths[0].file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut costs = Costs { name, ..Costs::default() };
    let scan = scan::scan(paths, &scan::Options::default());
    for file in &scan.files {
        costs.files += 1;
        for piece in split(&file.text) {
            let text = &file.text[piece.range()];
            costs.bytes += text.len();
            if is_common(file, &piece) {
                costs.fast += text.len();
            } else if text.contains("{{") {
                costs.templates += text.len();
            }
        }
    }
    if costs.bytes == 0 {
        return costs;
    }
    let start = thread_seconds();
    for piece in
        scan.files.iter().flat_map(|file| split(&file.text).into_iter().map(|one| &file.text[one.range()]))
    {
        let _ = catch_unwind(|| events(piece));
    }
    costs.libyaml = thread_seconds() - start;
    drop(scan);
    costs.stages = stages(paths);
    let start = children_seconds();
    costs.peak = peak_memory(program(paths));
    costs.whole = children_seconds() - start;
    costs
}

/// The events of a text up to its first mistake.
fn events(text: &str) -> usize {
    let mut bytes = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut bytes);
    let mut count = 0;
    while let Ok(event) = parser.parse() {
        count += 1;
        if matches!(std::hint::black_box(event).data, EventData::StreamEnd) {
            break;
        }
    }
    count
}

/// What each stage takes of the processor, on one thread.
fn stages(paths: &[PathBuf]) -> [f64; STAGES.len()] {
    let settings = rules::all().fold(Settings::default(), |settings, rule| settings.with_rule(rule.name));
    let (run, spent) = pool(1).install(|| {
        let start = thread_seconds();
        let run = lint(paths, &settings);
        (run, thread_seconds() - start)
    });
    let passed: f64 = run.timings.iter().map(|lap| lap.1.as_secs_f64()).sum();
    STAGES.map(|stage| {
        let own = run.timings.iter().filter(|lap| lap.0 == stage).map(|lap| lap.1.as_secs_f64());
        own.sum::<f64>() / passed.max(f64::MIN_POSITIVE) * spent
    })
}

fn program(paths: &[PathBuf]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["--format", "json", "--no-config", "--extend-select", "all"]).args(paths);
    command.env("RAYON_NUM_THREADS", "1");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn print(alone: &[Costs], together: &Costs) {
    let sum = |of: fn(&Costs) -> f64| alone.iter().map(of).sum::<f64>();
    let of_bytes = |of: fn(&Costs) -> usize| alone.iter().map(of).sum::<usize>() as f64;
    let (bytes, libyaml) = (of_bytes(|one| one.bytes), sum(|one| one.libyaml));
    let documents = bytes - of_bytes(|one| one.templates);
    println!("{} repositories, {} files, {:.1} MB", alone.len(), of_bytes(|one| one.files), bytes / 1e6);
    println!(
        "fast reader: {:.1} % of the bytes, {:.1} % without templates",
        of_bytes(|one| one.fast) / bytes * 100.0,
        of_bytes(|one| one.fast) / documents * 100.0
    );
    println!("\n{:<28}{:>10}{:>12}{:>12}", "one thread, all rules", "seconds", "× libyaml", "as one tree");
    println!("{:<28}{libyaml:>10.2}{:>12.2}", "libyaml, events only", 1.0);
    for (at, stage) in STAGES.iter().enumerate() {
        let seconds: f64 = alone.iter().map(|one| one.stages[at]).sum();
        let tree = together.stages[at];
        println!("{stage:<28}{seconds:>10.2}{:>12.2}{tree:>12.2}", seconds / libyaml);
    }
    let whole = sum(|one| one.whole);
    let median = median(alone.iter().map(|one| one.whole / one.libyaml.max(0.001)));
    println!("{:<28}{whole:>10.2}{:>12.2}{:>12.2}", "whole program", whole / libyaml, together.whole);
    println!("median of repositories: {median:.2} × libyaml");
    println!("one tree: {:.2} × the sum of its parts", together.whole / whole);
    if let Some(peak) = together.peak {
        println!("peak memory of the one tree: {:.1} × the input", peak as f64 / bytes);
    }
    let mut worst: Vec<&Costs> = alone.iter().collect();
    worst.sort_by(|one, other| (other.whole - other.libyaml).total_cmp(&(one.whole - one.libyaml)));
    println!("\nfurthest above libyaml:");
    for one in worst.iter().take(8) {
        println!("  {:<40}{:>8.2} s, libyaml {:.2} s", one.name, one.whole, one.libyaml);
    }
}
