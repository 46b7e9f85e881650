//! PodDisruptionBudgets: what they select and how many evictions they allow (facts 1.6, 3.1–3.10).

use super::{Inventory, Selected};
use crate::document::Object;
use crate::kube::int_or_percent::IntOrPercent;
use crate::kube::selector::Selector;
use crate::kube::workload::WorkloadKind;
use crate::yaml::Node;

/// Which pods of its namespace a budget is about.
#[derive(Clone, Debug)]
pub enum BudgetSelector<'a> {
    /// None: no selector, or an empty one in policy/v1beta1.
    Nothing(Option<Node<'a>>),
    /// All: an empty selector in policy/v1.
    Everything(Node<'a>),
    /// Those with these labels.
    Labels(Selector<'a>),
}

/// A PodDisruptionBudget.
#[derive(Clone, Debug)]
pub struct Budget<'a> {
    /// The object.
    pub object: Object<'a>,
    /// Whom it protects.
    pub selector: BudgetSelector<'a>,
    /// `minAvailable` as written.
    pub min_available: Option<Node<'a>>,
    /// `maxUnavailable` as written.
    pub max_unavailable: Option<Node<'a>>,
}

/// The pods that a budget counts on, with every selected workload at its floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// How many.
    pub pods: i64,
    /// Some selected workload may be scaled to zero by KEDA and was counted as one.
    pub from_zero: bool,
}

/// The arithmetic of a budget with every selected pod ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Pods the budget counts on, at the floor of every selected workload.
    pub pods: i64,
    /// Pods that must stay healthy.
    pub desired: i64,
    /// Evictions allowed at once.
    pub allowed: i64,
    /// Some selected workload may be scaled to zero by KEDA and was counted as one.
    pub from_zero: bool,
}

impl<'a> Budget<'a> {
    /// Reads a budget of either version.
    pub fn read(object: Object<'a>) -> Option<Self> {
        if !object.is("policy", "PodDisruptionBudget") {
            return None;
        }
        let spec = object.spec();
        let get = |key: &str| spec.and_then(|spec| spec.get(key));
        let selector = match get("selector") {
            None => BudgetSelector::Nothing(spec.and_then(|spec| spec.entry("selector")).map(|e| e.key)),
            Some(node) => {
                let selector = Selector::label_selector(node).with_added(&object.added.selectors);
                match (selector.is_empty(), object.version()) {
                    (true, "v1beta1") => BudgetSelector::Nothing(Some(node)),
                    (true, _) => BudgetSelector::Everything(node),
                    (false, _) => BudgetSelector::Labels(selector),
                }
            }
        };
        let (min_available, max_unavailable) = (get("minAvailable"), get("maxUnavailable"));
        Some(Budget { object, selector, min_available, max_unavailable })
    }

    /// The number in force, which of the two fields it is, and where; `None` when neither or both are set.
    pub fn limit(&self) -> Option<(&'static str, Node<'a>, IntOrPercent<'a>)> {
        let (name, node) = match (self.min_available, self.max_unavailable) {
            (Some(node), None) => ("minAvailable", node),
            (None, Some(node)) => ("maxUnavailable", node),
            _ => return None,
        };
        IntOrPercent::read(node).map(|value| (name, node, value))
    }

    /// Whether the controller must look up the scale of the selected pods' owners: everything but a whole
    /// `minAvailable` (facts 3.4, 3.7).
    pub fn needs_scale(&self) -> bool {
        !matches!(self.limit(), Some(("minAvailable", _, IntOrPercent::Int(_))))
    }

    /// What it allows when it counts on these pods. `None` when that cannot be told: no pods, or a number that is
    /// not known.
    pub fn allowance(&self, Expected { pods, from_zero }: Expected) -> Option<Allowance> {
        if pods == 0 {
            return None;
        }
        // Neither field set leaves the expected count at zero, which forbids every eviction (fact 3.3).
        if self.min_available.is_none() && self.max_unavailable.is_none() {
            return Some(Allowance { pods, desired: pods, allowed: 0, from_zero });
        }
        let (field, _, value) = self.limit()?;
        let share = value.of_rounding_up(pods)?;
        let desired = if field == "minAvailable" { share } else { (pods - share).max(0) };
        Some(Allowance { pods, desired, allowed: (pods - desired).max(0), from_zero })
    }
}

impl<'a> Inventory<'a> {
    /// The pods that a budget counts on, which is the same for budgets of one group that need a scale or not. `None`
    /// when that cannot be told: pods that it may or may not select, or owners without a scale.
    pub fn expected_pods(&self, budget: usize) -> Option<Expected> {
        let selected: &[Selected] = self.budget_pods(budget);
        let budget = &self.budgets[budget];
        let (mut pods, mut from_zero) = (0, false);
        for one in selected {
            let workload = &self.workloads[one.workload];
            if !one.certain.is_yes() {
                return None;
            }
            if workload.kind == WorkloadKind::Pod && !budget.needs_scale() {
                pods += 1;
                continue;
            }
            let range = self.replicas(one.workload)?;
            if range.floor.count == 0 && range.ceiling.count > 0 {
                from_zero = true;
                pods += 1;
            } else {
                pods += range.floor.count;
            }
        }
        Some(Expected { pods, from_zero })
    }

    /// The group of budgets with equal selectors in one namespace that a budget belongs to; `None` if it selects
    /// nothing.
    pub fn budget_group(&self, budget: usize) -> Option<u32> {
        self.by_budgets.group(budget)
    }
}
