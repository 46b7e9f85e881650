//! What unquoted scalars are: our reading against that of kubectl and of kustomize, as values, as items, as keys.
//!
//! `fixtures/scalars/*.json` hold their answers, one line a scalar. With `WPLINT_BLESS=1` and kubectl at hand they are
//! written anew; with kubectl at hand they are compared with it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use wplint::document;
use wplint::files::{FileId, SourceFile};
use wplint::kustomize::{Builder, Value, World};
use wplint::yaml::{self, Node, Scalar};

/// The rows of facts 12.2 to 12.4, and their neighbours.
const KNOWN: &str = "y Y yes Yes YES yEs n N no No NO nO on On ON oN off Off OFF oFF true True TRUE tRue false False FALSE \
     fAlse t f yes1 no-op one offline null Null NULL nUll nil none None ~a 0 00 007 0777 0644 -0644 +0644 08 09 0128 0o17 0o644 \
     0o8 0O17 0x1F 0X1f 0x 0xg -0x1F 0b101 0B1 0b2 -0b1 1_000 1__0 _1 1_ 0_7 0x_1 +1 -1 1 10 1.0 3.0 1.10 1.5 -1.5 .5 -.5 +.5 5. \
     . .. 1.2.3 1e3 1E3 1e+3 1e-3 1e 1e400 1.e1 .e1 1e1.5 12e03 0e0 1:30 12:30 12:30:45 -1:30 190:20:30 2001-01-01 2001-1-1 \
     2001-01-01T00:00:00Z 2001-01-01t00:00:00 20010101 100m 25% 1Gi 1Ki 0.5 0.1 1e2m 9223372036854775807 9223372036854775808 \
     -9223372036854775808 -9223372036854775809 18446744073709551615 18446744073709551616 1234567 12345678 0.00001 123456.7 \
     1234567.8 1.23456789 16777217 1e21 1e22 1e-7 0777.5 0b 0o 0xFFFFFFFFFFFFFFFF 0x10000000000000000 -- -a +a a b abc A-b \
     10.0.0.1 1.2.3.4 ::1 fe80::1 a:b 80/tcp 1/2 http://a/b v1 1.24 1.30 v1.30 inf nan Inf NaN .Inf1 .nano << <<a";

/// Texts that neither tool takes for a value or a key, each with how it stands.
const REFUSED: &[&str] = &["v: .inf", "v: -.inf", "v: +.Inf", "v: .nan", "v: .NaN"];

/// Scalars made of what numbers and words are made of.
fn random(count: usize) -> Vec<String> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    const PARTS: &[&str] = &[
        "0",
        "1",
        "7",
        "8",
        "9",
        "00",
        "10",
        "0x",
        "0b",
        "0o",
        "_",
        ".",
        "e",
        "E",
        "+",
        "-",
        "a",
        "F",
        "y",
        "n",
        "o",
        "on",
        "yes",
        "no",
        "true",
        "null",
        "T",
        ":",
        "/",
        "%",
        "123456789",
    ];
    (0..count).map(|_| (0..=next(5)).map(|_| PARTS[next(PARTS.len())]).collect()).collect()
}

/// Whether a text can stand unquoted in all three places.
fn is_plain(text: &str) -> bool {
    !text.starts_with([':', '%', '-', '?', '.'])
        && !text.ends_with(':')
        // A number between the marks of a document or a list item.
        || (text.starts_with(['-', '.']) && text.len() > 1 && !text.starts_with("--") && !text.starts_with("..") && !text.ends_with(':'))
}

fn corpus() -> Vec<String> {
    let mut texts: Vec<String> = KNOWN.split_whitespace().map(str::to_owned).collect();
    texts.extend(random(400));
    texts.retain(|text| is_plain(text) && text != "<<");
    let mut seen = std::collections::HashSet::new();
    texts.retain(|text| seen.insert(text.clone()));
    // As a key null is refused, and so are numbers that JSON has no word for.
    texts.retain(|text| parse(&format!("{{{text}: 0, a: {text}}}\n")).is_ok());
    texts
}

fn parse(text: &str) -> Result<yaml::Tree, yaml::Fault> {
    let source = Arc::new(SourceFile::new(FileId(0), "t.yaml", text));
    let pieces = yaml::split(text);
    yaml::parse(&source, &pieces[0])
}

/// All texts in all places, in an object of a kind that no tool knows.
fn manifest(texts: &[String], is_refused: impl Fn(&str) -> bool) -> String {
    let head = "apiVersion: example.com/v1\nkind: Any\nmetadata:\n  name: a\nspec:\n";
    let lines = |form: &dyn Fn(&String) -> String| texts.iter().map(form).collect::<String>();
    let values = lines(&|text| format!("  - v: {text}\n"));
    let items = lines(&|text| format!("  - [{text}]\n"));
    let keys = lines(&|text| {
        if is_refused(text) { format!("  - '{text}': 0\n") } else { format!("  - {text}: 0\n") }
    });
    format!("{head}  values:\n{values}  items:\n{items}  keys:\n{keys}")
}

/// Whether kubectl takes the text for no key: whole numbers beyond 63 bits ("unsupported map key").
fn is_wide(text: &str) -> bool {
    matches!(yaml::resolve(text), Scalar::Int(value) if i64::try_from(value).is_err())
}

/// Whether kustomize takes the text for no key: whatever is no text to it.
fn is_no_text(text: &str) -> bool {
    let word = text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    !matches!(yaml::resolve(text), Scalar::Str(_) | Scalar::Bool(_)) || word || text.starts_with("2001-")
}

/// What an object says of every text: as a value, as an item, as a key.
fn rows(texts: &[String], object: &Json) -> Vec<Json> {
    let spec = &object["spec"];
    let key = |at: usize| spec["keys"][at].as_object().and_then(|map| map.keys().next()).cloned();
    let row =
        |(at, text): (usize, &String)| json!([text, spec["values"][at]["v"], spec["items"][at][0], key(at)]);
    texts.iter().enumerate().map(row).collect()
}

/// A node as the JSON that kubectl makes of it.
fn json_of(node: Node<'_>) -> Json {
    match node.scalar() {
        Some(Scalar::Null) => Json::Null,
        Some(Scalar::Bool(value)) => json!(value),
        Some(Scalar::Int(value)) => value.to_string().parse().expect("a number"),
        Some(Scalar::Float(value)) => json!(value),
        Some(Scalar::Str(text)) => json!(text),
        None if node.is_sequence() => node.items().map(json_of).collect(),
        None => node.entries().map(|entry| (entry.key.key_text().to_owned(), json_of(entry.value))).collect(),
    }
}

fn ours(manifest: &str) -> Json {
    json_of(parse(manifest).expect("YAML").root())
}

const KUSTOMIZATION: &str = "resources: [a.yaml]\n";

fn ours_built(manifest: &str) -> Json {
    let files = [("a.yaml", manifest), ("kustomization.yaml", KUSTOMIZATION)];
    let file = |(at, (path, text)): (usize, &(&str, &str))| {
        Arc::new(SourceFile::new(FileId(at as u32), *path, *text))
    };
    let files: Vec<Arc<SourceFile>> = files.iter().enumerate().map(file).collect();
    let documents = document::load(&files);
    let world = World::new(&files, &documents, None);
    let built = Builder::new(&world).build("");
    built.resources.first().expect("an object").root.to_json()
}

fn has_kubectl() -> bool {
    let found = Command::new("kubectl")
        .args(["version", "--client"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("kubectl is not at hand: only the answers that are checked in are compared");
    }
    found
}

/// Runs kubectl in a folder with the manifest; `None` if it refuses.
fn kubectl(manifest: &str, arguments: &[&str]) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.yaml"), manifest).expect("written");
    std::fs::write(folder.path().join("kustomization.yaml"), KUSTOMIZATION).expect("written");
    let output =
        Command::new("kubectl").args(arguments).current_dir(folder.path()).output().expect("kubectl runs");
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        eprintln!("{}", error.chars().take(1000).collect::<String>());
    }
    output.status.success().then(|| String::from_utf8(output.stdout).expect("UTF-8"))
}

/// What `kubectl` reads from a file before it asks anybody; `create --dry-run=client` asks a cluster for the kinds.
fn kubectl_reads(manifest: &str) -> Option<Json> {
    let text = kubectl(manifest, &["annotate", "--local", "-o", "json", "-f", "a.yaml", "a=b"])?;
    Some(serde_json::from_str(&text).expect("JSON"))
}

fn kustomize_reads(manifest: &str) -> Option<Json> {
    Some(Value::read(parse(&kubectl(manifest, &["kustomize", "."])?).expect("YAML").root()).to_json())
}

fn same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => one.as_f64() == other.as_f64(),
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        _ => one == other,
    }
}

fn agree(
    name: &str,
    is_refused: impl Fn(&str) -> bool,
    own: impl Fn(&str) -> Json,
    theirs: impl Fn(&str) -> Option<Json>,
) {
    let texts = corpus();
    let manifest = manifest(&texts, is_refused);
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scalars").join(name);
    let answer = has_kubectl().then(|| theirs(&manifest).expect("an answer"));
    if let (Some(answer), true) = (&answer, std::env::var_os("WPLINT_BLESS").is_some()) {
        let lines: Vec<String> = rows(&texts, answer).iter().map(Json::to_string).collect();
        std::fs::write(&path, format!("[\n{}\n]\n", lines.join(",\n"))).expect("written");
    }
    let stored = std::fs::read_to_string(&path).expect("the answers are checked in");
    let stored: Vec<Json> = serde_json::from_str(&stored).expect("JSON");
    assert_eq!(stored.len(), texts.len(), "the corpus and the answers are not of one age");
    let mut wrong = Vec::new();
    let mut compare = |own: Vec<Json>, who: &str| {
        let pairs = own.iter().zip(&stored).filter(|(own, stored)| !same(own, stored));
        wrong.extend(pairs.map(|(own, stored)| format!("{who} {own}, stored {stored}")));
    };
    compare(rows(&texts, &own(&manifest)), "we read");
    if let Some(answer) = &answer {
        compare(rows(&texts, answer), "kubectl reads");
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), texts.len(), wrong.join("\n"));
    assert!(texts.len() > 300, "{}", texts.len());
}

#[test]
fn kubectl_and_we_read_the_same() {
    agree("kubectl.json", is_wide, ours, kubectl_reads);
}

#[test]
fn kustomize_and_we_read_the_same() {
    agree("kustomize.json", is_no_text, ours_built, kustomize_reads);
}

#[test]
fn what_kubectl_refuses_is_refused() {
    let with_kubectl = has_kubectl();
    for text in REFUSED {
        let manifest =
            format!("apiVersion: example.com/v1\nkind: Any\nmetadata: {{name: a}}\nspec:\n  {text}\n");
        assert!(parse(&manifest).is_err(), "{text}");
        if with_kubectl {
            assert_eq!(kubectl_reads(&manifest), None, "{text}");
        }
    }
}
