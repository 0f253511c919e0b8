//! Terminal events as messages.

use crossterm::event::Event;
use crossterm::event::KeyEventKind;
use crossterm::event::MouseButton;
use crossterm::event::MouseEvent;
use crossterm::event::MouseEventKind;

use crate::tui::app::Chord;
use crate::tui::app::News;
use crate::tui::app::Pointed;
use crate::tui::view::Viewport;

/// Lines that one notch of the wheel goes.
const NOTCH: isize = 1;

/// Returns what an event means; the mouse means what was drawn where it is.
pub(super) fn news(event: Event, viewport: &Viewport) -> Option<News> {
    match event {
        Event::Key(key) => Some(match key.kind {
            KeyEventKind::Press => News::Key(Chord::from(key)),
            KeyEventKind::Repeat => News::Repeated(Chord::from(key)),
            KeyEventKind::Release => News::Released(key.code),
        }),
        Event::Paste(text) => Some(News::Pasted(text)),
        Event::Resize(width, height) => Some(News::Resized { width, height }),
        Event::FocusGained => Some(News::FocusGained),
        Event::FocusLost => Some(News::FocusLost),
        Event::Mouse(mouse) => pointed(mouse, viewport).map(News::Pointed),
    }
}

fn pointed(mouse: MouseEvent, viewport: &Viewport) -> Option<Pointed> {
    let (pane, row, event) = viewport.at(mouse.column, mouse.row)?;
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Pointed::Pressed { pane, row, event }),
        MouseEventKind::ScrollDown => Some(Pointed::Turned { pane, by: NOTCH }),
        MouseEventKind::ScrollUp => Some(Pointed::Turned { pane, by: -NOTCH }),
        MouseEventKind::Down(MouseButton::Right | MouseButton::Middle)
        | MouseEventKind::Up(_)
        | MouseEventKind::Drag(_)
        | MouseEventKind::Moved
        | MouseEventKind::ScrollLeft
        | MouseEventKind::ScrollRight => None,
    }
}
