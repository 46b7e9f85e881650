//! Functions on texts, which keep the places of what they keep.

use std::ops::Range;

use super::format::{between, quoted};
use crate::helm::call::{Call, Function};
use crate::helm::failure::{Failure, Result};
use crate::helm::text::{Builder, Str};
use crate::helm::value::{Data, Value};
use crate::text::{ceil, floor};

pub const TABLE: &[(&str, Function)] = &[
    ("hello", |_| Ok("Hello!".into())),
    ("quote", |c| marked(c, |value| quoted(&value.printed()))),
    ("squote", |c| marked(c, |value| between("'", &value.printed()))),
    ("trim", |c| {
        c.count(1, 1)?;
        let text = c.text(0)?;
        cut(&text, text.as_str().trim())
    }),
    ("trimall", |c| trim_all(c)),
    ("trimAll", |c| trim_all(c)),
    ("trimSuffix", |c| {
        c.count(2, 2)?;
        let (suffix, text) = (c.text(0)?, c.text(1)?);
        cut(&text, text.as_str().strip_suffix(suffix.as_str()).unwrap_or(text.as_str()))
    }),
    ("trimPrefix", |c| {
        c.count(2, 2)?;
        let (prefix, text) = (c.text(0)?, c.text(1)?);
        cut(&text, text.as_str().strip_prefix(prefix.as_str()).unwrap_or(text.as_str()))
    }),
    ("trunc", |c| {
        c.count(2, 2)?;
        let (count, text) = (c.int(0)?, c.text(1)?);
        let length = text.as_str().len() as i64;
        let range = if count < 0 && length + count > 0 {
            length + count..length
        } else if count >= 0 && length > count {
            0..count
        } else {
            0..length
        };
        bytes(&text, range.start as usize..range.end as usize)
    }),
    ("substr", |c| {
        c.count(3, 3)?;
        let (start, end, text) = (c.int(0)?, c.int(1)?, c.text(2)?);
        let length = text.as_str().len() as i64;
        let end_or_all = if end < 0 || end > length { length } else { end };
        let range = if start < 0 { 0..end } else { start..end_or_all };
        if range.start < 0 || range.start > range.end || range.end > length {
            return Err(Failure::error("slice bounds out of range"));
        }
        bytes(&text, range.start as usize..range.end as usize)
    }),
    ("upper", |c| mapped(c, str::to_uppercase)),
    ("lower", |c| mapped(c, str::to_lowercase)),
    ("title", |c| mapped(c, title)),
    ("untitle", |c| mapped(c, untitle)),
    ("swapcase", |c| mapped(c, swap_case)),
    ("camelcase", |c| mapped(c, pascal_case)),
    ("snakecase", |c| mapped(c, |text| separated(text, '_'))),
    ("kebabcase", |c| mapped(c, |text| separated(text, '-'))),
    ("nospace", |c| mapped(c, |text| text.chars().filter(|letter| !letter.is_whitespace()).collect())),
    ("initials", |c| {
        mapped(c, |text| text.split_whitespace().filter_map(|word| word.chars().next()).collect())
    }),
    ("shuffle", |c| {
        let text = c.text(0)?;
        Ok(super::crypto::placeholder(c, text.as_str()))
    }),
    ("repeat", |c| {
        c.count(2, 2)?;
        let (count, text) = (c.int(0)?, c.text(1)?);
        let count = usize::try_from(count).map_err(|_| Failure::error("strings: negative Repeat count"))?;
        c.pay(text.as_str().len().saturating_mul(count))?;
        let mut out = Builder::default();
        (0..count).for_each(|_| out.push_str(&text));
        Ok(out.finish().into())
    }),
    ("contains", |c| asked(c, |part, text| text.contains(part))),
    ("hasPrefix", |c| asked(c, |part, text| text.starts_with(part))),
    ("hasSuffix", |c| asked(c, |part, text| text.ends_with(part))),
    ("cat", |c| {
        let mut out = Builder::default();
        for (at, value) in c.args.iter().filter(|value| !value.is_nil()).enumerate() {
            if at > 0 {
                out.push(" ", None);
            }
            out.push_str(&value.printed());
        }
        paid(c, out)
    }),
    ("indent", |c| indent(c, false)),
    ("nindent", |c| indent(c, true)),
    ("replace", |c| {
        c.count(3, 3)?;
        let (old, new, text) = (c.text(0)?, c.text(1)?, c.text(2)?);
        let mut out = Builder::default();
        let mut from = 0;
        for (at, found) in text.as_str().match_indices(old.as_str()) {
            out.push_part(&text, from..at);
            c.pay(new.as_str().len())?;
            out.push_str(&new);
            from = at + found.len();
        }
        out.push_part(&text, from..text.as_str().len());
        paid(c, out)
    }),
    ("plural", |c| {
        c.count(3, 3)?;
        let one = c.int(2)? == 1;
        Ok(c.text(usize::from(!one))?.into())
    }),
    ("abbrev", |c| {
        c.count(2, 2)?;
        let (width, text) = (c.int(0)?, c.text(1)?);
        let length = text.as_str().len() as i64;
        if width < 4 || length <= width {
            return Ok(text.into());
        }
        let kept: String = text.as_str().chars().take((width - 3) as usize).collect();
        c.made(&(kept + "..."))
    }),
    ("wrap", |c| {
        c.count(2, 2)?;
        let (width, text) = (c.int(0)?, c.text(1)?);
        let wrapped = wrap(text.as_str(), width.max(1) as usize, "\n");
        c.made(&wrapped)
    }),
    ("wrapWith", |c| {
        c.count(3, 3)?;
        let (width, by, text) = (c.int(0)?, c.text(1)?, c.text(2)?);
        let wrapped = wrap(text.as_str(), width.max(1) as usize, by.as_str());
        c.made(&wrapped)
    }),
    ("split", |c| {
        c.count(2, 2)?;
        let (by, text) = (c.text(0)?, c.text(1)?);
        Ok(numbered(split(&text, by.as_str(), None)))
    }),
    ("splitn", |c| {
        c.count(3, 3)?;
        let (by, count, text) = (c.text(0)?, c.int(1)?, c.text(2)?);
        Ok(numbered(split(&text, by.as_str(), usize::try_from(count).ok())))
    }),
    ("splitList", |c| {
        c.count(2, 2)?;
        let (by, text) = (c.text(0)?, c.text(1)?);
        c.pay(text.as_str().len() * 8)?;
        Ok(Value::from(split(&text, by.as_str(), None).into_iter().map(Value::from).collect::<Vec<_>>()))
    }),
    ("join", |c| {
        c.count(2, 2)?;
        let by = c.text(0)?;
        let mut out = Builder::default();
        for (at, item) in super::lists::strings(&c.any(1)).iter().enumerate() {
            if at > 0 {
                out.push_str(&by);
            }
            out.push_str(item);
        }
        paid(c, out)
    }),
];

fn paid(c: &mut Call<'_, '_>, out: Builder) -> Result<Value> {
    c.pay(out.len())?;
    Ok(out.finish().into())
}

/// Values between marks, those that are nil left out.
fn marked(c: &mut Call<'_, '_>, mark: fn(&Value) -> Str) -> Result<Value> {
    if let [value] = &*c.args
        && !value.is_nil()
    {
        let text = mark(value);
        c.pay(text.as_str().len())?;
        return Ok(text.into());
    }
    let mut out = Builder::default();
    for (at, value) in c.args.iter().filter(|value| !value.is_nil()).enumerate() {
        if at > 0 {
            out.push(" ", None);
        }
        out.push_str(&mark(value));
    }
    paid(c, out)
}

/// The part of a text that a slice of it is.
fn cut(text: &Str, part: &str) -> Result<Value> {
    let start = part.as_ptr() as usize - text.as_str().as_ptr() as usize;
    Ok(text.slice(start..start + part.len()).into())
}

/// A range of bytes, which may begin or end inside of a character: such a half is dropped.
fn bytes(text: &Str, range: Range<usize>) -> Result<Value> {
    let start = ceil(text.as_str(), range.start);
    Ok(text.slice(start..floor(text.as_str(), range.end).max(start)).into())
}

fn trim_all(c: &mut Call<'_, '_>) -> Result<Value> {
    c.count(2, 2)?;
    let (letters, text) = (c.text(0)?, c.text(1)?);
    cut(&text, text.as_str().trim_matches(|letter| letters.as_str().contains(letter)))
}

fn mapped(c: &mut Call<'_, '_>, map: fn(&str) -> String) -> Result<Value> {
    c.count(1, 1)?;
    let text = c.text(0)?;
    c.pay(text.as_str().len())?;
    Ok(text.mapped(&map(text.as_str())).into())
}

fn asked(c: &mut Call<'_, '_>, ask: fn(&str, &str) -> bool) -> Result<Value> {
    c.count(2, 2)?;
    let (part, text) = (c.text(0)?, c.text(1)?);
    c.engine.spend(text.as_str().len() as u64 / 256, 0)?;
    Ok(c.value(Data::Bool(ask(part.as_str(), text.as_str()))))
}

fn indent(c: &mut Call<'_, '_>, line: bool) -> Result<Value> {
    c.count(2, 2)?;
    let (width, text) = (c.int(0)?, c.text(1)?);
    let width = usize::try_from(width).map_err(|_| Failure::error("strings: negative Repeat count"))?;
    let lines = text.as_str().matches('\n').count() + 1;
    c.pay(text.as_str().len().saturating_add(width.saturating_mul(lines)))?;
    let space = " ".repeat(width);
    let mut out = Builder::with_room(text.as_str().len() + width * lines + 1);
    if line {
        out.push("\n", None);
    }
    out.push(&space, None);
    let mut from = 0;
    for (at, _) in text.as_str().match_indices('\n') {
        out.push_part(&text, from..at + 1);
        out.push(&space, None);
        from = at + 1;
    }
    out.push_part(&text, from..text.as_str().len());
    Ok(out.finish().into())
}

fn split(text: &Str, by: &str, most: Option<usize>) -> Vec<Str> {
    let whole = text.as_str();
    let start = whole.as_ptr() as usize;
    let part = |part: &str| {
        let at = part.as_ptr() as usize - start;
        text.slice(at..at + part.len())
    };
    match most {
        _ if by.is_empty() => whole.char_indices().map(|(at, c)| text.slice(at..at + c.len_utf8())).collect(),
        Some(most) => whole.splitn(most, by).map(part).collect(),
        None => whole.split(by).map(part).collect(),
    }
}

/// `_0`, `_1`, …
fn numbered(parts: Vec<Str>) -> Value {
    let names: Vec<String> = (0..parts.len()).map(|at| format!("_{at}")).collect();
    Value::map_of(names.iter().map(String::as_str).zip(parts.into_iter().map(Value::from)).collect())
}

fn title(text: &str) -> String {
    let mut before = ' ';
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let begins = !(before.is_alphanumeric() || before == '_' || before == '\'');
        if begins {
            out.extend(letter.to_uppercase())
        } else {
            out.push(letter)
        }
        before = letter;
    }
    out
}

fn untitle(text: &str) -> String {
    let mut before = ' ';
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if before.is_whitespace() {
            out.extend(letter.to_lowercase())
        } else {
            out.push(letter)
        }
        before = letter;
    }
    out
}

fn swap_case(text: &str) -> String {
    let swap = |letter: char| match letter.is_uppercase() {
        true => letter.to_lowercase().collect::<String>(),
        false => letter.to_uppercase().collect(),
    };
    text.chars().map(swap).collect()
}

fn pascal_case(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>());
            first.unwrap_or_default() + letters.as_str()
        })
        .collect()
}

/// Words in small letters with a mark between them; a capital begins a word.
fn separated(text: &str, mark: char) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 8);
    for (at, &letter) in letters.iter().enumerate() {
        if matches!(letter, ' ' | '_' | '-') {
            if !out.ends_with(mark) {
                out.push(mark);
            }
            continue;
        }
        if letter.is_uppercase() && at > 0 {
            let before = letters[at - 1];
            let next_small = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
            let begins =
                before.is_lowercase() || before.is_ascii_digit() || (before.is_uppercase() && next_small);
            if begins && !out.ends_with(mark) {
                out.push(mark);
            }
        }
        out.extend(letter.to_lowercase());
    }
    out
}

fn wrap(text: &str, width: usize, by: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for (at, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if at > 0 && column + 1 + length > width {
            out.push_str(by);
            column = 0;
        } else if at > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}
