//! Where the remote's address leads: git's configuration may write it anew, and Lanekeeper goes there with everything. And
//! what the clone's own configuration says of the way there and Lanekeeper does not follow.

use super::Examined;
use crate::git::Error;
use crate::git::Rewriting;
use crate::git::Unfollowed;
use crate::git::UnfollowedWhat;
use crate::git::UserClone;
use crate::git::across;
use crate::ops::fault::Fault;
use crate::ops::fault::FaultKind;
use crate::ops::workspace::Workspace;

const WHAT: &str = "remote address";
const UNFOLLOWED: &str = "clone's own settings";

impl Workspace {
    /// Tells what writes the remote's address anew, and what of the clone's own settings does not count; silent where nothing
    /// does.
    pub(super) async fn examine_address(&self) -> Vec<Examined> {
        let (clone, remote) = (self.user_clone().clone(), self.settings().remote.clone());
        let found = across(move || asked(&clone, &remote)).await;
        let unread = |error: &dyn std::error::Error| {
            let summary = "cannot tell whether git writes the remote's address anew";
            vec![Examined::bad(
                WHAT,
                &Fault::caused(FaultKind::Internal, summary, error),
            )]
        };
        match found {
            Ok(Ok((rewritings, unfollowed))) => {
                let rewritings = rewritings.iter().map(told);
                let unfollowed = unfollowed.iter().map(not_followed);
                rewritings.chain(unfollowed).collect()
            }
            Ok(Err(error)) => unread(&error),
            Err(error) => unread(&error),
        }
    }
}

fn asked(clone: &UserClone, remote: &str) -> Result<(Vec<Rewriting>, Vec<Unfollowed>), Error> {
    Ok((clone.rewritings(remote)?, clone.unfollowed(remote)?))
}

fn told(found: &Rewriting) -> Examined {
    let Rewriting {
        key,
        file,
        is_of_clone,
        is_for_pushes,
        from,
        to,
    } = found;
    let text = if *is_for_pushes {
        format!("{from} is pushed to as {to}, by {key} in {file}")
    } else {
        format!("{from} is asked and pushed to as {to}, by {key} in {file}")
    };
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

fn not_followed(found: &Unfollowed) -> Examined {
    let Unfollowed { key, file, what } = found;
    match what {
        UnfollowedWhat::Program => Examined::doubtful(
            UNFOLLOWED,
            format!("{key} in {file} is not followed: no program is run that a clone names"),
            &format!("If the remote needs it, make it your own: git config --global {key} VALUE"),
        ),
        UnfollowedWhat::PushAddress => Examined::doubtful(
            UNFOLLOWED,
            format!("{key} in {file} is not followed: pushes go to the address that is asked"),
            "If they must go elsewhere, name a remote of that address in lanekeeper.toml: [project] remote.",
        ),
    }
}
