//! From a piece of a file to its tree: drives the parser, decides what is the document's end, and says what is
//! wrong with a text that is no document.

use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Parser, ScanError};

use super::build::Builder;
use super::cause;
use super::fast;
use super::fault::{Fault, FaultKind};
use super::split::Piece;
use super::strict;
use super::tree::Tree;
use crate::files::SourceFile;

/// How often a text is mended and read again before its fault is believed, and how many bytes that may cost.
const MAX_ATTEMPTS: usize = 50;
const MAX_REREAD: usize = 16 << 20;

/// Parses one piece of a file. Offsets in the tree are offsets in the file.
pub fn parse(source: &Arc<SourceFile>, piece: &Piece) -> Result<Tree, Fault> {
    read(source, piece).map_err(|fault| fault.on_characters(&source.text))
}

/// The same without the short way: what tests compare it with.
pub fn parse_slowly(source: &Arc<SourceFile>, piece: &Piece) -> Result<Tree, Fault> {
    let text = &source.text[piece.range()];
    let deceptive = strict::characters(text, piece.range().start, piece.json);
    let tree = deceptive.and_then(|deceptive| parse_fully(source, piece, deceptive));
    tree.map_err(|fault| fault.on_characters(&source.text))
}

fn read(source: &Arc<SourceFile>, piece: &Piece) -> Result<Tree, Fault> {
    let text = &source.text[piece.range()];
    let deceptive = strict::characters(text, piece.range().start, piece.json)?;
    if !deceptive && let Some(mut tree) = fast::read(source, piece) {
        strict::keys(&mut tree)?;
        return Ok(tree);
    }
    parse_fully(source, piece, deceptive)
}

/// Whether a piece goes the short way. Only its speed depends on it.
pub fn is_common(source: &Arc<SourceFile>, piece: &Piece) -> bool {
    let text = &source.text[piece.range()];
    let deceptive = strict::characters(text, piece.range().start, piece.json);
    deceptive == Ok(false) && fast::read(source, piece).is_some()
}

fn parse_fully(source: &Arc<SourceFile>, piece: &Piece, deceptive: bool) -> Result<Tree, Fault> {
    let text = &source.text[piece.range()];
    let mut mended = strict::Mended::new(text);
    let mut attempts = 0;
    loop {
        match attempt(source, piece, &mended) {
            Ok(mut tree) => {
                tree.deceptive = deceptive;
                return Ok(tree);
            }
            Err(Refusal::Fault(fault)) => return Err(fault),
            Err(Refusal::Error { fault, error, in_flow }) => {
                attempts += 1;
                let costly = attempts > 1 && attempts * text.len() > MAX_REREAD;
                let enough = piece.json || costly || attempts == MAX_ATTEMPTS;
                if enough || !mended.mend(&error, in_flow) {
                    return Err(if piece.json { fault } else { explained(fault, text, piece.range().start) });
                }
            }
        }
    }
}

/// The fault in the words of who wrote the text, where those can be found.
fn explained(fault: Fault, text: &str, base: usize) -> Fault {
    match cause::cause(text, fault.range.start.saturating_sub(base)) {
        Some((range, message)) if fault.kind == FaultKind::Syntax => {
            Fault { range: base + range.start..base + range.end, message, ..fault }
        }
        _ => match cause::plain(&fault.message) {
            Some(message) => Fault { message: message.to_owned(), ..fault },
            None => fault,
        },
    }
}

/// Why a text was not read: by us, or by the parser, which can perhaps be helped.
enum Refusal {
    Fault(Fault),
    Error { fault: Fault, error: Box<ScanError>, in_flow: bool },
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Refusal::Fault(fault)
    }
}

fn attempt<'t>(
    source: &'t Arc<SourceFile>,
    piece: &Piece,
    input: &'t strict::Mended<'_>,
) -> Result<Tree, Refusal> {
    let text = input.lines(&source.text[piece.range()]);
    let mut builder = Builder::new(source, piece, text, input);
    let options = granit_parser::options! {
        max_buffered_comment_events: usize::MAX,
        block_scalar_eof_without_line_feed: true,
        bom_inside_document_as_content: true,
        // JSON knows no limit for keys; this one is for the parser's memory.
        simple_key_max_lookahead: if piece.json { 1 << 16 } else { 1024 },
    };
    let mut parser = Parser::new_from_str_with_options(input.text(), options);
    let mut ended = None;
    while let Some(event) = parser.next_event() {
        match event {
            Ok((Event::DocumentEnd, span)) => ended = Some(span.byte_range().map_or(0, |range| range.end)),
            Ok((Event::DocumentStart(..), span)) if ended.is_some() => {
                let start = builder.absolute(span.start.byte_offset().unwrap_or(0));
                builder.ignored = Some(start as u32..(piece.range().end as u32));
                break;
            }
            Ok((event, span)) => builder.event(event, &span)?,
            Err(error) => {
                // What follows the end of a document is never read by kubectl, whatever it is.
                if let Some(end) = ended {
                    let start = builder.absolute(builder.skip_blank(end));
                    builder.ignored = Some(start as u32..(piece.range().end as u32));
                    break;
                }
                let at = error.marker().byte_offset().unwrap_or(text.len());
                let mut fault = builder.fault_at(builder.boundary(at), error.info());
                if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
                    fault.kind = FaultKind::Limit;
                }
                // A directive has no document: the separator that it needs has split it off.
                if matches!(error.kind(), ErrorKind::ExpectedDocumentStart) && text.starts_with('%') {
                    let line = text.lines().next().map_or(0, str::len);
                    fault.range = piece.range().start..piece.range().start + line;
                }
                let in_flow = builder.in_flow();
                return Err(Refusal::Error { fault, error: Box::new(error), in_flow });
            }
        }
    }
    Ok(builder.finish()?)
}
