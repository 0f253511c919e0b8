//! Who may sit where, and who fills which seat.

use super::*;
use crate::engine::Looked;
use crate::engine::inbox;
use crate::model::DeploymentState;
use crate::model::Timestamp;
use crate::record::Event;
use crate::record::Lifted;
use crate::record::Record;

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

/// Seats of a lead and a product manager: the lead is whoever created it, or manages.
fn of_two() -> (Project, Deployment) {
    let role = |name: &str| name.parse::<Role>().expect("a role");
    let members = |ids: &[u64]| ids.iter().map(|id| format!("user{id}")).collect();
    let mut project = Project::default();
    project.overrides.by_account = true;
    project.roles.0.insert(role("lead"), members(&[1, 2]));
    project.roles.0.insert(role("manager"), members(&[2]));
    let deployment = Deployment {
        seats: vec![role("lead"), role("manager")],
        ..deployment(vec![yes(2, "manager")])
    };
    (project, deployment)
}

fn override_of(role: &str, head: &str, by: u64) -> Record {
    written(role, head, &person(by), &person(by))
}

/// Returns a record on which `author` wrote that `by` lifted a seat.
fn written(role: &str, head: &str, by: &Person, author: &Person) -> Record {
    let mut record = Record::empty("20260412-refund-7f3a9c".parse().expect("an id"));
    let event = Event::OverrideUsed {
        rule: format!("the seat of {role}"),
        reason: "both of them wrote it".to_owned(),
        lifts: Some(Lifted::Seat {
            subject: Subject::Deployment("1".parse().expect("an id")),
            role: role.parse().expect("a role"),
            head: head.repeat(40).parse().expect("an id"),
            by: by.clone(),
        }),
    };
    record.suppose(event, author, Timestamp::from_second(0));
    record
}

fn free(project: &Project, deployment: &Deployment, record: &Record) -> usize {
    let bench = Bench::of_deployment(project, deployment).lifting(record);
    bench.waits().len()
}

#[test]
fn only_a_seat_that_nobody_can_take_is_stuck() {
    let (project, deployment) = of_two();
    let stuck = |deployment: &Deployment| {
        let bench = Bench::of_deployment(&project, deployment);
        let stuck = bench.stuck().into_iter();
        stuck
            .map(|(role, why)| format!("{role}: {}", why.join("; ")))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        stuck(&deployment),
        ["lead: user1 created it; user2 sits as manager"]
    );
    // Who has said nothing yet may take either.
    let silent = Deployment {
        approvals: Vec::new(),
        ..deployment
    };
    assert_eq!(stuck(&silent), Vec::<String>::new());
}

#[test]
fn an_override_lifts_one_stuck_seat_at_one_head_and_only_by_a_second_person() {
    let (project, deployment) = of_two();
    let nothing = Record::empty("20260412-refund-7f3a9c".parse().expect("an id"));
    assert_eq!(free(&project, &deployment, &nothing), 1);
    for (role, head, by, left, why) in [
        ("lead", "a", 3, 0, "somebody else"),
        ("lead", "a", 1, 1, "whoever created it"),
        ("lead", "a", 2, 1, "whoever sits in the other seat"),
        ("lead", "b", 3, 1, "for another head"),
        ("manager", "a", 3, 1, "of another seat"),
    ] {
        let record = override_of(role, head, by);
        assert_eq!(free(&project, &deployment, &record), left, "{why}");
    }
    // A seat that somebody can still take is not lifted, whoever says so.
    let silent = Deployment {
        approvals: Vec::new(),
        ..deployment.clone()
    };
    assert_eq!(free(&project, &silent, &override_of("lead", "a", 3)), 2);
    let another = Deployment {
        id: "2".parse().expect("an id"),
        ..deployment.clone()
    };
    assert_eq!(free(&project, &another, &override_of("lead", "a", 3)), 1);
    let mut strict = project;
    strict.overrides.must_be_signed = true;
    assert_eq!(free(&strict, &deployment, &override_of("lead", "a", 3)), 1);
}

#[test]
fn a_seat_that_was_overridden_says_so_and_is_no_approval() {
    let (project, deployment) = of_two();
    let record = override_of("lead", "a", 3);
    let bench = Bench::of_deployment(&project, &deployment).lifting(&record);
    let seats = bench.seats(&person(4));
    assert_eq!(seats[0].taken_by, None);
    let words = seats[0].overridden.as_ref().map(|one| one.words.as_str());
    assert_eq!(words, Some("overridden by user3: both of them wrote it"));
    assert!(seats[0].is_settled());
    assert_eq!(seats[1].overridden, None);
    assert_eq!(bench.lifted(), [seats[0].role.clone()]);
}

#[test]
fn whoever_is_named_in_another_way_than_people_are_here_lifts_nothing() {
    let (accounts, deployment) = of_two();
    let mut addresses = accounts.clone();
    addresses.overrides.by_account = false;
    let of = |name: &str| Person::from_email(name, &format!("{name}@example.org"));
    let (ana, mia) = (of("ana"), of("mia"));
    let dressed_up = Person {
        login: Some("mia".to_owned()),
        ..mia.clone()
    };
    for (project, by, author, left, why) in [
        (&addresses, &mia, &mia, 0, "her own word"),
        (&addresses, &mia, &ana, 1, "in her name"),
        (&addresses, &dressed_up, &ana, 1, "in her name, by account"),
        (
            &addresses,
            &dressed_up,
            &mia,
            1,
            "an account is nothing here",
        ),
        (&accounts, &person(3), &mia, 0, "an account"),
        (&accounts, &mia, &mia, 1, "an address is nothing here"),
    ] {
        let record = written("lead", "a", by, author);
        assert_eq!(free(project, &deployment, &record), left, "{why}");
    }
}

#[test]
fn an_account_that_lifted_a_seat_is_shown_with_who_wrote_so() {
    let (project, deployment) = of_two();
    let mia = Person::from_email("Mia", "mia@example.org");
    let record = written("lead", "a", &person(3), &mia);
    let bench = Bench::of_deployment(&project, &deployment).lifting(&record);
    let seats = bench.seats(&person(4));
    let words = seats[0].overridden.as_ref().map(|one| one.words.as_str());
    let said = "overridden by user3 (written by mia@example.org): both of them wrote it";
    assert_eq!(words, Some(said));
}

#[test]
fn the_inbox_shows_each_of_two_seats_of_a_role_as_it_is() {
    let (project, deployment) = of_two();
    let lead: Role = "lead".parse().expect("a role");
    let deployment = Deployment {
        seats: vec![lead.clone(), lead],
        approvals: vec![yes(2, "lead")],
        hotfix: "20260412-refund-7f3a9c".parse().ok(),
        ..deployment
    };
    let seats = |record: Option<&Record>| {
        let (golives, looked) = (std::slice::from_ref(&deployment), Looked::default());
        let inbox = inbox(&project, &[], golives, &person(4), &looked, record);
        let seats = inbox.items().flat_map(|item| &item.seats);
        let states = seats.map(|seat| (seat.taken_by.is_some(), seat.overridden.is_some()));
        states.collect::<Vec<_>>()
    };
    assert_eq!(seats(None), [(true, false), (false, false)]);
    let record = override_of("lead", "a", 3);
    assert_eq!(seats(Some(&record)), [(true, false), (false, true)]);
}
