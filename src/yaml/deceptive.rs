//! Characters that make a text look different from what is read: controls, line breaks that editors do not
//! show, marks that turn the direction of writing. One pass that costs next to nothing on ordinary text.

/// Where `text` holds a character that deceives, with its byte offset: C0 and C1 controls (also NEL), a
/// carriage return without line feed, U+2028 and U+2029, marks of writing direction, characters without width,
/// non-characters, and a byte-order mark anywhere but at the start.
pub fn deceptive(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    Deceptive { text, at: 0, slow_until: 0 }
}

/// Whether kubectl refuses a YAML document for this character alone. The others it reads, as line breaks or
/// as text.
pub fn is_refused(c: char) -> bool {
    !matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}

/// How much is looked at in one go: enough for the widest registers, small enough to step through.
const CHUNK: usize = 64;

struct Deceptive<'t> {
    text: &'t str,
    at: usize,
    /// Up to here, bytes are looked at one by one.
    slow_until: usize,
}

impl Iterator for Deceptive<'_> {
    type Item = (usize, char);

    fn next(&mut self) -> Option<(usize, char)> {
        let bytes = self.text.as_bytes();
        loop {
            while self.at < self.slow_until {
                let at = self.at;
                self.at += 1;
                if suspect(bytes[at])
                    && let Some(c) = verdict(self.text, at)
                {
                    return Some((at, c));
                }
            }
            let (chunks, rest) = bytes[self.at..].as_chunks::<CHUNK>();
            let clean = chunks.iter().take_while(|chunk| is_clean(chunk)).count();
            self.at += clean * CHUNK;
            self.slow_until = match chunks.get(clean) {
                Some(_) => self.at + CHUNK,
                None => self.at + rest.len(),
            };
            if self.at == self.slow_until {
                return None;
            }
        }
    }
}

/// No early exit and no branch, so that it compiles to a few wide comparisons.
fn is_clean(chunk: &[u8; CHUNK]) -> bool {
    !chunk.iter().fold(false, |found, &byte| found | suspect(byte))
}

/// Bytes that are deceptive themselves or begin a character that may be. Bytes inside a character never are,
/// so it does not matter where in a character a chunk begins.
#[inline]
fn suspect(byte: u8) -> bool {
    ((byte < b' ') & (byte != b'\n') & (byte != b'\t'))
        | (byte == 0x7f)
        | (byte == 0xc2)
        | (byte == 0xd8)
        | (byte == 0xe2)
        | (byte == 0xef)
}

fn verdict(text: &str, at: usize) -> Option<char> {
    let c = text.get(at..)?.chars().next()?;
    let bad = match c {
        '\r' => text.as_bytes().get(at + 1) != Some(&b'\n'),
        '\u{feff}' => at > 0,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{fffe}' | '\u{ffff}' => true,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => true,
        _ => false,
    };
    bad.then_some(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deceivers_are_found_wherever_a_chunk_ends() {
        let bad = "\0 \u{7} \u{7f} \u{85} \u{9f} \u{61c} \u{200b} \u{2028} \u{2029} \u{202e} \u{2066} \u{feff} \u{fffe}";
        for bad in bad.split(' ').filter_map(|text| text.chars().next()) {
            for before in 1..150 {
                let text =
                    format!("{}{bad}\u{526f}b", "\u{672c}".repeat(before / 3) + &"x".repeat(before % 3));
                let found: Vec<(usize, char)> = deceptive(&text).collect();
                assert_eq!(found, [(before / 3 * 3 + before % 3, bad)]);
            }
        }
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        let text = "\u{feff}key: value\t# \u{526f}\u{672c}\u{ff0c}\u{e9}\u{1f600}\u{201c}\u{2026}\u{a0}\r\n"
            .repeat(9);
        assert_eq!(deceptive(&text[..text.len() / 9]).count(), 0);
        let found: Vec<char> = deceptive("a\rb\r\n\u{feff}").map(|found| found.1).collect();
        assert_eq!(found, ['\r', '\u{feff}']);
    }

    #[test]
    fn what_the_reader_refuses_is_told_from_what_it_misreads() {
        assert!("\0\u{7}\u{7f}\u{80}\u{fffe}".chars().all(is_refused));
        assert!(!"\u{85}\u{2028}\u{feff}\u{202e}\r\u{1f600}".chars().any(is_refused));
    }
}
