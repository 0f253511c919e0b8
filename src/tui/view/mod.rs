//! Draws what `app` decided; same file names as there.
//!
//! Colours, glyphs and places live here, decisions do not. Everything that is text goes through `pen::Pen`,
//! which makes controls, bidi and invisible characters visible and never draws outside of its area; `seal` looks at
//! every cell once more before it leaves.

mod approvals;
mod arm;
mod checklist;
mod choose;
mod commands;
mod conflict_checks;
mod conflict_keys;
mod conflicts;
mod detail;
mod dialogue;
mod diff;
mod diff_files;
mod dye;
mod editor;
mod footer;
mod glyphs;
mod header;
mod hotfixes;
mod key_rows;
mod lane_pane;
pub mod lanes;
mod layout;
mod leader;
mod log;
mod login;
mod main;
mod pane;
mod pen;
mod plan;
mod quit;
mod resume;
mod seal;
mod start;
mod text;
mod theme;

use ratatui::Frame;

use crate::engine::lanes::EventKey;
use crate::engine::lanes::RowKey;
use crate::tui::app::App;
use crate::tui::app::Fit;
use crate::tui::app::Limits;
use crate::tui::app::Overlay;
use crate::tui::app::Pane;
use crate::tui::app::fit;

use pen::Pen;

pub use dye::Ground;
pub use glyphs::Glyphs;
pub use theme::Theme;
pub use theme::ThemeName;

/// How things look, and what only drawing needs to remember.
#[derive(Debug, Clone, Default)]
pub struct Viewport {
    pub theme: Theme,
    pub glyphs: Glyphs,
    /// First rows shown, per list, so that a selection moves inside before the list scrolls.
    tops: layout::Tops,
}

impl Viewport {
    /// Makes the look.
    pub fn new(theme: ThemeName, is_ascii: bool) -> Self {
        Self {
            theme: Theme::new(theme),
            glyphs: if is_ascii {
                Glyphs::ascii()
            } else {
                Glyphs::unicode()
            },
            tops: layout::Tops::default(),
        }
    }
}

impl Viewport {
    /// Returns how far the scrolling panes can go, as last drawn.
    pub fn limits(&self) -> Limits {
        self.tops.limits
    }

    /// Returns how often the lane graph was laid out so far.
    pub fn layouts(&self) -> usize {
        self.tops.drawings.made()
    }

    /// Returns the pane at a cell of the screen as last drawn; in the lane graph also the row and the event.
    pub fn at(&self, x: u16, y: u16) -> Option<(Pane, Option<RowKey>, Option<EventKey>)> {
        let panes = &self.tops.panes;
        let (pane, _) = panes
            .iter()
            .find(|(_, area)| area.contains((x, y).into()))?;
        let graph = self.tops.graph.as_ref().filter(|_| *pane == Pane::Lanes);
        let (row, event) = graph.map_or((None, None), |graph| graph.at(x, y));
        Some((*pane, row, event))
    }
}

/// Draws the whole screen.
pub fn draw(app: &App, viewport: &mut Viewport, frame: &mut Frame<'_>) {
    let mut tops = std::mem::take(&mut viewport.tops);
    let area = frame.area();
    let mut pen = Pen::new(frame, viewport);
    // The terminal may have become smaller since it was measured; its new size is on the way, and this frame is short.
    let fits = app.fit().min(fit(area.width, area.height));
    match fits {
        Fit::TooSmall => main::too_small(&mut pen, area),
        Fit::Compact | Fit::Stacked | Fit::Columns if fits < app.fit() => {}
        Fit::Compact | Fit::Stacked | Fit::Columns => {
            main::draw(app, &mut pen, area, &mut tops);
            // A text or a question about a conflict lies over it, not over the main screen.
            let below = app.overlays.iter().rev().skip(1);
            for overlay in
                below.filter(|overlay| matches!(overlay, Overlay::Conflicts(_) | Overlay::Diff(_)))
            {
                draw_overlay(app, overlay, &mut pen);
            }
            if let Some(overlay) = app.overlay() {
                draw_overlay(app, overlay, &mut pen);
            }
        }
    }
    seal::seal(pen.buffer());
    viewport.tops = tops;
}

fn draw_overlay(app: &App, overlay: &Overlay, pen: &mut Pen<'_, '_>) {
    match overlay {
        Overlay::Plan(screen) => plan::draw(app, screen, pen),
        Overlay::Arm(screen) => arm::draw(app, screen, pen),
        Overlay::Editor(editor) => editor::draw(editor, pen),
        Overlay::Start(screen) => start::draw(screen, pen),
        Overlay::Hotfixes(list) => hotfixes::draw(app, list, pen),
        Overlay::Help(list) => commands::draw(app, list, true, pen),
        Overlay::Palette(list) => commands::draw(app, list, false, pen),
        Overlay::Choose(choose) => choose::draw(choose, pen),
        Overlay::Conflicts(screen) => conflicts::draw(app, screen, pen),
        Overlay::Diff(screen) => diff::draw(app, screen, pen),
        Overlay::Resume(screen) => resume::draw(app, screen, pen),
        Overlay::Login(screen) => login::draw(screen, pen),
        Overlay::Quit(screen) => quit::draw(app, screen, pen),
    }
}
