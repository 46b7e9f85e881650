//! Where kubectl's parser and ours disagree on what is YAML. Every check here refuses what kubectl refuses,
//! or makes our parser read what kubectl reads; none of them is about taste.

use std::borrow::Cow;

use foldhash::{HashMap, HashMapExt};
use granit_parser::{ErrorKind, ScanError};

use super::deceptive::{deceptive, is_refused};
use super::fault::{Fault, FaultKind};
use super::node::Node;
use super::scalar::{Scalar, key_name};
use super::tree::{Duplicate, FLOW, MERGES, RENAMED, Style, Tree, WORD, key_hash};

fn syntax(range: std::ops::Range<usize>, message: impl Into<String>) -> Fault {
    Fault { range, kind: FaultKind::Syntax, message: message.into() }
}

/// Refuses characters that may not stand in a document at all, and says whether there are others that deceive.
/// `base` is the offset of the text in its file.
pub(super) fn characters(text: &str, base: usize, json: bool) -> Result<bool, Fault> {
    let refused = |c: char| if json { c < ' ' && c != '\r' } else { is_refused(c) };
    let mut found = false;
    for (at, c) in deceptive(text) {
        found = true;
        if refused(c) {
            let range = base + at..base + at + c.len_utf8();
            return Err(syntax(range, format!("control character U+{:04X}", u32::from(c))));
        }
    }
    Ok(found)
}

/// A text that our parser can read where kubectl can read the original, byte for byte in the same places.
pub(super) struct Mended<'t> {
    text: Cow<'t, str>,
    /// A character of two bytes that stands for `\'`.
    apostrophe: Option<char>,
    /// A character of one byte that stands for a bare `-`.
    dash: Option<char>,
    /// The line breaks of older YAML are `\n` now.
    broken: bool,
}

impl<'t> Mended<'t> {
    /// The text as it is.
    pub fn new(text: &'t str) -> Self {
        Mended { text: Cow::Borrowed(text), apostrophe: None, dash: None, broken: false }
    }

    /// What is to be parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text whose lines are those that the parser sees: the original one, unless they end differently.
    pub fn lines<'a>(&'a self, original: &'a str) -> &'a str {
        if self.broken { &self.text } else { original }
    }

    /// Rewrites what the parser stumbled over: `\'` in double quotes, tabs that indent the lines of a flow
    /// collection, a comment right behind a quote or bracket, a bare `-` in a flow collection, or line breaks that
    /// only YAML 1.1 has. Says whether it is worth trying again.
    pub fn mend(&mut self, error: &ScanError, in_flow: bool) -> bool {
        let Some(at) = error.marker().byte_offset().filter(|&at| at <= self.text.len()) else {
            return false;
        };
        match error.kind() {
            ErrorKind::UnknownQuotedScalarEscape => {
                // All of them at once: where it is no escape, it is put back when the text is read.
                let mut found = Vec::new();
                let bytes = self.text.as_bytes();
                let mut i = at + 1;
                while let Some(more) = bytes.get(i..).and_then(|rest| memchr::memchr(b'\\', rest)) {
                    i += more;
                    if bytes.get(i + 1) == Some(&b'\'') {
                        found.push(i);
                    }
                    i += 2;
                }
                let Some(stand_in) = self.stand_in().filter(|_| !found.is_empty()) else {
                    return false;
                };
                let text = self.text.to_mut();
                found.iter().for_each(|&i| text.replace_range(i..i + 2, stand_in.encode_utf8(&mut [0; 4])));
                true
            }
            ErrorKind::TabInBlockIndentation if in_flow => {
                let mut start =
                    memchr::memrchr(b'\n', &self.text.as_bytes()[..at]).map_or(0, |before| before + 1);
                let mut mended = false;
                loop {
                    let line = &self.text.as_bytes()[start..];
                    let blanks = line.iter().take_while(|&&byte| matches!(byte, b' ' | b'\t')).count();
                    if !line[..blanks].contains(&b'\t') {
                        return mended;
                    }
                    mended = true;
                    let next = memchr::memchr(b'\n', line).map(|length| start + length + 1);
                    self.text.to_mut().replace_range(start..start + blanks, &" ".repeat(blanks));
                    match next {
                        Some(next) => start = next,
                        None => return true,
                    }
                }
            }
            ErrorKind::CommentNotSeparated => {
                let line = &self.text.as_bytes()[at..];
                let hash = line.iter().take(2).position(|&byte| byte == b'#');
                let Some(start) = hash.map(|hash| at + hash) else { return self.mend_breaks() };
                let end = memchr::memchr2(b'\n', b'\r', &self.text.as_bytes()[start..]);
                let end = end.map_or(self.text.len(), |length| start + length);
                self.text.to_mut().replace_range(start..end, &" ".repeat(end - start));
                true
            }
            ErrorKind::PlainScalarStartsWithDashFlowIndicator
                if in_flow && self.text.as_bytes().get(at) == Some(&b'-') =>
            {
                if self.dash.is_none() {
                    self.dash = ('A'..='Z').chain('a'..='z').find(|&letter| !self.text.contains(letter));
                }
                let Some(stand_in) = self.dash else { return false };
                self.text.to_mut().replace_range(at..at + 1, stand_in.encode_utf8(&mut [0; 4]));
                true
            }
            _ => self.mend_breaks(),
        }
    }

    /// NEL, LS and PS end a line to kubectl, whose parser is of the older YAML. What takes their places is as long.
    fn mend_breaks(&mut self) -> bool {
        const BREAKS: [(&str, &str); 3] = [("\u{85}", " \n"), ("\u{2028}", "  \n"), ("\u{2029}", "  \n")];
        let has = BREAKS.iter().any(|(old, _)| self.text.contains(old));
        if self.broken || !has {
            return false;
        }
        self.broken = true;
        for (old, new) in BREAKS {
            self.text = Cow::Owned(self.text.replace(old, new));
        }
        true
    }

    /// A character that is not in the text, the same one each time.
    fn stand_in(&mut self) -> Option<char> {
        if self.apostrophe.is_none() {
            self.apostrophe = ('\u{a1}'..='\u{7ff}').rev().find(|&c| !self.text.contains(c));
        }
        self.apostrophe
    }

    /// The text of a scalar as it is meant.
    pub fn undo<'s>(&self, text: Cow<'s, str>, style: Style) -> Cow<'s, str> {
        let text = match self.apostrophe {
            Some(stand_in) if text.contains(stand_in) => {
                // Only in double quotes it is an escape.
                let meant = if style == Style::DoubleQuoted { "'" } else { "\\'" };
                Cow::Owned(text.replace(stand_in, meant))
            }
            _ => text,
        };
        match self.dash {
            Some(stand_in) if text.contains(stand_in) => text.replace(stand_in, "-").into(),
            _ => text,
        }
    }
}

/// Escapes that JSON has and YAML 1.1 does not: `\/` and halves of surrogate pairs.
pub(super) fn escapes(source: &str, start: usize) -> Result<(), Fault> {
    let bytes = source.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        at += found;
        match &bytes[at + 1..] {
            [b'/', ..] => return Err(syntax(start + at..start + at + 2, "unknown escape `\\/`")),
            [b'u', b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..] => {
                let range = start + at..start + source.len().min(at + 6);
                return Err(syntax(range, "half a surrogate pair: write the character itself"));
            }
            _ => at = (at + 2).min(bytes.len()),
        }
    }
    Ok(())
}

/// What an unquoted scalar may not be: a number that JSON has no word for, or, inside a flow collection, a
/// text with a mark in it that would end it.
pub(super) fn plain(text: &str, in_flow: bool, is_key: bool) -> Option<&'static str> {
    match text.as_bytes() {
        [b'.', b'0'..=b'9', ..] | [] => None,
        [b'.' | b'+' | b'-', ..] if !is_key && text.len() < 6 && super::resolve(text).is_not_finite() => {
            Some("a number that JSON does not have")
        }
        [b':', ..] if in_flow => Some("a value in a flow collection that begins with a colon"),
        bytes if in_flow && memchr::memchr(b'?', bytes).is_some() => {
            Some("an unquoted `?` in a flow collection")
        }
        _ => None,
    }
}

/// Lines of nothing but tabs, which only quotes and flow collections may hold.
pub(super) fn tabs(tree: &Tree, text: &str, base: usize) -> Result<(), Fault> {
    let first = text.starts_with('\t').then_some(0);
    let later = memchr::memmem::find_iter(text.as_bytes(), b"\n\t").map(|at| at + 1);
    let (mut next, mut reach) = (0, 0);
    for at in first.into_iter().chain(later) {
        let rest = text[at..].trim_start_matches(['\t', ' ']);
        if !(rest.is_empty() || rest.starts_with(['\n', '\r', '#'])) {
            continue;
        }
        let offset = (base + at) as u32;
        // Nodes are in the order of their starts and nest, so one sweep sees how far the last one reaches.
        while let Some(node) = tree.nodes.get(next).filter(|node| node.start < offset) {
            if node.flags & FLOW != 0 || matches!(node.style, Style::SingleQuoted | Style::DoubleQuoted) {
                reach = reach.max(node.end);
            }
            next += 1;
        }
        let allowed = offset < reach;
        if !allowed && tree.rare().ignored.as_ref().is_none_or(|ignored| offset < ignored.start) {
            return Err(syntax(base + at..base + at + 1, "a tab at the start of a line"));
        }
    }
    Ok(())
}

/// A tab behind the spaces of a block scalar's first line: kubectl looks there for the indentation, unless the header
/// says it (fact 12.20).
pub(super) fn blocks(tree: &Tree, text: &str, base: usize) -> Result<(), Fault> {
    for node in tree.nodes.iter().filter(|node| node.style == Style::Block) {
        let mut at = node.start as usize - base;
        let mut lines = text[at..].split_inclusive('\n');
        let header = lines.next().unwrap_or("");
        if header.bytes().take_while(|byte| b"|>+-123456789".contains(byte)).any(|byte| byte.is_ascii_digit())
        {
            continue;
        }
        at += header.len();
        for line in lines {
            let rest = line.trim_start_matches(' ');
            let tab = at + line.len() - rest.len();
            if rest.starts_with('\t') && base + tab < node.end as usize {
                return Err(syntax(
                    base + tab..base + tab + 1,
                    "a tab where the indentation of the text is looked for",
                ));
            }
            if !rest.trim_end_matches(['\r', '\n']).is_empty() {
                break;
            }
            at += line.len();
        }
    }
    Ok(())
}

/// What there is to know about the keys of all mappings.
#[derive(Default)]
pub(super) struct Keys {
    pub merging: Vec<u32>,
    pub duplicates: Vec<Duplicate>,
    pub renamed: Vec<(u32, Box<str>)>,
    /// Keys that are other words for truth values.
    pub words: Vec<u32>,
    /// Every key with the hash of its name.
    pub hashes: Vec<(u32, u16)>,
}

/// Looks at the keys of every mapping: what cannot be a key or be merged is refused, names that differ from
/// the text and duplicates are noted.
pub(super) fn keys(tree: &mut Tree) -> Result<(), Fault> {
    let keys = inspect(tree)?;
    for index in keys.merging {
        tree.nodes[index as usize].flags |= MERGES;
    }
    for (index, _) in &keys.renamed {
        tree.nodes[*index as usize].flags |= RENAMED;
    }
    for index in keys.words {
        tree.nodes[index as usize].flags |= WORD;
    }
    for (place, (index, _)) in tree.cooked.iter().enumerate() {
        tree.nodes[*index as usize].hash = place as u16;
    }
    for (index, hash) in keys.hashes {
        tree.nodes[index as usize].hash = hash;
    }
    if !keys.duplicates.is_empty() || !keys.renamed.is_empty() {
        let rare = tree.rare_mut();
        (rare.duplicates, rare.renamed) = (keys.duplicates, keys.renamed);
    }
    Ok(())
}

/// Up to so many keys, comparing is faster than hashing.
const FEW: usize = 24;

fn inspect(tree: &Tree) -> Result<Keys, Fault> {
    let mut keys = Keys { hashes: Vec::with_capacity(tree.nodes.len() / 2), ..Keys::default() };
    let mut seen: Vec<(Cow<'_, str>, u32)> = Vec::new();
    let mut many: HashMap<Cow<'_, str>, u32> = HashMap::new();
    for (index, raw) in tree.nodes.iter().enumerate() {
        if raw.style != Style::Mapping {
            continue;
        }
        seen.clear();
        many.clear();
        let mut key = index as u32 + 1;
        while key < raw.next {
            let node = Node::new(tree, key);
            let value = tree.nodes[key as usize].next;
            if node.is_merge_key() {
                mergeable(Node::new(tree, value))?;
                if keys.merging.last() != Some(&(index as u32)) {
                    keys.merging.push(index as u32);
                }
            } else {
                let text = name(node)?;
                keys.hashes.push((key, key_hash(&text)));
                match &text {
                    Cow::Owned(text) => keys.renamed.push((key, text.as_str().into())),
                    Cow::Borrowed(name @ ("true" | "false")) if *name != node.text() => keys.words.push(key),
                    Cow::Borrowed(_) => {}
                }
                let earlier = if seen.len() < FEW {
                    seen.iter().find(|(other, _)| *other == text).map(|found| found.1)
                } else {
                    if many.is_empty() {
                        many.extend(seen.iter().cloned());
                    }
                    many.get(&text).copied()
                };
                match earlier {
                    Some(first) => keys.duplicates.push(Duplicate { first, second: key }),
                    None if seen.len() < FEW => seen.push((text, key)),
                    None => drop(many.insert(text, key)),
                }
            }
            key = tree.nodes.get(value as usize).map_or(raw.next, |node| node.next);
        }
    }
    keys.renamed.sort_unstable_by_key(|entry| entry.0);
    Ok(keys)
}

/// The name of a key in JSON: owned if it differs from the text and is no constant.
fn name(node: Node<'_>) -> Result<Cow<'_, str>, Fault> {
    let text = node.text();
    if let Some(b'a'..=b'e' | b'g'..=b'm' | b'p'..=b's' | b'u'..=b'x') = text.as_bytes().first() {
        return Ok(Cow::Borrowed(text));
    }
    match node.scalar() {
        None => Err(syntax(node.span().range(), "a mapping or a list as a key")),
        Some(Scalar::Null) => Err(syntax(node.span().range(), "null as a key")),
        Some(Scalar::Bool(value)) => Ok(Cow::Borrowed(if value { "true" } else { "false" })),
        Some(scalar @ (Scalar::Int(_) | Scalar::Float(_))) => {
            let name = key_name(scalar);
            Ok(if name == text { Cow::Borrowed(text) } else { Cow::Owned(name) })
        }
        Some(Scalar::Str(text)) => Ok(Cow::Borrowed(text)),
    }
}

/// The value of `<<` must be a mapping or a list of mappings.
fn mergeable(value: Node<'_>) -> Result<(), Fault> {
    let list = value.style() == Style::Sequence;
    if value.is_mapping() || (list && value.items().all(Node::is_mapping)) {
        return Ok(());
    }
    Err(syntax(value.span().range(), "`<<` takes a mapping or a list of mappings"))
}
