//! Who may start a job that deploys to a protected environment: told before anybody tries, and by GitLab's refusal.

use lanekeeper::engine::Prerequisite;
use lanekeeper::forge::Forge;
use lanekeeper::forge::NoWatcher;
use lanekeeper::forge::Written;
use lanekeeper::model::Decision;
use lanekeeper::model::Deployment;
use lanekeeper::model::Subject;

use super::play::Play;
use super::stage::GitlabStage;
use crate::forges::acts::Behind as _;
use crate::forges::contract::Stage as _;
use crate::forges::contract::Who;
use crate::forges::contract::done;
use crate::forges::contract::refused;
use crate::forges::fake_gitlab::Starter;
use crate::forges::fake_gitlab::State;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

/// Makes a go-live that waits for nothing but its start.
async fn approved(change: impl FnOnce(&mut State)) -> GitlabStage {
    let stage = GitlabStage::with(change);
    let commit = stage.tip(&stage.onto());
    stage.make_pipeline(&commit);
    let [lead, manager] = stage.seats();
    for (who, role) in [(Who::Lead, lead), (Who::Manager, manager)] {
        let forge = stage.forge(who);
        let id = newest(forge).await.id;
        let subject = Subject::Deployment(id);
        let said = forge.decide(&subject, &commit, Some(&role), Decision::Approved, None);
        done(said.await.unwrap());
    }
    stage
}

async fn newest(forge: &dyn Forge) -> Deployment {
    let all = forge.deployments(None).await.unwrap();
    all.into_iter().next().expect("the pipeline made one")
}

async fn start(forge: &dyn Forge) -> Written<Deployment> {
    let golive = newest(forge).await;
    let start = forge.start_deployment(&golive.id, &golive.commit, &NoWatcher);
    start.await.unwrap()
}

/// Returns who may start, as somebody's console knows it after a look.
async fn known(forge: &dyn Forge) -> (String, Option<bool>) {
    let golive = newest(forge).await;
    let capabilities = forge.capabilities();
    let starters = capabilities.starters_of(&golive.environment);
    let starters = starters.expect("GitLab keeps it to some");
    (starters.words(), starters.has_me)
}

#[tokio::test]
async fn who_may_start_is_known_before_and_whether_we_may_as_far_as_gitlab_tells() {
    let stage = approved(|state| state.invited = vec!["bo"]).await;
    let maintainers = "only Maintainers may start the deploy of production".to_owned();
    let of = async |who: Who| known(stage.forge(who)).await;
    assert_eq!(of(Who::Driver).await, (maintainers.clone(), Some(true)));
    assert_eq!(of(Who::Stranger).await, (maintainers.clone(), Some(false)));
    // His role comes with a group that was invited, which the project itself does not tell.
    assert_eq!(of(Who::Both).await, (maintainers, Some(true)));

    // Who was kept out hears of it as soon as that is over; nobody is told who is in a group.
    let group = Starter::Group("release-managers", vec!["sam"]);
    stage.state().starters.push(group);
    let words = "only Maintainers and group release-managers may start the deploy of production";
    assert_eq!(of(Who::Stranger).await, (words.to_owned(), None));
    done(start(stage.forge(Who::Stranger)).await);
}

#[tokio::test]
async fn who_administers_the_instance_is_not_told_that_they_may_not() {
    let stage = approved(|state| state.admins = vec!["sam"]).await;
    let (_, has_me) = known(stage.forge(Who::Stranger)).await;
    assert_eq!(has_me, None);
    done(start(stage.forge(Who::Stranger)).await);
}

#[tokio::test]
async fn the_refusal_of_a_start_names_who_may() {
    let stage = approved(|state| {
        state.starters = vec![Starter::Group("release-managers", vec!["lena"])];
    })
    .await;
    refused(
        start(stage.forge(Who::Driver)).await,
        "(403 Forbidden): only group release-managers may start the deploy of production",
    );
    // What protects an environment is for maintainers to read.
    let forbidden = Reply::json(403, &serde_json::json!({ "message": "403 Forbidden" }));
    let fault = Fault::Instead(forbidden);
    let server = stage.server();
    server.trap_after("GET", "/protected_environments/", 0, 100, fault);
    let sam = stage.forge_of("sam");
    let golive = newest(&sam).await;
    assert_eq!(sam.capabilities().starters_of(&golive.environment), None);
    refused(
        start(&sam).await,
        "GitLab does not tell your account who may",
    );
    assert_eq!(stage.writes("/play"), 2);
}

#[tokio::test]
async fn a_job_that_deploys_is_run_again_by_those_who_may_start_it() {
    let stage = approved(|_| {}).await;
    done(start(stage.forge(Who::Driver)).await);
    let job = {
        let mut state = stage.state();
        let job = state.job_named("deploy-prod-hotfix: [portal]");
        job.status = "failed";
        job.id.to_string().parse().expect("a number")
    };
    let again = stage.forge(Who::Stranger).retry_job(&job).await;
    refused(
        again.unwrap(),
        "403 Forbidden; only Maintainers may start the deploy of production",
    );
    done(stage.forge(Who::Driver).retry_job(&job).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_to_start_says_who_may_and_is_none_for_who_may_not() {
    let mut play = Play::begin("two").await;
    play.merge_the_fix().await;
    play.approve_both().await;
    let lena = play.state().users[1].clone();
    play.state().starters = vec![Starter::Person(lena)];
    // A new process: the one before learnt at its first look that Dana may.
    let reopened = play.reopened("dana").await;
    play.dana = reopened;
    let plays = || {
        let writes = play.server.writes().into_iter();
        writes.filter(|one| one.path.ends_with("/play")).count()
    };
    let why = "only lena may start the deploy of production, and you are not among them";
    play.refused(&play.dana, "do deploy", why).await;
    let progress = play.board(&play.dana).await.progress;
    let next = progress.expect("a hotfix is looked at").next;
    let start = next.iter().find(|one| one.command(None) == "do deploy");
    let others = Prerequisite::Others {
        role: None,
        ids: vec!["lena".to_owned()],
    };
    assert_eq!(start.map(|one| &one.who), Some(&others));
    assert_eq!(plays(), 0);

    play.state().starters.push(Starter::Role(40));
    play.act(&play.dana, "do deploy").await;
    assert_eq!(plays(), 3, "one per job");
}
