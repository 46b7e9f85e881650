//! Whether matching labels stays near-linear: ten times the Services, pods, budgets and policies in one
//! namespace may cost at most twelve times as much.
//!
//! `cargo bench --bench joins` compares 10,000 with 100,000 of each; `-- 1000` begins with 1,000.

#[path = "corpus/mod.rs"]
mod corpus;
mod measure;

use std::time::Instant;

use measure::{arguments, median};
use wplint::lint::lint_texts;
use wplint::settings::Settings;

const MOST: f64 = 12.0;
const ROUNDS: usize = 3;

fn main() {
    let small = arguments().first().map_or(10_000, |text| text.parse().expect("a number of objects"));
    let texts = [small, small * 10].map(|n| (n, corpus::joins(n)));
    for (n, text) in &texts {
        println!("{n} of each kind: {:.1} MB", text.len() as f64 / 1e6);
    }
    // In turn, so that a machine that changes its speed changes it for both.
    let rounds: Vec<[Stages; 2]> =
        (0..ROUNDS).map(|_| texts.each_ref().map(|(n, text)| measure(*n, text))).collect();
    println!("\n{:<16}{:>12}{:>12}{:>8}", "", small, small * 10, "ratio");
    let mut whole = 0.0;
    for (at, &(stage, _)) in rounds[0][0].iter().enumerate() {
        let seconds = |size: usize| rounds.iter().map(move |round| round[size][at].1);
        let ratio = median(seconds(0).zip(seconds(1)).map(|(few, many)| many / few));
        println!("{stage:<16}{:>10.3} s{:>10.3} s{ratio:>7.1}×", median(seconds(0)), median(seconds(1)));
        if at == 0 {
            whole = ratio;
        }
    }
    let verdict = if whole <= MOST { "near-linear" } else { "NOT near-linear" };
    println!("{verdict}: {whole:.1} times the time for 10 times the objects, {MOST} allowed");
}

/// Seconds of the whole and of its stages.
type Stages = Vec<(&'static str, f64)>;

fn measure(n: usize, text: &str) -> Stages {
    let input = vec![("joins.yaml".to_owned(), text.to_owned())];
    let start = Instant::now();
    let run = lint_texts(input, &Settings::default());
    let whole = ("in all", start.elapsed().as_secs_f64());
    assert_eq!(run.counts.objects, 4 * n, "every object is linted");
    std::iter::once(whole).chain(run.timings.iter().map(|lap| (lap.0, lap.1.as_secs_f64()))).collect()
}
