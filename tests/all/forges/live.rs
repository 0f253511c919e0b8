//! The same stories on a real forge, on a scratch project, for whoever has one at hand. Ignored by default:
//!
//! ```text
//! LANEKEEPER_LIVE_FORGE=gitea                        # or forgejo, gitlab, github
//! LANEKEEPER_LIVE_URL=https://git.example.org        # the web address, with a sub-path if it has one
//! LANEKEEPER_LIVE_PROJECT=me/scratch                 # with at least one commit on its default branch
//! LANEKEEPER_LIVE_TOKEN=…                            # may push, open, label, comment and merge there
//! LANEKEEPER_LIVE_SECOND_TOKEN=…                     # optional: somebody else, who may approve
//! cargo test --test all live -- --ignored --test-threads 1
//! ```
//!
//! Every run works on branches of its own, `live-<time>-…`, and on a target branch of its own: `main` is never written.
//! It closes the requests and deletes the branches that it made, also when a story fails. Merged requests and the
//! labels `live` and `live-urgent` stay, since no forge takes requests away. Git pushes over HTTPS; the token reaches it
//! through a credential helper that reads the environment, never through an address or an argument.
//!
//! Forgejo, and older versions of Gitea, count reviews of protected branches only: the story of the second token needs a
//! rule for `live-*` there, which asks for approvals. Gitea on SQLite wants `--test-threads 1`.
//!
//! For a fresh Gitea or Forgejo: `gitea admin user create --admin …`, `gitea admin user generate-access-token --raw
//! --scopes write:repository,write:issue,read:user,read:organization …`, and a project made with a README.

mod scratch;

use std::sync::Arc;

use lanekeeper::forge::NewRequest;
use lanekeeper::forge::RequestEdit;
use lanekeeper::forge::RequestQuery;
use lanekeeper::forge::Written;
use lanekeeper::model::Decision;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::Mergeability;
use lanekeeper::model::Subject;

use super::contract::already;
use super::contract::done;
use super::contract::refused;
use scratch::Scratch;
use scratch::adapter;
use scratch::play;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real instance: LANEKEEPER_LIVE_URL, LANEKEEPER_LIVE_TOKEN, LANEKEEPER_LIVE_PROJECT, LANEKEEPER_LIVE_FORGE"]
async fn live_a_request_from_draft_to_merged() {
    play(async |scratch: Arc<Scratch>| {
        let forge = &scratch.forge;
        scratch.start("fix");
        let head = scratch.commit("fix", "fix.txt", "fixed\n");
        let draft = NewRequest {
            is_draft: true,
            ..scratch.new_request("fix")
        };
        let opened = done(forge.open_request(&draft).await.unwrap());
        let twin = already(forge.open_request(&draft).await.unwrap());
        assert_eq!((twin.id, &opened.head), (opened.id, &head));
        assert!(opened.is_draft && opened.title.raw() == "Live story fix");
        assert_eq!(opened.author, forge.me().await.unwrap());
        let edit = RequestEdit {
            labels: Some(vec!["live".to_owned(), "live-urgent".to_owned()]),
            ..RequestEdit::default()
        };
        let edited = done(forge.edit_request(opened.id, &edit).await.unwrap());
        assert_eq!(edited.labels.len(), 2);
        already(forge.edit_request(opened.id, &edit).await.unwrap());
        done(
            forge
                .comment(opened.id, "Seen by the live suite.")
                .await
                .unwrap(),
        );
        refused(forge.merge(&scratch.order(&opened)).await.unwrap(), "draft");
        let ready = RequestEdit {
            is_draft: Some(false),
            ..RequestEdit::default()
        };
        done(forge.edit_request(opened.id, &ready).await.unwrap());
        let newer = scratch.commit("fix", "fix.txt", "fixed better\n");
        scratch.until(opened.id, |seen| seen.head == newer).await;
        refused(forge.merge(&scratch.order(&opened)).await.unwrap(), "moved");
        let seen = scratch
            .until(opened.id, |seen| seen.mergeability == Mergeability::Clean)
            .await;
        let order = scratch.order(&seen);
        let merged = done(forge.merge(&order).await.unwrap());
        assert_eq!(scratch.tip("target"), Some(merged.commit.clone()));
        assert_eq!(
            scratch.tip("fix"),
            Some(newer.clone()),
            "the source branch is kept"
        );
        assert_eq!(
            already(forge.merge(&order).await.unwrap()).commit,
            merged.commit
        );
        // What happens to the branch afterwards changes nothing about what was merged.
        scratch.commit("fix", "fix.txt", "and on\n");
        let seen = scratch.see(opened.id).await;
        assert_eq!(seen.merged().map(|merged| &merged.head), Some(&newer));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real instance: LANEKEEPER_LIVE_URL, LANEKEEPER_LIVE_TOKEN, LANEKEEPER_LIVE_PROJECT, LANEKEEPER_LIVE_FORGE"]
async fn live_a_conflict_is_seen_and_not_merged() {
    play(async |scratch: Arc<Scratch>| {
        scratch.start("theirs");
        scratch.commit("theirs", "live.txt", "theirs\n");
        scratch.commit("target", "live.txt", "ours\n");
        let request = scratch
            .forge
            .open_request(&scratch.new_request("theirs"))
            .await;
        let request = done(request.unwrap());
        let before = scratch.tip("target");
        // Whatever the forge has found out so far: nothing is merged, and nobody is told that it was.
        for _ in 0..2 {
            let merged = scratch.forge.merge(&scratch.order(&request)).await.unwrap();
            assert!(matches!(merged, Written::Refused(_)), "{merged:?}");
            assert_eq!(scratch.tip("target"), before);
        }
        scratch
            .until(request.id, |seen| {
                matches!(seen.mergeability, Mergeability::Conflicts(_))
            })
            .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real instance: LANEKEEPER_LIVE_URL, LANEKEEPER_LIVE_TOKEN, LANEKEEPER_LIVE_PROJECT, LANEKEEPER_LIVE_FORGE"]
async fn live_a_decision_is_about_one_head_and_not_about_ones_own() {
    play(async |scratch: Arc<Scratch>| {
        scratch.start("fix");
        scratch.commit("fix", "fix.txt", "fixed\n");
        let request = scratch
            .forge
            .open_request(&scratch.new_request("fix"))
            .await;
        let request = done(request.unwrap());
        let subject = Subject::Request(request.id);
        let yes = Decision::Approved;
        let own = scratch
            .forge
            .decide(&subject, &request.head, None, yes, None)
            .await;
        assert!(
            matches!(own.unwrap(), Written::Refused(_)),
            "GitLab: forbid authors to approve in the project's settings"
        );
        let Some(second) = &scratch.second else {
            return;
        };
        let approval = second
            .decide(&subject, &request.head, None, yes, Some("fine"))
            .await;
        assert_eq!(done(approval.unwrap()).head, request.head);
        already(
            second
                .decide(&subject, &request.head, None, yes, None)
                .await
                .unwrap(),
        );
        let newer = scratch.commit("fix", "fix.txt", "fixed better\n");
        let seen = scratch.until(request.id, |seen| seen.head == newer).await;
        assert!(seen.approvals.iter().all(|approval| approval.head != newer));
        let late = second
            .decide(&subject, &request.head, None, yes, None)
            .await;
        assert!(matches!(late.unwrap(), Written::Refused(_)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real instance: LANEKEEPER_LIVE_URL, LANEKEEPER_LIVE_TOKEN, LANEKEEPER_LIVE_PROJECT, LANEKEEPER_LIVE_FORGE"]
async fn live_looks_say_what_the_forge_is_and_never_fail() {
    play(async |scratch: Arc<Scratch>| {
        scratch
            .forge
            .requests(&RequestQuery::default())
            .await
            .unwrap();
        assert!(scratch.forge.deployments(None).await.unwrap().is_empty());
        let capabilities = scratch.forge.capabilities();
        assert!(
            capabilities.forge.starts_with(&scratch.kind),
            "{}",
            capabilities.forge
        );
        assert!(capabilities.merge_methods.contains(&MergeMethod::Merge));
        let wrong = adapter(
            &scratch.kind,
            &scratch.url,
            &scratch.path,
            "no-token-at-all",
            &scratch.project,
        );
        // Who one is, since anybody may read a public project.
        let error = wrong.me().await.unwrap_err().to_string();
        assert!(
            !error.contains('\n') && !error.contains("no-token-at-all"),
            "{error}"
        );
    })
    .await;
}
