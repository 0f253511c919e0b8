//! What only GraphQL moves: the draft mark, the milestone without a second way to name a request, and a request into
//! a merge queue where REST cannot.

use serde_json::Value;
use serde_json::json;

use crate::forge::Error;
use crate::forge::http::Ask;
use crate::model::CommitId;
use crate::model::Milestone;
use crate::model::Untrusted;

use super::hub::Came;
use super::hub::Hub;
use super::wire;

const READY: &str = "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft } } }";
const DRAFT: &str = "mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { isDraft } } }";
const PLAN: &str = "mutation($id: ID!, $milestone: ID!) { updatePullRequest(input: {pullRequestId: $id, milestoneId: $milestone}) { pullRequest { isDraft } } }";
const ENQUEUE: &str = "mutation($id: ID!, $head: GitObjectID!) { enqueuePullRequest(input: {pullRequestId: $id, expectedHeadOid: $head}) { mergeQueueEntry { id } } }";

impl Hub {
    /// Puts a request with exactly this head into its branch's merge queue.
    pub(super) async fn enqueue(&self, node: &str, head: &CommitId) -> Result<Came, Error> {
        self.mutate(ENQUEUE, &json!({"id": node, "head": head}))
            .await
    }

    /// Makes a request a draft, or ready for review.
    pub(super) async fn set_draft(&self, node: &str, is_draft: bool) -> Result<Came, Error> {
        let query = if is_draft { DRAFT } else { READY };
        self.mutate(query, &json!({"id": node})).await
    }

    /// Plans a request for a milestone.
    pub(super) async fn set_milestone(
        &self,
        node: &str,
        milestone: &Milestone,
    ) -> Result<Came, Error> {
        let variables = json!({"id": node, "milestone": milestone.id});
        self.mutate(PLAN, &variables).await
    }

    /// Asks GraphQL, which says no with status 200.
    async fn mutate(&self, query: &str, variables: &Value) -> Result<Came, Error> {
        let ask = Ask::post(&["graphql"])
            .beside()
            .json(&json!({"query": query, "variables": variables}));
        Ok(match self.send(&ask).await? {
            Came::Yes(answer) => match answer.json::<wire::GraphAnswer>() {
                Ok(said) if said.errors.is_empty() => Came::Yes(answer),
                Ok(said) => {
                    let words: Vec<String> = said
                        .errors
                        .iter()
                        .map(|error| Untrusted::new(error.message.as_str()).show())
                        .collect();
                    Came::No(answer.status, words.join("; "))
                }
                Err(error) => Came::Unclear(error.to_string()),
            },
            other => other,
        })
    }
}
