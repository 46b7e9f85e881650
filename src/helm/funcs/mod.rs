//! The functions of templates: Go's own, Helm's, and those of sprig that charts use.

mod builtin;
mod convert;
mod crypto;
mod dates;
mod dicts;
mod format;
mod helm;
mod lists;
mod numbers;
mod patterns;
mod strings;
mod urls;
pub mod versions;

use super::call::Function;

/// Every function by its name.
pub const TABLES: &[&[(&str, Function)]] = &[
    builtin::TABLE,
    convert::TABLE,
    crypto::TABLE,
    dates::TABLE,
    dicts::TABLE,
    helm::TABLE,
    lists::TABLE,
    numbers::TABLE,
    patterns::TABLE,
    strings::TABLE,
    urls::TABLE,
    versions::TABLE,
];
