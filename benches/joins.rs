//! Whether matching labels stays near-linear: ten times the Services, pods, budgets and policies in one
//! namespace may cost at most twelve times as much.
//!
//! `cargo bench --bench joins` compares 10,000 with 100,000 of each; `-- 1000` begins with 1,000.

#[path = "corpus/mod.rs"]
mod corpus;
mod measure;

use std::time::{Duration, Instant};

use measure::{arguments, median};
use wplint::lint::lint_texts;
use wplint::settings::Settings;

const MOST: f64 = 12.0;

fn main() {
    let small = arguments().first().map_or(10_000, |text| text.parse().expect("a number of objects"));
    let few = measure(small, 5);
    let many = measure(small * 10, 3);
    println!("\n{:<16}{:>12}{:>12}{:>8}", "", small, small * 10, "ratio");
    for ((stage, few), (_, many)) in few.iter().zip(&many) {
        println!("{stage:<16}{:>10.3} s{:>10.3} s{:>7.1}×", few, many, many / few);
    }
    let (few, many) = (few[0].1, many[0].1);
    let verdict = if many / few <= MOST { "near-linear" } else { "NOT near-linear" };
    println!("{verdict}: {:.1} times the time for 10 times the objects, {MOST} allowed", many / few);
}

/// Median seconds of the whole and of its stages.
fn measure(n: usize, rounds: usize) -> Vec<(&'static str, f64)> {
    let text = corpus::joins(n);
    println!("{n} of each kind: {:.1} MB", text.len() as f64 / 1e6);
    let mut stages: Vec<(&'static str, Vec<Duration>)> = vec![("in all", Vec::new())];
    for _ in 0..rounds {
        let input = vec![("joins.yaml".to_owned(), text.clone())];
        let start = Instant::now();
        let run = lint_texts(input, &Settings::default());
        stages[0].1.push(start.elapsed());
        assert_eq!(run.counts.objects, 4 * n, "every object is linted");
        for (stage, took) in run.timings {
            match stages.iter_mut().find(|known| known.0 == stage) {
                Some(known) => known.1.push(took),
                None => stages.push((stage, vec![took])),
            }
        }
    }
    let seconds = |times: &[Duration]| median(times.iter().map(Duration::as_secs_f64));
    stages.iter().map(|(stage, times)| (*stage, seconds(times))).collect()
}
