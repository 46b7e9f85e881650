//! `wplint man`: the manual page, made from the same arguments as `--help`.

use std::io;

use clap::Command;
use clap_mangen::Man;

/// The page in roff. The commands are part of the one page, since nobody looks for `wplint-explain(1)`.
pub(super) fn page(command: Command) -> io::Result<String> {
    let mut text = Vec::new();
    Man::new(command).render(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
