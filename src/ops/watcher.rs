//! Hears what happens while a plan is carried out; the command line prints it, the console shows it.

use std::sync::Arc;

use crate::engine::ChangeResult;
use crate::forge::JobWatcher;
use crate::model::JobId;
use crate::model::Timestamp;
use crate::model::Untrusted;

/// Hears of calls and jobs. Called from worker threads: implementations hand over and return at once.
pub trait Watcher: Send + Sync {
    /// A call is about to be made.
    fn call(&self, text: &str);
    /// What became of it.
    fn result(&self, result: &ChangeResult);
    /// A job began or got into another state.
    fn job(&self, job: &JobId, name: &str, state: &str, at: Timestamp);
    /// A job wrote a line.
    fn line(&self, job: &JobId, line: &Untrusted);
    /// Tells whether somebody is there who can sign in while a plan waits for that.
    fn is_attended(&self) -> bool {
        false
    }
    /// Tells whether the operator wants to stop; asked between changes and between lines of a job, never inside a call.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Hears nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Watcher for Silent {
    fn call(&self, _: &str) {}
    fn result(&self, _: &ChangeResult) {}
    fn job(&self, _: &JobId, _: &str, _: &str, _: Timestamp) {}
    fn line(&self, _: &JobId, _: &Untrusted) {}
}

/// Hands what the forge says of jobs to a [`Watcher`].
pub(super) struct Jobs(pub(super) Arc<dyn Watcher>);

impl JobWatcher for Jobs {
    fn state(&self, job: &JobId, name: &str, state: &str, at: Timestamp) {
        self.0.job(job, name, state, at);
    }

    fn line(&self, job: &JobId, line: &Untrusted) {
        self.0.line(job, line);
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}
