//! What a process that died here left behind: told by every look, taken up before the next change (safety.md F13, R2).
//!
//! Guarantees: nothing is sent again because of it. What did reach the remote is recognised there, by the same
//! marks as a colleague's work, and the events that were lost with the process are appended then. What cannot be
//! seen on the remote is said to be so.

use std::collections::BTreeSet;

use crate::engine::Board;
use crate::engine::Call;
use crate::engine::Finding;
use crate::engine::Severity;
use crate::model::HotfixId;
use crate::record::Entry;
use crate::record::Event;
use crate::store::IntentState;
use crate::store::Journal;
use crate::store::OpenIntent;

use super::clock;
use super::fault::Fault;
use super::fault::FaultKind;
use super::ledger::Ledger;
use super::story::Shared;
use super::traces::Trace;
use super::traces::traces;
use super::workspace::Workspace;

/// One call of a run that ended too early, and what was found of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenUp {
    pub hotfix: HotfixId,
    pub call: String,
    pub found: String,
}

impl TakenUp {
    /// Returns it as one sentence.
    pub fn sentence(&self) -> String {
        format!(
            "an earlier run was interrupted: {}; what was found: {}",
            self.call, self.found
        )
    }
}

impl Workspace {
    /// Takes up what processes that died left behind, and returns it. Nothing is locked or asked where there is nothing.
    ///
    /// # Errors
    /// When the remote cannot be seen or another process is at work: everything stays as it was then.
    pub async fn take_up(&self) -> Result<Vec<TakenUp>, Fault> {
        let left = Journal::left_behind(self.state_dir()).map_err(|error| unreadable(&error))?;
        if left.is_empty() {
            return Ok(Vec::new());
        }
        let ledger = self.ledger()?;
        Box::pin(self.settle(&ledger)).await
    }

    /// The same, with the journal in hand.
    pub(super) async fn settle(&self, ledger: &Ledger) -> Result<Vec<TakenUp>, Fault> {
        let left = ledger.with(Journal::open_intents)?;
        if left.is_empty() {
            return Ok(Vec::new());
        }
        self.refresh().await?;
        if let Err(error) = self.forge().settle_lost_runs().await {
            tracing::warn!(%error, "lost runs could not be ended");
        }
        let hotfixes: BTreeSet<HotfixId> = left.iter().map(|call| call.hotfix.clone()).collect();
        let mut taken = Vec::new();
        for hotfix in hotfixes {
            let calls: Vec<&OpenIntent> =
                left.iter().filter(|call| call.hotfix == hotfix).collect();
            taken.extend(self.settle_hotfix(ledger, &hotfix, &calls).await?);
        }
        Ok(taken)
    }

    async fn settle_hotfix(
        &self,
        ledger: &Ledger,
        hotfix: &HotfixId,
        calls: &[&OpenIntent],
    ) -> Result<Vec<TakenUp>, Fault> {
        let story = self.story(hotfix)?;
        let has_begun = story.repo.chain_fetch(&story.name).await;
        let has_begun = has_begun.map_err(|error| {
            Fault::caused(
                FaultKind::Remote,
                "cannot see what an interrupted run did",
                &error,
            )
        })?;
        let taken = if has_begun.is_none() {
            // Nobody ever saw it; to open it now would surprise whoever has started another since.
            for entry in ledger.with(|journal| journal.pending(hotfix))? {
                ledger.with(|journal| journal.withdraw(&entry.id))?;
            }
            let first = calls.first();
            first
                .map(|call| found(call, "the record was not begun, nothing was done"))
                .into_iter()
                .collect()
        } else {
            if let Shared::NotYet { why } = story.share(ledger).await? {
                return Err(Fault::new(
                    FaultKind::Remote,
                    format!("cannot share what an interrupted run kept: {why}"),
                ));
            }
            let board = self.look_offline(Some(hotfix)).await?;
            let (mut taken, events) = told(&board, calls);
            if !events.is_empty() {
                story.append(ledger, events).await?;
            }
            let kept = ledger.with(|journal| journal.events(hotfix))?;
            let written = calls.iter().filter(|call| is_kept(call, &kept));
            taken.extend(written.map(|call| found(call, "it is on the record")));
            taken
        };
        for call in calls {
            ledger.with(|journal| {
                journal.set_state(
                    &call.intent,
                    call.index,
                    IntentState::Recorded,
                    clock::now(),
                )
            })?;
        }
        Ok(taken)
    }

    /// Adds to a board what was left behind here and is not taken up yet. Only reads.
    pub(super) fn tell_left_behind(&self, board: &mut Board) {
        let Some(hotfix) = board.record.as_ref().map(|record| record.hotfix.clone()) else {
            return;
        };
        let left = match Journal::left_behind(self.state_dir()) {
            Ok(left) => left,
            Err(error) => {
                tracing::warn!(%error, "the journal could not be read");
                return;
            }
        };
        let calls: Vec<&OpenIntent> = left.iter().filter(|call| call.hotfix == hotfix).collect();
        let (mut taken, _) = told(board, &calls);
        let written = calls
            .iter()
            .filter(|call| is_written(call) && has_begun(call));
        taken.extend(written.map(|call| found(call, "the next change brings it onto the record")));
        if let Some(progress) = &mut board.progress {
            let findings = taken.iter().map(|one| Finding {
                severity: Severity::Warning,
                step: None,
                text: one.sentence(),
            });
            progress.findings.extend(findings);
        }
    }
}

/// Returns what is found of each call, and the events that the record lacks for it.
fn told(board: &Board, calls: &[&OpenIntent]) -> (Vec<TakenUp>, Vec<Event>) {
    let traces = traces(board);
    let mut taken = Vec::new();
    let mut events = Vec::new();
    for call in calls {
        if is_written(call) || !has_begun(call) {
            continue;
        }
        let matching: Vec<&Trace> = traces
            .iter()
            .filter(|trace| trace.is_of(&call.call))
            .collect();
        let words = match matching.first() {
            Some(trace) => trace.found.clone(),
            None if board.seen.requests.fresh().is_none() => "the remote was not seen".to_owned(),
            None => "no trace of it on the remote".to_owned(),
        };
        events.push(Event::EffectResolved {
            intent: call.intent.clone(),
            call: call.call.clone(),
            outcome: words.clone(),
        });
        events.extend(matching.iter().filter_map(|trace| trace.missing.clone()));
        taken.push(found(call, words));
    }
    (taken, events)
}

/// Tells whether a call only appends to the record.
fn is_written(call: &OpenIntent) -> bool {
    call.call.starts_with("record ")
}

/// Tells whether the event of such a call was durable before the process died.
fn is_kept(call: &OpenIntent, kept: &[Entry]) -> bool {
    let is_its = |entry: &Entry| {
        let event = entry.event.clone();
        entry.at >= call.updated_at
            && event.is_some_and(|event| Call::Record { event }.to_string() == call.call)
    };
    match call.state {
        IntentState::Applied => is_written(call),
        IntentState::Sending => kept.iter().any(is_its),
        IntentState::Planned
        | IntentState::Durable
        | IntentState::NotApplied
        | IntentState::Unknown
        | IntentState::Recorded => false,
    }
}

/// Tells whether a call may have left this machine; those after it in the same plan never began.
fn has_begun(call: &OpenIntent) -> bool {
    match call.state {
        IntentState::Planned | IntentState::Durable => false,
        IntentState::Sending
        | IntentState::Applied
        | IntentState::NotApplied
        | IntentState::Unknown
        | IntentState::Recorded => true,
    }
}

fn found(call: &OpenIntent, words: impl Into<String>) -> TakenUp {
    TakenUp {
        hotfix: call.hotfix.clone(),
        call: call.call.clone(),
        found: words.into(),
    }
}

fn unreadable(error: &dyn std::error::Error) -> Fault {
    Fault::caused(FaultKind::Internal, "cannot read the local journal", error)
}
