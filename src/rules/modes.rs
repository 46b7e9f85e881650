//! Modes of files that are written in decimal and meant in octal (fact 15.81).

use super::eligible::Eligible;
use super::{Around, Check, Rule, rule};
use crate::finding::Out;
use crate::inventory::items;
use crate::kube::workload::Workload;
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("file-mode-decimal", Check::Pod(Eligible::FINAL, decimal))];

/// Volumes that are made of files with modes.
const SOURCES: &[&str] = &["configMap", "secret", "downwardAPI", "projected"];

fn decimal(workload: &Workload<'_>, _: &Around<'_>, out: &mut Out) {
    for volume in workload.pod.spec.list("volumes") {
        for source in SOURCES.iter().filter_map(|key| volume.get(key)) {
            check(source.get("defaultMode"), out);
            let inner = || {
                items(Some(source), "sources")
                    .flat_map(|one| SOURCES.iter().filter_map(move |key| one.get(key)))
            };
            for item in std::iter::once(source).chain(inner()).flat_map(|one| items(Some(one), "items")) {
                check(item.get("mode"), out);
            }
        }
    }
}

fn check(mode: Option<Node<'_>>, out: &mut Out) {
    let Some(mode) = mode.filter(|mode| mode.int().is_some()) else { return };
    let text = mode.text();
    let Some((value, meant)) = slip(text) else { return };
    out.report(mode, format!("mode {text} is decimal and means {value:04o}: {}", words(value)))
        .label(format!("octal {text} was meant"))
        .help(format!("write `0{text}` in YAML or `{meant}` in JSON"));
}

/// The value of a decimal mode and what its digits mean in octal, if only that makes sense.
fn slip(text: &str) -> Option<(u32, u32)> {
    let octal =
        text.len() == 3 && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte)) && !text.starts_with('0');
    let value = text.parse().ok().filter(|value| octal && *value <= 0o777)?;
    let meant = u32::from_str_radix(text, 8).ok()?;
    (makes_sense(meant) && !makes_sense(value)).then_some((value, meant))
}

/// Whether somebody would give a file this mode: who may write or run it may read it, and nobody may more than those before.
fn makes_sense(mode: u32) -> bool {
    let [owner, group, other] = [mode >> 6 & 7, mode >> 3 & 7, mode & 7];
    let within = |inner: u32, outer: u32| inner & !outer == 0 && (inner == 0 || inner >= 4);
    let odd = owner == 7 && group == 6;
    owner >= 4 && within(group, owner) && within(other, group) && !odd
}

/// What a mode allows, in words.
fn words(mode: u32) -> String {
    let whose = ["owner", "group", "others"];
    let may = |bits: u32| -> String {
        [(4, "read"), (2, "write"), (1, "run")]
            .iter()
            .filter(|one| bits & one.0 != 0)
            .map(|one| one.1)
            .collect::<Vec<_>>()
            .join("/")
    };
    let parts = whose.iter().zip([mode >> 6 & 7, mode >> 3 & 7, mode & 7]);
    parts
        .filter(|one| one.1 != 0)
        .map(|(who, bits)| format!("{who} {}", may(bits)))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_makes_no_sense_in_decimal() {
        for (text, value) in [("400", 0o620), ("440", 0o670), ("444", 0o674), ("500", 0o764)] {
            assert_eq!(slip(text).map(|one| one.0), Some(value), "{text}");
        }
        // 0644, 0640, 0777 and 0400 in decimal; octal ones; what the API server refuses; no octal digits.
        for text in ["420", "416", "511", "256", "0400", "0644", "644", "755", "493", "384", "0", "7", ""] {
            assert_eq!(slip(text), None, "{text}");
        }
        assert_eq!(words(0o620), "owner read/write, group write");
    }
}
