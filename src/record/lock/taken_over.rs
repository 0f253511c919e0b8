//! From which takeover the present epoch goes on. Beside the fold, since nothing that may be appended hangs on it: a team may
//! ask for a second person before the new driver's first call.

use serde::Deserialize;
use serde::Serialize;

use crate::model::Person;

use super::entry::LockEntry;
use super::event::LockEvent;
use super::fold::Lock;

/// A takeover after which nobody else had the seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenOver {
    /// The epoch that it began.
    pub epoch: u64,
    /// Who took the seat.
    pub by: Person,
}

impl TakenOver {
    /// Returns what holds after an entry that made `after` of `before`. Whoever leaves a seat that they took over and sits
    /// down again, at whichever console and under whichever address of one account, has still taken it over; it ends with another
    /// person. A plain remote knows no accounts: two addresses are two people there.
    pub fn after(
        known: Option<Self>,
        before: &Lock,
        after: &Lock,
        entry: &LockEntry,
    ) -> Option<Self> {
        if after.epoch == before.epoch {
            return known;
        }
        if matches!(entry.event, Some(LockEvent::TakeOver { .. })) {
            return Some(Self {
                epoch: after.epoch,
                by: entry.by.person.clone(),
            });
        }
        known.filter(|known| known.by.is_also(&entry.by.person))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Seal;
    use crate::model::Timestamp;
    use crate::record::Driver;

    fn entry(who: &str, console: &str, event: LockEvent) -> LockEntry {
        LockEntry {
            id: "01J00000000000000000000001".parse().expect("test id"),
            by: Driver {
                console: console.parse().expect("test console"),
                person: Person::from_email(who, &format!("{who}@example.org")),
                device: "laptop".to_owned(),
            },
            at: Timestamp::from_second(0),
            kind: event.name().to_owned(),
            event: Some(event),
            seal: Seal::None,
        }
    }

    fn takes(epoch: u64) -> LockEvent {
        LockEvent::Acquire {
            epoch,
            is_brief: false,
        }
    }

    fn takes_over(epoch: u64) -> LockEvent {
        LockEvent::TakeOver {
            epoch,
            reason: "silent".to_owned(),
        }
    }

    /// Plays entries and returns the epoch of the takeover from which the seat goes on.
    fn played(entries: &[LockEntry]) -> Option<u64> {
        let (mut lock, mut known) = (Lock::default(), None);
        for entry in entries {
            let before = lock.clone();
            lock.extend([entry]);
            known = TakenOver::after(known, &before, &lock, entry);
        }
        known.map(|known| known.epoch)
    }

    #[test]
    fn a_takeover_lasts_until_another_person_sits_down() {
        let ana = entry("ana", "ana-1", takes(1));
        let mia = entry("mia", "mia-1", takes_over(2));
        assert_eq!(
            played(std::slice::from_ref(&ana)),
            None,
            "a free seat was taken"
        );
        assert_eq!(played(&[ana.clone(), mia.clone()]), Some(2));
        let left = entry("mia", "mia-1", LockEvent::Release { epoch: 2 });
        let began = [ana, mia, left];
        assert_eq!(played(&began), Some(2));
        let then = |next: LockEntry| {
            let mut entries = began.to_vec();
            entries.push(next);
            played(&entries)
        };
        assert_eq!(then(entry("mia", "mia-1", takes(3))), Some(2));
        assert_eq!(then(entry("mia", "mia-2", takes(3))), Some(2));
        assert_eq!(then(entry("ben", "ben-1", takes(3))), None);
        // What the log does not admit changes nothing.
        assert_eq!(then(entry("ben", "ben-1", takes(7))), Some(2));
    }

    #[test]
    fn a_takeover_lasts_under_another_address_of_the_same_account() {
        let at_home = |login: Option<&str>| {
            let named = |who: &str, event: LockEvent| {
                let mut entry = entry(who, "mia-1", event);
                entry.by.person.login = login.map(str::to_owned);
                entry
            };
            let entries = [
                entry("ana", "ana-1", takes(1)),
                named("mia", takes_over(2)),
                named("mia", LockEvent::Release { epoch: 2 }),
                named("mia.home", takes(3)),
            ];
            played(&entries)
        };
        assert_eq!(at_home(Some("mia")), Some(2));
        assert_eq!(at_home(None), None, "nothing tells that it is her");
    }

    #[test]
    fn whoever_accepts_an_offered_seat_has_not_taken_it_over() {
        let offer = LockEvent::HandOver {
            epoch: 2,
            to: "ben@example.org".to_owned(),
        };
        let entries = [
            entry("ana", "ana-1", takes(1)),
            entry("mia", "mia-1", takes_over(2)),
            entry("mia", "mia-1", offer),
            entry("ben", "ben-1", takes(3)),
        ];
        assert_eq!(played(&entries[..3]), Some(2));
        assert_eq!(played(&entries), None);
    }
}
