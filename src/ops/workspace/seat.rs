//! The seat of writing among the consoles of one project on this machine.

use std::sync::PoisonError;

use crate::store::Seat;

use super::super::clock;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::ledger::unusable;
use super::Workspace;

/// Whether this process is a console, and whether it may write.
#[derive(Debug, Default)]
pub(super) enum Sitting {
    /// A single command: the journal's own lock is all it needs.
    #[default]
    NoConsole,
    Held {
        _seat: Seat,
    },
    Taken {
        by: String,
    },
}

impl Workspace {
    /// Makes this process a console: it takes the seat of writing if no other console of this project has it.
    pub fn sit_down(&self) {
        let taken = Seat::take(self.state_dir(), clock::now());
        let mut sitting = self.sitting();
        *sitting = match taken {
            Ok(Ok(seat)) => Sitting::Held { _seat: seat },
            Ok(Err(by)) => Sitting::Taken { by },
            Err(error) => Sitting::Taken {
                by: unusable("the seat of writing cannot be taken", &error).to_string(),
            },
        };
    }

    /// Returns who has the seat of writing where this console has not. It is tried again: the other may have left.
    pub fn why_only_looking(&self) -> Option<String> {
        if matches!(*self.sitting(), Sitting::Taken { .. }) {
            self.sit_down();
        }
        match &*self.sitting() {
            Sitting::NoConsole | Sitting::Held { .. } => None,
            Sitting::Taken { by } => Some(format!(
                "another console of this project (process {by}) has the seat of writing; this one only looks"
            )),
        }
    }

    pub(super) fn may_write(&self) -> Result<(), Fault> {
        match self.why_only_looking() {
            None => Ok(()),
            Some(why) => Err(Fault::new(FaultKind::User, format!("nothing was done: {why}"))
                .hint("Close the other console, or work there; single commands work from any terminal.")),
        }
    }

    fn sitting(&self) -> std::sync::MutexGuard<'_, Sitting> {
        self.inner
            .sitting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
