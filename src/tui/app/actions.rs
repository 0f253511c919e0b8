//! The one table of actions: it feeds hints, help, palette, documentation and the test that no key is
//! bound twice. What an action does beyond the screen is a wish; the plan screen follows.

use crate::engine::Level;

use super::colleagues;
use super::conflict_checks;
use super::conflict_decide;
use super::conflicts;
use super::diff;
use super::diff_keys;
use super::driving;
use super::effect::Effect;
use super::input;
use super::jobs;
use super::lanes;
use super::login;
use super::msg::OwnProgram;
use super::outward;
use super::resume;
use super::retry;
use super::saying;
use super::state::App;
use super::state::Pane;
use super::wish;
use super::work;

/// Where an action's keys work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    Everywhere,
    Lanes,
    Checklist,
    Approvals,
    Log,
    /// The conflict screen: its keys are its own.
    Conflicts,
    /// The diff screen: its keys are its own too.
    Diff,
}

impl Scope {
    /// Tells whether this is the scope of that pane.
    pub fn is(self, pane: Pane) -> bool {
        match self {
            Self::Everywhere | Self::Conflicts | Self::Diff => false,
            Self::Lanes => pane == Pane::Lanes,
            Self::Checklist => pane == Pane::Checklist,
            Self::Approvals => pane == Pane::Approvals,
            Self::Log => pane == Pane::Log,
        }
    }

    /// Returns the word in help and documentation.
    pub fn word(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Lanes => "lanes",
            Self::Checklist => "checklist",
            Self::Approvals => "approvals",
            Self::Log => "log",
            Self::Conflicts => "conflicts",
            Self::Diff => "diff",
        }
    }
}

/// One thing that can be done from the keyboard.
pub struct Action {
    /// Stable name, as in the configuration of keys.
    pub id: &'static str,
    pub title: &'static str,
    pub scope: Scope,
    /// Sequences of keys, `g g`; none is reached by the palette only.
    pub keys: &'static [&'static str],
    pub level: Level,
    /// Why it cannot be done now.
    pub enabled: fn(&App) -> Result<(), String>,
    pub(super) run: fn(&mut App) -> Vec<Effect>,
}

impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Action").field(&self.id).finish()
    }
}

fn always(_: &App) -> Result<(), String> {
    Ok(())
}

/// Makes a row of the table.
const fn action(
    id: &'static str,
    title: &'static str,
    scope: Scope,
    keys: &'static [&'static str],
    level: Level,
    enabled: fn(&App) -> Result<(), String>,
    run: fn(&mut App) -> Vec<Effect>,
) -> Action {
    Action {
        id,
        title,
        scope,
        keys,
        level,
        enabled,
        run,
    }
}

use Level::L0;
use Level::L1;
use Level::L2;
use Level::L3;
use Level::L4;
use Scope::Conflicts;
use Scope::Diff;
use Scope::Everywhere;

/// Every action, most used first in each group. The level is the highest that the plan may turn out to have.
#[rustfmt::skip]
pub static ACTIONS: &[Action] = &[
    // Work, remote: each opens the plan screen.
    action("request", "Open or carry on the change request", Everywhere, &["p"], L4, wish::can_request, wish::request),
    action("promote", "Merge into the next lane", Everywhere, &["m"], L4, wish::can_promote, wish::promote),
    action("deploy", "Deploy", Everywhere, &["D"], L4, wish::can_deploy, wish::deploy),
    action("carry", "Carry the fix back (retrofit, backport, sync)", Everywhere, &["f"], L3, wish::can_carry, wish::carry),
    action("approve", "Approve", Everywhere, &["a"], L4, saying::can_approve, saying::approve),
    action("reject", "Request changes", Everywhere, &["x"], L3, saying::can_reject, saying::reject),
    action("tick", "Tick, take back or confirm by hand", Everywhere, &["space"], L1, saying::can_tick, saying::tick),
    action("conflicts", "Resolve the conflicts of a target", Everywhere, &["c"], L3, conflicts::can_resolve, conflicts::resolve),
    action("decide", "Keep a conflicted path as it stands", Everywhere, &["R p"], L2, saying::can_decide, saying::decide),
    action("acknowledge", "Acknowledge a changed fix", Everywhere, &["R k"], L2, saying::can_acknowledge, saying::acknowledge),
    action("override", "Override a rule that blocks a step", Everywhere, &["R v"], L4, saying::can_override, saying::override_rule),
    action("note", "Write a note", Everywhere, &["N"], L1, saying::can_note, saying::note),
    action("comment", "Comment on the change request", Everywhere, &["C"], L2, saying::can_comment, saying::comment),
    action("edit", "Write a note in your editor", Everywhere, &["e"], L1, saying::can_note, saying::note_in_editor),
    action("undo", "Take back the last tick", Everywhere, &["u"], L1, saying::can_undo, saying::undo),
    action("start", "Start a hotfix", Everywhere, &["s"], L3, work::can_start, work::start),
    action("plan-next", "Plan the next step", Everywhere, &["R n"], L4, wish::can_next, wish::next),
    action("plan-dry", "Only show that plan", Everywhere, &["R d"], L0, wish::can_next, wish::next_dry),
    action("skip", "Skip the step", Everywhere, &["R s"], L2, work::can_skip, work::skip),
    action("abandon", "Abandon the target", Everywhere, &["R a"], L2, work::can_abandon, work::abandon),
    action("retry", "Run a job that failed again", Everywhere, &["R j"], L4, retry::can_retry, retry::retry),
    action("close", "Close the hotfix", Everywhere, &["R c"], L2, work::can_close, work::close),
    action("drive", "Take or leave the driver's seat", Everywhere, &["V"], L2, driving::can_drive, driving::drive),
    action("hand-over", "Offer the driver's seat to somebody", Everywhere, &["R o"], L2, driving::can_hand_over, driving::hand_over),
    action("take-over", "Take the driver's seat over", Everywhere, &["R t"], L4, driving::can_take_over, driving::take_over),
    action("resume", "Decide about what was interrupted here", Everywhere, &["R r"], L3, resume::can_resume, resume::open),
    action("restore", "Put back what the record has lost", Everywhere, &["R b"], L2, resume::can_restore, resume::restore),
    action("login", "Sign in to the forge", Everywhere, &["R l"], L1, login::can_login, login::open),
    action("arm", "Arm or disarm production", Everywhere, &["A"], L0, work::can_arm, work::arm),
    action("stop", "Stop what runs after its present call", Scope::Log, &["X"], L0, work::can_stop, work::stop),
    // Look.
    action("open", "Open in Detail", Everywhere, &["Enter"], L0, always, input::open),
    action("diff", "Show the diff of the selection", Everywhere, &["d"], L0, diff::can_open, diff::open),
    action("back", "Back", Everywhere, &["Esc"], L0, always, input::back),
    action("filter", "Filter this pane", Everywhere, &["/"], L0, input::can_filter, input::filter),
    action("zoom", "Zoom this pane", Everywhere, &["z"], L0, always, input::zoom),
    action("lanes-taller", "More room for the lanes", Everywhere, &["+"], L0, always, input::taller),
    action("lanes-lower", "Less room for the lanes", Everywhere, &["-"], L0, always, input::lower),
    action("hotfixes", "Show the hotfixes", Everywhere, &["g h"], L0, input::has_board, input::hotfixes),
    action("log", "Show the log", Everywhere, &["L"], L0, always, |app| input::focus(app, Pane::Log)),
    action("jobs", "Show the log of the running job", Everywhere, &["J"], L0, jobs::can_show, jobs::show),
    action("follow", "Go along with a colleague's selection", Everywhere, &["F"], L0, colleagues::can_follow, colleagues::follow),
    action("refresh", "Look again", Everywhere, &["r"], L0, always, input::refresh),
    action("browse", "Open the change request in the browser", Everywhere, &["o"], L0, outward::has_link, outward::browse),
    action("copy-command", "Copy the next command", Everywhere, &["y c"], L0, wish::can_copy, outward::copy_command),
    action("copy-sha", "Copy the commit id", Everywhere, &["y s"], L0, outward::has_head, outward::copy_head),
    action("copy-id", "Copy the hotfix id", Everywhere, &["y i"], L0, outward::has_hotfix, outward::copy_id),
    action("copy-link", "Copy the link", Everywhere, &["y l"], L0, outward::has_link, outward::copy_link),
    // Move.
    action("down", "Down", Everywhere, &["j", "Down"], L0, always, |app| input::step(app, 1)),
    action("up", "Up", Everywhere, &["k", "Up"], L0, always, |app| input::step(app, -1)),
    action("page-down", "A page down", Everywhere, &["PgDn", "Ctrl-D"], L0, always, |app| input::step(app, 10)),
    action("page-up", "A page up", Everywhere, &["PgUp", "Ctrl-U"], L0, always, |app| input::step(app, -10)),
    action("top", "To the top", Everywhere, &["g g", "Home"], L0, always, |app| input::step(app, isize::MIN / 2)),
    action("bottom", "To the end", Everywhere, &["G", "End"], L0, always, |app| input::step(app, isize::MAX / 2)),
    action("event-previous", "Event before", Scope::Lanes, &["["], L0, input::has_board, |app| lanes::event(app, -1)),
    action("event-next", "Event after", Scope::Lanes, &["]"], L0, input::has_board, |app| lanes::event(app, 1)),
    action("event-before-here", "Event before on this lane", Scope::Lanes, &["{"], L0, input::has_board, |app| lanes::event_here(app, true)),
    action("event-after-here", "Event after on this lane", Scope::Lanes, &["}"], L0, input::has_board, |app| lanes::event_here(app, false)),
    action("time-back", "Eight events back in time", Scope::Lanes, &[","], L0, input::has_board, |app| lanes::page(app, true)),
    action("time-on", "Eight events on in time", Scope::Lanes, &["."], L0, input::has_board, |app| lanes::page(app, false)),
    action("time-now", "Back to now", Scope::Lanes, &["0"], L0, input::has_board, lanes::now),
    action("graph-closer", "Fewer events, more room for each", Scope::Lanes, &[">"], L0, input::has_board, |app| lanes::zoom(app, 1)),
    action("graph-wider", "More events, less room for each", Scope::Lanes, &["<"], L0, input::has_board, |app| lanes::zoom(app, -1)),
    action("fold", "Open or fold the runs of this lane", Scope::Lanes, &["v"], L0, lanes::has_row, lanes::fold),
    action("hit-next", "Next of what the filter finds", Everywhere, &["n"], L0, input::can_seek, input::seek),
    action("pane-lanes", "Lanes", Everywhere, &["1"], L0, always, |app| input::focus(app, Pane::Lanes)),
    action("pane-checklist", "Checklist", Everywhere, &["2"], L0, always, |app| input::focus(app, Pane::Checklist)),
    action("pane-approvals", "Approvals", Everywhere, &["3"], L0, always, |app| input::focus(app, Pane::Approvals)),
    action("pane-detail", "Detail", Everywhere, &["4"], L0, always, |app| input::focus(app, Pane::Detail)),
    action("pane-log", "Log and jobs", Everywhere, &["5"], L0, always, |app| input::focus(app, Pane::Log)),
    action("pane-next", "Next pane", Everywhere, &["Tab", "l", "Right"], L0, always, |app| input::focus(app, app.focus.next())),
    action("pane-previous", "Pane before", Everywhere, &["Shift-Tab", "h", "Left"], L0, always, |app| input::focus(app, app.focus.previous())),
    // The conflict screen.
    action("conflict-target", "Take the target's lines", Conflicts, &["1"], L1, conflicts::on, conflict_decide::take_target),
    action("conflict-fix", "Take the fix's lines", Conflicts, &["2"], L1, conflicts::on, conflict_decide::take_fix),
    action("conflict-both", "Take both, the target's first", Conflicts, &["3"], L1, conflicts::on, conflict_decide::take_both),
    action("conflict-both-fix-first", "Take both, the fix's first", Conflicts, &["4"], L1, conflicts::on, conflict_decide::take_both_fix_first),
    action("conflict-driver", "Take what the merge driver makes of the path", Conflicts, &["5"], L1, conflict_decide::can_take_driver, conflict_decide::take_driver),
    action("conflict-delete", "Delete the path", Conflicts, &["x"], L1, conflicts::on, conflict_decide::delete),
    action("conflict-reopen", "Leave it undecided again", Conflicts, &["0"], L1, conflicts::on, conflict_decide::reopen),
    action("conflict-confirm", "Confirm what is reused", Conflicts, &["Enter"], L1, conflict_decide::can_confirm, conflict_decide::confirm),
    action("conflict-edit", "Edit the result of the hunk", Conflicts, &["e"], L1, conflict_decide::can_edit, conflict_decide::edit),
    action("conflict-editor", "Edit the file in your editor, in a fresh folder", Conflicts, &["E"], L1, conflict_decide::can_open_file, |app| conflict_decide::open_file(app, OwnProgram::Editor)),
    action("conflict-tool", "Merge the file with your merge tool, in a fresh folder", Conflicts, &["M"], L1, conflict_decide::can_open_file, |app| conflict_decide::open_file(app, OwnProgram::MergeTool)),
    action("conflict-undo", "Take the latest decision back", Conflicts, &["u"], L1, conflict_decide::can_undo, conflict_decide::undo),
    action("conflict-next", "Next hunk", Conflicts, &["n", "]"], L0, conflicts::on, |app| conflicts::hunk(app, false)),
    action("conflict-previous", "Hunk before", Conflicts, &["p", "["], L0, conflicts::on, |app| conflicts::hunk(app, true)),
    action("conflict-file-next", "Next file", Conflicts, &["N"], L0, conflicts::on, |app| conflicts::file(app, false)),
    action("conflict-file-previous", "File before", Conflicts, &["P"], L0, conflicts::on, |app| conflicts::file(app, true)),
    action("conflict-down", "Scroll down", Conflicts, &["j", "Down"], L0, conflicts::on, |app| conflicts::scroll(app, 1)),
    action("conflict-up", "Scroll up", Conflicts, &["k", "Up"], L0, conflicts::on, |app| conflicts::scroll(app, -1)),
    action("conflict-page-down", "Scroll a page down", Conflicts, &["PgDn", "Ctrl-D"], L0, conflicts::on, |app| conflicts::scroll(app, 10)),
    action("conflict-page-up", "Scroll a page up", Conflicts, &["PgUp", "Ctrl-U"], L0, conflicts::on, |app| conflicts::scroll(app, -10)),
    action("conflict-base", "Show the base", Conflicts, &["b"], L0, conflicts::on, conflicts::base),
    action("conflict-result", "Show the result, or the sides", Conflicts, &["Tab"], L0, conflicts::on, conflicts::result),
    action("conflict-save", "Keep what is decided", Conflicts, &["w"], L1, conflicts::on, conflict_decide::save),
    action("conflict-check", "Test: run the project's checks on what is decided", Conflicts, &["t"], L1, conflict_checks::can_check, conflict_checks::check),
    action("conflict-output", "Show what a check that failed wrote, or the sides", Conflicts, &["l"], L0, conflict_checks::can_show, conflict_checks::show),
    action("conflict-finish", "Finish: show the plan", Conflicts, &["F"], L3, conflicts::can_finish, conflicts::finish),
    action("conflict-leave", "Back; what is decided stays", Conflicts, &["Esc", "q", "Ctrl-C"], L0, conflicts::on, conflict_checks::back),
    action("conflict-abort", "Leave, perhaps give up", Conflicts, &["X"], L1, conflicts::on, conflicts::abort),
    // The diff screen.
    action("diff-approve", "Approve what is shown", Diff, &["a"], L4, diff_keys::can_approve, diff_keys::approve),
    action("diff-reject", "Request changes", Diff, &["x"], L3, diff_keys::can_reject, diff_keys::reject),
    action("diff-saw-hidden", "Say that you saw the hidden characters", Diff, &["H"], L1, diff_keys::can_acknowledge, diff_keys::acknowledge),
    action("diff-next", "Next hunk", Diff, &["n", "]"], L0, diff_keys::on, |app| diff_keys::hunk(app, false)),
    action("diff-previous", "Hunk before", Diff, &["p", "["], L0, diff_keys::on, |app| diff_keys::hunk(app, true)),
    action("diff-file-next", "Next file", Diff, &["N", "l", "Right"], L0, diff_keys::on, |app| diff_keys::file(app, false)),
    action("diff-file-previous", "File before", Diff, &["P", "h", "Left"], L0, diff_keys::on, |app| diff_keys::file(app, true)),
    action("diff-seen", "Mark the file as seen and go on, or take the mark back", Diff, &["space", "v"], L0, diff_keys::on, diff_keys::mark),
    action("diff-down", "Scroll down", Diff, &["j", "Down"], L0, diff_keys::on, |app| diff_keys::scroll(app, 1)),
    action("diff-up", "Scroll up", Diff, &["k", "Up"], L0, diff_keys::on, |app| diff_keys::scroll(app, -1)),
    action("diff-page-down", "Scroll a page down", Diff, &["PgDn", "Ctrl-D"], L0, diff_keys::on, |app| diff_keys::scroll(app, 10)),
    action("diff-page-up", "Scroll a page up", Diff, &["PgUp", "Ctrl-U"], L0, diff_keys::on, |app| diff_keys::scroll(app, -10)),
    action("diff-top", "To the top of the file", Diff, &["g g", "Home"], L0, diff_keys::on, |app| diff_keys::scroll(app, isize::MIN / 2)),
    action("diff-bottom", "To the end of the file", Diff, &["G", "End"], L0, diff_keys::on, |app| diff_keys::scroll(app, isize::MAX / 2)),
    action("diff-find", "Search in every file", Diff, &["/"], L0, diff_keys::on, diff_keys::find),
    action("diff-hit", "Next place that was found", Diff, &["Enter"], L0, diff_keys::can_hit, diff_keys::hit),
    action("diff-hidden", "Next hidden character", Diff, &["m"], L0, diff_keys::can_seek_hidden, diff_keys::hidden),
    action("diff-layout", "Unified, or before beside after", Diff, &["s"], L0, diff_keys::on, diff_keys::other_layout),
    action("diff-leave", "Back", Diff, &["q", "Esc", "Ctrl-C"], L0, diff_keys::on, diff_keys::leave),
    // System.
    action("help", "Help: the keys that work here", Everywhere, &["?"], L0, always, input::help),
    action("palette", "All commands", Everywhere, &[":"], L0, always, input::palette),
    action("redraw", "Draw the screen anew", Everywhere, &["Ctrl-L"], L0, always, |_| vec![Effect::Redraw]),
    action("suspend", "Back to the shell for a while", Everywhere, &["Ctrl-Z"], L0, always, input::suspend),
    action("interrupt", "Cancel the input or what runs here; never quits", Everywhere, &["Ctrl-C"], L0, always, input::interrupt),
    action("quit", "Quit", Everywhere, &["q"], L0, always, input::quit),
];

/// Tells whether an action can be done now.
pub fn is_on(app: &App, id: &str) -> bool {
    let mut actions = ACTIONS.iter();
    actions.any(|action| action.id == id && (action.enabled)(app).is_ok())
}

/// Returns the table as Markdown, for the manual.
pub fn keys_markdown() -> String {
    let mut text =
        String::from("| Keys | Action | Name | Where | Level |\n|---|---|---|---|---|\n");
    for action in ACTIONS {
        let keys: Vec<String> = action.keys.iter().map(|key| format!("`{key}`")).collect();
        text.push_str(&format!(
            "| {} | {} | `{}` | {} | {} |\n",
            keys.join(" "),
            action.title,
            action.id,
            action.scope.word(),
            action.level
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_actions_are_unique_and_every_action_is_documented() {
        let text = keys_markdown();
        for action in ACTIONS {
            assert_eq!(
                ACTIONS.iter().filter(|other| other.id == action.id).count(),
                1,
                "{}",
                action.id
            );
            assert!(text.contains(&format!("`{}`", action.id)));
        }
    }
}
