//! Playbook, record and observation side by side, with the questions that both `derive` and `plan` ask.

use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Deployment;
use crate::model::Edge;
use crate::model::Lane;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::Presence;
use crate::model::Project;
use crate::model::Seen;
use crate::model::Timestamp;
use crate::model::Verdict;
use crate::playbook::Playbook;
use crate::record::Acknowledged;
use crate::record::Opening;
use crate::record::Record;

use super::observation::EdgeSight;
use super::observation::FixSight;
use super::observation::Observation;
use super::ours::is_ours;
use super::state::WaitingOn;

/// One look at one hotfix.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub book: &'a Playbook,
    pub record: &'a Record,
    pub seen: &'a Observation,
}

impl<'a> Look<'a> {
    pub(super) fn project(&self) -> &'a Project {
        &self.book.project
    }

    /// Returns a time that the forge gave by this machine's clock, which is what the record goes by; as it is where the two
    /// do not differ by anything worth telling.
    pub(super) fn by_our_clock(&self, at: Timestamp) -> Timestamp {
        match self.seen.clock_offset {
            Some(ahead) => Timestamp::from_second(at.as_second().saturating_sub(ahead)),
            None => at,
        }
    }

    pub(super) fn opening(&self) -> Option<&'a Opening> {
        self.record.opening.as_ref()
    }

    /// Returns the hotfix branch.
    pub(super) fn fix_branch(&self) -> Option<&'a BranchName> {
        self.opening().map(|opening| &opening.branch)
    }

    pub(super) fn fix(&self) -> Option<&'a FixSight> {
        self.seen.fix.value()
    }

    /// Returns the fix's commits, oldest first: as seen, else as once recorded.
    pub(super) fn fix_commits(&self) -> Vec<CommitId> {
        let seen: Vec<CommitId> = self
            .fix()
            .map(|fix| fix.commits.iter().map(|commit| commit.id.clone()).collect())
            .unwrap_or_default();
        if !seen.is_empty() {
            return seen;
        }
        self.record
            .snapshot
            .as_ref()
            .map(|snapshot| snapshot.commits.clone())
            .unwrap_or_default()
    }

    /// Returns the head of the fix: the branch's, else the recorded one.
    pub(super) fn fix_head(&self) -> Option<&'a CommitId> {
        self.fix()
            .and_then(|fix| fix.head.as_ref())
            .or_else(|| self.record.snapshot.as_ref().map(|snapshot| &snapshot.head))
    }

    pub(super) fn lane(&self, name: &LaneName) -> Option<&'a Lane> {
        self.project().lane(name)
    }

    pub(super) fn branch_of(&self, lane: &LaneName) -> Option<BranchName> {
        self.lane(lane).and_then(Lane::branch_name)
    }

    /// Returns where a branch stands, fresh or not.
    pub(super) fn tip(&self, branch: &BranchName) -> Option<&'a CommitId> {
        self.seen.tips.value()?.get(branch)
    }

    /// Returns the tip of a lane, fresh or not.
    pub(super) fn lane_tip(&self, lane: &LaneName) -> Option<&'a CommitId> {
        self.tip(&self.branch_of(lane)?)
    }

    pub(super) fn requests(&self) -> &'a [ChangeRequest] {
        self.seen.requests.value().map_or(&[], Vec::as_slice)
    }

    pub(super) fn deployments(&self) -> &'a [Deployment] {
        self.seen.deployments.value().map_or(&[], Vec::as_slice)
    }

    /// Returns the presence in a lane, fresh or not.
    pub(super) fn presence(&self, lane: &LaneName) -> Option<&'a Presence> {
        self.seen.presence.get(lane)?.value()
    }

    /// Tells whether the fix is in the lane. A fix without commits is nowhere, whatever a tree test says of nothing.
    pub(super) fn is_present(&self, lane: &LaneName) -> Option<&'a Presence> {
        let presence = self.presence(lane)?;
        (self.is_alive(presence) && !self.fix_commits().is_empty()).then_some(presence)
    }

    /// Tells whether a tree has the fix: nothing is left to apply, or a person accepted what it has become.
    pub(super) fn is_alive(&self, presence: &Presence) -> bool {
        presence.verdict == Verdict::Present || self.acknowledgement(presence).is_some()
    }

    /// Tells whether anything of the fix ever came into a lane, whatever became of it there: by what history, the requests
    /// and the record tell. Where nobody could tell, it did; where the conflict was solved by dropping it, it did not.
    pub(super) fn was_carried(&self, lane: &LaneName) -> bool {
        if self.was_dropped(lane) {
            return false;
        }
        let unreached = self.seen.unreached.value();
        if !unreached.is_some_and(|lanes| lanes.contains(lane)) {
            return true;
        }
        let branch = self.branch_of(lane);
        let by_request = self.requests().iter().any(|request| {
            let is_into = Some(&request.into) == branch.as_ref();
            is_into && request.merged().is_some() && is_ours(self.record, request)
        });
        by_request
            || was_merged_into(self.project(), self.record, lane)
            || self.fix().is_some_and(|fix| fix.landed.contains_key(lane))
    }

    /// Tells whether what was carried into a lane brought nothing of the fix.
    pub(super) fn was_dropped(&self, lane: &LaneName) -> bool {
        self.seen.dropped.contains(lane)
    }

    /// Tells whether a lane took the fix and did not give it back. A fix without commits is nowhere.
    pub(super) fn has_taken(&self, lane: &LaneName) -> bool {
        let has_landed = self.fix().is_some_and(|fix| fix.landed.contains_key(lane));
        let presence = self.seen.presence.get(lane);
        !self.fix_commits().is_empty()
            && has_taken(self.project(), self.record, lane, presence, has_landed)
    }

    /// Returns the acknowledgement that covers a CHANGED verdict.
    pub(super) fn acknowledgement(&self, presence: &Presence) -> Option<&'a Acknowledged> {
        acknowledged(self.record, presence)
    }

    pub(super) fn edge(&self, from: &LaneName, into: &LaneName) -> Option<&'a Seen<EdgeSight>> {
        self.seen.edges.get(&Edge {
            from: from.clone(),
            into: into.clone(),
        })
    }

    /// Tells whether changes to this lane are changes to production.
    pub(super) fn is_production(&self, lane: &LaneName) -> bool {
        self.project().is_production(lane)
            || self
                .project()
                .production()
                .is_some_and(|production| &production.name == lane)
    }

    /// Tells whether hotfixes of this project normally begin elsewhere.
    pub(super) fn run_entry_differs(&self, from: &LaneName) -> bool {
        &self.book.base != from
    }

    /// Returns the BUILD lanes that exist as a branch.
    pub(super) fn build_lanes(&self) -> impl Iterator<Item = &'a Lane> {
        self.project()
            .lanes
            .iter()
            .filter(|lane| lane.layer == Layer::Build && lane.branch_name().is_some())
    }

    /// Returns a commit of a lane's recent history.
    pub(super) fn commit(&self, id: &CommitId) -> Option<&'a Commit> {
        self.seen
            .history
            .value()?
            .lanes
            .values()
            .flatten()
            .find(|commit| &commit.id == id)
    }
}

/// Returns why a fact cannot be relied on now, if so.
pub(super) fn sight<T>(what: &str, seen: Option<&Seen<T>>) -> Option<WaitingOn> {
    let (last_seen, why) = match seen {
        Some(Seen::Known { .. }) => return None,
        Some(Seen::Stale { at, why, .. }) => (Some(*at), why.clone()),
        Some(Seen::Unknown { why }) => (None, why.clone()),
        None => (None, "not looked at yet".to_owned()),
    };
    Some(WaitingOn::Sight {
        what: what.to_owned(),
        last_seen,
        why,
    })
}

/// Tells whether the record has a merge of the fix into a lane. One into a branch beside the target, where its conflicts are
/// resolved, brought nothing there.
fn was_merged_into(project: &Project, record: &Record, lane: &LaneName) -> bool {
    record.merges.iter().any(|(key, merged)| {
        let into = record.opened_into(merged.request);
        let into = into.map(|branch| project.lane_of_branch(branch).map(|lane| &lane.name));
        into.unwrap_or(key.1.as_ref()) == Some(lane)
    })
}

/// Tells whether a lane took the fix and did not give it back: it is there, or it came there once and is not gone.
pub(super) fn has_taken(
    project: &Project,
    record: &Record,
    lane: &LaneName,
    presence: Option<&Seen<Presence>>,
    has_landed: bool,
) -> bool {
    // A lane that was not looked at has no branch.
    let Some(presence) = presence.map(Seen::value) else {
        return false;
    };
    if presence.is_some_and(|presence| acknowledged(record, presence).is_some()) {
        return true;
    }
    match presence.map_or(Verdict::Unknown, |presence| presence.verdict) {
        Verdict::Present => true,
        Verdict::Changed | Verdict::Unknown => has_landed || was_merged_into(project, record, lane),
        // Pending is not there, and on its way.
        Verdict::Absent | Verdict::Pending => false,
    }
}

/// Returns the acknowledgement that covers a CHANGED verdict: one for every path, for the blob that is there and for what
/// the fix makes of it. A later part of the fix is not covered, also where nobody recorded that it came.
pub fn acknowledged<'a>(record: &'a Record, presence: &Presence) -> Option<&'a Acknowledged> {
    if presence.verdict != Verdict::Changed {
        return None;
    }
    let mut latest = None;
    for path in presence
        .paths
        .iter()
        .filter(|path| path.verdict != Verdict::Present)
    {
        let covers = |one: &&Acknowledged| {
            // What an older version accepted does not say of which fix.
            let is_of_it = one.made.is_none() || one.made == path.made;
            one.path == path.path && one.blob == path.blob && is_of_it
        };
        latest = Some(record.acknowledged.iter().rev().find(covers)?);
    }
    latest
}
