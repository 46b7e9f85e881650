//! Charts through the front door: where findings point, which values count, and what is said of charts themselves.

use wplint::lint;
use wplint::run::Run;
use wplint::settings::Settings;

use crate::support::shown;

const CHART: (&str, &str) = ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");

fn run(files: &[(&str, &str)]) -> Run {
    let texts = files.iter().chain([&CHART]).map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    lint::lint_texts(texts.collect(), &Settings::default())
}

/// `path:text under the line: severity[rule]` for every finding.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let run = run(files);
    shown(&run)
}

const DEPLOYMENT: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {{- include "labels" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "labels" . | nindent 8 }}
    spec:
      containers:
        - name: web
          image: nginx
          resources: {{- toYaml .Values.resources | nindent 12 }}
          readinessProbe: {httpGet: {port: 80}}
"#;

const HELPERS: &str = r#"{{- define "labels" -}}
app: {{ .Chart.Name | quote }}
{{- end }}"#;

#[test]
fn a_value_is_shown_where_it_is_written() {
    let values = "replicas: 2\nresources:\n  requests: {cpu: 1, memory: 1x}\n  limits: {memory: 1Gi}\n";
    let all = found(&[
        ("templates/web.yaml", DEPLOYMENT),
        ("templates/_helpers.tpl", HELPERS),
        ("values.yaml", values),
    ]);
    assert!(all.contains(&"values.yaml:1x: error[invalid-value]".to_owned()), "{all:#?}");
    let run = run(&[
        ("templates/web.yaml", DEPLOYMENT),
        ("templates/_helpers.tpl", HELPERS),
        ("values.yaml", values),
    ]);
    assert_eq!(run.counts.objects, 1);
}

#[test]
fn what_the_defaults_leave_open_is_advice() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80}]\n";
    let files = [
        ("templates/web.yaml", DEPLOYMENT),
        ("templates/service.yaml", service),
        ("templates/_helpers.tpl", HELPERS),
        ("values.yaml", "replicas: 1\nresources: {}\n"),
        ("values-prod.yaml", "replicas: 1\nresources:\n  requests: {cpu: 1, memory: 1Gi}\n"),
    ];
    let all = found(&files);
    assert!(all.contains(&"values.yaml:1: info[single-replica]".to_owned()), "{all:#?}");
    assert!(all.contains(&"values-prod.yaml:1: warning[single-replica]".to_owned()), "{all:#?}");
    assert!(all.contains(&"values.yaml:{}: info[requests-missing]".to_owned()), "{all:#?}");
}

#[test]
fn what_a_template_wires_is_judged_with_any_values() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: wbe}\n  ports: [{port: 80}]\n";
    let all = found(&[
        ("templates/web.yaml", DEPLOYMENT),
        ("templates/service.yaml", service),
        ("templates/_helpers.tpl", HELPERS),
        ("values.yaml", "replicas: 2\nresources: {}\n"),
    ]);
    assert!(
        all.contains(&"templates/service.yaml:wbe: warning[service-selects-nothing]".to_owned()),
        "{all:#?}"
    );
}

#[test]
fn templates_that_fail_are_shown_where_they_do() {
    let all = found(&[("templates/a.yaml", "a: {{ .Values.x.y }}\n"), ("values.yaml", "b: 1\n")]);
    assert_eq!(all, ["templates/a.yaml:.Values.x.y: info[chart-not-evaluated]"]);
    let all = found(&[("templates/a.yaml", "a: b\n  c: {{ .Values.b }}\n"), ("values.yaml", "b: 1\n")]);
    assert_eq!(all.len(), 1, "{all:#?}");
    assert!(all[0].ends_with("error[chart-broken]"), "{all:#?}");
    let all = found(&[("templates/a.yaml", "{{ include \"nobody\" . }}\n")]);
    assert_eq!(all, ["templates/a.yaml:include \"nobody\" .: error[chart-broken]"]);
}

#[test]
fn hostile_charts_end() {
    let endless = "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}";
    let large = "{{ repeat 1000000000 \"abc\" }}";
    let long = "{{ range until 100000000 }}x{{ end }}";
    let cyclic =
        "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ toYaml $d }}{{ toJson $d }}{{ $d }}{{ deepCopy $d }}";
    let nested = format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000));
    let doubling = format!("{{{{ $x := \"a\" }}}}{}", "{{ $x = print $x $x $x $x }}".repeat(64));
    let deep = "{{ $x := list }}{{ range until 100000 }}{{ $x = list $x }}{{ end }}";
    let patterns = "{{ range until 100000 }}{{ regexMatch (printf \"(\\\\w{100}){9}%d\" .) \"a\" }}{{ end }}";
    for template in [endless, large, long, cyclic, &nested, &doubling, deep, patterns] {
        let run = run(&[("templates/a.yaml", template)]);
        assert!(!run.internal_error, "{}", &template[..60.min(template.len())]);
    }
}

#[test]
fn what_is_shared_again_and_again_is_not_written() {
    let lists = format!("{{{{ $x := list 1 }}}}{}", "{{ $x = list $x $x $x $x $x $x $x $x }}".repeat(60));
    let maps = format!("{{{{ $x := dict }}}}{}", "{{ $x = dict \"a\" $x \"b\" $x \"c\" $x }}".repeat(60));
    for written in [
        "{{ $x }}",
        "{{ toJson $x }}",
        "{{ toYaml $x }}",
        "{{ toToml (dict \"a\" $x) }}",
        "{{ deepEqual $x $x }}",
        "{{ deepCopy $x }}",
        "{{ printf \"%v %s %5s %q\" $x $x $x $x }}",
        "{{ range until 1000000 }}{{ quote $x }}{{ end }}",
    ] {
        let deep = "{{ $x := list }}{{ range until 100000 }}{{ $x = list $x }}{{ end }}".to_owned();
        for shared in [&lists, &maps, &deep] {
            let run = run(&[("templates/a.yaml", &format!("{shared}{written}"))]);
            assert!(!run.internal_error, "{written}");
        }
    }
}

#[test]
fn random_values_are_the_same_in_every_run() {
    let template = "apiVersion: v1\nkind: Secret\nmetadata: {name: {{ uuidv4 }}}\nstringData:\n  a: {{ randAlphaNum 20 }}\n  b: {{ now | date \"2006\" | quote }}\n";
    let files = [("templates/a.yaml", template)];
    assert_eq!(found(&files), found(&files));
}

const ONE_REPLICA: [(&str, &str); 3] = [
    ("templates/web.yaml", DEPLOYMENT),
    ("templates/_helpers.tpl", HELPERS),
    (
        "templates/service.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80}]\n",
    ),
];

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    ONE_REPLICA.into_iter().chain(more.iter().copied()).collect()
}

#[test]
fn marks_in_values_and_in_templates_silence() {
    let shown = |files: &[(&str, &str)]| {
        let run = run(files);
        let shown = run.findings.iter().filter(|one| one.status == wplint::run::Status::Shown);
        shown.map(|one| one.finding.rule.name()).collect::<Vec<_>>()
    };
    let loud = with(&[("values.yaml", "replicas: 1\nresources: {requests: {cpu: 1, memory: 1Gi}}\n")]);
    assert!(shown(&loud).contains(&"single-replica"), "{:?}", shown(&loud));
    let values = "replicas: 1 # wplint: ignore[single-replica] one is enough\nresources: {requests: {cpu: 1, memory: 1Gi}}\n";
    assert!(!shown(&with(&[("values.yaml", values)])).contains(&"single-replica"));
    let marked =
        DEPLOYMENT.replace("  replicas: {{", "  {{- /* wplint: ignore[single-replica] */}}\n  replicas: {{");
    let mut silent = loud.clone();
    silent[0].1 = &marked;
    assert!(!shown(&silent).contains(&"single-replica"));
    let idle = DEPLOYMENT.replace("image: nginx", "image: nginx # wplint: ignore[pdb-blocks-eviction] no");
    silent[0].1 = &idle;
    assert!(shown(&silent).contains(&"suppression-unused"), "{:?}", shown(&silent));
}

#[test]
fn applications_and_releases_are_environments() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec:\n  destination: {namespace: shop}\n  source:\n    path: chart\n    helm:\n      valuesObject:\n        replicas: 0x\n";
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: shop}\nspec:\n  chart: {spec: {chart: ./chart}}\n  values:\n    resources: {requests: {cpu: 1y}}\n";
    let files = [
        ("chart/Chart.yaml", CHART.1),
        ("chart/templates/web.yaml", DEPLOYMENT),
        ("chart/templates/_helpers.tpl", HELPERS),
        ("chart/values.yaml", "replicas: 2\nresources: {}\n"),
        ("argo.yaml", application),
        ("flux.yaml", release),
    ];
    let texts = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let run = lint::lint_texts(texts.to_vec(), &Settings::default());
    let places: Vec<String> = run
        .findings
        .iter()
        .map(|one| format!("{}[{}]", run.files[one.finding.span.file.0 as usize].path, one.finding.rule))
        .collect();
    assert!(places.contains(&"argo.yaml[wrong-type]".to_owned()), "{places:#?}");
    assert!(places.contains(&"flux.yaml[invalid-value]".to_owned()), "{places:#?}");
}

#[test]
fn configured_values_are_one_more_deployment() {
    let tree = crate::cli::Tree::new(&[
        ("web/Chart.yaml", CHART.1),
        ("web/templates/web.yaml", DEPLOYMENT),
        ("web/templates/_helpers.tpl", HELPERS),
        ("web/values.yaml", "replicas: 2\nresources: {}\n"),
        ("env/prod.yaml", "resources: {requests: {memory: 1x}}\n"),
        (
            ".wplint.yaml",
            "charts:\n  - {path: web, values: [env/prod.yaml], set: {replicas: 3}, release: shop}\n",
        ),
    ]);
    let said = tree.raw(&["--format", "concise", "."]);
    assert!(said.out.contains("env/prod.yaml:1:32: error[invalid-value]"), "{}", said.out);
    let said = tree.raw(&["--format", "concise", "--no-config", "web"]);
    assert!(!said.out.contains("invalid-value"), "{}", said.out);
    let said = tree.raw(&["--format", "concise", "--no-config", "--values", "env/prod.yaml", "web"]);
    assert!(said.out.contains("env/prod.yaml:1:32: error[invalid-value]"), "{}", said.out);
    let said = tree.raw(&["--format", "concise", "--no-config", "--set", "replicas=x", "web"]);
    assert!(said.out.contains("wrong-type"), "{}", said.out);
    assert_eq!(tree.raw(&["--set", "replicas", "web"]).status, 2);
}

#[test]
fn hostile_archives_are_refused() {
    let bomb = {
        use std::io::Write;
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(&vec![0; 64 << 20]).expect("memory");
        packed.finish().expect("memory")
    };
    let tree = crate::cli::Tree::new(&[
        ("Chart.yaml", CHART.1),
        ("templates/service.yaml", ONE_REPLICA[2].1),
        ("charts/readme.yaml", "a: b\n"),
    ]);
    std::fs::write(tree.path().join("charts/bomb-1.0.0.tgz"), bomb).expect("a file");
    let said = tree.raw(&["--format", "concise", "."]);
    assert!(said.out.contains("chart-not-evaluated"), "{}", said.out);
}

/// A packed chart with files of these paths.
fn packed(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        // `set_path` refuses what an archive of somebody else may hold.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, text.as_bytes()).expect("memory");
    }
    archive.into_inner().and_then(flate2::write::GzEncoder::finish).expect("memory")
}

#[test]
fn archives_links_and_crowds_stay_where_they_are() {
    let child = "apiVersion: v2\nname: child\nversion: 1.0.0\n";
    let tree =
        crate::cli::Tree::new(&[("Chart.yaml", CHART.1), ("templates/service.yaml", ONE_REPLICA[2].1)]);
    std::fs::create_dir_all(tree.path().join("charts")).expect("a directory");
    let evil = packed(&[("child/Chart.yaml", child), ("child/../../../templates/evil.yaml", "a: [\n")]);
    std::fs::write(tree.path().join("charts/child-1.0.0.tgz"), evil).expect("a file");
    let said = tree.raw(&["--format", "concise", "."]);
    assert!(said.out.contains("a path that leads out of it"), "{}", said.out);
    assert!(!said.out.contains("evil"), "{}", said.out);
    #[cfg(unix)]
    {
        let tree = crate::cli::Tree::new(&[("web/Chart.yaml", CHART.1), ("web/templates/a.yaml", "a: b\n")]);
        let link = |to: &str, from: &str| {
            std::os::unix::fs::symlink(to, tree.path().join(from)).expect("a link");
        };
        link("..", "web/templates/up");
        link("/etc/passwd", "web/templates/passwd.yaml");
        link(".", "web/self");
        let said = tree.raw(&["--format", "concise", "."]);
        assert!(said.status < 2 && !said.out.contains("root:"), "{}", said.out);
    }
    let crowd = (0..10_000).flat_map(|at| {
        let chart = format!("apiVersion: v2\nname: c{at}\nversion: 1.0.0\n");
        [(format!("charts/c{at}/Chart.yaml"), chart)]
    });
    let own = [(CHART.0.to_owned(), CHART.1.to_owned())];
    let run = lint::lint_texts(own.into_iter().chain(crowd).collect(), &Settings::default());
    let said: Vec<&str> = run.findings.iter().map(|one| one.finding.message.as_str()).collect();
    assert!(said.iter().any(|one| one.contains("too many")), "{said:#?}");
}

#[test]
fn a_secret_in_a_template_hides_nothing_of_its_neighbours() {
    let secret = "---\nkind: Secret\napiVersion: v1\nmetadata: {name: a}\nstringData: {key: {{ .Values.key }}, pin: abc123}\nx: 1\n";
    let both = format!("{DEPLOYMENT}{secret}");
    let tree = crate::cli::Tree::new(&[
        ("Chart.yaml", CHART.1),
        ("templates/web.yaml", &both),
        ("templates/_helpers.tpl", HELPERS),
        ("values.yaml", "replicas: 1\nresources: {}\nkey: hunter2\n"),
    ]);
    let said = tree.raw(&["--format", "pretty", "-v", "."]);
    assert!(said.out.contains("httpGet: {port: 80}"), "{}", said.out);
    assert!(said.out.contains("pin: ******}"), "{}", said.out);
    assert!(!said.out.contains("abc123"), "{}", said.out);
}

#[test]
fn values_are_compared_with_the_schema_of_their_chart() {
    let schema = r##"{
        "$defs": {"port": {"type": "integer", "maximum": 65535}},
        "required": ["host"],
        "additionalProperties": false,
        "properties": {
            "host": {"type": "string", "pattern": "^[a-z.]+$"},
            "port": {"$ref": "#/$defs/port"},
            "kind": {"enum": ["one", "two"]},
            "list": {"items": {"type": ["string", "null"]}, "minItems": 1},
            "either": {"oneOf": [{"type": "string"}, {"required": ["name"], "type": "object"}]},
            "odd": {"uniqueItems": true, "type": "array"}
        }
    }"##;
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let check = |values: &str| {
        let files = [
            ("templates/a.yaml", config),
            ("values.schema.json", schema),
            ("values.yaml", "port: 80\n"),
            ("ci/prod-values.yaml", values),
        ];
        let broken = run(&files).findings.into_iter().filter(|one| one.finding.rule.name() == "chart-broken");
        broken.map(|one| one.finding.message).collect::<Vec<_>>()
    };
    assert_eq!(check("host: a.b\nkind: two\nlist: [a, null]\neither: {name: a}\nodd: [1, 1]\n"), [""; 0]);
    let found = check("port: 70000\nkind: three\nlist: []\neither: 1\nmore: 1\n");
    let wrong = [
        "the values lack `host`, which is required",
        "`more` is not allowed",
        "`port` must be at most 65535",
        "`kind` must be one of `one`, `two`",
        "`list` must have 1 or more items",
    ];
    for message in wrong {
        assert!(found.iter().any(|one| one == message), "{message}: {found:#?}");
    }
}

#[test]
fn numbers_and_methods_of_go() {
    let text = "a: {{ mulf 1.5 0x1p10 }}\nb: {{ dig \"x\" \"no\" .Values.AsMap }}\nc: {{ len (.Files.Glob \"f/*\") }}\nd: {{ mulf 1 0x1.8p-1 }}\n";
    let object = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n{}", indented(text));
    let run = run(&[("templates/a.yaml", &object), ("values.yaml", "x: yes it is\n"), ("f/a.txt", "a")]);
    let wrong: Vec<&str> = run.findings.iter().map(|one| one.finding.message.as_str()).collect();
    // They are numbers where texts belong, so each is evaluated.
    assert!(wrong.iter().all(|one| !one.contains("fails")), "{wrong:#?}");
    assert_eq!(wrong.len(), 3, "{wrong:#?}");
}

#[test]
fn a_template_that_cannot_be_read_is_the_only_one_that_fails() {
    let files = [
        ("templates/_a.tpl", "{{ define \"a\" }}x{{ end }}{{ if }}"),
        ("templates/b.yaml", "a: {{ include \"a\" . }}\n"),
    ];
    let all = found(&files);
    assert_eq!(all.len(), 1, "{all:#?}");
    assert!(all[0].starts_with("templates/_a.tpl"), "{all:#?}");
}

#[test]
fn an_object_is_shown_where_a_template_names_it() {
    let helpers = "{{- define \"labels\" -}}\napp: web\n{{- end }}\n{{- define \"name\" -}}\n{{- printf \"%s-%s\" .Release.Name .Values.name | trunc 63 -}}\n{{- end }}\n";
    let named = |name: &str| {
        DEPLOYMENT.replace("- name: web", name).replace("readinessProbe: {httpGet: {port: 80}}", "tty: true")
    };
    for name in ["{{ include \"name\" . }}", "{{ template \"name\" . }}", "{{ .Values.name }}"] {
        let web = named(&format!("- name: {name}"));
        let files = [
            ("templates/web.yaml", web.as_str()),
            ("templates/_helpers.tpl", helpers),
            ONE_REPLICA[2],
            ("values.yaml", "replicas: 2\nname: web\nresources: {}\n"),
        ];
        let wanted = format!("templates/web.yaml:{name}: warning[readiness-missing]");
        assert!(found(&files).contains(&wanted), "{wanted} {:#?}", found(&files));
    }
    // A name that is not valid is changed where it is written.
    let web = named("- name: {{ .Values.name }}");
    let all = found(&[
        ("templates/web.yaml", &web),
        ("templates/_helpers.tpl", helpers),
        ("values.yaml", "replicas: 2\nname: web_1\nresources: {}\n"),
    ]);
    assert!(all.contains(&"values.yaml:web_1: error[invalid-value]".to_owned()), "{all:#?}");
}

#[test]
fn what_nobody_sets_yet_is_advice_and_an_error_once_it_is_deployed() {
    let volume = "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: data}\nspec:\n  capacity: {storage: 1Gi}\n  accessModes: [ReadWriteMany]\n  nfs:\n    path: /data\n    server: {{ .Values.server }}\n";
    let host = "apiVersion: v1\nkind: Service\nmetadata: {name: \"web-{{ .Values.part }}\"}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n";
    let files = [("templates/volume.yaml", volume), ("templates/service.yaml", host)];
    let all = found(&files);
    let open = ["templates/volume.yaml:nfs: info[missing-field]", "info[invalid-value]"];
    for one in open {
        assert!(all.iter().any(|found| found.contains(one)), "{one}: {all:#?}");
    }
    let tested = [files[0], files[1], ("ci/a-values.yaml", "other: 1\n")];
    let all = found(&tested);
    // What a test of the chart leaves out is not deployed.
    for one in open {
        assert!(all.iter().any(|found| found.contains(one)), "{one}: {all:#?}");
    }
}

#[test]
fn a_refusal_counts_where_nobody_gives_more_values() {
    let secret = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n  a: {{ required \"set a\" .Values.a }}\n";
    let with =
        |path: &str| found(&[("templates/a.yaml", secret), ("values.yaml", "a: b\n"), (path, "a: null\n")]);
    let said = |severity: &str| format!("templates/a.yaml:required \"set a\" .Values.a: {severity}");
    assert_eq!(with("ci/a-values.yaml"), [said("info[chart-broken]")]);
    // The password of an environment is not in the file of its other values.
    assert_eq!(with("values-prod.yaml"), [said("info[chart-not-evaluated]")]);
    let asks = "{{- if not (lookup \"v1\" \"Secret\" \"\" \"a\") }}{{ fail \"create it first\" }}{{ end }}\n";
    let all = found(&[("templates/a.yaml", asks), ("ci/a-values.yaml", "a: b\n")]);
    assert_eq!(all, ["templates/a.yaml:fail \"create it first\": info[chart-not-evaluated]"]);
}

#[test]
fn values_of_tests_are_not_deployed() {
    let values = "replicas: 1\nresources: {requests: {cpu: 1, memory: 1Gi}}\n";
    let advice = |path: &str| {
        let all = found(&with(&[("values.yaml", "replicas: 2\nresources: {}\n"), (path, values)]));
        let own = all.into_iter().filter(|one| one.ends_with("[single-replica]")).collect::<Vec<_>>();
        own.join(" ")
    };
    assert_eq!(advice("ci/one-values.yaml"), "ci/one-values.yaml:1: info[single-replica]");
    assert_eq!(advice("values-prod.yaml"), "values-prod.yaml:1: warning[single-replica]");
}

#[test]
fn maps_are_merged_as_go_merges_them() {
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: {{ toJson (mergeOverwrite (dict \"a\" true \"b\" 1 \"c\" 2) (dict \"a\" false \"b\" 0 \"c\" nil)) | quote }}\n  b: {{ toJson (merge (dict \"a\" false) (dict \"a\" nil \"b\" nil)) | quote }}\n  c: {{ default 1 0 2 | quote }}\n  d: {{ (.Files.Glob \"no/*\").AsConfig | quote }}\n";
    let wanted = [("a", r#"{"a":false,"b":0,"c":null}"#), ("b", r#"{"a":false}"#), ("c", "1"), ("d", "{}")];
    let mut shelf = wplint::helm::Shelf::new(
        [CHART, ("templates/a.yaml", template)]
            .into_iter()
            .enumerate()
            .map(|(at, (path, text))| {
                let id = wplint::files::FileId(at as u32);
                std::sync::Arc::new(wplint::files::SourceFile::new(id, path, text))
            })
            .collect(),
        None,
    );
    let package = std::sync::Arc::new(wplint::helm::load("", &mut shelf).expect("a chart"));
    let request = wplint::helm::Request {
        values: Vec::new(),
        release: "a".to_owned(),
        namespace: "b".to_owned(),
        crds: false,
    };
    let cluster = wplint::helm::Cluster { version: "v1.33.0", serves: &|_| false };
    let outcome = wplint::helm::evaluate(&package, &request, cluster, shelf.files());
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    let data = outcome.objects[0].mapped.tree.root().get("data").expect("data");
    for (key, value) in wanted {
        assert_eq!(data.get(key).map(|node| node.text()), Some(value), "{key}");
    }
}

/// A kustomization with a chart beside it.
fn inflated<'a>(entry: &'a str, more: &[(&'a str, &'a str)]) -> Vec<String> {
    let files = [
        ("k/charts/web/Chart.yaml", CHART.1),
        ("k/charts/web/templates/web.yaml", DEPLOYMENT),
        ("k/charts/web/templates/_helpers.tpl", HELPERS),
        ("k/charts/web/templates/service.yaml", ONE_REPLICA[2].1),
        ("k/charts/web/values.yaml", "replicas: 2\nresources: {requests: {cpu: 1, memory: 1Gi}}\n"),
        ("k/kustomization.yaml", entry),
    ];
    let texts = files.iter().chain(more).map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let run = lint::lint_texts(texts.collect(), &Settings::default());
    shown(&run)
}

#[test]
fn a_kustomization_deploys_a_chart_that_lies_beside_it() {
    let inline = "helmCharts:\n  - name: web\n    releaseName: shop\n    valuesInline:\n      replicas: 1\n";
    let single = "k/kustomization.yaml:1: warning[single-replica]".to_owned();
    let all = inflated(inline, &[]);
    assert!(all.contains(&single), "{all:#?}");
    assert!(all.iter().all(|one| !one.contains("kustomization-not-evaluated")), "{all:#?}");
    // What a patch changes is judged as it is deployed.
    let patched = format!("{inline}replicas:\n  - {{name: shop, count: 3}}\n");
    let all = inflated(&patched, &[]);
    assert!(all.iter().all(|one| !one.contains("single-replica")), "{all:#?}");
    // Files of values, weaker than those inside of the kustomization unless it says otherwise.
    let file = "helmGlobals: {chartHome: ./charts}\nhelmCharts:\n  - name: web\n    valuesFile: prod.yaml\n    valuesMerge: merge\n    valuesInline: {replicas: 3}\n";
    let all = inflated(file, &[("k/prod.yaml", "replicas: 1\n")]);
    assert!(all.contains(&"k/prod.yaml:1: warning[single-replica]".to_owned()), "{all:#?}");
    let all = inflated(&file.replace("    valuesMerge: merge\n", ""), &[("k/prod.yaml", "replicas: 1\n")]);
    assert!(all.iter().all(|one| !one.contains("single-replica")), "{all:#?}");
    // One that is fetched is not there.
    let remote = "helmCharts:\n  - {name: redis, repo: \"https://charts.example.com\", version: 1.0.0}\n";
    let all = inflated(remote, &[]);
    assert_eq!(all.iter().filter(|one| one.contains("kustomization-not-evaluated")).count(), 1, "{all:#?}");
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
