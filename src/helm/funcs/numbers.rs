//! Arithmetic.

use super::convert::{to_float, to_int};
use crate::helm::call::{Call, Function};
use crate::helm::failure::{Failure, Result};
use crate::helm::value::{Data, Value};

pub const TABLE: &[(&str, Function)] = &[
    ("add", |c| folded(c, |one, other| Some(one.wrapping_add(other)), Some(0))),
    ("add1", |c| {
        c.count(1, 1)?;
        Ok(c.value(Data::Long(to_int(&c.any(0)).wrapping_add(1))))
    }),
    ("sub", |c| {
        c.count(2, 2)?;
        folded(c, |one, other| Some(one.wrapping_sub(other)), None)
    }),
    ("mul", |c| folded(c, |one, other| Some(one.wrapping_mul(other)), None)),
    ("div", |c| {
        c.count(2, 2)?;
        folded(c, i64::checked_div, None)
    }),
    ("mod", |c| {
        c.count(2, 2)?;
        folded(c, i64::checked_rem, None)
    }),
    ("max", |c| folded(c, |one, other| Some(one.max(other)), None)),
    ("biggest", |c| folded(c, |one, other| Some(one.max(other)), None)),
    ("min", |c| folded(c, |one, other| Some(one.min(other)), None)),
    ("addf", |c| folded_floats(c, |one, other| one + other)),
    ("add1f", |c| Ok(c.value(Data::Float(to_float(&c.any(0)) + 1.0)))),
    ("subf", |c| folded_floats(c, |one, other| one - other)),
    ("mulf", |c| folded_floats(c, |one, other| one * other)),
    ("divf", |c| folded_floats(c, |one, other| one / other)),
    ("maxf", |c| folded_floats(c, f64::max)),
    ("minf", |c| folded_floats(c, f64::min)),
    ("ceil", |c| Ok(c.value(Data::Float(to_float(&c.any(0)).ceil())))),
    ("floor", |c| Ok(c.value(Data::Float(to_float(&c.any(0)).floor())))),
    ("round", |c| {
        c.count(2, 3)?;
        let (value, places) = (to_float(&c.any(0)), c.int(1)?);
        let from = if c.args.len() > 2 { to_float(&c.any(2)) } else { 0.5 };
        let power = 10f64.powi(i32::try_from(places).unwrap_or(0));
        let digit = power * value;
        let rounded = if digit.fract() >= from { digit.ceil() } else { digit.floor() };
        Ok(c.value(Data::Float(rounded / power)))
    }),
    ("randInt", |c| {
        c.count(2, 2)?;
        let least = c.int(0)?;
        Ok(super::crypto::random(c, Data::Int(least)))
    }),
];

fn folded(c: &mut Call<'_, '_>, step: fn(i64, i64) -> Option<i64>, start: Option<i64>) -> Result<Value> {
    let mut numbers = c.args.iter().map(to_int);
    let first = match start {
        Some(start) => start,
        None => numbers.next().ok_or_else(|| Failure::error("wrong number of args"))?,
    };
    let sum = numbers.try_fold(first, step);
    let sum = sum.ok_or_else(|| Failure::error("runtime error: integer divide by zero"))?;
    Ok(c.value(Data::Long(sum)))
}

fn folded_floats(c: &mut Call<'_, '_>, step: fn(f64, f64) -> f64) -> Result<Value> {
    let sum = c.args.iter().map(to_float).reduce(step).unwrap_or(0.0);
    // The decimals that sprig computes with have no binary remainders.
    let rounded: f64 = format!("{sum:.12}").parse().unwrap_or(sum);
    Ok(c.value(Data::Float(rounded)))
}
