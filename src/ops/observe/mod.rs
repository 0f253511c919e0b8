//! Asks git and the forge, and answers with what was seen, when, or why it could not be. A part that fails is
//! an answer of its own (`Seen::Unknown`), never a failure of the whole look.

mod asked;
mod carrying;
mod debt;
mod decided;
mod driven;
mod fix;
mod frozen;
mod known;
mod lanes;
mod named;
mod owners;
mod recorded;
mod said;
mod shape;
mod span;
mod taken_out;
mod trailers;
mod unclosed;
mod weighed;
mod whose;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::Observation;
use crate::forge::Forge;
use crate::git::Cancel;
use crate::git::Repo;
use crate::git::across;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Person;
use crate::model::RequestId;
use crate::model::Seen;
use crate::model::Timestamp;
use crate::model::chain_text;
use crate::playbook::Playbook;
use crate::record::Record;

pub(super) use asked::{Layers, Outside};
pub(super) use carrying::{Cargo, Trial};
use debt::Owed;
pub(super) use decided::{decided, decided_before};
pub(super) use fix::MOST_COMMITS;
pub(super) use known::Ground;
pub(super) use known::Known;
pub(super) use lanes::{merges_of, promoted};
pub(super) use named::{Ended, Named, named};
pub(super) use owners::OwnerBook;
pub(super) use recorded::{recorded_decisions, seat_recorded};
pub(super) use said::Said;
pub(super) use taken_out::{brought, took_out};
pub(super) use weighed::weigh;
pub(super) use whose::{landed, name, nameless, whose};

use super::drivers::LookDrivers;

/// What a look needs; everything in it was read before.
pub(super) struct Look {
    pub(super) repo: Repo,
    pub(super) forge: Arc<dyn Forge>,
    pub(super) book: Arc<Playbook>,
    pub(super) record: Option<Arc<Record>>,
    pub(super) me: Person,
    pub(super) now: Timestamp,
    pub(super) since_boot: Duration,
    pub(super) tips: BTreeMap<BranchName, CommitId>,
    /// When the remote was last seen, and why it was not seen now.
    pub(super) sight: Sight,
    pub(super) depth: Depth,
    /// The merge drivers of the clone; none where it has none, or nobody would be told.
    pub(super) drivers: Option<LookDrivers>,
    /// What records of open hotfixes name.
    pub(super) named: Named,
    /// Those of them that an earlier look found to have ended.
    pub(super) ended: Arc<Ended>,
}

/// How much of the lanes' history is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Only what the first picture of the lanes needs; everything else is told not to have been looked at.
    Sketch,
    /// As much as a screen may show.
    Drawing,
    /// What the state of steps depends on: the text output shows no lane's history.
    Steps,
}

/// How the refs in hand are known.
#[derive(Debug, Clone)]
pub(super) enum Sight {
    Fresh(Timestamp),
    Stale { at: Timestamp, why: String },
    Never { why: String },
}

impl Sight {
    /// Says of `value`, which was computed from the refs in hand, how it is known.
    pub(super) fn of<T>(&self, value: T) -> Seen<T> {
        match self {
            Self::Fresh(at) => Seen::known(value, *at),
            Self::Stale { at, why } => Seen::Stale {
                value,
                at: *at,
                why: why.clone(),
            },
            Self::Never { why } => Seen::Unknown { why: why.clone() },
        }
    }

    /// Says the same of a computation that may have failed.
    pub(super) fn of_result<T, E: std::error::Error>(&self, result: Result<T, E>) -> Seen<T> {
        match result {
            Ok(value) => self.of(value),
            Err(error) => Seen::unknown(chain_text(&error)),
        }
    }
}

/// What a look found.
pub(super) struct Found {
    pub(super) seen: Observation,
    pub(super) debt: Owed,
    /// What git answered, for the next look; none where that may be otherwise by then.
    pub(super) known: Option<Arc<Known>>,
    /// Whether git was not asked again.
    pub(super) is_known: bool,
}

/// Looks at everything once; the forge is asked unless it has just `said` something. What git answered to the look before
/// is taken over if it was asked the very same.
pub(super) async fn observe(
    look: Look,
    said: Option<Said>,
    records: Vec<Record>,
    before: Option<Arc<Known>>,
) -> Found {
    let said = match said {
        Some(said) => said,
        None => Said::asked(&look).await,
    };
    let Said {
        requests,
        deployments,
        me,
    } = said;
    let listed = requests.value().map_or(&[][..], Vec::as_slice);
    let unclosed_before = before.as_deref().map(Known::unclosed);
    let unclosed = unclosed::answered(&look, listed, unclosed_before).await;
    let merges = unclosed.merges(listed);
    let is_open = |request: &&ChangeRequest| request.is_open() && merges.contains_key(&request.id);
    let open = requests.value().into_iter().flatten().filter(is_open);
    let still_open: BTreeSet<RequestId> = open.map(|request| request.id).collect();
    let requests = requests.map(|requests| unclosed::told(requests, &merges));
    let merged = requests.value().cloned().unwrap_or_default();
    let capabilities = look.forge.capabilities();
    let quiet_until = look.forge.quiet_until();
    let clock_offset = look.forge.clock_offset();
    let last = before.clone();
    let (look, in_git, known) = match Ground::of(&look, merged, records) {
        Ok(ground) => answers(look, ground, before, unclosed).await,
        Err(error) => {
            let unseen = InGit::unseen(&chain_text(&error));
            (look, unseen, None)
        }
    };
    let pair = known.as_ref().zip(last.as_ref());
    let is_known = pair.is_some_and(|(now, then)| Arc::ptr_eq(now, then));
    let InGit {
        fix,
        edges,
        presence,
        unreached,
        dropped,
        taken_out,
        weighed,
        predictions,
        driven,
        undecided,
        attempts,
        along,
        frozen,
        history,
        debt,
        by_trailer,
    } = in_git;
    let hotfix = look.record.as_ref().map(|record| record.hotfix.clone());
    let requests = requests.map(|requests| trailers::told(requests, &by_trailer, hotfix.as_ref()));
    let seen = Observation {
        interrupted: Vec::new(),
        archived: None,
        rewritten: None,
        now: look.now,
        since_boot: look.since_boot,
        me,
        capabilities,
        quiet_until,
        clock_offset,
        tips: look.sight.of(look.tips),
        fix,
        edges,
        presence,
        unreached,
        dropped,
        taken_out,
        weighed,
        predictions,
        driven: driven.by_target,
        prerequisites: BTreeMap::new(),
        undecided,
        attempts,
        along,
        requests,
        unclosed: still_open,
        deployments,
        frozen,
        locks: BTreeMap::new(),
        is_record_here: false,
        history,
    };
    Found {
        seen,
        debt,
        known,
        is_known,
    }
}

/// Returns what git says about this ground: as it did before, or asked now.
async fn answers(
    look: Look,
    ground: Ground,
    before: Option<Arc<Known>>,
    unclosed: Arc<unclosed::Answered>,
) -> (Look, InGit, Option<Arc<Known>>) {
    if let Sight::Never { why } = &look.sight {
        let unseen = InGit::unseen(why);
        return (look, unseen, None);
    }
    if let Some(before) = before.filter(|before| before.is_about(&ground)) {
        let again = before.as_of(&look.sight);
        return (look, again, Some(before));
    }
    let missed = look.repo.missed();
    let ground = Arc::new(ground);
    let (look, in_git) = see_git(look, Arc::clone(&ground)).await;
    // What was not there may come without any ref telling of it: only what was answered in full is kept.
    let is_whole = look.repo.missed() == missed;
    let known = Known::new(ground, &in_git, &look, unclosed).filter(|_| is_whole);
    (look, in_git, known.map(Arc::new))
}

/// The part of an observation that comes from our own repository.
#[derive(Clone)]
struct InGit {
    fix: Seen<crate::engine::FixSight>,
    edges: BTreeMap<crate::model::Edge, Seen<crate::engine::EdgeSight>>,
    presence: BTreeMap<crate::model::LaneName, Seen<crate::model::Presence>>,
    unreached: Seen<BTreeSet<crate::model::LaneName>>,
    dropped: BTreeSet<crate::model::LaneName>,
    taken_out: BTreeMap<crate::model::LaneName, crate::engine::Reverted>,
    weighed: BTreeMap<(crate::model::LaneName, CommitId), Seen<crate::engine::Weighed>>,
    predictions:
        BTreeMap<(crate::model::StepId, crate::model::LaneName), Seen<crate::model::Prediction>>,
    driven: driven::Told,
    undecided: BTreeMap<BranchName, Seen<Vec<crate::model::ConflictPath>>>,
    attempts:
        BTreeMap<(crate::model::StepId, crate::model::LaneName), Seen<crate::model::Untrusted>>,
    along: BTreeMap<(crate::model::StepId, crate::model::LaneName), Seen<crate::engine::Riders>>,
    frozen: Seen<Option<crate::engine::Frozen>>,
    history: Seen<Arc<crate::engine::LaneHistory>>,
    debt: Owed,
    /// Requests that no marker, but the trailer of their head gives to this hotfix.
    by_trailer: BTreeSet<RequestId>,
}

impl InGit {
    /// Says of everything that it could not be seen.
    fn unseen(why: &str) -> Self {
        Self {
            fix: Seen::unknown(why),
            edges: BTreeMap::new(),
            presence: BTreeMap::new(),
            unreached: Seen::unknown(why),
            dropped: BTreeSet::new(),
            taken_out: BTreeMap::new(),
            weighed: BTreeMap::new(),
            predictions: BTreeMap::new(),
            driven: driven::Told::nothing(),
            undecided: BTreeMap::new(),
            attempts: BTreeMap::new(),
            along: BTreeMap::new(),
            frozen: Seen::unknown(why),
            history: Seen::unknown(why),
            debt: Owed::default(),
            by_trailer: BTreeSet::new(),
        }
    }
}

/// Crosses the bridge to blocking git calls, once per look.
async fn see_git(mut look: Look, ground: Arc<Ground>) -> (Look, InGit) {
    // A look that is left behind or replaced takes its merges along.
    let cancel = Cancel::default();
    let _ended = cancel.on_drop();
    look.repo = look.repo.unless(&cancel);
    let look = Arc::new(look);
    let worker = Arc::clone(&look);
    let joined = across(move || read_git(&worker, &ground)).await;
    let in_git = joined
        .unwrap_or_else(|error| InGit::unseen(&format!("the look at git ended early: {error}")));
    match Arc::try_unwrap(look) {
        Ok(look) => (look, in_git),
        // The worker has ended, so nobody else holds it; clone what is needed rather than panic.
        Err(shared) => (shared.duplicate(), in_git),
    }
}

impl Look {
    pub(super) fn duplicate(&self) -> Self {
        Self {
            repo: self.repo.clone(),
            forge: Arc::clone(&self.forge),
            book: Arc::clone(&self.book),
            record: self.record.clone(),
            me: self.me.clone(),
            now: self.now,
            since_boot: self.since_boot,
            tips: self.tips.clone(),
            sight: self.sight.clone(),
            depth: self.depth,
            drivers: self.drivers.clone(),
            named: self.named.clone(),
            ended: Arc::clone(&self.ended),
        }
    }

    /// Returns the tip of a lane, if its branch is on the remote.
    fn lane_tip(&self, lane: &crate::model::LaneName) -> Option<&CommitId> {
        self.tips.get(&self.book.project.lane(lane)?.branch_name()?)
    }
}

/// Lets git compute in a few processes what is asked one by one below.
fn prepare(
    look: &Look,
    fix: Option<&fix::Fix>,
    span: Option<&crate::engine::FixSpan>,
    requests: &[ChangeRequest],
) {
    let mut questions = lanes::questions(look);
    questions.extend(weighed::questions(look, fix, requests));
    questions.extend(fix.map_or_else(Vec::new, |fix| carrying::questions(look, fix, requests)));
    let lanes = look.book.project.lanes.iter();
    let tips: Vec<CommitId> = lanes
        .filter_map(|lane| look.lane_tip(&lane.name))
        .cloned()
        .collect();
    let whole = span.map(|span| (&span.base, &span.head));
    // What fails here fails again where it is asked, with a place to say so.
    if let Err(error) = look.repo.prepare(&questions, whole, &tips) {
        tracing::debug!(%error, "merges could not be computed ahead");
    }
}

fn read_git(look: &Look, ground: &Ground) -> InGit {
    if look.depth == Depth::Sketch {
        let mut sketch = InGit::unseen("not looked at yet");
        sketch.history = look.sight.of_result(lanes::sketch(look).map(Arc::new));
        return sketch;
    }
    let requests = ground.requests();
    let lanes = look.book.project.lanes.iter();
    let tips: Vec<CommitId> = lanes
        .filter_map(|lane| look.lane_tip(&lane.name))
        .cloned()
        .collect();
    // What fails here fails again where it is asked, with a place to say so.
    if let Err(error) = look.repo.prepare_lanes(&tips) {
        tracing::debug!(%error, "the lanes could not be read ahead");
    }
    let fix = fix::see(look, requests);
    let span = fix.as_ref().ok().and_then(fix::Fix::span);
    prepare(look, fix.as_ref().ok(), span.as_ref(), requests);
    let presence = lanes::presence(look, span.as_ref(), requests);
    let unreached = weighed::unreached(look, fix.as_ref().ok(), &presence);
    let dropped = weighed::dropped(look, fix.as_ref().ok(), &presence);
    let taken_out = taken_out::taken_out(
        look,
        fix.as_ref().ok(),
        requests,
        &presence,
        unreached.as_ref().unwrap_or(&BTreeSet::new()),
    );
    let weighed = weighed::weighed(look, fix.as_ref().ok(), requests);
    let edges = lanes::edges(look, fix.as_ref().ok(), requests);
    let predictions = carrying::predictions(look, fix.as_ref().ok(), requests);
    let driven = driven::told(look, fix.as_ref().ok(), requests, &predictions, &presence);
    let undecided = carrying::undecided(look);
    let attempts = carrying::attempts(look, &predictions);
    let along = carrying::along(look, fix.as_ref().ok(), requests);
    let frozen = frozen::frozen(look, fix.as_ref().ok(), requests);
    InGit {
        fix: look.sight.of_result(fix.map(|fix| fix.sight)),
        edges,
        presence,
        unreached: look.sight.of_result(unreached),
        dropped,
        taken_out,
        weighed,
        predictions,
        driven,
        undecided,
        attempts,
        along,
        frozen: look.sight.of_result(frozen),
        history: look
            .sight
            .of_result(lanes::history(look, requests).map(Arc::new)),
        debt: debt::debt(look, ground.records(), requests),
        by_trailer: trailers::found(look, requests),
    }
}
