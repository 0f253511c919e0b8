//! Whether looks may run the merge drivers of the clone.

use super::Examined;
use crate::ops::workspace::Workspace;

const WHAT: &str = "merge drivers";

impl Workspace {
    /// Says whether they are trusted; nothing where the clone has none. None is run.
    pub(super) async fn examine_drivers(&self) -> Option<Examined> {
        let seen = self.drivers().await?.seen;
        let found = match seen.found {
            Ok(found) => found,
            Err(why) => {
                return Some(Examined::doubtful(
                    WHAT,
                    why,
                    "See that `git config --list` works here.",
                ));
            }
        };
        let names = found.list().iter().map(|driver| driver.name.show());
        let names = names.collect::<Vec<_>>().join(", ");
        Some(if seen.is_trusted {
            Examined::good(WHAT, format!("{names}: trusted as they stand"))
        } else {
            Examined::doubtful(
                WHAT,
                format!("{names}: not trusted, so no look tells what they make of a merge"),
                "Read their commands, then run: lanekeeper trust",
            )
        })
    }
}
