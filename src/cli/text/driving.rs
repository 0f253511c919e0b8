//! Who drives, on pages. Silent where the seat is free: nobody who works alone has to read of it.

use crate::engine::Board;
use crate::engine::solo;
use crate::model::Seen;

use super::page::Page;
use super::page::Span;
use super::page::Tone;

/// Adds a line for each environment that somebody drives, or whose lock is in trouble.
pub(super) fn driving(page: &mut Page, board: &Board) {
    if solo(&board.seen.locks).is_some() {
        let words = "SOLO MODE: no lock keeps two consoles apart; every dangerous call asks for its environment's name";
        page.line([Span::new(Tone::Warning, words)]);
    }
    for (environment, seen) in &board.seen.locks {
        let (tone, words) = match seen {
            Seen::Unknown { why } => (
                Tone::Warning,
                format!("cannot tell who drives {environment}: {why}"),
            ),
            Seen::Known { value, .. } | Seen::Stale { value, .. } => {
                if let Some(why) = &value.refused {
                    let words = format!(
                        "no lock can be kept here ({why}): nobody is kept from changing {environment}"
                    );
                    (Tone::Warning, words)
                } else if value.lock.driver.is_some() || !value.lock.permits.is_empty() {
                    let is_mine = value.lock.is_driven_by(&value.me);
                    let tone = match (value.flaws.is_empty(), is_mine) {
                        (false, _) => Tone::Bad,
                        (true, true) => Tone::Good,
                        (true, false) => Tone::Warning,
                    };
                    (tone, value.words(environment))
                } else {
                    continue;
                }
            }
        };
        page.line([Span::new(tone, words)]);
    }
}
