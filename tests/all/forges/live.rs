//! Stories on a forge, each on a scratch project and undone at its end. With every run of the tests they are played on
//! the fakes of this tree (`played`); for whoever has a real forge at hand, the same ones are played there:
//!
//! ```text
//! LANEKEEPER_LIVE_FORGE=gitea                        # or forgejo, gitlab, github
//! LANEKEEPER_LIVE_URL=https://git.example.org        # the web address, with a sub-path if it has one
//! LANEKEEPER_LIVE_PROJECT=me/scratch                 # with at least one commit on its default branch
//! LANEKEEPER_LIVE_TOKEN=…                            # may push, open, label, comment and merge there
//! LANEKEEPER_LIVE_SECOND_TOKEN=…                     # somebody else, who may approve; without: no story of two people
//! LANEKEEPER_LIVE_JOB=…                              # what the project's CI deploys by; without: no go-live
//! LANEKEEPER_LIVE_ENVIRONMENT=…                      # where to, `production` if left out
//! cargo test --test all live_ -- --ignored --test-threads 1
//! ```
//!
//! A story that cannot be played says so, and why, on standard error.
//!
//! Every story works on branches of its own, `live-<time>-<number>-…`, and on a target branch of its own: `main` is never
//! written. It closes the requests and deletes the branches that it made, also when it fails. Merged requests, the labels
//! `live` and `live-urgent`, and the pipelines and deployments of a go-live stay, since no forge takes them away. Git
//! pushes over HTTPS; the token reaches it through a credential helper that reads the environment, never through an
//! address or an argument.
//!
//! Tokens: `api` on GitLab, from a maintainer and a developer; `repo` on GitHub (classic), from two people with write
//! access; `write:repository,write:issue,read:user` on Gitea and Forgejo.
//!
//! A fresh **GitLab**: an empty project "with a README", in Settings, Merge requests: merge commits, and "Prevent approval
//! by author" (Premium). A fresh **Gitea or Forgejo**: `gitea admin user create --admin …`, `gitea admin user
//! generate-access-token --raw --scopes …`, and a project made with a README. No rule for branches is needed (Gitea 1.28,
//! Forgejo 15). A version that counts reviews of protected branches only says so in the stories of two people: they need a
//! rule for `live-*` there that asks for no approval. Such a rule keeps the branches from being removed; the clean-up names
//! those that stay, to be deleted when the rule is gone. Gitea on SQLite wants `--test-threads 1`. **GitHub**: a repository
//! with a README, merge commits allowed.
//!
//! For the go-live the project's default branch has a CI file, and a runner takes its jobs:
//!
//! ```text
//! # GitLab: .gitlab-ci.yml, LANEKEEPER_LIVE_JOB=deploy-live
//! deploy-live:
//!   script: [echo deployed]
//!   environment: production
//!   rules: [{ if: $CI_COMMIT_BRANCH =~ /^live-/, when: manual }]
//!
//! # Gitea, Forgejo: .gitea/workflows/live.yml, GitHub: .github/workflows/live.yml, LANEKEEPER_LIVE_JOB=live.yml
//! on: workflow_dispatch
//! jobs:
//!   deploy:
//!     runs-on: ubuntu-latest
//!     environment: production     # GitHub only: with the second person as its required reviewer
//!     steps: [{ run: echo deployed }]
//! ```

mod played;
mod scratch;
mod stories;

use scratch::Place;
use scratch::play;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real instance: LANEKEEPER_LIVE_URL, LANEKEEPER_LIVE_TOKEN, LANEKEEPER_LIVE_PROJECT, LANEKEEPER_LIVE_FORGE"]
async fn live_a_request_from_draft_to_merged() {
    play(&Place::of_environment(), stories::from_draft_to_merged).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real instance: LANEKEEPER_LIVE_URL, LANEKEEPER_LIVE_TOKEN, LANEKEEPER_LIVE_PROJECT, LANEKEEPER_LIVE_FORGE"]
async fn live_a_conflict_is_seen_and_not_merged() {
    play(&Place::of_environment(), stories::a_conflict).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real instance: LANEKEEPER_LIVE_URL, LANEKEEPER_LIVE_TOKEN, LANEKEEPER_LIVE_PROJECT, LANEKEEPER_LIVE_FORGE"]
async fn live_a_decision_is_about_one_head_and_not_about_ones_own() {
    play(&Place::of_environment(), stories::a_decision_about_one_head).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real instance and a second person: LANEKEEPER_LIVE_SECOND_TOKEN, and those of the others"]
async fn live_a_seat_is_taken_by_who_has_its_role_and_left_by_a_no() {
    play(&Place::of_environment(), stories::a_seat).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real instance whose CI deploys: LANEKEEPER_LIVE_JOB, and those of the others"]
async fn live_what_is_on_the_lane_goes_live_once() {
    play(&Place::of_environment(), stories::a_go_live).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real instance: LANEKEEPER_LIVE_URL, LANEKEEPER_LIVE_TOKEN, LANEKEEPER_LIVE_PROJECT, LANEKEEPER_LIVE_FORGE"]
async fn live_looks_say_what_the_forge_is_and_never_fail() {
    play(&Place::of_environment(), stories::looks).await;
}
