//! What would change, as a unified diff.

use similar::TextDiff;

use super::Changed;

/// The unified diff of all files, in the order of their paths.
pub fn unified(files: &[Changed]) -> String {
    let mut text = String::new();
    for file in files {
        let (old, new) = (format!("a/{}", file.path), format!("b/{}", file.path));
        let diff = TextDiff::from_lines(&file.old, &file.new);
        text.push_str(&diff.unified_diff().context_radius(3).header(&old, &new).to_string());
    }
    text
}
