//! What evaluating charts costs next to reading what they print.
//!
//! `cargo bench --bench charts -- DIR…` takes folders with charts. Each chart is evaluated with its defaults and each of
//! its `ci/*-values.yaml`, on one thread, as a run does it: templates and values are read once for all of them, and the
//! files are in memory already. Seconds are processor time.

mod measure;

use std::collections::HashSet;
use std::fs;
use std::hint::black_box;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use libyaml_safer::{EventData, Parser};
use measure::{arguments, median, thread_seconds};
use wplint::files::{FileId, SourceFile};
use wplint::helm::{self, Cluster, Given, Package, Readings, Request, Shelf};
use wplint::yaml::{Piece, parse};

const ROUNDS: usize = 7;

/// A chart with the values that it is evaluated with.
struct Chart {
    package: Arc<Package>,
    values: Vec<Option<Arc<SourceFile>>>,
}

fn main() {
    let folders = arguments();
    if folders.is_empty() {
        println!("usage: cargo bench --bench charts -- DIR… (folders with charts)");
        return;
    }
    std::panic::set_hook(Box::new(|_| {}));
    // Evaluation happens on threads with deep stacks, which are there already in a run.
    helm::pool(1).expect("a thread can be had").install(|| measure(&folders));
}

fn measure(folders: &[String]) {
    let mut roots = Vec::new();
    folders.iter().for_each(|folder| find(Path::new(folder), &mut roots, 0));
    roots.sort();
    let mut shelf = Shelf::new(Vec::new(), None);
    let mut charts: Vec<Chart> = roots.iter().filter_map(|root| read(root, &mut shelf)).collect();
    charts.retain(|chart| !chart.package.library);
    // What is printed more than once is read more than once, so each text is kept as often as it is printed.
    let files = shelf.files();
    let printed: Vec<Arc<SourceFile>> = charts.iter().flat_map(printed).collect();
    let templates: usize = charts.iter().map(size).sum();
    let bytes: usize = printed.iter().map(|text| text.text.len()).sum();
    let count: usize = charts.iter().map(|chart| chart.values.len()).sum();
    println!(
        "{} charts, {count} evaluations, {:.1} MB of different templates, {:.1} MB in {} documents printed",
        charts.len(),
        templates as f64 / 1e6,
        bytes as f64 / 1e6,
        printed.len()
    );
    let rounds: Vec<[f64; 3]> = (0..ROUNDS)
        .map(|_| {
            let timed = |work: &dyn Fn()| {
                let start = thread_seconds();
                work();
                thread_seconds() - start
            };
            let events = timed(&|| printed.iter().for_each(|one| drop(catch_unwind(|| events(&one.text)))));
            let trees = timed(&|| printed.iter().for_each(|one| _ = black_box(tree(one))));
            let evaluation = timed(&|| evaluate(&charts, files));
            [events, trees, evaluation]
        })
        .collect();
    for (at, name) in ["libyaml's events", "our trees", "evaluation"].into_iter().enumerate() {
        let seconds = median(rounds.iter().map(|round| round[at]));
        let [events, trees] = [0, 1].map(|by| median(rounds.iter().map(|round| round[at] / round[by])));
        println!("{name:<18}{seconds:>8.3} s{events:>8.2} × libyaml{trees:>8.2} × our trees");
    }
}

/// Charts that are no part of another one.
fn find(folder: &Path, found: &mut Vec<PathBuf>, depth: usize) {
    if folder.join("Chart.yaml").is_file() {
        found.push(folder.to_owned());
        return;
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if depth < 8 && entry.file_type().is_ok_and(|kind| kind.is_dir()) && entry.file_name() != ".git" {
            find(&entry.path(), found, depth + 1);
        }
    }
}

fn read(root: &Path, shelf: &mut Shelf) -> Option<Chart> {
    shelf.enter(Some(root.to_owned()));
    let package = Arc::new(helm::load(&root.to_string_lossy(), shelf).ok()?);
    // Files that templates read are read from the disk by the first that asks.
    package.each(&mut |chart| chart.others.iter().for_each(|other| _ = black_box(other.text())));
    let mut given: Vec<PathBuf> =
        fs::read_dir(root.join("ci")).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    given.retain(|path| path.to_string_lossy().ends_with("values.yaml"));
    given.sort();
    let mut values = vec![None];
    values.extend(given.iter().map(|path| shelf.file(&path.to_string_lossy())).filter(Option::is_some));
    Some(Chart { package, values })
}

fn cluster() -> Cluster<'static> {
    Cluster { version: "v1.33.0", serves: &|name| !name.contains("beta") }
}

fn request(values: &Option<Arc<SourceFile>>) -> Request<'static> {
    Request {
        values: values.clone().map(Given::File).into_iter().collect(),
        release: "release".to_owned(),
        namespace: "default".to_owned(),
        crds: false,
    }
}

/// The documents that a chart prints with all its values.
fn printed(chart: &Chart) -> Vec<Arc<SourceFile>> {
    let texts =
        chart.values.iter().flat_map(|values| helm::printed(&chart.package, &request(values), cluster()));
    texts.map(|text| Arc::new(SourceFile::new(FileId(0), "", text))).collect()
}

/// Bytes of the templates of a chart, each text counted once.
fn size(chart: &Chart) -> usize {
    let mut known = HashSet::new();
    chart.package.each(&mut |chart| known.extend(chart.templates.iter().map(|(_, file)| file.text.clone())));
    known.iter().map(|text| text.len()).sum()
}

fn evaluate(charts: &[Chart], files: &[Arc<SourceFile>]) {
    let all = charts.iter().flat_map(|chart| chart.values.iter().map(|_| &*chart.package));
    let readings = Readings::expecting(all);
    for chart in charts {
        for values in &chart.values {
            let request = request(values);
            black_box(helm::evaluate_with(&chart.package, &request, cluster(), files, &readings));
            readings.done(&chart.package);
        }
    }
}

fn tree(text: &Arc<SourceFile>) -> bool {
    parse(text, &Piece::yaml(0..text.text.len())).is_ok()
}

/// The events of a text up to its first mistake.
fn events(text: &str) -> usize {
    let mut bytes = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut bytes);
    let mut count = 0;
    while let Ok(event) = parser.parse() {
        count += 1;
        if matches!(black_box(event).data, EventData::StreamEnd) {
            break;
        }
    }
    count
}
