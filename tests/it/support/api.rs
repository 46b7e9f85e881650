//! The types of the API as `k8s-openapi` describes them in the schemas it ships: read from the source that cargo
//! unpacked, since building that crate with schemas would double the time that tests take to build.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};

/// What validation wants besides: one of several fields, or a field in one kind of object.
const WANTED: &[(&str, &str, &str)] = &[
    ("EnvVarSource", "fieldRef", r#"{"fieldPath": "metadata.name"}"#),
    ("IngressSpec", "defaultBackend", r#"{"resource": {"kind": "a", "name": "a"}}"#),
    ("LifecycleHandler", "sleep", r#"{"seconds": 1}"#),
    ("PodSpec", "restartPolicy", r#""Never""#),
    ("VolumeResourceRequirements", "requests", r#"{"storage": "1Gi"}"#),
];

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    Text,
    Base64,
    Time,
    Integer,
    Number,
    Boolean,
    IntegerOrText,
    Any,
    List(Box<Type>),
    Map(Box<Type>),
    /// A struct, by its path.
    Struct(String),
}

/// A struct of the API.
#[derive(Clone, Debug, Default)]
pub struct Struct {
    pub fields: BTreeMap<String, Type>,
    pub required: Vec<String>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Api {
    pub structs: HashMap<String, Struct>,
    /// apiVersion and kind with the path of their struct.
    pub kinds: BTreeMap<(String, String), String>,
}

impl Api {
    /// Reads the source of the newest version.
    pub fn read() -> Self {
        let mut files = Vec::new();
        sources(&folder().join("src/v1_37"), &mut files);
        let mut definitions: HashMap<String, Json> = HashMap::new();
        let mut api = Api::default();
        for file in files {
            let text = std::fs::read_to_string(&file).expect("readable");
            let Some((head, schema)) = text.split_once("json_schema!(") else { continue };
            let name =
                between(head.rsplit("fn schema_name").next().unwrap_or(""), "\"", "\"").expect("a name");
            let path = name.trim_start_matches("io.k8s.").replace('-', "_").replace('.', "::");
            definitions.insert(path.clone(), Reader { text: schema, at: 0 }.value());
            if let (Some(version), Some(kind)) = (
                between(&text, "const API_VERSION: &'static str = \"", "\""),
                between(&text, "const KIND: &'static str = \"", "\""),
            ) {
                api.kinds.insert((version.to_owned(), kind.to_owned()), path);
            }
        }
        for (path, definition) in &definitions {
            let Some(properties) = definition["properties"].as_object() else { continue };
            let fields = properties
                .iter()
                .map(|(name, schema)| (name.clone(), type_of(schema, &definitions)))
                .collect();
            let names = definition["required"].as_array().into_iter().flatten();
            let required = names.map(|name| name.as_str().expect("a name").to_owned()).collect();
            api.structs.insert(path.clone(), Struct { fields, required });
        }
        api
    }

    /// The least value of a type.
    pub fn sample(&self, ty: &Type) -> Json {
        match ty {
            Type::Text => json!("a"),
            Type::Base64 => json!("YQ=="),
            Type::Time => json!("2024-01-01T00:00:00Z"),
            Type::Integer | Type::Number | Type::IntegerOrText => json!(1),
            Type::Boolean => json!(true),
            Type::Any => json!({}),
            Type::List(of) => json!([self.sample(of)]),
            Type::Map(of) => json!({"k": self.sample(of)}),
            Type::Struct(path) => {
                let of = &self.structs[path];
                let own = path.rsplit("::").next().unwrap_or("");
                let wanted = WANTED
                    .iter()
                    .filter(|one| one.0 == own)
                    .map(|one| (one.1.to_owned(), serde_json::from_str(one.2).expect("JSON")));
                of.required
                    .iter()
                    .map(|name| (name.clone(), self.sample(&of.fields[name])))
                    .chain(wanted)
                    .collect()
            }
        }
    }
}

/// Where cargo unpacked the crate.
fn folder() -> PathBuf {
    let run = |program: &str, arguments: &[&str]| {
        let program = std::env::var_os(program.to_uppercase()).unwrap_or_else(|| program.into());
        let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
        String::from_utf8(output.expect("a program of the toolchain").stdout).expect("UTF-8")
    };
    // Packages of other platforms were never fetched.
    let version = run("rustc", &["-vV"]);
    let host = between(&version, "host: ", "\n").expect("the platform");
    let arguments = ["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", host];
    let metadata: Json = serde_json::from_str(&run("cargo", &arguments)).expect("metadata of the packages");
    let packages = metadata["packages"].as_array().expect("packages");
    let own = packages.iter().find(|package| package["name"] == "k8s-openapi").expect("a dependency");
    Path::new(own["manifest_path"].as_str().expect("a path")).parent().expect("a folder").to_owned()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let from = text.find(before)? + before.len();
    text[from..].find(after).map(|to| &text[from..from + to])
}

fn type_of(schema: &Json, definitions: &HashMap<String, Json>) -> Type {
    if let Some(path) = schema["$ref"].as_str() {
        let definition = &definitions[path];
        return if definition["properties"].is_object() {
            Type::Struct(path.to_owned())
        } else {
            type_of(definition, definitions)
        };
    }
    if schema["x-kubernetes-int-or-string"] == true || schema["format"] == "int-or-string" {
        return Type::IntegerOrText;
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("string"), Some("byte")) => Type::Base64,
        (Some("string"), Some("date-time")) => Type::Time,
        (Some("string"), _) => Type::Text,
        (Some("integer"), _) => Type::Integer,
        (Some("number"), _) => Type::Number,
        (Some("boolean"), _) => Type::Boolean,
        (Some("array"), _) => Type::List(Box::new(type_of(&schema["items"], definitions))),
        (Some("object"), _) if !schema["additionalProperties"].is_null() => {
            Type::Map(Box::new(type_of(&schema["additionalProperties"], definitions)))
        }
        _ => Type::Any,
    }
}

/// Reads the inside of `json_schema!`: JSON with commas at the end, and expressions in parentheses that name a type.
struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Json {
        match self.peek() {
            b'{' => {
                let mut map = serde_json::Map::new();
                self.at += 1;
                while self.peek() != b'}' {
                    let key = self.string();
                    assert_eq!(self.peek(), b':');
                    self.at += 1;
                    map.insert(key, self.value());
                    self.comma();
                }
                self.at += 1;
                Json::Object(map)
            }
            b'[' => {
                let mut list = Vec::new();
                self.at += 1;
                while self.peek() != b']' {
                    list.push(self.value());
                    self.comma();
                }
                self.at += 1;
                Json::Array(list)
            }
            b'"' => Json::String(self.string()),
            b'(' => self.expression(),
            _ => {
                let word = self.text[self.at..].split([',', '}', ']', '\n']).next().unwrap_or("").to_owned();
                self.at += word.len();
                word.trim().parse().unwrap_or(Json::String(word))
            }
        }
    }

    fn peek(&mut self) -> u8 {
        self.at += self.text[self.at..].len() - self.text[self.at..].trim_start().len();
        self.text.as_bytes()[self.at]
    }

    fn comma(&mut self) {
        if self.peek() == b',' {
            self.at += 1;
        }
    }

    /// A string of Rust; what its escapes stand for does not matter here.
    fn string(&mut self) -> String {
        assert_eq!(self.peek(), b'"');
        let from = self.at + 1;
        self.at = from;
        let bytes = self.text.as_bytes();
        while bytes[self.at] != b'"' {
            self.at += if bytes[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        self.text[from..self.at - 1].to_owned()
    }

    fn expression(&mut self) -> Json {
        let (from, mut depth) = (self.at, 0);
        loop {
            match self.text.as_bytes()[self.at] {
                b'(' => depth += 1,
                b')' => depth -= 1,
                b'"' => {
                    self.string();
                    continue;
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
        let path = between(&self.text[from..self.at], "subschema_for::<crate::", ">").expect("a type");
        json!({"$ref": path})
    }
}
