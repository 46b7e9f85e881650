//! `--watch`: a change is seen, what is new comes first, and a broken configuration is no reason to leave.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const BAD: &str = "apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: NAME, namespace: shop}
spec: {minAvailable: 1, maxUnavailable: 1, selector: {matchLabels: {app: NAME}}}
";

/// The program, which ends with the test.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Watching {
    fn new(folder: &Path) -> Watching {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wplint"));
        command.args(["--watch", "--select", "pdb-invalid"]).current_dir(folder);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it runs");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok()));
        Watching { child, lines }
    }

    /// The lines of pictures up to one that satisfies.
    fn until(&self, wanted: impl Fn(&[String]) -> bool) -> Vec<String> {
        let begun = Instant::now();
        let mut picture = Vec::new();
        loop {
            let left = Duration::from_secs(60).saturating_sub(begun.elapsed());
            let line =
                self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("nothing more after {picture:?}"));
            let ends = line.starts_with("watching");
            picture.push(line);
            if ends && wanted(&picture) {
                return picture;
            }
            if ends {
                picture.clear();
            }
        }
    }
}

#[test]
fn what_changed_last_comes_first() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join(".git")).expect("a folder");
    let write = |path: &str, text: &str| fs::write(folder.path().join(path), text).expect("written");
    write("a.yaml", &BAD.replace("NAME", "a"));
    write("b.yaml", "");
    let watching = Watching::new(folder.path());
    let first = watching.until(|_| true);
    assert!(first[0].starts_with("  a.yaml:4:") && first.len() == 2, "{first:?}");

    write("b.yaml", &BAD.replace("NAME", "b"));
    let second = watching.until(|lines| lines.len() == 3);
    assert!(second[0].starts_with("+ b.yaml:4:") && second[1].starts_with("  a.yaml:4:"), "{second:?}");
    assert!(second[2].ends_with("1 new, 0 gone"), "{second:?}");

    write(".wplint.yaml", "nonsense: 1\n");
    let third = watching.until(|lines| lines.iter().any(|line| line.contains("unknown key `nonsense`")));
    assert_eq!(third.last().map(String::as_str), Some("watching"));

    fs::remove_file(folder.path().join(".wplint.yaml")).expect("removed");
    write("a.yaml", "");
    let last = watching.until(|lines| lines.len() == 2);
    assert!(last[0].contains("b.yaml:4:") && last[1].ends_with("0 new, 1 gone"), "{last:?}");
}

#[test]
fn output_into_a_watched_folder_does_not_feed_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join(".git")).expect("a folder");
    fs::write(folder.path().join("a.yaml"), BAD.replace("NAME", "a")).expect("written");
    let log = folder.path().join("log.txt");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wplint"));
    command.args(["--watch", "--select", "pdb-invalid"]).current_dir(folder.path());
    let mut child = command
        .stdout(fs::File::create(&log).expect("a file"))
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let pictures = || fs::read_to_string(&log).expect("readable").matches("watching").count();
    let begun = Instant::now();
    while pictures() == 0 && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_secs(2));
    child.kill().expect("it runs until now");
    child.wait().expect("it ends");
    assert!((1..=2).contains(&pictures()), "{} pictures", pictures());
}
