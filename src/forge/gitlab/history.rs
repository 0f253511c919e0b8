//! Which requests a commit came in by, as GitLab's pages show it. What lies between two commits our own repository knows
//! better (background/forges.md 3.11); that a branch has nothing new is asked as their merge base, in `open`.

use std::sync::Arc;

use crate::forge::Error;
use crate::model::ChangeRequest;
use crate::model::CommitId;

use super::home::Gitlab;
use super::requests;
use super::wire;

/// How many requests one commit is in at most.
const MOST: usize = 100;

impl Gitlab {
    /// Returns the requests that brought a commit: as one of their own, as the merge, or as the squash.
    pub(super) async fn requests_of(
        self: &Arc<Self>,
        commit: &CommitId,
    ) -> Result<Vec<ChangeRequest>, Error> {
        let ask = self
            .get(&["repository", "commits", commit.as_str(), "merge_requests"])
            .await?
            .with("per_page", "100");
        let lines: Vec<wire::Request> = self.http().read_list(&ask, MOST).await?;
        Ok(requests::plain(&lines))
    }
}
