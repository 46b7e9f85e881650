//! Which Service was meant by a host that names none.

use super::{report, what};
use crate::document::Object;
use crate::finding::Out;
use crate::inventory::{Evidence, HostUse, Inventory, same_directory, scope};
use crate::kube::image;
use crate::kube::selector::Match;
use crate::kube::service::Service;
use crate::project::Sought;
use crate::text::suggest;

/// Reports a host whose namespace is a slip of the one that has the Service, or in which nothing is while the only
/// Service of the name lies beside the pod.
pub(super) fn namespace(
    inventory: &Inventory<'_>,
    host: &HostUse<'_>,
    name: &str,
    written: Option<&str>,
    out: &mut Out,
) -> bool {
    let Some(written) = written else { return false };
    let pod = &inventory.workloads[host.workload].object;
    let named = || inventory.services_named(name).iter().map(|&at| &inventory.services[at].object);
    let slip = named().find_map(|service| {
        Some((service, inventory.namespace(service).filter(|there| suggest::is_slip(written, there))?))
    });
    // The only Service of the name lies beside the pod, in its namespace, and nothing is in the other one.
    let beside = || {
        let mut all = named();
        let only = all.next().filter(|one| all.next().is_none() && same_directory(one, pod))?;
        let there = inventory.namespace(only).filter(|there| inventory.namespace(pod) == Some(there))?;
        let known = inventory.is_namespace(written)
            || inventory.objects.iter().any(|one| inventory.namespace(one) == Some(written));
        (!known).then_some((only, there))
    };
    let near = slip.map(|meant| (meant, Evidence::NearMiss));
    let Some(((service, there), evidence)) =
        near.or_else(|| beside().map(|meant| (meant, Evidence::Nothing)))
    else {
        return false;
    };
    let sought = Sought { kind: Some("Service"), name: Some(name) };
    let Some(severity) = inventory.absence_of(&sought, evidence, pod) else { return false };
    let message = format!("{} does not match any Service: `{name}` is in namespace `{there}`", what(host));
    report(host, message, format!("no Service of this name is in namespace `{written}`"), out)
        .severity(severity)
        .also(service.anchor(), format!("Service `{name}` in namespace `{there}`"))
        .help(format!("did you mean `{name}.{there}`?"));
    true
}

/// The Service that was evidently meant, and why.
pub(super) fn service(
    inventory: &Inventory<'_>,
    host: &HostUse<'_>,
    name: &str,
    namespace: Option<&str>,
) -> Option<(usize, String)> {
    let reachable = |service: &Service<'_>| {
        scope(namespace, service.object.namespace) != Match::No && !service.is_external_name()
    };
    // The name of a workload, whose Service is called otherwise.
    for &at in inventory.workloads_named(name) {
        let workload = &inventory.workloads[at];
        if let &[service] = inventory.services_of(at)
            && reachable(&inventory.services[service])
        {
            return Some((service, format!("this is the name of {}, not of a Service", workload.title())));
        }
    }
    let near = |at: usize| {
        let service = &inventory.services[at];
        let distance = reachable(service).then(|| suggest::slip(name, service.object.name))??;
        Some((distance, at))
    };
    if let Some((_, at)) = inventory.services_like(name).into_iter().filter_map(near).min() {
        return Some((at, "no Service has this name".to_owned()));
    }
    let pod = &inventory.workloads[host.workload].object;
    if let Some(other) = inventory.but_for_kind(pod, namespace, name) {
        return position(inventory, &other).map(|at| (at, "no Service has this name".to_owned()));
    }
    if let Some(at) = named_by_variable(inventory, host, name, &reachable) {
        let why = format!("no Service has this name; the variable `{}` fits another one", host.variable);
        return Some((at, why));
    }
    // An image's default host: the one Service in front of an image of that name.
    let serves = |at: usize| {
        inventory.service_pods(at).iter().any(|selected| {
            let spec = inventory.workloads[selected.workload].pod.spec;
            selected.workload != host.workload
                && spec.containers().any(|container| {
                    image::parse(container.image_text()).is_some_and(|image| {
                        let own = |database: image::Database| {
                            database.name == name || (name == "db" && host.implicit)
                        };
                        image::database(&image).is_some_and(own)
                    })
                })
        })
    };
    let is_meant = |at: &usize| reachable(&inventory.services[*at]) && serves(*at);
    let mut meant = if host.implicit {
        (0..inventory.services.len()).filter(is_meant).take(2).collect::<Vec<usize>>()
    } else {
        let beside = inventory.beside("Service", pod).filter_map(|service| position(inventory, service));
        beside.filter(is_meant).take(2).collect()
    }
    .into_iter();
    match (meant.next(), meant.next()) {
        (Some(only), None) if host.implicit => Some((only, format!("`{}` is not set", host.variable))),
        (Some(only), None) => {
            Some((only, format!("no Service has this name, and one beside it stands before a `{name}`")))
        }
        _ => None,
    }
}

fn position(inventory: &Inventory<'_>, object: &Object<'_>) -> Option<usize> {
    let named = inventory.services_named(object.name).iter().copied();
    named.into_iter().find(|&at| inventory.services[at].object.node.span() == object.node.span())
}

/// The only Service of the directory that begins like the host and ends with the words of the variable:
/// `SE_EVENT_BUS_HOST: selenium-hub`, where `selenium-event-bus` lies beside it.
fn named_by_variable(
    inventory: &Inventory<'_>,
    host: &HostUse<'_>,
    name: &str,
    reachable: &impl Fn(&Service<'_>) -> bool,
) -> Option<usize> {
    const ADDRESS_WORDS: &[&str] =
        &["host", "hostname", "addr", "address", "url", "uri", "endpoint", "server"];
    let variable = host.variable.to_ascii_lowercase();
    let mut words: Vec<&str> = variable.split('_').collect();
    while words.last().is_some_and(|last| ADDRESS_WORDS.contains(last)) {
        words.pop();
    }
    let head = name.split('-').next().unwrap_or(name);
    let fits = |object: &&Object<'_>| {
        let parts: Vec<&str> = object.name.split('-').collect();
        let common =
            parts.iter().rev().zip(words.iter().rev()).take_while(|(one, other)| one == other).count();
        parts.first() == Some(&head) && common >= 2 && common + 1 == parts.len()
    };
    let pod = &inventory.workloads[host.workload].object;
    let mut found = inventory.beside("Service", pod).filter(fits);
    let only = found.next().filter(|_| found.next().is_none())?;
    position(inventory, only).filter(|&at| reachable(&inventory.services[at]))
}
