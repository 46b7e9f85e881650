//! What the expressions of a policy are asked about: the values of their variables (fact 18.10).

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use super::matching::Request;
use super::read::Policy;
use crate::cel::{Data, Fault, FaultKind, Outcome, Program, Value, Variables};
use crate::inventory::Sender;

/// What all expressions of a policy may cost together for one object (`RuntimeCELCostBudget`).
const BUDGET: u64 = 10_000_000;

/// What one expression may cost (`PerCallLimit`).
pub const PER_CALL: u64 = 1_000_000;

/// A request and a policy that is asked about it.
pub struct Asked<'q> {
    policy: &'q Policy<'q>,
    object: &'q Value,
    request: &'q Value,
    namespace: &'q Value,
    params: Value,
    /// Whether whoever asks may do everything.
    may_all: bool,
    /// The values of the policy's own variables, as far as they were needed.
    known: Mutex<Vec<Option<Outcome>>>,
    left: AtomicU64,
}

impl<'q> Asked<'q> {
    /// A policy with these parameters.
    pub fn new(
        policy: &'q Policy<'q>,
        object: &'q Value,
        request: &'q Value,
        namespace: &'q Value,
        params: Value,
        sender: Option<&Sender>,
    ) -> Self {
        let known = Mutex::new(vec![None; policy.variables.len()]);
        let may_all = sender.is_some_and(Sender::may_all);
        Asked { policy, object, request, namespace, params, may_all, known, left: AtomicU64::new(BUDGET) }
    }

    /// The value of an expression.
    pub fn run(&self, program: &Program) -> Outcome {
        let (outcome, cost) = program.run(self, PER_CALL.min(self.left.load(Relaxed)));
        self.left.store(self.left.load(Relaxed).saturating_sub(cost), Relaxed);
        outcome
    }
}

impl Variables for Asked<'_> {
    fn variable(&self, name: &str) -> Option<Outcome> {
        Some(Ok(match name {
            "object" => self.object.clone(),
            "oldObject" => Value::new(Data::Null),
            "request" => self.request.clone(),
            "namespaceObject" => self.namespace.clone(),
            "params" => self.params.clone(),
            "authorizer" if self.may_all => Value::allowing(),
            "authorizer" => Value::of_cluster("what the user may do"),
            _ => return None,
        }))
    }

    fn program(&self, variable: &str, field: &str) -> Option<&Program> {
        let mut own = self.policy.variables.iter().filter(|_| variable == "variables");
        own.find(|own| own.0 == field).map(|own| &own.1)
    }

    fn field(&self, variable: &str, field: &str) -> Option<Outcome> {
        if variable != "variables" {
            return None;
        }
        let at = self.policy.variables.iter().position(|own| own.0 == field)?;
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &known()[at] {
            return Some(known.clone());
        }
        let outcome = self.run(&self.policy.variables[at].1).map_err(|fault| {
            let message = match fault.kind {
                FaultKind::Error => {
                    format!("composited variable \"{field}\" fails to evaluate: {}", fault.message)
                }
                _ => fault.message.clone(),
            };
            Box::new(Fault { message, ..*fault })
        });
        known()[at] = Some(outcome.clone());
        Some(outcome)
    }
}

/// What is known of a request for the creation of an object.
pub fn request_of(request: &Request<'_, '_>, sender: Option<&Sender>) -> Value {
    let object = request.object;
    let text = |text: &str| Value::text(text);
    let kind = |version: &str| {
        Value::object(vec![
            ("group", text(object.group())),
            ("version", text(version)),
            ("kind", text(object.kind)),
        ])
    };
    let resource = |version: &str| {
        Value::object(vec![
            ("group", text(object.group())),
            ("version", text(version)),
            ("resource", text(request.resource)),
        ])
    };
    let unknown = Value::of_cluster;
    let mut fields = vec![
        ("kind", kind(request.version)),
        ("resource", resource(request.version)),
        ("requestKind", kind(object.version())),
        ("requestResource", resource(object.version())),
        ("name", text(object.name)),
        ("operation", text("CREATE")),
        ("dryRun", Value::bool(sender.is_some_and(|sender| sender.dry_run))),
    ];
    fields.push((
        "userInfo",
        match sender.and_then(|sender| Some((sender, sender.username.as_deref()?))) {
            Some((sender, name)) => {
                let groups = sender.groups.iter().map(|group| text(group)).collect();
                let mut user = vec![("username", text(name)), ("groups", Value::list(groups))];
                user.extend(sender.uid.as_deref().map(|uid| ("uid", text(uid))));
                Value::object(user)
            }
            None => unknown("who asks"),
        },
    ));
    fields.push((
        "options",
        match sender.and_then(|sender| sender.field_manager.as_deref()) {
            Some(manager) => Value::object(vec![
                ("kind", text("CreateOptions")),
                ("apiVersion", text("meta.k8s.io/v1")),
                ("fieldManager", text(manager)),
            ]),
            None => unknown("the options of the request"),
        },
    ));
    fields.extend(request.namespace().map(|namespace| ("namespace", text(namespace))));
    Value::object(fields)
}
