//! Mappings from the words of a table to lists of texts, in the order of the file: `external` and `contexts`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::LazyLock;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::words::Name;
use crate::inventory::external::LISTS;
use crate::project::Context;

/// Where the keys of lists come from.
pub trait Table: 'static {
    /// The keys, each with what its list holds.
    fn keys() -> Vec<(&'static str, String)>;
    /// The keys alone.
    fn names() -> &'static [&'static str];
}

/// Lists of texts by keys of a table, in the order of the file.
pub struct Lists<T>(pub Vec<(&'static str, Vec<Name>)>, PhantomData<T>);

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Lists(Vec::new(), PhantomData)
    }
}

impl<T> Clone for Lists<T> {
    fn clone(&self) -> Self {
        Lists(self.0.clone(), PhantomData)
    }
}

impl<T> fmt::Debug for Lists<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de, T: Table> Visitor<'de> for Lists<T> {
    type Value = Lists<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lists of texts")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Lists<T>, A::Error> {
        while let Some((key, list)) = entries.next_entry::<String, Vec<Name>>()? {
            self.0.extend(T::names().iter().find(|name| **name == key).map(|name| (*name, list)));
        }
        Ok(self)
    }
}

impl<'de, T: Table> Deserialize<'de> for Lists<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_struct("lists", T::names(), Lists::default())
    }
}

impl<T: Table> JsonSchema for Lists<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "lists".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut properties = serde_json::Map::new();
        for (key, holds) in T::keys() {
            let list =
                serde_json::json!({"description": holds, "type": "array", "items": {"type": "string"}});
            properties.insert(key.to_owned(), list);
        }
        json_schema!({"type": "object", "additionalProperties": false, "properties": properties})
    }
}

/// The lists under `external`.
#[derive(Clone, Copy, Debug)]
pub struct OfExternal;

impl Table for OfExternal {
    fn keys() -> Vec<(&'static str, String)> {
        let holds = |kinds: &[&str]| format!("Names of objects of the kind {}.", kinds.join(" or "));
        LISTS.iter().map(|list| (list.key, holds(list.kinds))).collect()
    }

    fn names() -> &'static [&'static str] {
        static NAMES: LazyLock<Vec<&'static str>> =
            LazyLock::new(|| LISTS.iter().map(|list| list.key).collect());
        &NAMES
    }
}

/// The lists under `contexts`.
#[derive(Clone, Copy, Debug)]
pub struct OfContexts;

/// What says that a file is deployed.
pub const CLUSTER: &str = "cluster";

impl Table for OfContexts {
    fn keys() -> Vec<(&'static str, String)> {
        let holds = |context: Context| match context {
            Context::Test => "Input of tests.",
            Context::Expected => "What tests expect: parts of objects, in which nothing is missing.",
            Context::Example => "What is shown to readers.",
            Context::Vendored => "Copies of files of other projects.",
            Context::Generated => "What a program made, and nobody edits.",
            Context::Kept => "Older releases, and what was set aside.",
        };
        let contexts = Context::ALL.into_iter().map(|one| (one.name(), holds(one).to_owned()));
        contexts.chain([(CLUSTER, "What is deployed, wherever it lies.".to_owned())]).collect()
    }

    fn names() -> &'static [&'static str] {
        static NAMES: LazyLock<Vec<&'static str>> =
            LazyLock::new(|| Context::ALL.iter().map(|one| one.name()).chain([CLUSTER]).collect());
        &NAMES
    }
}

impl Lists<OfContexts> {
    /// What files are kept for, each with its globs; for a cluster, nothing.
    pub fn contexts(&self) -> impl Iterator<Item = (Option<Context>, &[Name])> {
        let context = |word: &str| Context::ALL.into_iter().find(|one| one.name() == word);
        self.0.iter().map(move |(word, globs)| (context(word), globs.as_slice()))
    }
}
