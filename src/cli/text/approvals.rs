//! `approvals`: what waits for a yes, by what the operator can do about it.

use crate::cli::json::Groups;
use crate::cli::json::Waiting;

use super::page::Page;
use super::page::Span;
use super::page::Tone;

/// Returns the inbox.
pub fn approvals(groups: &Groups) -> Page {
    let mut page = Page::new();
    group(&mut page, "For you", &groups.mine);
    group(&mut page, "For others", &groups.waiting);
    group(&mut page, "Approved by you", &groups.seen);
    if page.is_empty() {
        page.text("Nothing waits for approval.");
    }
    page
}

fn group(page: &mut Page, heading: &str, rows: &[Waiting]) {
    if rows.is_empty() {
        return;
    }
    page.heading(heading).table(2);
    for row in rows {
        let way = match &row.from {
            Some(from) => format!("{from} -> {}", row.into),
            None => format!("to {}", row.into),
        };
        page.row(
            [
                Span::new(Tone::Strong, row.id.as_str()),
                Span::plain(row.title.as_str()),
                Span::new(Tone::Faint, way),
                Span::plain(seats(row)),
            ],
            below(row),
        );
    }
}

fn seats(row: &Waiting) -> String {
    let seats = row.seats.iter().map(|seat| match &seat.by {
        Some(by) => format!("{}: {}", seat.role, seat.name.as_ref().unwrap_or(by)),
        None => format!("{}: open", seat.role),
    });
    seats.collect::<Vec<_>>().join(", ")
}

fn below(row: &Waiting) -> Vec<Span> {
    let rejections = row
        .rejections
        .iter()
        .map(|why| Span::new(Tone::Bad, format!("rejected: {why}")));
    let why_not = row.why_not.iter();
    let why_not = why_not.map(|why| Span::new(Tone::Faint, format!("not you: {why}")));
    rejections.chain(why_not).collect()
}
