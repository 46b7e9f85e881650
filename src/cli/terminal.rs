//! What the terminal can show: colours, and how many columns it has.

use std::ffi::OsString;
use std::io::IsTerminal;

use super::args::Color;

/// Whether to write colours to a stream: what `--color` says, else the environment, else whether it is a terminal.
pub(super) fn wants_color(color: Color, stream: &impl IsTerminal) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => forced().unwrap_or_else(|| {
            let unwanted = anstyle_query::no_color() || anstyle_query::clicolor() == Some(false);
            stream.is_terminal() && !unwanted && anstyle_query::term_supports_color()
        }),
    }
}

/// What `FORCE_COLOR` or `CLICOLOR_FORCE` say, which counts on what is no terminal, too: `0` and `false` are a no.
fn forced() -> Option<bool> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let on = |value: OsString| value != "0" && value != "false";
    // A force that is switched off is none.
    set("FORCE_COLOR").map(on).or_else(|| set("CLICOLOR_FORCE").map(on).filter(|on| *on))
}

/// clap prints before anything is parsed, so `--color` is looked up by hand for it.
pub(super) fn color_choice(arguments: &[OsString]) -> clap::ColorChoice {
    let texts: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let value = texts.iter().enumerate().find_map(|(at, text)| match text.strip_prefix("--color") {
        Some("") => texts.get(at + 1).copied(),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    });
    match (value, forced()) {
        (Some("always"), _) => clap::ColorChoice::Always,
        (Some("never"), _) => clap::ColorChoice::Never,
        (_, Some(true)) => clap::ColorChoice::Always,
        (_, Some(false)) => clap::ColorChoice::Never,
        (_, None) => clap::ColorChoice::Auto,
    }
}

/// Columns of the terminal, or 100 where there is none.
pub(super) fn width() -> usize {
    match terminal_size::terminal_size() {
        Some((terminal_size::Width(columns), _)) => usize::from(columns).clamp(60, 200),
        None => 100,
    }
}
