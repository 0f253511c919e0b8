//! The policy `two-branch`: a conflict in a request of its own, resolved by people, then one commit into the target.

use std::os::unix::process::ExitStatusExt;

use lanekeeper::engine::StepState;
use lanekeeper::engine::TargetProgress;
use lanekeeper::model::Mergeability;
use lanekeeper::model::Verdict;
use lanekeeper::ops::BackportPlan;
use lanekeeper::ops::BackportWords;
use lanekeeper::playbook::ConflictPolicy;

use crate::cli::project::Project;
use crate::crash::deadly_git;
use crate::crash::path_with;
use crate::support::team::Team;
use crate::support::team::assert_done;
use crate::support::team::numbered;

use super::carried;
use super::carried::branch;
use super::carried::request;
use super::carried::target;

/// A fix in `main`, after work there that is not the fix; integration has something else in its place.
fn conflicting() -> Team {
    let team = Team::new();
    let world = &team.world;
    world.switch("integration", None);
    world.change("shop.txt", numbered(&[(3, "next version")]), "Next version");
    world.switch("main", None);
    world.change("other.txt", "not the fix\n", "Unrelated work in RUN");
    world.change("shop.txt", numbered(&[(3, "fixed")]), "Fix it");
    world.push();
    team
}

fn words() -> BackportWords {
    BackportWords {
        policy: Some(ConflictPolicy::TwoBranch),
        ..carried::words()
    }
}

/// Looks again; nothing may be planned that writes, and nothing may have changed.
fn settled(team: &Team) -> BackportPlan {
    let before = team.refs();
    let backport = team.backport(&words()).expect("it can be planned");
    assert!(backport.is_settled, "{:?}", target(&backport));
    assert_eq!(team.refs(), before, "planning wrote something");
    backport
}

fn waits(target: &TargetProgress) -> String {
    let StepState::Underway(on) = &target.state else {
        panic!("{:?}", target.state);
    };
    let now = lanekeeper::model::Timestamp::from_second(0);
    let words: Vec<String> = on.iter().map(|one| one.words(now)).collect();
    words.join("; ")
}

/// Resolves as a forge's web editor does: the base is merged into the picked side, on that branch.
fn resolve_on_the_page(team: &Team, text: &str) {
    let world = &team.world;
    let (side, base) = (
        format!("{}-pick", branch(team)),
        format!("{}-resolve", branch(team)),
    );
    world.git(&["fetch", "-q", "origin"]);
    world.switch(&side, Some(&format!("origin/{side}")));
    let (is_clean, out) = world.try_git_in(
        &world.clone(),
        &["merge", "--no-edit", &format!("origin/{base}")],
    );
    assert!(!is_clean && out.contains("CONFLICT"), "{out}");
    world.write("shop.txt", numbered(&[(3, text)]));
    world.git(&["add", "-A"]);
    world.git(&["-c", "core.editor=true", "commit", "-q"]);
    world.git(&["push", "-q", "origin", "HEAD"]);
}

fn merge_on_the_page(team: &Team) {
    let name = branch(team);
    team.merge(
        &format!("{name}-pick"),
        &format!("{name}-resolve"),
        &["--no-ff"],
    );
}

#[test]
fn the_forge_shows_exactly_the_conflict_and_what_is_resolved_becomes_one_commit_until_it_is_present()
 {
    let team = conflicting();
    assert_done(&team.carry(&words()));
    let open = settled(&team);
    assert_eq!(target(&open).stage, "conflict request open");
    let first = request(&open);
    let name = branch(&team);
    assert_eq!(first.from.as_str(), format!("{name}-pick"));
    assert_eq!(first.into.as_str(), format!("{name}-resolve"));
    // Nothing of RUN but the fix is between the two: the unrelated file is no part of the request.
    assert_eq!(
        first.mergeability,
        Mergeability::Conflicts(vec!["shop.txt".to_owned()])
    );
    let world = &team.world;
    world.git(&["fetch", "-q", "origin"]);
    let brought = world.git(&[
        "diff",
        "--name-only",
        &format!("origin/{name}-resolve...origin/{name}-pick"),
    ]);
    assert_eq!(brought.trim(), "shop.txt");
    assert_eq!(
        world.id(&format!("origin/{name}-resolve^{{tree}}")),
        world.id("origin/integration^{tree}")
    );
    assert!(waits(&target(&open)).contains("shop.txt"));
    assert!(target(&open).has_open_conflict());

    resolve_on_the_page(&team, "fixed");
    let resolved = settled(&team);
    assert_eq!(waits(&target(&resolved)), "");
    merge_on_the_page(&team);

    // The same words again carry on: the result is a request of its own.
    let lane = world.remote_id("integration");
    assert_done(&team.carry(&words()));
    let real = settled(&team);
    let second = request(&real);
    assert_eq!(second.from.as_str(), name);
    assert_eq!(second.into.as_str(), "integration");
    assert!(!second.is_draft);
    assert!(!target(&real).has_open_conflict());
    assert_eq!(world.remote_id("integration"), lane);
    world.git(&["fetch", "-q", "origin"]);
    let built = format!("origin/{name}");
    assert_eq!(
        world.id(&format!("{built}^")),
        world.id("origin/integration")
    );
    let shown = world.git(&["log", "-1", "--format=%an|%ad|%B", &built]);
    let original = world.git(&["log", "-1", "--format=%an|%ad|%s", "origin/main"]);
    assert!(shown.starts_with(original.trim()), "{shown}");
    let fix = world.id("main");
    for part in [
        format!("(cherry picked from commit {fix})"),
        "Hotfix-Id: backport-".to_owned(),
        "Backport-target: integration".to_owned(),
        "Conflicts:\n\tshop.txt (content)".to_owned(),
    ] {
        assert!(shown.contains(&part), "no {part} in {shown}");
    }
    let tree = world.git(&["show", &format!("{built}:shop.txt")]);
    assert_eq!(tree, numbered(&[(3, "fixed")]).trim_end());

    team.merge(&name, "integration", &["--no-ff"]);
    let merged = settled(&team);
    assert_eq!(target(&merged).stage, "verified");
    let presence = target(&merged).presence.expect("looked at");
    assert_eq!(presence.value().expect("seen").verdict, Verdict::Present);
}

#[test]
fn a_path_that_stays_as_the_target_has_it_waits_for_a_decision_and_nothing_is_carried_without_one()
{
    let team = conflicting();
    assert_done(&team.carry(&words()));
    resolve_on_the_page(&team, "next version");
    merge_on_the_page(&team);
    let before = team.refs();
    let backport = team.backport(&words()).expect("it can be planned");
    assert_eq!(target(&backport).stage, "conflict request merged");
    assert_eq!(target(&backport).undecided.len(), 1);
    let refusal = backport.planned.expect_err("the gate is closed");
    assert!(refusal.reasons[0].contains("shop.txt"), "{refusal:?}");
    assert_eq!(team.refs(), before);
    let id = backport.board.record.expect("a record").hotfix;
    team.act(
        &id,
        "decide backport --target integration --path shop.txt --note \"keep ours\"",
    );
    // Decided, but then nothing is left that could be carried: nobody is asked to try, and the way out is offered.
    let decided = team.backport(&words()).expect("it can be planned");
    let refusal = decided.planned.expect_err("no commit would come of it");
    let why = refusal.reasons.join("; ");
    assert!(why.contains("resolved to integration as it is"), "{why}");
    let offered = || {
        let next = team.look(&id).progress.expect("a record").next;
        let lines = next.iter().map(|action| action.line(None));
        lines.collect::<Vec<String>>()
    };
    assert_eq!(offered(), ["lanekeeper acknowledge integration"]);
    team.act(&id, "acknowledge integration --note \"alive there\"");
    assert_eq!(target(&settled(&team)).stage, "verified");
    assert!(
        !team
            .refs()
            .contains(&format!("refs/heads/{}\n", branch(&team)))
    );
}

#[test]
fn a_conflict_request_that_was_closed_is_asked_about_and_built_again_under_new_names() {
    let team = conflicting();
    assert_done(&team.carry(&words()));
    team.close(request(&settled(&team)).id);
    let backport = team.backport(&words()).expect("it can be planned");
    assert!(!backport.is_settled, "closed is never done");
    let refusal = backport.planned.expect_err("a person decides");
    assert!(
        refusal.reasons[0].contains("closed without a merge"),
        "{refusal:?}"
    );
    let over = BackportWords {
        is_start_over: true,
        ..words()
    };
    assert_done(&team.carry(&over));
    let next = format!("{}-2", branch(&team));
    for name in [format!("{next}-pick"), format!("{next}-resolve")] {
        assert!(team.world.remote_id(&name).is_some(), "no {name}");
    }
    assert_eq!(target(&settled(&team)).stage, "conflict request open");
}

#[test]
fn what_people_replaced_is_not_made_into_a_commit() {
    let team = conflicting();
    assert_done(&team.carry(&words()));
    resolve_on_the_page(&team, "fixed");
    merge_on_the_page(&team);
    let backport = team.backport(&words()).expect("it can be planned");
    let plan = backport.planned.expect("resolved");
    let world = &team.world;
    let base = format!("{}-resolve", branch(&team));
    world.switch("elsewhere", Some("main"));
    world.git(&[
        "push",
        "-q",
        "--force",
        "origin",
        &format!("elsewhere:{base}"),
    ]);
    let results = team.execute(&plan);
    assert!(results[0].why.contains("plan again"), "{results:?}");
    assert_eq!(world.remote_id(&branch(&team)), None);
}

#[test]
fn the_target_may_move_while_people_resolve_and_only_what_they_took_in_is_built_on() {
    let team = conflicting();
    assert_done(&team.carry(&words()));
    let world = &team.world;
    world.switch("integration", None);
    world.change("next.txt", "more\n", "More work");
    world.git(&["push", "-q", "origin", "integration"]);
    resolve_on_the_page(&team, "fixed");
    merge_on_the_page(&team);
    // Somebody takes the target's new work in before the result is built.
    team.merge(
        "integration",
        &format!("{}-resolve", branch(&team)),
        &["--no-ff"],
    );
    assert_done(&team.carry(&words()));
    world.git(&["fetch", "-q", "origin"]);
    let built = format!("origin/{}", branch(&team));
    assert_eq!(
        world.id(&format!("{built}^")),
        world.id("origin/integration")
    );
    let changed = world.git(&["diff", "--name-only", &format!("{built}^"), &built]);
    assert_eq!(changed.trim(), "shop.txt");
}

#[test]
fn a_merge_and_commits_that_do_not_follow_each_other_are_carried_together() {
    let team = Team::new();
    let world = &team.world;
    world.switch("integration", None);
    world.change("shop.txt", numbered(&[(3, "next version")]), "Next version");
    world.switch("main", None);
    world.switch("feature", Some("main"));
    world.change("shop.txt", numbered(&[(3, "fixed")]), "First half");
    world.change(
        "shop.txt",
        numbered(&[(3, "fixed"), (20, "too")]),
        "Second half",
    );
    world.switch("main", None);
    world.change("other.txt", "not the fix\n", "Unrelated work in RUN");
    world.git(&["merge", "-q", "--no-ff", "--no-edit", "feature"]);
    world.push();
    for is_per_commit in [false, true] {
        let words = BackportWords {
            is_per_commit,
            ..words()
        };
        assert_done(&team.carry(&words));
        let backport = team.backport(&words).expect("it can be planned");
        let open = request(&backport);
        assert_eq!(
            open.mergeability,
            Mergeability::Conflicts(vec!["shop.txt".to_owned()]),
            "per commit: {is_per_commit}"
        );
        team.close(open.id);
    }
}

#[test]
fn a_hotfix_of_the_console_goes_the_same_way() {
    let team = Team::with(
        "\n[playbook.build-run.step.run]\ninto = \"@run-entry\"\n\n[playbook.build-run.step.retrofit]\nstrategy = \"pick\"\nconflict = \"two-branch\"\n",
    );
    let id = team.start("refund");
    let world = &team.world;
    team.fix(&[(3, "fixed")], "Fix the refund");
    for step in ["run", "run", "promote", "promote"] {
        team.act(&id, &format!("do {step}"));
    }
    world.switch("integration", None);
    world.change("shop.txt", numbered(&[(3, "next version")]), "Next version");
    world.git(&["push", "-q", "origin", "integration"]);
    team.act(&id, "do retrofit --target integration");
    let shown = |board: &lanekeeper::engine::Board| {
        let progress = board.progress.as_ref().expect("a record");
        let targets = progress.steps.iter().flat_map(|step| &step.targets);
        targets
            .filter(|target| target.lane.as_str() == "integration")
            .map(|target| (target.stage, target.branch.clone()))
            .next()
            .expect("a target")
    };
    let (stage, base) = shown(&team.look(&id));
    assert_eq!(stage, "conflict request open");
    let base = base.expect("built").to_string();
    let side = base.replace("-resolve", "-pick");
    let why = team
        .tried(&id, "do retrofit --target integration")
        .expect_err("people resolve it first");
    assert!(why.contains("shop.txt"), "{why}");
    world.git(&["fetch", "-q", "origin"]);
    world.switch(&side, Some(&format!("origin/{side}")));
    world.try_git_in(
        &world.clone(),
        &["merge", "--no-edit", &format!("origin/{base}")],
    );
    world.write("shop.txt", numbered(&[(3, "fixed")]));
    world.git(&["add", "-A"]);
    world.git(&["-c", "core.editor=true", "commit", "-q"]);
    world.git(&["push", "-q", "origin", "HEAD"]);
    // The console merges the resolved request, builds the result, and merges that into the lane.
    for stage in ["conflict request merged", "request open", "verified"] {
        team.act(&id, "do retrofit --target integration");
        assert_eq!(shown(&team.look(&id)).0, stage);
    }
    let again = team
        .tried(&id, "do retrofit --target integration")
        .expect_err("nothing is left");
    assert!(again.contains("nothing to do"), "{again}");
}

#[test]
fn a_conflict_on_two_branches_survives_the_death_of_the_run_that_builds_it() {
    let project = Project::new();
    project.git("ana", &["switch", "--quiet", "integration"]);
    project.write("ana/cart.rs", "one\nnext two\nthree\n");
    project.commit("ana", "the next version");
    project.git("ana", &["switch", "--quiet", "main"]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "main", "integration"]);
    let carry = [
        "backport",
        "main",
        "--into",
        "integration",
        "--policy",
        "two-branch",
        "--yes",
    ];
    let mut deaths = 0;
    for at in 1..12 {
        let case = project.copy();
        let bin = case.path("bin");
        deadly_git(&bin, at, "after");
        let mut command = case.binary("ana");
        let output = command.args(carry).env("PATH", path_with(&bin)).output();
        if output.expect("the binary runs").status.signal().is_none() {
            break;
        }
        deaths += 1;
        // Exit 4: everything there is to do was done, and people resolve the conflict.
        case.run("ana", &carry).ends(4);
        let names = [
            "for-each-ref",
            "--format=%(refname:short)",
            "refs/heads/backport",
        ];
        let names = case.git("origin.git", &names);
        assert_eq!(names.lines().count(), 2, "killed after push {at}: {names}");
        let before = case.state("ana");
        let last = case.run("ana", &carry).ends(4);
        assert!(last.out.contains("change request 1"), "{}", last.out);
        assert_eq!(case.state("ana"), before);
    }
    assert!(deaths > 2, "no run died");
}
