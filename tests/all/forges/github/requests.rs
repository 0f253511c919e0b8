//! What GitHub alone does with pull requests.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;

use lanekeeper::forge::Error;
use lanekeeper::forge::Forge as _;
use lanekeeper::forge::MergeOrder;
use lanekeeper::forge::NewRequest;
use lanekeeper::forge::NoWatcher;
use lanekeeper::forge::RequestEdit;
use lanekeeper::forge::RequestQuery;
use lanekeeper::forge::Written;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::CheckState;
use lanekeeper::model::CommitId;
use lanekeeper::model::Decision;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::Mergeability;
use lanekeeper::model::Milestone;
use lanekeeper::model::Subject;

use crate::forges::contract::Stage as _;
use crate::forges::contract::Who;
use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::contract::refused;
use crate::forges::gitlab::stage::PATIENT;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

use super::stage::GithubStage;
use super::stage::forge_by;

pub(super) fn new(stage: &GithubStage) -> NewRequest {
    NewRequest {
        from: stage.from(),
        into: stage.main(),
        title: "Fix the crash".to_owned(),
        body: "It crashed.".to_owned(),
        is_draft: false,
        labels: Vec::new(),
        milestone: None,
        reviewers: Vec::new(),
        hotfix: Some("20260412-npe-7f3a9c".parse().expect("static id")),
    }
}

pub(super) async fn open(stage: &GithubStage) -> ChangeRequest {
    done(
        stage
            .of(Who::Driver)
            .open_request(&new(stage))
            .await
            .unwrap(),
    )
}

/// Opens a request, and gives it everything that the branch asks for.
pub(super) async fn ready(stage: &GithubStage) -> (ChangeRequest, MergeOrder) {
    let opened = open(stage).await;
    stage.pass_checks(&opened.head);
    for (who, role) in [Who::Lead, Who::Manager].into_iter().zip(stage.seats()) {
        let subject = Subject::Request(opened.id);
        let yes = Decision::Approved;
        done(
            stage
                .of(who)
                .decide(&subject, &opened.head, Some(&role), yes, None)
                .await
                .unwrap(),
        );
    }
    let order = MergeOrder {
        request: opened.id,
        method: MergeMethod::Merge,
        head: opened.head.clone(),
        onto: stage.tip(&stage.main()),
        subject: "Merge the fix".to_owned(),
    };
    (opened, order)
}

pub(super) async fn see(stage: &GithubStage, request: &ChangeRequest) -> ChangeRequest {
    let query = RequestQuery {
        id: Some(request.id),
        ..RequestQuery::default()
    };
    let found = stage.fresh(Who::Stranger).requests(&query).await.unwrap();
    found.into_iter().next().expect("it is there")
}

#[tokio::test]
async fn the_hotfix_is_found_by_its_marker_and_forks_are_not_seen() {
    let stage = GithubStage::new();
    let opened = open(&stage).await;
    assert_eq!(opened.hotfix, new(&stage).hotfix);
    let mut fork = stage.fake.state().pulls[0].clone();
    fork.number = 2;
    fork.fork = Some("mallory/shop".to_owned());
    stage.fake.state().pulls.push(fork);
    let all = stage.of(Who::Lead).requests(&RequestQuery::default()).await;
    let ids: Vec<u64> = all.unwrap().iter().map(|one| one.id.0).collect();
    assert_eq!(ids, [1]);
    let by_hotfix = RequestQuery {
        hotfix: new(&stage).hotfix,
        from: Some(stage.from()),
        into: Some(stage.main()),
        ..RequestQuery::default()
    };
    let found = stage.of(Who::Lead).requests(&by_hotfix).await.unwrap();
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn a_list_is_read_to_its_end_and_costs_little_when_nothing_changed() {
    let stage = GithubStage::new();
    let merged = {
        let (request, order) = ready(&stage).await;
        done(stage.of(Who::Driver).merge(&order).await.unwrap());
        request
    };
    {
        let mut state = stage.fake.state();
        for number in 2..8 {
            let mut other = state.pulls[0].clone();
            other.number = number;
            other.body = String::new();
            state.pulls.push(other);
        }
    }
    let forge = stage.fresh(Who::Lead);
    let all = forge.requests(&RequestQuery::default()).await.unwrap();
    assert_eq!(all.len(), 7);
    let ours = all.iter().find(|one| one.id == merged.id).expect("listed");
    let method = ours.merged().expect("merged").method;
    assert_eq!(
        method,
        Some(MergeMethod::Merge),
        "a hotfix's own has details"
    );
    let before = stage.server.log().len();
    forge.requests(&RequestQuery::default()).await.unwrap();
    let log = stage.server.log();
    let again: Vec<String> = log[before..]
        .iter()
        .map(|one| one.request.path.clone())
        .collect();
    assert!(
        again.iter().all(|path| path.ends_with("/pulls")),
        "nothing is asked about ended ones again: {again:?}"
    );
    assert!(
        log[before..]
            .iter()
            .all(|one| one.reply.as_ref().is_some_and(|reply| reply.status == 304)),
        "and what is asked costs nothing"
    );
}

#[tokio::test]
async fn rules_are_read_again_after_a_minute_whatever_is_done_to_the_time_of_day() {
    let stage = GithubStage::new();
    let query = RequestQuery {
        id: Some(open(&stage).await.id),
        ..RequestQuery::default()
    };
    let (now, up) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(500)));
    let clocks = [&now, &up];
    let forge = forge_by(&stage.server, "dora", &stage.project, clocks, PATIENT);
    let look = async || {
        let before = stage.server.log().len();
        forge.requests(&query).await.unwrap();
        let log = stage.server.log();
        let is_rules = |path: &str| path.contains("/rules/branches/");
        let mut asked = log[before..].iter();
        asked.any(|one| is_rules(&one.request.path))
    };
    for (day, seconds, are_asked) in [
        (1, 0, true),
        (300, 59, false),
        (2, 1, true),
        (1, 59, false),
        (1, 1, true),
    ] {
        now.store(day * 86_400, Ordering::SeqCst);
        up.fetch_add(seconds, Ordering::SeqCst);
        assert_eq!(look().await, are_asked, "day {day}");
    }
}

#[tokio::test]
async fn mergeability_is_unknown_until_github_says_so() {
    let stage = GithubStage::new();
    stage.fake.state().checks_for = 2;
    let opened = open(&stage).await;
    assert_eq!(opened.mergeability, Mergeability::Checking);
    let later = see(&stage, &opened).await;
    assert_eq!(later.mergeability, Mergeability::Checking);
    let now = see(&stage, &opened).await;
    let is_blocked =
        matches!(&now.mergeability, Mergeability::Blocked(why) if why.contains("rules"));
    assert!(is_blocked, "{:?}", now.mergeability);
}

#[tokio::test]
async fn checks_and_statuses_both_count_and_a_required_one_is_missing_until_it_ran() {
    let stage = GithubStage::new();
    let opened = open(&stage).await;
    let unit = |request: &ChangeRequest| {
        let check = request
            .checks
            .iter()
            .find(|one| one.name.as_str() == "unit");
        check.map(|one| (one.state, one.is_required))
    };
    assert_eq!(unit(&opened), Some((CheckState::Missing, true)));
    let head = opened.head.as_str();
    stage.fake.state().conclude(head, "unit", None);
    let seen = see(&stage, &opened).await;
    assert_eq!(unit(&seen), Some((CheckState::Running, true)));
    stage.fake.state().conclude(head, "unit", Some("success"));
    stage.fake.state().conclude(head, "lint", Some("neutral"));
    {
        let mut state = stage.fake.state();
        let mut status = state.checks[0].clone();
        status.name = "old-ci".to_owned();
        status.status = Some("error".to_owned());
        state.checks.push(status);
    }
    let seen = see(&stage, &opened).await;
    let mut shown: Vec<String> = seen
        .checks
        .iter()
        .map(|one| format!("{} {}", one.name, one.state.word()))
        .collect();
    shown.sort();
    assert_eq!(shown, ["lint skipped", "old-ci failed", "unit passed"]);
    let tried = stage.of(Who::Driver);
    let ran = tried.run_checks(opened.id, &opened.head, &NoWatcher).await;
    assert!(matches!(ran, Err(Error::Unsupported { .. })));
}

#[tokio::test]
async fn a_no_needs_words_and_a_later_yes_takes_it_back() {
    let stage = GithubStage::new();
    let opened = open(&stage).await;
    let subject = Subject::Request(opened.id);
    let lead = stage.of(Who::Lead);
    let no = Decision::Rejected;
    let said = done(
        lead.decide(&subject, &opened.head, None, no, None)
            .await
            .unwrap(),
    );
    assert_eq!(said.decision, Decision::Rejected);
    let yes = Decision::Approved;
    done(
        lead.decide(&subject, &opened.head, None, yes, Some("fine now"))
            .await
            .unwrap(),
    );
    let seen = see(&stage, &opened).await;
    let decisions: Vec<Decision> = seen.approvals.iter().map(|one| one.decision).collect();
    assert_eq!(decisions, [Decision::Approved]);
    stage.fake.state().pulls[0].reviews[1].state = "DISMISSED";
    assert!(see(&stage, &opened).await.approvals.is_empty());
    let own = stage.of(Who::Driver);
    let own = own.decide(&subject, &opened.head, None, yes, None).await;
    refused(own.unwrap(), "own request");
}

#[tokio::test]
async fn an_open_request_is_adopted_and_gets_what_it_lacks() {
    let stage = GithubStage::new();
    open(&stage).await;
    let wanted = NewRequest {
        labels: vec!["hotfix".to_owned(), "urgent".to_owned()],
        reviewers: vec!["@lea".to_owned()],
        milestone: Some(Milestone {
            id: "MI_4".to_owned(),
            title: "Release 4".into(),
        }),
        ..new(&stage)
    };
    let adopted = stage.of(Who::Lead).open_request(&wanted).await.unwrap();
    let adopted = already(adopted);
    assert_eq!(adopted.labels, ["hotfix", "urgent"]);
    assert_eq!(adopted.reviewers[0].login.as_deref(), Some("lea"));
    let milestone = adopted.milestone.as_ref().map(|one| one.id.as_str());
    assert_eq!(milestone, Some("MI_4"));
    let writes = stage.server.writes().len();
    already(stage.of(Who::Lead).open_request(&wanted).await.unwrap());
    assert_eq!(stage.server.writes().len(), writes, "nothing is left to do");
}

#[tokio::test]
async fn an_edit_that_is_half_done_is_no_refusal() {
    let stage = GithubStage::new();
    let opened = open(&stage).await;
    let driver = stage.of(Who::Driver);
    let no = || {
        let why =
            serde_json::json!({ "message": "Resource not accessible by personal access token" });
        Fault::Instead(Reply::json(403, &why))
    };
    let edit = RequestEdit {
        title: Some("Fix the crash well".to_owned()),
        labels: Some(vec!["hotfix".to_owned()]),
        ..RequestEdit::default()
    };
    let labels_alone = RequestEdit {
        title: None,
        ..edit.clone()
    };
    stage.server.trap("PUT", "/labels", no());
    let refusal = driver.edit_request(opened.id, &labels_alone).await;
    refused(refusal.unwrap(), "not accessible");
    stage.server.trap("PUT", "/labels", no());
    let halved = driver.edit_request(opened.id, &edit).await;
    let Ok(Written::Unknown(why)) = halved else {
        panic!("its title is another, and the answer is {halved:?}");
    };
    assert!(
        why.contains("not accessible") && why.ends_with("only its title, text or state changed"),
        "{why}"
    );
}

#[tokio::test]
async fn the_draft_mark_reviewers_and_the_state_are_edited_each_alone() {
    let stage = GithubStage::new();
    let opened = open(&stage).await;
    let driver = stage.of(Who::Driver);
    let edit = async |edit: RequestEdit| driver.edit_request(opened.id, &edit).await;
    let drafted = edit(RequestEdit {
        is_draft: Some(true),
        ..RequestEdit::default()
    });
    assert!(done(drafted.await.unwrap()).is_draft);
    let asked = edit(RequestEdit {
        reviewers: Some(vec!["lea".to_owned(), "mia".to_owned()]),
        ..RequestEdit::default()
    });
    assert_eq!(done(asked.await.unwrap()).reviewers.len(), 2);
    let fewer = edit(RequestEdit {
        reviewers: Some(vec!["mia".to_owned()]),
        ..RequestEdit::default()
    });
    assert_eq!(done(fewer.await.unwrap()).reviewers.len(), 1);
    let unknown = edit(RequestEdit {
        reviewers: Some(vec!["nobody".to_owned()]),
        ..RequestEdit::default()
    });
    refused(unknown.await.unwrap(), "collaborators");
    for is_open in [false, true] {
        let turned = edit(RequestEdit {
            is_open: Some(is_open),
            ..RequestEdit::default()
        });
        assert_eq!(done(turned.await.unwrap()).is_open(), is_open);
    }
    stage.server.trap(
        "POST",
        "/api/graphql",
        Fault::Instead(Reply::json(
            200,
            &serde_json::json!({"data": null, "errors": [{"message": "No rights."}]}),
        )),
    );
    let ready = edit(RequestEdit {
        is_draft: Some(false),
        ..RequestEdit::default()
    });
    refused(ready.await.unwrap(), "No rights.");
}

#[tokio::test]
async fn where_there_are_no_drafts_a_label_says_that_it_must_not_be_merged() {
    let stage = GithubStage::new();
    stage.fake.state().has_no_drafts = true;
    let driver = stage.of(Who::Driver);
    assert!(driver.capabilities().has_drafts, "nobody said otherwise");
    let draft = NewRequest {
        is_draft: true,
        ..new(&stage)
    };
    let opened = done(driver.open_request(&draft).await.unwrap());
    assert!(!opened.is_draft);
    let said = see(&stage, &opened).await.says_do_not_merge();
    assert_eq!(said.as_deref(), Some("the label `do not merge`"));
    assert!(!driver.capabilities().has_drafts);
}

#[tokio::test]
async fn a_merge_is_refused_with_githubs_reason() {
    let stage = GithubStage::new();
    let opened = open(&stage).await;
    let order = MergeOrder {
        request: opened.id,
        method: MergeMethod::Merge,
        head: opened.head.clone(),
        onto: stage.tip(&stage.main()),
        subject: "Merge the fix".to_owned(),
    };
    let driver = stage.of(Who::Driver);
    refused(driver.merge(&order).await.unwrap(), "\"unit\" is expected");
    let rebase = MergeOrder {
        method: MergeMethod::Rebase,
        ..order.clone()
    };
    refused(driver.merge(&rebase).await.unwrap(), "method rebase");
    let other: CommitId = "a".repeat(40).parse().expect("an id");
    let elsewhere = MergeOrder {
        onto: other,
        ..order
    };
    refused(driver.merge(&elsewhere).await.unwrap(), "`main` moved");
}

#[tokio::test]
async fn a_token_that_is_not_taken_says_what_to_do() {
    let stage = GithubStage::new();
    let refusal = Reply::json(401, &serde_json::json!({"message": "Bad credentials"}));
    stage.server.trap("GET", "/user", Fault::Instead(refusal));
    let error = stage.fresh(Who::Lead).me().await.expect_err("a bad token");
    let words = error.to_string();
    assert!(
        words.contains("Bad credentials") && words.contains("lanekeeper login"),
        "{words}"
    );
}
