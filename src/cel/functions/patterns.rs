//! Regular expressions, in RE2's dialect.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex::Regex;

use super::{Outcome, int, text, truth, wrong};
use crate::cel::fault::Fault;
use crate::cel::value::Value;
use crate::text::re2::{self, Broken};

/// So many patterns are kept per thread.
const KEPT: usize = 256;

thread_local! {
    static COMPILED: RefCell<HashMap<String, Rc<Result<Regex, Broken>>>> = RefCell::new(HashMap::new());
}

/// Whether a pattern cannot be read.
pub fn is_broken(pattern: &str) -> bool {
    matches!(*compiled(pattern), Err(Broken::Refused(_)))
}

fn compiled(pattern: &str) -> Rc<Result<Regex, Broken>> {
    COMPILED.with_borrow_mut(|known| {
        if let Some(found) = known.get(pattern) {
            return Rc::clone(found);
        }
        if known.len() >= KEPT {
            known.clear();
        }
        let made = Rc::new(re2::compile(pattern));
        known.insert(pattern.to_owned(), Rc::clone(&made));
        made
    })
}

fn with<T>(name: &str, args: &[Value], run: impl FnOnce(&str, &Regex) -> T) -> Result<T, Box<Fault>> {
    let (Some(whole), Some(pattern)) = (text(args.first()), text(args.get(1))) else {
        return Err(wrong(name, args));
    };
    match &*compiled(pattern) {
        Ok(regex) => Ok(run(whole, regex)),
        Err(Broken::Refused(why)) => Err(Fault::error(format!("error parsing regexp: {why}"))),
        Err(Broken::Unknown) => Err(Fault::unknown(format!("the pattern `{pattern}`"))),
    }
}

/// `matches`.
pub fn matches(args: &[Value]) -> Outcome {
    truth(with("matches", args, |whole, regex| regex.is_match(whole))?)
}

/// `find`.
pub fn find(args: &[Value]) -> Outcome {
    let found = |whole: &str, regex: &Regex| regex.find(whole).map_or("", |found| found.as_str()).to_owned();
    Ok(Value::text(with("find", args, found)?))
}

/// `findAll`.
pub fn find_all(args: &[Value]) -> Outcome {
    let most = match args.get(2) {
        Some(most) => int(Some(most)).ok_or_else(|| wrong("findAll", args))?,
        None => -1,
    };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let at = args[0].place;
    let found = |whole: &str, regex: &Regex| {
        regex
            .find_iter(whole)
            .take(most)
            .map(|found| Value::text(found.as_str()).or_at(at))
            .collect::<Vec<_>>()
    };
    Ok(Value::list(with("findAll", args, found)?))
}
