//! Each fault with each write: nothing is done twice, nothing is called done that is not, and after the network
//! healed the same write brings the world to where it should be.

mod reads;

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::sweep::tell;

use super::acts::ACTS;
use super::acts::Act;
use super::acts::Behind;
use super::acts::Scene;
use super::acts::Told;
use super::message::Reply;
use super::server::Fault;
use reads::After;
pub(crate) use reads::{every_fault_after, every_read_fault};

/// Cases that run beside each other.
const AT_A_TIME: usize = 6;
/// The same in the whole of the matrix, of cases that mostly wait.
const WAITING_WHOLE: usize = 40;
/// How long an answer that never comes is waited for, and how long any other on a busy machine.
const HASTY: Duration = Duration::from_secs(1);
/// The same in the whole of the matrix, which runs for long, beside other work and behind it: what answers is not to be
/// taken for what does not.
const HASTY_WHOLE: Duration = Duration::from_secs(5);
const PATIENT: Duration = Duration::from_secs(60);

/// Returns every fault with its name.
pub(crate) fn faults() -> Vec<(&'static str, Fault)> {
    let html = || Reply::text(502, "text/html", "<html><h1>Bad gateway</h1></html>");
    let sentence =
        |status| Reply::json(status, &serde_json::json!({"message": "as the fault says"}));
    let mut all = vec![
        ("refused", Fault::Gone),
        ("closed before", Fault::CloseBefore),
        ("closed after", Fault::CloseAfter),
        ("reset before", Fault::ResetBefore),
        ("reset after", Fault::ResetAfter),
        ("hangs before", Fault::HangBefore),
        ("hangs after", Fault::HangAfter),
        ("half-open after", Fault::HalfOpen),
        ("a byte now and then", Fault::Drip),
        ("an endless answer", Fault::Huge),
        ("half of the answer", Fault::Truncate),
        ("another shape", Fault::WrongType),
        ("a proxy's page after", Fault::InsteadAfter(html())),
        ("a proxy's page before", Fault::Instead(html())),
        ("504 after", Fault::InsteadAfter(sentence(504))),
        (
            "200 with a sign-in page",
            Fault::Instead(Reply::text(200, "text/html", "<html>Sign in</html>")),
        ),
    ];
    for (name, status) in [("301", 301), ("302", 302), ("307", 307), ("308", 308)] {
        let reply = Reply::empty(status).with("location", "https://elsewhere.example/x");
        all.push((name, Fault::Instead(reply)));
    }
    for (name, status) in [
        ("401", 401),
        ("403", 403),
        ("404", 404),
        ("405", 405),
        ("409", 409),
        ("422", 422),
        ("500 before", 500),
        ("503 before", 503),
    ] {
        all.push((name, Fault::Instead(sentence(status))));
    }
    // A proxy that asks for a wait does not say by that whether it had passed the write on.
    let closed = |wait| sentence(503).with("retry-after", wait);
    all.extend([
        ("503 with a wait before", Fault::Instead(closed("1"))),
        ("503 with a wait after", Fault::InsteadAfter(closed("1"))),
        (
            "503 with a long wait after",
            Fault::InsteadAfter(closed("600")),
        ),
    ]);
    let limited = Reply::empty(429).with("retry-after", "120");
    all.push(("429", Fault::Instead(limited)));
    // Some send no time with it.
    all.push(("429 until nobody knows", Fault::Instead(sentence(429))));
    all
}

/// Runs one act under one fault on a fresh stage. The fault hits the `nth` write of the act.
async fn one_fault(stage: &dyn Behind, wanted: Act, name: &str, fault: Fault, nth: usize) {
    let case = format!("{wanted:?} under `{name}` at its write {nth}");
    let scene = Scene::set(stage, wanted).await;
    let before = scene.effects().await;
    assert_eq!(before, 0, "{case}");
    if matches!(fault, Fault::Gone) {
        stage.server().leave();
        let answer = scene.act().await;
        let is_told = matches!(&answer, Told::Failed(why) if why.contains("cannot reach"));
        assert!(is_told, "{case}: {answer:?}");
        return;
    }
    stage.server().trap_write(nth, fault);
    let answer = scene.act().await;
    stage.server().heal();
    stage.wait_out_limits();
    let after = scene.effects().await;
    assert!(after <= 1, "{case}: done {after} times; {answer:?}");
    match &answer {
        Told::Done => assert_eq!(after, 1, "{case}: called done, and is not"),
        // A request may be there without its labels: what was refused is said, and the next attempt completes it.
        Told::Refused(_) | Told::Failed(_) if wanted != Act::Open => {
            assert_eq!(after, 0, "{case}: called not done, and is: {answer:?}");
        }
        Told::Refused(_) | Told::Failed(_) | Told::Unknown(_) => {}
    }
    if let Told::Refused(why) | Told::Failed(why) | Told::Unknown(why) = &answer {
        assert!(!why.is_empty() && !why.contains('\n'), "{case}: {why:?}");
    }
    let again = scene.act().await;
    assert_eq!(
        again,
        Told::Done,
        "{case}: after healing; before it {answer:?}"
    );
    assert_eq!(scene.effects().await, 1, "{case}: after healing");
    assert_eq!(scene.lacks().await, None, "{case}: after healing");
}

/// Runs every fault with every act, each on a stage of its own. `make` gets how long that stage waits for an answer;
/// `writes` says how many writes an act has on that forge, each of which is hit in a run of its own.
pub(crate) async fn every_fault<S: Behind + Send + 'static>(
    make: impl Fn(Duration) -> S + Clone + Send + 'static,
    writes: fn(Act) -> usize,
    share: Share,
) {
    let mut cases = Vec::new();
    for (name, fault) in faults() {
        for act in ACTS {
            for nth in 0..writes(act) {
                // Nobody is there for any of the writes.
                let is_again = matches!(fault, Fault::Gone) && nth > 0;
                if !is_again && share.has_write(act, name, &fault) {
                    cases.push((fault.clone(), (act, name, nth)));
                }
            }
        }
    }
    run_each(
        make,
        share,
        cases,
        async |stage, fault, (act, name, nth)| tells(one_fault(stage, act, name, fault, nth)).await,
    )
    .await;
}

/// Runs cases, each on a stage of its own, a few at a time; those that mostly wait, many at a time after the others.
/// `run` tells whether a case is wrong.
async fn run_each<S: Behind + Send + 'static, C>(
    make: impl Fn(Duration) -> S + Clone + Send + 'static,
    share: Share,
    cases: Vec<(Fault, C)>,
    run: impl AsyncFn(&S, Fault, C) -> bool,
) {
    use futures_util::StreamExt as _;
    let (slow, quick): (Vec<_>, Vec<_>) = cases.into_iter().partition(|(fault, _)| is_slow(fault));
    let wrong = AtomicUsize::new(0);
    for (cases, at_a_time) in [(quick, AT_A_TIME), (slow, share.waiting())] {
        let count = cases.len();
        futures_util::stream::iter(cases)
            .for_each_concurrent(at_a_time, |(fault, case)| {
                let (make, run, wrong) = (make.clone(), &run, &wrong);
                async move {
                    let patience = match fault {
                        Fault::HangBefore | Fault::HangAfter | Fault::Drip => share.haste(),
                        _ => PATIENT,
                    };
                    #[expect(clippy::disallowed_methods, reason = "tests cross no bridge of ours")]
                    let stage = tokio::task::spawn_blocking(move || make(patience));
                    let stage = stage.await.expect("the stage is made");
                    if run(&stage, fault, case).await {
                        wrong.fetch_add(1, Ordering::SeqCst);
                    }
                }
            })
            .await;
        let wrong = wrong.load(Ordering::SeqCst);
        tell(&format!(
            "{count} cases, {at_a_time} at a time: {wrong} wrong"
        ));
    }
    let wrong = wrong.into_inner();
    assert_eq!(wrong, 0, "{wrong} cases are wrong; each is told above");
}

/// Fixes which reads are hit in every run of the tests; the whole hits each.
const SEED: u64 = 20_261_129;

/// Mixes a combination with the seed.
fn mixed(act: Act, name: &str) -> usize {
    let words = format!("{act:?} {name}");
    let sum = words.bytes().fold(SEED, |sum, byte| {
        sum.wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(u64::from(byte))
    });
    usize::try_from(sum >> 33).unwrap_or_default()
}

fn is_slow(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::HangBefore | Fault::HangAfter | Fault::HalfOpen | Fault::Drip
    )
}

/// What one of the three forges runs of the matrix. In every run of the tests the combinations that are slow, or of the
/// acts that differ least from forge to forge, are spread over the three, as [`SEED`] says; the whole is run by
/// `cargo test --test all of_the_fault_matrix -- --ignored`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) turn: usize,
    pub(crate) is_whole: bool,
}

impl Share {
    /// What the forge with this number runs each time.
    pub(crate) fn of(turn: usize) -> Self {
        Self {
            turn,
            is_whole: false,
        }
    }

    pub(crate) fn whole() -> Self {
        Self {
            turn: 0,
            is_whole: true,
        }
    }

    /// How long an answer that never comes is waited for.
    fn haste(self) -> Duration {
        if self.is_whole { HASTY_WHOLE } else { HASTY }
    }

    /// How many cases that mostly wait run beside each other.
    fn waiting(self) -> usize {
        if self.is_whole {
            WAITING_WHOLE
        } else {
            AT_A_TIME
        }
    }

    fn is_mine(self, act: Act, name: &str) -> bool {
        self.is_whole || mixed(act, name) % 3 == self.turn
    }

    fn has_write(self, act: Act, name: &str, fault: &Fault) -> bool {
        let is_spread = match act {
            Act::Title
            | Act::Review
            | Act::Draft
            | Act::Reject
            | Act::Turn
            | Act::Veto
            | Act::Restore => true,
            Act::Open
            | Act::Label
            | Act::Ready
            | Act::Close
            | Act::Comment
            | Act::Keep
            | Act::Amend
            | Act::Status
            | Act::Approve
            | Act::Merge
            | Act::Deploy
            | Act::Vote
            | Act::Start
            | Act::Retry
            | Act::Migrate => matches!(fault, Fault::HalfOpen | Fault::Drip),
        };
        !is_spread || self.is_mine(act, name)
    }

    /// Every act meets one fault with each run of the tests on each forge, the answer heard and lost in turns; the others
    /// are spread.
    fn has_after(self, act: Act, name: &str, fault: &Fault, after: After) -> bool {
        if self.is_whole {
            return true;
        }
        let turn = mixed(act, name) / 3;
        let is_its_turn = turn.is_multiple_of(2) == after.is_answer_lost;
        let is_always = name == "a proxy's page";
        after.times > 1 && is_its_turn && (is_always || self.is_mine(act, name)) && !is_slow(fault)
    }
}

/// Runs a case; tells whether it panicked. Every case that is wrong is told, not only the first.
async fn tells(case: impl Future<Output = ()>) -> bool {
    let case = std::panic::AssertUnwindSafe(case);
    futures_util::FutureExt::catch_unwind(case).await.is_err()
}
