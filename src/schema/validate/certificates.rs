//! Requests for certificates and bundles of them (`pkg/apis/certificates/validation`).

use base64::Engine as _;

use super::{Notes, Place, known};
use crate::yaml::Node;

/// Signers of the first version, which only it knows.
const LEGACY: &str = "kubernetes.io/legacy-unknown";

/// A request for a certificate.
pub(super) fn request<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    if let Some(at) = place.given("signerName").filter(|at| at.str() == Some(LEGACY)) {
        let help = "name a signer, such as `kubernetes.io/kube-apiserver-client`";
        notes.refuse(at, format!("`{LEGACY}` signs nothing in this version"), help);
    }
    let Some((at, text)) = place.given("request").and_then(|at| Some((at, at.str()?))) else { return };
    let plain: String = text.split_whitespace().collect();
    let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(plain) else { return };
    if !known::is_placeholder(text) && !contains(&bytes, b"-----BEGIN CERTIFICATE REQUEST-----") {
        let help = "put a PEM block of a `CERTIFICATE REQUEST` there, in base64";
        notes.refuse(at, "`request` holds no request for a certificate", help);
    }
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find(bytes, text).is_some()
}

/// A bundle of one signer is named after it, and one of nobody has no colon in its name.
pub(super) fn bundle<'a>(place: &Place<'_, 'a>, notes: &mut Notes<'_, 'a>) {
    let Some(at) = place.root().get("metadata").and_then(|meta| meta.get("name")) else { return };
    let Some(name) = at.str().filter(|name| !name.is_empty()) else { return };
    let signer = place.given("signerName");
    if let Some((message, help)) = name_fault(name, signer.map(Node::text)) {
        match signer {
            Some(signer) => notes.clash(at, signer, message, help),
            None => notes.refuse(at, message, help),
        }
    }
}

/// What is wrong with the name of a bundle, and what to do (`ValidateClusterTrustBundleName`).
pub(super) fn name_fault(name: &str, signer: Option<&str>) -> Option<(String, String)> {
    let rest = match signer {
        Some(signer) => {
            let prefix = format!("{}:", signer.replace('/', ":"));
            let Some(rest) = name.strip_prefix(&prefix) else {
                let message = "the name of the bundle does not begin with its signer".to_owned();
                return Some((message, format!("it must begin with `{prefix}`")));
            };
            rest
        }
        None if name.contains(':') => {
            let message = format!("`{name}` is the name of a signer's bundle, and there is no `signerName`");
            return Some((message, "add `signerName`, or write a name without `:`".to_owned()));
        }
        None => name,
    };
    let sound = super::grammar::is_subdomain(rest);
    (!sound && !known::is_placeholder(name)).then(|| {
        let message = format!("`{name}` is not valid as the name of a ClusterTrustBundle");
        (message, "use only lower case letters, digits, `-` and `.`".to_owned())
    })
}
