//! The conflicts of a built branch laid out again, side by side, and the branch built anew once they are decided.
//!
//! What is ours alone is built again without markers: the same picks or the same merge, with the same messages, on
//! the same target. What a person pushed to since only gets one commit on top. Nothing reaches the remote here.

use std::collections::BTreeMap;
use std::collections::HashMap;

use crate::model::Bytes;
use crate::model::CommitId;
use crate::model::ConflictFile;
use crate::model::ConflictKind;
use crate::model::ConflictPath;
use crate::model::ConflictScene;
use crate::model::ConflictSide;
use crate::model::Person;
use crate::model::Timestamp;

use super::commit::RawCommit;
use super::commit::Signing;
use super::commit::signature;
use super::error::Error;
use super::message::picked;
use super::objects::Kind;
use super::prediction::Sides;
use super::repo::Repo;
use super::stages::Stages;

/// How a branch was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// These commits were picked, oldest first.
    Picks(Vec<CommitId>),
    /// This commit was merged.
    Merge(CommitId),
}

/// The branch whose conflicts are to be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflicted {
    pub onto: CommitId,
    pub carried: Carried,
    /// The branch's present head.
    pub head: CommitId,
    /// Nobody but us pushed to it since it was built.
    pub is_ours: bool,
    /// The paths that are still open at this head.
    pub open: Vec<ConflictPath>,
}

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

/// The resolution to build.
#[derive(Debug, Clone)]
pub struct ResolutionOrder {
    pub conflicted: Conflicted,
    pub decided: Vec<DecidedEntry>,
    /// The message where one commit is put on top.
    pub message: String,
    pub committer: Person,
    pub at: Timestamp,
}

/// One commit that was applied, or the merge.
struct Applied {
    /// None for the merge.
    source: Option<CommitId>,
    tree: CommitId,
}

/// A branch built again in thought, with the stages of every conflict.
struct Replay {
    applied: Vec<Applied>,
    sides: BTreeMap<Vec<u8>, Stages>,
    pending: Vec<CommitId>,
}

impl Repo {
    /// Lays the conflicts of a branch out, side by side.
    pub fn conflict_scene(&self, conflicted: &Conflicted) -> Result<ConflictScene, Error> {
        let replay = self.replay(conflicted, None)?;
        let mut files = Vec::new();
        for open in &conflicted.open {
            let staged = replay
                .sides
                .iter()
                .find(|(path, _)| String::from_utf8_lossy(path) == open.path);
            let stages = match staged {
                Some((_, stages)) => stages.clone(),
                None => self.sides_at(conflicted, open.path.as_bytes())?,
            };
            files.push(self.conflict_file(open.clone(), stages)?);
        }
        if conflicted.is_ours {
            for (path, stages) in &replay.sides {
                let name = String::from_utf8_lossy(path).into_owned();
                if files.iter().any(|file| file.path == name) {
                    continue;
                }
                let open = ConflictPath {
                    path: name,
                    kind: stages.kind(),
                    blob: None,
                    last_authors: Vec::new(),
                };
                files.push(self.conflict_file(open, stages.clone())?);
            }
        }
        Ok(ConflictScene {
            files,
            pending: if conflicted.is_ours {
                replay.pending
            } else {
                Vec::new()
            },
        })
    }

    fn conflict_file(&self, open: ConflictPath, stages: Stages) -> Result<ConflictFile, Error> {
        let Stages { base, target, fix } = stages;
        let pieces = match open.kind {
            ConflictKind::Content | ConflictKind::Rename | ConflictKind::Mode => {
                self.pieces(base.as_ref(), target.as_ref(), fix.as_ref())?
            }
            ConflictKind::ModifyDelete | ConflictKind::Binary | ConflictKind::Submodule => {
                Vec::new()
            }
        };
        // Texts that merge by themselves leave nothing to decide line by line.
        let has_hunks = pieces
            .iter()
            .any(|piece| matches!(piece, crate::model::Piece::Hunk(_)));
        Ok(ConflictFile {
            path: open.path,
            kind: open.kind,
            base,
            target,
            fix,
            pieces: if has_hunks { pieces } else { Vec::new() },
            last_authors: open.last_authors,
        })
    }

    /// Returns the sides of a conflict that left no stages, such as a folder that seems renamed.
    fn sides_at(&self, conflicted: &Conflicted, path: &[u8]) -> Result<Stages, Error> {
        let fix = match &conflicted.carried {
            Carried::Picks(commits) => commits.last(),
            Carried::Merge(commit) => Some(commit),
        };
        let side = |commit: &CommitId| -> Result<Option<ConflictSide>, Error> {
            let entry = self.objects().entry(&self.tree_of(commit)?, path)?;
            Ok(entry
                .filter(|entry| !entry.is_folder())
                .map(|entry| ConflictSide {
                    mode: entry.mode,
                    id: entry.id,
                }))
        };
        Ok(Stages {
            base: None,
            target: side(&conflicted.onto)?,
            fix: fix.map(side).transpose()?.flatten(),
        })
    }

    /// Applies what was carried again. With decisions, conflicted paths become what was decided at once, and what
    /// conflicts then is an error; without, a commit that touches an open path waits.
    fn replay(
        &self,
        conflicted: &Conflicted,
        decided: Option<&[DecidedEntry]>,
    ) -> Result<Replay, Error> {
        let mut replay = Replay {
            applied: Vec::new(),
            sides: BTreeMap::new(),
            pending: Vec::new(),
        };
        let commits = match &conflicted.carried {
            Carried::Merge(other) => {
                let staged = self.staged_merge(&conflicted.onto, other)?;
                let tree = self.with_decided(staged.tree, &staged.sides, decided)?;
                replay.applied.push(Applied { source: None, tree });
                replay.sides = staged.sides;
                return Ok(replay);
            }
            Carried::Picks(commits) => commits,
        };
        let mut tree = self.tree_of(&conflicted.onto)?;
        for id in commits {
            let source = self.raw_commit(id)?;
            let base = match source.parents.as_slice() {
                [] => self.objects().write_tree(Vec::new())?,
                [first] | [first, _] => first.clone(),
                many => {
                    return Err(Error::Octopus {
                        commit: id.clone(),
                        parents: many.len(),
                    });
                }
            };
            let staged = self.staged_pick(&base, &tree, id)?;
            let touches_open =
                decided.is_none() && self.touches(&tree, &staged.tree, &replay.sides)?;
            if touches_open {
                replay.pending.push(id.clone());
                continue;
            }
            let again = staged
                .sides
                .keys()
                .any(|path| replay.sides.contains_key(path));
            if again {
                return Err(self.in_the_way(id, &staged.sides));
            }
            if staged.tree == tree {
                continue;
            }
            if let Some(decided) = decided {
                let is_known = |path: &Vec<u8>| {
                    decided
                        .iter()
                        .any(|one| one.path == String::from_utf8_lossy(path))
                };
                if !staged.sides.keys().all(is_known) {
                    return Err(self.in_the_way(id, &staged.sides));
                }
            }
            tree = self.with_decided(staged.tree, &staged.sides, decided)?;
            replay.applied.push(Applied {
                source: Some(id.clone()),
                tree: tree.clone(),
            });
            replay.sides.extend(staged.sides);
        }
        Ok(replay)
    }

    /// Tells whether a merge changed a path that is open already, cleanly or not: it would be merged with markers.
    fn touches(
        &self,
        before: &CommitId,
        after: &CommitId,
        open: &BTreeMap<Vec<u8>, Stages>,
    ) -> Result<bool, Error> {
        for path in open.keys() {
            if self.objects().entry(before, path)? != self.objects().entry(after, path)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Makes the error for a commit that conflicts with what was decided.
    fn in_the_way(&self, commit: &CommitId, sides: &BTreeMap<Vec<u8>, Stages>) -> Error {
        let conflicts = sides
            .iter()
            .map(|(path, stages)| ConflictPath {
                path: String::from_utf8_lossy(path).into_owned(),
                kind: stages.kind(),
                blob: None,
                last_authors: Vec::new(),
            })
            .collect();
        Error::Conflicts {
            commit: commit.clone(),
            conflicts,
        }
    }

    /// Puts what was decided into a tree, for these conflicted paths.
    fn with_decided(
        &self,
        tree: CommitId,
        sides: &BTreeMap<Vec<u8>, Stages>,
        decided: Option<&[DecidedEntry]>,
    ) -> Result<CommitId, Error> {
        let mut tree = tree;
        for one in decided.into_iter().flatten() {
            let raw = sides
                .keys()
                .find(|path| String::from_utf8_lossy(path) == one.path);
            if let Some(raw) = raw {
                tree = self.put(&tree, raw, one)?;
            }
        }
        Ok(tree)
    }

    fn put(&self, tree: &CommitId, path: &[u8], one: &DecidedEntry) -> Result<CommitId, Error> {
        let found = self.objects().entry(tree, path)?;
        if found.is_some_and(|entry| entry.is_folder()) {
            return Err(Error::BadPath {
                path: one.path.clone(),
                why: "a folder is there; decide it in your editor",
            });
        }
        let entry = match &one.entry {
            None => None,
            Some((mode, DecidedContent::Id(id))) => Some((*mode, id.clone())),
            Some((mode, DecidedContent::Bytes(bytes))) => {
                Some((*mode, self.objects().write(Kind::Blob, &bytes.0)?))
            }
        };
        match self.objects().with_entry(Some(tree), path, entry)? {
            Some(tree) => Ok(tree),
            None => self.objects().write_tree(Vec::new()),
        }
    }

    /// Builds the branch with every conflict decided and returns its new head; the present head where nothing changes.
    pub fn build_resolution(&self, order: &ResolutionOrder) -> Result<CommitId, Error> {
        let conflicted = &order.conflicted;
        if !conflicted.is_ours {
            return self.on_top(order);
        }
        let replay = self.replay(conflicted, Some(&order.decided))?;
        // Conflicts without stages are not met on the way: they are decided in the last tree.
        let mut last = replay.applied.last().map(|one| one.tree.clone());
        for one in &order.decided {
            let is_met = replay
                .sides
                .keys()
                .any(|path| String::from_utf8_lossy(path) == one.path);
            if let Some(tree) = last.clone().filter(|_| !is_met) {
                last = Some(self.put(&tree, one.path.as_bytes(), one)?);
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
            parent = self.create(&commit, Signing::AsConfigured)?;
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
            tree = self.put(&tree, one.path.as_bytes(), one)?;
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
        self.create(&commit, Signing::AsConfigured)
    }

    /// Makes a commit, for a folder to work in, whose tree has these contents at these paths.
    pub fn draft_commit(
        &self,
        conflicted: &Conflicted,
        drafts: &[DecidedEntry],
    ) -> Result<CommitId, Error> {
        let mut tree = self.tree_of(&conflicted.head)?;
        for one in drafts {
            tree = self.put(&tree, one.path.as_bytes(), one)?;
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

    /// Describes who changed a path last on either side, for those that nobody described yet.
    pub fn last_authors_of(
        &self,
        conflicted: &Conflicted,
        path: &str,
    ) -> Vec<crate::model::Untrusted> {
        let other = match &conflicted.carried {
            Carried::Picks(commits) => commits.last(),
            Carried::Merge(commit) => Some(commit),
        };
        let Some(other) = other else {
            return Vec::new();
        };
        let sides = Sides {
            base: None,
            onto: &conflicted.onto,
            other,
        };
        self.last_authors(path.as_bytes(), sides)
    }
}
