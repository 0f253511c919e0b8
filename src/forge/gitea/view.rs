//! From the wire to the neutral request: pure.

use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Mergeability;
use crate::model::Merged;
use crate::model::Milestone;
use crate::model::Person;
use crate::model::RequestId;
use crate::model::RequestState;
use crate::model::Untrusted;

use super::checks;
use super::options::Way;
use super::reviews;
use super::wire;
use super::words;
use crate::forge::marker;

/// What the forge demands of a merge into a branch.
#[derive(Debug, Clone, Default)]
pub(super) struct Lane {
    pub(super) required_approvals: usize,
    /// Patterns of required statuses.
    pub(super) contexts: Vec<String>,
    /// Whether this token's person may merge; none if the forge does not say.
    pub(super) may_merge: Option<bool>,
}

impl Lane {
    pub(super) fn new(branch: wire::Branch) -> Self {
        Self {
            required_approvals: branch.required_approvals,
            contexts: if branch.enable_status_check {
                branch.status_check_contexts
            } else {
                Vec::new()
            },
            may_merge: branch.user_can_merge,
        }
    }
}

/// What was read of a request besides the list.
#[derive(Debug, Clone, Default)]
pub(super) struct Details {
    pub(super) reviews: Vec<wire::Review>,
    pub(super) statuses: Vec<wire::Status>,
    /// None if it was not asked for.
    pub(super) mergeable: Option<bool>,
    pub(super) way: Option<Way>,
    /// Who made the head, where that matters.
    pub(super) maker: Option<Person>,
}

/// Returns the request as everybody sees it; none if a branch's name is none that git would take.
pub(super) fn request(
    pull: &wire::Pull,
    lane: Option<&Lane>,
    details: &Details,
    product: &str,
) -> Option<ChangeRequest> {
    let from: BranchName = pull.head.branch().parse().ok()?;
    let into: BranchName = pull.base.branch().parse().ok()?;
    let (title, has_prefix) = words::without_prefix(&pull.title);
    let now = wire::commit(&pull.head.sha);
    let state = state(pull, details, now.as_ref());
    let head = match (&state, now) {
        (RequestState::Merged(merged), _) => merged.head.clone(),
        (RequestState::Open | RequestState::Closed, now) => now.or_else(nowhere)?,
    };
    let is_draft = has_prefix || pull.draft;
    Some(ChangeRequest {
        id: RequestId(pull.number),
        title: Untrusted::new(title),
        body: Untrusted::new(pull.body.as_str()),
        mergeability: mergeability(pull, is_draft, lane, details, product),
        checks: checks::checks(&details.statuses, &head, lane),
        approvals: reviews::approvals(&details.reviews, &head),
        hotfix: marker::hotfix(&pull.body),
        state,
        head,
        is_draft,
        labels: pull.labels.iter().map(|label| label.name.clone()).collect(),
        milestone: pull.milestone.as_ref().map(|one| Milestone {
            id: one.id.to_string(),
            title: Untrusted::new(one.title.as_str()),
        }),
        author: wire::person(pull.user.as_ref()),
        // The forge does not tell who pushed; whoever made the head did it, most often.
        last_pusher: details.maker.clone(),
        reviewers: pull
            .requested_reviewers
            .iter()
            .map(|user| wire::person(Some(user)))
            .collect(),
        opened_at: wire::time(&pull.created_at),
        updated_at: wire::time(&pull.updated_at),
        url: (!pull.html_url.is_empty()).then(|| pull.html_url.clone()),
        from,
        into,
    })
}

/// The head of a request whose branch is gone and was never merged.
fn nowhere() -> Option<CommitId> {
    "0".repeat(40).parse().ok()
}

fn state(pull: &wire::Pull, details: &Details, now: Option<&CommitId>) -> RequestState {
    if !pull.merged {
        return if pull.is_open() {
            RequestState::Open
        } else {
            RequestState::Closed
        };
    }
    let commit = pull.merge_commit_sha.as_deref().and_then(wire::commit);
    let way = details.way.as_ref();
    let head = way.map(|way| &way.head).or(now).or(commit.as_ref());
    // A merge that put nothing anywhere cannot be shown as one.
    let Some((commit, head)) = commit.as_ref().or(head).zip(head) else {
        return RequestState::Closed;
    };
    RequestState::Merged(Merged {
        commit: commit.clone(),
        head: head.clone(),
        by: pull.merger().or_else(|| way.and_then(|way| way.by.clone())),
        at: wire::time(pull.merged_at.as_deref().unwrap_or_default()),
        method: way.and_then(|way| way.method),
    })
}

fn mergeability(
    pull: &wire::Pull,
    is_draft: bool,
    lane: Option<&Lane>,
    details: &Details,
    product: &str,
) -> Mergeability {
    let blocked = |why: String| Mergeability::Blocked(why);
    if pull.merged {
        return blocked("it is merged".to_owned());
    }
    if !pull.is_open() {
        return blocked("it is closed".to_owned());
    }
    match details.mergeable {
        // Of a draft the forge always says no, and its approvals are not due yet. That it is a draft is said elsewhere,
        // and stands in the way by itself.
        Some(_) if is_draft => return Mergeability::Clean,
        Some(true) => {}
        Some(false) => return Mergeability::Conflicts(Vec::new()),
        None if pull.mergeable => {}
        None => return Mergeability::Checking,
    }
    let Some(lane) = lane else {
        return Mergeability::Clean;
    };
    let given = reviews::counted_by_forge(&details.reviews);
    if given < lane.required_approvals {
        return blocked(format!(
            "{product} wants {} approvals for {}, it counts {given}",
            lane.required_approvals,
            pull.base.branch()
        ));
    }
    if lane.may_merge == Some(false) {
        return blocked(format!(
            "{product} lets your account not merge into {}",
            pull.base.branch()
        ));
    }
    Mergeability::Clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pull(more: &serde_json::Value) -> wire::Pull {
        let mut pull = serde_json::json!({
            "number": 3, "title": "Fix", "state": "open", "mergeable": true,
            "head": {"ref": "fix", "sha": "a".repeat(40)}, "base": {"ref": "main", "sha": "b".repeat(40)},
        });
        let (all, more) = (pull.as_object_mut(), more.as_object());
        if let Some((all, more)) = all.zip(more) {
            all.extend(more.clone());
        }
        serde_json::from_value(pull).expect("a pull request")
    }

    fn seen(more: &serde_json::Value, lane: Option<&Lane>, mergeable: bool) -> ChangeRequest {
        let details = Details {
            mergeable: Some(mergeable),
            ..Details::default()
        };
        request(&pull(more), lane, &details, "gitea").expect("the branches have names")
    }

    #[test]
    fn a_draft_that_does_not_merge_is_no_conflict() {
        let plain = serde_json::json!({});
        assert_eq!(seen(&plain, None, true).mergeability, Mergeability::Clean);
        assert_eq!(
            seen(&plain, None, false).mergeability,
            Mergeability::Conflicts(Vec::new())
        );
        let draft = seen(&serde_json::json!({"title": "WIP: Fix"}), None, false);
        assert!(draft.is_draft && draft.title.raw() == "Fix");
        assert_eq!(draft.mergeability, Mergeability::Clean);
    }

    #[test]
    fn what_the_branch_demands_is_said() {
        let lane = Lane {
            required_approvals: 2,
            may_merge: Some(true),
            ..Lane::default()
        };
        let Mergeability::Blocked(why) =
            seen(&serde_json::json!({}), Some(&lane), true).mergeability
        else {
            panic!("two approvals are missing");
        };
        assert_eq!(why, "gitea wants 2 approvals for main, it counts 0");
        let lane = Lane {
            may_merge: Some(false),
            ..Lane::default()
        };
        let Mergeability::Blocked(why) =
            seen(&serde_json::json!({}), Some(&lane), true).mergeability
        else {
            panic!("this account may not");
        };
        assert!(why.contains("your account"), "{why}");
    }

    #[test]
    fn the_merged_head_is_not_where_the_branch_is_now() {
        let merged = pull(&serde_json::json!({
            "state": "closed", "merged": true, "merge_commit_sha": "c".repeat(40), "merged_at": "2026-01-02T03:04:05Z",
        }));
        let head: CommitId = "d".repeat(40).parse().expect("an id");
        let details = Details {
            way: Some(Way {
                head: head.clone(),
                method: None,
                by: None,
            }),
            ..Details::default()
        };
        let seen = request(&merged, None, &details, "gitea").expect("named branches");
        assert_eq!(seen.head, head);
        let merged = seen.merged().expect("it is merged");
        assert_eq!(
            (merged.commit.as_str(), &merged.head),
            ("c".repeat(40).as_str(), &head)
        );
    }
}
