//! Whether a plan that goes on with an interrupted run stays within it: the same acts in the same places. The next stage of
//! the step, and another target's, are wanted by nobody yet.

use crate::engine::interrupted::Interrupted;
use crate::engine::merges::merge_of;
use crate::model::ChangeRequest;
use crate::model::redact;

use super::Call;
use super::Desk;
use super::Refusal;
use super::RequestRef;
use super::draft::Draft;
use super::refuse;

impl Desk<'_> {
    /// Tells whether a stage does what the run that is gone on with was not about.
    pub(super) fn goes_further(&self, draft: &Draft) -> bool {
        let Some(left) = self.only else {
            return false;
        };
        let calls = || draft.changes.iter().map(|change| &change.call);
        let most = calls().map(weight).max();
        let mut judged = calls().filter(|call| Some(weight(call)) == most);
        !judged.any(|call| declares(left, call, self.look.requests()))
    }

    /// Refuses the next stage in place of the one that was interrupted.
    pub(super) fn over(&self, wanted: String) -> Refusal {
        refuse(
            wanted,
            "nothing to do: nothing is left of what was interrupted",
        )
    }
}

/// Says how much of a stage a call is. What goes along with the call that a stage is for, on the record or beside the checks,
/// follows from the world, and tells no stage from another.
fn weight(call: &Call) -> u8 {
    match call {
        Call::Record { .. } | Call::Mirror { .. } => 0,
        Call::SetStatus { .. } | Call::RunChecks { .. } => 1,
        Call::CreateBranch { .. }
        | Call::Import { .. }
        | Call::Archive { .. }
        | Call::Restore { .. }
        | Call::DeleteBranch { .. }
        | Call::BuildTarget { .. }
        | Call::BuildConflict { .. }
        | Call::BuildResolved { .. }
        | Call::PushResolution { .. }
        | Call::PushLocal { .. }
        | Call::OpenRequest { .. }
        | Call::CloseRequest { .. }
        | Call::MarkReady { .. }
        | Call::Decide { .. }
        | Call::Merge { .. }
        | Call::CreateDeployment { .. }
        | Call::StartDeployment { .. }
        | Call::RunMigrations { .. }
        | Call::RetryJob { .. }
        | Call::Comment { .. }
        | Call::Drive { .. } => 2,
    }
}

/// Tells whether the run had declared a call that does the same there: what it is made from may have moved since, but a merge
/// is of the head that was looked at.
fn declares(left: &Interrupted, call: &Call, requests: &[ChangeRequest]) -> bool {
    let begins = begins(call, requests);
    let mut declared = left.calls.iter().map(|one| one.call.as_str());
    declared.any(|text| {
        let mut rests = begins
            .iter()
            .filter_map(|begin| text.strip_prefix(begin.as_str()));
        rests.any(|rest| rest.is_empty() || rest.starts_with([' ', ',']))
    })
}

/// Returns how a call with the same act is told, up to what may differ.
fn begins(call: &Call, requests: &[ChangeRequest]) -> Vec<String> {
    match call {
        Call::CreateBranch { branch, .. }
        | Call::BuildTarget { branch, .. }
        | Call::BuildResolved { branch, .. }
        | Call::PushResolution { branch, .. }
        | Call::PushLocal { branch, .. }
        | Call::BuildConflict { base: branch, .. } => {
            vec![format!("git push {} <-", branch.to_ref())]
        }
        Call::OpenRequest { from, into, .. } => {
            vec![format!("open change request {from} -> {into}")]
        }
        Call::MarkReady { request, .. } => vec![format!("mark change request {request} ready")],
        Call::SetStatus { request, .. } => {
            let about =
                |place: String| format!("set hotfix/unresolved of change request {place} to");
            places(request, requests).into_iter().map(about).collect()
        }
        Call::RunChecks { request, .. } => {
            let about = |place: String| format!("run the checks of change request {place}");
            places(request, requests).into_iter().map(about).collect()
        }
        Call::Merge {
            request,
            method,
            head,
            into,
            ..
        } => vec![merge_of(*request, *method, into, head)],
        Call::Record { .. }
        | Call::Import { .. }
        | Call::Archive { .. }
        | Call::Restore { .. }
        | Call::DeleteBranch { .. }
        | Call::CloseRequest { .. }
        | Call::Decide { .. }
        | Call::CreateDeployment { .. }
        | Call::StartDeployment { .. }
        | Call::RunMigrations { .. }
        | Call::RetryJob { .. }
        | Call::Comment { .. }
        | Call::Mirror { .. }
        | Call::Drive { .. } => vec![redact(&call.to_string()).into_owned()],
    }
}

/// Returns every way in which a call names a request: before it was opened it had no number.
fn places(request: &RequestRef, requests: &[ChangeRequest]) -> Vec<String> {
    let mut places = vec![request.to_string()];
    if let RequestRef::Id(id) = request
        && let Some(known) = requests.iter().find(|one| &one.id == id)
    {
        let opened = RequestRef::Opened {
            from: known.from.clone(),
            into: known.into.clone(),
        };
        places.push(opened.to_string());
    }
    places
}
