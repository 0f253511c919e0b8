//! A call in one line, exact: what a dry run prints, what the journal and the record keep.

use std::fmt;

use crate::model::CommitId;
use crate::model::ConflictKind;
use crate::model::Decision;
use crate::model::Untrusted;
use crate::playbook::ConflictPolicy;
use crate::playbook::Strategy;
use crate::record::LockEvent;

use super::event_line::event_line;
use super::gathered::gathering;
use super::merges::merge_words;
use super::plan::Call;
use super::second_run::retry_words;

/// Returns a text in quotes on one line, with nothing in it that a terminal would act on.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", Untrusted::new(text).show())
}

fn comment(text: Option<&String>) -> String {
    text.map_or_else(String::new, |text| format!(" {}", quoted(text)))
}

fn labels(labels: &[String]) -> String {
    if labels.is_empty() {
        String::new()
    } else {
        format!(" [{}]", labels.join(", "))
    }
}

/// How the call begins that keeps the copy of a record: what the journal kept of one is known again by it.
pub const COPY_WORDS: &str = "keep the copy of the record in one comment on change request ";

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record { event } => write!(f, "record {}", event_line(event)),
            Self::CreateBranch { branch, at } => write!(
                f,
                "git push {} <- {} (must not exist)",
                branch.to_ref(),
                at.short()
            ),
            Self::Import { entries } => {
                let count = entries.len();
                let end = if count == 1 { "" } else { "s" };
                write!(f, "import {count} event{end} into the record")
            }
            Self::Archive {
                year,
                previous,
                records,
            } => f.write_str(&gathering(*year, &guard(previous.as_ref()), records)),
            Self::Restore {
                what: _,
                head,
                missing,
            } => {
                let count = missing.len();
                let end = if count == 1 { "" } else { "s" };
                write!(
                    f,
                    "put {count} event{end} back on the record, behind an alarm "
                )?;
                match head {
                    Some(head) => write!(f, "(must be at {})", head.short()),
                    None => f.write_str("(must be gone)"),
                }
            }
            Self::DeleteBranch { branch, at } => write!(
                f,
                "git push --delete {} (must be at {})",
                branch.to_ref(),
                at.short()
            ),
            Self::CloseRequest { request } => write!(f, "close change request {request}"),
            Self::BuildTarget {
                branch,
                previous,
                onto,
                strategy,
                commits,
                policy,
                trailers: _,
                subject: _,
            } => {
                let verb = match strategy {
                    Strategy::Pick => "pick",
                    Strategy::MergeFix | Strategy::MergeLane => "merge",
                };
                write!(
                    f,
                    "git push {} <- {verb} {} onto {}, on conflict {} ({})",
                    branch.to_ref(),
                    short_names(commits),
                    onto.short(),
                    policy_word(*policy),
                    guard(previous.as_ref())
                )
            }
            Self::BuildConflict {
                base,
                side,
                previous,
                onto,
                commits,
                trailers: _,
            } => write!(
                f,
                "git push {} <- {} as it is, and {} <- {} ({})",
                base.to_ref(),
                onto.short(),
                side.to_ref(),
                short_names(commits),
                guard(previous.as_ref())
            ),
            Self::BuildResolved {
                branch,
                previous,
                base,
                tip,
                onto,
                ..
            } => write!(
                f,
                "git push {} <- what {base} {} was resolved to, as one commit onto {} ({})",
                branch.to_ref(),
                tip.short(),
                onto.short(),
                guard(previous.as_ref())
            ),
            Self::SetStatus {
                request,
                head,
                is_resolved,
                text,
            } => {
                let state = if *is_resolved { "success" } else { "failure" };
                write!(
                    f,
                    "set hotfix/unresolved of change request {request} to {state}"
                )?;
                if let Some(head) = head {
                    write!(f, " at {}", head.short())?;
                }
                write!(f, " {}", quoted(text))
            }
            Self::PushResolution {
                branch,
                previous,
                commit,
                decided,
            } => write!(
                f,
                "git push {} <- {}, {} path{} resolved (must be at {})",
                branch.to_ref(),
                commit.short(),
                decided.len(),
                if decided.len() == 1 { "" } else { "s" },
                previous.short()
            ),
            Self::PushLocal {
                branch,
                onto,
                commit,
                commits: _,
                conflicts,
                decided: _,
            } => write!(
                f,
                "git push {} <- {}, {} path{} resolved here, onto {} (must not exist)",
                branch.to_ref(),
                commit.short(),
                conflicts.len(),
                if conflicts.len() == 1 { "" } else { "s" },
                onto.short()
            ),
            Self::OpenRequest {
                from,
                into,
                head: _,
                title,
                body: _,
                is_draft,
                labels: names,
                milestone,
                reviewers,
            } => {
                write!(
                    f,
                    "open change request {from} -> {into} {}{}",
                    quoted(title),
                    labels(names)
                )?;
                if let Some(milestone) = milestone {
                    write!(f, " milestone {}", quoted(milestone.title.raw()))?;
                }
                if !reviewers.is_empty() {
                    write!(f, " for {}", reviewers.join(", "))?;
                }
                if *is_draft {
                    f.write_str(" draft")?;
                }
                Ok(())
            }
            Self::MarkReady {
                request,
                labels: names,
            } => write!(f, "mark change request {request} ready{}", labels(names)),
            Self::RunChecks { request, head } => {
                write!(f, "run the checks of change request {request}")?;
                match head {
                    Some(head) => write!(f, " at {}", head.short()),
                    None => Ok(()),
                }
            }
            Self::Decide {
                subject,
                head,
                role,
                decision,
                comment: text,
            } => {
                let verb = match decision {
                    Decision::Approved => "approve",
                    Decision::Rejected => "reject",
                };
                write!(f, "{verb} {subject} at {}", head.short())?;
                if let Some(role) = role {
                    write!(f, " as {role}")?;
                }
                f.write_str(&comment(text.as_ref()))
            }
            Self::Merge {
                request,
                method,
                head,
                into,
                onto,
            } => f.write_str(&merge_words(*request, *method, into, (head, onto))),
            Self::CreateDeployment {
                environment,
                commit,
            } => write!(
                f,
                "create deployment of {} to {environment}",
                commit.short()
            ),
            Self::StartDeployment {
                deployment,
                environment,
                commit,
            } => write!(
                f,
                "start deployment {deployment} of {} to {environment}",
                commit.short()
            ),
            Self::RunMigrations {
                environment,
                commit,
            } => write!(f, "run migrations of {} in {environment}", commit.short()),
            Self::RetryJob {
                job,
                name,
                commit,
                environment,
            } => write!(
                f,
                "{}(job {job})",
                retry_words(name, commit, environment.as_ref())
            ),
            Self::Mirror { request } => write!(f, "{COPY_WORDS}{request}"),
            Self::Comment { request, text } => {
                write!(f, "comment on change request {request}: {}", quoted(text))
            }
            Self::Drive {
                environment,
                lock,
                event,
            } => {
                write!(f, "{} {environment} (lock {lock})", event.name())?;
                match event {
                    LockEvent::HandOver { to, .. } => write!(f, " to {}", quoted(to)),
                    LockEvent::TakeOver { epoch, reason } => {
                        write!(f, ", epoch {epoch}: {}", quoted(reason))
                    }
                    LockEvent::Acquire { epoch, .. } => write!(f, ", epoch {epoch}"),
                    LockEvent::Renew { .. }
                    | LockEvent::Release { .. }
                    | LockEvent::Permit { .. }
                    | LockEvent::PermitResult { .. }
                    | LockEvent::PermitVoid { .. } => Ok(()),
                }
            }
        }
    }
}

fn short_names(commits: &[CommitId]) -> String {
    let names: Vec<&str> = commits.iter().map(CommitId::short).collect();
    names.join(" ")
}

/// Returns what a push expects of its branch.
fn guard(previous: Option<&CommitId>) -> String {
    previous.map_or_else(
        || "must not exist".to_owned(),
        |head| format!("must be at {}", head.short()),
    )
}

fn policy_word(policy: ConflictPolicy) -> &'static str {
    match policy {
        ConflictPolicy::DraftWithMarkers => "draft with markers",
        ConflictPolicy::EmptyCommit => "empty commit",
        ConflictPolicy::Fail | ConflictPolicy::Local | ConflictPolicy::TwoBranch => "stop",
    }
}

/// Returns what a person does about one kind of conflict, on a branch that the policy built. An empty commit leaves no
/// markers in any file.
pub(super) fn how_to_resolve(kind: ConflictKind, policy: ConflictPolicy) -> &'static str {
    match kind {
        ConflictKind::Content if policy == ConflictPolicy::EmptyCommit => {
            "make the change in the file; there are no markers in it"
        }
        ConflictKind::Content => "edit the file and remove the markers",
        ConflictKind::ModifyDelete => "decide whether the file stays; there are no markers in it",
        ConflictKind::Rename => "decide under which name it stays",
        ConflictKind::Binary => "decide which version stays; there are no markers in it",
        ConflictKind::Submodule => "decide which commit it points at",
        ConflictKind::Mode => "decide whether it is executable",
        ConflictKind::Type => {
            "decide which of the two it is, a file, a link or a folder; there are no markers in it"
        }
        ConflictKind::Pending => "a commit of the fix that changes it is not in yet: pick it",
    }
}
