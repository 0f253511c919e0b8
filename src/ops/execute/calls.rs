//! One call each: the neutral `Call` becomes a git or forge operation, its answer an outcome and the events to record.

use std::sync::Arc;

use crate::engine::Call;
use crate::engine::Change;
use crate::engine::Outcome;
use crate::engine::Plan;
use crate::engine::Report;
use crate::forge::NewDeployment;
use crate::forge::RequestEdit;
use crate::forge::Written;
use crate::model::DeploymentState;
use crate::model::EnvironmentName;
use crate::model::IntentId;
use crate::model::StepId;
use crate::model::chain_text;
use crate::record::Event;
use crate::record::LockEvent;

use super::super::fault::Fault;
use super::super::ledger::Ledger;
use super::super::seat::Seated;
use super::super::story::Shared;
use super::super::story::Story;
use super::super::watcher::Jobs;
use super::super::watcher::Watcher;
use super::super::workspace::Workspace;

/// What a call came to.
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    pub(super) why: String,
    pub(super) events: Vec<Event>,
}

impl Answer {
    pub(super) fn plain(outcome: Outcome, why: impl Into<String>) -> Self {
        Self {
            outcome,
            why: why.into(),
            events: Vec::new(),
        }
    }

    pub(super) fn with(mut self, events: Vec<Event>) -> Self {
        self.events = events;
        self
    }
}

impl From<Fault> for Answer {
    fn from(fault: Fault) -> Self {
        Self::plain(Outcome::Failed, fault.to_string())
    }
}

/// Makes the calls of one plan.
pub(super) struct Caller<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) plan: &'a Plan,
    pub(super) intent: &'a IntentId,
    pub(super) ledger: &'a Ledger,
    pub(super) story: &'a Story,
    pub(super) watcher: &'a Arc<dyn Watcher>,
}

impl Caller<'_> {
    /// Makes one call.
    pub(super) async fn make(&self, change: &Change, _so_far: &Report) -> Answer {
        match &change.call {
            Call::Record { event } => self.record(event).await,
            Call::CreateBranch { branch, at } => {
                self.push_branch(branch, at, None, "created").await
            }
            Call::Import { entries } => said(self.story.import(self.ledger, entries).await),
            Call::Archive {
                year,
                previous,
                records,
            } => self.archive(*year, previous.as_ref(), records).await,
            Call::Restore {
                what,
                head,
                missing,
            } => {
                let shared = self
                    .story
                    .restore(self.ledger, what, head.as_ref(), missing)
                    .await;
                said(shared)
            }
            Call::DeleteBranch { branch, at } => self.delete_branch(branch, at).await,
            Call::CloseRequest { request } => {
                let edit = RequestEdit {
                    is_open: Some(false),
                    ..RequestEdit::default()
                };
                answer(
                    self.workspace.forge().edit_request(*request, &edit).await,
                    |_| "closed".to_owned(),
                    |_| Vec::new(),
                )
            }
            Call::BuildTarget { .. } => self.build_target(change).await,
            Call::BuildConflict { .. } => self.build_conflict(change).await,
            Call::BuildResolved { .. } => self.build_resolved(change).await,
            Call::SetStatus {
                request,
                head,
                is_resolved,
                text,
            } => {
                self.set_status(request, head.as_ref(), *is_resolved, text)
                    .await
            }
            Call::PushResolution { .. } => self.push_resolution(change).await,
            Call::PushLocal { .. } => self.push_local(change).await,
            Call::OpenRequest { .. } => self.open_request(change).await,
            Call::MarkReady { request, labels } => {
                let edit = RequestEdit {
                    is_draft: Some(false),
                    labels: Some(labels.clone()),
                    ..RequestEdit::default()
                };
                answer(
                    self.workspace.forge().edit_request(*request, &edit).await,
                    |_| "ready for review".to_owned(),
                    |_| Vec::new(),
                )
            }
            Call::RunChecks { request, head } => self.run_checks(request, head.as_ref()).await,
            Call::Decide {
                subject,
                head,
                role,
                decision,
                comment,
            } => {
                let written = self
                    .workspace
                    .forge()
                    .decide(subject, head, role.as_ref(), *decision, comment.as_deref())
                    .await;
                answer(
                    written,
                    |approval| format!("by {}", approval.by.show()),
                    |approval| {
                        vec![Event::ApprovalSeen {
                            subject: subject.clone(),
                            approval: approval.clone(),
                        }]
                    },
                )
            }
            Call::Merge { .. } => self.merge(change).await,
            Call::CreateDeployment {
                environment,
                commit,
            } => {
                let new = NewDeployment {
                    environment: environment.clone(),
                    commit: commit.clone(),
                    hotfix: Some(self.plan.hotfix.clone()),
                };
                let step = change.step.clone();
                answer(
                    self.workspace.forge().create_deployment(&new).await,
                    |deployment| format!("deployment {}", deployment.id),
                    |deployment| {
                        step.into_iter()
                            .map(|step| Event::DeploymentCreated {
                                step,
                                deployment: deployment.id.clone(),
                                environment: environment.clone(),
                                commit: commit.clone(),
                            })
                            .collect()
                    },
                )
            }
            Call::StartDeployment {
                deployment, commit, ..
            } => {
                let jobs = Jobs(Arc::clone(self.watcher));
                let written = self
                    .workspace
                    .forge()
                    .start_deployment(deployment, commit, &jobs)
                    .await;
                deployment_answer(written, change.step.as_ref())
            }
            Call::RunMigrations {
                environment,
                commit,
            } => {
                let jobs = Jobs(Arc::clone(self.watcher));
                answer(
                    self.workspace
                        .forge()
                        .run_migrations(environment, commit, &jobs)
                        .await,
                    |()| "migrations completed".to_owned(),
                    |()| Vec::new(),
                )
            }
            Call::RetryJob { job, .. } => answer(
                self.workspace.forge().retry_job(job).await,
                |made| {
                    if made == job {
                        "it runs again".to_owned()
                    } else {
                        format!("it runs again, as job {made}")
                    }
                },
                |_| Vec::new(),
            ),
            Call::Comment { request, text } => answer(
                self.workspace.forge().comment(*request, text).await,
                |()| String::new(),
                |()| {
                    vec![Event::CommentAdded {
                        request: *request,
                        text: text.clone(),
                    }]
                },
            ),
            Call::Mirror { request } => self.mirror(request).await,
            Call::Drive {
                environment, event, ..
            } => self.drive(environment, event).await,
        }
    }

    async fn drive(&self, environment: &EnvironmentName, event: &LockEvent) -> Answer {
        let from = match self.workspace.seat_event(environment, event).await {
            Ok(Seated::Yes(from)) => from,
            Ok(Seated::No(why)) => return Answer::plain(Outcome::Refused, why),
            Ok(Seated::Unknown(why)) => return Answer::plain(Outcome::Unknown, why),
            Err(fault) => return fault.into(),
        };
        let me = self.workspace.me().account().to_owned();
        let changed = |to: Option<String>, reason: &str| {
            vec![Event::DriverChanged {
                from,
                to,
                reason: format!("{environment}: {reason}"),
            }]
        };
        let events = match event {
            LockEvent::Acquire { .. } => changed(Some(me), "took the seat"),
            LockEvent::Release { .. } => changed(None, "left the seat"),
            LockEvent::TakeOver { reason, .. } => changed(Some(me), reason),
            // Nobody else drives yet.
            LockEvent::HandOver { .. }
            | LockEvent::Renew { .. }
            | LockEvent::Permit { .. }
            | LockEvent::PermitResult { .. }
            | LockEvent::PermitVoid { .. } => Vec::new(),
        };
        Answer::plain(Outcome::Done, event.words()).with(events)
    }

    async fn record(&self, event: &Event) -> Answer {
        let written = self
            .story
            .write_down(self.ledger, self.intent, event.clone());
        said(written.await)
    }
}

/// Turns what became of an append into an outcome: what is kept here is done, and goes out with the next one.
fn said(shared: Result<Shared, Fault>) -> Answer {
    match shared {
        Ok(Shared::Yes) => Answer::plain(Outcome::Done, ""),
        Ok(Shared::NotYet { why }) => Answer::plain(
            Outcome::Done,
            format!("kept on this machine, not yet shared: {why}"),
        ),
        Err(fault) => fault.into(),
    }
}

/// Turns a forge's answer into an outcome with its detail and events.
pub(super) fn answer<T>(
    written: Result<Written<T>, crate::forge::Error>,
    detail: impl Fn(&T) -> String,
    events: impl FnOnce(&T) -> Vec<Event>,
) -> Answer {
    match written {
        Ok(Written::Done(value)) => {
            Answer::plain(Outcome::Done, detail(&value)).with(events(&value))
        }
        Ok(Written::AlreadyDone(value)) => {
            Answer::plain(Outcome::Already, detail(&value)).with(events(&value))
        }
        Ok(Written::Refused(why)) => Answer::plain(Outcome::Refused, why),
        Ok(Written::Unknown(why)) => Answer::plain(Outcome::Unknown, why),
        Err(error) => Answer::plain(Outcome::Failed, chain_text(&error)),
    }
}

/// A deployment is done only when every job and every health check is.
fn deployment_answer(
    written: Result<Written<crate::model::Deployment>, crate::forge::Error>,
    step: Option<&StepId>,
) -> Answer {
    let finished = |deployment: &crate::model::Deployment| {
        let detail = deployment
            .jobs
            .iter()
            .map(|job| format!("{} {}", job.name, job.state.word()))
            .collect::<Vec<_>>()
            .join(", ");
        let events = step
            .cloned()
            .map(|step| Event::DeploymentFinished {
                step,
                deployment: deployment.id.clone(),
                state: deployment.state,
                detail: detail.clone(),
            })
            .into_iter()
            .collect::<Vec<_>>();
        (detail, events)
    };
    match written {
        Ok(Written::Done(deployment) | Written::AlreadyDone(deployment)) => {
            let (detail, events) = finished(&deployment);
            let outcome = match deployment.state {
                DeploymentState::Succeeded | DeploymentState::Running => Outcome::Done,
                DeploymentState::Blocked
                | DeploymentState::Approved
                | DeploymentState::Rejected => Outcome::Refused,
                DeploymentState::Failed | DeploymentState::Cancelled => Outcome::Failed,
            };
            Answer::plain(outcome, detail).with(events)
        }
        Ok(Written::Refused(why)) => Answer::plain(Outcome::Refused, why),
        Ok(Written::Unknown(why)) => Answer::plain(Outcome::Unknown, why),
        Err(error) => Answer::plain(Outcome::Failed, chain_text(&error)),
    }
}
