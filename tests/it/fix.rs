//! `--fix` and `--diff` through the program itself.

use std::fs;
use std::path::Path;
use std::process::Command;

const BEFORE: &str = "# Kept as it is.\r\napiVersion: policy/v1beta1 # old\r\nkind: PodDisruptionBudget\r\nmetadata:\r\n  name: \"web\"\r\nspec:\r\n  maxUnavailabel: 1\r\n  selector:\r\n    matchLabels: {app: web}\r\n";
const AFTER: &str = "# Kept as it is.\r\napiVersion: policy/v1 # old\r\nkind: PodDisruptionBudget\r\nmetadata:\r\n  name: \"web\"\r\nspec:\r\n  maxUnavailable: 1\r\n  selector:\r\n    matchLabels: {app: web}\r\n";

fn wplint(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wplint"));
    let output = command.current_dir(folder).arg("--no-config").args(arguments).output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().expect("a status"), text(&output.stdout), text(&output.stderr))
}

fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.yaml"), text).expect("written");
    folder
}

fn read(folder: &tempfile::TempDir) -> String {
    fs::read_to_string(folder.path().join("a.yaml")).expect("readable")
}

#[test]
fn comments_quotes_and_line_ends_stay() {
    let folder = folder(BEFORE);
    let (_, _, said) = wplint(folder.path(), &["--fix", "--select", "schema"]);
    assert_eq!(read(&folder), AFTER, "{said}");
    assert!(said.contains("fixed 2 findings in 1 file"), "{said}");
    let (status, _, said) = wplint(folder.path(), &["--fix", "--select", "schema"]);
    assert_eq!((status, read(&folder).as_str()), (0, AFTER), "{said}");
}

#[test]
fn a_diff_changes_nothing() {
    let folder = folder(BEFORE);
    let (status, diff, said) = wplint(folder.path(), &["--diff", "--select", "schema"]);
    assert_eq!((status, read(&folder).as_str()), (1, BEFORE), "{said}");
    assert!(
        diff.contains("-apiVersion: policy/v1beta1 # old") && diff.contains("+apiVersion: policy/v1 # old")
    );
    assert!(said.contains("would fix 2 findings"), "{said}");
}

/// Lines with secrets are not among those around a change, and what is left still applies.
#[test]
fn a_diff_shows_no_secrets() {
    let text = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: web, namespace: x}\n\
                spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}\n---\n\
                apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: x}\nspec:\n  containers:\n  - name: c\n    \
                image: nginx:1\n    env:\n    - name: DB_PASSWORD\n      value: Ardvark42Zq\n    \
                - {name: A, value: b}\n    envForm:\n    - {configMapRef: {name: m}}\n    args: [--password=Ardvark43Zq]\n    \
                tty: false\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, namespace: x}\ndata: {a: b}\n";
    let folder = folder(text);
    let (status, diff, said) = wplint(folder.path(), &["--diff", "--unsafe-fixes", "--select", "schema"]);
    assert_eq!(status, 1, "{said}");
    assert!(!diff.contains("Ardvark"), "{diff}");
    assert!(diff.contains("-    envForm:") && diff.contains("+    envFrom:"), "{diff}");
    assert!(diff.contains(" - {name: A, value: b}\n-") && diff.contains("name: m}}\n"), "{diff}");
    // Secrets in a line that changes are withheld.
    let line = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: x}\nspec: {containers: [{name: c, image: \
                \"nginx:1\", args: [\"--password=Ardvark42Zq\"], envForm: [{configMapRef: {name: m}}]}]}\n";
    let folder = self::folder(line);
    let (_, diff, _) = wplint(folder.path(), &["--diff", "--unsafe-fixes", "--select", "schema"]);
    assert!(!diff.contains("Ardvark") && diff.contains("+spec:") && diff.contains("***"), "{diff}");
}

#[test]
fn what_needs_a_decision_is_left_to_it() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: x}\nspec:\n  replicas: 3\n  \
                selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      \
                affinity:\n        podAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n          \
                - topologyKey: kubernetes.io/hostname\n            labelSelector: {matchLabels: {app: web}}\n      \
                containers: [{name: web, image: \"nginx:1.29\"}]\n";
    let folder = folder(text);
    let (_, _, said) = wplint(folder.path(), &["--fix", "--select", "affinity-packs-replicas"]);
    assert_eq!(read(&folder), text);
    assert!(said.contains("1 more with --unsafe-fixes"), "{said}");
    let (status, _, said) =
        wplint(folder.path(), &["--fix", "--unsafe-fixes", "--select", "affinity-packs-replicas"]);
    assert_eq!((status, read(&folder)), (0, text.replace("podAffinity", "podAntiAffinity")), "{said}");
}

#[test]
fn an_edit_that_adds_a_finding_is_dropped_and_named() {
    // The field that is meant is there already under its right name further down the page of the same object.
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: \"1\"}\n---\napiVersion: v1\nkind: \
                Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: c, image: \"nginx:1\", envForm: \
                [{configMapRef: {name: nowhere}}]}\n";
    let folder = folder(text);
    let (_, _, said) = wplint(folder.path(), &["--fix", "--select", "all"]);
    let fixed = read(&folder);
    assert!(fixed == text || fixed == text.replace("envForm", "envFrom"), "{fixed}");
    assert!(fixed != text || said.contains("not fixed"), "{said}");
}

#[test]
fn a_workload_of_an_old_version_gets_what_it_had_by_default() {
    let of = |version: &str, kind: &str, strategy: &str| {
        format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: web}}\nspec:\n  replicas: 2\n{strategy}  template:\n    \
             metadata:\n      labels:\n        app: web\n        tier: \"1\"\n    spec:\n      containers: [{{name: web, \
             image: \"nginx:1.29\"}}]\n"
        )
    };
    let selector = "  selector:\n    matchLabels:\n      app: web\n      tier: \"1\"\n";
    let limits = "    rollingUpdate:\n      maxSurge: 1\n      maxUnavailable: 1\n";
    let (old, older) = ("apps/v1beta1", "extensions/v1beta1");
    let rolling = "  strategy:\n    type: RollingUpdate\n";
    let half = "  strategy: {rollingUpdate: {maxSurge: 3}}\n";
    let cases = [
        (older, "Deployment", "", format!("{selector}  strategy:\n{limits}")),
        (older, "Deployment", rolling, format!("{rolling}{limits}{selector}")),
        (older, "Deployment", half, half.replace("3}", "3, maxUnavailable: 1}") + selector),
        (
            older,
            "Deployment",
            "  strategy: {type: Recreate}\n",
            format!("  strategy: {{type: Recreate}}\n{selector}"),
        ),
        (older, "DaemonSet", "", format!("{selector}  updateStrategy:\n    type: OnDelete\n")),
        (older, "ReplicaSet", "", selector.to_owned()),
        // By 25 %, as now.
        (old, "Deployment", "", selector.to_owned()),
    ];
    for (version, kind, strategy, wanted) in cases {
        let text = of(version, kind, strategy);
        let text = if kind == "DaemonSet" { text.replace("  replicas: 2\n", "") } else { text };
        let folder = folder(&text);
        let (_, _, said) = wplint(folder.path(), &["--fix", "--select", "schema"]);
        let fixed = text
            .replace(version, "apps/v1")
            .replace(&format!("{strategy}  template:"), &format!("{wanted}  template:"));
        assert_eq!(read(&folder), fixed, "{said}");
    }
    let text = of(older, "Deployment", "  strategy: {type: $(STRATEGY)}\n");
    let folder = folder(&text);
    wplint(folder.path(), &["--fix", "--select", "schema"]);
    assert_eq!(read(&folder), text);
}

#[test]
fn fields_are_moved_to_where_they_belong() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  # of the container\n  securityContext:\n    # no writing\n    \
                readOnlyRootFilesystem: true # at all\n  containers:\n  - name: c\n    image: nginx:1.29\n    \
                securityContext:\n      runAsUser: 1000\n    volumes:\n    - name: v\n      emptyDir: {}\n";
    let folder = folder(text);
    wplint(folder.path(), &["--fix", "--select", "schema"]);
    let moved = text.replace(
        "    volumes:\n    - name: v\n      emptyDir: {}\n",
        "  volumes:\n  - name: v\n    emptyDir: {}\n",
    );
    assert_eq!(read(&folder), moved);
    wplint(folder.path(), &["--fix", "--unsafe-fixes", "--select", "schema"]);
    let now = read(&folder);
    assert!(now.contains("      runAsUser: 1000\n      readOnlyRootFilesystem: true # at all\n"), "{now}");
    assert!(!now.contains("\n  securityContext"), "{now}");
}

#[test]
fn an_autoscaler_of_an_old_version_names_its_metrics() {
    let text = "apiVersion: autoscaling/v2beta1\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n  scaleTargetRef: \
                {apiVersion: apps/v1, kind: Deployment, name: web}\n  maxReplicas: 4\n  metrics:\n  - type: Pods\n    pods:\n      \
                metricName: requests\n      targetAverageValue: 10\n  - {type: Object, object: {target: {kind: Service, name: web}, \
                metricName: hits, targetValue: 100}}\n";
    let folder = folder(text);
    let (_, _, said) = wplint(folder.path(), &["--fix", "--select", "schema"]);
    let wanted = text
        .replace("v2beta1", "v2")
        .replace("metricName: requests", "metric:\n        name: requests")
        .replace("targetAverageValue: 10", "target:\n        type: AverageValue\n        averageValue: 10")
        .replace("{target: {", "{describedObject: {")
        .replace(
            "metricName: hits, targetValue: 100",
            "metric: {name: hits}, target: {type: Value, value: 100}",
        );
    assert_eq!(read(&folder), wanted, "{said}");
}

#[test]
fn what_an_edit_brings_with_it_is_repaired_with_it() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: web}}\n  \
                template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - name: web\n        image: \
                nginx:1.29\n        ports: [{containerPort: 80}]\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: \
                {selector: {app: web}, ports: [{port: 80}]}\n";
    let folder = folder(text);
    let (_, left, said) = wplint(
        folder.path(),
        &["--fix", "--unsafe-fixes", "--select", "single-replica,replicas-not-spread,pdb-missing"],
    );
    let fixed = read(&folder);
    for part in ["replicas: 2\n", "topologySpreadConstraints:", "kind: PodDisruptionBudget"] {
        assert!(fixed.contains(part), "{fixed}{said}{left}");
    }
    assert!(said.contains("fixed 3 findings"), "{said}");
}

#[test]
fn charts_are_repaired_where_a_scalar_stands_as_it_is_printed() {
    let files = [
        ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("values.yaml", "# How many.\nreplicaCount: 1\nmode: \"\"\n"),
        (
            "templates/web.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: {{ .Values.replicaCount }}\n  \
             selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      \
             - {name: web, image: \"nginx:1.29\", ports: [{containerPort: 80}]}\n---\napiVersion: v1\nkind: Service\n\
             metadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n",
        ),
        (
            "templates/role.yaml",
            "{{- if true }}\napiVersion: rbac.authorization.k8s.io/v1beta1\nkind: Role\nmetadata: {name: {{ .Release.Name }}}\nrules: []\n{{- end }}\n",
        ),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("templates")).expect("a folder");
    for (path, text) in files {
        fs::write(folder.path().join(path), text).expect("written");
    }
    let select = ["--select", "single-replica,api-removed"];
    let (_, _, said) = wplint(folder.path(), &[&["--fix", "--unsafe-fixes", "."], &select[..]].concat());
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).expect("readable");
    assert_eq!(read("values.yaml"), files[1].1.replace("replicaCount: 1", "replicaCount: 2"), "{said}");
    assert_eq!(read("templates/web.yaml"), files[2].1, "{said}");
    assert_eq!(read("templates/role.yaml"), files[3].1.replace("v1beta1", "v1"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let elsewhere = folder(BEFORE);
    let folder = tempfile::tempdir().expect("a folder");
    symlink(elsewhere.path().join("a.yaml"), folder.path().join("a.yaml")).expect("a link");
    wplint(folder.path(), &["--fix", "--select", "schema"]);
    assert_eq!(read(&elsewhere), BEFORE);
    let path = elsewhere.path().join("a.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
    wplint(elsewhere.path(), &["--fix", "--select", "schema"]);
    assert_eq!(read(&elsewhere), AFTER);
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
}

#[test]
fn marks_are_written_where_they_silence() {
    let folder = tempfile::tempdir().expect("a folder");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wordpress/v2");
    for entry in fs::read_dir(from).expect("a fixture") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("copied");
    }
    let (status, _, _) = wplint(folder.path(), &["."]);
    assert_eq!(status, 1);
    let (status, _, said) = wplint(folder.path(), &["--add-ignore=a test", "."]);
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("silenced "), "{said}");
    let (status, shown, said) = wplint(folder.path(), &["."]);
    assert_eq!(status, 0, "{shown}{said}");
    assert!(!shown.contains("suppression-"), "{shown}");
    let texts: Vec<String> = fs::read_dir(folder.path())
        .expect("readable")
        .filter_map(|entry| fs::read_to_string(entry.expect("an entry").path()).ok())
        .collect();
    assert!(texts.iter().any(|text| text.contains("] a test\n")));
}

#[test]
fn a_first_configuration_is_written_once() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c\n    image: \"nginx:1\"\n    \
                envFrom: [{secretRef: {name: elsewhere}}]\n---\napiVersion: apps.example.org/v1\nkind: App\nmetadata: {name: \
                a}\nspec:\n  replicas: 2\n  template: {spec: {containers: [{name: c, image: \"x:1\"}]}}\n";
    let folder = folder(text);
    let init = |folder: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wplint"));
        command.current_dir(folder).arg("init").output().expect("it runs").status.code()
    };
    assert_eq!(init(folder.path()), Some(0));
    let written = fs::read_to_string(folder.path().join(".wplint.yaml")).expect("written");
    assert!(written.contains("external:\n  secrets:\n    - elsewhere\n"), "{written}");
    assert!(
        written.contains("    kind: App\n    replicas: .spec.replicas\n    template: .spec.template\n"),
        "{written}"
    );
    assert_eq!(init(folder.path()), Some(2));
    let mut command = Command::new(env!("CARGO_BIN_EXE_wplint"));
    let output = command.current_dir(folder.path()).arg(".").output().expect("it runs");
    assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A directory with much to repair.
fn broken(folder: &Path, copies: usize) {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: \
                web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - name: web\n        \
                image: nginx:1.29\n        imagePullPolicy: ifnotpresent\n        ports: [{name: http, containerPort: 80}]\n---\n\
                apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80, \
                targetPort: htpt}]\n---\napiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: \
                other}\nspec: {maxUnavailabel: 1, selector: {matchLabels: {app: other}}}\n";
    for copy in 0..copies {
        let text = text.replace("web", &format!("web-{copy}")).replace("other", &format!("other-{copy}"));
        fs::write(folder.join(format!("{copy}.yaml")), text).expect("written");
    }
}

/// What every file holds, by name.
fn contents(folder: &Path) -> std::collections::BTreeMap<String, String> {
    let entries = fs::read_dir(folder).expect("readable").map(|entry| entry.expect("an entry"));
    let yaml = entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "yaml"));
    yaml.map(|entry| {
        let name = entry.file_name().into_string().expect("UTF-8");
        (name, fs::read_to_string(entry.path()).expect("readable"))
    })
    .collect()
}

/// `WPLINT_KILLS` sets how often; without it a few prove that it works.
#[test]
fn a_file_is_old_or_new_whenever_the_program_is_killed() {
    let kills: u64 = std::env::var("WPLINT_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let arguments = ["--no-config", "--fix", "--unsafe-fixes", "-q", "."];
    let start = |folder: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wplint"));
        command.current_dir(folder).args(arguments);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        command.spawn().expect("it starts")
    };
    let whole = tempfile::tempdir().expect("a folder");
    broken(whole.path(), 6);
    let old = contents(whole.path());
    let begun = std::time::Instant::now();
    start(whole.path()).wait().expect("it ends");
    let took = begun.elapsed();
    let new = contents(whole.path());
    assert_ne!(old, new);
    for kill in 0..kills {
        let folder = tempfile::tempdir().expect("a folder");
        broken(folder.path(), 6);
        let mut child = start(folder.path());
        // Most of the writing happens near the end.
        let part = (kill * 7919 % 1000) as f64 / 1000.0;
        std::thread::sleep(took.mul_f64(0.5 + part * 0.6));
        let _ = child.kill();
        child.wait().expect("it ends");
        for (name, text) in contents(folder.path()) {
            assert!(text == old[&name] || text == new[&name], "{name} is neither old nor new:\n{text}");
        }
    }
}

#[test]
fn what_a_killed_run_left_behind_is_removed_by_the_next() {
    let folder = tempfile::tempdir().expect("a folder");
    broken(folder.path(), 1);
    let left = folder.path().join(".wplint-a1B2c3.tmp");
    let file = fs::File::create(&left).expect("created");
    let hour = std::time::Duration::from_secs(3600);
    file.set_modified(std::time::SystemTime::now() - hour).expect("set");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wplint"));
    let run =
        command.current_dir(folder.path()).args(["--no-config", "--fix-only", "--unsafe-fixes", "-q", "."]);
    assert!(run.status().expect("it runs").success());
    assert!(!left.exists());
}

mod subsets {
    use std::path::PathBuf;

    use proptest::prelude::*;
    use wplint::files::write::replace;
    use wplint::fix::{Wanted, fix_some};
    use wplint::lint::lint;
    use wplint::report::{Options, json};
    use wplint::run::Run;
    use wplint::settings::{Flags, Settings};

    fn report(run: &Run) -> String {
        let mut out = Vec::new();
        json::write(run, &Options::default(), &mut out).expect("memory takes everything");
        String::from_utf8(out).expect("UTF-8")
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 12,
            failure_persistence: None,
            rng_seed: proptest::test_runner::RngSeed::Fixed(11),
            ..ProptestConfig::default()
        })]

        /// Whatever is repaired first, the files lint to what was said to be left, and nothing is added.
        #[test]
        fn fixed_in_any_order_files_lint_to_what_was_left(
            picks in proptest::collection::vec((any::<bool>(), 1_u64..u64::MAX), 1..4)
        ) {
            let folder = tempfile::tempdir().expect("a folder");
            super::broken(folder.path(), 2);
            let paths = vec![PathBuf::from(".")];
            let flags = Flags {
                paths: paths.clone(),
                folder: folder.path().to_owned(),
                no_config: true,
                ..Flags::default()
            };
            let settings = Settings::load(&flags).expect("settings");
            for (safe, pick) in picks {
                let run = lint(&paths, &settings);
                let before = run.findings.len();
                let wanted = if safe { Wanted::Safe } else { Wanted::Unsafe };
                let chosen = |print: &str| {
                    let sum = print.bytes().fold(pick, |sum, byte| sum.rotate_left(5) ^ u64::from(byte));
                    sum.count_ones() % 2 == 0
                };
                let fixed = fix_some(run, &paths, &settings, wanted, |one| chosen(&one.fingerprint));
                for file in &fixed.files {
                    replace(&folder.path().join(&file.path), &file.old, &file.new).expect("written");
                }
                let fresh = lint(&paths, &settings);
                prop_assert!(fresh.findings.len() <= before);
                prop_assert_eq!(report(&fixed.run), report(&fresh));
            }
        }
    }
}
