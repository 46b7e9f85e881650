//! Values that some other tool fills in later (fact 13.14): their text says nothing yet.

/// Whether a text holds a placeholder such as `${NAME}`, `{{ .Values.x }}` or `<YOUR_NAME>`.
pub fn is_placeholder(text: &str) -> bool {
    let pairs = [("${", "}"), ("{{", "}}"), ("%%", "%%"), ("((", "))"), ("@@", "@@"), ("__", "__")];
    let paired = pairs
        .iter()
        .any(|(open, close)| text.find(open).is_some_and(|at| text[at + open.len()..].contains(close)));
    paired
        || bracketed(text)
        || ["CHANGEME", "CHANGE_ME", "REPLACE_ME", "REPLACEME"].iter().any(|word| text.contains(word))
        || text.strip_prefix('$').is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        })
}

fn bracketed(text: &str) -> bool {
    let Some((_, rest)) = text.split_once('<') else {
        return false;
    };
    rest.split_once('>').is_some_and(|(name, _)| !name.is_empty())
}
