//! A session as it is kept: the decisions, each with what it was about. The texts are git's and are read again.

use serde::Deserialize;
use serde::Serialize;

use crate::model::CommitId;

use super::choice::Choice;
use super::choice::Standing;
use super::choice::Whole;
use super::file::FileWork;
use super::session::Session;

const VERSION: u32 = 1;
/// Where a decision comes from whose branch moved since.
const OLDER: &str = "this resolution, begun on an older head";

/// What is kept of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    v: u32,
    pub head: CommitId,
    pub tip: CommitId,
    files: Vec<SavedFile>,
}

/// What is kept of one path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SavedFile {
    path: String,
    /// The commit whose pick conflicts there: the same path may come again in a later round.
    #[serde(default)]
    commit: Option<CommitId>,
    key: String,
    whole: Option<Kept<Whole>>,
    hunks: Vec<SavedHunk>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedHunk {
    key: String,
    kept: Option<Kept<Choice>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept<T> {
    choice: T,
    is_confirmed: bool,
    from: Option<String>,
}

impl<T: Clone> Kept<T> {
    fn of(standing: &Standing<T>) -> Option<Self> {
        match standing {
            Standing::Open => None,
            Standing::Offered { choice, from } => Some(Self {
                choice: choice.clone(),
                is_confirmed: false,
                from: Some(from.clone()),
            }),
            Standing::Decided { choice, from } => Some(Self {
                choice: choice.clone(),
                is_confirmed: true,
                from: from.clone(),
            }),
        }
    }

    /// Returns the standing; a decision about something that moved since is only offered.
    fn standing(&self, holds: bool) -> Standing<T> {
        let choice = self.choice.clone();
        if self.is_confirmed && holds {
            return Standing::Decided {
                choice,
                from: self.from.clone(),
            };
        }
        let from = self.from.clone();
        Standing::Offered {
            choice,
            from: from.unwrap_or_else(|| OLDER.to_owned()),
        }
    }
}

impl SavedFile {
    /// Takes down a path.
    pub(super) fn of(work: &FileWork) -> Self {
        let hunks = work.hunk_keys().into_iter().zip(&work.hunks);
        Self {
            path: work.file.path.clone(),
            commit: work.file.commit.clone(),
            key: work.key(),
            whole: Kept::of(&work.whole),
            hunks: hunks
                .map(|(key, standing)| SavedHunk {
                    key,
                    kept: Kept::of(standing),
                })
                .collect(),
        }
    }

    /// Tells whether it is about the same conflict: the same versions on each side, for the same commit.
    pub(super) fn is_about(&self, work: &FileWork) -> bool {
        let is_same_commit = self.commit.is_none() || self.commit == work.file.commit;
        is_same_commit && self.path == work.file.path && self.key == work.key()
    }

    /// Makes what was decided an offer.
    fn unconfirmed(mut self) -> Self {
        let offer = |from: &mut Option<String>| {
            from.get_or_insert_with(|| OLDER.to_owned());
        };
        if let Some(whole) = &mut self.whole {
            whole.is_confirmed = false;
            offer(&mut whole.from);
        }
        for kept in self.hunks.iter_mut().filter_map(|hunk| hunk.kept.as_mut()) {
            kept.is_confirmed = false;
            offer(&mut kept.from);
        }
        self
    }
}

/// Puts kept decisions into a path that was just laid out.
pub(super) fn put_back(kept: &[SavedFile], work: &mut FileWork, holds: bool) {
    let same_path = kept.iter().find(|file| file.is_about(work));
    if let Some(whole) = same_path.and_then(|file| file.whole.as_ref()) {
        work.whole = whole.standing(holds);
    }
    // A hunk that moved within its file, or whose file was renamed, is the same hunk.
    let keys = work.hunk_keys();
    for (at, (key, standing)) in keys.into_iter().zip(&mut work.hunks).enumerate() {
        let kept = match same_path {
            // The same three versions have the same hunks in the same order, also where two look alike.
            Some(file) => file.hunks.get(at).and_then(|hunk| hunk.kept.as_ref()),
            None => kept
                .iter()
                .flat_map(|file| &file.hunks)
                .filter(|hunk| hunk.key == key)
                .find_map(|hunk| hunk.kept.as_ref()),
        };
        if let Some(kept) = kept {
            *standing = kept.standing(holds);
        }
    }
}

impl Saved {
    /// Takes down a session.
    pub fn of(session: &Session) -> Self {
        let files = session.files.iter().map(SavedFile::of);
        let files = files.chain(session.shelf().iter().cloned());
        Self {
            v: VERSION,
            head: session.subject.head.clone(),
            tip: session.subject.tip.clone(),
            files: files.collect(),
        }
    }

    /// Puts the kept decisions into a session that was just begun. Those about a later round wait on its shelf.
    pub fn restore(&self, session: &mut Session) {
        let holds = self.head == session.subject.head;
        for work in &mut session.files {
            put_back(&self.files, work, holds);
        }
        let is_back = |file: &SavedFile| session.files.iter().any(|work| file.is_about(work));
        let later: Vec<SavedFile> = self
            .files
            .iter()
            .filter(|file| !is_back(file))
            .cloned()
            .map(|file| if holds { file } else { file.unconfirmed() })
            .collect();
        session.shelve(later);
    }

    /// Says what is different since the session was kept, once every round that can be laid out is.
    pub fn notes(&self, session: &mut Session) {
        let found = session.files.iter().map(FileWork::standing).sum::<usize>();
        if self.head != session.subject.head {
            session.notes.push(format!(
                "{} moved from {} to {} since you began: {}",
                session.subject.branch,
                self.head.short(),
                session.subject.head.short(),
                if found == 0 {
                    "none of your decisions fits any more".to_owned()
                } else {
                    format!("{found} of your decisions still fit and wait for a yes")
                }
            ));
        } else if found > 0 {
            session
                .notes
                .push(format!("taken up where it was left: {found} decided"));
        }
        if self.tip != session.subject.tip {
            session.notes.push(format!(
                "{} moved from {} to {} since you began",
                session.subject.target,
                self.tip.short(),
                session.subject.tip.short()
            ));
        }
    }
}
