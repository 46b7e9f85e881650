//! The configurations of other tools, read and put into words of this one. What has no counterpart is said in a comment.

mod annotations;
mod files;
mod print;

use std::collections::{BTreeMap, BTreeSet};

use crate::document::Object;
use crate::finding::Severity;
use crate::rules::peers;
use crate::yaml::Node;

/// What a configuration will say.
#[derive(Debug, Default)]
pub struct Migration {
    /// Where it comes from.
    sources: Vec<String>,
    preset: Option<&'static str>,
    /// Rules that are asked for.
    wanted: BTreeSet<&'static str>,
    /// Rules that are not.
    unwanted: BTreeSet<&'static str>,
    severity: BTreeMap<&'static str, Severity>,
    exclude: BTreeSet<String>,
    options: BTreeMap<&'static str, String>,
    /// Keys of labels and annotations that objects must have.
    required: BTreeMap<&'static str, BTreeSet<String>>,
    never_fails: bool,
    restricted: bool,
    overrides: Vec<Exemption>,
    /// What has no counterpart, one line each.
    remarks: BTreeSet<String>,
}

/// Objects that are excused.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Exemption {
    kind: Option<String>,
    namespace: Option<String>,
    name: Option<String>,
    /// Rules, or `all`.
    ignore: BTreeSet<&'static str>,
    reason: String,
}

/// Reads a configuration file.
pub type Reader = fn(&mut Migration, Node<'_>);

/// The configuration files that are read, by their names.
pub const FILES: &[(&str, Reader)] = &[
    (".kube-linter.yaml", files::kube_linter),
    (".kube-linter.yml", files::kube_linter),
    (".checkov.yaml", files::checkov),
    (".checkov.yml", files::checkov),
    (".polaris.yaml", files::polaris),
    ("polaris.yaml", files::polaris),
    ("polaris-config.yaml", files::polaris),
];

/// The first rule of one of kube-linter's checks.
fn rule_of(check: &str) -> &'static str {
    let row = peers::rows().iter().find(|row| row.tool == "kube-linter" && row.check == check);
    row.and_then(|row| row.rules.first()).copied().unwrap_or_default()
}

impl Migration {
    /// Takes what a configuration file says.
    pub fn read(&mut self, name: &str, reader: Reader, root: Node<'_>) {
        self.sources.push(name.to_owned());
        reader(self, root);
    }

    /// Takes what the annotations of an object say.
    pub fn annotated(&mut self, object: &Object<'_>) {
        annotations::read(self, object);
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty() && self.overrides.is_empty()
    }

    /// The configuration as text.
    pub fn text(&self) -> String {
        print::text(self)
    }

    /// How many things have no counterpart.
    pub fn remarks(&self) -> usize {
        self.remarks.len()
    }

    /// The rules of a check; a remark where there is none, or where something differs.
    fn rules_of(&mut self, tool: &str, check: &str) -> Vec<&'static str> {
        let Some(row) = peers::rows().iter().find(|row| row.tool == tool && row.check == check) else {
            self.remarks.insert(format!("{tool} {check}: not a check that is known here"));
            return Vec::new();
        };
        if let Some(remark) = row.remark {
            self.remarks.insert(format!("{tool} {check}: {remark}"));
        }
        row.rules.clone()
    }

    fn want(&mut self, tool: &str, check: &str) -> Vec<&'static str> {
        let rules = self.rules_of(tool, check);
        self.wanted.extend(&rules);
        rules
    }

    /// Switches off what only these checks ask for.
    fn refuse(&mut self, tool: &str, check: &str) {
        let rules = self.rules_of(tool, check);
        self.unwanted.extend(rules);
    }

    fn excuse(&mut self, exemption: Exemption) {
        if exemption.ignore.is_empty() {
            return;
        }
        let same = |one: &&mut Exemption| {
            (&one.kind, &one.namespace, &one.name) == (&exemption.kind, &exemption.namespace, &exemption.name)
        };
        match self.overrides.iter_mut().find(same) {
            Some(known) => {
                known.ignore.extend(&exemption.ignore);
                if !known.reason.contains(&exemption.reason) {
                    known.reason = format!("{}; {}", known.reason, exemption.reason);
                }
            }
            None => self.overrides.push(exemption),
        }
    }
}
