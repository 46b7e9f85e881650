//! The language server through the program itself: what an editor sends, and what it is told.

use std::collections::VecDeque;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: registry.example.org/web:1.2
        ports: [{name: http, containerPort: 8080}]
        env:
        - name: BACKEND
          value: http://api.shop.svc:9000
        - name: LEVEL
          valueFrom: {configMapKeyRef: {name: settings, key: level}}
";

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector:
    app: web
  ports: [{port: 80, targetPort: http}]
";

const API: &str = "apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec:
  selector: {app: api}
  ports: [{name: rest, port: 9000}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data:
  level: debug
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 4
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  rules:
  - host: shop.example.org
    http:
      paths:
      - path: /
        pathType: Prefix
        backend: {service: {name: web, port: {number: 80}}}
";

pub struct Editor {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    pub folder: PathBuf,
    next: i64,
    /// Notifications and requests that came while something else was waited for.
    aside: VecDeque<Value>,
    capabilities: Value,
}

impl Editor {
    pub fn start(folder: &Path, capabilities: Value) -> Editor {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wplint"))
            .arg("server")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let folder = folder.to_owned();
        let aside = VecDeque::new();
        let mut editor = Editor { child, input, output, folder, next: 0, aside, capabilities: Value::Null };
        let folder = editor.uri("");
        let folders = json!([{"uri": folder.trim_end_matches('/'), "name": "shop"}]);
        let params = json!({"processId": null, "capabilities": capabilities, "workspaceFolders": folders});
        editor.capabilities = editor.ask("initialize", params);
        editor.tell("initialized", json!({}));
        editor
    }

    /// What is offered behind a part of a text.
    pub fn offered(&mut self, path: &str, text: &str, part: &str) -> Vec<String> {
        self.open(path, text);
        let start = text.find(part).expect("a place") + part.len();
        let line = text[..start].matches('\n').count();
        let column = start - text[..start].rfind('\n').map_or(0, |at| at + 1);
        let params = json!({"textDocument": {"uri": self.uri(path)},
                            "position": {"line": line, "character": column}});
        let answer = self.ask("textDocument/completion", params);
        let labels = answer["items"].as_array().expect("a list").iter();
        labels.map(|one| one["label"].as_str().expect("a word").to_owned()).collect()
    }

    pub fn uri(&self, path: &str) -> String {
        format!("file://{}/{path}", self.folder.to_str().expect("UTF-8"))
    }

    pub fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let input = self.input.as_mut().expect("it is open");
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("it listens");
        input.flush().expect("it listens");
    }

    pub fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    pub fn read(&mut self) -> Value {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.output.read_exact(&mut byte).expect("a message");
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).expect("a head");
        let length = head.trim().rsplit(' ').next().and_then(|text| text.parse().ok()).expect("a length");
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).expect("a body");
        serde_json::from_slice(&body).expect("JSON")
    }

    pub fn request(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params}));
        self.next
    }

    pub fn response(&mut self, id: i64) -> Value {
        loop {
            let message = self.read();
            if message["id"] == json!(id) && message.get("method").is_none() {
                return message;
            }
            self.aside.push_back(message);
        }
    }

    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        let response = self.response(id);
        assert!(response.get("error").is_none(), "{method}: {response}");
        response["result"].clone()
    }

    /// The next diagnostics that are published of a file, in the given version if one is.
    pub fn published(&mut self, path: &str, version: Option<i64>) -> Vec<Value> {
        let uri = self.uri(path);
        let fits = |message: &Value| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == json!(uri)
                && version.is_none_or(|version| message["params"]["version"] == json!(version))
        };
        if let Some(at) = self.aside.iter().position(&fits) {
            let message = self.aside.remove(at).expect("it was found");
            return message["params"]["diagnostics"].as_array().expect("a list").clone();
        }
        loop {
            let message = self.read();
            if fits(&message) {
                return message["params"]["diagnostics"].as_array().expect("a list").clone();
            }
            self.aside.push_back(message);
        }
    }

    pub fn open(&mut self, path: &str, text: &str) {
        let document = json!({"uri": self.uri(path), "languageId": "yaml", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
    }

    pub fn change(&mut self, path: &str, version: i64, changes: Value) {
        let document = json!({"uri": self.uri(path), "version": version});
        self.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
    }

    /// A place: the last letter of the first `part` of a text.
    pub fn at(&self, path: &str, text: &str, part: &str) -> Value {
        let start = text.find(part).unwrap_or_else(|| panic!("{part}")) + part.len() - 1;
        let line = text[..start].matches('\n').count();
        let column = start - text[..start].rfind('\n').map_or(0, |at| at + 1);
        json!({"textDocument": {"uri": self.uri(path)}, "position": {"line": line, "character": column}})
    }

    /// The lines that an answer with locations names, as `file:line`, counted from 1.
    pub fn lines(&self, answer: &Value) -> Vec<String> {
        let base = self.uri("");
        let line = |one: &Value| {
            let path = one["uri"].as_str().expect("an address").trim_start_matches(&base).to_owned();
            format!("{path}:{}", one["range"]["start"]["line"].as_u64().expect("a line") + 1)
        };
        answer.as_array().expect("a list").iter().map(line).collect()
    }

    pub fn stop(mut self) {
        let null = self.ask("shutdown", Value::Null);
        assert_eq!(null, Value::Null);
        self.tell("exit", Value::Null);
        drop(self.input.take());
        assert!(self.child.wait().expect("it ends").success());
    }
}

fn shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in [("web.yaml", WEB), ("service.yaml", SERVICE), ("api.yaml", API)] {
        std::fs::write(folder.path().join(path), text).expect("written");
    }
    folder
}

pub fn plain() -> Value {
    json!({"textDocument": {"publishDiagnostics": {"relatedInformation": true}}})
}

fn codes(found: &[Value]) -> Vec<&str> {
    found.iter().map(|one| one["code"].as_str().expect("a rule")).collect()
}

#[test]
fn an_edit_in_one_file_is_told_of_in_another() {
    let folder = shop();
    let mut editor = Editor::start(folder.path(), plain());
    assert_eq!(editor.capabilities["capabilities"]["positionEncoding"], "utf-16");
    // Nothing is open yet, and `api` selects nothing.
    let found = editor.published("api.yaml", None);
    assert!(codes(&found).contains(&"service-selects-nothing"), "{found:?}");
    editor.open("web.yaml", WEB);
    let before = editor.published("web.yaml", Some(1));
    assert!(!codes(&before).contains(&"configmap-key-missing"), "{before:?}");
    // A letter is lost in the label of the pods, without the file being saved.
    let line = WEB[..WEB.find("        app: web").expect("a label")].matches('\n').count();
    let range = json!({"start": {"line": line, "character": 15}, "end": {"line": line, "character": 16}});
    editor.change("web.yaml", 2, json!([{"range": range, "text": ""}]));
    let here = editor.published("web.yaml", Some(2));
    assert!(here.iter().any(|one| one["severity"] == 1), "{here:?}");
    let related = here.iter().filter_map(|one| one["relatedInformation"].as_array());
    assert!(related.flatten().count() > 0, "{here:?}");
    editor.change("web.yaml", 3, json!([{"text": WEB}]));
    let after = editor.published("web.yaml", Some(3));
    assert_eq!(codes(&after), codes(&before));
    editor.stop();
}

#[test]
fn names_lead_to_their_definitions_and_uses() {
    let folder = shop();
    let mut editor = Editor::start(folder.path(), plain());
    let definition = |editor: &mut Editor, path: &str, text: &str, part: &str| {
        let place = editor.at(path, text, part);
        let answer = editor.ask("textDocument/definition", place);
        editor.lines(&answer)
    };
    // Service to pods, target port to container port, key, autoscaler, host, Ingress.
    assert_eq!(definition(&mut editor, "service.yaml", SERVICE, "    app: web"), ["web.yaml:10"]);
    assert_eq!(definition(&mut editor, "service.yaml", SERVICE, "selector"), ["web.yaml:3"]);
    assert_eq!(definition(&mut editor, "service.yaml", SERVICE, ": http"), ["web.yaml:15"]);
    assert_eq!(definition(&mut editor, "web.yaml", WEB, "key: level"), ["api.yaml:12"]);
    assert_eq!(definition(&mut editor, "web.yaml", WEB, "name: settings"), ["api.yaml:10"]);
    assert_eq!(definition(&mut editor, "web.yaml", WEB, "//api."), ["api.yaml:3"]);
    assert_eq!(definition(&mut editor, "api.yaml", API, "Deployment, name: web"), ["web.yaml:3"]);
    assert_eq!(definition(&mut editor, "api.yaml", API, "service: {name: web"), ["service.yaml:3"]);
    assert_eq!(definition(&mut editor, "api.yaml", API, "number: 80"), ["service.yaml:7"]);
    let place = editor.at("service.yaml", SERVICE, "{name: web");
    let params = json!({"textDocument": place["textDocument"], "position": place["position"],
                        "context": {"includeDeclaration": false}});
    let answer = editor.ask("textDocument/references", params);
    assert_eq!(editor.lines(&answer), ["api.yaml:32"]);
    let hover = editor.at("api.yaml", API, "service: {name: web");
    let hover = editor.ask("textDocument/hover", hover);
    let text = hover["contents"]["value"].as_str().expect("a text");
    assert!(text.contains("Service `web` in namespace `shop`"), "{text}");
    assert!(text.contains("selects pods of Deployment `web`, 2 replicas"), "{text}");
    let outline = json!({"textDocument": {"uri": editor.uri("web.yaml")}});
    let outline = editor.ask("textDocument/documentSymbol", outline);
    assert_eq!(outline[0]["name"], "Deployment web");
    assert_eq!(outline[0]["children"][0]["name"], "web");
    editor.stop();
}

/// Applies a `WorkspaceEdit` to files on the disk.
pub fn apply(editor: &Editor, edit: &Value) {
    let changes = edit["changes"].as_object().unwrap_or_else(|| panic!("{edit}"));
    for (uri, edits) in changes {
        let path = editor.folder.join(uri.trim_start_matches(&editor.uri("")));
        let mut text = std::fs::read_to_string(&path).expect("readable");
        let mut edits: Vec<&Value> = edits.as_array().expect("a list").iter().collect();
        let key = |edit: &Value| {
            let at = |end: &str, of: &str| edit["range"][end][of].as_u64().expect("a number") as usize;
            (at("start", "line"), at("start", "character"), at("end", "line"), at("end", "character"))
        };
        edits.sort_by_key(|edit| std::cmp::Reverse(key(edit)));
        for edit in edits {
            let (line, column, end_line, end_column) = key(edit);
            let offset = |line: usize, column: usize| {
                text.split_inclusive('\n').take(line).map(str::len).sum::<usize>() + column
            };
            let (start, end) = (offset(line, column), offset(end_line, end_column));
            text.replace_range(start..end, edit["newText"].as_str().expect("a text"));
        }
        std::fs::write(&path, text).expect("written");
    }
}

#[test]
fn names_are_changed_everywhere() {
    let folder = shop();
    let mut editor = Editor::start(folder.path(), plain());
    let mut rename = |path: &str, text: &str, part: &str, name: &str| {
        let place = editor.at(path, text, part);
        let mut params = place.clone();
        params["newName"] = json!(name);
        let edit = editor.ask("textDocument/rename", params);
        apply(&editor, &edit);
        let changed: Vec<Value> = ["web.yaml", "service.yaml", "api.yaml"]
            .iter()
            .map(|path| json!({"uri": editor.uri(path), "type": 2}))
            .collect();
        editor.tell("workspace/didChangeWatchedFiles", json!({"changes": changed}));
    };
    rename("service.yaml", SERVICE, "    app: web", "front");
    rename("web.yaml", WEB, "name: http", "main");
    rename("api.yaml", API, "{name: api", "back-end");
    rename("api.yaml", API, "  level", "depth");
    let read = |path: &str| std::fs::read_to_string(folder.path().join(path)).expect("readable");
    let web = read("web.yaml");
    assert!(web.contains("matchLabels: {app: front}") && web.contains("        app: front\n"), "{web}");
    assert!(web.contains("{name: main, containerPort: 8080}"), "{web}");
    assert!(web.contains("http://back-end.shop.svc:9000"), "{web}");
    assert!(web.contains("{name: settings, key: depth}"), "{web}");
    let service = read("service.yaml");
    assert_eq!(
        service,
        SERVICE.replace("app: web", "app: front").replace("targetPort: http", "targetPort: main")
    );
    assert!(read("api.yaml").contains("metadata: {name: back-end, namespace: shop}"));
    editor.stop();
}

#[test]
fn findings_are_repaired_and_silenced() {
    let folder = shop();
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c\n    imagePullPolicy: ifnotpresent\n    image: nginx:1.29\n";
    std::fs::write(folder.path().join("pod.yaml"), text).expect("written");
    let mut editor = Editor::start(folder.path(), plain());
    let uri = editor.uri("pod.yaml");
    let range = json!({"start": {"line": 6, "character": 25}, "end": {"line": 6, "character": 25}});
    let params = json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": []}});
    let actions = editor.ask("textDocument/codeAction", params);
    let actions = actions.as_array().expect("a list").clone();
    let titled = |word: &str| {
        let found =
            actions.iter().find(|one| one["title"].as_str().is_some_and(|title| title.contains(word)));
        found.unwrap_or_else(|| panic!("{word} in {actions:#?}"))
    };
    assert_eq!(titled("IfNotPresent")["isPreferred"], true);
    let here = titled("here")["edit"].clone();
    apply(&editor, &here);
    let changed = json!({"changes": [{"uri": uri, "type": 2}]});
    editor.tell("workspace/didChangeWatchedFiles", changed.clone());
    let now = std::fs::read_to_string(folder.path().join("pod.yaml")).expect("readable");
    assert!(now.contains("ifnotpresent # wplint: ignore["), "{now}");
    let line = "    imagePullPolicy: ifnotpresent";
    std::fs::write(folder.path().join("pod.yaml"), text).expect("written");
    apply(&editor, &titled("IfNotPresent")["edit"]);
    let now = std::fs::read_to_string(folder.path().join("pod.yaml")).expect("readable");
    assert_eq!(now, text.replace(line, "    imagePullPolicy: IfNotPresent"));
    editor.tell("workspace/didChangeWatchedFiles", changed);
    editor.stop();
}

#[test]
fn names_that_exist_are_offered() {
    let folder = shop();
    let mut editor = Editor::start(folder.path(), plain());
    let mut offered = |path: &str, text: &str, part: &str| editor.offered(path, &text.replace('|', ""), part);
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: new, namespace: shop}\nspec:\n  selector:\n    app: \n  ports:\n  - port: 80\n    targetPort: \n";
    assert_eq!(offered("new.yaml", service, "    app: "), ["web"]);
    assert!(offered("new2.yaml", service, "targetPort: ").contains(&"http".to_owned()));
    let key = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop}\nspec:\n  containers:\n  - name: c\n    env:\n    - name: A\n      valueFrom:\n        configMapKeyRef:\n          name: settings\n          key: l\n    live\n";
    assert_eq!(offered("new3.yaml", key, "key: l"), ["level"]);
    assert_eq!(offered("new4.yaml", key, "    live"), ["livenessProbe"]);
    editor.stop();
}

#[test]
fn diagnostics_are_pulled_by_those_who_pull() {
    let folder = shop();
    let capabilities = json!({
        "general": {"positionEncodings": ["utf-8", "utf-16"]},
        "textDocument": {"diagnostic": {"dynamicRegistration": false}},
    });
    let mut editor = Editor::start(folder.path(), capabilities);
    assert_eq!(editor.capabilities["capabilities"]["positionEncoding"], "utf-8");
    assert_eq!(editor.capabilities["capabilities"]["diagnosticProvider"]["interFileDependencies"], true);
    let emoji = "# \u{1f600}\u{1f600} \u{1f600}\n".to_owned();
    let text = format!("{emoji}{API}");
    editor.open("api.yaml", &text);
    let params = json!({"textDocument": {"uri": editor.uri("api.yaml")}});
    let report = editor.ask("textDocument/diagnostic", params.clone());
    assert_eq!(report["kind"], "full");
    assert!(codes(report["items"].as_array().expect("a list")).contains(&"service-selects-nothing"));
    let mut again = params;
    again["previousResultId"] = report["resultId"].clone();
    assert_eq!(editor.ask("textDocument/diagnostic", again)["kind"], "unchanged");
    let all = editor.ask("workspace/diagnostic", json!({"previousResultIds": []}));
    let uris = all["items"].as_array().expect("a list").iter().map(|one| one["uri"].clone());
    assert!(uris.collect::<Vec<_>>().contains(&json!(editor.uri("api.yaml"))));
    editor.stop();
}

#[test]
fn the_configuration_is_read_again_when_it_changes() {
    let folder = shop();
    let mut editor = Editor::start(folder.path(), plain());
    let found = editor.published("api.yaml", None);
    assert!(codes(&found).contains(&"service-selects-nothing"), "{found:?}");
    let config = folder.path().join(".wplint.yaml");
    let changed = json!({"changes": [{"uri": editor.uri(".wplint.yaml"), "type": 1}]});
    std::fs::write(&config, "ignore: [service-selects-nothing]\n").expect("written");
    editor.tell("workspace/didChangeWatchedFiles", changed.clone());
    let found = editor.published("api.yaml", None);
    assert!(!codes(&found).contains(&"service-selects-nothing"), "{found:?}");
    std::fs::write(&config, "ignroe: []\n").expect("written");
    editor.tell("workspace/didChangeWatchedFiles", changed);
    let found = editor.published(".wplint.yaml", None);
    assert!(found[0]["message"].as_str().expect("a text").contains("ignroe"), "{found:?}");
    editor.stop();
}

#[test]
fn what_was_cancelled_is_not_answered_and_what_is_unknown_is_refused() {
    let folder = shop();
    let mut editor = Editor::start(folder.path(), plain());
    let place = editor.at("web.yaml", WEB, "name: settings");
    let id = editor.next + 1;
    editor.tell("$/cancelRequest", json!({"id": id}));
    editor.request("textDocument/hover", place);
    assert_eq!(editor.response(id)["error"]["code"], -32800);
    let id = editor.request("textDocument/formatting", json!({}));
    assert_eq!(editor.response(id)["error"]["code"], -32601);
    let id = editor.request("textDocument/hover", json!({"nonsense": true}));
    assert_eq!(editor.response(id)["error"]["code"], -32602);
    editor.stop();
}

/// Memory that a process has in use, in megabytes, where the system says so.
fn memory(id: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// `WPLINT_EDITS` sets the number of edits; without it a few prove that it works.
#[test]
fn a_large_workspace_is_followed_at_every_keystroke() {
    let edits: usize = std::env::var("WPLINT_EDITS").ok().and_then(|text| text.parse().ok()).unwrap_or(25);
    let folder = tempfile::tempdir().expect("a folder");
    for number in 0..500 {
        let dir = folder.path().join(format!("app-{:02}", number / 10));
        std::fs::create_dir_all(&dir).expect("a folder");
        for (name, text) in [("web", WEB), ("service", SERVICE), ("api", API)] {
            let text = text.replace("shop", &format!("shop-{}", number / 10));
            let text = text.replace("web", &format!("web-{number}"));
            let text = text.replace("name: api", &format!("name: api-{number}"));
            let text = text.replace("settings", &format!("settings-{number}"));
            std::fs::write(dir.join(format!("{name}-{number}.yaml")), text).expect("written");
        }
    }
    let path = "app-20/web-200.yaml";
    let text = std::fs::read_to_string(folder.path().join(path)).expect("readable");
    let start = Instant::now();
    let mut editor = Editor::start(folder.path(), plain());
    editor.open(path, &text);
    editor.published(path, Some(1));
    let first = start.elapsed();
    let line = text[..text.find("replicas").expect("a line")].matches('\n').count();
    let mut times: Vec<Duration> = Vec::new();
    let (mut early, id) = (None, editor.child.id());
    for edit in 0..edits {
        let number = if edit % 2 == 0 { "3" } else { "2" };
        let range = json!({"start": {"line": line, "character": 12}, "end": {"line": line, "character": 13}});
        let start = Instant::now();
        editor.change(path, edit as i64 + 2, json!([{"range": range, "text": number}]));
        editor.published(path, Some(edit as i64 + 2));
        times.push(start.elapsed());
        editor.aside.clear();
        if edit == edits / 5 {
            early = memory(id);
        }
    }
    times.sort();
    let late = memory(id);
    println!(
        "1,500 files: first diagnostics after {first:.0?}; {edits} keystrokes: median {:.1?}, 99 % {:.1?}; \
         memory {early:.0?} MB early, {late:.0?} MB late",
        times[times.len() / 2],
        times[times.len() * 99 / 100],
    );
    if let (Some(early), Some(late)) = (early, late) {
        assert!(late < early * 1.5 + 20.0, "memory grows: {early} MB, then {late} MB");
    }
    editor.stop();
}
