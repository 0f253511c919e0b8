//! Each fault with each push (safety.md T9): branches, the record, lock logs. Nothing is done twice, nothing is called done
//! that is not, and nothing called not done that is; what nobody knows is found out after the network healed.

mod place;

use lanekeeper::engine::Found;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::Plan;
use lanekeeper::record::EffectState;
use lanekeeper::record::Record;

use super::message::Reply;
use super::server::Fault;
use super::server::Happening;
use crate::sweep::tell;
use place::Act;
use place::Place;

/// Where a push is hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The remote is asked what it has, for a push.
    Announced,
    /// The push itself.
    Sent,
}

/// What goes wrong with a push.
#[derive(Debug, Clone)]
enum Harm {
    /// Nobody listens from then on.
    Refused,
    Fault(Fault),
}

/// A case: what goes wrong, where, at which push of the plan.
#[derive(Debug, Clone)]
struct Case {
    name: &'static str,
    harm: Harm,
    stage: Stage,
    push: usize,
}

/// What git is told so that it does not wait for ever.
const HASTY: &str = "[http]\n\tlowSpeedLimit = 1000\n\tlowSpeedTime = 1\n";

/// Returns what goes wrong, with its name.
fn faults() -> Vec<(&'static str, Fault)> {
    let html = || Reply::text(502, "text/html", "<html><h1>Bad gateway</h1></html>");
    let says = |status| Fault::Instead(Reply::text(status, "text/plain", "as the fault says"));
    let mut all = vec![
        ("closed before", Fault::CloseBefore),
        ("closed after", Fault::CloseAfter),
        ("reset before", Fault::ResetBefore),
        ("reset after", Fault::ResetAfter),
        ("half of the answer", Fault::Truncate),
        ("a proxy's page before", Fault::Instead(html())),
        ("a proxy's page after", Fault::InsteadAfter(html())),
        (
            "a sign-in page",
            Fault::Instead(Reply::text(200, "text/html", "<html>Sign in</html>")),
        ),
        ("hangs before", Fault::HangBefore),
        ("hangs after", Fault::HangAfter),
    ];
    for (name, status) in [
        ("401", 401),
        ("403", 403),
        ("404", 404),
        ("429", 429),
        ("500", 500),
        ("503", 503),
    ] {
        all.push((name, says(status)));
    }
    all
}

/// Returns the same, each followed by silence: what nobody heard cannot be read back.
fn faults_and_silence() -> Vec<(&'static str, Fault)> {
    let then = |fault| Fault::AndSilence(Box::new(fault));
    vec![
        ("reset before, then silence", then(Fault::ResetBefore)),
        ("reset after, then silence", then(Fault::ResetAfter)),
        ("half of the answer, then silence", then(Fault::Truncate)),
        ("hangs after, then silence", then(Fault::HangAfter)),
        (
            "500 after, then silence",
            then(Fault::InsteadAfter(Reply::empty(500))),
        ),
    ]
}

/// Over how many acts a fault is spread in a run that is not whole: they push by the same way.
const SPREAD: usize = 3;

/// Returns the cases of an act: in the whole of the matrix each push of its plan under each fault; in every run of the tests
/// its own push under one fault in three, so that each fault meets two of the acts at least.
fn cases(act: Act, is_whole: bool) -> Vec<Case> {
    let mut all = Vec::new();
    for push in 0..act.pushes() {
        if !is_whole && push != act.own_push() {
            continue;
        }
        let mut add = |name, stage, harm| {
            all.push(Case {
                name,
                harm,
                stage,
                push,
            });
        };
        add("refused", Stage::Sent, Harm::Refused);
        for (name, fault) in faults() {
            add(name, Stage::Sent, Harm::Fault(fault.clone()));
            if is_whole || matches!(name, "reset before" | "403" | "500") {
                add(name, Stage::Announced, Harm::Fault(fault));
            }
        }
        for (name, fault) in faults_and_silence() {
            add(name, Stage::Sent, Harm::Fault(fault));
        }
    }
    if !is_whole {
        let mut places = (act as usize)..;
        all.retain(|_| places.next().is_some_and(|place| place % SPREAD == 0));
    }
    all
}

impl Place {
    /// Lets a case's fault wait for its push.
    fn harm(&self, case: &Case) {
        let (method, part) = match case.stage {
            Stage::Announced => ("GET", "service=git-receive-pack"),
            Stage::Sent => ("POST", "git-receive-pack"),
        };
        match &case.harm {
            Harm::Fault(fault) => {
                if case.name.starts_with("hangs") {
                    self.configure(HASTY);
                }
                self.server
                    .trap_after(method, part, case.push, 1, fault.clone());
            }
            Harm::Refused => {
                let (path, text) = (self.gitconfig(), self.refused());
                let refuse = move || std::fs::write(&path, &text).expect("own folder");
                match case.push.checked_sub(1) {
                    // From the end of the push before it on.
                    Some(before) => {
                        let happening = Fault::Afterwards(Happening::new(refuse));
                        self.server.trap_after(method, part, before, 1, happening);
                    }
                    None => refuse(),
                }
            }
        }
    }

    fn configure(&self, text: &str) {
        std::fs::write(self.gitconfig(), text).expect("own folder");
    }

    fn heal(&self) {
        self.server.heal();
        self.configure("");
    }
}

/// What an act came to, as it was told.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Done,
    /// Kept on this machine, and not called more than that.
    Kept,
    NotDone(String),
    Unknown(String),
}

async fn told(place: &Place, plan: &Plan) -> Told {
    let result = match place.execute(plan).await {
        Ok(result) => result,
        Err(fault) => return Told::NotDone(fault.to_string()),
    };
    match result.outcome {
        Outcome::Done if result.why.contains("not yet shared") => Told::Kept,
        Outcome::Done | Outcome::Already => Told::Done,
        Outcome::Refused | Outcome::Failed => Told::NotDone(result.why),
        Outcome::Unknown => Told::Unknown(result.why),
    }
}

/// Runs one case and says what is wrong with it.
async fn wrong(place: &Place, act: Act, turn: usize, case: &Case) -> Option<String> {
    place.make_ready(act, turn);
    place.look().await;
    if place.effects(act, turn).await != 0 {
        return Some("it was there before".to_owned());
    }
    let hits = place.server.hits();
    // What is planned was seen while the network was well.
    let planned = place.plan(act, turn).await.expect("it can be planned");
    place.harm(case);
    let answer = told(place, &planned).await;
    place.heal();
    let is_hit =
        place.server.hits() > hits || (case.push == 0 && matches!(case.harm, Harm::Refused));
    if !is_hit {
        return Some(format!("nothing went wrong: {answer:?}"));
    }
    let done = place.effects(act, turn).await;
    match (&answer, done) {
        (_, 2..) => return Some(format!("done {done} times: {answer:?}")),
        (Told::Done, 0) => return Some("called done, and is not".to_owned()),
        (Told::NotDone(_), 1) => return Some(format!("called not done, and is: {answer:?}")),
        (Told::NotDone(why) | Told::Unknown(why), _) if why.is_empty() || why.contains('\n') => {
            return Some(format!("no sentence: {why:?}"));
        }
        _ => {}
    }
    if let Some(why) = after_healing(place, act, turn, &answer).await {
        return Some(format!("{why}; it had been {answer:?}"));
    }
    None
}

/// Finds out what is unknown, asks for the act once more, and says what is wrong then.
async fn after_healing(place: &Place, act: Act, turn: usize, answer: &Told) -> Option<String> {
    // What is kept here goes out with the next entry.
    let more = place.planned("note \"the network is back\"").await;
    let shared = match more {
        Ok(plan) => place
            .execute(&plan)
            .await
            .map_err(|fault| fault.to_string()),
        Err(why) => Err(why),
    };
    if let Err(why) = shared {
        return Some(format!("nothing can be told: {why}"));
    }
    if let Some(why) = settled(place, act, turn).await {
        return Some(why);
    }
    let is_there = place.effects(act, turn).await == 1;
    // Nobody says a second time what is on record, or takes a seat that they have.
    let is_over = is_there && matches!(act, Act::Note | Act::Seat);
    if !is_over {
        let again = match place.plan(act, turn).await {
            Ok(plan) => told(place, &plan).await,
            Err(why) => Told::NotDone(why),
        };
        if again != Told::Done {
            return Some(format!("said again it is {again:?}"));
        }
    }
    let done = place.effects(act, turn).await;
    if done != 1 {
        return Some(format!("in the end it is done {done} times"));
    }
    if matches!(answer, Told::Unknown(_))
        && let Some(why) = settled(place, act, turn).await
    {
        return Some(why);
    }
    if act == Act::Seat {
        let release = place.planned("drive --release").await.expect("it is ours");
        place.execute(&release).await.expect("it is carried out");
    }
    flawed(&place.record().await)
}

/// Settles what is not known, and says where a look finds something else than what is there.
async fn settled(place: &Place, act: Act, turn: usize) -> Option<String> {
    let is_there = place.effects(act, turn).await == 1;
    let left = place.look().await.seen.interrupted;
    for one in &left {
        for call in &one.calls {
            let is_wrong = match &call.found {
                // It is there to be taken away.
                Found::There { .. } if act == Act::Delete => is_there,
                Found::There { .. } if act == Act::Replace => false,
                Found::There { .. } => !is_there,
                Found::Nowhere if act == Act::Delete => !is_there,
                Found::Nowhere => is_there,
                Found::NotSeen => true,
                Found::NotBegun | Found::Written | Found::Recorded | Found::Untold => false,
            };
            if is_wrong {
                return Some(format!("{}: found {:?}", call.call, call.found));
            }
        }
        let words = format!("resume {} --skip", one.intent);
        let skipped = match place.planned(&words).await {
            Ok(plan) => place
                .execute(&plan)
                .await
                .map_err(|fault| fault.to_string()),
            Err(why) => Err(why),
        };
        if let Err(why) = skipped {
            return Some(format!("{words}: {why}"));
        }
    }
    let left = place.look().await.seen.interrupted;
    (!left.is_empty()).then(|| format!("still open: {left:?}"))
}

/// Says what is wrong with a record: an entry twice, or an effect that nobody found out about.
fn flawed(record: &Record) -> Option<String> {
    let mut ids: Vec<String> = record
        .entries
        .iter()
        .map(|one| one.id.to_string())
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() != count {
        return Some("an entry is there twice".to_owned());
    }
    let effects = record.effects.values().flatten();
    let unknown: Vec<&str> = effects
        .filter(|effect| matches!(effect.state, EffectState::Unknown { .. }))
        .map(|effect| effect.call.as_str())
        .collect();
    (!unknown.is_empty()).then(|| format!("nobody found out about {unknown:?}"))
}

async fn survives(act: Act, is_whole: bool) {
    let place = Place::new().await;
    let cases = cases(act, is_whole);
    let mut all = Vec::new();
    for (turn, case) in cases.iter().enumerate() {
        if let Some(why) = wrong(&place, act, turn, case).await {
            let Case {
                name, stage, push, ..
            } = case;
            all.push(format!(
                "{act:?} under `{name}` {stage:?} at push {push}: {why}"
            ));
        }
    }
    tell(&format!(
        "{act:?}: {} cases, {} wrong",
        cases.len(),
        all.len()
    ));
    assert!(all.is_empty(), "\n{}", all.join("\n"));
}

/// Each of these runs its part of the matrix; the last one the whole of it.
macro_rules! pushes {
    ($($name:ident: $act:expr,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                survives($act, false).await;
            }
        )*

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        #[ignore = "every push of every plan under each fault, minutes: cargo test --test all each_push -- --ignored"]
        async fn each_push_survives_each_fault() {
            for act in [$($act,)*] {
                survives(act, true).await;
            }
        }
    };
}

pushes! {
    a_new_branch_survives_faults_of_its_push: Act::Create,
    a_branch_that_is_replaced_survives_faults_of_its_push: Act::Replace,
    a_branch_that_is_taken_away_survives_faults_of_its_push: Act::Delete,
    a_branch_that_is_built_survives_faults_of_its_push: Act::Build,
    an_entry_of_the_record_survives_faults_of_its_push: Act::Note,
    an_entry_of_a_lock_log_survives_faults_of_its_push: Act::Seat,
    a_request_of_the_local_forge_survives_faults_of_its_push: Act::Open,
}
