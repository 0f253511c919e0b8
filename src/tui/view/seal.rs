//! The last look at every cell: what widgets of others have put there, the text area above all, passes no other door.

use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthChar;

use crate::model::shows_itself;

/// Marks that may stand on one letter in a cell.
const PILE: usize = 8;
/// What stands for a cell that holds something else than it shows; ASCII, so that every terminal has it.
const SEALED: &str = "?";

/// Replaces what would move the cursor, hide or reorder.
pub(super) fn seal(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        // Nearly every cell: one ASCII letter, or the empty half of a wide one.
        let is_plain =
            symbol.len() <= 1 && symbol.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if !is_plain && !is_sound(symbol) {
            cell.set_symbol(SEALED);
        }
    }
}

fn is_sound(symbol: &str) -> bool {
    let mut letters = symbol.chars();
    if let (Some(only), None) = (letters.next(), letters.next()) {
        return shows_itself(only);
    }
    let marks = symbol.chars().filter(|c| c.width() == Some(0)).count();
    symbol.chars().all(shows_itself) && marks <= PILE
}

#[cfg(test)]
mod tests {
    use super::*;

    use ratatui::layout::Rect;

    #[test]
    fn nothing_but_letters_leaves() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        let pile = format!("a{}", "\u{300}".repeat(9));
        for (x, symbol) in ["\u{1b}", "a\u{202e}", "e\u{301}", "漢", "", &pile]
            .iter()
            .enumerate()
        {
            let x = u16::try_from(x).expect("small");
            buffer[(x, 0)].set_symbol(symbol);
        }
        seal(&mut buffer);
        let symbols: Vec<&str> = buffer.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(symbols, ["?", "?", "e\u{301}", "漢", "", "?"]);
    }
}
