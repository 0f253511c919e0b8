//! The conflicts of a built branch laid out again, side by side. Nothing reaches the remote here.

use crate::model::Bytes;
use crate::model::CommitId;
use crate::model::ConflictFile;
use crate::model::ConflictKind;
use crate::model::ConflictPath;
use crate::model::ConflictScene;
use crate::model::ConflictSide;
use crate::model::LastAuthors;

use super::aside::files_in;
use super::aside::set_aside_from;
use super::error::Error;
use super::prediction::Sides;
use super::repo::Repo;
use super::resolution::DecidedConflict;
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

impl Repo {
    /// Lays the conflicts of a branch out, side by side: those that were decided already, and what conflicts then.
    pub fn conflict_scene(
        &self,
        conflicted: &Conflicted,
        decided: &[DecidedConflict],
    ) -> Result<ConflictScene, Error> {
        let replay = self.replay(conflicted, decided)?;
        let mut files = Vec::new();
        for open in &conflicted.open {
            let met = replay.met.iter().find(|met| met.name() == open.path);
            // What is missing there is not what conflicted.
            let met = met.filter(|_| open.kind != ConflictKind::Pending);
            let (commit, stages) = match met {
                Some(met) => (met.commit.clone(), met.stages.clone()),
                None => (None, self.sides_at(conflicted, open)?),
            };
            files.push(self.conflict_file(open.clone(), commit, stages)?);
        }
        // On what a person pushed to, the paths that are open at their head are all there is.
        let rest = replay.met.iter().filter(|_| conflicted.is_ours);
        for met in rest {
            let path = met.name();
            if files
                .iter()
                .any(|file| file.path == path && file.commit == met.commit)
            {
                continue;
            }
            let open = ConflictPath {
                path,
                kind: met.stages.kind(),
                blob: None,
                last_authors: LastAuthors::default(),
                owners: Vec::new(),
            };
            files.push(self.conflict_file(open, met.commit.clone(), met.stages.clone())?);
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

    fn conflict_file(
        &self,
        open: ConflictPath,
        commit: Option<CommitId>,
        stages: Stages,
    ) -> Result<ConflictFile, Error> {
        let Stages { base, target, fix } = stages;
        let pieces = match open.kind {
            ConflictKind::Content
            | ConflictKind::Rename
            | ConflictKind::Mode
            | ConflictKind::Type
            | ConflictKind::Pending => self.pieces(base.as_ref(), target.as_ref(), fix.as_ref())?,
            ConflictKind::ModifyDelete | ConflictKind::Binary | ConflictKind::Submodule => {
                Vec::new()
            }
        };
        // Texts that merge by themselves leave nothing to decide line by line.
        let has_hunks = pieces
            .iter()
            .any(|piece| matches!(piece, crate::model::Piece::Hunk(_)));
        let is_folder = |side: &&ConflictSide| side.is_folder();
        let folder = target.as_ref().filter(is_folder);
        let files = match folder.or(fix.as_ref().filter(is_folder)) {
            Some(folder) => files_in(self.objects(), &folder.id)?,
            None => 0,
        };
        Ok(ConflictFile {
            path: open.path,
            commit,
            kind: open.kind,
            base,
            target,
            fix,
            pieces: if has_hunks { pieces } else { Vec::new() },
            files,
            last_authors: open.last_authors,
        })
    }

    /// Returns the sides of a conflict that left no stages, such as a folder that seems renamed, and those of a path at
    /// which a commit is missing: there the branch itself is what the fix has to come to.
    fn sides_at(&self, conflicted: &Conflicted, open: &ConflictPath) -> Result<Stages, Error> {
        let path = place_of(conflicted, open);
        let fix = match &conflicted.carried {
            Carried::Picks(commits) => commits.last(),
            Carried::Merge(commit) => Some(commit),
        };
        let side = |commit: &CommitId| -> Result<Option<ConflictSide>, Error> {
            let entry = self.objects().entry(&self.tree_of(commit)?, path)?;
            Ok(entry
                .filter(|entry| !entry.is_folder() || open.kind == ConflictKind::Type)
                .map(|entry| ConflictSide {
                    mode: entry.mode,
                    id: entry.id,
                }))
        };
        let target = match open.kind {
            ConflictKind::Pending => &conflicted.head,
            ConflictKind::Content
            | ConflictKind::ModifyDelete
            | ConflictKind::Rename
            | ConflictKind::Binary
            | ConflictKind::Submodule
            | ConflictKind::Mode
            | ConflictKind::Type => &conflicted.onto,
        };
        Ok(Stages {
            base: None,
            target: side(target)?,
            fix: fix.map(side).transpose()?.flatten(),
        })
    }

    /// Returns what stands at a path, with its content, which a folder does not have; none where nothing does.
    pub fn standing_at(
        &self,
        commit: &CommitId,
        path: &str,
    ) -> Result<Option<(ConflictSide, Bytes)>, Error> {
        let entry = self
            .objects()
            .entry(&self.tree_of(commit)?, path.as_bytes())?;
        let Some(entry) = entry else {
            return Ok(None);
        };
        let side = ConflictSide {
            mode: entry.mode,
            id: entry.id,
        };
        let content = self.read_file(commit, path)?.unwrap_or_default();
        Ok(Some((side, Bytes(content))))
    }

    /// Describes who changed a path last on either side, for those that nobody described yet.
    pub fn last_authors_of(&self, conflicted: &Conflicted, file: &ConflictFile) -> LastAuthors {
        let other = match &conflicted.carried {
            Carried::Picks(commits) => commits.last(),
            Carried::Merge(commit) => Some(commit),
        };
        let Some(other) = other else {
            return LastAuthors::default();
        };
        let sides = Sides {
            base: None,
            onto: &conflicted.onto,
            other,
        };
        let mut authors = self.last_authors(&[(file.path.as_bytes(), file.kind)], sides);
        authors.pop().unwrap_or_default()
    }
}

/// Returns where to look for the sides of a path. Of a file that git itself set aside, as was recorded once, that is the place
/// beside which it lies, unless that is decided for itself.
fn place_of<'a>(conflicted: &Conflicted, open: &'a ConflictPath) -> &'a [u8] {
    let path = open.path.as_bytes();
    let is_listed = |place: &[u8]| {
        let mut others = conflicted.open.iter();
        others.any(|other| other.path.as_bytes() == place)
    };
    match set_aside_from(path) {
        Some(place) if !conflicted.is_ours && !is_listed(place) => place,
        Some(_) | None => path,
    }
}
