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
use crate::git::Built;
use crate::git::MergeBuild;
use crate::git::PickOrder;
use crate::git::Pushed;
use crate::git::RefUpdate;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::DeploymentState;
use crate::model::StepId;
use crate::model::Timestamp;
use crate::playbook::ConflictPolicy;
use crate::playbook::Strategy;
use crate::record::Event;

use super::super::clock;
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

    fn with(mut self, events: Vec<Event>) -> Self {
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

    async fn push_branch(
        &self,
        branch: &BranchName,
        at: &CommitId,
        expected: Option<&CommitId>,
        word: &str,
    ) -> Answer {
        let update = RefUpdate {
            name: branch.to_ref(),
            new: Some(at.clone()),
            expected: expected.cloned(),
            replaces: expected.is_some(),
        };
        let pushed = match self.workspace.repo().push(&[update]).await {
            Ok(pushed) => pushed.into_iter().next().unwrap_or(Pushed::UpToDate),
            Err(error) => return Answer::plain(Outcome::Failed, error.to_string()),
        };
        match pushed {
            Pushed::Done => Answer::plain(Outcome::Done, format!("{word} at {}", at.short())),
            Pushed::UpToDate => {
                Answer::plain(Outcome::Already, format!("already at {}", at.short()))
            }
            Pushed::Rejected(why) => Answer::plain(Outcome::Refused, why.show()),
            // Both are settled by reading: a lost race shows another tip, a lost answer may show ours.
            Pushed::Stale => {
                self.settle_push(branch, at, "the branch was there before")
                    .await
            }
            Pushed::Unknown(why) => self.settle_push(branch, at, &why).await,
        }
    }

    /// Reads the branch back after a push whose outcome is open.
    async fn settle_push(&self, branch: &BranchName, at: &CommitId, why: &str) -> Answer {
        match self.workspace.repo().ls_remote().await {
            Err(error) => Answer::plain(
                Outcome::Unknown,
                format!("{why}; reading it back failed: {error}"),
            ),
            Ok(refs) => match refs.get(&branch.to_ref()) {
                Some(found) if found == at => {
                    Answer::plain(Outcome::Already, format!("already at {}", at.short()))
                }
                Some(found) => Answer::plain(
                    Outcome::Refused,
                    format!("{branch} is at {} now; plan again", found.short()),
                ),
                None => Answer::plain(Outcome::Refused, why),
            },
        }
    }

    async fn build_target(&self, change: &Change) -> Answer {
        let Call::BuildTarget {
            branch,
            previous,
            onto,
            strategy,
            commits,
            policy,
            trailers,
            subject,
        } = &change.call
        else {
            return Answer::plain(Outcome::Failed, "not a target to build");
        };
        let committer = self.workspace.me().clone();
        let at = match self.time_of_build(previous.as_ref()).await {
            Ok(at) => at,
            Err(answer) => return answer,
        };
        let built = match strategy {
            Strategy::Pick => {
                let order = PickOrder {
                    onto: onto.clone(),
                    commits: commits.clone(),
                    policy: built_policy(*policy),
                    trailers: trailers
                        .iter()
                        .filter_map(|line| line.split_once(": "))
                        .map(|(key, value)| (key.to_owned(), value.to_owned()))
                        .collect(),
                    committer,
                    at,
                };
                self.workspace
                    .git(move |repo| repo.build_picks(&order))
                    .await
            }
            Strategy::MergeFix | Strategy::MergeLane => {
                let Some(other) = commits.last().cloned() else {
                    return Answer::plain(Outcome::Failed, "there is nothing to merge");
                };
                let mut message = subject.clone();
                if !trailers.is_empty() {
                    message.push_str("\n\n");
                    message.push_str(&trailers.join("\n"));
                    message.push('\n');
                }
                let order = MergeBuild {
                    onto: onto.clone(),
                    other,
                    message,
                    committer,
                    at,
                    keep_conflicts: true,
                };
                self.workspace
                    .git(move |repo| repo.build_merge(&order))
                    .await
            }
        };
        let built: Built = match built {
            Ok(built) => built,
            Err(fault) => return fault.into(),
        };
        if &built.head == onto {
            return Answer::plain(
                Outcome::Already,
                "everything is there already: nothing to carry",
            );
        }
        let pushed = self
            .push_branch(branch, &built.head, previous.as_ref(), "pushed")
            .await;
        let (Some(step), Some(target)) = (change.step.clone(), change.target.clone()) else {
            return pushed;
        };
        if !matches!(pushed.outcome, Outcome::Done | Outcome::Already) {
            return pushed;
        }
        let why = match built.conflicts.len() {
            0 => pushed.why.clone(),
            count => format!(
                "{}, {count} conflicted path{} for a person",
                pushed.why,
                if count == 1 { "" } else { "s" }
            ),
        };
        Answer { why, ..pushed }.with(vec![Event::TargetBuilt {
            step,
            target,
            branch: branch.clone(),
            head: built.head,
            onto: onto.clone(),
            picks: commits.clone(),
            conflicts: built.conflicts,
            pending: built.pending,
        }])
    }

    /// Returns when a branch is said to be built: now, or as before where a run that died had pushed it already.
    /// The same build at the same time is the same commit, so nothing is pushed twice.
    async fn time_of_build(&self, previous: Option<&CommitId>) -> Result<Timestamp, Answer> {
        let Some(head) = previous.cloned() else {
            return Ok(clock::now());
        };
        let commit = self
            .workspace
            .git(move |repo| repo.commit(&head))
            .await
            .map_err(Answer::from)?;
        let ours = format!("Hotfix-Id: {}", self.plan.hotfix);
        if commit.message.raw().lines().any(|line| line == ours) {
            return Ok(commit.committed_at);
        }
        Err(Answer::plain(
            Outcome::Refused,
            format!(
                "somebody pushed {} to the branch since it was built; nothing of theirs is replaced",
                commit.id.short()
            ),
        ))
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

/// The git room names no playbook, so it has a word of its own for the same choice.
fn built_policy(policy: ConflictPolicy) -> crate::git::ConflictPolicy {
    match policy {
        ConflictPolicy::DraftWithMarkers => crate::git::ConflictPolicy::DraftWithMarkers,
        ConflictPolicy::EmptyCommit => crate::git::ConflictPolicy::EmptyCommit,
        ConflictPolicy::Fail => crate::git::ConflictPolicy::Fail,
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
