//! One conflicted path and the decisions about it.

use std::borrow::Cow;

use sha2::Digest;
use sha2::Sha256;

use crate::model::Bytes;
use crate::model::CommitId;
use crate::model::ConflictFile;
use crate::model::ConflictSide;
use crate::model::DriverText;
use crate::model::Hunk;
use crate::model::Piece;

use super::choice::Choice;
use super::choice::DELETED_FOLDER;
use super::choice::FIX_FOR_FOLDER;
use super::choice::Standing;
use super::choice::TEXT_FOR_FOLDER;
use super::choice::Whole;
use super::markers;

/// A conflicted path while it is being decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileWork {
    pub file: ConflictFile,
    /// From 1; later ones are about what conflicts with decisions of the earlier ones.
    pub round: usize,
    /// One per hunk.
    pub hunks: Vec<Standing<Choice>>,
    /// A decision about the path as a whole; it goes before those about hunks.
    pub whole: Standing<Whole>,
    /// What a merge driver of the clone makes of it; none where none was asked, or it did not end well.
    pub driver: Option<DriverText>,
}

/// What a path becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecidedWith {
    Nothing,
    Id { mode: u32, id: CommitId },
    Bytes { mode: u32, bytes: Bytes },
}

/// A path with its decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedPath {
    pub path: String,
    pub with: DecidedWith,
    /// In words, for the record.
    pub how: String,
}

impl FileWork {
    /// Begins with nothing decided.
    pub fn new(file: ConflictFile) -> Self {
        Self {
            hunks: file.hunks().map(|_| Standing::Open).collect(),
            round: 1,
            file,
            whole: Standing::Open,
            driver: None,
        }
    }

    /// Returns what the merge driver makes of it, while that is not what is decided or offered already.
    pub fn driver_offer(&self) -> Option<&DriverText> {
        let is_taken = |whole| self.is_by_driver(whole);
        let driver = self.driver.as_ref();
        driver.filter(|_| !self.whole.shown().is_some_and(is_taken))
    }

    /// Tells whether a decision takes what the merge driver makes of it.
    pub fn is_by_driver(&self, whole: &Whole) -> bool {
        let driver = self.driver.as_ref();
        driver.is_some_and(|driver| matches!(whole, Whole::Text(text) if *text == driver.text))
    }

    /// Tells whether it is decided line by line.
    pub fn is_text(&self) -> bool {
        !self.hunks.is_empty()
    }

    /// Returns how many decisions it needs, and how many are made.
    pub fn count(&self) -> (usize, usize) {
        let needed = self.hunks.len().max(1);
        if self.whole.decided().is_some() {
            return (
                needed,
                if self.markers_left().is_empty() {
                    needed
                } else {
                    0
                },
            );
        }
        let hunks = self.file.hunks().zip(&self.hunks);
        let done = hunks.filter(|(hunk, standing)| is_done(hunk, standing));
        (needed, done.count())
    }

    /// Tells whether nothing is left to decide.
    pub fn is_decided(&self) -> bool {
        let (needed, done) = self.count();
        needed == done
    }

    /// Tells whether a hunk is decided, by itself or with the whole path.
    pub fn is_hunk_decided(&self, at: usize) -> bool {
        self.whole.decided().is_some()
            || self
                .file
                .hunks()
                .zip(&self.hunks)
                .nth(at)
                .is_some_and(|(hunk, standing)| is_done(hunk, standing))
    }

    /// Returns how many decisions were made or are offered, whether or not more are needed.
    pub(super) fn standing(&self) -> usize {
        let hunks = self.hunks.iter().filter(|hunk| **hunk != Standing::Open);
        usize::from(self.whole != Standing::Open) + hunks.count()
    }

    /// Returns the lines with markers that a person left in what they wrote.
    pub fn markers_left(&self) -> Vec<usize> {
        match self.whole.decided() {
            Some(Whole::Text(text)) => {
                let sides: Vec<&Bytes> = self
                    .file
                    .pieces
                    .iter()
                    .flat_map(|piece| match piece {
                        Piece::Agreed(text) => vec![text],
                        Piece::Hunk(hunk) => vec![&hunk.base, &hunk.target, &hunk.fix],
                    })
                    .collect();
                markers::left_in(text, &sides)
            }
            Some(Whole::Target | Whole::Fix | Whole::Delete) => Vec::new(),
            None => {
                let hunks = self.file.hunks().zip(&self.hunks);
                hunks
                    .flat_map(|(hunk, standing)| left_in(hunk, standing))
                    .collect()
            }
        }
    }

    /// Returns the file as decided; none while something is open.
    pub fn decided(&self) -> Option<DecidedPath> {
        if !self.is_decided() {
            return None;
        }
        let file = &self.file;
        let of_side = |side: &Option<ConflictSide>| {
            side.as_ref()
                .map_or(DecidedWith::Nothing, |side| DecidedWith::Id {
                    mode: side.mode,
                    id: side.id.clone(),
                })
        };
        let with = match self.whole.decided() {
            Some(Whole::Target) => of_side(&file.target),
            Some(Whole::Fix) => of_side(&file.fix),
            Some(Whole::Delete) => DecidedWith::Nothing,
            Some(Whole::Text(text)) => DecidedWith::Bytes {
                mode: self.text_mode(),
                bytes: text.clone(),
            },
            None => DecidedWith::Bytes {
                mode: file.merged_mode(),
                bytes: self.text_with(|_, standing| standing.decided().cloned())?,
            },
        };
        Some(DecidedPath {
            path: file.path.clone(),
            with,
            how: self.how(),
        })
    }

    /// Returns the mode of a text that was written: a link, submodule or folder becomes a plain file.
    pub fn text_mode(&self) -> u32 {
        let mode = self.file.merged_mode();
        if mode & 0o170_000 == 0o100_000 {
            mode
        } else {
            0o100_644
        }
    }

    /// Returns the text with a choice for every hunk; none where one has none.
    pub fn text_with(
        &self,
        choice: impl Fn(usize, &Standing<Choice>) -> Option<Choice>,
    ) -> Option<Bytes> {
        let mut text = Vec::new();
        let mut at = 0;
        for piece in &self.file.pieces {
            match piece {
                Piece::Agreed(agreed) => text.extend(&agreed.0),
                Piece::Hunk(hunk) => {
                    let standing = self.hunks.get(at)?;
                    text.extend(choice(at, standing)?.lines(hunk).0);
                    at += 1;
                }
            }
        }
        Some(Bytes(text))
    }

    /// Returns the text for an editor: what is chosen as chosen, what is open between markers with these labels.
    pub fn draft(&self, target: &str, fix: &str) -> Option<Bytes> {
        if let Some(Whole::Text(text)) = self.whole.decided() {
            return Some(text.clone());
        }
        if !self.is_text() {
            return None;
        }
        let mut text = Vec::new();
        let mut at = 0;
        for piece in &self.file.pieces {
            match piece {
                Piece::Agreed(agreed) => text.extend(&agreed.0),
                Piece::Hunk(hunk) => {
                    match self.hunks.get(at).and_then(Standing::decided) {
                        Some(choice) => text.extend(choice.lines(hunk).0),
                        None => marked(&mut text, hunk, target, fix),
                    }
                    at += 1;
                }
            }
        }
        Some(Bytes(text))
    }

    /// Returns a decision about the whole path in words: a side may not have it, or have a folder that goes.
    pub fn words_of(&self, whole: &Whole) -> Cow<'static, str> {
        let driver = self.driver.as_ref();
        // Drivers merge files, so there is no folder. Who reads it later may have a clone without that driver.
        if let Some(driver) = driver.filter(|_| self.is_by_driver(whole)) {
            return format!("taken as the merge driver {} made it", driver.name.show()).into();
        }
        let is_folder =
            |side: &Option<ConflictSide>| side.as_ref().is_some_and(ConflictSide::is_folder);
        let file = &self.file;
        let has_folder = is_folder(&file.target) || is_folder(&file.fix);
        let words = match whole {
            Whole::Target if file.target.is_none() => "left out, as in the target",
            Whole::Fix if file.fix.is_none() => "left out, as in the fix",
            Whole::Target if is_folder(&file.fix) => {
                "kept as the target has it, without the folder of the fix"
            }
            Whole::Fix if is_folder(&file.target) => FIX_FOR_FOLDER,
            Whole::Delete if is_folder(&file.target) => DELETED_FOLDER,
            Whole::Delete if has_folder => "deleted, without the folder of the fix",
            Whole::Text(_) if is_folder(&file.target) => TEXT_FOR_FOLDER,
            Whole::Text(_) if has_folder => "edited, without the folder of the fix",
            Whole::Target | Whole::Fix | Whole::Delete | Whole::Text(_) => whole.words(),
        };
        words.into()
    }

    /// Returns how it was decided, in words.
    fn how(&self) -> String {
        let reused = |from: &Option<String>| {
            from.as_ref()
                .map_or_else(String::new, |from| format!(", reused from {from}"))
        };
        if let Standing::Decided { choice, from } = &self.whole {
            return format!("{}{}", self.words_of(choice), reused(from));
        }
        let words: Vec<String> = self
            .hunks
            .iter()
            .filter_map(|standing| match standing {
                Standing::Decided { choice, from } => {
                    Some(format!("{}{}", choice.words(), reused(from)))
                }
                Standing::Open | Standing::Offered { .. } => None,
            })
            .collect();
        match words.as_slice() {
            [only] => only.clone(),
            many if many.windows(2).all(|pair| pair[0] == pair[1]) => {
                format!(
                    "{} hunks: {}",
                    many.len(),
                    many.first().map_or("", String::as_str)
                )
            }
            many => {
                let each = many.iter().enumerate();
                let each: Vec<String> = each
                    .map(|(n, words)| format!("hunk {} {words}", n + 1))
                    .collect();
                each.join("; ")
            }
        }
    }

    /// Returns what names the conflict of the whole path: the same three versions at the same place.
    pub fn key(&self) -> String {
        let side = |side: &Option<ConflictSide>| {
            side.as_ref().map_or_else(
                || "-".to_owned(),
                |side| format!("{:o}:{}", side.mode, side.id),
            )
        };
        let file = &self.file;
        digest(&[
            b"path",
            file.path.as_bytes(),
            side(&file.base).as_bytes(),
            side(&file.target).as_bytes(),
            side(&file.fix).as_bytes(),
        ])
    }

    /// Returns what names each hunk: the same lines on each side, wherever they are.
    pub fn hunk_keys(&self) -> Vec<String> {
        self.file.hunks().map(hunk_key).collect()
    }
}

fn hunk_key(hunk: &Hunk) -> String {
    digest(&[b"hunk", &hunk.base.0, &hunk.target.0, &hunk.fix.0])
}

/// Returns hex SHA-256 over the parts, each with its length, so that no two lists of parts look the same.
fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_string());
        hasher.update(b":");
        hasher.update(part);
    }
    let digits = hasher.finalize();
    digits.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_done(hunk: &Hunk, standing: &Standing<Choice>) -> bool {
    standing.decided().is_some() && left_in(hunk, standing).is_empty()
}

fn left_in(hunk: &Hunk, standing: &Standing<Choice>) -> Vec<usize> {
    match standing.decided() {
        Some(Choice::Text(text)) => markers::left_in(text, &[&hunk.base, &hunk.target, &hunk.fix]),
        Some(Choice::Take(_)) | None => Vec::new(),
    }
}

/// Appends a hunk between markers, for an editor.
fn marked(text: &mut Vec<u8>, hunk: &Hunk, target: &str, fix: &str) {
    let side = |text: &mut Vec<u8>, lines: &Bytes| {
        text.extend(&lines.0);
        if !lines.is_empty() && !lines.0.ends_with(b"\n") {
            text.push(b'\n');
        }
    };
    text.extend(format!("<<<<<<< {target}\n").into_bytes());
    side(text, &hunk.target);
    text.extend(b"||||||| base\n");
    side(text, &hunk.base);
    text.extend(b"=======\n");
    side(text, &hunk.fix);
    text.extend(format!(">>>>>>> {fix}\n").into_bytes());
}
