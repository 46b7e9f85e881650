//! Images that no container can be started from, by the way they are written (fact 15.80).

use super::eligible::Eligible;
use super::{Around, Check, Rule, rule};
use crate::finding::Out;
use crate::kube::image::grammar::{self, Fault};
use crate::kube::workload::Workload;
use crate::text::placeholder::is_note;

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("image-name-invalid", Check::Pod(Eligible::FINAL, invalid))];

fn invalid(workload: &Workload<'_>, _: &Around<'_>, out: &mut Out) {
    let spec = workload.pod.spec;
    for container in spec.containers().chain(spec.init_containers()) {
        let Some(image) = container.image() else { continue };
        let text = image.text();
        let Some((fault, at)) = grammar::fault(text).filter(|_| !is_note(text)) else { continue };
        let part = &text[at.clone()];
        let (label, help) = match fault {
            Fault::Scheme => (
                format!("an image has no `{part}`"),
                format!("write `{}`", without_user(text.trim()[at.len()..].trim_end())),
            ),
            Fault::Capitals => (
                "paths of images are in lower case".to_owned(),
                format!("write `{}`", lower(without_user(text.trim()))),
            ),
            Fault::Blank => {
                ("an image has no blanks".to_owned(), "write the image without the blank".to_owned())
            }
            Fault::TwoTags => ("an image has one tag".to_owned(), "keep one of the tags".to_owned()),
            Fault::Tag if is_number(part) => (
                "this is how a number looks: YAML read a tag without quotes as one".to_owned(),
                "put quotes around the tag where it is set".to_owned(),
            ),
            Fault::Tag => (
                "tags have letters, digits, `_`, `.` and `-`, and begin with a letter, digit or `_`"
                    .to_owned(),
                "write the tag as the registry lists it".to_owned(),
            ),
        };
        let name = container.name();
        out.report(image.part(at), format!("`{}` is not a valid image reference", text.trim()))
            .label(label)
            .note(format!("container `{name}` never starts"))
            .help(help);
    }
}

/// Whether a tag is a number with an exponent, as programs print what was `00690e9` once.
fn is_number(tag: &str) -> bool {
    let tag = tag.trim_start_matches(':');
    tag.contains("e+") && tag.parse::<f64>().is_ok()
}

/// The image without the user and the password of a registry, which are no part of it and nobody's business.
fn without_user(text: &str) -> &str {
    let registry = text.split('/').next().unwrap_or(text);
    registry.rfind('@').map_or(text, |at| &text[at + 1..])
}

/// The path in lower case; registry and tag stay.
fn lower(text: &str) -> String {
    let start = text.find('/').filter(|at| text[..*at].contains(['.', ':'])).map_or(0, |at| at + 1);
    let end = text[start..].find([':', '@']).map_or(text.len(), |at| start + at);
    format!("{}{}{}", &text[..start], text[start..end].to_ascii_lowercase(), &text[end..])
}
