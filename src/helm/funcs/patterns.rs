//! Regular expressions.

use std::cell::RefCell;

use regex::Regex;

use crate::helm::call::{Call, Function};
use crate::helm::failure::{Failure, FailureKind, Result};
use crate::helm::text::{Builder, Str};
use crate::helm::value::{Data, Value};
use crate::text::re2::{self, Broken};

pub const TABLE: &[(&str, Function)] = &[
    ("regexMatch", matches),
    ("mustRegexMatch", matches),
    ("regexFind", find),
    ("mustRegexFind", find),
    ("regexFindAll", find_all),
    ("mustRegexFindAll", find_all),
    ("regexReplaceAll", |c| replaced(c, true)),
    ("mustRegexReplaceAll", |c| replaced(c, true)),
    ("regexReplaceAllLiteral", |c| replaced(c, false)),
    ("mustRegexReplaceAllLiteral", |c| replaced(c, false)),
    ("regexSplit", split),
    ("mustRegexSplit", split),
    ("regexQuoteMeta", |c| {
        c.count(1, 1)?;
        let text = c.text(0)?;
        let special = |letter: char| r"\.+*?()|[]{}^$".contains(letter);
        let quoted: String = text
            .as_str()
            .chars()
            .flat_map(|letter| special(letter).then_some('\\').into_iter().chain([letter]))
            .collect();
        c.made(&quoted)
    }),
];

/// Compiled programs are no larger than this, in bytes, and count as so many steps: the last is the largest.
const SIZES: [(usize, u64); 2] = [(1 << 16, 2_000), (1 << 20, 40_000)];
/// So many of them are kept on each thread: charts have few, and ask again and again.
const MOST: usize = 12;

fn compile(c: &mut Call<'_, '_>, text: &Str, subject: &Str) -> Result<Regex> {
    c.engine.spend(20 + subject.as_str().len() as u64 / 16, text.as_str().len())?;
    thread_local!(static KNOWN: RefCell<Vec<(String, Regex)>> = const { RefCell::new(Vec::new()) });
    KNOWN.with_borrow_mut(|known| {
        if let Some((_, regex)) = known.iter().find(|one| one.0 == text.as_str()) {
            return Ok(regex.clone());
        }
        let mut regex = Err(Broken::Unknown);
        for (size, steps) in SIZES {
            c.engine.spend(steps, 0)?;
            regex = re2::compile_within(text.as_str(), size);
            if !matches!(regex, Err(Broken::Unknown)) {
                break;
            }
        }
        let regex = regex.map_err(|broken| {
            let message = format!("error parsing regexp: `{}`", text.as_str());
            match broken {
                Broken::Refused(_) => Failure::error(message),
                Broken::Unknown => Failure::of(FailureKind::Unknown, message),
            }
        })?;
        if known.len() >= MOST {
            known.remove(0);
        }
        known.push((text.as_str().to_owned(), regex.clone()));
        Ok(regex)
    })
}

fn matches(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(2, 2)?;
    let (pattern, text) = (c.text(0)?, c.text(1)?);
    let regex = compile(c, &pattern, &text)?;
    Ok(c.value(Data::Bool(regex.is_match(text.as_str()))))
}

fn find(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(2, 2)?;
    let (pattern, text) = (c.text(0)?, c.text(1)?);
    let regex = compile(c, &pattern, &text)?;
    let found = regex.find(text.as_str());
    Ok(found.map_or_else(|| Value::from(""), |found| text.slice(found.range()).into()))
}

fn find_all(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(3, 3)?;
    let (pattern, text, count) = (c.text(0)?, c.text(1)?, c.int(2)?);
    let regex = compile(c, &pattern, &text)?;
    let most = usize::try_from(count).unwrap_or(usize::MAX);
    let found: Vec<Value> =
        regex.find_iter(text.as_str()).take(most).map(|found| text.slice(found.range()).into()).collect();
    c.pay(found.len() * 64)?;
    Ok(Value::from(found))
}

fn replaced(c: &mut Call<'_, '_>, expands: bool) -> Result<Value> {
    c.count(3, 3)?;
    let (pattern, text, by) = (c.text(0)?, c.text(1)?, c.text(2)?);
    let regex = compile(c, &pattern, &text)?;
    let mut out = Builder::default();
    let mut from = 0;
    for found in regex.captures_iter(text.as_str()) {
        let Some(whole) = found.get(0) else { continue };
        out.push_part(&text, from..whole.start());
        from = whole.end();
        c.pay(by.as_str().len())?;
        if expands && by.as_str().contains('$') {
            let mut expanded = String::new();
            found.expand(by.as_str(), &mut expanded);
            out.push_str(&text.slice(whole.range()).computed(&expanded));
        } else {
            out.push_str(&by);
        }
    }
    out.push_part(&text, from..text.as_str().len());
    c.pay(out.len())?;
    Ok(out.finish().into())
}

fn split(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(3, 3)?;
    let (pattern, text, count) = (c.text(0)?, c.text(1)?, c.int(2)?);
    let regex = compile(c, &pattern, &text)?;
    let start = text.as_str().as_ptr() as usize;
    let part = |part: &str| -> Value {
        let at = part.as_ptr() as usize - start;
        text.slice(at..at + part.len()).into()
    };
    let parts: Vec<Value> = match usize::try_from(count) {
        Ok(0) => Vec::new(),
        Ok(most) => regex.splitn(text.as_str(), most).map(part).collect(),
        Err(_) => regex.split(text.as_str()).map(part).collect(),
    };
    c.pay(parts.len() * 64)?;
    Ok(Value::from(parts))
}
