//! Who says to have written what the present epoch of a lock log rests on. Kept as it was read, since what a signature is
//! worth depends on whose keys count when it is asked for.

use serde::Deserialize;
use serde::Serialize;

use crate::model::Person;
use crate::model::Seal;
use crate::model::Signed;
use crate::model::Timestamp;
use crate::record::Lock;
use crate::record::LockEntry;

use super::super::sign::Signing;

/// More of one epoch are not told one by one; the first is always the one that began it.
const MOST: usize = 16;

/// Entries of the present epoch whose author matters, oldest first: the one that began it, the latest move, and each of
/// a kind that must be signed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims(Vec<Claim>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Claim {
    kind: String,
    by: Person,
    at: Timestamp,
    seal: Seal,
    /// It is told only until the next move.
    is_passing: bool,
}

impl Claims {
    /// Takes up an entry that made `after` of `before`.
    pub(super) fn hear(
        &mut self,
        before: &Lock,
        after: &Lock,
        entry: &LockEntry,
        signing: &Signing,
    ) {
        let begins = after.epoch != before.epoch;
        let is_move = after.last != before.last;
        let is_required = signing.required().contains(&entry.kind);
        if begins {
            self.0.clear();
        } else if is_move {
            self.0.retain(|claim| !claim.is_passing);
        }
        if !(begins || is_move || is_required) {
            return;
        }
        if self.0.len() >= MOST {
            self.0.remove(1);
        }
        self.0.push(Claim {
            kind: entry.kind.clone(),
            by: entry.by.person.clone(),
            at: entry.at,
            seal: entry.seal.clone(),
            is_passing: !(begins || is_required),
        });
    }

    /// Returns how well it is known who began the epoch, and what is wrong with each of the entries.
    pub(super) async fn weigh(&self, signing: &Signing) -> (Signed, Vec<(Signed, String)>) {
        let (mut seat, mut flaws) = (None, Vec::new());
        for claim in &self.0 {
            let Claim { kind, by, at, .. } = claim;
            let signed = signing.worth(kind, &by.id, *at, &claim.seal).await;
            if let Some(how) = signed.flaw(signing.required().contains(kind)) {
                let text = format!("{kind} of {}, {}, {how}", by.show(), at.date_clock());
                flaws.push((signed.clone(), text));
            }
            seat.get_or_insert(signed);
        }
        (seat.unwrap_or_default(), flaws)
    }
}
