//! The conflicts of one target, for people.

use std::borrow::Cow;

use crate::engine::resolve::CheckEnd;
use crate::engine::resolve::CheckRun;
use crate::engine::resolve::FileWork;
use crate::engine::resolve::Session;
use crate::engine::resolve::Standing;
use crate::engine::resolve::Subject;
use crate::model::Bytes;
use crate::model::Hunk;
use crate::model::Untrusted;

use super::page::Page;
use super::page::Span;
use super::page::Tone;

/// Lines of one side that are shown; the rest is read in an editor.
const SHOWN: usize = 8;
/// Last lines of a check that failed; `-v` has shown all of them as they came.
const LAST: usize = 20;

/// Renders a session: every path, every hunk, how it stands, and what to say next, with the hotfix where it must be named.
pub fn resolution(session: &Session, called: Option<&str>) -> Page {
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
    if session.blockers().is_empty() {
        next(&mut page, subject, called, "--finish");
    } else {
        for blocker in session.blockers() {
            page.item(Tone::Bad, format!("{}: {}", blocker.path, blocker.why));
        }
        let words = "--take PATH=target|fix|both, --take PATH#HUNK=fix, --edit or --tool";
        next(&mut page, subject, called, words);
    }
    page
}

fn next(page: &mut Page, subject: &Subject, called: Option<&str>, words: &str) {
    let (step, target) = (&subject.step, &subject.target);
    let hotfix = called.map_or_else(String::new, |called| format!(" --hotfix {called}"));
    page.line([
        Span::new(Tone::Active, "next"),
        Span::plain(format!(
            ": lanekeeper resolve {step} --target {target}{hotfix} {words}"
        )),
    ]);
}

/// Renders how the project's checks ended, each with the last lines that it wrote where it failed.
pub fn checks(session: &Session, runs: &[CheckRun], is_verbose: bool) -> Page {
    let mut page = Page::new();
    let branch = &session.subject.branch;
    page.line([Span::new(
        Tone::Strong,
        format!("checks on what would be pushed to {branch}"),
    )]);
    page.table(2);
    for run in runs {
        let ending = Span::new(tone(&run.end), run.ending());
        page.row(
            [Span::plain(run.name.as_str()), ending],
            below(run, is_verbose),
        );
    }
    page
}

/// Renders the same as an end: what comes next, or that nothing does.
pub fn checked(
    session: &Session,
    runs: &[CheckRun],
    called: Option<&str>,
    is_verbose: bool,
) -> Page {
    let mut page = checks(session, runs, is_verbose);
    if runs.iter().any(|run| run.end.is_bad()) {
        let words = "not every check passed: nothing was pushed, and what is decided is kept";
        page.line([Span::new(Tone::Warning, words)]);
    } else {
        next(&mut page, &session.subject, called, "--finish");
    }
    page
}

fn tone(end: &CheckEnd) -> Tone {
    match end {
        CheckEnd::Passed => Tone::Good,
        CheckEnd::Failed(_) | CheckEnd::TimedOut(_) => Tone::Bad,
        CheckEnd::Stopped(_) | CheckEnd::NotTrusted => Tone::Warning,
        CheckEnd::NoCommand => Tone::Faint,
    }
}

/// Returns what belongs below a check: why it was not run, or what it wrote last.
fn below(run: &CheckRun, is_verbose: bool) -> Vec<Span> {
    match &run.end {
        CheckEnd::NotTrusted => vec![Span::new(
            Tone::Faint,
            "read it in lanekeeper.toml, then run `lanekeeper trust`",
        )],
        CheckEnd::NoCommand => vec![Span::new(Tone::Faint, "the forge's CI runs it")],
        CheckEnd::Passed => Vec::new(),
        CheckEnd::Failed(_) | CheckEnd::TimedOut(_) | CheckEnd::Stopped(_) if is_verbose => {
            Vec::new()
        }
        CheckEnd::Failed(_) | CheckEnd::TimedOut(_) | CheckEnd::Stopped(_) => last_lines(run),
    }
}

fn last_lines(run: &CheckRun) -> Vec<Span> {
    let from = run.output.len().saturating_sub(LAST);
    let before = run.left_out + from;
    let mut lines = Vec::new();
    if before > 0 {
        let words = format!("{before} lines before these; -v shows all of them");
        lines.push(Span::new(Tone::Faint, words));
    }
    let last = run.output[from..].iter();
    lines.extend(last.map(|line| Span::plain(line.raw())));
    lines
}

fn path(page: &mut Page, session: &Session, work: &FileWork) {
    let file = &work.file;
    page.blank().line([
        Span::new(Tone::Strong, file.path.as_str()),
        Span::plain(format!(" ({}{})  ", file.kind.word(), of_round(work))),
        state(work.is_decided(), &work.whole, |whole| work.words_of(whole)),
    ]);
    let (target, fix) = (&session.subject.target, &session.subject.fix);
    let by = &file.last_authors;
    for (name, side, by) in [
        (target.as_str(), &file.target, &by.target),
        (fix.as_str(), &file.fix, &by.fix),
    ] {
        let what = side.as_ref().map_or("does not have it".to_owned(), |side| {
            format!("{} {}{}", side.word(), side.id.short(), file.files_of(side))
        });
        let by = by
            .as_ref()
            .map_or_else(String::new, |by| format!(", last changed by {}", by.show()));
        page.item(Tone::Faint, format!("{name}: {what}{by}"));
    }
    for (n, (hunk, standing)) in file.hunks().zip(&work.hunks).enumerate() {
        page.line([
            Span::plain(format!("  hunk {} of {}  ", n + 1, work.hunks.len())),
            state(work.is_hunk_decided(n), standing, |choice| {
                choice.words().into()
            }),
        ]);
        lines(page, session, hunk);
    }
    by_driver(page, work);
}

/// Shows what a merge driver makes of a path, and how to take that.
fn by_driver(page: &mut Page, work: &FileWork) {
    let Some(driver) = work.driver_offer() else {
        return;
    };
    let path = &work.file.path;
    page.line([
        Span::plain(format!("  {}  ", driver.words())),
        Span::new(Tone::Warning, format!("offered: --take {path}=driver")),
    ]);
    shown(page, &driver.text);
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

fn state<T>(
    is_decided: bool,
    standing: &Standing<T>,
    words: impl Fn(&T) -> Cow<'static, str>,
) -> Span {
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
        page.item(Tone::Faint, format!("  {name}"));
        shown(page, text);
    }
}

/// Shows the first lines of a text, and how many there are more.
fn shown(page: &mut Page, text: &Bytes) {
    let count = text.lines().count();
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
