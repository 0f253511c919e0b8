//! Answers that outlive the process: what git said about full ids, in one file of our own repository, so that a
//! command that looks again at an unchanged world computes nothing twice.
//!
//! The questions name the version of git; ids name their content, so an answer never grows old. Each line carries a
//! digest: a line that was cut off or damaged is as if it were not there. Losing the file costs time only.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::Write;
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
/// Digits of the digest before each line.
const DIGITS: usize = 16;

/// The file, read when it is first asked.
#[derive(Debug)]
pub(super) struct Shelf {
    path: PathBuf,
    /// Answers as JSON by question.
    answers: Mutex<Option<HashMap<String, String>>>,
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
        let answers = answers.get_or_insert_with(|| read(&self.path));
        serde_json::from_str(answers.get(question)?).ok()
    }

    /// Keeps answers for later processes. One that cannot be kept is computed again: nothing is lost but time.
    pub(super) fn keep<T: Serialize>(&self, answers: &[(String, T)]) {
        let mut text = String::new();
        for (question, answer) in answers {
            let Ok(answer) = serde_json::to_string(answer) else {
                continue;
            };
            if let Ok(line) = serde_json::to_string(&(question, answer)) {
                text.push_str(&format!("{} {line}\n", digest(&line)));
            }
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

impl Repo {
    /// Names a question by everything that the answer depends on.
    pub(super) fn shelf_question(&self, words: &[String]) -> String {
        format!("{}\n{}", self.git().version(), words.join("\n"))
    }
}

fn read(path: &Path) -> HashMap<String, String> {
    if path.metadata().is_ok_and(|meta| meta.len() > LARGEST) {
        // If it stays, it is only read in vain again.
        let _kept = std::fs::remove_file(path);
    }
    let bytes = std::fs::read(path).unwrap_or_default();
    let one = |line: &[u8]| {
        let line = std::str::from_utf8(line).ok()?;
        let (digits, line) = line.split_once(' ')?;
        if digits != digest(line) {
            return None;
        }
        serde_json::from_str::<(String, String)>(line).ok()
    };
    bytes.split(|byte| *byte == b'\n').filter_map(one).collect()
}

fn digest(line: &str) -> String {
    let mut digits = to_digits(&Sha256::digest(line.as_bytes()));
    digits.truncate(DIGITS);
    digits
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
        // A digit turned over in the first line, and the last line cut off.
        let damaged = whole.replacen('1', "7", 1);
        std::fs::write(&path, &damaged[..damaged.len() - 4]).expect("written");
        let third = Shelf::new(dir.path());
        let left = [third.get::<u8>("a"), third.get("b\nc"), third.get("d")];
        assert_eq!(left, [None, Some(2), None]);
    }
}
