//! Schedules of CronJobs, as the controller's parser (robfig/cron, standard form) reads them.

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Name, lowest, highest value, names of values.
const FIELDS: [(&str, u32, u32, &[&str]); 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of the month", 1, 31, &[]),
    ("month", 1, 12, MONTHS),
    ("day of the week", 0, 6, DAYS),
];

/// Why a schedule is refused; `None` if it is fine.
pub(super) fn fault(schedule: &str) -> Option<String> {
    // A time zone in front is refused too, but other versions took it.
    let schedule = match schedule.strip_prefix("TZ=").or_else(|| schedule.strip_prefix("CRON_TZ=")) {
        Some(rest) => rest.split_once(' ').map_or("", |(_, rest)| rest.trim()),
        None => schedule,
    };
    if let Some(word) = schedule.strip_prefix('@') {
        let known = ["yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly"];
        let every =
            word.strip_prefix("every ").is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()));
        return (!known.contains(&word) && !every).then(|| format!("`@{word}` is not a valid schedule"));
    }
    let parts: Vec<&str> = schedule.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Some(format!("a schedule has 5 fields, this has {}", parts.len()));
    }
    parts.iter().zip(FIELDS).find_map(|(part, field)| {
        let sound =
            part.split(',').filter(|piece| !piece.is_empty()).all(|piece| range(piece, field).is_some());
        (!sound).then(|| format!("`{part}` is no {}", field.0))
    })
}

/// `*`, `?`, `a`, `a-b`, each perhaps with `/step`.
fn range(text: &str, (_, low, high, names): (&str, u32, u32, &[&str])) -> Option<()> {
    let (span, step) = match text.split_once('/') {
        Some((span, step)) => (span, Some(step)),
        None => (text, None),
    };
    if let Some(step) = step {
        step.parse::<u32>().ok().filter(|step| *step > 0)?;
    }
    if matches!(span, "*" | "?") {
        return Some(());
    }
    let value = |text: &str| -> Option<u32> {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        named.map(|at| at as u32 + low).or_else(|| text.parse().ok())
    };
    let (from, to) = match span.split_once('-') {
        Some((from, to)) => (value(from)?, value(to)?),
        None => (value(span)?, if step.is_some() { high } else { value(span)? }),
    };
    (low <= from && from <= to && to <= high).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules() {
        for text in [
            "* * * * *",
            "*/5 0-6,12 1 jan-MAR mon",
            "0 0 ? * 0",
            "@daily",
            "@every 1h30m",
            "0 22 * * 1-5",
            "5/15 * * * *",
            "TZ=UTC 0 0 * * *",
        ] {
            assert_eq!(fault(text), None, "{text}");
        }
        for text in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "*/0 * * * *",
            "a * * * *",
            "5-1 * * * *",
            "@dayly",
        ] {
            assert!(fault(text).is_some(), "{text}");
        }
    }
}
