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
use super::merge_answer::FIX;
use super::merge_answer::TARGET;
use super::merge_answer::parse;
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
        let both = self.target.as_ref().zip(self.fix.as_ref());
        if both.is_some_and(|(target, fix)| !target.is_like(fix)) {
            ConflictKind::Type
        } else if sides().any(|side| side.mode == SUBMODULE) {
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
            .args(["--write-tree", "-z"])
            .args([ours.as_str(), theirs.as_str()])
            .output()?;
        let is_clean = match output.code {
            Some(0) => true,
            Some(1) => false,
            Some(_) | None => return Err(failed("merge-tree", &output)),
        };
        let mut tokens = output.stdout.split(|byte| *byte == 0);
        let mut answer = parse(&mut tokens, is_clean)?;
        self.put_together(self.objects(), &mut answer, ours, theirs)?;
        let mut sides: BTreeMap<Vec<u8>, Stages> = BTreeMap::new();
        for stage in answer.stages {
            let (mode, id) = (stage.mode, stage.id);
            let side = Some(ConflictSide { mode, id });
            let stages = sides.entry(stage.path).or_default();
            match stage.number {
                TARGET => stages.target = side,
                FIX => stages.fix = side,
                _base => stages.base = side,
            }
        }
        Ok(StagedMerge {
            tree: answer.tree,
            sides,
        })
    }

    fn unnamed(&self, of: &CommitId, parents: &[CommitId], second: i64) -> Result<CommitId, Error> {
        let commit = RawCommit::nameless(self.tree_of(of)?, parents, second);
        self.create(&commit, Signing::Never)
    }
}
