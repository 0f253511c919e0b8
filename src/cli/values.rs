//! Values on the command line that need more than their type's own parser.

use crate::engine::resolve::Source;
use crate::model::Subject;
use crate::playbook::ConflictPolicy;

/// Reads `question=text`.
pub(super) fn question_and_answer(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((question, answer)) if !question.trim().is_empty() => {
            Ok((question.trim().to_owned(), answer.trim().to_owned()))
        }
        Some(_) | None => Err("expected QUESTION=TEXT".to_owned()),
    }
}

/// Reads a conflict policy.
pub(super) fn policy(text: &str) -> Result<ConflictPolicy, String> {
    ConflictPolicy::of_word(text).ok_or_else(|| {
        let words = ConflictPolicy::ALL.map(ConflictPolicy::word);
        format!("expected one of {}", words.join(", "))
    })
}

/// Reads how many of something are wanted: at least one.
pub(super) fn count(text: &str) -> Result<usize, String> {
    let count = text.parse::<usize>().ok().filter(|count| *count > 0);
    count.ok_or_else(|| "expected a number from 1 on".to_owned())
}

/// Reads what an approval is about: `12`, `!12`, `#12` or `deployment:3`.
pub(super) fn subject(text: &str) -> Result<Subject, String> {
    if let Some(id) = text.strip_prefix("deployment:") {
        let id = id.parse().map_err(|error| format!("{error}"))?;
        return Ok(Subject::Deployment(id));
    }
    text.parse().map(Subject::Request).map_err(|_| {
        format!("`{text}` is neither a change request (`12`) nor a deployment (`deployment:3`)")
    })
}

/// What a diff is wanted of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffWords {
    Subject(Subject),
    /// A commit by any revision.
    Rev(String),
}

/// Reads what a diff is wanted of: `12`, `deployment:3` or `commit:REV`.
pub(super) fn diff_of(text: &str) -> Result<DiffWords, String> {
    match text.strip_prefix("commit:") {
        Some(rev) => Ok(DiffWords::Rev(rev.to_owned())),
        None => subject(text)
            .map(DiffWords::Subject)
            .map_err(|why| format!("{why}; a commit is written `commit:REV`")),
    }
}

/// Reads the first digits of a commit id, at least seven.
pub(super) fn digits(text: &str) -> Result<String, String> {
    let text = text.to_lowercase();
    let is_hex = text.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hex && (7..=64).contains(&text.len()) {
        Ok(text)
    } else {
        Err("expected a commit id, or its first seven digits or more".to_owned())
    }
}

/// Reads `path=side`; a path may hold the sign.
pub(super) fn path_and_side(text: &str) -> Result<(String, Source), String> {
    match text.rsplit_once('=') {
        Some((path, side)) if !path.is_empty() => Ok((path.to_owned(), side.parse()?)),
        Some(_) | None => Err("expected PATH=target, PATH=fix or PATH=both".to_owned()),
    }
}

/// Reads `path=how`, as a plan prints it.
pub(super) fn path_and_words(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((path, how)) => Ok((path.to_owned(), how.to_owned())),
        None => Err("expected PATH=HOW".to_owned()),
    }
}
