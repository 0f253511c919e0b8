//! Reads that go wrong, each with each write: before it, and after a write that was taken.

use std::time::Duration;

use super::super::acts::ACTS;
use super::super::acts::Act;
use super::super::acts::Behind;
use super::super::acts::Scene;
use super::super::acts::Told;
use super::super::message::Reply;
use super::super::server::Fault;
use super::Share;
use super::is_slow;
use super::mixed;
use super::run_each;
use super::tells;

/// What goes wrong with reads.
fn read_faults() -> Vec<(&'static str, Fault)> {
    let html = Reply::text(502, "text/html", "<html><h1>Bad gateway</h1></html>");
    let limited = Reply::json(429, &serde_json::json!({"message": "too many"}));
    vec![
        ("reset before", Fault::ResetBefore),
        ("reset after", Fault::ResetAfter),
        ("closed after", Fault::CloseAfter),
        ("half-open after", Fault::HalfOpen),
        ("a byte now and then", Fault::Drip),
        ("hangs before", Fault::HangBefore),
        ("an endless answer", Fault::Huge),
        ("half of the answer", Fault::Truncate),
        ("another shape", Fault::WrongType),
        ("a proxy's page", Fault::Instead(html)),
        ("429 until nobody knows", Fault::Instead(limited)),
        ("a stale answer", Fault::Stale),
        ("an overlapping page", Fault::Overlap),
    ]
}

/// Which reads of an act a fault hits: one of them, or all from there until the network heals.
#[derive(Debug, Clone, Copy)]
struct Hit {
    nth: usize,
    times: usize,
}

/// Reads of an act that are hit one by one in the whole of the matrix: no act has many more.
const READS: usize = 10;

/// Runs one act while its reads go wrong, then once more after healing.
async fn one_read_fault(stage: &dyn Behind, wanted: Act, name: &str, fault: Fault, hit: Hit) {
    let case = format!("{wanted:?} under `{name}` at its reads {hit:?}");
    let scene = Scene::set(stage, wanted).await;
    assert_eq!(scene.effects().await, 0, "{case}");
    stage
        .server()
        .trap_after("GET", "", hit.nth, hit.times, fault);
    let answer = scene.act().await;
    stage.server().heal();
    stage.wait_out_limits();
    let after = scene.effects().await;
    assert!(after <= 1, "{case}: done {after} times; {answer:?}");
    if answer == Told::Done {
        assert_eq!(after, 1, "{case}: called done, and is not");
    }
    if let Told::Refused(why) = &answer
        && wanted != Act::Open
    {
        assert_eq!(after, 0, "{case}: called refused, and is done: {why}");
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

/// Runs acts while reads go wrong, each on a stage of its own: once, and from some read on. The whole hits each read.
pub(crate) async fn every_read_fault<S: Behind + Send + 'static>(
    make: impl Fn(Duration) -> S + Clone + Send + 'static,
    writes: fn(Act) -> usize,
    share: Share,
) {
    let mut cases = Vec::new();
    for act in ACTS.into_iter().filter(|act| writes(*act) > 0) {
        for (name, fault) in read_faults() {
            // A forge that answers from before the comment was written cannot be told from one on which it was removed,
            // and gets another: the contract says so.
            if act == Act::Amend && matches!(fault, Fault::Stale) {
                continue;
            }
            let sum = mixed(act, name);
            if share.is_whole {
                let hits =
                    (0..READS).flat_map(|nth| [1, usize::MAX].map(|times| Hit { nth, times }));
                cases.extend(hits.map(|hit| (fault.clone(), (act, name, hit))));
            } else if !is_slow(&fault) || share.is_mine(act, name) {
                let hit = Hit {
                    nth: sum % READS,
                    times: if (sum / READS).is_multiple_of(2) {
                        1
                    } else {
                        usize::MAX
                    },
                };
                cases.push((fault, (act, name, hit)));
            }
        }
    }
    run_each(
        make,
        share,
        cases,
        async |stage, fault, (act, name, hit)| {
            tells(one_read_fault(stage, act, name, fault, hit)).await
        },
    )
    .await;
}

/// Where reads go wrong after a write that was taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct After {
    /// Which of the act's writes, from one on.
    pub(super) write: usize,
    /// Reads that go wrong.
    pub(super) times: usize,
    /// The answer to that write is lost as well.
    pub(super) is_answer_lost: bool,
}

/// Runs one act whose write is taken while the reads that follow go wrong, then once more after healing. What was done is
/// called neither failed nor refused.
async fn one_fault_after(stage: &dyn Behind, wanted: Act, name: &str, fault: Fault, after: After) {
    let case = format!("{wanted:?} with reads under `{name}` {after:?}");
    let scene = Scene::set(stage, wanted).await;
    assert_eq!(scene.effects().await, 0, "{case}");
    let server = stage.server();
    server.trap_reads_after_writes(after.write, after.times, fault);
    if after.is_answer_lost {
        server.trap_write(after.write - 1, Fault::CloseAfter);
    }
    let answer = scene.act().await;
    server.heal();
    stage.wait_out_limits();
    let done = scene.effects().await;
    assert!(done <= 1, "{case}: done {done} times; {answer:?}");
    match &answer {
        Told::Done => assert_eq!(done, 1, "{case}: called done, and is not"),
        Told::Refused(_) | Told::Failed(_) => {
            assert_eq!(done, 0, "{case}: called not done, and is: {answer:?}");
        }
        Told::Unknown(why) => assert!(!why.is_empty() && !why.contains('\n'), "{case}: {why:?}"),
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

/// Runs acts whose writes are taken while the reads that follow go wrong, each on a stage of its own.
pub(crate) async fn every_fault_after<S: Behind + Send + 'static>(
    make: impl Fn(Duration) -> S + Clone + Send + 'static,
    writes: fn(Act) -> usize,
    share: Share,
) {
    let mut cases = Vec::new();
    for act in ACTS {
        for write in 1..=writes(act) {
            for (name, fault) in read_faults() {
                for (times, is_answer_lost) in [(usize::MAX, false), (usize::MAX, true), (1, false)]
                {
                    let after = After {
                        write,
                        times,
                        is_answer_lost,
                    };
                    if share.has_after(act, name, &fault, after) {
                        cases.push((fault.clone(), (act, name, after)));
                    }
                }
            }
        }
    }
    run_each(
        make,
        share,
        cases,
        async |stage, fault, (act, name, after)| {
            tells(one_fault_after(stage, act, name, fault, after)).await
        },
    )
    .await;
}
