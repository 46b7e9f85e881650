//! The suffix that generated ConfigMaps and Secrets get: SHA-256 over their content as JSON, ten letters of it.

use std::sync::OnceLock;

use super::resource::Resource;
use super::value::Value;
use crate::files::Span;

/// The suffix of a resource; `None` for what kustomize hashes in a way that is not followed here.
pub fn suffix(resource: &Resource) -> Option<String> {
    use serde_json::Value as Json;
    let node = |way: &[&str]| match resource.root.at(way) {
        None => Json::String(String::new()),
        Some(value) => match value.as_scalar() {
            Some(scalar) => Json::String(scalar.text.to_string()),
            None => value.to_json(),
        },
    };
    let kind = resource.kind();
    let more = match kind {
        "ConfigMap" => "binaryData",
        "Secret" => "stringData",
        _ => return None,
    };
    // Keys in the order of their names, as Go writes maps.
    let mut content = std::collections::BTreeMap::new();
    content.insert("kind", Json::String(kind.to_owned()));
    // Kustomize looks for a field called `metadata/name` and never finds it.
    content.insert("name", Json::String(String::new()));
    content.insert("data", node(&["data"]));
    if kind == "Secret" {
        content.insert("type", node(&["type"]));
    }
    if resource.root.get(more).is_some_and(|value| value.as_scalar().is_none()) {
        content.insert(more, node(&[more]));
    }
    let text = escape(&serde_json::to_string(&content).ok()?);
    let digest = sha256(text.as_bytes());
    let hex: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    let letter = |letter: char| match letter {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    Some(hex.chars().map(letter).collect())
}

/// Go's JSON escapes what could end a script in HTML.
fn escape(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut letters = json.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            '\\' => {
                text.push('\\');
                text.extend(letters.next());
            }
            other => text.push(other),
        }
    }
    text
}

/// Puts the suffixes on.
pub fn apply(resources: &mut [Resource], at: impl Fn(&Resource) -> Span) {
    for resource in resources.iter_mut().filter(|resource| resource.hashed) {
        let Some(suffix) = suffix(resource) else {
            continue;
        };
        let name = format!("{}-{suffix}", resource.name());
        let at = at(resource);
        resource.remember();
        if let Some(value) = resource.root.get_mut("metadata").and_then(|metadata| metadata.get_mut("name")) {
            *value = Value::string(&name, at);
        }
    }
}

/// FIPS 180-4.
fn sha256(message: &[u8]) -> [u8; 32] {
    let mut state: [u32; 8] = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    static CONSTANTS: OnceLock<[u32; 64]> = OnceLock::new();
    let constants = CONSTANTS.get_or_init(constants);
    let mut padded = message.to_vec();
    padded.push(0x80);
    padded.resize(padded.len().next_multiple_of(64), 0);
    if padded.len() - message.len() < 9 {
        padded.resize(padded.len() + 64, 0);
    }
    let end = padded.len() - 8;
    padded[end..].copy_from_slice(&(message.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks_exact(64) {
        let mut words = [0u32; 64];
        for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
            *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        for at in 16..64 {
            let (two, fifteen) = (words[at - 2], words[at - 15]);
            let low = fifteen.rotate_right(7) ^ fifteen.rotate_right(18) ^ (fifteen >> 3);
            let high = two.rotate_right(17) ^ two.rotate_right(19) ^ (two >> 10);
            words[at] = words[at - 16].wrapping_add(low).wrapping_add(words[at - 7]).wrapping_add(high);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for (word, constant) in words.iter().zip(*constants) {
            let sum = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & f) ^ (!e & g);
            let one = h.wrapping_add(sum).wrapping_add(choice).wrapping_add(constant).wrapping_add(*word);
            let sum = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let two = sum.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e) = (g, f, e, d.wrapping_add(one));
            (d, c, b, a) = (c, b, a, one.wrapping_add(two));
        }
        for (own, value) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *own = own.wrapping_add(value);
        }
    }
    let mut digest = [0; 32];
    for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

/// The first 32 bits of the fractional parts of the cube roots of the first 64 primes, computed in whole numbers.
fn constants() -> [u32; 64] {
    let mut found = [0; 64];
    let primes = (2u128..).filter(|number| (2..*number).all(|divisor| number % divisor != 0));
    for (constant, prime) in found.iter_mut().zip(primes) {
        // The whole cube root of prime · 2⁹⁶ is the root of the prime in 32.32 fixed point.
        let (wanted, mut root) = (prime << 96, 0u128);
        for bit in (0..36).rev() {
            let next = root | 1 << bit;
            if next * next * next <= wanted {
                root = next;
            }
        }
        *constant = root as u32;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::sha256;

    #[test]
    fn digests_are_those_of_the_standard() {
        let hex =
            |text: &str| sha256(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let long = "a".repeat(119);
        assert_eq!(hex(&long)[..16], *"31eba51c313a5c08");
    }
}
