//! The many spellings of one variable name.

/// Upper case with `_` for every other separator and between the words of `camelCase`.
pub(super) fn normal(variable: &str) -> String {
    let mut name = String::with_capacity(variable.len());
    let mut after_small = false;
    for c in variable.chars() {
        if c.is_ascii_uppercase() && after_small {
            name.push('_');
        }
        after_small = c.is_ascii_lowercase();
        name.push(if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    }
    name
}

/// Spells a normal name in the style of the variable it belongs to: what both have in common is taken over, and
/// the rest follows its letter case and separators.
pub(super) fn respell(normal_name: &str, variable: &str) -> String {
    let mut common = 0;
    let mut taken = 0;
    let own = normal(variable);
    // Walk both spellings; a `_` that camel case hides has no character in the variable.
    let mut theirs = variable.char_indices().peekable();
    for (c, other) in own.chars().zip(normal_name.chars()) {
        if c != other {
            break;
        }
        common += c.len_utf8();
        let hidden = c == '_' && theirs.peek().is_some_and(|(_, next)| next.is_ascii_alphanumeric());
        if !hidden && let Some((at, next)) = theirs.next() {
            taken = at + next.len_utf8();
        }
    }
    let last_letter = variable.chars().rev().find(char::is_ascii_alphabetic);
    let lower = last_letter.is_some_and(|c| c.is_ascii_lowercase());
    let camel = variable.chars().any(|c| c.is_ascii_lowercase()) && !variable.contains(['_', '.', '-', ':']);
    let separator = variable.chars().rev().find(|c| !c.is_ascii_alphanumeric()).unwrap_or('_');
    let mut spelled = variable[..taken].to_owned();
    let mut capital = camel && own[..common].ends_with('_');
    for c in normal_name[common..].chars() {
        match c {
            '_' if camel => capital = true,
            '_' => spelled.push(separator),
            c if camel && !capital || lower && !camel => spelled.push(c.to_ascii_lowercase()),
            c => {
                spelled.push(c);
                capital = false;
            }
        }
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_spelling() {
        for (variable, expected) in [
            ("DB_HOST", "DB_HOST"),
            ("spring.redis.host", "SPRING_REDIS_HOST"),
            ("redisHost", "REDIS_HOST"),
            ("ConnectionStrings__Shop", "CONNECTION_STRINGS__SHOP"),
            ("GITEA__database__HOST", "GITEA__DATABASE__HOST"),
            ("db-host", "DB_HOST"),
        ] {
            assert_eq!(normal(variable), expected);
        }
    }

    #[test]
    fn siblings() {
        for (name, variable, expected) in [
            ("DB_PORT", "DB_HOST", "DB_PORT"),
            ("SPRING_REDIS_PORT", "spring.redis.host", "spring.redis.port"),
            ("A__B__PORT", "a__b__host", "a__b__port"),
            ("REDIS_PORT", "redisHost", "redisPort"),
            ("REDIS_HOST_PORT", "redisHost", "redisHostPort"),
            ("REDIS_HOST_PORT", "REDIS_HOST", "REDIS_HOST_PORT"),
            ("REDIS_HOST_PORT", "redis.host", "redis.host.port"),
        ] {
            assert_eq!(respell(name, variable), expected);
        }
    }

    proptest! {
        #[test]
        fn never_panics(variable in "([a-zA-Z_.:]|é|\\PC){0,10}", name in "[A-Z_]{0,10}") {
            respell(&name, &variable);
            let own = normal(&variable);
            prop_assert_eq!(normal(&own), own.clone());
            respell(&format!("{own}_PORT"), &variable);
        }
    }
}
