//! Hints from GitLab's side of history. Our own repository knows better; this tells what GitLab's pages would show.

use std::sync::Arc;

use serde::Deserialize;

use crate::forge::Error;
use crate::model::ChangeRequest;
use crate::model::CommitId;

use super::home::Gitlab;
use super::requests;
use super::wire;

/// How many requests one commit is in at most.
const MOST: usize = 100;

/// What one commit has and another does not.
#[derive(Debug, Deserialize)]
struct Compared {
    #[serde(default)]
    commits: Vec<wire::Commit>,
}

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

    /// Returns the commits that `to` has and `from` does not, oldest first.
    pub(super) async fn compare(
        &self,
        from: &CommitId,
        to: &CommitId,
    ) -> Result<Vec<CommitId>, Error> {
        let ask = self
            .get(&["repository", "compare"])
            .await?
            .with("from", from)
            .with("to", to)
            .with("straight", "false");
        let compared: Compared = self.http().read(&ask).await?;
        let ids = compared
            .commits
            .iter()
            .filter_map(|commit| commit.id.parse().ok());
        Ok(ids.collect())
    }
}
