//! Would it apply.
use crate::model::CommitId;
/// One question to [`super::Repo::predict_many`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Question {
    /// Would `base..commit`, as one pick, apply onto `onto`?
    Pick {
        commit: CommitId,
        base: CommitId,
        onto: CommitId,
    },
    /// Would `other` merge into `onto`?
    Merge { other: CommitId, onto: CommitId },
}
