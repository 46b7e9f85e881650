//! `wplint test`: examples of the team's rules, and folders of tests of policies.

use super::args::TestArgs;
use super::{CLEAN, FAILED, FINDINGS, Failure, folder, notice, paths, print};
use crate::lint::examples::try_examples;
use crate::lint::suite::{self, End};
use crate::report::text::harmless;
use crate::settings::{Flags, Settings};

/// Runs all of them and prints what is not as it should be.
pub(super) fn run(args: &TestArgs) -> Result<u8, Failure> {
    let paths = paths(&args.paths);
    let flags = Flags {
        paths: paths.clone(),
        policies: args.policies.clone(),
        config: args.config.clone(),
        no_config: args.no_config,
        folder: folder(),
        ..Flags::default()
    };
    let settings = Settings::load(&flags)?;
    let (mut right, mut wrong, mut skipped) = (0, 0, 0);
    let mut text = String::new();
    let mut say = |word: &str, line: &str, what: &str, why: &str| {
        text.push_str(&format!("{word} {}: {}: {}\n", harmless(line), harmless(what), harmless(why)));
    };
    for rule in &settings.policies.rules {
        if let Some(first) = rule.broken.first() {
            wrong += 1;
            say("FAIL", &rule.line, rule.page.name, &format!("it does not compile: {}", first.message));
        }
    }
    for one in try_examples(&settings) {
        let what = format!("{}, {} example {}", one.rule, one.example.0, one.example.1);
        match one.wrong {
            None => right += 1,
            Some(why) => {
                wrong += 1;
                say("FAIL", &one.line, &what, &why);
            }
        }
    }
    for one in suite::tests(&paths, &settings).iter().flat_map(|file| suite::check(file, &settings)) {
        let what = match one.object.as_str() {
            "" => one.policy.clone(),
            object => format!("{}, {object}", one.policy),
        };
        match one.end {
            End::Right => right += 1,
            End::Wrong(why) => {
                wrong += 1;
                say("FAIL", &one.line, &what, &why);
            }
            End::Skipped(why) => {
                skipped += 1;
                say("skip", &one.line, &what, &why);
            }
        }
    }
    let without = settings.policies.rules.iter().filter(|rule| rule.bad.is_empty() && rule.good.is_empty());
    let without: Vec<&str> = without.map(|rule| rule.page.name).collect();
    if !without.is_empty() {
        text.push_str(&format!("no examples: {}\n", without.join(", ")));
    }
    text.push_str(&format!("{right} passed, {wrong} failed, {skipped} skipped\n"));
    print(&text)?;
    if right + wrong + skipped == 0 {
        notice(
            "error: there is nothing to test: no rule has `examples`, and no folder has a kyverno-test.yaml\n",
        );
        return Ok(FAILED);
    }
    Ok(if wrong == 0 { CLEAN } else { FINDINGS })
}
