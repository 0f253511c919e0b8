//! The next stage of a change step: open the request, run its checks, take its draft mark off, merge it.

use crate::engine::derive::find_request;
use crate::engine::derive::frozen_by;
use crate::engine::derive::riders_accepted;
use crate::engine::look::sight;
use crate::engine::observation::EdgeSight;
use crate::engine::state::StepState;
use crate::engine::state::WaitingOn;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CheckState;
use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::Verdict;
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
            plan_judgement(desk, &wanted, step, change, asked)
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
                    .map(|commit| {
                        format!(
                            "commit {} \"{}\" by {} is only in BUILD and would lead to RUN",
                            commit.id.short(),
                            commit.subject(),
                            commit.author.show()
                        )
                    })
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
    let mut draft = Draft::new(
        format!("open change request {} -> {}", way.from, change.into),
        Level::L2,
    );
    // What RUN is frozen for would ship too: the riders are accepted before anybody is asked to approve.
    if frozen_by(desk.look, change).is_some() {
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
    draft
        .will_change
        .push(format!("one more change request into {}", change.into));
    draft.way_back = "close the change request; no branch has changed".to_owned();
    Ok(draft)
}

/// Tells whether a request into `lane` has checks that this console runs itself.
pub(super) fn has_checks_to_run(desk: &Desk<'_>, lane: &LaneName) -> bool {
    desk.look.seen.capabilities.runs_checks && desk.look.project().checks_for(lane).next().is_some()
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

/// Adds the acceptance of exactly the riders that are there, or refuses with the list to read.
fn accept_riders(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    change: &ChangeWork,
    asked: Asked<'_>,
    draft: &mut Draft,
) -> Result<(), Refusal> {
    let Source::Lane(from) = &change.from else {
        return Ok(());
    };
    let edge = fresh_edge(desk, wanted, from, &change.into)?;
    let frozen = frozen_by(desk.look, change);
    let is_asked = frozen.is_some() || (change.accept_riders && !edge.riders.is_empty());
    if !is_asked || riders_accepted(desk.look, &step.id, change) {
        if is_asked {
            draft.ok(format!(
                "{} rider{} accepted",
                edge.riders.len(),
                plural(edge.riders.len())
            ));
        }
        return Ok(());
    }
    let count = edge.riders.len();
    if asked.riders == Some(count) {
        draft.call(
            Call::Record {
                event: Event::RidersAccepted {
                    step: step.id.clone(),
                    from_tip: edge.from_tip.clone(),
                    into_tip: edge.into_tip.clone(),
                    riders: edge
                        .riders
                        .iter()
                        .map(|one| one.commit.id.clone())
                        .collect(),
                },
            },
            Vec::new(),
        );
        for line in rider_lines(edge) {
            draft.warn(line);
        }
        return Ok(());
    }
    let mut reasons = Vec::new();
    if let Some(frozen) = frozen {
        reasons.push(format!(
            "RUN is frozen: {} is being validated in {}",
            frozen.by, frozen.lane
        ));
    }
    reasons.push(match asked.riders {
        Some(other) => format!(
            "{count} rider{} would ship, not {other}: read them again",
            plural(count)
        ),
        None => format!("{count} rider{} would ship with the fix", plural(count)),
    });
    reasons.extend(rider_lines(edge));
    Err(Refusal {
        wanted: wanted.to_owned(),
        reasons,
        hint: Some(format!(
            "if all of this may go live: lanekeeper do {} --accept-riders {count}",
            step.id
        )),
    })
}

fn rider_lines(edge: &EdgeSight) -> Vec<String> {
    edge.riders
        .iter()
        .map(|rider| {
            let request = rider
                .request
                .map_or_else(String::new, |id| format!(" (change request {id})"));
            format!(
                "rider {} \"{}\" by {}{request}",
                rider.commit.id.short(),
                rider.commit.subject(),
                rider.commit.author.show()
            )
        })
        .collect()
}

fn fresh_edge<'a>(
    desk: &'a Desk<'_>,
    wanted: &str,
    from: &LaneName,
    into: &LaneName,
) -> Result<&'a EdgeSight, Refusal> {
    let seen = desk.look.edge(from, into);
    if let Some(blind) = sight(&format!("what {from} would bring to {into}"), seen) {
        return Err(refuse(wanted, blind.words(desk.look.seen.now)));
    }
    if desk.look.is_production(into)
        && let Some(blind) = sight("whether RUN is frozen", Some(&desk.look.seen.frozen))
    {
        return Err(refuse(wanted, blind.words(desk.look.seen.now)));
    }
    seen.and_then(crate::model::Seen::fresh)
        .ok_or_else(|| refuse(wanted, format!("{from} is not promoted into {into}")))
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
        .filter(|one| !is_about_riders(one))
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
            reasons.extend(more.reasons);
            hint = more.hint;
        }
        return Err(Refusal {
            wanted: format!("merge change request {} into {}", request.id, change.into),
            reasons,
            hint,
        });
    }
    riders?;
    merge(desk, wanted, change, way, request, accepted)
}

/// The call carries the head that was reviewed; another one on the branch means that nobody reviewed it.
pub(super) fn same_head(
    wanted: &str,
    request: &ChangeRequest,
    tip: &CommitId,
) -> Result<(), Refusal> {
    if &request.head == tip {
        return Ok(());
    }
    Err(refuse(
        wanted,
        format!(
            "change request {} is about {}, but {} is at {}",
            request.id,
            request.head.short(),
            request.from,
            tip.short()
        ),
    )
    .hint("refresh until the forge has seen the new head; what was approved is void"))
}

/// Returns the plan that takes away what only this console can: a draft mark, checks that nobody else runs.
pub(super) fn unblock(
    desk: &Desk<'_>,
    request: &ChangeRequest,
    into: &LaneName,
    waits: &[WaitingOn],
) -> Option<Draft> {
    let is_blind = waits
        .iter()
        .any(|one| matches!(one, WaitingOn::Sight { .. }));
    if is_blind {
        return None;
    }
    if request.is_draft {
        let mut draft = Draft::new(
            format!("mark change request {} ready", request.id),
            Level::L2,
        );
        draft.call(
            Call::MarkReady {
                request: request.id,
                labels: request.labels.clone(),
            },
            vec![open_at_head(request)],
        );
        run_checks(desk, request, into, &mut draft);
        draft.way_back = "make it a draft again".to_owned();
        return Some(draft);
    }
    // A check that runs already is waited for; one that failed runs again only when somebody asks, as now.
    let can_run = waits.iter().any(|one| {
        matches!(
            one,
            WaitingOn::Check {
                state: CheckState::Missing
                    | CheckState::Cancelled
                    | CheckState::Skipped
                    | CheckState::Failed,
                ..
            }
        )
    });
    if can_run && desk.look.seen.capabilities.runs_checks {
        let mut draft = Draft::new(
            format!("run the checks of change request {}", request.id),
            Level::L2,
        );
        run_checks(desk, request, into, &mut draft);
        return (!draft.changes.is_empty()).then_some(draft);
    }
    None
}

fn run_checks(desk: &Desk<'_>, request: &ChangeRequest, into: &LaneName, draft: &mut Draft) {
    if has_checks_to_run(desk, into) {
        draft.call(
            Call::RunChecks {
                request: RequestRef::Id(request.id),
                head: Some(request.head.clone()),
            },
            vec![open_at_head(request)],
        );
    }
}

pub(super) fn open_at_head(request: &ChangeRequest) -> Expectation {
    Expectation::RequestOpen {
        request: request.id,
        head: request.head.clone(),
    }
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
    if let Source::Lane(from) = &change.from {
        let edge = fresh_edge(desk, wanted, from, &change.into)?;
        match &edge.fix_after {
            Some(presence) if presence.verdict == Verdict::Present => {
                draft.ok("the fix is PRESENT in the merge as computed in memory");
            }
            Some(presence) => draft.warn(format!(
                "the fix is {} in the merge as computed in memory",
                presence.verdict.word()
            )),
            None => draft.warn("the merge was not computed in memory"),
        }
    }
    Ok(draft)
}

/// Returns the merge of an open request whose conditions all hold.
pub(super) fn merge_draft(
    desk: &Desk<'_>,
    wanted: &str,
    request: &ChangeRequest,
    into: &LaneName,
    onto: &CommitId,
    method: crate::model::MergeMethod,
) -> Result<Draft, Refusal> {
    let is_production = desk.look.is_production(into);
    let mut draft = Draft::new(
        format!("merge change request {} into {into}", request.id),
        if is_production { Level::L4 } else { Level::L3 },
    );
    let mut expects = vec![
        open_at_head(request),
        Expectation::Branch {
            branch: request.from.clone(),
            at: Some(request.head.clone()),
        },
        Expectation::Branch {
            branch: request.into.clone(),
            at: Some(onto.clone()),
        },
    ];
    if is_production {
        draft.environment = desk.typed_name(into);
        if let Some(environment) = desk.look.project().environment_of(into) {
            expects.push(desk.is_quiet(wanted, &environment.name)?);
            draft.ok(format!("no deployment to {} is running", environment.name));
        }
    }
    draft.call(
        Call::Merge {
            request: request.id,
            method,
            head: request.head.clone(),
            into: request.into.clone(),
            onto: onto.clone(),
        },
        expects,
    );
    draft.ok(format!(
        "change request {} head is {}, {into} is {}",
        request.id,
        request.head.short(),
        onto.short()
    ));
    let checks = desk.look.project().required_checks(into).count();
    if checks > 0 {
        draft.ok(format!(
            "{checks} of {checks} required checks passed for {}",
            request.head.short()
        ));
    }
    let bench = crate::engine::seats::Bench::of_request(desk.look.project(), request);
    for seat in bench.seats(&desk.look.seen.me) {
        if let Some(by) = seat.taken_by {
            draft.ok(format!("{}: {}", seat.role, by.show()));
        }
    }
    draft.will_change.push(format!(
        "{into}   {} -> {} of {}",
        onto.short(),
        method.word(),
        request.head.short()
    ));
    draft.way_back = format!(
        "not possible here: {into} is never rewound. Way back: a new change request that reverts the merge"
    );
    Ok(draft)
}

/// Merged, but not proven: a person's note decides over CHANGED, nobody decides over ABSENT.
fn plan_judgement(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    change: &ChangeWork,
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
        (Verdict::Changed, Some(note)) => Ok(Draft::written(
            format!("confirm {} with a note", step.id),
            Event::StepConfirmed {
                step: step.id.clone(),
                note: note.to_owned(),
            },
        )),
        (Verdict::Changed, None) => Err(refuse(
            wanted,
            format!("merged, but the fix is CHANGED in {}", change.into),
        )
        .hint("look at the difference; if it is right: --note \"why\"")),
        (Verdict::Absent | Verdict::Pending | Verdict::Unknown | Verdict::Present, _) => {
            Err(refuse(
                wanted,
                format!(
                    "merged, but the fix is {} in {}",
                    verdict.word(),
                    change.into
                ),
            ))
        }
    }
}

pub(super) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
