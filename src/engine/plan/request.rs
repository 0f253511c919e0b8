//! What every open request goes through, in RUN and in BUILD alike: its head, its draft mark, its checks, its merge.

use crate::engine::refused::refused;
use crate::engine::seats::Bench;
use crate::engine::state::WaitingOn;
use crate::engine::unrun::not_run_before;
use crate::model::ChangeRequest;
use crate::model::CheckState;
use crate::model::CommitId;
use crate::model::LaneName;

use super::Call;
use super::Desk;
use super::Expectation;
use super::Level;
use super::Refusal;
use super::RequestRef;
use super::draft::Draft;
use super::refuse;

/// Tells whether a request into `lane` has checks that this console runs itself.
pub(super) fn has_checks_to_run(desk: &Desk<'_>, lane: &LaneName) -> bool {
    desk.look.seen.capabilities.runs_checks && desk.look.project().checks_for(lane).next().is_some()
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
    // The draft of another record waits for its resolution: what it opened with, conflicts and all, is not ready.
    let own = &desk.look.record.hotfix;
    let is_anothers = request.hotfix.as_ref().is_some_and(|hotfix| hotfix != own);
    let is_unresolved = waits
        .iter()
        .any(|one| matches!(one, WaitingOn::Conflicts { .. }));
    if is_anothers && is_unresolved {
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
        if let Some(environment) = draft.environment.clone() {
            expects.extend(desk.seat(&mut draft, wanted, &environment)?);
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
    desk.tell_freeze(&mut draft, into);
    let checks = desk.look.project().required_checks(into).count();
    if checks > 0 {
        draft.ok(format!(
            "{checks} of {checks} required checks passed for {}",
            request.head.short()
        ));
    }
    if let Some(why) = not_run_before(desk.look, request) {
        draft.warn(format!(
            "nothing has run on change request {} {why}",
            request.id
        ));
    }
    let bench = Bench::of_request(desk.look.project(), request).lifting(desk.look.record);
    let seats = bench.seats(&desk.look.seen.me);
    for seat in &seats {
        if let Some(by) = &seat.taken_by {
            draft.ok(format!("{}: {}", seat.role, by.show()));
        }
    }
    desk.tell_overrides(&mut draft, wanted, &seats, desk.typed_name(into).as_ref())?;
    if let Some(refused) = refused(desk.look, request, into) {
        draft.warn(refused.words(desk.look.seen.now));
    }
    if let Some(hotfix) = request
        .hotfix
        .as_ref()
        .filter(|one| *one != &desk.look.record.hotfix)
    {
        draft.warn(format!(
            "change request {} was opened for hotfix {hotfix}: its title \"{}\" and its description stay as they are",
            request.id,
            request.title.show()
        ));
    }
    if let Some(who_asks) = desk.who_asks_to_merge(bench.roles(), &request.into) {
        draft.warn(who_asks);
    }
    draft.will_change.push(format!(
        "{into}   {} -> {} of {}",
        onto.short(),
        method.word(),
        request.head.short()
    ));
    draft.way_back =
        format!("a new change request that reverts the merge; {into} is never rewound");
    Ok(draft)
}
