//! What was decided before, by what it was decided about: offered where the same conflict comes again.

use serde::Deserialize;
use serde::Serialize;

use crate::model::HotfixId;
use crate::model::LaneName;

use super::choice::Choice;
use super::choice::Standing;
use super::choice::Whole;
use super::session::Session;

/// More than a team resolves in a year; the oldest go first.
const KEPT: usize = 2_000;

/// Decisions by key, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    #[serde(default)]
    decisions: Vec<Remembered>,
}

/// One decision of earlier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    key: String,
    /// Where it was decided: `integration of 20260412-rounding-7f3a9c`.
    from: String,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    Hunk(Choice),
    Path(Whole),
}

impl Memory {
    /// Keeps every decision of a session.
    pub fn learn(&mut self, session: &Session) {
        let from = place(&session.subject.hotfix, &session.subject.target);
        for work in &session.files {
            if let Some(whole) = work.whole.decided() {
                self.put(work.key(), &from, What::Path(whole.clone()));
                continue;
            }
            for (key, standing) in work.hunk_keys().into_iter().zip(&work.hunks) {
                if let Some(choice) = standing.decided() {
                    self.put(key, &from, What::Hunk(choice.clone()));
                }
            }
        }
        let surplus = self.decisions.len().saturating_sub(KEPT);
        self.decisions.drain(..surplus);
    }

    /// Forgets what was decided for one target: whoever gives that up is not offered it again.
    pub fn forget(&mut self, hotfix: &HotfixId, target: &LaneName) {
        let from = place(hotfix, target);
        self.decisions.retain(|one| one.from != from);
    }

    fn put(&mut self, key: String, from: &str, what: What) {
        self.decisions.retain(|one| one.key != key);
        self.decisions.push(Remembered {
            key,
            from: from.to_owned(),
            what,
        });
    }

    /// Offers what is known about the open conflicts of a session; returns how many.
    pub fn offer(&self, session: &mut Session) -> usize {
        let find = |key: &str| self.decisions.iter().rev().find(|one| one.key == key);
        let mut offered = 0;
        for work in &mut session.files {
            if work.whole != Standing::Open {
                continue;
            }
            if let Some(Remembered {
                from,
                what: What::Path(whole),
                ..
            }) = find(&work.key())
                && work.hunks.iter().all(|hunk| *hunk == Standing::Open)
            {
                work.whole = Standing::Offered {
                    choice: whole.clone(),
                    from: from.clone(),
                };
                offered += 1;
                continue;
            }
            for (key, standing) in work.hunk_keys().into_iter().zip(&mut work.hunks) {
                if let (
                    Standing::Open,
                    Some(Remembered {
                        from,
                        what: What::Hunk(choice),
                        ..
                    }),
                ) = (&*standing, find(&key))
                {
                    *standing = Standing::Offered {
                        choice: choice.clone(),
                        from: from.clone(),
                    };
                    offered += 1;
                }
            }
        }
        offered
    }
}

/// Says where something was decided.
fn place(hotfix: &HotfixId, target: &LaneName) -> String {
    format!("{target} of {hotfix}")
}
