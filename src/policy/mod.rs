//! The cluster's own policies, judged offline: ValidatingAdmissionPolicies and their bindings, on the objects that are
//! deployed together, as the API server would judge their creation (facts 18.8 to 18.13).

mod asked;
mod matching;
mod read;
mod typed;
mod verdict;

pub use read::{Action, Binding, Policy, bindings};
pub use typed::{Mistyped, mistyped};
pub use verdict::{Denial, Reason, judge};
