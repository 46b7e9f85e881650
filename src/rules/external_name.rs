//! Services that are names for something outside of the cluster (fact 15.82).

use std::net::Ipv4Addr;

use super::{Check, Rule, rule};
use crate::finding::Out;
use crate::inventory::Inventory;

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("external-name-is-address", Check::Service(is_address))];

fn is_address(inventory: &Inventory<'_>, at: usize, out: &mut Out) {
    let service = &inventory.services[at];
    let Some(name) = service.field("externalName").filter(|_| service.is_external_name()) else { return };
    let address = name.text().trim_end_matches('.');
    if address.parse::<Ipv4Addr>().is_err() {
        return;
    }
    // Some controllers take the address from the Service without asking DNS.
    let namespace = inventory.namespace(&service.object);
    let routed = |one: &crate::inventory::BackendUse<'_>| {
        one.name.text() == service.object.name && one.namespace == namespace
    };
    if inventory.backends().iter().any(routed) {
        return;
    }
    out.report(name, format!("{} does not resolve: `{address}` is an address, not a name", service.object.title()))
        .label("DNS answers with this as the name of another host")
        .help(format!(
            "remove `type` and `externalName`, and add an EndpointSlice with the address {address} for the Service"
        ));
}
