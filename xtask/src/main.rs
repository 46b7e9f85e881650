//! Chores of contributors: `cargo xtask new-rule NAME --topic FILE [--group GROUP]` begins a rule, which is a page and
//! a row with its function.

#![forbid(unsafe_code)]

use std::fs;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask new-rule NAME --topic FILE [--group GROUP]

  NAME          the rule, such as `probe-host`: says what is wrong, in small letters and dashes
  --topic FILE  the file of src/rules that gets its row, such as `lifecycle` or `lifecycle/probes`
  --group GROUP the group on its page (references, unless given)";

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(done) => {
            println!("{done}");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Vec<String>) -> Result<String, String> {
    let (mut name, mut topic, mut group) = (None, None, "references".to_owned());
    let mut rest = arguments.into_iter();
    if rest.next().as_deref() != Some("new-rule") {
        return Err(USAGE.to_owned());
    }
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--topic" => topic = rest.next(),
            "--group" => group = rest.next().ok_or(USAGE)?,
            _ if name.is_none() && !argument.starts_with('-') => name = Some(argument),
            _ => return Err(USAGE.to_owned()),
        }
    }
    let (name, topic) = (name.ok_or(USAGE)?, topic.ok_or(USAGE)?);
    let small =
        |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !name.split('-').all(small) {
        return Err(format!(
            "`{name}` is not a name of a rule: small letters and dashes, as in `probe-host`"
        ));
    }
    begin(&name, topic.trim_end_matches(".rs"), &group)
}

/// Writes the page and the row; neither, if one of them cannot be written.
fn begin(name: &str, topic: &str, group: &str) -> Result<String, String> {
    let page = format!("rules/{name}.md");
    if Path::new(&page).exists() {
        return Err(format!("{page} is there already"));
    }
    let file = format!("src/rules/{topic}.rs");
    let text = fs::read_to_string(&file).map_err(|error| format!("cannot read {file}: {error}"))?;
    let text = with_row(&text, name).ok_or(format!("{file} has no list `pub static RULES`"))?;
    let write = |path: &str, text: &str| {
        fs::write(path, text).map_err(|error| format!("cannot write {path}: {error}"))
    };
    write(&page, &page_of(name, group))?;
    write(&file, &text)?;
    Ok(format!("{page}\n{file}\nnext: write both, then `cargo fmt` and `cargo test --test it pages`"))
}

/// The topic with a row at the head of its list, and the function before its tests.
fn with_row(topic: &str, name: &str) -> Option<String> {
    let list = topic.find("pub static RULES")?;
    let open = list + topic[list..].find("= ")?;
    let open = open + topic[open..].find('[')? + 1;
    let function = name.replace('-', "_");
    let row = format!("\n    rule!(\"{name}\", Check::Unit({function})),");
    let body = format!(
        "\nfn {function}(inventory: &Inventory<'_>, out: &mut Out) {{\n    for workload in &inventory.workloads \
         {{\n        if inventory.is_patched(&workload.object) {{\n            continue;\n        }}\n        todo!(\
         \"report what is wrong: {{out:?}}\");\n    }}\n}}\n"
    );
    let tests = topic.find("\n#[cfg(test)]").unwrap_or(topic.len());
    Some([&topic[..open], &row, &topic[open..tests], &body, &topic[tests..]].concat())
}

fn page_of(name: &str, group: &str) -> String {
    format!(
        "---\ngroup: {group}\nseverity: warning\n---\n# What is wrong, in a few words\n\nWhat happens and why, with the \
         Kubernetes fact behind it (fact 4.12). The first paragraph is the\nsummary of `{name}`.\n\n## How to fix\n\nAn \
         instruction: which field to set to what.\n\n## When it stays quiet\n\n- What looks similar and is not reported, \
         and why.\n\n## Examples\n\nThe selector has a typo:\n\n```yaml fires\napiVersion: v1\nkind: Service\nmetadata: \
         {{name: web}}\nspec: {{selector: {{app: wbe}}}} #~\n```\n\n```yaml passes\napiVersion: v1\nkind: Service\n\
         metadata: {{name: web}}\nspec: {{selector: {{app: web}}}}\n```\n"
    )
}
