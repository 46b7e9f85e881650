//! Resource quantities, compared exactly (facts 10.11, 10.12).

use std::cmp::Ordering;
use std::fmt;

use crate::yaml::{Node, Scalar};

/// An exact amount: `mantissa · 10^exponent · 2^binary`.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    mantissa: i128,
    exponent: i32,
    binary: u32,
}

impl Quantity {
    /// Reads a node that holds a number or a string.
    pub fn read(node: Node<'_>) -> Option<Self> {
        match node.scalar()? {
            Scalar::Str(text) => Quantity::parse(text),
            Scalar::Int(value) => Some(Quantity { mantissa: value, exponent: 0, binary: 0 }),
            Scalar::Float(value) => Quantity::parse(&value.to_string()),
            Scalar::Null | Scalar::Bool(_) => None,
        }
    }

    /// Parses the API's grammar; `None` for what it refuses.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, body) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let digits_end = body.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, suffix) = body.split_at(digits_end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let (exponent, binary) = suffix_of(suffix)?;
        // The first 30 digits that count; the others only say how large it is.
        let significant = whole.bytes().chain(fraction.bytes()).skip_while(|digit| *digit == b'0');
        let (mut magnitude, mut dropped) = (0i128, 0i32);
        for (at, digit) in significant.enumerate() {
            if at < 30 {
                magnitude = magnitude * 10 + i128::from(digit - b'0');
            } else {
                dropped += 1;
            }
        }
        Some(Quantity {
            mantissa: if negative { -magnitude } else { magnitude },
            exponent: exponent - fraction.len() as i32 + dropped,
            binary,
        })
    }

    /// The amount in thousandths, rounded up; `None` beyond what 128 bits hold.
    pub fn milli(self) -> Option<i128> {
        let scaled = self.mantissa.checked_mul(1i128.checked_shl(self.binary)?)?;
        let power = self.exponent.checked_add(3)?;
        let tens = 10i128.checked_pow(power.unsigned_abs())?;
        if power >= 0 {
            return scaled.checked_mul(tens);
        }
        let rest = scaled.rem_euclid(tens);
        Some(scaled.div_euclid(tens) + i128::from(rest != 0))
    }

    /// Whether it is exactly nothing.
    pub fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// Whether it is less than nothing.
    pub fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// Whether it is a whole number.
    pub fn is_whole(self) -> bool {
        self.to_f64().fract() == 0.0
    }

    /// A whole number.
    pub fn whole(value: i64) -> Self {
        Quantity { mantissa: i128::from(value), exponent: 0, binary: 0 }
    }

    /// The amount as a whole number of 64 bits, if it is one.
    pub fn to_i64(self) -> Option<i64> {
        let scaled = self.mantissa.checked_mul(1i128.checked_shl(self.binary)?)?;
        let tens = 10i128.checked_pow(self.exponent.unsigned_abs())?;
        if self.exponent >= 0 {
            return i64::try_from(scaled.checked_mul(tens)?).ok();
        }
        (scaled % tens == 0).then(|| i64::try_from(scaled / tens).ok())?
    }

    /// The sum or, where `negative`, the difference of two amounts; `None` beyond what 128 bits hold.
    pub fn plus(self, other: Quantity, negative: bool) -> Option<Self> {
        let exponent = self.exponent.min(other.exponent);
        let scaled = |one: Quantity| {
            let tens = 10i128.checked_pow(u32::try_from(one.exponent - exponent).ok()?)?;
            one.mantissa.checked_mul(tens)?.checked_mul(1i128.checked_shl(one.binary)?)
        };
        let (one, two) = (scaled(self)?, scaled(other)?);
        let mantissa = if negative { one.checked_sub(two)? } else { one.checked_add(two)? };
        Some(Quantity { mantissa, exponent, binary: 0 })
    }

    /// The amount as a float, for comparisons with thresholds of our own.
    pub fn to_f64(self) -> f64 {
        self.mantissa as f64 * 10f64.powi(self.exponent) * 2f64.powi(self.binary as i32)
    }
}

fn suffix_of(suffix: &str) -> Option<(i32, u32)> {
    Some(match suffix {
        "n" => (-9, 0),
        "u" => (-6, 0),
        "m" => (-3, 0),
        "" => (0, 0),
        "k" => (3, 0),
        "M" => (6, 0),
        "G" => (9, 0),
        "T" => (12, 0),
        "P" => (15, 0),
        "E" => (18, 0),
        "Ki" => (0, 10),
        "Mi" => (0, 20),
        "Gi" => (0, 30),
        "Ti" => (0, 40),
        "Pi" => (0, 50),
        "Ei" => (0, 60),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            if digits.is_empty() || digits.len() > 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            (exponent.parse().ok()?, 0)
        }
    })
}

/// The form in which the API server keeps an amount: the largest unit of its kind that leaves a whole number
/// (`apimachinery/pkg/api/resource/quantity.go`, `CanonicalizeBytes`).
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
        const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
        let small = self.to_f64().abs() < 1024.0;
        if self.binary > 0 && !small {
            let mut whole = self.milli().unwrap_or(i128::MAX).div_euclid(1000);
            whole += i128::from(self.milli().is_some_and(|milli| milli.rem_euclid(1000) != 0));
            let mut unit = 0;
            while whole % 1024 == 0 && unit + 1 < BINARY.len() {
                (whole, unit) = (whole / 1024, unit + 1);
            }
            return write!(f, "{whole}{}", BINARY[unit]);
        }
        let scaled =
            self.mantissa.checked_mul(1i128.checked_shl(self.binary).unwrap_or(1)).unwrap_or(i128::MAX);
        let (mut number, mut power) = (scaled, self.exponent);
        if number == 0 {
            return f.write_str("0");
        }
        while number % 10 == 0 {
            (number, power) = (number / 10, power + 1);
        }
        // Nothing is finer than a billionth; what is, is rounded up.
        while power < -9 {
            (number, power) = (number.div_euclid(10) + i128::from(number.rem_euclid(10) != 0), power + 1);
        }
        while power % 3 != 0 || power > 18 {
            (number, power) = (number.saturating_mul(10), power - 1);
        }
        write!(f, "{number}{}", DECIMAL[usize::try_from(power / 3 + 3).unwrap_or(0)])
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        // Both are brought to the smaller power of ten and to no power of two; where that overflows, the
        // amounts are so far apart that floats tell them apart.
        let exact = |one: &Quantity, low: i32| -> Option<i128> {
            let tens = 10i128.checked_pow(u32::try_from(one.exponent - low).ok()?)?;
            one.mantissa.checked_mul(tens)?.checked_mul(1i128.checked_shl(one.binary)?)
        };
        let low = self.exponent.min(other.exponent);
        match (exact(self, low), exact(other, low)) {
            (Some(one), Some(two)) => one.cmp(&two),
            _ => self.to_f64().total_cmp(&other.to_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_amounts_in_different_words() {
        for (one, two) in [("1000m", "1"), ("0.5", "500m"), (".5", "+.5"), ("1e3", "1E3"), ("1.", "1")] {
            assert_eq!(Quantity::parse(one), Quantity::parse(two), "{one} {two}");
            assert!(Quantity::parse(one).is_some());
        }
        assert!(Quantity::parse("1Gi") > Quantity::parse("1G"));
        assert!(Quantity::parse("1E") > Quantity::parse("1Pi"));
    }

    #[test]
    fn the_form_that_the_server_keeps() {
        for (one, kept) in [
            ("1000m", "1"),
            ("0.5", "500m"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("2000M", "2G"),
            ("1500m", "1500m"),
            ("0.5Ki", "512"),
            ("100000", "100k"),
            ("0", "0"),
            ("1000Ki", "1000Ki"),
        ] {
            assert_eq!(
                Quantity::parse(one).map(|quantity| quantity.to_string()).as_deref(),
                Some(kept),
                "{one}"
            );
        }
    }

    #[test]
    fn what_the_api_server_refuses() {
        for text in ["1K", "1KB", "1Gb", "1mi", "1 Gi", "", "0x10", "1_000", "1_000Mi", "1.2.3"] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }
}
