//! What only a cluster knows: the authorizer, unless whoever asks may do everything.

use super::{Outcome, wrong};
use crate::cel::fault::Fault;
use crate::cel::value::{Data, Foreign, Value};

/// What a function says of an authorizer that allows everything.
fn ask(args: &[Value], allowing: Value) -> Outcome {
    match args.first().map(|arg| &arg.data) {
        Some(Data::Foreign(foreign)) => match &**foreign {
            Foreign::Cluster(what) => Err(Fault::unknown(*what)),
            Foreign::Allowing => Ok(allowing),
            _ => Err(wrong("check", args)),
        },
        _ => Err(wrong("check", args)),
    }
}

/// What leads to a question, and the question itself.
pub fn further(args: &[Value]) -> Outcome {
    ask(args, Value::allowing())
}

/// `serviceAccount`: another user, who may not do everything.
pub fn other(args: &[Value]) -> Outcome {
    ask(args, Value::of_cluster("what the user may do"))
}

/// `allowed`.
pub fn allowed(args: &[Value]) -> Outcome {
    ask(args, Value::bool(true))
}

/// `errored`.
pub fn errored(args: &[Value]) -> Outcome {
    ask(args, Value::bool(false))
}

/// `reason` and `error`.
pub fn words(args: &[Value]) -> Outcome {
    ask(args, Value::text(""))
}
