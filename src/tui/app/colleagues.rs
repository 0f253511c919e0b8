//! Colleagues on the same hotfix: what they did, what they said to me, where they look, and following one of them.

use crate::engine::Board;
use crate::engine::Outside;
use crate::engine::Present;
use crate::engine::in_story;
use crate::model::Person;
use crate::model::Untrusted;
use crate::record::Entry;
use crate::record::Event;
use crate::record::Signed;
use crate::record::mentions;

use super::checklist::RowId;
use super::effect::Effect;
use super::state::App;
use super::state::Pane;
use super::wish::Able;
use super::words::Line;
use super::words::Tone;

/// Entries that one look tells of; more were written while nobody listened, and are on the timeline.
const TOLD: usize = 20;

/// What a board had of colleagues' words.
pub(super) struct Before {
    /// How many entries everybody sees of its record.
    entries: usize,
    /// What was said to me on the forge's own pages.
    outside: Vec<Outside>,
}

/// Returns what is known of the shown hotfix before a look; none where it was not seen yet.
pub(super) fn before(app: &App) -> Option<Before> {
    let entries = count(app)?;
    let board = app.board.as_ref()?;
    let outside = said_outside(board);
    Some(Before { entries, outside })
}

/// Tells in the log what others put on the record since then, and says aloud what they said to me, there or on the forge's
/// own pages.
pub(super) fn tell(app: &mut App, before: Option<Before>) {
    let Some(before) = before else {
        return;
    };
    let Some(board) = &app.board else {
        return;
    };
    let mut outside = said_outside(board);
    outside.retain(|one| !before.outside.contains(one));
    let entries = board.record.iter().flat_map(|record| &record.entries);
    let new: Vec<(bool, Entry, String)> = entries
        .skip(before.entries)
        .filter(|entry| !is_mine(board, entry))
        .filter_map(|entry| Some((is_for_me(board, entry), entry.clone(), in_story(entry)?)))
        .collect();
    let left_out = new.len().saturating_sub(TOLD);
    for (is_for_me, entry, told) in new.into_iter().skip(left_out) {
        let who = entry.actor.person.show();
        let text = format!("{who}: {told}{}", signature(&entry));
        if matches!(entry.signed, Signed::Bad(_) | Signed::Missing) {
            app.log.add(entry.at, text, "signature", Tone::Bad);
        } else if matches!(entry.event, Some(Event::OverrideUsed { .. })) {
            app.log.add(entry.at, text, "override", Tone::Bad);
        } else if is_for_me {
            app.say(format!("for you: {text}"), Tone::Strong);
            app.log.add(entry.at, text, "for you", Tone::Strong);
        } else {
            app.log.add(entry.at, text, "", Tone::Plain);
        }
    }
    for one in outside {
        let written = one.written().map(Untrusted::show).unwrap_or_default();
        let text = format!("{}: {}: {written}", one.who(), one.sentence());
        app.say(format!("for you: {text}"), Tone::Strong);
        app.log.add(one.at, text, "for you", Tone::Strong);
    }
}

/// Says how well we know who wrote an entry, where somebody signs or had to.
fn signature(entry: &Entry) -> String {
    match &entry.signed {
        Signed::No => String::new(),
        Signed::By(_) | Signed::Missing | Signed::Unchecked(_) | Signed::Bad(_) => {
            format!(" [{}]", entry.signed.words())
        }
    }
}

/// Returns how many entries everybody sees of the record of the shown hotfix; none where it was not seen yet. What is kept
/// here stands behind them, and what others write will stand before it.
fn count(app: &App) -> Option<usize> {
    let record = app.board.as_ref()?.record.as_ref()?;
    (Some(&record.hotfix) == app.hotfix.as_ref()).then_some(record.shared().len())
}

/// Returns how many notes and reasons speak to me since I last wrote anything.
fn unanswered(board: &Board) -> usize {
    let entries = board.record.iter().flat_map(|record| &record.entries);
    let (on_record, answered_at) = entries.fold((0, None), |(count, answered_at), entry| {
        if is_mine(board, entry) {
            (0, Some(entry.at))
        } else {
            (count + usize::from(is_for_me(board, entry)), answered_at)
        }
    });
    let outside = said_outside(board).into_iter();
    let is_open = |one: &Outside| answered_at.is_none_or(|at| one.at > at);
    on_record + outside.filter(is_open).count()
}

/// Returns the decisions on the forge's own pages whose reason speaks to me, and which no record has.
fn said_outside(board: &Board) -> Vec<Outside> {
    let requests = board.seen.requests.value().into_iter().flatten();
    let deployments = board.seen.deployments.value().into_iter().flatten();
    let mut approvals = requests
        .flat_map(|request| &request.approvals)
        .chain(deployments.flat_map(|deployment| &deployment.approvals));
    // Asked with each frame: what the record has is compared only where there is anything to tell.
    if !approvals.any(|approval| speaks_to_me(board, approval.comment.as_ref())) {
        return Vec::new();
    }
    let mut outside = board.outside();
    outside.retain(|one| {
        let is_mine = one.by.as_ref().is_some_and(|by| is_me(board, by));
        !is_mine && speaks_to_me(board, one.written())
    });
    outside
}

fn speaks_to_me(board: &Board, text: Option<&Untrusted>) -> bool {
    text.is_some_and(|text| me(board).any(|me| mentions(text.raw(), me)))
}

/// Everybody whom this console's operator is: git's own word, and the forge's.
fn me(board: &Board) -> impl Iterator<Item = &Person> {
    let locks = board.seen.locks.values().filter_map(|seen| seen.value());
    std::iter::once(&board.seen.me).chain(locks.take(1).map(|sight| &sight.me.person))
}

fn is_me(board: &Board, person: &Person) -> bool {
    me(board).any(|me| me.id == person.id)
}

fn is_mine(board: &Board, entry: &Entry) -> bool {
    is_me(board, &entry.actor.person)
}

fn is_for_me(board: &Board, entry: &Entry) -> bool {
    let Some(text) = entry.event.as_ref().and_then(Event::written) else {
        return false;
    };
    !is_mine(board, entry) && me(board).any(|me| mentions(text, me))
}

/// Takes in who is here, and goes along with whom we follow.
pub(super) fn heard(app: &mut App, present: Vec<Present>) {
    let here = |one: &&Present| !one.is_away;
    for one in present.iter().filter(here) {
        let is_new = !app
            .present
            .iter()
            .any(|old| old.console == one.console && !old.is_away);
        if is_new {
            app.log.add(
                app.clock.now,
                format!("{} is here", name(one)),
                "",
                Tone::Plain,
            );
        }
    }
    let followed = app.follows.clone();
    let there = present
        .iter()
        .find(|one| Some(&one.console) == followed.as_ref());
    if let Some(there) = there {
        let before = app.present.iter().find(|one| one.console == there.console);
        let has_moved = before.is_none_or(|before| before.looks_at != there.looks_at);
        if let (true, Some(row)) = (has_moved, row_of(&there.looks_at)) {
            app.selection.row = Some(row);
        }
    } else if followed.is_some() {
        app.follows = None;
        app.say("whom you followed has left", Tone::Warn);
    }
    if app.present != present {
        app.present = present;
        app.must_be_drawn();
    }
}

/// Returns what this console has selected, as others are told it.
pub fn looks_at(app: &App) -> String {
    match &app.selection.row {
        Some(RowId::Step(step)) => format!("step {step}"),
        Some(RowId::Target(step, lane)) => format!("target {step} {lane}"),
        Some(RowId::Item(item)) => format!("item {item}"),
        None => String::new(),
    }
}

fn row_of(words: &str) -> Option<RowId> {
    let mut words = words.split(' ');
    let row = match words.next()? {
        "step" => RowId::Step(words.next()?.parse().ok()?),
        "target" => RowId::Target(words.next()?.parse().ok()?, words.next()?.parse().ok()?),
        "item" => RowId::Item(words.next()?.parse().ok()?),
        _other => return None,
    };
    words.next().is_none().then_some(row)
}

fn name(present: &Present) -> String {
    present.person.show()
}

pub(super) fn can_follow(app: &App) -> Able {
    if app.present.iter().any(|one| !one.is_away) || app.follows.is_some() {
        Ok(())
    } else {
        Err("nobody else is here".to_owned())
    }
}

/// Follows the next colleague, and after the last one nobody.
pub(super) fn follow(app: &mut App) -> Vec<Effect> {
    let here: Vec<&Present> = app.present.iter().filter(|one| !one.is_away).collect();
    let at = here
        .iter()
        .position(|one| Some(&one.console) == app.follows.as_ref());
    let next = at.map_or(0, |at| at + 1);
    let chosen = here
        .get(next)
        .map(|one| (one.console.clone(), name(one), row_of(&one.looks_at)));
    match chosen {
        Some((console, name, row)) => {
            app.follows = Some(console);
            app.focus = Pane::Checklist;
            if row.is_some() {
                app.selection.row = row;
            }
            app.say(
                format!("your selection goes along with {name}'s"),
                Tone::Plain,
            );
        }
        None => {
            app.follows = None;
            app.say("you follow nobody", Tone::Plain);
        }
    }
    Vec::new()
}

/// Returns what the header says of colleagues: notes for me, and who is here, looking at what.
pub fn company(app: &App) -> Vec<Line> {
    let mut lines = Vec::new();
    let for_me = app.board.as_ref().map_or(0, unanswered);
    if for_me > 0 {
        let plural = if for_me == 1 { "" } else { "s" };
        lines.push(Line::new(
            format!("{for_me} note{plural} for you"),
            Tone::Strong,
        ));
    }
    for one in app.present.iter().filter(|one| !one.is_away) {
        let looks_at = Untrusted::new(one.looks_at.as_str()).show();
        let verb = if Some(&one.console) == app.follows.as_ref() {
            "follows"
        } else {
            "with"
        };
        let words = if looks_at.is_empty() {
            format!("{verb} {}", name(one))
        } else {
            format!("{verb} {} at {looks_at}", name(one))
        };
        lines.push(Line::new(words, Tone::Plain));
    }
    lines
}
