//! Running again: nothing is done twice, nothing of a person is replaced, and closed is never done.

use std::os::unix::process::ExitStatusExt;

use lanekeeper::model::Verdict;
use lanekeeper::ops::BackportPlan;
use lanekeeper::ops::BackportWords;
use lanekeeper::playbook::ConflictPolicy;

use crate::cli::project::Project;
use crate::crash::deadly_git;
use crate::crash::path_with;
use crate::keeping::resume::is_next_where_it_acted;
use crate::support::team::Team;
use crate::support::team::assert_done;
use crate::support::team::numbered;

use super::carried::branch;
use super::carried::fixed;
use super::carried::target;
use super::carried::words;

/// Plans the same again; it must be settled, or refused, and nothing may have changed.
fn again(team: &Team) -> BackportPlan {
    same_again(team, &words())
}

fn same_again(team: &Team, words: &BackportWords) -> BackportPlan {
    let before = team.refs();
    let backport = team.backport(words).expect("it can be planned");
    assert!(backport.is_settled || backport.planned.is_err());
    assert_eq!(team.refs(), before, "planning wrote something");
    backport
}

#[test]
fn a_second_run_writes_nothing_whatever_the_policy() {
    for policy in ConflictPolicy::ALL {
        for has_conflict in [false, true] {
            let team = fixed(has_conflict);
            let words = BackportWords {
                policy: Some(policy),
                ..words()
            };
            let first = team.backport(&words).expect("it can be planned");
            let builds = match policy {
                ConflictPolicy::DraftWithMarkers
                | ConflictPolicy::EmptyCommit
                | ConflictPolicy::TwoBranch => true,
                ConflictPolicy::Fail | ConflictPolicy::Local => !has_conflict,
            };
            // What is to be resolved here is put on record: nobody could find it otherwise.
            let writes = builds || policy == ConflictPolicy::Local;
            assert_eq!(first.planned.is_ok(), writes, "{policy:?} {has_conflict}");
            if let Ok(plan) = &first.planned {
                assert_done(&team.execute(plan));
            }
            let before = team.refs();
            assert_eq!(before.contains("refs/heads/backport/"), builds);
            let second = same_again(&team, &words);
            assert_eq!(second.is_settled, builds, "{policy:?} {has_conflict}");
            // A conflict is not there yet, however it was handed over.
            let verdict = target(&second)
                .presence
                .and_then(|seen| Some(seen.value()?.verdict));
            assert_ne!(verdict, Some(Verdict::Present));
        }
    }
}

#[test]
fn a_conflict_that_waits_for_a_local_resolution_opens_nothing_and_says_where_to_resolve() {
    let team = fixed(true);
    let words = BackportWords {
        policy: Some(ConflictPolicy::Local),
        ..words()
    };
    let backport = team.backport(&words).expect("it can be planned");
    assert_eq!(target(&backport).stage, "waits for local resolution");
    let plan = backport.planned.expect("it goes on record");
    let calls: Vec<String> = plan
        .changes
        .iter()
        .map(|one| one.call.to_string())
        .collect();
    assert!(
        calls.iter().all(|call| call.starts_with("record ")),
        "{calls:?}"
    );
    assert_done(&team.execute(&plan));
    let backport = same_again(&team, &words);
    let refusal = backport.planned.expect_err("nothing to push");
    assert!(refusal.reasons[0].contains("shop.txt"), "{refusal:?}");
    let hint = refusal.hint.expect("a hint");
    assert!(
        hint.contains("lanekeeper resolve backport --target integration"),
        "{hint}"
    );
}

#[test]
fn under_the_policy_fail_the_source_request_is_told_once_with_commands_that_work() {
    let team = Team::with("\n[playbook.build-run.step.run]\ninto = \"@run-entry\"\n");
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.act(&id, "do run");
    team.act(&id, "do run");
    let world = &team.world;
    world.switch("integration", None);
    world.change("shop.txt", numbered(&[(3, "next version")]), "Next version");
    world.git(&["push", "-q", "origin", "integration"]);
    let words = BackportWords {
        rev: "preprod".to_owned(),
        policy: Some(ConflictPolicy::Fail),
        ..words()
    };
    let first = team.backport(&words).expect("it can be planned");
    let plan = first.planned.expect("the source request is told");
    let comment = plan.changes.last().expect("a call").call.to_string();
    assert!(
        comment.starts_with("comment on change request 1"),
        "{comment}"
    );
    assert_done(&team.execute(&plan));
    let before = team.refs();
    let refusal = team
        .backport(&words)
        .expect("it can be planned")
        .planned
        .expect_err("told already");
    assert_eq!(team.refs(), before);
    // The commands lead to the branch that would have been built, and to the same conflict.
    let commands: Vec<&String> = refusal
        .reasons
        .iter()
        .filter(|reason| reason.starts_with("git "))
        .collect();
    assert_eq!(commands.len(), 4, "{refusal:?}");
    let run = |command: &str| {
        let arguments: Vec<&str> = command.split(' ').skip(1).collect();
        team.world.try_git_in(&team.world.clone(), &arguments)
    };
    assert!(run(commands[0]).0);
    assert!(run(commands[1]).0, "{}", commands[1]);
    let (is_clean, text) = run(commands[2]);
    assert!(!is_clean && text.contains("CONFLICT"), "{text}");
    team.world
        .write("shop.txt", numbered(&[(3, "fixed next version")]));
    team.world.git(&["add", "-A"]);
    team.world
        .git(&["-c", "core.editor=true", "cherry-pick", "--continue"]);
    assert!(run(commands[3]).0, "{}", commands[3]);
}

#[test]
fn an_empty_commit_shows_what_was_attempted_and_delivers_nothing() {
    let team = fixed(true);
    let words = BackportWords {
        policy: Some(ConflictPolicy::EmptyCommit),
        ..words()
    };
    let plan = team
        .backport(&words)
        .expect("it can be planned")
        .planned
        .expect("a draft");
    let body = plan
        .changes
        .iter()
        .find_map(|change| match &change.call {
            lanekeeper::engine::Call::OpenRequest { body, .. } => Some(body.clone()),
            _ => None,
        })
        .expect("a request is opened");
    assert!(body.contains("### What was attempted"), "{body}");
    assert!(
        body.contains("+fixed") && body.contains("````diff"),
        "{body}"
    );
    assert_done(&team.execute(&plan));
    team.world.git(&["fetch", "-q", "origin"]);
    let built = format!("origin/{}", branch(&team));
    assert_eq!(
        team.world.id(&format!("{built}^{{tree}}")),
        team.world.id("origin/integration^{tree}")
    );
    let progress = target(&again(&team));
    assert_eq!(progress.undecided.len(), 1);
    assert!(!progress.state.is_over());
}

#[test]
fn a_request_that_is_open_is_kept_merged_is_verified_and_closed_is_asked_about() {
    let team = fixed(false);
    assert_done(&team.carry(&words()));
    let open = again(&team);
    assert!(open.is_settled);
    let request = target(&open).request.expect("opened");
    team.close(request);
    let closed = again(&team);
    assert!(!closed.is_settled, "closed is never done");
    let refusal = closed.planned.expect_err("a person decides");
    assert!(
        refusal.reasons[0].contains("closed without a merge"),
        "{refusal:?}"
    );
    // Asked to, it is built again under a name that was never used.
    let over = BackportWords {
        is_start_over: true,
        ..words()
    };
    assert_done(&team.carry(&over));
    let next = format!("{}-2", branch(&team));
    assert!(
        team.refs().contains(&format!("refs/heads/{next}\n")),
        "{}",
        team.refs()
    );
    team.merge(&next, "integration", &["--no-ff"]);
    let merged = again(&team);
    assert!(merged.is_settled);
    assert_eq!(target(&merged).stage, "verified");
    // The forge deletes merged branches where it is told to: nothing is missing.
    for name in [branch(&team), next] {
        team.world.git(&["push", "-q", "origin", "--delete", &name]);
    }
    assert_eq!(target(&again(&team)).stage, "verified");
}

#[test]
fn a_name_that_a_stranger_took_is_not_used() {
    let team = fixed(false);
    let taken = format!("main~1:refs/heads/{}", branch(&team));
    team.world.git(&["push", "-q", "origin", &taken]);
    let before = team.world.remote_id(&branch(&team));
    assert_done(&team.carry(&words()));
    assert_eq!(team.world.remote_id(&branch(&team)), before);
    assert!(team.refs().contains(&format!("{}-2", branch(&team))));
}

#[test]
fn a_name_that_a_branch_stands_in_the_way_of_is_refused_with_that_branch() {
    let team = fixed(false);
    team.world
        .git(&["push", "-q", "origin", "main~1:refs/heads/backport"]);
    let refusal = team
        .backport(&words())
        .expect("it can be planned")
        .planned
        .expect_err("no name");
    assert!(
        refusal.reasons[0].contains("backport is a branch"),
        "{refusal:?}"
    );
}

#[test]
fn what_a_person_pushed_is_theirs_from_then_on() {
    let team = fixed(true);
    assert_done(&team.carry(&words()));
    let world = &team.world;
    world.git(&["fetch", "-q", "origin"]);
    let name = branch(&team);
    world.switch(&name, Some(&format!("origin/{name}")));
    let head = world.change(
        "shop.txt",
        numbered(&[(3, "fixed next version")]),
        "Resolve",
    );
    world.git(&["push", "-q", "origin", "HEAD"]);
    let backport = again(&team);
    assert!(backport.is_settled);
    let progress = target(&backport);
    assert_eq!(progress.stage, "taken over by a person");
    assert!(progress.undecided.is_empty(), "{:?}", progress.undecided);
    assert_eq!(team.world.remote_id(&name), Some(head));
}

#[test]
fn half_a_fix_is_not_merged_when_only_the_conflict_of_its_first_commit_was_resolved() {
    let team = fixed(true);
    let world = &team.world;
    world.switch("main", None);
    world.change(
        "shop.txt",
        numbered(&[(3, "fixed better")]),
        "Fix it better",
    );
    world.push();
    let both = BackportWords {
        rev: format!("{}..main", world.id("main~2")),
        ..words()
    };
    assert_done(&team.carry(&both));
    world.git(&["fetch", "-q", "origin"]);
    let name = branch(&team);
    world.switch(&name, Some(&format!("origin/{name}")));
    let push = |line: &str| {
        world.change("shop.txt", numbered(&[(3, line)]), "By hand");
        world.git(&["push", "-q", "origin", "HEAD"]);
    };
    let open = || -> Vec<String> {
        let undecided = target(&same_again(&team, &both)).undecided;
        let open = undecided.iter();
        open.map(|one| format!("{} {}", one.path, one.kind.word()))
            .collect()
    };
    push("fixed next version");
    assert_eq!(open(), ["shop.txt pending"]);
    let board = same_again(&team, &both).board;
    let progress = board.progress.expect("a record");
    let second = format!("after the conflict: {}", world.id("main").short());
    let findings: Vec<&str> = progress
        .findings
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    assert!(
        findings.iter().any(|text| text.ends_with(&second)),
        "{findings:?}"
    );
    let id = board.record.expect("a record").hotfix;
    let go_on = "do backport --target integration";
    let why = team.tried(&id, go_on).expect_err("the second is missing");
    assert!(why.contains("shop.txt (pending)"), "{why}");
    // Somebody may say why it is right without it, for this head.
    team.act(
        &id,
        "decide backport --target integration --path shop.txt --note \"it says so already\"",
    );
    assert_eq!(open(), [""; 0]);
    push("fixed the next version");
    assert_eq!(open(), ["shop.txt pending"]);
    // Once it is there nobody is asked.
    push("fixed better");
    assert_eq!(open(), [""; 0]);
    team.act(&id, go_on);
}

#[test]
fn a_target_that_was_replaced_is_not_built_on_and_what_was_built_stays() {
    let team = fixed(false);
    let plan = team
        .backport(&words())
        .expect("it can be planned")
        .planned
        .expect("clean");
    let world = &team.world;
    world.switch("integration", Some("main~1"));
    world.change("next.txt", "rewritten\n", "Rewritten");
    world.git(&["push", "-q", "--force", "origin", "integration"]);
    let results = team.execute(&plan);
    assert!(
        results.iter().any(|one| one.why.contains("plan again")),
        "{results:?}"
    );
    assert!(!team.refs().contains("refs/heads/backport/"));
    assert_done(&team.carry(&words()));
    let built = team.world.remote_id(&branch(&team));
    team.world.change("next.txt", "again\n", "Again");
    team.world
        .git(&["push", "-q", "--force", "origin", "integration"]);
    assert!(again(&team).is_settled);
    assert_eq!(team.world.remote_id(&branch(&team)), built);
}

/// A project of two people with a fix in `main`, for the real binary.
fn project() -> Project {
    let project = Project::new();
    project.git("ana", &["switch", "--quiet", "main"]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "main"]);
    project
}

const CARRY: [&str; 5] = ["backport", "main", "--into", "integration", "--yes"];

#[test]
fn a_commit_amended_by_a_person_is_kept_even_if_the_run_that_built_it_died() {
    let project = project();
    let branches = |project: &Project| {
        project.git(
            "origin.git",
            &[
                "for-each-ref",
                "--format=%(refname:short)",
                "refs/heads/backport",
            ],
        )
    };
    let mut was_tried = false;
    let mut acted = 0;
    for at in 1..12 {
        let case = project.copy();
        let bin = case.path("bin");
        deadly_git(&bin, at, "after");
        let mut command = case.binary("ana");
        let output = command.args(CARRY).env("PATH", path_with(&bin)).output();
        let output = output.expect("the binary runs");
        if output.status.signal().is_none() {
            break;
        }
        let name = branches(&case);
        if name.is_empty() {
            continue;
        }
        was_tried = true;
        acted += usize::from(is_next_where_it_acted(&case));
        case.git("ben", &["fetch", "--quiet"]);
        case.git("ben", &["switch", "--quiet", &name]);
        case.write("ben/cart.rs", "one\nfixed two, better\nthree\n");
        case.git(
            "ben",
            &["commit", "--quiet", "--all", "--amend", "--no-edit"],
        );
        case.git("ben", &["push", "--quiet", "--force", "origin", "HEAD"]);
        let amended = case.git("ben", &["rev-parse", "HEAD"]);
        case.run("ana", &CARRY);
        let kept = case.git("origin.git", &["rev-parse", &name]);
        assert_eq!(kept, amended, "killed after push {at}");
    }
    assert!(was_tried, "no run died after the branch was pushed");
    assert!(acted > 0, "no run died with a call that acts left open");
}

#[test]
fn two_operators_at_the_same_time_build_one_branch_and_open_one_request() {
    let project = project();
    let mut running: Vec<std::process::Child> = ["ana", "ben"]
        .into_iter()
        .map(|login| {
            let mut command = project.binary(login);
            command
                .args(CARRY)
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null());
            command.spawn().expect("the binary runs")
        })
        .collect();
    for one in &mut running {
        one.wait().expect("it ends");
    }
    // Whoever lost the race is told; said again, everything is there once.
    for login in ["ana", "ben"] {
        project.run(login, &CARRY).ends(0);
    }
    let count = |words: &[&str], has: &str| {
        let text = project.git("origin.git", words);
        text.lines().filter(|line| line.contains(has)).count()
    };
    let heads = ["for-each-ref", "refs/heads/backport"];
    assert_eq!(count(&heads, "refs/heads/backport/"), 1);
    let before = project.state("ana");
    let last = project.run("ana", &CARRY).ends(0);
    assert!(last.out.contains("change request 1"), "{}", last.out);
    assert_eq!(project.state("ana"), before);
}
