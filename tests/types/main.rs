//! The table of types that ships with the program, made anew from its sources and compared.
//!
//! Types and fields come from `k8s-openapi`. The words that a field may be, the keys of lists, and the versions in
//! which a field came and went come from what API servers of several versions publish: `WPLINT_SCHEMAS` names a
//! folder with one folder a version (`1.23` …), each holding the OpenAPI documents of that version, or the Rust
//! sources of `k8s-openapi` for it. Without it that part of the table is left as it is. `WPLINT_WRITE` writes the
//! table instead of comparing it.

mod kinds;
mod learn;
mod legacy;
mod published;

use std::collections::BTreeMap;
use std::fmt::Write;

use learn::Learner;
use published::Published;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/schema/types.txt");

/// What is said of a kind or a field behind its type: ` @29 =A|B`.
type Notes = BTreeMap<String, String>;

#[test]
fn the_table_is_what_the_types_say() {
    let old = std::fs::read_to_string(TABLE).unwrap_or_default();
    let published = std::env::var_os("WPLINT_SCHEMAS").map(|folder| Published::read(folder.as_ref()));
    if published.is_none() {
        eprintln!("skipped: versions and words of fields (set WPLINT_SCHEMAS)");
    }
    let new = table(published.as_ref(), &kept(&old));
    if std::env::var_os("WPLINT_WRITE").is_some() {
        std::fs::write(TABLE, &new).expect("the table is writable");
        return;
    }
    let differs = old.lines().zip(new.lines()).find(|(old, new)| old != new);
    assert!(old == new, "src/schema/types.txt is not what its sources say: {differs:?}");
}

/// The notes of a table that exists.
fn kept(table: &str) -> Notes {
    let mut notes = Notes::new();
    let mut ty = "";
    for line in table.lines() {
        let (place, words) = match line.strip_prefix(' ') {
            Some(field) => (ty, field),
            None if line.contains(' ') => ("", line),
            None => {
                ty = line;
                continue;
            }
        };
        // A kind has three words, a field two.
        let count = if place.is_empty() { 3 } else { 2 };
        let Some((at, _)) = words.match_indices(' ').nth(count - 1) else { continue };
        let name = words.split(' ').take(count - 1).collect::<Vec<_>>().join(" ");
        notes.insert(format!("{place} {name}"), words[at..].to_owned());
    }
    notes
}

fn table(published: Option<&Published>, kept: &Notes) -> String {
    let learner = Learner::default();
    let mut text = String::new();
    for (api_version, kind, run) in kinds::KINDS {
        let ty = run(&learner);
        let note = match published {
            Some(published) => published.kind(api_version, kind),
            None => kept.get(&format!(" {api_version} {kind}")).cloned().unwrap_or_default(),
        };
        writeln!(text, "{api_version} {kind} {ty}{note}").expect("a string takes text");
    }
    kinds::schema(&learner);
    assert!(!learner.failed.get(), "a type refused to be decoded from nothing");
    let known = learner.known.borrow();
    assert!(known.len() > 500, "{}", known.len());
    for (ty, fields) in known.iter() {
        writeln!(text, "{ty}").expect("a string takes text");
        for (field, want) in fields {
            let note = match published {
                Some(published) => published.field(ty, field),
                None => kept.get(&format!("{ty} {field}")).cloned().unwrap_or_default(),
            };
            writeln!(text, " {field} {want}{note}").expect("a string takes text");
        }
        let gone = match published {
            Some(published) => published.gone(ty, fields),
            None => gone(kept, ty),
        };
        text.push_str(&gone);
    }
    text
}

/// Fields that older versions had, as a table that exists has them: they want anything, and have an end.
fn gone(kept: &Notes, ty: &str) -> String {
    let place = format!("{ty} ");
    let ends = |note: &str| note.split(' ').any(|word| word.starts_with('@') && word.contains('-'));
    let of_type = kept.iter().filter(|(name, note)| name.starts_with(&place) && ends(note));
    of_type.map(|(name, note)| format!(" {} *{note}\n", &name[place.len()..])).collect()
}
