//! The language server in charts and on fields: values and the templates that use them, and what a field takes.

use std::path::Path;

use serde_json::{Value, json};

use super::server::{Editor, apply, plain};

const VALUES: &str = "replicas: 2
image:
  repository: registry.example.org/web
  tag: '1.27'
password: hunter2swordfish
resources:
  limits:
    memory: 128Mi
";

const PRODUCTION: &str = "image:
  tag: '1.28'
";

const TEMPLATE: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include \"web.name\" . }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        {{- with .Values.image }}
        image: {{ .repository }}:{{ .tag }}
        {{- end }}
        imagePullPolicy: {{ .Values.pull | default \"Always\" }}
        resources: {{ toYaml .Values.resources | nindent 10 }}
        env:
        - name: PASSWORD
          value: {{ .Values.password | quote }}
";

const HELPERS: &str = "{{- define \"web.name\" -}}web-{{ .Values.image.tag }}{{- end }}
";

fn chart() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    write("web/values.yaml", VALUES);
    write("web/values-production.yaml", PRODUCTION);
    write("web/templates/deployment.yaml", TEMPLATE);
    write("web/templates/_helpers.tpl", HELPERS);
    folder
}

fn definition(editor: &mut Editor, path: &str, text: &str, part: &str) -> Vec<String> {
    let place = editor.at(path, text, part);
    let answer = editor.ask("textDocument/definition", place);
    editor.lines(&answer)
}

fn references(editor: &mut Editor, path: &str, text: &str, part: &str) -> Vec<String> {
    let mut place = editor.at(path, text, part);
    place["context"] = json!({"includeDeclaration": false});
    let answer = editor.ask("textDocument/references", place);
    let mut lines = editor.lines(&answer);
    lines.sort();
    lines
}

fn hover(editor: &mut Editor, path: &str, text: &str, part: &str) -> String {
    let place = editor.at(path, text, part);
    let answer = editor.ask("textDocument/hover", place);
    answer["contents"]["value"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn values_lead_to_templates_and_back() {
    let folder = chart();
    let mut editor = Editor::start(folder.path(), plain());
    let (template, values) = ("web/templates/deployment.yaml", "web/values.yaml");
    assert_eq!(definition(&mut editor, template, TEMPLATE, ".Values.replicas"), ["web/values.yaml:1"]);
    assert_eq!(definition(&mut editor, template, TEMPLATE, "{{ .tag"), ["web/values.yaml:4"]);
    assert_eq!(definition(&mut editor, template, TEMPLATE, "with .Values.image"), ["web/values.yaml:2"]);
    assert_eq!(definition(&mut editor, template, TEMPLATE, "\"web.name"), ["web/templates/_helpers.tpl:1"]);
    let production = "web/values-production.yaml";
    assert_eq!(definition(&mut editor, production, PRODUCTION, "  tag"), ["web/values.yaml:4"]);
    let uses =
        ["web/templates/_helpers.tpl:1", "web/templates/deployment.yaml:16", "web/values-production.yaml:2"];
    assert_eq!(references(&mut editor, values, VALUES, "  tag"), uses);
    // The value of a key stands for the key.
    assert_eq!(references(&mut editor, values, VALUES, "'1.27"), uses);
    assert_eq!(
        references(&mut editor, "web/templates/_helpers.tpl", HELPERS, "web.name"),
        ["web/templates/deployment.yaml:4"]
    );
    let text = hover(&mut editor, template, TEMPLATE, "{{ .tag");
    assert!(text.contains("value `image.tag` of the chart in `web`"), "{text}");
    assert!(text.contains("default: `'1.27'` in `web/values.yaml:4`"), "{text}");
    assert!(
        text.contains("`'1.28'` in `web/values-production.yaml:2`") && text.contains("used 2 times"),
        "{text}"
    );
    let text = hover(&mut editor, template, TEMPLATE, ".Values.pull");
    assert!(text.contains("not set in the linted files") && text.contains("used once"), "{text}");
    let text = hover(&mut editor, template, TEMPLATE, ".Values.password");
    assert!(text.contains("a secret value") && !text.contains("hunter2"), "{text}");
    // Fields of templates are fields, too.
    let text = hover(&mut editor, template, TEMPLATE, "imagePullPolicy");
    assert!(text.contains("`Always`, `IfNotPresent`, `Never`"), "{text}");
    editor.stop();
}

#[test]
fn values_are_renamed_where_every_use_is_plain() {
    let folder = chart();
    let mut editor = Editor::start(folder.path(), plain());
    let mut ask = |path: &str, text: &str, part: &str, name: &str| {
        let mut params = editor.at(path, text, part);
        params["newName"] = json!(name);
        let id = editor.request("textDocument/rename", params);
        editor.response(id)
    };
    let refused = |answer: Value| answer["error"]["message"].as_str().unwrap_or_default().to_owned();
    // `toYaml` prints all that is below.
    let message = refused(ask("web/values.yaml", VALUES, "    memory", "cpu"));
    assert!(message.contains("web/templates/deployment.yaml:19"), "{message}");
    let message = refused(ask("web/values.yaml", VALUES, "  tag", "repository"));
    assert!(message.contains("already"), "{message}");
    let message = refused(ask("web/values.yaml", VALUES, "  tag", "the-tag"));
    assert!(message.contains("letters, digits"), "{message}");
    let edit = ask("web/templates/deployment.yaml", TEMPLATE, "{{ .tag", "version")["result"].clone();
    apply(&editor, &edit);
    let read = |path: &str| std::fs::read_to_string(folder.path().join(path)).expect("readable");
    assert_eq!(read("web/values.yaml"), VALUES.replace("  tag:", "  version:"));
    assert_eq!(read("web/values-production.yaml"), PRODUCTION.replace("tag", "version"));
    assert_eq!(read("web/templates/deployment.yaml"), TEMPLATE.replace(".tag", ".version"));
    assert_eq!(read("web/templates/_helpers.tpl"), HELPERS.replace(".tag", ".version"));
    editor.stop();
}

const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  project: default
  destination: {server: https://kubernetes.default.svc, namespace: shop}
  source:
    repoURL: https://git.example.org/shop.git
    targetRevision: main
    path: web
    helm:
      valuesObject:
        replicas: 3
";

/// A chart in a chart, with values of both in one file.
const OUTER: &str = "cache:
  size: 2
  enabled: true
global:
  domain: example.org
title: 'for {{ .Values.global.domain }}'
";

#[test]
fn values_are_found_wherever_they_are_given() {
    let folder = chart();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    write("apps/web.yaml", APPLICATION);
    let dependency = "dependencies:\n- {name: cache, version: 1.0.0, condition: cache.enabled}\n";
    write("shop/Chart.yaml", &format!("apiVersion: v2\nname: shop\nversion: 1.0.0\n{dependency}"));
    write("shop/values.yaml", OUTER);
    write("shop/charts/cache/Chart.yaml", "apiVersion: v2\nname: cache\nversion: 1.0.0\n");
    write("shop/charts/cache/values.yaml", "size: 1\nenabled: false\n");
    let inner = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: c}\ndata:\n  size: {{ .Values.size | quote }}\n  domain: {{ \
                 .Values.global.domain }}\n";
    write("shop/charts/cache/templates/c.yaml", inner);
    let mut editor = Editor::start(folder.path(), plain());
    let text = hover(&mut editor, "web/templates/deployment.yaml", TEMPLATE, ".Values.replicas");
    assert!(text.contains("`3` in `apps/web.yaml:13`"), "{text}");
    assert_eq!(
        definition(&mut editor, "apps/web.yaml", APPLICATION, "        replicas"),
        ["web/values.yaml:1"]
    );
    let template = "shop/charts/cache/templates/c.yaml";
    assert_eq!(definition(&mut editor, template, inner, ".Values.size"), ["shop/charts/cache/values.yaml:1"]);
    assert_eq!(
        definition(&mut editor, "shop/values.yaml", OUTER, "  size"),
        ["shop/charts/cache/values.yaml:1"]
    );
    assert_eq!(
        references(&mut editor, "shop/values.yaml", OUTER, "  size"),
        ["shop/charts/cache/templates/c.yaml:5", "shop/values.yaml:2",]
    );
    assert_eq!(definition(&mut editor, template, inner, "global.domain"), ["shop/values.yaml:5"]);
    let mut refused = |part: &str| {
        let mut params = editor.at("shop/values.yaml", OUTER, part);
        params["newName"] = json!("other");
        let id = editor.request("textDocument/rename", params);
        let answer = editor.response(id);
        answer["error"]["message"].as_str().unwrap_or_default().to_owned()
    };
    let condition = refused("  enabled");
    assert!(condition.contains("dependency") && condition.contains("shop/Chart.yaml:5"), "{condition}");
    let printed = refused("  domain");
    assert!(printed.contains("shop/values.yaml:6"), "{printed}");
    editor.stop();
}

#[test]
fn values_and_templates_are_offered() {
    let folder = chart();
    let mut editor = Editor::start(folder.path(), plain());
    let text = "kind: A\nspec:\n  a: {{ .Values.im\n";
    assert_eq!(editor.offered("web/templates/a.yaml", text, ".Values.im"), ["image"]);
    let text = "kind: A\nspec:\n  a: {{ $.Values.image. }}\n";
    assert_eq!(editor.offered("web/templates/b.yaml", text, "image."), ["repository", "tag"]);
    let text = "kind: A\nspec:\n  a: {{ include \"we\" . }}\n";
    assert_eq!(editor.offered("web/templates/c.yaml", text, "\"we"), ["web.name"]);
    // Outside of actions a template is a manifest.
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  rest\n";
    assert_eq!(editor.offered("web/templates/d.yaml", text, "  rest"), ["restartPolicy"]);
    editor.stop();
}

const DEFINITION: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Thing, plural: things, singular: thing}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size:
                type: integer
                minimum: 1
                default: 3
                description: How many there are.
";

const THING: &str = "apiVersion: example.org/v1
kind: Thing
metadata: {name: one}
spec:
  size: 2
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: web}
  spec:
    type: NodePort
    selector: {app: web}
    ports:
    - port: 80
      targetPort: 8080
";

#[test]
fn fields_say_what_they_take() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &Path, text: &str| std::fs::write(folder.path().join(path), text).expect("written");
    write(Path::new("definition.yaml"), DEFINITION);
    write(Path::new("thing.yaml"), THING);
    let mut editor = Editor::start(folder.path(), plain());
    let mut at = |part: &str| hover(&mut editor, "thing.yaml", THING, part);
    let size = at("  size");
    assert!(size.contains("**spec.size**: an integer\n- required\n- must be at least 1"), "{size}");
    assert!(size.contains("default: `3`\n\nHow many there are."), "{size}");
    let ty = at("    type");
    assert!(
        ty.contains("one of") && ty.contains("`LoadBalancer`") && ty.contains("default: `ClusterIP`"),
        "{ty}"
    );
    // The value is the field's, too.
    assert_eq!(at("type: NodePort"), ty);
    let port = at("- port");
    assert!(
        port.contains("**spec.ports.port**: an integer\n- required\n- must be from 1 to 65535"),
        "{port}"
    );
    let selector = at("    selector");
    assert!(selector.contains("a mapping of names to strings"), "{selector}");
    editor.stop();
}
