//! Times, medians, peak memory and a table: what both benchmarks need.
#![allow(dead_code, reason = "each bench uses its own part of this")]

use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use granit_parser::Parser;
use rayon::prelude::*;
use wplint::yaml::split;

/// The arguments of the benchmark itself, without those that cargo adds.
pub fn arguments() -> Vec<String> {
    std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect()
}

/// The middle one of some numbers.
pub fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// How long the parser takes for the events of every document, comments included, and nothing else.
pub fn bare<'t>(texts: impl Iterator<Item = &'t str>) -> Duration {
    let cut = |text: &'t str| split(text).into_iter().map(move |piece| (&text[piece.range()], piece.json));
    let pieces: Vec<(&str, bool)> = texts.flat_map(cut).collect();
    let start = Instant::now();
    let events: usize = pieces.into_par_iter().map(|(text, json)| events(text, json)).sum();
    let took = start.elapsed();
    assert!(events > 0, "the corpus is not empty");
    took
}

fn events(text: &str, json: bool) -> usize {
    let options = granit_parser::options! {
        max_buffered_comment_events: usize::MAX,
        simple_key_max_lookahead: if json { 1 << 16 } else { 1024 },
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut events = 0;
    while let Some(event) = parser.next_event() {
        std::hint::black_box(&event);
        assert!(event.is_ok(), "the corpus is valid");
        events += 1;
    }
    events
}

/// A thread pool of this size.
pub fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be had")
}

/// Seconds that this thread had a processor.
pub fn thread_seconds() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells");
    text.split(' ').next().and_then(|first| first.parse::<f64>().ok()).expect("nanoseconds") / 1e9
}

/// Seconds that programs had a processor which were started here and have ended.
pub fn children_seconds() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").expect("Linux tells");
    // The name of the program, in brackets, may hold blanks.
    let fields = text.rsplit(')').next().unwrap_or_default().split(' ');
    let ticks: f64 = fields.skip(14).take(2).filter_map(|one| one.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// Runs a program and says how much memory it had at most, in bytes, if the system tells.
pub fn peak_memory(mut command: Command) -> Option<u64> {
    let mut child = command.spawn().ok()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    // The kernel keeps the maximum, so it does not matter when one looks, as long as it is late.
    while child.try_wait().ok()?.is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        peak = peak.max(kilobytes.map(|kilobytes| kilobytes * 1024));
        sleep(Duration::from_millis(2));
    }
    peak
}

/// Rows by name, a pair of columns for each number of threads.
pub struct Table {
    bytes: u64,
    /// Threads, name, seconds, ratio to bare parsing.
    cells: Vec<(usize, &'static str, f64, f64)>,
}

impl Table {
    pub fn new(bytes: u64) -> Self {
        Table { bytes, cells: Vec::new() }
    }

    pub fn add(&mut self, threads: usize, name: &'static str, seconds: f64, ratio: f64) {
        self.cells.push((threads, name, seconds, ratio));
    }

    pub fn print(&self) {
        let mut threads: Vec<usize> = self.cells.iter().map(|cell| cell.0).collect();
        threads.dedup();
        print!("{:<16}", "");
        for threads in &threads {
            let title = if *threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
            print!("{title:>24}");
        }
        println!();
        for &(first, name, _, _) in &self.cells {
            if first != threads[0] {
                break;
            }
            print!("{name:<16}");
            for &(_, _, seconds, ratio) in self.cells.iter().filter(|cell| cell.1 == name) {
                print!("{:>12.1} MB/s{ratio:>6.2}×", self.bytes as f64 / 1e6 / seconds);
            }
            println!();
        }
    }
}
