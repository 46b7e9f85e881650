//! Functions of versions.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Outcome, text, truth, wrong};
use crate::cel::fault::Fault;
use crate::cel::semver::Semver;
use crate::cel::value::{Data, Foreign, Value};

fn read<'v>(name: &str, args: &'v [Value]) -> Result<(&'v str, bool), Box<Fault>> {
    let text = text(args.first()).ok_or_else(|| wrong(name, args))?;
    match args.get(1) {
        Some(lenient) => Ok((text, lenient.as_bool().ok_or_else(|| wrong(name, args))?)),
        None => Ok((text, false)),
    }
}

/// `semver`.
pub fn semver(args: &[Value]) -> Outcome {
    let (text, lenient) = read("semver", args)?;
    let version = Semver::parse(text, lenient).map_err(Fault::error)?;
    Ok(Value::new(Data::Foreign(Arc::new(Foreign::Semver(version)))))
}

/// `isSemver`.
pub fn is_semver(args: &[Value]) -> Outcome {
    let (text, lenient) = read("isSemver", args)?;
    truth(Semver::parse(text, lenient).is_ok())
}

fn of(value: Option<&Value>) -> Option<&Semver> {
    match &value?.data {
        Data::Foreign(foreign) => match &**foreign {
            Foreign::Semver(version) => Some(version),
            _ => None,
        },
        _ => None,
    }
}

/// The order of two versions.
pub fn order(args: &[Value]) -> Option<Ordering> {
    Some(of(args.first())?.cmp(of(args.get(1))?))
}

fn part(name: &str, args: &[Value], at: usize) -> Outcome {
    let version = of(args.first()).ok_or_else(|| wrong(name, args))?;
    Ok(Value::int(version.numbers[at] as i64))
}

/// `major`.
pub fn major(args: &[Value]) -> Outcome {
    part("major", args, 0)
}

/// `minor`.
pub fn minor(args: &[Value]) -> Outcome {
    part("minor", args, 1)
}

/// `patch`.
pub fn patch(args: &[Value]) -> Outcome {
    part("patch", args, 2)
}
