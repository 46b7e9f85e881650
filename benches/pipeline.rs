//! What each stage costs next to bare event parsing of the same bytes, in one run and for several sizes.
//!
//! `cargo bench --bench pipeline` measures 1 MB and 20 MB; `-- full` measures 1 MB, 100 MB and one file of
//! 100 MB; `-- 5 one:50` measures what is named, in megabytes, `one:` for a single file.

#[path = "corpus/mod.rs"]
mod corpus;
mod measure;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use corpus::Layout;
use measure::{Table, arguments, median, peak_memory, pool};
use wplint::files::scan;
use wplint::lint::lint;
use wplint::settings::Settings;

const PROGRAM: &str = env!("CARGO_BIN_EXE_wplint");
const SEED: u64 = 7;

/// The row of the `schema` group, whose share of the whole is limited.
const SCHEMA: &str = "+ schema";
const MOST_FOR_SCHEMA: f64 = 0.10;

/// Rows of the table after bare parsing, and the stages of [`wplint::run::Run::timings`] each one adds.
const ROWS: &[(&str, &[&str])] = &[
    ("parse + tree", &["parse"]),
    ("+ decode", &["decode"]),
    (SCHEMA, &["schema"]),
    ("+ inventory", &["units", "inventory"]),
    ("+ rules", &["rules", "silence"]),
];

fn main() {
    let mut corpora = arguments();
    match corpora.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => corpora = vec!["1".to_owned(), "20".to_owned()],
        ["full"] => corpora = vec!["1".to_owned(), "100".to_owned(), "one:100".to_owned()],
        _ => {}
    }
    for corpus in corpora {
        let (layout, size) = match corpus.strip_prefix("one:") {
            Some(size) => (Layout::OneFile, size),
            None => (Layout::Files, &*corpus),
        };
        let megabytes: u64 = size.parse().expect("a size is a number of megabytes");
        let directory = tempfile::tempdir().expect("a directory for the corpus");
        let stats = corpus::write(directory.path(), megabytes * 1_000_000, layout, SEED)
            .expect("the corpus is written");
        println!(
            "\n{:.1} MB in {} files, {} documents, {} objects",
            stats.bytes as f64 / 1e6,
            stats.files,
            stats.documents,
            stats.objects
        );
        measure_corpus(directory.path(), stats.bytes);
    }
}

fn measure_corpus(directory: &Path, bytes: u64) {
    let mut table = Table::new(bytes);
    let mut shares = Vec::new();
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    for threads in if all > 1 { vec![1, all] } else { vec![1] } {
        let rounds = (bytes as usize / 20_000_000).clamp(1, 5);
        let rounds = [9, 7, 5, 5, 3, 3][rounds];
        let mut rows: Vec<Vec<Duration>> = vec![Vec::new(); ROWS.len() + 2];
        // In turn, so that a machine that changes its speed changes it for all of them.
        for _ in 0..rounds {
            rows[0].push(pool(threads).install(|| bare(directory)));
            let stages = pool(threads).install(|| stages(directory));
            stages.into_iter().enumerate().for_each(|(at, took)| rows[at + 1].push(took));
            rows[ROWS.len() + 1].push(whole(directory, threads));
        }
        let names = ["bare parsing"].into_iter().chain(ROWS.iter().map(|row| row.0)).chain(["whole program"]);
        let bare = rows[0].clone();
        for (name, times) in names.zip(&rows) {
            let ratios = times.iter().zip(&bare).map(|(own, bare)| own.as_secs_f64() / bare.as_secs_f64());
            table.add(threads, name, median(times.iter().map(Duration::as_secs_f64)), median(ratios));
        }
        // Rows are cumulative and begin with bare parsing.
        let own = ROWS.iter().position(|row| row.0 == SCHEMA).expect("the row is there") + 1;
        let rounds = rows[own].iter().zip(&rows[own - 1]).zip(&rows[ROWS.len() + 1]);
        let share =
            rounds.map(|((with, without), whole)| (*with - *without).as_secs_f64() / whole.as_secs_f64());
        shares.push((threads, median(share)));
    }
    table.print();
    for (threads, share) in shares {
        let verdict = if share <= MOST_FOR_SCHEMA { "within" } else { "OVER" };
        let (share, most) = (share * 100.0, MOST_FOR_SCHEMA * 100.0);
        println!(
            "schema group, {threads} threads: {share:.1} % of the whole program, {verdict} the limit of {most} %"
        );
    }
    match peak_memory(program(directory, all)) {
        Some(peak) => println!("peak memory of the program: {:.1} × the input", peak as f64 / bytes as f64),
        None => println!("peak memory of the program: this system does not tell"),
    }
}

/// The parser's events for every document, comments included, and nothing else.
fn bare(directory: &Path) -> Duration {
    let scan = scan::scan(&[directory.to_owned()], &scan::Options::default());
    measure::bare(scan.files.iter().map(|file| &*file.text))
}

/// How long it took until the end of each row's stages.
fn stages(directory: &Path) -> Vec<Duration> {
    let run = lint(&[directory.to_owned()], &Settings::default());
    let mut sum = Duration::ZERO;
    let of =
        |stage: &&str| run.timings.iter().filter(|lap| lap.0 == *stage).map(|lap| lap.1).sum::<Duration>();
    ROWS.iter()
        .map(|(_, stages)| {
            sum += stages.iter().map(of).sum::<Duration>();
            sum
        })
        .collect()
}

fn program(directory: &Path, threads: usize) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["--format", "json"]).arg(directory).env("RAYON_NUM_THREADS", threads.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn whole(directory: &Path, threads: usize) -> Duration {
    let start = Instant::now();
    let status = program(directory, threads).status().expect("the program starts");
    let took = start.elapsed();
    assert!(matches!(status.code(), Some(0 | 1)), "the program did its job: {status}");
    took
}
