//! What policies say of the objects of a unit.

use std::sync::Arc;

use rayon::prelude::*;

use super::asked::{Asked, request_of};
use super::convert;
use super::kinds::Kinds;
use super::kyverno;
use super::law::Law;
use super::matching::{Bound, Request, is_open};
use super::read::{Action, Binding, Expression, GROUP, Policy, Validation};
use crate::cel::{Data, Fault, FaultKind, Map, Value};
use crate::document::Object;
use crate::files::Span;
use crate::inventory::{Inventory, Sender};
use crate::kube::labels::Labels;
use crate::kube::selector::Selector;
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

/// Everything that policies say of the objects of a unit: its own, and those of `law`, which judge it from outside.
pub fn judge<'a>(inventory: &Inventory<'a>, law: &Law<'a>) -> Vec<Denial<'a>> {
    let own = own(inventory, law);
    let mut found: Vec<Denial<'a>> = own.iter().chain([law]).flat_map(unjudged).collect();
    if let Some(bench) = own.as_ref().map(|own| Bench::new(inventory, law, own)) {
        found.par_extend(inventory.objects.par_iter().flat_map_iter(|object| bench.object(object)));
    }
    found
}

/// The names of policies with the objects that they are for, as far as their conditions hold.
pub fn applied<'a>(inventory: &Inventory<'a>, law: &Law<'a>) -> Vec<(&'a str, Object<'a>)> {
    let Some(own) = own(inventory, law) else { return Vec::new() };
    let bench = Bench::new(inventory, law, &own);
    inventory.objects.iter().flat_map(|object| bench.applied(object)).collect()
}

/// The policies of a unit; nothing, where nobody judges it.
fn own<'a>(inventory: &Inventory<'a>, law: &Law<'a>) -> Option<Law<'a>> {
    let kinds = ["ValidatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy", kyverno::KIND];
    let mut own = kinds.into_iter().flat_map(|kind| inventory.of_kind(kind)).peekable();
    if own.peek().is_none() && law.is_empty() {
        return None;
    }
    // What judges from outside may well be part of the unit.
    Some(Law::of(own.filter(|object| !law.holds(object.node)).copied()))
}

/// Policies that cannot be judged at all.
fn unjudged<'a>(law: &Law<'a>) -> impl Iterator<Item = Denial<'a>> {
    law.refused.iter().map(|(policy, (at, why))| Denial {
        policy: *policy,
        action: Action::Audit,
        at: *at,
        object: *policy,
        places: Vec::new(),
        reason: Reason::Unknown(format!("more than the files say: {why}")),
    })
}

struct Bench<'b, 'a> {
    inventory: &'b Inventory<'a>,
    law: &'b Law<'a>,
    kinds: Kinds<'a>,
    customs: Customs<'a>,
    pairs: Vec<(&'b Binding<'a>, &'b Policy<'a>)>,
}

impl<'b, 'a> Bench<'b, 'a> {
    fn new(inventory: &'b Inventory<'a>, law: &'b Law<'a>, own: &'b Law<'a>) -> Self {
        let mut pairs: Vec<(&'b Binding<'a>, &'b Policy<'a>)> = Vec::new();
        for binding in own.bindings.iter().chain(&law.bindings) {
            let policies = own.bound(binding).or_else(|| law.bound(binding)).unwrap_or_default();
            pairs.extend(policies.iter().map(|policy| (binding, policy)));
        }
        let kind = "CustomResourceDefinition";
        let definitions = || inventory.of_kind(kind).chain(law.of_kind(kind));
        let kinds = Kinds::new(inventory, definitions(), &pairs);
        Bench { inventory, law, kinds, customs: Customs::of(definitions()), pairs }
    }

    fn applied(&self, object: &Object<'a>) -> Vec<(&'a str, Object<'a>)> {
        let Some(kind) = self.kinds.of(object).filter(|_| object.group() != GROUP) else { return Vec::new() };
        let request = kind.request(object);
        let (value, asked) = (stored(object, &self.customs), self.asked(&request));
        let namespace = self.namespace(&request);
        let applies = |one: &(usize, Bound)| {
            let (binding, policy) = self.pairs[one.0];
            one.1.holds(self.inventory, policy, binding.resources, &request)?;
            let seat = Seat { bench: self, binding, policy, object, value: &value, request: &asked };
            let nothing = Value::new(Data::Null);
            let asked = Asked::new(policy, &value, &asked, &namespace, nothing, self.sender());
            let holds = !matches!(seat.applies(&asked), Applies::No);
            holds.then_some((policy.object.name, *object))
        };
        kind.candidates.iter().filter_map(applies).collect()
    }

    fn object(&self, object: &Object<'a>) -> Vec<Denial<'a>> {
        // Policies are never asked about policies.
        if object.group() == GROUP || self.inventory.is_patched(object) {
            return Vec::new();
        }
        let Some(kind) = self.kinds.of(object) else { return Vec::new() };
        let request = kind.request(object);
        let matching = |one: &(usize, Bound)| {
            let (binding, policy) = self.pairs[one.0];
            Some((binding, policy, one.1.holds(self.inventory, policy, binding.resources, &request)?))
        };
        let mut found: Vec<Denial<'a>> =
            kind.candidates.iter().filter_map(|one| self.open(one, &request)).collect();
        let mut matching = kind.candidates.iter().filter_map(matching).peekable();
        if matching.peek().is_none() {
            return found;
        }
        let own = (stored(object, &self.customs), self.asked(&request));
        let namespace = self.namespace(&request);
        let mut converted: Option<(Value, Value)> = None;
        for (binding, policy, version) in matching {
            let (value, asked) = match version == request.version {
                true => &own,
                false => converted.get_or_insert_with(|| {
                    (convert::autoscaler(&own.0, version), self.asked(&Request { version, ..request }))
                }),
            };
            let seat = Seat { bench: self, binding, policy, object, value, request: asked };
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

    /// A policy that judges from outside, where the labels of a Namespace that is not known decide whether it does.
    fn open(&self, one: &(usize, Bound), request: &Request<'_, 'a>) -> Option<Denial<'a>> {
        let (binding, policy) = self.pairs[one.0];
        let is_given = || self.law.bindings.iter().any(|own| std::ptr::eq(own, binding));
        let name = request.namespace().filter(|_| one.1 == Bound::Sometimes)?;
        let nodes = binding.resources.into_iter().chain(policy.constraints);
        let at = nodes.into_iter().find_map(|node| node.get("namespaceSelector"))?;
        if !is_given() || !is_open(self.inventory, policy, binding.resources, request) {
            return None;
        }
        Some(Denial {
            policy: policy.object,
            action: binding.action,
            at,
            object: *request.object,
            places: Vec::new(),
            reason: Reason::Unknown(format!("the labels of Namespace `{name}`")),
        })
    }

    fn sender(&self) -> Option<&Sender> {
        self.inventory.surroundings.sender.as_ref()
    }

    fn asked(&self, request: &Request<'_, '_>) -> Value {
        request_of(request, self.sender())
    }

    /// The namespace as the server stores it; null for what belongs to none.
    fn namespace(&self, request: &Request<'_, 'a>) -> Value {
        let Some(name) = request.namespace() else { return Value::new(Data::Null) };
        let is_it = |object: &&Object<'a>| object.group().is_empty() && object.name == name;
        let own = self.inventory.named("Namespace", name).find(is_it);
        let object = own.or_else(|| self.law.of_kind("Namespace").find(is_it));
        let place = request.object.metadata().and_then(|metadata| metadata.get("namespace")).map(Node::span);
        let own = Value::object(vec![("kubernetes.io/metadata.name", Value::text(name).or_at(place))]);
        let mut fields = vec![("name", Value::text(name).or_at(place))];
        let written = object.map(|object| stored(object, &self.customs));
        let metadata = written.as_ref().and_then(|value| value.get("metadata"));
        let labels = match metadata.and_then(|metadata| metadata.get("labels")).map(|labels| &labels.data) {
            Some(Data::Map(map)) => {
                let mut entries = map.entries.clone();
                entries.retain(|entry| entry.0.as_text() != Some("kubernetes.io/metadata.name"));
                entries.push((Value::text("kubernetes.io/metadata.name"), Value::text(name).or_at(place)));
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
            let asked =
                Asked::new(self.policy, self.value, self.request, namespace, params, self.bench.sender());
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
        let Some(reference) = self.binding.params else {
            // A policy that is judged without a binding has nobody to name its parameters.
            return match self.binding.object.node == self.policy.object.node {
                true => Err(Some(Reason::Unknown("parameters, which a binding names".to_owned()))),
                false => nothing(),
            };
        };
        let inventory = self.bench.inventory;
        let is_cluster_scoped = self.bench.kinds.is_cluster_scoped(api_version, kind);
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
        let of_kind = inventory.of_kind(kind).chain(self.bench.law.of_kind(kind));
        let found: Vec<Value> =
            of_kind.filter(fits).map(|object| stored(object, &self.bench.customs)).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        match reference.get("parameterNotFoundAction").map(|action| action.text()) {
            Some("Allow") => Err(None),
            _ => failed("no params found for policy binding with `Deny` parameterNotFoundAction".to_owned()),
        }
    }
}
