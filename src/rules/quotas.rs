//! Quotas against everything that is in their namespace, and objects that a LimitRange or quota refuses (facts 15.73, 15.75).

use std::collections::BTreeMap;

use super::words::list;
use super::{Check, Rule, rule};
use crate::document::Object;
use crate::files::Span;
use crate::finding::{Out, Severity};
use crate::inventory::{Fenceposts, Inventory, Placed, Update};
use crate::kube::limits::{self, Usage};
use crate::text::placeholder::{is_placeholder, is_shouted};
use crate::yaml::Entry;

/// The rules of this topic.
pub static RULES: &[Rule] = &[rule!("objects-refused", Check::Unit(refused))];

/// How a workload replaces its pods, where that is known.
#[derive(Clone, Copy)]
struct Surge {
    posts: Fenceposts,
    /// What one pod needs.
    each: i128,
}

/// Who needs how much of an amount.
#[derive(Clone)]
struct User<'a> {
    amount: i128,
    object: Object<'a>,
    surge: Option<Surge>,
}

/// An amount, and who needs it.
#[derive(Clone, Default)]
struct Sum<'a> {
    amount: i128,
    users: Vec<User<'a>>,
}

/// What quotas have to hold for everything that is always there.
#[derive(Default)]
pub struct Needed<'a> {
    /// By the place of the quota, then by the name it has for the amount.
    sums: BTreeMap<Span, (Option<Object<'a>>, BTreeMap<String, Sum<'a>>)>,
}

impl<'a> Needed<'a> {
    /// Counts something a number of times against a quota; pods that are replaced with a surge say how.
    pub fn add(
        &mut self,
        quota: &Object<'a>,
        usage: Usage,
        count: i64,
        object: &Object<'a>,
        posts: Option<Fenceposts>,
    ) {
        let (owner, sums) = self.sums.entry(quota.node.span()).or_default();
        *owner = Some(*quota);
        for (resource, each) in usage {
            let sum = sums.entry(resource).or_default();
            let amount = each.saturating_mul(i128::from(count));
            sum.amount = sum.amount.saturating_add(amount);
            let surge = posts.map(|posts| Surge { posts, each });
            sum.users.push(User { amount, object: *object, surge });
        }
    }

    /// Reports quotas that are too small for all `what` together, and those that leave no room for a rollout.
    pub fn report(self, inventory: &Inventory<'a>, what: &str, out: &mut Out) {
        for (owner, sums) in self.sums.into_values() {
            let Some(quota) = owner else { continue };
            let mut narrow = None;
            for (entry, most) in limits::hard(&quota) {
                let Some(sum) = sums.get(entry.key.key_text()) else { continue };
                if sum.amount > most {
                    sum.report(inventory, &quota, entry, most, what, out);
                } else if narrow.is_none() {
                    narrow = sum.narrow(most).map(|user| (entry, most - sum.amount, user));
                }
            }
            if let Some((entry, room, user)) = narrow {
                report_rollout(&quota, entry, room, user, out);
            }
        }
    }
}

impl<'a> Sum<'a> {
    fn report(
        &self,
        inventory: &Inventory<'a>,
        quota: &Object<'a>,
        entry: Entry<'a>,
        most: i128,
        what: &str,
        out: &mut Out,
    ) {
        let mut users = self.users.clone();
        users.sort_by_key(|user| (-user.amount, user.object.name));
        let titles: Vec<String> = users.iter().map(|user| user.object.title()).collect();
        let over = format!("{:.2} times", self.amount as f64 / most.max(1) as f64);
        let severity = if inventory.view.elsewhere { Severity::Warning } else { Severity::Error };
        let label = match most {
            0 => format!("{} need some of `{}`", list(&titles, 3), entry.key.key_text()),
            _ => format!("{} need {over} this amount of `{}`", list(&titles, 3), entry.key.key_text()),
        };
        let mut draft = out
            .report(entry.value, format!("{} is too small for the {what} of its namespace", quota.title()))
            .severity(severity)
            .label(label);
        for user in users.iter().take(2) {
            draft = draft.also(user.object.anchor(), "counts against the quota");
        }
        draft.help(match what {
            "pods" => "raise the quota, or lower requests, limits or replicas",
            _ => "raise the quota, or remove what is not needed",
        });
    }

    /// The first workload whose rollout needs more than what is left: one that needs its first new pod before an old one
    /// goes, else any.
    fn narrow(&self, most: i128) -> Option<&User<'a>> {
        let room = most - self.amount;
        let short = |user: &&User<'a>| {
            user.surge.is_some_and(|one| one.each.saturating_mul(one.posts.surge.into()) > room)
        };
        let mut all = self.users.iter().filter(short);
        let first = all.clone().next();
        all.find(|user| user.stops(room)).or(first)
    }
}

impl User<'_> {
    /// Whether a rollout cannot even begin: not one new pod fits, and no old one may be missing.
    fn stops(&self, room: i128) -> bool {
        self.surge.is_some_and(|one| one.posts.unavailable == 0 && one.each > room)
    }
}

fn report_rollout<'a>(quota: &Object<'a>, entry: Entry<'a>, room: i128, user: &User<'a>, out: &mut Out) {
    let name = entry.key.key_text();
    let title = user.object.title();
    let draft = match user.stops(room) {
        true => out
            .report(entry.value, format!("{} leaves no room to roll out {title}", quota.title()))
            .severity(Severity::Warning)
            .label(format!("no new pod fits into `{name}`, and no old one may be missing")),
        false => out
            .report(entry.value, format!("{} leaves no room for the surge of {title}", quota.title()))
            .severity(Severity::Info)
            .label(format!("the pods above the wanted number do not fit into `{name}`")),
    };
    draft
        .also(user.object.anchor(), "counts against the quota")
        .help(format!("raise `{name}`, or give up the surge: `maxSurge: 0` with `maxUnavailable: 1`"));
}

/// The limits of a workload's rolling update at a number of replicas.
pub fn posts(inventory: &Inventory<'_>, at: usize, count: i64) -> Option<Fenceposts> {
    match Update::read(&inventory.workloads[at])? {
        Update::Rolling(rolling) => rolling.at(count).filter(|posts| posts.surge > 0),
        _ => None,
    }
}

fn refused(inventory: &Inventory<'_>, out: &mut Out) {
    let (ranges, quotas) = (Placed::read(inventory, "LimitRange"), Placed::read(inventory, "ResourceQuota"));
    if ranges.is_empty() && quotas.is_empty() {
        return;
    }
    let mut needed = Needed::default();
    for object in &inventory.objects {
        // Pods are counted with those that controllers make.
        if !object.is("", "Pod") {
            check(inventory, object, object, 1, (&ranges, &quotas), &mut needed, out);
        }
    }
    for (at, workload) in inventory.workloads.iter().enumerate() {
        let count = || inventory.replicas(at).map_or(0, |range| range.floor.count);
        for template in workload.claim_templates() {
            let claim = Object::with_type(template, "v1", "PersistentVolumeClaim");
            check(inventory, &claim, &workload.object, count(), (&ranges, &quotas), &mut needed, out);
        }
    }
    needed.report(inventory, "objects", out);
}

/// One object, or a claim that one makes `count` times.
fn check<'a>(
    inventory: &Inventory<'a>,
    object: &Object<'a>,
    owner: &Object<'a>,
    count: i64,
    (ranges, quotas): (&Placed<'a>, &Placed<'a>),
    needed: &mut Needed<'a>,
    out: &mut Out,
) {
    let (ranges, quotas) = (ranges.of(inventory, owner), quotas.of(inventory, owner));
    let unknown = |text: &str| is_placeholder(text) || is_shouted(text);
    if ranges.is_empty() && quotas.is_empty()
        || inventory.is_patched(owner)
        || inventory.is_contested(owner)
        || inventory.namespace(owner).is_some_and(unknown)
        || ranges.iter().chain(quotas).any(|one| inventory.is_patched(one))
    {
        return;
    }
    let refusals = limits::object_refusals(object, ranges, quotas);
    if let Some(first) = refusals.first() {
        let sure = inventory.view.built
            || inventory.namespace(owner).is_some()
            || first.by.span().file == first.at.span().file;
        let message = match object.node == owner.node {
            true => format!("{} is refused: {}", object.title(), first.what),
            false => format!("no claims of {} are created: {}", owner.title(), first.what),
        };
        out.report(first.at, message)
            .severity(if sure { Severity::Error } else { Severity::Warning })
            .also(first.by, "this is what refuses it")
            .help("change it to what the namespace allows, or raise the limit");
        return;
    }
    // Examples in one directory are hardly all meant for one namespace.
    if inventory.namespace(owner).is_none() && !inventory.view.built {
        return;
    }
    for quota in quotas.iter().filter(|quota| limits::matches(quota, None)) {
        needed.add(quota, limits::object_usage(object), count, owner, None);
    }
}
