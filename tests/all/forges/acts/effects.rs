//! What an act brought about: counted, and looked at for what it lacks.

use lanekeeper::forge::Error;
use lanekeeper::forge::RequestQuery;
use lanekeeper::forge::http::HttpError;
use lanekeeper::model::Approval;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::Decision;
use lanekeeper::model::Person;

use super::super::contract::Who;
use super::Act;
use super::NEXT_COPY;
use super::Scene;

/// Looks of the test itself that may take too long.
const LOOKS: usize = 20;

impl Scene<'_> {
    /// Counts what the act is to bring about: exactly one of it is right.
    pub(in crate::forges) async fn effects(&self) -> usize {
        let stage = self.stage;
        let found = self.requests().await;
        let Some(request) = &self.request else {
            return match self.act {
                Act::Retry => stage.reruns(),
                Act::Vote | Act::Veto => stage.votes(),
                Act::Migrate => stage.migrations(),
                Act::Deploy | Act::Start => stage.starts(),
                _ => found.len(),
            };
        };
        let now = found.iter().find(|seen| seen.id == request.id);
        let now = now.expect("it is there");
        match self.act {
            Act::Label => usize::from(now.labels.iter().any(|label| label == "urgent")),
            Act::Ready => usize::from(!now.is_draft),
            Act::Close => usize::from(!now.is_open()),
            Act::Comment | Act::Keep => stage.comments(request.id).len(),
            // One that was added in its place would be two.
            Act::Amend => match stage.comments(request.id).as_slice() {
                [only] => usize::from(only == NEXT_COPY),
                more => more.len(),
            },
            Act::Status => stage.statuses(&now.head),
            Act::Approve => stage.approvals(request.id),
            Act::Title => {
                let is_whole = now.title.raw() == "Fix the crash at once"
                    && now.body.raw().contains("It crashed, and again.");
                usize::from(is_whole)
            }
            Act::Review => now.reviewers.len(),
            Act::Draft => usize::from(now.is_draft),
            Act::Reject | Act::Turn => stage.rejections(request.id),
            Act::Merge | Act::Restore => {
                found.iter().filter(|seen| seen.merged().is_some()).count()
            }
            Act::Open
            | Act::Deploy
            | Act::Vote
            | Act::Veto
            | Act::Migrate
            | Act::Start
            | Act::Retry => found.len(),
        }
    }

    /// Says what is not as it should be when the act was done, beside what is counted.
    pub(in crate::forges) async fn lacks(&self) -> Option<String> {
        let stage = self.stage;
        match self.act {
            Act::Open => {
                let found = self.requests().await;
                let opened = found.first().expect("it is counted");
                let is_asked = |one: &Person| one.account().trim_start_matches('@') == self.lead;
                let milestone = opened.milestone.as_ref().map(|one| one.id.clone());
                if !opened.reviewers.iter().any(is_asked) {
                    return Some(format!("nobody is asked: {:?}", opened.reviewers));
                }
                (milestone != Some(stage.milestone().id)).then(|| format!("{milestone:?}"))
            }
            Act::Turn => {
                let found = self.requests().await;
                let mut said = found.first().into_iter().flat_map(|one| &one.approvals);
                let is_mine =
                    |one: &&Approval| one.by.account().trim_start_matches('@') == self.lead;
                let last = said.rfind(is_mine).map(|one| one.decision);
                (last != Some(Decision::Rejected)).then(|| format!("{last:?}"))
            }
            Act::Restore => {
                let head = self.request.as_ref().map(|request| request.head.clone());
                let tip = stage.tip_if_there(&stage.from());
                (tip != head).then(|| format!("the branch is at {tip:?}"))
            }
            Act::Label
            | Act::Ready
            | Act::Close
            | Act::Comment
            | Act::Keep
            | Act::Amend
            | Act::Status
            | Act::Approve
            | Act::Merge
            | Act::Deploy
            | Act::Vote
            | Act::Start
            | Act::Retry
            | Act::Title
            | Act::Review
            | Act::Draft
            | Act::Reject
            | Act::Veto
            | Act::Migrate => None,
        }
    }

    async fn requests(&self) -> Vec<ChangeRequest> {
        self.stage.refresh().await;
        let query = RequestQuery {
            from: Some(self.stage.from()),
            ..RequestQuery::default()
        };
        let forge = self.stage.forge(Who::Stranger);
        // The test's own look is as hasty as what it looks at: on a busy machine it is taken once more.
        for _ in 0..LOOKS {
            match forge.requests(&query).await {
                Err(Error::Http(HttpError::TimedOut { .. })) => {}
                found => return found.unwrap(),
            }
        }
        panic!("nothing can be seen, although nothing is in the way any more")
    }
}
