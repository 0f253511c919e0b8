//! A branch built anew once its conflicts are decided.
//!
//! What is ours alone is built again without markers: the same picks or the same merge, with the same messages, on
//! the same target. What a person pushed to since only gets one commit on top. Nothing reaches the remote here.

use std::collections::HashMap;

use crate::model::Bytes;
use crate::model::CommitId;
use crate::model::Person;
use crate::model::Timestamp;

use super::commit::RawCommit;
use super::commit::Signing;
use super::commit::signature;
use super::conflict::Carried;
use super::conflict::Conflicted;
use super::decision::is_garbled;
use super::error::Error;
use super::message::picked;
use super::replay::Replay;
use super::repo::Repo;
use super::stages::Stages;

/// What becomes of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedEntry {
    pub path: String,
    /// Mode and content; none takes the path away.
    pub entry: Option<(u32, DecidedContent)>,
}

/// The content of a decided path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecidedContent {
    Id(CommitId),
    Bytes(Bytes),
}

/// A decision with the conflict that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedConflict {
    /// The commit whose pick conflicted; none for a merge, and where git named no sides.
    pub commit: Option<CommitId>,
    pub stages: Stages,
    pub entry: DecidedEntry,
}

/// The resolution to build.
#[derive(Debug, Clone)]
pub struct ResolutionOrder {
    pub conflicted: Conflicted,
    pub decided: Vec<DecidedConflict>,
    /// The message where one commit is put on top.
    pub message: String,
    pub committer: Person,
    pub at: Timestamp,
    pub signing: Signing,
}

impl Repo {
    /// Builds the branch with every conflict decided and returns its new head; the present head where nothing changes.
    pub fn build_resolution(&self, order: &ResolutionOrder) -> Result<CommitId, Error> {
        let conflicted = &order.conflicted;
        if !conflicted.is_ours {
            return self.on_top(order);
        }
        let mut replay = self.replay(conflicted, &order.decided)?;
        if let Some(error) = replay.refused.take() {
            return Err(error);
        }
        if let Some(error) = replay.in_the_way(conflicted) {
            return Err(error);
        }
        // Conflicts without stages are not met on the way: they are decided in the last tree.
        let mut last = replay.applied.last().map(|one| one.tree.clone());
        for one in &order.decided {
            let is_met =
                one.commit.is_some() || replay.met.iter().any(|met| met.name() == one.entry.path);
            if let Some(tree) = last.clone().filter(|_| !is_met) {
                last = Some(self.put_by_name(&tree, one)?);
            }
        }
        let Some(last) = last else {
            return self.on_top(order);
        };
        if last == self.tree_of(&conflicted.head)? {
            return Ok(conflicted.head.clone());
        }
        self.rebuilt(order, &replay, &last)
    }

    fn rebuilt(
        &self,
        order: &ResolutionOrder,
        replay: &Replay,
        last: &CommitId,
    ) -> Result<CommitId, Error> {
        let conflicted = &order.conflicted;
        let old = self.written(conflicted)?;
        let committer = signature(&order.committer, order.at);
        let count = replay.applied.len();
        let mut parent = conflicted.onto.clone();
        for (n, applied) in replay.applied.iter().enumerate() {
            let tree = if n + 1 == count {
                last.clone()
            } else {
                applied.tree.clone()
            };
            let commit = match (&applied.source, &conflicted.carried) {
                (None, _) | (_, Carried::Merge(_)) => RawCommit {
                    tree,
                    committer: committer.clone(),
                    ..self.raw_commit(&conflicted.head)?
                },
                (Some(source), Carried::Picks(_)) => {
                    let (raw, message) = match old.get(source) {
                        Some(raw) => (raw.clone(), raw.message.clone()),
                        None => {
                            let raw = self.raw_commit(source)?;
                            let trailers = self.trailers(&conflicted.head)?;
                            let message = picked(&raw.message, source, &trailers, &[]);
                            (raw, message)
                        }
                    };
                    RawCommit {
                        tree,
                        parents: vec![parent.clone()],
                        author: raw.author,
                        committer: committer.clone(),
                        encoding: raw.encoding,
                        message,
                    }
                }
            };
            parent = self.create(&commit, order.signing)?;
        }
        Ok(parent)
    }

    /// Returns the picks on the branch by the commit they came from, so that their messages stay as they are.
    fn written(&self, conflicted: &Conflicted) -> Result<HashMap<CommitId, RawCommit>, Error> {
        let mut written = HashMap::new();
        let Carried::Picks(commits) = &conflicted.carried else {
            return Ok(written);
        };
        let mut at = conflicted.head.clone();
        for _ in 0..=commits.len() {
            if at == conflicted.onto {
                break;
            }
            let raw = self.raw_commit(&at)?;
            let text = String::from_utf8_lossy(&raw.message).into_owned();
            let source = commits.iter().find(|id| {
                let line = format!("(cherry picked from commit {id})");
                text.lines().any(|other| other == line)
            });
            let parent = raw.parents.first().cloned();
            if let Some(source) = source {
                written.insert(source.clone(), raw);
            }
            match parent {
                Some(parent) => at = parent,
                None => break,
            }
        }
        Ok(written)
    }

    /// Returns the trailers of ours in the message of a built commit.
    fn trailers(&self, head: &CommitId) -> Result<Vec<(String, String)>, Error> {
        let text = String::from_utf8_lossy(&self.raw_commit(head)?.message).into_owned();
        let ours = ["Hotfix-Id", "Backport-of", "Backport-target"];
        let pairs = text.lines().filter_map(|line| line.split_once(": "));
        Ok(pairs
            .filter(|(key, _)| ours.contains(key))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect())
    }

    /// Puts one commit on the present head.
    fn on_top(&self, order: &ResolutionOrder) -> Result<CommitId, Error> {
        let head = &order.conflicted.head;
        let before = self.tree_of(head)?;
        let mut tree = before.clone();
        for one in &order.decided {
            tree = self.put_by_name(&tree, one)?;
        }
        if tree == before {
            return Ok(head.clone());
        }
        let person = signature(&order.committer, order.at);
        let commit = RawCommit {
            tree,
            parents: vec![head.clone()],
            author: person.clone(),
            committer: person,
            encoding: None,
            message: order.message.clone().into_bytes(),
        };
        self.create(&commit, order.signing)
    }

    /// Makes a path what was decided, where its name is all that is known of it.
    fn put_by_name(&self, tree: &CommitId, one: &DecidedConflict) -> Result<CommitId, Error> {
        let path = &one.entry.path;
        if is_garbled(path) {
            return Err(Error::BadPath {
                path: path.escape_default().to_string(),
                why: "its name is not UTF-8, so that another file would come of it; decide it with git, and push",
            });
        }
        self.put(tree, path.as_bytes(), &one.stages, &one.entry)
    }

    /// Makes a commit, for a folder to work in, whose tree has these contents at these paths.
    pub fn draft_commit(
        &self,
        conflicted: &Conflicted,
        drafts: &[DecidedEntry],
    ) -> Result<CommitId, Error> {
        let mut tree = self.tree_of(&conflicted.head)?;
        for one in drafts {
            // Of a file and a folder the draft has what there is to work on.
            tree = self.set(&tree, one.path.as_bytes(), one)?;
        }
        let nobody = signature(
            &Person::from_email("draft", "draft@localhost"),
            Timestamp::from_second(0),
        );
        let commit = RawCommit {
            tree,
            parents: vec![conflicted.head.clone()],
            author: nobody.clone(),
            committer: nobody,
            encoding: None,
            message: b"A draft of a resolution\n".to_vec(),
        };
        self.create(&commit, Signing::Never)
    }
}
