//! A request that was rebased, which the forge tells only by one commit, as it does of a squash.

use lanekeeper::engine::Picks;
use lanekeeper::model::Commit;
use lanekeeper::model::CommitId;
use lanekeeper::model::HotfixId;
use lanekeeper::model::Verdict;

use crate::forges::fake_gitea::GITEA;
use crate::forges::fake_gitea::Merge;
use crate::support::team::numbered;

use super::hotfix::Play;

/// Makes the newest request one that somebody merged on the forge's page, as the commit that is checked out.
fn merged(play: &Play, head: &CommitId, onto: &CommitId) {
    let world = &play.team.world;
    world.git(&["push", "-q", "origin", "HEAD:preprod"]);
    let base = world.git(&["merge-base", head.as_str(), onto.as_str()]);
    let mut state = play.fake.state();
    let by = state.users[0].id;
    let pull = state.pulls.last_mut().expect("it was opened");
    pull.merge = Some(Merge {
        commit: world.id("HEAD").to_string(),
        head: head.to_string(),
        base,
        by,
        at: pull.created + 1,
    });
    pull.updated = pull.created + 1;
}

fn picks(play: &Play, id: &HotfixId) -> Picks {
    let board = play.team.look(id);
    let fix = board.seen.fix.value().expect("seen");
    fix.picks.clone()
}

fn ids(commits: &[Commit]) -> Vec<CommitId> {
    commits.iter().map(|commit| commit.id.clone()).collect()
}

/// Goes to RUN, where somebody changed a line, and returns where it is then.
fn run_went_on(play: &Play, line: usize) -> CommitId {
    let world = &play.team.world;
    world.git(&["fetch", "-q", "origin"]);
    world.switch("preprod", Some("origin/preprod"));
    play.team.fix(&[(line, "of RUN")], "Other work in RUN");
    world.id("HEAD")
}

#[test]
fn a_fix_that_was_rebased_beside_other_work_is_not_taken_for_its_last_commit() {
    let play = Play::new(GITEA);
    let (team, world) = (&play.team, &play.team.world);
    let id = team.start("refund");
    team.fix(&[(10, "fixed")], "Fix the refund");
    team.fix(&[(10, "fixed"), (25, "fixed too")], "Fix the other half");
    let own = ["hotfix/refund~1", "hotfix/refund"].map(|rev| world.id(rev));
    team.act(&id, "do run");
    // Two lines from the fix: it applies, and what it changes there reads otherwise.
    let onto = run_went_on(&play, 12);
    world.git(&["cherry-pick", own[0].as_str(), own[1].as_str()]);
    merged(&play, &own[1], &onto);
    let picks = picks(&play, &id);
    assert_eq!(picks.whole, []);
    assert_eq!(ids(&picks.single), own);
    let told = picks.told.join("; ");
    assert!(told.contains("does not hold all of the fix"), "{told}");
}

#[test]
fn of_two_parts_each_is_told_by_itself_how_it_came_into_run() {
    let play = Play::new(GITEA);
    let (team, world) = (&play.team, &play.team.world);
    let id = team.start("refund");
    let mut lines = vec![(3, "fixed")];
    team.fix(&lines, "Fix the refund");
    lines.push((7, "fixed too"));
    team.fix(&lines, "Fix the other half");
    let first = world.id("HEAD");
    team.act(&id, "do run");
    // The first part is rebased, far from what else happened.
    let onto = run_went_on(&play, 28);
    world.git(&["cherry-pick", "hotfix/refund~1", "hotfix/refund"]);
    merged(&play, &first, &onto);
    let became = ["HEAD~1", "HEAD"].map(|rev| world.id(rev));
    assert_eq!(ids(&picks(&play, &id).single), became);
    // The second one is squashed.
    world.switch("hotfix/refund", None);
    lines.push((14, "more"));
    team.fix(&lines, "Fix more");
    lines.push((20, "still more"));
    team.fix(&lines, "And more");
    let more = ["HEAD~1", "HEAD"].map(|rev| world.id(rev));
    team.act(&id, "do run");
    world.switch("preprod", None);
    let onto = world.id("HEAD");
    world.git(&["merge", "-q", "--squash", "hotfix/refund"]);
    world.commit("Fix more (#2)");
    merged(&play, &more[1], &onto);
    let picks = picks(&play, &id);
    assert_eq!(picks.whole, []);
    assert_eq!(ids(&picks.single), [&became[..], &more[..]].concat());
    assert_eq!(picks.told, Vec::<String>::new());
}

/// Takes RUN into the hotfix branch, as people do before they go on with a fix that has landed.
fn take_run_in(play: &Play) {
    let world = &play.team.world;
    world.switch("hotfix/refund", None);
    world.git(&["merge", "-q", "--no-edit", "preprod"]);
}

/// Returns how the fix stands towards a shop that has these lines.
fn verdict_on(play: &Play, id: &HotfixId, lines: &[(usize, &str)]) -> Verdict {
    let (team, world) = (&play.team, &play.team.world);
    let board = team.look(id);
    let span = board.seen.fix.value().expect("seen").span.clone();
    let span = span.expect("it has commits");
    world.switch("shop", Some("main"));
    let shop = world.change("shop.txt", numbered(lines), "Some shop");
    world.git(&["push", "-q", "--force", "origin", "shop"]);
    world.switch("hotfix/refund", None);
    let repo = team.workspace().repo();
    team.wait(repo.fetch()).expect("the remote is there");
    let judged = repo.presence_in_tree(&span.base, &span.head, &shop);
    judged.expect("judged").0
}

#[test]
fn a_later_part_that_starts_from_a_rebased_one_leaves_none_of_its_commits_out() {
    // Far from the fix, and so near that the commits of the rebase cannot be told apart.
    for line in [28, 12] {
        let play = Play::new(GITEA);
        let (team, world) = (&play.team, &play.team.world);
        let id = team.start("refund");
        team.fix(&[(10, "fixed")], "Fix the refund");
        team.fix(&[(10, "fixed"), (25, "fixed too")], "Fix the other half");
        let own = ["hotfix/refund~1", "hotfix/refund"].map(|rev| world.id(rev));
        team.act(&id, "do run");
        let onto = run_went_on(&play, line);
        world.git(&["cherry-pick", own[0].as_str(), own[1].as_str()]);
        merged(&play, &own[1], &onto);
        take_run_in(&play);
        let run = (line, "of RUN");
        let whole = [(10, "fixed"), (25, "fixed too"), (18, "more"), run];
        team.fix(&whole, "Fix more");
        assert_eq!(verdict_on(&play, &id, &whole), Verdict::Present, "{line}");
        let lacking = verdict_on(&play, &id, &whole[1..]);
        assert_eq!(lacking, Verdict::Changed, "{line}");
    }
}

#[test]
fn a_later_part_that_starts_from_two_squashed_ones_leaves_neither_out() {
    let play = Play::new(GITEA);
    let (team, world) = (&play.team, &play.team.world);
    let id = team.start("refund");
    let mut lines = Vec::new();
    for part in [(3, "fixed"), (10, "fixed too")] {
        lines.push(part);
        team.fix(&lines, "Fix the refund");
        let head = world.id("HEAD");
        team.act(&id, "do run");
        world.git(&["fetch", "-q", "origin"]);
        world.switch("preprod", Some("origin/preprod"));
        let onto = world.id("HEAD");
        world.git(&["merge", "-q", "--squash", "hotfix/refund"]);
        world.commit("Fix the refund (#1)");
        merged(&play, &head, &onto);
        take_run_in(&play);
    }
    lines.push((17, "more"));
    team.fix(&lines, "Fix more");
    assert_eq!(verdict_on(&play, &id, &lines), Verdict::Present);
    for left_out in 0..lines.len() {
        let mut some = lines.clone();
        some.remove(left_out);
        let lacking = verdict_on(&play, &id, &some);
        assert_eq!(lacking, Verdict::Changed, "{left_out}");
    }
}
