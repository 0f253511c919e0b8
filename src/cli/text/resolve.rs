//! The conflicts of one target, for people.

use crate::engine::resolve::FileWork;
use crate::engine::resolve::Session;
use crate::engine::resolve::Standing;
use crate::model::Bytes;
use crate::model::Hunk;
use crate::model::Untrusted;

use super::page::Page;
use super::page::Span;
use super::page::Tone;

/// Lines of one side that are shown; the rest is read in an editor.
const SHOWN: usize = 8;

/// Renders a session: every path, every hunk, how it stands, and what to say next.
pub fn resolution(session: &Session) -> Page {
    let subject = &session.subject;
    let (needed, done) = session.count();
    let mut page = Page::new();
    page.line([
        Span::new(
            Tone::Strong,
            format!(
                "{} into {} on {}",
                subject.fix, subject.target, subject.branch
            ),
        ),
        Span::plain(format!("  {done} of {needed} decided")),
    ]);
    for note in &session.notes {
        page.item(Tone::Warning, note.as_str());
    }
    for work in &session.files {
        path(&mut page, session, work);
    }
    page.blank();
    let command = format!(
        "lanekeeper resolve {} --target {}",
        subject.step, subject.target
    );
    if session.blockers().is_empty() {
        page.line([
            Span::new(Tone::Active, "next"),
            Span::plain(format!(": {command} --finish")),
        ]);
    } else {
        for blocker in session.blockers() {
            page.item(Tone::Bad, format!("{}: {}", blocker.path, blocker.why));
        }
        page.line([
            Span::new(Tone::Active, "next"),
            Span::plain(format!(
                ": {command} --take PATH=target|fix|both, --take PATH#HUNK=fix, --edit or --tool"
            )),
        ]);
    }
    page
}

fn path(page: &mut Page, session: &Session, work: &FileWork) {
    let file = &work.file;
    page.blank().line([
        Span::new(Tone::Strong, file.path.as_str()),
        Span::plain(format!(" ({}{})  ", file.kind.word(), of_round(work))),
        state(work.is_decided(), &work.whole, |whole| work.words_of(whole)),
    ]);
    let sides = [
        (session.subject.target.as_str(), &file.target),
        (session.subject.fix.as_str(), &file.fix),
    ];
    for (n, (name, side)) in sides.into_iter().enumerate() {
        let what = side.as_ref().map_or("does not have it".to_owned(), |side| {
            format!("{} {}", side.word(), side.id.short())
        });
        let by = file
            .last_authors
            .get(n)
            .map_or_else(String::new, |by| format!(", last changed by {}", by.show()));
        page.item(Tone::Faint, format!("{name}: {what}{by}"));
    }
    for (n, (hunk, standing)) in file.hunks().zip(&work.hunks).enumerate() {
        page.line([
            Span::plain(format!("  hunk {} of {}  ", n + 1, work.hunks.len())),
            state(work.is_hunk_decided(n), standing, |choice| choice.words()),
        ]);
        lines(page, session, hunk);
    }
}

/// Says which round a path belongs to, after the first.
fn of_round(work: &FileWork) -> String {
    if work.round == 1 {
        return String::new();
    }
    let commit = work.file.commit.as_ref();
    let commit = commit.map_or_else(String::new, |id| {
        format!(": {} onto what was decided", id.short())
    });
    format!(", round {}{commit}", work.round)
}

fn state<T>(is_decided: bool, standing: &Standing<T>, words: impl Fn(&T) -> &'static str) -> Span {
    match standing {
        Standing::Decided { choice, from } => {
            let from = from
                .as_ref()
                .map_or_else(String::new, |from| format!(", reused from {from}"));
            Span::new(Tone::Good, format!("decided: {}{from}", words(choice)))
        }
        Standing::Offered { choice, from } => Span::new(
            Tone::Warning,
            format!(
                "offered: {}, reused from {from}; confirm with --reuse",
                words(choice)
            ),
        ),
        Standing::Open if is_decided => Span::new(Tone::Good, "decided"),
        Standing::Open => Span::new(Tone::Bad, "not decided"),
    }
}

fn lines(page: &mut Page, session: &Session, hunk: &Hunk) {
    let sides: [(&str, &Bytes); 3] = [
        ("base", &hunk.base),
        (session.subject.target.as_str(), &hunk.target),
        (session.subject.fix.as_str(), &hunk.fix),
    ];
    for (name, text) in sides {
        let count = text.lines().count();
        page.item(Tone::Faint, format!("  {name}"));
        for line in text.lines().take(SHOWN) {
            let line = Untrusted::from_bytes(line);
            page.line([Span::plain(format!(
                "      {}",
                line.raw().trim_end_matches(['\n', '\r'])
            ))]);
        }
        match count {
            0 => page.item(Tone::Faint, "    (nothing)"),
            more if more > SHOWN => {
                page.item(Tone::Faint, format!("    and {} lines more", more - SHOWN))
            }
            _shown => page,
        };
    }
}
