//! What the fields of each type may hold. One line adds a field, one row a type.
//!
//! A row is for the type with its name, in any group, or for `group/Name` only. Each file follows the functions of
//! kubernetes/kubernetes that its head names.

mod cluster;
mod network;
mod pods;
mod policy;
mod volumes;
mod workloads;

use std::sync::LazyLock;

use foldhash::HashMap;

use super::{Check, Whole};

type Fields = &'static [(&'static str, Check)];

/// Type, fields, judgement of the whole.
type Row = (&'static str, Fields, Option<Whole>);

/// Every row.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    [pods::TYPES, volumes::TYPES, workloads::TYPES, network::TYPES, policy::TYPES, cluster::TYPES]
        .into_iter()
        .flatten()
}

/// The checks of a type, by its name with group and version.
pub(super) fn find(ty: &str) -> Option<(Fields, Option<Whole>)> {
    static INDEX: LazyLock<HashMap<&str, &Row>> = LazyLock::new(|| rows().map(|row| (row.0, row)).collect());
    let index = &*INDEX;
    let mut parts = ty.split('/');
    let (group, name) = (parts.next()?, parts.next_back()?);
    let row = index.get(format!("{group}/{name}").as_str()).or_else(|| index.get(name))?;
    Some((row.1, row.2))
}

const MANY: i64 = i64::MAX;
const I32: i64 = i32::MAX as i64;
const PORT: Check = Check::Between(1, 65_535);
const COUNT: Check = Check::Between(0, MANY);
const RESTART: Check = Check::OneOf(&["Always", "OnFailure", "Never"]);
const SHARE: Check = Check::IntOrPercent { capped: true };
/// The rights of a file, in octal 0 to 777.
const MODE: Check = Check::Between(0, 0o777);
/// Signed half of what identifies users and groups.
const ID: Check = Check::Between(0, I32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_type_has_two_rows() {
        let mut names: Vec<&str> = rows().map(|row| row.0).collect();
        names.sort_unstable();
        let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
        assert_eq!(twice, None);
        assert!(find("core/v1/Container").is_some() && find("core/v1/Nothing").is_none());
    }
}
