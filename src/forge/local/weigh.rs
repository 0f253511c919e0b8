//! What the answers to one atomic push mean together.

use crate::git::Pushed;

/// Sums up the answers of one atomic push. A lost lease comes first: the others failed because of it.
pub(super) fn weigh(answers: Vec<Pushed>) -> Pushed {
    let rank = |answer: &Pushed| match answer {
        Pushed::Stale | Pushed::Locked(_) => 0,
        Pushed::Unknown(_) => 1,
        Pushed::Rejected(_) => 2,
        Pushed::Done => 3,
        Pushed::UpToDate => 4,
    };
    let none = || Pushed::Unknown("git said nothing about the push".to_owned());
    let answers = answers.into_iter().map(|answer| match answer {
        Pushed::Rejected(why) if is_lost_race(why.raw()) => Pushed::Stale,
        Pushed::Rejected(_)
        | Pushed::Done
        | Pushed::UpToDate
        | Pushed::Stale
        | Pushed::Locked(_)
        | Pushed::Unknown(_) => answer,
    });
    answers.min_by_key(rank).unwrap_or_else(none)
}

/// Tells whether a refusal only means that somebody was faster between the remote's answer and its update.
///
/// A server that finds this out while it updates several refs refuses the whole transaction; deciding again on
/// the fresh state is right, and bounded, even if the cause was another.
fn is_lost_race(why: &str) -> bool {
    why.contains("but expected")
        || why.contains("reference already exists")
        || why.contains("atomic transaction failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::model::Untrusted;

    fn rejected(why: &str) -> Pushed {
        Pushed::Rejected(Untrusted::new(why))
    }

    #[test]
    fn a_lease_lost_on_the_server_is_a_lost_race_and_a_hook_is_a_refusal() {
        let race = "[remote rejected] (atomic transaction failed): error: cannot lock ref 'refs/heads/main': is at 1 but expected 2";
        assert_eq!(weigh(vec![rejected(race), rejected(race)]), Pushed::Stale);
        let hook = rejected("[remote rejected] (hook declined): protected");
        assert_eq!(weigh(vec![hook.clone(), hook.clone()]), hook);
        assert_eq!(weigh(vec![Pushed::Stale, hook]), Pushed::Stale);
    }

    #[test]
    fn a_push_is_done_only_if_all_of_it_is() {
        assert_eq!(weigh(vec![Pushed::UpToDate, Pushed::Done]), Pushed::Done);
        let unknown = Pushed::Unknown("cut off".to_owned());
        assert_eq!(weigh(vec![Pushed::Done, unknown.clone()]), unknown);
        assert!(matches!(weigh(Vec::new()), Pushed::Unknown(_)));
    }
}
