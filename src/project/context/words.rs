//! Words in paths that say what files are kept for.

use super::Context;

/// Names of directories, in lower case.
const DIRECTORIES: &[(&str, Context)] = &[
    ("__snapshot__", Context::Expected),
    ("__snapshots__", Context::Expected),
    ("__tests__", Context::Test),
    (".ci", Context::Test),
    (".github", Context::Test),
    ("_testdata", Context::Test),
    ("_site", Context::Vendored),
    ("archive", Context::Kept),
    ("archived", Context::Kept),
    ("backup", Context::Kept),
    ("backups", Context::Kept),
    ("chainsaw", Context::Test),
    ("conformance", Context::Test),
    ("demo", Context::Example),
    ("demos", Context::Example),
    ("deprecated", Context::Kept),
    ("doc", Context::Example),
    ("disabled", Context::Kept),
    ("docs", Context::Example),
    ("documentation", Context::Example),
    ("e2e", Context::Test),
    ("e2e-tests", Context::Test),
    ("beispiel", Context::Example),
    ("beispiele", Context::Example),
    ("ejemplo", Context::Example),
    ("ejemplos", Context::Example),
    ("esempi", Context::Example),
    ("example", Context::Example),
    ("examples", Context::Example),
    ("exemplo", Context::Example),
    ("exemplos", Context::Example),
    ("exemples", Context::Example),
    ("expected", Context::Expected),
    ("experiment", Context::Example),
    ("experiments", Context::Example),
    ("exercise", Context::Example),
    ("exercises", Context::Example),
    ("fixtures", Context::Test),
    ("golden", Context::Expected),
    ("hack", Context::Example),
    ("goldens", Context::Expected),
    ("integration-tests", Context::Test),
    ("kuttl", Context::Test),
    ("labs", Context::Example),
    ("legacy", Context::Kept),
    ("lessons", Context::Example),
    ("node_modules", Context::Vendored),
    ("obsolete", Context::Kept),
    ("old", Context::Kept),
    ("playground", Context::Example),
    ("quick-start", Context::Example),
    ("quickstart", Context::Example),
    ("sample", Context::Example),
    ("samples", Context::Example),
    ("scenarios", Context::Test),
    ("smoke-tests", Context::Test),
    ("snapshots", Context::Expected),
    ("snippets", Context::Example),
    ("test", Context::Test),
    ("test-data", Context::Test),
    ("testdata", Context::Test),
    ("testing", Context::Test),
    ("tests", Context::Test),
    ("third-party", Context::Vendored),
    ("third_party", Context::Vendored),
    ("thirdparty", Context::Vendored),
    ("tutorial", Context::Example),
    ("tutorials", Context::Example),
    ("upstream", Context::Vendored),
    ("vendor", Context::Vendored),
    ("vendored", Context::Vendored),
    ("poc", Context::Example),
    ("prototypes", Context::Example),
    ("thesis", Context::Example),
    ("workshop", Context::Example),
    ("workshops", Context::Example),
];

/// Words that make a directory one of examples wherever they stand in its name: `quickstart-k8s`.
const OF_EXAMPLES: &[&str] = &[
    "example",
    "examples",
    "exercise",
    "exercises",
    "labs",
    "quickstart",
    "quickstarts",
    "sample",
    "samples",
    "tutorial",
    "tutorials",
    "workshop",
    "workshops",
];

/// Words that a file's name begins with, up to `-`, `_` or `.`.
const FILES: &[(&str, Context)] = &[
    ("bad", Context::Test),
    ("example", Context::Example),
    ("broken", Context::Test),
    ("error", Context::Test),
    ("expected", Context::Expected),
    ("golden", Context::Expected),
    ("invalid", Context::Test),
];

/// By the names of directories, the innermost first, and of the file itself; with the length of the folder's path.
pub(super) fn by_path(path: &str) -> Option<(Context, usize)> {
    let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = name.to_ascii_lowercase();
    let first = name.split(['-', '_', '.']).next().unwrap_or("");
    let find =
        |table: &[(&str, Context)], word: &str| table.iter().find(|one| one.0 == word).map(|one| one.1);
    let of_file = find(FILES, first).filter(|_| name.len() > first.len() + ".yaml".len());
    let stem = name.rsplit_once('.').map_or("", |(stem, _)| stem);
    let of_file = of_file
        .or_else(|| stem.ends_with("-e2e").then_some(Context::Test))
        .or_else(|| name.split('.').rev().nth(1).filter(|word| *word == "disabled").map(|_| Context::Kept));
    let of_directory = |part: &str| {
        let part = part.to_ascii_lowercase();
        find(DIRECTORIES, &part).or_else(|| {
            if part.split(['-', '_']).any(|word| OF_EXAMPLES.contains(&word)) || is_numbered_lab(&part) {
                return Some(Context::Example);
            }
            let last = part.rsplit(['-', '_', '.']).next().filter(|last| last.len() < part.len())?;
            match last {
                "test" | "tests" | "e2e" => Some(Context::Test),
                "demo" | "docs" => Some(Context::Example),
                "old" | "archive" | "backup" | "disabled" | "disable" => Some(Context::Kept),
                _ => None,
            }
        })
    };
    let mut end = above.len();
    let folders = above.rsplit('/').find_map(|part| {
        let own = end;
        end = end.saturating_sub(part.len() + 1);
        of_directory(part).map(|context| (context, own))
    });
    of_file.map(|context| (context, above.len())).or(folders)
}

/// Whether a directory, in lower case, is one of many labs: `lab-07`, `lab21-probes`. One alone is somebody's cluster.
fn is_numbered_lab(part: &str) -> bool {
    let number = part.strip_prefix("lab").map(|rest| rest.trim_start_matches(['-', '_']));
    number.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}
