//! The house itself: imports run one way, rules read alike, pages keep their promises.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;
use wplint::rules;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The rooms in the order of the data; a room may use those before it.
const ORDER: &[&str] = &[
    "clock",
    "guard",
    "recall",
    "text",
    "files",
    "history",
    "yaml",
    "finding",
    "document",
    "kube",
    "cel",
    "schema",
    "hosts",
    "secrets",
    "kustomize",
    "helm",
    "project",
    "inventory",
    "symbols",
    "survival",
    "graph",
    "policy",
    "rules",
    "config",
    "settings",
    "migrate",
    "run",
    "suppress",
    "lint",
    "workspace",
    "fix",
    "baseline",
    "report",
    "changes",
    "server",
    "cli",
    "main",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

fn room(path: &Path) -> String {
    let inside = path.strip_prefix(Path::new(ROOT).join("src")).expect("inside src");
    let first = inside.iter().next().and_then(|name| name.to_str()).expect("UTF-8");
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn imports_run_one_way() {
    let mut files = Vec::new();
    sources(&Path::new(ROOT).join("src"), &mut files);
    let rank = |name: &str| ORDER.iter().position(|room| *room == name);
    let mut wrong = Vec::new();
    for file in files {
        let own = room(&file);
        if own == "lib" {
            continue;
        }
        let Some(own_rank) = rank(&own) else {
            wrong.push(format!("{}: not in the order", file.display()));
            continue;
        };
        let text = std::fs::read_to_string(&file).expect("readable");
        // Tests at the end of a file may look wherever they like.
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        for (number, line) in
            code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            for part in line.split("crate::").skip(1) {
                let ends = [':', ';', '{', ' ', ',', '(', '<', '>', ')', '}'];
                let used = part.trim_start_matches('{').split(ends).next().unwrap_or("");
                if rank(used).is_some_and(|used| used > own_rank) {
                    wrong.push(format!("{}:{}: uses `{used}`", file.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "arrows against the stream:\n{}", wrong.join("\n"));
}

#[test]
fn files_stay_small_and_say_what_they_are_for() {
    let mut files = Vec::new();
    sources(&Path::new(ROOT).join("src"), &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("readable");
        if !text.starts_with("//! ") {
            wrong.push(format!("{}: does not say what it is for", file.display()));
        }
        let lines = text.lines().count();
        if lines > 450 {
            wrong.push(format!("{}: {lines} lines", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is between files and rules, where everything meets.
const MIDDLE: [&str; 3] = ["lint", "project", "inventory"];

#[test]
fn functions_of_the_middle_stay_short() {
    let mut files = Vec::new();
    sources(&Path::new(ROOT).join("src"), &mut files);
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| MIDDLE.contains(&room(file).as_str())) {
        let text = std::fs::read_to_string(file).expect("readable");
        let lines: Vec<&str> = text.split("#[cfg(test)]").next().unwrap_or("").lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let words = line.trim_start().trim_start_matches("pub").trim_start();
            let words = words.strip_prefix("(super) ").or(words.strip_prefix("(crate) ")).unwrap_or(words);
            if !words.starts_with("fn ") {
                continue;
            }
            let end = format!("{}}}", " ".repeat(indent));
            let length = lines[at..].iter().position(|one| *one == end).map_or(0, |end| end + 1);
            if length > 60 {
                wrong.push(format!("{}:{}: {length} lines", file.display(), at + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let entry = Path::new(ROOT).join("src/lint/mod.rs");
    let lines = std::fs::read_to_string(entry).expect("readable").lines().count();
    assert!(lines <= 50, "src/lint/mod.rs: {lines} lines");
}

#[test]
fn rule_names_are_plain_and_groups_are_known() {
    let groups = [
        "ha",
        "references",
        "schema",
        "lifecycle",
        "resources",
        "storage",
        "secrets",
        "suppression",
        "internal",
        "security",
        "rbac",
        "network",
        "hygiene",
        "policy",
    ];
    for rule in rules::all() {
        let plain = rule.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        assert!(plain, "{}", rule.name);
        assert!(groups.contains(&rule.page().group), "{}: group `{}`", rule.name, rule.page().group);
        assert!(!groups.contains(&rule.name), "{} is a group, too", rule.name);
    }
}

/// Code without its comments and without the tests at its end.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or("");
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn only_the_command_line_asks_where_it_stands() {
    let mut files = Vec::new();
    sources(&Path::new(ROOT).join("src"), &mut files);
    for file in files.iter().filter(|file| room(file) != "cli") {
        let text = std::fs::read_to_string(file).expect("readable");
        assert!(!code(&text).contains("current_dir"), "{} asks for the current directory", file.display());
    }
}

#[test]
fn no_message_is_read() {
    let mut files = Vec::new();
    sources(&Path::new(ROOT).join("src"), &mut files);
    let reads = ["message", "help"].map(|field| {
        [".contains(", ".starts_with(", ".ends_with(", ".split(", ".replace(", ".find("]
            .map(|method| format!(".{field}{method}"))
    });
    let mut wrong = Vec::new();
    // Charts fail with the words of Go's templates, to which the way to the value is added.
    for file in files.into_iter().filter(|file| room(file) != "helm") {
        let text = code(&std::fs::read_to_string(&file).expect("readable"));
        let used = reads.iter().flatten().filter(|one| text.contains(one.as_str()));
        wrong.extend(used.map(|one| format!("{}: `{one}…`", file.display())));
    }
    assert!(wrong.is_empty(), "texts decide behaviour:\n{}", wrong.join("\n"));
}

#[test]
fn names_of_rules_are_written_in_rules_alone() {
    let mut files = Vec::new();
    sources(&Path::new(ROOT).join("src"), &mut files);
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| room(file) != "rules") {
        let text = code(&std::fs::read_to_string(file).expect("readable"));
        let used = rules::all().filter(|rule| text.contains(&format!("\"{}\"", rule.name)));
        wrong.extend(used.map(|rule| format!("{}: `{}`", file.display(), rule.name)));
    }
    assert!(wrong.is_empty(), "rules are known by what they are:\n{}", wrong.join("\n"));
}

/// Rules that gather something of a whole unit before they look at its workloads.
const GATHER: &[&str] =
    &["config_refs.rs", "pods_refused.rs", "resources/heap.rs", "rights/pods.rs", "variables.rs"];

#[test]
fn which_workloads_a_rule_judges_is_said_in_its_row() {
    let mut files = Vec::new();
    sources(&Path::new(ROOT).join("src/rules"), &mut files);
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| !GATHER.iter().any(|one| file.ends_with(one))) {
        let text = code(&std::fs::read_to_string(file).expect("readable"));
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (at, pair) in lines.windows(2).enumerate() {
            let walks = pair[0].starts_with("for ") && pair[0].contains("inventory.workloads");
            let asks = ["inventory.is_patched(&workload.object)", "workload.is_owned()", "is_final("];
            let at_once = pair[1].starts_with("if ") && asks.iter().any(|one| pair[1].contains(one));
            if walks && at_once {
                wrong.push(format!("{}:{}: {}", file.display(), at + 2, pair[1]));
            }
        }
    }
    assert!(wrong.is_empty(), "say it in the row, with `Check::Workload`:\n{}", wrong.join("\n"));
}

/// Rules that gather something of a whole unit while they look at its Services, budgets or autoscalers.
const COMPARE: &[(&str, &str)] = &[
    ("autoscaling.rs", "conflict"),
    ("autoscaling.rs", "fights_replicas"),
    ("eviction.rs", "blocks_eviction"),
    ("eviction.rs", "counts_unscalable"),
    ("limits_of_api.rs", "node_port_twice"),
    ("scale_metric.rs", "without_request"),
    ("scale_target.rs", "target_missing"),
];

#[test]
fn which_services_budgets_and_scalers_a_rule_judges_is_said_in_its_row() {
    let mut files = Vec::new();
    sources(&Path::new(ROOT).join("src/rules"), &mut files);
    let walk = Regex::new(r"^( *)for .*\binventory\.(service|budget|scaler)s\b").expect("a pattern");
    let name = Regex::new(r"^ *(?:pub(?:\(\w+\))? )?fn (\w+)").expect("a pattern");
    let mut found = BTreeSet::new();
    for file in &files {
        let text = code(&std::fs::read_to_string(file).expect("readable"));
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some(walk) = walk.captures(line) else { continue };
            let inside = format!("{} ", &walk[1]);
            let mut body = lines[at + 1..].iter().take_while(|line| line.starts_with(&inside));
            // Whatever the one in hand is called, it is asked about by its object.
            let asks = ["is_patched(object)".to_owned(), format!("is_patched(&{}.object)", &walk[2])];
            if body.any(|line| asks.iter().any(|one| line.contains(one))) {
                let own = lines[..at]
                    .iter()
                    .rev()
                    .find_map(|line| name.captures(line))
                    .map(|one| one[1].to_owned());
                let file = file.file_name().and_then(|name| name.to_str()).unwrap_or("").to_owned();
                found.insert((file, own.unwrap_or_default()));
            }
        }
    }
    let allowed = COMPARE.iter().map(|one| (one.0.to_owned(), one.1.to_owned())).collect();
    assert_eq!(
        found, allowed,
        "say it in the row, with `Check::Service`, `Check::Budget` or `Check::Scaler`"
    );
}

/// Files that need each other, with the reason.
const CIRCLES: &[(&[&str], &str)] = &[
    (
        &[
            "helm/call",
            "helm/code",
            "helm/engine",
            "helm/funcs",
            "helm/parse",
            "helm/pipeline",
            "helm/readings",
            "helm/syntax",
        ],
        "a call in a template has the function that runs, and functions execute templates",
    ),
    (&["helm/map", "helm/value"], "a value may be a mapping, and a mapping holds values"),
    (&["kustomize/lists", "kustomize/merge"], "a merge goes into lists, and lists merge their items"),
    (&["kustomize/mapping", "kustomize/value"], "a value may be a mapping, and a mapping holds values"),
    (
        &["schema/problem", "schema/shape", "schema/validate"],
        "a type has the function that judges its values, and what that finds names the types around them",
    ),
];

/// The modules that each module of the crate imports, but for those above and below itself.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let mut files = Vec::new();
    sources(&Path::new(ROOT).join("src"), &mut files);
    let module = |path: &PathBuf| {
        let inside = path.strip_prefix(Path::new(ROOT).join("src")).expect("inside src").with_extension("");
        let names: Vec<&str> =
            inside.iter().filter_map(|name| name.to_str()).filter(|name| *name != "mod").collect();
        names.join("/")
    };
    let known: BTreeSet<String> = files.iter().map(module).collect();
    let import =
        Regex::new(r"\b(crate|super)((?:::super)*)::((?:\w+::)*)(\{[^;]*?\}[^;,]*;|\w+)").expect("a pattern");
    let word = Regex::new(r"\w+(?:::\w+)*").expect("a pattern");
    let mut found = BTreeMap::new();
    for file in &files {
        let own = module(file);
        let text = code(&std::fs::read_to_string(file).expect("readable"));
        let mut used = BTreeSet::new();
        for one in import.captures_iter(&text) {
            let up = if &one[1] == "crate" { usize::MAX } else { one[2].matches("super").count() + 1 };
            let names: Vec<&str> = own.split('/').collect();
            let above = &names[..names.len().saturating_sub(up)];
            for last in word.find_iter(&one[4]) {
                let way = one[3].split("::").chain(last.as_str().split("::")).filter(|name| !name.is_empty());
                let way: Vec<&str> = above.iter().copied().chain(way).collect();
                let prefixes = (1..=way.len()).rev().map(|length| way[..length].join("/"));
                used.extend(prefixes.into_iter().find(|path| known.contains(path)));
            }
        }
        let kin = |other: &String| {
            let below =
                |one: &str, other: &str| one.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'));
            *other == own || below(other, &own) || below(&own, other)
        };
        used.retain(|other| !kin(other));
        found.insert(own, used);
    }
    found
}

#[test]
fn files_of_a_room_need_each_other_only_with_a_reason() {
    let imports = imports();
    assert!(imports["lint/judge"].contains("rules"), "imports are not read");
    assert!(imports["kustomize/merge"].contains("kustomize/lists"), "imports are not read");
    let reach = |from: &String| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(next) = open.pop() {
            open.extend(imports.get(next).into_iter().flatten().filter(|one| seen.insert((*one).clone())));
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<String>> = imports.keys().map(|own| (own, reach(own))).collect();
    let mut circles: BTreeSet<Vec<&str>> = BTreeSet::new();
    for (own, others) in &reached {
        if others.contains(*own) {
            let back = |other: &&String| reached.get(*other).is_some_and(|one| one.contains(*own));
            circles.insert(others.iter().filter(back).map(String::as_str).collect());
        }
    }
    let allowed: BTreeSet<Vec<&str>> = CIRCLES.iter().map(|one| one.0.to_vec()).collect();
    assert_eq!(circles, allowed, "circles of imports");
}
