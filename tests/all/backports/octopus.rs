//! A merge of more than two branches (flows.md 5.3): its commits are the fix where git would have merged them the same way.

use lanekeeper::engine::Plan;
use lanekeeper::model::CommitId;
use lanekeeper::ops::BackportWords;
use lanekeeper::ops::Fault;

use crate::support::team::Team;
use crate::support::team::numbered;

/// Merges two branches at once into `main`, with this done in the merge itself; returns their commits, and what was before.
fn merged_at_once(team: &Team, amend: impl Fn()) -> (Vec<CommitId>, CommitId) {
    let world = &team.world;
    let mut commits = Vec::new();
    for (branch, line) in [("one", 3), ("two", 20)] {
        world.switch(branch, Some("main"));
        commits.push(world.change("shop.txt", numbered(&[(line, "fixed")]), branch));
    }
    world.switch("main", None);
    let before = world.change("run.txt", "run\n", "RUN goes on");
    world.git(&["merge", "-q", "--no-edit", "one", "two"]);
    amend();
    world.push();
    (commits, before)
}

fn planned(team: &Team, rev: &str, is_per_commit: bool) -> Result<Plan, Fault> {
    let words = BackportWords {
        rev: rev.to_owned(),
        into: vec!["integration".to_owned()],
        is_per_commit,
        ..BackportWords::default()
    };
    let backport = team.backport(&words)?;
    Ok(backport
        .planned
        .unwrap_or_else(|refusal| panic!("{:?}", refusal.reasons)))
}

#[test]
fn a_range_over_a_clean_octopus_is_its_commits() {
    let team = Team::new();
    let (commits, before) = merged_at_once(&team, || {});
    let plan = planned(&team, &format!("{before}..main"), false).expect("its commits");
    let calls: Vec<String> = plan
        .changes
        .iter()
        .map(|one| one.call.to_string())
        .collect();
    for commit in &commits {
        assert!(
            calls.iter().any(|call| call.contains(commit.short())),
            "{calls:?}"
        );
    }
}

#[test]
fn what_was_made_in_an_octopus_is_not_left_out() {
    let team = Team::new();
    let (_, before) = merged_at_once(&team, || {
        team.world.write("made.txt", "in the merge\n");
        team.world.git(&["add", "-A"]);
        team.world.git(&["commit", "-q", "--amend", "--no-edit"]);
    });
    for (rev, is_per_commit) in [
        ("main".to_owned(), true),
        (format!("{before}..main"), false),
    ] {
        let fault = planned(&team, &rev, is_per_commit).expect_err("refused");
        let told = fault.to_string();
        assert!(told.contains("holds changes of its own"), "{told}");
        let hint = fault.hint.expect("a hint");
        assert!(hint.contains("carried by hand"), "{hint}");
    }
}
