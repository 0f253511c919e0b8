//! Where a key or a paste goes: to the overlay on top, else to the main screen.

use crossterm::event::KeyCode;

use super::arm;
use super::choose;
use super::closing;
use super::commands;
use super::commands::CommandList;
use super::conflicts;
use super::diff_keys;
use super::editor;
use super::effect::Effect;
use super::hotfixes;
use super::input;
use super::keys::Chord;
use super::lanes;
use super::login;
use super::msg::Pointed;
use super::overlay::Overlay;
use super::plan;
use super::quit;
use super::resume;
use super::size::Fit;
use super::start;
use super::state::App;
use super::state::Pane;
use super::status;

pub(super) fn press(app: &mut App, chord: Chord) -> Vec<Effect> {
    let since_last = app
        .last_key
        .replace(app.clock.millis)
        .map(|last| app.clock.millis.saturating_sub(last));
    let effects = route(app, chord, since_last);
    app.held = Some(chord.code);
    // Guards that opened by this very key wait for its release.
    if app.options.reports_releases {
        hold(app, chord.code);
    }
    effects
}

/// Tells the guard of a question that this key opened to wait for its release.
fn hold(app: &mut App, code: KeyCode) {
    let millis = app.clock.millis;
    if let Some(guard) = app.overlays.last_mut().and_then(Overlay::guard_mut) {
        guard.hold_if_new(code, millis);
    }
}

fn route(app: &mut App, chord: Chord, since_last: Option<u64>) -> Vec<Effect> {
    status::another_key(app);
    if app.fit() == Fit::TooSmall {
        return press_too_small(app, chord);
    }
    if chord == Chord::ctrl('z') {
        return input::suspend(app);
    }
    if !closing::is_heard(app, chord) {
        return Vec::new();
    }
    match app.overlays.pop() {
        None => input::press(app, chord, since_last),
        Some(Overlay::Plan(screen)) => plan::press(app, screen, chord),
        Some(Overlay::Arm(screen)) => arm::press(app, screen, chord),
        Some(Overlay::Editor(editor)) => editor::press(app, editor, chord),
        Some(Overlay::Start(screen)) => start::press(app, screen, chord),
        Some(Overlay::Hotfixes(list)) => hotfixes::press(app, list, chord),
        Some(Overlay::Help(list)) => commands::press(app, list, true, chord),
        Some(Overlay::Palette(list)) => commands::press(app, list, false, chord),
        Some(Overlay::Choose(choose)) => choose::press(app, choose, chord),
        Some(Overlay::Resume(screen)) => resume::press(app, screen, chord),
        Some(Overlay::Conflicts(screen)) => conflicts::press(app, screen, chord),
        Some(Overlay::Diff(screen)) => diff_keys::press(app, screen, chord),
        Some(Overlay::Login(screen)) => login::press(app, screen, chord),
        Some(Overlay::Quit(screen)) => quit::press(app, screen, chord),
    }
}

/// Only leaving and help work where nothing fits (help shows once there is room).
fn press_too_small(app: &mut App, chord: Chord) -> Vec<Effect> {
    if chord == Chord::char('q') {
        return if app.run.is_some() {
            app.is_quitting = true;
            Vec::new()
        } else {
            vec![Effect::Quit]
        };
    }
    if chord == Chord::char('?') && app.overlays.is_empty() {
        app.overlays.push(Overlay::Help(CommandList::default()));
    }
    if chord == Chord::ctrl('z') {
        return input::suspend(app);
    }
    Vec::new()
}

/// The mouse selects and scrolls; it never decides anything, so what is on top of the panes stays deaf to it.
pub(super) fn point(app: &mut App, pointed: Pointed) -> Vec<Effect> {
    if app.fit() == Fit::TooSmall || !app.overlays.is_empty() || app.filtering.is_some() {
        return Vec::new();
    }
    app.pending.clear();
    status::another_key(app);
    status::another_deed(app);
    match pointed {
        Pointed::Pressed { pane, row, event } => {
            let effects = input::focus(app, pane);
            if pane == Pane::Lanes && (row.is_some() || event.is_some()) {
                lanes::point(app, row, event);
            }
            effects
        }
        Pointed::Turned { pane, by } => {
            let effects = input::focus(app, pane);
            let _ = input::step(app, by);
            effects
        }
    }
}

/// A held key moves and types; it never decides anything.
pub(super) fn repeat(app: &mut App, chord: Chord) -> Vec<Effect> {
    match app.overlays.last() {
        Some(Overlay::Plan(_) | Overlay::Arm(_) | Overlay::Quit(_)) => Vec::new(),
        Some(
            Overlay::Editor(_)
            | Overlay::Start(_)
            | Overlay::Hotfixes(_)
            | Overlay::Help(_)
            | Overlay::Palette(_)
            | Overlay::Choose(_)
            | Overlay::Login(_)
            | Overlay::Resume(_),
        ) if chord.code == KeyCode::Enter || chord.code == KeyCode::Esc || chord.is_ctrl => {
            Vec::new()
        }
        // A held key moves; it takes no side of a conflict.
        Some(Overlay::Conflicts(_)) if !is_scrolling(chord) => Vec::new(),
        Some(Overlay::Diff(screen)) if screen.finding.is_none() && !is_scrolling(chord) => {
            Vec::new()
        }
        Some(_) => route(app, chord, None),
        None if app.filtering.is_some() => route(app, chord, None),
        None => {
            let is_movement = matches!(
                chord.code,
                KeyCode::Up
                    | KeyCode::Down
                    | KeyCode::PageUp
                    | KeyCode::PageDown
                    | KeyCode::Char('j' | 'k' | '+' | '-' | '[' | ']' | '{' | '}' | ',' | '.')
            );
            if is_movement && app.fit() > Fit::TooSmall {
                route(app, chord, None)
            } else {
                Vec::new()
            }
        }
    }
}

fn is_scrolling(chord: Chord) -> bool {
    matches!(
        chord.code,
        KeyCode::Up
            | KeyCode::Down
            | KeyCode::PageUp
            | KeyCode::PageDown
            | KeyCode::Char('j' | 'k' | 'n' | 'p' | '[' | ']')
    )
}

pub(super) fn released(app: &mut App, code: KeyCode) {
    if app.held == Some(code) {
        app.held = None;
    }
    for overlay in &mut app.overlays {
        if let Some(guard) = overlay.guard_mut() {
            guard.released(code);
        }
    }
}

/// A paste is text: into a text it goes, anywhere else it is refused.
pub(super) fn paste(app: &mut App, text: &str) {
    let top = app.overlays.pop();
    match top {
        Some(Overlay::Editor(mut editor)) => {
            editor::paste(app, &mut editor, text);
            app.overlays.push(Overlay::Editor(editor));
        }
        Some(Overlay::Start(mut screen)) => {
            start::paste(&mut screen, text);
            app.overlays.push(Overlay::Start(screen));
        }
        Some(Overlay::Help(mut list)) => {
            list.filter.paste(text);
            app.overlays.push(Overlay::Help(list));
        }
        Some(Overlay::Palette(mut list)) => {
            list.filter.paste(text);
            app.overlays.push(Overlay::Palette(list));
        }
        Some(Overlay::Plan(mut screen)) => {
            plan::paste(app, &mut screen);
            app.overlays.push(Overlay::Plan(screen));
        }
        Some(Overlay::Arm(mut screen)) => {
            screen.typed.paste(app.clock.millis);
            app.overlays.push(Overlay::Arm(screen));
        }
        Some(Overlay::Quit(mut screen)) => {
            let is_refused = quit::paste(app, &mut screen);
            app.overlays.push(Overlay::Quit(screen));
            if !is_refused {
                app.refuse("pasted text is no command: ignored");
            }
        }
        Some(Overlay::Login(mut screen)) => {
            login::paste(&mut screen, text);
            app.overlays.push(Overlay::Login(screen));
        }
        Some(Overlay::Diff(mut screen)) => {
            let is_taken = diff_keys::paste(&mut screen, text);
            app.overlays.push(Overlay::Diff(screen));
            if !is_taken {
                app.refuse("pasted text is no command: ignored");
            }
        }
        Some(
            other @ (Overlay::Hotfixes(_)
            | Overlay::Choose(_)
            | Overlay::Resume(_)
            | Overlay::Conflicts(_)),
        ) => {
            app.overlays.push(other);
            app.refuse("pasted text is no command: ignored");
        }
        None => match &mut app.filtering {
            Some(field) => {
                field.paste(text);
                let text = field.text.clone();
                app.filter.insert(app.focus, text);
            }
            None => app.refuse("pasted text is no command: ignored"),
        },
    }
}
