//! What only GitLab's merge requests do: drafts by prefix, kept branches, refusals in their order, approvals by time.

use lanekeeper::forge::Forge;
use lanekeeper::forge::MergeOrder;
use lanekeeper::forge::NewRequest;
use lanekeeper::forge::RequestEdit;
use lanekeeper::forge::RequestQuery;
use lanekeeper::forge::Written;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::CheckState;
use lanekeeper::model::Decision;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::Mergeability;
use lanekeeper::model::Merged;
use lanekeeper::model::Milestone;
use lanekeeper::model::Subject;

use super::stage::GitlabStage;
use crate::forges::contract::Stage;
use crate::forges::contract::Who;
use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::contract::refused;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

fn new_request(stage: &GitlabStage) -> NewRequest {
    NewRequest {
        from: stage.from(),
        into: stage.onto(),
        title: "Fix the crash".to_owned(),
        body: "Why\n/merge\n".to_owned(),
        is_draft: false,
        labels: vec!["hotfix".to_owned()],
        milestone: Some(Milestone {
            id: "604".to_owned(),
            title: "Release 604".into(),
        }),
        reviewers: vec!["@lena".to_owned(), "nobody".to_owned()],
        hotfix: None,
    }
}

pub(super) async fn open(stage: &GitlabStage) -> ChangeRequest {
    let new = new_request(stage);
    done(stage.forge(Who::Driver).open_request(&new).await.unwrap())
}

pub(super) fn order(
    stage: &GitlabStage,
    request: &ChangeRequest,
    method: MergeMethod,
) -> MergeOrder {
    MergeOrder {
        request: request.id,
        method,
        head: stage.tip(&stage.from()),
        onto: stage.tip(&stage.onto()),
        subject: "Merge the fix".to_owned(),
    }
}

pub(super) async fn merge(stage: &GitlabStage, who: Who, order: &MergeOrder) -> Written<Merged> {
    stage.forge(who).merge(order).await.unwrap()
}

pub(super) async fn see(stage: &GitlabStage, request: &ChangeRequest) -> ChangeRequest {
    let query = RequestQuery {
        id: Some(request.id),
        ..RequestQuery::default()
    };
    let mut found = stage.forge(Who::Lead).requests(&query).await.unwrap();
    found.remove(0)
}

#[tokio::test]
async fn a_request_is_opened_with_its_reviewers_and_without_quick_actions() {
    let stage = GitlabStage::new();
    let opened = open(&stage).await;
    let names: Vec<&str> = opened.reviewers.iter().map(|one| one.account()).collect();
    assert_eq!(names, ["lena"]);
    let milestone = opened.milestone.as_ref().map(|one| one.id.as_str());
    assert_eq!(milestone, Some("604"));
    assert_eq!(opened.body.raw(), "Why\n\\/merge\n");
    assert_eq!(
        opened.url.as_deref(),
        Some("https://gitlab.example/acme/shop/-/merge_requests/77")
    );
    let draft = RequestEdit {
        is_draft: Some(true),
        ..RequestEdit::default()
    };
    let forge = stage.forge(Who::Driver);
    assert!(done(forge.edit_request(opened.id, &draft).await.unwrap()).is_draft);
    assert_eq!(stage.state().mrs[0].title, "Draft: Fix the crash");
    already(forge.edit_request(opened.id, &draft).await.unwrap());
}

#[tokio::test]
async fn the_merge_is_squashed_as_ordered_and_the_branch_survives() {
    let stage = GitlabStage::new();
    let opened = open(&stage).await;
    let order = order(&stage, &opened, MergeMethod::Squash);
    let merged = done(merge(&stage, Who::Driver, &order).await);
    assert_eq!(merged.method, Some(MergeMethod::Squash));
    assert_eq!(merged.commit, stage.tip(&stage.onto()));
    assert_eq!(
        stage.tip(&stage.from()),
        order.head,
        "the source branch is kept"
    );
    let rebase = MergeOrder {
        method: MergeMethod::Rebase,
        ..order
    };
    already(merge(&stage, Who::Driver, &rebase).await);
}

#[tokio::test]
async fn a_commit_leads_to_its_requests() {
    let stage = GitlabStage::new();
    let opened = open(&stage).await;
    let order = order(&stage, &opened, MergeMethod::Merge);
    let merged = done(merge(&stage, Who::Driver, &order).await);
    let forge = stage.forge_of("dana");
    for commit in [&merged.commit, &order.head] {
        let found = forge.requests_of(commit).await.unwrap();
        assert_eq!(
            found.iter().map(|one| one.id).collect::<Vec<_>>(),
            [opened.id]
        );
    }
}

#[tokio::test]
async fn each_refusal_of_a_merge_says_what_is_missing() {
    let stage = GitlabStage::guarded();
    let opened = open(&stage).await;
    let order = order(&stage, &opened, MergeMethod::Merge);
    refused(merge(&stage, Who::Driver, &order).await, "more approvals");
    let seen = see(&stage, &opened).await;
    let Mergeability::Blocked(why) = seen.mergeability else {
        panic!("{:?}", seen.mergeability);
    };
    assert_eq!(why, "GitLab asks for more approvals: Leads (0 of 2)");
    stage.state().required_approvals = 0;
    refused(
        merge(&stage, Who::Driver, &order).await,
        "a pipeline that passed",
    );
    stage.state().needs_pipeline = false;
    refused(
        merge(&stage, Who::Stranger, &order).await,
        "you may not merge into `main`",
    );
    let method = MergeOrder {
        method: MergeMethod::Rebase,
        ..order.clone()
    };
    refused(
        merge(&stage, Who::Driver, &method).await,
        "do not allow `rebase`",
    );
    // Pushed between our look and the call: GitLab has the last word, and what it says names the head.
    let late = Fault::Instead(Reply::json(
        409,
        &serde_json::json!({"message": "SHA does not match HEAD"}),
    ));
    stage.server_trap("PUT", "/merge", late);
    refused(merge(&stage, Who::Driver, &order).await, "another head");
    done(merge(&stage, Who::Driver, &order).await);
}

/// Returns the sentence of a refusal.
fn why<T: std::fmt::Debug>(written: Written<T>) -> String {
    match written {
        Written::Refused(why) => why,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn a_lack_of_rights_is_said_as_one_though_gitlab_answers_as_to_a_stranger() {
    let stage = GitlabStage::new();
    let opened = open(&stage).await;
    let order = order(&stage, &opened, MergeMethod::Merge);
    let (http, stranger) = stage.connected("sam");
    assert_eq!(
        why(stranger.merge(&order).await.unwrap()),
        "request 77: you may not merge into `main` (401 Unauthorized)"
    );
    assert_eq!(http.signed_out(), None, "the token stands");

    let no = || Reply::json(401, &serde_json::json!({ "message": "401 Unauthorized" }));
    let subject = Subject::Request(opened.id);
    let (http, lead) = stage.connected("lena");
    let say = async |decision| {
        let said = lead.decide(&subject, &opened.head, None, decision, None);
        said.await.unwrap()
    };
    stage.server_trap("POST", "/approve", Fault::Instead(no()));
    assert_eq!(
        why(say(Decision::Approved).await),
        "GitLab does not let you approve it (401 Unauthorized)"
    );
    assert_eq!(http.signed_out(), None);
    done(say(Decision::Approved).await);
    stage.server_trap("POST", "/unapprove", Fault::Instead(no()));
    assert_eq!(
        why(say(Decision::Rejected).await),
        "your earlier approval cannot be taken back: 401 Unauthorized"
    );
    assert_eq!(http.signed_out(), None);
}

#[tokio::test]
async fn a_token_that_ended_says_how_to_sign_in_also_where_rights_are_refused_alike() {
    let stage = GitlabStage::new();
    let opened = open(&stage).await;
    let (http, lead) = stage.connected("lena");
    let expired = || Reply::json(401, &serde_json::json!({ "message": "Token is expired." }));
    // Who we are was asked when the look began.
    lead.me().await.unwrap();
    stage.server_trap("POST", "/approve", Fault::Instead(expired()));
    stage.server_trap("GET", "/user", Fault::Instead(expired()));
    let subject = Subject::Request(opened.id);
    let said = lead.decide(&subject, &opened.head, None, Decision::Approved, None);
    let sentence =
        "127.0.0.1 does not accept the token (Token is expired.); run: lanekeeper login 127.0.0.1";
    assert_eq!(why(said.await.unwrap()), sentence);
    assert_eq!(http.signed_out().as_deref(), Some(sentence));
}

#[tokio::test]
async fn a_conflict_and_a_check_under_way_are_no_yes() {
    let stage = GitlabStage::new();
    let opened = open(&stage).await;
    stage.state().checking = 1;
    assert_eq!(
        see(&stage, &opened).await.mergeability,
        Mergeability::Checking
    );
    stage.world.switch("main", Some("origin/main"));
    stage
        .world
        .change("shop.txt", "one\nzwei\nthree\n", "Another");
    stage.world.git(&["push", "-q", "origin", "HEAD"]);
    assert_eq!(
        see(&stage, &opened).await.mergeability,
        Mergeability::Conflicts(Vec::new())
    );
    let order = order(&stage, &opened, MergeMethod::Merge);
    refused(merge(&stage, Who::Driver, &order).await, "conflicts");
}

#[tokio::test]
async fn a_merge_waits_while_gitlab_checks_before_it_and_merges_after_it() {
    let stage = GitlabStage::with(|state| {
        state.checking = 3;
        state.locked = 3;
    });
    let opened = open(&stage).await;
    let order = order(&stage, &opened, MergeMethod::Merge);
    done(merge(&stage, Who::Driver, &order).await);
}

#[tokio::test]
async fn a_merge_that_stays_locked_is_unknown_and_not_done() {
    let stage = GitlabStage::with(|state| state.locked = 1_000);
    let opened = open(&stage).await;
    let order = order(&stage, &opened, MergeMethod::Merge);
    let written = merge(&stage, Who::Driver, &order).await;
    assert!(matches!(written, Written::Unknown(_)), "{written:?}");
    stage.state().locked = 0;
    already(merge(&stage, Who::Driver, &order).await);
}

#[tokio::test]
async fn jobs_and_bridges_are_checks_and_those_that_may_fail_are_not_required() {
    let stage = GitlabStage::new();
    let opened = open(&stage).await;
    stage.pass_checks(&opened.head);
    {
        let mut state = stage.state();
        let job = state.job_named("coverage");
        job.allow_failure = true;
        job.status = "failed";
        state.job_named("trivy").status = "manual";
    }
    let seen = see(&stage, &opened).await;
    let find = |name: &str| {
        let mut checks = seen.checks.iter();
        let found = checks.find(|check| check.name.as_str() == name);
        let found = found.expect("a check of that name");
        (found.state, found.is_required)
    };
    assert_eq!(find("lint"), (CheckState::Passed, true));
    assert_eq!(find("review"), (CheckState::Passed, true));
    assert_eq!(find("coverage"), (CheckState::Failed, false));
    assert_eq!(find("trivy"), (CheckState::Missing, true));
}

#[tokio::test]
async fn a_rejection_is_seen_by_all_until_the_same_person_approves() {
    let stage = GitlabStage::new();
    let opened = open(&stage).await;
    let subject = Subject::Request(opened.id);
    let lead = stage.forge(Who::Lead);
    let say = async |decision: Decision, comment: Option<&str>| {
        lead.decide(&subject, &opened.head, None, decision, comment)
            .await
            .unwrap()
    };
    done(say(Decision::Approved, None).await);
    done(say(Decision::Rejected, Some("/close it, there is no test")).await);
    already(say(Decision::Rejected, None).await);
    let seen = see(&stage, &opened).await;
    let [only] = seen.approvals.as_slice() else {
        panic!("{:?}", seen.approvals);
    };
    assert_eq!(
        (only.decision, &only.head),
        (Decision::Rejected, &opened.head)
    );
    assert_eq!(
        only.comment.as_ref().map(|text| text.raw()),
        Some("\\/close it, there is no test")
    );
    done(say(Decision::Approved, None).await);
    let seen = see(&stage, &opened).await;
    assert_eq!(
        seen.approvals.last().map(|one| one.decision),
        Some(Decision::Approved)
    );
}

#[tokio::test]
async fn a_list_is_complete_over_pages_and_leaves_out_what_is_closed_only_when_asked() {
    let stage = GitlabStage::new();
    let driver = stage.forge(Who::Driver);
    for number in 0..5 {
        stage.world.switch(&format!("fix/{number}"), Some("main"));
        stage.world.change(&format!("{number}.txt"), "x\n", "More");
    }
    stage.world.push();
    for number in 0..5 {
        let new = NewRequest {
            from: format!("fix/{number}").parse().expect("a name"),
            ..new_request(&stage)
        };
        done(driver.open_request(&new).await.unwrap());
    }
    stage.state().mrs[1].state = "closed";
    let ids = |all: &[ChangeRequest]| all.iter().map(|one| one.id.0).collect::<Vec<_>>();
    let all = driver.requests(&RequestQuery::default()).await.unwrap();
    assert_eq!(ids(&all), [81, 80, 79, 78, 77]);
    let open = RequestQuery {
        only_open: true,
        ..RequestQuery::default()
    };
    assert_eq!(
        ids(&driver.requests(&open).await.unwrap()),
        [81, 80, 79, 77]
    );
}

#[tokio::test]
async fn a_project_that_is_not_there_and_a_bad_token_are_one_clear_sentence_each() {
    let stage = GitlabStage::new();
    let stranger = stage.forge_of("nobody");
    let error = stranger
        .requests(&RequestQuery::default())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("lanekeeper login 127.0.0.1"),
        "{error}"
    );
    let gone = Fault::Instead(Reply::json(
        404,
        &serde_json::json!({"message": "404 Project Not Found"}),
    ));
    stage.server_trap("GET", "/projects/acme%2Fshop", gone);
    let error = stage
        .forge(Who::Driver)
        .requests(&RequestQuery::default())
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the project `acme/shop` on 127.0.0.1"),
        "{error}"
    );
}
