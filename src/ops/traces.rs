//! The traces that calls leave on the remote, and which events the record would hold about each had the process
//! that made the call not died.

mod resolutions;

use std::collections::BTreeSet;

use crate::engine::Board;
use crate::engine::Marker;
use crate::engine::UndoOf;
use crate::engine::retry_words;
use crate::model::Approval;
use crate::model::ChangeRequest;
use crate::model::CheckState;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::JobState;
use crate::model::LaneName;
use crate::model::MergeMethod;
use crate::model::RequestId;
use crate::model::StepId;
use crate::model::Subject;
use crate::playbook::Work;
use crate::record::Event;
use crate::record::Record;

use resolutions::of_resolutions;

/// One thing on the remote that a call of ours would have made.
pub(super) struct Trace {
    /// How the text of such a call begins (`engine::Call`'s words).
    begins: String,
    /// What is there, in words.
    pub(super) found: String,
    /// The event that the record lacks.
    pub(super) missing: Option<Event>,
    undo: Option<UndoOf>,
    /// How the text of a call ends that did not leave it, although it begins so.
    not_of: Option<String>,
}

impl Trace {
    fn new(begins: String, found: impl Into<String>) -> Self {
        Self {
            begins,
            found: found.into(),
            missing: None,
            undo: None,
            not_of: None,
        }
    }

    fn undone_by(mut self, undo: UndoOf) -> Self {
        self.undo = Some(undo);
        self
    }

    /// Returns what would take the call back: only what did not exist before it.
    pub(super) fn undo_of(&self, call: &str) -> Option<UndoOf> {
        let is_new = match &self.undo {
            Some(UndoOf::Branch { at, .. }) => {
                // A branch that was there before holds somebody's work; one that was built is known by another head.
                call.ends_with("(must not exist)") && call.contains(&format!("<- {} ", at.short()))
            }
            Some(UndoOf::Request { .. }) => true,
            None => false,
        };
        self.undo.clone().filter(|_| is_new)
    }

    fn lacking(mut self, is_missing: bool, event: impl FnOnce() -> Option<Event>) -> Self {
        self.missing = is_missing.then(event).flatten();
        self
    }

    /// Tells whether a call with this text would have left this trace.
    pub(super) fn is_of(&self, call: &str) -> bool {
        let is_other = |end: &String| call.ends_with(end.as_str());
        call.starts_with(&self.begins) && !self.not_of.as_ref().is_some_and(is_other)
    }
}

/// Returns what is on the remote of the board's hotfix.
pub(super) fn traces(board: &Board) -> Vec<Trace> {
    let Some(record) = &board.record else {
        return Vec::new();
    };
    let told = Told::of(record);
    let mut traces = Vec::new();
    let requests = board.seen.requests.fresh().map(Vec::as_slice);
    for request in requests.unwrap_or_default() {
        of_request(board, record, &told, request, &mut traces);
    }
    let deployments = board.seen.deployments.fresh().map(Vec::as_slice);
    for deployment in deployments.unwrap_or_default() {
        of_deployment(board, record, &told, deployment, &mut traces);
    }
    for (branch, tip) in board.seen.tips.fresh().into_iter().flatten() {
        let begins = format!("git push {} <- ", branch.to_ref());
        let found = format!("{branch} is there, at {}", tip.short());
        let undo = UndoOf::Branch {
            branch: branch.clone(),
            at: tip.clone(),
        };
        traces.push(Trace::new(begins, found).undone_by(undo));
        let gone = format!("git push --delete {} ", branch.to_ref());
        traces.push(Trace::new(
            gone,
            format!("{branch} is still there, at {}", tip.short()),
        ));
    }
    of_resolutions(board, record, &mut traces);
    traces
}

/// What the record tells, even where something later stands in its place now: told twice, it would stand there again.
#[derive(Default)]
struct Told<'a> {
    opened: BTreeSet<RequestId>,
    merged: BTreeSet<RequestId>,
    created: BTreeSet<&'a DeploymentId>,
    finished: BTreeSet<&'a DeploymentId>,
}

impl<'a> Told<'a> {
    fn of(record: &'a Record) -> Self {
        let mut told = Self::default();
        for entry in &record.entries {
            match &entry.event {
                Some(Event::RequestOpened { request, .. }) => {
                    told.opened.insert(*request);
                }
                Some(Event::RequestMerged { request, .. }) => {
                    told.merged.insert(*request);
                }
                Some(Event::DeploymentCreated { deployment, .. }) => {
                    told.created.insert(deployment);
                }
                Some(Event::DeploymentFinished { deployment, .. }) => {
                    told.finished.insert(deployment);
                }
                _ => {}
            }
        }
        told
    }
}

fn of_request(
    board: &Board,
    record: &Record,
    told: &Told<'_>,
    request: &ChangeRequest,
    traces: &mut Vec<Trace>,
) {
    let id = request.id;
    let place = place(board, record, request);
    let key = place.as_ref();
    if request.hotfix.as_ref() == Some(&record.hotfix) {
        let begins = format!("open change request {} -> {} ", request.from, request.into);
        let is_known = told.opened.contains(&id);
        let event = || {
            let (step, target) = key?.clone();
            Some(Event::RequestOpened {
                step,
                target,
                request: id,
                from: request.from.clone(),
                into: request.into.clone(),
                head: request.head.clone(),
                opened_by: (request.author.id != board.seen.me.id).then(|| request.author.clone()),
            })
        };
        let found = format!("change request {id} is there");
        let undo = UndoOf::Request {
            request: id,
            head: request.head.clone(),
        };
        traces.push(
            Trace::new(begins, found)
                .lacking(!is_known, event)
                .undone_by(undo),
        );
        if !request.is_open() && !board.seen.unclosed.contains(&id) {
            let begins = format!("close change request {id}");
            traces.push(Trace::new(begins, "it is closed"));
        }
    }
    if let Some(merged) = request.merged() {
        let begins = format!("merge change request {id} into ");
        let is_known = told.merged.contains(&id);
        let event = || {
            let (step, target) = key?.clone();
            Some(Event::RequestMerged {
                step,
                target,
                request: id,
                commit: merged.commit.clone(),
                head: merged.head.clone(),
                method: merged.method.unwrap_or(MergeMethod::Merge),
            })
        };
        let (into, commit) = (&request.into, merged.commit.short());
        let found = if board.seen.unclosed.contains(&id) {
            format!("{into} was moved by it to {commit}; the forge still shows it open")
        } else {
            format!("it is merged, as {commit}")
        };
        traces.push(Trace::new(begins, found).lacking(!is_known, event));
    }
    if !request.is_draft {
        let begins = format!("mark change request {id} ready");
        traces.push(Trace::new(begins, "it is ready for review"));
    }
    for check in &request.checks {
        let Some(job) = &check.job else { continue };
        let begins = retry_words(check.name.as_str(), &check.head, None);
        let found = format!("job {job} {}", check.state.word());
        let is_as_before = matches!(check.state, CheckState::Failed | CheckState::Cancelled);
        traces.push(Trace {
            not_of: is_as_before.then(|| format!("(job {job})")),
            ..Trace::new(begins, found)
        });
    }
    let subject = Subject::Request(id);
    of_approvals(board, record, &subject, &request.approvals, traces);
}

/// Returns the step and target that a request belongs to: as recorded, else as its marker says.
fn place(
    board: &Board,
    record: &Record,
    request: &ChangeRequest,
) -> Option<(StepId, Option<LaneName>)> {
    let recorded = record
        .requests
        .iter()
        .find(|(_, opened)| opened.request == request.id);
    if let Some((key, _)) = recorded {
        return Some(key.clone());
    }
    let marker = Marker::find(request.body.raw())?;
    let steps = board.book.steps.iter();
    steps.into_iter().find_map(|step| {
        if marker.place() == step.id.as_str() {
            return Some((step.id.clone(), None));
        }
        let target = marker
            .place()
            .strip_prefix(step.id.as_str())?
            .strip_prefix('/')?;
        Some((step.id.clone(), Some(target.parse().ok()?)))
    })
}

fn of_deployment(
    board: &Board,
    record: &Record,
    told: &Told<'_>,
    deployment: &Deployment,
    traces: &mut Vec<Trace>,
) {
    let Deployment {
        id, environment, ..
    } = deployment;
    let step = board.book.steps.iter().find(
        |step| matches!(&step.work, Work::Deploy { environment: at, .. } if at == environment),
    );
    // One that came to a bad end was there before: it is why somebody creates another.
    let may_be_new = !matches!(
        deployment.state,
        DeploymentState::Failed | DeploymentState::Cancelled | DeploymentState::Rejected
    );
    if may_be_new && deployment.hotfix.as_ref() == Some(&record.hotfix) {
        let begins = format!(
            "create deployment of {} to {environment}",
            deployment.commit.short()
        );
        let is_known = told.created.contains(id);
        let event = || {
            Some(Event::DeploymentCreated {
                step: step?.id.clone(),
                deployment: id.clone(),
                environment: environment.clone(),
                commit: deployment.commit.clone(),
            })
        };
        let found = format!("deployment {id} is there");
        traces.push(Trace::new(begins, found).lacking(!is_known, event));
    }
    let is_held = board.seen.capabilities.starts_jobs && deployment.held().next().is_some();
    let was_started = match deployment.state {
        // Some of its jobs have run, and the others were not started with them.
        DeploymentState::Approved => is_held && deployment.held().count() < deployment.jobs.len(),
        DeploymentState::Blocked | DeploymentState::Rejected => false,
        DeploymentState::Running
        | DeploymentState::Succeeded
        | DeploymentState::Failed
        | DeploymentState::Cancelled => true,
    };
    if was_started {
        let begins = format!("start deployment {id} of ");
        let is_known = told.finished.contains(id);
        let jobs = deployment.jobs.iter();
        let jobs: Vec<String> = jobs
            .map(|job| format!("{} {}", job.name, job.state.word()))
            .collect();
        let event = || {
            Some(Event::DeploymentFinished {
                step: step?.id.clone(),
                deployment: id.clone(),
                state: deployment.state,
                detail: jobs.join(", "),
            })
        };
        let found = if jobs.is_empty() {
            deployment.state.word().to_owned()
        } else {
            format!("{} ({})", deployment.state.word(), jobs.join(", "))
        };
        // What is left of it is started by another start, which then is what the record has to tell.
        traces.push(Trace::new(begins, found).lacking(!is_known && !is_held, event));
    }
    for job in &deployment.jobs {
        let begins = retry_words(&job.name, &deployment.commit, Some(environment));
        // A job that was run again is another one by its number, or by its state where it keeps the number.
        let found = format!("job {} {}", job.id, job.state.word());
        let is_as_before = matches!(job.state, JobState::Failed | JobState::Cancelled);
        traces.push(Trace {
            not_of: is_as_before.then(|| format!("(job {})", job.id)),
            ..Trace::new(begins, found)
        });
    }
    let subject = Subject::Deployment(id.clone());
    of_approvals(board, record, &subject, &deployment.approvals, traces);
}

fn of_approvals(
    board: &Board,
    record: &Record,
    subject: &Subject,
    approvals: &[Approval],
    traces: &mut Vec<Trace>,
) {
    let is_mine = |one: &&Approval| one.by.id == board.seen.me.id && one.proof.void.is_none();
    for approval in approvals.iter().filter(is_mine) {
        let verb = match approval.decision {
            Decision::Approved => "approve",
            Decision::Rejected => "reject",
        };
        let head: &CommitId = &approval.head;
        let begins = format!("{verb} {subject} at {}", head.short());
        let is_known = record.approvals.iter().any(|(about, known)| {
            about == subject && known.by.id == approval.by.id && known.head == *head
        });
        let event = || {
            Some(Event::ApprovalSeen {
                subject: subject.clone(),
                approval: approval.clone(),
            })
        };
        traces.push(Trace::new(begins, "it is on record there").lacking(!is_known, event));
    }
}
