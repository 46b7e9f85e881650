//! The Pod Security Standards, as the admission of Kubernetes 1.37 applies them (facts 15.70 to 15.72).
//!
//! One function for each control. What a container leaves out is taken from the pod, as the kubelet settles it; where
//! something is missing, the finding stands at the smallest thing that is there.

mod baseline;
mod restricted;

use super::pod::PodTemplate;
use crate::yaml::Node;

/// A level of the standards; `privileged` allows everything and is none here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing that gives a pod known ways to the node.
    #[default]
    Baseline,
    /// Also everything that hardens it.
    Restricted,
}

impl Level {
    /// The level of a name, as in the label of a namespace.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "baseline" => Some(Level::Baseline),
            "restricted" => Some(Level::Restricted),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        }
    }
}

/// What a control asks for. A control of the level `restricted` may ask for two things, and the two levels may ask for
/// the same one with different strictness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Namespaces of the kernel of its own.
    HostNamespaces,
    /// No privileged containers.
    Privileged,
    /// No capabilities beside those that are harmless.
    CapabilityAdded,
    /// No volumes that are paths of the node.
    HostPath,
    /// No ports of the node.
    HostPort,
    /// No probes and hooks that call other hosts.
    HostProbe,
    /// An AppArmor profile that confines.
    AppArmor,
    /// No SELinux options that leave the confinement.
    SeLinux,
    /// The usual masks over `/proc`.
    ProcMount,
    /// A seccomp profile that confines.
    Seccomp,
    /// No kernel parameters that are the node's.
    Sysctl,
    /// No processes of a Windows node.
    HostProcess,
    /// No volumes of other types than those for data.
    VolumeType,
    /// No privileges that a process gains when it starts another.
    Escalation,
    /// Containers that cannot start as root.
    NonRoot,
    /// No user 0.
    Root,
    /// Every capability dropped.
    CapabilitiesDropped,
}

impl Topic {
    /// The lowest level that asks for it.
    pub fn level(self) -> Level {
        match self {
            Topic::VolumeType
            | Topic::Escalation
            | Topic::NonRoot
            | Topic::Root
            | Topic::CapabilitiesDropped => Level::Restricted,
            _ => Level::Baseline,
        }
    }
}

/// Finds what violates a control in a pod.
pub type Check = for<'a> fn(Pod<'a>, &mut Violations<'a>);

/// One of the standards' controls.
pub struct Control {
    /// The name the admission gives it.
    pub id: &'static str,
    /// The lowest level that asks for it.
    pub level: Level,
    /// The minor version of Kubernetes 1 that began to ask for it.
    pub since: u32,
    /// What it asks for; its check may name another topic for some of what it finds.
    pub topics: &'static [Topic],
    /// Finds what violates it.
    pub check: Check,
}

const fn control(
    id: &'static str,
    level: Level,
    since: u32,
    topics: &'static [Topic],
    check: Check,
) -> Control {
    Control { id, level, since, topics, check }
}

/// Every control, those of the baseline first.
pub static CONTROLS: &[Control] = &[
    control("hostNamespaces", Level::Baseline, 0, &[Topic::HostNamespaces], baseline::host_namespaces),
    control("privileged", Level::Baseline, 0, &[Topic::Privileged], baseline::privileged),
    control("capabilities_baseline", Level::Baseline, 0, &[Topic::CapabilityAdded], baseline::capabilities),
    control("hostPathVolumes", Level::Baseline, 0, &[Topic::HostPath], baseline::host_path_volumes),
    control("hostPorts", Level::Baseline, 0, &[Topic::HostPort], baseline::host_ports),
    control("hostProbesAndHostLifecycle", Level::Baseline, 34, &[Topic::HostProbe], baseline::host_probes),
    control("appArmorProfile", Level::Baseline, 0, &[Topic::AppArmor], baseline::app_armor),
    control("seLinuxOptions", Level::Baseline, 0, &[Topic::SeLinux], baseline::selinux),
    control("procMount", Level::Baseline, 0, &[Topic::ProcMount], baseline::proc_mount),
    control("seccompProfile_baseline", Level::Baseline, 19, &[Topic::Seccomp], baseline::seccomp),
    control("sysctls", Level::Baseline, 0, &[Topic::Sysctl], baseline::sysctls),
    control("windowsHostProcess", Level::Baseline, 0, &[Topic::HostProcess], baseline::windows_host_process),
    control(
        "restrictedVolumes",
        Level::Restricted,
        0,
        &[Topic::VolumeType, Topic::HostPath],
        restricted::volumes,
    ),
    control(
        "allowPrivilegeEscalation",
        Level::Restricted,
        8,
        &[Topic::Escalation],
        restricted::privilege_escalation,
    ),
    control("runAsNonRoot", Level::Restricted, 0, &[Topic::NonRoot], restricted::run_as_non_root),
    control("runAsUser", Level::Restricted, 23, &[Topic::Root], restricted::run_as_user),
    control("seccompProfile_restricted", Level::Restricted, 19, &[Topic::Seccomp], restricted::seccomp),
    control(
        "capabilities_restricted",
        Level::Restricted,
        22,
        &[Topic::CapabilitiesDropped, Topic::CapabilityAdded],
        restricted::capabilities,
    ),
    control("procMount_restricted", Level::Restricted, 35, &[Topic::ProcMount], restricted::proc_mount),
];

/// A pod, or the template of one.
#[derive(Clone, Copy, Debug)]
pub struct Pod<'a> {
    /// `metadata`, for its annotations.
    pub metadata: Option<Node<'a>>,
    /// The pod spec.
    pub spec: Node<'a>,
}

/// What violates a control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation<'a> {
    /// The control's [`Control::id`].
    pub control: &'static str,
    /// What the control asks for.
    pub topic: Topic,
    /// The container or volume that it is about, if it is not the pod.
    pub about: Option<Node<'a>>,
    /// Where: the field, or where it would have to stand.
    pub at: Node<'a>,
    /// What is wrong there, in a few words.
    pub what: String,
}

impl Violation<'_> {
    /// Whether it is a value that is written, and not one that is missing.
    pub fn is_written(&self) -> bool {
        let is = |field: &str| {
            self.about
                .and_then(|about| about.entry(field))
                .is_some_and(|entry| entry.key == self.at || entry.value == self.at)
        };
        !is("name") && !is("securityContext") && self.about != Some(self.at)
    }
}

/// The violations found so far.
#[derive(Debug)]
pub struct Violations<'a> {
    control: &'static str,
    topic: Topic,
    found: Vec<Violation<'a>>,
}

impl<'a> Violations<'a> {
    fn add(&mut self, about: Option<Node<'a>>, at: Node<'a>, what: impl Into<String>) {
        self.add_as(self.topic, about, at, what);
    }

    fn add_as(&mut self, topic: Topic, about: Option<Node<'a>>, at: Node<'a>, what: impl Into<String>) {
        self.found.push(Violation { control: self.control, topic, about, at, what: what.into() });
    }
}

/// Everything that keeps a pod out of a namespace of this level under the standards of a minor version of Kubernetes 1.
pub fn violations<'a>(pod: Pod<'a>, level: Level, minor: u32) -> Vec<Violation<'a>> {
    violations_of(pod, level, minor, |_| true)
}

/// The same for the controls that ask for one of some topics.
pub fn violations_of<'a>(
    pod: Pod<'a>,
    level: Level,
    minor: u32,
    wanted: impl Fn(Topic) -> bool,
) -> Vec<Violation<'a>> {
    let mut all = Violations { control: "", topic: Topic::Privileged, found: Vec::new() };
    let asked = |one: &&Control| one.topics.iter().any(|topic| wanted(*topic));
    let controls = CONTROLS.iter().filter(|one| one.level <= level && one.since <= minor);
    for control in controls.filter(asked) {
        // The stricter form of a control stands for the weaker one.
        let replaced = level == Level::Restricted
            && match control.id {
                "hostPathVolumes" => true,
                "seccompProfile_baseline" => minor >= 19,
                "capabilities_baseline" => minor >= 22,
                "procMount" => minor >= 35,
                _ => false,
            };
        if !replaced {
            all.control = control.id;
            all.topic = control.topics[0];
            (control.check)(pod, &mut all);
        }
    }
    all.found.retain(|one| wanted(one.topic));
    all.found
}

impl<'a> Pod<'a> {
    /// The pods that a template describes.
    pub fn of(template: &PodTemplate<'a>) -> Self {
        Pod { metadata: template.node.get("metadata"), spec: template.spec.0 }
    }

    /// All containers: those of the start, the main ones, and those that are added for debugging.
    fn containers(self) -> impl Iterator<Item = Node<'a>> {
        let lists = ["initContainers", "containers", "ephemeralContainers"];
        lists.into_iter().filter_map(move |list| self.spec.get(list)).flat_map(|list| list.items())
    }

    /// The security contexts that are written, each with its container: the pod's, then those of containers.
    fn contexts(self) -> impl Iterator<Item = (Option<Node<'a>>, Node<'a>)> {
        let own = self.spec.get("securityContext").map(|context| (None, context));
        let theirs = self.containers().filter_map(|one| Some((Some(one), context(one)?)));
        own.into_iter().chain(theirs)
    }

    /// A field of the pod's own security context.
    fn context(self, field: &str) -> Option<Node<'a>> {
        self.spec.get("securityContext")?.get(field)
    }

    fn is_windows(self) -> bool {
        let name = self.spec.get("os").and_then(|os| os.get("name"));
        name.is_some_and(|name| name.text() == "windows")
    }

    /// Whether its users are not those of the node, which relaxes some controls.
    fn has_own_users(self) -> bool {
        self.spec.get("hostUsers").is_some_and(|node| node.bool() == Some(false))
    }

    fn annotations(self) -> impl Iterator<Item = crate::yaml::Entry<'a>> {
        self.metadata.and_then(|it| it.get("annotations")).into_iter().flat_map(|list| list.entries())
    }
}

/// The security context of a container.
fn context(container: Node<'_>) -> Option<Node<'_>> {
    container.get("securityContext")
}

/// The name of a container.
fn name(container: Node<'_>) -> &str {
    container.get("name").map_or("", |name| name.text())
}

/// The best place for something that a container lacks: its security context, else its name.
fn gap(container: Node<'_>) -> Node<'_> {
    let entry = container.entry("securityContext").filter(|entry| entry.value.is_mapping());
    entry.map(|entry| entry.key).or_else(|| container.get("name")).unwrap_or(container)
}

fn is_true(node: Option<Node<'_>>) -> bool {
    node.is_some_and(|node| node.bool() == Some(true))
}
