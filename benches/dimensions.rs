//! Whether anything grows faster than its input: one dimension at a time is made four times as large, and four times
//! as large again.
//!
//! `cargo bench --bench dimensions` prints processor seconds, and the power that each dimension grows with between its
//! last two sizes; `-- kustomize volumes` measures those whose names hold one of the words.

mod measure;

use measure::{arguments, pool, thread_seconds};
use wplint::lint::lint_texts;
use wplint::report::{Format, Options};
use wplint::settings::Settings;

/// What grows faster is marked.
const MOST: f64 = 1.15;
/// How many there are of what grows.
const SIZES: [usize; 3] = [400, 1600, 6400];
/// What costs more by what it is: "did you mean" compares the names of idle entries with up to 1,000 others.
const KNOWN: &[&str] = &["kustomize images"];
/// Below so many seconds a difference says nothing.
const LEAST: f64 = 0.02;

type Files = Vec<(String, String)>;

/// What grows, and the files with so many of it. A file `.wplint.yaml` is the configuration.
type Dimension = (&'static str, fn(usize) -> Files);

const DIMENSIONS: &[Dimension] = &[
    ("documents", |n| one(many("---\n", n, |i| config_map(&format!("c{i}"), "a: b")))),
    ("broken documents", |n| one(many("---\n", n, |_| "a: [\nb: 1\n".to_owned()))),
    ("deployments", |n| one(many("---\n", n, |i| deployment(&format!("d{i}"), &format!("a: b{i}"), "")))),
    ("deployments with Services", |n| {
        one(many("---\n", n, |i| {
            let label = format!("a: b{i}");
            format!("{}---\n{}", deployment(&format!("d{i}"), &label, ""), service(&format!("d{i}"), &label))
        }))
    }),
    ("equal pods", |n| one(many("---\n", n, |i| deployment(&format!("d{i}"), "a: b", "")))),
    ("Services of one pod", |n| {
        let services = many("---\n", n, |i| service(&format!("s{i}"), "a: b"));
        one(format!("{}---\n{services}", deployment("d", "a: b", "")))
    }),
    ("budgets of one pod", |n| {
        let budget = |i| {
            format!(
                "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: p{i}, namespace: x}}\n\
                 spec: {{minAvailable: 1, selector: {{matchLabels: {{a: b}}}}}}\n"
            )
        };
        one(format!("{}---\n{}", deployment("d", "a: b", ""), many("---\n", n, budget)))
    }),
    ("namespaces", |n| {
        one(many("---\n", n, |i| {
            let all = format!("{}---\n{}", deployment("d", "a: b", ""), service("s", "a: b"));
            all.replace("namespace: x", &format!("namespace: n{i}"))
        }))
    }),
    ("containers", |n| {
        let containers = many("", n, |i| format!("      - {{name: c{i}, image: nginx, foo: 1}}\n"));
        one(deployment("d", "a: b", "").replace("      - {name: c, image: \"nginx:1\"}\n", &containers))
    }),
    ("containers on one line", |n| {
        let containers = many(", ", n, |i| format!("{{name: c{i}, image: nginx, foo: 1}}"));
        let block = "containers:\n      - {name: c, image: \"nginx:1\"}\n";
        one(deployment("d", "a: b", "").replace(block, &format!("containers: [{containers}]\n")))
    }),
    ("variables", |n| {
        one(with_env(many("", n, |i| format!("        - {{name: V{i}_HOST, value: h{i}}}\n"))))
    }),
    ("variables of one name", |n| {
        one(with_env(many("", n, |i| format!("        - {{name: V, value: x{i}}}\n"))))
    }),
    ("variables of each other", |n| {
        one(with_env(many("", n, |i| format!("        - {{name: V{}, value: \"$(V{i})\"}}\n", i + 1))))
    }),
    ("references to ConfigMaps", |n| {
        let env = many("", n, |i| {
            format!("        - {{name: V{i}, valueFrom: {{configMapKeyRef: {{name: c{i}, key: k}}}}}}\n")
        });
        let maps = many("---\n", n, |i| config_map(&format!("d{i}"), "a: b"));
        one(format!("{}---\n{maps}", with_env(env)))
    }),
    ("volumes", |n| {
        let volumes = many("", n, |i| format!("      - {{name: v{i}, configMap: {{name: c{i}}}}}\n"));
        let mounts = many(", ", n, |i| format!("{{name: v{i}, mountPath: /m{i}}}"));
        let spec = format!("      volumes:\n{volumes}");
        let container = "{name: c, image: \"nginx:1\"}";
        let mounted = format!("{{name: c, image: \"nginx:1\", volumeMounts: [{mounts}]}}");
        one(deployment("d", "a: b", &spec).replace(container, &mounted))
    }),
    ("labels", |n| {
        let labels = many(", ", n, |i| format!("k{i}: v"));
        one(format!("{}---\n{}", deployment("d", &labels, ""), service("s", &labels)))
    }),
    ("items of a List on one line", |n| {
        let item = |i| {
            format!(
                "{{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {{\"name\": \"p{i}\"}}, \
                 \"stringData\": {{\"a\": \"hunter{i}\"}}, \"foo\": 1}}"
            )
        };
        let items = many(", ", n, item);
        let text = format!("{{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{items}]}}\n");
        vec![("a.json".to_owned(), text)]
    }),
    ("unknown fields on one line", |n| {
        let fields = many(", ", n, |i| format!("foo{i}: 1"));
        one(format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: x}}, {fields}}}\n"))
    }),
    ("duplicate keys", |n| {
        one(config_map("x", "a: b").replace("{a: b}", &format!("\n{}", "  a: b\n".repeat(n))))
    }),
    ("marks of lines", |n| {
        one(with_env(many("", n, |i| {
            format!("        - {{name: V{i}, valeu: x}} # wplint: ignore[unknown-field] x\n")
        })))
    }),
    ("marks above an object", |n| {
        one("# wplint: ignore-object[single-replica] x\n".repeat(n) + &deployment("d", "a: b", ""))
    }),
    ("marks above an entry", |n| {
        one("# wplint: ignore[single-replica] x\n".repeat(n) + &deployment("d", "a: b", ""))
    }),
    ("idle annotations on one line", |n| {
        let item = |i| {
            format!(
                "{{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {{\"name\": \"p{i}\", \"annotations\": \
                 {{\"wplint.dev/ignore\": \"pdb-missing\"}}}}, \"spec\": {{\"containers\": [{{\"name\": \"c\", \
                 \"image\": \"nginx\"}}]}}}}"
            )
        };
        let text =
            format!("{{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{}]}}\n", many(", ", n, item));
        vec![("a.json".to_owned(), text)]
    }),
    ("overrides with findings", |n| {
        let overrides =
            many("", n, |i| format!("- {{object: {{name: \"x{i}*\"}}, ignore: [single-replica]}}\n"));
        let mut files = one(many("---\n", n, |i| deployment(&format!("d{i}"), &format!("a: b{i}"), "")));
        files.push((".wplint.yaml".to_owned(), format!("overrides:\n{overrides}")));
        files
    }),
    ("external names", |n| {
        let env = many("", n, |i| {
            format!("        - {{name: V{i}, valueFrom: {{secretKeyRef: {{name: s{i}, key: k}}}}}}\n")
        });
        let names = many("", n, |i| format!("  - \"x{i}-*\"\n"));
        let mut files = one(with_env(env));
        files.push((".wplint.yaml".to_owned(), format!("external:\n  secrets:\n{names}")));
        files
    }),
    ("kustomize generators", |n| {
        let generators = many("", n, |i| format!("- {{name: c{i}, literals: [a=b]}}\n"));
        let used = many("---\n", n, |i| {
            let volume = format!("      volumes: [{{name: v, configMap: {{name: c{i}}}}}]\n");
            deployment(&format!("d{i}"), "a: b", &volume)
        });
        built(&format!("configMapGenerator:\n{generators}"), used)
    }),
    ("kustomize namesakes", |n| {
        let volume = "      volumes: [{name: v, configMap: {name: c}}]\n";
        let all = many("---\n", n, |i| {
            let both = format!("{}---\n{}", config_map("c", "a: b"), deployment("d", "a: b", volume));
            both.replace("namespace: x", &format!("namespace: n{i}"))
        });
        built("namePrefix: p-\n", all)
    }),
    ("kustomize images", |n| {
        let images = many("", n, |i| format!("- {{name: n{i}, newTag: \"1\"}}\n"));
        let all = many("---\n", n / 10, |i| {
            deployment(&format!("d{i}"), "a: b", "").replace("nginx:1", &format!("n{i}"))
        });
        built(&format!("images:\n{images}"), all)
    }),
    ("kustomize labels", |n| {
        let labels = many(", ", n, |i| format!("k{i}: v"));
        built(&format!("commonLabels: {{{labels}}}\n"), deployment("d", "a: b", ""))
    }),
    ("kustomize patches", |n| {
        let patches = many("", n, |i| {
            format!(
                "- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {{name: d{i}, \
                 namespace: x, annotations: {{a{i}: b}}}}\n"
            )
        });
        let all = many("---\n", n, |i| deployment(&format!("d{i}"), "a: b", ""));
        built(&format!("patches:\n{patches}"), all)
    }),
    ("kustomize items of a patch", |n| {
        let env = many("", n, |i| format!("        - {{name: A{i}, value: x}}\n"));
        let new = many(", ", n, |i| format!("{{name: A{i}, value: y}}"));
        let patch = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d, namespace: x}}\n\
             spec: {{template: {{spec: {{containers: [{{name: c, env: [{new}]}}]}}}}}}\n"
        );
        let mut files = built("patches:\n- path: p.yaml\n", with_env(env));
        files.push(("p.yaml".to_owned(), patch));
        files
    }),
    ("kustomize operations", |n| {
        let operations =
            many("", n, |i| format!("    - {{op: add, path: /metadata/labels/k{i}, value: v}}\n"));
        let object =
            deployment("d", "a: b", "").replace("namespace: x\n", "namespace: x\n  labels: {a: b}\n");
        built(&format!("patches:\n- target: {{kind: Deployment}}\n  patch: |-\n{operations}"), object)
    }),
    ("kustomize replacements", |n| {
        let replacements = many("", n, |i| {
            format!(
                "- source: {{kind: Deployment, name: d{i}}}\n  targets: [{{select: {{kind: Deployment, name: \
                 d{i}}}, fieldPaths: [metadata.annotations.x], options: {{create: true}}}}]\n"
            )
        });
        let all = many("---\n", n, |i| deployment(&format!("d{i}"), "a: b", ""));
        built(&format!("replacements:\n{replacements}"), all)
    }),
    ("kustomize resources twice", |n| {
        let all = many("---\n", n, |i| config_map(&format!("c{i}"), "a: b"));
        let mut files = built("", all.clone());
        files[0].1 = "resources: [a.yaml, e.yaml]\n".to_owned();
        files.push(("e.yaml".to_owned(), all));
        files
    }),
    ("kustomize literals", |n| {
        let literals = many("", n, |i| format!("  - k{i}=v\n"));
        let generator = format!("configMapGenerator:\n- name: c\n  literals:\n{literals}");
        built(&generator, deployment("d", "a: b", ""))
    }),
];

fn one(text: String) -> Files {
    vec![("a.yaml".to_owned(), text)]
}

/// A kustomization over one file.
fn built(kustomization: &str, text: String) -> Files {
    let kustomization = format!("resources: [a.yaml]\n{kustomization}");
    vec![("kustomization.yaml".to_owned(), kustomization), ("a.yaml".to_owned(), text)]
}

fn many(between: &str, n: usize, text: impl Fn(usize) -> String) -> String {
    (0..n).map(text).collect::<Vec<_>>().join(between)
}

fn deployment(name: &str, labels: &str, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  namespace: x\nspec:\n  replicas: 2\n  \
         selector: {{matchLabels: {{{labels}}}}}\n  template:\n    metadata: {{labels: {{{labels}}}}}\n    spec:\n\
         {spec}      containers:\n      - {{name: c, image: \"nginx:1\"}}\n"
    )
}

/// A Deployment whose container has these variables.
fn with_env(env: String) -> String {
    let container = "      - {name: c, image: \"nginx:1\"}\n";
    let block = format!("      - name: c\n        image: nginx:1\n        env:\n{env}");
    deployment("d", "a: b", "").replace(container, &block)
}

fn service(name: &str, selector: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: x}}\n\
         spec: {{selector: {{{selector}}}, ports: [{{port: 80}}]}}\n"
    )
}

fn config_map(name: &str, data: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: x}}\ndata: {{{data}}}\n")
}

fn main() {
    let words = arguments();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let mut above = 0;
    println!("{:<32}{:>10}{:>10}{:>10}{:>8}", "", SIZES[0], SIZES[1], SIZES[2], "power");
    for (name, files) in DIMENSIONS.iter().filter(|one| wanted(one.0)) {
        let seconds = SIZES.map(|n| pool(1).install(|| measure(files(n))));
        let growth = (SIZES[2] as f64 / SIZES[1] as f64).ln();
        let power = (seconds[2] / seconds[1].max(1e-6)).ln() / growth;
        let is_above = power > MOST && seconds[2] > LEAST && !KNOWN.contains(name);
        above += usize::from(is_above);
        let [a, b, c] = seconds;
        let mark = if is_above { " above" } else { "" };
        println!("{name:<32}{a:>8.3} s{b:>8.3} s{c:>8.3} s{power:>8.2}{mark}");
    }
    println!("{above} above {MOST}");
    assert_eq!(above, 0, "something grows faster than its input");
}

/// Processor seconds of linting and reporting.
fn measure(mut files: Files) -> f64 {
    let config = files.iter().position(|file| file.0 == ".wplint.yaml").map(|at| files.remove(at).1);
    let start = thread_seconds();
    let settings =
        config.map_or_else(Settings::default, |text| Settings::from_config(&text).expect("it is one"));
    let run = lint_texts(files, &settings);
    let mut report = Vec::new();
    Format::Json.writer()(&run, &Options::default(), &mut report).expect("memory takes it");
    assert!(!report.is_empty(), "something is reported");
    thread_seconds() - start
}
