//! Merge races (safety.md T18): somebody else does something at one of five moments around the merge. What each of them
//! is answered with stands in `tests/races.txt`, which a release manager can read. Whatever stands there: nothing is
//! merged that was not looked at, and a merge onto another base than the one that was looked at says so.

mod ground;

use std::sync::Arc;

use lanekeeper::engine::Intent;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::plan;
use lanekeeper::ops::Silent;

use super::tell;
use crate::forges::gitlab::play::shop;
use crate::forges::server::Fault;
use crate::forges::server::Happening;
use crate::support::repository::World;
use ground::Became;
use ground::Ground;

/// A forge to race on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Gitlab,
    Github,
    Gitea,
}

impl On {
    const ALL: [Self; 3] = [Self::Gitlab, Self::Github, Self::Gitea];

    fn word(self) -> &'static str {
        match self {
            Self::Gitlab => "gitlab",
            Self::Github => "github",
            Self::Gitea => "gitea",
        }
    }
}

/// What somebody else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Race {
    SourcePushed,
    SourceRewritten,
    TargetPushed,
    TargetRewritten,
    /// The forge computes for long whether it can be merged.
    Checking,
    Closed,
    /// As "do not merge".
    Labelled,
    MadeDraft,
    SourceDeleted,
}

impl Race {
    const ALL: [Self; 9] = [
        Self::SourcePushed,
        Self::SourceRewritten,
        Self::TargetPushed,
        Self::TargetRewritten,
        Self::Checking,
        Self::Closed,
        Self::Labelled,
        Self::MadeDraft,
        Self::SourceDeleted,
    ];

    fn words(self) -> &'static str {
        match self {
            Self::SourcePushed => "the source is pushed to",
            Self::SourceRewritten => "the source is rewritten",
            Self::TargetPushed => "the target is pushed to",
            Self::TargetRewritten => "the target is rewritten",
            Self::Checking => "the forge is checking",
            Self::Closed => "the request is closed",
            Self::Labelled => "a label says do not merge",
            Self::MadeDraft => "it is made a draft",
            Self::SourceDeleted => "the source is deleted",
        }
    }
}

/// When.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    BeforeTheLook,
    AfterThePlan,
    /// What the plan assumes was looked at again; the forge is asked about the request.
    BeforeTheCall,
    /// The merge has arrived, and nothing was done.
    InTheCall,
    /// It is done, and the answer is under way.
    AfterTheCall,
}

impl Moment {
    const ALL: [Self; 5] = [
        Self::BeforeTheLook,
        Self::AfterThePlan,
        Self::BeforeTheCall,
        Self::InTheCall,
        Self::AfterTheCall,
    ];

    fn words(self) -> &'static str {
        match self {
            Self::BeforeTheLook => "before the look",
            Self::AfterThePlan => "after the plan",
            Self::BeforeTheCall => "before the call",
            Self::InTheCall => "in the call",
            Self::AfterTheCall => "after the call",
        }
    }
}

/// One thing that happens at one moment on one forge.
type Case = (On, Race, Moment);

/// What came of a case.
struct Came {
    became: Became,
    outcome: Outcome,
    why: String,
    /// What the look had found.
    head: String,
    onto: String,
    /// All of it as the table has it.
    told: String,
}

/// Runs one case.
async fn played(shop: &World, (on, race, moment): Case) -> Came {
    let ground = Ground::new(shop, on).await;
    let before = ground.tip("hotfix/crash").expect("it is there");
    let mut happens = Some(ground.happening(race));
    if moment == Moment::BeforeTheLook {
        happens.take().unwrap()();
    }
    let board = ground.console.look(Some(&ground.id)).await.expect("a look");
    let record = board.record.clone().unwrap();
    let intent: Intent = "do change".parse().unwrap();
    let planned = plan(&intent, &board.book, &record, &board.seen);
    // What the look found is what the plan is about.
    let onto = ground.tip("main").expect("it is there");
    let head = ground.tip("hotfix/crash").unwrap_or(before);
    let (method, read) = ground.paths();
    let trap = |method: &str, part: &str, fault: Fault| {
        ground.server.trap_after(method, part, 0, 1, fault);
    };
    match moment {
        Moment::BeforeTheLook => {}
        Moment::AfterThePlan => happens.take().unwrap()(),
        Moment::BeforeTheCall => {
            let happening = Happening::new(happens.take().unwrap());
            trap("GET", read, Fault::Afterwards(happening));
        }
        Moment::InTheCall => {
            let happening = Happening::new(happens.take().unwrap());
            trap(method, "/merge", Fault::Meanwhile(happening));
        }
        Moment::AfterTheCall => {
            let happening = Happening::new(happens.take().unwrap());
            trap(method, "/merge", Fault::Afterwards(happening));
        }
    }
    let (call, outcome, why) = match planned {
        Err(refusal) => {
            let why = refusal.reasons.join("; ");
            ("no plan".to_owned(), Outcome::Refused, why)
        }
        Ok(plan) => {
            let report = ground.console.execute(&plan, Arc::new(Silent)).await;
            let report = report.expect("it is carried out");
            let last = report.results.last().expect("a call").clone();
            (last.call, last.outcome, last.why)
        }
    };
    let became = ground.became();
    let told = format!("{} | {call} | {}: {why}", became.state, outcome.word());
    Came {
        became,
        outcome,
        why,
        head,
        onto,
        told: ground.by_name(&told),
    }
}

/// Says what must not be, whatever the table says.
fn broken(moment: Moment, came: &Came) -> Option<&'static str> {
    let Came { outcome, why, .. } = came;
    let merge = came.became.merge.as_ref();
    if let Some(merge) = merge {
        if merge.head != came.head {
            return Some("what was merged was not looked at");
        }
        let is_other_base = merge.onto != came.onto;
        let is_told = why.contains("unexpected base");
        if *outcome == Outcome::Done && is_other_base && !is_told {
            return Some("the other base is not told");
        }
        if !is_other_base && is_told {
            return Some("the base is the one that was looked at");
        }
    }
    match (outcome, merge) {
        // A plan that only waits, or that runs checks, is done without a merge.
        (Outcome::Done | Outcome::Already, None) if moment != Moment::BeforeTheLook => {
            Some("called merged, and is not")
        }
        (Outcome::Refused | Outcome::Failed, Some(_)) => Some("called not merged, and is"),
        (Outcome::Refused | Outcome::Failed | Outcome::Unknown, _) if why.is_empty() => {
            Some("no reason")
        }
        _ => None,
    }
}

/// Returns what the table says of a case; each case stands there once.
fn expected((on, race, moment): Case) -> Result<&'static str, String> {
    let rows = include_str!("../../races.txt").lines();
    let rows = rows.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut found = Vec::new();
    for row in rows {
        let columns: Vec<&str> = row.splitn(4, '|').map(str::trim).collect();
        let [what, when, forges, told] = columns[..] else {
            return Err(format!("four columns at least are expected: {row}"));
        };
        let is_on = forges.split_whitespace().any(|word| word == on.word());
        if is_on && what == race.words() && when == moment.words() {
            found.push(told);
        }
    }
    match found[..] {
        [told] => Ok(told),
        _ => Err(format!("{} rows say what comes of it", found.len())),
    }
}

/// Says why a case is not answered as the table has it, or as it must be.
fn wrong(case: Case, came: &Came) -> Option<String> {
    let (on, race, moment) = case;
    let what = match (broken(moment, came), expected(case)) {
        (Some(broken), _) => broken.to_owned(),
        (None, Err(why)) => why,
        (None, Ok(told)) if squeezed(told) != squeezed(&came.told) => {
            format!("the table says: {told}")
        }
        (None, Ok(_)) => return None,
    };
    let (race, moment, on) = (race.words(), moment.words(), on.word());
    Some(format!(
        "{race} | {moment} | {on} | {}\n  {what}",
        came.told
    ))
}

/// Returns a text without the room that a table is given.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns every race at every moment on a forge.
fn table(on: On) -> Vec<Case> {
    let each = Race::ALL.into_iter();
    each.flat_map(|race| Moment::ALL.map(|moment| (on, race, moment)))
        .collect()
}

async fn run(cases: Vec<Case>) {
    use futures_util::StreamExt as _;
    let count = cases.len();
    let shop = &shop("two", "");
    let wrong: Vec<String> = futures_util::stream::iter(cases)
        .map(|case| async move { wrong(case, &played(shop, case).await) })
        .buffered(4)
        .filter_map(|found| async { found })
        .collect()
        .await;
    tell(&format!(
        "merge races: {count} cases, {} wrong",
        wrong.len()
    ));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_race_at_every_moment_stands_in_the_table_once() {
    let cases: Vec<Case> = On::ALL.into_iter().flat_map(table).collect();
    assert_eq!(cases.len(), 3 * 45);
    let missing: Vec<String> = cases
        .iter()
        .filter_map(|case| Some(format!("{case:?}: {}", expected(*case).err()?)))
        .collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_unseen_is_merged_whatever_happens_around_the_merge() {
    run(table(On::Gitlab)).await;
}

/// The two take turns: every case runs on one of them, every race and every moment on both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_unseen_is_merged_on_github_or_gitea() {
    let cases = table(On::Github).into_iter().zip(table(On::Gitea));
    let turns = cases.enumerate();
    let cases = turns.map(|(at, (one, other))| if at.is_multiple_of(2) { one } else { other });
    run(cases.collect()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "every case on each of the two, minutes: cargo test --test all each_race -- --ignored"]
async fn nothing_unseen_is_merged_in_each_race_on_github_and_gitea() {
    run([table(On::Github), table(On::Gitea)].concat()).await;
}
