//! Points in time (RFC 3339), as Go reads them.

/// Whether a text is a day, a time and a zone that there are.
pub(super) fn is_time(text: &str) -> bool {
    read(text).is_some()
}

fn read(text: &str) -> Option<()> {
    let number = |from: usize, to: usize| {
        let part = text.get(from..to)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u32>().ok())?
    };
    let mark = |at: usize, marks: &str| text.get(at..=at).filter(|mark| marks.contains(mark)).map(|_| ());
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    mark(4, "-").and(mark(7, "-")).and(mark(10, "T")).and(mark(13, ":")).and(mark(16, ":"))?;
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let rest = text.get(19..)?;
    let digits =
        rest.strip_prefix(['.', ',']).map(|rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let zone = match digits {
        Some(0) => return None,
        Some(digits) => &rest[digits + 1..],
        None => rest,
    };
    let offset = |zone: &str| {
        let bytes = zone.as_bytes();
        let digit = |at: usize| bytes[at].is_ascii_digit();
        bytes.len() == 6 && bytes[3] == b':' && [1, 2, 4, 5].into_iter().all(digit)
    };
    (zone == "Z" || (zone.starts_with(['+', '-']) && offset(zone))).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for right in ["2026-01-31T12:00:00Z", "2024-02-29T23:59:59.123456Z", "2026-01-01T00:00:00+02:00"] {
            assert!(is_time(right), "{right}");
        }
        for wrong in [
            "",
            "x",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-01-01",
            "2026-01-01 00:00:00Z",
            "2026-01-01T00:00:00",
            "日本",
        ] {
            assert!(!is_time(wrong), "{wrong}");
        }
    }
}
