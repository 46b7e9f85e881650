//! One page of HTML that needs nothing else: no network, no other file.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::text::harmless;

/// Colours and type that all pages share.
const STYLE: &str = include_str!("page.css");

/// Text as a part of a page.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in harmless(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A whole page. Nothing of `style`, `body` and `script` is changed; what manifests say must be escaped in them.
pub fn page(title: &str, style: &str, body: &str, script: &str) -> String {
    let title = escape(title);
    // Named by its digest in the policy of the page: nothing else ever runs.
    let (script, policy) = match script {
        "" => (String::new(), "'none'".to_owned()),
        script => {
            let script = format!("\n{script}");
            let digest = STANDARD.encode(Sha256::digest(script.as_bytes()));
            (format!("<script>{script}</script>\n"), format!("'sha256-{digest}'"))
        }
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'; script-src {policy}\">\n<title>{title}</title>\n\
         <style>\n{STYLE}{style}</style>\n</head>\n<body>\n{body}{script}</body>\n</html>\n"
    )
}
