//! Host names in environment variables, and the Services they lead to (sections 5 and 7 of the facts).

use std::borrow::Cow;

use rayon::prelude::*;

use super::env::{Environment, Variable};
use super::{Inventory, scope};
use crate::files::Span;
use crate::hosts::address::{self, Hint, Reading};
use crate::hosts::dns::{self, Candidate, Form, Lookup, Why};
use crate::hosts::names;
use crate::kube::pod::Container;
use crate::kube::selector::Match;
use crate::yaml::Node;

/// A host that a container uses.
#[derive(Clone, Debug)]
pub struct HostUse<'a> {
    /// Position of the workload in [`Inventory::workloads`].
    pub workload: usize,
    /// The container.
    pub container: Container<'a>,
    /// The variable that carries the host.
    pub variable: Cow<'a, str>,
    /// Where the container sets or asks for the variable.
    pub at: Node<'a>,
    /// The host itself if it is written there, else the whole place.
    pub span: Span,
    /// Where the value stands, if it comes from a ConfigMap or Secret.
    pub origin: Option<Node<'a>>,
    /// The host; `None` when it must not be shown.
    pub shown: Option<String>,
    /// The port that goes with it, where it is written, and the variable that carries it if another one does.
    pub port: Option<UsedPort>,
    /// What the variable means is documented by the image or plain from its name and value.
    pub verified: bool,
    /// No variable names it: the image uses it by default.
    pub implicit: bool,
    /// Where it leads.
    pub outcome: Outcome,
}

/// The port of a host.
#[derive(Clone, Debug)]
pub struct UsedPort {
    /// The number.
    pub number: u16,
    /// Where it is written.
    pub span: Span,
    /// The variable that carries it, if it is not part of the host's value.
    pub variable: Option<String>,
    /// It comes from a Secret, so it is never shown.
    pub secret: bool,
}

/// Where a host leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// To these Services.
    Services(Vec<usize>),
    /// To one pod of a headless Service.
    Pod {
        /// The Service.
        service: usize,
        /// The pod's host name, in lower case.
        pod: String,
    },
    /// Nowhere in view: the names that were tried.
    Missing {
        /// The readings of the host, likeliest first.
        tried: Vec<Candidate>,
        /// How it was written.
        form: Form,
    },
    /// It can never resolve.
    Never(Why),
    /// To a container of the same pod.
    Loopback,
}

/// A workload that depends on another through a host name.
#[derive(Clone, Debug)]
pub struct Dependent<'a> {
    /// Position of the workload that depends.
    pub workload: usize,
    /// The variable through which it does.
    pub variable: Cow<'a, str>,
    /// Where the variable is set.
    pub at: Node<'a>,
    /// Position of the Service in between.
    pub service: usize,
}

/// The addresses in a value, and whether the variable's name says that it holds some (`hint`).
fn addresses(value: &str, hint: Option<Hint>) -> Option<(Vec<address::Address>, bool)> {
    match address::read(value, hint.unwrap_or(Hint::Any)) {
        Reading::Addresses(addresses) => Some((addresses, true)),
        // `host:port`, or the name of a Service, in a variable of any name.
        _ if hint.is_none() => match address::read(value, Hint::Host) {
            Reading::Addresses(addresses) => Some((addresses, false)),
            _ => None,
        },
        _ => None,
    }
}

impl<'a> Inventory<'a> {
    /// Every host that a container of the unit uses, in the order of the input.
    pub fn hosts(&self) -> &[HostUse<'a>] {
        &self.hosts
    }

    pub(super) fn read_hosts(&self) -> Vec<HostUse<'a>> {
        let of_workload = |at: usize| {
            let spec = self.workloads[at].pod.spec;
            let mut found = Vec::new();
            for container in spec.containers().chain(spec.init_containers()) {
                self.hosts_of(at, container, &mut found);
            }
            found
        };
        (0..self.workloads.len()).into_par_iter().flat_map_iter(of_workload).collect()
    }

    pub(super) fn users_of_services(&self) -> Vec<Vec<usize>> {
        let mut users = vec![Vec::new(); self.services.len()];
        for (at, host) in self.hosts.iter().enumerate() {
            if let Outcome::Services(services) = &host.outcome {
                // Where its own namespace has one of the name, one of an open namespace is not the one that is meant.
                let written = |service: &usize| self.namespace(&self.services[*service].object).is_some();
                let own = self.namespace(&self.workloads[host.workload].object).is_some();
                let exact = own && services.iter().any(written);
                let meant = services.iter().filter(|service| !exact || written(service));
                meant.for_each(|&service| users[service].push(at));
            }
        }
        users
    }

    /// The workloads that reach a workload's pods by a host name.
    pub fn dependents(&self, workload: usize) -> Vec<Dependent<'a>> {
        let services = self.services_of(workload).iter();
        let uses = services.flat_map(|&service| self.users[service].iter().map(move |&at| (service, at)));
        uses.map(|(service, at)| (service, &self.hosts[at]))
            .filter(|(_, host)| host.workload != workload)
            .map(|(service, host)| Dependent {
                workload: host.workload,
                variable: host.variable.clone(),
                at: host.at,
                service,
            })
            .collect()
    }

    fn hosts_of(&self, at: usize, container: Container<'a>, found: &mut Vec<HostUse<'a>>) {
        let workload = &self.workloads[at];
        let image = container.image_text();
        let has_env = container.node.get("env").is_some() || container.node.get("envFrom").is_some();
        let implicit = names::implicit_default(image);
        if !has_env && implicit.is_none() {
            return;
        }
        let environment = self.environment(workload, container);
        for variable in environment.variables() {
            self.read_variable(at, container, &environment, variable, found);
        }
        let implicit = implicit.filter(|implicit| {
            !environment.open && implicit.unless_set.iter().all(|name| environment.get(name).is_none())
        });
        if let (Some(implicit), Some(image)) = (implicit, container.image()) {
            found.push(HostUse {
                workload: at,
                container,
                variable: Cow::Borrowed(implicit.variable),
                at: image,
                span: image.span(),
                origin: None,
                shown: Some(implicit.host.to_owned()),
                port: None,
                verified: true,
                implicit: true,
                outcome: self.resolve_host(at, implicit.host).unwrap_or(Outcome::Loopback),
            });
        }
    }

    fn read_variable(
        &self,
        at: usize,
        container: Container<'a>,
        environment: &Environment<'a>,
        variable: &Variable<'a>,
        found: &mut Vec<HostUse<'a>>,
    ) {
        let Some(value) = variable.value.as_deref().filter(|value| may_carry_host(value)) else {
            return;
        };
        let image = container.image_text();
        let role = names::role(&variable.name, image);
        // What is an address whatever its name has one of these in it.
        let marked = || value.bytes().any(|byte| matches!(byte, b':' | b'=' | b'('));
        let may = || marked() || (value.contains('-') && names::is_product(&variable.name));
        if role.is_none() && (!may() || names::is_own_address(&variable.name, image)) {
            return;
        }
        let Some((addresses, sure)) = addresses(value, role.as_ref().map(|role| role.hint)) else { return };
        for address in addresses.into_iter().filter(|address| !address.srv) {
            let host = &value[address.host.clone()];
            let Some(outcome) = self.resolve_host(at, host) else {
                continue;
            };
            let port = address.port.as_ref().map(|port| i64::from(port.number));
            if !sure && !self.is_of_others(at, &outcome, port) {
                continue;
            }
            let place = |range: std::ops::Range<usize>| {
                variable.literal.map_or(variable.at.span(), |literal| literal.part(range))
            };
            let own = address.port.as_ref().map(|port| UsedPort {
                number: port.number,
                span: place(port.range.clone()),
                variable: None,
                secret: variable.secret,
            });
            let ports = role.as_ref().map_or(&[][..], |role| &role.port_variables);
            let sibling = || ports.iter().find_map(|name| sibling_port(environment, name));
            found.push(HostUse {
                workload: at,
                container,
                variable: variable.name.clone(),
                at: variable.at,
                span: place(address.host.clone()),
                origin: variable.origin,
                shown: (!variable.secret).then(|| host.to_owned()),
                port: own.or_else(sibling),
                verified: role.as_ref().map_or(sure, |role| role.verified),
                implicit: false,
                outcome,
            });
        }
    }

    /// Whether a host and its port lead to Services, and to none of the workload itself.
    fn is_of_others(&self, workload: usize, outcome: &Outcome, port: Option<i64>) -> bool {
        let Outcome::Services(found) = outcome else {
            return false;
        };
        let own = self.services_of(workload);
        let exposes = |service: &&usize| {
            let mut ports = self.services[**service].ports().filter_map(|one| one.port);
            port.is_none() || ports.any(|one| Some(one) == port)
        };
        found.iter().all(|service| !own.contains(service)) && found.iter().any(|service| exposes(&service))
    }

    /// Where a host leads from the pods of a workload; `None` for what is outside the cluster.
    pub(super) fn resolve_host(&self, workload: usize, host: &str) -> Option<Outcome> {
        let namespace = self.namespace(&self.workloads[workload].object);
        let domain = self.surroundings.domain.as_deref().unwrap_or("cluster.local");
        match dns::candidates(host, namespace, domain) {
            Lookup::Ip(_) | Lookup::External => None,
            Lookup::Loopback => Some(Outcome::Loopback),
            Lookup::Never { why } => Some(Outcome::Never(why)),
            Lookup::Candidates { names, form } => Some(self.pick(namespace, names, form)),
        }
    }

    fn pick(&self, own: Option<&str>, tried: Vec<Candidate>, form: Form) -> Outcome {
        for candidate in &tried {
            match candidate {
                Candidate::Service { name, namespace } => {
                    let found = self.reachable_services(name, namespace.as_deref().or(own));
                    if !found.is_empty() {
                        return Outcome::Services(found);
                    }
                }
                Candidate::Pod { host, service, namespace } => {
                    let found = self.reachable_services(service, namespace.as_deref().or(own));
                    if let Some(&service) = found.first() {
                        return Outcome::Pod { service, pod: host.clone() };
                    }
                }
            }
        }
        Outcome::Missing { tried, form }
    }

    /// Services of a name in a namespace; those that a kustomization renames count under both names.
    pub fn reachable_services(&self, name: &str, namespace: Option<&str>) -> Vec<usize> {
        let mut names = vec![name];
        for (prefix, suffix) in &self.view.affixes {
            let bare = name.strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_suffix(suffix.as_str()));
            names.extend(bare);
        }
        let services = names.into_iter().flat_map(|name| self.services_named(name)).copied();
        let near = |&at: &usize| scope(namespace, self.namespace(&self.services[at].object)) != Match::No;
        services.filter(near).collect()
    }
}

/// A cheap look before any grammar is tried: values without a letter or longer than any address are none, except
/// for the pod's own address.
fn may_carry_host(value: &str) -> bool {
    let letter = || value.bytes().any(|byte| byte.is_ascii_alphabetic());
    (2..4096).contains(&value.len()) && (value.starts_with("127.") || letter())
}

fn sibling_port(environment: &Environment<'_>, name: &str) -> Option<UsedPort> {
    let variable = environment.get(name)?;
    let number = variable.value.as_deref()?.trim().parse().ok()?;
    let span = variable.literal.unwrap_or(variable.at).span();
    Some(UsedPort { number, span, variable: Some(name.to_owned()), secret: variable.secret })
}
