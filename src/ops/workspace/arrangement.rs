//! What the console keeps about a project on this machine.

use crate::store::keep_desk;
use crate::store::read_desk;

use super::Workspace;

impl Workspace {
    /// Returns what the console kept when it was left, if anything.
    pub fn arrangement(&self) -> Option<String> {
        read_desk(self.state_dir())
    }

    /// Keeps how the console was left. It is a comfort only: what goes wrong is said in the log and nowhere else.
    pub fn keep_arrangement(&self, text: &str) {
        if let Err(error) = keep_desk(self.state_dir(), text) {
            tracing::debug!("the arrangement of the screen was not kept: {error}");
        }
    }
}
