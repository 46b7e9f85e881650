//! Amounts of resources.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Outcome, text, truth, wrong};
use crate::cel::fault::Fault;
use crate::cel::value::{Data, Foreign, Value};
use crate::kube::quantity::Quantity;

fn of(value: Option<&Value>) -> Option<Quantity> {
    match &value?.data {
        Data::Foreign(foreign) => match **foreign {
            Foreign::Quantity(quantity) => Some(quantity),
            _ => None,
        },
        _ => None,
    }
}

fn made(quantity: Quantity) -> Outcome {
    Ok(Value::new(Data::Foreign(Arc::new(Foreign::Quantity(quantity)))))
}

/// `quantity`.
pub fn quantity(args: &[Value]) -> Outcome {
    let text = text(args.first()).ok_or_else(|| wrong("quantity", args))?;
    match Quantity::parse(text).filter(|_| text.trim() == text.as_str()) {
        Some(quantity) => made(quantity),
        None => Err(Fault::error(
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        )),
    }
}

/// `isQuantity`.
pub fn is_quantity(args: &[Value]) -> Outcome {
    let text = text(args.first()).ok_or_else(|| wrong("isQuantity", args))?;
    truth(text.trim() == text.as_str() && Quantity::parse(text).is_some())
}

/// `sign`.
pub fn sign(args: &[Value]) -> Outcome {
    let quantity = of(args.first()).ok_or_else(|| wrong("sign", args))?;
    Ok(Value::int(if quantity.is_zero() {
        0
    } else if quantity.is_negative() {
        -1
    } else {
        1
    }))
}

/// `isInteger`.
pub fn is_integer(args: &[Value]) -> Outcome {
    truth(of(args.first()).ok_or_else(|| wrong("isInteger", args))?.to_i64().is_some())
}

/// `asInteger`.
pub fn as_integer(args: &[Value]) -> Outcome {
    let quantity = of(args.first()).ok_or_else(|| wrong("asInteger", args))?;
    quantity.to_i64().map(Value::int).ok_or_else(|| Fault::error("cannot convert value to integer"))
}

/// `asApproximateFloat`.
pub fn as_float(args: &[Value]) -> Outcome {
    let quantity = of(args.first()).ok_or_else(|| wrong("asApproximateFloat", args))?;
    Ok(Value::new(Data::Double(quantity.to_f64())))
}

fn arithmetic(name: &str, args: &[Value], negative: bool) -> Outcome {
    let one = of(args.first()).ok_or_else(|| wrong(name, args))?;
    let two = match args.get(1).map(|arg| &arg.data) {
        Some(Data::Int(value)) => Quantity::whole(*value),
        _ => of(args.get(1)).ok_or_else(|| wrong(name, args))?,
    };
    match one.plus(two, negative) {
        Some(sum) => made(sum),
        None => Err(Fault::error("quantity overflow")),
    }
}

/// `add`.
pub fn add(args: &[Value]) -> Outcome {
    arithmetic("add", args, false)
}

/// `sub`.
pub fn sub(args: &[Value]) -> Outcome {
    arithmetic("sub", args, true)
}

/// The order of two amounts, or of two versions.
fn order(name: &str, args: &[Value]) -> Result<Ordering, Box<Fault>> {
    if let (Some(one), Some(two)) = (of(args.first()), of(args.get(1))) {
        return Ok(one.cmp(&two));
    }
    super::semver::order(args).ok_or_else(|| wrong(name, args))
}

/// `isLessThan`.
pub fn is_less(args: &[Value]) -> Outcome {
    truth(order("isLessThan", args)?.is_lt())
}

/// `isGreaterThan`.
pub fn is_greater(args: &[Value]) -> Outcome {
    truth(order("isGreaterThan", args)?.is_gt())
}

/// `compareTo`.
pub fn compare_to(args: &[Value]) -> Outcome {
    Ok(Value::int(order("compareTo", args)? as i64))
}
