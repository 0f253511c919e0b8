//! Where the remote's address leads: git's configuration may write it anew, and Lanekeeper goes there with everything.

use super::Examined;
use crate::git::Rewriting;
use crate::git::across;
use crate::ops::fault::Fault;
use crate::ops::fault::FaultKind;
use crate::ops::workspace::Workspace;

const WHAT: &str = "remote address";

impl Workspace {
    /// Tells what writes the remote's address anew; silent where nothing does.
    pub(super) async fn examine_address(&self) -> Vec<Examined> {
        let (clone, remote) = (self.user_clone().clone(), self.settings().remote.clone());
        let found = across(move || clone.rewritings(&remote)).await;
        let unread = |error: &dyn std::error::Error| {
            let summary = "cannot tell whether git writes the remote's address anew";
            vec![Examined::bad(
                WHAT,
                &Fault::caused(FaultKind::Internal, summary, error),
            )]
        };
        match found {
            Ok(Ok(found)) => found.iter().map(told).collect(),
            Ok(Err(error)) => unread(&error),
            Err(error) => unread(&error),
        }
    }
}

fn told(found: &Rewriting) -> Examined {
    let Rewriting {
        key,
        file,
        is_of_clone,
        from,
        to,
    } = found;
    let text = format!("{from} is asked and pushed to as {to}, by {key} in {file}");
    if *is_of_clone {
        // Whoever can write in the clone can send everything elsewhere by it.
        Examined::doubtful(
            WHAT,
            text,
            "It is the clone's own rule. If it is not yours, take it out of that file.",
        )
    } else {
        Examined::good(WHAT, text)
    }
}
