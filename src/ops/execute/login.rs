//! A token that is no longer accepted in the middle of a plan: the plan waits until somebody signed in again, and goes on
//! with the change that was not made.

use std::time::Duration;

use super::super::watcher::Watcher;
use super::super::workspace::Workspace;

/// Between two looks at where tokens come from.
const BETWEEN: Duration = Duration::from_secs(2);
/// How often it is looked; half an hour in all.
const LOOKS: usize = 900;

impl Workspace {
    /// Waits, if the forge does not let us in and somebody is there to change that; tells whether there is a new token.
    pub(super) async fn goes_on_after_login(&self, watcher: &dyn Watcher) -> bool {
        let Some(reach) = self.reach() else {
            return false;
        };
        let Some(why) = reach.http.signed_out().filter(|_| watcher.is_attended()) else {
            return false;
        };
        watcher.call(&format!(
            "paused: {why} in another terminal; this goes on then"
        ));
        for _ in 0..LOOKS {
            tokio::time::sleep(BETWEEN).await;
            if watcher.is_cancelled() {
                return false;
            }
            if reach.http.has_new_login().await {
                watcher.call("signed in again: going on");
                return true;
            }
        }
        false
    }
}
