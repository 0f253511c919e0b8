//! What a process that died here left behind: told by every look, decided by a person (safety.md F13, R2).
//!
//! Guarantees: nothing is sent again because of it, and nothing of it runs by itself. What did reach the remote is
//! recognised there, by the same marks as a colleague's work; the events that were lost with the process are appended
//! by the plan that a person chooses. What cannot be seen on the remote is said to be so.

mod found;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::engine::Board;
use crate::engine::Finding;
use crate::engine::Found;
use crate::engine::Interrupted;
use crate::engine::Plan;
use crate::engine::Severity;
use crate::model::HotfixId;
use crate::model::IntentId;
use crate::record::Entry;
use crate::record::Event;
use crate::record::Record;
use crate::store::Journal;
use crate::store::OpenIntent;

use self::found::declares;
pub(super) use self::found::grouped;
use self::found::is_aside;
use self::found::is_kept;
use self::found::is_on_record;
use self::found::is_untold;
pub(super) use self::found::is_written;
use self::found::kept_alone;
use self::found::may_be_remade;
use self::found::seat_taken;
use self::found::taken;
use self::found::there;
use self::found::unknown;
use super::clock;
use super::execute::acts;
use super::execute::reaches_out;
use super::execute::told;
use super::fault::Fault;
use super::fault::FaultKind;
use super::ledger::Ledger;
use super::ledger::unusable;
use super::rival::Rival;
use super::story::Shared;
use super::story::Story;
use super::traces::Trace;
use super::traces::traces;
use super::workspace::Workspace;

impl Workspace {
    /// Returns what processes that died left open here, per hotfix, with what a look at the remote found of it. Nothing
    /// is asked where there is nothing.
    ///
    /// # Errors
    /// When the remote cannot be seen, or the journal cannot be read: everything stays as it was then.
    pub async fn interrupted(&self) -> Result<Vec<(HotfixId, Vec<Interrupted>)>, Fault> {
        let left = self.left_behind()?;
        if left.is_empty() {
            return Ok(Vec::new());
        }
        self.refresh().await?;
        self.end_lost_runs().await;
        let records = self.records().await?;
        let hotfixes: BTreeSet<HotfixId> = left.iter().map(|call| call.hotfix.clone()).collect();
        let mut all = Vec::new();
        for hotfix in hotfixes {
            let is_known = records.iter().any(|record| record.hotfix == hotfix);
            let found = if is_known || self.known_archive().year_of(&hotfix).is_some() {
                self.look_offline(Some(&hotfix)).await?.seen.interrupted
            } else {
                self.never_begun(&left, &hotfix)?
            };
            all.push((hotfix, found));
        }
        Ok(all)
    }

    /// Returns the board on which an interrupted intent is decided about. A hotfix whose record was never begun has a
    /// record without a word.
    pub async fn board_of_interrupted(&self, hotfix: &HotfixId) -> Result<Board, Fault> {
        let records = self.records().await?;
        let is_known = records.iter().any(|record| &record.hotfix == hotfix);
        if is_known || self.known_archive().year_of(hotfix).is_some() {
            return self.look_offline(Some(hotfix)).await;
        }
        let mut board = self.look_offline(None).await?;
        board.record = Some(Record::empty(hotfix.clone()));
        board.seen.interrupted = self.never_begun(&self.left_behind()?, hotfix)?;
        Ok(board)
    }

    /// Says of runs of ours whose process is gone that they have ended, so that a look finds them so. Asks nothing where
    /// nothing was left behind.
    pub(super) async fn end_lost_runs(&self) {
        let left = self.left_behind().unwrap_or_default();
        if !left.iter().any(|call| call.state.has_begun()) {
            return;
        }
        match self.forge().settle_lost_runs().await {
            Ok(ended) if ended.is_empty() => {}
            Ok(_) => {
                if let Err(fault) = self.refresh().await {
                    tracing::warn!(%fault, "the ended runs were not seen");
                }
            }
            Err(error) => tracing::warn!(%error, "lost runs could not be ended"),
        }
    }

    /// Returns the calls that a process which is gone left open; none while one is at work. Takes no lock, so that a look
    /// never stands in the way of a change.
    pub(super) fn left_behind(&self) -> Result<Vec<OpenIntent>, Fault> {
        if Journal::is_at_work(self.state_dir()) {
            return Ok(Vec::new());
        }
        self.open_calls()
            .by(self.state_dir(), clock::now(), Journal::open_intents)
            .map_err(|error| unusable("cannot read the local journal", &error))
    }

    /// Returns the hotfixes of these of which a run died here, but for what it wrote down and everybody sees.
    pub(super) fn cut_off(&self, records: &[Record]) -> BTreeSet<HotfixId> {
        let left = self.left_behind().unwrap_or_default();
        let is_open = |record: &&Record| {
            let mut calls = left.iter().filter(|call| call.hotfix == record.hotfix);
            calls.any(|call| !is_on_record(call, record.shared()))
        };
        let open = records.iter().filter(is_open);
        open.map(|record| record.hotfix.clone()).collect()
    }

    /// Nobody ever saw the record of this hotfix, so nothing was done for it.
    fn never_begun(
        &self,
        left: &[OpenIntent],
        hotfix: &HotfixId,
    ) -> Result<Vec<Interrupted>, Fault> {
        let words = self.words_of(left)?;
        let calls: Vec<&OpenIntent> = left.iter().filter(|call| &call.hotfix == hotfix).collect();
        Ok(grouped(&calls, &words, |_| Found::NotBegun))
    }

    fn words_of(&self, left: &[OpenIntent]) -> Result<BTreeMap<IntentId, String>, Fault> {
        Journal::words_left(self.state_dir(), left)
            .map_err(|error| unusable("cannot read the local journal", &error))
    }

    /// Adds to a board what was left behind here and is not decided about yet. Only reads. Where the hotfix gives way to a
    /// `rival`, the branch that is there is not its own, and whatever is decided about its start withdraws it.
    pub(super) fn tell_left_behind(&self, board: &mut Board, rival: Option<&Rival>) {
        let Some(hotfix) = board.record.as_ref().map(|record| record.hotfix.clone()) else {
            return;
        };
        let left = self.left_behind();
        let left = left.and_then(|left| Ok((self.words_of(&left)?, left)));
        let (words, left) = match left {
            Ok(found) => found,
            Err(fault) => {
                tracing::warn!(%fault, "the journal could not be read");
                tell(board, fault.to_string());
                return;
            }
        };
        let calls: Vec<&OpenIntent> = left.iter().filter(|call| call.hotfix == hotfix).collect();
        let (kept, traces) = if calls.is_empty() {
            (Vec::new(), traces(board))
        } else {
            let kept = Journal::kept_back(self.state_dir(), &hotfix).unwrap_or_default();
            let traces = traces_beside_kept(board, &hotfix, kept.clone());
            (kept, traces)
        };
        let is_seen = board.seen.requests.fresh().is_some() && board.seen.tips.fresh().is_some();
        let archive = self.known_archive();
        let tips = board.seen.tips.fresh().cloned().unwrap_or_default();
        let find = |text: &str| match traces.iter().find(|trace| trace.is_of(text)) {
            Some(_) => there(&traces, text),
            None if is_untold(text) => Found::Untold,
            None if is_seen && may_be_remade(&tips, text) => Found::Untold,
            None if is_seen => archive.trace_of(text).unwrap_or(Found::Nowhere),
            None => Found::NotSeen,
        };
        // What was seen of it before may be over by now.
        let rival = rival.filter(|_| is_seen);
        let find = |text: &str| match rival {
            Some(rival) if rival.is_begun_by(text) => taken(rival),
            Some(_) | None => find(text),
        };
        let locks = &board.seen.locks;
        let seat = |text: &str| seat_taken(locks, text).filter(|_| is_seen);
        let shared = board.record.as_ref().map_or(&[][..], Record::shared);
        let mut interrupted = grouped(&calls, &words, |call| {
            let is_lost = rival.is_some_and(|rival| rival.is_begun_by(&call.call));
            if is_written(&call.call) && is_on_record(call, shared) {
                Found::Recorded
            } else if is_written(&call.call) {
                Found::Written
            } else if call.state.has_begun() || is_lost {
                seat(&call.call).unwrap_or_else(|| find(&call.call))
            } else {
                Found::NotBegun
            }
        });
        if let Some(record) = &board.record {
            interrupted.extend(unknown(record, &interrupted, find));
        }
        let mut sentences: Vec<String> = interrupted
            .iter()
            .flat_map(Interrupted::sentences)
            .collect();
        sentences.extend(kept_alone(&calls, &interrupted, &kept));
        let record = board.record.as_ref();
        let mut first = "";
        if record.is_some_and(|record| record.not_shared > 0) {
            // What was said since then waits for it, beside the word that it goes out by itself.
            first = ", before anything that is kept here is sent";
            if let (true, Some(one)) = (sentences.is_empty(), interrupted.first()) {
                sentences.push(format!("an earlier run was interrupted: {}", one.title()));
            }
        }
        board.seen.interrupted = interrupted;
        for sentence in sentences {
            let text = format!("{sentence}; `lanekeeper resume` decides about it{first}");
            tell(board, text);
        }
    }

    /// Takes up what a process that died only meant to write down: what it kept goes out with the next append, and the
    /// same words said again mean the same event. Closes intents of which nothing ever began and which `plan` replaces. What
    /// `plan` drops is taken away instead.
    pub(super) async fn take_up_written(
        ledger: &Ledger,
        story: &Story,
        plan: &Plan,
    ) -> Result<TakenUp, Fault> {
        let left = ledger.with(Journal::open_intents)?;
        let left: Vec<&OpenIntent> = left
            .iter()
            .filter(|call| call.hotfix == plan.hotfix)
            .collect();
        if left.is_empty() {
            return Ok(TakenUp::default());
        }
        if let Some(intent) = plan.drops() {
            let pending = ledger.with(|journal| journal.pending(&plan.hotfix))?;
            // Whatever is appended takes along what is kept, so it goes before the word about it.
            for entry in pending
                .iter()
                .filter(|entry| entry.intent() == Some(intent.as_str()))
            {
                ledger.with(|journal| journal.withdraw(&entry.id))?;
            }
        }
        let kept = ledger.with(|journal| journal.events(&plan.hotfix))?;
        let pending = ledger.with(|journal| journal.pending(&plan.hotfix))?;
        if plan.settles.is_some() && is_unseen(&kept, &pending) {
            // A person is about to decide whether anybody will see this hotfix.
            return Ok(TakenUp::default());
        }
        let mut taken = TakenUp::default();
        let mut intents: BTreeMap<&IntentId, Vec<&OpenIntent>> = BTreeMap::new();
        for call in left {
            intents.entry(&call.intent).or_default().push(call);
        }
        for (intent, calls) in intents {
            if plan.drops() == Some(intent) {
                continue;
            }
            let before = taken.calls.len();
            for call in calls.iter().filter(|call| is_kept(call, &kept)) {
                taken.calls.push(call.call.clone());
            }
            if calls.iter().all(|call| is_aside(&call.call)) {
                // What the words were for is on the record; only the copy of it was cut off.
                let over = ledger.with(|journal| journal.over(intent))?.into_iter();
                let over = over.map(|call| call.call);
                taken.calls.extend(over.filter(|call| is_written(call)));
            }
            // A copy that was begun is made anew by every plan, and nobody has to find out about it.
            let has_acted = |call: &&OpenIntent| {
                !is_written(&call.call) && !is_aside(&call.call) && call.state.has_begun()
            };
            let is_written_only = calls.iter().all(|call| is_written(&call.call));
            // Who acts anew on this hotfix has decided about what never began.
            let is_replaced =
                is_written_only || plan.changes.iter().any(|change| reaches_out(&change.call));
            if !calls.iter().any(has_acted) && is_replaced && plan.settles.as_ref() != Some(intent)
            {
                if taken.calls.len() > before {
                    taken.intents.push(intent.clone());
                } else {
                    ledger.with(|journal| journal.close(intent, clock::now()))?;
                }
            }
        }
        // What the plan itself writes down is durable before any byte leaves, so what was kept waits for it.
        let writes_more = plan
            .changes
            .iter()
            .any(|change| acts(&change.call) || !taken.calls.contains(&told(&change.call)));
        if !taken.calls.is_empty() && !writes_more {
            story.share(ledger).await?;
        }
        Ok(taken)
    }

    /// Closes the intent that a plan decided about, once the record knows of its calls.
    pub(super) async fn close_interrupted(
        ledger: &Ledger,
        story: &Story,
        intent: &IntentId,
    ) -> Result<(), Fault> {
        let kept = ledger.with(|journal| journal.events(&story.hotfix))?;
        let pending = ledger.with(|journal| journal.pending(&story.hotfix))?;
        // A declaration that nobody was told of is not made any more: a call begins only after it.
        for entry in pending.iter().filter(|entry| declares(entry, intent)) {
            ledger.with(|journal| journal.withdraw(&entry.id))?;
        }
        if !pending.is_empty() && is_unseen(&kept, &pending) {
            let head = story.chains.fetch(&story.name).await.map_err(|error| {
                Fault::caused(
                    FaultKind::Remote,
                    "cannot see whether the record was begun",
                    &error,
                )
            })?;
            if head.is_none() {
                // Nobody ever saw it; to open it now would surprise whoever has started another since.
                for entry in pending {
                    ledger.with(|journal| journal.withdraw(&entry.id))?;
                }
            }
        }
        ledger.with(|journal| journal.close(intent, clock::now()))
    }
}

/// Returns the traces on the remote, beside the record and what this machine has kept for it: an event that is durable here
/// goes out with the next append, and is not made a second time.
fn traces_beside_kept(board: &mut Board, hotfix: &HotfixId, kept: Vec<Entry>) -> Vec<Trace> {
    let shared = board.record.clone();
    if let Some(record) = &mut board.record {
        let shared = record.shared().to_vec();
        *record = Record::fold(hotfix.clone(), shared.into_iter().chain(kept));
    }
    let traces = traces(board);
    board.record = shared;
    traces
}

/// Tells whether nobody else ever saw what is kept of a hotfix.
fn is_unseen(kept: &[Entry], pending: &[Entry]) -> bool {
    kept.len() == pending.len() && !is_put_back(pending)
}

/// Tells whether what waits to be shared of a hotfix is its record, which was gone: it is put back behind an alarm, and was
/// seen before.
pub(super) fn is_put_back(pending: &[Entry]) -> bool {
    let is_alarm = |entry: &Entry| matches!(entry.event, Some(Event::AlarmRaised { .. }));
    pending.iter().any(is_alarm)
}

/// What a run takes up of those that died before it.
#[derive(Debug, Default)]
pub(super) struct TakenUp {
    /// The calls whose events are kept here.
    pub(super) calls: Vec<String>,
    /// Their intents, which stay open until the events are shared.
    intents: Vec<IntentId>,
}

impl TakenUp {
    /// Shares what was taken up, also where the plan stopped before it wrote anything of its own, and closes the intents of it
    /// only then: who dies before that finds them open, and does not say the same once more.
    pub(super) async fn share(&self, ledger: &Ledger, story: &Story) -> Result<(), Fault> {
        if self.calls.is_empty() {
            return Ok(());
        }
        if let Shared::NotYet { why } = story.share(ledger).await? {
            tracing::warn!(why, "what an earlier run kept is not shared yet");
            return Ok(());
        }
        for intent in &self.intents {
            ledger.with(|journal| journal.close(intent, clock::now()))?;
        }
        Ok(())
    }
}

/// Adds a warning to what a board tells.
pub(super) fn tell(board: &mut Board, text: String) {
    if let Some(progress) = &mut board.progress {
        progress.findings.push(Finding {
            severity: Severity::Warning,
            step: None,
            text,
        });
    }
}
