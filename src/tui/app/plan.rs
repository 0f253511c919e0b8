//! The plan screen: nothing changes the world but through it. What counts as a yes depends on the level
//! (console.md 2.5); everything doubtful is a no.

use crossterm::event::KeyCode;

use crate::engine::Board;
use crate::engine::Intent;
use crate::engine::Level;
use crate::engine::Plan;
use crate::engine::in_brief;
use crate::model::Untrusted;

use super::arm;
use super::closing;
use super::effect::Effect;
use super::guard::Guard;
use super::guard::QUIET;
use super::keys::Chord;
use super::naming::Heard;
use super::naming::INCOMPLETE;
use super::naming::NameField;
use super::overlay::Overlay;
use super::runs;
use super::state::App;
use super::words::Tone;

/// Where the keys of the plan screen go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanFocus {
    /// The name to type (L4).
    Name,
    Run,
    Cancel,
}

/// An open plan.
#[derive(Debug, Clone)]
pub struct PlanScreen {
    pub plan: Plan,
    pub board: Board,
    /// Shown only; nothing can be confirmed.
    pub is_dry: bool,
    pub focus: PlanFocus,
    pub typed: NameField,
    pub scroll: usize,
    /// When a yes was pressed; it counts once nothing followed it for a moment.
    pub(super) confirmed_at: Option<u64>,
}

impl PlanScreen {
    pub(super) fn new(app: &App, board: Board, plan: Plan, is_dry: bool) -> Self {
        let needs_name = plan.level == Level::L4 && !is_dry;
        Self {
            focus: if needs_name {
                PlanFocus::Name
            } else {
                PlanFocus::Cancel
            },
            plan,
            board,
            is_dry,
            typed: NameField::new(app),
            scroll: 0,
            confirmed_at: None,
        }
    }

    /// Tells whether the name to type is that of a lane that would be left without the fix, or goes on over a rule of ours, and
    /// not production's.
    pub fn is_of_a_lane(&self) -> bool {
        self.plan.names_lane(&self.board.book.project)
    }

    /// Tells whether production must be armed first.
    pub fn needs_arming(&self, app: &App) -> bool {
        !self.is_dry
            && self.plan.level == Level::L4
            && !self.is_of_a_lane()
            && !self
                .plan
                .environment
                .as_ref()
                .is_some_and(|environment| app.is_armed(environment))
    }

    /// Tells whether the typed name is the right one.
    pub fn is_named(&self) -> bool {
        self.plan
            .environment
            .as_ref()
            .is_some_and(|environment| environment.as_str() == self.typed.name.text)
    }

    /// Returns the calls in words, in order.
    pub fn calls(&self) -> Vec<String> {
        self.plan
            .changes
            .iter()
            .map(|change| in_brief(&change.call.to_string()).into_owned())
            .collect()
    }

    /// Returns the plan as plain text, for a ticket or a colleague: nothing in it runs by being pasted.
    pub fn text(&self) -> String {
        let plan = &self.plan;
        let mut lines = vec![format!("{}  (plan {})", plan.title, plan.hash)];
        let labelled = [
            ("Will change", &plan.will_change),
            ("Will NOT change", &plan.will_not_change),
        ];
        for (label, texts) in labelled {
            lines.extend(texts.iter().map(|text| format!("{label}: {text}")));
        }
        for fact in &plan.facts {
            lines.push(format!("  {}: {}", fact.state.word(), fact.text));
        }
        for (n, (call, change)) in self.calls().iter().zip(&plan.changes).enumerate() {
            lines.push(format!("{:>3}  {call}", n + 1));
            let expects = change.expects.iter();
            lines.extend(expects.map(|expects| format!("       if {expects}")));
        }
        if !plan.way_back.is_empty() {
            lines.push(format!("Way back: {}", plan.way_back));
        }
        let command = self.command();
        lines.extend(command.map(|command| format!("From a shell: {command}")));
        // Each on one line, so that no name in it looks like a line of its own.
        let lines: Vec<String> = lines
            .iter()
            .map(|line| Untrusted::new(line.as_str()).show())
            .collect();
        lines.join("\n")
    }

    /// Returns the same wish as a command line, without what a person types only here.
    pub fn command(&self) -> Option<String> {
        match &self.plan.intent {
            Intent::Start(_) => None,
            intent => {
                let confirm = self
                    .plan
                    .environment
                    .as_ref()
                    .map_or_else(String::new, |name| format!(" --confirm {name}"));
                let words = intent.words_for(self.board.called());
                Some(format!("lanekeeper {words}{confirm}"))
            }
        }
    }
}

pub(super) fn new_guard(app: &App) -> Guard {
    let held = app.held.filter(|_| app.options.reports_releases);
    Guard::open(app.clock.millis, app.options.dead_for, held)
}

/// Takes a key on the plan screen.
pub(super) fn press(app: &mut App, mut screen: Box<PlanScreen>, chord: Chord) -> Vec<Effect> {
    let millis = app.clock.millis;
    // Anything that follows a yes shows that it was part of something else.
    let followed = screen.confirmed_at.take().is_some();
    let heard = screen.typed.hear(chord, millis);
    let is_meant = !matches!(heard, Heard::Nothing);
    if followed && is_meant {
        screen.typed.notice = Some("another key followed the yes: nothing was run".to_owned());
    }
    if followed || !is_meant {
        app.overlays.push(Overlay::Plan(screen));
        return Vec::new();
    }
    screen.typed.notice = None;
    let is_alone = screen.typed.guard.is_alone();
    match chord.code {
        _ if matches!(heard, Heard::Cancel) => {
            return close(app, &screen, "cancelled: nothing was done");
        }
        // Not the letter alone: here it is the yes, or part of the name.
        _ if chord == Chord::ctrl('y') => {
            let text = screen.text();
            screen.typed.notice = Some("the plan was handed to the clipboard".to_owned());
            app.overlays.push(Overlay::Plan(screen));
            return vec![Effect::Copy {
                what: "the plan".to_owned(),
                text,
                is_page: true,
            }];
        }
        KeyCode::Up => screen.scroll = screen.scroll.saturating_sub(1),
        KeyCode::Down => screen.scroll += 1,
        KeyCode::PageUp => screen.scroll = screen.scroll.saturating_sub(8),
        KeyCode::PageDown => screen.scroll += 8,
        KeyCode::Tab | KeyCode::BackTab => {
            screen.focus = next_focus(&screen, chord.code == KeyCode::BackTab);
        }
        _ if screen.needs_arming(app) => {
            if chord == Chord::char('A') {
                app.overlays.push(Overlay::Plan(screen));
                return arm::open(app);
            }
            if chord.code == KeyCode::Enter {
                return close(app, &screen, "cancelled: nothing was done");
            }
        }
        KeyCode::Enter => match screen.focus {
            PlanFocus::Cancel => return close(app, &screen, "cancelled: nothing was done"),
            PlanFocus::Name | PlanFocus::Run => try_enter(&mut screen, is_alone, millis),
        },
        _ if screen.focus == PlanFocus::Name => {
            screen.typed.name.press(chord);
        }
        KeyCode::Char('y') if chord == Chord::char('y') => try_yes(&mut screen, is_alone, millis),
        _ => {}
    }
    app.overlays.push(Overlay::Plan(screen));
    Vec::new()
}

fn next_focus(screen: &PlanScreen, is_back: bool) -> PlanFocus {
    let order: &[PlanFocus] = if screen.is_dry {
        &[PlanFocus::Cancel]
    } else if screen.plan.level == Level::L4 {
        &[PlanFocus::Name, PlanFocus::Run, PlanFocus::Cancel]
    } else {
        &[PlanFocus::Run, PlanFocus::Cancel]
    };
    let at = order
        .iter()
        .position(|focus| *focus == screen.focus)
        .unwrap_or_default();
    let step = if is_back { order.len() - 1 } else { 1 };
    order[(at + step) % order.len()]
}

/// `y` is the yes of levels L2 and L3.
fn try_yes(screen: &mut PlanScreen, is_alone: bool, millis: u64) {
    if screen.is_dry || screen.plan.level >= Level::L4 {
        return;
    }
    if is_alone {
        screen.confirmed_at = Some(millis);
    } else {
        screen.typed.notice =
            Some("that came too fast after another key: press y again".to_owned());
    }
}

/// Enter is the yes of L4 with the full name, and of L2 on the Run button; never of L3.
fn try_enter(screen: &mut PlanScreen, is_alone: bool, millis: u64) {
    if screen.is_dry {
        return;
    }
    match screen.plan.level {
        Level::L4 if !screen.is_named() => {
            screen.typed.notice = Some(INCOMPLETE.to_owned());
        }
        Level::L3 => screen.typed.notice = Some("press y to run: Enter does not".to_owned()),
        Level::L0 | Level::L1 | Level::L2 | Level::L4 => {
            if is_alone {
                screen.confirmed_at = Some(millis);
            } else {
                screen.typed.notice = Some("that came too fast after another key".to_owned());
            }
        }
    }
}

/// Refuses a paste.
pub(super) fn paste(app: &mut App, screen: &mut PlanScreen) {
    screen.confirmed_at = None;
    screen.typed.paste(app.clock.millis);
}

/// Lets time pass: a yes settles, a plan expires.
pub(super) fn tick(app: &mut App) -> Vec<Effect> {
    let Some(Overlay::Plan(screen)) = app.overlays.last() else {
        return Vec::new();
    };
    if screen.plan.left(app.clock.since_boot()).is_zero() {
        return dismiss(app, "the plan expired: nothing was done, ask for it again");
    }
    let is_settled = screen
        .confirmed_at
        .is_some_and(|at| app.clock.millis >= at.saturating_add(QUIET));
    if !is_settled || screen.is_dry {
        return Vec::new();
    }
    if screen.needs_arming(app) || (screen.plan.level == Level::L4 && !screen.is_named()) {
        return dismiss(app, "production is not armed any more: nothing was done");
    }
    let Some(Overlay::Plan(screen)) = app.overlays.pop() else {
        return Vec::new();
    };
    runs::start(app, screen.board, screen.plan)
}

/// Closes any open plan, and whatever asks for production's name, as a no: focus lost, window too small, terminal stopped.
pub(super) fn dismiss(app: &mut App, why: &str) -> Vec<Effect> {
    let before = app.overlays.len();
    app.overlays.retain(|overlay| match overlay {
        Overlay::Plan(_) | Overlay::Arm(_) => false,
        Overlay::Quit(screen) => screen.naming.is_none(),
        Overlay::Editor(_)
        | Overlay::Start(_)
        | Overlay::Hotfixes(_)
        | Overlay::Help(_)
        | Overlay::Palette(_)
        | Overlay::Choose(_)
        | Overlay::Resume(_)
        | Overlay::Conflicts(_)
        | Overlay::Diff(_)
        | Overlay::Login(_) => true,
    });
    if app.overlays.len() < before {
        app.say(why, Tone::Warn);
        closing::begin(app, why);
    }
    Vec::new()
}

/// Hears that the remote cannot be seen: what a plan for what is shared was checked against is not known any more, and so it
/// closes. What can be put on record here alone stays.
pub(super) fn lose_sight(app: &mut App) -> Vec<Effect> {
    let mut overlays = app.overlays.iter();
    let is_shared = overlays.any(|overlay| {
        matches!(overlay, Overlay::Plan(screen) if screen.plan.level >= Level::L3 && !screen.is_dry)
    });
    if is_shared {
        return dismiss(app, "the remote cannot be seen any more: nothing was done");
    }
    Vec::new()
}

fn close(app: &mut App, screen: &PlanScreen, why: &str) -> Vec<Effect> {
    if screen.is_dry {
        app.say("only shown: nothing was done", Tone::Plain);
    } else {
        app.say(why, Tone::Plain);
    }
    Vec::new()
}
