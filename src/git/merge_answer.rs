//! What `git merge-tree` prints, read into results.

use crate::model::ConflictKind;
use crate::model::Judge;

use super::error::Error;
use super::merge::Conflict;
use super::merge::MergeResult;
use super::objects::parse_id;
use super::tree::SUBMODULE;

/// Reads the answers of a `--stdin` run: as many as are there, at most `most`. A run that ends early has answered
/// everything before the pair that ended it.
pub(super) fn parse_many(printed: &[u8], most: usize) -> Vec<MergeResult> {
    let mut tokens = printed.split(|byte| *byte == 0);
    let mut results = Vec::with_capacity(most);
    while results.len() < most {
        let is_clean = match tokens.next() {
            Some(b"1") => true,
            Some(b"0") => false,
            Some(_) | None => break,
        };
        match parse(&mut tokens, is_clean) {
            Ok(result) => results.push(result),
            Err(_) => break,
        }
    }
    results
}

/// Reads one result of `merge-tree -z`: tree, stages, an empty field, messages, an empty field.
pub(super) fn parse<'a>(
    tokens: &mut impl Iterator<Item = &'a [u8]>,
    is_clean: bool,
) -> Result<MergeResult, Error> {
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
    Ok(MergeResult {
        tree: parse_id("merge-tree", &tree)?,
        is_clean,
        conflicts: conflicts(&stages, &notes, is_clean),
        by: Judge::Git,
    })
}

/// One side of a conflicted path.
struct Stage {
    mode: u32,
    id: Vec<u8>,
    path: Vec<u8>,
}

impl Stage {
    /// Reads `<mode> <id> <stage>\t<path>`.
    fn parse(token: &[u8]) -> Option<Self> {
        let tab = token.iter().position(|b| *b == b'\t')?;
        let mut words = token[..tab].split(|b| *b == b' ');
        let mode = u32::from_str_radix(std::str::from_utf8(words.next()?).ok()?, 8).ok()?;
        Some(Self {
            mode,
            id: words.next()?.to_vec(),
            path: token[tab + 1..].to_vec(),
        })
    }
}

/// What git says about some paths; `kind` is a stable short word.
struct Note {
    paths: Vec<Vec<u8>>,
    kind: String,
}

fn conflicts(stages: &[Stage], notes: &[Note], is_clean: bool) -> Vec<Conflict> {
    if is_clean {
        return Vec::new();
    }
    let mut paths: Vec<Vec<u8>> = stages.iter().map(|stage| stage.path.clone()).collect();
    let troubled = notes
        .iter()
        .filter(|note| note.kind.starts_with("CONFLICT"));
    if paths.is_empty() {
        // Some conflicts leave no stages, such as a folder that seems renamed.
        paths.extend(troubled.flat_map(|note| note.paths.first().cloned()));
    }
    paths.sort_unstable();
    paths.dedup();
    let conflict = |path: Vec<u8>| Conflict {
        kind: kind_of(&path, stages, notes),
        path,
    };
    paths.into_iter().map(conflict).collect()
}

fn kind_of(path: &[u8], stages: &[Stage], notes: &[Note]) -> ConflictKind {
    let sides: Vec<&Stage> = stages.iter().filter(|stage| stage.path == path).collect();
    let says = |word: &str| {
        notes
            .iter()
            .filter(|note| note.kind.starts_with("CONFLICT"))
            .any(|note| note.kind.contains(word) && note.paths.iter().any(|p| p == path))
    };
    let has_same_content = sides.len() > 1 && sides.iter().all(|side| side.id == sides[0].id);
    if says("submodule") || sides.iter().any(|side| side.mode == SUBMODULE) {
        ConflictKind::Submodule
    } else if says("rename") {
        ConflictKind::Rename
    } else if says("modify/delete") {
        ConflictKind::ModifyDelete
    } else if says("binary") {
        ConflictKind::Binary
    } else if says("distinct") || says("file/directory") || has_same_content {
        ConflictKind::Mode
    } else {
        ConflictKind::Content
    }
}
