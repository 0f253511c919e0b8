//! What was accepted of a commit that was carried alone counts where the commit itself is proved.

use lanekeeper::model::Verdict;

use crate::support::team::assert_done;
use crate::support::team::numbered;

use super::carried::fixed;
use super::carried::words;
use super::shapes::proven;

#[test]
fn what_was_accepted_where_a_commit_was_carried_alone_counts_for_the_commit_until_the_file_changes()
{
    let team = fixed(true);
    assert_done(&team.carry(&words()));
    let carried = team.backport(&words()).expect("it can be planned");
    let id = carried.board.record.expect("a record").hotfix;
    let proof = || {
        let proofs = proven(&team, "main", "integration").expect("it can be proved");
        proofs
            .proofs
            .into_iter()
            .next()
            .expect("one lane was named")
    };
    let before = proof();
    assert_eq!(before.verdict, Verdict::Changed);
    assert!(!before.holds(), "{before:?}");

    team.act(&id, "acknowledge integration --note \"solved there\"");
    let accepted = proof();
    assert_eq!(accepted.verdict, Verdict::Changed);
    assert!(accepted.holds(), "{accepted:?}");
    let by = accepted.acknowledged.expect("somebody accepted it");
    assert!(by.starts_with("acknowledged by "), "{by}");
    assert!(by.ends_with(id.as_str()), "{by}");

    let world = &team.world;
    world.switch("integration", None);
    world.change("shop.txt", numbered(&[(3, "changed again")]), "Go on");
    world.git(&["push", "-q", "origin", "integration"]);
    assert!(!proof().holds(), "another blob is another question");
}
