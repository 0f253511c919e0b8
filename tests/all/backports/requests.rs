//! The request of a target (flows.md 5.7, 5.9): what it carries along, and how it is found again.

use lanekeeper::engine::Call;
use lanekeeper::engine::Marker;
use lanekeeper::engine::Outcome;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::CheckState;
use lanekeeper::ops::BackportWords;

use crate::support::team::numbered;

use super::carried::fixed;
use super::carried::request;
use super::carried::words;

#[test]
fn the_hidden_block_says_with_which_head_and_tree_the_request_was_opened() {
    let team = fixed(false);
    team.carry(&words());
    let request = request(&team.backport(&words()).expect("it can be planned"));
    let marker = Marker::find(request.body.raw()).expect("a marker");
    team.world.git(&["fetch", "-q", "origin"]);
    let tree = team.world.id(&format!("{}^{{tree}}", request.head));
    assert_eq!(marker.head.as_ref(), Some(&request.head));
    assert_eq!(marker.tree, Some(tree));
    assert_eq!(marker.place(), "backport/integration");
}

#[test]
fn a_draft_with_conflicts_has_a_failed_status_that_is_over_when_it_is_finished() {
    let team = fixed(true);
    team.carry(&words());
    let backport = team.backport(&words()).expect("it can be planned");
    let status = |request: &ChangeRequest| {
        let mut named = request.checks.iter();
        let found = named.find(|check| check.name.as_str() == "hotfix/unresolved");
        found.map(|check| check.state)
    };
    let draft = request(&backport);
    assert!(draft.is_draft);
    assert_eq!(status(&draft), Some(CheckState::Failed));
    let world = &team.world;
    world.git(&["fetch", "-q", "origin"]);
    world.switch("resolving", Some(&format!("origin/{}", draft.from)));
    world.change(
        "shop.txt",
        numbered(&[(3, "fixed next version")]),
        "Resolve",
    );
    world.git(&["push", "-q", "origin", &format!("HEAD:{}", draft.from)]);
    let id = backport.board.record.expect("a record").hotfix;
    team.act(&id, "do backport --target integration");
    let ready = request(&team.backport(&words()).expect("it can be planned"));
    assert!(!ready.is_draft);
    assert_eq!(status(&ready), Some(CheckState::Passed));
}

#[test]
fn a_request_that_somebody_opened_by_hand_is_found_by_the_trailer_of_its_head() {
    let team = fixed(false);
    let world = &team.world;
    let id = format!("backport-{}", &world.id("main").as_str()[..12]);
    world.switch("by-hand", Some("origin/integration"));
    let message = format!("Fix it\n\nHotfix-Id: {id}\n");
    world.change("shop.txt", numbered(&[(3, "fixed")]), &message);
    world.git(&["push", "-q", "origin", "by-hand"]);
    let opened = team.open_request("by-hand", "integration", &[]);
    let before = team.refs();
    let backport = team.backport(&words()).expect("it can be planned");
    assert!(backport.is_settled, "a second request beside it");
    assert_eq!(request(&backport).id, opened);
    assert_eq!(team.refs(), before);
    // Closed, it counts for nothing: the console opens one of its own.
    team.close(opened);
    let results = team.carry(&words());
    assert!(
        results.iter().all(|one| one.outcome == Outcome::Done),
        "{results:?}"
    );
    let own = request(&team.backport(&words()).expect("it can be planned"));
    assert_ne!(own.id, opened);
}

#[test]
fn what_is_left_out_behind_a_conflict_is_told_in_the_plan_the_result_and_the_request() {
    let team = fixed(true);
    let world = &team.world;
    world.switch("main", None);
    let better = numbered(&[(3, "fixed better")]);
    let second = world.change("shop.txt", better, "Fix it better");
    let third = world.change("other.txt", "other\n", "Something else");
    world.push();
    let all = BackportWords {
        rev: format!("{}..main", world.id("main~3")),
        ..words()
    };
    let plan = team.backport(&all).expect("it can be planned").planned;
    let plan = plan.expect("a draft");
    let left = format!("in conflict: {};", second.short());
    assert!(
        plan.facts.iter().any(|fact| fact.text.contains(&left)),
        "{:?}",
        plan.facts
    );
    let results = team.execute(&plan);
    let told = format!("left out until then: {}", second.short());
    assert!(
        results.iter().any(|one| one.why.contains(&told)),
        "{results:?}"
    );
    let request = request(&team.backport(&all).expect("it can be planned"));
    let body = request.body.raw();
    let command = format!("- `git cherry-pick -x {second}`: Fix it better");
    assert!(body.lines().any(|line| line == command), "{body}");
    let mut lines = body.lines();
    let picked = lines.find(|line| line.starts_with("Picked onto integration:"));
    let picked = picked.expect("a line");
    assert!(picked.contains(third.as_str()), "{picked}");
    assert!(!picked.contains(second.as_str()), "{picked}");
}

#[test]
fn labels_of_the_source_request_come_along_but_not_those_that_speak_of_conflicts() {
    let team = fixed(false);
    let world = &team.world;
    world.switch("fix", Some("main"));
    world.change("shop.txt", numbered(&[(3, "fixed"), (9, "too")]), "More");
    world.git(&["push", "-q", "origin", "fix"]);
    team.open_request("fix", "main", &["urgent", "conflicts"]);
    team.merge("fix", "main", &["--no-ff"]);
    let plan = team.backport(&words()).expect("it can be planned").planned;
    let plan = plan.expect("clean");
    let labels = plan.changes.iter().find_map(|change| match &change.call {
        Call::OpenRequest { labels, .. } => Some(labels.clone()),
        _ => None,
    });
    let labels = labels.expect("a request is opened");
    assert_eq!(labels, ["backport", "auto-backport", "urgent"]);
    // So does its title: the merge has a subject that nobody wrote.
    let title = plan.changes.iter().find_map(|change| match &change.call {
        Call::OpenRequest { title, .. } => Some(title.clone()),
        _ => None,
    });
    assert_eq!(
        title.as_deref(),
        Some("[integration] By hand (backport !1)")
    );
}

#[test]
fn the_owners_of_a_conflicted_path_are_named_in_the_request_and_asked() {
    let team = fixed(true);
    let world = &team.world;
    world.switch("integration", None);
    let owners = "* nobody@example.org\n/shop.txt pia@example.org @acme/shop\n";
    world.change(".github/CODEOWNERS", owners, "Say who owns what");
    world.push();
    let plan = team.backport(&words()).expect("it can be planned").planned;
    let plan = plan.expect("a draft");
    let told = plan.changes.iter().find_map(|change| match &change.call {
        Call::OpenRequest {
            body, reviewers, ..
        } => Some((body.clone(), reviewers.clone())),
        _ => None,
    });
    let (body, reviewers) = told.expect("a request is opened");
    assert!(
        body.contains("owned by pia@example.org and @acme/shop"),
        "{body}"
    );
    assert!(
        reviewers.contains(&"pia@example.org".to_owned()),
        "{reviewers:?}"
    );
    assert!(
        !reviewers.iter().any(|name| name.contains("nobody")),
        "{reviewers:?}"
    );
}
