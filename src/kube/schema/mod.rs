//! Whether an object has the shape that its kind has.

mod context;
mod decode;
mod graph;
mod kinds;
mod legacy;
mod required;

pub use context::Expected;
pub use decode::{Frame, Problem};

use context::{Cx, Slot};

use crate::yaml::Node;

/// Every problem of an object, in the order of the file. `None` if the kind is not built in.
pub fn check<'a>(object: Node<'a>, api_version: &str, kind: &str) -> Option<Vec<Problem<'a>>> {
    decode(object, api_version, kind, false)
}

fn decode<'a>(object: Node<'a>, api_version: &str, kind: &str, required: bool) -> Option<Vec<Problem<'a>>> {
    let kind = kinds::find(api_version, kind)?;
    let cx = Cx::new(object.tree(), required);
    (kind.run)(&cx, Slot::root(object));
    loop {
        let Some(schema) = cx.schemas.borrow_mut().pop() else { break };
        kinds::run_schema(&cx, schema);
    }
    let mut problems = cx.problems.into_inner();
    problems.sort_by_key(|problem| problem.at().span().start);
    Some(problems)
}

/// Every pair of apiVersion and kind that is known, older versions included.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    kinds::all()
}
