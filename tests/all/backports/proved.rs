//! What `prove` says of what the console knows: what was accepted of a commit that was carried alone, and by which rule a
//! hotfix is somewhere.

use lanekeeper::model::Rule;
use lanekeeper::model::Verdict;

use crate::support::team::Team;
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

#[test]
fn a_squash_beside_other_work_is_proved_by_the_rule_that_the_lanes_tell() {
    let team = Team::with("\n[playbook.build-run.step.run]\nmethods = [\"squash\"]\n");
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.fix(&[(3, "fixed"), (20, "fixed too")], "Fix the other half");
    // Beside the fix, so that it reads otherwise there: no patch tells of it any more.
    let world = &team.world;
    world.switch("preprod", Some("origin/preprod"));
    team.fix(&[(5, "of RUN")], "RUN goes on");
    team.act(&id, "do run");
    team.act(&id, "do run");
    let board = team.look(&id);
    let lane = "preprod".parse().expect("a lane");
    let seen = board.seen.presence[&lane].value().expect("judged");
    assert_eq!(seen.rule, Some(Rule::MergeCommit));
    let proofs = proven(&team, id.as_str(), "preprod").expect("it can be proved");
    assert_eq!(proofs.proofs[0].verdict, Verdict::Present);
    assert_eq!(proofs.proofs[0].rule, seen.rule);
}
