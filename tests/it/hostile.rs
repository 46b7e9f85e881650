//! Input that is out to hurt: each in a thread with a small stack and a time limit, through scanning, loading,
//! classifying and a walk over the whole tree. Set `WPLINT_SLOW=1` for the full sizes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use wplint::document::{Class, Content, Document, classify, load};
use wplint::files::scan::{Options, Scan, scan};
use wplint::files::{FileId, SourceFile};
use wplint::yaml::{FaultKind, Node};

/// Runs in a thread with a 2 MiB stack and gives up after 20 seconds.
fn guarded<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, receive) = mpsc::channel();
    let worker = thread::Builder::new().stack_size(2 << 20).spawn(move || drop(send.send(work())));
    worker.unwrap_or_else(|error| panic!("{name}: {error}"));
    receive.recv_timeout(Duration::from_secs(20)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn read(text: impl Into<String>) -> Vec<Document> {
    load(&[Arc::new(SourceFile::new(FileId(0), "t.yaml", text))])
}

/// What became of a text's only document: `ok`, or the message of its fault.
fn verdict(name: &str, text: impl Into<String>) -> String {
    let text = text.into();
    guarded(name, move || {
        let documents = read(text);
        let nodes: usize = documents.iter().map(visit).sum();
        match documents.first().map(|document| &document.content) {
            Some(Content::Failed(fault)) => format!("{:?}: {}", fault.kind, fault.message),
            Some(Content::Template(_)) => "template".to_owned(),
            _ => format!("ok, {nodes}"),
        }
    })
}

/// Walks a document the way rules do, aliases and merge keys followed; says how many nodes it saw.
fn visit(document: &Document) -> usize {
    let _ = classify(document);
    let mut open: Vec<Node<'_>> =
        document.tree().filter(|t| !t.is_empty()).map(|t| t.root()).into_iter().collect();
    let mut seen = 0;
    while let Some(node) = open.pop() {
        seen += 1;
        open.extend(node.entries().map(|entry| entry.value));
        open.extend(node.items());
    }
    seen
}

#[test]
fn deep_nesting_is_a_limit() {
    for (name, text) in [
        ("brackets", "[".repeat(100_000)),
        ("braces", "{a: ".repeat(100_000)),
        ("dashes", "- ".repeat(100_000)),
        ("questions", "? ".repeat(100_000)),
        ("indents", (0..2000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect()),
        ("closed", "[".repeat(10_000) + &"]".repeat(10_000)),
        ("json", "{\"a\":".repeat(100_000) + "1" + &"}".repeat(100_000)),
    ] {
        let verdict = verdict(name, text);
        assert!(verdict.starts_with("Limit") || verdict.contains("unclosed"), "{name}: {verdict}");
    }
    assert!(verdict("allowed", "[".repeat(200) + &"]".repeat(200)).starts_with("ok"));
}

#[test]
fn aliases_cannot_explode() {
    let laughs = |wide: usize| {
        let mut text = "a0: &a0 x\n".to_owned();
        for level in 1..20 {
            let uses = vec![format!("*a{}", level - 1); wide].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{uses}]\n"));
        }
        text
    };
    assert!(verdict("laughs", laughs(9)).starts_with("Limit"));
    assert!(verdict("small laughs", laughs(2)).starts_with("Limit"));
    let merges = |wide: usize| {
        let mut text = "a0: &a0 {k: 1}\n".to_owned();
        for level in 1..20 {
            let uses = vec![format!("*a{}", level - 1); wide].join(", ");
            text.push_str(&format!("a{level}: &a{level} {{<<: [{uses}]}}\n"));
        }
        text
    };
    assert!(verdict("merged laughs", merges(9)).starts_with("Limit"));
    let chain = |length: usize| {
        let mut text = "a0: &a0 {k: 1}\n".to_owned();
        for level in 1..length {
            text.push_str(&format!("a{level}: &a{level} {{k{level}: 1, <<: *a{}}}\n", level - 1));
        }
        text
    };
    assert!(verdict("chain", chain(200)).starts_with("ok"));
    assert!(verdict("long chain", chain(5000)).starts_with("Limit"));
    let keys: String = (0..20_000).map(|n| format!("  k{n}: 1\n")).collect();
    let wide = format!("a: &a\n{keys}b:\n  <<: [{}]\n", vec!["*a"; 20].join(", "));
    assert!(verdict("wide merge", wide).starts_with("ok"));
    assert!(verdict("self", "a: &a [*a]\n").starts_with("Syntax"));
    assert!(verdict("self merge", "&a a: &b\n  <<: *b\n").starts_with("Syntax"));
}

/// Many nodes, then many lines that begin with a tab inside quotes.
fn many_then_tabs(count: usize) -> String {
    let keys: String = (0..count).map(|n| format!("k{n}: v\n")).collect();
    format!("{keys}last: \"{}\"\n", "\n\t".repeat(count))
}

#[test]
fn long_things_are_read_in_time() {
    let large = if std::env::var_os("WPLINT_SLOW").is_some() { 200_000_000 } else { 20_000_000 };
    for (name, text) in [
        ("plain", format!("a: {}\n", "x".repeat(large))),
        ("quoted", format!("a: \"{}\"\n", "x ".repeat(large / 20))),
        ("block", format!("a: |\n{}", "  text\n".repeat(large / 70))),
        ("escapes", format!("a: \"{}\"\n", "\\x41".repeat(large / 40))),
        ("apostrophes", format!("a: \"{}\"\n", "\\'".repeat(large / 200))),
        ("items", format!("a: [{}]\n", "x,".repeat(large / 100))),
        ("comments", format!("a:\n{}  b\n", "  # c\n".repeat(large / 200))),
        ("keys", (0..large / 200).map(|n| format!("k{n}: v\n")).collect()),
        ("documents", "a: 1\n---\n".repeat(large / 200)),
        ("newlines", "\n".repeat(large / 10)),
        ("tabs at the end", many_then_tabs(large / 400)),
        ("tabs", format!("a: \"{}\"\n", "\n\t".repeat(1000))),
    ] {
        let verdict = verdict(name, text);
        assert!(verdict.starts_with("ok"), "{name}: {verdict}");
    }
    let strays = format!("{}a: [\n", "- \"x\\'y\"\n".repeat(large / 400));
    assert!(!self::verdict("strays", strays).starts_with("ok"));
    let verdict = verdict("open quote", format!("a: \"{}", "x".repeat(large / 10)));
    assert!(verdict.starts_with("Syntax"), "{verdict}");
}

#[test]
fn many_comments_between_key_and_value() {
    let text = format!("a:\n{}  b: 1\n", "  # c\n".repeat(200));
    assert_eq!(verdict("comments", text), "ok, 3");
}

#[test]
fn a_broken_document_costs_no_other() {
    for bad in ["a: [", "a: b\0", "a: 'x", "\t", "a: \u{1}", "a: *x", "]"] {
        let documents = read(format!("a: 1\n---\n{bad}\n---\nb: 1\n"));
        let failed: Vec<bool> = documents.iter().map(|d| matches!(classify(d), Class::Failed(_))).collect();
        assert_eq!(failed.first(), Some(&false), "{bad:?}");
        assert_eq!(failed.last(), Some(&false), "{bad:?}");
    }
    let documents = read("a: b\0");
    assert!(matches!(&documents[0].content, Content::Failed(fault) if fault.kind == FaultKind::Syntax));
}

#[test]
fn nothing_is_a_document_too() {
    for text in ["", "\n\n", "---\n---\n", "\u{feff}", "   \n"] {
        assert_eq!(read(text).len(), 0, "{text:?}");
    }
    let documents = read("# only\n---\n# comments\n");
    assert_eq!(documents.len(), 2);
    assert!(documents.iter().all(|document| matches!(classify(document), Class::Comments)));
}

const OBJECT: &str = "\
# a comment with 副本
apiVersion: apps/v1
kind: Deployment
metadata:
  name: \"we\\tb\"
  labels: {app: 'it''s', \"k\": [1, 2,]}
spec:
  replicas: &n 3 # three
  more: *n
  template:
    spec:
      containers:
      - name: 名字
        args: [\"--x\", -y, é]
        command:
        - sh
        - |-
          echo 😀

          exit 1
        - >
          folded
      <<: {a: 1}
? key
: value
---
{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"spec\": {\"ports\": [{\"port\": 80}]}}
";

#[test]
fn an_object_may_be_cut_anywhere() {
    assert_eq!(read(OBJECT).iter().filter(|d| matches!(classify(d), Class::Object(_))).count(), 2);
    guarded("cut", || {
        let crlf = OBJECT.replace('\n', "\r\n");
        for text in [OBJECT, crlf.as_str()] {
            for end in 0..text.len() {
                if let Some(cut) = text.get(..end) {
                    read(cut).iter().map(visit).for_each(drop);
                }
                if let Some(rest) = text.get(end..) {
                    read(rest).iter().map(visit).for_each(drop);
                }
            }
        }
    });
}

fn directory(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    for (name, bytes) in files {
        fs::write(directory.path().join(name), bytes).unwrap_or_else(|error| panic!("{error}"));
    }
    directory
}

fn scanned(path: &Path) -> Scan {
    let path = PathBuf::from(path);
    guarded("scan", move || scan(&[path], &Options::default()))
}

#[test]
fn an_object_may_be_cut_inside_a_character() {
    let bytes = OBJECT.as_bytes();
    let names: Vec<String> = (0..bytes.len()).map(|end| format!("{end:04}.yaml")).collect();
    let files: Vec<(&str, &[u8])> =
        names.iter().enumerate().map(|(end, name)| (name.as_str(), &bytes[..end])).collect();
    let directory = directory(&files);
    let found = scanned(directory.path());
    assert_eq!(found.files.len(), bytes.len());
    for (end, file) in found.files.iter().enumerate() {
        assert_eq!((file.text.len(), file.damaged.is_empty()), (end, OBJECT.is_char_boundary(end)));
    }
    guarded("load", move || load(&found.files).iter().map(visit).for_each(drop));
}

#[test]
fn foreign_bytes_are_read_or_named() {
    let utf16: Vec<u8> = "\u{feff}a: 副本\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = "\u{feff}a: 副本\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let directory = directory(&[
        ("a.yaml", &utf16),
        ("b.yaml", &big),
        ("c.yaml", b"a: \xff\n---\nb: 1\n"),
        ("d.yaml", b"\0GITCRYPT\0rest"),
        ("e.yaml", b""),
        ("f.yaml", b"a: \0\n"),
        ("g.yaml", &[0xff; 5000]),
        ("h.yaml", &[0xff, 0xfe, 0x00, 0x00, 0x61]),
    ]);
    let found = scanned(directory.path());
    assert_eq!(found.notes.len(), 1);
    assert!(found.unreadable.is_empty());
    let texts: Vec<&str> = found.files.iter().map(|file| file.text.as_str()).collect();
    assert_eq!(&texts[..3], ["a: 副本\n", "a: 副本\n", "a: ?\n---\nb: 1\n"]);
    let failed: Vec<bool> =
        load(&found.files).iter().map(|document| matches!(classify(document), Class::Failed(_))).collect();
    assert_eq!(failed, [false, false, true, false, true, true, true]);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_opened_is_named() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let directory = directory(&[("a.yaml", b"a: 1\n"), ("closed.yaml", b"a: 1\n")]);
    let base = directory.path();
    let _ = symlink(base.join("y.yaml"), base.join("x.yaml"));
    let _ = symlink(base.join("x.yaml"), base.join("y.yaml"));
    let _ = symlink(base, base.join("self"));
    let _ = std::process::Command::new("mkfifo").arg(base.join("pipe.yaml")).status();
    let closed = base.join("closed.yaml");
    let _ = fs::set_permissions(&closed, fs::Permissions::from_mode(0o000));
    let found = scanned(base);
    if fs::read(&closed).is_err() {
        assert_eq!(found.unreadable.len(), 1, "{found:?}");
        assert_eq!(found.files.len(), 1);
    }
    assert!(found.notes.iter().any(|note| note.path.ends_with("x.yaml")), "{found:?}");
    assert!(found.files.iter().all(|file| !file.path.contains("self")));
}
