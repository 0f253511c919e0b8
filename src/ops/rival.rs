//! Two hotfixes that were begun with one branch at the same time: which of them gives way, whoever of both died meanwhile.
//!
//! Decided from the two records alone. The branch belongs to whoever's record tells that its push made it; where a death kept
//! that from being told, to whoever began first. A start whose own push was answered and did not make the branch gives way to
//! any other, which may be about to tell. The other is looked for again just before a record ends, so that nobody gives way
//! to who did so before. Non-guarantee: where the maker died before telling, and that is decided about in the very moment
//! in which the push of the other is answered, both may give way: the branch stays, and no open hotfix has it.

use crate::engine::Outcome;
use crate::model::BranchName;
use crate::model::HotfixId;
use crate::record::EffectState;
use crate::record::Event;
use crate::record::Record;

/// How the note begins with which a record ends that gives way.
const WITHDRAWN: &str = "withdrawn: hotfix ";

/// Another open hotfix of the same branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rival {
    pub(super) hotfix: HotfixId,
    pub(super) by: String,
    branch: BranchName,
}

impl Rival {
    /// Returns what ends the record that gives way.
    pub(super) fn withdrawal(&self) -> Event {
        let Self { hotfix, by, branch } = self;
        Event::Closed {
            note: format!("{WITHDRAWN}{hotfix} by {by} was begun with {branch} meanwhile"),
        }
    }

    /// Tells whether a call with these words would have made the branch.
    pub(super) fn is_begun_by(&self, call: &str) -> bool {
        begins(call, &self.branch)
    }
}

/// Tells whether a record gives way with this.
pub(super) fn is_withdrawal(event: &Event) -> bool {
    matches!(event, Event::Closed { note } if note.starts_with(WITHDRAWN))
}

/// Returns the hotfix that this one gives way to.
pub(super) fn ahead(own: &Record, all: &[Record]) -> Option<Rival> {
    let opening = own.opening.as_ref()?;
    if own.closed.is_some() || has_made(own, &opening.branch) {
        return None;
    }
    let ours = (opening.at, &own.hotfix);
    let is_ahead = |other: &Record| {
        let began = other.opening.as_ref().map(|one| (one.at, &other.hotfix));
        has_made(other, &opening.branch) || began.is_some_and(|began| began < ours)
    };
    beside(own, all, is_ahead)
}

/// Returns any other open hotfix of the same branch, which a start that has not made the branch gives way to.
pub(super) fn any(own: &Record, all: &[Record]) -> Option<Rival> {
    beside(own, all, |_| true)
}

fn beside(own: &Record, all: &[Record], is_meant: impl Fn(&Record) -> bool) -> Option<Rival> {
    let branch = &own.opening.as_ref()?.branch;
    let is_it = |other: &&Record| {
        let opening = other.opening.as_ref();
        other.hotfix != own.hotfix
            && other.closed.is_none()
            && opening.is_some_and(|one| &one.branch == branch)
            && is_meant(other)
    };
    let found = all.iter().find(is_it)?;
    let by = found.opening.as_ref().map(|one| one.by.show());
    Some(Rival {
        hotfix: found.hotfix.clone(),
        by: by.unwrap_or_default(),
        branch: branch.clone(),
    })
}

/// Tells whether a record says that a push of its hotfix made the branch.
fn has_made(record: &Record, branch: &BranchName) -> bool {
    record.effects.values().flatten().any(|effect| {
        let is_done = matches!(
            &effect.state,
            EffectState::Observed { outcome, .. } if outcome == Outcome::Done.word()
        );
        is_done && begins(&effect.call, branch)
    })
}

fn begins(call: &str, branch: &BranchName) -> bool {
    call.starts_with(&format!("git push {} <- ", branch.to_ref()))
        && call.ends_with("(must not exist)")
}
