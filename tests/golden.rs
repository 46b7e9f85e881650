//! What kubectl makes of unquoted scalars, keys, merges and odd documents, as a table: observed once from
//! `sigs.k8s.io/yaml` and written down here, so that nobody needs Go to check it.

use std::sync::Arc;

use wplint::source::{FileId, SourceFile};
use wplint::yaml::{self, FaultKind, Scalar, Tree};

fn parse(text: &str) -> Result<Tree, String> {
    let source = Arc::new(SourceFile::new(FileId(0), "t.yaml", text));
    let pieces = yaml::split(text);
    let piece = pieces.iter().find(|piece| !text[piece.range.clone()].trim().is_empty());
    yaml::parse(&source, piece.unwrap_or(&pieces[0])).map_err(|fault| fault.message)
}

fn json(text: &str) -> String {
    match parse(&format!("v: {text}\n")) {
        Err(message) => format!("error: {message}"),
        Ok(tree) => match tree.root().entry("v").and_then(|entry| entry.value.scalar()) {
            None => "no scalar".to_owned(),
            Some(Scalar::Null) => "null".to_owned(),
            Some(Scalar::Bool(value)) => value.to_string(),
            Some(Scalar::Int(value)) => value.to_string(),
            Some(Scalar::Float(value)) => format!("{value}"),
            Some(Scalar::Str(text)) => format!("{text:?}"),
        },
    }
}

#[test]
fn scalars() {
    for (group, value) in [
        ("y Y yes Yes YES on On ON true True TRUE", "true"),
        ("n N no No NO off Off OFF false False FALSE", "false"),
        ("~ null Null NULL", "null"),
    ] {
        for text in group.split(' ') {
            assert_eq!(json(text), value, "{text}");
        }
    }
    for (text, value) in [
        ("", "null"),
        ("0777", "511"),
        ("0644", "420"),
        ("-0644", "-420"),
        ("08", "8"),
        ("09", "9"),
        ("0128", "128"),
        ("0o17", "15"),
        ("0o644", "420"),
        ("0x1F", "31"),
        ("0b101", "5"),
        ("1_000", "1000"),
        ("0_7", "7"),
        ("+1", "1"),
        ("1.0", "1"),
        ("5.", "5"),
        (".5", "0.5"),
        ("1.10", "1.1"),
        ("1.5_0", "1.5"),
        ("1e3", "1000"),
        ("1.5e3", "1500"),
        ("18446744073709551615", "18446744073709551615"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("18446744073709551616", "18446744073709552000"),
        ("!!str 80", "\"80\""),
        ("!!int \"80\"", "80"),
        ("! 80", "\"80\""),
        ("\"80\"", "\"80\""),
        ("'yes'", "\"yes\""),
        ("\"don\\'t\"", "\"don't\""),
        (".inf", "error: a number that JSON does not have"),
        ("-.inf", "error: a number that JSON does not have"),
        (".nan", "error: a number that JSON does not have"),
        ("!!str .nan", "\".nan\""),
    ] {
        assert_eq!(json(text), value, "{text}");
    }
    for text in
        "yEs tRue oN nUll 1e400 12:30 12:30:45 2001-01-01 2001-01-01T00:00:00Z 0x1.8p1 100m 25% _1 0x 1e \
                 1,000 = . + -- 1.2.3 v1 1Gi 0b2 0o8 .e1 0x_ e1 /"
            .split(' ')
            .filter(|text| !text.is_empty() && *text != "1__")
    {
        assert_eq!(json(text), format!("{text:?}"), "{text}");
    }
}

#[test]
fn keys() {
    for (key, name) in [
        ("on", "true"),
        ("y", "true"),
        ("no", "false"),
        ("80", "80"),
        ("0777", "511"),
        ("1.10", "1.1"),
        ("1.0", "1"),
        ("1e6", "1e+06"),
        ("0.00001", "1e-05"),
        ("123456", "123456"),
        ("\"on\"", "on"),
        ("'0777'", "0777"),
        ("!!str 1.10", "1.10"),
        ("foo", "foo"),
        ("2001-01-01", "2001-01-01"),
    ] {
        let tree = parse(&format!("{key}: 1\n")).unwrap_or_else(|fault| panic!("{key}: {fault}"));
        let found = tree.root().entries().next().map(|entry| entry.key.key_text().to_owned());
        assert_eq!(found.as_deref(), Some(name), "{key}");
    }
}

/// Refused by kubectl, with a word of our message.
#[test]
fn refused() {
    for (text, word) in [
        ("~: 1\n", "null as a key"),
        ("? [a]\n: 1\n", "as a key"),
        ("? {a: 1}\n: 1\n", "as a key"),
        ("a: &a [1]\n*a : 2\n", "as a key"),
        ("a: {{ x }}\n", "as a key"),
        ("a: &a [*a]\n", "itself"),
        ("a: *b\n", "anchor"),
        ("<<: 1\n", "`<<`"),
        ("<<:\n", "`<<`"),
        ("a: &a [{b: 1}]\n<<: *a\n", "`<<`"),
        ("<<: [{a: 1}, b]\n", "`<<`"),
        ("a: 1\n\t\nb: 2\n", "tab"),
        ("a: 1\n\t# c\nb: 2\n", "tab"),
        ("a:\n\tb: 1\n", "tab"),
        ("a:\n-\tb\n", "tab"),
        ("- \tb\n", "tab"),
        ("%YAML 1.1\n", "document start"),
        ("%YAML 1.2\n", "document start"),
        ("%FOO\na: 1\n", "document start"),
        ("a: \"\\/\"\n", "`\\/`"),
        ("a: \"\\ud83d\\ude00\"\n", "surrogate"),
        ("a: [lis?t]\n", "`?`"),
        ("a: [:x]\n", "colon"),
        ("a: b\0c\n", "U+0000"),
        ("a: \u{7}\n", "U+0007"),
        ("a: \u{9f}\n", "U+009F"),
        ("a: [\n", "bracket"),
        ("a: 'x\n", "quote"),
        ("a: b: c\n", "mapping values"),
    ] {
        match parse(text) {
            Ok(_) => panic!("accepted: {text:?}"),
            Err(message) => assert!(message.contains(word), "{text:?}: {message}"),
        }
    }
}

#[test]
fn accepted() {
    for text in [
        "a:\n- b\n",
        "a: \"x\\'y\\'\"\nb: \"\\'\"\n",
        "a:\n  b: [\n\t1,\n\t2\n\t]\n",
        "a: b\t# c\n",
        "a:\tb\n",
        "a: \"\n\t\n\"\n",
        "a: [1,\n\t\n2]\n",
        "{\"a\": \"\\/ \\ud83d\\ude00\",\n\t\"b\":\t1}",
        "a: http://x?y\n",
        "a: [\"?\", ':x']\n",
        "a: {b: 1, c: [x,],}\n",
        "a: b\u{2028}c\n",
        "\u{feff}a: 1\n",
        "...\na: 1\n",
        "a: !custom b\n",
        "a: 1\n...\n]junk\n",
        " a: 1\nb: 2\n",
    ] {
        assert!(parse(text).is_ok(), "{text:?}: {:?}", parse(text).err());
    }
    let tree = parse("a: \"x\\'y\"\n").unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!(tree.root().get("a").map(|a| (a.text(), a.source_text())), Some(("x'y", "\"x\\'y\"")));
    for (text, ignored) in [("a: 1\n...\n]junk\n", "]junk\n"), (" a: 1\nb: 2\n", "b: 2\n")] {
        let tree = parse(text).unwrap_or_else(|fault| panic!("{fault}"));
        let found = tree.ignored().map(|span| tree.source().text[span.range()].to_owned());
        assert_eq!(found.as_deref(), Some(ignored));
    }
}

#[test]
fn a_template_is_told_from_a_mistake() {
    let source = Arc::new(SourceFile::new(FileId(0), "t.yaml", "a: {{ x }}\n"));
    let kind = |text: &str| {
        let source = Arc::new(SourceFile::new(source.id, "t.yaml", text));
        yaml::parse(&source, &yaml::split(text)[0]).map_err(|fault| fault.kind).err()
    };
    assert_eq!(kind("a: {{ x }}\n"), Some(FaultKind::Template));
    assert_eq!(kind(&"[".repeat(300)), Some(FaultKind::Limit));
    assert_eq!(kind("a: ]\n"), Some(FaultKind::Syntax));
}
