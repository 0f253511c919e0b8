//! When the remote was last seen, and why not just now: kept from one process to the next.

use std::sync::PoisonError;

use crate::model::Timestamp;

use super::super::clock;
use super::super::disk::unusable_repository;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::observe::Sight;
use super::Workspace;

impl Workspace {
    /// Fetches, and remembers when the remote was seen.
    pub(in crate::ops) async fn refresh(&self) -> Result<bool, Fault> {
        let asked = self.boot().read();
        match self.fetch_all().await {
            Ok(has_moved) => {
                self.set_sight(Sight::Fresh(clock::now()));
                self.note_locks(&asked).await;
                Ok(has_moved)
            }
            Err(fault) => {
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

    /// Fetches the project, and the record where it lies elsewhere: without it nothing is known of what was decided.
    async fn fetch_all(&self) -> Result<bool, Fault> {
        let settings = &self.inner.settings;
        let fetched = self.inner.repo.fetch().await.map_err(|error| {
            let what = format!("cannot see the remote `{}`", settings.remote);
            let fault = unusable_repository(&what, &error, self.inner.repo.dir());
            match fault.hint {
                Some(_) => fault,
                None => fault.hint("Check the network and your access with: git ls-remote"),
            }
        })?;
        let told = self.inner.chains.refresh().await.map_err(|error| {
            let mut fault = Fault::caused(FaultKind::Remote, "cannot see the record", &error)
                .hint("Check the network and your access to [project] record_remote.");
            fault.chain.insert(0, "the records' repository".to_owned());
            fault
        })?;
        Ok(!fetched.moved.is_empty() || !told.moved.is_empty())
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
        let before = self.inner.sight.lock();
        let mut before = before.unwrap_or_else(PoisonError::into_inner);
        let minute = |at: &Timestamp| at.as_second().div_euclid(60);
        match (&*before, &sight) {
            // Once a minute: it is told as an age, and written at each poll it would keep the disk awake.
            (Sight::Fresh(then), Sight::Fresh(at)) if minute(then) == minute(at) => {}
            (_, Sight::Fresh(at)) => {
                // Only a convenience for the next start: without it stale facts have no age.
                let file = self.inner.state_dir.join("seen");
                if let Err(error) = std::fs::write(file, at.to_string()) {
                    tracing::debug!(%error, "cannot keep when the remote was seen");
                }
            }
            (_, Sight::Stale { .. } | Sight::Never { .. }) => {}
        }
        *before = sight;
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
