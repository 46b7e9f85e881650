//! Helm's own functions.

use crate::helm::call::Function;
use crate::helm::failure::{Failure, FailureKind};
use crate::helm::value::Data;

pub const TABLE: &[(&str, Function)] = &[
    ("include", |c| {
        c.count(2, 2)?;
        let (name, data) = (c.text(0)?, c.any(1));
        let text = c.engine.include(name.as_str(), &data)?;
        c.pay(text.as_str().len())?;
        Ok(text.into())
    }),
    ("tpl", |c| {
        c.count(2, 2)?;
        let (text, data) = (c.text(0)?, c.any(1));
        c.pay(text.as_str().len() * 2)?;
        let text = c.engine.tpl(&text, &data, c.place)?;
        Ok(text.into())
    }),
    ("required", |c| {
        c.count(2, 2)?;
        let (message, value) = (c.text(0)?, c.any(1));
        if value.is_nil() || value.as_str() == Some("") {
            return Err(Failure::of(FailureKind::Refused, message.as_str()));
        }
        Ok(value)
    }),
    ("fail", |c| {
        c.count(1, 1)?;
        Err(Failure::of(FailureKind::Refused, c.text(0)?.as_str()))
    }),
    // There is no cluster to look into.
    ("lookup", |c| {
        c.count(4, 4)?;
        c.engine.looked_up = true;
        Ok(c.value(Data::Map(Default::default())))
    }),
];
