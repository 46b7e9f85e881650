//! `vars`: one field's value in the place of `$(NAME)` in fields that are known to take it (kustomize's
//! `varreference.go`, `resaccumulator.go` and `filters/refvar`).

use std::sync::{Arc, OnceLock};

use foldhash::{HashMap, HashMapExt};

use super::budget::{Budget, ENDLESS};
use super::built::{Built, TroubleKind, Var};
use super::fields::{FieldSpec, Make};
use super::replacement;
use super::resource::{Gvk, effective, is_cluster_scoped};
use super::resources::Clue;
use super::value::{Data, Scalar, Tag, Text, Value};
use crate::files::Span;

/// Reads the entries of `vars` and remembers which object each of them is about.
pub fn gather(entries: &[Value], built: &mut Built) {
    for entry in entries {
        let name = entry.text_at(&["name"]);
        let about = |field: &str| entry.text_at(&["objref", field]);
        let path = Some(entry.text_at(&["fieldref", "fieldpath"])).filter(|path| !path.is_empty());
        let path =
            path.or_else(|| Some(entry.text_at(&["fieldref", "fieldPath"])).filter(|path| !path.is_empty()));
        // The version is one field, or two.
        let version = match (about("apiVersion"), about("group")) {
            ("", "") => about("version").to_owned(),
            ("", group) => format!("{group}/{}", about("version")),
            (written, _) => written.to_owned(),
        };
        let version = version.as_str();
        let gvk = Gvk::new(version, about("kind"));
        let anywhere = about("namespace").is_empty() && !is_cluster_scoped(version, gvk.kind);
        let found = built.resources.positions(Clue::Name(about("name")), |resource| {
            let own = resource.gvk();
            let same = |kind: &str, own_name: &str, namespace: &str| {
                Gvk { kind, ..own } == gvk
                    && own_name == about("name")
                    && (anywhere
                        || namespace == effective(about("namespace"))
                        || is_cluster_scoped(version, kind))
            };
            resource.former.iter().any(|one| same(&one.kind, &one.name, &one.namespace))
                || same(own.kind, resource.name(), resource.effective_namespace())
        });
        match found[..] {
            [at] => built.resources.change(at, |resource| resource.vars.push(name.into())),
            [] => {}
            _ => built.trouble(
                entry.span,
                TroubleKind::Build,
                format!("several objects match the variable `{name}`"),
            ),
        }
        let path = path.unwrap_or("metadata.name").to_owned();
        add(Var { name: name.into(), path, at: entry.span }, entry.span, built);
    }
}

/// Adds a variable; a second one of its name ends the build, be it the same.
pub fn add(var: Var, at: Span, built: &mut Built) {
    if built.vars.iter().any(|known| known.name == var.name) {
        return built.trouble(at, TroubleKind::Build, format!("the variable `{}` is there twice", var.name));
    }
    built.vars.push(var);
}

/// Puts the values in their places, when everything else is done.
pub fn resolve(built: &mut Built, budget: &mut Budget) {
    if built.vars.is_empty() {
        return;
    }
    let mut values: HashMap<Text, Value> = HashMap::new();
    for var in built.vars.clone() {
        let owner = built.resources.iter().find(|resource| resource.vars.contains(&var.name));
        let found = owner.map(|owner| replacement::look_up(&owner.root, &indexed(&var.path)));
        match found {
            Some(Some(value)) => drop(values.insert(var.name.clone(), value)),
            _ if built.is_partial() => built.unseen(var.at, "a variable", true),
            Some(None) => {
                built.trouble(
                    var.at,
                    TroubleKind::Build,
                    format!("`{}` of the variable `{}` is not there", var.path, var.name),
                );
            }
            None => built.trouble(
                var.at,
                TroubleKind::Build,
                format!("there is no object for the variable `{}`", var.name),
            ),
        }
    }
    let specs: Vec<&FieldSpec> = default_fields().iter().chain(&built.config.variables).collect();
    for resource in built.resources.iter_mut() {
        let gvk: (String, String, String) = {
            let own = resource.gvk();
            (own.group.to_owned(), own.version.to_owned(), own.kind.to_owned())
        };
        for spec in &specs {
            let own = Gvk { group: &gvk.0, version: &gvk.1, kind: &gvk.2 };
            if spec.is_of(own) {
                let at = resource.root.span;
                let _ = spec.visit(&mut resource.root, Make::Nothing, at, &mut |field| {
                    replace_in(field, &values, budget)
                });
            }
        }
    }
    if budget.check().is_err()
        && let Some(first) = built.vars.first()
    {
        let at = first.at;
        built.unseen(at, format!("a variable ({ENDLESS})"), true);
    }
}

/// `spec.ports[0].port` as `spec.ports.0.port`.
fn indexed(path: &str) -> String {
    let mut found = String::new();
    for part in path.split('.') {
        let (name, rest) = part.split_once('[').unwrap_or((part, ""));
        let index = rest.strip_suffix(']').filter(|inner| inner.bytes().all(|byte| byte.is_ascii_digit()));
        if !found.is_empty() {
            found.push('.');
        }
        match index.filter(|index| !index.is_empty()) {
            Some(index) => found.push_str(&format!("{name}.{index}")),
            None => found.push_str(part),
        }
    }
    found
}

fn replace_in(field: &mut Value, values: &HashMap<Text, Value>, budget: &mut Budget) -> Result<(), String> {
    match &mut field.data {
        Data::Scalar(_) => scalar(field, values, budget),
        Data::Seq(items) if items.iter().any(has_reference) => {
            Arc::make_mut(items).iter_mut().try_for_each(|item| scalar(item, values, budget))
        }
        Data::Map(entries) if entries.iter().any(|entry| has_reference(&entry.1)) => {
            Arc::make_mut(entries).values_mut().try_for_each(|(_, value)| scalar(value, values, budget))
        }
        Data::Seq(_) | Data::Map(_) => Ok(()),
    }
}

fn has_reference(value: &Value) -> bool {
    value.text().contains("$(")
}

fn scalar(value: &mut Value, values: &HashMap<Text, Value>, budget: &mut Budget) -> Result<(), String> {
    let Some(old) = value.as_scalar().filter(|old| old.final_tag() == Tag::Str && old.text.contains('$'))
    else {
        return Ok(());
    };
    let text = old.text.clone();
    let whole =
        text.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')')).and_then(|name| values.get(name));
    let new = match whole.and_then(Value::as_scalar) {
        Some(scalar) => {
            let tag = scalar.final_tag();
            budget.spend_text(scalar.text.len())?;
            let new = if tag == Tag::Str { scalar.text.clone() } else { scalar.canonical() };
            Scalar { text: new, tag, quoted: tag == Tag::Str }
        }
        None => Scalar { text: expand(&text, values, budget)?.into(), tag: Tag::Str, quoted: true },
    };
    if new.text == text {
        return Ok(());
    }
    let source = whole.map_or(value.span, |source| source.span);
    let was = (source != value.span).then_some(value.was.unwrap_or(value.span));
    *value = Value { span: source, was, exact: false, data: Data::Scalar(new) };
    Ok(())
}

/// `$(NAME)` replaced, `$$` a dollar, everything else as it is.
fn expand(text: &str, values: &HashMap<Text, Value>, budget: &mut Budget) -> Result<String, String> {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        done.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(more) = after.strip_prefix('$') {
            done.push('$');
            rest = more;
        } else if let Some((name, more)) = after.strip_prefix('(').and_then(|inside| inside.split_once(')')) {
            match values.get(name).and_then(Value::as_scalar) {
                Some(scalar) => {
                    let value = scalar.canonical();
                    budget.spend_text(value.len())?;
                    done.push_str(&value);
                }
                None => done.push_str(&format!("$({name})")),
            }
            rest = more;
        } else {
            done.push('$');
            rest = after;
        }
    }
    done.push_str(rest);
    Ok(done)
}

/// Ways to the pods of workloads, each with the fields of containers and volumes that take variables.
const PODS: &[(&str, &str)] = &[
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("Deployment", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("Pod", "spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
];

fn default_fields() -> &'static [FieldSpec] {
    static ALL: OnceLock<Vec<FieldSpec>> = OnceLock::new();
    ALL.get_or_init(|| {
        let field = |path: &str, kind: &str| FieldSpec::new(path, "", "", kind, false);
        let mut all = Vec::new();
        for (kind, pod) in PODS {
            for list in ["containers", "initContainers"] {
                for end in ["args", "command", "env/value", "volumeMounts/mountPath"] {
                    all.push(field(&format!("{pod}/{list}/{end}"), kind));
                }
            }
            all.push(match *kind {
                "CronJob" => field("spec/jobTemplate/spec/template/volumes/nfs/server", kind),
                "StatefulSet" => field("spec/volumeClaimTemplates/spec/nfs/server", kind),
                _ => field(&format!("{pod}/volumes/nfs/server"), kind),
            });
        }
        all.push(field("spec/template/metadata/annotations", "Deployment"));
        for path in ["spec/rules/host", "spec/tls/hosts", "spec/tls/secretName"] {
            all.push(field(path, "Ingress"));
        }
        all.push(field("spec/ports/port", "Service"));
        all.push(field("spec/ports/targetPort", "Service"));
        all.push(field("spec/nfs/server", "PersistentVolume"));
        all.push(field("metadata/labels", ""));
        all.push(field("metadata/annotations", ""));
        all
    })
}
