//! Merges of ours that moved their branch and that the forge never wrote down: its process died in between, or the
//! connection did and took the rest of the call along. It goes on showing the request open, and has no call that mends it.
//! The branch itself tells of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::merged_as;
use crate::engine::merges_onto;
use crate::engine::was_sent_by;
use crate::git::Error;
use crate::git::Repo;
use crate::git::across;
use crate::model::ChangeRequest;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::MergeMethod;
use crate::model::Merged;
use crate::model::RequestId;
use crate::model::RequestState;

use super::Look;
use super::Sight;

/// How much of a branch's own line is read for the tip that a merge was planned onto.
const WALKED: usize = 300;

/// What is asked about one request.
#[derive(PartialEq, Eq)]
struct Question {
    request: RequestId,
    head: CommitId,
    tip: CommitId,
    /// Where the branch was when merges of it were planned, abbreviated.
    ontos: Vec<String>,
    /// The methods of them that leave no commit which names the head.
    methods: Vec<MergeMethod>,
}

/// What git said to all of them. As long as they are the same it is not asked again.
pub(super) struct Answered {
    questions: Vec<Question>,
    merges: BTreeMap<RequestId, Merged>,
    /// Nothing failed, which may pass.
    is_whole: bool,
}

impl Answered {
    /// Returns what requests were merged as although the forge calls them open, or closed without a merge.
    pub(super) fn merges(&self, requests: &[ChangeRequest]) -> BTreeMap<RequestId, Merged> {
        // Another request from the same branch may have brought the same head.
        let is_anothers = |merged: &Merged| {
            let mut others = requests.iter().filter_map(ChangeRequest::merged);
            others.any(|other| other.commit == merged.commit)
        };
        let mut merges = self.merges.clone();
        merges.retain(|_, merged| !is_anothers(merged));
        merges
    }
}

/// Answers what is to be asked about these requests. Git is asked only where a merge was sent and the branch is elsewhere
/// since, and only once.
pub(super) async fn answered(
    look: &Look,
    requests: &[ChangeRequest],
    before: Option<&Arc<Answered>>,
) -> Arc<Answered> {
    let questions = questions(look, requests);
    let is_same = |before: &&Arc<Answered>| before.is_whole && before.questions == questions;
    if let Some(before) = before.filter(is_same) {
        return Arc::clone(before);
    }
    if questions.is_empty() {
        return Arc::new(Answered {
            questions,
            merges: BTreeMap::new(),
            is_whole: true,
        });
    }
    let repo = look.repo.clone();
    let answers = across(move || {
        let (mut merges, mut is_whole) = (BTreeMap::new(), true);
        for one in &questions {
            match merge(&repo, one) {
                Ok(merged) => merges.extend(merged.map(|merged| (one.request, merged))),
                Err(error) => {
                    tracing::debug!(%error, "it is not known whether a request was merged");
                    is_whole = false;
                }
            }
        }
        Answered {
            questions,
            merges,
            is_whole,
        }
    });
    let answered = answers.await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the look at merges ended early");
        Answered {
            questions: Vec::new(),
            merges: BTreeMap::new(),
            is_whole: false,
        }
    });
    Arc::new(answered)
}

/// Returns the requests, those that were found as merged.
pub(super) fn told(
    mut requests: Vec<ChangeRequest>,
    found: &BTreeMap<RequestId, Merged>,
) -> Vec<ChangeRequest> {
    for request in &mut requests {
        if let Some(merged) = found.get(&request.id) {
            request.state = RequestState::Merged(merged.clone());
        }
    }
    requests
}

fn questions(look: &Look, requests: &[ChangeRequest]) -> Vec<Question> {
    let Some(record) = look.record.as_deref() else {
        return Vec::new();
    };
    match look.sight {
        Sight::Fresh(_) | Sight::Stale { .. } => {}
        Sight::Never { .. } => return Vec::new(),
    }
    let question = |request: &ChangeRequest| {
        let tip = look.tips.get(&request.into)?;
        let ontos = merges_onto(record, request.id);
        let has_moved = ontos
            .iter()
            .any(|onto| !tip.as_str().starts_with(onto.as_str()));
        has_moved.then(|| Question {
            request: request.id,
            head: request.head.clone(),
            tip: tip.clone(),
            ontos,
            methods: [MergeMethod::Squash, MergeMethod::Rebase]
                .into_iter()
                .filter(|method| was_sent_by(record, request.id, *method))
                .collect(),
        })
    };
    let unmerged = requests.iter().filter(|one| one.merged().is_none());
    unmerged.filter_map(question).collect()
}

/// Finds the merge of a request's head on the branch's own line, above the oldest tip that one was planned onto.
fn merge(repo: &Repo, question: &Question) -> Result<Option<Merged>, Error> {
    let line = repo.first_parent_ids(&[], &question.tip, WALKED)?;
    let is_onto = |id: &CommitId| {
        let mut ontos = question.ontos.iter();
        ontos.any(|onto| id.as_str().starts_with(onto.as_str()))
    };
    // A branch that was rewritten since tells nothing.
    let Some(end) = line.iter().rposition(is_onto) else {
        return Ok(None);
    };
    let newer = repo.heads(&line[..end])?;
    let of_head = newer.iter().find(|commit| {
        let mut others = commit.parents.iter().skip(1);
        others.any(|parent| *parent == question.head)
    });
    let mut made = of_head.map(|commit| (commit, MergeMethod::Merge));
    for method in &question.methods {
        if made.is_some() {
            break;
        }
        let again = match method {
            MergeMethod::Merge => None,
            MergeMethod::Squash => squashed(question, &newer),
            MergeMethod::Rebase => rebased(repo, question, &line[end], &newer)?,
        };
        made = again.map(|commit| (commit, *method));
    }
    Ok(made.map(|(commit, method)| Merged {
        commit: commit.id.clone(),
        head: question.head.clone(),
        by: None,
        at: commit.committed_at,
        method: Some(method),
    }))
}

/// Returns the commit that says in our words that it is the request.
fn squashed<'a>(question: &Question, newer: &'a [Commit]) -> Option<&'a Commit> {
    let end = merged_as(question.request);
    let is_it = |commit: &&Commit| !commit.is_merge() && commit.subject().ends_with(&end);
    newer.iter().find(is_it)
}

/// Returns the last of the commits that stand right on the tip that was looked at, if they are the request's own, by author,
/// time and message.
fn rebased<'a>(
    repo: &Repo,
    question: &Question,
    onto: &CommitId,
    newer: &'a [Commit],
) -> Result<Option<&'a Commit>, Error> {
    let own = repo.between(std::slice::from_ref(onto), &question.head, WALKED)?;
    let own: Vec<Commit> = own.into_iter().filter(|one| !one.is_merge()).collect();
    if own.is_empty() || own.len() >= WALKED {
        return Ok(None);
    }
    let Some(first) = newer.len().checked_sub(own.len()) else {
        return Ok(None);
    };
    let is_same = |(new, old): (&Commit, &Commit)| {
        !new.is_merge()
            && new.author == old.author
            && new.authored_at == old.authored_at
            && new.message == old.message
    };
    let made = &newer[first..];
    let are_same = made.iter().zip(&own).all(is_same);
    Ok(made.first().filter(|_| are_same))
}
