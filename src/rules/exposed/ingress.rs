//! Ingresses that take requests in the clear, for any host, or with configuration of the proxy in them.

use crate::document::Object;
use crate::finding::{Out, Severity};
use crate::inventory::{Inventory, items};

/// Annotations by which a load balancer before the Ingress ends TLS.
const ENDED: &[&str] = &[
    "alb.ingress.kubernetes.io/certificate-arn",
    "alb.ingress.kubernetes.io/listen-ports",
    "networking.gke.io/managed-certificates",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "kubernetes.io/ingress.allow-http",
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
    "nginx.ingress.kubernetes.io/ssl-passthrough",
    "nginx.ingress.kubernetes.io/force-ssl-redirect",
    "cert-manager.io/cluster-issuer",
    "cert-manager.io/issuer",
    "ingress.kubernetes.io/ssl-redirect",
    "traefik.ingress.kubernetes.io/frontend-entry-points",
    "traefik.ingress.kubernetes.io/redirect-entry-point",
    "traefik.ingress.kubernetes.io/router.tls",
    "haproxy.org/ssl-passthrough",
    "external-dns.alpha.kubernetes.io/cloudflare-proxied",
];

/// Names entry points of Traefik; `websecure` is the one that ends TLS.
const ENTRY_POINTS: &str = "traefik.ingress.kubernetes.io/router.entrypoints";

/// Annotations that put text into the configuration of nginx.
const SNIPPETS: &[&str] = &["-snippet"];

/// Words of a snippet that run code or read files.
const DANGEROUS: &[&str] =
    &["_by_lua", "alias", "root ", "proxy_pass", "serviceaccount", "load_module", "include "];

fn ingresses<'s, 'a>(inventory: &'s Inventory<'a>) -> impl Iterator<Item = &'s Object<'a>> {
    let ours = |object: &&Object<'a>| matches!(object.group(), "networking.k8s.io" | "extensions");
    inventory.of_kind("Ingress").filter(ours).filter(|object| !inventory.is_patched(object))
}

/// Ingresses without TLS.
pub(super) fn without_tls(inventory: &Inventory<'_>, out: &mut Out) {
    for object in ingresses(inventory) {
        let Some(spec) = object.spec() else { continue };
        if items(Some(spec), "tls").next().is_some()
            || ENDED.iter().any(|key| object.annotation(key).is_some())
            || object.annotation(ENTRY_POINTS).is_some_and(|names| names.text().contains("secure"))
        {
            continue;
        }
        let hosts: Vec<_> = items(Some(spec), "rules").filter_map(|rule| rule.get("host")).collect();
        let local = |host: &str| {
            [".local", ".localhost", ".test", ".internal", ".lan", ".home.arpa", ".nip.io"]
                .iter()
                .any(|end| host.ends_with(end))
        };
        if !hosts.is_empty() && hosts.iter().all(|host| local(host.text())) {
            continue;
        }
        let draft = out
            .report(object.anchor(), format!("{} takes requests without TLS", object.title()))
            .label("there is no `spec.tls`, and no annotation by which a load balancer ends TLS")
            .help("add `spec.tls` with the hosts and a Secret, for example one that cert-manager keeps");
        if let Some(host) = hosts.first() {
            draft.also(*host, "passwords for this host travel in the clear");
        }
    }
}

/// Rules without a host, and hosts with `*`.
pub(super) fn any_host(inventory: &Inventory<'_>, out: &mut Out) {
    for object in ingresses(inventory) {
        for rule in items(object.spec(), "rules") {
            let host = rule.get("host").filter(|host| !host.text().is_empty());
            let place = match host {
                Some(host) if host.text().starts_with('*') => host,
                Some(_) => continue,
                None => rule.entry("http").map_or(rule, |http| http.key),
            };
            let (what, label) = match host {
                Some(_) => ("every name below a domain", "any name below this domain leads here"),
                None => ("requests for every host", "a rule without `host` takes requests for all hosts"),
            };
            out.report(place, format!("{} takes {what}", object.title()))
                .severity(Severity::Info)
                .label(label)
                .help("name the hosts");
            break;
        }
    }
}

/// Configuration of nginx in annotations (fact 19.29).
pub(super) fn snippet(inventory: &Inventory<'_>, out: &mut Out) {
    for object in ingresses(inventory) {
        let annotations = object.metadata().and_then(|it| it.get("annotations"));
        let found = annotations.into_iter().flat_map(|list| list.entries()).find(|entry| {
            let key = entry.key.text();
            key.starts_with("nginx.ingress.kubernetes.io/") && SNIPPETS.iter().any(|end| key.ends_with(end))
        });
        let Some(entry) = found else { continue };
        let code = DANGEROUS.iter().any(|word| entry.value.text().contains(word));
        out.report(entry.key, format!("{} writes into the configuration of its proxy", object.title()))
            .severity(if code { Severity::Warning } else { Severity::Info })
            .label("put into nginx' configuration as it is")
            .note("whoever may write Ingresses can read the controller's token this way, and with it all Secrets (CVE-2021-25742)")
            .help("use the annotation for the setting, if there is one; controllers refuse snippets by default");
    }
}
