//! What a step waits for, typed, and in the words that a release manager reads.

use crate::model::BranchName;
use crate::model::CheckName;
use crate::model::CheckState;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::JobId;
use crate::model::LaneName;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::StepId;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::model::age;

/// What a step waits for, and on whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitingOn {
    Step(StepId),
    /// The hotfix branch has no commits of its own.
    Commits {
        branch: BranchName,
    },
    Check {
        name: CheckName,
        state: CheckState,
        since: Timestamp,
        request: RequestId,
        /// The job that says so, where the forge names one.
        job: Option<JobId>,
    },
    Seat {
        role: Role,
        subject: Subject,
        allowed: Vec<String>,
        /// Who has the role and may not approve this, each with the reason.
        kept_out: Vec<String>,
    },
    /// The approvals are there for an older head.
    StaleApproval {
        role: Role,
        subject: Subject,
        by: String,
    },
    Conflicts {
        request: Option<RequestId>,
        paths: Vec<ConflictPath>,
    },
    /// The request is a draft that a person must finish.
    Draft {
        request: RequestId,
    },
    Riders {
        count: usize,
    },
    Frozen {
        lane: LaneName,
        by: LaneName,
    },
    /// Commits that are only in BUILD lead towards RUN.
    Contamination {
        commits: Vec<CommitId>,
    },
    /// Approved is not started.
    Start {
        subject: Subject,
    },
    /// A merge into the lane went onto another base than the one that was looked at, and nobody has looked since.
    OtherBase {
        lane: LaneName,
        alarm: String,
    },
    /// A job of a go-live that runs has not been started with the others.
    Held {
        name: String,
    },
    /// Its pipeline has not come to the jobs of a go-live: nobody can start them yet.
    Behind {
        what: String,
    },
    /// Others of its jobs were, by whom it says; nothing to wait for by itself.
    Begun {
        said: String,
    },
    Job {
        name: String,
        since: Timestamp,
    },
    /// No job of a go-live that was started runs, as far as the forge tells: one is queued, or none is listed. Whether a
    /// runner is missing or another job comes first, not every forge says.
    Runner {
        job: Option<(String, Timestamp)>,
    },
    /// A go-live runs on, and no job of it is waited for: others of the same run may have to end.
    End {
        subject: Subject,
    },
    Health {
        app: String,
    },
    OtherDeployment {
        subject: Subject,
        environment: String,
    },
    Mergeability {
        request: RequestId,
        why: String,
    },
    /// The forge refused to merge the request as it is now, by a rule of its own.
    Refused {
        request: RequestId,
        why: String,
    },
    /// Somebody wrote on the request that it must not be merged.
    DoNotMerge {
        request: RequestId,
        /// Where it says so, in words.
        said: String,
    },
    /// A person confirms with a note.
    Note {
        prompt: String,
    },
    /// Nothing at all has run on the head of a request whose checks are asked for, in the time that CI has for it.
    NothingRan {
        request: RequestId,
        /// At which head, and what is known of why, in words.
        why: String,
    },
    /// The fix was merged but the verdict is not PRESENT.
    Verdict {
        lane: LaneName,
        verdict: &'static str,
        /// What of the fix came after what was merged, in words; none where nothing did, as far as anybody knows.
        later: Option<String>,
        /// How it came to be so and what brings it back, in words; none where that is not known.
        how: Option<String>,
    },
    /// We cannot see it.
    Sight {
        what: String,
        last_seen: Option<Timestamp>,
        why: String,
    },
    /// This version does not carry out such steps.
    NotYet {
        what: &'static str,
    },
}

impl WaitingOn {
    /// Tells whether a go-live waits for a seat that nobody can take, since whoever has the role created it.
    pub fn is_dead_end(&self) -> bool {
        matches!(
            self,
            Self::Seat { subject: Subject::Deployment(_), allowed, kept_out, .. }
                if allowed.is_empty() && !kept_out.is_empty()
        )
    }

    /// Returns the reason in words, `waits for the product-manager on change request 12`.
    pub fn words(&self, now: Timestamp) -> String {
        match self {
            Self::Step(step) => format!("waits for step `{step}`"),
            Self::Commits { branch } => format!("waits for commits on {branch}"),
            Self::Check {
                name,
                state,
                since,
                request,
                job,
            } => match state {
                CheckState::Missing => {
                    format!("check `{name}` has not run on change request {request}")
                }
                CheckState::Queued | CheckState::Running => {
                    format!("waits for check `{name}` since {}", age(now, *since))
                }
                CheckState::Passed
                | CheckState::Failed
                | CheckState::Cancelled
                | CheckState::Skipped => {
                    let job = job
                        .as_ref()
                        .map_or_else(String::new, |job| format!(" (job {job})"));
                    format!(
                        "check `{name}` {} on change request {request}{job}",
                        state.word()
                    )
                }
            },
            Self::Seat {
                role,
                subject,
                allowed,
                kept_out,
            } if allowed.is_empty() => {
                let why = if kept_out.is_empty() {
                    String::new()
                } else {
                    format!(": {}", kept_out.join("; "))
                };
                let way_out = if self.is_dead_end() {
                    "; whoever has another seat can reject it, and then somebody else creates another"
                } else {
                    ""
                };
                format!("waits for the {role} on {subject}, but nobody may take that seat{why}{way_out}")
            }
            Self::Seat { role, subject, .. } => format!("waits for the {role} on {subject}"),
            Self::StaleApproval { role, subject, by } => {
                format!("waits for the {role} on {subject}: {by} approved an older head")
            }
            Self::Conflicts {
                request: Some(id),
                paths,
            } if paths.is_empty() => format!(
                "the forge says that change request {id} does not merge: it conflicts, or that is still being computed"
            ),
            Self::Conflicts { request, paths } => {
                let on = request.map_or(String::new(), |id| format!(" on change request {id}"));
                format!(
                    "{} conflicted path{} to decide{on}: {}",
                    paths.len(),
                    if paths.len() == 1 { "" } else { "s" },
                    path_names(paths)
                )
            }
            Self::Draft { request } => format!("change request {request} is a draft"),
            Self::Riders { count } => format!(
                "{count} rider{} to accept",
                if *count == 1 { "" } else { "s" }
            ),
            Self::Frozen { lane, by } => {
                format!("RUN is frozen: {by} is being validated in {lane}")
            }
            Self::Contamination { commits } => {
                format!(
                    "{} commit{} only in BUILD would lead to RUN",
                    commits.len(),
                    if commits.len() == 1 { "" } else { "s" }
                )
            }
            Self::Start { subject } => {
                format!("approved, not started: {subject} waits for somebody to press start")
            }
            Self::OtherBase { alarm, .. } => alarm.clone(),
            Self::Held { name } => {
                format!("not started: job `{name}` waits for somebody to press start")
            }
            Self::Behind { what } => format!("waits for {what}"),
            Self::Begun { said } => said.clone(),
            Self::Job { name, since } => {
                format!("waits for job `{name}`{}", since_when(now, *since))
            }
            Self::Runner {
                job: Some((name, since)),
            } => format!(
                "job `{name}` is queued{}: no runner took it yet, or something holds it",
                since_when(now, *since)
            ),
            Self::Runner { job: None } => {
                "started, but no job of it is seen yet: no runner took one, or something comes before it"
                    .to_owned()
            }
            Self::End { subject } => {
                format!("{subject} still runs, and no job of it is waited for")
            }
            Self::Health { app } => format!("waits for the health check of {app}"),
            Self::OtherDeployment {
                subject,
                environment,
            } => format!("{subject} to {environment} is running"),
            Self::Mergeability { request, why } => {
                format!("change request {request} cannot be merged yet: {why}")
            }
            Self::Refused { request, why } => {
                format!("the forge refused to merge change request {request} as it is now: {why}")
            }
            Self::DoNotMerge { request, said } => format!(
                "change request {request} must not be merged, says {said}: whoever wrote that takes it away"
            ),
            Self::Note { prompt } => format!("waits for a person to confirm: {prompt}"),
            Self::NothingRan { request, why } => {
                format!("nothing has run on change request {request} {why}")
            }
            Self::Verdict {
                lane,
                verdict,
                later,
                how,
            } => {
                let told: Vec<&str> = [later, how]
                    .into_iter()
                    .flatten()
                    .map(String::as_str)
                    .collect();
                let told = if told.is_empty() {
                    String::new()
                } else {
                    format!(": {}", told.join("; "))
                };
                format!("merged, but the fix is {verdict} in {lane}{told}")
            }
            Self::Sight {
                what,
                last_seen: Some(at),
                ..
            } => format!("cannot see {what}: last seen {}", at.clock()),
            Self::Sight {
                what,
                last_seen: None,
                why,
            } => format!("cannot see {what}: {why}"),
            Self::NotYet { what } => {
                format!("{what} steps are not carried out by this version; skip it with a reason")
            }
        }
    }
}

/// Says since when something waits; nothing where the forge did not tell, which is the beginning of time.
fn since_when(now: Timestamp, since: Timestamp) -> String {
    if since == Timestamp::from_second(0) {
        String::new()
    } else {
        format!(" since {}", age(now, since))
    }
}

/// Returns conflicted paths by name.
pub(super) fn path_names(paths: &[ConflictPath]) -> String {
    let names: Vec<&str> = paths.iter().map(|path| path.path.as_str()).collect();
    names.join(", ")
}
