//! Longer texts: notes, comments, reasons. The one file that knows the text area widget.

use crossterm::event::KeyCode;
use tui_textarea::CursorMove;
use tui_textarea::TextArea;
use tui_textarea::WrapMode;

use crate::engine::DriveWish;
use crate::engine::Intent;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::EnvironmentName;
use crate::model::ItemId;
use crate::model::LaneName;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::StepId;
use crate::model::Subject;
use crate::model::Untrusted;
use crate::model::reveal;

use super::conflict_decide;
use super::effect::Effect;
use super::keys::Chord;
use super::msg::Trouble;
use super::msg::Wish;
use super::overlay::Overlay;
use super::state::App;
use super::wish;
use super::words::Tone;

/// What a text is for. Drafts are kept by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    Note,
    Comment(RequestId),
    Tick(ItemId),
    Untick(ItemId),
    Confirm(StepId),
    Skip(StepId),
    Abandon(StepId, LaneName),
    Decide(StepId, LaneName, String),
    Acknowledge(LaneName),
    /// The rule, as it was offered.
    Override(String),
    Vote(Subject, Option<Role>, Vote),
    Close,
    TakeOver(EnvironmentName),
    HandOver(EnvironmentName),
    /// The lines of one hunk of a conflicted path.
    Hunk(String, usize),
}

/// A yes or no that is being written down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vote {
    /// For the head whose diff was looked at.
    Approve(CommitId),
    Reject,
}

impl From<Vote> for Decision {
    fn from(vote: Vote) -> Self {
        match vote {
            Vote::Approve(_) => Self::Approved,
            Vote::Reject => Self::Rejected,
        }
    }
}

impl Purpose {
    /// Returns the heading.
    pub fn title(&self) -> String {
        match self {
            Self::Note => "Note for the timeline".to_owned(),
            Self::Comment(request) => format!("Comment on change request {request}"),
            Self::Tick(item) => format!("Tick {item}: how do you know?"),
            Self::Untick(item) => format!("Take back the tick of {item}: why?"),
            Self::Confirm(step) => format!("Confirm {step}: what did you see?"),
            Self::Skip(step) => format!("Skip {step}: why?"),
            Self::Abandon(step, lane) => format!("Abandon {step} into {lane}: why?"),
            Self::Decide(_, lane, path) => format!("Keep {path} as it stands for {lane}: why?"),
            Self::Acknowledge(lane) => format!("The fix is CHANGED in {lane}: why is it alive?"),
            Self::Override(rule) => format!("Override {rule}, in red on the record: why?"),
            Self::Vote(subject, role, Vote::Approve(_)) => {
                let role = as_role(role.as_ref());
                format!("Approve {subject}{role}: anything to say? (may stay empty)")
            }
            Self::Vote(subject, role, Vote::Reject) => {
                format!(
                    "Request changes on {subject}{}: why?",
                    as_role(role.as_ref())
                )
            }
            Self::Close => "Close the hotfix: what is left to say?".to_owned(),
            Self::TakeOver(environment) => {
                format!("Take the driver's seat of {environment} over: why?")
            }
            Self::HandOver(environment) => {
                format!("Offer the seat of {environment}: which account or address?")
            }
            Self::Hunk(path, hunk) => format!("The result of hunk {} of {path}", hunk + 1),
        }
    }

    /// Tells whether it may be left empty.
    pub fn is_optional(&self) -> bool {
        matches!(self, Self::Vote(_, _, Vote::Approve(_)) | Self::Hunk(_, _))
    }

    /// Returns what is wanted with this text; none where it stays on the screen that asked for it.
    pub(super) fn intent(&self, text: &str) -> Option<Intent> {
        let text = text.trim().to_owned();
        let some = (!text.is_empty()).then(|| text.clone());
        Some(match self.clone() {
            Self::Hunk(_, _) => return None,
            Self::Note => Intent::Note { text },
            Self::Comment(request) => Intent::Comment { request, text },
            Self::Tick(item) => Intent::Tick { item, note: some },
            Self::Untick(item) => Intent::Untick { item, note: text },
            Self::Confirm(step) => Intent::Do {
                step,
                target: None,
                note: some,
                riders: None,
            },
            Self::Skip(step) => Intent::Skip { step, reason: text },
            Self::Abandon(step, target) => Intent::Abandon {
                step,
                target,
                reason: text,
            },
            Self::Decide(step, target, path) => Intent::Decide {
                step,
                target,
                path,
                note: text,
            },
            Self::Acknowledge(lane) => Intent::Acknowledge { lane, note: text },
            Self::Override(rule) => Intent::Override { rule, reason: text },
            Self::Vote(subject, role, Vote::Approve(seen)) => Intent::Approve {
                subject,
                role,
                comment: some,
                seen: Some(seen),
            },
            Self::Vote(subject, role, Vote::Reject) => Intent::Reject {
                subject,
                role,
                comment: some,
            },
            Self::Close => Intent::Close { note: text },
            Self::TakeOver(environment) => Intent::Drive {
                environment: Some(environment),
                wish: DriveWish::TakeOver { reason: text },
            },
            Self::HandOver(environment) => Intent::Drive {
                environment: Some(environment),
                wish: DriveWish::HandOver { to: text },
            },
        })
    }
}

fn as_role(role: Option<&Role>) -> String {
    role.map_or_else(String::new, |role| format!(" as {role}"))
}

/// An open text.
#[derive(Debug, Clone)]
pub struct Editor {
    pub purpose: Purpose,
    pub notice: Option<String>,
    area: TextArea<'static>,
}

impl Editor {
    fn new(purpose: Purpose, text: &str) -> Self {
        let mut area = TextArea::new(text.lines().map(str::to_owned).collect());
        area.set_wrap_mode(WrapMode::WordOrGlyph);
        area.set_cursor_line_style(ratatui::style::Style::new());
        area.move_cursor(CursorMove::Bottom);
        area.move_cursor(CursorMove::End);
        Self {
            purpose,
            notice: None,
            area,
        }
    }

    /// Returns the widget to draw.
    pub fn area(&self) -> &TextArea<'static> {
        &self.area
    }

    /// Returns the marks of characters in the text that are not seen as what they are, each once.
    pub fn hidden(&self) -> Vec<String> {
        let mut marks = Vec::new();
        for line in self.area.lines() {
            for piece in reveal(line).into_iter().filter(|piece| piece.is_mark) {
                if !marks.contains(&piece.shown) {
                    marks.push(piece.shown);
                }
            }
        }
        marks
    }

    /// Returns the text as it stands.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }
}

/// Opens a text, with the draft that was left.
pub(super) fn open(app: &mut App, purpose: Purpose) -> Vec<Effect> {
    open_with(app, purpose, "")
}

/// Opens a text that is there already.
pub(super) fn open_with(app: &mut App, purpose: Purpose, text: &str) -> Vec<Effect> {
    let draft = app.drafts.text(app.hotfix.as_ref(), &purpose);
    let text = draft.unwrap_or(text).to_owned();
    let editor = Editor::new(purpose, &text);
    app.overlays.push(Overlay::Editor(Box::new(editor)));
    Vec::new()
}

pub(super) fn press(app: &mut App, mut editor: Box<Editor>, chord: Chord) -> Vec<Effect> {
    editor.notice = None;
    if chord.code == KeyCode::Esc || chord == Chord::ctrl('c') {
        let text = editor.text();
        if text.trim().is_empty() {
            app.drafts.remove(app.hotfix.as_ref(), &editor.purpose);
        } else {
            keep(app, &editor.purpose, text);
            app.say("kept as a draft: open it again to go on", Tone::Plain);
        }
        return Vec::new();
    }
    if chord == Chord::ctrl('s') {
        return submit(app, editor);
    }
    if chord == Chord::ctrl('e') {
        let effect = Effect::Edit {
            purpose: editor.purpose.clone(),
            text: editor.text(),
        };
        app.overlays.push(Overlay::Editor(editor));
        return vec![effect];
    }
    editor.area.input(chord.to_event());
    // Kept on every key, so that no crash loses it.
    keep(app, &editor.purpose, editor.text());
    app.overlays.push(Overlay::Editor(editor));
    Vec::new()
}

fn submit(app: &mut App, mut editor: Box<Editor>) -> Vec<Effect> {
    let text = editor.text();
    if let Purpose::Hunk(path, hunk) = &editor.purpose {
        app.drafts.remove(app.hotfix.as_ref(), &editor.purpose);
        return conflict_decide::written(app, path, *hunk, &text);
    }
    if text.trim().is_empty() && !editor.purpose.is_optional() {
        editor.notice = Some("a few words are needed: they go on record".to_owned());
        app.overlays.push(Overlay::Editor(editor));
        return Vec::new();
    }
    if let Err(reason) = wish::is_free(app) {
        editor.notice = Some(reason);
        app.overlays.push(Overlay::Editor(editor));
        return Vec::new();
    }
    // The draft stays until the plan was carried out or given up by hand: a refusal must not cost the text.
    keep(app, &editor.purpose, text.clone());
    match editor.purpose.intent(&text) {
        Some(intent) => wish::ask(app, Wish::Intent(intent), false),
        None => Vec::new(),
    }
}

/// Forgets the draft that a carried-out intent was made from.
pub(super) fn forget(app: &mut App, intent: &Intent) {
    app.drafts.forget(intent);
}

fn keep(app: &mut App, purpose: &Purpose, text: String) {
    app.drafts.keep(app.hotfix.as_ref(), purpose, text);
}

/// Takes a pasted text in, and keeps it as a draft.
pub(super) fn paste(app: &mut App, editor: &mut Editor, text: &str) {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let is_code = matches!(editor.purpose, Purpose::Hunk(_, _));
    // Words are for people, who must see what they send; code must stay as it is, and the editor says what hides.
    let text = if is_code {
        text
    } else {
        let lines: Vec<String> = text
            .split('\n')
            .map(|line| Untrusted::new(line).show())
            .collect();
        lines.join("\n")
    };
    editor.area.insert_str(text);
    keep(app, &editor.purpose, editor.text());
}

/// Takes the text back from the person's editor.
pub(super) fn edited(app: &mut App, purpose: Purpose, outcome: Result<String, Trouble>) {
    match outcome {
        Ok(text) => {
            keep(app, &purpose, text.clone());
            let open = app.overlays.iter_mut().find_map(|overlay| match overlay {
                Overlay::Editor(editor) if editor.purpose == purpose => Some(editor),
                Overlay::Editor(_)
                | Overlay::Plan(_)
                | Overlay::Arm(_)
                | Overlay::Start(_)
                | Overlay::Hotfixes(_)
                | Overlay::Help(_)
                | Overlay::Palette(_)
                | Overlay::Choose(_)
                | Overlay::Resume(_)
                | Overlay::Login(_)
                | Overlay::Conflicts(_)
                | Overlay::Diff(_)
                | Overlay::Quit(_) => None,
            });
            if let Some(editor) = open {
                **editor = Editor::new(purpose, &text);
            }
        }
        Err(trouble) => app.fail("edit a text", &trouble),
    }
}
