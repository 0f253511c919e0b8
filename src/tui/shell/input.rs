//! Terminal events as messages.

use crossterm::event::Event;
use crossterm::event::KeyEventKind;

use crate::tui::app::Chord;
use crate::tui::app::News;

/// Returns what an event means; the mouse means nothing yet.
pub(super) fn news(event: Event) -> Option<News> {
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
        Event::Mouse(_) => None,
    }
}
