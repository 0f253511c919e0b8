//! Everything a front shows: one look, folded, derived and laid out.

use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::Driven;
use crate::model::HotfixId;
use crate::model::LaneName;
use crate::model::RefsMark;
use crate::model::RequestId;
use crate::model::Seen;
use crate::model::Subject;
use crate::model::Verdict;
use crate::playbook::Playbook;
use crate::record::Record;

use super::carried::ALONE;
use super::carried::slug;
use super::comparison::DiffOf;
use super::debt::Debt;
use super::derive::clean_here;
use super::derive::leaves_out;
use super::inbox::inbox;
use super::intent::Intent;
use super::interrupted::Interrupted;
use super::interrupted::Resuming;
use super::look::Look;
use super::looked::Looked;
use super::observation::Observation;
use super::plan::Plan;
use super::plan::Refusal;
use super::plan::overridable;
use super::plan::plan_called;
use super::state::NextAction;
use super::state::Prerequisite;
use super::state::Progress;
use super::taken_out::partly;

/// One hotfix as seen now, with the project around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    pub book: Playbook,
    /// None while no hotfix is selected: the lanes alone.
    pub record: Option<Record>,
    pub seen: Observation,
    pub progress: Option<Progress>,
    /// Every hotfix of the project, open ones first, newest first.
    pub hotfixes: Vec<HotfixSummary>,
    /// Hotfixes that RUN took and a BUILD lane lacks, the oldest first.
    pub debt: Vec<Debt>,
    /// How many are not known there: closed long ago, or carried without a hotfix, and so not looked at, or git could not
    /// tell.
    pub debt_left_out: usize,
    /// Why this console only looks, where another one of this machine has the seat of writing.
    pub only_looks: Option<String>,
    /// Diffs that were looked at on this machine, of everything that waits for a decision.
    pub looked: Looked,
    /// The refs that all of this was made from, or older ones: while they stay nothing in them has moved.
    pub refs: RefsMark,
}

impl Board {
    /// Returns how many entries of records are on this machine only and wait to be sent.
    pub fn not_shared(&self) -> usize {
        let kept = self.hotfixes.iter().map(|hotfix| hotfix.not_shared);
        kept.sum()
    }

    /// Returns the hotfix that is shown, as commands must name it; none where they mean it by themselves. One that is not
    /// begun yet is meant once it is the only one.
    pub fn named(&self) -> Option<&HotfixId> {
        let shown = &self.record.as_ref()?.hotfix;
        let is_meant = match HotfixSummary::unnamed(&self.hotfixes)[..] {
            [only] => &only.id == shown,
            [] => self.hotfixes.iter().all(|row| &row.id != shown),
            [_, _, ..] => false,
        };
        (!is_meant).then_some(shown)
    }

    /// Returns the same as people write it: by its slug, where no other hotfix answers to that.
    pub fn called(&self) -> Option<&str> {
        let id = self.named()?;
        let slug = slug(id);
        let meant = self.hotfixes.iter().filter(|row| row.is_meant_by(slug));
        let is_alone = meant.map(|row| &row.id).eq([id]);
        Some(if is_alone { slug } else { id.as_str() })
    }

    /// Plans an intent on this board; whatever commands it tells name the hotfix where they must.
    pub fn plan(&self, intent: &Intent, record: &Record) -> Result<Plan, Refusal> {
        self.plan_by(&self.book, intent, record)
    }

    /// Plans the same by another playbook, as one that has a part of the targets.
    pub fn plan_by(
        &self,
        book: &Playbook,
        intent: &Intent,
        record: &Record,
    ) -> Result<Plan, Refusal> {
        let seen = &self.seen;
        plan_called(intent, Look { book, record, seen }, self.called())
    }

    /// Plans one way of deciding about what was interrupted, or says why that cannot be done now. Whoever offers one asks
    /// this, so that no front offers what another refuses.
    pub fn plan_resume(&self, one: &Interrupted, how: Resuming) -> Result<Plan, Vec<String>> {
        let Some(record) = &self.record else {
            return Err(vec!["the record was not read".to_owned()]);
        };
        self.plan(&one.resume(how), record)
            .map_err(|refusal| refusal.reasons)
    }

    /// Returns what can be done now. Before all else a person decides about what was interrupted.
    pub fn next_actions(&self) -> Vec<NextAction> {
        let left = self.seen.interrupted.iter();
        let left = left.filter(|one| one.may_have_acted());
        let ways = left.flat_map(|one| Resuming::ALL.map(|how| (one, how)));
        let decisions = ways.filter_map(|(one, how)| {
            let plan = self.plan_resume(one, how).ok()?;
            Some(NextAction {
                intent: one.resume(how),
                text: plan.title,
                level: plan.level,
                who: Prerequisite::Me,
                resolves: None,
                by_git: None,
            })
        });
        let rest = self.progress.iter().flat_map(|progress| &progress.next);
        decisions.chain(rest.cloned()).collect()
    }

    /// Returns what must be looked at before the operator can do something: a yes counts only for what was looked at.
    pub fn to_look_at(&self, action: &NextAction, looked: &Looked) -> Option<DiffOf> {
        let (Intent::Approve { subject, .. }, Prerequisite::Me) = (&action.intent, &action.who)
        else {
            return None;
        };
        let requests = self.seen.requests.value().map_or(&[][..], Vec::as_slice);
        let deployments = self.seen.deployments.value().map_or(&[][..], Vec::as_slice);
        let project = &self.book.project;
        let (me, record) = (&self.seen.me, self.record.as_ref());
        let inbox = inbox(project, requests, deployments, me, looked, record);
        let item = inbox.item(subject);
        let is_looked = item.is_some_and(|item| item.standing.is_looked());
        (!is_looked).then(|| DiffOf::Subject(subject.clone()))
    }

    /// Returns the hotfix for which something is decided: the one that it names, and where that one is over the one that is
    /// shown, if it goes on with it.
    pub fn decided_for(&self, subject: &Subject, named: Option<&HotfixId>) -> Option<HotfixId> {
        let is_over = named.is_some_and(|id| !self.is_open(id));
        match &self.record {
            Some(record) if is_over && self.goes_on_with(subject) => Some(record.hotfix.clone()),
            Some(_) | None => named.cloned(),
        }
    }

    /// Tells whether a hotfix is known and not closed.
    pub fn is_open(&self, hotfix: &HotfixId) -> bool {
        let mut rows = self.hotfixes.iter();
        rows.any(|row| row.is_open && &row.id == hotfix)
    }

    /// Tells whether the hotfix that is shown is open, and one of its steps is about a change request.
    fn goes_on_with(&self, subject: &Subject) -> bool {
        let (Subject::Request(id), Some(record)) = (subject, &self.record) else {
            return false;
        };
        let mut steps = self.progress.iter().flat_map(|progress| &progress.steps);
        let is_of = |request: &Option<RequestId>| request.as_ref() == Some(id);
        self.is_open(&record.hotfix)
            && steps.any(|step| {
                let mut targets = step.targets.iter();
                is_of(&step.request) || targets.any(|target| is_of(&target.request))
            })
    }

    /// Returns what the merge drivers of the clone have to do with what is still to be carried into a lane.
    pub fn driven_into(&self, lane: &LaneName) -> Option<&Driven> {
        let steps = self.progress.iter().flat_map(|progress| &progress.steps);
        let mut targets = steps.flat_map(|step| &step.targets);
        targets.find_map(|target| target.driven.as_ref().filter(|_| &target.lane == lane))
    }

    /// Tells whether the fix is CHANGED in a lane that nothing of it ever came into: its files are neither as with the fix
    /// nor as without it, which says nothing of where the fix is.
    pub fn is_unreached(&self, lane: &LaneName) -> bool {
        self.look().is_some_and(|look| {
            let verdict = look.presence(lane).map(|presence| presence.verdict);
            verdict == Some(Verdict::Changed) && !look.was_carried(lane)
        })
    }

    /// Returns a lane's verdict in words: CHANGED claims nothing of a lane that nothing ever came into.
    pub fn verdict_in(&self, lane: &LaneName, verdict: Verdict) -> String {
        let word = verdict.word();
        if verdict == Verdict::Changed && self.is_unreached(lane) {
            return format!("{word}, nothing of it was carried here");
        }
        word.to_owned()
    }

    /// Says in which files of a lane nothing of the fix is, where it is in others and nobody accepted that.
    pub fn lacking_in(&self, lane: &LaneName) -> Option<String> {
        let look = self.look()?;
        if look.is_present(lane).is_some() || self.is_unreached(lane) {
            return None;
        }
        partly(look, lane)
    }

    /// Tells whether an open request, as it is now, brings nothing of the fix into its lane.
    pub fn leaves_out(&self, request: &ChangeRequest) -> bool {
        let into = self.book.project.lane_of_branch(&request.into);
        let look = self.look();
        look.zip(into)
            .is_some_and(|(look, into)| request.is_open() && leaves_out(look, request, &into.name))
    }

    /// Says that git merges a request of which its forge says that it conflicts.
    pub fn clean_here(&self, request: &ChangeRequest) -> Option<String> {
        let into = self.book.project.lane_of_branch(&request.into)?;
        clean_here(self.look()?, request, &into.name)
    }

    /// Returns the lanes in which the fix is CHANGED now, and of which nobody has said yet that it is alive there.
    pub fn changed_lanes(&self) -> Vec<LaneName> {
        let Some(look) = self.look().filter(|look| look.record.closed.is_none()) else {
            return Vec::new();
        };
        let waits = |lane: &&LaneName| {
            let seen = self.seen.presence.get(*lane);
            let presence = seen.and_then(Seen::fresh);
            presence.is_some_and(|presence| {
                let is_changed = presence.verdict == Verdict::Changed;
                is_changed && !presence.paths.is_empty() && !look.is_alive(presence)
            })
        };
        let lanes = self.book.project.lanes.iter().map(|lane| &lane.name);
        lanes.filter(waits).cloned().collect()
    }

    /// Returns the rules that an override would lift now, each as it is named and in words.
    pub fn overridable(&self) -> Vec<(String, String)> {
        let look = self.look().filter(|look| look.record.closed.is_none());
        let (Some(look), Some(progress)) = (look, &self.progress) else {
            return Vec::new();
        };
        overridable(look, &progress.steps)
    }

    fn look(&self) -> Option<Look<'_>> {
        self.record.as_ref().map(|record| Look {
            book: &self.book,
            record,
            seen: &self.seen,
        })
    }
}

/// One row of the hotfix list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HotfixSummary {
    pub id: HotfixId,
    pub title: String,
    pub branch: BranchName,
    pub base: LaneName,
    pub playbook: String,
    pub is_open: bool,
    /// How many entries of its record are on this machine only.
    pub not_shared: usize,
    /// Whether a run of it died here, and nobody has decided about it yet.
    pub is_interrupted: bool,
}

impl HotfixSummary {
    /// Returns the open ones of which one is meant where none is named: what is carried without a hotfix stands back.
    pub fn unnamed(all: &[Self]) -> Vec<&Self> {
        let open = all.iter().filter(|row| row.is_open);
        let (alone, own): (Vec<&Self>, Vec<&Self>) = open.partition(|row| row.playbook == ALONE);
        if own.is_empty() { alone } else { own }
    }

    /// Tells whether words of a person can mean it: its id or the beginning of it, its slug, its branch.
    pub fn is_meant_by(&self, words: &str) -> bool {
        self.branch.as_str() == words || self.id.is_meant_by(words)
    }
}
