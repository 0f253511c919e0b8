//! A fix that a lane has in its history and not in its files, or not in all of them: something took it out there. Git takes
//! what was merged for settled, so that carrying it once more brings nothing of it back: what took it out is taken back.

use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::PredictionOutcome;
use crate::model::Presence;
use crate::model::RemoteName;
use crate::model::StepId;
use crate::model::Verdict;
use crate::playbook::Carry;
use crate::playbook::Strategy;

use super::lanes::reverts;
use super::look::Look;
use super::parts;
use super::words::git_revert;
use super::words::git_reverts;

/// Files that are named; a person who reads more looks at the lane.
const NAMED: usize = 3;

/// What a lane lost of the fix, and by what.
pub(super) struct TakenOut<'a> {
    /// Whether all of it is gone.
    is_whole: bool,
    /// Files in which nothing of it is left, where something is in others.
    files: Vec<String>,
    /// The commit that says so of itself; none where none does.
    by: Option<&'a Commit>,
    /// The commit that brought that one into the lane, where it was made elsewhere.
    came: Option<&'a CommitId>,
    into: BranchName,
    remote: &'a RemoteName,
}

/// Returns what was taken out of a lane after a request brought it there; none where nothing was, or where carrying it once
/// more brings it back.
pub(super) fn taken_out<'a>(
    look: Look<'a>,
    step: &StepId,
    carry: &Carry,
    lane: &LaneName,
    request: &ChangeRequest,
) -> Option<TakenOut<'a>> {
    request.merged()?;
    let presence = look.presence(lane)?;
    let files = match presence.verdict {
        Verdict::Absent => Vec::new(),
        Verdict::Changed if look.acknowledgement(presence).is_none() => lacking(presence),
        Verdict::Changed | Verdict::Present | Verdict::Pending | Verdict::Unknown => return None,
    };
    let by = reverted_by(look, lane);
    let lacks_some = presence.verdict == Verdict::Absent || !files.is_empty();
    let is_settled = match carry.strategy {
        Strategy::MergeFix | Strategy::MergeLane => {
            let is_nothing = parts::outcome(look, step, lane) == Some(&PredictionOutcome::Already);
            by.is_some() || (is_nothing && lacks_some)
        }
        // A pick brings it back, whatever is in the history.
        Strategy::Pick => false,
    };
    is_settled.then_some(TakenOut {
        is_whole: presence.verdict == Verdict::Absent,
        files,
        by,
        came: came_by(look, lane),
        into: request.into.clone(),
        remote: &look.project().remote,
    })
}

/// Returns what took the whole fix out of a lane of RUN again after a request brought it there; none where no commit of the
/// lane says so.
pub(super) fn taken_out_of_run<'a>(
    look: Look<'a>,
    lane: &LaneName,
    request: &ChangeRequest,
) -> Option<TakenOut<'a>> {
    request.merged()?;
    let is_whole = look.presence(lane)?.verdict == Verdict::Absent;
    let by = reverted_by(look, lane).filter(|_| is_whole)?;
    Some(TakenOut {
        is_whole,
        files: Vec::new(),
        by: Some(by),
        came: came_by(look, lane),
        into: request.into.clone(),
        remote: &look.project().remote,
    })
}

impl TakenOut<'_> {
    /// Says what is missing, and what brings it back.
    pub(super) fn words(&self, lane: &LaneName) -> String {
        let came = self.came.map_or_else(String::new, |came| {
            format!(" (it came with {})", came.short())
        });
        let how = match self.by {
            Some(commit) => format!(
                "{} took {} out of {lane}{came}, which keeps it in its history: take that back (git revert)",
                commit.id.short(),
                if self.is_whole { "it" } else { "some of it" }
            ),
            None => format!(
                "{lane} has it in its history, so the same again changes nothing: take back what took it out (git revert)"
            ),
        };
        match nothing_in(&self.files) {
            Some(what) => format!("{what}; {how}"),
            None => how,
        }
    }

    /// Says what a person does with git, in a sentence.
    pub(super) fn sentence(&self, lane: &LaneName) -> String {
        let what = match self.by {
            Some(commit) => format!(
                "revert {}, which took {} out",
                commit.id.short(),
                if self.is_whole {
                    "the fix"
                } else {
                    "some of the fix"
                }
            ),
            None => "find what took the fix out, revert it".to_owned(),
        };
        format!("{what}, and bring that into {lane} by a change request")
    }

    /// Returns git's own line for it.
    pub(super) fn line(&self) -> String {
        match self.by {
            Some(commit) => git_revert(
                self.remote,
                &self.into,
                &commit.id,
                commit.parents.len() > 1,
            ),
            None => git_reverts(self.remote, &self.into),
        }
    }
}

/// Says in which files of a lane nothing of the fix is, where it is in others.
pub(super) fn partly(look: Look<'_>, lane: &LaneName) -> Option<String> {
    let presence = look.presence(lane)?;
    match presence.verdict {
        Verdict::Changed => nothing_in(&lacking(presence)),
        Verdict::Present | Verdict::Absent | Verdict::Pending | Verdict::Unknown => None,
    }
}

fn nothing_in(files: &[String]) -> Option<String> {
    match files {
        [] => None,
        many if many.len() > NAMED => Some(format!("nothing of it is in {} files", many.len())),
        few => Some(format!("nothing of it is in {}", few.join(", "))),
    }
}

/// Returns the files in which nothing of the fix is, where it is in others.
fn lacking(presence: &Presence) -> Vec<String> {
    let paths = presence.paths.iter();
    let lacking = paths.filter(|path| path.verdict == Verdict::Absent);
    lacking.map(|path| path.name()).collect()
}

/// Returns the commit that took the fix out of a lane, or some of it: by the whole history, else by the lane's own line.
pub(super) fn reverted_by<'a>(look: Look<'a>, lane: &LaneName) -> Option<&'a Commit> {
    match look.seen.taken_out.get(lane) {
        Some(reverted) => Some(&reverted.commit),
        None => reverted_on_line(look, lane),
    }
}

/// Returns the commit of a lane's own line that brought there what took the fix out, where that was made elsewhere.
fn came_by<'a>(look: Look<'a>, lane: &LaneName) -> Option<&'a CommitId> {
    let reverted = look.seen.taken_out.get(lane)?;
    (reverted.came != reverted.commit.id).then_some(&reverted.came)
}

/// Returns the newest commit of a lane's own line that reverts what brought the fix there and was not reverted itself. What
/// is older than the fix's last landing took nothing out that is not back, as far as anybody can tell from here.
fn reverted_on_line<'a>(look: Look<'a>, lane: &LaneName) -> Option<&'a Commit> {
    let line = look.seen.history.value()?.lanes.get(lane)?;
    let brought = brought(look, lane);
    let is_undone = |commit: &Commit| {
        let mut others = line.iter();
        others.any(|other| reverts(other).any(|id| id == commit.id))
    };
    line.iter()
        .take_while(|commit| !brought.contains(&commit.id))
        .find(|commit| reverts(commit).any(|id| brought.contains(&id)) && !is_undone(commit))
}

/// Returns the commits of the fix, and what its requests were merged as in a lane.
fn brought(look: Look<'_>, lane: &LaneName) -> Vec<CommitId> {
    let branch = look.branch_of(lane);
    let own = look.requests().iter().filter(|request| {
        let is_own = look.record.has_opened(request.id)
            || request.hotfix.as_ref() == Some(&look.record.hotfix);
        is_own && Some(&request.into) == branch.as_ref()
    });
    let merges = own.filter_map(|request| Some(request.merged()?.commit.clone()));
    let landed = look.fix().and_then(|fix| fix.landed.get(lane)).cloned();
    let mut brought = look.fix_commits();
    brought.extend(merges.chain(landed));
    brought
}
