//! A merge with the stages of its conflicts: what each side has at a path that both claim.
//!
//! Asked for when a person sits down to decide, so one process per merge is fine, and one way that every git knows:
//! each side becomes a commit without a name whose parent is the base that we mean.

use std::collections::BTreeMap;

use crate::model::CommitId;
use crate::model::ConflictKind;
use crate::model::ConflictSide;

use super::command::failed;
use super::commit::RawCommit;
use super::commit::Signing;
use super::error::Error;
use super::objects::parse_id;
use super::repo::Repo;
use super::tree::SUBMODULE;

/// What the three sides have at a path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stages {
    pub base: Option<ConflictSide>,
    pub target: Option<ConflictSide>,
    pub fix: Option<ConflictSide>,
}

impl Stages {
    /// Returns what sort of conflict this looks like.
    pub(super) fn kind(&self) -> ConflictKind {
        let sides = || [&self.base, &self.target, &self.fix].into_iter().flatten();
        if sides().any(|side| side.mode == SUBMODULE) {
            ConflictKind::Submodule
        } else if self.target.is_none() || self.fix.is_none() {
            ConflictKind::ModifyDelete
        } else if sides().all(ConflictSide::is_file) {
            ConflictKind::Content
        } else {
            ConflictKind::Mode
        }
    }
}

/// A merge and what is open in it.
pub(super) struct StagedMerge {
    pub(super) tree: CommitId,
    pub(super) sides: BTreeMap<Vec<u8>, Stages>,
}

impl Repo {
    /// Applies `base..theirs` onto a tree.
    pub(super) fn staged_pick(
        &self,
        base: &CommitId,
        ours: &CommitId,
        theirs: &CommitId,
    ) -> Result<StagedMerge, Error> {
        let parent = self.unnamed(base, &[], 0)?;
        // The times differ, so that two equal trees do not become one commit.
        let ours = self.unnamed(ours, std::slice::from_ref(&parent), 1)?;
        let theirs = self.unnamed(theirs, std::slice::from_ref(&parent), 2)?;
        self.staged_merge(&ours, &theirs)
    }

    /// Merges two commits.
    pub(super) fn staged_merge(
        &self,
        ours: &CommitId,
        theirs: &CommitId,
    ) -> Result<StagedMerge, Error> {
        let output = self
            .exact("merge-tree")
            .args(["--write-tree", "-z", "--no-messages"])
            .args([ours.as_str(), theirs.as_str()])
            .output()?;
        if !matches!(output.code, Some(0 | 1)) {
            return Err(failed("merge-tree", &output));
        }
        let odd = || Error::Answer {
            verb: "merge-tree".into(),
            why: "an answer is cut off".into(),
        };
        let mut tokens = output.stdout.split(|byte| *byte == 0);
        let tree = String::from_utf8_lossy(tokens.next().ok_or_else(odd)?).into_owned();
        let mut sides: BTreeMap<Vec<u8>, Stages> = BTreeMap::new();
        for token in tokens.take_while(|token| !token.is_empty()) {
            let (path, stage, side) = parse(token).ok_or_else(odd)?;
            let stages = sides.entry(path).or_default();
            match stage {
                1 => stages.base = Some(side),
                2 => stages.target = Some(side),
                _later => stages.fix = Some(side),
            }
        }
        Ok(StagedMerge {
            tree: parse_id("merge-tree", tree.trim())?,
            sides,
        })
    }

    fn unnamed(&self, of: &CommitId, parents: &[CommitId], second: i64) -> Result<CommitId, Error> {
        let commit = RawCommit::nameless(self.tree_of(of)?, parents, second);
        self.create(&commit, Signing::Never)
    }
}

/// Reads `<mode> <id> <stage>\t<path>`.
fn parse(token: &[u8]) -> Option<(Vec<u8>, u8, ConflictSide)> {
    let tab = token.iter().position(|b| *b == b'\t')?;
    let head = std::str::from_utf8(&token[..tab]).ok()?;
    let mut words = head.split(' ');
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let id = words.next()?.parse().ok()?;
    let stage = words.next()?.parse().ok()?;
    Some((token[tab + 1..].to_vec(), stage, ConflictSide { mode, id }))
}
