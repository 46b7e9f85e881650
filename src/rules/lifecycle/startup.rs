//! Slow starters that are killed before they are up (fact 9.11).

use super::lasting;
use crate::finding::{Out, amend};
use crate::inventory::Inventory;
use crate::kube::image;
use crate::kube::pod::Container;
use crate::kube::probe::Probe;
use crate::text::placeholder::is_placeholder;

/// Seconds that these images should be given; the fact's own figure.
const ENOUGH: i64 = 60;

/// Databases that read or repair their files before they answer, by the name in the image table.
const DATABASES: &[&str] = &[
    "mysql",
    "percona",
    "mariadb",
    "postgres",
    "mongo",
    "cassandra",
    "neo4j",
    "elasticsearch",
    "opensearch",
    "rabbitmq",
    "couchbase",
    "clickhouse",
    "arangodb",
    "crate",
    "solr",
    "cockroachdb",
    "mssql",
    "oracle",
    "influxdb",
];

/// Servers that run on a Java virtual machine, by the last part of the image's name.
const JVM: &[&str] = &[
    "keycloak",
    "jenkins",
    "sonarqube",
    "nexus3",
    "kafka",
    "cp-kafka",
    "cp-schema-registry",
    "cp-kafka-connect",
    "cp-kafka-rest",
    "wildfly",
    "logstash",
    "nacos-server",
    "confluence",
    "jira-software",
    "bitbucket",
    "artifactory-oss",
    "artifactory-pro",
    "activemq",
    "activemq-artemis",
    "tomcat",
    "openjdk",
    "eclipse-temurin",
    "amazoncorretto",
];

/// Variables that only a Java virtual machine reads.
const JVM_VARIABLES: &[&str] =
    &["JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JVM_OPTS", "CATALINA_OPTS"];

pub fn budget_short(inventory: &Inventory<'_>, out: &mut Out) {
    for (_, workload) in lasting(inventory) {
        for container in workload.pod.spec.running_containers() {
            let startup = container.node.entry("startupProbe").filter(|entry| !entry.value.is_null());
            let field = if startup.is_some() { "startupProbe" } else { "livenessProbe" };
            // Without either nobody kills it.
            let (Some(probe), Some(kind)) = (Probe::read(container, field), class(container)) else {
                continue;
            };
            let budget = probe.budget();
            if budget >= ENOUGH {
                continue;
            }
            let name = container.name();
            let sum = match probe.delay {
                0 => format!("{} × {} s", probe.failures, probe.period),
                delay => format!("{delay} s + {} × {} s", probe.failures, probe.period),
            };
            let more = (ENOUGH * 5 / probe.period).max(1);
            let draft = out
                .report(probe.key, format!("container `{name}` is killed unless it starts within {budget} s"))
                .label(sum)
                .note(format!("{kind} often takes longer than that to start"))
                .also(container.image().unwrap_or(container.node), "what has to start");
            let _ = match startup {
                Some(_) => draft
                    .help(format!(
                        "set `failureThreshold: {more}` on the startup probe; it stops at the first success"
                    ))
                    .repairable(
                        format!("write `failureThreshold: {more}` at the startup probe"),
                        amend::set(probe.node, "failureThreshold", &more.to_string()),
                    ),
                None => draft.help("add a `startupProbe` with the same check and `failureThreshold: 30`, which delays the liveness probe"),
            };
        }
    }
}

/// What a slow starter is called in the message; `None` for what starts fast or is not known.
fn class(container: Container<'_>) -> Option<String> {
    let text = container.image_text();
    let image = image::parse(text).filter(|_| !is_placeholder(text))?;
    let java = container.env().any(|one| JVM_VARIABLES.contains(&one.name()))
        || container
            .list("command")
            .next()
            .is_some_and(|word| word.text().rsplit('/').next() == Some("java"));
    if java || JVM.contains(&image.name) {
        return Some(format!("the Java virtual machine in `{text}`"));
    }
    let database = image::database(&image).filter(|one| DATABASES.contains(&one.name))?;
    // With a command of its own it may be anything but the server.
    container.node.get("command").is_none().then(|| format!("{} in `{text}`", database.name))
}
