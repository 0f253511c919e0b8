//! An intent printed as the words that mean it.

use std::fmt;

use crate::engine::intent::DriveWish;
use crate::engine::intent::Intent;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::RemoteName;
use crate::model::Subject;
use crate::model::push_shell_word;

/// A line of words while it is being made.
struct Line(String);

impl Line {
    fn new(verb: &str) -> Self {
        Self(verb.to_owned())
    }

    fn word(mut self, word: impl AsRef<str>) -> Self {
        push_shell_word(&mut self.0, word.as_ref());
        self
    }

    fn flag(self, flag: &str, value: impl AsRef<str>) -> Self {
        self.word(flag).word(value)
    }

    fn maybe(self, flag: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.flag(flag, value),
            None => self,
        }
    }
}

/// Names the hotfix behind words of the command line, where it must be named.
pub fn named(words: String, hotfix: Option<&str>) -> String {
    match hotfix {
        Some(hotfix) => Line(words).flag("--hotfix", hotfix).0,
        None => words,
    }
}

/// Returns git's own line that brings the commits here to a branch on the remote.
pub(in crate::engine) fn git_push(remote: &RemoteName, branch: &BranchName) -> String {
    Line::new("git")
        .word("push")
        .word(remote.as_str())
        .word(format!("HEAD:{branch}"))
        .0
}

/// Returns git's own line that takes a commit of a branch back, on a branch that has no name yet.
pub(in crate::engine) fn git_revert(
    remote: &RemoteName,
    into: &BranchName,
    commit: &CommitId,
    is_merge: bool,
) -> String {
    let revert = Line::new("git").word("revert");
    let revert = if is_merge {
        revert.word("-m").word("1")
    } else {
        revert
    };
    let lines = [
        Line::new("git").word("fetch").word(remote.as_str()),
        Line::new("git")
            .word("switch")
            .word("--detach")
            .word(format!("{remote}/{into}")),
        revert.word(commit.as_str()),
    ];
    lines.map(|line| line.0).join(" && ")
}

/// Returns git's own line that lists what was reverted on a branch.
pub(in crate::engine) fn git_reverts(remote: &RemoteName, branch: &BranchName) -> String {
    let lines = [
        Line::new("git").word("fetch").word(remote.as_str()),
        Line::new("git")
            .word("log")
            .word("--grep")
            .word("This reverts commit")
            .word(format!("{remote}/{branch}")),
    ];
    lines.map(|line| line.0).join(" && ")
}

/// Returns git's own line that begins a merge of one branch of the remote into another, for a person to resolve. The branch
/// of this clone may be behind: what is made on top of that could not be pushed.
pub(in crate::engine) fn git_merge(
    remote: &RemoteName,
    into: &BranchName,
    other: &BranchName,
) -> String {
    let lines = [
        Line::new("git").word("fetch").word(remote.as_str()),
        Line::new("git").word("switch").word(into.as_str()),
        Line::new("git")
            .word("merge")
            .word("--ff-only")
            .word(format!("{remote}/{into}")),
        Line::new("git")
            .word("merge")
            .word(format!("{remote}/{other}")),
    ];
    lines.map(|line| line.0).join(" && ")
}

/// Returns a note that was written; one that is asked for later is no word yet.
fn written(note: &str) -> Option<&str> {
    Some(note).filter(|note| !note.is_empty())
}

fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Request(id) => id.to_string(),
        Subject::Deployment(id) => format!("deployment:{id}"),
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = match self {
            Self::Start(order) => {
                let mut line = Line::new("start")
                    .word(&order.slug)
                    .flag("--id", order.id.as_str())
                    .flag("--title", &order.title)
                    .flag("--branch", order.branch.as_str())
                    .flag("--from", order.from.as_str());
                for answer in &order.answers {
                    line = line.flag("--answer", format!("{}={}", answer.question, answer.text));
                }
                for commit in &order.commits {
                    line = line.flag("--commit", commit.as_str());
                }
                line
            }
            Self::Do {
                step,
                target,
                note,
                riders,
            } => Line::new("do")
                .word(step.as_str())
                .maybe("--target", target.as_ref().map(|lane| lane.as_str()))
                .maybe("--note", note.as_ref())
                .maybe("--accept-riders", riders.map(|count| count.to_string())),
            Self::Skip { step, reason } => Line::new("skip")
                .word(step.as_str())
                .flag("--reason", reason),
            Self::Approve {
                subject: what,
                role,
                comment,
                seen,
            } => Line::new("approve")
                .word(subject(what))
                .maybe("--role", role.as_ref().map(|role| role.as_str()))
                .maybe("--comment", comment.as_ref())
                .maybe("--seen", seen.as_ref().map(|head| head.as_str())),
            Self::Reject {
                subject: what,
                role,
                comment,
            } => Line::new("reject")
                .word(subject(what))
                .maybe("--role", role.as_ref().map(|role| role.as_str()))
                .maybe("--comment", comment.as_ref()),
            Self::Tick { item, note } => Line::new("tick")
                .word(item.as_str())
                .maybe("--note", note.as_ref()),
            Self::Untick { item, note } => {
                Line::new("untick").word(item.as_str()).flag("--note", note)
            }
            Self::Note { text } => Line::new("note").word(text),
            Self::Comment { request, text } => {
                Line::new("comment").word(request.to_string()).word(text)
            }
            Self::Decide {
                step,
                target,
                path,
                note,
            } => Line::new("decide")
                .word(step.as_str())
                .flag("--target", target.as_str())
                .flag("--path", path)
                .maybe("--note", written(note)),
            Self::Acknowledge { lane, note } => Line::new("acknowledge")
                .word(lane.as_str())
                .maybe("--note", written(note)),
            Self::Override { rule, reason } => Line::new("override")
                .word(rule)
                .maybe("--reason", written(reason)),
            Self::Resolve(order) => {
                let mut line = Line::new("resolve")
                    .word(order.step.as_str())
                    .flag("--target", order.target.as_str())
                    .flag("--head", order.head.as_str())
                    .flag("--commit", order.commit.as_str());
                for (path, how) in &order.decided {
                    // The last one: a path may hold the sign, the words never do.
                    line = line.flag("--decided", format!("{path}={}", how.replace('=', ":")));
                }
                line
            }
            Self::Abandon {
                step,
                target,
                reason,
            } => Line::new("abandon")
                .word(step.as_str())
                .flag("--target", target.as_str())
                .flag("--reason", reason),
            Self::Retry { job } => Line::new("retry").word(job.as_str()),
            Self::Close { note } => Line::new("close").maybe("--note", written(note)),
            Self::Drive { environment, wish } => {
                let line = match wish {
                    DriveWish::Take => Line::new("drive"),
                    DriveWish::Release => Line::new("drive").word("--release"),
                    DriveWish::HandOver { to } => Line::new("drive").flag("--to", to),
                    DriveWish::TakeOver { reason } => {
                        Line::new("drive").word("--take").flag("--reason", reason)
                    }
                };
                line.maybe(
                    "--environment",
                    environment.as_ref().map(|environment| environment.as_str()),
                )
            }
            Self::Import { file } => Line::new("import").word(file),
            Self::Archive { year } => {
                Line::new("archive").maybe("--year", year.map(|year| year.to_string()))
            }
            Self::Restore => Line::new("restore"),
            Self::Resume { intent, how } => Line::new("resume")
                .word(intent.as_str())
                .word(how.to_string()),
        };
        f.write_str(&line.0)
    }
}

impl Intent {
    /// Returns the same words with the hotfix that they are about, where it must be named.
    pub fn words_for(&self, hotfix: Option<&str>) -> String {
        named(
            self.to_string(),
            hotfix.filter(|_| self.is_about_the_open()),
        )
    }

    /// Returns the same words without what a person wrote, as they stand in a sentence about it.
    pub fn bare(&self) -> String {
        let line = match self {
            Self::Do {
                step,
                target,
                note: _,
                riders,
            } => Line::new("do")
                .word(step.as_str())
                .maybe("--target", target.as_ref().map(|lane| lane.as_str()))
                .maybe("--accept-riders", riders.map(|count| count.to_string())),
            Self::Skip { step, reason: _ } => Line::new("skip").word(step.as_str()),
            Self::Approve { subject: what, .. } => Line::new("approve").word(subject(what)),
            Self::Reject { subject: what, .. } => Line::new("reject").word(subject(what)),
            Self::Tick { item, note: _ } => Line::new("tick").word(item.as_str()),
            Self::Untick { item, note: _ } => Line::new("untick").word(item.as_str()),
            Self::Note { text: _ } => Line::new("note"),
            Self::Comment { request, text: _ } => Line::new("comment").word(request.to_string()),
            Self::Decide {
                step,
                target,
                path,
                note: _,
            } => Line::new("decide")
                .word(step.as_str())
                .flag("--target", target.as_str())
                .flag("--path", path),
            Self::Acknowledge { lane, note: _ } => Line::new("acknowledge").word(lane.as_str()),
            Self::Override { rule, reason: _ } => Line::new("override").word(rule),
            Self::Abandon {
                step,
                target,
                reason: _,
            } => Line::new("abandon")
                .word(step.as_str())
                .flag("--target", target.as_str()),
            Self::Close { note: _ } => Line::new("close"),
            Self::Start(_)
            | Self::Resolve(_)
            | Self::Retry { .. }
            | Self::Drive { .. }
            | Self::Import { .. }
            | Self::Archive { .. }
            | Self::Restore
            | Self::Resume { .. } => return self.to_string(),
        };
        line.0
    }

    /// Tells whether its words mean the hotfix that is open; the others say by themselves what they are about.
    fn is_about_the_open(&self) -> bool {
        match self {
            Self::Start(_) | Self::Import { .. } | Self::Archive { .. } | Self::Resume { .. } => {
                false
            }
            Self::Do { .. }
            | Self::Skip { .. }
            | Self::Approve { .. }
            | Self::Reject { .. }
            | Self::Tick { .. }
            | Self::Untick { .. }
            | Self::Note { .. }
            | Self::Comment { .. }
            | Self::Decide { .. }
            | Self::Acknowledge { .. }
            | Self::Override { .. }
            | Self::Resolve(_)
            | Self::Abandon { .. }
            | Self::Retry { .. }
            | Self::Close { .. }
            | Self::Drive { .. }
            | Self::Restore => true,
        }
    }
}
