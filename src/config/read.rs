//! From the node tree of the configuration file to [`Config`], collecting every mistake on the way.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Config, ConfigError, FILE_NAME, Name, ObjectPattern, OverrideEntry, Problem};
use crate::files::scan::LARGEST;
use crate::files::{SourceFile, Span};
use crate::finding::Severity;
use crate::kube::pod_security::Level;
use crate::kube::quantity::Quantity;
use crate::kube::workload::CustomKind;
use crate::project::Context;
use crate::rules::own::PREFIX;
use crate::text::suggest::meant;
use crate::yaml::{self, Node, Scalar, Tree};

const KEYS: &[&str] = &[
    "extends",
    "baseline",
    "failOn",
    "format",
    "since",
    "maxFileSize",
    "kubernetesVersion",
    "select",
    "ignore",
    "severity",
    "exclude",
    "contexts",
    "overrides",
    "cluster",
    "complete",
    "external",
    "rules",
    "policies",
    "security",
    "preset",
    "workloads",
    "charts",
    "require",
];

pub(super) fn config(source: Arc<SourceFile>, folder: PathBuf) -> Result<Config, ConfigError> {
    let mut reader = Reader::default();
    let mut config = Config {
        source: Arc::clone(&source),
        folder,
        own: Vec::new(),
        policies: Vec::new(),
        extends: None,
        baseline: None,
        fail_on: None,
        format: Vec::new(),
        since: None,
        max_file_size: None,
        kubernetes_version: None,
        select: None,
        ignore: Vec::new(),
        severity: Vec::new(),
        exclude: Vec::new(),
        contexts: Vec::new(),
        overrides: Vec::new(),
        nodes: None,
        zones: None,
        domain: None,
        sender: None,
        complete: false,
        external: Vec::new(),
        security: None,
        preset: None,
        rules: Vec::new(),
        workloads: Vec::new(),
        charts: Vec::new(),
        require: Vec::new(),
        lines: Vec::new(),
    };
    if let Some(tree) = reader.tree(&source) {
        reader.duplicates(&tree);
        reader.top(tree.root(), &mut config);
    }
    let mut problems = reader.problems;
    problems.sort_by_key(|problem| problem.span);
    if !problems.is_empty() && !source.path.ends_with(FILE_NAME) && !looks_like_one(&source.text) {
        // Whatever this is, it is not shown: a link may lead to a file that nobody else may read.
        let why = "it is no configuration of wplint".to_owned();
        return Err(ConfigError::Unreadable { path: source.path.clone(), why });
    }
    if problems.is_empty() { Ok(config) } else { Err(ConfigError::Wrong { source, problems }) }
}

/// Whether a line begins with a key of a configuration, or with what is meant as one.
fn looks_like_one(text: &str) -> bool {
    let key = |line: &str| line.split_once(':').map(|(key, _)| key.trim_matches(['"', '\'', ' ']).to_owned());
    let known = |key: &String| KEYS.contains(&key.as_str()) || meant(key, KEYS.iter().copied()).is_some();
    text.lines().any(|line| key(line).is_some_and(|key| known(&key)))
}

#[derive(Default)]
pub(super) struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    /// Everything that is wrong.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Notes a mistake.
    pub(super) fn wrong(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        self.problems.push(Problem { span, message: message.into(), help });
    }

    /// The one document of the file; none for a file that is empty or holds only comments.
    fn tree(&mut self, source: &Arc<SourceFile>) -> Option<Tree> {
        let mut found: Option<Tree> = None;
        for piece in yaml::split(&source.text) {
            match yaml::parse(source, &piece) {
                Ok(tree) if tree.is_empty() => {}
                Ok(tree) if found.is_some() => {
                    self.wrong(tree.root().span(), "a configuration is one document", None);
                }
                Ok(tree) => found = Some(tree),
                Err(fault) => self.wrong(source.span(fault.range), fault.message, None),
            }
        }
        found
    }

    fn duplicates(&mut self, tree: &Tree) {
        for duplicate in tree.duplicates() {
            let key = tree.node(duplicate.second);
            self.wrong(key.span(), format!("`{}` is written twice", key.text()), None);
        }
    }

    fn top(&mut self, root: Node<'_>, config: &mut Config) {
        let known = self.fields(root, "the configuration", KEYS);
        for (key, name, value) in known {
            let line = config.source.place(key.span().start).line;
            config.lines.push((name, line));
            if value.is_null() {
                continue;
            }
            match name {
                "kubernetesVersion" => match super::parse_versions(value.text()) {
                    Ok(versions) => config.kubernetes_version = Some(versions),
                    Err(message) => self.wrong(value.span(), message, None),
                },
                "extends" => config.extends = self.name(value),
                "baseline" => config.baseline = self.name(value),
                "failOn" => config.fail_on = self.name(value),
                "format" if value.is_sequence() => config.format = self.names(value),
                "format" => config.format = self.name(value).into_iter().collect(),
                "since" => config.since = self.name(value),
                "maxFileSize" => config.max_file_size = self.size(value),
                "select" => config.select = Some(self.names(value)),
                "ignore" => config.ignore = self.names(value),
                "severity" => config.severity = self.severities(value),
                "exclude" => config.exclude = self.names(value),
                "contexts" => config.contexts = self.contexts(value),
                "overrides" => config.overrides = self.overrides(value),
                "cluster" => self.cluster(value, config),
                "complete" => match value.bool() {
                    Some(complete) => config.complete = complete,
                    None => self.wrong(value.span(), "`complete` is `true` or `false`", None),
                },
                "external" => config.external = self.external(value),
                "preset" => config.preset = self.name(value),
                "security" => self.security(value, config),
                "rules" => self.rules(value, config),
                "policies" => config.policies = self.names(value),
                "charts" => config.charts = self.charts(value),
                "require" => config.require = self.requirements(value),
                _ => config.workloads = self.workloads(value),
            }
        }
    }

    /// The known fields of a mapping; everything else is a mistake.
    pub(super) fn fields<'a>(
        &mut self,
        node: Node<'a>,
        what: &str,
        known: &[&'static str],
    ) -> Vec<(Node<'a>, &'static str, Node<'a>)> {
        if !node.is_mapping() {
            self.wrong(node.span(), format!("{what} is a mapping"), None);
        }
        let mut fields = Vec::new();
        for entry in node.entries() {
            let text = entry.key.text();
            if let Some(name) = known.iter().find(|name| **name == text) {
                fields.push((entry.key, *name, entry.value));
                continue;
            }
            let help = match meant(text, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known keys: {}", known.join(", ")),
            };
            self.wrong(entry.key.span(), format!("unknown key `{text}` in {what}"), Some(help));
        }
        fields
    }

    /// A text.
    pub(super) fn name(&mut self, node: Node<'_>) -> Option<Name> {
        if node.is_mapping() || node.is_sequence() || node.is_null() {
            self.wrong(node.span(), "a text is expected here", None);
            return None;
        }
        Some(Name { text: node.text().to_owned(), span: inner(node) })
    }

    /// A number of bytes, as Kubernetes writes quantities.
    fn size(&mut self, node: Node<'_>) -> Option<u64> {
        let bytes = Quantity::read(node).filter(|one| one.is_whole()).and_then(Quantity::milli);
        let bytes = bytes.and_then(|milli| u64::try_from(milli / 1000).ok());
        let bytes = bytes.filter(|bytes| (1..=LARGEST).contains(bytes));
        if bytes.is_none() {
            self.wrong(node.span(), "`maxFileSize` is a size of up to 2 GiB, such as `64Mi`", None);
        }
        bytes
    }

    /// A list of texts.
    pub(super) fn names(&mut self, node: Node<'_>) -> Vec<Name> {
        if !node.is_sequence() {
            self.wrong(node.span(), "a list is expected here", None);
            return Vec::new();
        }
        node.items().filter_map(|item| self.name(item)).collect()
    }

    /// Whether it is a mapping, which it should be.
    pub(super) fn mapping(&mut self, node: Node<'_>, what: &str) -> bool {
        if !node.is_mapping() {
            self.wrong(node.span(), format!("{what} is a mapping"), None);
        }
        node.is_mapping()
    }

    fn severities(&mut self, node: Node<'_>) -> Vec<(Name, Severity)> {
        let mut found = Vec::new();
        if !self.mapping(node, "`severity`") {
            return found;
        }
        for entry in node.entries() {
            let severity = self.severity(entry.value);
            found.extend(self.name(entry.key).zip(severity));
        }
        found
    }

    fn overrides(&mut self, node: Node<'_>) -> Vec<OverrideEntry> {
        if !node.is_sequence() {
            self.wrong(node.span(), "`overrides` is a list", None);
        }
        let mut found = Vec::new();
        for item in node.items() {
            let mut entry = OverrideEntry {
                paths: Vec::new(),
                object: None,
                ignore: Vec::new(),
                reason: None,
                span: item.span(),
            };
            for (_, name, value) in self.fields(item, "an override", &["paths", "object", "ignore", "reason"])
            {
                match name {
                    "paths" => entry.paths = self.names(value),
                    "object" => entry.object = Some(self.object(value, "`object`")),
                    "ignore" => entry.ignore = self.names(value),
                    _ => entry.reason = self.name(value).map(|name| name.text),
                }
            }
            if item.is_mapping() {
                if entry.ignore.is_empty() {
                    self.wrong(item.span(), "an override needs `ignore`, a list of rules or groups", None);
                }
                if entry.paths.is_empty() && entry.object.is_none() {
                    let message = "an override needs `paths` or `object`";
                    let help = "to turn a rule off everywhere, list it under `ignore` at the top";
                    self.wrong(item.span(), message, Some(help.to_owned()));
                }
            }
            found.push(entry);
        }
        found
    }

    /// The pattern of objects under a key.
    pub(super) fn object(&mut self, node: Node<'_>, key: &str) -> ObjectPattern {
        let mut pattern = ObjectPattern::default();
        for (_, name, value) in self.fields(node, key, &["apiVersion", "kind", "namespace", "name"]) {
            let text = self.name(value);
            match name {
                "apiVersion" => pattern.api_version = text,
                "kind" => pattern.kind = text,
                "namespace" => pattern.namespace = text,
                _ => pattern.name = text,
            }
        }
        pattern
    }

    fn cluster(&mut self, node: Node<'_>, config: &mut Config) {
        for (_, name, value) in self.fields(node, "`cluster`", &["nodes", "zones", "domain", "request"]) {
            let number = value.int().and_then(|number| u32::try_from(number).ok()).filter(|&n| n > 0);
            match name {
                "domain" => config.domain = self.name(value).map(|name| name.text),
                "request" => config.sender = Some(self.sender(value)),
                _ if number.is_none() => {
                    self.wrong(value.span(), format!("`{name}` is a number of at least 1"), None);
                }
                "nodes" => config.nodes = number,
                _ => config.zones = number,
            }
        }
    }

    fn security(&mut self, node: Node<'_>, config: &mut Config) {
        for (_, _, value) in self.fields(node, "`security`", &["level"]) {
            config.security = Level::of(value.text());
            if config.security.is_none() {
                let help = meant(value.text(), ["baseline", "restricted"]);
                let help = help.map(|near| format!("did you mean `{near}`?"));
                self.wrong(value.span(), "a level is `baseline` or `restricted`", help);
            }
        }
    }

    fn external(&mut self, node: Node<'_>) -> Vec<(String, Vec<Name>)> {
        let fields = self.fields(node, "`external`", &super::external_lists());
        fields.into_iter().map(|(_, list, value)| (list.to_owned(), self.names(value))).collect()
    }

    fn contexts(&mut self, node: Node<'_>) -> Vec<(Option<Context>, Vec<Name>)> {
        let words: Vec<&str> = Context::ALL.iter().map(|one| one.name()).chain(["cluster"]).collect();
        let fields = self.fields(node, "`contexts`", &words);
        let context = |word: &str| Context::ALL.into_iter().find(|one| one.name() == word);
        fields.into_iter().map(|(_, word, value)| (context(word), self.names(value))).collect()
    }

    /// Options of rules, and rules of the team.
    fn rules(&mut self, node: Node<'_>, config: &mut Config) {
        if !self.mapping(node, "`rules`") {
            return;
        }
        for entry in node.entries() {
            let Some(name) = self.name(entry.key) else { continue };
            match name.text.starts_with(PREFIX) {
                true => {
                    let own = self.own_rule(name, entry.value, &config.source, &config.folder);
                    config.own.extend(own);
                }
                false => config.rules.push((name, value(entry.value), entry.value.span())),
            }
        }
    }

    fn workloads(&mut self, node: Node<'_>) -> Vec<CustomKind> {
        if !node.is_sequence() {
            self.wrong(node.span(), "`workloads` is a list", None);
        }
        let mut found = Vec::new();
        for item in node.items() {
            let mut kind = CustomKind {
                group: String::new(),
                kind: String::new(),
                replicas: Vec::new(),
                selector: Vec::new(),
                template: Vec::new(),
            };
            let known = &["apiVersion", "kind", "replicas", "selector", "template"];
            for (_, name, value) in self.fields(item, "a workload", known) {
                let text = value.text();
                match name {
                    "apiVersion" => kind.group = text.rsplit_once('/').map_or("", |pair| pair.0).to_owned(),
                    "kind" => kind.kind = text.to_owned(),
                    "replicas" => kind.replicas = self.path(value),
                    "selector" => kind.selector = self.path(value),
                    _ => kind.template = self.path(value),
                }
            }
            for needed in ["apiVersion", "kind", "template"] {
                if item.is_mapping() && item.get(needed).is_none() {
                    self.wrong(item.span(), format!("a workload needs `{needed}`"), None);
                }
            }
            found.push(kind);
        }
        found
    }

    /// `.spec.replicas` as a list of keys.
    fn path(&mut self, node: Node<'_>) -> Vec<String> {
        let text = node.text();
        let keys: Vec<String> = text.split('.').skip(1).map(str::to_owned).collect();
        if !text.starts_with('.') || keys.iter().any(String::is_empty) {
            let help = "write the way from the object's root, such as `.spec.template`";
            self.wrong(node.span(), format!("`{text}` is not a path"), Some(help.to_owned()));
        }
        keys
    }
}

/// The place of a scalar's text, without quotes where that is possible.
fn inner(node: Node<'_>) -> Span {
    let text = node.text();
    if node.source_text().contains(text) { node.part(0..text.len()) } else { node.span() }
}

/// The node as a value for a rule's own reader.
fn value(node: Node<'_>) -> yaml_serde::Value {
    use yaml_serde::Value;
    if node.is_mapping() {
        let pairs = node.entries().map(|entry| (value(entry.key), value(entry.value)));
        return Value::Mapping(pairs.collect());
    }
    if node.is_sequence() {
        return Value::Sequence(node.items().map(value).collect());
    }
    match node.scalar() {
        None | Some(Scalar::Null) => Value::Null,
        Some(Scalar::Bool(flag)) => Value::Bool(flag),
        Some(Scalar::Int(number)) => match i64::try_from(number) {
            Ok(number) => Value::Number(number.into()),
            Err(_) => Value::Number((number as u64).into()),
        },
        Some(Scalar::Float(number)) => Value::Number(number.into()),
        Some(Scalar::Str(text)) => Value::String(text.to_owned()),
    }
}
