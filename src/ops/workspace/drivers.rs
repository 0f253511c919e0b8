//! The merge drivers of the clone, for looks.

use std::sync::Arc;
use std::time::Duration;

use crate::git::across;

use super::super::drivers::DriversSeen;
use super::super::drivers::LookDrivers;
use super::Workspace;

impl Workspace {
    /// Returns this workspace with another time for which looks wait for merge drivers. Nothing is read.
    #[must_use]
    pub fn with_patience(&self, limit: Duration) -> Self {
        let mut other = self.with_forge(Arc::clone(self.forge()));
        if let Some(inner) = Arc::get_mut(&mut other.inner) {
            inner.patience = limit;
        }
        other
    }

    /// Reads which merge drivers the clone has, and whether they are trusted; none where there are none.
    pub(in crate::ops) async fn drivers(&self) -> Option<LookDrivers> {
        let clone = self.inner.clone.clone();
        let state_home = self.inner.settings.state_home.clone();
        let read = across(move || DriversSeen::read(&clone, &state_home)).await;
        let seen = read.unwrap_or_else(|error| Some(DriversSeen::unread(error.to_string())))?;
        Some(LookDrivers {
            clone: self.inner.clone.clone(),
            seen,
            patience: self.inner.patience,
            meter: self.inner.boot.meter(),
        })
    }
}
