//! The next stage of a change step: open the request, run its checks, take its draft mark off, merge it.

use crate::engine::derive::find_request;
use crate::engine::derive::frozen_by;
use crate::engine::derive::predicted_conflict;
use crate::engine::look::sight;
use crate::engine::refused::is_refusal;
use crate::engine::state::StepState;
use crate::engine::state::WaitingOn;
use crate::engine::taken_out::taken_out_of_run;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Subject;
use crate::model::Verdict;
use crate::model::plural;
use crate::playbook::Change as ChangeWork;
use crate::playbook::Source;
use crate::playbook::Step;
use crate::record::Event;

use super::Asked;
use super::Call;
use super::Desk;
use super::Expectation;
use super::Level;
use super::Refusal;
use super::RequestRef;
use super::draft::Draft;
use super::refuse;
use super::request::has_checks_to_run;
use super::request::merge_draft;
use super::request::same_head;
use super::request::unblock;
use super::riders::accept_riders;
use super::riders::fresh_edge;
use super::riders::tell_frozen;
use super::settle::accept;
use super::weigh::MERGED;
use super::weigh::tell_accepted;
use super::words;

pub(super) fn plan_change(
    desk: &Desk<'_>,
    step: &Step,
    change: &ChangeWork,
    asked: Asked<'_>,
) -> Result<Draft, Refusal> {
    let wanted = format!("do {}", step.id);
    desk.can_see(&wanted)?;
    let way = Way::new(desk, &wanted, change)?;
    let request = find_request(desk.look, &step.id, change);
    let draft = match request {
        Some(request) if request.is_open() => {
            plan_open(desk, &wanted, step, change, &way, request, asked)
        }
        Some(request) if request.merged().is_some() && way.head == request.head => {
            plan_judgement(desk, &wanted, change, request, asked)
        }
        Some(_) | None => plan_request(desk, &wanted, step, change, &way, asked),
    }?;
    Ok(draft.step(&step.id, None))
}

/// From where to where, with both tips as seen in this look.
struct Way {
    from: BranchName,
    into: BranchName,
    head: CommitId,
    onto: CommitId,
}

impl Way {
    fn new(desk: &Desk<'_>, wanted: &str, change: &ChangeWork) -> Result<Self, Refusal> {
        let from = match &change.from {
            Source::Fix => match desk.look.fix_branch() {
                Some(branch) => branch.clone(),
                None => return Err(refuse(wanted, "this hotfix has no branch on record")),
            },
            Source::Lane(lane) => desk.branch(wanted, lane)?,
        };
        let into = desk.branch(wanted, &change.into)?;
        Ok(Self {
            head: desk.fresh_tip(wanted, &from)?,
            onto: desk.fresh_tip(wanted, &into)?,
            from,
            into,
        })
    }
}

/// Refuses what must never lead to RUN: commits that are only in BUILD, or a promotion without the fix.
fn leads_to_run(desk: &Desk<'_>, wanted: &str, change: &ChangeWork) -> Result<(), Refusal> {
    match &change.from {
        Source::Fix => {
            if let Some(blind) = sight("the fix", Some(&desk.look.seen.fix)) {
                return Err(refuse(wanted, blind.words(desk.look.seen.now)));
            }
            let contamination = desk.look.fix().map_or(&[][..], |fix| &fix.contamination);
            if contamination.is_empty() {
                return Ok(());
            }
            Err(Refusal {
                wanted: wanted.to_owned(),
                reasons: contamination
                    .iter()
                    .map(crate::engine::derive::only_in_build)
                    .collect(),
                hint: Some(format!(
                    "put the fix alone on a new branch: `lanekeeper start SLUG --title T --commits A..B` from {}",
                    desk.look.book.base
                )),
            })
        }
        Source::Lane(lane) => {
            if desk.look.is_present(lane).is_some() {
                return Ok(());
            }
            let verdict = desk
                .look
                .presence(lane)
                .map_or(Verdict::Unknown, |presence| presence.verdict);
            Err(refuse(
                wanted,
                format!(
                    "the fix is {} in {lane}: this promotion would not bring it",
                    verdict.word()
                ),
            ))
        }
    }
}

/// Refuses to ask people for approval of a promotion that is known to conflict.
fn no_conflict_ahead(desk: &Desk<'_>, wanted: &str, change: &ChangeWork) -> Result<(), Refusal> {
    let Some(ahead) = predicted_conflict(desk.look, change) else {
        return Ok(());
    };
    Err(Refusal {
        wanted: wanted.to_owned(),
        reasons: desk.words(&[ahead]),
        hint: Some(format!(
            "bring {} into the lane that is promoted first, and resolve there",
            change.into
        )),
    })
}

/// Opens the request and, where the console runs checks itself, runs them.
fn plan_request(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    change: &ChangeWork,
    way: &Way,
    asked: Asked<'_>,
) -> Result<Draft, Refusal> {
    leads_to_run(desk, wanted, change)?;
    desk.method(
        wanted,
        &change.methods,
        matches!(change.from, Source::Lane(_)),
    )?;
    no_conflict_ahead(desk, wanted, change)?;
    let mut draft = Draft::new(
        format!("open change request {} -> {}", way.from, change.into),
        Level::L2,
    );
    // What RUN is frozen for would ship too: the riders are accepted before anybody is asked to approve.
    if frozen_by(desk.look, change).is_some() || asked.riders.is_some() {
        accept_riders(desk, wanted, step, change, asked, &mut draft)?;
    }
    snapshot(desk, change, &mut draft);
    draft.call(
        Call::OpenRequest {
            from: way.from.clone(),
            into: way.into.clone(),
            head: Some(way.head.clone()),
            title: words::change_title(desk, change),
            body: words::change_body(desk, step, change, &way.head),
            is_draft: false,
            labels: Vec::new(),
            milestone: None,
            reviewers: desk.reviewers(
                desk.look
                    .lane(&change.into)
                    .map_or(&[][..], |lane| &lane.seats),
            ),
        },
        vec![Expectation::Branch {
            branch: way.from.clone(),
            at: Some(way.head.clone()),
        }],
    );
    if has_checks_to_run(desk, &change.into) {
        draft.call(
            Call::RunChecks {
                request: RequestRef::Opened {
                    from: way.from.clone(),
                    into: way.into.clone(),
                },
                head: Some(way.head.clone()),
            },
            Vec::new(),
        );
    }
    draft.ok(format!("{} is at {}", way.from, way.head.short()));
    draft.ok(format!("{} is at {}", change.into, way.onto.short()));
    tell_frozen(desk, change, &mut draft);
    draft
        .will_change
        .push(format!("one more change request into {}", change.into));
    draft.way_back = "close the change request; no branch has changed".to_owned();
    Ok(draft)
}

/// Puts the fix's commits on record where they are not yet: they survive a deleted branch.
pub(super) fn snapshot(desk: &Desk<'_>, change: &ChangeWork, draft: &mut Draft) {
    if change.from != Source::Fix {
        return;
    }
    let Some(fix) = desk.look.seen.fix.fresh() else {
        return;
    };
    let (Some(head), Some(base)) = (&fix.head, &fix.merge_base) else {
        return;
    };
    let is_known = desk
        .look
        .record
        .snapshot
        .as_ref()
        .is_some_and(|known| &known.head == head && &known.base == base);
    if is_known || fix.commits.is_empty() {
        return;
    }
    draft.call(
        Call::Record {
            event: Event::SnapshotTaken {
                head: head.clone(),
                base: base.clone(),
                commits: fix.commits.iter().map(|commit| commit.id.clone()).collect(),
            },
        },
        Vec::new(),
    );
}

fn plan_open(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    change: &ChangeWork,
    way: &Way,
    request: &ChangeRequest,
    asked: Asked<'_>,
) -> Result<Draft, Refusal> {
    leads_to_run(desk, wanted, change)?;
    same_head(wanted, request, &way.head)?;
    let (_, progress) = desk.step(&step.id)?;
    if let StepState::Failed(why) = &progress.state {
        return Err(Refusal {
            wanted: wanted.to_owned(),
            reasons: why.clone(),
            hint: Some("a new commit on the branch asks for a new decision".into()),
        });
    }
    let waits: Vec<WaitingOn> = match &progress.state {
        StepState::Underway(on) | StepState::Waiting(on) => on.clone(),
        StepState::Ready
        | StepState::Done(_)
        | StepState::Failed(_)
        | StepState::Skipped { .. } => Vec::new(),
    };
    let mut accepted = Draft::new(String::new(), Level::L1);
    let riders = accept_riders(desk, wanted, step, change, asked, &mut accepted);
    let is_about_riders =
        |reason: &WaitingOn| matches!(reason, WaitingOn::Riders { .. } | WaitingOn::Frozen { .. });
    let others: Vec<WaitingOn> = waits
        .iter()
        .filter(|one| !is_about_riders(one) && !is_refusal(one))
        .cloned()
        .collect();
    if let Some(draft) = unblock(desk, request, &change.into, &others) {
        return Ok(draft);
    }
    if !others.is_empty() {
        // Accepting riders is a decision of its own and need not wait for the approvals.
        if riders.is_ok() && asked.riders.is_some() && !accepted.changes.is_empty() {
            accepted.title = format!(
                "accept {} rider{} of {} -> {}",
                asked.riders.unwrap_or_default(),
                plural(asked.riders.unwrap_or_default()),
                way.from,
                change.into
            );
            accepted.way_back = "any new commit in either lane makes it void".to_owned();
            return Ok(accepted);
        }
        let mut reasons = desk.words(&others);
        let mut hint = None;
        if let Err(more) = riders {
            for reason in more.reasons {
                if !reasons.contains(&reason) {
                    reasons.push(reason);
                }
            }
            hint = more.hint;
        }
        return Err(Refusal {
            wanted: format!("merge change request {} into {}", request.id, change.into),
            reasons,
            hint: hint.or_else(|| desk.way_around(&Subject::Request(request.id))),
        });
    }
    riders?;
    merge(desk, wanted, change, way, request, accepted)
}

fn merge(
    desk: &Desk<'_>,
    wanted: &str,
    change: &ChangeWork,
    way: &Way,
    request: &ChangeRequest,
    accepted: Draft,
) -> Result<Draft, Refusal> {
    let is_lane = matches!(change.from, Source::Lane(_));
    let method = desk.method(wanted, &change.methods, is_lane)?;
    let mut draft = merge_draft(desk, wanted, request, &change.into, &way.onto, method)?;
    // What is written down comes before what it allows.
    let merge = std::mem::take(&mut draft.changes);
    snapshot(desk, change, &mut draft);
    draft.changes.extend(accepted.changes);
    draft.changes.extend(merge);
    draft.facts.extend(accepted.facts);
    tell_frozen(desk, change, &mut draft);
    if let Source::Lane(from) = &change.from {
        let edge = fresh_edge(desk, wanted, from, &change.into)?;
        match &edge.fix_after {
            Some(presence) if presence.verdict == Verdict::Present => {
                draft.ok(format!("the fix is PRESENT in {MERGED}"));
            }
            Some(presence) => {
                if !tell_accepted(desk, &mut draft, presence, MERGED) {
                    let word = presence.verdict.word();
                    draft.warn(format!("the fix is {word} in {MERGED}"));
                }
            }
            None => draft.warn("the merge was not computed in memory"),
        }
    }
    Ok(draft)
}

/// Merged, but not proven: a person's note accepts what CHANGED, until it changes again; nobody decides over ABSENT.
fn plan_judgement(
    desk: &Desk<'_>,
    wanted: &str,
    change: &ChangeWork,
    request: &ChangeRequest,
    asked: Asked<'_>,
) -> Result<Draft, Refusal> {
    let verdict = desk
        .look
        .seen
        .presence
        .get(&change.into)
        .and_then(crate::model::Seen::fresh)
        .map_or(Verdict::Unknown, |presence| presence.verdict);
    let note = asked.note.filter(|note| !note.trim().is_empty());
    match (verdict, note) {
        (Verdict::Changed, Some(note)) => accept(desk, wanted.to_owned(), &change.into, note),
        (Verdict::Changed, None) => Err(refuse(
            wanted,
            format!("merged, but the fix is CHANGED in {}", change.into),
        )
        .hint(format!(
            "look at {}; if the fix is alive there: {}",
            change.into,
            desk.line(format!("acknowledge {} --note N", change.into))
        ))),
        (Verdict::Absent | Verdict::Pending | Verdict::Unknown | Verdict::Present, _) => {
            let taken_out = taken_out_of_run(desk.look, &change.into, request);
            let mut reason = format!(
                "merged, but the fix is {} in {}",
                verdict.word(),
                change.into
            );
            if let Some(taken_out) = &taken_out {
                reason = format!("{reason}: {}", taken_out.words(&change.into));
            }
            Err(Refusal {
                wanted: wanted.to_owned(),
                reasons: vec![reason],
                hint: taken_out.map(|taken_out| taken_out.line()),
            })
        }
    }
}
