//! Every key of `.wplint.yaml`: the types that it is read into and that its JSON Schema is made of, so that neither can
//! know of a key what the other does not. The comment of a key is its description in the schema.

use std::fmt;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::lists::{Lists, OfContexts, OfExternal};
use super::own::OwnRule;
use super::shapes;
use super::words::{Kept, Name, Pairs, Placed, Said, Size, Texts, Versions, Way, kept, kept_list};
use crate::finding::Severity;
use crate::inventory::Sender;
use crate::kube::pod_security::Level;
use crate::kube::workload::CustomKind;
use crate::rules::own::PREFIX;
use crate::survival::judge::Event;

/// What a configuration file says, in the order of the documentation.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename = "the configuration", rename_all = "camelCase")]
#[schemars(rename = "Configuration of wplint (.wplint.yaml)", extend("type" = ["object", "null"]))]
pub struct Written {
    /// A configuration file, from the folder of this one. What is written here wins; lists are added to.
    pub extends: Option<Name>,
    /// Findings recorded in this file are hidden; from the folder of this one.
    pub baseline: Option<Name>,
    /// Lowest severity that makes the exit status 1.
    #[schemars(schema_with = "shapes::fail_on")]
    pub fail_on: Option<Name>,
    /// Reports as `--format` takes them: FORMAT or FORMAT=FILE.
    #[schemars(example = &"concise", example = ["pretty", "sarif=wplint.sarif"])]
    pub format: Texts,
    /// Report only what is new since this revision; `main...` is where the branch left main.
    pub since: Option<Name>,
    /// Files that are found and not named are read up to this size.
    #[serde(deserialize_with = "kept")]
    #[schemars(extend("default" = "64Mi"))]
    pub max_file_size: Option<Size>,
    /// Target version, or a range of which both ends must work.
    #[serde(deserialize_with = "kept")]
    #[schemars(example = &"1.33", example = &"1.24-1.33")]
    pub kubernetes_version: Option<Versions>,
    /// The rules and groups that run, instead of the default ones.
    #[schemars(with = "Option<Vec<shapes::RuleName>>")]
    pub select: Option<Vec<Name>>,
    /// Rules and groups that do not run; the more exact name wins.
    #[schemars(with = "Vec<shapes::RuleName>")]
    pub ignore: Vec<Name>,
    /// Severities of rules and groups.
    #[schemars(schema_with = "shapes::severities")]
    pub severity: Pairs<Said<Severity>>,
    /// Globs of paths that are not read, relative to this file.
    pub exclude: Vec<Name>,
    /// What files are kept for, by globs relative to this file; `cluster` for what is deployed.
    pub contexts: Lists<OfContexts>,
    /// Findings that are silenced by path and object.
    #[serde(deserialize_with = "kept_list")]
    pub overrides: Vec<Placed<OverrideEntry>>,
    /// What the cluster is like.
    pub cluster: Cluster,
    /// What is not in these files does not exist.
    #[schemars(with = "bool")]
    pub complete: Option<bool>,
    /// What exists outside these files: `name` or `namespace/name`, globs allowed.
    pub external: Lists<OfExternal>,
    /// Options of single rules, which `wplint explain RULE` documents, and rules of the team under `policy/NAME`.
    #[schemars(schema_with = "shapes::rules")]
    pub rules: Rules,
    /// Files and directories with policies that judge the input, from the folder of this file.
    pub policies: Vec<Name>,
    /// How the group `security` judges.
    pub security: Security,
    /// A choice of rules that is added to those that are on.
    #[schemars(schema_with = "shapes::preset")]
    pub preset: Option<Name>,
    /// Custom kinds that own pods.
    #[serde(deserialize_with = "kept_list")]
    pub workloads: Vec<WorkloadEntry>,
    /// Values that charts are deployed with.
    #[serde(deserialize_with = "kept_list")]
    pub charts: Vec<ChartEntry>,
    /// What must survive what; `survival-unmet` reports what does not.
    #[serde(deserialize_with = "kept_list")]
    pub require: Vec<Placed<RequireEntry>>,
}

/// One entry of `overrides`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "an override")]
#[schemars(inline)]
pub struct OverrideEntry {
    /// Globs of files, relative to this one; everywhere without them.
    #[serde(default)]
    pub paths: Vec<Name>,
    /// The objects; what is not written is not compared.
    #[serde(default)]
    pub object: Option<ObjectPattern>,
    /// Rules and groups that are silent there.
    #[schemars(with = "Vec<shapes::RuleName>")]
    pub ignore: Vec<Name>,
    /// Why these findings are fine.
    #[serde(default)]
    pub reason: Option<String>,
}

/// The objects an entry is about. What is not written is not compared; names may be globs.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(inline)]
pub struct ObjectPattern {
    /// Their group and version.
    pub api_version: Option<Name>,
    /// Their kind.
    pub kind: Option<Name>,
    /// Their namespace.
    pub namespace: Option<Name>,
    /// Their name.
    pub name: Option<Name>,
}

/// `cluster`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Cluster {
    /// How many nodes it has.
    pub nodes: Option<NonZeroU32>,
    /// How many zones they are in.
    pub zones: Option<NonZeroU32>,
    /// The domain of its DNS, `cluster.local` unless said.
    pub domain: Option<String>,
    /// Who applies the manifests, and how, as admission policies may ask.
    pub request: Option<Request>,
}

/// `cluster.request`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(inline)]
pub struct Request {
    /// Name of the user.
    pub username: Option<String>,
    /// Identity of the user.
    pub uid: Option<String>,
    /// Groups of the user.
    pub groups: Vec<String>,
    /// Whether nothing is to be stored.
    pub dry_run: bool,
    /// The name that fields are owned under.
    pub field_manager: Option<String>,
}

impl From<Request> for Sender {
    fn from(request: Request) -> Self {
        let Request { username, uid, groups, dry_run, field_manager } = request;
        Sender { username, uid, groups, dry_run, field_manager }
    }
}

/// `security`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Security {
    /// The level of the Pod Security Standards that the group `security` compares pods with.
    #[serde(deserialize_with = "kept")]
    #[schemars(extend("default" = "baseline"))]
    pub level: Option<Said<Level>>,
}

/// An entry of `workloads`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "a workload", rename_all = "camelCase")]
#[schemars(inline)]
pub struct WorkloadEntry {
    /// Group and version of the kind; versions are not compared.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// Where the number of replicas stands.
    #[serde(default, deserialize_with = "kept")]
    pub replicas: Option<Way>,
    /// Where the selector of its pods stands.
    #[serde(default, deserialize_with = "kept")]
    pub selector: Option<Way>,
    /// Where the template of its pods stands.
    pub template: Way,
}

impl From<&WorkloadEntry> for CustomKind {
    fn from(entry: &WorkloadEntry) -> Self {
        let way = |way: &Option<Way>| way.as_ref().map(|way| way.0.clone()).unwrap_or_default();
        CustomKind {
            group: entry.api_version.rsplit_once('/').map_or("", |pair| pair.0).to_owned(),
            kind: entry.kind.clone(),
            replicas: way(&entry.replicas),
            selector: way(&entry.selector),
            template: entry.template.0.clone(),
        }
    }
}

/// One deployment of a chart.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "a chart")]
#[schemars(inline)]
pub struct ChartEntry {
    /// The directory of the chart, relative to this file's.
    pub path: Name,
    /// Values files, the strongest last.
    #[serde(default)]
    pub values: Vec<Name>,
    /// Single values by the keys that lead to them.
    #[serde(default)]
    #[schemars(schema_with = "shapes::scalars")]
    pub set: Pairs<String>,
    /// The name of the release; the chart's if there is none.
    #[serde(default)]
    pub release: Option<String>,
    /// The namespace of the release.
    #[serde(default)]
    pub namespace: Option<String>,
}

/// One requirement.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "a requirement")]
#[schemars(inline)]
pub struct RequireEntry {
    /// The objects; without a kind, workloads. Globs are allowed.
    #[serde(default, rename = "match")]
    pub object: ObjectPattern,
    /// What they must survive.
    #[serde(deserialize_with = "kept_list")]
    #[schemars(length(min = 1))]
    pub survives: Vec<Said<Event>>,
}

/// `rules`: options of single rules, and rules of the team.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Options by the rule.
    pub options: Vec<(Name, Placed<yaml_serde::Value>)>,
    /// Rules of the team by their names.
    pub own: Vec<(Name, OwnRule)>,
}

impl<'de> Deserialize<'de> for Rules {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Rules;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("rules")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Rules, A::Error> {
                let mut rules = Rules::default();
                while let Some(name) = entries.next_key::<Name>()? {
                    if name.text.starts_with(PREFIX) {
                        let rule: Kept<OwnRule> = entries.next_value()?;
                        rules.own.extend(rule.0.map(|rule| (name, rule)));
                    } else {
                        rules.options.push((name, entries.next_value()?));
                    }
                }
                Ok(rules)
            }
        }
        from.deserialize_map(Entries)
    }
}
