//! Ranges as people write them.

use super::fault::Fault;
use super::fault::FaultKind;

/// Returns the ends of a range `A..B`; none where the words are no range.
///
/// # Errors
/// With three dots: git means by them what either side has and the other one has not, which is no line of commits.
pub(super) fn ends(words: &str) -> Result<Option<(&str, &str)>, Fault> {
    let Some((from, to)) = words.split_once("..") else {
        return Ok(None);
    };
    match to.strip_prefix('.') {
        Some(to) => Err(
            Fault::new(FaultKind::User, format!("{words} is no line of commits"))
                .hint(format!("Write two dots: {from}..{to}")),
        ),
        None => Ok(Some((from, to))),
    }
}
