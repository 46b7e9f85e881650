//! Variables that the kubelet makes of Services, and applications that read them as numbers (fact 6.9).

use super::expansion::mentions;
use super::{Check, Eligible, Rule, rule};
use crate::finding::Out;
use crate::hosts::names;
use crate::inventory::{Inventory, scope};
use crate::kube::image;
use crate::kube::pod::Container;
use crate::kube::selector::Match;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("service-link-collision", Check::Workload(Eligible::FINAL, collision))];

/// Images whose start script refuses to go on when a variable of this name is set to anything (fact 6.32).
const REFUSERS: &[(&str, &str)] = &[
    ("cp-kafka", "KAFKA_PORT"),
    ("cp-enterprise-kafka", "KAFKA_PORT"),
    ("cp-server", "KAFKA_PORT"),
    ("cp-schema-registry", "SCHEMA_REGISTRY_PORT"),
];

/// Images that read a variable of this name as a port number.
const READERS: &[(&str, &str)] = &[
    ("n8n", "N8N_PORT"),
    ("uptime-kuma", "UPTIME_KUMA_PORT"),
    ("paperless-ngx", "PAPERLESS_PORT"),
    ("immich-server", "IMMICH_PORT"),
    ("semaphore", "SEMAPHORE_PORT"),
    ("memos", "MEMOS_PORT"),
    ("openldap", "LDAP_PORT"),
    ("cerebro", "CEREBRO_PORT"),
    ("backrest", "BACKREST_PORT"),
    ("podinfo", "PODINFO_PORT"),
    ("krakend", "KRAKEND_PORT"),
    ("stump", "STUMP_PORT"),
    ("kong", "KONG_PORT"),
];

fn collision(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let spec = inventory.workloads[at].pod.spec;
    let off = spec.0.get("enableServiceLinks").is_some_and(|node| node.bool() == Some(false));
    if off {
        return;
    }
    for container in spec.running_containers() {
        for one in read_by(container) {
            check(inventory, at, container, &one, out);
        }
    }
}

/// A variable that a container surely or very likely reads as a port.
struct Reading<'a> {
    variable: String,
    /// The place that says so.
    evidence: Node<'a>,
    /// The image that does not start with it, whatever its value.
    refuses: Option<&'a str>,
}

fn read_by<'a>(container: Container<'a>) -> Vec<Reading<'a>> {
    let reference = container.image_text();
    let image = image::parse(reference);
    let name = image.as_ref().map_or("", |image| image.name);
    // Others have programs of these names, too.
    let strange = image.as_ref().is_some_and(|image| is_of_others(image));
    let mut found: Vec<Reading<'a>> = Vec::new();
    if let Some(evidence) = container.image().filter(|_| !strange && runs_its_program(container, name)) {
        let of_image = |rows: &[(&str, &str)], refuses: Option<&'a str>| -> Vec<Reading<'a>> {
            let own = rows.iter().filter(|row| row.0 == name);
            own.map(|row| Reading { variable: row.1.to_owned(), evidence, refuses }).collect()
        };
        found.extend(of_image(REFUSERS, Some(name)));
        found.extend(of_image(READERS, None));
    }
    let mut found_here = |variable: String, evidence| {
        found.push(Reading { variable, evidence, refuses: None });
    };
    for entry in container.env() {
        let role = names::role(entry.name(), reference).filter(|role| role.verified);
        let ports = role.into_iter().flat_map(|role| role.port_variables);
        ports.filter(|port| port.ends_with("_PORT")).for_each(|port| found_here(port, entry.0));
    }
    let texts = container.list("command").chain(container.list("args"));
    for text in texts.chain(container.env().filter_map(|entry| entry.value())) {
        for variable in port_variables(text.text()) {
            if let Some(node) = mentions(container, variable) {
                found_here(variable.to_owned(), node);
            }
        }
    }
    found.sort_by(|one, other| one.variable.cmp(&other.variable));
    found.dedup_by(|one, other| one.variable == other.variable);
    found
}

/// Owners of images whose names are words of their own.
const OWNERS: &[(&str, &[&str])] = &[
    ("semaphore", &["semaphoreui", "ansiblesemaphore"]),
    ("memos", &["neosmemo", "usememos"]),
    ("backrest", &["garethgeorge"]),
    ("kong", &["kong", "library"]),
];

/// Whether the image is another program of the same name.
fn is_of_others(image: &image::Image<'_>) -> bool {
    let owner = image.path.rsplit('/').nth(1).unwrap_or("library");
    let known = OWNERS.iter().find(|one| one.0 == image.name);
    known.is_some_and(|(_, owners)| {
        !owners.contains(&owner) && (owner != "library" || image.registry.is_some())
    })
}

/// Whether what the image is known for runs at all: no command stands in its place, or one that names its start script
/// or its program. A shell that calls another tool of the image reads nothing.
fn runs_its_program(container: Container<'_>, image: &str) -> bool {
    let own = |word: &str| {
        let program = word.rsplit('/').next().unwrap_or(word);
        program.starts_with(image)
            || program.contains("entrypoint")
            || word.starts_with("/etc/confluent/docker/")
    };
    let mut words = container.list("command").chain(container.list("args"));
    container.list("command").next().is_none()
        || words.any(|text| text.text().split(|c: char| c.is_whitespace() || ";&|()\"'".contains(c)).any(own))
}

/// Words like `REDIS_PORT` in a text.
fn port_variables(text: &str) -> impl Iterator<Item = &str> {
    let any = memchr::memmem::find(text.as_bytes(), b"_PORT").is_some();
    let words = if any { text } else { "" }.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| {
        word.strip_suffix("_PORT").is_some_and(|stem| {
            !stem.is_empty()
                && !stem.ends_with("_SERVICE")
                && stem.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        })
    })
}

/// Whether the container's own command takes a variable out of the environment first.
fn unsets(container: Container<'_>, variable: &str) -> bool {
    let mut texts = container.list("command").chain(container.list("args")).map(|word| word.text());
    texts.any(|text| {
        let mut after = text.split("unset ").skip(1);
        after.any(|rest| {
            rest.split(['&', ';', '|', '\n'])
                .next()
                .is_some_and(|names| names.split_whitespace().any(|name| name == variable))
        })
    })
}

fn check(
    inventory: &Inventory<'_>,
    at: usize,
    container: Container<'_>,
    reading: &Reading<'_>,
    out: &mut Out,
) {
    let variable = reading.variable.as_str();
    let workload = &inventory.workloads[at];
    let environment = inventory.environment(workload, container);
    if environment.open || environment.get(variable).is_some() || unsets(container, variable) {
        return;
    }
    let stem = variable.strip_suffix("_PORT").unwrap_or(variable);
    let name = stem.to_ascii_lowercase().replace('_', "-");
    let namespace = inventory.namespace(&workload.object);
    let services = inventory.services_named(&name).iter().map(|&one| &inventory.services[one]);
    let linked = services.filter(|service| {
        !service.is_headless()
            && !service.is_external_name()
            && service.ports().next().is_some()
            && scope(namespace, inventory.namespace(&service.object)) != Match::No
    });
    let Some(service) = linked.min_by_key(|one| inventory.distance(&workload.object, &one.object)) else {
        return;
    };
    let port = service.ports().find_map(|port| port.port).unwrap_or(0);
    let draft = match reading.refuses {
        Some(image) => out
            .report(
                reading.evidence,
                format!("`{image}` refuses to start with `{variable}`, which Service `{name}` sets here"),
            )
            .label(format!("ends with an error if `{variable}` is set"))
            .note(format!("the kubelet sets it to `tcp://…:{port}`; no other value would be accepted either"))
            .help("set `enableServiceLinks: false` in the pod spec, or rename the Service"),
        None => out
            .report(
                reading.evidence,
                format!("`{variable}` is not a number here: the kubelet sets it to `tcp://…:{port}` because of Service `{name}`"),
            )
            .label(format!("reads `{variable}`"))
            .help(format!("set `enableServiceLinks: false`, or set `{variable}` in `env`"))
            .note("a program that expects a port number there fails to start"),
    };
    draft.also(
        service.object.anchor(),
        format!("pods that start after this Service get `{variable}` from it"),
    );
}
