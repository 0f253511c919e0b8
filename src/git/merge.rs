//! Merges in memory by git's own merge-ort, the engine of git and of the forges (libgit2's merge gives wrong
//! answers on real backports). Nothing is checked out; results are trees in our own repository.
//!
//! From git 2.45 on, all merges of a question go through one `git merge-tree --stdin` with plain trees. Older
//! versions take commits only and find the merge base themselves: there each side becomes a commit without a
//! name whose only parent is a commit of the base, so that the base is what we say and the answer is exact.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use serde::Deserialize;
use serde::Serialize;

use crate::model::CommitId;
use crate::model::ConflictKind;
use crate::model::Person;
use crate::model::Timestamp;

use super::command::Command;
use super::command::failed;
use super::commit::RawCommit;
use super::commit::Signing;
use super::commit::signature;
use super::error::Error;
use super::objects::Kind;
use super::objects::parse_id;
use super::repo::Repo;
use super::tree::SUBMODULE;

/// A screen asks about hundreds of pairs; beyond this the old ones are not worth a smarter rule.
const REMEMBERED: usize = 4_096;

/// One three-way merge. With a base, each may be a commit or a tree; without, both are commits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Merge {
    pub(super) base: Option<CommitId>,
    pub(super) ours: CommitId,
    pub(super) theirs: CommitId,
}

/// What came out of a merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MergeResult {
    pub(super) tree: CommitId,
    pub(super) is_clean: bool,
    pub(super) conflicts: Vec<Conflict>,
}

/// A path that both sides claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Conflict {
    pub(super) path: Vec<u8>,
    pub(super) kind: ConflictKind,
}

/// A result, or why git would not merge these (unrelated histories, a missing object).
pub(super) type MergeAnswer = Result<MergeResult, String>;

/// Results by question. The ids are full and git stays the same while we run, so an answer never changes.
#[derive(Debug, Default)]
pub(super) struct MergeCache(Mutex<HashMap<Merge, MergeResult>>);

impl MergeCache {
    fn get(&self, merge: &Merge) -> Option<MergeResult> {
        let results = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        results.get(merge).cloned()
    }

    fn keep(&self, merge: Merge, result: MergeResult) {
        let mut results = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if results.len() >= REMEMBERED {
            results.clear();
        }
        results.insert(merge, result);
    }

    /// Forgets everything, after the objects of the results are gone.
    pub(super) fn clear(&self) {
        let mut results = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        results.clear();
    }
}

impl Repo {
    /// Merges one pair.
    pub(super) fn merge(&self, merge: &Merge) -> Result<MergeAnswer, Error> {
        let mut answers = self.merge_many(std::slice::from_ref(merge))?;
        Ok(answers
            .pop()
            .unwrap_or_else(|| Err("git gave no answer".into())))
    }

    /// Merges all, in the order asked, in as few processes as this git allows.
    pub(super) fn merge_many(&self, merges: &[Merge]) -> Result<Vec<MergeAnswer>, Error> {
        let mut answers: HashMap<&Merge, MergeAnswer> = HashMap::new();
        let mut open: Vec<&Merge> = Vec::new();
        for merge in merges {
            if answers.contains_key(merge) {
                continue;
            }
            let known = self.merges().get(merge);
            match known
                .or_else(|| self.trivial(merge))
                .or_else(|| self.shelved(merge))
            {
                Some(result) => {
                    self.merges().keep(merge.clone(), result.clone());
                    answers.insert(merge, Ok(result));
                }
                None => open.push(merge),
            }
        }
        let mut for_the_shelf = Vec::new();
        for (merge, answer) in open.iter().zip(self.run_merges(&open)?) {
            if let Ok(result) = &answer {
                self.merges().keep((*merge).clone(), result.clone());
                for_the_shelf.push((self.merge_question(merge), result.clone()));
            }
            answers.insert(merge, answer);
        }
        self.shelf().keep(&for_the_shelf);
        let answer = |merge| match answers.get(merge) {
            Some(answer) => answer.clone(),
            None => Err("git gave no answer".into()),
        };
        Ok(merges.iter().map(answer).collect())
    }

    fn run_merges(&self, merges: &[&Merge]) -> Result<Vec<MergeAnswer>, Error> {
        if merges.is_empty() {
            return Ok(Vec::new());
        }
        if !self.git().version().merges_trees() {
            return merges
                .iter()
                .map(|merge| self.merge_commits(merge))
                .collect();
        }
        if let Some(results) = self.merge_batch(merges)? {
            return Ok(results.into_iter().map(Ok).collect());
        }
        // One bad pair ends the whole batch; alone, each of the others gets its answer.
        let alone = |merge: &&Merge| self.merge_trees(merge);
        merges.iter().map(alone).collect()
    }

    /// Begins a `merge-tree`. Its objects can be computed again, so they need not wait for the disk.
    fn merge_tree(&self) -> Command {
        self.command("merge-tree")
            .arg("--write-tree")
            .before("core.fsync=none")
            .before("-c")
    }

    fn merge_batch(&self, merges: &[&Merge]) -> Result<Option<Vec<MergeResult>>, Error> {
        let mut input = String::new();
        for merge in merges {
            if let Some(base) = &merge.base {
                input.push_str(&format!("{base} -- "));
            }
            input.push_str(&format!("{} {}\n", merge.ours, merge.theirs));
        }
        let output = self
            .merge_tree()
            .arg("--stdin")
            .input(input.into_bytes())
            .output()?;
        if !output.is_success() {
            return Ok(None);
        }
        let mut tokens = output.stdout.split(|byte| *byte == 0);
        let mut results = Vec::with_capacity(merges.len());
        for _merge in merges {
            let is_clean = match tokens.next() {
                Some(b"1") => true,
                Some(b"0") => false,
                _other => return Ok(None),
            };
            results.push(parse(&mut tokens, is_clean)?);
        }
        Ok(Some(results))
    }

    fn merge_trees(&self, merge: &Merge) -> Result<MergeAnswer, Error> {
        let mut call = self.merge_tree().arg("-z");
        if let Some(base) = &merge.base {
            call = call.arg(format!("--merge-base={base}"));
        }
        self.single(call.args([merge.ours.as_str(), merge.theirs.as_str()]))
    }

    /// The way of git before 2.45: the wanted base becomes the parent of both sides.
    fn merge_commits(&self, merge: &Merge) -> Result<MergeAnswer, Error> {
        let call = self.merge_tree().arg("-z");
        let Some(base) = &merge.base else {
            return self.single(call.args([merge.ours.as_str(), merge.theirs.as_str()]));
        };
        let parent = self.nameless(base, &[], 0)?;
        // The times differ, so that two equal trees do not become one commit.
        let ours = self.nameless(&merge.ours, std::slice::from_ref(&parent), 1)?;
        let theirs = self.nameless(&merge.theirs, std::slice::from_ref(&parent), 2)?;
        let answer = self.single(call.args([ours.as_str(), theirs.as_str()]))?;
        let Ok(mut result) = answer else {
            return Ok(answer);
        };
        let labels = [(&ours, &merge.ours), (&theirs, &merge.theirs)];
        self.relabel(&mut result, &labels)?;
        Ok(Ok(result))
    }

    fn single(&self, call: Command) -> Result<MergeAnswer, Error> {
        let output = call.output()?;
        let is_clean = match output.code {
            Some(0) => true,
            Some(1) => false,
            _other => return Ok(Err(failed("merge-tree", &output).to_string())),
        };
        let mut tokens = output.stdout.split(|byte| *byte == 0);
        parse(&mut tokens, is_clean).map(Ok)
    }

    fn nameless(
        &self,
        of: &CommitId,
        parents: &[CommitId],
        second: i64,
    ) -> Result<CommitId, Error> {
        let nobody = Person::from_email("merge", "merge@localhost");
        let stamp = signature(&nobody, Timestamp::from_second(second));
        let commit = RawCommit {
            tree: self.tree_of(of)?,
            parents: parents.to_vec(),
            author: stamp.clone(),
            committer: stamp,
            encoding: None,
            message: Vec::new(),
        };
        self.create(&commit, Signing::Never)
    }

    /// Returns the tree of a commit, or the tree itself.
    pub fn tree_of(&self, id: &CommitId) -> Result<CommitId, Error> {
        match self.objects().read(id)? {
            (Kind::Commit, bytes) => Ok(RawCommit::parse(id, &bytes)?.tree),
            (Kind::Tree, _) => Ok(id.clone()),
            (Kind::Blob | Kind::Tag, _) => Err(Error::BadObject {
                id: id.clone(),
                why: "it is neither a commit nor a tree",
            }),
        }
    }

    /// Puts the ids that were asked about in place of the nameless ones behind the conflict markers.
    fn relabel(
        &self,
        result: &mut MergeResult,
        labels: &[(&CommitId, &CommitId)],
    ) -> Result<(), Error> {
        for conflict in &result.conflicts {
            let Some(entry) = self.objects().entry(&result.tree, &conflict.path)? else {
                continue;
            };
            if entry.is_folder() || entry.mode == SUBMODULE {
                continue;
            }
            let blob = self.objects().read_as(Kind::Blob, &entry.id)?;
            let mut lines: Vec<Vec<u8>> = blob.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
            for line in &mut lines {
                for (nameless, asked) in labels {
                    for marker in ["<<<<<<<", ">>>>>>>"] {
                        if *line == format!("{marker} {nameless}").into_bytes() {
                            *line = format!("{marker} {asked}").into_bytes();
                        }
                    }
                }
            }
            let relabelled = lines.join(&b'\n');
            if relabelled != blob {
                let id = self.objects().write(Kind::Blob, &relabelled)?;
                let entry = Some((entry.mode, id));
                let changed =
                    self.objects()
                        .with_entry(Some(&result.tree), &conflict.path, entry)?;
                if let Some(tree) = changed {
                    result.tree = tree;
                }
            }
        }
        Ok(())
    }
}

/// Reads one result of `merge-tree -z`: tree, stages, an empty field, messages, an empty field.
fn parse<'a>(
    tokens: &mut impl Iterator<Item = &'a [u8]>,
    is_clean: bool,
) -> Result<MergeResult, Error> {
    let odd = || Error::Answer {
        verb: "merge-tree".into(),
        why: "an answer is cut off".into(),
    };
    let tree = String::from_utf8_lossy(tokens.next().ok_or_else(odd)?).into_owned();
    let mut stages: Vec<Stage> = Vec::new();
    for token in tokens.by_ref().take_while(|token| !token.is_empty()) {
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
