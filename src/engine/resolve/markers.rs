//! Markers that a person left in a text. Lines that a side has as well are text, whatever they look like.

use std::collections::HashSet;

use crate::model::Bytes;

/// The shortest that git writes.
const SHORTEST: usize = 7;

/// Returns the numbers of the lines in `text` that are markers and stand in none of the `sides`.
pub(super) fn left_in(text: &Bytes, sides: &[&Bytes]) -> Vec<usize> {
    let known: HashSet<&[u8]> = sides
        .iter()
        .flat_map(|side| side.lines())
        .map(bare)
        .collect();
    text.lines()
        .enumerate()
        .filter(|(_, line)| {
            let line = bare(line);
            is_marker(line) && !known.contains(line)
        })
        .map(|(at, _)| at + 1)
        .collect()
}

fn bare(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn is_marker(line: &[u8]) -> bool {
    let Some(first) = line.first().copied().filter(|b| b"<|=>".contains(b)) else {
        return false;
    };
    let run = line.iter().take_while(|b| **b == first).count();
    let rest = &line[run..];
    // The middle marker stands alone; the others carry a label.
    run >= SHORTEST && (rest.is_empty() || (first != b'=' && rest.starts_with(b" ")))
}
