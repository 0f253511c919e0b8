//! A server that dies after a merge has moved the branch, and before it wrote down that the request is merged.

use std::sync::Arc;

use lanekeeper::engine::Board;
use lanekeeper::engine::Found;
use lanekeeper::engine::Intent;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::StepState;
use lanekeeper::engine::plan;
use lanekeeper::forge::Forge;
use lanekeeper::forge::MergeOrder;
use lanekeeper::model::HotfixId;
use lanekeeper::model::MergeMethod;
use lanekeeper::ops::Silent;
use lanekeeper::record::Event;

use crate::forges::contract::Stage;
use crate::forges::contract::done;
use crate::forges::fake_gitea::FORGEJO;
use crate::forges::fake_gitea::GITEA;
use crate::forges::fake_gitea::GITEA_OLD;
use crate::forges::server::Fault;

use super::hotfix::Play;
use super::stage::GiteaStage;
use super::stage::main_branch;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_that_moved_the_branch_is_done_although_its_request_stays_open() {
    for version in [FORGEJO, GITEA, GITEA_OLD] {
        for fault in [None, Some(Fault::CloseAfter)] {
            let stage = GiteaStage::new(version);
            stage.fake.state().protections.clear();
            let request = stage.opened().await;
            let order = stage.order(&request);
            stage.fake.state().leaves_merges_open = true;
            if let Some(fault) = fault {
                stage.server.trap("POST", "/merge", fault);
            }
            let merged = done(stage.ana().merge(&order).await.unwrap());
            assert_eq!(merged.commit, stage.tip(&main_branch()));
            assert_eq!(
                stage.parents(&merged.commit),
                [order.onto.clone(), order.head]
            );
            let state = stage.fake.state();
            assert!(state.pulls[0].merge.is_none(), "the request is open");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_squash_or_a_fast_forward_that_moved_the_branch_is_done_as_well() {
    for method in [MergeMethod::Squash, MergeMethod::Rebase] {
        let stage = GiteaStage::new(GITEA);
        stage.fake.state().protections.clear();
        let request = stage.opened().await;
        let order = MergeOrder {
            method,
            ..stage.order(&request)
        };
        stage.fake.state().leaves_merges_open = true;
        stage.server.trap("POST", "/merge", Fault::CloseAfter);
        let merged = done(stage.ana().merge(&order).await.unwrap());
        assert_eq!(merged.commit, stage.tip(&main_branch()));
        assert_eq!(merged.method, Some(method));
        assert_eq!(stage.parents(&merged.commit), [order.onto]);
    }
}

/// A hotfix whose merge into RUN was sent, and of which nothing was heard since: the network fell silent with it.
fn cut_off(has_moved: bool) -> (Play, HotfixId) {
    cut_off_by(MergeMethod::Merge, has_moved)
}

/// The same where the project's settings allow nothing else.
fn cut_off_by(method: MergeMethod, has_moved: bool) -> (Play, HotfixId) {
    let play = Play::new(GITEA);
    let is_it = |one: &&'static str| *one == method.word();
    play.fake.state().methods.retain(is_it);
    let id = play.team.start("refund");
    play.team.fix(&[(3, "fixed")], "Fix the refund");
    play.team.tried(&id, "do run").expect("it is opened");
    let board = play.team.look(&id);
    let record = board.record.clone().expect("a record");
    let merge: Intent = "do run".parse().expect("words of an intent");
    let planned = plan(&merge, &board.book, &record, &board.seen).expect("it can be merged");
    play.fake.state().leaves_merges_open = has_moved;
    let fault = if has_moved {
        Fault::CloseAfter
    } else {
        Fault::CloseBefore
    };
    let silence = Fault::AndSilence(Box::new(fault));
    play.server.trap("POST", "/merge", silence);
    let sent = play.team.workspace().execute(&planned, Arc::new(Silent));
    let report = play.team.wait(sent).expect("it is carried out");
    let unknown = report.results.iter();
    let unknown = unknown.filter(|result| result.outcome == Outcome::Unknown);
    assert_eq!(unknown.count(), 1, "{:?}", report.results);
    play.server.heal();
    (play, id)
}

/// Returns what was found of the merge, and the words that decide about it.
fn found(board: &Board, how: &str) -> (Found, String) {
    let left = board.seen.interrupted.first().expect("it is told");
    let mut calls = left.calls.iter();
    let call = calls.find(|call| call.call.starts_with("merge "));
    let found = call.expect("the merge is told").found.clone();
    (found, format!("resume {} --{how}", left.intent))
}

fn findings(board: &Board) -> String {
    let progress = board.progress.as_ref().expect("a hotfix is selected");
    let texts = progress.findings.iter().map(|one| one.text.as_str());
    texts.collect::<Vec<_>>().join("\n")
}

fn is_run_done(board: &Board) -> bool {
    let progress = board.progress.as_ref().expect("a hotfix is selected");
    let run = progress.steps.iter().find(|step| step.id.as_str() == "run");
    matches!(run.expect("the playbook has it").state, StepState::Done(_))
}

#[test]
fn the_branch_tells_of_a_merge_whose_request_stays_open() {
    let (play, id) = cut_off(true);
    let board = play.team.look(&id);
    let (found, skip) = found(&board, "skip");
    let Found::There { words, missing, .. } = &found else {
        panic!("{found:?}");
    };
    assert!(
        words.contains("preprod was moved by it to ") && words.ends_with("still shows it open"),
        "{words}"
    );
    assert!(
        matches!(missing.as_slice(), [Event::RequestMerged { request, .. }] if request.0 == 1),
        "{missing:?}"
    );
    play.team.tried(&id, &skip).expect("it is recorded");

    let board = play.team.look(&id);
    assert!(board.seen.interrupted.is_empty());
    assert_eq!(board.record.as_ref().expect("a record").merges.len(), 1);
    assert!(is_run_done(&board));
    let said = findings(&board);
    assert!(
        said.contains("the forge still shows it open: close it"),
        "{said}"
    );
    assert!(!said.contains("no change request of this hotfix"), "{said}");

    // Closed by hand, as it was asked for: the merge is still known as that request's.
    play.fake.state().pull(1).is_closed = true;
    let board = play.team.look(&id);
    assert!(is_run_done(&board));
    let said = findings(&board);
    assert!(!said.contains("still shows it open"), "{said}");
    assert!(!said.contains("no change request of this hotfix"), "{said}");
}

#[test]
fn the_branch_tells_of_a_squash_whose_request_stays_open() {
    let (play, id) = cut_off_by(MergeMethod::Squash, true);
    let board = play.team.look(&id);
    let (found, skip) = found(&board, "skip");
    let Found::There { words, missing, .. } = &found else {
        panic!("{found:?}");
    };
    assert!(words.contains("preprod was moved by it to "), "{words}");
    assert!(
        matches!(
            missing.as_slice(),
            [Event::RequestMerged {
                method: MergeMethod::Squash,
                ..
            }]
        ),
        "{missing:?}"
    );
    play.team.tried(&id, &skip).expect("it is recorded");
    assert!(is_run_done(&play.team.look(&id)));
}

#[test]
fn a_squash_that_may_be_what_moved_the_branch_is_not_said_to_be_nowhere() {
    let (play, id) = cut_off_by(MergeMethod::Squash, false);
    assert_eq!(found(&play.team.look(&id), "skip").0, Found::Nowhere);
    let world = &play.team.world;
    world.git(&["fetch", "-q", "origin"]);
    world.switch("preprod", Some("origin/preprod"));
    world.change("other.txt", "other\n", "Something of the kind");
    world.git(&["push", "-q", "origin", "preprod"]);
    assert_eq!(found(&play.team.look(&id), "skip").0, Found::Untold);
}

#[test]
fn a_merge_that_is_gone_on_with_has_its_own_subject() {
    let (play, id) = cut_off(false);
    let board = play.team.look(&id);
    let (found, go_on) = found(&board, "continue");
    assert_eq!(found, Found::Nowhere);
    play.team.tried(&id, &go_on).expect("it is merged");
    let world = &play.team.world;
    let subject = world.git_in(&world.origin(), &["show", "-s", "--format=%s", "preprod"]);
    assert!(subject.starts_with("merge change request 1 "), "{subject}");
}
