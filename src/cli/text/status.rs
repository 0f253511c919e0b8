//! `status` and `next`: where a hotfix stands, why, and what can be done now.

use crate::engine::Board;
use crate::engine::Finding;
use crate::engine::Interrupted;
use crate::engine::ItemState;
use crate::engine::NextAction;
use crate::engine::Prerequisite;
use crate::engine::Progress;
use crate::engine::Severity;
use crate::engine::StepProgress;
use crate::engine::StepState;
use crate::engine::TargetProgress;
use crate::model::Timestamp;
use crate::model::Unasked;

use super::driven::driven;
use super::page::Page;
use super::page::Span;
use super::page::Tone;
use super::resume::entries;

/// Returns steps, checklist, findings and what can be done now.
pub fn status(board: &Board) -> Page {
    let mut page = Page::new();
    let (Some(record), Some(progress)) = (&board.record, &board.progress) else {
        return no_hotfix(board);
    };
    let now = board.seen.now;
    let title = record
        .opening
        .as_ref()
        .map_or("(not opened)", |opening| opening.title.as_str());
    page.line([
        Span::new(Tone::Strong, record.hotfix.as_str()),
        Span::plain("  "),
        Span::plain(title),
    ]);
    if let Some(opening) = &record.opening {
        let words = format!(
            "{} from {}, playbook {}, opened by {} {}",
            opening.branch,
            opening.base,
            opening.playbook,
            opening.by.show(),
            opening.at.date_clock()
        );
        page.line([Span::new(Tone::Faint, words)]);
    }
    if let Some(closed) = &record.closed {
        let by = closed.by.show();
        page.text(if closed.note.is_empty() {
            format!("closed by {by}")
        } else {
            format!("closed by {by}: {}", closed.note)
        });
    }
    if let Some(year) = board.seen.archived {
        let words = format!("in the archive of {year}: no plan adds to its record");
        page.line([Span::new(Tone::Faint, words)]);
    }
    remote(&mut page, board);
    super::driving::driving(&mut page, board);
    findings(&mut page, &progress.findings);
    steps(&mut page, progress, now);
    checklist(&mut page, progress);
    actions(&mut page, board, progress, &board.next_actions());
    super::debt::debt(&mut page, board);
    page
}

/// Returns what can be done now.
pub fn next(board: &Board) -> Page {
    let Some(progress) = &board.progress else {
        return no_hotfix(board);
    };
    let mut page = Page::new();
    remote(&mut page, board);
    let mut left = board.seen.interrupted.iter();
    if left.any(Interrupted::may_have_acted) {
        // Whatever is listed below the ways to decide is refused before that.
        let words = "An earlier run was interrupted: `lanekeeper resume` decides about it first.";
        page.line([Span::new(Tone::Warning, words)]);
    }
    let next = board.next_actions();
    actions(&mut page, board, progress, &next);
    if next.is_empty() {
        page.text("Nothing can be done now; `lanekeeper status` says what each step waits for.");
        for step in &progress.steps {
            if let StepState::Failed(why) = &step.state {
                page.text(format!("Step `{}` has failed:", step.id));
                for reason in why {
                    page.item(Tone::Bad, reason.clone());
                }
            }
        }
    }
    page
}

fn no_hotfix(board: &Board) -> Page {
    // Where nobody ever saw the remote, that none is known says nothing.
    let is_seen = board.seen.tips.value().is_some();
    let mut page = if is_seen {
        Page::of("No hotfix is open.")
    } else {
        Page::of("Whether a hotfix is open is not known.")
    };
    remote(&mut page, board);
    if !board.hotfixes.is_empty() {
        page.text("Closed ones: name one, for example:");
        for row in board.hotfixes.iter().take(5) {
            page.item(Tone::Plain, format!("lanekeeper status {}", row.id));
        }
    }
    not_shared(&mut page, board);
    super::debt::debt(&mut page, board);
    if is_seen {
        page.text("Start one with: lanekeeper start SLUG --title \"What is broken\"");
    }
    page
}

/// Tells that the remote was not seen, and when it last was.
pub(super) fn remote(page: &mut Page, board: &Board) {
    if let Some(why) = board.seen.tips.why() {
        let age = match board.seen.tips.at() {
            Some(at) => format!("last seen {}", at.date_clock()),
            None => "never seen".to_owned(),
        };
        let words = format!("cannot see the remote ({age}): {why}");
        page.line([Span::new(Tone::Warning, words)]);
    }
}

/// Tells how much is on record here alone, whatever hotfix it is of.
pub(super) fn not_shared(page: &mut Page, board: &Board) {
    let count = board.not_shared();
    if count > 0 {
        let words = format!(
            "{} kept on this machine, not shared yet; to send: lanekeeper resume --share",
            entries(count)
        );
        page.line([Span::new(Tone::Warning, words)]);
    }
}

fn findings(page: &mut Page, findings: &[Finding]) {
    for finding in findings {
        let (tone, word) = match finding.severity {
            Severity::Info => (Tone::Plain, "note"),
            Severity::Warning => (Tone::Warning, "warning"),
            Severity::Alarm => (Tone::Bad, "ALARM"),
        };
        page.line([
            Span::new(tone, word),
            Span::plain(": "),
            Span::plain(finding.text.as_str()),
        ]);
    }
}

fn steps(page: &mut Page, progress: &Progress, now: Timestamp) {
    page.heading("Steps").table(2);
    for step in &progress.steps {
        let (mark, tone) = mark(&step.state);
        let below = below_step(step, now);
        page.row(
            [
                mark,
                Span::new(Tone::Strong, step.id.as_str()),
                Span::new(tone, step.state.word()),
                Span::plain(step.title.as_str()),
            ],
            below,
        );
    }
}

fn below_step(step: &StepProgress, now: Timestamp) -> Vec<Span> {
    let mut below = reasons(&step.state, now);
    for target in &step.targets {
        below.extend(target_lines(target, now));
    }
    below
}

fn target_lines(target: &TargetProgress, now: Timestamp) -> Vec<Span> {
    let (_, tone) = mark(&target.state);
    let mut head = format!("{}: {}, {}", target.lane, target.state.word(), target.stage);
    if let Some(request) = target.request {
        head.push_str(&format!(", change request {request}"));
    }
    let mut lines = vec![Span::new(tone, head)];
    let indented = |text: String| Span::new(Tone::Faint, format!("  {text}"));
    lines.extend(target.state.why(now).into_iter().map(indented));
    lines.extend(target.state.evidence().into_iter().map(indented));
    let told = target.driven.as_ref();
    lines.extend(told.map(|told| driven(told, Unasked::Trust, "  ")));
    lines
}

fn reasons(state: &StepState, now: Timestamp) -> Vec<Span> {
    let tone = match state {
        StepState::Failed(_) => Tone::Bad,
        StepState::Waiting(_)
        | StepState::Ready
        | StepState::Underway(_)
        | StepState::Done(_)
        | StepState::Skipped { .. } => Tone::Faint,
    };
    let words = state.why(now).into_iter().chain(state.evidence());
    words.map(|text| Span::new(tone, text)).collect()
}

/// Returns the mark of a state, and the tone of its word.
fn mark(state: &StepState) -> (Span, Tone) {
    let (tone, mark, ascii) = match state {
        StepState::Waiting(_) => (Tone::Faint, "○", "."),
        StepState::Ready => (Tone::Active, "●", ">"),
        StepState::Underway(_) => (Tone::Active, "◐", "~"),
        StepState::Done(_) => (Tone::Good, "✓", "x"),
        StepState::Failed(_) => (Tone::Bad, "✗", "!"),
        StepState::Skipped { .. } => (Tone::Faint, "–", "-"),
    };
    (Span::mark(tone, mark, ascii), tone)
}

fn checklist(page: &mut Page, progress: &Progress) {
    let items = &progress.checklist;
    if items.is_empty() {
        return;
    }
    let over = items.iter().filter(|item| item.state.is_over()).count();
    // The console lists steps and items in one pane, and counts both.
    let steps = progress.steps.iter().filter(|step| step.state.is_over());
    let all_over = over + steps.count();
    let all = items.len() + progress.steps.len();
    let count = format!(
        "{over} of {}, with the steps {all_over} of {all}",
        items.len()
    );
    page.heading(&format!("Checklist  {count}")).table(2);
    for item in items {
        let (tone, boxed, about) = match &item.state {
            ItemState::Todo { why } => (Tone::Plain, "[ ]", why.clone()),
            ItemState::Running { what } => (Tone::Active, "[~]", what.clone()),
            ItemState::DoneByEvidence { evidence } => (Tone::Good, "[x]", evidence.clone()),
            ItemState::DoneBy { by, at, note } => {
                let note = if note.is_empty() {
                    String::new()
                } else {
                    format!(": {note}")
                };
                (Tone::Good, "[x]", format!("{by} {}{note}", at.clock()))
            }
            ItemState::Failed { why } => (Tone::Bad, "[!]", why.clone()),
            ItemState::NotApplicable { reason } => (Tone::Faint, "[-]", reason.clone()),
        };
        let below = Some(about).filter(|about| !about.is_empty());
        page.row(
            [
                Span::new(tone, boxed),
                Span::new(Tone::Strong, item.id.as_str()),
                Span::plain(item.text.as_str()),
            ],
            below.map(|about| Span::new(Tone::Faint, about)),
        );
    }
}

fn actions(page: &mut Page, board: &Board, progress: &Progress, next: &[NextAction]) {
    if progress.is_complete {
        page.heading("Complete")
            .item(Tone::Good, "Every step and every item is done.");
    }
    if next.is_empty() {
        return;
    }
    page.heading("Next").table(2);
    for action in next {
        page.row(action_cells(board, action), []);
    }
}

fn action_cells(board: &Board, action: &NextAction) -> [Span; 4] {
    let line = action.line(board.called());
    let (line, text) = match board.to_look_at(action, &board.looked) {
        Some(of) => (
            format!("lanekeeper diff {of}"),
            format!("look at it, then: {line}"),
        ),
        None => (line, action.text.clone()),
    };
    [
        Span::new(Tone::Active, line),
        Span::plain(text),
        Span::new(Tone::Faint, action.level.to_string()),
        Span::plain(who(&action.who)),
    ]
}

/// Returns who can do something, in words.
pub(super) fn who(who: &Prerequisite) -> String {
    match who {
        Prerequisite::Me => "you".to_owned(),
        Prerequisite::Others { role, ids } => match (role, &ids[..]) {
            // Whoever has it may be the one who opened or pushed what is asked about.
            (Some(role), []) => format!("{role} (nobody with that role may)"),
            (Some(role), ids) => format!("{role}: {}", ids.join(", ")),
            (None, []) => "somebody else".to_owned(),
            (None, ids) => ids.join(", "),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Role;

    #[test]
    fn a_role_whose_people_may_not_is_not_said_to_be_nobodys() {
        let role: Role = "tech-lead".parse().expect("static role");
        let others = |ids: &[&str]| Prerequisite::Others {
            role: Some(role.clone()),
            ids: ids.iter().map(|&id| id.to_owned()).collect(),
        };
        assert_eq!(who(&others(&[])), "tech-lead (nobody with that role may)");
        assert_eq!(who(&others(&["ben"])), "tech-lead: ben");
    }
}
