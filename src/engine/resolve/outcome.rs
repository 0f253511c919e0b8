//! What a conflict was resolved to, read back as decisions. Whoever decided on another machine left the commit and
//! nothing else; that is enough to offer the same again.

use crate::model::Bytes;
use crate::model::ConflictSide;
use crate::model::Piece;

use super::choice::Choice;
use super::choice::Standing;
use super::choice::Take;
use super::choice::Whole;
use super::file::FileWork;
use super::markers;

impl FileWork {
    /// Decides a path as it stands in a resolution: hunk by hunk where nothing around them was changed as well, as a
    /// whole where there are none. What cannot be told stays open.
    pub fn read_back(&mut self, became: Option<&(ConflictSide, Bytes)>) {
        if !self.is_text() {
            self.whole = match self.whole_of(became) {
                Some(choice) => Standing::Decided { choice, from: None },
                None => Standing::Open,
            };
            return;
        }
        let text = became.filter(|(side, _)| !side.is_folder());
        let found = text.and_then(|(_, text)| self.in_place_of_hunks(&text.0));
        let hunks = self.file.hunks().zip(&mut self.hunks);
        for ((hunk, standing), lines) in hunks.zip(found.into_iter().flatten()) {
            let mut ways = Take::ALL.into_iter().map(Choice::Take);
            let taken = ways.find(|choice| choice.lines(hunk) == lines);
            let sides = [&hunk.base, &hunk.target, &hunk.fix];
            let choice = match taken {
                Some(choice) => choice,
                None if markers::left_in(&lines, &sides).is_empty() => Choice::Text(lines),
                // Kept with its markers: that decides nothing for anybody else.
                None => continue,
            };
            *standing = Standing::Decided { choice, from: None };
        }
    }

    fn whole_of(&self, became: Option<&(ConflictSide, Bytes)>) -> Option<Whole> {
        let side = became.map(|(side, _)| side);
        if side == self.file.target.as_ref() {
            return Some(Whole::Target);
        }
        if side == self.file.fix.as_ref() {
            return Some(Whole::Fix);
        }
        match became {
            None => Some(Whole::Delete),
            Some((side, text)) => side.is_file().then(|| Whole::Text(text.clone())),
        }
    }

    /// Returns the lines that stand where each hunk was; none where the text between them is not as it was.
    fn in_place_of_hunks(&self, text: &[u8]) -> Option<Vec<Bytes>> {
        let mut rest = text;
        let mut found = Vec::new();
        let mut is_in_hunk = false;
        for piece in &self.file.pieces {
            match piece {
                // Two side by side cannot be told apart.
                Piece::Hunk(_) if is_in_hunk => return None,
                Piece::Hunk(_) => is_in_hunk = true,
                Piece::Agreed(agreed) if is_in_hunk => {
                    let at = line_of(rest, &agreed.0)?;
                    found.push(Bytes(rest[..at].to_vec()));
                    rest = &rest[at + agreed.0.len()..];
                    is_in_hunk = false;
                }
                Piece::Agreed(agreed) => rest = rest.strip_prefix(&agreed.0[..])?,
            }
        }
        if is_in_hunk {
            found.push(Bytes(rest.to_vec()));
            rest = &[];
        }
        rest.is_empty().then_some(found)
    }
}

/// Returns where these lines first stand in a text.
fn line_of(text: &[u8], lines: &[u8]) -> Option<usize> {
    let is_at = |at: &usize| {
        let begins_a_line = *at == 0 || text[*at - 1] == b'\n';
        begins_a_line && text[*at..].starts_with(lines)
    };
    (0..text.len()).find(is_at)
}
