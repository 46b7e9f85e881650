//! Secrets planted in every text of every kind of the API but names: whatever is said about an object, none is shown.

use rayon::prelude::*;
use serde_json::{Map, Value as Json, json};
use wplint::lint::lint_texts;
use wplint::report::{Format, Options};
use wplint::rules;
use wplint::settings::Settings;

use crate::support::api::{Api, Type};

/// Every token begins so.
const TOKEN: &str = "Zq9Planted";

/// Makes an object with all its fields.
struct Planter<'p> {
    api: &'p Api,
    /// The text around a token.
    form: fn(&str) -> String,
    tokens: usize,
    /// The types that are being made: none is made inside of itself.
    open: Vec<String>,
}

impl Planter<'_> {
    fn token(&mut self) -> Json {
        self.tokens += 1;
        json!((self.form)(&format!("{TOKEN}{}x", self.tokens)))
    }

    /// Names say who something is: they are what reports are about, whatever is written in them.
    fn field(&mut self, name: &str, ty: &Type) -> Json {
        match name {
            "name" | "namespace" | "generateName" | "group" | "version" if *ty == Type::Text => json!("a"),
            _ => self.plant(ty),
        }
    }

    fn plant(&mut self, ty: &Type) -> Json {
        match ty {
            Type::Text | Type::Base64 | Type::Time | Type::IntegerOrText => self.token(),
            Type::Integer | Type::Number | Type::Boolean => self.api.sample(ty),
            Type::Any => json!({"a": self.token(), "b": [self.token()]}),
            Type::List(of) => json!([self.plant(of)]),
            Type::Map(of) => json!({"k": self.plant(of)}),
            Type::Struct(path) if self.open.contains(path) => json!({}),
            Type::Struct(path) => {
                self.open.push(path.clone());
                let fields = &self.api.structs[path].fields;
                let made: Map<String, Json> =
                    fields.iter().map(|(name, ty)| (name.clone(), self.field(name, ty))).collect();
                self.open.pop();
                Json::Object(made)
            }
        }
    }
}

/// Everything that all formats print about a text, with all rules.
fn printed(text: &str, settings: &Settings) -> (usize, String) {
    let run = lint_texts(vec![("a.yaml".to_owned(), text.to_owned())], settings);
    assert!(!run.internal_error, "{text}");
    let mut out = Vec::new();
    for (_, format) in Format::ALL {
        format.writer()(&run, &Options::default(), &mut out).expect("memory takes everything");
    }
    for note in &run.inputs {
        out.extend_from_slice(note.reason.as_bytes());
    }
    (run.findings.len(), String::from_utf8(out).expect("UTF-8"))
}

fn everything() -> Settings {
    rules::all().fold(Settings::default(), |settings, rule| settings.with_rule(rule.name))
}

/// How many findings there are, and the lines that show a token.
fn shown(kind: &str, text: &str, settings: &Settings) -> (usize, Vec<String>) {
    // As JSON on many lines, as YAML readers know it, and broken at its end.
    let broken = format!("{}\n]", text.trim_end_matches(['}', '\n']));
    let (mut findings, mut lines) = (0, Vec::new());
    for text in [text, &broken] {
        let (found, printed) = printed(text, settings);
        findings += found;
        let leaks = printed.lines().filter(|line| line.contains(TOKEN)).take(3);
        lines.extend(leaks.map(|line| format!("{kind}: {}", line.chars().take(300).collect::<String>())));
    }
    (findings, lines)
}

/// Texts that say of themselves that they hold a secret.
const FORMS: [fn(&str) -> String; 3] = [
    |token| format!("postgres://app:{token}@db/app"),
    |token| format!("run --password={token} now"),
    |token| format!("{{\"auth\": {{\"password\": \"{token}\"}}}}"),
];

#[test]
fn secrets_in_every_text_of_every_kind() {
    let api = Api::read();
    let settings = everything();
    let kinds: Vec<_> = api.kinds.iter().collect();
    let all = kinds.par_iter().flat_map(|kind| FORMS.par_iter().map(move |form| (*kind, *form)));
    let all: Vec<(usize, Vec<String>)> = all
        .map(|(((version, kind), ty), form)| {
            let mut planter = Planter { api: &api, form, tokens: 0, open: Vec::new() };
            let mut object = planter.plant(&Type::Struct(ty.clone()));
            object["apiVersion"] = json!(version);
            object["kind"] = json!(kind);
            let text = serde_json::to_string_pretty(&object).expect("JSON");
            shown(kind, &text, &settings)
        })
        .collect();
    let lines: Vec<&String> = all.iter().flat_map(|one| &one.1).collect();
    assert!(lines.is_empty(), "{lines:#?}");
    let findings: usize = all.iter().map(|one| one.0).sum();
    assert!(findings > 10_000, "{findings} findings");
}

/// A Secret says it of everything in it but its names.
#[test]
fn plain_texts_in_every_field_of_a_secret() {
    let api = Api::read();
    let (_, ty) =
        api.kinds.iter().find(|((version, kind), _)| version == "v1" && kind == "Secret").expect("Secret");
    let mut planter = Planter { api: &api, form: str::to_owned, tokens: 0, open: Vec::new() };
    let mut object = planter.plant(&Type::Struct(ty.clone()));
    object["apiVersion"] = json!("v1");
    object["kind"] = json!("Secret");
    object["type"] = json!("Opaque");
    let metadata = object["metadata"].as_object_mut().expect("a mapping");
    metadata.retain(|field, _| field == "annotations");
    metadata.insert("name".to_owned(), json!("a"));
    object["spec"] = json!({"value": format!("{TOKEN}0x")});
    object["datas"] = json!({"k": format!("{TOKEN}0x")});
    let text = serde_json::to_string_pretty(&object).expect("JSON");
    let (findings, lines) = shown("Secret", &text, &everything());
    assert!(findings > 1 && lines.is_empty(), "{findings} findings, {lines:#?}");
}
