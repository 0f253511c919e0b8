//! The line above the hints: what was just said, for as long as it may still be true. What went wrong stands in the log as
//! well, and stays there.

use super::msg::Trouble;
use super::state::App;
use super::words::Tone;

/// For how many milliseconds something said stands at most: whoever looks up later must not take it for how things are.
const SAID_FOR: u64 = 30_000;
/// For how many it stands at least, so that it can be read.
const READ_IN: u64 = 4_000;

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub text: String,
    pub tone: Tone,
    /// When, and until when it stands; in milliseconds.
    said_at: u64,
    until: u64,
    /// The look up to which it is known to be true.
    look: u64,
    over_with: OverWith,
}

/// What ends something that was said, before its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OverWith {
    /// Nothing: it came by itself, and no key was pressed for it.
    Nothing,
    /// Any key: it tells why the one before did nothing.
    Key,
    /// A key that does something: it tells why something else could not be done.
    Deed,
}

impl App {
    /// Says something about how things are now.
    pub(super) fn say(&mut self, text: impl Into<String>, tone: Tone) {
        self.must_be_drawn();
        let said_at = self.clock.millis;
        self.status = Some(Status {
            text: text.into(),
            tone,
            said_at,
            until: said_at.saturating_add(SAID_FOR),
            look: self.look,
            over_with: OverWith::Nothing,
        });
    }

    /// Says why a key did nothing. That is true of this key alone: the next one takes it away.
    pub(super) fn hint(&mut self, text: impl Into<String>) {
        self.say(text, Tone::Dim);
        if let Some(status) = &mut self.status {
            status.over_with = OverWith::Key;
        }
    }

    /// Says why something that was asked for is not done. Whoever goes on with something else has read it.
    pub(super) fn refuse(&mut self, reason: impl Into<String>) {
        self.say(reason, Tone::Warn);
        if let Some(status) = &mut self.status {
            status.over_with = OverWith::Deed;
        }
    }

    /// Says that something went wrong, here and in the log.
    pub(super) fn fail(&mut self, what: impl Into<String>, trouble: &Trouble) {
        let words = trouble.words();
        self.log.add(self.clock.now, what, words.clone(), Tone::Bad);
        self.say(words, Tone::Bad);
    }

    /// Returns after how many milliseconds what was said goes; none where nothing was, or something goes on that it is
    /// about.
    pub(super) fn status_left(&self) -> Option<u64> {
        let is_about_work = self.is_planning || self.is_quitting || self.checking.is_some();
        let status = self.status.as_ref().filter(|_| !is_about_work)?;
        Some(status.until.saturating_sub(self.clock.millis))
    }
}

/// Drops what was said of the key before this one.
pub(super) fn another_key(app: &mut App) {
    drop_over(app, OverWith::Key);
}

/// Drops why something before could not be done: a key does something now.
pub(super) fn another_deed(app: &mut App) {
    drop_over(app, OverWith::Deed);
}

fn drop_over(app: &mut App, with: OverWith) {
    let status = app.status.as_ref();
    if status.is_some_and(|status| status.over_with == with) {
        app.status = None;
    }
}

/// Drops what has stood for long enough.
pub(super) fn expire(app: &mut App) {
    if app.status_left() == Some(0) {
        app.status = None;
        app.must_be_drawn();
    }
}

/// Hears that the look of this number shows other things than the one before: what was said before it was asked for may be
/// wrong now. What is for the operator, from a colleague, says nothing of how things are.
pub(super) fn outdate(app: &mut App, look: u64) {
    if let Some(status) = &mut app.status
        && status.look < look
        && status.tone != Tone::Strong
    {
        status.until = status.until.min(status.said_at.saturating_add(READ_IN));
    }
    expire(app);
}

/// Hears that the look which was just asked for will show what was said to have been done.
pub(super) fn outlive_look(app: &mut App) {
    let look = app.look;
    if let Some(status) = &mut app.status {
        status.look = look;
    }
}
