//! Borders and marks of the console in two columns, Unicode and ASCII; the graph's own are the engine's.

use crate::engine::lanes;

/// A border: corners, edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Border {
    pub top_left: char,
    pub top_right: char,
    pub bottom_left: char,
    pub bottom_right: char,
    pub horizontal: char,
    pub vertical: char,
}

/// Every glyph outside of the lane graph.
#[derive(Debug, Clone)]
pub struct Glyphs {
    pub graph: lanes::Glyphs,
    pub border: Border,
    /// Around what changes production.
    pub double: Border,
    /// Ends a text that was cut.
    pub cut: char,
    /// Ends a sentence that was cut behind a word.
    pub more: &'static str,
    pub pointer: char,
    /// An empty place in a field.
    pub blank: char,
}

const PLAIN: Border = Border {
    top_left: '+',
    top_right: '+',
    bottom_left: '+',
    bottom_right: '+',
    horizontal: '-',
    vertical: '|',
};

impl Glyphs {
    /// Returns the Unicode set.
    pub fn unicode() -> Self {
        Self {
            graph: lanes::Glyphs::unicode(),
            border: Border {
                top_left: '┌',
                top_right: '┐',
                bottom_left: '└',
                bottom_right: '┘',
                horizontal: '─',
                vertical: '│',
            },
            double: Border {
                top_left: '╔',
                top_right: '╗',
                bottom_left: '╚',
                bottom_right: '╝',
                horizontal: '═',
                vertical: '║',
            },
            cut: '…',
            more: "…",
            pointer: '>',
            blank: '_',
        }
    }

    /// Returns the ASCII set.
    pub fn ascii() -> Self {
        Self {
            graph: lanes::Glyphs::ascii(),
            border: PLAIN,
            double: Border {
                horizontal: '=',
                vertical: '#',
                top_left: '#',
                top_right: '#',
                bottom_left: '#',
                bottom_right: '#',
            },
            cut: '~',
            more: "...",
            pointer: '>',
            blank: '_',
        }
    }
}

impl Default for Glyphs {
    fn default() -> Self {
        Self::unicode()
    }
}
