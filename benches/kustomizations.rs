//! What evaluating kustomizations costs next to bare parsing of the same files, which it should not exceed.
//!
//! `cargo bench --bench kustomizations` takes 500 and 5,000 of them; `-- 1000` takes what is named.

#[path = "corpus/mod.rs"]
mod corpus;
mod measure;

use std::sync::Arc;
use std::time::Instant;

use measure::{arguments, bare, median, pool};
use wplint::document;
use wplint::files::{FileId, SourceFile};
use wplint::kustomize::{World, build_all, tree};
use wplint::lint::lint_texts;
use wplint::settings::Settings;

const SEED: u64 = 7;
const ROUNDS: usize = 5;

fn main() {
    let mut sizes = arguments();
    if sizes.is_empty() {
        sizes = vec!["500".to_owned(), "5000".to_owned()];
    }
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    for size in sizes {
        let texts = corpus::kustomizations(size.parse().expect("a number of kustomizations"), SEED);
        let bytes: usize = texts.iter().map(|file| file.1.len()).sum();
        println!("\n{size} kustomizations: {} files, {:.1} MB", texts.len(), bytes as f64 / 1e6);
        for threads in if all > 1 { vec![1, all] } else { vec![1] } {
            pool(threads).install(|| measure(&texts, threads));
        }
    }
}

fn measure(texts: &[(String, String)], threads: usize) {
    let files: Vec<Arc<SourceFile>> = texts
        .iter()
        .enumerate()
        .map(|(at, (path, text))| Arc::new(SourceFile::new(FileId(at as u32), path.as_str(), text.as_str())))
        .collect();
    let documents = document::load(&files);
    let (mut objects, mut read) = (0, 0);
    let bytes: usize = texts.iter().map(|file| file.1.len()).sum();
    let rounds: Vec<[f64; 3]> = (0..ROUNDS)
        .map(|_| {
            let bare = bare(files.iter().map(|file| &*file.text)).as_secs_f64();
            let start = Instant::now();
            let world = World::new(&files, &documents, None);
            let entries: Vec<&str> = world
                .kustomizations()
                .map(|one| one.0)
                .filter(|directory| directory.contains("overlays/") || directory.contains("clusters/"))
                .collect();
            let built = build_all(&world, &entries, |_, built| {
                let own: usize = built.files.iter().map(|&file| files[file].text.len()).sum();
                (own, built.resources.iter().map(|one| tree(&one.root, &files)).collect::<Vec<_>>())
            });
            objects = built.iter().map(|one| one.1.len()).sum();
            read = built.iter().map(|one| one.0).sum();
            let evaluated = start.elapsed().as_secs_f64();
            drop(built);
            let start = Instant::now();
            let run = lint_texts(texts.to_vec(), &Settings::default());
            assert!(run.counts.units > 0, "there is something to lint");
            [bare, evaluated, start.elapsed().as_secs_f64()]
        })
        .collect();
    for (at, name) in ["bare parsing", "evaluation", "the whole run"].into_iter().enumerate() {
        let seconds = median(rounds.iter().map(|round| round[at]));
        let ratio = median(rounds.iter().map(|round| round[at] / round[0]));
        println!("{threads} threads  {name:<16}{seconds:>9.3} s {ratio:>6.2}");
    }
    let ratio = median(rounds.iter().map(|round| round[1] / round[0])) * bytes as f64 / read as f64;
    println!("{threads} threads  evaluation, to parsing what every build reads{ratio:>6.2}");
    println!(
        "{threads} threads  {objects} objects deployed, of {:.1} MB that all builds read",
        read as f64 / 1e6
    );
}
