//! The article before a word.

/// A word with `a` or `an` before it, by how the word sounds: `an Ingress`, `a Service`, `an HTTPRoute`.
pub fn with_article(word: &str) -> String {
    let spelt = ["HTTP", "HPA", "NFS", "SSH"].iter().any(|start| word.starts_with(start));
    let vowel = word.starts_with(['A', 'E', 'I', 'O', 'a', 'e', 'i', 'o']);
    format!("{} {word}", if vowel || spelt { "an" } else { "a" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles() {
        for (word, whole) in [
            ("IPAddress", "an IPAddress"),
            ("Ingress", "an Ingress"),
            ("Service", "a Service"),
            ("UserSubject", "a UserSubject"),
            ("HTTPRoute", "an HTTPRoute"),
            ("Horde", "a Horde"),
        ] {
            assert_eq!(with_article(word), whole);
        }
    }
}
