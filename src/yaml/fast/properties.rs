//! Anchors, aliases and tags.

use std::ops::Range;

use foldhash::HashMap;

use super::super::tree::{Style, TAGGED};
use super::{MAX_DEPTH, Reader, is_space};

/// Aliases that stand for more nodes than this are left to the full parser, which counts them exactly.
const MAX_EXPANSION: u64 = 500_000;

/// What a document's anchors and tags are.
#[derive(Default)]
pub(super) struct Anchors {
    /// Every alias with the node it stands for.
    pub aliases: Vec<(u32, u32)>,
    /// Every tag with its node.
    pub tags: Vec<(u32, Box<str>)>,
    /// `None` while the node is still being read.
    named: HashMap<Box<str>, Option<Anchored>>,
    /// How many nodes all aliases so far stand for.
    expanded: u64,
    /// The greatest depth since the innermost open anchor, aliases expanded.
    reached: u32,
}

#[derive(Clone, Copy)]
struct Anchored {
    node: u32,
    /// At least as many nodes as it stands for.
    size: u64,
    height: u32,
}

impl Anchors {
    /// Notes a depth; `None` where it may be too great.
    pub fn reach(&mut self, depth: u32) -> Option<()> {
        self.reached = self.reached.max(depth);
        (depth <= MAX_DEPTH).then_some(())
    }
}

/// The anchor and the tag before a node, as places in the text.
pub(super) struct Properties {
    anchor: Option<Range<usize>>,
    tag: Option<Box<str>>,
}

/// A node that is being read, with its anchor and whether it has a tag.
pub(super) struct Opened {
    anchor: Option<Range<usize>>,
    tagged: bool,
    expanded: u64,
    reached: u32,
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

impl Reader<'_> {
    /// The end of the name of an anchor, an alias or a tag, which must be followed by what surely ends it.
    fn name_end(&self, at: usize, in_flow: bool) -> Option<usize> {
        let end = at + self.bytes[at..].iter().take_while(|byte| is_name(**byte)).count();
        let next = self.byte(end);
        let ended = is_space(next) || (in_flow && matches!(next, b',' | b']' | b'}'));
        (end > at && ended).then_some(end)
    }

    /// Reads an anchor, a tag or both, and moves to what comes next on the line.
    pub(super) fn properties(&mut self) -> Option<Properties> {
        let mut found = Properties { anchor: None, tag: None };
        loop {
            let end = match self.byte(self.at) {
                b'&' if found.anchor.is_none() => {
                    let end = self.name_end(self.at + 1, false)?;
                    found.anchor = Some(self.at + 1..end);
                    end
                }
                b'!' if found.tag.is_none() => {
                    let (tag, end) = self.tag()?;
                    found.tag = Some(tag);
                    end
                }
                b'&' | b'!' => return None,
                _ => return Some(found),
            };
            self.at = self.skip_spaces(end);
        }
    }

    /// A tag in full, and its end. Only `!!name` and `!name` are read.
    fn tag(&self) -> Option<(Box<str>, usize)> {
        let core = self.byte(self.at + 1) == b'!';
        let start = self.at + if core { 2 } else { 1 };
        let end = self.name_end(start, false)?;
        let name = &self.text[start..end];
        let tag = if core { format!("tag:yaml.org,2002:{name}") } else { format!("!{name}") };
        Some((tag.into(), end))
    }

    /// Begins the next node, which properties belong to.
    pub(super) fn open(&mut self, Properties { anchor, tag }: Properties) -> Opened {
        if let Some(anchor) = &anchor {
            self.anchors.named.insert(self.text[anchor.clone()].into(), None);
        }
        let tagged = tag.is_some();
        self.anchors.tags.extend(tag.map(|tag| (self.nodes.len() as u32, tag)));
        let (expanded, reached) = (self.anchors.expanded, self.anchors.reached);
        let opened = Opened { anchor, tagged, expanded, reached };
        self.anchors.reached = self.depth;
        opened
    }

    /// Ends it: the node with that index and all that came after it.
    pub(super) fn attach(&mut self, opened: Opened, index: usize) -> Option<()> {
        let node = index as u32;
        let height = self.anchors.reached - self.depth;
        self.anchors.reached = self.anchors.reached.max(opened.reached);
        if let Some(anchor) = opened.anchor {
            let size = (self.nodes.len() - index) as u64 + self.anchors.expanded - opened.expanded;
            *self.anchors.named.get_mut(&self.text[anchor])? = Some(Anchored { node, size, height });
        }
        if opened.tagged {
            self.nodes[index].flags |= TAGGED;
        }
        Some(())
    }

    /// Pushes the alias at an offset; one past its name.
    pub(super) fn alias(&mut self, at: usize, in_flow: bool) -> Option<usize> {
        let end = self.name_end(at + 1, in_flow)?;
        let target = (*self.anchors.named.get(&self.text[at + 1..end])?)?;
        let index = self.push(at, end, Style::Alias);
        self.anchors.aliases.push((index as u32, target.node));
        self.anchors.expanded += target.size;
        if self.anchors.expanded > MAX_EXPANSION {
            return None;
        }
        self.anchors.reach(self.depth + target.height)?;
        Some(end)
    }
}
