//! Policies: the cluster's own, judged offline as the API server would judge the creation of objects
//! (ValidatingAdmissionPolicies and their bindings, facts 18.8 to 18.13), and rules of a team.

mod asked;
mod convert;
mod kinds;
mod kyverno;
mod law;
mod matching;
pub mod own;
mod read;
mod typed;
mod verdict;

pub use law::{Law, bindings};
pub use matching::is_for_creation;
pub use read::{Action, Binding, Policy};
pub use typed::{Mistyped, mistyped};
pub use verdict::{Denial, Reason, applied, judge};
