//! Words for one and for many.

/// Returns what follows a noun that is counted.
pub fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
