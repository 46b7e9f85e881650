//! What the cluster takes once or up to a size: node ports, and objects that `kubectl apply` copies into an annotation (facts
//! 15.54, 15.55).

use foldhash::{HashMap, HashMapExt};

use super::{Check, Rule, rule};
use crate::document::Object;
use crate::finding::Out;
use crate::inventory::{Inventory, same_directory};
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("node-port-twice", Check::Unit(node_port_twice)),
    rule!("too-large-to-apply", Check::Unit(too_large)),
];

fn node_port_twice(inventory: &Inventory<'_>, out: &mut Out) {
    let mut taken: HashMap<(i64, &str), (Object<'_>, Node<'_>)> = HashMap::new();
    for service in &inventory.services {
        if !matches!(service.service_type(), "NodePort" | "LoadBalancer")
            || inventory.is_patched(&service.object)
        {
            continue;
        }
        for port in service.ports() {
            let number = port.node.get("nodePort").and_then(|node| Some((node, node.int()?)));
            let Some((node, number)) = number.filter(|one| one.1 > 0) else { continue };
            let (first, place) = *taken.entry((number, port.protocol)).or_insert((service.object, node));
            // Another edition of the Service may have it, the same one not.
            let same = first.identity() == service.object.identity() && first.node != service.object.node;
            // What lies apart need not go to one cluster.
            let together = inventory.view.built || same_directory(&first, &service.object);
            if same || !together || inventory.is_contested(&service.object) || inventory.is_contested(&first)
            {
                continue;
            }
            if place == node {
                continue;
            }
            out.report(node, format!("node port {number} is already taken by {}", first.title()))
                .label("a node port belongs to one Service of the whole cluster")
                .also(place, "taken here")
                .help("choose another number, or leave it out and let the API server choose");
        }
    }
}

/// All annotations of an object together, keys included.
const MOST: usize = 256 << 10;
/// What a line of YAML may gain as JSON: quotes around key and value, brackets and a comma, the mark of a line break.
const LINE: usize = 10;

fn too_large(inventory: &Inventory<'_>, out: &mut Out) {
    for object in &inventory.objects {
        // Nobody applies the definitions of a chart by hand, and who publishes one alone says how to install it.
        if object.kind == "CustomResourceDefinition" && !inventory.view.built {
            continue;
        }
        let data = matches!((object.group(), object.kind), ("", "ConfigMap" | "Secret"));
        let small = match data && inventory.view.built {
            // A kustomization embeds files, which are longer than their place.
            true => texts(object.node) * 2 <= MOST,
            // Aliases that are written out are longer, too.
            false => !object.node.tree().has_aliases() && at_most(object.node.source_text()) <= MOST,
        };
        if small {
            continue;
        }
        let sync = object.annotation("argocd.argoproj.io/sync-options");
        let by_server = sync.is_some_and(|node| {
            ["ServerSideApply=true", "Replace=true"].iter().any(|word| node.text().contains(word))
        });
        let size = length(object.node, 64);
        if by_server || size <= MOST {
            continue;
        }
        out.report(object.anchor(), format!("{} is too large for `kubectl apply`", object.title()))
            .label(format!(
                "`kubectl apply` keeps a copy of it in an annotation, which may hold at most {} KiB",
                MOST >> 10
            ))
            .note("`kubectl apply` fails: `metadata.annotations: Too long`")
            .help("use `kubectl apply --server-side`, which keeps no such copy; Helm keeps none either");
    }
}

/// At most so many bytes a text has as JSON. Lines lose their indentation.
fn at_most(text: &str) -> usize {
    // Nothing becomes more than twice as long, however it is written.
    if text.len() * 2 <= MOST {
        return text.len() * 2;
    }
    let line = |line: &str| match line.trim_ascii_start().len() {
        long if long > 40 * LINE => 2 * long,
        len => len + LINE,
    };
    text.lines().map(line).sum()
}

/// Bytes of the texts of a ConfigMap or Secret, without what JSON adds.
fn texts(object: Node<'_>) -> usize {
    let lists = ["data", "stringData", "binaryData"].into_iter().filter_map(|key| object.get(key));
    lists.flat_map(|list| list.entries()).map(|entry| entry.value.text().len() + entry.key.text().len()).sum()
}

/// Bytes of a node as JSON, counted until they are more than `MOST`.
fn length(node: Node<'_>, depth: u32) -> usize {
    if depth == 0 {
        return 0;
    }
    let mut sum = 2;
    if node.is_mapping() {
        for entry in node.entries() {
            sum += entry.key.text().len() + 4 + length(entry.value, depth - 1);
            if sum > MOST {
                break;
            }
        }
    } else if node.is_sequence() {
        for item in node.items() {
            sum += 1 + length(item, depth - 1);
            if sum > MOST {
                break;
            }
        }
    } else {
        // Every line break takes a byte more.
        let text = node.text();
        sum += text.len() + memchr::memchr_iter(b'\n', text.as_bytes()).count();
    }
    sum
}
