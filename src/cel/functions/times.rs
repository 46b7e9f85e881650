//! Parts of times and durations.

use super::{Outcome, text, wrong};
use crate::cel::fault::Fault;
use crate::cel::value::{Data, SECOND, Value};

/// Days since 1970 of a day of the calendar.
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of so many days since 1970.
pub fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let part = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * part + 2) / 5 + 1, if part < 10 { part + 3 } else { part - 9 });
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// How many days a month has.
pub fn days_in(year: i64, month: i64) -> Option<i64> {
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => return None,
    })
}

/// The seconds of a zone: `UTC`, `+02:00`. Names of places need a table that is not here.
fn offset(zone: &str) -> Result<i64, Box<Fault>> {
    if matches!(zone, "" | "UTC" | "Z") {
        return Ok(0);
    }
    let (sign, rest) = match zone.as_bytes()[0] {
        b'-' => (-1, &zone[1..]),
        b'+' => (1, &zone[1..]),
        _ => (1, zone),
    };
    let parts = rest
        .split_once(':')
        .and_then(|(hours, minutes)| Some((hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?)));
    match parts {
        Some((hours, minutes)) => Ok(sign * (hours * 3600 + minutes * 60)),
        None => Err(Fault::unknown(format!("the time zone `{zone}`"))),
    }
}

/// Seconds since 1970 in the zone that is asked for, and nanoseconds.
fn local(name: &str, args: &[Value]) -> Result<(i64, u32), Box<Fault>> {
    let Data::Timestamp(seconds, nanos) = args[0].data else { return Err(wrong(name, args)) };
    let zone = args.get(1).map_or(Ok(0), |zone| offset(text(Some(zone)).map_or("", |text| text)))?;
    Ok((seconds.saturating_add(zone), nanos))
}

fn date_part(name: &str, args: &[Value], part: fn((i64, i64, i64), i64) -> i64) -> Outcome {
    let day = local(name, args)?.0.div_euclid(86_400);
    Ok(Value::int(part(civil(day), day)))
}

/// `getFullYear`.
pub fn full_year(args: &[Value]) -> Outcome {
    date_part("getFullYear", args, |date, _| date.0)
}

/// `getMonth`, from 0.
pub fn month(args: &[Value]) -> Outcome {
    date_part("getMonth", args, |date, _| date.1 - 1)
}

/// `getDate`, from 1.
pub fn date(args: &[Value]) -> Outcome {
    date_part("getDate", args, |date, _| date.2)
}

/// `getDayOfMonth`, from 0.
pub fn day_of_month(args: &[Value]) -> Outcome {
    date_part("getDayOfMonth", args, |date, _| date.2 - 1)
}

/// `getDayOfWeek`, Sunday is 0.
pub fn day_of_week(args: &[Value]) -> Outcome {
    date_part("getDayOfWeek", args, |_, day| (day + 4).rem_euclid(7))
}

/// `getDayOfYear`, from 0.
pub fn day_of_year(args: &[Value]) -> Outcome {
    date_part("getDayOfYear", args, |date, day| day - days(date.0, 1, 1))
}

fn time_part(name: &str, args: &[Value], of_day: fn(i64) -> i64, length: i64) -> Outcome {
    if let Data::Duration(nanos) = args[0].data {
        return Ok(Value::int(nanos / length));
    }
    Ok(Value::int(of_day(local(name, args)?.0.rem_euclid(86_400))))
}

/// `getHours`: of the day, or the whole length.
pub fn hours(args: &[Value]) -> Outcome {
    time_part("getHours", args, |second| second / 3600, 3600 * SECOND)
}

/// `getMinutes`.
pub fn minutes(args: &[Value]) -> Outcome {
    time_part("getMinutes", args, |second| second % 3600 / 60, 60 * SECOND)
}

/// `getSeconds`.
pub fn seconds(args: &[Value]) -> Outcome {
    time_part("getSeconds", args, |second| second % 60, SECOND)
}

/// `getMilliseconds`.
pub fn milliseconds(args: &[Value]) -> Outcome {
    if let Data::Duration(nanos) = args[0].data {
        return Ok(Value::int(nanos / 1_000_000));
    }
    Ok(Value::int(i64::from(local("getMilliseconds", args)?.1 / 1_000_000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_there_and_back() {
        for day in [-800_000, -1, 0, 59, 60, 19_782, 20_000, 800_000] {
            let (year, month, date) = civil(day);
            assert_eq!(days(year, month, date), day);
        }
        assert_eq!(civil(19_782), (2024, 2, 29));
    }
}
