//! One call each: the neutral `Call` becomes a git or forge operation, its answer an outcome and the events to record.

use std::sync::Arc;

use crate::engine::Call;
use crate::engine::Change;
use crate::engine::Outcome;
use crate::engine::Plan;
use crate::engine::Report;
use crate::engine::RequestRef;
use crate::forge::MergeOrder;
use crate::forge::NewDeployment;
use crate::forge::NewRequest;
use crate::forge::RequestEdit;
use crate::forge::RequestQuery;
use crate::forge::Written;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::DeploymentState;
use crate::model::StepId;
use crate::record::Event;

use super::super::fault::Fault;
use super::super::ledger::Ledger;
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
            Call::BuildTarget { .. } => self.build_target(change).await,
            Call::PushResolution {
                branch,
                previous,
                commit,
                ..
            } => {
                self.push_branch(branch, commit, Some(previous), "pushed")
                    .await
            }
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
        }
    }

    async fn record(&self, event: &Event) -> Answer {
        match self.story.append(self.ledger, vec![event.clone()]).await {
            Ok(Shared::Yes) => Answer::plain(Outcome::Done, ""),
            Ok(Shared::NotYet { why }) => Answer::plain(
                Outcome::Done,
                format!("kept on this machine, not yet shared: {why}"),
            ),
            Err(fault) => fault.into(),
        }
    }

    async fn open_request(&self, change: &Change) -> Answer {
        let Call::OpenRequest {
            from,
            into,
            title,
            body,
            is_draft,
            labels,
            reviewers,
            ..
        } = &change.call
        else {
            return Answer::plain(Outcome::Failed, "not a request to open");
        };
        let new = NewRequest {
            from: from.clone(),
            into: into.clone(),
            title: title.clone(),
            body: body.clone(),
            is_draft: *is_draft,
            labels: labels.clone(),
            reviewers: reviewers.clone(),
            hotfix: Some(self.plan.hotfix.clone()),
        };
        // The forge reads heads as last fetched, and the branch may have been pushed by the call before.
        if let Err(fault) = self.workspace.refresh().await {
            return fault.into();
        }
        answer(
            self.workspace.forge().open_request(&new).await,
            |request| format!("change request {}", request.id),
            |request| {
                change
                    .step
                    .iter()
                    .map(|step| Event::RequestOpened {
                        step: step.clone(),
                        target: change.target.clone(),
                        request: request.id,
                        from: from.clone(),
                        into: into.clone(),
                        head: request.head.clone(),
                    })
                    .collect()
            },
        )
    }

    async fn run_checks(&self, request: &RequestRef, head: Option<&CommitId>) -> Answer {
        let found = match self.find_request(request).await {
            Ok(found) => found,
            Err(answer) => return answer,
        };
        let head = head.unwrap_or(&found.head).clone();
        let jobs = Jobs(Arc::clone(self.watcher));
        let written = self
            .workspace
            .forge()
            .run_checks(found.id, &head, &jobs)
            .await;
        answer(
            written,
            |request| {
                let words: Vec<String> = request
                    .checks
                    .iter()
                    .map(|check| format!("{} {}", check.name, check.state.word()))
                    .collect();
                words.join(", ")
            },
            |_| Vec::new(),
        )
    }

    async fn find_request(&self, request: &RequestRef) -> Result<ChangeRequest, Answer> {
        let query = match request {
            RequestRef::Id(id) => RequestQuery {
                id: Some(*id),
                ..RequestQuery::default()
            },
            RequestRef::Opened { from, into } => RequestQuery {
                from: Some(from.clone()),
                into: Some(into.clone()),
                only_open: true,
                ..RequestQuery::default()
            },
        };
        match self.workspace.forge().requests(&query).await {
            Ok(found) => found.into_iter().next().ok_or_else(|| {
                Answer::plain(
                    Outcome::Failed,
                    format!("change request {request} is not there"),
                )
            }),
            Err(error) => Err(Answer::plain(Outcome::Failed, error.to_string())),
        }
    }

    async fn merge(&self, change: &Change) -> Answer {
        let Call::Merge {
            request,
            method,
            head,
            into,
            onto,
        } = &change.call
        else {
            return Answer::plain(Outcome::Failed, "not a request to merge");
        };
        let order = MergeOrder {
            request: *request,
            method: *method,
            head: head.clone(),
            onto: onto.clone(),
            subject: format!("{} (change request {request})", self.plan.title),
        };
        let written = self.workspace.forge().merge(&order).await;
        let mut answer = answer(
            written,
            |merged| format!("{into} is at {}", merged.commit.short()),
            |merged| {
                change
                    .step
                    .iter()
                    .map(|step| Event::RequestMerged {
                        step: step.clone(),
                        target: change.target.clone(),
                        request: *request,
                        commit: merged.commit.clone(),
                        head: merged.head.clone(),
                        method: *method,
                    })
                    .collect()
            },
        );
        if let Err(fault) = self.workspace.refresh().await {
            answer
                .why
                .push_str(&format!(" (the lanes could not be read again: {fault})"));
        }
        answer
    }
}

/// Turns a forge's answer into an outcome with its detail and events.
fn answer<T>(
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
        Err(error) => Answer::plain(Outcome::Failed, super::super::observe::chain_text(&error)),
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
        Err(error) => Answer::plain(Outcome::Failed, super::super::observe::chain_text(&error)),
    }
}
