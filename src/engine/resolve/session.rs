//! A session: every conflicted path of one target, decided one after the other, each step to be taken back.

use crate::model::BranchName;
use crate::model::Bytes;
use crate::model::CommitId;
use crate::model::ConflictScene;
use crate::model::HotfixId;
use crate::model::LaneName;
use crate::model::StepId;

use super::choice::Choice;
use super::choice::Standing;
use super::choice::Whole;
use super::file::DecidedPath;
use super::file::FileWork;
use super::saved::SavedFile;
use super::saved::put_back;

/// Steps that can be taken back.
const UNDOABLE: usize = 200;

/// What is being resolved, and on which facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub hotfix: HotfixId,
    pub step: StepId,
    pub target: LaneName,
    pub branch: BranchName,
    /// The branch's head when the session began.
    pub head: CommitId,
    /// The target's commit on which the branch was built.
    pub onto: CommitId,
    /// The target's tip when the session began.
    pub tip: CommitId,
    /// What is carried: the fix's branch, or the lane that is merged.
    pub fix: String,
    /// Nobody but us pushed to the branch: it is built anew without markers.
    pub is_ours: bool,
    /// The branch is on the remote; under the policy `local` it comes there resolved.
    pub is_pushed: bool,
}

/// Every conflicted path of one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub subject: Subject,
    pub files: Vec<FileWork>,
    /// Commits that are applied once everything is decided; what conflicts then is one more round.
    pub pending: Vec<CommitId>,
    /// What a person should know first: it was left and found again, the branch moved, something is offered again.
    pub notes: Vec<String>,
    undo: Vec<(usize, FileWork)>,
    /// What was decided in rounds that are not laid out now: an earlier decision changed.
    shelf: Vec<SavedFile>,
}

/// Why a session cannot be finished yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    pub path: String,
    pub why: String,
}

impl Session {
    /// Begins with nothing decided.
    pub fn new(subject: Subject, scene: ConflictScene) -> Self {
        Self {
            subject,
            files: scene.files.into_iter().map(FileWork::new).collect(),
            pending: scene.pending,
            notes: Vec::new(),
            undo: Vec::new(),
            shelf: Vec::new(),
        }
    }

    /// Returns the number of the latest round.
    pub fn round(&self) -> usize {
        self.files.last().map_or(1, |work| work.round)
    }

    /// Says what the latest round is about; none for the first.
    pub fn round_words(&self) -> Option<String> {
        let round = self.round();
        let files = || self.files.iter().filter(|work| work.round == round);
        let commits = files().filter_map(|work| work.file.commit.as_ref());
        let mut commits: Vec<&str> = commits.map(CommitId::short).collect();
        commits.dedup();
        let paths: Vec<&str> = files().map(|work| work.file.path.as_str()).collect();
        (round > 1).then(|| {
            format!(
                "round {round}: {} conflicts with what was decided in {}",
                commits.join(" "),
                paths.join(", ")
            )
        })
    }

    /// Takes in what conflicts with what was decided so far, as one more round; returns how many paths that are.
    pub fn extend(&mut self, scene: ConflictScene) -> usize {
        let round = self.round() + 1;
        let before = self.files.len();
        for file in scene.files {
            let mut work = FileWork {
                round,
                ..FileWork::new(file)
            };
            let is_known = |known: &FileWork| {
                known.file.path == work.file.path
                    && known.file.commit == work.file.commit
                    && known.key() == work.key()
            };
            if self.files.iter().any(is_known) {
                continue;
            }
            put_back(&self.shelf, &mut work, true);
            self.shelf.retain(|kept| !kept.is_about(&work));
            self.files.push(work);
        }
        self.pending = scene.pending;
        self.files.len() - before
    }

    /// Returns what was decided in rounds that are not laid out now.
    pub(super) fn shelf(&self) -> &[SavedFile] {
        &self.shelf
    }

    /// Keeps decisions for a round that may come.
    pub(super) fn shelve(&mut self, later: Vec<SavedFile>) {
        self.shelf.extend(later);
    }

    /// Takes the rounds after this one away: they were laid out on decisions that changed.
    fn close_rounds_after(&mut self, round: usize) {
        let kept = self.files.iter().take_while(|work| work.round <= round);
        let kept = kept.count();
        for work in self.files.drain(kept..) {
            self.shelf.retain(|old| !old.is_about(&work));
            self.shelf.push(SavedFile::of(&work));
            self.pending
                .retain(|id| Some(id) != work.file.commit.as_ref());
            self.pending.extend(work.file.commit);
        }
        self.undo.retain(|(file, _)| *file < kept);
    }

    /// Returns how many decisions are needed, and how many are made.
    pub fn count(&self) -> (usize, usize) {
        self.files
            .iter()
            .map(FileWork::count)
            .fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    }

    /// Returns what keeps it from being finished.
    pub fn blockers(&self) -> Vec<Blocker> {
        let blocker = |work: &FileWork| {
            let left = work.markers_left();
            if let Some(first) = left.first() {
                return Some(format!(
                    "a marker is left in line {first} of what was written"
                ));
            }
            let (needed, done) = work.count();
            let open = needed - done;
            match open {
                0 => None,
                1 if needed == 1 => Some("not decided".to_owned()),
                _ => Some(format!("{open} of {needed} hunks not decided")),
            }
            .map(|why| match work.round {
                1 => why,
                round => format!("{why} in round {round}"),
            })
            .map(|why| {
                let is_offered = work.whole.offered_from().is_some()
                    || work.hunks.iter().any(|hunk| hunk.offered_from().is_some());
                if is_offered {
                    format!("{why}: reused ones wait for a yes")
                } else {
                    why
                }
            })
        };
        self.files
            .iter()
            .filter_map(|work| {
                Some(Blocker {
                    path: work.file.path.clone(),
                    why: blocker(work)?,
                })
            })
            .collect()
    }

    /// Returns every path with its decision; none while something is open.
    pub fn decided(&self) -> Option<Vec<DecidedPath>> {
        self.files.iter().map(FileWork::decided).collect()
    }

    /// Returns the place of a path; where it comes in several rounds, in the latest.
    pub fn find(&self, path: &str) -> Option<usize> {
        self.files.iter().rposition(|work| work.file.path == path)
    }

    /// Decides a hunk.
    pub fn choose(&mut self, file: usize, hunk: usize, choice: Choice) {
        self.change(file, |work| {
            if let Some(standing) = work.hunks.get_mut(hunk) {
                work.whole = Standing::Open;
                *standing = Standing::Decided { choice, from: None };
            }
        });
    }

    /// Decides every hunk of a path in the same way.
    pub fn choose_all(&mut self, file: usize, choice: &Choice) {
        self.change(file, |work| {
            work.whole = Standing::Open;
            for standing in &mut work.hunks {
                *standing = Standing::Decided {
                    choice: choice.clone(),
                    from: None,
                };
            }
        });
    }

    /// Decides a path as a whole.
    pub fn choose_whole(&mut self, file: usize, whole: Whole) {
        self.change(file, |work| {
            work.whole = Standing::Decided {
                choice: whole,
                from: None,
            };
        });
    }

    /// Takes a whole file that a person wrote.
    pub fn write(&mut self, file: usize, text: Bytes) {
        self.choose_whole(file, Whole::Text(text));
    }

    /// Takes what the merge driver makes of a path, where there is such a thing.
    pub fn choose_driver(&mut self, file: usize) {
        let work = self.files.get(file);
        if let Some(driver) = work.and_then(|work| work.driver.clone()) {
            self.write(file, driver.text);
        }
    }

    /// Makes a hunk, or the whole path where it has none, open again.
    pub fn reopen(&mut self, file: usize, hunk: usize) {
        self.change(file, |work| {
            work.whole = Standing::Open;
            if let Some(standing) = work.hunks.get_mut(hunk) {
                *standing = Standing::Open;
            }
        });
    }

    /// Confirms what is offered for a hunk, or for the path as a whole.
    pub fn confirm(&mut self, file: usize, hunk: usize) {
        self.change(file, |work| {
            if !work.whole.confirm()
                && let Some(standing) = work.hunks.get_mut(hunk)
            {
                standing.confirm();
            }
        });
    }

    /// Confirms everything that is offered.
    pub fn confirm_all(&mut self) {
        for file in 0..self.files.len() {
            self.change(file, |work| {
                work.whole.confirm();
                for standing in &mut work.hunks {
                    standing.confirm();
                }
            });
        }
    }

    /// Returns how many offers wait for a yes.
    pub fn offered(&self) -> usize {
        let of_file = |work: &FileWork| {
            let hunks = work
                .hunks
                .iter()
                .filter(|hunk| hunk.offered_from().is_some());
            usize::from(work.whole.offered_from().is_some()) + hunks.count()
        };
        self.files.iter().map(of_file).sum()
    }

    /// Takes the latest decision back; returns the place of its path.
    pub fn undo(&mut self) -> Option<usize> {
        let (file, before) = self.undo.pop()?;
        if let Some(work) = self.files.get_mut(file) {
            let round = before.round;
            *work = before;
            self.close_rounds_after(round);
        }
        Some(file)
    }

    /// Tells whether there is something to take back.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    fn change(&mut self, file: usize, change: impl FnOnce(&mut FileWork)) {
        let Some(work) = self.files.get_mut(file) else {
            return;
        };
        let before = work.clone();
        change(work);
        if *work != before {
            let round = before.round;
            self.close_rounds_after(round);
            self.undo.push((file, before));
            let surplus = self.undo.len().saturating_sub(UNDOABLE);
            self.undo.drain(..surplus);
        }
    }
}
