//! The environment of a container as the kubelet builds it, with the place of every step (facts 6.1–6.8).

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use foldhash::HashMap;

use super::{Inventory, scope};
use crate::document::Object;
use crate::kube::pod::Container;
use crate::kube::workload::Workload;
use crate::secrets::credential::noun;
use crate::yaml::Node;

/// A variable of a container.
#[derive(Clone, Debug)]
pub struct Variable<'a> {
    /// Its name, prefix included.
    pub name: Cow<'a, str>,
    /// Its value after expansion; `None` when it cannot be known from the input.
    pub value: Option<Cow<'a, str>>,
    /// Where the container asks for it: the literal, the key reference, or the `envFrom` entry.
    pub at: Node<'a>,
    /// The literal value, if its text is the variable's value as it stands.
    pub literal: Option<Node<'a>>,
    /// Where the value stands in a ConfigMap or Secret.
    pub origin: Option<Node<'a>>,
    /// It comes from a Secret, is called a credential, or is made of one that is: it is never shown.
    pub secret: bool,
    /// It is longer than any process can be given ([`Environment::LONGEST`]); what is made of it is, too.
    pub endless: bool,
}

/// How many bytes expansion may make for one container. Real ones make a few hundred.
const MOST: usize = 512 << 10;

/// What became of a text with `$(NAME)` in it.
#[derive(Clone, Debug, Default)]
pub struct Expanded<'t> {
    /// The text; `None` when a value that it needs cannot be known.
    pub text: Option<Cow<'t, str>>,
    /// A value in it is secret.
    pub secret: bool,
    /// It is longer than [`Environment::LONGEST`], so that nobody made it.
    pub endless: bool,
}

/// Up to so many variables, comparing is faster than hashing.
const FEW: usize = 16;

/// All variables of a container.
#[derive(Clone, Debug, Default)]
pub struct Environment<'a> {
    variables: Vec<Variable<'a>>,
    /// Where a name is, once there are too many to look through.
    places: HashMap<Cow<'a, str>, usize>,
    /// An `envFrom` source is not in the input, so there may be more.
    pub open: bool,
    /// Bytes that expansion made so far.
    made: usize,
}

impl<'a> Environment<'a> {
    /// How long a variable may be with its name, the equals sign and the final zero, in bytes: Linux starts no process
    /// with a longer one (fact 6.16).
    pub const LONGEST: usize = 128 << 10;

    /// The variables, in the order in which they were first set.
    pub fn variables(&self) -> &[Variable<'a>] {
        &self.variables
    }

    /// The variable of this name.
    pub fn get(&self, name: &str) -> Option<&Variable<'a>> {
        self.position(name).map(|at| &self.variables[at])
    }

    fn position(&self, name: &str) -> Option<usize> {
        if self.variables.len() <= FEW {
            return self.variables.iter().position(|one| one.name == name);
        }
        self.places.get(name).copied()
    }

    /// Later writes win (fact 6.2).
    fn set(&mut self, variable: Variable<'a>) {
        if let Some(at) = self.position(&variable.name) {
            self.variables[at] = variable;
            return;
        }
        self.variables.push(variable);
        if self.variables.len() > FEW {
            let fresh = self.places.len()..self.variables.len();
            self.places.extend(fresh.map(|at| (self.variables[at].name.clone(), at)));
        }
    }

    /// Expands `$(NAME)` against what is set so far; what is not set stays as text (fact 6.7). Nothing is made that is
    /// longer than [`Environment::LONGEST`], since doubling a text takes one line.
    pub fn expand<'t>(&self, text: &'t str) -> Expanded<'t> {
        if !text.contains('$') {
            return Expanded { text: Some(Cow::Borrowed(text)), ..Expanded::default() };
        }
        let (mut secret, mut known, mut endless) = (false, true, false);
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            expanded.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            if let Some(tail) = after.strip_prefix('$') {
                expanded.push('$');
                rest = tail;
            } else if let Some((name, tail)) = after.strip_prefix('(').and_then(|body| body.split_once(')')) {
                match self.get(name) {
                    Some(variable) => {
                        secret |= variable.secret;
                        endless |= variable.endless;
                        match variable.value.as_deref() {
                            Some(value) if expanded.len() + value.len() <= Self::LONGEST => {
                                expanded.push_str(value)
                            }
                            Some(_) => endless = true,
                            None => known = false,
                        }
                    }
                    None => {
                        expanded.push_str("$(");
                        expanded.push_str(name);
                        expanded.push(')');
                    }
                }
                rest = tail;
            } else {
                expanded.push('$');
                rest = after;
            }
        }
        expanded.push_str(rest);
        let text = (known && !endless).then_some(Cow::Owned(expanded));
        Expanded { text, secret, endless }
    }
}

/// The value of a key of a ConfigMap or Secret, and where it stands. Secrets are decoded.
pub fn value_of<'a>(object: &Object<'a>, key: &str) -> Option<(Node<'a>, Option<Cow<'a, str>>)> {
    let plain =
        |field: &str| object.node.get(field).and_then(|data| data.entry(key)).map(|entry| entry.value);
    if object.kind != "Secret" {
        return plain("data").map(|node| (node, node.str().map(Cow::Borrowed)));
    }
    // On write `stringData` overwrites `data` (fact 6.12).
    if let Some(node) = plain("stringData") {
        return Some((node, node.str().map(Cow::Borrowed)));
    }
    let node = plain("data")?;
    Some((node, node.str().and_then(decode).map(Cow::Owned)))
}

/// Decodes base64 as the API server does: line breaks inside are ignored (fact 6.13).
pub fn decode(text: &str) -> Option<String> {
    let compact: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    String::from_utf8(STANDARD.decode(compact).ok()?).ok()
}

/// The keys of a ConfigMap or Secret that containers see (fact 6.5).
fn keys<'a>(object: &Object<'a>) -> impl Iterator<Item = &'a str> {
    let fields: &[&str] = if object.kind == "Secret" { &["data", "stringData"] } else { &["data"] };
    let object = *object;
    fields
        .iter()
        .filter_map(move |field| object.node.get(field))
        .flat_map(|data| data.entries())
        .map(|entry| entry.key.key_text())
}

impl<'a> Inventory<'a> {
    /// The ConfigMap or Secret that pods of a workload see under a name: one of their namespace, or one whose
    /// namespace is left open. `None` if there is none or more than one.
    pub fn config_source(&self, workload: &Workload<'a>, kind: &str, name: &str) -> Option<Object<'a>> {
        let namespace = self.namespace(&workload.object);
        let named = self.named_within(namespace, kind, name).filter(|object| object.group().is_empty());
        // Of those that are reached equally surely the first one is the least.
        named.copied().min_by_key(|object| std::cmp::Reverse(scope(namespace, self.namespace(object))))
    }

    /// What each source of `envFrom` gives a container, in their order.
    pub fn environment_sources(
        &self,
        workload: &Workload<'a>,
        container: Container<'a>,
    ) -> Vec<Vec<Variable<'a>>> {
        let of_source = |source: Node<'a>| {
            let mut environment = Environment::default();
            self.add_source(&mut environment, workload, source);
            environment.variables
        };
        container.list("envFrom").map(of_source).collect()
    }

    /// What `envFrom` alone gives a container.
    pub fn environment_from(&self, workload: &Workload<'a>, container: Container<'a>) -> Environment<'a> {
        let mut environment = Environment::default();
        for source in container.list("envFrom") {
            self.add_source(&mut environment, workload, source);
        }
        environment
    }

    /// The effective environment of a container.
    pub fn environment(&self, workload: &Workload<'a>, container: Container<'a>) -> Environment<'a> {
        let mut environment = self.environment_from(workload, container);
        for entry in container.env() {
            let name = entry.name();
            if name.is_empty() {
                continue;
            }
            let mut variable = Variable {
                name: Cow::Borrowed(name),
                value: None,
                at: entry.0,
                literal: None,
                origin: None,
                secret: false,
                endless: false,
            };
            match (entry.value(), entry.value_from()) {
                (Some(value), _) if !value.text().is_empty() => {
                    variable.at = value;
                    let expanded = value.str().map(|text| environment.expand(text)).unwrap_or_default();
                    if let Some(Cow::Owned(text)) = &expanded.text {
                        environment.made += text.len();
                    }
                    variable.secret = expanded.secret || noun(name).is_some();
                    variable.endless =
                        expanded.endless || name.len() + value.text().len() + 2 > Environment::LONGEST;
                    variable.value = expanded.text.filter(|_| environment.made <= MOST);
                    let same = variable.value.as_deref() == Some(value.text());
                    variable.literal = same.then_some(value);
                }
                (_, Some(from)) => {
                    if !self.resolve_reference(&mut variable, workload, from) {
                        continue;
                    }
                }
                _ => variable.value = Some(Cow::Borrowed("")),
            }
            environment.set(variable);
        }
        environment
    }

    fn add_source(&self, environment: &mut Environment<'a>, workload: &Workload<'a>, source: Node<'a>) {
        let prefix = source.get("prefix").map_or("", |prefix| prefix.text());
        for (field, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
            let Some(name) = source.get(field).and_then(|reference| reference.get("name")) else {
                continue;
            };
            let Some(object) = self.config_source(workload, kind, name.text()) else {
                environment.open = true;
                continue;
            };
            environment.open |= self.is_patched(&object);
            for key in keys(&object) {
                let Some((node, value)) = value_of(&object, key) else {
                    continue;
                };
                let full =
                    if prefix.is_empty() { Cow::Borrowed(key) } else { format!("{prefix}{key}").into() };
                environment.set(Variable {
                    name: full,
                    value,
                    at: name,
                    literal: None,
                    origin: Some(node),
                    secret: kind == "Secret",
                    endless: false,
                });
            }
        }
    }

    /// Fills in a `valueFrom`; `false` when the entry is skipped because it is optional and missing, which
    /// leaves an earlier value in place (fact 6.4).
    fn resolve_reference(
        &self,
        variable: &mut Variable<'a>,
        workload: &Workload<'a>,
        from: Node<'a>,
    ) -> bool {
        for (field, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
            let Some(reference) = from.get(field) else {
                continue;
            };
            let text = |key: &str| reference.get(key).map_or("", |node| node.text());
            variable.secret = kind == "Secret";
            variable.at = reference.get("key").unwrap_or(reference);
            let object = self.config_source(workload, kind, text("name"));
            let found = object.and_then(|object| value_of(&object, text("key")));
            if let Some((node, value)) = found {
                variable.origin = Some(node);
                variable.value = value;
            } else if reference.get("optional").is_some_and(|node| node.bool() == Some(true)) {
                // Not in view is not the same as not there, unless the object is in view and lacks the key.
                return object.is_none();
            }
            return true;
        }
        true
    }
}
