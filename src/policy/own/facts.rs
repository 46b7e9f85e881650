//! What rules of a team may ask for beside the object, and its types.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::place::environment;
use crate::cel::{Data, Env, Fault, Outcome, Struct, Type, Value, Variables};
use crate::document::Object;
use crate::files::Span;
use crate::inventory::{Bound, HostUse, Inventory, is_public};
use crate::kube::workload::Workload;
use crate::schema::{Customs, stored};
use crate::survival::judge::{Event, Judge, Row};
use crate::survival::survey::given;
use crate::yaml::{Node, Step, Text};

/// The name of what is judged one by one.
pub const ITEM: &str = "item";

/// The variables that only workloads have.
pub const OF_PODS: &[&str] = &["pod", "workload"];

fn object(name: &'static str, fields: Vec<(&'static str, Type)>) -> Type {
    let fields = fields.into_iter().map(|(name, ty)| (Text::from(name), ty)).collect();
    Type::Object(Arc::new(Struct { name: name.into(), fields }))
}

/// The variables of all rules of teams, where the object and its pods are of these types.
pub fn env(of: Type, pods: &Type) -> Env {
    let (text, texts) = (Type::String, Type::map(Type::String, Type::String));
    let anything = || Type::list(Type::Dyn);
    let part = |of: &Type, name: &str| match of {
        Type::Object(fields) => fields.field(name).unwrap_or(Type::Dyn),
        _ => Type::Dyn,
    };
    let spec = part(pods, "spec");
    let containers = |name: &str| match part(&spec, name) {
        Type::Dyn => anything(),
        list => list,
    };
    let pod = object(
        "wplint.Pod",
        vec![
            ("labels", texts.clone()),
            ("annotations", texts.clone()),
            ("spec", spec.clone()),
            ("containers", containers("containers")),
            ("initContainers", containers("initContainers")),
        ],
    );
    let replicas = object("wplint.Replicas", vec![("floor", Type::Int), ("ceiling", Type::Int)]);
    let service = object(
        "wplint.Service",
        vec![("name", text.clone()), ("type", text.clone()), ("public", Type::Bool), ("object", Type::Dyn)],
    );
    let host = object(
        "wplint.Host",
        vec![("host", text.clone()), ("variable", text.clone()), ("container", text.clone())],
    );
    let workload = object(
        "wplint.Workload",
        vec![
            ("replicas", replicas),
            ("labels", texts.clone()),
            ("services", Type::list(service)),
            ("public", Type::Bool),
            ("budgets", anything()),
            ("autoscalers", anything()),
            ("hosts", Type::list(host)),
            ("claims", Type::list(text.clone())),
            ("survives", Type::map(Type::String, Type::Bool)),
        ],
    );
    let unit = object("wplint.Unit", vec![("name", text.clone()), ("objects", anything())]);
    Env::new()
        .with("object", of)
        .with("pod", pod)
        .with("workload", workload)
        .with("unit", unit)
        .with("environment", text.clone())
        .with("path", text)
}

/// What is known of a unit, found when it is first asked for.
pub struct Known<'k, 'a> {
    pub inventory: &'k Inventory<'a>,
    pub customs: Customs<'a>,
    /// What the unit is called.
    pub title: &'k str,
    /// Positions of workloads by the places and names of their objects.
    workloads: HashMap<(Span, &'a str), usize>,
    rows: OnceLock<Vec<Row>>,
    objects: OnceLock<Value>,
}

impl<'k, 'a> Known<'k, 'a> {
    pub fn new(inventory: &'k Inventory<'a>, title: &'k str) -> Self {
        let places = inventory.workloads.iter().enumerate();
        Known {
            inventory,
            customs: Customs::of(inventory.of_kind("CustomResourceDefinition")),
            title,
            workloads: places
                .map(|(at, workload)| ((workload.object.node.span(), workload.object.name), at))
                .collect(),
            rows: OnceLock::new(),
            objects: OnceLock::new(),
        }
    }

    /// The position of the workload that an object is.
    pub fn workload(&self, object: &Object<'a>) -> Option<usize> {
        let at = self.workloads.get(&(object.node.span(), object.name)).copied()?;
        (self.inventory.workloads[at].object.node == object.node).then_some(at)
    }

    fn rows(&self) -> &[Row] {
        self.rows.get_or_init(|| {
            let given = given(self.inventory);
            Judge::new(self.inventory, &given).rows()
        })
    }

    fn objects(&self) -> Value {
        let all = || self.inventory.objects.iter().map(|object| stored(object, &self.customs)).collect();
        self.objects.get_or_init(|| Value::list(all())).clone()
    }
}

/// An object, and what is known of it.
pub struct About<'k, 'a> {
    pub known: &'k Known<'k, 'a>,
    pub object: &'k Object<'a>,
    pub value: &'k Value,
    /// The position of the workload that it is.
    pub workload: Option<usize>,
    /// What is judged one by one.
    pub item: Option<Value>,
}

impl<'a> About<'_, 'a> {
    fn path(&self) -> &'a str {
        self.object.node.tree().source().path.as_str()
    }

    fn environment(&self) -> &'static str {
        let namespace = self.object.namespace.unwrap_or("");
        environment([self.known.title, self.path(), namespace].into_iter())
    }

    fn of_pod(&self, workload: &Workload<'a>, field: &str) -> Option<Value> {
        let template = self.in_object(workload.pod.node)?;
        let within = |keys: &[&str]| keys.iter().try_fold(&template, |value, key| value.get(key)).cloned();
        let nothing = || Value::map(Vec::new()).or_at(template.place);
        let none = || Value::list(Vec::new()).or_at(template.place);
        Some(match field {
            "labels" => {
                let labels = within(&["metadata", "labels"]).unwrap_or_else(nothing);
                let more = &workload.object.added.pods;
                merged(labels, more.iter().map(|(key, value)| (key.as_str(), value.as_str())))
            }
            "annotations" => within(&["metadata", "annotations"]).unwrap_or_else(nothing),
            "spec" => within(&["spec"]).unwrap_or_else(nothing),
            "containers" => within(&["spec", "containers"]).unwrap_or_else(none),
            "initContainers" => within(&["spec", "initContainers"]).unwrap_or_else(none),
            _ => return None,
        })
    }

    /// The value of a node of the object, as it is stored.
    fn in_object(&self, node: Node<'a>) -> Option<Value> {
        let way = node.way();
        let keys = way.into_iter().skip(self.object.node.depth());
        let mut value = self.value.clone();
        for (step, _) in keys {
            value = match step {
                Step::Key(key) => value.get(key)?.clone(),
                Step::Item(at) => value.items().get(at)?.clone(),
            };
        }
        Some(value)
    }

    fn of_workload(&self, at: usize, field: &str) -> Option<Outcome> {
        let (inventory, customs) = (self.known.inventory, &self.known.customs);
        let workload = &inventory.workloads[at];
        Some(Ok(match field {
            "replicas" => match inventory.replicas(at) {
                Some(replicas) => {
                    let bound =
                        |bound: Bound<'_>| Value::int(bound.count).or_at(bound.node().map(Node::span));
                    Value::object(vec![
                        ("floor", bound(replicas.floor)),
                        ("ceiling", bound(replicas.ceiling)),
                    ])
                }
                None => return Some(Err(Fault::unknown("how many pods there are"))),
            },
            "labels" => return self.of_pod(workload, field).map(Ok),
            "services" => {
                let one = |at: &usize| {
                    let service = &inventory.services[*at];
                    Value::object(vec![
                        ("name", Value::text(service.object.name)),
                        ("type", Value::text(service.service_type())),
                        ("public", Value::bool(is_public(service))),
                        ("object", stored(&service.object, customs)),
                    ])
                    .or_at(Some(service.object.anchor().span()))
                };
                Value::list(inventory.certain_services(at).iter().map(one).collect())
            }
            "public" => {
                let way = inventory.way_in(at);
                Value::bool(way.is_some()).or_at(way.map(|way| way.at))
            }
            "budgets" => {
                let one = |at: &usize| stored(&inventory.budgets[*at].object, customs);
                Value::list(inventory.budgets_of(at).iter().map(one).collect())
            }
            "autoscalers" => {
                let one = |at: &usize| stored(&inventory.scalers[*at].object, customs);
                Value::list(inventory.scalers_of(at).iter().map(one).collect())
            }
            "hosts" => {
                let own = inventory.hosts().iter().filter(|host| host.workload == at);
                let one = |host: &HostUse<'a>| {
                    let shown = host.shown.as_deref()?;
                    let place = Some(host.span);
                    let fields = vec![
                        ("host", Value::text(shown).or_at(place)),
                        ("variable", Value::text(host.variable.as_ref()).or_at(place)),
                        ("container", Value::text(host.container.name()).or_at(place)),
                    ];
                    Some(Value::object(fields).or_at(place))
                };
                Value::list(own.filter_map(one).collect())
            }
            "claims" => Value::list(claims(workload)),
            "survives" => {
                let row = self.known.rows().iter().find(|row| row.workload == at);
                let Some(row) = row else {
                    return Some(Err(Fault::unknown("what it survives")));
                };
                let one = |event: Event| {
                    let value = match row.survives(event) {
                        Some(survives) => Value::bool(survives).or_at(Some(row.span)),
                        None => Value::of_cluster("whether it survives"),
                    };
                    (event.name(), value)
                };
                Value::object(Event::ALL.map(one).to_vec())
            }
            _ => return None,
        }))
    }
}

/// Names of claims that pods mount.
fn claims(workload: &Workload<'_>) -> Vec<Value> {
    let named = workload.pod.spec.list("volumes").filter_map(|volume| {
        let name = volume.get("persistentVolumeClaim")?.get("claimName")?;
        Some(Value::text(name.text()).or_at(Some(name.span())))
    });
    let templates = workload.claim_templates().filter_map(|template| {
        let name = template.get("metadata")?.get("name")?;
        Some(Value::text(name.text()).or_at(Some(name.span())))
    });
    named.chain(templates).collect()
}

/// A map of texts with others in it.
fn merged<'t>(value: Value, more: impl Iterator<Item = (&'t str, &'t str)>) -> Value {
    let place = value.place;
    let Data::Map(map) = &value.data else { return value };
    let mut entries = map.entries.clone();
    for (key, text) in more {
        entries.retain(|entry| entry.0.as_text() != Some(key));
        entries.push((Value::text(key), Value::text(text).or_at(place)));
    }
    Value::map(entries).or_at(place)
}

impl Variables for About<'_, '_> {
    fn variable(&self, name: &str) -> Option<Outcome> {
        Some(Ok(match name {
            "object" => self.value.clone(),
            "environment" => Value::text(self.environment()),
            "path" => Value::text(self.path()),
            ITEM => self.item.clone()?,
            // They are looked at field by field.
            "pod" | "workload" | "unit" => Value::map(Vec::new()),
            _ => return None,
        }))
    }

    fn field(&self, variable: &str, field: &str) -> Option<Outcome> {
        match variable {
            "unit" if field == "name" => Some(Ok(Value::text(self.known.title))),
            "unit" if field == "objects" => Some(Ok(self.known.objects())),
            "pod" => {
                let workload = &self.known.inventory.workloads[self.workload?];
                self.of_pod(workload, field).map(Ok)
            }
            "workload" => self.of_workload(self.workload?, field),
            _ => None,
        }
    }
}
