//! Our own bare repository.
use super::build::Built;
use super::build::MergeBuild;
use super::build::PickOrder;
use super::chain::Link;
use super::chain::NewLink;
use super::clone::UserClone;
use super::error::Error;
use super::executable::Git;
use super::prediction::Question;
use super::push::Pushed;
use super::push::RefUpdate;
use super::remote::Fetched;
use super::worktree::Worktree;
use crate::model::BranchName;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::PathVerdict;
use crate::model::Prediction;
use crate::model::Presence;
use crate::model::RefName;
use crate::model::Verdict;
use std::collections::BTreeMap;
use std::path::Path;

/// Our own bare repository: a cache beside the user's clone. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Repo {}
#[expect(unused_variables, reason = "bodies follow")]
impl Repo {
    pub fn ensure(git: &Git, dir: &Path, clone: &UserClone, url: &str) -> Result<Self, Error> {
        Err(Error::NoGit)
    }
    pub fn url(&self) -> &str {
        ""
    }
    pub async fn fetch(&self) -> Result<Fetched, Error> {
        Err(Error::NoGit)
    }
    pub async fn ls_remote(&self) -> Result<BTreeMap<RefName, CommitId>, Error> {
        Err(Error::NoGit)
    }
    pub async fn push(&self, updates: &[RefUpdate]) -> Result<Vec<Pushed>, Error> {
        Err(Error::NoGit)
    }
    pub fn tips(&self) -> Result<BTreeMap<BranchName, CommitId>, Error> {
        Err(Error::NoGit)
    }
    pub fn remote_ref(&self, name: &RefName) -> Result<Option<CommitId>, Error> {
        Err(Error::NoGit)
    }
    pub fn remote_refs(&self, prefix: &str) -> Result<Vec<(RefName, CommitId)>, Error> {
        Err(Error::NoGit)
    }
    pub fn tags(&self) -> Result<BTreeMap<CommitId, Vec<String>>, Error> {
        Err(Error::NoGit)
    }
    pub fn resolve(&self, rev: &str) -> Result<CommitId, Error> {
        Err(Error::NoGit)
    }
    pub fn commit(&self, id: &CommitId) -> Result<Commit, Error> {
        Err(Error::NoGit)
    }
    pub fn is_ancestor(&self, a: &CommitId, of: &CommitId) -> Result<bool, Error> {
        Err(Error::NoGit)
    }
    pub fn merge_base(&self, a: &CommitId, b: &CommitId) -> Result<Option<CommitId>, Error> {
        Err(Error::NoGit)
    }
    pub fn between(
        &self,
        exclude: &[CommitId],
        include: &CommitId,
        limit: usize,
    ) -> Result<Vec<Commit>, Error> {
        Err(Error::NoGit)
    }
    pub fn first_parents(
        &self,
        exclude: &[CommitId],
        include: &CommitId,
        limit: usize,
    ) -> Result<Vec<Commit>, Error> {
        Err(Error::NoGit)
    }
    pub fn ahead_behind(&self, a: &CommitId, b: &CommitId) -> Result<(usize, usize), Error> {
        Err(Error::NoGit)
    }
    pub fn read_file(&self, commit: &CommitId, path: &str) -> Result<Option<Vec<u8>>, Error> {
        Err(Error::NoGit)
    }
    pub fn predict_pick(
        &self,
        commit: &CommitId,
        base: &CommitId,
        onto: &CommitId,
    ) -> Result<Prediction, Error> {
        Err(Error::NoGit)
    }
    pub fn predict_merge(&self, other: &CommitId, onto: &CommitId) -> Result<Prediction, Error> {
        Err(Error::NoGit)
    }
    pub fn predict_many(&self, questions: &[Question]) -> Result<Vec<Prediction>, Error> {
        Err(Error::NoGit)
    }
    pub fn presence(
        &self,
        base: &CommitId,
        head: &CommitId,
        tip: &CommitId,
    ) -> Result<Presence, Error> {
        Err(Error::NoGit)
    }
    pub fn presence_in_tree(
        &self,
        base: &CommitId,
        head: &CommitId,
        tree: &CommitId,
    ) -> Result<(Verdict, Vec<PathVerdict>), Error> {
        Err(Error::NoGit)
    }
    pub fn build_picks(&self, order: &PickOrder) -> Result<Built, Error> {
        Err(Error::NoGit)
    }
    pub fn build_merge(&self, order: &MergeBuild) -> Result<Built, Error> {
        Err(Error::NoGit)
    }
    pub fn build_squash(&self, order: &MergeBuild) -> Result<Built, Error> {
        Err(Error::NoGit)
    }
    pub fn undecided(
        &self,
        head: &CommitId,
        conflicts: &[ConflictPath],
    ) -> Result<Vec<ConflictPath>, Error> {
        Err(Error::NoGit)
    }
    pub fn worktree(&self, commit: &CommitId) -> Result<Worktree, Error> {
        Err(Error::NoGit)
    }
    pub fn chain(&self, name: &RefName) -> Result<Option<CommitId>, Error> {
        Err(Error::NoGit)
    }
    pub fn chain_read(
        &self,
        head: &CommitId,
        until: Option<&CommitId>,
    ) -> Result<Vec<Link>, Error> {
        Err(Error::NoGit)
    }
    pub fn chain_build(
        &self,
        parent: Option<&CommitId>,
        link: &NewLink,
    ) -> Result<CommitId, Error> {
        Err(Error::NoGit)
    }
    pub async fn chain_push(
        &self,
        name: &RefName,
        head: &CommitId,
        expected: Option<&CommitId>,
    ) -> Result<Pushed, Error> {
        Err(Error::NoGit)
    }
    pub async fn chain_fetch(&self, name: &RefName) -> Result<Option<CommitId>, Error> {
        Err(Error::NoGit)
    }
}
