//! The presence column: a symbol, a word, and as much of the reason as fits.

use super::drawing::Role;
use super::event::LaneModel;
use super::event::Row;
use super::event::StandingWord;
use super::glyphs::Glyphs;
use super::paint::Sheet;
use super::paint::measure;

/// Room for the longest word and a space, so that reasons stand below each other.
const WORD: usize = 9;

/// Returns the width of the column: its longest text, within what the screen allows.
pub(super) fn width(model: &LaneModel, glyphs: &Glyphs, screen: usize) -> usize {
    let most = match screen {
        180.. => 54,
        110.. => 28,
        76.. => 21,
        _ => 2 + WORD - 1,
    };
    let longest = model
        .rows
        .iter()
        .map(|row| measure(&text(row, glyphs, most)));
    longest.max().unwrap_or(0).min(most)
}

/// Writes a row's text from `column` to the edge.
pub(super) fn write(sheet: &mut Sheet, line: usize, column: usize, row: &Row, glyphs: &Glyphs) {
    let width = sheet.rows.first().map_or(0, Vec::len);
    let room = width.saturating_sub(column);
    let text = text(row, glyphs, room);
    let Some(standing) = &row.standing else {
        sheet.write(line, column, room, &text, Role::Dim, glyphs.cut);
        return;
    };
    let head = (2 + measure(standing.word.word())).min(room);
    sheet.write(line, column, room, &text, Role::Dim, glyphs.cut);
    let role = role(standing.word);
    for cell in sheet.rows[line].iter_mut().skip(column).take(head) {
        cell.role = role;
    }
}

/// Returns the longest text of a row that fits into `room`.
fn text(row: &Row, glyphs: &Glyphs, room: usize) -> String {
    let Some(standing) = &row.standing else {
        let brief = row
            .note
            .split_once(" by ")
            .map_or(row.note.as_str(), |(brief, _)| brief);
        let fits = measure(&row.note) <= room;
        return if fits {
            row.note.clone()
        } else {
            brief.to_owned()
        };
    };
    let symbol = symbol(standing.word, glyphs);
    let word = standing.word.word();
    let with = |reason: &str| {
        format!("{symbol} {word:<WORD$}{reason}")
            .trim_end()
            .to_owned()
    };
    let fits = |form: &String| measure(form) <= room;
    if fits(&with(&standing.reason)) {
        let mut reason = standing.reason.clone();
        for part in &standing.detail {
            let longer = format!("{reason} {part}").trim_start().to_owned();
            if fits(&with(&longer)) {
                reason = longer;
            }
        }
        return with(&reason);
    }
    // A reason too long for this column is worth more cut than left out.
    let brief = with(&standing.brief);
    if fits(&brief) || room > 2 + WORD + 4 {
        brief
    } else {
        with("")
    }
}

fn symbol(word: StandingWord, glyphs: &Glyphs) -> char {
    match word {
        StandingWord::In => glyphs.is_in,
        StandingWord::Equivalent => glyphs.is_equivalent,
        StandingWord::Pending => glyphs.is_pending,
        StandingWord::Missing => glyphs.is_missing,
        StandingWord::Reverted | StandingWord::Changed => glyphs.is_wrong,
        StandingWord::Unknown => glyphs.is_unknown,
        StandingWord::NotDue => glyphs.is_not_due,
    }
}

fn role(word: StandingWord) -> Role {
    match word {
        StandingWord::In | StandingWord::Equivalent => Role::PresenceOk,
        StandingWord::Pending => Role::PresencePending,
        StandingWord::Missing | StandingWord::Reverted | StandingWord::Changed => {
            Role::PresenceMissing
        }
        StandingWord::Unknown => Role::PresenceUnknown,
        StandingWord::NotDue => Role::Dim,
    }
}
