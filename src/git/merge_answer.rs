//! What `git merge-tree` prints, read into results.

use crate::model::CommitId;
use crate::model::ConflictKind;
use crate::model::Judge;

use super::error::Error;
use super::merge::Conflict;
use super::merge::MergeResult;
use super::objects::parse_id;
use super::tree::SUBMODULE;

/// The stage of the side that is merged into.
pub(super) const TARGET: u8 = 2;
/// The stage of the side that is merged.
pub(super) const FIX: u8 = 3;

/// What git said of one merge.
pub(super) struct Answer {
    pub(super) tree: CommitId,
    pub(super) is_clean: bool,
    pub(super) stages: Vec<Stage>,
    /// The paths at which the sides are of different types, once they are put together (`aside`).
    pub(super) types: Vec<Vec<u8>>,
    notes: Vec<Note>,
}

/// Reads the answers of a `--stdin` run: as many as are there, at most `most`. A run that ends early has answered
/// everything before the pair that ended it.
pub(super) fn parse_many(printed: &[u8], most: usize) -> Vec<Answer> {
    let mut tokens = printed.split(|byte| *byte == 0);
    let mut answers = Vec::with_capacity(most);
    while answers.len() < most {
        let is_clean = match tokens.next() {
            Some(b"1") => true,
            Some(b"0") => false,
            Some(_) | None => break,
        };
        match parse(&mut tokens, is_clean) {
            Ok(answer) => answers.push(answer),
            Err(_) => break,
        }
    }
    answers
}

/// Reads one answer of `merge-tree -z`: tree, stages, an empty field, messages, an empty field.
pub(super) fn parse<'a>(
    tokens: &mut impl Iterator<Item = &'a [u8]>,
    is_clean: bool,
) -> Result<Answer, Error> {
    let odd = || Error::Answer {
        verb: "merge-tree".into(),
        why: "an answer is cut off".into(),
    };
    let tree = String::from_utf8_lossy(tokens.next().ok_or_else(odd)?).into_owned();
    let mut stages: Vec<Stage> = Vec::new();
    loop {
        let token = tokens.next().ok_or_else(odd)?;
        if token.is_empty() {
            break;
        }
        stages.push(Stage::parse(token).ok_or_else(odd)?);
    }
    let mut notes: Vec<Note> = Vec::new();
    if !is_clean {
        while let Some(count) = tokens.next().filter(|token| !token.is_empty()) {
            let count: usize = std::str::from_utf8(count)
                .ok()
                .and_then(|text| text.parse().ok())
                .ok_or_else(odd)?;
            let paths = tokens.by_ref().take(count).map(<[u8]>::to_vec).collect();
            let kind = String::from_utf8_lossy(tokens.next().ok_or_else(odd)?).into_owned();
            tokens.next().ok_or_else(odd)?;
            notes.push(Note { paths, kind });
        }
    }
    Ok(Answer {
        tree: parse_id("merge-tree", &tree)?,
        is_clean,
        stages,
        types: Vec::new(),
        notes,
    })
}

/// One side of a conflicted path.
pub(super) struct Stage {
    pub(super) mode: u32,
    pub(super) id: CommitId,
    /// 1 is the base.
    pub(super) number: u8,
    pub(super) path: Vec<u8>,
}

impl Stage {
    /// Reads `<mode> <id> <stage>\t<path>`.
    fn parse(token: &[u8]) -> Option<Self> {
        let tab = token.iter().position(|b| *b == b'\t')?;
        let mut words = std::str::from_utf8(&token[..tab]).ok()?.split(' ');
        Some(Self {
            mode: u32::from_str_radix(words.next()?, 8).ok()?,
            id: words.next()?.parse().ok()?,
            number: words.next()?.parse().ok()?,
            path: token[tab + 1..].to_vec(),
        })
    }
}

/// What git says about some paths; `kind` is a stable short word.
struct Note {
    paths: Vec<Vec<u8>>,
    kind: String,
}

impl Note {
    /// Tells whether it is about a conflict of this sort.
    fn is(&self, word: &str) -> bool {
        self.kind.starts_with("CONFLICT") && self.kind.contains(word)
    }
}

impl Answer {
    /// Returns the path that each note of this sort is about, with the names under which git recorded a side of it.
    pub(super) fn aside(&self, word: &str) -> Vec<(Vec<u8>, Vec<Vec<u8>>)> {
        let mut found = Vec::new();
        for note in self.notes.iter().filter(|note| note.is(word)) {
            // Git makes the names of the path, so it is the shortest.
            let Some(place) = note.paths.iter().min_by_key(|path| path.len()) else {
                continue;
            };
            let is_made = |name: &&Vec<u8>| {
                let label = name.strip_prefix(place.as_slice());
                label.is_some_and(|label| label.starts_with(b"~"))
            };
            let names: Vec<Vec<u8>> = note.paths.iter().filter(is_made).cloned().collect();
            if !names.is_empty() {
                found.push((place.clone(), names));
            }
        }
        found
    }

    /// Returns what a side has at a path.
    pub(super) fn stage(&self, path: &[u8], number: u8) -> Option<&Stage> {
        let mut stages = self.stages.iter();
        stages.find(|stage| stage.path == path && stage.number == number)
    }

    /// Returns what came out, with each conflicted path once.
    pub(super) fn into_result(self) -> MergeResult {
        MergeResult {
            conflicts: self.conflicts(),
            tree: self.tree,
            is_clean: self.is_clean,
            by: Judge::Git,
        }
    }

    fn conflicts(&self) -> Vec<Conflict> {
        if self.is_clean {
            return Vec::new();
        }
        let mut paths: Vec<Vec<u8>> = self.stages.iter().map(|stage| stage.path.clone()).collect();
        if paths.is_empty() {
            // Some conflicts leave no stages, such as a folder that seems renamed.
            let troubled = self.notes.iter().filter(|note| note.is(""));
            paths.extend(troubled.flat_map(|note| note.paths.first().cloned()));
        }
        paths.sort_unstable();
        paths.dedup();
        let conflict = |path: Vec<u8>| Conflict {
            kind: self.kind_of(&path),
            path,
        };
        paths.into_iter().map(conflict).collect()
    }

    fn kind_of(&self, path: &[u8]) -> ConflictKind {
        let stages = self.stages.iter().filter(|stage| stage.path == path);
        let sides: Vec<&Stage> = stages.collect();
        let says = |word: &str| {
            let mut notes = self.notes.iter().filter(|note| note.is(word));
            notes.any(|note| note.paths.iter().any(|one| one == path))
        };
        let has_same_content = sides.len() > 1 && sides.iter().all(|side| side.id == sides[0].id);
        if self.types.iter().any(|one| one == path) {
            ConflictKind::Type
        } else if says("submodule") || sides.iter().any(|side| side.mode == SUBMODULE) {
            ConflictKind::Submodule
        } else if says("rename") {
            ConflictKind::Rename
        } else if says("modify/delete") {
            ConflictKind::ModifyDelete
        } else if says("binary") {
            ConflictKind::Binary
        } else if has_same_content {
            ConflictKind::Mode
        } else {
            ConflictKind::Content
        }
    }
}
