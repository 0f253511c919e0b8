//! A request that was clean when it was opened, and whose target took another change of the same lines since.

use lanekeeper::engine::Board;
use lanekeeper::engine::TargetProgress;
use lanekeeper::model::HotfixId;
use lanekeeper::model::RequestState;

use crate::support::team::Team;

fn retrofit(board: &Board) -> &TargetProgress {
    let progress = board.progress.as_ref().expect("a hotfix is selected");
    let mut steps = progress.steps.iter();
    let step = steps.find(|step| step.id.as_str() == "retrofit");
    &step.expect("a step").targets[0]
}

/// Returns the lines that are offered.
fn offered(board: &Board) -> Vec<String> {
    let progress = board.progress.as_ref().expect("a hotfix is selected");
    progress.next.iter().map(|one| one.line(None)).collect()
}

/// Somebody changes the line of the fix in integration.
fn somebody_else(team: &Team, text: &str) {
    team.world.git(&["fetch", "-q", "origin"]);
    team.world.switch("integration", Some("origin/integration"));
    team.fix(&[(3, text)], "Another way to refund");
}

/// A hotfix in production whose clean retrofit is open, and conflicts now.
fn conflicting(strategy: &str) -> (Team, HotfixId) {
    let team = Team::with(&format!(
        "\n[playbook.build-run.step.retrofit]\nstrategy = \"{strategy}\"\n"
    ));
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    for words in ["do run", "do run", "do promote", "do promote"] {
        team.act(&id, words);
    }
    team.act(&id, "do retrofit");
    let board = team.look(&id);
    assert_eq!(retrofit(&board).stage, "request open", "{strategy}");
    assert!(!retrofit(&board).is_conflicting(), "{strategy}");
    somebody_else(&team, "otherwise");
    (team, id)
}

#[test]
fn a_request_that_conflicts_since_is_closed_and_its_conflict_gets_a_branch_of_its_own() {
    for strategy in ["merge-fix", "pick"] {
        let (team, id) = conflicting(strategy);
        let board = team.look(&id);
        let first = retrofit(&board).clone();
        assert!(first.is_conflicting(), "{strategy}: {:?}", first.state);
        let offered = offered(&board);
        let line = "lanekeeper do retrofit --target integration".to_owned();
        assert!(offered.contains(&line), "{offered:?}");
        team.act(&id, "do retrofit");
        let board = team.look(&id);
        let second = retrofit(&board);
        assert_eq!(second.stage, "request open (conflict, draft)", "{strategy}");
        assert_eq!(second.undecided[0].path, "shop.txt", "{strategy}");
        assert_ne!(second.branch, first.branch, "{strategy}");
        let closed = first.request.and_then(|id| board.seen.request(id));
        let closed = closed.expect("it is still there");
        assert_eq!(closed.state, RequestState::Closed, "{strategy}");
        let branch = first.branch.expect("it came from one").to_string();
        assert!(team.world.remote_id(&branch).is_some(), "it is kept");
    }
}

#[test]
fn what_somebody_pushed_to_a_branch_of_ours_is_merged_with_the_target_by_hand() {
    let (team, id) = conflicting("pick");
    let board = team.look(&id);
    let branch = retrofit(&board).branch.clone().expect("it was built");
    let branch = branch.as_str();
    team.world.switch(branch, Some(&format!("origin/{branch}")));
    team.world
        .change("more.txt", "more\n", "More than was picked");
    team.world.git(&["push", "-q", "origin", "HEAD"]);
    let before = team.refs();
    let board = team.look(&id);
    let refused = team.tried(&id, "do retrofit").expect_err("it is theirs");
    let told = "conflicts with integration in shop.txt (content)";
    assert!(refused.contains(told), "{refused}");
    let line = format!(
        "git fetch origin && git switch {branch} && git merge --ff-only origin/{branch} && git merge origin/integration"
    );
    let offered = offered(&board);
    assert!(offered.contains(&line), "{offered:?}");
    assert_eq!(team.refs(), before, "nothing is written");
}
