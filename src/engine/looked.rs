//! Whose diff was looked at on this machine, and at which head: nobody approves what they have not opened. A push
//! makes it void, and characters that hide must be acknowledged before a look counts.

use serde::Deserialize;
use serde::Serialize;

use crate::model::CommitId;
use crate::model::Diff;
use crate::model::Subject;
use crate::model::Timestamp;

/// The latest look at each subject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked(Vec<Glance>);

/// One look at one subject's diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glance {
    pub subject: Subject,
    /// The head that was compared; the look counts for no other.
    pub head: CommitId,
    pub at: Timestamp,
    /// Characters in it that would not be seen as what they are.
    pub hidden: usize,
    /// The operator said that they were seen.
    #[serde(default)]
    pub saw_hidden: bool,
    /// Files that were marked as seen, by their names as they came.
    #[serde(default)]
    pub files: Vec<String>,
    pub size: DiffSize,
}

/// How much a diff changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffSize {
    pub files: usize,
    pub added: usize,
    pub removed: usize,
}

/// Whether a look counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Its diff was never opened here.
    Never,
    /// Its diff was opened at another head.
    Changed {
        looked_at: CommitId,
    },
    /// Its diff was opened, and hides characters that were not acknowledged.
    Hidden {
        count: usize,
    },
    Looked {
        at: Timestamp,
    },
}

impl DiffSize {
    /// Returns the size of a diff.
    pub fn of(diff: &Diff) -> Self {
        let (added, removed) = diff.size();
        Self {
            files: diff.files.len(),
            added,
            removed,
        }
    }

    /// Returns `14 lines, 2 files`.
    pub fn words(self) -> String {
        let count = |count: usize, what: &str| {
            let plural = if count == 1 { "" } else { "s" };
            format!("{count} {what}{plural}")
        };
        let lines = self.added + self.removed;
        format!("{}, {}", count(lines, "line"), count(self.files, "file"))
    }
}

impl Standing {
    /// Tells whether the diff was looked at as it is now.
    pub fn is_looked(&self) -> bool {
        matches!(self, Self::Looked { .. })
    }

    /// Returns the word in documents.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Never => "not-opened",
            Self::Changed { .. } => "changed",
            Self::Hidden { .. } => "hidden",
            Self::Looked { .. } => "looked",
        }
    }

    /// Says why it cannot be approved yet; none where it can.
    pub fn obstacle(&self) -> Option<String> {
        match self {
            Self::Never => Some("its diff was not opened here".to_owned()),
            Self::Changed { looked_at } => Some(format!(
                "it changed since you looked: that was {}",
                looked_at.short()
            )),
            Self::Hidden { count } => Some(hidden_words(*count)),
            Self::Looked { .. } => None,
        }
    }
}

/// Says that a diff hides characters.
pub fn hidden_words(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} hidden character{plural} in its names and diff")
}

impl Looked {
    /// Collects looks, the latest at each subject.
    pub fn new(glances: impl IntoIterator<Item = Glance>) -> Self {
        let mut looked = Self::default();
        for glance in glances {
            looked.take(glance);
        }
        looked
    }

    /// Returns the look at a subject, at whatever head.
    pub fn glance(&self, subject: &Subject) -> Option<&Glance> {
        self.0.iter().find(|glance| &glance.subject == subject)
    }

    /// Returns the look at a subject if it was at that head.
    pub fn at_head(&self, subject: &Subject, head: &CommitId) -> Option<&Glance> {
        self.glance(subject).filter(|glance| &glance.head == head)
    }

    /// Tells whether a subject at that head may be approved as far as looking goes.
    pub fn standing(&self, subject: &Subject, head: &CommitId) -> Standing {
        match self.glance(subject) {
            None => Standing::Never,
            Some(glance) if &glance.head != head => Standing::Changed {
                looked_at: glance.head.clone(),
            },
            Some(glance) if !glance.counts() => Standing::Hidden {
                count: glance.hidden,
            },
            Some(glance) => Standing::Looked { at: glance.at },
        }
    }

    /// Takes a look in; what was marked and acknowledged at the same head stays, unless it hides more now.
    pub fn take(&mut self, mut glance: Glance) {
        if let Some(known) = self.at_head(&glance.subject, &glance.head) {
            glance.saw_hidden |= known.saw_hidden && known.hidden >= glance.hidden;
            if glance.files.is_empty() {
                glance.files.clone_from(&known.files);
            }
        }
        self.0.retain(|known| known.subject != glance.subject);
        self.0.push(glance);
    }

    /// Takes in what was kept, where it is newer than what is known.
    pub fn merge(&mut self, kept: &Self) {
        for glance in &kept.0 {
            let is_newer = self
                .glance(&glance.subject)
                .is_none_or(|known| known.at < glance.at);
            if is_newer {
                self.take(glance.clone());
            }
        }
    }

    /// Changes the look at a subject and returns it, to be kept.
    pub fn change(
        &mut self,
        subject: &Subject,
        change: impl FnOnce(&mut Glance),
    ) -> Option<Glance> {
        let glance = self
            .0
            .iter_mut()
            .find(|glance| &glance.subject == subject)?;
        change(glance);
        Some(glance.clone())
    }
}

impl Glance {
    /// Tells whether it counts for its head: nothing hides in it that was not acknowledged.
    pub fn counts(&self) -> bool {
        self.hidden == 0 || self.saw_hidden
    }

    /// Makes the look at a diff that was opened now.
    pub fn of(subject: Subject, diff: &Diff, at: Timestamp) -> Self {
        Self {
            subject,
            head: diff.head.clone(),
            at,
            hidden: diff.hidden(),
            saw_hidden: false,
            files: Vec::new(),
            size: DiffSize::of(diff),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(digit: &str) -> CommitId {
        digit.repeat(40).parse().expect("static id")
    }

    fn subject() -> Subject {
        Subject::Request(crate::model::RequestId(12))
    }

    fn glance(at: &str, second: i64, hidden: usize) -> Glance {
        Glance {
            subject: subject(),
            head: head(at),
            at: Timestamp::from_second(second),
            hidden,
            saw_hidden: false,
            files: Vec::new(),
            size: DiffSize::default(),
        }
    }

    #[test]
    fn a_look_counts_for_its_head_only_and_hidden_characters_must_be_acknowledged() {
        let mut looked = Looked::default();
        assert_eq!(looked.standing(&subject(), &head("a")), Standing::Never);
        looked.take(glance("a", 1, 0));
        assert!(looked.standing(&subject(), &head("a")).is_looked());
        let changed = looked.standing(&subject(), &head("b"));
        assert_eq!(
            changed,
            Standing::Changed {
                looked_at: head("a")
            }
        );
        looked.take(glance("b", 2, 3));
        let hidden = looked.standing(&subject(), &head("b"));
        assert_eq!(hidden, Standing::Hidden { count: 3 });
        looked.change(&subject(), |glance| glance.saw_hidden = true);
        assert!(looked.standing(&subject(), &head("b")).is_looked());
        looked.take(glance("b", 3, 3));
        assert!(looked.standing(&subject(), &head("b")).is_looked(), "stays");
        looked.take(glance("b", 4, 4));
        assert!(
            !looked.standing(&subject(), &head("b")).is_looked(),
            "hides more"
        );
    }

    #[test]
    fn what_was_kept_replaces_only_what_is_older() {
        let mut looked = Looked::new([glance("b", 5, 0)]);
        looked.merge(&Looked::new([glance("a", 3, 0)]));
        assert!(looked.at_head(&subject(), &head("b")).is_some());
        looked.merge(&Looked::new([glance("c", 7, 0)]));
        assert!(looked.at_head(&subject(), &head("c")).is_some());
    }
}
