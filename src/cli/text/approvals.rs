//! `approvals`: what waits for a yes, by what the operator can do about it.

use crate::cli::json::Groups;
use crate::cli::json::Seat;
use crate::cli::json::Waiting;

use super::page::Page;
use super::page::Span;
use super::page::Tone;

/// Returns the inbox.
pub fn approvals(groups: &Groups) -> Page {
    let mut page = Page::new();
    group(&mut page, "For you", &groups.mine);
    group(&mut page, "For others", &groups.waiting);
    group(&mut page, "Decided by you", &groups.seen);
    group(&mut page, "Not for a hotfix", &groups.foreign);
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
                Span::plain(format!("{}  {way}", row.title)),
            ],
            below(row),
        );
    }
}

/// Returns the short word of the console.
fn kind(row: &Waiting) -> &'static str {
    match row.kind {
        "request" => "PR",
        "job" => "JOB",
        _environment => "ENV",
    }
}

fn seat(seat: &Seat) -> Span {
    if let Some(words) = &seat.overridden {
        return Span::new(Tone::Bad, format!("RISK {}: {words}", seat.role));
    }
    match &seat.by {
        Some(by) => {
            let who = seat.name.as_ref().unwrap_or(by);
            let at = seat.at.as_deref().unwrap_or_default();
            let how = seat.signed.tail();
            Span::new(Tone::Good, format!("{}: {who} {at}{how}", seat.role))
        }
        None => Span::plain(format!("{}: open{}", seat.role, allowed(seat))),
    }
}

fn allowed(seat: &Seat) -> String {
    if seat.allowed.is_empty() {
        " (nobody may)".to_owned()
    } else {
        format!(" ({})", seat.allowed.join(", "))
    }
}

fn below(row: &Waiting) -> Vec<Span> {
    let head = row.head.get(..7).unwrap_or(&row.head);
    let mut facts = vec![
        format!("{}  by {}", kind(row), row.by),
        format!("{} ago", row.age),
        format!("head {head}"),
    ];
    if let Some(size) = &row.size {
        let files = if size.files == 1 { "file" } else { "files" };
        facts.push(format!(
            "+{} -{} in {} {files}",
            size.added, size.removed, size.files
        ));
    }
    if !row.checks.is_empty() {
        facts.push(format!("checks {}", row.checks));
    }
    if let Some(hotfix) = &row.hotfix {
        facts.push(hotfix.clone());
    }
    let mut lines = vec![Span::new(Tone::Faint, facts.join(", "))];
    lines.extend(row.seats.iter().map(seat));
    if row.kind == "job" {
        let count = row.seats.len();
        let given = row.seats.iter().filter(|seat| seat.by.is_some()).count();
        lines.push(Span::new(
            Tone::Active,
            format!("approved {given}/{count}, not started: the driver starts it"),
        ));
    }
    for why in &row.rejections {
        lines.push(Span::new(Tone::Bad, format!("rejected: {why}")));
    }
    for why in &row.stale {
        lines.push(Span::new(Tone::Warning, why.as_str()));
    }
    match (&row.why_not, &row.diff_why) {
        (Some(why), _) => lines.push(Span::new(Tone::Faint, format!("not you: {why}"))),
        (None, Some(why)) => lines.push(Span::new(
            Tone::Warning,
            format!("{why}: `lanekeeper diff {}` comes first", row.id),
        )),
        (None, None) => {}
    }
    lines
}
