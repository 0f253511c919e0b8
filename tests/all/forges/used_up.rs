//! A limit that is used up at each request of an act in turn: until it is over nothing is sent and the wait is known, then
//! the same act brings the world to where it should be, once.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lanekeeper::model::Timestamp;

use super::acts::Act;
use super::acts::Behind;
use super::acts::Scene;
use super::acts::Told;
use super::contract::Who;
use super::github::stage::GithubStage;
use super::gitlab::stage::GitlabStage;
use super::gitlab::stage::PATIENT;
use super::limits::Limits;

/// How long a limit that is used up lasts.
const SECONDS: i64 = 45;
/// Requests of an act, which no act has more of.
const MOST: u64 = 60;

/// A stage whose forge keeps limits by the clock of its people.
trait Limited: Behind {
    /// Returns the driver's account.
    fn driver(&self) -> &'static str;
    fn clock_of_all(&self) -> Arc<AtomicI64>;
    fn limit(&self, change: &dyn Fn(&mut Limits));
}

impl Limited for GitlabStage {
    fn driver(&self) -> &'static str {
        "dana"
    }

    fn clock_of_all(&self) -> Arc<AtomicI64> {
        self.clock()
    }

    fn limit(&self, change: &dyn Fn(&mut Limits)) {
        change(&mut self.state().limits);
    }
}

impl Limited for GithubStage {
    fn driver(&self) -> &'static str {
        "dora"
    }

    fn clock_of_all(&self) -> Arc<AtomicI64> {
        self.clock()
    }

    fn limit(&self, change: &dyn Fn(&mut Limits)) {
        change(&mut self.fake.state().limits);
    }
}

/// Uses up one of the driver's limits after so many requests.
type UseUp = fn(&mut Limits, &str, u64);

fn requests(limits: &mut Limits, who: &str, left: u64) {
    limits.leave(who, left, SECONDS);
}

fn writes(limits: &mut Limits, who: &str, left: u64) {
    limits.leave_writes(who, left, SECONDS);
}

fn writes_tersely(limits: &mut Limits, who: &str, left: u64) {
    limits.is_terse = true;
    writes(limits, who, left);
}

/// Does an act while so much is left of a limit, and hears to wait so many seconds; tells whether the limit was met.
async fn meets(stage: &dyn Limited, act: Act, use_up: UseUp, wait: i64, left: u64) -> bool {
    let case = format!("{act:?} with {left} left");
    let clock = stage.clock_of_all();
    stage.limit(&|limits| limits.clock = Some(Arc::clone(&clock)));
    let scene = Scene::set(stage, act).await;
    stage.limit(&|limits| use_up(limits, stage.driver(), left));
    let answer = scene.act().await;
    let forge = stage.forge(Who::Driver);
    let until = forge.quiet_until();
    let is_met = until.is_some();
    if is_met {
        let reset = clock.load(Ordering::SeqCst) + wait;
        assert_eq!(until, Some(Timestamp::from_second(reset)), "{case}");
        let sent = stage.server().log().len();
        let meanwhile = scene.act().await;
        assert_ne!(meanwhile, Told::Done, "{case}: nothing is known meanwhile");
        let more = stage.server().log().len() - sent;
        assert_eq!(more, 0, "{case}: it keeps quiet");
    } else {
        assert_eq!(answer, Told::Done, "{case}");
    }
    stage.wait_out_limits();
    assert_eq!(forge.quiet_until(), None, "{case}");
    let done = scene.effects().await;
    assert!(done <= 1, "{case}: done {done} times; {answer:?}");
    if answer == Told::Done {
        assert_eq!(done, 1, "{case}: called done, and is not");
    }
    let again = scene.act().await;
    assert_eq!(again, Told::Done, "{case}: afterwards; before {answer:?}");
    assert_eq!(scene.effects().await, 1, "{case}: afterwards");
    assert_eq!(scene.lacks().await, None, "{case}: afterwards");
    is_met
}

/// Meets the limit at each request of an act in turn, on a stage of its own, until it is large enough.
async fn meets_each(make: impl Fn() -> Box<dyn Limited>, act: Act, use_up: UseUp, wait: i64) {
    for left in 0..MOST {
        let stage = make();
        if !meets(stage.as_ref(), act, use_up, wait, left).await {
            assert!(left > 0, "{act:?} asks for nothing");
            return;
        }
    }
    panic!("{act:?} has no end");
}

fn on_gitlab() -> impl Fn() -> Box<dyn Limited> {
    let world = GitlabStage::world();
    move || -> Box<dyn Limited> { Box::new(GitlabStage::on(world.copy(), PATIENT, |_| {})) }
}

fn on_github() -> impl Fn() -> Box<dyn Limited> {
    let world = GithubStage::world();
    let read = Duration::from_secs(60);
    move || -> Box<dyn Limited> { Box::new(GithubStage::on(world.copy(), "deploy.yml", read)) }
}

#[tokio::test]
async fn a_request_is_opened_once_on_gitlab_wherever_the_limit_is_met() {
    meets_each(on_gitlab(), Act::Open, requests, SECONDS).await;
}

#[tokio::test]
async fn a_request_is_merged_once_on_gitlab_wherever_the_limit_is_met() {
    meets_each(on_gitlab(), Act::Merge, requests, SECONDS).await;
}

#[tokio::test]
async fn a_request_is_opened_once_on_github_wherever_the_limit_is_met() {
    meets_each(on_github(), Act::Open, requests, SECONDS).await;
}

#[tokio::test]
async fn a_request_is_merged_once_on_github_wherever_the_limit_is_met() {
    meets_each(on_github(), Act::Merge, requests, SECONDS).await;
}

/// The secondary limit counts writes alone.
#[tokio::test]
async fn a_request_is_opened_once_on_github_wherever_the_limit_of_writes_is_met() {
    meets_each(on_github(), Act::Open, writes, SECONDS).await;
}

/// GitHub may not say for how long: a minute, as its documentation has it.
#[tokio::test]
async fn a_request_is_opened_once_on_github_wherever_a_limit_of_unknown_length_is_met() {
    meets_each(on_github(), Act::Open, writes_tersely, 60).await;
}
