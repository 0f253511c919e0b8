//! A decision that takes an earlier approval back first: where the second half fails, the first is told. Decisions are told
//! after the merge too.

use lanekeeper::forge::Forge;
use lanekeeper::forge::RequestQuery;
use lanekeeper::forge::Written;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::Decision;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::Subject;

use super::requests::merge;
use super::requests::open;
use super::requests::order;
use super::requests::see;
use super::stage::GitlabStage;
use crate::forges::contract::Stage;
use crate::forges::contract::Who;
use crate::forges::contract::done;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

/// Lets the lead approve, and then say something else, which GitLab refuses after it took the approval back.
async fn halved(decision: Decision, is_pushed: bool, part: &str) {
    let stage = GitlabStage::new();
    let opened = open(&stage).await;
    let subject = Subject::Request(opened.id);
    let lead = stage.forge(Who::Lead);
    let yes = lead.decide(&subject, &opened.head, None, Decision::Approved, None);
    done(yes.await.unwrap());
    let head = if is_pushed {
        stage.push(&stage.from())
    } else {
        opened.head.clone()
    };
    let no = Reply::json(403, &serde_json::json!({ "message": "403 Forbidden" }));
    stage.server_trap("POST", part, Fault::Instead(no));
    let said = lead.decide(&subject, &head, None, decision, None).await;
    let Ok(Written::Unknown(why)) = said else {
        panic!("half of it was done, and the answer is {said:?}");
    };
    assert!(
        why.starts_with("your earlier approval was taken back") && why.contains("403 Forbidden"),
        "{why}"
    );
    assert!(
        see(&stage, &opened).await.approvals.is_empty(),
        "it is gone"
    );
    done(
        lead.decide(&subject, &head, None, decision, None)
            .await
            .unwrap(),
    );
    let approvals = see(&stage, &opened).await.approvals;
    let last = approvals.last().map(|one| (one.decision, one.head.clone()));
    assert_eq!(last, Some((decision, head)));
}

#[tokio::test]
async fn a_no_that_is_refused_after_the_yes_was_taken_back_says_so() {
    halved(Decision::Rejected, false, "/notes").await;
}

#[tokio::test]
async fn a_yes_to_a_new_head_that_is_refused_says_that_the_old_one_is_gone() {
    halved(Decision::Approved, true, "/approve").await;
}

#[tokio::test]
async fn who_approved_is_told_after_the_merge_too() {
    let stage = GitlabStage::new();
    let opened = open(&stage).await;
    let subject = Subject::Request(opened.id);
    let lead = stage.forge(Who::Lead);
    let yes = lead
        .decide(&subject, &opened.head, None, Decision::Approved, None)
        .await
        .unwrap();
    let said = done(yes);
    let order = order(&stage, &opened, MergeMethod::Merge);
    done(merge(&stage, Who::Driver, &order).await);
    let told = |request: &ChangeRequest| {
        assert!(request.merged().is_some(), "{:?}", request.state);
        let approvals = request.approvals.iter();
        let told = approvals.map(|one| (one.by.clone(), one.decision, one.head.clone()));
        told.collect::<Vec<_>>()
    };
    let wanted = [(said.by, Decision::Approved, opened.head.clone())];
    assert_eq!(told(&see(&stage, &opened).await), wanted);
    // A list of everything leaves it out; asked by its number it is the same, the second time without asking again.
    let forge = stage.forge_of("dana");
    let part = format!("/{}/approvals", opened.id);
    let before = stage.reads(&part);
    for _ in 0..2 {
        let all = forge.requests(&RequestQuery::default()).await.unwrap();
        let found = all.iter().find(|one| one.id == opened.id);
        let mut found = found.expect("it is listed").clone();
        let mut decisions = forge.decisions(&[opened.id]).await.unwrap();
        found.approvals = decisions.remove(&opened.id).expect("its lane has seats");
        assert_eq!(told(&found), wanted);
    }
    assert_eq!(stage.reads(&part), before + 1);
}

#[tokio::test]
async fn whoever_pushed_the_head_is_told_as_the_events_have_it() {
    let stage = GitlabStage::new();
    let opened = open(&stage).await;
    assert_eq!(opened.last_pusher, None, "no event tells it");
    let pushed = |head: &str, login: &str| {
        let mut state = stage.state();
        let user = state.users.iter().find(|user| user.username == login);
        let user = user.expect("one of them").clone();
        let branch = stage.from().to_string();
        state.pushed.push((user, branch, head.to_owned()));
    };
    let head = stage.push(&stage.from());
    pushed(opened.head.as_str(), "dana");
    pushed(head.as_str(), "lena");
    // Others push elsewhere.
    pushed(&"c".repeat(40), "pat");
    let lena = stage.forge(Who::Lead).me().await.unwrap();
    let before = stage.reads("/events");
    for _ in 0..2 {
        let seen = see(&stage, &opened).await;
        assert_eq!(seen.head, head);
        assert_eq!(seen.last_pusher.as_ref(), Some(&lena));
    }
    assert!(stage.reads("/events") > before);
    let asked = stage.reads("/events");
    see(&stage, &opened).await;
    assert_eq!(stage.reads("/events"), asked, "it is known of this head");
}

/// Before 18.4 GitLab's answers do not say when somebody approved. Its notes do, a moment later.
#[tokio::test]
async fn an_approval_without_a_time_is_dated_by_gitlabs_own_note_and_never_taken_back_for_it() {
    let stage = GitlabStage::with(|state| state.dates_approvals = false);
    let opened = open(&stage).await;
    let subject = Subject::Request(opened.id);
    let lead = stage.forge(Who::Lead);
    let yes = || lead.decide(&subject, &opened.head, None, Decision::Approved, None);
    done(yes().await.unwrap());
    let one = see(&stage, &opened).await.approvals;
    assert_eq!((one.len(), &one[0].head), (1, &opened.head));
    assert!(one[0].proof.void.is_none(), "{one:?}");
    assert!(matches!(yes().await, Ok(Written::AlreadyDone(_))));

    // The note is not there yet.
    let notes = std::mem::take(&mut stage.state().mrs[0].told);
    let void = |seen: &ChangeRequest| {
        let void = seen.approvals.first()?.proof.void.clone()?;
        Some((seen.approvals.len(), void))
    };
    let why = "was given at a time that gitlab 17.10 does not tell";
    let seen = see(&stage, &opened).await;
    assert_eq!(void(&seen), Some((1, why.to_owned())));
    let again = yes().await;
    assert!(
        matches!(&again, Ok(Written::Refused(said)) if said.contains(why)),
        "{again:?}"
    );
    assert_eq!(stage.writes("/unapprove"), 0);
    // A no takes it back, whatever it was for.
    stage.state().mrs[0].told = notes;
    let no = lead.decide(&subject, &opened.head, None, Decision::Rejected, None);
    done(no.await.unwrap());
    let said = see(&stage, &opened).await.approvals;
    let said: Vec<Decision> = said.iter().map(|one| one.decision).collect();
    assert_eq!(said, [Decision::Rejected]);
}
