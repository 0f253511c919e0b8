//! A session as it is kept: the decisions, each with what it was about. The texts are git's and are read again.

use serde::Deserialize;
use serde::Serialize;

use crate::model::CommitId;

use super::choice::Choice;
use super::choice::Standing;
use super::choice::Whole;
use super::session::Session;

const VERSION: u32 = 1;

/// What is kept of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    v: u32,
    pub head: CommitId,
    pub tip: CommitId,
    files: Vec<SavedFile>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedFile {
    path: String,
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
            from: from.unwrap_or_else(|| "this resolution, begun on an older head".to_owned()),
        }
    }
}

impl Saved {
    /// Takes down a session.
    pub fn of(session: &Session) -> Self {
        let files = session.files.iter().map(|work| SavedFile {
            path: work.file.path.clone(),
            key: work.key(),
            whole: Kept::of(&work.whole),
            hunks: work
                .hunk_keys()
                .into_iter()
                .zip(&work.hunks)
                .map(|(key, standing)| SavedHunk {
                    key,
                    kept: Kept::of(standing),
                })
                .collect(),
        });
        Self {
            v: VERSION,
            head: session.subject.head.clone(),
            tip: session.subject.tip.clone(),
            files: files.collect(),
        }
    }

    /// Puts the kept decisions into a session that was just begun, and says what is different now.
    pub fn restore(&self, session: &mut Session) {
        let holds = self.head == session.subject.head;
        let mut found = 0;
        for work in &mut session.files {
            let key = work.key();
            let same_path = self
                .files
                .iter()
                .find(|file| file.path == work.file.path && file.key == key);
            if let Some(whole) = same_path.and_then(|file| file.whole.as_ref()) {
                work.whole = whole.standing(holds);
                found += 1;
            }
            // A hunk that moved within its file, or whose file was renamed, is the same hunk.
            let keys = work.hunk_keys();
            for (at, (key, standing)) in keys.into_iter().zip(&mut work.hunks).enumerate() {
                let kept = match same_path {
                    // The same three versions have the same hunks in the same order, also where two look alike.
                    Some(file) => file.hunks.get(at).and_then(|hunk| hunk.kept.as_ref()),
                    None => self
                        .files
                        .iter()
                        .flat_map(|file| &file.hunks)
                        .filter(|hunk| hunk.key == key)
                        .find_map(|hunk| hunk.kept.as_ref()),
                };
                if let Some(kept) = kept {
                    *standing = kept.standing(holds);
                    found += 1;
                }
            }
        }
        if !holds {
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
