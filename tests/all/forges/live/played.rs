//! The same stories on the fakes: what is to be run on a real forge one day was run before, and cleaned up after itself.

use std::sync::Arc;
use std::time::Duration;

use super::scratch::Place;
use super::scratch::play;
use super::stories;
use crate::forges::fake_github;
use crate::forges::git_http::GitHttp;
use crate::forges::hosted::Ci;
use crate::forges::hosted::Which;
use crate::forges::message::Reply;
use crate::forges::message::Request;
use crate::forges::server::Server;
use crate::forges::server::Site;
use crate::forges::spec::Described;
use crate::support::repository::World;
use crate::support::repository::branch_tips;
use crate::support::repository::first_git;

/// API and git on one origin, with a CI that goes on with each look at the API.
struct Whole {
    which: Which,
    ci: Arc<Ci>,
    git: GitHttp,
    world: Arc<World>,
}

impl Whole {
    /// Makes the pipelines that a push to a lane of a story brings about on GitLab.
    fn run_pipelines(&self) {
        if self.which != Which::Gitlab {
            return;
        }
        let tips = branch_tips(&self.world.origin());
        let lanes = tips.iter().filter(|(name, _)| name.ends_with("-target"));
        let mut state = self.ci.gitlab();
        for (_, tip) in lanes {
            let mut known = state.pipelines.iter();
            if !known.any(|one| one.sha == *tip && one.source == "push") {
                let user = state.users[0].clone();
                state.push_pipeline(tip, &user);
            }
        }
    }
}

impl Site for Whole {
    fn answer(&self, request: &Request) -> Reply {
        match request.path.strip_prefix("/acme/shop.git") {
            Some(rest) => self.git.answer(rest, request),
            None => {
                self.ci.go_on();
                self.run_pipelines();
                self.ci.answer(request)
            }
        }
    }

    fn description(&self) -> Option<Described> {
        self.ci.description()
    }
}

/// Lets the project's CI deploy as the head of `live` says: nothing asks for an approval but GitHub's environment.
fn deploys(which: Which, ci: &Ci) {
    let [_, second, _] = which.people();
    match which {
        Which::Gitlab => ci.gitlab().rules.clear(),
        Which::Github => {
            let mut state = ci.github();
            state.environments = vec![fake_github::Environment {
                name: "production".to_owned(),
                reviewers: vec![second.to_owned()],
                prevents_self_review: true,
                bars_admins: true,
            }];
            state.workflows = vec![fake_github::Workflow {
                file: "deploy.yml".to_owned(),
                gates: vec!["production".to_owned()],
                jobs: vec!["deploy".to_owned()],
                can_be_dispatched: true,
            }];
        }
        // They have no environments.
        Which::Gitea | Which::GiteaLater | Which::Forgejo => {}
    }
}

/// Makes a fake of a forge with a small project, and the place for the stories on it.
fn stand(which: Which, kind: &str) -> (Arc<World>, Server, Place) {
    let world = World::empty();
    world.change("shop.txt", "one\ntwo\nthree\n", "The shop");
    world.push();
    let world = Arc::new(world);
    let mut made = None;
    let server = Server::start_with(|origin| {
        let ci = made.insert(Arc::new(Ci::new(which, &world, origin)));
        Whole {
            which,
            ci: Arc::clone(ci),
            git: GitHttp {
                bare: world.origin(),
                program: first_git(),
            },
            world: Arc::clone(&world),
        }
    });
    deploys(which, &made.expect("the server began with it"));
    let [first, second, _] = which.people();
    let [job, _] = which.words();
    let place = Place {
        kind: kind.to_owned(),
        url: server.origin().to_owned(),
        path: "acme/shop".to_owned(),
        token: which.token(first),
        second: Some(which.token(second)),
        job: Some(job.to_owned()),
        environment: "production".parse().expect("a name"),
        between: Duration::ZERO,
    };
    (world, server, place)
}

/// Plays all stories on one fake, one after the other.
async fn all_stories(which: Which, kind: &str) {
    let (_world, _server, place) = stand(which, kind);
    play(&place, stories::from_draft_to_merged).await;
    play(&place, stories::a_conflict).await;
    play(&place, stories::a_decision_about_one_head).await;
    play(&place, stories::a_seat).await;
    play(&place, stories::a_go_live).await;
    play(&place, stories::looks).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stories_of_a_real_gitlab_are_played_on_the_fake() {
    all_stories(Which::Gitlab, "gitlab").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stories_of_a_real_github_are_played_on_the_fake() {
    all_stories(Which::Github, "github").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stories_of_a_real_gitea_are_played_on_the_fake() {
    all_stories(Which::Gitea, "gitea").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stories_of_a_real_forgejo_are_played_on_the_fake() {
    all_stories(Which::Forgejo, "forgejo").await;
}

/// Somebody who is no reviewer is refused for good: the story ends by that, and not as if no runner had come.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[should_panic(expected = "you are none of the reviewers")]
async fn a_go_live_whose_approvals_are_refused_fails_and_says_so() {
    let (_world, _server, place) = stand(Which::Github, "github");
    let [_, _, third] = Which::Github.people();
    let place = Place {
        second: Some(Which::Github.token(third)),
        ..place
    };
    play(&place, stories::a_go_live).await;
}

/// A rule for the branches of the stories, as Gitea and Forgejo have them, forbids to delete one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_branch_that_the_forge_keeps_is_named_and_fails_no_story() {
    let (world, _server, place) = stand(Which::Gitea, "gitea");
    world.git_in(&world.origin(), &["config", "receive.denyDeletes", "true"]);
    play(&place, stories::a_conflict).await;
    let tips = branch_tips(&world.origin());
    let kept = tips.keys().filter(|name| name.starts_with("live-"));
    assert_eq!(kept.count(), 2, "its target and the other branch: {tips:?}");
}
