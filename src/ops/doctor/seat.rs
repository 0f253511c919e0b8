//! Who drives each environment, and whether a lock can be kept at all.

use crate::engine::LockSight;
use crate::model::EnvironmentName;
use crate::model::Seen;

use super::Examined;
use crate::ops::workspace::Workspace;

const WHAT: &str = "driver's seat";

impl Workspace {
    /// Says of each environment who drives it, by which lock.
    pub(super) async fn examine_seats(&self) -> Vec<Examined> {
        let sights = self.lock_sights(self.me()).await;
        sights
            .iter()
            .map(|(environment, seen)| examine(environment, seen))
            .collect()
    }
}

fn examine(environment: &EnvironmentName, seen: &Seen<LockSight>) -> Examined {
    let sight = match seen {
        Seen::Known { value, .. } | Seen::Stale { value, .. } => value,
        Seen::Unknown { why } => {
            return Examined::doubtful(
                WHAT,
                format!("cannot tell who drives {environment}: {why}"),
                "No dangerous call is made until it can be read.",
            );
        }
    };
    if let Some(why) = &sight.refused {
        return Examined::doubtful(
            WHAT,
            format!("no lock can be kept for {environment}: {why}"),
            "Two consoles are not kept from each other here; agree in person, and confirm each dangerous call by name.",
        );
    }
    let words = format!("{}, lock {}", sight.words(environment), sight.id);
    if let Some((_, flaw)) = sight.flaws.last() {
        return Examined::doubtful(
            WHAT,
            format!("{words}; {flaw}"),
            "Ask the person whose name stands there whether it was them; whoever can push can write a name.",
        );
    }
    if sight.lock.permits.is_empty() {
        return Examined::good(WHAT, words);
    }
    let open: Vec<&str> = sight
        .lock
        .permits
        .values()
        .map(|permit| permit.call.as_str())
        .collect();
    Examined::doubtful(
        WHAT,
        format!("{words}; not known what came of: {}", open.join(", ")),
        "The driver's next dangerous call looks for it first; so does whoever takes the seat over.",
    )
}
