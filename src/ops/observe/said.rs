//! What the forge says: asked once for a look, or as it was said for another board of the same moment.

use crate::engine::Board;
use crate::model::ChangeRequest;
use crate::model::Deployment;
use crate::model::Person;
use crate::model::Seen;

use super::Look;
use super::named;

/// Change requests, deployments, and who we are there.
pub(in crate::ops) struct Said {
    pub(super) requests: Seen<Vec<ChangeRequest>>,
    pub(super) deployments: Seen<Vec<Deployment>>,
    pub(super) me: Person,
}

impl Said {
    /// Returns what was said for a board.
    pub(in crate::ops) fn again(board: &Board) -> Self {
        Self {
            requests: board.seen.requests.clone(),
            deployments: board.seen.deployments.clone(),
            me: board.seen.me.clone(),
        }
    }

    /// Asks the forge.
    pub(super) async fn asked(look: &Look) -> Self {
        let (requests, deployments, me) = tokio::join!(
            named::requests(look),
            named::deployments(look),
            look.forge.me()
        );
        Self {
            requests: look.sight.of_result(requests),
            deployments: look.sight.of_result(deployments),
            // A forge that cannot be asked will refuse what is not ours to do; until then git's own word must do.
            me: me.unwrap_or_else(|_| look.me.clone()),
        }
    }
}
