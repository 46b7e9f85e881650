//! What only a cluster knows: the authorizer.

use super::{Outcome, wrong};
use crate::cel::fault::Fault;
use crate::cel::value::{Data, Foreign, Value};

/// A question to the cluster, whatever it is.
pub fn ask(args: &[Value]) -> Outcome {
    match args.first().map(|arg| &arg.data) {
        Some(Data::Foreign(foreign)) => match &**foreign {
            Foreign::Cluster(what) => Err(Fault::unknown(*what)),
            _ => Err(wrong("check", args)),
        },
        _ => Err(wrong("check", args)),
    }
}
