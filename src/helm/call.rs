//! Calls of functions: what they are given, and where each of them is found.

use std::rc::Rc;
use std::sync::LazyLock;

use foldhash::HashMap;

use super::engine::Engine;
use super::failure::{Failure, Result};
use super::funcs;
use super::map::{Entries, Map};
use super::text::{Origin, Str};
use super::value::{Data, List, Object, Value};
use super::world::World;
use crate::files::Span;

/// A function of templates.
pub type Function = fn(&mut Call<'_, '_>) -> Result<Value>;

/// A function with its arguments.
pub struct Call<'c, 'w> {
    /// Who executes it.
    pub engine: &'c mut Engine<'w>,
    /// What it is called.
    pub name: &'static str,
    /// Its arguments, what came through a pipe last.
    pub args: Vec<Value>,
    /// The call in its template.
    pub place: Span,
}

static FUNCTIONS: LazyLock<HashMap<&'static str, Function>> =
    LazyLock::new(|| funcs::TABLES.iter().flat_map(|table| table.iter().copied()).collect());

/// A function by its name.
pub fn find(name: &str) -> Option<(&'static str, Function)> {
    FUNCTIONS.get_key_value(name).map(|(name, function)| (*name, *function))
}

impl Call<'_, '_> {
    /// Fails unless there are this many arguments.
    pub fn count(&self, least: usize, most: usize) -> Result<()> {
        let got = self.args.len();
        if got >= least && got <= most {
            return Ok(());
        }
        let want = if most > least { format!("at least {least}") } else { least.to_string() };
        Err(Failure::error(format!("wrong number of args for {}: want {want} got {got}", self.name)))
    }

    /// An argument of any type.
    pub fn any(&self, at: usize) -> Value {
        self.args.get(at).cloned().unwrap_or_default()
    }

    fn wrong(&self, value: &Value, expected: &str) -> Failure {
        match value.data {
            Data::Nothing => Failure::unset(format!("invalid value; expected {expected}")),
            Data::Nil => {
                Failure::unset(format!("wrong type for value; expected {expected}; got interface {{}}"))
            }
            _ => Failure::error(format!(
                "wrong type for value; expected {expected}; got {}",
                value.type_name()
            )),
        }
    }

    /// An argument that is a text.
    pub fn text(&self, at: usize) -> Result<Str> {
        let value = self.any(at);
        match value.data {
            Data::Str(text) => Ok(text),
            _ => Err(self.wrong(&value, "string")),
        }
    }

    /// An argument that is Go's `int`.
    pub fn int(&self, at: usize) -> Result<i64> {
        let value = self.any(at);
        match value.data {
            Data::Int(number) => Ok(number),
            _ => Err(self.wrong(&value, "int")),
        }
    }

    /// An argument that is a truth value.
    pub fn bool(&self, at: usize) -> Result<bool> {
        let value = self.any(at);
        match value.data {
            Data::Bool(value) => Ok(value),
            _ => Err(self.wrong(&value, "bool")),
        }
    }

    /// An argument that is a mapping; nothing is an empty one.
    pub fn map(&self, at: usize) -> Result<Map> {
        let value = self.any(at);
        match value.data {
            Data::Map(map) => Ok(map),
            Data::Nothing => Ok(Rc::new(Entries::default())),
            _ => Err(self.wrong(&value, "map[string]interface {}")),
        }
    }

    /// An argument that is a list.
    pub fn list(&self, at: usize) -> Result<Rc<List>> {
        let value = self.any(at);
        match value.data {
            Data::List(list) => Ok(list),
            Data::Nothing | Data::Nil => Err(Failure::error(format!("{} of nil", self.name))),
            _ => Err(Failure::error(format!("Cannot find {} on type {}", self.name, value.kind_name()))),
        }
    }

    /// A text that was computed from the arguments: it has the place of the first that has one.
    pub fn made(&mut self, text: &str) -> Result<Value> {
        self.engine.spend(0, text.len())?;
        let origin = self.origin().map(Origin::changed);
        Ok(Str::new(text, origin).into())
    }

    /// Another value that was computed from the arguments.
    pub fn value(&self, data: Data) -> Value {
        Value { data, at: self.origin().map(Origin::changed) }
    }

    /// The place that speaks for the result: a random argument, else a value, else anything written.
    pub fn origin(&self) -> Option<Origin> {
        use super::text::Source;
        let origins = || self.args.iter().filter_map(Value::origin);
        origins()
            .find(|one| one.source == Source::Random)
            .or_else(|| origins().find(|one| one.source == Source::Value))
    }

    /// Pays for a text that is about to be made.
    pub fn pay(&mut self, bytes: usize) -> Result<()> {
        self.engine.spend(0, bytes)
    }
}

/// A method of one of Helm's objects.
pub fn method(engine: &mut Engine<'_>, object: &Object, name: &str, args: Vec<Value>) -> Result<Value> {
    let text = |at: usize| -> Result<String> {
        match args.get(at).map(|value| &value.data) {
            Some(Data::Str(text)) => Ok(text.as_str().to_owned()),
            _ => Err(Failure::error(format!("wrong type for value; expected string in .{name}"))),
        }
    };
    let unknown = || Failure::error(format!("can't evaluate field {name} in type {}", type_of(object)));
    let world = engine.world;
    let value = match (object, name) {
        (Object::ApiVersions, "Has") => Value::from(world.serves(&text(0)?)),
        (Object::KubeVersion, "Version" | "GitVersion" | "String") => Value::from(world.kubernetes()),
        (Object::KubeVersion, "Major") => {
            Value::from(world.kubernetes().trim_start_matches('v').split('.').next().unwrap_or(""))
        }
        (Object::KubeVersion, "Minor") => Value::from(world.kubernetes().split('.').nth(1).unwrap_or("")),
        (Object::Files(chart, found), name) => {
            return files(engine, *chart, &paths(world, *chart, found), name, text(0));
        }
        _ => return Err(unknown()),
    };
    Ok(value)
}

fn type_of(object: &Object) -> &'static str {
    Value::from(Data::Object(object.clone())).type_name()
}

/// The files that a `.Files` stands for.
pub fn paths(world: &dyn World, chart: u32, found: &Option<Rc<Vec<String>>>) -> Vec<String> {
    match found {
        Some(found) => found.to_vec(),
        None => world.paths(chart),
    }
}

fn files(
    engine: &mut Engine<'_>,
    chart: u32,
    own: &[String],
    name: &str,
    path: Result<String>,
) -> Result<Value> {
    let world = engine.world;
    let read = |path: &str| world.file(chart, path).unwrap_or_default();
    Ok(match name {
        "Get" | "GetBytes" => {
            let text = read(&path?);
            engine.spend(0, text.len())?;
            Value::from(text.as_str())
        }
        "Lines" => {
            let text = read(&path?);
            engine.spend(0, text.len())?;
            let text = text.strip_suffix('\n').unwrap_or(&text);
            let lines = text.split('\n').map(Value::from);
            if text.is_empty() { Vec::new().into() } else { Value::from(lines.collect::<Vec<_>>()) }
        }
        "Glob" => {
            let pattern = path?;
            let glob = globset::GlobBuilder::new(&pattern).literal_separator(true).build();
            let glob = glob.map_err(|_| Failure::error("syntax error in pattern"))?.compile_matcher();
            let found = own.iter().filter(|path| glob.is_match(path)).cloned().collect();
            Data::Object(Object::Files(chart, Some(Rc::new(found)))).into()
        }
        "AsConfig" | "AsSecrets" => {
            let all: Vec<(String, String)> = own.iter().map(|path| (path.clone(), read(path))).collect();
            engine.spend(1, all.iter().map(|one| one.1.len()).sum())?;
            as_data(all, name == "AsSecrets")
        }
        // `.Files` is a mapping of paths, too.
        path => match world.file(chart, path) {
            Some(text) => Value::from(text.as_str()),
            None => Data::Nil.into(),
        },
    })
}

/// What `AsConfig` and `AsSecrets` print of files.
fn as_data(files: Vec<(String, String)>, secret: bool) -> Value {
    use base64::Engine as _;
    let slot = |(path, text): (String, String)| {
        let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
        let text = if secret { base64::engine::general_purpose::STANDARD.encode(text) } else { text };
        (name, Value::from(text.as_str()))
    };
    let all: Vec<(String, Value)> = files.into_iter().map(slot).collect();
    let map = Value::map_of(all.iter().map(|one| (one.0.as_str(), one.1.clone())).collect());
    super::emit::yaml(&map).unwrap_or_else(|| Str::from("")).into()
}
