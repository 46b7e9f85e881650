//! Who may do what: bindings with the roles that they grant, those of every cluster and aggregated ones included (facts
//! 19.20 to 19.22).

use foldhash::{HashMap, HashSet};

use super::{PolicyRule, Request, Subject, born, rules, subjects};
use crate::document::Object;
use crate::kube::labels::Labels;
use crate::kube::selector::Selector;

/// Where a role is looked up: kind, namespace, name.
type RoleKey<'a> = (&'a str, Option<&'a str>, &'a str);

/// The roles and bindings of a cluster.
pub struct Access<'a> {
    roles: HashMap<RoleKey<'a>, (Object<'a>, Vec<PolicyRule<'a>>)>,
    bindings: Vec<Object<'a>>,
    /// Bindings by kind and name of a subject.
    by_subject: HashMap<(&'a str, &'a str), Vec<usize>>,
}

/// A rule that a binding grants to a subject.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'a> {
    /// The binding.
    pub binding: Object<'a>,
    /// Which of its subjects.
    pub subject: Subject<'a>,
    /// The role.
    pub role: Object<'a>,
    /// The rule.
    pub rule: PolicyRule<'a>,
}

impl<'a> Grant<'a> {
    /// Whether it holds in all namespaces.
    pub fn is_everywhere(&self) -> bool {
        self.binding.kind == "ClusterRoleBinding"
    }
}

impl<'a> Access<'a> {
    /// Reads roles and bindings among objects and adds those of every cluster, where the objects have none of the name.
    pub fn new(objects: impl Iterator<Item = Object<'a>>) -> Self {
        let objects: Vec<Object<'a>> = objects.filter(|object| object.group() == super::GROUP).collect();
        let known: HashSet<(&str, &str)> = objects.iter().map(|object| (object.kind, object.name)).collect();
        let mut all: Vec<Object<'a>> = objects.clone();
        for object in born::objects() {
            if !known.contains(&(object.kind, object.name)) {
                all.push(object);
            }
        }
        let mut access =
            Access { roles: HashMap::default(), bindings: Vec::new(), by_subject: HashMap::default() };
        for object in &all {
            match object.kind {
                "Role" => {
                    let key = ("Role", object.namespace, object.name);
                    access.roles.insert(key, (*object, rules(object).collect()));
                }
                "ClusterRole" => {
                    let key = ("ClusterRole", None, object.name);
                    access.roles.insert(key, (*object, all_rules(object, &objects)));
                }
                "RoleBinding" | "ClusterRoleBinding" => {
                    for subject in subjects(object) {
                        let key = (subject.kind, subject.name.text());
                        let list = access.by_subject.entry(key).or_default();
                        if list.last() != Some(&access.bindings.len()) {
                            list.push(access.bindings.len());
                        }
                    }
                    access.bindings.push(*object);
                }
                _ => {}
            }
        }
        access
    }

    /// The role of a binding, with all of its rules.
    fn role(&self, binding: &Object<'a>) -> Option<&(Object<'a>, Vec<PolicyRule<'a>>)> {
        let reference = binding.node.get("roleRef")?;
        let text = |key: &str| reference.get(key).map_or("", |one| one.text());
        match text("kind") {
            "ClusterRole" => self.roles.get(&("ClusterRole", None, text("name"))),
            "Role" if binding.kind == "RoleBinding" => {
                self.roles.get(&("Role", binding.namespace, text("name")))
            }
            _ => None,
        }
    }

    /// Everything that bindings grant to a subject of this kind and name; whether it is meant is for the caller to say.
    pub fn grants(&self, kind: &str, name: &str) -> Vec<Grant<'a>> {
        let mut grants = Vec::new();
        let bindings = self.by_subject.get(&(kind, name)).into_iter().flatten();
        for binding in bindings.map(|&at| self.bindings[at]) {
            let Some((role, rules)) = self.role(&binding) else { continue };
            let meant = subjects(&binding).filter(|one| one.kind == kind && one.name.text() == name);
            for subject in meant {
                grants.extend(rules.iter().map(|&rule| Grant { binding, subject, role: *role, rule }));
            }
        }
        grants
    }

    /// The binding through which a request is allowed, if one allows it.
    pub fn allowed_by(&self, request: &Request<'_>) -> Option<Object<'a>> {
        let account =
            request.user.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
        let users = [("User", request.user)].into_iter();
        let accounts = account.into_iter().map(|(_, name)| ("ServiceAccount", name));
        let groups = request.groups.iter().map(|group| ("Group", *group));
        let mut grants = users.chain(accounts).chain(groups).flat_map(|(kind, name)| self.grants(kind, name));
        let allowed = grants.find(|grant| {
            let here = grant.is_everywhere()
                || request.path.is_none()
                    && !request.namespace.is_empty()
                    && grant.binding.namespace == Some(request.namespace);
            here && grant.subject.is(request) && grant.rule.allows(request)
        });
        allowed.map(|grant| grant.binding)
    }
}

/// The rules of a ClusterRole: its own, or those that its labels gather, which the cluster puts in their place.
fn all_rules<'a>(role: &Object<'a>, objects: &[Object<'a>]) -> Vec<PolicyRule<'a>> {
    let Some(aggregation) = role.node.get("aggregationRule") else {
        return rules(role).collect();
    };
    let mut found: Vec<PolicyRule<'a>> = Vec::new();
    if born::is_born(role) {
        found.extend(rules(role));
    }
    let selectors = aggregation.get("clusterRoleSelectors").into_iter().flat_map(|list| list.items());
    let selectors: Vec<Selector<'_>> = selectors.map(Selector::label_selector).collect();
    let others = objects.iter().filter(|other| other.kind == "ClusterRole" && other.name != role.name);
    for other in others {
        let labels = Labels::read(other.metadata().and_then(|it| it.get("labels")));
        if selectors.iter().any(|selector| selector.matches(&labels).is_yes()) {
            found.extend(rules(other));
        }
    }
    found
}
