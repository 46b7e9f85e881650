//! The Pod Security Standards, one rule for each thing they ask for, weighed by who reaches the pods (facts 19.1 to
//! 19.9).

mod agent;
mod host_paths;
mod insert;
mod mend;
mod messages;
mod node_paths;
mod standards;

use super::{Check, Eligible, Rule, rule};
use crate::inventory::Inventory;
use crate::kube::pod_security::{Level, Pod, Topic, Violation, violations_of};
use crate::kube::workload::Workload;
use crate::schema::NEWEST;

/// The rules of this topic.
pub static RULES: &[Rule] = &[
    rule!(
        "privileged-container",
        Check::Unit(|inventory, out| standards::judge(inventory, Topic::Privileged, out))
    ),
    rule!(
        "host-namespaces",
        Check::Unit(|inventory, out| standards::judge(inventory, Topic::HostNamespaces, out))
    ),
    rule!(
        "host-path-volume",
        Check::Unit(|inventory, out| standards::judge(inventory, Topic::HostPath, out))
    ),
    rule!("host-path-writable", Check::Workload(Eligible::COMPLETE, host_paths::writable)),
    rule!("runtime-socket-mounted", Check::Workload(Eligible::COMPLETE, host_paths::sockets)),
    rule!("host-port", Check::Unit(|inventory, out| standards::judge(inventory, Topic::HostPort, out))),
    rule!("host-process", Check::Unit(|inventory, out| standards::judge(inventory, Topic::HostProcess, out))),
    rule!(
        "capability-added",
        Check::Unit(|inventory, out| standards::judge(inventory, Topic::CapabilityAdded, out))
    ),
    rule!(
        "seccomp-unconfined",
        Check::Unit(|inventory, out| standards::judge(inventory, Topic::Seccomp, out))
    ),
    rule!(
        "apparmor-unconfined",
        Check::Unit(|inventory, out| standards::judge(inventory, Topic::AppArmor, out))
    ),
    rule!("selinux-options", Check::Unit(|inventory, out| standards::judge(inventory, Topic::SeLinux, out))),
    rule!(
        "proc-mount-unmasked",
        Check::Unit(|inventory, out| standards::judge(inventory, Topic::ProcMount, out))
    ),
    rule!("unsafe-sysctl", Check::Unit(|inventory, out| standards::judge(inventory, Topic::Sysctl, out))),
    rule!(
        "probe-calls-other-host",
        Check::Unit(|inventory, out| standards::judge(inventory, Topic::HostProbe, out))
    ),
    rule!(
        "privilege-escalation-allowed",
        Check::Unit(|inventory, out| standards::judge(inventory, Topic::Escalation, out))
    ),
    rule!(
        "capabilities-not-dropped",
        Check::Unit(|inventory, out| standards::judge(inventory, Topic::CapabilitiesDropped, out))
    ),
    rule!(
        "root-not-forbidden",
        Check::Unit(|inventory, out| standards::judge(inventory, Topic::NonRoot, out))
    ),
    rule!("runs-as-root", Check::Unit(|inventory, out| standards::judge(inventory, Topic::Root, out))),
    rule!(
        "volume-type-restricted",
        Check::Unit(|inventory, out| standards::judge(inventory, Topic::VolumeType, out))
    ),
    rule!("node-agent", Check::Workload(Eligible::COMPLETE, agent::judge)),
];

/// Whether what a workload says may be judged: no patch changes it and no other object made it.
fn is_own(inventory: &Inventory<'_>, workload: &Workload<'_>) -> bool {
    !inventory.is_patched(&workload.object) && !workload.is_owned()
}

/// Whether what it leaves out may be judged, too: every container says what it runs, so that it is no part of another.
pub(super) fn is_final(inventory: &Inventory<'_>, workload: &Workload<'_>) -> bool {
    is_own(inventory, workload) && workload.says_what_it_runs()
}

/// What a pod violates of the topics that are wanted, at the level that is configured or the lowest that asks for them.
fn violations<'a>(
    inventory: &Inventory<'a>,
    workload: &Workload<'a>,
    level: Level,
    wanted: impl Fn(Topic) -> bool,
) -> Vec<Violation<'a>> {
    let minor = inventory.surroundings.versions.map_or(NEWEST, |(_, highest)| highest);
    violations_of(Pod::of(&workload.pod), level, minor, wanted)
}
