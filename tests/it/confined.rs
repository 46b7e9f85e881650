//! Reads stay inside the repository, whatever it holds: links, pipes, devices, ways that lead out.
#![cfg(unix)]

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use wplint::lint::lint_texts;
use wplint::settings::Settings;

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector: {app: web}\n  ports: [{port: 80}]\n";

/// What nobody may see.
const TOKEN: &str = "outside-token-0a1b";

/// A repository with a folder beside it.
struct Place {
    base: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let place = Place { base: tempfile::tempdir().expect("a folder") };
        place.write("repository/.git/HEAD", "");
        place.write("outside/token", TOKEN);
        place.write("outside/netrc", &format!("machine a login b password {TOKEN}\n"));
        place.write("outside/values.yaml", &format!("password: {TOKEN}\n"));
        place
    }

    fn repository(&self) -> PathBuf {
        self.base.path().join("repository")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.base.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn link(&self, to: &str, path: &str) {
        let to = if to.starts_with('/') { PathBuf::from(to) } else { self.base.path().join(to) };
        let path = self.base.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        symlink(to, path).expect("a link");
    }

    fn pipe(&self, path: &str) -> bool {
        let made = Command::new("mkfifo").arg(self.base.path().join(path)).status();
        let made = made.is_ok_and(|status| status.success());
        if !made {
            eprintln!("no `mkfifo` here: pipes are not tried");
        }
        made
    }

    /// Runs the program in the repository; its status, and all that it printed.
    fn run(&self, arguments: &[&str], input: &str) -> (Option<i32>, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wplint"))
            .args(arguments)
            .current_dir(self.repository())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        let done = child.wait_with_output().expect("the program ends");
        let text = [done.stdout, done.stderr].concat();
        (done.status.code(), String::from_utf8_lossy(&text).into_owned())
    }
}

#[test]
fn nothing_outside_the_repository_is_read() {
    let place = Place::new();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - {name: a, image: 'a:1', env: [{name: DB_HOST, valueFrom: {configMapKeyRef: {name: c, key: DB_HOST}}}]}\n";
    place.write("repository/k/pod.yaml", pod);
    place.write(
        "repository/k/kustomization.yaml",
        "resources: [pod.yaml]\nconfigMapGenerator: [{name: c, files: [DB_HOST=../../outside/token]}]\n",
    );
    place.link("outside/netrc", "repository/a.yaml");
    for format in ["pretty", "json"] {
        let (_, text) = place.run(&["--select", "all", "-v", "--format", format], "");
        assert!(!text.contains(TOKEN), "{text}");
        assert!(format == "json" || text.contains("a link that leads out of the repository"), "{text}");
        assert!(text.contains("lies outside of the kustomization's directory"), "{text}");
    }
    let rendered = format!("---\n# Source: ../outside/netrc\n{SERVICE}");
    let (_, text) = place.run(&["--format", "json", "-"], &rendered);
    assert!(!text.contains(TOKEN), "{text}");
    place.link("outside/netrc", "repository/.wplint.yaml");
    let (status, text) = place.run(&[], "");
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("leads out of the repository") && !text.contains(TOKEN), "{text}");
    fs::remove_file(place.repository().join(".wplint.yaml")).expect("removed");
    place.link("outside/netrc", "repository/k/.wplint.yaml");
    let (status, text) = place.run(&[], "");
    assert!(status == Some(2) && text.contains("leads out") && !text.contains(TOKEN), "{text}");
    // Named, it is read, and still not quoted.
    let (status, text) = place.run(&["--config", "../outside/netrc"], "");
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("no configuration") && !text.contains(TOKEN), "{text}");
}

/// What a configuration names is part of its repository, and no file of Git's own.
#[test]
fn a_configuration_names_nothing_outside() {
    let place = Place::new();
    place.write("repository/a.yaml", SERVICE);
    place.write("outside/x.yaml", &format!("failOn: {TOKEN}\n"));
    place.write("outside/known.json", &format!("\"{TOKEN}\""));
    for config in [
        "extends: ../outside/x.yaml",
        "baseline: ../outside/known.json",
        "format: [json=../outside/report.json]",
        "format: [json=.git/report.json]",
    ] {
        place.write("repository/.wplint.yaml", &format!("{config}\n"));
        let (status, text) = place.run(&[], "");
        assert_eq!(status, Some(2), "{config}: {text}");
        assert!(text.contains("lies outside of the repository") && !text.contains(TOKEN), "{config}: {text}");
    }
    assert!(!place.base.path().join("outside/report.json").exists());
    place.write("repository/.wplint.yaml", "format: [json=reports.json]\n");
    assert_ne!(place.run(&[], "").0, Some(2));
    assert!(place.repository().join("reports.json").exists());
    // Whoever names a file may see that it is none, and nothing of it.
    let (status, text) = place.run(&["--no-config", "--baseline", "../outside/known.json"], "");
    assert!(status == Some(2) && !text.contains(TOKEN), "{text}");
}

/// Outside of repositories a configuration above the current directory is somebody else's.
#[test]
fn a_configuration_far_above_does_not_count() {
    let place = Place::new();
    fs::remove_dir_all(place.repository().join(".git")).expect("removed");
    place.write("repository/a/a.yaml", SERVICE);
    place.write(".wplint.yaml", "what: ever\n");
    let (status, text) = place.run(&["a"], "");
    assert_ne!(status, Some(2), "{text}");
    place.write("repository/.wplint.yaml", "what: ever\n");
    assert_eq!(place.run(&["a"], "").0, Some(2));
}

#[test]
fn what_has_no_end_is_not_read() {
    let place = Place::new();
    place.write("repository/a.yaml", SERVICE);
    place.link("/dev/zero", "repository/b/.gitignore");
    place.link("/dev/zero", "repository/c.yaml");
    let (status, text) = place.run(&["-v"], "");
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("b/.gitignore") && text.contains("c.yaml"), "{text}");
    assert_eq!(place.run(&["--config", "/dev/zero"], "").0, Some(2));
    assert_eq!(place.run(&["--baseline", "/dev/zero"], "").0, Some(2));
    if place.pipe("repository/.gitignore") {
        assert_eq!(place.run(&[], "").0, Some(2));
        assert_eq!(place.run(&["--config", ".gitignore"], "").0, Some(2));
        assert_eq!(place.run(&["--baseline", ".gitignore"], "").0, Some(2));
    }
}

/// What the shell opens for the program is read: `wplint <(kustomize build .)`. A pipe in a folder is not waited for.
#[test]
fn what_the_shell_opens_is_read() {
    let place = Place::new();
    place.write("repository/a.yaml", SERVICE);
    let program = env!("CARGO_BIN_EXE_wplint");
    let script = format!("{program} --format json <(cat a.yaml)");
    let Ok(done) = Command::new("bash").args(["-c", &script]).current_dir(place.repository()).output() else {
        eprintln!("no `bash` here: process substitution is not tried");
        return;
    };
    let text = String::from_utf8_lossy(&done.stdout);
    assert!(text.contains("\"objects\": 1"), "{text}");
    if place.pipe("repository/pipe.yaml") {
        let (status, text) = place.run(&["pipe.yaml"], "");
        assert!(status == Some(2) && text.contains("not a regular file"), "{text}");
    }
}

#[test]
fn links_in_a_circle_end() {
    let place = Place::new();
    place.write("repository/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n");
    place.write("repository/templates/a.yaml", SERVICE);
    for at in 0..10 {
        place.link("repository", &format!("repository/link{at}"));
    }
    assert!(place.run(&["-v"], "").1.contains("too many files"));
}

#[test]
fn large_files_are_skipped_unless_they_are_named() {
    let place = Place::new();
    place.write("repository/a.yaml", SERVICE);
    place.write("repository/b.yaml", &format!("{SERVICE}# {}\n", "x".repeat(2000)));
    place.write("repository/.wplint.yaml", "maxFileSize: 1Ki\n");
    let (_, text) = place.run(&["-v"], "");
    assert!(text.contains("b.yaml: skipped: larger than `maxFileSize`, 1Ki"), "{text}");
    assert!(place.run(&["--format", "json", "b.yaml"], "").1.contains("\"objects\": 1"));
    for wrong in ["0", "3Gi", "x", "[1]"] {
        place.write("repository/.wplint.yaml", &format!("maxFileSize: {wrong}\n"));
        let (status, text) = place.run(&[], "");
        assert!(status == Some(2) && text.contains("is a size of up to 2 GiB"), "{wrong}: {text}");
    }
}

#[test]
fn names_that_differ_in_odd_bytes_only_stay_two() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    for byte in [0xf0, 0xf1] {
        let name = [b'a', byte, b'.', b'y', b'a', b'm', b'l'];
        let path = place.repository().join(std::ffi::OsStr::from_bytes(&name));
        if fs::write(path, SERVICE.replace("ports: [{port: 80}]", "port: 1")).is_err() {
            eprintln!("this file system takes no such names");
            return;
        }
    }
    let (_, text) = place.run(&["--format", "concise"], "");
    assert!(text.contains("a\\xF0.yaml:") && text.contains("a\\xF1.yaml:"), "{text}");
}

#[test]
fn files_outside_of_a_kustomization_are_said() {
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\nspec: {interval: 1m, path: ./a, prune: true, sourceRef: {kind: GitRepository, name: a}}\n";
    let kustomization = "resources: [../b/d.yaml]\n";
    let mut files = vec![
        ("a/kustomization.yaml".to_owned(), kustomization.to_owned()),
        ("b/d.yaml".to_owned(), SERVICE.to_owned()),
    ];
    let is_said = |files: &[(String, String)]| {
        let run = lint_texts(files.to_vec(), &Settings::default());
        run.findings.iter().any(|one| one.finding.message.contains("`../b/d.yaml` lies outside"))
    };
    assert!(is_said(&files));
    // Flux takes files from its whole repository.
    files.push(("flux.yaml".to_owned(), flux.to_owned()));
    assert!(!is_said(&files));
}

/// What the program may open besides the repository: libraries, and what the system says of itself.
const OWN: &[&str] = &[
    "/lib",
    "/usr/lib",
    "/etc/ld.so",
    "/proc/self/",
    "/sys/",
    "/dev/null",
    "/proc/stat",
    // The allocator asks how memory is promised.
    "/proc/sys/vm/overcommit_memory",
];

/// The system itself is asked which files are opened.
#[test]
fn no_file_outside_is_opened() {
    if Command::new("strace").arg("-V").output().is_err() {
        eprintln!("no `strace` here: what is opened is not looked at");
        return;
    }
    let place = Place::new();
    place.write("repository/a.yaml", SERVICE);
    place.write("repository/dev/b.yaml", SERVICE);
    for (at, target) in ["/dev/zero", "/proc/kmsg", "/etc/passwd", "outside/netrc"].into_iter().enumerate() {
        place.link(target, &format!("repository/link{at}.yaml"));
        place.link(target, &format!("repository/list{at}/.gitignore"));
        place.link(target, &format!("repository/chart{at}/Chart.yaml"));
        place.write(&format!("repository/chart{at}/templates/a.yaml"), SERVICE);
    }
    place.link("outside", "repository/folder");
    place.pipe("repository/pipe.yaml");
    place.write("repository/chart/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n");
    place.link("outside/values.yaml", "repository/chart/values.yaml");
    place.link("outside", "repository/chart/files");
    place.write("repository/chart/templates/a.yaml", "{{ .Files.Get \"files/token\" }}\n");
    place.write(
        "repository/k/kustomization.yaml",
        "resources: [../../outside/x.yaml, ../../outside]\ncomponents: [/etc]\npatches: [{path: ../../outside/netrc}]\nconfigMapGenerator: [{name: c, files: [../../outside/token, /etc/passwd], envs: [/proc/self/environ]}]\nopenapi: {path: ../../outside/x.json}\ncrds: [/etc/passwd]\nconfigurations: [../../outside/netrc]\ntransformers: [/etc/hostname]\nreplacements: [{path: ../../outside/netrc}]\n",
    );
    let log = place.base.path().join("log");
    let mut arguments = vec!["-f", "-qq", "-e", "trace=open,openat,openat2", "-o"];
    arguments.push(log.to_str().expect("UTF-8"));
    arguments.extend([env!("CARGO_BIN_EXE_wplint"), "-v", "--select", "all"]);
    let done = Command::new("strace").args(&arguments).current_dir(place.repository()).output();
    let done = done.expect("strace starts");
    if fs::metadata(&log).is_ok_and(|data| data.len() == 0) || !log.exists() {
        eprintln!("strace may not trace here: {}", String::from_utf8_lossy(&done.stderr));
        return;
    }
    assert!(!String::from_utf8_lossy(&done.stdout).contains(TOKEN));
    let repository = place.repository().canonicalize().expect("there");
    let log = fs::read_to_string(&log).expect("a log");
    assert!(log.contains("a.yaml"), "{log}");
    // What is not there cannot be read.
    for line in log.lines().filter(|line| !line.contains("= -1")) {
        let Some(path) = line.split('"').nth(1) else { continue };
        let own = OWN.iter().any(|start| path.starts_with(start));
        let path = repository.join(Path::new(path));
        let real = path.canonicalize().unwrap_or(path);
        assert!(own || real.starts_with(&repository), "{line}");
    }
}
