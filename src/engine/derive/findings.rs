//! What is inconsistent and worth a person's eye. A finding changes no state: it explains one.

use crate::engine::clock_words;
use crate::engine::look::Look;
use crate::engine::observation::LockSight;
use crate::engine::ours::began_after_closing;
use crate::engine::ours::has_run;
use crate::engine::ours::is_own_golive;
use crate::engine::outside::started;
use crate::engine::state::Finding;
use crate::engine::state::Severity;
use crate::engine::state::StepProgress;
use crate::model::ChangeFreeze;
use crate::model::LaneName;
use crate::model::Seen;
use crate::model::StepId;
use crate::model::Verdict;
use crate::model::plural;
use crate::playbook::Work;
use crate::record::EffectState;

use super::commits::has_left;
use super::commits::only_in_build;
use super::mishaps::of_change;
use super::mishaps::of_targets;

pub(super) fn all(look: Look<'_>, steps: &[StepProgress]) -> Vec<Finding> {
    let mut found = Vec::new();
    of_record(look, &mut found);
    of_fix(look, steps, &mut found);
    of_freeze(look, steps, &mut found);
    of_change_freezes(look, &mut found);
    of_clock(look, &mut found);
    for (step, progress) in look.book.steps.iter().zip(steps) {
        match &step.work {
            Work::Change(change) => of_change(look, step, change, progress, &mut found),
            Work::Carry(_) => of_targets(look, step, progress, &mut found),
            Work::Commits { .. }
            | Work::Deploy { .. }
            | Work::Compare { .. }
            | Work::Seed { .. }
            | Work::Migration { .. }
            | Work::Confirm { .. }
            | Work::Postmortem => {}
        }
    }
    of_deployments(look, &mut found);
    of_starts(look, steps, &mut found);
    of_drain(look, &mut found);
    of_debt(look, steps, &mut found);
    found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    found
}

pub(super) fn say(
    found: &mut Vec<Finding>,
    severity: Severity,
    step: Option<&StepId>,
    text: impl Into<String>,
) {
    found.push(Finding {
        severity,
        step: step.cloned(),
        text: text.into(),
    });
}

fn of_change_freezes(look: Look<'_>, found: &mut Vec<Finding>) {
    let on = |freeze: &&ChangeFreeze| freeze.is_on(look.seen.now);
    for freeze in look.project().freezes.iter().filter(on) {
        let names: Vec<&str> = freeze.lanes.iter().map(LaneName::as_str).collect();
        let about = match names.is_empty() {
            true => "every lane".to_owned(),
            false => names.join(", "),
        };
        let text = format!(
            "{} for {about}: nothing goes there by itself",
            freeze.words()
        );
        say(found, Severity::Warning, None, text);
    }
}

fn of_clock(look: Look<'_>, found: &mut Vec<Finding>) {
    if let Some(ahead) = look.seen.clock_offset {
        let text = clock_words(&look.seen.capabilities.forge, ahead);
        say(found, Severity::Info, None, text);
    }
}

fn of_record(look: Look<'_>, found: &mut Vec<Finding>) {
    if look.record.is_beyond_us {
        let kinds: Vec<&str> = look
            .record
            .entries
            .iter()
            .filter(|entry| entry.event.is_none() && entry.is_critical)
            .map(|entry| entry.kind.as_str())
            .collect();
        say(
            found,
            Severity::Alarm,
            None,
            format!(
                "a newer version wrote a critical event ({}): update before changing anything",
                kinds.join(", ")
            ),
        );
    }
    if let Some(rewritten) = &look.seen.rewritten {
        say(
            found,
            Severity::Alarm,
            None,
            format!(
                "{}: nothing more is done until it is restored",
                rewritten.what
            ),
        );
    }
    if look.record.not_shared > 0 {
        say(
            found,
            Severity::Warning,
            None,
            not_shared(look.record.not_shared, look.seen.archived),
        );
    }
    for effect in look.record.effects.values().flatten() {
        if let EffectState::Unknown { why } = &effect.state {
            say(
                found,
                Severity::Alarm,
                None,
                format!("outcome unknown: {} ({why})", effect.call),
            );
        }
    }
}

/// Says how much is on record here alone, and how it gets to the others.
fn not_shared(count: usize, archived: Option<u16>) -> String {
    let (what, it) = match count {
        1 => ("1 entry is".to_owned(), "it"),
        many => (format!("{many} entries are"), "them"),
    };
    if let Some(year) = archived {
        return format!(
            "{what} kept on this machine and not shared yet: the record is in the archive of {year} meanwhile, and \
             `lanekeeper resume --share` adds {it} there"
        );
    }
    format!(
        "{what} kept on this machine and not shared yet: a console sends {it} as soon as it reaches the remote, and so does \
         `lanekeeper resume --share`"
    )
}

fn of_fix(look: Look<'_>, steps: &[StepProgress], found: &mut Vec<Finding>) {
    let Some(fix) = look.fix() else {
        return;
    };
    let severity = if has_left(look) {
        Severity::Warning
    } else {
        Severity::Alarm
    };
    for commit in &fix.contamination {
        say(found, severity, None, only_in_build(commit));
    }
    let is_needed = steps
        .iter()
        .any(|step| !step.targets.is_empty() && !step.state.is_over());
    // Commits that are carried without a hotfix never had a branch.
    let had_branch = look
        .book
        .steps
        .iter()
        .any(|step| matches!(step.work, Work::Commits { .. }));
    if fix.head.is_none()
        && let Some(snapshot) = &look.record.snapshot
        && is_needed
        && had_branch
    {
        let branch = look.fix_branch().map_or("", |branch| branch.as_str());
        say(
            found,
            Severity::Warning,
            None,
            format!(
                "the branch {branch} was deleted; on record: {} commit{}, head {}",
                snapshot.commits.len(),
                plural(snapshot.commits.len()),
                snapshot.head.short()
            ),
        );
    }
}

fn of_freeze(look: Look<'_>, steps: &[StepProgress], found: &mut Vec<Finding>) {
    let Some(Some(frozen)) = look.seen.frozen.value() else {
        return;
    };
    let is_in_the_way = look.book.steps.iter().zip(steps).any(|(step, progress)| {
        !progress.state.is_over()
            && matches!(&step.work, Work::Change(change) if super::freeze::frozen_by(look, change).is_some())
    });
    let severity = if is_in_the_way {
        Severity::Warning
    } else {
        Severity::Info
    };
    say(
        found,
        severity,
        None,
        format!(
            "RUN is frozen: {} is being validated in {} since {} \"{}\"",
            frozen.by,
            frozen.lane,
            frozen.merge.id.short(),
            frozen.merge.subject()
        ),
    );
}

fn of_deployments(look: Look<'_>, found: &mut Vec<Finding>) {
    for deployment in look.deployments() {
        let is_production = look
            .project()
            .environment(&deployment.environment)
            .is_some_and(|environment| environment.is_production);
        let is_ours = is_own_golive(look.record, deployment);
        let began_before = look
            .opening()
            .is_some_and(|opening| look.by_our_clock(deployment.updated_at) < opening.at);
        let is_of_then = !began_before && !began_after_closing(look, deployment);
        if is_production && !is_ours && is_of_then && has_run(deployment) {
            say(
                found,
                Severity::Warning,
                None,
                format!(
                    "deployment {} of {} to {} by {} was not made by this hotfix: {}",
                    deployment.id,
                    deployment.commit.short(),
                    deployment.environment,
                    deployment.created_by.show(),
                    deployment.state.word()
                ),
            );
        }
    }
}

/// A go-live that was started past the driver's seat: whoever starts one elsewhere is asked for no permit.
fn of_starts(look: Look<'_>, steps: &[StepProgress], found: &mut Vec<Finding>) {
    for deployment in look.deployments() {
        let about = |step: &&StepProgress| step.deployment.as_ref() == Some(&deployment.id);
        let (Some(step), Some(start)) = (
            steps.iter().find(about),
            started(look.record, look.seen, deployment),
        ) else {
            continue;
        };
        let sight = look.seen.locks.get(&deployment.environment);
        let is_held = sight
            .and_then(Seen::value)
            .is_some_and(|sight| sight.lock.driver.is_some());
        let severity = if is_held {
            Severity::Alarm
        } else {
            Severity::Warning
        };
        let text = format!(
            "{} {}: no permit was asked for, and the driver's next plan puts it on record",
            start.who(),
            start.sentence()
        );
        say(found, severity, Some(&step.id), text);
    }
}

/// Whoever took the seat over can do nothing dangerous for a while, and no step says that it waits for that.
fn of_drain(look: Look<'_>, found: &mut Vec<Finding>) {
    for (environment, seen) in &look.seen.locks {
        let Some(left) = seen.value().and_then(LockSight::drains_for) else {
            continue;
        };
        let text = format!(
            "you took over the driver's seat of {environment}: a call of the driver before may be under way, so dangerous \
             calls wait for {} s more",
            left.as_secs()
        );
        say(found, Severity::Warning, None, text);
    }
}

/// In production and still missing in BUILD: the next version would bring the bug back. That a later hotfix changed its lines
/// there since pays nothing. Before production the way into BUILD is a step like any other.
fn of_debt(look: Look<'_>, steps: &[StepProgress], found: &mut Vec<Finding>) {
    let production = look.project().production();
    let Some(lane) = production.filter(|lane| look.has_taken(&lane.name)) else {
        return;
    };
    let holder = if look.is_present(&lane.name).is_some() {
        format!("{} has the fix", lane.name)
    } else {
        let presence = look.presence(&lane.name);
        let verdict = presence.map_or(Verdict::Unknown, |presence| presence.verdict);
        format!("{} took the fix ({} there now)", lane.name, verdict.word())
    };
    let is_given_up = |lane: &LaneName| {
        steps
            .iter()
            .flat_map(|step| &step.targets)
            .any(|target| &target.lane == lane && target.state.is_over())
    };
    let missing: Vec<String> = look
        .build_lanes()
        .filter(|lane| look.is_present(&lane.name).is_none() && !is_given_up(&lane.name))
        .map(|lane| lane.name.to_string())
        .collect();
    if !missing.is_empty() {
        say(
            found,
            Severity::Info,
            None,
            format!("debt: {holder}, {} not yet", missing.join(", ")),
        );
    }
}
