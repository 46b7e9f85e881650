//! Dates. There is no clock in a chart that is judged: each date is a placeholder in the form that is asked for.

use super::crypto::placeholder;
use crate::helm::call::{Call, Function};
use crate::helm::failure::Result;
use crate::helm::value::{Data, Value};

pub const TABLE: &[(&str, Function)] = &[
    ("now", |c| Ok(placeholder(c, "2006-01-02T15:04:05Z"))),
    ("ago", |c| Ok(placeholder(c, "1s"))),
    ("date", layout),
    ("dateInZone", layout),
    ("date_in_zone", layout),
    ("dateModify", last),
    ("date_modify", last),
    ("mustDateModify", last),
    ("must_date_modify", last),
    ("toDate", last),
    ("mustToDate", last),
    ("htmlDate", |c| Ok(placeholder(c, "2006-01-02"))),
    ("htmlDateInZone", |c| Ok(placeholder(c, "2006-01-02"))),
    ("unixEpoch", |c| Ok(placeholder(c, "1136214245"))),
    ("duration", |c| {
        c.count(1, 1)?;
        let seconds = super::convert::to_int(&c.any(0));
        c.made(&duration(seconds))
    }),
    ("durationRound", |c| Ok(placeholder(c, "1s"))),
];

/// A layout of Go is itself a date in its form.
fn layout(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(2, 3)?;
    let text = c.text(0)?;
    Ok(placeholder(c, text.as_str()))
}

fn last(c: &mut Call<'_, '_>) -> Result<Value> {
    let value = c.any(c.args.len().saturating_sub(1));
    match value.data {
        Data::Str(text) => Ok(placeholder(c, text.as_str())),
        _ => Ok(placeholder(c, "2006-01-02T15:04:05Z")),
    }
}

/// As Go prints a duration of whole seconds.
fn duration(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let all = seconds.unsigned_abs();
    match (all / 3600, all / 60 % 60, all % 60) {
        (0, 0, seconds) => format!("{sign}{seconds}s"),
        (0, minutes, seconds) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes, seconds) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}
