//! The calls about change requests: opened with their marker complete, checked, merged, and told where a merge went.

use std::sync::Arc;

use crate::engine::Call;
use crate::engine::Change;
use crate::engine::GO_ON;
use crate::engine::Marker;
use crate::engine::Outcome;
use crate::engine::RequestRef;
use crate::engine::merged_as;
use crate::forge::MergeOrder;
use crate::forge::NewRequest;
use crate::forge::RequestQuery;
use crate::forge::Written;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Person;
use crate::record::Event;

use super::super::watcher::Jobs;
use super::calls::Answer;
use super::calls::Caller;
use super::calls::answer;

/// Says who is not asked for a review, where the forge kept only some: GitLab without a licence keeps one.
fn asked(wanted: &[String], kept: &[Person]) -> String {
    let is_left = |name: &&String| !kept.iter().any(|person| person.is_called(name));
    let left: Vec<&str> = wanted.iter().filter(is_left).map(String::as_str).collect();
    // An answer without any may not speak of reviewers at all.
    if left.is_empty() || kept.is_empty() {
        return String::new();
    }
    let kept: Vec<String> = kept.iter().map(Person::show).collect();
    format!(
        "; the forge asks only {} for a review, not {}",
        kept.join(", "),
        left.join(", ")
    )
}

/// Says what a new request does not show of the labels and the milestone that were asked for: a token may lack the right,
/// and what is not there keeps nobody from merging a request that has conflicts in it.
fn bare(labels: &[String], shown: &[String], lacks_milestone: bool) -> String {
    let is_missing = |name: &&String| !shown.iter().any(|one| one.eq_ignore_ascii_case(name));
    let missing: Vec<&str> = labels
        .iter()
        .filter(is_missing)
        .map(String::as_str)
        .collect();
    let labels = (!missing.is_empty()).then(|| format!("the labels {}", missing.join(", ")));
    let milestone = lacks_milestone.then(|| "the milestone".to_owned());
    let all: Vec<String> = labels.into_iter().chain(milestone).collect();
    if all.is_empty() {
        return String::new();
    }
    format!("; the forge does not show {} on it", all.join(" and "))
}

impl Caller<'_> {
    pub(super) async fn open_request(&self, change: &Change) -> Answer {
        let Call::OpenRequest {
            from,
            into,
            title,
            body,
            is_draft,
            labels,
            milestone,
            reviewers,
            ..
        } = &change.call
        else {
            return Answer::plain(Outcome::Failed, "not a request to open");
        };
        // The forge reads heads as last fetched, and the branch may have been pushed by the call before.
        if let Err(fault) = self.workspace.refresh().await {
            return fault.into();
        }
        let new = NewRequest {
            from: from.clone(),
            into: into.clone(),
            title: title.clone(),
            body: self.completed(body, from).await,
            is_draft: *is_draft,
            labels: labels.clone(),
            milestone: milestone.clone(),
            reviewers: reviewers.clone(),
            hotfix: Some(self.plan.hotfix.clone()),
        };
        let written = self.workspace.forge().open_request(&new).await;
        let author = match &written {
            Ok(Written::AlreadyDone(request)) => Some(request.author.clone()),
            Ok(Written::Done(_) | Written::Refused(_) | Written::Unknown(_)) | Err(_) => None,
        };
        let opened_by = self.somebody_else(author).await;
        let asked = match &written {
            Ok(Written::Done(request)) => {
                let lacks_milestone = milestone.is_some() && request.milestone.is_none();
                let bare = bare(labels, &request.labels, lacks_milestone);
                asked(reviewers, &request.reviewers) + &bare
            }
            Ok(Written::AlreadyDone(_) | Written::Refused(_) | Written::Unknown(_)) | Err(_) => {
                String::new()
            }
        };
        answer(
            written,
            |request| match &opened_by {
                None => format!("change request {}{asked}", request.id),
                Some(by) => format!("change request {}, opened by {}", request.id, by.show()),
            },
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
                        opened_by: opened_by.clone(),
                    })
                    .collect()
            },
        )
    }

    /// Returns who had opened a request that was found open, where that is not us: an earlier run of ours may have died.
    async fn somebody_else(&self, author: Option<Person>) -> Option<Person> {
        let author = author?;
        let me = self.workspace.forge().me().await.ok();
        me.is_none_or(|me| me.id != author.id).then_some(author)
    }

    /// Returns the body with what it is opened with in its marker; the marker stays as planned where that cannot be read.
    async fn completed(&self, body: &str, from: &BranchName) -> String {
        let from = from.clone();
        let found = self.workspace.git(move |repo| {
            let Some(head) = repo.tips()?.remove(&from) else {
                return Ok(None);
            };
            let tree = repo.tree_of(&head)?;
            Ok(Some((head, tree)))
        });
        match found.await {
            Ok(Some((head, tree))) => Marker::complete(body, &head, &tree),
            Ok(None) | Err(_) => body.to_owned(),
        }
    }

    pub(super) async fn run_checks(&self, request: &RequestRef, head: Option<&CommitId>) -> Answer {
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

    pub(super) async fn find_request(&self, request: &RequestRef) -> Result<ChangeRequest, Answer> {
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

    pub(super) async fn merge(&self, change: &Change) -> Answer {
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
        // Of a merge that was gone on with, the branch's history says what it is and not how it came about.
        let title = &self.plan.title;
        let title = title.strip_prefix(GO_ON).unwrap_or(title);
        let order = MergeOrder {
            request: *request,
            method: *method,
            head: head.clone(),
            onto: onto.clone(),
            subject: format!("{title}{}", merged_as(*request)),
        };
        let written = self.workspace.forge().merge(&order).await;
        let made = match &written {
            Ok(Written::Done(merged)) => Some(merged.commit.clone()),
            Ok(Written::AlreadyDone(_) | Written::Refused(_) | Written::Unknown(_)) | Err(_) => {
                None
            }
        };
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
        if let Some(made) = made
            && let Some(warning) = self.unexpected_base(&made, onto).await
        {
            answer.why.push_str(&warning);
        }
        answer
    }
}

impl Caller<'_> {
    /// Says where a merge went onto another commit than the one that was looked at: no forge guards the target, so it
    /// may have moved while the call was under way (safety.md 1.5).
    async fn unexpected_base(&self, made: &CommitId, onto: &CommitId) -> Option<String> {
        let (merge, expected) = (made.clone(), onto.clone());
        let between = self.workspace.git(move |repo| {
            let Some(base) = repo.commit(&merge)?.parents.first().cloned() else {
                return Ok(None);
            };
            if base == expected {
                return Ok(None);
            }
            let came = repo.between(std::slice::from_ref(&expected), &base, TOLD)?;
            Ok(Some((base, came)))
        });
        let (base, came) = between.await.ok()??;
        let came: Vec<String> = came
            .iter()
            .map(|commit| format!("{} \"{}\"", commit.id.short(), commit.subject()))
            .collect();
        Some(format!(
            "; merged onto an unexpected base: it was at {}, and {} was looked at; what came between: {}; look at it \
             before anything is deployed",
            base.short(),
            onto.short(),
            if came.is_empty() {
                "nothing, it was taken back".to_owned()
            } else {
                came.join(", ")
            }
        ))
    }
}

/// Commits between the base that was looked at and the one that was merged onto, as many as are told.
const TOLD: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_the_forge_does_not_ask_for_a_review_is_told() {
        let ben = [Person::from_account(2, "ben", "Ben")];
        let wanted = ["@ben", "carla"].map(str::to_owned);
        assert_eq!(
            asked(&wanted, &ben),
            "; the forge asks only Ben for a review, not carla"
        );
        assert_eq!(asked(&wanted[..1], &ben), "");
        assert_eq!(asked(&wanted, &[]), "", "it may not tell them");
    }

    #[test]
    fn labels_and_a_milestone_that_a_new_request_lacks_are_told() {
        let names =
            |names: &[&str]| -> Vec<String> { names.iter().map(|&name| name.to_owned()).collect() };
        let both = names(&["conflicts", "do-not-merge"]);
        let one = names(&["Conflicts"]);
        assert_eq!(bare(&both, &both, false), "");
        assert_eq!(bare(&[], &one, false), "");
        assert_eq!(
            bare(&both, &one, false),
            "; the forge does not show the labels do-not-merge on it"
        );
        assert_eq!(
            bare(&both, &[], true),
            "; the forge does not show the labels conflicts, do-not-merge and the milestone on it"
        );
    }
}
