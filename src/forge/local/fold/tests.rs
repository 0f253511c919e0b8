//! The fold on its own.

use super::*;

use crate::forge::local::event::AppJob;
use crate::forge::local::event::Purpose;
use crate::forge::local::event::Run;
use crate::model::Decision;
use crate::model::DeploymentState;
use crate::model::HealthState;
use crate::model::JobId;
use crate::model::JobState;
use crate::model::MergeMethod;
use crate::model::Person;
use crate::model::RequestId;
use crate::model::Timestamp;

fn commit(digit: u64) -> CommitId {
    format!("{digit:040x}").parse().expect("static form")
}

fn person(name: &str) -> Person {
    Person::from_email(name, &format!("{name}@example.org"))
}

/// Folds events, each by its person, in order.
fn fold(events: &[(&str, Event)]) -> State {
    let mut state = State::default();
    for (number, (by, event)) in (0_u64..).zip(events) {
        state.apply(&entry(number, by, event.clone()), &commit(1000 + number));
    }
    state
}

fn entry(number: u64, by: &str, event: Event) -> Entry {
    Entry {
        id: format!("01J{number:023}").parse().expect("static form"),
        by: person(by),
        device: "laptop".to_owned(),
        at: Timestamp::from_second(i64::try_from(number).expect("small")),
        kind: event.name().to_owned(),
        is_critical: false,
        event: Some(event),
        seal: crate::model::Seal::None,
    }
}

fn opened(number: u64) -> Event {
    Event::RequestOpened {
        request: RequestId(number),
        from: "hotfix/x".parse().expect("static name"),
        into: "main".parse().expect("static name"),
        head: commit(1),
        onto: commit(2),
        title: "Fix".to_owned(),
        body: String::new(),
        is_draft: true,
        labels: Vec::new(),
        reviewers: Vec::new(),
        hotfix: None,
    }
}

fn decided(decision: Decision, role: &str, head: u64) -> Event {
    Event::Decided {
        subject: Subject::Request(RequestId(1)),
        head: commit(head),
        role: Some(role.parse().expect("static name")),
        decision,
        comment: None,
    }
}

fn merged() -> Event {
    Event::RequestMerged {
        request: RequestId(1),
        commit: commit(9),
        head: commit(1),
        onto: commit(2),
        method: MergeMethod::Merge,
    }
}

fn run() -> Run {
    Run {
        device: "laptop".to_owned(),
        pid: 7,
        token: String::new(),
    }
}

fn job(number: u64) -> JobId {
    format!("job-{number}").parse().expect("static form")
}

fn created() -> Event {
    Event::DeploymentCreated {
        deployment: "1".parse().expect("static id"),
        environment: "production".parse().expect("static name"),
        commit: commit(9),
        seats: Vec::new(),
        hotfix: None,
    }
}

fn started() -> Event {
    let app = |number| AppJob {
        job: job(number),
        app: format!("app-{number}").parse().expect("static form"),
        has_health: number == 1,
    };
    Event::DeploymentStarted {
        deployment: "1".parse().expect("static id"),
        run: run(),
        jobs: vec![app(1), app(2)],
    }
}

fn finished(number: u64, state: JobState) -> Event {
    Event::JobFinished {
        job: job(number),
        state,
        health: None,
        detail: "exit code 0".to_owned(),
        log: Some("abc".to_owned()),
    }
}

#[test]
fn an_entry_that_comes_twice_changes_nothing() {
    let mut state = fold(&[("ana", opened(1))]);
    let once = state.clone();
    state.apply(&entry(0, "ana", opened(1)), &commit(5));
    assert_eq!(state, once);
}

#[test]
fn an_edit_changes_what_it_names_and_remembers_the_head() {
    let edit = Event::RequestEdited {
        request: RequestId(1),
        head: Some(commit(3)),
        title: None,
        body: None,
        is_draft: Some(false),
        labels: Some(vec!["hotfix".to_owned()]),
        reviewers: None,
        is_open: Some(false),
    };
    let state = fold(&[("ana", opened(1)), ("bob", edit)]);
    let request = &state.requests[&RequestId(1)];
    assert_eq!(request.title, "Fix");
    assert!(!request.is_draft && request.is_closed);
    assert_eq!(request.labels, ["hotfix"]);
    assert_eq!(request.heads, [commit(1), commit(3)]);
    assert_eq!(request.updated_at, Timestamp::from_second(1));
}

#[test]
fn a_person_has_one_decision_per_head_and_the_last_one_counts() {
    let state = fold(&[
        ("ana", opened(1)),
        ("bob", decided(Decision::Rejected, "lead", 1)),
        ("bob", decided(Decision::Approved, "pm", 1)),
        ("bob", decided(Decision::Approved, "pm", 3)),
    ]);
    let decisions = &state.requests[&RequestId(1)].decisions;
    let heads: Vec<&CommitId> = decisions.iter().map(|decision| &decision.head).collect();
    assert_eq!(heads, [&commit(1), &commit(3)]);
    assert!(
        decisions
            .iter()
            .all(|decision| decision.decision == Decision::Approved)
    );
}

#[test]
fn what_does_not_fit_is_set_aside() {
    let state = fold(&[
        ("ana", opened(2)),
        ("ana", opened(1)),
        ("ana", merged()),
        ("eve", merged()),
        ("eve", finished(4, JobState::Succeeded)),
        ("eve", started()),
    ]);
    assert_eq!(
        state.set_aside,
        [
            "request.opened",
            "request.merged",
            "job.finished",
            "deployment.started"
        ]
    );
    let merge = state.requests[&RequestId(1)].merged.as_ref();
    assert_eq!(
        merge.and_then(|merged| merged.by.clone()),
        Some(person("ana"))
    );
}

#[test]
fn an_unknown_critical_kind_stops_writing_and_a_harmless_one_does_not() {
    let mut state = fold(&[("ana", opened(1))]);
    let unknown = |number, is_critical| Entry {
        event: None,
        is_critical,
        kind: "request.teleported".to_owned(),
        ..entry(number, "ana", opened(1))
    };
    state.apply(&unknown(5, false), &commit(5));
    assert!(!state.is_beyond_us);
    state.apply(&unknown(6, true), &commit(6));
    assert!(state.is_beyond_us);
    assert_eq!(state.set_aside.len(), 2);
}

#[test]
fn a_deployment_starts_once_and_its_jobs_are_told_one_by_one() {
    let state = fold(&[
        ("ana", created()),
        ("ana", started()),
        ("bob", started()),
        ("ana", finished(1, JobState::Succeeded)),
    ]);
    assert_eq!(state.set_aside, ["deployment.started"]);
    let first = &state.jobs[&job(1)];
    assert_eq!(first.job.state, JobState::Succeeded);
    assert_eq!(first.job.health, HealthState::Pending);
    assert_eq!(first.log, Some((commit(1003), "abc".to_owned())));
    assert_eq!(state.jobs[&job(2)].job.health, HealthState::NotConfigured);
    assert_eq!(state.next_job(0), job(3));
}

fn lost() -> Event {
    Event::DeploymentLost {
        deployment: "1".parse().expect("static id"),
        why: "the console that ran it died".to_owned(),
    }
}

#[test]
fn what_ran_when_its_console_died_was_not_stopped_by_anybody() {
    let began = Event::JobStarted {
        job: job(1),
        name: "app-1".to_owned(),
        purpose: Purpose::App {
            deployment: "1".parse().expect("static id"),
        },
        run: run(),
    };
    let state = fold(&[
        ("ana", created()),
        ("ana", started()),
        ("ana", began),
        ("ana", lost()),
    ]);
    assert_eq!(state.jobs[&job(1)].job.state, JobState::Failed);
    assert_eq!(state.jobs[&job(2)].job.state, JobState::Cancelled);
}

#[test]
fn a_lost_deployment_has_failed_and_its_jobs_are_cancelled() {
    let lost = lost();
    let state = fold(&[
        ("ana", created()),
        ("ana", started()),
        ("ana", finished(1, JobState::Succeeded)),
        ("ana", lost.clone()),
        ("ana", lost),
    ]);
    let golive = &state.deployments[0];
    assert_eq!(golive.deployment.state, DeploymentState::Failed);
    assert_eq!(golive.detail, "the console that ran it died");
    assert_eq!(state.jobs[&job(1)].job.state, JobState::Succeeded);
    assert_eq!(state.jobs[&job(2)].job.state, JobState::Cancelled);
    assert_eq!(state.set_aside, ["deployment.lost"]);
}
