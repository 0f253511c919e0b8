//! What only this forge does with requests.

use lanekeeper::forge::Error;
use lanekeeper::forge::Forge;
use lanekeeper::forge::MergeOrder;
use lanekeeper::forge::NewRequest;
use lanekeeper::forge::RequestEdit;
use lanekeeper::forge::RequestQuery;
use lanekeeper::forge::Written;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::CheckState;
use lanekeeper::model::Decision;
use lanekeeper::model::Enforcement;
use lanekeeper::model::HotfixId;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::Mergeability;
use lanekeeper::model::Milestone;
use lanekeeper::model::Subject;

use crate::forges::contract::Stage;
use crate::forges::contract::Who;
use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::contract::refused;
use crate::forges::fake_gitea::FORGEJO;
use crate::forges::fake_gitea::GITEA;
use crate::forges::fake_gitea::GITEA_OLD;
use crate::forges::fake_gitea::User;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

use super::stage::GiteaStage;
use super::stage::main_branch;

pub(super) fn new(stage: &GiteaStage) -> NewRequest {
    NewRequest {
        from: stage.from(),
        into: main_branch(),
        title: "Fix the crash".to_owned(),
        body: "It crashed.".to_owned(),
        is_draft: false,
        labels: Vec::new(),
        milestone: None,
        reviewers: Vec::new(),
        hotfix: None,
    }
}

pub(super) async fn opened(stage: &GiteaStage) -> ChangeRequest {
    done(stage.ana().open_request(&new(stage)).await.unwrap())
}

pub(super) fn order(stage: &GiteaStage, request: &ChangeRequest) -> MergeOrder {
    MergeOrder {
        request: request.id,
        method: MergeMethod::Merge,
        head: stage.tip(&stage.from()),
        onto: stage.tip(&main_branch()),
        subject: "Merge the fix".to_owned(),
    }
}

/// Takes what protects `main` away.
pub(super) fn unprotected(version: &str) -> GiteaStage {
    let stage = GiteaStage::new(version);
    stage.fake.state().protections.clear();
    stage
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_says_what_it_is_and_the_project_how_it_merges() {
    for (version, name) in [
        (FORGEJO, "forgejo 17.0.0"),
        (GITEA, "gitea 1.25.1"),
        (GITEA_OLD, "gitea 1.23.0"),
    ] {
        let stage = GiteaStage::new(version);
        stage.fake.state().methods.remove("squash");
        assert_eq!(stage.ana().capabilities().forge, "gitea");
        let none = stage
            .ana()
            .requests(&RequestQuery::default())
            .await
            .unwrap();
        assert!(none.is_empty());
        let capabilities = stage.ana().capabilities();
        assert_eq!(capabilities.forge, name);
        assert_eq!(
            capabilities.merge_methods,
            [MergeMethod::Merge, MergeMethod::Rebase]
        );
        assert_eq!(capabilities.seats, Enforcement::Console);
        let me = stage.ana().me().await.unwrap();
        assert_eq!((me.id.as_str(), me.login.as_deref()), ("11", Some("ana")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_many_pages_finds_by_branch_by_hotfix_and_leaves_forks_out() {
    for version in [FORGEJO, GITEA_OLD] {
        let stage = unprotected(version);
        let id: HotfixId = "20260412-npe-7f3a9c".parse().unwrap();
        let with_id = NewRequest {
            hotfix: Some(id.clone()),
            ..new(&stage)
        };
        let mine = done(stage.ana().open_request(&with_id).await.unwrap());
        assert_eq!(mine.hotfix, Some(id.clone()));
        for name in ["a", "b", "c", "d", "e"] {
            stage.world.switch(name, Some("main"));
            stage.world.change(name, name, name);
            stage.world.push();
            let other = NewRequest {
                from: name.parse().unwrap(),
                ..new(&stage)
            };
            done(stage.ana().open_request(&other).await.unwrap());
        }
        stage.fake.state().pull(6).is_fork = true;
        let closed = RequestEdit {
            is_open: Some(false),
            ..RequestEdit::default()
        };
        done(
            stage
                .ana()
                .edit_request(lanekeeper::model::RequestId(3), &closed)
                .await
                .unwrap(),
        );
        let all = stage
            .ana()
            .requests(&RequestQuery::default())
            .await
            .unwrap();
        let numbers: Vec<u64> = all.iter().map(|request| request.id.0).collect();
        assert_eq!(numbers, [5, 4, 3, 2, 1], "newest first, without the fork's");
        let one = async |query: RequestQuery| {
            let found = stage.ana().requests(&query).await.unwrap();
            found.iter().map(|request| request.id.0).collect::<Vec<_>>()
        };
        let by_hotfix = RequestQuery {
            hotfix: Some(id),
            ..RequestQuery::default()
        };
        assert_eq!(one(by_hotfix).await, [1]);
        let by_branch = RequestQuery {
            from: Some("c".parse().unwrap()),
            only_open: true,
            ..RequestQuery::default()
        };
        assert_eq!(one(by_branch).await, [4]);
        let by_id = RequestQuery {
            id: Some(lanekeeper::model::RequestId(99)),
            ..RequestQuery::default()
        };
        assert!(one(by_id).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_at_many_ended_requests_asks_nothing_of_each() {
    let stage = unprotected(FORGEJO);
    for name in ["a", "b", "c", "d"] {
        stage.world.switch(name, Some("main"));
        stage.world.change(name, name, name);
        stage.world.push();
        let other = NewRequest {
            from: name.parse().unwrap(),
            ..new(&stage)
        };
        let made = done(stage.ana().open_request(&other).await.unwrap());
        let order = MergeOrder {
            request: made.id,
            head: made.head,
            ..order(&stage, &opened_as(&stage, made.id).await)
        };
        done(stage.ana().merge(&order).await.unwrap());
    }
    let before = stage.server.log().len();
    let fresh = stage.forge(Who::Lead);
    fresh.requests(&RequestQuery::default()).await.unwrap();
    let asked = stage.server.log().len() - before;
    assert_eq!(
        asked,
        3 + 1 + 2,
        "version, settings, project; one page of open ones, two of ended ones"
    );
}

pub(super) async fn opened_as(
    stage: &GiteaStage,
    id: lanekeeper::model::RequestId,
) -> ChangeRequest {
    let query = RequestQuery {
        id: Some(id),
        ..RequestQuery::default()
    };
    stage.ana().requests(&query).await.unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_made_the_head_is_told_as_the_one_who_pushed_it() {
    for version in [FORGEJO, GITEA] {
        let stage = GiteaStage::new(version);
        let before = opened(&stage).await;
        let by = |seen: &ChangeRequest| {
            let by = seen.last_pusher.as_ref()?;
            by.login.clone()
        };
        assert_eq!(by(&before).as_deref(), Some("ana"));
        stage.fake.state().users.push(User {
            id: 17,
            login: "Dev",
            may_write: true,
        });
        let head = stage.push(&stage.from());
        let seen = opened_as(&stage, before.id).await;
        assert_eq!((&seen.head, by(&seen).as_deref()), (&head, Some("Dev")));
        // Its address is nobody's account.
        stage.fake.state().users.pop();
        let head = stage.push(&stage.from());
        let seen = opened_as(&stage, before.id).await;
        assert_eq!((&seen.head, by(&seen)), (&head, None));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_that_counts_for_nothing_without_a_rule_is_told_with_what_to_do() {
    let stage = unprotected(FORGEJO);
    stage.fake.state().needs_a_rule = true;
    let request = opened(&stage).await;
    let subject = Subject::Request(request.id);
    let tia = stage.forge(Who::Lead);
    let yes = tia.decide(&subject, &request.head, None, Decision::Approved, None);
    refused(
        yes.await.unwrap(),
        "protect main and ask for approvals there",
    );
    assert!(opened_as(&stage, request.id).await.approvals.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_main_demands_is_on_the_request() {
    let stage = GiteaStage::new(FORGEJO);
    let request = opened(&stage).await;
    assert_eq!(request.checks.len(), 1);
    assert_eq!(request.checks[0].state, CheckState::Missing);
    assert!(request.checks[0].is_required);
    assert_eq!(
        request.mergeability,
        Mergeability::Blocked("forgejo wants 2 approvals for main, it counts 0".to_owned())
    );
    let capabilities = stage.ana().capabilities();
    assert_eq!(capabilities.approvals_into(&main_branch()), Some(2));
    stage
        .fake
        .state()
        .report(request.head.as_str(), "ci/unit", "failure");
    stage
        .fake
        .state()
        .report(request.head.as_str(), "lint", "success");
    let seen = opened_as(&stage, request.id).await;
    let states: Vec<(&str, CheckState, bool)> = seen
        .checks
        .iter()
        .map(|check| (check.name.as_str(), check.state, check.is_required))
        .collect();
    assert_eq!(
        states,
        [
            ("ci/unit", CheckState::Failed, true),
            ("lint", CheckState::Passed, false)
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejection_has_words_and_a_dismissed_review_is_none() {
    let stage = GiteaStage::new(FORGEJO);
    let request = opened(&stage).await;
    let subject = Subject::Request(request.id);
    let [role, _] = stage.seats();
    let lead = stage.forge(Who::Lead);
    let no = lead.decide(
        &subject,
        &request.head,
        Some(&role),
        Decision::Rejected,
        None,
    );
    let no = done(no.await.unwrap());
    assert_eq!(no.decision, Decision::Rejected);
    let seen = opened_as(&stage, request.id).await;
    assert_eq!(seen.approvals[0].role, Some(role));
    assert_eq!(
        seen.approvals[0].comment.as_ref().unwrap().raw(),
        "Rejected."
    );
    stage.fake.state().pull(request.id.0).reviews[0].is_dismissed = true;
    assert!(opened_as(&stage, request.id).await.approvals.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reviewers_are_asked_and_who_cannot_be_asked_does_not_stop_a_hotfix() {
    let stage = GiteaStage::new(FORGEJO);
    let asking = NewRequest {
        reviewers: ["@tia", "ana", "gone"].map(str::to_owned).to_vec(),
        milestone: Some(Milestone {
            id: "4".to_owned(),
            title: "Release 4".into(),
        }),
        ..new(&stage)
    };
    let request = done(stage.ana().open_request(&asking).await.unwrap());
    let asked = |request: &ChangeRequest| -> Vec<String> {
        request
            .reviewers
            .iter()
            .filter_map(|one| one.login.clone())
            .collect()
    };
    assert_eq!(asked(&request), ["tia"]);
    let milestone = request.milestone.as_ref().map(|one| one.id.as_str());
    assert_eq!(milestone, Some("4"));
    let edit = RequestEdit {
        reviewers: Some(vec!["pia".to_owned()]),
        body: Some("Anew.".to_owned()),
        ..RequestEdit::default()
    };
    let request = done(stage.ana().edit_request(request.id, &edit).await.unwrap());
    assert_eq!(asked(&request), ["pia"]);
    assert_eq!(request.body.raw(), "Anew.");
    already(stage.ana().edit_request(request.id, &edit).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_label_that_cannot_be_made_refuses_before_anything_is_opened() {
    let stage = GiteaStage::new(FORGEJO);
    let labelled = NewRequest {
        labels: vec!["retrofit".to_owned()],
        ..new(&stage)
    };
    let zoe = stage.forge(Who::Stranger);
    refused(zoe.open_request(&labelled).await.unwrap(), "`retrofit`");
    assert!(stage.fake.state().pulls.is_empty());
    let known = NewRequest {
        labels: vec!["hotfix".to_owned()],
        ..new(&stage)
    };
    let request = done(zoe.open_request(&known).await.unwrap());
    assert_eq!(request.labels, ["hotfix"], "the organisation has it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_project_a_bad_token_and_a_missing_branch_are_one_clear_sentence_each() {
    let stage = GiteaStage::new(FORGEJO);
    let missing = NewRequest {
        from: "hotfix/none".parse().unwrap(),
        ..new(&stage)
    };
    refused(
        stage.ana().open_request(&missing).await.unwrap(),
        "no branch `hotfix/none`",
    );
    let itself = NewRequest {
        from: main_branch(),
        ..new(&stage)
    };
    refused(
        stage.ana().open_request(&itself).await.unwrap(),
        "into itself",
    );
    stage.fake.state().users.retain(|user| user.login != "tia");
    let error = stage
        .forge(Who::Lead)
        .requests(&RequestQuery::default())
        .await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("does not accept the token"), "{error}");
    stage.server.trap_after(
        "GET",
        "/repos/acme/shop",
        0,
        9,
        Fault::Instead(Reply::empty(404)),
    );
    let error = stage
        .forge(Who::Manager)
        .requests(&RequestQuery::default())
        .await;
    assert!(matches!(error, Err(Error::NotFound { .. })), "{error:?}");
    assert!(error.unwrap_err().to_string().contains("acme/shop"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_request_is_reopened_and_a_merged_one_stays_as_it_is() {
    let stage = unprotected(FORGEJO);
    let request = opened(&stage).await;
    let state = |is_open: bool| RequestEdit {
        is_open: Some(is_open),
        ..RequestEdit::default()
    };
    let ana = stage.ana();
    let closed = done(ana.edit_request(request.id, &state(false)).await.unwrap());
    assert!(!closed.is_open() && closed.merged().is_none());
    refused(ana.merge(&order(&stage, &request)).await.unwrap(), "closed");
    done(ana.edit_request(request.id, &state(true)).await.unwrap());
    done(ana.merge(&order(&stage, &request)).await.unwrap());
    let again = ana.edit_request(request.id, &state(true)).await.unwrap();
    refused(again, "merged");
    assert!(matches!(
        ana.edit_request(request.id, &state(false)).await.unwrap(),
        Written::AlreadyDone(_)
    ));
}
