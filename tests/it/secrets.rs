//! Secret values are planted wherever people put them, and looked for in everything that a finding says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wplint::lint::lint_texts;
use wplint::report::{Format, Options};
use wplint::run::Run;
use wplint::settings::Settings;

/// Values that are nowhere else: short, long, with an odd character, inside others.
const PLANTED: &[&str] = &[
    "Zq7wArdvark",
    "Zq7bAdger42x",
    "Zq7cOrmorant9",
    "Zq7dUgong-5k",
    "Zq7eChidna0a1b2c3d4e5f6",
    "Zq7fErret77",
];

fn manifests() -> Vec<(String, String)> {
    let [one, two, three, four, five, six] = PLANTED else { unreachable!("six values") };
    let encoded = |text: &str| STANDARD.encode(text);
    let workload = format!(
        r#"apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      initContainers:
        - name: init
          image: app:1
          env: [{{name: PGPASSWORD, value: {one}}}]
      containers:
        - name: app
          image: app:1
          args: [--password={one}, --requirepass, {two}, --token={five}, --dsn=root:{three}@tcp(db:1)/x]
          ports: [{{name: http, containerPort: 80}}]
          env:
            - name: DB_PASSWORD
              value: "{one}"
            - name: API_TOKEN
              value: {five}
            - name: DATABASE_URL
              value: postgres://app:{two}@dbx:5432/app
            - name: CONNECTION
              value: Server=dbx;User Id=sa;Password={three};
            - name: NEO4J_AUTH
              value: neo4j/{four}
            - {{name: QUEUE_PASSWORD, valueFrom: {{secretKeyRef: {{name: db, key: password}}}}}}
            - {{name: REDIS_HOST, valueFrom: {{secretKeyRef: {{name: db, key: host}}}}}}
            - {{name: REDIS_PORT, valueFrom: {{secretKeyRef: {{name: db, key: port}}}}}}
            - {{name: MAIL_PASSWORD, valueFrom: {{configMapKeyRef: {{name: app, key: mail-password}}}}}}
          envFrom: [{{secretRef: {{name: db}}}}]
"#
    );
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\ndata:\n  password: {}\n  host: {}\n  port: {}\nstringData:\n  SMTP_PASSWORD: |\n    {six}\n",
        encoded(&format!("{six}\n")),
        encoded(&format!("{four}\n")),
        encoded("5432\n"),
    );
    let config = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: app}}\ndata:\n  DB_PASSWORD: {one}\n  URL: redis://:{two}@cache\n  mail-password: |\n    {three}\n  app.properties: |\n    a=b\n    db.password={four}\n    api.token={five}\n"
    );
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80, targetPort: http}]\n";
    let file = |name: &str, text: String| (name.to_owned(), text);
    vec![
        file("config.yaml", config),
        file("secret.yaml", secret),
        file("service.yaml", service.to_owned()),
        file("web.yaml", workload),
    ]
}

/// Everything findings say, in plain and in encoded form.
fn leaks(text: &str) -> Vec<String> {
    let forms = PLANTED.iter().flat_map(|value| {
        let encoded = STANDARD.encode(value);
        // The last group of characters depends on what follows.
        [(*value).to_owned(), encoded[..encoded.len() / 4 * 4 - 4].to_owned()]
    });
    forms.filter(|form| text.contains(form.as_str())).collect()
}

fn words(run: &Run) -> String {
    let mut words = String::new();
    for one in run.findings.iter().map(|one| &one.finding) {
        words.push_str(&one.message);
        words.push_str(one.label.as_deref().unwrap_or(""));
        words.push_str(one.help.as_deref().unwrap_or(""));
        one.also.iter().for_each(|label| words.push_str(&label.message));
        words.push('\n');
    }
    words
}

#[test]
fn findings_are_there_and_hold_no_value() {
    let run = lint_texts(manifests(), &Settings::default());
    let count = |rule: &str| run.findings.iter().filter(|one| one.finding.rule.name() == rule).count();
    assert_eq!(count("plaintext-secret"), 10, "{}", words(&run));
    assert_eq!(count("secret-in-config-map"), 4, "{}", words(&run));
    assert_eq!(count("secret-trailing-newline"), 5, "{}", words(&run));
    assert_eq!(leaks(&words(&run)), Vec::<String>::new(), "{}", words(&run));
}

#[test]
fn no_report_holds_a_value() {
    let run = lint_texts(manifests(), &Settings::default());
    for (name, format) in Format::ALL {
        let mut bytes = Vec::new();
        let options = Options { width: 200, ..Options::default() };
        format.writer()(&run, &options, &mut bytes).expect("a vector takes everything");
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().filter(|line| !leaks(line).is_empty()).collect();
        assert!(!text.is_empty() && lines.is_empty(), "{name}: {lines:#?}");
    }
}

#[test]
fn words_of_ours_are_not_taken_for_secrets_and_secrets_not_for_words() {
    let run = |value: &str| {
        let text = format!(
            "apiVersion: v1
kind: Pod
metadata: {{name: web}}
spec: {{containers: [{{name: web, image: 'example/web', env: [{{name: DB_PASSWORD, value: {value}}}]}}]}}
"
        );
        let run = lint_texts(vec![("a.yaml".to_owned(), text)], &Settings::default());
        let mut out = Vec::new();
        Format::Concise.writer()(&run, &Options::default(), &mut out).expect("memory takes everything");
        String::from_utf8(out).expect("UTF-8")
    };
    // `for everybody who may read the ***` would tell what the password is.
    let (plain, word) = (run("hunter2hunter2"), run("manifest"));
    assert_eq!(plain, word);
    assert!(plain.contains("holds a password in plain text"), "{plain}");
    // Nor would a hole in the name of the container tell less: it is `web`.
    assert!(!run("web").contains("***"), "{}", run("web"));
}

#[test]
fn a_slip_beside_a_secret_does_not_give_it_away() {
    let texts = [
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringDta:\n  password: Zq7aLEAK\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\np: Zq7aLEAK\n",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  pass: \"Zq7aLEAK\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n    image: a:1\n    env:\n    - name: DB_PASSWORD\n      vaule: Zq7aLEAK\n    - {name: SECRET_KEY, Value: Zq7aLEAK}\n    - name: API_TOKEN\n      value: [Zq7aLEAK]\n",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    env:\n    - name: DB_PASSWORD\n      value: Zq7aLEAK\n   image: [\n",
        "apiVersion: example.com/v1\nkind: Database\nmetadata: {name: a}\nspec:\n  adminPassword: Zq7aLEAK\n  adminPassword: Zq7aLEAK\n",
    ];
    let settings = Settings::default();
    for text in texts {
        let run = lint_texts(vec![("a.yaml".to_owned(), text.to_owned())], &settings);
        assert!(!run.findings.is_empty(), "{text}");
        for (name, format) in Format::ALL {
            let mut out = Vec::new();
            format.writer()(&run, &Options::default(), &mut out).expect("memory takes everything");
            let out = String::from_utf8(out).expect("UTF-8");
            assert!(!out.contains("LEAK"), "{name}:\n{out}");
        }
    }
}

/// Everything that all formats print of these files.
fn printed(files: &[(&str, &str)]) -> String {
    let texts = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let run = lint_texts(texts, &Settings::default());
    assert!(!run.findings.is_empty(), "{files:?}");
    let mut all = String::new();
    for (_, format) in Format::ALL {
        let mut out = Vec::new();
        format.writer()(&run, &Options::default(), &mut out).expect("memory takes everything");
        all.push_str(&String::from_utf8_lossy(&out));
    }
    all
}

/// Containers with this environment, beside a Secret and a ConfigMap.
fn with_environment(container: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{k: Zq7aLEAK}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d}}\nspec:\n  selector: {{matchLabels: {{a: b}}}}\n  template:\n    metadata: {{labels: {{a: b}}}}\n    spec:\n      containers:\n      - name: c\n        image: nginx:1\n        {container}\n"
    )
}

/// A value that comes from a Secret stays one through every expansion.
#[test]
fn what_is_made_of_a_secret_is_secret() {
    let from = "{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}";
    for variables in [
        format!("env: [{from}, {{name: DB_HOST, value: $(A)}}]"),
        format!("env: [{from}, {{name: API_URL, value: 'http://$(A):80/'}}]"),
        format!("env: [{from}, {{name: DB_HOST, value: $(A).svc}}]"),
        format!("env: [{from}, {{name: B, value: $(A)}}, {{name: DB_HOST, value: $(B).prod.svc}}]"),
        "envFrom: [{secretRef: {name: s}}]\n        env: [{name: DB_HOST, value: $(k)}]".to_owned(),
        "env: [{name: DB_PASSWORD, value: Zq7aLEAK}, {name: API_HOST, value: $(DB_PASSWORD).svc}]".to_owned(),
    ] {
        let text = printed(&[("a.yaml", &with_environment(&variables))]);
        assert!(text.contains("host-unresolved"), "{variables}:\n{text}");
        assert!(!text.to_lowercase().contains("zq7aleak"), "{variables}:\n{text}");
        // What says where it comes from is no secret.
        assert!(!variables.contains("$(A)") || text.contains("$(A)"), "{variables}:\n{text}");
    }
}

#[test]
fn credentials_of_the_wrong_type() {
    for container in [
        "env: DB_PASSWORD=Zq7aLEAK",
        "env: [DB_PASSWORD=Zq7aLEAK]",
        "env: {DB_PASSWORD: Zq7aLEAK}",
        "env: [{name: DB_PASSWORD=Zq7aLEAK}]",
        "env: [{name: DB_PASSWORD, valueFrom: Zq7aLEAK}]",
        "env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: Zq7aLEAK}}]",
        "env: [{name: DB_PASSWORD, secret: Zq7aLEAK}]",
        "envFrom: PASSWORD=Zq7aLEAK",
        "args: --password Zq7aLEAK",
        "args: [[--password=Zq7aLEAK]]",
        "args: [--password, [Zq7aLEAK]]",
        "command: mysql -pZq7aLEAK",
        "command: {token: Zq7aLEAK}",
        "imagePullPolicy: password=Zq7aLEAK",
        "resources: {limits: {cpu: password=Zq7aLEAK}}",
        "securityContext: token=Zq7aLEAK",
        "livenessProbe: {httpGet: {port: 80, httpHeaders: 'Authorization=Bearer Zq7aLEAK'}}",
        "livenessProbe: {httpGet: {port: 80, path: [x], httpHeaders: [{name: Cookie, value: s=Zq7aLEAK}]}}",
        "lifecycle: {preStop: {exec: {command: 'redis-cli -a Zq7aLEAK shutdown'}}}",
    ] {
        let text = printed(&[("a.yaml", &with_environment(container))]);
        assert!(!text.contains("LEAK"), "{container}:\n{text}");
    }
}

#[test]
fn secrets_of_odd_shape() {
    for rest in [
        "metadata: {name: a, data: {k: Zq7aLEAK}}\nfoo: 1",
        "metadata: [Zq7aLEAK]",
        "metadata: {name: a, annotations: {copy: '{\"k\":\"Zq7aLEAK\"}'}}\nfoo: 1",
        "metadata: {name: a}\nstringData:\n  k: yes # was Zq7aLEAK\n",
        "metadata: {name: a}\nimmutable: Zq7aLEAK",
        "metadata: {name: a}\ntype: [Zq7aLEAK]",
        "metadata: {name: a}\nstringData: {'Zq7aLEAK x': 1}",
        "metadata: {name: a}\nstringData: {k: x}\n...\nstringData: {k: Zq7aLEAK}",
        "metadata: {name: a}\nstringData:\n  k: |\n---Zq7aLEAK\n    x\n",
        "metadata: {name: a}\nstringData:\r  k: |\r    Zq7aLEAK\u{200b}\r",
    ] {
        let text = printed(&[("a.yaml", &format!("apiVersion: v1\nkind: Secret\n{rest}\n"))]);
        assert!(!text.contains("LEAK"), "{rest}:\n{text}");
    }
}

#[test]
fn secrets_of_kustomizations() {
    let deployment = with_environment("args: []");
    for kustomization in [
        "secretGenerator: [{name: s, literals: [a=Zq7aLEAK], foo: 1}]",
        "secretGenerator:\n  name: s\n  literals: [a=Zq7aLEAK]",
        "secretGenerator:\n- name: s\n  literals:\n  - a=1\n  x: [\n  - b=Zq7aLEAK",
        "patches:\n- patch: |-\n    - op: add\n      path: /stringData/a\n      value: Zq7aLEAK\n  target: {kind: Secret, name: nope}",
        "patches:\n- patch: '{apiVersion: v1, kind: Secret, metadata: {name: nope}, stringData: {a: Zq7aLEAK}}'",
        "helmCharts:\n- name: x\n  valuesInline: {auth: {password: Zq7aLEAK}}\n  foo: 1",
        "secretGenerator: [{name: t, files: [pw.yaml]}]",
    ] {
        let kustomization = format!("resources: [d.yaml]\n{kustomization}\n");
        let files = [
            ("d.yaml", &*deployment),
            ("kustomization.yaml", &kustomization),
            ("pw.yaml", "a: Zq7aLEAK\nb: [\n"),
        ];
        let files = if kustomization.contains("pw.yaml") { &files[..] } else { &files[..2] };
        let text = printed(files);
        assert!(!text.contains("LEAK"), "{kustomization}:\n{text}");
    }
}

#[test]
fn the_password_of_a_registry_is_not_repeated() {
    let pod = |image: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: a, image: \"{image}\"}}]}}\n"
        )
    };
    for image in ["https://u:Zq7wArdvark@reg.io/x", "https://u:Zq7wArdvark@reg.io/x y"] {
        let text = pod(image);
        let shown = printed(&[("a.yaml", &text)]);
        assert!(shown.contains("image-name-invalid"), "{shown}");
        assert!(!shown.contains("Zq7wArdvark"), "{shown}");
    }
}
