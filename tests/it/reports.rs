//! What the reports look like, and what they never print.

use std::sync::Arc;
use std::time::Instant;

use wplint::document::Object;
use wplint::files::{FileId, SourceFile, Span};
use wplint::finding::{Finding, Fix, Label, RuleId, Severity};
use wplint::report::{
    Format, GroupBy, Options, Sort, View, concise, github, gitlab, json, junit, pretty, sarif,
};
use wplint::run::{Counts, InputNote, InputStatus, ObjectRef, Reported, Run, Status};
use wplint::secrets::mask;
use wplint::settings::Root;
use wplint::yaml;

struct Builder {
    run: Run,
}

impl Builder {
    fn new(files: &[(&str, &str)]) -> Self {
        let mut run = Run::default();
        for (at, (path, text)) in files.iter().enumerate() {
            run.files.push(Arc::new(SourceFile::new(FileId(at as u32), *path, *text)));
        }
        run.counts = Counts { files: files.len(), documents: 2, objects: 2, units: 1, ..Counts::default() };
        Builder { run }
    }

    /// The place of a word in a file.
    fn span(&self, file: usize, word: &str) -> Span {
        let source = &self.run.files[file];
        let at = source.text.find(word).expect("the word is there");
        source.span(at..at + word.len())
    }

    fn report(&mut self, severity: Severity, span: Span, message: &str) -> &mut Finding {
        let number = self.run.findings.len();
        self.run.findings.push(Reported {
            finding: Finding::new(RuleId::new("some-rule"), span, message),
            severity,
            group: "ha",
            object: None,
            fingerprint: format!("f{number}"),
            unplaced: String::new(),
            origin: None,
            context: None,
            status: Status::Shown,
        });
        &mut self.run.findings[number].finding
    }

    fn pretty(&self) -> String {
        text(pretty::write, &self.run)
    }
}

type Writer = fn(&Run, &Options, &mut dyn std::io::Write) -> std::io::Result<()>;

fn text(write: Writer, run: &Run) -> String {
    let mut out = Vec::new();
    let view = View { all: true, ..View::default() };
    write(run, &Options { view, ..Options::default() }, &mut out).expect("memory takes everything");
    String::from_utf8(out).expect("UTF-8")
}

fn also(span: Span, message: &str) -> Label {
    Label { span, message: message.to_owned() }
}

/// Two files, three findings, one of each severity, one silenced.
fn example() -> Builder {
    let app = "apiVersion: apps/v1\r\nkind: Deployment\r\nmetadata:\r\n  name: web\r\nspec:\r\n  # \u{526f}\u{672c} \u{1f600}\r\n  \u{591a}: \u{1f600}x # after\r\n  replicas: 1\r\n";
    let service = "kind: Service\nspec:\n  selector: {app: wbe}\n  ports: []\n";
    let mut builder = Builder::new(&[("app/web.yaml", app), ("app/service.yaml", service)]);
    let (replicas, name) = (builder.span(0, "replicas: 1"), builder.span(0, "web"));
    let (wbe, wide) = (builder.span(1, "wbe"), builder.span(0, "x # after"));
    let one = Span { start: replicas.end - 1, ..replicas };
    let finding = builder.report(Severity::Warning, one, "`web` runs one replica");
    finding.label = Some("written as 1".to_owned());
    finding.notes = vec!["in dev; not in prod".to_owned()];
    finding.help = Some("run two or more, and keep them on different nodes with a topology spread constraint or an anti-affinity".to_owned());
    let finding = builder.report(Severity::Error, wbe, "no pod is labelled `app: wbe`");
    finding.label = Some("selects nothing".to_owned());
    finding.fix = Some(Fix::safe("write `web`").replace(wbe, "web"));
    finding.also = vec![also(name, "this one is `web`")];
    builder.report(Severity::Info, Span { end: wide.start + 1, ..wide }, "wide characters");
    let silenced = builder.report(Severity::Error, wbe, "not to be seen");
    silenced.also.clear();
    let last = builder.run.findings.len() - 1;
    builder.run.findings[last].status = Status::Suppressed { reason: None, by: "comment" };
    builder.run.findings[0].object = Some(ObjectRef {
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: None,
        name: "web".to_owned(),
    });
    builder.run.inputs.push(InputNote {
        path: "values.yaml".into(),
        line: None,
        status: InputStatus::NotKubernetes,
        reason: "no apiVersion or kind".into(),
        at: None,
    });
    builder.run.counts.not_kubernetes = 1;
    builder
}

#[test]
fn every_format_shows_notes() {
    let example = example();
    for write in
        [concise::write, github::write, gitlab::write, json::write, junit::write, pretty::write, sarif::write]
    {
        let text = text(write, &example.run);
        assert!(text.contains("in dev; not in prod"), "{text}");
    }
}

#[test]
fn pretty_looks_like_this() {
    insta::assert_snapshot!(example().pretty());
}

#[test]
fn concise_looks_like_this() {
    insta::assert_snapshot!(text(concise::write, &example().run));
}

#[test]
fn json_looks_like_this() {
    let text = text(json::write, &example().run);
    serde_json::from_str::<serde_json::Value>(&text).expect("JSON");
    insta::assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn sarif_looks_like_this() {
    let mut builder = example();
    builder.run.findings[2].status = Status::Baselined;
    builder.run.findings[3].status = Status::Suppressed { reason: Some("why".to_owned()), by: "override" };
    let mut out = Vec::new();
    let options =
        Options { root: Root { inside: "my app/".to_owned(), ..Root::default() }, ..Options::default() };
    wplint::report::sarif::write(&builder.run, &options, &mut out).expect("memory takes everything");
    let text = String::from_utf8(out).expect("UTF-8");
    insta::assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn what_continuous_integration_reads() {
    let run = example().run;
    let parts = ["github", "gitlab", "junit"].map(|name| text(writer(name), &run));
    insta::assert_snapshot!(parts.join("\n"));
}

fn writer(name: &str) -> Writer {
    Format::ALL.iter().find(|(known, _)| *known == name).expect("a format").1.writer()
}

#[test]
fn what_people_read_elsewhere() {
    let run = example().run;
    insta::assert_snapshot!(text(writer("markdown"), &run));
    let page = text(writer("html"), &run);
    let body = page.split("<main>").nth(1).and_then(|rest| rest.split("</main>").next()).expect("a page");
    insta::assert_snapshot!(body);
    assert!(!page.contains("http:") && !page.contains("src="), "it needs nothing else");
}

#[test]
fn no_findings() {
    let builder = Builder::new(&[("a.yaml", "a: 1\n")]);
    assert_eq!(builder.pretty(), "1 file, 2 documents, 2 objects, 1 unit: no findings\n");
}

#[test]
fn odd_places() {
    let text = "first: 1\nlist:\n  - a: 1\n    b: 2\n  - c: 3\nlast:";
    let mut builder = Builder::new(&[("a.yaml", text)]);
    let file = FileId(0);
    let whole = Span { file, start: 0, end: text.len() as u32 };
    let end = Span { file, start: text.len() as u32, end: text.len() as u32 };
    let beyond = Span { file, start: 9999, end: 99999 };
    let item = builder.span(0, "a: 1\n    b: 2\n");
    let nowhere = Span { file: FileId(7), start: 0, end: 1 };
    for span in [whole, end, beyond, item, nowhere] {
        let finding = builder.report(Severity::Error, span, "odd");
        finding.label = Some("here".to_owned());
    }
    insta::assert_snapshot!(builder.pretty());
    let lines = self::text(concise::write, &builder.run);
    assert_eq!(lines.lines().count(), 5);
    assert!(lines.ends_with("error[some-rule] odd\n"), "{lines}");
}

#[test]
fn nothing_in_a_manifest_reaches_the_terminal_raw() {
    let text = "a: \u{1b}[2J\u{202e}evil\u{9b}31m\u{7f}\u{2028} # \tend\rx\n";
    let mut builder = Builder::new(&[("bad\u{1b}]0;name\n.yaml", text)]);
    let span = builder.span(0, "evil");
    let finding = builder.report(Severity::Error, span, "`\u{1b}[2J\n::error::\u{202e}`");
    finding.label = Some("\u{9b}label\r\n".to_owned());
    finding.help = Some("\u{1b}help\nmore".to_owned());
    finding.also = vec![also(span, "\u{2066}also")];
    let pretty = builder.pretty();
    let json = self::text(json::write, &builder.run);
    for name in ["concise", "github"] {
        assert_eq!(self::text(writer(name), &builder.run).lines().count(), 1, "{name}");
    }
    for (_, format) in Format::ALL {
        let text = self::text(format.writer(), &builder.run);
        for c in text.chars() {
            let plain = c == '\n' || (!c.is_control() && !('\u{2028}'..='\u{202e}').contains(&c));
            assert!(plain && !('\u{2066}'..='\u{2069}').contains(&c), "{c:?} in {text:?}");
        }
    }
    assert!(pretty.contains("<U+202E>evil<U+009B>31m"), "{pretty}");
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(value["findings"][0]["message"], "`\u{1b}[2J\n::error::\u{202e}`", "escapes keep the text");
}

#[test]
fn secrets_are_in_no_report() {
    let text = "apiVersion: v1
kind: Secret
metadata:
  name: db
stringData:
  password: \"hunter2hunter2\" # quoted
  host: |
    block-secret
    second-secret
  url: plain-secret
---
apiVersion: v1
kind: Pod
spec:
  containers:
    - name: app
      args: [--api-token=arg-secret, --db-password, next-secret]
      env:
        - {name: DB_PASSWORD, value: env-secret}
        - name: DB_URL
          value: postgres://app:url-secret@db:5432/app
        - {name: DB_PASSWORD_FILE, value: /run/secrets/visible}
";
    let mut builder = Builder::new(&[("a.yaml", text)]);
    let source = Arc::clone(&builder.run.files[0]);
    for piece in yaml::split(&source.text) {
        let tree = yaml::parse(&source, &piece).expect("YAML");
        builder.run.masks.extend(mask::spans(Object::read(tree.root()).expect("an object")));
    }
    builder.run.masks.sort();
    // A careless rule: it points at every line, and quotes what stands there.
    for (at, line) in source.text.lines().enumerate() {
        let range = source.line_range(at);
        let finding = builder.report(Severity::Error, source.span(range), &format!("`{line}` is wrong"));
        finding.help = Some(format!("do not write {line}"));
        finding.label = Some(line.to_owned());
    }
    builder.run.conceal();
    for (_, format) in Format::ALL {
        let report = self::text(format.writer(), &builder.run);
        for word in ["hunter2", "block-secret", "second-secret", "plain-secret", "arg-secret", "next-secret"]
            .iter()
            .chain(&["env-secret", "url-secret"])
        {
            assert!(!report.contains(word), "{word} in {report}");
        }
        assert!(report.contains("/run/secrets/visible"), "not everything is secret");
    }
    let snippets = builder.pretty();
    assert!(snippets.contains("postgres://app:**********@db:5432/app"), "{snippets}");
    assert!(snippets.contains("password: \"**************\" # quoted"), "{snippets}");
}

#[test]
fn endless_lines_are_cut() {
    let items: Vec<String> = (0..100_000).map(|at| format!("item{at:06}")).collect();
    let text = format!("list: [{}]\n", items.join(", "));
    let mut builder = Builder::new(&[("a.yaml", &text)]);
    let (first, last) = (builder.span(0, "item000007"), builder.span(0, "item099990"));
    let finding = builder.report(Severity::Error, last, "far away");
    finding.label = Some("here".to_owned());
    finding.also = vec![also(first, "and here")];
    let drawn = builder.pretty();
    assert!(drawn.len() < 3000, "{} bytes", drawn.len());
    insta::assert_snapshot!(drawn);
}

#[test]
fn many_findings_in_a_big_file_take_linear_time() {
    let line = "key: \u{526f}value # and some words to fill the line up to a hundred bytes or a little more, as usual\n";
    let time = |count: usize| {
        let text = line.repeat(count * 10);
        let mut builder = Builder::new(&[("a.yaml", &text)]);
        for at in 0..count {
            let start = (at * 10 * line.len()) as u32;
            let span = Span { file: FileId(0), start, end: start + 3 };
            builder.report(Severity::Error, span, "wrong").also =
                vec![also(Span { start: start + 5, end: start + 8, ..span }, "too")];
        }
        let start = Instant::now();
        let size = builder.pretty().len() + text_of_both(&builder.run);
        assert!(size > count * 100);
        start.elapsed()
    };
    let (small, big) = (time(1_000), time(10_000));
    println!("1,000 findings: {small:?}, 10,000: {big:?}");
    assert!(big < small * 40, "ten times the findings took {big:?} instead of {small:?}");
}

fn text_of_both(run: &Run) -> usize {
    text(concise::write, run).len() + text(json::write, run).len()
}

/// Many findings: advice, risks and errors of several rules in many files.
fn many(count: usize) -> Builder {
    let line = |at: usize| format!("key{at}: \u{526f}\u{672c} value of the line\n");
    let text: String = (0..40).map(line).collect();
    let names: Vec<String> = (0..30).map(|at| format!("deploy/of/team-{at}/web.yaml")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), text.as_str())).collect();
    let mut builder = Builder::new(&files);
    let rules = [
        "first-rule",
        "second-rule",
        "third-rule",
        "fourth-rule",
        "fifth-rule",
        "sixth-rule",
        "seventh-rule",
    ];
    for at in 0..count {
        let severity = match at % 10 {
            0 => Severity::Error,
            1..=6 => Severity::Warning,
            _ => Severity::Info,
        };
        let span = builder.span(at % 30, &format!("key{}:", at % 40));
        let message =
            "the value of this key is wrong in a way that takes more than one line of a terminal to tell";
        let finding = builder.report(severity, span, message);
        finding.rule = RuleId::new(rules[at % 7]);
        finding.help = Some("write another value".to_owned());
        finding.label = Some(
            "this key and nothing else, which is a label that is wide enough to be wrapped somewhere"
                .to_owned(),
        );
        if at % 3 == 0 {
            finding.fix = Some(Fix::safe("write `web`").replace(span, "web"));
        }
    }
    builder.run.findings.sort_by_key(|one| (one.finding.span.file, one.finding.span.start));
    builder
}

fn seen(run: &Run, width: usize, view: View) -> String {
    let mut out = Vec::new();
    pretty::write(run, &Options { width, view, ..Options::default() }, &mut out).expect("memory");
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn many_findings_fit_on_five_screens() {
    let builder = many(265);
    for width in [60, 80, 100, 160] {
        let text = seen(&builder.run, width, View::default());
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() <= 250, "{} lines at {width} columns", lines.len());
        let error = lines.iter().position(|line| line.starts_with("error[")).expect("errors are shown");
        let last = lines.iter().rposition(|line| line.starts_with("warning[")).expect("warnings are shown");
        assert!(last < error && lines.len() - error <= 49, "errors are on the last screen");
        for line in &lines[..lines.len() - 1] {
            assert!(textwrap::core::display_width(line) <= width, "{line}");
        }
    }
    let text = seen(&builder.run, 100, View::default());
    assert_eq!(text.matches("error[").count(), 7, "one of each rule");
    let total = text.lines().find(|line| line.starts_with("total")).expect("a table");
    assert_eq!(total.split_whitespace().collect::<Vec<_>>(), ["total", "27", "160", "78", "89"]);
    assert!(text.contains("and 3 more places: deploy/of/team-"), "{text}");
    insta::assert_snapshot!(
        text.lines().rev().take(50).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn everything_is_there_if_it_is_asked_for() {
    let builder = many(265);
    let all = View { all: true, ..View::default() };
    let text = seen(&builder.run, 100, all);
    assert_eq!(text.lines().filter(|line| line.contains("-rule]: ")).count(), 265);
    let sorted = seen(&builder.run, 100, View { sort: Some(Sort::Path), ..all });
    let paths: Vec<&str> =
        sorted.lines().filter_map(|line| line.trim_start().strip_prefix("\u{256d}\u{2500}[")).collect();
    assert!(paths.len() == 265 && paths[0].starts_with("deploy/of/team-0/"), "{paths:?}");
    let few = seen(&many(12).run, 100, View::default());
    assert_eq!(few.lines().filter(|line| line.contains("-rule]: ")).count(), 12);
    assert!(!few.contains("first place"), "what fits has no table");
}

#[test]
fn findings_under_headings() {
    let builder = many(265);
    let heads = |group: GroupBy| {
        let text = seen(&builder.run, 100, View { group_by: Some(group), ..View::default() });
        let heads: Vec<String> =
            text.lines().filter(|line| line.starts_with("\u{2500}\u{2500} ")).map(str::to_owned).collect();
        heads
    };
    assert_eq!(heads(GroupBy::Rule).len(), 7);
    assert_eq!(heads(GroupBy::File).len(), 30);
    assert_eq!(
        heads(GroupBy::Object),
        ["\u{2500}\u{2500} no object \u{2500}\u{2500} 27 errors, 160 warnings, 78 infos"]
    );
}

#[test]
fn counts_of_each_rule() {
    let builder = many(265);
    let view = View { statistics: true, ..View::default() };
    insta::assert_snapshot!(seen(&builder.run, 100, view));
    let mut out = Vec::new();
    json::write(&builder.run, &Options { view, ..Options::default() }, &mut out).expect("memory");
    let value: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
    let rows = value["statistics"].as_array().expect("a list");
    assert_eq!(rows.len(), 7);
    let sum = |key: &str| rows.iter().map(|row| row[key].as_u64().expect("a number")).sum::<u64>();
    assert_eq!((sum("errors"), sum("warnings"), sum("infos"), sum("fixable")), (27, 160, 78, 89));
    assert_eq!(value["findings"].as_array().map(Vec::len), Some(265));
}
