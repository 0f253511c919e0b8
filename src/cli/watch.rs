//! Tells a person what happens while a plan is carried out, and hears when they want it to stop.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use crate::engine::ChangeResult;
use crate::engine::resolve::CheckNews;
use crate::model::JobId;
use crate::model::Timestamp;
use crate::model::Untrusted;
use crate::ops::Watcher;

use super::output::Output;
use super::text;
use super::text::Page;
use super::text::Span;
use super::text::Tone;

/// Prints progress to stderr.
pub(super) struct Teller {
    output: Arc<Output>,
    is_cancelled: AtomicBool,
    /// What became of the calls so far: told here where a fault takes the report away.
    results: Mutex<Vec<ChangeResult>>,
}

impl Teller {
    pub(super) fn new(output: Arc<Output>) -> Self {
        Self {
            output,
            is_cancelled: AtomicBool::new(false),
            results: Mutex::default(),
        }
    }

    /// Prints what was done before a fault ended it; nothing where nothing was.
    pub(super) fn tell_results(&self) {
        let results = self.results.lock();
        let results = results.unwrap_or_else(PoisonError::into_inner);
        if !results.is_empty() {
            self.output.page(&text::results(&results));
        }
    }

    /// Asks for a stop before the next change. The one under way is finished, but for a command that runs here.
    pub(super) fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
        let words = "Stopping before the next change. The one under way is finished first; a command that runs on this \
                     machine is ended half-way.";
        self.output.note(&Page::of(words));
    }

    /// Tells how the checks of a resolution go.
    pub(super) fn check(&self, news: &CheckNews) {
        let is_told = self.output.is_interactive() || self.output.is_verbose();
        match news {
            CheckNews::Began(name) if is_told => self.tell("·", "-", &format!("{name} running")),
            CheckNews::Ended(run) if is_told => self.tell("·", "-", &run.words()),
            CheckNews::Line(line) if self.output.is_verbose() => self.tell("│", "|", line.raw()),
            CheckNews::Began(_) | CheckNews::Ended(_) | CheckNews::Line(_) => {}
        }
    }

    fn tell(&self, mark: &'static str, ascii: &'static str, text: &str) {
        let mut page = Page::new();
        page.line([
            Span::mark(Tone::Faint, mark, ascii),
            Span::plain(" "),
            Span::new(Tone::Faint, text),
        ]);
        self.output.note(&page);
    }
}

impl Watcher for Teller {
    fn call(&self, text: &str) {
        if self.output.is_interactive() || self.output.is_verbose() {
            self.tell("→", ">", text);
        }
    }

    // Results are printed together at the end.
    fn result(&self, result: &ChangeResult) {
        let results = self.results.lock();
        let mut results = results.unwrap_or_else(PoisonError::into_inner);
        results.push(result.clone());
    }

    fn job(&self, _: &JobId, name: &str, state: &str, at: Timestamp) {
        if self.output.is_interactive() || self.output.is_verbose() {
            self.tell("·", "-", &format!("{} {name}: {state}", at.clock()));
        }
    }

    fn line(&self, _: &JobId, line: &Untrusted) {
        if self.output.is_verbose() {
            self.tell("│", "|", line.raw());
        }
    }

    fn is_attended(&self) -> bool {
        self.output.is_interactive()
    }

    fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }
}
