//! The diff screen: what is being approved, file by file. Opening it at the present head is what makes approving
//! possible; characters that hide must be acknowledged first.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::Comparison;
use crate::engine::DiffOf;
use crate::engine::Glance;
use crate::engine::comparison;
use crate::model::Diff;
use crate::model::DiffFile;
use crate::model::Subject;

use super::approvals::chosen;
use super::detail_event;
use super::diff_rows::Layout;
use super::diff_rows::lay_out;
use super::effect::Effect;
use super::field::Field;
use super::msg::Trouble;
use super::overlay::Overlay;
use super::saying;
use super::state::App;
use super::state::Pane;
use super::wish::Able;
use super::words::Tone;

/// From here on before and after stand beside each other.
const WIDE: u16 = 140;
/// From here on the list of files has its own column.
const LISTED: u16 = 100;

/// An open diff.
#[derive(Debug, Clone)]
pub struct DiffScreen {
    pub compared: Comparison,
    pub diff: Arc<Diff>,
    /// The file that is shown, and the first of its rows.
    pub file: usize,
    pub top: usize,
    /// Files marked as seen.
    pub seen: BTreeSet<usize>,
    /// What is searched, and the field while it is typed.
    pub find: String,
    pub finding: Option<Field>,
    /// The other layout than the one that the width suggests.
    pub is_other_layout: bool,
    /// Characters that hide, in all files.
    pub hidden: usize,
    pub saw_hidden: bool,
    /// The file as laid out for the present size.
    pub layout: Arc<Layout>,
    /// The row at which the last page begins.
    pub(super) last: usize,
    /// What the layout was made for.
    laid: (usize, usize, bool, String),
}

/// How the screen is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiffPlaces {
    /// Columns of the list of files; 0 where it is one line.
    pub list: u16,
    /// Columns and rows of the lines inside of their border.
    pub width: u16,
    pub height: u16,
    pub is_side_by_side: bool,
}

impl DiffScreen {
    fn new(compared: Comparison, diff: Diff, glance: Option<&Glance>) -> Self {
        let names = glance.map_or(&[][..], |glance| glance.files.as_slice());
        let files = diff.files.iter().enumerate();
        let seen = files
            .filter(|(_, file)| names.iter().any(|name| name == file.name().raw()))
            .map(|(at, _)| at)
            .collect();
        Self {
            compared,
            hidden: diff.hidden(),
            saw_hidden: glance.is_some_and(|glance| glance.saw_hidden),
            diff: Arc::new(diff),
            file: 0,
            top: 0,
            seen,
            find: String::new(),
            finding: None,
            is_other_layout: false,
            layout: Arc::default(),
            last: 0,
            laid: (usize::MAX, 0, false, String::new()),
        }
    }

    /// Returns the file that is shown.
    pub fn shown(&self) -> Option<&DiffFile> {
        self.diff.files.get(self.file)
    }

    /// Returns how a screen of that size is divided.
    pub fn places(&self, (columns, rows): (u16, u16)) -> DiffPlaces {
        let list = if columns >= LISTED {
            (columns / 4).clamp(24, 44)
        } else {
            0
        };
        let heads = if list == 0 { 2 } else { 1 };
        DiffPlaces {
            list,
            width: columns.saturating_sub(list + 2),
            height: rows.saturating_sub(heads + 2 + 3),
            is_side_by_side: (columns >= WIDE) != self.is_other_layout,
        }
    }

    /// Lays the shown file out, where file, size or search changed.
    pub(super) fn lay(&mut self, size: (u16, u16)) {
        let places = self.places(size);
        let wanted = (
            self.file,
            usize::from(places.width),
            places.is_side_by_side,
            self.find.clone(),
        );
        if self.laid != wanted {
            let layout = self
                .shown()
                .map(|file| lay_out(file, wanted.1, wanted.2, &wanted.3));
            self.layout = Arc::new(layout.unwrap_or_default());
            self.laid = wanted;
        }
        let height = usize::from(places.height);
        self.last = self.layout.rows.len().saturating_sub(height);
        self.top = self.top.min(self.last);
    }

    pub(super) fn go(&mut self, file: usize) {
        self.file = file.min(self.diff.files.len().saturating_sub(1));
        self.top = 0;
    }

    /// Returns the hunk that the top of the screen is in, and how many there are.
    pub fn hunk(&self) -> (usize, usize) {
        let hunks = &self.layout.hunks;
        // On the last page the latest hunk cannot come to the top.
        let top = if self.top == self.last && self.last > 0 {
            usize::MAX
        } else {
            self.top
        };
        let before = hunks.iter().take_while(|row| **row <= top).count();
        (before.max(1).min(hunks.len()), hunks.len())
    }
}

pub(super) fn screen(app: &mut App) -> Option<&mut DiffScreen> {
    match app.overlays.last_mut() {
        Some(Overlay::Diff(screen)) => Some(screen),
        Some(_) | None => None,
    }
}

pub(super) fn seen(app: &App) -> Result<&DiffScreen, String> {
    // Help and palette lie above the screen that they tell about.
    let mut open = app.overlays.iter().rev().filter_map(|overlay| {
        if let Overlay::Diff(screen) = overlay {
            return Some(&**screen);
        }
        None
    });
    open.next()
        .ok_or_else(|| "no diff is open: d opens it".to_owned())
}

/// Tells whether the diff screen is open, perhaps below help or palette.
pub(super) fn is_open(app: &App) -> bool {
    seen(app).is_ok()
}

/// Returns what `d` is about: the selected approval, what is selected in the graph, the request of the selected step.
fn subject(app: &App) -> Option<DiffOf> {
    let request = |id| DiffOf::Subject(Subject::Request(id));
    match app.subject {
        Pane::Approvals => chosen(app).map(|row| DiffOf::Subject(row.subject)),
        Pane::Lanes => {
            let of_request = detail_event::request_of(app).map(request);
            let of_commit = || detail_event::commit_of(app).map(DiffOf::Commit);
            of_request
                .or_else(|| {
                    detail_event::deployment_of(app)
                        .map(|id| DiffOf::Subject(Subject::Deployment(id)))
                })
                .or_else(of_commit)
        }
        Pane::Checklist | Pane::Detail | Pane::Log => saying::request_of(app).map(request),
    }
}

/// Tells whether `d` is about just this.
pub(super) fn is_about(app: &App, of: &DiffOf) -> bool {
    subject(app).as_ref() == Some(of)
}

pub(super) fn can_open(app: &App) -> Able {
    subject(app)
        .map(drop)
        .ok_or_else(|| "nothing with a diff is selected".to_owned())
}

pub(super) fn open(app: &mut App) -> Vec<Effect> {
    match subject(app) {
        Some(of) => open_of(app, &of),
        None => Vec::new(),
    }
}

/// Asks for the diff of something.
pub(super) fn open_of(app: &mut App, of: &DiffOf) -> Vec<Effect> {
    let Some(board) = &app.board else {
        return Vec::new();
    };
    match comparison(&board.seen, &board.book.project, of) {
        Ok(compared) => {
            app.opening += 1;
            app.say("comparing", Tone::Dim);
            vec![Effect::OpenDiff {
                generation: app.opening,
                compared: Box::new(compared),
            }]
        }
        Err(refusal) => {
            app.refuse(refusal.reasons.join("; "));
            Vec::new()
        }
    }
}

/// Shows a diff that was made, and remembers that it was looked at.
pub(super) fn opened(
    app: &mut App,
    generation: u64,
    compared: Comparison,
    outcome: Result<Box<Diff>, Trouble>,
) -> Vec<Effect> {
    if generation != app.opening {
        return Vec::new();
    }
    let diff = match outcome {
        Ok(diff) => *diff,
        Err(trouble) => {
            app.fail("make the diff", &trouble);
            return Vec::new();
        }
    };
    if app.fit() == super::size::Fit::TooSmall {
        app.say(
            "the window is too small to see the diff: ask again",
            Tone::Warn,
        );
        return Vec::new();
    }
    app.status = None;
    let mut effects = Vec::new();
    let mut glance = None;
    if let DiffOf::Subject(subject) = &compared.of {
        app.looked
            .take(Glance::of(subject.clone(), &diff, app.clock.now));
        glance = app.looked.glance(subject).cloned();
        effects.extend(glance.clone().map(|glance| Effect::KeepGlance { glance }));
    }
    let mut screen = DiffScreen::new(compared, diff, glance.as_ref());
    screen.lay(app.size);
    app.overlays
        .retain(|overlay| !matches!(overlay, Overlay::Diff(_)));
    // Below whatever was opened meanwhile: a question must not be covered.
    app.overlays.insert(0, Overlay::Diff(Box::new(screen)));
    effects
}

/// Lays an open diff out for a new size.
pub(super) fn resized(app: &mut App) {
    let size = app.size;
    for overlay in &mut app.overlays {
        if let Overlay::Diff(screen) = overlay {
            screen.lay(size);
        }
    }
}

/// Closes the diff of what was decided.
pub(super) fn finished(app: &mut App) {
    app.overlays
        .retain(|overlay| !matches!(overlay, Overlay::Diff(_)));
}

/// Says that what is being looked at changed meanwhile: an approval would be for something else.
pub(super) fn check(app: &mut App) {
    let Ok(screen) = seen(app) else { return };
    let Some(board) = &app.board else { return };
    if let DiffOf::Commit(_) = screen.compared.of {
        return;
    }
    let now = comparison(&board.seen, &board.book.project, &screen.compared.of);
    if let Ok(now) = now
        && now.head != screen.compared.head
    {
        let words = format!(
            "it changed while you looked: this is {}, it stands at {} now; leave and open it again",
            screen.compared.head.short(),
            now.head.short()
        );
        app.say(words, Tone::Warn);
    }
}
