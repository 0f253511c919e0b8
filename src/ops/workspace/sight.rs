//! When the remote was last seen, and why not just now: kept from one process to the next.

use std::sync::PoisonError;

use crate::model::Timestamp;

use super::super::clock;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::observe::Sight;
use super::Workspace;

impl Workspace {
    /// Fetches, and remembers when the remote was seen.
    pub(in crate::ops) async fn refresh(&self) -> Result<(), Fault> {
        match self.inner.repo.fetch().await {
            Ok(_) => {
                self.set_sight(Sight::Fresh(clock::now()));
                Ok(())
            }
            Err(error) => {
                let fault = Fault::caused(
                    FaultKind::Remote,
                    format!("cannot see the remote `{}`", self.inner.settings.remote),
                    &error,
                )
                .hint("Check the network and your access with: git ls-remote");
                // Whoever shows it says first that the remote is not seen.
                let why = fault.chain.join(": ");
                let old = self.sight();
                self.set_sight(match old {
                    Sight::Fresh(at) | Sight::Stale { at, .. } => Sight::Stale { at, why },
                    Sight::Never { .. } => Sight::Never { why },
                });
                Err(fault)
            }
        }
    }

    /// Tells whether the remote was ever seen from here.
    pub fn was_seen(&self) -> bool {
        !matches!(self.sight(), Sight::Never { .. })
    }

    pub(super) fn sight(&self) -> Sight {
        self.inner
            .sight
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_sight(&self, sight: Sight) {
        if let Sight::Fresh(at) = &sight {
            // Only a convenience for the next start: without it stale facts have no age.
            if let Err(error) = std::fs::write(self.inner.state_dir.join("seen"), at.to_string()) {
                tracing::debug!(%error, "cannot keep when the remote was seen");
            }
        }
        *self
            .inner
            .sight
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = sight;
    }

    /// Takes up when an earlier process saw the remote.
    pub(super) fn recall_sight(&self) {
        let seen = std::fs::read_to_string(self.inner.state_dir.join("seen")).ok();
        if let Some(at) = seen.and_then(|text| text.trim().parse::<Timestamp>().ok()) {
            let why = "not asked since".to_owned();
            *self
                .inner
                .sight
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Sight::Stale { at, why };
        }
    }
}
