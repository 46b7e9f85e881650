//! Who may do what: bindings with the roles that they grant, those of every cluster and aggregated ones included (facts
//! 19.20 to 19.22).

use foldhash::{HashMap, HashSet};

use super::{PolicyRule, Request, Subject, born, rules, subjects};
use crate::document::Object;
use crate::kube::labels::Labels;
use crate::kube::selector::Selector;

/// Where a role is looked up: kind, namespace, name.
type RoleKey<'a> = (&'a str, Option<&'a str>, &'a str);

/// A role with all of its rules, each with the role that it is written in.
type Role<'a> = (Object<'a>, Vec<(Object<'a>, PolicyRule<'a>)>);

/// The roles and bindings of a cluster.
pub struct Access<'a> {
    /// Several of one name are in files that are a choice of one another.
    roles: HashMap<RoleKey<'a>, Vec<Role<'a>>>,
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
    /// The role that the rule is written in: another one where the role gathers the rules of others.
    pub written: Object<'a>,
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
        let mut all: Vec<Object<'a>> = objects.filter(|object| object.group() == super::GROUP).collect();
        let known: HashSet<(&str, &str)> = all.iter().map(|object| (object.kind, object.name)).collect();
        let born = born::objects().filter(|object| !known.contains(&(object.kind, object.name)));
        for object in born {
            all.push(object);
        }
        let mut access =
            Access { roles: HashMap::default(), bindings: Vec::new(), by_subject: HashMap::default() };
        let gathered = gather(&all);
        for (at, object) in all.iter().enumerate() {
            match object.kind {
                "Role" => {
                    let key = ("Role", object.namespace, object.name);
                    let own = rules(object).map(|rule| (*object, rule));
                    access.roles.entry(key).or_default().push((*object, own.collect()));
                }
                "ClusterRole" => {
                    let key = ("ClusterRole", None, object.name);
                    access.roles.entry(key).or_default().push((*object, all_rules(at, &all, &gathered)));
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

    /// The role of a binding, with all of its rules: of the same file, if there are several.
    fn role(&self, binding: &Object<'a>) -> Option<&Role<'a>> {
        let reference = binding.node.get("roleRef")?;
        let text = |key: &str| reference.get(key).map_or("", |one| one.text());
        let roles = match text("kind") {
            "ClusterRole" => self.roles.get(&("ClusterRole", None, text("name"))),
            "Role" if binding.kind == "RoleBinding" => {
                self.roles.get(&("Role", binding.namespace, text("name")))
            }
            _ => None,
        }?;
        let file = binding.node.span().file;
        roles.iter().find(|(role, _)| role.node.span().file == file).or(roles.first())
    }

    /// Everything that bindings grant to a subject of this kind and name; whether it is meant is for the caller to say.
    pub fn grants(&self, kind: &str, name: &str) -> Vec<Grant<'a>> {
        let mut grants = Vec::new();
        let bindings = self.by_subject.get(&(kind, name)).into_iter().flatten();
        for binding in bindings.map(|&at| self.bindings[at]) {
            let Some((role, rules)) = self.role(&binding) else { continue };
            let meant = subjects(&binding).filter(|one| one.kind == kind && one.name.text() == name);
            for subject in meant {
                let grant =
                    |&(written, rule): &(_, _)| Grant { binding, subject, role: *role, written, rule };
                grants.extend(rules.iter().map(grant));
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

/// Aggregated roles that one aggregated role gathers, at most.
const GATHERED: usize = 64;

/// The rules of a ClusterRole: its own, or those of the roles that its labels gather, which the cluster puts in their
/// place. What is gathered may gather, too.
fn all_rules<'a>(
    at: usize,
    objects: &[Object<'a>],
    gathered: &Gathered,
) -> Vec<(Object<'a>, PolicyRule<'a>)> {
    let mut found = Vec::new();
    let (mut seen, mut waiting, mut left) = (HashSet::from_iter([at]), vec![at], GATHERED);
    while let Some(one) = waiting.pop() {
        match gathered.get(&one) {
            None => found.extend(rules(&objects[one]).map(|rule| (objects[one], rule))),
            Some(_) if left == 0 => {}
            Some(others) => {
                left -= 1;
                waiting.extend(others.iter().rev().filter(|other| seen.insert(**other)));
            }
        }
    }
    found
}

/// The ClusterRoles that each aggregated one gathers, as positions among the objects.
type Gathered = HashMap<usize, Vec<usize>>;

fn gather<'o, 'a>(objects: &'o [Object<'a>]) -> Gathered {
    let labels = |role: &Object<'a>| Labels::read(role.metadata().and_then(|it| it.get("labels")));
    let mut gathered = Gathered::default();
    let labelled = |(at, role): (usize, &'o Object<'a>)| (at, role, labels(role));
    let roles = objects.iter().enumerate().filter(|(_, object)| object.kind == "ClusterRole");
    let roles: Vec<_> = roles.map(labelled).collect();
    for (at, role, _) in &roles {
        let Some(aggregation) = role.node.get("aggregationRule") else { continue };
        let selectors = aggregation.get("clusterRoleSelectors").into_iter().flat_map(|list| list.items());
        let selectors: Vec<Selector<'_>> = selectors.map(Selector::label_selector).collect();
        let others = roles.iter().filter(|(_, other, labels)| {
            other.name != role.name && selectors.iter().any(|selector| selector.matches(labels).is_yes())
        });
        gathered.insert(*at, others.map(|other| other.0).collect());
    }
    gathered
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::{FileId, SourceFile};
    use crate::yaml::{self, Tree};

    fn trees(text: &str) -> Vec<Tree> {
        let file = Arc::new(SourceFile::new(FileId(0), "a.yaml", text));
        yaml::split(&file.text).iter().map(|piece| yaml::parse(&file, piece).expect("it is YAML")).collect()
    }

    #[test]
    fn roles_gather_what_gathers() {
        let text = "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: widgets, labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}}
rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}]
";
        let trees = trees(text);
        let access = Access::new(trees.iter().filter_map(|tree| Object::read(tree.root())));
        let may = |verb: &str, group: &str, resource: &str| {
            let request = Request { user: "jane", verb, group, resource, ..Request::default() };
            access.allowed_by(&request).is_some()
        };
        assert!(may("get", "example.com", "widgets"), "a role of the files, over `view` and `edit`");
        assert!(
            may("create", "", "secrets")
                && may("list", "", "pods")
                && may("update", "coordination.k8s.io", "leases")
        );
        assert!(may("create", "rbac.authorization.k8s.io", "rolebindings"));
        assert!(!may("get", "", "nodes") && !may("escalate", "rbac.authorization.k8s.io", "roles"));
    }

    #[test]
    fn circles_of_roles_end() {
        let role = |name: &str| {
            format!(
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n\
                 metadata: {{name: {name}, labels: {{x: y}}}}\n\
                 aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{x: y}}}}]}}\n"
            )
        };
        let names: Vec<String> = (0..200).map(|at| role(&format!("r{at}"))).collect();
        let trees = trees(&names.join("---\n"));
        let access = Access::new(trees.iter().filter_map(|tree| Object::read(tree.root())));
        let role = access.roles.get(&("ClusterRole", None, "r0")).expect("it is there");
        assert!(role[0].1.is_empty());
    }
}
