//! Why something about a repository could not be done.

use std::path::PathBuf;

use crate::model::CommitId;
use crate::model::ConflictPath;

/// Why something about a repository could not be done. Texts from git are made showable when they enter.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("find git: none in the absolute folders of PATH; install git 2.38 or newer")]
    NoGit,
    #[error(
        "use {path}: it is git {version}, and 2.38 or newer is needed; install a newer git or put it first in PATH"
    )]
    GitTooOld { path: PathBuf, version: String },
    #[error("use {path}: `git --version` answered `{answer}`, which is not a version")]
    GitOdd { path: PathBuf, answer: String },
    #[error("find a git repository at {dir}; go into a clone of the project or name one with -C")]
    NoRepository { dir: PathBuf },
    #[error("read the git repository at {dir}: {why}")]
    Unreadable { dir: PathBuf, why: String },
    #[error("tell who you are; set it with `git config --global user.name` and `user.email`")]
    NoIdentity,
    #[error("find the remote `{name}`; there is {known}")]
    NoRemote { name: String, known: String },
    #[error("use the remote address `{url}`: {why}")]
    BadUrl { url: String, why: &'static str },
    #[error("reach the remote {url}: {why}")]
    Unreachable { url: String, why: String },
    #[error("find the revision `{rev}`; fetch first, or check the name")]
    NoSuchRevision { rev: String },
    #[error("read a range with three dots; it is written A..B")]
    ThreeDots,
    #[error("use the revision `{rev}`: {count} objects begin so; write more digits")]
    Ambiguous { rev: String, count: usize },
    #[error("find the object {id}")]
    NoSuchObject { id: CommitId },
    #[error("read the object {id}: {why}")]
    BadObject { id: CommitId, why: &'static str },
    #[error("run git {verb}: {why}")]
    Failed { verb: String, why: String },
    #[error("go on: nobody waits for the answer any more")]
    Cancelled,
    #[error("run git {verb}: no answer within {seconds} s")]
    TimedOut { verb: String, seconds: u64 },
    #[error("start {program}")]
    Start {
        program: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{what} {path}")]
    Disk {
        what: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("understand what git {verb} printed: {why}")]
    Answer { verb: String, why: String },
    #[error("carry {commit} over: {} paths conflict", .conflicts.len())]
    Conflicts {
        commit: CommitId,
        conflicts: Vec<ConflictPath>,
    },
    #[error("pick {commit}: it has {parents} parents; name the commits one by one")]
    Octopus { commit: CommitId, parents: usize },
    #[error("sign the commit as commit.gpgSign asks: {why}; nothing was committed")]
    Signing { why: String },
    #[error(
        "use the chain at {head}: {at} is not one commit after another; somebody rewrote or merged it"
    )]
    NotLinear { head: CommitId, at: CommitId },
    #[error("use the path `{path}` in a commit: {why}")]
    BadPath { path: String, why: &'static str },
    #[error("push {name}: {expected} is not an ancestor of {new}, so work of others would be lost")]
    WouldRewind {
        name: String,
        expected: CommitId,
        new: CommitId,
    },
}
