//! Answers that outlive the process: what git said about full ids, in one file of our own repository, so that a
//! command that looks again at an unchanged world computes nothing twice.
//!
//! The questions name the version of git; ids name their content, so an answer never grows old. A line is its own digest,
//! the digest of its question, and the answer as JSON. Only what is asked is read: a line that was cut off or damaged is
//! as if it were not there. Losing the file costs time only.

use std::collections::HashMap;
use std::collections::HashSet;
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

use super::laid_out::put;
use super::repo::Repo;
use super::tree::to_digits;

/// Some ten thousand answers, in bytes. A file that has grown beyond is begun anew with the newest of half that length.
const LARGEST: usize = 4 << 20;
/// Raised when the same question gets another answer than before: what was kept until then counts no more.
const EDITION: u32 = 6;
/// Digits of the digest of what follows in a line.
const OF_LINE: usize = 16;
/// Digits of the digest of a question: two questions must never meet.
const OF_QUESTION: usize = 40;
/// What stands before the answer in a line, with the blanks.
const OF_HEAD: usize = OF_LINE + 1 + OF_QUESTION + 1;

/// The file, read when it is first asked.
#[derive(Debug)]
pub(super) struct Shelf {
    path: PathBuf,
    answers: Mutex<Option<Answers>>,
}

/// The file as it was and what was added since, and where in it the line of each question is, without the newline.
#[derive(Debug, Default)]
struct Answers {
    bytes: Vec<u8>,
    lines: HashMap<Question, Range<usize>>,
    /// The questions whose lines are not in the file any more: they are written there again when they are asked.
    older: HashSet<Question>,
}

/// The digest of a question.
type Question = [u8; OF_QUESTION];

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

    /// Returns an answer that was kept, by whatever process.
    pub(super) fn get<T: DeserializeOwned>(&self, question: &str) -> Option<T> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = answers.get_or_insert_with(|| Answers::read(&self.path));
        let question = digest(question.as_bytes(), OF_QUESTION);
        let question: &Question = question.as_bytes().first_chunk()?;
        let line = answers.line_of(question)?;
        let answer = serde_json::from_slice(line.get(OF_HEAD..)?).ok()?;
        if answers.older.contains(question) {
            let again = [line, b"\n"].concat();
            self.append(&again);
            answers.older.remove(question);
        }
        Some(answer)
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
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        self.append(text.as_bytes());
        // Where nothing was read yet it is found in the file.
        if let Some(known) = &mut *answers {
            known.add(text.as_bytes());
            // A process that goes on for long takes up no more than what it would read.
            if known.bytes.len() > 2 * LARGEST {
                *answers = None;
            }
        }
    }

    /// One write at the end of the file: lines of two processes do not mix.
    fn append(&self, lines: &[u8]) {
        let written = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.path)
            .and_then(|mut file| file.write_all(lines));
        if let Err(error) = written {
            tracing::debug!(%error, "cannot keep answers of git");
        }
    }
}

impl Answers {
    fn read(path: &Path) -> Self {
        let mut answers = Self::default();
        answers.add(&std::fs::read(path).unwrap_or_default());
        if answers.bytes.len() > LARGEST {
            answers.halve(path);
        }
        answers
    }

    fn add(&mut self, lines: &[u8]) {
        let mut start = self.bytes.len();
        self.bytes.extend_from_slice(lines);
        for line in lines.split(|byte| *byte == b'\n') {
            let question = line.get(OF_LINE + 1..).and_then(<[u8]>::first_chunk);
            if let Some(question) = question {
                self.lines.insert(*question, start..start + line.len());
                self.older.remove(question);
            }
            start += line.len() + 1;
        }
    }

    /// Leaves the newest lines in the file. What others write meanwhile is lost: they compute it again.
    fn halve(&mut self, path: &Path) {
        let about = self.bytes.len() - LARGEST / 2;
        let end = self.bytes[about..].iter().position(|byte| *byte == b'\n');
        let begin = end.map_or(self.bytes.len(), |end| about + end + 1);
        if let Err(error) = put(path, &self.bytes[begin..]) {
            tracing::debug!(%error, "cannot begin the answers of git anew");
            return;
        }
        let older = self.lines.iter().filter(|(_, range)| range.start < begin);
        self.older = older.map(|(question, _)| *question).collect();
    }

    /// Returns the line of this question, if it is whole.
    fn line_of(&self, question: &Question) -> Option<&[u8]> {
        let line = &self.bytes[self.lines.get(question)?.clone()];
        let (of_line, rest) = line.split_at(OF_LINE);
        let is_whole = digest(rest.strip_prefix(b" ")?, OF_LINE).as_bytes() == of_line;
        is_whole.then_some(line)
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

    #[test]
    fn a_file_that_grew_too_large_keeps_what_is_new_and_what_is_still_asked_for() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let old = [("early".to_owned(), 1), ("forgotten".to_owned(), 2)];
        Shelf::new(dir.path()).keep(&old);
        let long = "x".repeat(LARGEST / 8);
        for round in 0..24 {
            // Each is a process of its own.
            let shelf = Shelf::new(dir.path());
            assert_eq!(shelf.get("early"), Some(1), "round {round}");
            shelf.keep(&[(format!("round {round}"), &long)]);
            assert_eq!(shelf.get(&format!("round {round}")), Some(long.clone()));
        }
        let last = Shelf::new(dir.path());
        assert_eq!(last.get("round 23"), Some(long));
        assert_eq!(last.get::<u8>("forgotten"), None);
        let size = std::fs::metadata(dir.path().join("answers")).expect("there");
        assert!(size.len() < 2 * LARGEST as u64, "{}", size.len());
    }
}
