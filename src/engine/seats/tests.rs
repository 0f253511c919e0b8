//! Who may sit where, and who fills which seat.

use super::*;
use crate::model::DeploymentState;
use crate::model::Timestamp;

fn person(id: u64) -> Person {
    Person::from_account(id, &format!("user{id}"), "")
}

fn yes(by: u64, role: &str) -> Approval {
    Approval {
        proof: Default::default(),
        by: person(by),
        role: role.parse().ok(),
        head: "a".repeat(40).parse().expect("an id"),
        decision: Decision::Approved,
        at: Timestamp::from_second(0),
        comment: None,
    }
}

fn deployment(approvals: Vec<Approval>) -> Deployment {
    let role = |name: &str| name.parse().expect("a role");
    Deployment {
        id: "1".parse().expect("an id"),
        environment: "production".parse().expect("a name"),
        commit: "a".repeat(40).parse().expect("an id"),
        state: DeploymentState::Blocked,
        created_by: person(1),
        created_at: Timestamp::from_second(0),
        updated_at: Timestamp::from_second(0),
        seats: vec![role("release-board"), role("release-board")],
        approvals,
        jobs: Vec::new(),
        hotfix: None,
        url: None,
        behind: None,
    }
}

#[test]
fn a_seat_that_only_the_forge_knows_is_filled_by_whom_it_let_in() {
    let project = Project::default();
    let free = |approvals: Vec<Approval>| {
        let deployment = deployment(approvals);
        Bench::of_deployment(&project, &deployment).waits().len()
    };
    assert_eq!(free(Vec::new()), 2);
    assert_eq!(free(vec![yes(2, "release-board")]), 1);
    // The same person twice, somebody in another rule, and the one whose pipeline it is, fill nothing.
    assert_eq!(
        free(vec![yes(2, "release-board"), yes(2, "release-board")]),
        1
    );
    assert_eq!(free(vec![yes(2, "release-board"), yes(3, "other")]), 1);
    assert_eq!(
        free(vec![yes(2, "release-board"), yes(1, "release-board")]),
        1
    );
    assert_eq!(
        free(vec![yes(2, "release-board"), yes(3, "release-board")]),
        0
    );
}

#[test]
fn anybody_but_the_creator_may_try_a_seat_of_the_forge() {
    let (project, deployment) = (Project::default(), deployment(Vec::new()));
    let bench = Bench::of_deployment(&project, &deployment);
    let why = |id: u64| bench.seats(&person(id))[0].why_not_me.clone();
    assert_eq!(why(5), None);
    assert_eq!(why(1).as_deref(), Some("you created it"));
}
