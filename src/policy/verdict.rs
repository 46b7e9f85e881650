//! What policies say of the objects of a unit.

use std::sync::Arc;

use rayon::prelude::*;

use super::asked::Asked;
use super::matching::{Request, customs, matches, plural};
use super::read::{Action, Binding, Expression, Policy, Validation, bindings, policies};
use crate::cel::{Data, Fault, FaultKind, Foreign, Map, Value};
use crate::document::Object;
use crate::files::Span;
use crate::inventory::Inventory;
use crate::kube::labels::Labels;
use crate::kube::selector::{Match, Selector};
use crate::kustomize::is_cluster_scoped;
use crate::schema::{Customs, stored};
use crate::yaml::Node;

/// Longer messages fall back to the written one.
const LONGEST_MESSAGE: usize = 5 * 1024;

/// Why an object is refused, or nothing is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A validation does not hold; the policy's own words, if it has any.
    Broken(Option<String>),
    /// An expression fails.
    Failed(String),
    /// The parameters are not there, or cannot be.
    Params(String),
    /// It depends on what only a cluster knows.
    Unknown(String),
}

/// What a policy says of an object.
#[derive(Clone, Debug)]
pub struct Denial<'a> {
    /// The policy.
    pub policy: Object<'a>,
    /// What the binding does.
    pub action: Action,
    /// The expression, or where the parameters are asked for.
    pub at: Node<'a>,
    /// The object.
    pub object: Object<'a>,
    /// The places of the input that decided, the best one first.
    pub places: Vec<Span>,
    /// Why.
    pub reason: Reason,
}

/// Everything that the policies of a unit say of its objects.
pub fn judge<'a>(inventory: &Inventory<'a>) -> Vec<Denial<'a>> {
    let bindings = bindings(inventory);
    if bindings.is_empty() {
        return Vec::new();
    }
    let policies = policies(inventory);
    let bound: Vec<(&Binding<'a>, &Policy<'a>)> = bindings
        .iter()
        .filter_map(|binding| Some((binding, policies.get(binding.policy.text())?.1.as_ref()?)))
        .collect();
    if bound.is_empty() {
        return Vec::new();
    }
    let definitions = inventory.of_kind("CustomResourceDefinition");
    let definitions = definitions.map(|object| (*object, object.node.tree().source().path.as_str(), false));
    let bench = Bench { inventory, customs: customs(inventory), kinds: Customs::new(definitions), bound };
    let one = |object: &Object<'a>| bench.object(object);
    inventory.objects.par_iter().flat_map_iter(one).collect()
}

struct Bench<'b, 'a> {
    inventory: &'b Inventory<'a>,
    customs: Vec<(&'a str, &'a str, &'a str, bool)>,
    kinds: Customs<'a>,
    bound: Vec<(&'b Binding<'a>, &'b Policy<'a>)>,
}

impl<'a> Bench<'_, 'a> {
    fn object(&self, object: &Object<'a>) -> Vec<Denial<'a>> {
        // Policies are never asked about policies.
        if object.group() == "admissionregistration.k8s.io" || self.inventory.is_patched(object) {
            return Vec::new();
        }
        let custom = self.customs.iter().find(|one| (one.0, one.1) == (object.group(), object.kind));
        let resource = custom.map_or_else(|| plural(object.kind), |custom| custom.2.to_owned());
        let request = Request {
            object,
            resource: &resource,
            is_cluster_scoped: self.is_cluster_scoped(object.api_version, object.kind),
        };
        let matching = |one: &&(&Binding<'a>, &Policy<'a>)| {
            matches(self.inventory, one.1, one.0.resources, &request) == Match::Yes
        };
        let mut matching = self.bound.iter().filter(matching).peekable();
        if matching.peek().is_none() {
            return Vec::new();
        }
        let value = stored(object, &self.kinds);
        let asked = asked(&request);
        let namespace = self.namespace(&request);
        let mut found: Vec<Denial<'a>> = Vec::new();
        for (binding, policy) in matching {
            let seat = Seat { bench: self, binding, policy, object, value: &value, request: &asked };
            for denial in seat.judge(&namespace, &request) {
                // Of several bindings of a policy the strongest counts.
                match found.iter_mut().find(|one| one.at == denial.at && one.reason == denial.reason) {
                    Some(same) if same.action >= denial.action => {}
                    Some(same) => *same = denial,
                    None => found.push(denial),
                }
            }
        }
        found
    }

    fn is_cluster_scoped(&self, api_version: &str, kind: &str) -> bool {
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let custom = self.customs.iter().find(|one| (one.0, one.1) == (group, kind));
        custom.map_or_else(|| is_cluster_scoped(api_version, kind), |custom| custom.3)
    }

    /// The namespace as the server stores it; null for what belongs to none.
    fn namespace(&self, request: &Request<'_, 'a>) -> Value {
        let Some(name) = request.namespace() else { return Value::new(Data::Null) };
        let object = self.inventory.named("Namespace", name).find(|object| object.group().is_empty());
        let own = Value::object(vec![("kubernetes.io/metadata.name", Value::text(name))]);
        let mut fields = vec![("name", Value::text(name))];
        let written = object.map(|object| stored(object, &self.kinds));
        let metadata = written.as_ref().and_then(|value| value.get("metadata"));
        let labels = match metadata.and_then(|metadata| metadata.get("labels")).map(|labels| &labels.data) {
            Some(Data::Map(map)) => {
                let mut entries = map.entries.clone();
                entries.retain(|entry| entry.0.as_text() != Some("kubernetes.io/metadata.name"));
                entries.push((Value::text("kubernetes.io/metadata.name"), Value::text(name)));
                Value::new(Data::Map(Arc::new(Map { entries })))
            }
            _ => own,
        };
        fields.push(("labels", labels));
        let annotations = metadata.and_then(|metadata| metadata.get("annotations"));
        fields.extend(annotations.map(|annotations| ("annotations", annotations.clone())));
        let finalizers = Value::list(vec![Value::text("kubernetes")]);
        Value::object(vec![
            ("metadata", Value::object(fields)),
            ("spec", Value::object(vec![("finalizers", finalizers)])),
            ("status", Value::object(vec![("phase", Value::text("Active"))])),
        ])
    }
}

/// What is known of a request for the creation of an object.
fn asked(request: &Request<'_, '_>) -> Value {
    let object = request.object;
    let text = |text: &str| Value::text(text);
    let kind = || {
        Value::object(vec![
            ("group", text(object.group())),
            ("version", text(object.version())),
            ("kind", text(object.kind)),
        ])
    };
    let resource = || {
        Value::object(vec![
            ("group", text(object.group())),
            ("version", text(object.version())),
            ("resource", text(request.resource)),
        ])
    };
    let unknown = |what: &'static str| Value::new(Data::Foreign(Foreign::Cluster(what).into()));
    let mut fields = vec![
        ("kind", kind()),
        ("resource", resource()),
        ("requestKind", kind()),
        ("requestResource", resource()),
        ("name", text(object.name)),
        ("operation", text("CREATE")),
        ("userInfo", unknown("who asks")),
        ("dryRun", Value::bool(false)),
        ("options", unknown("the options of the request")),
    ];
    fields.extend(request.namespace().map(|namespace| ("namespace", text(namespace))));
    Value::object(fields)
}

/// Whether the conditions of a policy hold of an object.
enum Applies<'a> {
    Yes,
    No,
    /// One of them has no value: what is said then, if anything is.
    Failed(Box<Option<Denial<'a>>>),
}

/// A binding, its policy and an object.
struct Seat<'s, 'a> {
    bench: &'s Bench<'s, 'a>,
    binding: &'s Binding<'a>,
    policy: &'s Policy<'a>,
    object: &'s Object<'a>,
    value: &'s Value,
    request: &'s Value,
}

impl<'a> Seat<'_, 'a> {
    fn judge(&self, namespace: &Value, request: &Request<'_, 'a>) -> Vec<Denial<'a>> {
        let params = match self.params(request) {
            Ok(params) => params,
            Err(None) => return Vec::new(),
            Err(Some(reason)) => {
                let refuses = self.policy.fails_closed || matches!(reason, Reason::Unknown(_));
                let at = self.binding.params.unwrap_or(self.binding.policy);
                return if refuses { vec![self.denial(at, Vec::new(), reason)] } else { Vec::new() };
            }
        };
        let mut found = Vec::new();
        for params in params {
            let asked = Asked::new(self.policy, self.value, self.request, namespace, params);
            match self.applies(&asked) {
                Applies::Yes => {}
                Applies::No => continue,
                Applies::Failed(denial) => {
                    found.extend(*denial);
                    continue;
                }
            }
            for validation in &self.policy.validations {
                found.extend(self.validation(validation, &asked));
            }
            for annotation in &self.policy.annotations {
                if let Err(fault) = asked.run(&annotation.program) {
                    found.extend(self.fault(annotation, *fault));
                }
            }
        }
        found
    }

    /// Whether all conditions hold: one that does not beats others that fail.
    fn applies(&self, asked: &Asked<'_>) -> Applies<'a> {
        let mut failed = None;
        for condition in &self.policy.conditions {
            match asked.run(&condition.program) {
                Ok(value) if value.as_bool() == Some(true) => {}
                Ok(_) => return Applies::No,
                Err(fault) => {
                    failed.get_or_insert_with(|| self.fault(condition, *fault));
                }
            }
        }
        match failed {
            Some(denial) => Applies::Failed(Box::new(denial)),
            None => Applies::Yes,
        }
    }

    fn validation(&self, validation: &Validation<'a>, asked: &Asked<'_>) -> Option<Denial<'a>> {
        match asked.run(&validation.holds.program) {
            Ok(value) if value.as_bool() == Some(true) => None,
            Ok(_) => {
                let made = validation.words.as_ref().and_then(|words| asked.run(words).ok());
                let made = made.and_then(|value| value.as_text().map(|text| text.trim().to_owned()));
                let made = made
                    .filter(|text| !text.is_empty() && !text.contains('\n') && text.len() <= LONGEST_MESSAGE);
                let message = made.or_else(|| validation.message.map(|text| text.trim().to_owned()));
                let places = validation.holds.program.blame(asked, false);
                Some(self.denial(validation.holds.at, places, Reason::Broken(message)))
            }
            Err(fault) => self.fault(&validation.holds, *fault),
        }
    }

    /// An expression without a value: it refuses, unless the policy lets failures pass.
    fn fault(&self, expression: &Expression<'a>, fault: Fault) -> Option<Denial<'a>> {
        let reason = match fault.kind {
            FaultKind::Unknown => Reason::Unknown(fault.message),
            _ if !self.policy.fails_closed => return None,
            _ => Reason::Failed(fault.message),
        };
        Some(self.denial(expression.at, fault.place.into_iter().collect(), reason))
    }

    fn denial(&self, at: Node<'a>, mut places: Vec<Span>, reason: Reason) -> Denial<'a> {
        // What decided may be a parameter; the object is what is refused.
        let tree = self.object.node.tree();
        let own = |place: &Span| tree.files().any(|file| file == place.file) && self.holds(*place);
        places.retain(own);
        Denial {
            policy: self.policy.object,
            action: self.binding.action,
            at,
            object: *self.object,
            places,
            reason,
        }
    }

    fn holds(&self, place: Span) -> bool {
        let whole = self.object.node.span();
        whole.file != place.file || whole.contains(place)
    }

    /// The parameters that the binding names, as many values as there are; one that is null without any.
    /// `Err(None)`: it is not for this object.
    fn params(&self, request: &Request<'_, 'a>) -> Result<Vec<Value>, Option<Reason>> {
        let nothing = || Ok(vec![Value::new(Data::Null)]);
        let Some((api_version, kind)) = self.policy.params else { return nothing() };
        let Some(reference) = self.binding.params else { return nothing() };
        let inventory = self.bench.inventory;
        let is_cluster_scoped = self.bench.is_cluster_scoped(api_version, kind);
        let written = reference.get("namespace").and_then(Node::str).filter(|name| !name.is_empty());
        let failed = |why: String| Err(Some(Reason::Params(why)));
        let namespace = match (is_cluster_scoped, written, request.namespace()) {
            (true, Some(_), _) => {
                return failed(
                    "paramRef.namespace must not be provided for a cluster-scoped `paramKind`".to_owned(),
                );
            }
            (true, None, _) => None,
            (false, Some(written), _) => Some(written),
            (false, None, Some(own)) => Some(own),
            (false, None, None) => {
                let why =
                    "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources";
                return failed(why.to_owned());
            }
        };
        let name = reference.get("name").and_then(Node::str).filter(|name| !name.is_empty());
        let selector = reference.get("selector").map(Selector::label_selector);
        let fits = |object: &&Object<'a>| {
            let labels = || Labels::read(object.metadata().and_then(|metadata| metadata.get("labels")));
            object.api_version == api_version
                && (is_cluster_scoped || Some(object.namespace.unwrap_or("default")) == namespace)
                && name.is_none_or(|name| object.name == name)
                && selector.as_ref().is_none_or(|selector| selector.matches(&labels()).is_yes())
        };
        let found: Vec<Value> =
            inventory.of_kind(kind).filter(fits).map(|object| stored(object, &self.bench.kinds)).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        match reference.get("parameterNotFoundAction").map(|action| action.text()) {
            Some("Allow") => Err(None),
            _ => failed("no params found for policy binding with `Deny` parameterNotFoundAction".to_owned()),
        }
    }
}
