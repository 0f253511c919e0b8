//! The draft of a post-mortem tells of its own hotfix: the look has requests and deployments of all of them.

use lanekeeper::cli::json::LogDocument;
use lanekeeper::cli::text;
use lanekeeper::cli::text::Style;
use lanekeeper::engine::Board;
use lanekeeper::engine::Outside;
use lanekeeper::model::Approval;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::Decision;
use lanekeeper::model::Deployment;
use lanekeeper::model::DeploymentState;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::Mergeability;
use lanekeeper::model::Merged;
use lanekeeper::model::Person;
use lanekeeper::model::RequestId;
use lanekeeper::model::RequestState;
use lanekeeper::model::Seen;
use lanekeeper::model::Untrusted;
use lanekeeper::ops::report::markdown;
use lanekeeper::record::Actor;
use lanekeeper::record::Entry;
use lanekeeper::record::Event;
use lanekeeper::record::Record;

use super::boards;

/// An approval by somebody, of the head that is made of this digit.
fn yes(by: &str, digit: char) -> Approval {
    Approval {
        proof: Default::default(),
        by: Person::from_email(by, &format!("{by}@example.org")),
        role: None,
        head: boards::commit(digit),
        decision: Decision::Approved,
        at: boards::at(14),
        comment: None,
    }
}

/// An open promotion whose head is made of `2`, of another hotfix.
fn promotion(id: u64, approvals: Vec<Approval>) -> ChangeRequest {
    ChangeRequest {
        id: RequestId(id),
        title: "Promote preprod to production".into(),
        body: Untrusted::default(),
        from: "preprod".parse().expect("static name"),
        into: "main".parse().expect("static name"),
        head: boards::commit('2'),
        state: RequestState::Open,
        is_draft: false,
        milestone: None,
        labels: Vec::new(),
        author: boards::ana(),
        last_pusher: None,
        reviewers: Vec::new(),
        opened_at: boards::at(13),
        updated_at: boards::at(13),
        mergeability: Mergeability::Clean,
        checks: Vec::new(),
        approvals,
        hotfix: Some("20260401-older-0a0a0a".parse().expect("static id")),
        url: None,
    }
}

fn deployment(id: &str) -> Deployment {
    Deployment {
        id: id.parse().expect("static id"),
        environment: "production".parse().expect("static name"),
        commit: boards::commit('2'),
        state: DeploymentState::Succeeded,
        created_by: boards::ana(),
        created_at: boards::at(25),
        updated_at: boards::at(26),
        seats: Vec::new(),
        approvals: Vec::new(),
        jobs: Vec::new(),
        hotfix: None,
        url: None,
        behind: None,
    }
}

/// Returns the record with how a deployment stood that Lanekeeper did not create.
fn finished(record: Record, state: DeploymentState) -> Record {
    let actor = Actor {
        person: boards::ana(),
        device: "laptop".to_owned(),
    };
    let event = Event::DeploymentFinished {
        step: "go-live".parse().expect("static id"),
        deployment: "41".parse().expect("static id"),
        state,
        detail: String::new(),
    };
    let id = "01J9".parse().expect("static id");
    let entry = Entry::new(id, boards::hotfix(), actor, boards::at(26), event).expect("small");
    let entries = record.entries.into_iter().chain([entry]);
    Record::fold(boards::hotfix(), entries)
}

/// Returns the lines of one section.
fn section(board: &Board, title: &str) -> String {
    let draft = markdown(board);
    let heading = format!("\n## {title}\n");
    let (_, rest) = draft.split_once(&heading).expect("each draft has it");
    rest.split("\n## ").next().unwrap_or_default().to_owned()
}

#[test]
fn approvals_of_other_hotfixes_are_not_told() {
    let mut board = boards::under_way();
    let others = vec![promotion(9, vec![yes("Olga", '2')])];
    board.seen.requests = Seen::known(others, boards::at(30));
    let told = section(&board, "Approvals");
    assert!(told.contains("Ben Ode") && !told.contains("Olga"), "{told}");
}

#[test]
fn of_a_request_that_was_gone_on_with_only_what_its_head_got_is_told() {
    let mut board = boards::under_way();
    let taken_over = promotion(9, vec![yes("Olga", '8'), yes("Nina", '2')]);
    board.seen.requests = Seen::known(vec![taken_over], boards::at(30));
    let steps = board.progress.iter_mut().flat_map(|one| &mut one.steps);
    for step in steps.filter(|step| step.id.as_str() == "to-production") {
        step.request = Some(RequestId(9));
    }
    let told = section(&board, "Approvals");
    assert!(told.contains("Nina") && !told.contains("Olga"), "{told}");
}

/// Returns a board on which a step goes on with a promotion that was approved and merged on the forge's own pages.
fn merged_on_the_forge() -> Board {
    let mut board = boards::under_way();
    let mut promotion = promotion(9, vec![yes("Nina", '2')]);
    promotion.state = RequestState::Merged(Merged {
        commit: boards::commit('7'),
        head: boards::commit('2'),
        by: Some(Person::from_email("Olga", "olga@example.org")),
        at: boards::at(15),
        method: None,
    });
    board.seen.requests = Seen::known(vec![promotion], boards::at(30));
    let steps = board.progress.iter_mut().flat_map(|one| &mut one.steps);
    for step in steps.filter(|step| step.id.as_str() == "to-production") {
        step.request = Some(RequestId(9));
    }
    board
}

#[test]
fn what_was_done_on_the_forge_stands_in_the_story_at_its_time() {
    let board = merged_on_the_forge();
    let record = board.record.as_ref().expect("a record");
    let log = text::log(record, &board.outside(), false);
    let log = log.render(Style::default());
    for told in [section(&board, "Timeline"), log] {
        let place = |words: &str| {
            told.find(words)
                .unwrap_or_else(|| panic!("{words}: {told}"))
        };
        let approved = place("approved change request 9 at 2222222 (seen on the forge)");
        let merged = place("merged change request 9 into main as 7777777 (seen on the forge)");
        assert!(approved < merged, "{told}");
        assert!(told.contains("Nina") && told.contains("Olga"), "{told}");
    }
    let document = LogDocument::new(record, &board.outside());
    assert_eq!(document.outside.len(), 2);
    assert_eq!(document.outside[1].by.as_deref(), Some("olga@example.org"));
}

#[test]
fn what_is_on_record_is_not_told_once_more() {
    let mut board = merged_on_the_forge();
    let actor = Actor {
        person: boards::ana(),
        device: "laptop".to_owned(),
    };
    let event = Event::RequestMerged {
        step: "to-production".parse().expect("static id"),
        target: None,
        request: RequestId(9),
        commit: boards::commit('7'),
        head: boards::commit('2'),
        method: MergeMethod::Merge,
    };
    let id = "01J8".parse().expect("static id");
    let entry = Entry::new(id, boards::hotfix(), actor, boards::at(16), event).expect("small");
    board.record.as_mut().expect("a record").apply(entry);
    let outside = board.outside();
    let told: Vec<String> = outside.iter().map(Outside::sentence).collect();
    assert_eq!(
        told,
        ["approved change request 9 at 2222222 (seen on the forge)"]
    );
}

#[test]
fn a_deployment_whose_end_is_on_record_is_told() {
    let mut board = boards::under_way();
    let record = board.record.take().expect("a hotfix");
    board.record = Some(finished(record, DeploymentState::Succeeded));
    let seen = vec![deployment("41"), deployment("40")];
    board.seen.deployments = Seen::known(seen, boards::at(30));
    let told = section(&board, "Deployments");
    assert_eq!(told.matches("deployed").count(), 1, "{told}");
}

#[test]
fn the_end_of_a_golive_that_was_only_started_from_here_is_told_at_its_time() {
    let mut board = boards::under_way();
    let record = board.record.take().expect("a hotfix");
    board.record = Some(finished(record, DeploymentState::Running));
    let ends = |board: &Board| {
        let outside = board.outside();
        let told = outside.iter().filter(|one| one.who() == "the forge");
        told.map(|one| (one.at, one.sentence())).collect::<Vec<_>>()
    };
    for (state, words) in [
        (DeploymentState::Succeeded, "carried out deployment 41"),
        (DeploymentState::Failed, "ended deployment 41 as failed"),
    ] {
        let seen = Deployment {
            state,
            updated_at: boards::at(28),
            ..deployment("41")
        };
        board.seen.deployments = Seen::known(vec![seen], boards::at(30));
        let told = (boards::at(28), format!("{words} (seen on the forge)"));
        assert_eq!(ends(&board), [told]);
    }
    // What the record tells already is not told once more.
    let record = board.record.take().expect("just put there");
    let told = finished_again(record, DeploymentState::Failed);
    board.record = Some(told);
    assert!(ends(&board).is_empty());
}

#[test]
fn what_another_record_says_of_a_golive_is_not_told_as_seen_on_the_forge() {
    let mut board = boards::under_way();
    let record = board.record.take().expect("a hotfix");
    board.record = Some(finished(record, DeploymentState::Succeeded));
    let mut of_a_record = yes("Olga", '2');
    of_a_record.proof.is_recorded = true;
    let seen = Deployment {
        approvals: vec![of_a_record, yes("Nina", '2')],
        ..deployment("41")
    };
    board.seen.deployments = Seen::known(vec![seen], boards::at(30));
    let who: Vec<String> = board.outside().iter().map(Outside::who).collect();
    assert_eq!(who, ["Nina"]);
}

/// Adds how the deployment stood later.
fn finished_again(record: Record, state: DeploymentState) -> Record {
    let mut again = finished(Record::empty(boards::hotfix()), state).entries;
    for entry in &mut again {
        entry.id = "01JA".parse().expect("static id");
    }
    let entries = record.entries.into_iter().chain(again);
    Record::fold(boards::hotfix(), entries)
}
