//! What fits: which parts of the screen are left at a given size (console.md 2.2).

/// How much of the screen there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Nothing but a message with the size needed.
    TooSmall,
    /// No borders, presence list only.
    Compact,
    /// Lanes on top, one tabbed pane below.
    Stacked,
    /// Lanes on top, three columns below.
    Columns,
}

/// The smallest size that shows anything, and the smallest with borders and graph.
pub(super) const SMALLEST: (u16, u16) = (40, 12);
pub(super) const FULL: (u16, u16) = (80, 24);

/// Returns what fits into a terminal of this size.
pub fn fit(width: u16, height: u16) -> Fit {
    if width < SMALLEST.0 || height < SMALLEST.1 {
        Fit::TooSmall
    } else if width < FULL.0 || height < FULL.1 {
        Fit::Compact
    } else if width < 100 || height < 30 {
        Fit::Stacked
    } else {
        Fit::Columns
    }
}
