//! Answers that outlive the process: what git said about full ids, in one file of our own repository, so that a
//! command that looks again at an unchanged world computes nothing twice.
//!
//! The questions name the version of git; ids name their content, so an answer never grows old. A line is its own digest,
//! the digest of its question, and the answer as JSON. Only what is asked is read: a line that was cut off or damaged is
//! as if it were not there. Losing the file costs time only.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Digest;
use sha2::Sha256;

use super::repo::Repo;
use super::tree::to_digits;

/// Some ten thousand answers; a file that has grown beyond is begun anew.
const LARGEST: u64 = 4 << 20;
/// Raised when the same question gets another answer than before: what was kept until then counts no more.
const EDITION: u32 = 2;
/// Digits of the digest of what follows in a line.
const OF_LINE: usize = 16;
/// Digits of the digest of a question: two questions must never meet.
const OF_QUESTION: usize = 40;

/// The file, read when it is first asked.
#[derive(Debug)]
pub(super) struct Shelf {
    path: PathBuf,
    answers: Mutex<Option<Answers>>,
}

/// The file as it was, and where in it the line of each question is, without the newline.
#[derive(Debug, Default)]
struct Answers {
    bytes: Vec<u8>,
    lines: HashMap<[u8; OF_QUESTION], Range<usize>>,
}

impl Shelf {
    pub(super) fn new(dir: &Path) -> Self {
        Self {
            path: dir.join("answers"),
            answers: Mutex::default(),
        }
    }

    /// Forgets everything, after the file is gone.
    pub(super) fn clear(&self) {
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Returns an answer of an earlier process.
    pub(super) fn get<T: DeserializeOwned>(&self, question: &str) -> Option<T> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = answers.get_or_insert_with(|| Answers::read(&self.path));
        serde_json::from_slice(answers.line_of(question)?).ok()
    }

    /// Keeps answers for later processes. One that cannot be kept is computed again: nothing is lost but time.
    pub(super) fn keep<T: Serialize>(&self, answers: &[(String, T)]) {
        let mut text = String::new();
        for (question, answer) in answers {
            let Ok(answer) = serde_json::to_string(answer) else {
                continue;
            };
            let line = format!("{} {answer}", digest(question.as_bytes(), OF_QUESTION));
            text.push_str(&format!("{} {line}\n", digest(line.as_bytes(), OF_LINE)));
        }
        if text.is_empty() {
            return;
        }
        // One write at the end of the file: lines of two processes do not mix.
        let written = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.path)
            .and_then(|mut file| file.write_all(text.as_bytes()));
        if let Err(error) = written {
            tracing::debug!(%error, "cannot keep answers of git");
        }
    }
}

impl Answers {
    fn read(path: &Path) -> Self {
        if path.metadata().is_ok_and(|meta| meta.len() > LARGEST) {
            // If it stays, it is only read in vain again.
            let _kept = std::fs::remove_file(path);
        }
        let bytes = std::fs::read(path).unwrap_or_default();
        let mut lines = HashMap::new();
        let mut start = 0;
        for line in bytes.split(|byte| *byte == b'\n') {
            let question = line.get(OF_LINE + 1..).and_then(<[u8]>::first_chunk);
            if let Some(question) = question {
                lines.insert(*question, start..start + line.len());
            }
            start += line.len() + 1;
        }
        Self { bytes, lines }
    }

    /// Returns the answer in the line of this question, if the line is whole.
    fn line_of(&self, question: &str) -> Option<&[u8]> {
        let question = digest(question.as_bytes(), OF_QUESTION);
        let range = self.lines.get(question.as_bytes())?;
        let (of_line, rest) = self.bytes[range.clone()].split_at(OF_LINE);
        let line = rest.strip_prefix(b" ")?;
        let is_whole = digest(line, OF_LINE).as_bytes() == of_line;
        line.get(OF_QUESTION + 1..).filter(|_| is_whole)
    }
}

impl Repo {
    /// Names a question by everything that the answer depends on.
    pub(super) fn shelf_question(&self, words: &[String]) -> String {
        format!("{EDITION} {}\n{}", self.git().version(), words.join("\n"))
    }
}

fn digest(bytes: &[u8], digits: usize) -> String {
    let mut digest = to_digits(&Sha256::digest(bytes));
    digest.truncate(digits);
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_outlive_the_process_and_damaged_lines_are_as_if_not_there() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let first = Shelf::new(dir.path());
        assert_eq!(first.get::<u8>("a"), None);
        first.keep(&[("a".to_owned(), 1), ("b\nc".to_owned(), 2)]);
        first.keep(&[("d".to_owned(), 3)]);
        let path = dir.path().join("answers");
        let whole = std::fs::read_to_string(&path).expect("written");
        let second = Shelf::new(dir.path());
        assert_eq!(second.get("a"), Some(1));
        assert_eq!(second.get("b\nc"), Some(2));
        // A digit turned over in the first answer, and the last line cut off.
        let damaged = whole.replacen(" 1\n", " 7\n", 1);
        assert_ne!(damaged, whole);
        std::fs::write(&path, &damaged[..damaged.len() - 2]).expect("written");
        let third = Shelf::new(dir.path());
        let left = [third.get::<u8>("a"), third.get("b\nc"), third.get("d")];
        assert_eq!(left, [None, Some(2), None]);
        // What is computed again is said again, and the last word counts.
        third.keep(&[("a".to_owned(), 4), ("a".to_owned(), 5)]);
        assert_eq!(Shelf::new(dir.path()).get("a"), Some(5));
    }
}
