//! Opening a hotfix: from the right lane, on record first, then its branch.

use crate::engine::intent::StartOrder;
use crate::engine::look::sight;
use crate::engine::state::StepProgress;
use crate::engine::words::git_push;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::Layer;
use crate::playbook::ConflictPolicy;
use crate::playbook::Step;
use crate::playbook::Strategy;
use crate::playbook::Work;
use crate::record::Event;

use super::Call;
use super::Desk;
use super::Expectation;
use super::Level;
use super::Refusal;
use super::draft::Draft;
use super::refuse;

/// Plans a new hotfix.
///
/// The record comes first: a crash in between then leaves a hotfix that everybody sees, whose first step
/// offers to push the missing branch (safety.md F1). The other order would leave a branch that belongs to
/// nobody, and a second `start` would be refused because of it.
pub(super) fn plan_start(desk: &Desk<'_>, order: &StartOrder) -> Result<Draft, Refusal> {
    let wanted = format!("start {}", order.slug);
    let reasons = flaws(desk, order);
    if !reasons.is_empty() {
        let is_in_run = desk
            .look
            .lane(&order.from)
            .is_none_or(|lane| lane.layer == Layer::Run);
        let hint = (!is_in_run).then(|| {
            format!(
                "a hotfix begins in a RUN lane, normally {}",
                desk.look.book.base
            )
        });
        return Err(Refusal {
            wanted,
            reasons,
            hint,
        });
    }
    let lane = desk.branch(&wanted, &order.from)?;
    let tip = desk.fresh_tip(&wanted, &lane)?;
    if desk.look.tip(&order.branch).is_some() {
        return Err(refuse(
            wanted,
            format!("the branch {} exists on the remote", order.branch),
        )
        .hint("choose another slug; a branch that is there may be somebody's work"));
    }
    let mut draft = Draft::new(
        format!("start {} from {}", order.branch, order.from),
        Level::L2,
    );
    draft.call(
        Call::Record {
            event: Event::Opened {
                title: order.title.clone(),
                branch: order.branch.clone(),
                base: order.from.clone(),
                base_tip: tip.clone(),
                playbook: desk.look.book.id.clone(),
                answers: order.answers.clone(),
                commits: order.commits.clone(),
            },
        },
        // Looked at again before the record begins: refused here, a start leaves nothing behind.
        vec![
            Expectation::Branch {
                branch: lane,
                at: Some(tip.clone()),
            },
            Expectation::Branch {
                branch: order.branch.clone(),
                at: None,
            },
        ],
    );
    push(&mut draft, &order.id, &order.branch, &tip, &order.commits);
    draft.ok(format!("{} is at {}", order.from, tip.short()));
    draft.ok(format!("{} does not exist yet", order.branch));
    for answer in &order.answers {
        draft.ok(format!("{}: {}", answer.question, answer.text));
    }
    for commit in desk.look.fix().map_or(&[][..], |fix| &fix.contamination) {
        draft.warn(format!(
            "{} \"{}\" is only in BUILD so far: as the fix it would be in production before the next version",
            commit.id.short(),
            commit.subject()
        ));
    }
    if desk.look.run_entry_differs(&order.from) {
        draft.warn(format!(
            "{} is not where hotfixes normally begin",
            order.from
        ));
    }
    Ok(draft)
}

/// Adds the push of the hotfix branch: empty at the base, or with the given commits picked onto it.
fn push(
    draft: &mut Draft,
    hotfix: &HotfixId,
    branch: &BranchName,
    base: &CommitId,
    commits: &[CommitId],
) {
    let call = if commits.is_empty() {
        Call::CreateBranch {
            branch: branch.clone(),
            at: base.clone(),
        }
    } else {
        Call::BuildTarget {
            branch: branch.clone(),
            previous: None,
            onto: base.clone(),
            strategy: Strategy::Pick,
            commits: commits.to_vec(),
            // A fix with conflict markers in it must never be on its way to production.
            policy: ConflictPolicy::Fail,
            trailers: vec![format!("Hotfix-Id: {hotfix}")],
            subject: String::new(),
        }
    };
    draft.call(
        call,
        vec![Expectation::Branch {
            branch: branch.clone(),
            at: None,
        }],
    );
    draft
        .will_change
        .push(format!("new branch {branch} at {}", base.short()));
    draft.way_back = format!("close the hotfix; the branch {branch} can then be deleted by hand");
}

fn flaws(desk: &Desk<'_>, order: &StartOrder) -> Vec<String> {
    let project = desk.look.project();
    let mut reasons = Vec::new();
    match project.lane(&order.from) {
        None => reasons.push(format!("this project has no lane {}", order.from)),
        Some(lane) if lane.layer == Layer::Build => reasons.push(format!(
            "{} is a BUILD lane: a hotfix cut from it would bring the next version to production",
            lane.name
        )),
        Some(_) => {}
    }
    if let Some(lane) = project.lane_of_branch(&order.branch) {
        reasons.push(format!(
            "{} is the lane {}: a lane is never the place of work",
            order.branch, lane.name
        ));
    }
    for step in &desk.look.book.steps {
        if let Work::Commits {
            sandbox: Some(sandbox),
        } = &step.work
            && project
                .environment(sandbox)
                .is_some_and(|environment| environment.is_production)
        {
            reasons.push(format!(
                "{sandbox} is production: production is never the place of work"
            ));
        }
    }
    if order.title.trim().is_empty() {
        reasons.push("a hotfix needs a title".to_owned());
    }
    for question in desk
        .look
        .book
        .questions
        .iter()
        .filter(|one| one.is_required)
    {
        let is_answered = order
            .answers
            .iter()
            .any(|answer| answer.question == question.id && !answer.text.trim().is_empty());
        if !is_answered {
            reasons.push(format!(
                "not answered: {} (--answer {}=...)",
                question.text, question.id
            ));
        }
    }
    reasons
}

/// Plans the first step: nothing but people can write a fix. The one thing to do here is to push a branch that
/// a `start` which was cut short did not.
pub(super) fn plan_branch(
    desk: &Desk<'_>,
    step: &Step,
    progress: &StepProgress,
) -> Result<Draft, Refusal> {
    let wanted = format!("do {}", step.id);
    let Some(opening) = desk.look.opening() else {
        return Err(refuse(wanted, "this hotfix has no opening on record"));
    };
    desk.can_see(&wanted)?;
    if let Some(blind) = sight(&opening.branch.to_string(), Some(&desk.look.seen.fix)) {
        return Err(refuse(wanted, blind.words(desk.look.seen.now)));
    }
    let is_missing = desk.look.fix_head().is_none() && desk.look.tip(&opening.branch).is_none();
    if !is_missing {
        let reasons = progress.state.why(desk.look.seen.now);
        return Err(Refusal {
            wanted,
            reasons,
            hint: Some(format!(
                "commit the fix and push it: {}",
                git_push(&desk.look.project().remote, &opening.branch)
            )),
        });
    }
    let mut draft = Draft::new(format!("push {}", opening.branch), Level::L2).step(&step.id, None);
    push(
        &mut draft,
        &desk.look.record.hotfix,
        &opening.branch,
        &opening.base_tip,
        &opening.commits,
    );
    draft.warn("the record is there, the branch is not: a start was cut short");
    Ok(draft)
}
