//! Heaps that are larger than the memory their container may use (fact 15.34).

use crate::files::Span;
use crate::finding::{Out, Severity};
use crate::inventory::{Inventory, Placed};
use crate::kube::limits;
use crate::kube::pod::Container;
use crate::kube::quantity::Quantity;
use crate::kube::workload::Workload;
use crate::yaml::{Node, Style};

/// What sets the size of a heap.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Setting {
    /// `-Xmx`: the heap of a JVM, which needs memory beside it.
    Java,
    /// `--max-old-space-size` of Node.js, in MiB; needs memory beside it as well.
    Node,
    /// `GOMEMLIMIT`: all memory of a Go program, as a goal.
    Go,
    /// `maxmemory` of Redis and its kin.
    Redis,
}

/// A size that a container sets.
struct Heap<'a> {
    setting: Setting,
    at: Node<'a>,
    /// As it is written.
    text: String,
    bytes: f64,
}

impl Heap<'_> {
    /// Where it stands: its own place in a script of many lines, else the whole value.
    fn place(&self) -> Span {
        let whole = self.at.span();
        let own = || self.at.source_text().rfind(&self.text);
        match Some(self.at.style()).filter(|style| *style == Style::Block).and_then(|_| own()) {
            Some(at) => {
                let start = whole.start + at as u32;
                Span { start, end: start + self.text.len() as u32, ..whole }
            }
            None => whole,
        }
    }
}

pub fn above_limit(inventory: &Inventory<'_>, out: &mut Out) {
    let ranges = Placed::read(inventory, "LimitRange");
    for workload in &inventory.workloads {
        if inventory.is_patched(&workload.object) || workload.is_owned() {
            continue;
        }
        for container in workload.pod.spec.running_containers() {
            let limits = container.node.get("resources").and_then(|resources| resources.get("limits"));
            let own = limits.and_then(|limits| limits.get("memory"));
            // What lies in one directory need not go to one namespace.
            let placed = !ranges.is_empty() && inventory.namespace(&workload.object).is_some();
            let given = || limits::default_limit(ranges.of(inventory, &workload.object), "memory");
            let limit = own.or_else(|| placed.then(given)?);
            if let Some((limit, amount)) = limit.and_then(|node| Some((node, Quantity::read(node)?.to_f64())))
            {
                check(inventory, workload, container, limit, amount, out);
            }
        }
    }
}

fn check<'a>(
    inventory: &Inventory<'a>,
    workload: &Workload<'a>,
    container: Container<'a>,
    limit: Node<'a>,
    amount: f64,
    out: &mut Out,
) {
    let heaps = heaps(inventory, workload, container);
    // Where several places set a size, the smallest may be the one that counts.
    let Some(heap) = heaps.into_iter().min_by(|one, other| one.bytes.total_cmp(&other.bytes)) else { return };
    let full = matches!(heap.setting, Setting::Java | Setting::Node);
    let severity = if heap.bytes > amount {
        Severity::Error
    } else if full && heap.bytes >= amount {
        Severity::Warning
    } else if full && heap.bytes > 0.9 * amount {
        Severity::Info
    } else {
        return;
    };
    let (name, most) = (container.name(), limit.text());
    let text = &heap.text;
    let message = match severity {
        Severity::Error | Severity::Warning => {
            format!("`{text}` lets container `{name}` fill its memory limit of {most}")
        }
        _ => format!("`{text}` leaves container `{name}` little of its memory limit of {most}"),
    };
    let label = match heap.setting {
        Setting::Java => "the heap alone; threads, metaspace and buffers need more",
        Setting::Node => "the heap alone; buffers and the program need more",
        Setting::Go => "collects garbage only as it comes near this",
        Setting::Redis => "evicts only as it comes near this",
    };
    let share = if full { "three quarters" } else { "nine tenths" };
    out.report(heap.place(), message)
        .severity(severity)
        .label(label)
        .also(limit, "the kernel kills the container above this")
        .help(format!("raise the limit, or set this size to about {share} of the limit"));
}

fn heaps<'a>(inventory: &Inventory<'a>, workload: &Workload<'a>, container: Container<'a>) -> Vec<Heap<'a>> {
    let words: Vec<Node<'a>> = container.list("command").chain(container.list("args")).collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let text = word.text();
        found.extend(java(text).map(|(text, bytes)| Heap { setting: Setting::Java, at: *word, text, bytes }));
        found.extend(node(text).map(|(text, bytes)| Heap { setting: Setting::Node, at: *word, text, bytes }));
        if text == "--maxmemory"
            && let Some(next) = words.get(at + 1)
            && let Some(bytes) = redis(next.text())
        {
            let text = format!("--maxmemory {}", next.text());
            found.push(Heap { setting: Setting::Redis, at: *next, text, bytes });
        }
    }
    // The command line comes last for a JVM and wins. Few containers have a variable of these names.
    let named = || container.env().any(|entry| carries(entry.name()));
    let any = || named() || container.list("envFrom").next().is_some();
    if !found.is_empty() || !any() {
        return found;
    }
    for variable in inventory.environment(workload, container).variables() {
        let name = variable.name.as_ref();
        let known = carries(name) && !variable.secret;
        let Some(value) = variable.value.as_deref().filter(|_| known) else { continue };
        let read = match name {
            "GOMEMLIMIT" => go(value).map(|bytes| (Setting::Go, format!("GOMEMLIMIT={value}"), bytes)),
            "NODE_OPTIONS" => node(value).map(|(text, bytes)| (Setting::Node, text, bytes)),
            _ => java(value).map(|(text, bytes)| (Setting::Java, text, bytes)),
        };
        found.extend(read.map(|(setting, text, bytes)| Heap {
            setting,
            at: variable.origin.unwrap_or(variable.literal.unwrap_or(variable.at)),
            text,
            bytes,
        }));
    }
    found
}

/// Whether a variable of this name may set the size of a heap.
fn carries(name: &str) -> bool {
    matches!(name, "GOMEMLIMIT" | "NODE_OPTIONS") || is_java(name)
}

/// Whether a variable carries options of a JVM by custom. `JVM_OPTS` is read by few start scripts.
fn is_java(name: &str) -> bool {
    if name == "JVM_OPTS" {
        return false;
    }
    let word = |word: &str| name.contains(word);
    (word("JAVA") || word("JVM") || word("HEAP") || word("CATALINA") || name == "KAFKA_OPTS")
        && (word("OPT") || word("ARGS"))
}

/// The last `-Xmx` of a text: as written, and in bytes.
fn java(text: &str) -> Option<(String, f64)> {
    let at = text.rfind("-Xmx")?;
    let size: &str = text[at + 4..].split(|c: char| !c.is_ascii_alphanumeric()).next()?;
    let bytes = sized(size, 1024.0)?;
    Some((format!("-Xmx{size}"), bytes))
}

fn node(text: &str) -> Option<(String, f64)> {
    let at = text.rfind("max-old-space-size").or_else(|| text.rfind("max_old_space_size"))?;
    let rest = text[at + "max-old-space-size".len()..].trim_start_matches(['=', ' ']);
    let digits: &str = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    let number: f64 = digits.parse().ok()?;
    Some((format!("--max-old-space-size={digits}"), number * 1024.0 * 1024.0))
}

fn go(text: &str) -> Option<f64> {
    let units =
        [("KiB", 1u64 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("B", 1), ("", 1)];
    let (number, factor) = units
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?.parse::<u64>().ok()?, *factor)))?;
    Some(number as f64 * factor as f64)
}

/// Redis counts `1k` as 1000 and `1kb` as 1024.
fn redis(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    match lower.strip_suffix('b') {
        Some(rest) if !rest.ends_with(|c: char| c.is_ascii_digit()) => sized(rest, 1024.0),
        Some(rest) => rest.parse().ok(),
        None => sized(&lower, 1000.0),
    }
}

/// A number with a letter for a power of the base.
fn sized(text: &str, base: f64) -> Option<f64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: f64 = text.get(..digits)?.parse().ok()?;
    let power = match text[digits..].to_ascii_lowercase().as_str() {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return None,
    };
    Some(number * base.powi(power)).filter(|bytes| *bytes > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_each_program_reads_them() {
        let mega = 1024.0 * 1024.0;
        assert_eq!(java("-Xms1g -Xmx512m -Xmx2G"), Some(("-Xmx2G".to_owned(), 2048.0 * mega)));
        assert_eq!(java("-Xmx${SIZE}"), None);
        assert_eq!(
            node("--max-old-space-size=512"),
            Some(("--max-old-space-size=512".to_owned(), 512.0 * mega))
        );
        assert_eq!(go("400MiB"), Some(400.0 * mega));
        assert_eq!(go("off"), None);
        assert_eq!(redis("100mb"), Some(100.0 * mega));
        assert_eq!(redis("100m"), Some(100e6));
        assert_eq!(redis("1024"), Some(1024.0));
    }
}
