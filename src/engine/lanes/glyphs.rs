//! The one glyph table of the lane graph: two columns, Unicode and ASCII, of the same structure.
//!
//! Every glyph is one cell wide. Several Unicode ones are *ambiguous*, two cells in some terminals: whoever
//! owns the screen measures that at start and takes the ASCII set (console.md 1.8).

/// Each glyph that the lane graph draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// The line of a lane that does not need the fix, has it, should have it and has not.
    pub line: char,
    pub heavy: char,
    pub lacking: char,
    pub vertical: char,
    pub dashed: char,
    /// A connector's horizontal part, between lanes.
    pub horizontal: char,
    /// Corners by the two sides that they join.
    pub down_right: char,
    pub down_left: char,
    pub up_right: char,
    pub up_left: char,
    /// A connector leaves a line upwards, downwards.
    pub tee_up: char,
    pub tee_down: char,
    pub commit: char,
    pub merge: char,
    pub mark: char,
    pub fix: char,
    pub pending: char,
    pub conflict: char,
    pub revert: char,
    /// On both sides of the number of folded commits.
    pub fold: char,
    /// Something was cut off.
    pub cut: char,
    /// Before the name of the hotfix row.
    pub pointer: char,
    pub is_in: char,
    pub is_equivalent: char,
    pub is_pending: char,
    pub is_missing: char,
    pub is_wrong: char,
    pub is_unknown: char,
    pub is_not_due: char,
    /// Which way a promotion goes.
    pub downwards: char,
    pub upwards: char,
}

impl Glyphs {
    /// Returns the Unicode set.
    pub const fn unicode() -> Self {
        Self {
            line: '─',
            heavy: '━',
            lacking: '╌',
            vertical: '│',
            dashed: '╎',
            horizontal: '─',
            down_right: '╭',
            down_left: '╮',
            up_right: '╰',
            up_left: '╯',
            tee_up: '┴',
            tee_down: '┬',
            commit: '○',
            merge: '●',
            mark: '◆',
            fix: 'H',
            pending: '◌',
            conflict: '×',
            revert: '!',
            fold: '·',
            cut: '…',
            pointer: '>',
            is_in: '✓',
            is_equivalent: '≈',
            is_pending: '◌',
            is_missing: '✗',
            is_wrong: '!',
            is_unknown: '?',
            is_not_due: '·',
            downwards: '↓',
            upwards: '↑',
        }
    }

    /// Returns the ASCII set.
    pub const fn ascii() -> Self {
        Self {
            line: '-',
            heavy: '=',
            lacking: '.',
            vertical: '|',
            dashed: ':',
            horizontal: '-',
            down_right: '+',
            down_left: '+',
            up_right: '+',
            up_left: '+',
            tee_up: '+',
            tee_down: '+',
            commit: 'o',
            merge: '@',
            mark: '#',
            fix: 'H',
            pending: '?',
            conflict: 'x',
            revert: '!',
            fold: '.',
            cut: '~',
            pointer: '>',
            is_in: '+',
            is_equivalent: '~',
            is_pending: '?',
            is_missing: '!',
            is_wrong: '!',
            is_unknown: '?',
            is_not_due: '.',
            downwards: 'v',
            upwards: '^',
        }
    }

    /// Returns the line under the graph that explains the glyphs.
    pub fn legend(&self) -> String {
        format!(
            "{} commit  {} merge  {} tag/deploy  {} hotfix commit  {} open request  {} conflict  {lacking}{lacking}{lacking} should have it, has not  {fold}12{fold} folded",
            self.commit,
            self.merge,
            self.mark,
            self.fix,
            self.pending,
            self.conflict,
            lacking = self.lacking,
            fold = self.fold,
        )
    }

    /// Returns every glyph, for the test of widths.
    #[cfg(test)]
    fn all(&self) -> Vec<char> {
        vec![
            self.line,
            self.heavy,
            self.lacking,
            self.vertical,
            self.dashed,
            self.horizontal,
            self.down_right,
            self.down_left,
            self.up_right,
            self.up_left,
            self.tee_up,
            self.tee_down,
            self.commit,
            self.merge,
            self.mark,
            self.fix,
            self.pending,
            self.conflict,
            self.revert,
            self.fold,
            self.cut,
            self.pointer,
            self.is_in,
            self.is_equivalent,
            self.is_pending,
            self.is_missing,
            self.is_wrong,
            self.is_unknown,
            self.is_not_due,
            self.downwards,
            self.upwards,
        ]
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthChar;

    use super::*;

    #[test]
    fn every_glyph_is_one_cell_wide() {
        for glyph in Glyphs::unicode()
            .all()
            .into_iter()
            .chain(Glyphs::ascii().all())
        {
            assert_eq!(glyph.width(), Some(1), "{glyph}");
        }
        assert!(Glyphs::ascii().all().iter().all(char::is_ascii));
    }
}
