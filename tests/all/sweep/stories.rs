//! Fault points and seeds: one hotfix on a GitLab, from its request to its backport, in which the console dies once in
//! every act, each time at another moment. It is opened again and told the same, and in the end everything is there once.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::Mutex;

use lanekeeper::engine::Intent;
use lanekeeper::engine::Interrupted;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::Plan;
use lanekeeper::engine::Resuming;
use lanekeeper::engine::plan;
use lanekeeper::model::Subject;
use lanekeeper::ops::Points;
use lanekeeper::ops::Silent;
use lanekeeper::ops::Workspace;

use super::kills::program;
use super::sample::Share;
use super::tell;
use crate::forges::gitlab::play::Play;

/// What one person does.
#[derive(Debug, Clone, Copy)]
enum Act {
    Say(&'static str, &'static str),
    /// Takes a seat of the go-live.
    Vote(&'static str, &'static str),
    /// Brings the fix back, as the console does by itself when production has it.
    FollowUp,
    /// The forge's own work comes to its end.
    Checks,
    Jobs,
}

const STORY: [Act; 15] = [
    Act::Say("dana", "do change"),
    Act::Checks,
    Act::Say("dana", "comment 77 \"please look\""),
    Act::Say("dana", "do change"),
    Act::Vote("lena", "tech-lead"),
    Act::Vote("pat", "product-manager"),
    Act::Say("dana", "do deploy"),
    Act::Jobs,
    Act::FollowUp,
    Act::Say("dana", "do backport --target develop"),
    Act::Say("dana", "do verify --note \"no crash any more\""),
    Act::Say("dana", "do migrations"),
    Act::Say("dana", "tick approvers --note \"in the channel\""),
    Act::Say("dana", "untick approvers --note \"not yet\""),
    Act::Say("dana", "note \"support is told\""),
];

/// The moments that an act came by, in order.
type Moments = Arc<Mutex<Vec<&'static str>>>;

/// How an attempt ended.
#[derive(Debug)]
enum Attempt {
    Died,
    Done,
    Not(String),
}

/// What a whole story left behind.
struct Told {
    /// What the forge and the remote had after each act.
    after: Vec<String>,
    /// The moments of each act.
    moments: Vec<Vec<&'static str>>,
    /// How often each kind of event is on the record.
    events: BTreeMap<String, usize>,
    deaths: Vec<String>,
    /// What was found of each, and what came of saying it again.
    found: Vec<String>,
}

/// Tells the story; `dies` says at which moment of each act the console dies, given how many the act had.
async fn told(dies: impl Fn(usize) -> Option<usize>) -> Told {
    let mut play = Play::begin("two").await;
    let mut told = Told {
        after: Vec::new(),
        moments: Vec::new(),
        events: BTreeMap::new(),
        deaths: Vec::new(),
        found: Vec::new(),
    };
    for (index, act) in STORY.iter().enumerate() {
        let moments = Moments::default();
        match act {
            Act::Checks => {
                let mut state = play.state();
                let (head, author) = (state.mrs[0].head().to_owned(), state.users[0].clone());
                state.request_pipeline(&head, &author);
            }
            Act::Jobs => play.state().end_jobs("success"),
            Act::Say(..) | Act::Vote(..) | Act::FollowUp => {
                let at = dies(index);
                let who = deadly(console(&play, act), &moments, at);
                match Box::pin(attempt(&play, act, &who)).await {
                    Attempt::Done => {}
                    Attempt::Not(why) => panic!("{act:?}: {why}"),
                    Attempt::Died => {
                        let name = moments.lock().unwrap().last().copied().unwrap_or_default();
                        let at = at.unwrap_or_default();
                        told.deaths.push(format!("{act:?} at moment {at}, {name}"));
                        drop(who);
                        let found = Box::pin(again(&mut play, act)).await;
                        told.found.push(format!("{act:?}: {found}"));
                    }
                }
            }
        }
        told.moments.push(moments.lock().unwrap().clone());
        told.after.push(ledger(&play));
    }
    let board = play.board(&play.dana).await;
    let record = board.record.expect("a record");
    let mut ids = BTreeSet::new();
    for entry in &record.entries {
        assert!(
            ids.insert(entry.id.to_string()),
            "{} is there twice",
            entry.id
        );
        let kind = entry.kind.clone();
        if !kind.starts_with("effect.") && !kind.starts_with("intent.") {
            *told.events.entry(kind).or_default() += 1;
        }
    }
    let findings = board.progress.expect("a hotfix is looked at").findings;
    let open: Vec<&str> = findings
        .iter()
        .map(|finding| finding.text.as_str())
        .filter(|text| text.contains("interrupted"))
        .collect();
    assert!(open.is_empty(), "{open:?}");
    told
}

fn console<'a>(play: &'a Play, act: &Act) -> &'a Workspace {
    match act {
        Act::Say("lena", _) | Act::Vote("lena", _) => &play.lena,
        Act::Say("pat", _) | Act::Vote("pat", _) => &play.pat,
        _ => &play.dana,
    }
}

/// Returns the console, which dies at the moment of that number.
fn deadly(console: &Workspace, moments: &Moments, at: Option<usize>) -> Workspace {
    let moments = Arc::clone(moments);
    console.with_points(Points::heard_by(Arc::new(move |name| {
        let count = {
            let mut moments = moments.lock().unwrap();
            moments.push(name);
            moments.len()
        };
        if Some(count) == at {
            // Not a panic: nothing is printed, and nothing is anybody's mistake.
            resume_unwind(Box::new("the process dies here"));
        }
    })))
}

/// Looks, plans and carries out.
async fn attempt(play: &Play, act: &Act, who: &Workspace) -> Attempt {
    let planned = match planned(play, act, who).await {
        Ok(Some(plan)) => plan,
        Ok(None) => return Attempt::Done,
        Err(why) => return Attempt::Not(why),
    };
    let who = who.clone();
    let task = tokio::spawn(async move { who.execute(&planned, Arc::new(Silent)).await });
    let report = match task.await {
        Err(_) => return Attempt::Died,
        Ok(Err(fault)) => return Attempt::Not(fault.to_string()),
        Ok(Ok(report)) => report,
    };
    let wrong = report
        .results
        .iter()
        .find(|result| !matches!(result.outcome, Outcome::Done | Outcome::Already));
    match wrong {
        None => Attempt::Done,
        Some(result) => Attempt::Not(format!("{}: {}", result.call, result.why)),
    }
}

/// Plans an act; none if there is nothing left to do.
async fn planned(play: &Play, act: &Act, who: &Workspace) -> Result<Option<Plan>, String> {
    let intent: Intent = match act {
        Act::Say(_, words) => words.parse().expect("words of an intent"),
        Act::Vote(_, role) => {
            let board = play.board(who).await;
            let deployments = board.seen.deployments.value().expect("the forge was asked");
            Intent::Approve {
                subject: Subject::Deployment(deployments[0].id.clone()),
                role: role.parse().ok(),
                comment: Some("go".to_owned()),
                seen: Some(deployments[0].commit.clone()),
            }
        }
        Act::FollowUp => {
            let due = who
                .follow_up(&play.id)
                .await
                .map_err(|fault| fault.to_string())?;
            return Ok(due.map(|(_, plan)| plan));
        }
        Act::Checks | Act::Jobs => return Ok(None),
    };
    let board = play.board(who).await;
    let record = board.record.clone().expect("a record");
    plan(&intent, &board.book, &record, &board.seen)
        .map(Some)
        .map_err(|refusal| refusal.reasons.join("; "))
}

/// Opens the console again, as a person would, and says the same once more. What is done already is refused with its
/// reason, and that is an answer too.
async fn again(play: &mut Play, act: &Act) -> String {
    let login = match act {
        Act::Say(login, _) | Act::Vote(login, _) => *login,
        Act::FollowUp | Act::Checks | Act::Jobs => "dana",
    };
    leave_a_dead_holder(self::console(play, act));
    let console = play.reopened(login).await;
    match login {
        "lena" => play.lena = console,
        "pat" => play.pat = console,
        _ => play.dana = console,
    }
    let who = self::console(play, act);
    let taken = decided(who).await;
    let is_kept = match act {
        // Said twice they are two; what was kept is taken up, and a person reads that it is there.
        Act::Say(_, words) => is_on_record(play, words).await,
        Act::Vote(..) | Act::FollowUp | Act::Checks | Act::Jobs => false,
    };
    if is_kept {
        return format!("{taken:?}; it is there");
    }
    // A refusal says that it is done, or the world after it tells.
    format!("{taken:?}; {:?}", Box::pin(attempt(play, act, who)).await)
}

/// Puts what was found of each interrupted intent on record, as `lanekeeper resume --skip` does, and returns what was said.
async fn decided(who: &Workspace) -> Vec<String> {
    let mut said = Vec::new();
    for (hotfix, left) in who.interrupted().await.expect("the remote is there") {
        for one in left.into_iter().filter(Interrupted::may_have_acted) {
            said.extend(one.sentences());
            let board = who.board_of_interrupted(&hotfix).await.expect("a board");
            let record = board.record.as_ref().expect("a record");
            let skip = Intent::Resume {
                intent: one.intent,
                how: Resuming::Skip,
            };
            let planned = plan(&skip, &board.book, record, &board.seen).expect("it may be skipped");
            let report = who.execute(&planned, Arc::new(Silent)).await;
            report.expect("it is put on record");
        }
    }
    said
}

/// The journal names the process that had it; here that is the test itself, which goes on.
fn leave_a_dead_holder(console: &Workspace) {
    let mut child = program("true").spawn().expect("true runs");
    let id = child.id();
    child.wait().expect("it ends");
    std::fs::write(console.state_dir().join("journal.lock"), id.to_string()).expect("own folder");
}

/// Tells whether a note or a comment is there already.
async fn is_on_record(play: &Play, words: &str) -> bool {
    let needle = match words.split_once('"') {
        Some((verb, rest)) if verb.starts_with("note") || verb.contains("tick") => rest,
        _ => return false,
    };
    let needle = needle.trim_end_matches('"');
    let board = play.board(&play.dana).await;
    let record = board.record.expect("a record");
    let mut lines = record.entries.iter().map(|entry| entry.to_line());
    lines.any(|line| line.contains(needle))
}

/// What the forge and the remote have, without ids and times.
fn ledger(play: &Play) -> String {
    let mut lines = Vec::new();
    let state = play.state();
    for mr in &state.mrs {
        lines.push(format!(
            "!{} {} -> {} {} {:?}, {} heads, {} approvals, {} comments",
            mr.iid,
            if mr.from.starts_with("backport/") {
                "backport"
            } else {
                &mr.from
            },
            mr.into,
            mr.state,
            mr.labels,
            mr.versions.len(),
            mr.approvals.len(),
            mr.notes.len(),
        ));
    }
    for job in &state.jobs {
        lines.push(format!("job {} {}", job.name, job.status));
    }
    for deployment in &state.deployments {
        let votes = deployment.approvals.iter();
        let votes: Vec<&str> = votes.map(|vote| vote.user.username).collect();
        lines.push(format!("go-live approved by {votes:?}"));
    }
    drop(state);
    let refs = play.world.git_in(
        &play.world.origin(),
        &["for-each-ref", "--format=%(refname)", "refs/heads"],
    );
    lines.extend(refs.lines().map(|name| match name.split_once("/develop-") {
        Some((before, _)) => before.to_owned(),
        None => name.to_owned(),
    }));
    for branch in ["main", "develop"] {
        let count = ["rev-list", "--count", branch];
        lines.push(format!(
            "{branch} {}",
            play.world.git_in(&play.world.origin(), &count)
        ));
    }
    lines.join("\n")
}

/// A number that depends on the place and on nothing else, so that the acts of one story do not die at the same moment.
fn mixed(place: usize) -> usize {
    place.wrapping_mul(7_919)
}

/// In how many stories the console dies, each time once in every act: together they are the 1,200 deaths of safety.md T2.
const SEEDS: usize = 120;

/// Tells the story once without harm, then once for each seed of a share.
async fn every_seed(share: Share) {
    let whole = Box::pin(told(|_| None)).await;
    let seeds: Vec<usize> = (0..SEEDS).filter(|seed| share.has(*seed)).collect();
    let mut points = BTreeSet::new();
    let mut deaths = 0;
    for &seed in &seeds {
        // Each seed has the moment after that of the seed before, so that all of them have their turn.
        let at = |index: usize| {
            let count = whole.moments[index].len().max(1);
            Some((seed + mixed(index)) % count + 1)
        };
        let told = Box::pin(told(at)).await;
        deaths += told.deaths.len();
        let how = [told.deaths.join("\n"), told.found.join("\n")].join("\n");
        for (index, act) in STORY.iter().enumerate() {
            assert_eq!(
                told.after[index], whole.after[index],
                "seed {seed}, after {act:?}\n{how}"
            );
        }
        assert_eq!(told.events, whole.events, "seed {seed}\n{how}");
        points.extend(told.deaths);
    }
    let moments: usize = whole.moments.iter().map(Vec::len).sum();
    let names: BTreeSet<&str> = whole.moments.iter().flatten().copied().collect();
    tell(&format!(
        "fault points ({}): {} of {SEEDS} seeds, {deaths} deaths at {} different points; {moments} points in the story, \
         under {} names",
        share.words(),
        seeds.len(),
        points.len(),
        names.len()
    ));
    assert!(moments >= 60, "only {moments} points");
    assert!(names.len() >= 15, "only {names:?}");
    assert!(deaths >= 10 * seeds.len(), "only {deaths} deaths");
    if share == Share::Whole {
        assert!(points.len() >= 60, "only {points:?}");
        assert!(deaths >= 1_200, "only {deaths} deaths");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_dies_in_every_act_of_a_hotfix_has_everything_once_in_the_end() {
    Box::pin(every_seed(Share::wanted())).await;
}
