//! `configurations`: files that add fields to the lists of the built-in transformers (kustomize's
//! `TransformerConfig`). What a base adds counts for all who include it.

use super::fields::FieldSpec;
use super::specs::{self, NameReference};
use super::value::Value;

/// Fields besides the built-in ones.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Of `namespace:`.
    pub namespace: Vec<FieldSpec>,
    /// Of `commonLabels:`, and of `labels:` with `includeSelectors`.
    pub labels: Vec<FieldSpec>,
    /// Of `commonAnnotations:`.
    pub annotations: Vec<FieldSpec>,
    /// Of `images:`.
    pub images: Vec<FieldSpec>,
    /// Of `replicas:`.
    pub replicas: Vec<FieldSpec>,
    /// Fields that take variables.
    pub variables: Vec<FieldSpec>,
    /// Fields that name other objects.
    pub references: Vec<NameReference>,
}

impl Config {
    /// Reads a file; `None` if it says something that is not followed.
    pub fn read(root: &Value) -> Option<Config> {
        let mut config = Config::default();
        for (key, value) in root.entries() {
            let fields = || value.items().iter().map(FieldSpec::read).collect();
            match &*key.text {
                "namespace" => config.namespace = fields(),
                "commonLabels" => config.labels = fields(),
                "commonAnnotations" => config.annotations = fields(),
                "images" => config.images = fields(),
                "replicas" => config.replicas = fields(),
                "nameReference" => config.references = value.items().iter().flat_map(references).collect(),
                "varReference" => config.variables = fields(),
                _ if value.is_nil_or_empty() => {}
                _ => return None,
            }
        }
        // These two kustomize knows by heart.
        config.namespace.retain(|field| {
            field.path != ["metadata", "namespace"]
                && !(field.path == ["subjects", "namespace"] && field.kind.ends_with("RoleBinding"))
        });
        Some(config)
    }

    /// Adds what another one says and this one does not.
    pub fn merge(&mut self, other: &Config) {
        let add = |own: &mut Vec<FieldSpec>, more: &[FieldSpec]| {
            for one in more {
                if !own.iter().any(|known| known.is_same(one)) {
                    own.push(one.clone());
                }
            }
        };
        add(&mut self.namespace, &other.namespace);
        add(&mut self.labels, &other.labels);
        add(&mut self.annotations, &other.annotations);
        add(&mut self.images, &other.images);
        add(&mut self.replicas, &other.replicas);
        add(&mut self.variables, &other.variables);
        for one in &other.references {
            // A name that is followed twice might end somewhere else.
            if !specs::name_references().iter().chain(&self.references).any(|known| known.is_same(one)) {
                self.references.push(one.clone());
            }
        }
    }
}

fn references(entry: &Value) -> Vec<NameReference> {
    let text = |key: &str| entry.text_at(&[key]).to_owned();
    let fields = entry.get("fieldSpecs").map_or(&[][..], Value::items);
    let one = |spec: &Value| NameReference {
        group: text("group").into(),
        version: text("version").into(),
        kind: text("kind").into(),
        field: FieldSpec::read(spec),
    };
    fields.iter().map(one).collect()
}
