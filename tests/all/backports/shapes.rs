//! How the fix came into RUN, and which commits a pick takes because of that (flows.md 5.3).

use lanekeeper::engine::Plan;
use lanekeeper::git::Pick;
use lanekeeper::git::Question;
use lanekeeper::model::Commit;
use lanekeeper::model::CommitId;
use lanekeeper::model::HotfixId;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::Verdict;
use lanekeeper::ops::BackportWords;
use lanekeeper::ops::Fault;
use lanekeeper::ops::Ground as Questions;
use lanekeeper::ops::Proofs;

use crate::support::team::Team;
use crate::support::team::around;
use crate::support::team::numbered;

use super::bench::Ground;
use super::bench::LINES;

/// Commits `count` changes to the branch that is checked out in a ground, each on a line of its own.
fn changes(ground: &Ground, count: usize) -> Vec<CommitId> {
    let mut text = LINES.to_owned();
    (1..=count)
        .map(|number| {
            text = text.replace(&format!("{number}\n"), &format!("line {number}\n"));
            ground
                .world
                .change("app.txt", &text, &format!("fix {number}"))
        })
        .collect()
}

fn ids(commits: &[Commit]) -> Vec<CommitId> {
    commits.iter().map(|commit| commit.id.clone()).collect()
}

#[test]
fn a_fix_is_picked_with_the_same_result_whichever_way_it_was_merged() {
    for count in [1, 7] {
        let ground = Ground::new();
        let world = &ground.world;
        world.switch("fix", Some("main"));
        let commits = changes(&ground, count);
        world.switch("main", None);
        world.change("run.txt", "more in RUN\n", "other work in RUN");
        world.git(&["branch", "squashed"]);
        world.git(&["branch", "rebased"]);
        world.git(&["merge", "-q", "--no-ff", "--no-edit", "fix"]);
        world.switch("squashed", None);
        world.git(&["merge", "-q", "--squash", "fix"]);
        world.commit("squashed");
        world.switch("rebased", None);
        let picks: Vec<&str> = commits.iter().map(CommitId::as_str).collect();
        world.git(&[&["cherry-pick"], &picks[..]].concat());
        world.change("late.txt", "later\n", "somebody else's last commit");
        world.switch("develop", None);
        world.change("next.txt", "next version\n", "next version");
        let bench = ground.look();
        let expected = bench.pick(&commits.iter().collect::<Vec<_>>()).tree;
        let merge = bench.id("main");
        assert_eq!(bench.pick(&[&merge]).tree, expected);
        assert_eq!(
            bench.as_git_does(&["-m", "1"], &merge).as_ref(),
            Some(&expected)
        );
        assert_eq!(bench.pick(&[&bench.id("squashed")]).tree, expected);
        // The last commits of the line are not the fix: what they change tells.
        let line = bench.repo.first_parents(&[], &bench.id("rebased"), 50);
        let line = ids(&line.expect("a line"));
        let found = bench.repo.counterparts(&commits, &line).expect("asked");
        let found = found.expect("all are there");
        assert_eq!(found.len(), count);
        assert!(!found.contains(&bench.id("rebased")));
        assert_eq!(bench.pick(&found.iter().collect::<Vec<_>>()).tree, expected);
        // One that is not there is told, not guessed.
        let missing = bench.repo.counterparts(&commits, &line[..1]);
        assert_eq!(missing.expect("asked"), None);
    }
}

#[test]
fn a_merge_of_the_base_inside_the_fix_is_left_out_when_it_changes_nothing_of_its_own() {
    let ground = Ground::new();
    let world = &ground.world;
    world.switch("fix", Some("main"));
    let first = world.change("app.txt", LINES.replace('1', "one"), "fix one");
    world.switch("main", None);
    let other = world.change("run.txt", "more\n", "other work in RUN");
    world.switch("fix", None);
    world.git(&["merge", "-q", "--no-edit", "main"]);
    let second = world.change(
        "app.txt",
        LINES.replace('1', "one").replace('9', "nine"),
        "fix two",
    );
    world.switch("main", None);
    world.git(&["merge", "-q", "--no-ff", "--no-edit", "fix"]);
    let bench = ground.look();
    let series = bench
        .repo
        .series(&[bench.id("main^1")], &bench.id("main"), 50);
    let series = series.expect("a span");
    assert_eq!(series.evil, None);
    assert_eq!(ids(&series.commits), [first.clone(), second.clone()]);
    let one_by_one = bench.pick(&[&first, &second]);
    let whole = bench.pick(&[&bench.id("main")]);
    assert_eq!(one_by_one.tree, whole.tree);
    assert_eq!(
        bench.file(&whole.head, "run.txt"),
        None,
        "{other} is not the fix"
    );
}

#[test]
fn a_merge_inside_the_fix_that_solved_a_conflict_is_never_left_out() {
    let ground = Ground::new();
    let world = &ground.world;
    world.switch("fix", Some("main"));
    world.change("app.txt", LINES.replace('5', "five"), "fix");
    world.switch("main", None);
    world.change("app.txt", LINES.replace('5', "V"), "other work in RUN");
    world.switch("fix", None);
    let (is_clean, _) = world.try_git_in(&world.clone(), &["merge", "-q", "main"]);
    assert!(!is_clean, "it conflicts");
    world.write("app.txt", LINES.replace('5', "five V"));
    let evil = world.commit("merge, solved");
    let bench = ground.look();
    let series = bench.repo.series(&[bench.id("main")], &evil, 50);
    assert_eq!(series.expect("a span").evil, Some(evil));
}

/// The lanes of a team with RUN work in `main` under these names.
fn words(rev: &str, into: &[&str]) -> BackportWords {
    BackportWords {
        rev: rev.to_owned(),
        into: into.iter().map(|&name| name.to_owned()).collect(),
        ..BackportWords::default()
    }
}

fn planned(team: &Team, words: &BackportWords) -> Plan {
    let backport = team.backport(words).expect("it can be planned");
    backport
        .planned
        .unwrap_or_else(|refusal| panic!("{:?}", refusal.reasons))
}

/// Returns the line of a plan that builds a branch.
fn build_line(plan: &Plan) -> String {
    let calls = plan.changes.iter().map(|change| change.call.to_string());
    calls
        .into_iter()
        .find(|call| call.contains(" <- pick "))
        .expect("a branch is built")
}

/// A fix of two commits, merged into `main` with a merge commit; returns the commits and the merge.
fn merged_into_main(team: &Team) -> (Vec<CommitId>, CommitId) {
    let world = &team.world;
    world.switch("fix", Some("main"));
    let first = world.change("shop.txt", numbered(&[(3, "fixed")]), "Fix one half");
    let both = numbered(&[(3, "fixed"), (20, "fixed too")]);
    let second = world.change("shop.txt", both, "Fix the other half");
    world.switch("main", None);
    world.git(&["merge", "-q", "--no-ff", "--no-edit", "fix"]);
    world.push();
    (vec![first, second], world.id("main"))
}

#[test]
fn a_merge_is_carried_whole_or_commit_by_commit_as_asked_and_a_range_as_it_stands() {
    let team = Team::new();
    let (commits, merge) = merged_into_main(&team);
    let whole = planned(&team, &words("main", &["integration"]));
    let line = build_line(&whole);
    assert!(
        line.contains(&format!("<- pick {} onto", merge.short())),
        "{line}"
    );
    let each = BackportWords {
        is_per_commit: true,
        ..words("main", &["integration"])
    };
    let both = format!("{} {}", commits[0].short(), commits[1].short());
    let line = build_line(&planned(&team, &each));
    assert!(line.contains(&format!("<- pick {both} onto")), "{line}");
    let range = words(
        &format!("{}..fix", team.world.id("main^1")),
        &["integration"],
    );
    let plan = planned(&team, &range);
    let line = build_line(&plan);
    assert!(line.contains(&format!("<- pick {both} onto")), "{line}");
    for result in team.execute(&plan) {
        assert!(
            matches!(
                result.outcome,
                lanekeeper::engine::Outcome::Done | lanekeeper::engine::Outcome::Already
            ),
            "{}: {}",
            result.call,
            result.why
        );
    }
    team.world.git(&["fetch", "-q", "origin"]);
    let branch = format!("origin/backport/integration-{}", commits[1].short());
    let log = team.world.git(&["log", "--format=%an %s", "-2", &branch]);
    assert_eq!(log, "Ana Fix the other half\nAna Fix one half");
    let body = team.world.git(&["log", "--format=%B", "-1", &branch]);
    assert!(
        body.contains(&format!("(cherry picked from commit {})", commits[1])),
        "{body}"
    );
}

#[test]
fn a_range_of_more_commits_than_can_be_picked_is_refused_and_none_is_left_out_silently() {
    let team = Team::new();
    let world = &team.world;
    let from = world.id("main");
    world.grow("main", 501);
    let to = world.remote_id("main").expect("it is there");
    let refused = team.backport(&words(&format!("{from}..{to}"), &["integration"]));
    let fault = refused.err().expect("refused");
    assert!(fault.to_string().contains("501 commits"), "{fault}");
    assert!(fault.hint.expect("a hint").contains("shorter range"));
    // Neither is a list to be proven cut where nobody sees it.
    world.grow("main", 500);
    let to = world.remote_id("main").expect("it is there");
    let refused = proven(&team, &format!("{from}..{to}"), "production");
    let fault = refused.expect_err("refused");
    assert!(fault.to_string().contains("more than 1000"), "{fault}");
}

#[test]
fn an_octopus_is_refused_whole_and_picked_commit_by_commit() {
    let team = Team::new();
    let world = &team.world;
    for (branch, line) in [("one", 3), ("two", 20)] {
        world.switch(branch, Some("main"));
        world.change("shop.txt", numbered(&[(line, "fixed")]), branch);
    }
    world.switch("main", None);
    world.change("run.txt", "run\n", "RUN goes on");
    world.git(&["merge", "-q", "--no-edit", "one", "two"]);
    world.push();
    let refused = team.backport(&words("main", &["integration"]));
    let fault = refused.err().expect("refused");
    assert!(fault.to_string().contains("branches"), "{fault}");
    assert!(fault.hint.expect("a hint").contains("--per-commit"));
    let each = BackportWords {
        is_per_commit: true,
        ..words("main", &["integration"])
    };
    let line = build_line(&planned(&team, &each));
    for branch in ["one", "two"] {
        let id = team.world.id(branch);
        assert!(line.contains(id.short()), "{line}");
    }
}

#[test]
fn an_octopus_in_a_range_is_unknown_and_the_other_commits_are_judged() {
    let team = Team::new();
    let world = &team.world;
    let from = world.id("main");
    for (branch, line) in [("one", 3), ("two", 20)] {
        world.switch(branch, Some("main"));
        world.change("shop.txt", numbered(&[(line, "fixed")]), branch);
    }
    world.switch("main", None);
    let plain = world.change("run.txt", "run\n", "RUN goes on");
    world.git(&["merge", "-q", "--no-edit", "one", "two"]);
    world.push();
    let proofs = proven(&team, &format!("{from}..main"), "production").expect("a list");
    let [first, second] = &proofs.proofs[..] else {
        panic!("{proofs:?}");
    };
    assert_eq!(first.commit, plain.as_str());
    assert_eq!(first.verdict, Verdict::Present);
    assert_eq!(second.verdict, Verdict::Unknown);
    let why = second.why.as_ref().expect("a reason");
    assert!(why.contains("parents"), "{why}");
}

#[test]
fn a_merge_whose_first_parent_is_not_the_run_side_is_refused() {
    let team = Team::new();
    let world = &team.world;
    world.switch("fix", Some("main"));
    world.change("shop.txt", numbered(&[(3, "fixed")]), "Fix it");
    world.switch("main", None);
    world.change("run.txt", "run\n", "RUN goes on");
    world.switch("fix", None);
    world.git(&["merge", "-q", "--no-edit", "main"]);
    world.push();
    let refused = team.backport(&words("fix", &["integration"]));
    let fault = refused.err().expect("refused");
    assert!(fault.to_string().contains("not the RUN side"), "{fault}");
}

/// Starts a hotfix with two commits and brings it into RUN by the forge.
fn through_run(team: &Team, more: &[(usize, &str)]) -> HotfixId {
    let id = team.start("refund");
    team.fix(&more[..1], "Fix the refund");
    team.fix(more, "Fix the other half");
    team.act(&id, "do run");
    team.act(&id, "do run");
    id
}

const TWO: [(usize, &str); 2] = [(3, "fixed"), (20, "fixed too")];

#[test]
fn of_a_hotfix_the_merge_or_the_squash_is_one_pick_and_its_commits_are_known_one_by_one() {
    for method in ["merge", "squash"] {
        let team = Team::with(&format!(
            "\n[playbook.build-run.step.run]\nmethods = [\"{method}\"]\n"
        ));
        let id = through_run(&team, &TWO);
        let board = team.look(&id);
        let picks = &board.seen.fix.value().expect("seen").picks;
        team.world.git(&["fetch", "-q", "origin"]);
        assert_eq!(
            ids(&picks.whole),
            [team.world.id("origin/preprod")],
            "{method}"
        );
        let subjects: Vec<String> = picks.single.iter().map(Commit::subject).collect();
        assert_eq!(
            subjects,
            ["Fix the refund", "Fix the other half"],
            "{method}"
        );
        assert_eq!(picks.evil, None);
    }
}

#[test]
fn of_a_hotfix_that_was_fast_forwarded_its_commits_are_picked() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&TWO[..1], "Fix the refund");
    team.fix(&TWO, "Fix the other half");
    team.world.git(&["push", "-q", "origin", "HEAD:preprod"]);
    let board = team.look(&id);
    let picks = &board.seen.fix.value().expect("seen").picks;
    assert_eq!(picks.whole, []);
    assert_eq!(picks.single.len(), 2);
}

#[test]
fn of_a_hotfix_merged_from_the_wrong_side_the_commits_are_picked_and_that_is_told() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&TWO, "Fix the refund");
    team.act(&id, "do run");
    team.world.switch("preprod", Some("origin/preprod"));
    team.world.change("run.txt", "run\n", "RUN goes on");
    team.world.git(&["push", "-q", "origin", "preprod"]);
    // Somebody brings RUN into the branch, goes on, and forwards RUN to it.
    team.merge("preprod", "hotfix/refund", &["--no-ff"]);
    team.world.git(&["push", "-q", "origin", "HEAD:preprod"]);
    let board = team.look(&id);
    let picks = &board.seen.fix.value().expect("seen").picks;
    assert_eq!(
        picks.whole,
        [],
        "picking the merge would bring RUN's own work"
    );
    assert_eq!(picks.single.len(), 1);
}

/// Asks `prove` about commits or a hotfix in a lane, as a console of its own.
pub(super) fn proven(team: &Team, words: &str, lane: &str) -> Result<Proofs, Fault> {
    let world = &team.world;
    let (options, environment) = around(world.path(), &world.clone(), "state-prove");
    team.wait(async {
        let ground = Questions::open(&options, &environment).await?;
        let ground = ground.refresh().await?;
        ground.prove(&[words.to_owned()], &[lane.to_owned()]).await
    })
}

#[test]
fn of_a_hotfix_in_two_parts_both_count_and_what_came_with_the_lane_between_them_does_not() {
    for method in ["merge", "squash"] {
        let team = Team::with(&format!(
            "\n[playbook.build-run.step.run]\nmethods = [\"{method}\"]\n"
        ));
        let id = team.start("refund");
        team.fix(&TWO[..1], "Fix the refund");
        team.act(&id, "do run");
        team.act(&id, "do run");
        team.world.git(&["fetch", "-q", "origin"]);
        team.world.switch("preprod", Some("origin/preprod"));
        team.world.change("run.txt", "run\n", "RUN goes on");
        team.world.git(&["push", "-q", "origin", "preprod"]);
        // Somebody brings RUN into the branch, and goes on with the fix.
        team.world.switch("hotfix/refund", None);
        team.world
            .git(&["merge", "-q", "--no-edit", "-X", "ours", "preprod"]);
        team.fix(&TWO, "Fix the other half");
        team.world.git(&["push", "-q", "origin", "hotfix/refund"]);
        let board = team.look(&id);
        let fix = board.seen.fix.value().expect("seen");
        let subjects: Vec<String> = fix.commits.iter().map(Commit::subject).collect();
        assert!(
            subjects.contains(&"Fix the refund".to_owned())
                && subjects.contains(&"Fix the other half".to_owned())
                && !subjects.contains(&"RUN goes on".to_owned()),
            "{method}: {subjects:?}"
        );
        let singles: Vec<String> = fix.picks.single.iter().map(Commit::subject).collect();
        assert_eq!(
            singles,
            ["Fix the refund", "Fix the other half"],
            "{method}"
        );
        // Neither half alone is the fix, and the whole is there without what else RUN has.
        for (changed, is_whole) in [(&TWO[1..], false), (&TWO[..1], false), (&TWO[..], true)] {
            team.world.switch("integration", Some("origin/integration"));
            team.world
                .change("shop.txt", numbered(changed), "By hand, in BUILD");
            team.world
                .git(&["push", "-q", "-f", "origin", "integration"]);
            let board = team.look(&id);
            let lane = "integration".parse().expect("a lane");
            let seen = board.seen.presence[&lane].value().expect("judged");
            assert_eq!(
                seen.verdict == Verdict::Present,
                is_whole,
                "{method}: {changed:?}: {:?}",
                seen.verdict
            );
            let proven = proven(&team, id.as_str(), "integration").expect("judged");
            assert_eq!(
                proven.proofs[0].verdict, seen.verdict,
                "{method}: {changed:?}"
            );
        }
    }
}

#[test]
fn a_commit_without_a_parent_brings_all_its_files_and_is_predicted_so() {
    let ground = Ground::new();
    let world = &ground.world;
    world.git(&["checkout", "-q", "--orphan", "alone"]);
    world.git(&["rm", "-q", "-r", "-f", "."]);
    let first = world.change("alone.txt", "alone\n", "a first commit");
    let bench = ground.look();
    // `pick` compares what is built with what picking it in a row was predicted to do.
    let built = bench.pick(&[&first]);
    assert_eq!(
        bench.file(&built.head, "alone.txt").as_deref(),
        Some("alone\n")
    );
    let pick = Pick {
        commit: first,
        onto: bench.id("develop"),
    };
    let Ok(Question::Pick { commit, base, onto }) = bench.repo.pick_question(&pick) else {
        panic!("it can be asked");
    };
    let predicted = bench.repo.predict_pick(&commit, &base, &onto);
    let predicted = predicted.expect("predicted");
    assert_eq!(predicted.outcome, PredictionOutcome::Clean);
    assert_eq!(predicted.tree, Some(built.tree));
}
