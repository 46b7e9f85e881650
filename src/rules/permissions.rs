//! Roles that grant nothing, and bindings that name a ServiceAccount where it is not.

use std::cell::OnceCell;

use super::{Check, Rule, rule};
use crate::document::Object;
use crate::finding::{Draft, Out, Severity};
use crate::inventory::{Evidence, Found, Grants, Inventory, RoleGrant, is_near, same_directory};
use crate::kube::rbac::{self, PolicyRule, Subject, resources};
use crate::text::placeholder::{is_placeholder, is_shouted};
use crate::yaml::Node;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!("role-grants-nothing", Check::Unit(grants_nothing)),
    rule!("binding-subject-missing", Check::Unit(subject_missing)),
];

/// An entry of a role that no request of a program ever meets.
struct Idle<'a> {
    rule: PolicyRule<'a>,
    at: Node<'a>,
    why: Why,
}

enum Why {
    /// The resource is served by these other groups.
    Group(Vec<&'static str>),
    /// The name is a slip of this one, which these groups serve.
    Name(String, Vec<&'static str>),
    /// A star for all subresources of one resource.
    Star,
    /// Names of objects with a star.
    Names,
    /// Names of objects that do not exist yet: a request that creates one says none.
    Unborn,
}

/// The authorizer compares words and would allow a request for a resource that nobody serves (fact 15.8). So only where pods
/// in view have the role is it sure who asks, and for what; but nobody asks for what a group of the API itself does not have.
fn grants_nothing(inventory: &Inventory<'_>, out: &mut Out) {
    let grants = OnceCell::new();
    for kind in ["Role", "ClusterRole"] {
        for role in inventory.of_kind(kind).filter(|object| object.group() == rbac::GROUP) {
            if inventory.is_patched(role) || role.node.get("aggregationRule").is_some() {
                continue;
            }
            let mut idle = Vec::new();
            rbac::rules(role).for_each(|rule| read_idle(rule, &mut idle));
            if idle.is_empty() {
                continue;
            }
            let grants = grants.get_or_init(|| Grants::read(inventory));
            let holders = grants.holders(role);
            for one in &idle {
                if let Some(holder) =
                    holders.iter().find(|holder| !one.is_granted(grants.of(holder.home, holder.account)))
                {
                    let pods = inventory.workloads[holder.workload].object.anchor();
                    let account = format!("gives the role to ServiceAccount `{}`", holder.account);
                    one.report(role, out)
                        .also(holder.binding.anchor(), account)
                        .also(pods, "runs as this account");
                }
            }
            // In a group of the API itself nobody else serves a resource of another one. Files with access control and
            // nothing else say too little of what the rights are for; an authorizer grants them all the same (fact 15.8).
            if holders.is_empty() && !inventory.workloads.is_empty() && idle.iter().any(Idle::is_sure) {
                let (bindings, given) = Grants::bound(inventory, role);
                let Some(binding) = bindings.first() else { continue };
                for one in idle.iter().filter(|one| one.is_sure() && !one.is_granted(given.iter())) {
                    one.report(role, out).also(binding.anchor(), "gives the role away");
                }
            }
        }
    }
}

fn read_idle<'a>(rule: PolicyRule<'a>, found: &mut Vec<Idle<'a>>) {
    let groups: Vec<&str> = rule.list("apiGroups").map(|group| group.text()).collect();
    // Groups that others serve may have a resource of any name.
    let known = |group: &&str| resources::is_own(group) || resources::is_no_group(group);
    if groups.is_empty() || !groups.iter().all(known) {
        return;
    }
    let mut names = rule.list("resourceNames").peekable();
    // Of all objects only those of access control itself may have a star in their name, and `domain/*` means all signers of it.
    if let Some(first) = names.peek().copied()
        && !groups.contains(&rbac::GROUP)
        && !rule.list("resources").any(|one| one.text() == "signers")
        && names.all(|name| name.text().contains('*') && !is_placeholder(name.text()))
    {
        found.push(Idle { rule, at: first, why: Why::Names });
        return;
    }
    let mut verbs = rule.list("verbs").peekable();
    let creates = verbs.peek().is_some() && verbs.all(|verb| verb.text() == "create");
    // Of a subresource, such as the token of an account, the request says whose it is.
    let plain = |one: Node<'a>| !one.text().contains(['/', '*']) && !is_placeholder(one.text());
    if let Some(list) = rule.0.get("resourceNames").filter(|list| creates && list.items().next().is_some())
        && rule.list("resources").all(plain)
    {
        found.push(Idle { rule, at: list, why: Why::Unborn });
        return;
    }
    for at in rule.list("resources").filter(|node| !is_placeholder(node.text())) {
        let text = at.text();
        let (resource, subresource) = text.split_once('/').unwrap_or((text, ""));
        if resource == "*" || text.is_empty() {
            continue;
        }
        let whole = |name: &str| match subresource {
            "" => name.to_owned(),
            _ => format!("{name}/{subresource}"),
        };
        let served = groups.iter().any(|group| resources::serves(group, resource));
        let why = if served && subresource == "*" {
            Some(Why::Star)
        } else if served {
            let meant = (resource == "pods").then(|| resources::pod_subresource(subresource)).flatten();
            meant.map(|meant| Why::Name(format!("pods/{meant}"), vec![""]))
        } else {
            match resources::groups_of(resource) {
                serving if !serving.is_empty() => Some(Why::Group(serving)),
                _ => resources::plural_of(resource)
                    .map(|plural| Why::Name(whole(plural), resources::groups_of(plural))),
            }
        };
        found.extend(why.map(|why| Idle { rule, at, why }));
    }
}

impl<'a> Idle<'a> {
    /// Whether no request is for it, whoever asks: the table of the API says which group serves the resource.
    fn is_sure(&self) -> bool {
        matches!(self.why, Why::Group(_))
            && self.rule.list("apiGroups").all(|one| resources::is_own(one.text()))
    }

    /// Whether something else of these gives what was meant, or may: a role that is not in view.
    fn is_granted<'g>(&self, mut all: impl Iterator<Item = &'g RoleGrant<'a>>) -> bool
    where
        'a: 'g,
    {
        all.any(|grant| match grant.role {
            Some(role) => {
                role.node.get("aggregationRule").is_some() || rbac::rules(&role).any(|rule| self.is_in(rule))
            }
            None => true,
        })
    }

    /// Whether a rule grants what was meant with the same verbs.
    fn is_in(&self, rule: PolicyRule<'a>) -> bool {
        let verb = |verb: &str| rule.allows_verb(if verb == "*" { "deletecollection" } else { verb });
        let covers = |full: &str, groups: &[&str]| {
            let (resource, subresource) = full.split_once('/').unwrap_or((full, ""));
            rule.is_about(resource, subresource)
                && groups.iter().any(|group| rule.is_about_group(group))
                && self.rule.list("verbs").all(|one| verb(one.text()))
        };
        match &self.why {
            Why::Group(groups) => covers(self.at.text(), groups),
            Why::Name(full, groups) => covers(full, groups),
            Why::Star => {
                let start = self.at.text().trim_end_matches('*');
                let mut others = rule.list("resources").map(|one| one.text());
                others.any(|one| {
                    one == "*" || one.starts_with("*/") || one.starts_with(start) && !one.ends_with('*')
                })
            }
            Why::Names | Why::Unborn => {
                let mut texts = self.rule.list("resources").map(|one| one.text());
                let groups: Vec<&str> = self.rule.list("apiGroups").map(|one| one.text()).collect();
                let open = matches!(self.why, Why::Names) || rule.list("resourceNames").next().is_none();
                rule.0 != self.rule.0 && open && texts.any(|text| covers(text, &groups))
            }
        }
    }

    fn report<'o>(&self, role: &Object<'a>, out: &'o mut Out) -> Draft<'o> {
        let (text, title) = (self.at.text(), role.title());
        let what: Vec<&str> = self.rule.list("resources").map(|one| one.text()).collect();
        let groups: Vec<Node<'a>> = self.rule.list("apiGroups").collect();
        match &self.why {
            Why::Group(serving) => {
                let quoted: Vec<String> =
                    groups.iter().map(|group| format!("\"{}\"", group.text())).collect();
                out.report(
                    self.at,
                    format!("{title} grants no access to `{text}`: it is in another API group"),
                )
                .label(format!("served by group \"{}\"", serving[0]))
                .also(groups[0], format!("the rule is about {}", quoted.join(", ")))
                .help(format!("add a rule with `apiGroups: [\"{}\"]` for `{text}`", serving[0]))
            }
            Why::Name(full, serving) => {
                let sub = full.contains('/')
                    && full.split_once('/').map(|one| one.0) == text.split_once('/').map(|one| one.0);
                let label = match sub {
                    true => "no subresource of pods has this name",
                    false => "resources are named in the plural and in lower case",
                };
                let draft = out
                    .report(
                        self.at,
                        format!("{title} grants no access to `{text}`: there is no such resource"),
                    )
                    .label(label);
                match groups.iter().any(|one| serving.contains(&one.text())) {
                    true => draft.meant(self.at, full),
                    false => {
                        draft.help(format!("did you mean `{full}` of `apiGroups: [\"{}\"]`?", serving[0]))
                    }
                }
            }
            Why::Star => out
                .report(
                    self.at,
                    format!("{title} grants no access to `{text}`: a star stands for no subresource"),
                )
                .label("only `*` alone and `*/name` are patterns")
                .help("list the subresources one by one, or `*/name` for that of all resources"),
            Why::Names => out
                .report(self.at, format!("{title} grants access to no object: `{text}` is no pattern"))
                .label("compared with the names of objects as it is")
                .help("list the names, or leave `resourceNames` out to mean all"),
            Why::Unborn => out
                .report(self.at, format!("{title} does not let anybody create `{}`", what.join("`, `")))
                .label("a request that creates an object does not say its name")
                .help("allow `create` in a rule of its own, without `resourceNames`"),
        }
    }
}

fn subject_missing(inventory: &Inventory<'_>, out: &mut Out) {
    for kind in ["RoleBinding", "ClusterRoleBinding"] {
        for binding in inventory.of_kind(kind).filter(|object| object.group() == rbac::GROUP) {
            if inventory.is_patched(binding) {
                continue;
            }
            let subjects: Vec<Subject<'_>> =
                rbac::subjects(binding).filter(|subject| subject.kind == "ServiceAccount").collect();
            for subject in &subjects {
                check_subject(inventory, binding, subject, &subjects, out);
            }
        }
    }
}

fn check_subject<'a>(
    inventory: &Inventory<'a>,
    binding: &Object<'a>,
    subject: &Subject<'a>,
    all: &[Subject<'a>],
    out: &mut Out,
) {
    let name = subject.name.text();
    let Some(namespace) = subject.namespace else { return };
    let unknown =
        [name, namespace].iter().any(|text| text.is_empty() || is_placeholder(text) || is_shouted(text));
    if unknown {
        return;
    }
    let found = inventory.look_up(binding, Some(namespace), "ServiceAccount", "serviceAccounts", name);
    let place = subject.node.get("namespace").unwrap_or(subject.name);
    match found {
        Found::Elsewhere(account) => {
            let there = inventory.namespace(&account).unwrap_or("default");
            // A binding that names both means another one here.
            let named = all.iter().any(|one| one.name.text() == name && one.namespace == Some(there));
            if named || !is_near(binding, &account) || inventory.is_incomplete(binding) {
                return;
            }
            // An account that nobody here runs as may be a leftover, and another one of the name be meant.
            if !is_used(inventory, &account) {
                return;
            }
            let evidence = match is_inhabited(inventory, namespace) {
                false => Evidence::Contradiction,
                true => Evidence::NearMiss,
            };
            let Some(severity) = inventory.absence(evidence, binding) else { return };
            out.report(
                place,
                format!(
                    "{} names ServiceAccount `{name}` in `{namespace}`; it is in `{there}`",
                    binding.title()
                ),
            )
            .severity(severity)
            .label(format!("grants nothing to the one in `{there}`"))
            .also(account.anchor(), format!("in namespace `{there}`"))
            .help(format!("set the subject's `namespace` to `{there}`"));
        }
        // A number more makes another name.
        Found::Near(account)
            if same_directory(binding, &account) && letters(name) != letters(account.name) =>
        {
            let Some(severity) = inventory.absence(Evidence::NearMiss, binding) else { return };
            out.report(
                subject.name,
                format!("{} does not match any ServiceAccount `{name}`", binding.title()),
            )
            .severity(severity.min(Severity::Warning))
            .label("no ServiceAccount has this name")
            .also(account.anchor(), "the closest match")
            .perhaps(subject.name, account.name);
        }
        _ => {}
    }
}

fn letters(name: &str) -> String {
    name.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// Whether pods in view run as a ServiceAccount of this namespace.
fn is_used<'a>(inventory: &Inventory<'a>, account: &Object<'a>) -> bool {
    inventory.workloads.iter().any(|workload| {
        let spec = workload.pod.spec.0;
        let name = spec.get("serviceAccountName").or_else(|| spec.get("serviceAccount"));
        name.is_some_and(|name| name.text() == account.name)
            && inventory.namespace(&workload.object) == inventory.namespace(account)
    })
}

/// Whether a pod in view lives in a namespace.
fn is_inhabited(inventory: &Inventory<'_>, namespace: &str) -> bool {
    inventory.workloads.iter().any(|workload| inventory.namespace(&workload.object) == Some(namespace))
}
